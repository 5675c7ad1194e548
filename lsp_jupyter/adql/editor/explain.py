"""A query told in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from lsp_jupyter.adql import tree
from lsp_jupyter.adql.compile import compile_query
from lsp_jupyter.adql.editor.wording import Wording, listed, path
from lsp_jupyter.adql.functions import FUNCTIONS
from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.adql.parser import parse
from lsp_jupyter.adql.schema import Column, Schema, Table

__all__ = ["Explanation", "Step", "explain"]

_SHOWN = 12
"""Members of a select list that are told."""
_SETS = {
    "UNION": "Adds the rows of",
    "EXCEPT": "Takes away the rows that are also among",
    "INTERSECT": "Keeps the rows that are also among",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a query does.

    Attributes
    ----------
    title : `str`
        The clause that asks for it, such as ``Where``.
    text : `str`
        A sentence.
    """

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A query in words.

    Attributes
    ----------
    steps : `tuple` of `Step`
        What it does, in the order in which it is done.
    tables : `tuple` of `~lsp_jupyter.adql.schema.Table`
        What it reads.
    columns : `tuple` of `~lsp_jupyter.adql.schema.Column`
        What it gives, with units and descriptions.
    """

    steps: tuple[Step, ...]
    tables: tuple[Table, ...]
    columns: tuple[Column, ...]


def explain(
    text: str,
    schema: Schema,
    *,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
) -> Explanation:
    """Tell a query in words.

    Parameters
    ----------
    text : `str`
        A whole query.
    schema : `~lsp_jupyter.adql.schema.Schema`
        The tables the caller may read.
    limits : `Limits`
        How large and how deeply nested it may be.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised, as when it is run, if the query is wrong.
    """
    compiled = compile_query(text, schema, maxrec=1, limits=limits)
    query = parse(text, limits=limits)
    steps = tuple(_Teller(compiled.tables).steps(query))
    return Explanation(steps, compiled.tables, compiled.columns)


class _Teller:
    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = {table.full_name.lower(): table for table in tables}
        self.words = Wording(tables, self.inline)

    # -- whole queries ---------------------------------------------------------

    def steps(self, query: tree.Query) -> Iterator[Step]:
        for common in query.common:
            yield Step("With", f"Calls {common.name.text}: {self.inline(common.query)}.")
        body = query.body
        if isinstance(body, tree.Select):
            yield from self._select(body)
        else:
            yield from self._combined(body)
        if query.order:
            yield Step("Order by", f"Sorts by {self._order(query.order)}.")
        if query.offset is not None:
            rows = "row" if query.offset == 1 else f"{query.offset:,} rows"
            yield Step("Offset", f"Leaves out the first {rows}.")
        if isinstance(body, tree.Select) and body.top is not None:
            some = "" if query.order else "; without ORDER BY, any of them"
            rows = "row" if body.top == 1 else "rows"
            yield Step("Top", f"Gives {body.top:,} {rows} at most{some}.")

    def _combined(self, body: tree.Combined) -> Iterator[Step]:
        yield Step("Select", f"Takes {self._operand(body.first)}.")
        for operator, every, operand in body.rest:
            text = f"{_SETS[operator]} {self._operand(operand)}"
            repeated = "repeated rows count" if every else "each row once"
            yield Step(f"{operator.capitalize()}{' all' * every}", f"{text}; {repeated}.")

    def _select(self, select: tree.Select) -> Iterator[Step]:
        first, *others = select.tables
        yield from self._source(first)
        for table in others:
            for step in self._source(table):
                if step.title == "From":
                    again = step.text.removeprefix("Reads ")
                    step = Step("From", f"Puts every row beside every row of {again}")
                yield step
        if select.where is not None:
            yield Step("Where", f"Keeps rows where {self._conditions(select.where)}.")
        if select.group:
            keys = listed(self.words.value(key) for key in select.group)
            yield Step("Group by", f"Makes one row of all that have the same {keys}.")
        elif select.having is not None or any(map(_aggregates, select.items)):
            yield Step("Group by", "Makes one row of all rows.")
        if select.having is not None:
            yield Step("Having", f"Keeps groups where {self._conditions(select.having)}.")
        yield Step("Select", f"Gives {self._items(select)}.")
        if select.distinct:
            yield Step("Distinct", "Gives equal rows once.")

    def _conditions(self, node: tree.Condition) -> str:
        parts = node.parts if isinstance(node, tree.And) else (node,)
        return "; and ".join(map(self.words.condition, parts))

    def _items(self, select: tree.Select) -> str:
        texts = []
        for item in select.items[:_SHOWN]:
            if isinstance(item, tree.Star):
                owner = f" of {path(item.qualifier)}" if item.qualifier else ""
                texts.append(f"all columns{owner}")
            else:
                text = self.words.value(item.value)
                texts.append(f"{text} as {item.alias.text}" if item.alias else text)
        more = len(select.items) - _SHOWN
        return listed([*texts, f"{more:,} more"] if more > 0 else texts)

    def _order(self, order: Sequence[tree.SortKey]) -> str:
        texts = []
        for key in order:
            what = f"column {key.key}" if isinstance(key.key, int) else self.words.value(key.key)
            texts.append(f"{what}, largest first" if key.descending else what)
        return ", then by ".join(texts)

    # -- tables ----------------------------------------------------------------

    def _source(self, node: tree.TableReference) -> Iterator[Step]:
        if not isinstance(node, tree.Joined):
            yield Step("From", f"Reads {self._table(node, rows=True)}.")
            return
        yield from self._source(node.first)
        for join in node.joins:
            yield Step("Join", self._join(join))

    def _table(self, node: tree.TableReference, *, rows: bool) -> str:
        if isinstance(node, tree.Joined):
            inner = " ".join(step.text for step in self._source(node))
            return f"the join ({inner.rstrip('.')})"
        if isinstance(node, tree.DerivedTable):
            return f"{node.alias.text} ({self.inline(node.query)})"
        name = path(node.parts)
        text = f"{name} as {node.alias.text}" if node.alias is not None else name
        table = self.tables.get(name.lower())
        if rows and table is not None and table.rows is not None:
            text += f", {table.rows:,} rows"
        return text

    def _join(self, join: tree.Join) -> str:
        table = self._table(join.table, rows=False)
        if join.kind == "cross":
            return f"Puts every row beside every row of {table}."
        if join.natural:
            how = "all columns of the same name are equal"
        elif join.on is not None:
            how = self._conditions(join.on)
        else:
            names = listed(one.text for one in join.using)
            how = f"{names} {'is' if len(join.using) == 1 else 'are'} the same"
        rest = {
            "left": "; rows without any stay, with NULL in its columns",
            "right": "; its rows that fit none stay, with NULL in the other columns",
            "full": "; rows that fit none, of either side, stay, with NULL in the other columns",
        }.get(join.kind, "")
        return f"Joins the rows of {table} where {how}{rest}."

    # -- queries within a sentence ---------------------------------------------

    def inline(self, query: tree.Query) -> str:
        """A subquery in words, to stand within a sentence."""
        body = query.body
        text = self._operand(body)
        if query.order:
            text += f", sorted by {self._order(query.order)}"
        if query.offset is not None:
            text += f", without the first {query.offset:,}"
        if isinstance(body, tree.Select) and body.top is not None:
            text += f", {body.top:,} at most"
        return text

    def _operand(self, node: tree.Operand) -> str:
        if isinstance(node, tree.Query):
            return f"({self.inline(node)})"
        if isinstance(node, tree.Combined):
            parts = [self._operand(node.first)]
            for operator, every, operand in node.rest:
                word = f"{operator.lower()}{' all' * every}"
                parts.append(f"{word} {self._operand(operand)}")
            return f"({' '.join(parts)})"
        tables = []
        for source in node.tables:
            flat = (
                (source.first, *[j.table for j in source.joins])
                if isinstance(source, tree.Joined)
                else (source,)
            )
            tables += [self._table(one, rows=False) for one in flat]
        different = "different " if node.distinct else ""
        text = f"{different}{self._items(node)} of {listed(tables)}"
        if node.where is not None:
            text += f" where {self.words.condition(node.where)}"
        if node.group:
            text += f", for each {listed(self.words.value(key) for key in node.group)}"
        if node.having is not None:
            text += f" where {self.words.condition(node.having)}"
        return text


def _aggregates(node: object) -> bool:
    """Whether an aggregate stands in an expression, outside of its subqueries."""
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, tree.Aggregate):
            return True
        if isinstance(one, tree.Call):
            function = FUNCTIONS.get(one.name.text.upper())
            if function is not None and function.aggregate:
                return True
        if isinstance(one, tuple):
            stack.extend(one)
        elif isinstance(one, tree.Node) and not isinstance(one, tree.Query):
            stack.extend(getattr(one, field.name) for field in fields(one))
    return False
