"""Values and conditions that stand alone: computed columns and filters of one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lsp_jupyter.adql import bound, plan, tree
from lsp_jupyter.adql.check import check
from lsp_jupyter.adql.context import Context, Progress
from lsp_jupyter.adql.lexer import tokenize
from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.adql.outputs import describe, result_column
from lsp_jupyter.adql.parser import QueryParser
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.resolve import Resolver
from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.adql.scope import Scope, TableScope
from lsp_jupyter.adql.types import Kind

__all__ = ["ALIAS", "Formula", "Formulas", "names_in", "replace_names"]

#: What the table goes by in the SQL; its columns are called c1, c2 … there.
ALIAS = "t"

_TABLE = Table("formula", "rows", (), ("rows",))


@dataclass(frozen=True, slots=True)
class Formula:
    """A value or a condition that an engine can compute.

    Attributes
    ----------
    text : `str`
        As it was written.
    sql : `str`
        The same as an expression over the columns ``"t"."c1"``, ``"t"."c2"`` …
    used : `tuple` of `int`
        The positions from 0 of the columns it needs, ascending.
    column : `~lsp_jupyter.adql.schema.Column`
        What it gives: type, unit, description. Its name is empty.
    """

    text: str
    sql: str
    used: tuple[int, ...]
    column: Column


class Formulas:
    """Compiles value expressions and conditions of ADQL over the columns of one table.

    The same grammar, functions and limits hold as in queries; aggregates and subqueries are
    refused.

    Parameters
    ----------
    columns : sequence of `~lsp_jupyter.adql.schema.Column`
        What may be named, in order.
    limits : `Limits`
        How large and how deeply nested an expression may be.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        limits: Limits = Limits(),  # noqa: B008 (frozen)
    ) -> None:
        self.columns = tuple(columns)
        self._limits = limits

    def __or__(self, column: Column) -> Formulas:
        """The same with one more column behind the others."""
        return Formulas((*self.columns, column), self._limits)

    def value(self, text: str) -> Formula:
        """Compile a value expression.

        Raises
        ------
        lsp_jupyter.errors.AdqlError
            Raised, with line, column and hint, if it is none.
        """
        parser = self._parser(text, "A value is a column or computed from some, as in a - b.")
        return self._formula(text, parser, lambda: parser.as_value(parser.anything()))

    def condition(self, text: str) -> Formula:
        """Compile a condition.

        Raises
        ------
        lsp_jupyter.errors.AdqlError
            Raised, with line, column and hint, if it is none.
        """
        parser = self._parser(text, "A condition compares values, as in a < 5 AND b IS NOT NULL.")
        return self._formula(text, parser, parser.condition)

    def _parser(self, text: str, hint: str) -> QueryParser:
        tokens = tokenize(text, self._limits)
        parser = QueryParser(tokens, self._limits, strict=False)
        if parser.token.kind == "end":
            raise refuse("The expression is empty.", parser.token.at, hint)
        for token in tokens:
            if token.kind == "word" and token.value == "SELECT":
                raise refuse(
                    "An expression over one table holds no query.",
                    token.at,
                    "Run a query instead: a finished result is a table too.",
                )
        return parser

    def _formula(
        self,
        text: str,
        parser: QueryParser,
        parse: Callable[[], tree.Value | tree.Condition],
    ) -> Formula:
        try:
            node = parse()
            if parser.token.kind != "end":
                raise parser.unexpected("the end of the expression", words=("AND", "OR"))
            return self._compiled(text, node)
        except RecursionError:
            raise refuse(
                "The expression is nested too deeply.", Place(1, 1, 0, 1), "Write it more simply."
            ) from None

    def _compiled(self, text: str, node: tree.Value | tree.Condition) -> Formula:
        # What writes SQL takes 0.2 s to import.
        from lsp_jupyter.adql.translate.duckdb import condition_sql, value_sql

        scope = Scope([TableScope(ALIAS, self.columns, 0, tree.Name("", at=node.at))])
        resolver = Resolver(_Nothing(), strict=False)
        if isinstance(node, tree.Condition):
            context = Context(scope, 0, "a filter", False, Progress())
            condition = resolver.attempt(resolver.condition, node, context)
            resolver.report.settle()
            assert condition is not None
            self._check((), condition)
            column = Column("", "boolean")
            return Formula(text, condition_sql(condition), _used(condition), column)
        context = Context(scope, 0, "a computed column", False, Progress())
        value = resolver.attempt(resolver.value, node, context)
        resolver.report.settle()
        assert value is not None
        column = result_column(value, "value", set(), describe(node, value)).column
        self._check((plan.Output(value, column),), None)
        if value.type.kind is Kind.NULL:
            column = replace(column, datatype="char", arraysize="*")
        return Formula(text, value_sql(value), _used(value), replace(column, name=""))

    def _check(self, outputs: tuple[plan.Output, ...], condition: bound.Condition | None) -> None:
        """The allowlist of queries; see `lsp_jupyter.adql.check`."""
        names = tuple(Column(f"c{number}", "") for number in range(1, len(self.columns) + 1))
        table = replace(_TABLE, columns=names)
        query = plan.Query(outputs, (plan.TableSource(ALIAS, table),), where=condition)
        check(query, _One(table), 4 * self._limits.max_nodes)


class _Nothing:
    """A catalogue without tables: an expression reads no table but its own."""

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:  # noqa: ARG002
        """None."""
        return ()

    def names(self) -> Iterable[str]:
        """None."""
        return ()


class _One(_Nothing):
    """A catalogue of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:  # noqa: ARG002
        """It."""
        return (self._table,)


def _used(root: bound.Expression) -> tuple[int, ...]:
    named = {one.name for one in bound.walk(root) if isinstance(one, bound.ColumnRef)}
    return tuple(sorted(int(name[1:]) - 1 for name in named))


def names_in(text: str) -> list[tuple[int, int, str]]:
    """Where plain names stand in an expression that may be wrong elsewhere.

    Returns
    -------
    places : `list` of `tuple`
        Offsets of begin and end in the text, and the name without its quotes. Names of
        functions, and what is qualified, are left out.
    """
    tokens = tokenize(text, Limits())
    out = []
    for number, token in enumerate(tokens):
        if token.kind not in ("word", "name"):
            continue
        before = tokens[number - 1] if number else None
        after = tokens[number + 1]
        if after.kind == "op" and after.value in ("(", "."):
            continue
        if before is not None and before.kind == "op" and before.value == ".":
            continue
        name = token.value if token.kind == "name" else token.text
        out.append((token.offset, token.offset + len(token.text), name))
    return out


def replace_names(text: str, values: dict[str, str]) -> str:
    """An expression with other expressions, in parentheses, in the place of names.

    Parameters
    ----------
    text : `str`
        A value or condition.
    values : `dict`
        Expressions by names in lower case.
    """
    for start, end, name in reversed(names_in(text)):
        value = values.get(name.lower())
        if value is not None:
            text = f"{text[:start]}({value}){text[end:]}"
    return text
