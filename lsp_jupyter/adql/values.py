"""Resolving values and conditions: names to columns, types to every node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

from lsp_jupyter.adql import bound, plan, tree
from lsp_jupyter.adql.calls import resolve_aggregate, resolve_call
from lsp_jupyter.adql.casts import cast
from lsp_jupyter.adql.coerce import comparable, unified
from lsp_jupyter.adql.context import Context
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.report import Report
from lsp_jupyter.adql.schema import Table
from lsp_jupyter.adql.scope import Scope
from lsp_jupyter.adql.types import (
    BIGINT,
    DOUBLE,
    INTEGER,
    NULL,
    TEXT,
    Kind,
    Type,
    arithmetic,
)
from lsp_jupyter.adql.units import IN_UNIT, in_unit
from lsp_jupyter.errors import AdqlError

__all__ = ["ValueResolver"]

_INT32 = 1 << 31

P = ParamSpec("P")
T = TypeVar("T")


class ValueResolver:
    """Turns expressions of the syntax tree into resolved ones.

    Attributes
    ----------
    tables : `dict`
        The table behind each source that is one.
    report : `Report`
        What was wrong so far.
    strict : `bool`
        Whether to refuse extensions of ADQL.
    """

    def __init__(self, *, strict: bool) -> None:
        self.tables: dict[str, Table] = {}
        self.report = Report()
        self.strict = strict

    def attempt(self, resolve: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Resolve something; note where that fails, for other errors may be found elsewhere."""
        before = len(self.report.errors)
        try:
            return resolve(*args, **kwargs)
        except AdqlError as error:
            if self.report.full:
                raise
            # Beside an unknown name, a wrong type is no news.
            if len(self.report.errors) == before and error not in self.report.errors:
                self.report.add(error)
        return None

    def query(self, node: tree.Query, outer: Scope | None, depth: int) -> plan.Query:
        """Resolve a subquery."""
        raise NotImplementedError

    def value(self, node: tree.Value, context: Context) -> bound.Value:
        """Resolve a value."""
        result: bound.Value = _VALUES[type(node)](self, node, context)
        return result

    def condition(self, node: tree.Condition, context: Context) -> bound.Condition:
        """Resolve a condition."""
        result: bound.Condition = _CONDITIONS[type(node)](self, node, context)
        return result

    # -- values ----------------------------------------------------------------

    def _number(self, node: tree.Number, _: Context) -> bound.Value:
        if isinstance(node.value, float):
            kind = DOUBLE
        else:
            kind = INTEGER if -_INT32 <= node.value < _INT32 else BIGINT
        return bound.Constant(kind, node.value, at=node.at)

    def _text(self, node: tree.Text, _: Context) -> bound.Value:
        return bound.Constant(TEXT, node.value, at=node.at)

    def _null(self, node: tree.Null, _: Context) -> bound.Value:
        return bound.Constant(NULL, None, at=node.at)

    def _column(self, node: tree.Column, context: Context) -> bound.Value:
        try:
            found = context.scope.column(node.parts, node.at)
        except AdqlError as error:
            # Others may be found, so it goes on as with a value of which nothing is known.
            self.report.add(error)
            return bound.Constant(NULL, None, at=node.at)
        return replace(found, at=node.at)

    def _signed(self, node: tree.Signed, context: Context) -> bound.Value:
        operand = self._operand(node.operand, "-", context)
        result = replace(operand.type, ucd="")
        if result.kind is not Kind.FLOAT:
            result = BIGINT.with_unit(result.unit)
        return bound.Negative(result, operand, at=node.at)

    def _operand(self, node: tree.Value, operator: str, context: Context) -> bound.Value:
        value = self.value(node, context)
        if not value.type.numeric:
            hint = ""
            if value.type.kind is Kind.TEXT:
                hint = "Join texts by ||, or write CAST(x AS DOUBLE PRECISION)."
            elif value.type.kind is Kind.BOOLEAN:
                hint = "Write CAST(x AS INTEGER)."
            raise refuse(
                f"{operator} takes numbers, found {value.type.kind.value}.", value.at, hint
            )
        return value

    def _arithmetic(self, node: tree.Arithmetic, context: Context) -> bound.Value:
        first = self._operand(node.first, node.rest[0][0], context)
        so_far = first.type
        rest: list[tuple[str, bound.Value, Type]] = []
        for operator, part in node.rest:
            operand = self._operand(part, operator, context)
            so_far = arithmetic(operator, so_far, operand.type)
            rest.append((operator, operand, so_far))
        return bound.Arithmetic(so_far, first, tuple(rest), at=node.at)

    def _whole(self, node: tree.Value, operator: str, context: Context) -> bound.Value:
        value = self._operand(node, operator, context)
        if value.type.kind is Kind.FLOAT:
            hint = "Write POWER(x, y) for a power." if operator == "^" else ""
            raise refuse(
                f"{operator} takes whole numbers, found {value.type.kind.value}.",
                value.at,
                hint or "Write CAST(x AS BIGINT).",
            )
        return value

    def _bitwise(self, node: tree.Bitwise, context: Context) -> bound.Value:
        operands = [self._whole(one, node.operator, context) for one in node.operands]
        return bound.Bitwise(BIGINT, node.operator, tuple(operands), at=node.at)

    def _complement(self, node: tree.Complement, context: Context) -> bound.Value:
        return bound.Complement(BIGINT, self._whole(node.operand, "~", context), at=node.at)

    def _case(self, node: tree.Case, context: Context) -> bound.Value:
        operand = None if node.operand is None else self.value(node.operand, context)
        tests: list[bound.Expression] = []
        for when in node.whens:
            if isinstance(when.test, tree.Condition):
                tests.append(self.condition(when.test, context))
            else:
                tests.append(self.value(when.test, context))
        if operand is not None:
            pairs = [
                self.comparable(operand, test, "=", test.at)
                for test in tests
                if isinstance(test, bound.Value)
            ]
            operand, tests = pairs[0][0], [test for _, test in pairs]
        results = [self.value(when.result, context) for when in node.whens]
        if node.default is not None:
            results.append(self.value(node.default, context))
        kind, values = unified(results, "CASE", node.at)
        default = values[-1] if node.default is not None else None
        whens = tuple(zip(tests, values, strict=False))
        return bound.Case(kind, operand, whens, default, at=node.at)

    def _concat(self, node: tree.Concat, context: Context) -> bound.Value:
        parts: list[bound.Value] = []
        for part in node.parts:
            value = self.value(part, context)
            if value.type.kind not in (Kind.TEXT, Kind.NULL):
                raise refuse(
                    f"|| joins texts, found {value.type.kind.value}.",
                    value.at,
                    "Write CAST(x AS VARCHAR).",
                )
            parts.append(value)
        wide = any(part.type.datatype == "unicodeChar" for part in parts)
        result = replace(TEXT, datatype="unicodeChar") if wide else TEXT
        return bound.Concat(result, tuple(parts), at=node.at)

    def _cast(self, node: tree.Cast, context: Context) -> bound.Value:
        return cast(node, self.value(node.operand, context))

    def _call(self, node: tree.Call, context: Context) -> bound.Value:
        if node.name.text.upper() == IN_UNIT:
            return in_unit(node, tuple([self.value(one, context) for one in node.arguments]))
        return resolve_call(self, node, context)

    def _aggregate(self, node: tree.Aggregate, context: Context) -> bound.Value:
        return resolve_aggregate(self, node, context)

    # -- conditions ------------------------------------------------------------

    def comparable(
        self, left: bound.Value, right: bound.Value, operator: str, at: Place
    ) -> tuple[bound.Value, bound.Value]:
        """Two values as they can be compared."""
        return comparable(left, right, operator, at, strict=self.strict)

    def _comparison(self, node: tree.Comparison, context: Context) -> bound.Condition:
        left = self.value(node.left, context)
        right = self.value(node.right, context)
        left, right = self.comparable(left, right, node.operator, node.at)
        return bound.Comparison(node.operator, left, right, at=node.at)

    def _between(self, node: tree.Between, context: Context) -> bound.Condition:
        operand = self.value(node.operand, context)
        low = self.value(node.low, context)
        high = self.value(node.high, context)
        operand, low = self.comparable(operand, low, "BETWEEN", node.at)
        operand, high = self.comparable(operand, high, "BETWEEN", node.at)
        return bound.Between(operand, low, high, node.negated, at=node.at)

    def _in_list(self, node: tree.InList, context: Context) -> bound.Condition:
        operand = self.value(node.operand, context)
        if isinstance(node.values, tree.Literals):
            literals = node.values.values
            kinds = {TEXT if isinstance(one, str) else DOUBLE for one in literals}
            if operand.type.kind not in (Kind.TIMESTAMP, Kind.BOOLEAN):
                for kind in kinds:
                    sample = next(one for one in literals if isinstance(one, str) == (kind is TEXT))
                    member = bound.Constant(kind, sample, at=node.values.at)
                    self.comparable(operand, member, "IN", node.at)
                return bound.InList(operand, literals, (), node.negated, at=node.at)
            at = node.values.at
            values: list[bound.Value] = [
                bound.Constant(
                    TEXT if isinstance(one, str) else INTEGER if isinstance(one, int) else DOUBLE,
                    one,
                    at=at,
                )
                for one in literals
            ]
        else:
            values = [self.value(value, context) for value in node.values]
        pairs = [self.comparable(operand, value, "IN", node.at) for value in values]
        operand = pairs[0][0]
        members = tuple([member for _, member in pairs])
        return bound.InList(operand, (), members, node.negated, at=node.at)

    def _in_query(self, node: tree.InQuery, context: Context) -> bound.Condition:
        operand = self.value(node.operand, context)
        query = self.query(node.query, context.scope, context.depth + 1)
        if len(query.outputs) != 1:
            raise refuse(
                f"The subquery of IN has {len(query.outputs)} columns.",
                node.query.at,
                "Select one column.",
            )
        member = replace(query.outputs[0].value, at=node.query.at)
        self.comparable(operand, member, "IN", node.at)
        return bound.InQuery(operand, query, node.negated, at=node.at)

    def _like(self, node: tree.Like, context: Context) -> bound.Condition:
        operand = self.value(node.operand, context)
        pattern = self.value(node.pattern, context)
        for side in (operand, pattern):
            if side.type.kind not in (Kind.TEXT, Kind.NULL):
                word = "ILIKE" if node.insensitive else "LIKE"
                raise refuse(
                    f"{word} compares texts, found {side.type.kind.value}.",
                    side.at,
                    "Write CAST(x AS VARCHAR).",
                )
        return bound.Like(operand, pattern, node.negated, node.insensitive, at=node.at)

    def _is_null(self, node: tree.IsNull, context: Context) -> bound.Condition:
        operand = self.value(node.operand, context)
        return bound.IsNull(operand, node.negated, at=node.at)

    def _exists(self, node: tree.Exists, context: Context) -> bound.Condition:
        return bound.Exists(self.query(node.query, context.scope, context.depth + 1), at=node.at)

    def _not(self, node: tree.Not, context: Context) -> bound.Condition:
        return bound.Not(self.condition(node.operand, context), at=node.at)

    def _and(self, node: tree.And, context: Context) -> bound.Condition:
        return bound.And(self._parts(node.parts, context), at=node.at)

    def _or(self, node: tree.Or, context: Context) -> bound.Condition:
        return bound.Or(self._parts(node.parts, context), at=node.at)

    def _parts(
        self, parts: tuple[tree.Condition, ...], context: Context
    ) -> tuple[bound.Condition, ...]:
        """Conditions, each of which is looked at, whatever is wrong with the others."""
        found = [self.attempt(self.condition, part, context) for part in parts]
        conditions = tuple([one for one in found if one is not None])
        if len(conditions) < len(parts):
            raise self.report.error()
        return conditions


_VALUES: dict[type, Callable[[Any, Any, Context], bound.Value]] = {
    tree.Number: ValueResolver._number,
    tree.Text: ValueResolver._text,
    tree.Null: ValueResolver._null,
    tree.Column: ValueResolver._column,
    tree.Signed: ValueResolver._signed,
    tree.Arithmetic: ValueResolver._arithmetic,
    tree.Concat: ValueResolver._concat,
    tree.Call: ValueResolver._call,
    tree.Aggregate: ValueResolver._aggregate,
    tree.Cast: ValueResolver._cast,
    tree.Bitwise: ValueResolver._bitwise,
    tree.Complement: ValueResolver._complement,
    tree.Case: ValueResolver._case,
}

_CONDITIONS: dict[type, Callable[[Any, Any, Context], bound.Condition]] = {
    tree.Comparison: ValueResolver._comparison,
    tree.Between: ValueResolver._between,
    tree.InList: ValueResolver._in_list,
    tree.InQuery: ValueResolver._in_query,
    tree.Like: ValueResolver._like,
    tree.IsNull: ValueResolver._is_null,
    tree.Exists: ValueResolver._exists,
    tree.Not: ValueResolver._not,
    tree.And: ValueResolver._and,
    tree.Or: ValueResolver._or,
}
