"""Resolved queries as SQL of DuckDB.

Where the two languages differ, the standard's meaning is written out: whole
numbers divide to whole numbers and are counted in 64 bits, LOG is natural, an
undefined result (a division by zero, the logarithm of a negative number) is
NULL rather than an error that ends the query or a NaN that is larger than
everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from lsp_jupyter.adql import bound, plan, shapes
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.translate import crossmatch, grid, healpix, questions, sphere
from lsp_jupyter.adql.translate.common_tables import kept
from lsp_jupyter.adql.translate.duckdb_values import FLAT, ValueWriter, partial
from lsp_jupyter.adql.translate.nearness import conjuncts
from lsp_jupyter.adql.translate.sql import (
    Sql,
    literal_list,
    number,
    operand,
    quoted,
    raw,
    whole,
)
from lsp_jupyter.adql.types import Kind

__all__ = ["condition_sql", "translate", "value_sql"]

_COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
_HELPERS = ("hpx29", "cx", "cy", "cz")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def translate(query: plan.Query, limit: int) -> str:
    """Write a query.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.plan.Query`
        The resolved query.
    limit : `int`
        Rows at most.

    Returns
    -------
    sql : `str`
        One SELECT of DuckDB, whose columns have the names of the query's outputs.
    """
    writer = _Writer({table.name: table.query for table in query.common})
    sql = writer.query(query, limit, names=True)
    if not query.common:
        return sql
    keep = kept(query)
    tables = [
        f"{quoted(table.name)} AS {'' if table.name in keep else 'NOT '}MATERIALIZED "
        f"({writer.query(table.query, carry=True)})"
        for table in query.common
    ]
    return f"WITH {', '.join(tables)} {sql}"


def value_sql(value: bound.Value) -> str:
    """One value as an expression of DuckDB, NULL where it is undefined."""
    writer = _Writer({})
    return writer.text(writer.typed(value))


def condition_sql(condition: bound.Condition) -> str:
    """One condition as an expression of DuckDB."""
    writer = _Writer({})
    return writer.text(writer.condition(condition, indexed=True))


class _Writer(ValueWriter):
    # In HAVING, the keys of the groups, which have to be written as they are in GROUP BY.
    having: tuple[bound.Value, ...] = ()
    # What holds for the rows of the queries around the one that is being written.
    known: tuple[bound.Condition, ...] = ()

    def __init__(self, common: Mapping[str, plan.Query]) -> None:
        super().__init__()
        self.common = common

    def condition(self, node: bound.Condition, *, indexed: bool) -> Sql:
        """A condition; ``indexed`` unless it stands under NOT."""
        self.depth += 1
        result: Sql = _CONDITIONS[type(node)](self, node, indexed)
        if self.depth % FLAT == 0:
            result = self.flat(result)
        self.depth -= 1
        return result

    # -- conditions ------------------------------------------------------------

    def _comparison(self, node: bound.Comparison, indexed: bool) -> Sql:
        for one, other, operator in (
            (node.left, node.right, node.operator),
            (node.right, node.left, _MIRRORED.get(node.operator, node.operator)),
        ):
            if one in self.having:
                break
            if type(one) in questions.QUESTIONS and operator in ("=", "<>"):
                wanted = constant(other)
                if wanted in (0, 1):
                    inside = (wanted == 1) == (operator == "=")
                    test = questions.written(self, one, indexed=indexed and inside)
                    return test if inside else exp.Not(this=exp.Paren(this=test))
            if isinstance(one, shapes.Distance) and operator in _MIRRORED:
                first, second = one.first, one.second
                return sphere.separation(self, operator, first, second, other, indexed=indexed)
            cells = healpix.ranges(self, one, (constant(other),)) if operator == "=" else None
            if cells is not None:
                return raw(cells)
        left = self._beside(node.left, node.right)
        right = self._beside(node.right, node.left)
        return _COMPARISONS[node.operator](this=left, expression=right)

    def _beside(self, node: bound.Value, other: bound.Value) -> Sql:
        """A value to be compared with another; two whole numbers are compared as such."""
        if other.type.kind is Kind.INTEGER and isinstance(node, bound.Constant):
            exact = whole(node.value)
            if exact is not None:
                return number(exact)
        return operand(self.sound(node))

    def _between(self, node: bound.Between, indexed: bool) -> Sql:
        if isinstance(node.operand, shapes.Distance) and node.operand not in self.having:
            first, second = node.operand.first, node.operand.second
            near = indexed and not node.negated
            low = sphere.separation(self, ">=", first, second, node.low, indexed=near)
            high = sphere.separation(self, "<=", first, second, node.high, indexed=near)
            both = exp.Paren(
                this=exp.And(this=exp.Paren(this=low), expression=exp.Paren(this=high))
            )
            return exp.Not(this=both) if node.negated else both
        test = exp.Between(
            this=operand(self.sound(node.operand)),
            low=self._beside(node.low, node.operand),
            high=self._beside(node.high, node.operand),
        )
        return exp.Not(this=test) if node.negated else test

    def _in_list(self, node: bound.InList, _: bool) -> Sql:
        cells = healpix.ranges(self, node.operand, node.literals)
        if cells is not None and node.operand not in self.having:
            return exp.Not(this=raw(cells)) if node.negated else raw(cells)
        left = operand(self.sound(node.operand))
        if node.literals:
            exact = node.operand.type.kind is Kind.INTEGER
            members: list[Sql] = [raw(literal_list(node.literals, exact=exact))]
        else:
            members = [self._beside(value, node.operand) for value in node.values]
        test = exp.In(this=left, expressions=members)
        return exp.Not(this=test) if node.negated else test

    def _in_query(self, node: bound.InQuery, _: bool) -> Sql:
        left = self.text(operand(self.sound(node.operand)))
        test = raw(f"{left} IN ({self.query(node.query)})")
        return exp.Not(this=test) if node.negated else test

    def _exists(self, node: bound.Exists, _: bool) -> Sql:
        return raw(f"EXISTS ({self.query(node.query)})")

    def _like(self, node: bound.Like, _: bool) -> Sql:
        kind: type[exp.Binary] = exp.ILike if node.insensitive else exp.Like
        left, right = operand(self.sound(node.operand)), operand(self.sound(node.pattern))
        test = kind(this=left, expression=right)
        return exp.Not(this=test) if node.negated else test

    def _is_null(self, node: bound.IsNull, _: bool) -> Sql:
        test = exp.Is(this=operand(self.sound(node.operand)), expression=exp.Null())
        return exp.Not(this=test) if node.negated else test

    def _not(self, node: bound.Not, _: bool) -> Sql:
        return exp.Not(this=exp.Paren(this=self.condition(node.operand, indexed=False)))

    def _junction(self, node: bound.And | bound.Or, indexed: bool) -> Sql:
        kind = exp.And if isinstance(node, bound.And) else exp.Or
        total: Sql | None = None
        for condition in node.conditions:
            part = self.condition(condition, indexed=indexed)
            if isinstance(part, exp.Connector):
                part = exp.Paren(this=part)
            total = part if total is None else kind(this=total, expression=part)
        assert total is not None
        return total

    # -- queries ---------------------------------------------------------------

    def query(
        self,
        query: plan.Query,
        limit: int | None = None,
        *,
        names: bool = False,
        carry: bool = False,
    ) -> str:
        """A SELECT.

        Parameters
        ----------
        query : `~lsp_jupyter.adql.plan.Query`
            The query.
        limit : `int`, optional
            Rows at most; by default as many as the query says.
        names : `bool`
            Whether its columns have their own names, not c1, c2 …
        carry : `bool`
            Whether the helper columns of its position come along.
        """
        query = crossmatch.rewrite(query, self.known, self.common)
        outer_known = self.known
        self.known = (*outer_known, *conjuncts(query.where))
        outer_keys = self.keys
        self.keys = [*outer_keys, *filter(partial, query.group)]
        columns = [
            f"{self.text(self.typed(output.value))} AS "
            f"{quoted(output.column.name if names else f'c{position}')}"
            for position, output in enumerate(query.outputs, 1)
        ]
        if carry and query.carried is not None:
            source = quoted(query.carried.source)
            columns += [f"{source}.{name} AS {name}" for name in _HELPERS]
        parts = ["SELECT DISTINCT" if query.distinct else "SELECT", ", ".join(columns), "FROM"]
        first, *others = query.sources
        if isinstance(first, plan.Joined):
            parts.append(self.text(self._source(first.first)))
            parts += [self._join(join) for join in first.joins]
        else:
            parts.append(self.text(self._source(first)))
        parts += [f"CROSS JOIN {self.text(self._source(other))}" for other in others]
        if query.where is not None:
            parts += ["WHERE", self.text(self.condition(query.where, indexed=True))]
        if query.group:
            keys = ", ".join([self.text(self.value(key)) for key in query.group])
            parts += ["GROUP BY", keys]
        if query.having is not None:
            self.having, outer = query.group, self.having
            parts += ["HAVING", self.text(self.condition(query.having, indexed=True))]
            self.having = outer
        if query.order:
            parts += ["ORDER BY", ", ".join(map(self._sort_key, query.order))]
        rows = query.top if limit is None else limit
        if rows is not None:
            parts.append(f"LIMIT {rows}")
        if query.offset:
            parts.append(f"OFFSET {query.offset}")
        self.keys, self.known = outer_keys, outer_known
        return " ".join(parts)

    def _sort_key(self, key: plan.SortKey) -> str:
        # Rows without a value come last, as DuckDB has it by default.
        text = str(key.key) if isinstance(key.key, int) else self.text(self.sound(key.key))
        return f"{text} DESC" if key.descending else text

    def _same_cell(self, node: grid.SameCell, _: bool) -> Sql:
        return grid.same_cell(self, node)

    def _source(self, source: plan.Source | grid.Spread) -> Sql:
        if isinstance(source, grid.Spread):
            return grid.spread(self, source, self._source(source.source))
        if isinstance(source, plan.Joined):
            joins = " ".join([self._join(join) for join in source.joins])
            return raw(f"({self.text(self._source(source.first))} {joins})")
        alias = quoted(source.alias)
        match source:
            case plan.SetSource():
                return raw(f"({self._combined(source)}) AS {alias}")
            case plan.CommonSource():
                return raw(f"{quoted(source.name)} AS {alias}")
            case plan.QuerySource():
                return raw(f"({self.query(source.query, carry=True)}) AS {alias}")
            case plan.TableSource():
                return raw(f"{'.'.join(map(quoted, source.table.source))} AS {alias}")

    def _combined(self, source: plan.SetSource) -> str:
        text = f"({self.query(source.first)})"
        for operator, every, query in source.rest:
            text += f" {operator}{' ALL' if every else ''} ({self.query(query)})"
        return text

    def _join(self, join: plan.Join) -> str:
        kind = "CROSS" if join.kind == "inner" and join.on is None else join.kind.upper()
        text = f"{kind} JOIN {self.text(self._source(join.source))}"
        if join.on is None:
            return text
        return f"{text} ON {self.text(self.condition(join.on, indexed=True))}"


_CONDITIONS: dict[type, Callable[[Any, Any, bool], Sql]] = {
    bound.Comparison: _Writer._comparison,
    bound.Between: _Writer._between,
    bound.InList: _Writer._in_list,
    bound.InQuery: _Writer._in_query,
    bound.Exists: _Writer._exists,
    bound.Like: _Writer._like,
    bound.IsNull: _Writer._is_null,
    bound.Not: _Writer._not,
    bound.And: _Writer._junction,
    bound.Or: _Writer._junction,
    grid.SameCell: _Writer._same_cell,
}
