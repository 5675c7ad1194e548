"""Resolving values and conditions: names to columns, types to every node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lsp_jupyter.adql import bound, plan, tree
from lsp_jupyter.adql.coerce import as_time, comparable, orderable
from lsp_jupyter.adql.context import Context
from lsp_jupyter.adql.functions import ANY, FUNCTIONS, NUMBER, STRING, WHOLE, Function
from lsp_jupyter.adql.geometry import resolve_geometry
from lsp_jupyter.adql.places import refuse, suggestion
from lsp_jupyter.adql.schema import Table
from lsp_jupyter.adql.scope import Scope
from lsp_jupyter.adql.types import (
    BIGINT,
    DOUBLE,
    INTEGER,
    NULL,
    REAL,
    SMALLINT,
    TEXT,
    TIMESTAMP,
    Kind,
    Type,
    arithmetic,
    common,
)
from lsp_jupyter.adql.words import FOREIGN_FUNCTIONS
from lsp_jupyter.errors import AdqlError

__all__ = ["ValueResolver"]

_TARGETS = {
    "SMALLINT": SMALLINT,
    "INTEGER": INTEGER,
    "BIGINT": BIGINT,
    "REAL": REAL,
    "DOUBLE PRECISION": DOUBLE,
    "CHAR": TEXT,
    "VARCHAR": TEXT,
    "TIMESTAMP": TIMESTAMP,
}
_INT32 = 1 << 31
_ONLY_WHERE = "Use it in WHERE or ON: CONTAINS(POINT(…), CIRCLE(…)) = 1."


class ValueResolver:
    """Turns expressions of the syntax tree into resolved ones.

    Attributes
    ----------
    tables : `dict`
        The table behind each source that is one.
    """

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}

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
        return replace(context.scope.column(node.parts, node.at), at=node.at)

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
        operand = self.value(node.operand, context)
        target, source = _TARGETS[node.target.name], operand.type
        if node.target.length is not None:
            if node.target.length == 0:
                raise refuse("The length of a text is at least 1.", node.target.at)
            target = replace(target, arraysize=f"{node.target.length}*")
        to_text = target.kind is Kind.TEXT
        allowed = {
            Kind.TIMESTAMP: target.kind is Kind.TIMESTAMP or to_text,
            Kind.BOOLEAN: target.kind is Kind.INTEGER or to_text,
            Kind.INTEGER: target.kind is not Kind.TIMESTAMP,
            Kind.FLOAT: target.kind is not Kind.TIMESTAMP,
            Kind.POINT: False,
            Kind.CIRCLE: False,
            Kind.OTHER: False,
        }.get(source.kind, True)
        if not allowed:
            text = source.kind.value
            raise refuse(f"{text[0].upper()}{text[1:]} cannot become {node.target.name}.", node.at)
        if target.kind is Kind.TIMESTAMP:
            operand = as_time(operand)
        if target.numeric and source.numeric:
            target = target.with_unit(source.unit, source.ucd)
        return bound.Cast(target, operand, at=node.at)

    def _aggregate(self, node: tree.Aggregate, context: Context) -> bound.Value:
        name = node.function
        if not context.aggregates:
            hint = ""
            if context.clause == "WHERE":
                hint = "Conditions on aggregates stand after HAVING."
            elif context.clause == "GROUP BY":
                hint = "Group by the columns that the groups share."
            raise refuse(f"{name} cannot stand inside {context.clause}.", node.at, hint)
        context.progress.aggregated = True
        counted = BIGINT.with_unit("", "meta.number")
        if node.argument is None:
            return bound.Aggregate(counted, name, None, distinct=False, at=node.at)
        argument = self.value(node.argument, context.inside(name))
        orderable(argument, name)
        columns = [one for one in bound.walk(argument) if isinstance(one, bound.ColumnRef)]
        if columns and all(column.depth < context.depth for column in columns):
            raise refuse(
                f"{name} takes a column of its own query, not only of the one around it.",
                argument.at,
            )
        kind = argument.type
        if name in ("SUM", "AVG") and not kind.numeric:
            hint = "Write CAST(x AS INTEGER)." if kind.kind is Kind.BOOLEAN else ""
            raise refuse(f"{name} takes numbers, found {kind.kind.value}.", argument.at, hint)
        match name:
            case "COUNT":
                result = counted
            case "AVG":
                result = DOUBLE.with_unit(kind.unit, kind.ucd)
            case "SUM":
                wide = BIGINT if kind.kind is Kind.INTEGER else DOUBLE
                result = wide.with_unit(kind.unit)
            case _:
                result = kind
        return bound.Aggregate(result, name, argument, node.distinct, at=node.at)

    def _call(self, node: tree.Call, context: Context) -> bound.Value:
        name = node.name.text.upper()
        function = FUNCTIONS.get(name)
        if function is None:
            raise self._no_function(node, name)
        arguments = tuple([self.value(argument, context) for argument in node.arguments])
        if name == "COALESCE":
            return self._coalesce(node, function, arguments)
        if function.group == "geometry":
            return resolve_geometry(node, function, arguments, self.tables)
        count, most = len(arguments), len(function.arguments)
        if not function.required <= count <= most:
            takes = f"{function.required} to {most}" if function.required < most else f"{most}"
            raise refuse(
                f"{name} takes {takes} value{'' if takes == '1' else 's'}, found {count}.",
                node.at,
                f"Write {function.form}.",
            )
        checked = tuple(
            [
                _fits(function, wanted, argument)
                for wanted, argument in zip(function.arguments, arguments, strict=False)
            ]
        )
        result = function.result([argument.type for argument in checked])
        sources: tuple[tuple[str, bool], ...] = ()
        if name == "RAND" and checked:
            tables = context.scope.tables()
            sources = tuple([(table.source, table.table is not None) for table in tables])
        return bound.Call(result, function, checked, sources, at=node.at)

    def _no_function(self, node: tree.Call, name: str) -> AdqlError:
        hint = FOREIGN_FUNCTIONS.get(name) or suggestion(name, FUNCTIONS)
        return refuse(f"There is no function {node.name.text}.", node.name.at, hint)

    def _coalesce(
        self, node: tree.Call, function: Function, arguments: tuple[bound.Value, ...]
    ) -> bound.Value:
        if not arguments:
            raise refuse("COALESCE takes at least one value.", node.at, f"Write {function.form}.")
        for argument in arguments:
            orderable(argument, "COALESCE")
        if any(argument.type.kind is Kind.TIMESTAMP for argument in arguments):
            arguments = tuple([as_time(argument) for argument in arguments])
        result = common(argument.type for argument in arguments)
        if result is None:
            raise refuse(
                "The values of COALESCE are of different types.",
                node.at,
                "Use CAST to make them of one type.",
            )
        cast = [
            bound.Cast(result.plain(), argument, at=argument.at)
            if result.numeric and argument.type.datatype != result.datatype
            else argument
            for argument in arguments
        ]
        return bound.Call(result, function, tuple(cast), at=node.at)

    # -- conditions ------------------------------------------------------------

    def _comparison(self, node: tree.Comparison, context: Context) -> bound.Condition:
        left = self.value(node.left, context)
        right = self.value(node.right, context)
        left, right = comparable(left, right, node.operator, node.at)
        return bound.Comparison(node.operator, left, right, at=node.at)

    def _between(self, node: tree.Between, context: Context) -> bound.Condition:
        operand = self.value(node.operand, context)
        low = self.value(node.low, context)
        high = self.value(node.high, context)
        operand, low = comparable(operand, low, "BETWEEN", node.at)
        operand, high = comparable(operand, high, "BETWEEN", node.at)
        return bound.Between(operand, low, high, node.negated, at=node.at)

    def _in_list(self, node: tree.InList, context: Context) -> bound.Condition:
        operand = self.value(node.operand, context)
        if isinstance(node.values, tree.Literals):
            literals = node.values.values
            kinds = {TEXT if isinstance(one, str) else DOUBLE for one in literals}
            if operand.type.kind is not Kind.TIMESTAMP:
                for kind in kinds:
                    sample = next(one for one in literals if isinstance(one, str) == (kind is TEXT))
                    member = bound.Constant(kind, sample, at=node.values.at)
                    comparable(operand, member, "IN", node.at)
                return bound.InList(operand, literals, (), node.negated, at=node.at)
            at = node.values.at
            values: list[bound.Value] = [
                bound.Constant(TEXT if isinstance(one, str) else DOUBLE, one, at=at)
                for one in literals
            ]
        else:
            values = [self.value(value, context) for value in node.values]
        pairs = [comparable(operand, value, "IN", node.at) for value in values]
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
        comparable(operand, member, "IN", node.at)
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
        if operand.type.kind in (Kind.POINT, Kind.CIRCLE):
            raise refuse("A shape is never NULL itself.", node.at, "Ask for its coordinates.")
        return bound.IsNull(operand, node.negated, at=node.at)

    def _exists(self, node: tree.Exists, context: Context) -> bound.Condition:
        return bound.Exists(self.query(node.query, context.scope, context.depth + 1), at=node.at)

    def _not(self, node: tree.Not, context: Context) -> bound.Condition:
        return bound.Not(self.condition(node.operand, context), at=node.at)

    def _and(self, node: tree.And, context: Context) -> bound.Condition:
        return bound.And(tuple([self.condition(part, context) for part in node.parts]), at=node.at)

    def _or(self, node: tree.Or, context: Context) -> bound.Condition:
        return bound.Or(tuple([self.condition(part, context) for part in node.parts]), at=node.at)


def _fits(function: Function, wanted: str, argument: bound.Value) -> bound.Value:
    """An argument of a function, checked against its declaration."""
    found = argument.type
    fits = {
        NUMBER: found.numeric,
        WHOLE: found.kind in (Kind.INTEGER, Kind.NULL),
        STRING: found.kind in (Kind.TEXT, Kind.NULL),
        ANY: True,
    }[wanted]
    if not fits:
        hint = f"Write {function.form}."
        if found.kind is Kind.TEXT and wanted == NUMBER:
            hint = "Write CAST(x AS DOUBLE PRECISION)."
        elif found.kind in (Kind.POINT, Kind.CIRCLE):
            hint = _ONLY_WHERE
        elif wanted == STRING:
            hint = "Write CAST(x AS VARCHAR)."
        raise refuse(
            f"{function.name} takes a {wanted}, found {found.kind.value}.", argument.at, hint
        )
    return argument


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
