"""Resolving calls: the function, its arguments, and the type of its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_jupyter.adql import bound, tree
from lsp_jupyter.adql.coerce import as_time, orderable, unified
from lsp_jupyter.adql.context import Context
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.functions import ANY, FUNCTIONS, NUMBER, STRING, TIME, WHOLE, Function
from lsp_jupyter.adql.geometry import resolve_geometry
from lsp_jupyter.adql.places import Place, refuse, suggestion
from lsp_jupyter.adql.sky_functions import resolve_spatial
from lsp_jupyter.adql.types import BIGINT, DOUBLE, SHAPES, Kind
from lsp_jupyter.adql.words import FOREIGN_FUNCTIONS

if TYPE_CHECKING:
    from lsp_jupyter.adql.values import ValueResolver

__all__ = ["resolve_aggregate", "resolve_call"]

_MOST_BINS = 10_000
_ONLY_WHERE = "Use it in WHERE or ON: CONTAINS(POINT(…), CIRCLE(…)) = 1."


def resolve_aggregate(
    resolver: ValueResolver, node: tree.Aggregate, context: Context
) -> bound.Value:
    """Resolve a set function of ADQL.

    Parameters
    ----------
    resolver : `~lsp_jupyter.adql.values.ValueResolver`
        What resolves its argument.
    node : `~lsp_jupyter.adql.tree.Aggregate`
        The call as written.
    context : `~lsp_jupyter.adql.context.Context`
        Where it stands.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if it may not stand there, or its argument does not fit.
    """
    name = node.function
    _may_aggregate(name, node.at, context)
    counted = BIGINT.with_unit("", "meta.number")
    if node.argument is None:
        return bound.Aggregate(counted, name, None, distinct=False, at=node.at)
    argument = resolver.value(node.argument, context.inside(name))
    orderable(argument, name)
    _of_own_query(name, argument, context)
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


def _may_aggregate(name: str, at: Place, context: Context) -> None:
    """Refuse a set function where none may stand, and note it elsewhere."""
    if not context.aggregates:
        hint = ""
        if context.clause == "WHERE":
            hint = "Conditions on aggregates stand after HAVING."
        elif context.clause == "GROUP BY":
            hint = "Group by the columns that the groups share."
        raise refuse(f"{name} cannot stand inside {context.clause}.", at, hint)
    context.progress.aggregated = True


def _of_own_query(name: str, argument: bound.Value, context: Context) -> None:
    """Refuse a set function of columns that are all of the queries around it."""
    columns = [one for one in bound.walk(argument) if isinstance(one, bound.ColumnRef)]
    if columns and all(column.depth < context.depth for column in columns):
        raise refuse(
            f"{name} takes a column of its own query, not only of the one around it.",
            argument.at,
        )


def resolve_call(resolver: ValueResolver, node: tree.Call, context: Context) -> bound.Value:
    """Resolve a call of a declared function.

    Parameters
    ----------
    resolver : `~lsp_jupyter.adql.values.ValueResolver`
        What resolves its arguments.
    node : `~lsp_jupyter.adql.tree.Call`
        The call as written.
    context : `~lsp_jupyter.adql.context.Context`
        Where it stands.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if there is no such function, or its arguments do not fit.
    """
    name = node.name.text.upper()
    function = FUNCTIONS.get(name)
    if function is None:
        hint = FOREIGN_FUNCTIONS.get(name) or suggestion(
            name, [known.spelling for known in FUNCTIONS.values()]
        )
        raise refuse(f"There is no function {node.name.text}.", node.name.at, hint)
    if function.aggregate:
        _may_aggregate(name, node.at, context)
        context = context.inside(name)
    arguments = tuple([resolver.value(argument, context) for argument in node.arguments])
    if name == "COALESCE":
        if not arguments:
            raise refuse("COALESCE takes at least one value.", node.at, f"Write {function.form}.")
        result, values = unified(arguments, name, node.at)
        return bound.Call(result, function, values, at=node.at)
    if function.group == "geometry":
        return resolve_geometry(node, function, arguments, resolver.tables)
    if function.spatial:
        return resolve_spatial(node, function, arguments, resolver.tables, context.scope)
    checked = _checked(node, function, arguments)
    result = function.result([argument.type for argument in checked])
    if function.aggregate:
        first, *rest = checked
        _of_own_query(name, first, context)
        _check_parameters(function, rest)
        return bound.Aggregate(
            result, name, first, distinct=False, parameters=tuple(rest), at=node.at
        )
    sources: tuple[tuple[str, bool], ...] = ()
    if name == "RAND" and checked:
        tables = context.scope.tables()
        sources = tuple([(table.source, table.table is not None) for table in tables])
    return bound.Call(result, function, checked, sources, at=node.at)


def _checked(
    node: tree.Call, function: Function, arguments: tuple[bound.Value, ...]
) -> tuple[bound.Value, ...]:
    """The arguments of a function, if they are what it takes."""
    count, most = len(arguments), len(function.arguments)
    if not function.required <= count <= most:
        takes = f"{function.required} to {most}" if function.required < most else f"{most}"
        raise refuse(
            f"{function.spelling} takes {takes} value{'' if takes == '1' else 's'}, found {count}.",
            node.at,
            f"Write {function.form}.",
        )
    return tuple(
        [
            _fits(function, wanted, argument)
            for wanted, argument in zip(function.arguments, arguments, strict=False)
        ]
    )


def _fits(function: Function, wanted: str, argument: bound.Value) -> bound.Value:
    """An argument of a function, checked against its declaration."""
    found = argument.type
    if wanted == TIME:
        argument = as_time(argument)
        found = argument.type
    fits = {
        NUMBER: found.numeric,
        WHOLE: found.kind in (Kind.INTEGER, Kind.NULL),
        STRING: found.kind in (Kind.TEXT, Kind.NULL),
        TIME: found.kind in (Kind.TIMESTAMP, Kind.NULL),
        ANY: True,
    }[wanted]
    if not fits:
        hint = f"Write {function.form}."
        if found.kind is Kind.TEXT and wanted == NUMBER:
            hint = "Write CAST(x AS DOUBLE PRECISION)."
        elif found.kind in SHAPES.values():
            hint = _ONLY_WHERE
        elif wanted == STRING:
            hint = "Write CAST(x AS VARCHAR)."
        elif wanted == TIME:
            hint = "Write CAST(x AS TIMESTAMP)."
        raise refuse(
            f"{function.spelling} takes a {wanted}, found {found.kind.value}.", argument.at, hint
        )
    return argument


def _check_parameters(function: Function, values: list[bound.Value]) -> None:
    """Refuse what shapes a set function, rather than being aggregated, if it is no literal."""
    for value in values:
        number = constant(value)
        if number is None and not (
            isinstance(value, bound.Constant) and isinstance(value.value, str)
        ):
            raise refuse(
                f"{function.spelling} takes a literal here.", value.at, f"Write {function.form}."
            )
    match function.name:
        case "PERCENTILE" | "SCISQL_PERCENTILE":
            share = constant(values[0])
            if share is not None and not 0 <= share <= 100:
                raise refuse(
                    f"{share:g} is no percentage.", values[0].at, "Write a number from 0 to 100."
                )
        case "IVO_HISTOGRAM":
            low, high, bins = (constant(value) or 0 for value in values)
            if not low < high:
                raise refuse(
                    "The upper limit of the histogram is not above the lower one.",
                    values[1].at,
                    f"Write {function.form}.",
                )
            if not 1 <= bins <= _MOST_BINS:
                raise refuse(
                    f"A histogram has from 1 to {_MOST_BINS} bins.",
                    values[2].at,
                    "Group by a rounded value for more.",
                )
        case _:
            pass
