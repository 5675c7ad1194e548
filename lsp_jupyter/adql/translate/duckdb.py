"""Resolved queries as SQL of DuckDB.

Where the two languages differ, the standard's meaning is written out: whole
numbers divide to whole numbers and are counted in 64 bits, LOG is natural, an
undefined result (a division by zero, the logarithm of a negative number) is
NULL rather than an error that ends the query or a NaN that is larger than
everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from lsp_jupyter.adql import bound, plan
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.translate import sphere
from lsp_jupyter.adql.translate.duckdb_values import FLAT, ValueWriter, partial
from lsp_jupyter.adql.translate.sql import (
    Sql,
    identifier,
    literal_list,
    number,
    operand,
    raw,
    whole,
)
from lsp_jupyter.adql.types import Kind

__all__ = ["translate"]

_COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
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
    writer = _Writer()
    return writer.text(writer.query(query, limit, names=True))


class _Writer(ValueWriter):
    # In HAVING, the keys of the groups, which have to be written as they are in GROUP BY.
    having: tuple[bound.Value, ...] = ()

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
            if isinstance(one, bound.Contains) and operator in ("=", "<>"):
                wanted = constant(other)
                if wanted in (0, 1):
                    inside = (wanted == 1) == (operator == "=")
                    test = sphere.contains(self, one, indexed=indexed and inside)
                    return test if inside else exp.Not(this=exp.Paren(this=test))
            if isinstance(one, bound.Distance) and operator in _MIRRORED:
                first, second = one.first, one.second
                return sphere.separation(self, operator, first, second, other, indexed=indexed)
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
        if isinstance(node.operand, bound.Distance) and node.operand not in self.having:
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
        left = operand(self.sound(node.operand))
        if node.literals:
            exact = node.operand.type.kind is Kind.INTEGER
            members: list[Sql] = [raw(literal_list(node.literals, exact=exact))]
        else:
            members = [self._beside(value, node.operand) for value in node.values]
        test = exp.In(this=left, expressions=members)
        return exp.Not(this=test) if node.negated else test

    def _in_query(self, node: bound.InQuery, _: bool) -> Sql:
        inner = exp.Subquery(this=self.query(node.query))
        test = exp.In(this=operand(self.sound(node.operand)), query=inner)
        return exp.Not(this=test) if node.negated else test

    def _exists(self, node: bound.Exists, _: bool) -> Sql:
        return exp.Exists(this=self.query(node.query))

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

    def query(self, query: plan.Query, limit: int | None = None, *, names: bool = False) -> Sql:
        """A SELECT; its columns are called c1, c2 … unless their own ``names`` are asked for."""
        outer_keys = self.keys
        self.keys = [*outer_keys, *filter(partial, query.group)]
        select = exp.Select(
            expressions=[
                exp.Alias(
                    this=self.typed(output.value),
                    alias=identifier(output.column.name if names else f"c{position}"),
                )
                for position, output in enumerate(query.outputs, 1)
            ]
        )
        first, *others = query.sources
        joins: list[Sql] = []
        if isinstance(first, plan.Joined):
            joins = [self._join(join) for join in first.joins]
            first = first.first
        select.set("from_", exp.From(this=self._source(first)))
        joins += [exp.Join(this=self._source(other), kind="CROSS") for other in others]
        if joins:
            select.set("joins", joins)
        if query.distinct:
            select.set("distinct", exp.Distinct())
        if query.where is not None:
            select.set("where", exp.Where(this=self.condition(query.where, indexed=True)))
        if query.group:
            select.set("group", exp.Group(expressions=[self.value(key) for key in query.group]))
        if query.having is not None:
            self.having, outer = query.group, self.having
            select.set("having", exp.Having(this=self.condition(query.having, indexed=True)))
            self.having = outer
        if query.order:
            keys = [self._sort_key(key) for key in query.order]
            select.set("order", exp.Order(expressions=keys))
        rows = query.top if limit is None else limit
        if rows is not None:
            select.set("limit", exp.Limit(expression=number(rows)))
        if query.offset:
            select.set("offset", exp.Offset(expression=number(query.offset)))
        self.keys = outer_keys
        return select

    def _sort_key(self, key: plan.SortKey) -> Sql:
        this = number(key.key) if isinstance(key.key, int) else self.sound(key.key)
        return exp.Ordered(this=this, desc=key.descending or None, nulls_first=False)

    def _source(self, source: plan.Source) -> Sql:
        if isinstance(source, plan.Joined):
            joins = "".join(f" {self.text(self._join(join)).strip()}" for join in source.joins)
            return raw(f"({self.text(self._source(source.first))}{joins})")
        alias = exp.TableAlias(this=identifier(source.alias))
        if isinstance(source, plan.QuerySource):
            return exp.Subquery(this=self.query(source.query), alias=alias)
        *outer, name = source.table.source
        parts = dict(zip(("db", "catalog"), map(identifier, reversed(outer)), strict=False))
        return exp.Table(this=identifier(name), alias=alias, **parts)

    def _join(self, join: plan.Join) -> Sql:
        on = None if join.on is None else self.condition(join.on, indexed=True)
        side = join.kind.upper() if join.kind in ("left", "right", "full") else None
        kind = None if side else ("CROSS" if on is None else "INNER")
        return exp.Join(this=self._source(join.source), side=side, kind=kind, on=on)


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
}
