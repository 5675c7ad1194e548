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
from sqlglot.dialects.duckdb import DuckDB

from lsp_jupyter.adql import bound, plan
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.places import NOWHERE, refuse
from lsp_jupyter.adql.translate import sphere
from lsp_jupyter.adql.translate.duckdb_functions import CALLS
from lsp_jupyter.adql.translate.sql import (
    DType,
    Sql,
    cast,
    column,
    function,
    identifier,
    literal_list,
    number,
    operand,
    raw,
    text,
    whole,
)
from lsp_jupyter.adql.types import Kind, Type

__all__ = ["translate"]

_FLAT = 6
"""Levels of a tree after which it is turned into text, so that its writer never recurses deep."""
_COPIES = 1 << 20
"""Characters that repeated parts of one query may take."""

_TYPES = {
    "short": DType.SMALLINT,
    "int": DType.INT,
    "long": DType.BIGINT,
    "float": DType.FLOAT,
    "double": DType.DOUBLE,
}
_COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


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


class _Writer:
    def __init__(self) -> None:
        self.generator = DuckDB().generator()
        self.depth = 0
        self.copied = 0

    def text(self, node: Sql) -> str:
        """SQL as it is written."""
        sql: str = self.generator.generate(node, copy=False)
        return sql

    def reusable(self, value: Sql, times: int) -> str:
        written = self.text(value)
        self.copied += len(written) * times
        if self.copied > _COPIES:
            raise refuse("The geometry of this query is nested too deeply.", NOWHERE)
        return written

    def _flat(self, node: Sql) -> Sql:
        if isinstance(node, exp.Column | exp.Literal):
            return node
        written = self.text(node)
        return raw(written) if operand(node) is node else raw(f"({written})")

    def value(self, node: bound.Value) -> Sql:
        """A value; `operand` it before it is joined with others."""
        self.depth += 1
        result: Sql = _VALUES[type(node)](self, node)
        if self.depth % _FLAT == 0:
            result = self._flat(result)
        self.depth -= 1
        return result

    def condition(self, node: bound.Condition, *, indexed: bool) -> Sql:
        """A condition; ``indexed`` unless it stands under NOT."""
        self.depth += 1
        result: Sql = _CONDITIONS[type(node)](self, node, indexed)
        if self.depth % _FLAT == 0:
            result = self._flat(result)
        self.depth -= 1
        return result

    # -- numbers ---------------------------------------------------------------

    def double(self, node: bound.Value) -> Sql:
        """A number as a double."""
        if isinstance(node, bound.Constant) and isinstance(node.value, int):
            return number(float(node.value))
        value = self.value(node)
        return value if node.type.datatype == "double" else cast(value, DType.DOUBLE)

    def long(self, node: bound.Value) -> Sql:
        """A whole number of 64 bits."""
        value = self.value(node)
        return value if node.type.datatype == "long" else cast(value, DType.BIGINT)

    def number(self, node: bound.Value, wanted: Type) -> Sql:
        """A number as the type an operation is done in."""
        if wanted.kind is Kind.INTEGER:
            return self.long(node)
        if wanted.datatype == "float":
            return self.value(node)
        return self.double(node)

    def _constant(self, node: bound.Constant) -> Sql:
        if node.value is None:
            return exp.Null()
        return text(node.value) if isinstance(node.value, str) else number(node.value)

    def _column(self, node: bound.ColumnRef) -> Sql:
        return column(node.source, node.name)

    def _negative(self, node: bound.Negative) -> Sql:
        return exp.Neg(this=operand(self.number(node.operand, node.type)))

    def _arithmetic(self, node: bound.Arithmetic) -> Sql:
        first_type = node.rest[0][2]
        total = operand(self.number(node.first, first_type))
        so_far = first_type
        for step, (operator, right, result) in enumerate(node.rest, 1):
            if result.kind is not so_far.kind or result.datatype != so_far.datatype:
                total = cast(total, _TYPES[result.datatype])
            so_far = result
            literal = right.value if isinstance(right, bound.Constant) else None
            if isinstance(literal, int) and result.kind is Kind.INTEGER:
                part = operand(number(literal))  # The other side is of 64 bits.
            else:
                part = operand(self.number(right, result))
            if operator == "/":
                fixed = constant(right)
                if fixed is None or fixed == 0:
                    part = function("NULLIF", part, number(0))
                kind: type[exp.Binary] = exp.IntDiv if result.kind is Kind.INTEGER else exp.Div
                total = exp.Paren(this=kind(this=total, expression=part))
            else:
                total = _ARITHMETIC[operator](this=total, expression=part)
            if step % _FLAT == 0:
                total = self._flat(total)
        return total

    # -- other values ----------------------------------------------------------

    def _concat(self, node: bound.Concat) -> Sql:
        total: Sql | None = None
        for part in node.operands:
            value = operand(self._output(part))
            total = value if total is None else exp.DPipe(this=total, expression=value)
        assert total is not None
        return self._flat(total)

    def _call(self, node: bound.Call) -> Sql:
        return CALLS[node.function.name](self, node)

    def _aggregate(self, node: bound.Aggregate) -> Sql:
        inside: Sql = exp.Star() if node.argument is None else self.value(node.argument)
        if node.distinct:
            inside = exp.Distinct(expressions=[inside])
        total = function(node.function, inside)
        if node.function == "SUM" and node.type.kind is Kind.INTEGER:
            return cast(total, DType.BIGINT)
        return total

    def _cast(self, node: bound.Cast) -> Sql:
        value, target, source = self.value(node.operand), node.type, node.operand.type
        if target.kind is Kind.TIMESTAMP:
            return cast(value, DType.TIMESTAMP)
        if target.kind is not Kind.TEXT:
            return cast(value, _TYPES[target.datatype])
        result: Sql = value if source.kind is Kind.TEXT else cast(value, DType.VARCHAR)
        if source.kind is Kind.TIMESTAMP:
            result = function("REPLACE", result, text(" "), text("T"))
        length = target.arraysize.rstrip("*")
        return function("LEFT", result, number(int(length))) if length else result

    def _contains(self, node: bound.Contains) -> Sql:
        return cast(sphere.contains(self, node, indexed=False), DType.INT)

    def _distance(self, node: bound.Distance) -> Sql:
        return sphere.distance(self, node)

    # -- conditions ------------------------------------------------------------

    def _comparison(self, node: bound.Comparison, indexed: bool) -> Sql:
        for one, other, operator in (
            (node.left, node.right, node.operator),
            (node.right, node.left, _MIRRORED.get(node.operator, node.operator)),
        ):
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
        return operand(self.value(node))

    def _between(self, node: bound.Between, indexed: bool) -> Sql:
        if isinstance(node.operand, bound.Distance):
            first, second = node.operand.first, node.operand.second
            near = indexed and not node.negated
            low = sphere.separation(self, ">=", first, second, node.low, indexed=near)
            high = sphere.separation(self, "<=", first, second, node.high, indexed=near)
            both = exp.Paren(
                this=exp.And(this=exp.Paren(this=low), expression=exp.Paren(this=high))
            )
            return exp.Not(this=both) if node.negated else both
        test = exp.Between(
            this=operand(self.value(node.operand)),
            low=self._beside(node.low, node.operand),
            high=self._beside(node.high, node.operand),
        )
        return exp.Not(this=test) if node.negated else test

    def _in_list(self, node: bound.InList, _: bool) -> Sql:
        left = operand(self.value(node.operand))
        if node.literals:
            exact = node.operand.type.kind is Kind.INTEGER
            members: list[Sql] = [raw(literal_list(node.literals, exact=exact))]
        else:
            members = [self._beside(value, node.operand) for value in node.values]
        test = exp.In(this=left, expressions=members)
        return exp.Not(this=test) if node.negated else test

    def _in_query(self, node: bound.InQuery, _: bool) -> Sql:
        inner = exp.Subquery(this=self.query(node.query))
        test = exp.In(this=operand(self.value(node.operand)), query=inner)
        return exp.Not(this=test) if node.negated else test

    def _exists(self, node: bound.Exists, _: bool) -> Sql:
        return exp.Exists(this=self.query(node.query))

    def _like(self, node: bound.Like, _: bool) -> Sql:
        kind: type[exp.Binary] = exp.ILike if node.insensitive else exp.Like
        left, right = operand(self.value(node.operand)), operand(self.value(node.pattern))
        test = kind(this=left, expression=right)
        return exp.Not(this=test) if node.negated else test

    def _is_null(self, node: bound.IsNull, _: bool) -> Sql:
        test = exp.Is(this=operand(self.value(node.operand)), expression=exp.Null())
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
        select = exp.Select(
            expressions=[
                exp.Alias(
                    this=self._output(output.value),
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
            select.set("having", exp.Having(this=self.condition(query.having, indexed=True)))
        if query.order:
            keys = [self._sort_key(key) for key in query.order]
            select.set("order", exp.Order(expressions=keys))
        rows = query.top if limit is None else limit
        if rows is not None:
            select.set("limit", exp.Limit(expression=number(rows)))
        if query.offset:
            select.set("offset", exp.Offset(expression=number(query.offset)))
        return select

    def _output(self, value: bound.Value) -> Sql:
        """A value that has a type even if it is NULL."""
        written = self.value(value)
        return cast(written, DType.VARCHAR) if value.type.kind is Kind.NULL else written

    def _sort_key(self, key: plan.SortKey) -> Sql:
        this = number(key.key) if isinstance(key.key, int) else self.value(key.key)
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


_VALUES: dict[type, Callable[[Any, Any], Sql]] = {
    bound.Constant: _Writer._constant,
    bound.ColumnRef: _Writer._column,
    bound.Negative: _Writer._negative,
    bound.Arithmetic: _Writer._arithmetic,
    bound.Concat: _Writer._concat,
    bound.Call: _Writer._call,
    bound.Aggregate: _Writer._aggregate,
    bound.Cast: _Writer._cast,
    bound.Contains: _Writer._contains,
    bound.Distance: _Writer._distance,
}

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
