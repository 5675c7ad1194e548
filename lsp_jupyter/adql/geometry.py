"""The geometry functions as queries use them (ADQL 2.1 section 4.2): points, cones, distances."""

from __future__ import annotations

from collections.abc import Mapping

from lsp_jupyter.adql import bound, tree
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.functions import FUNCTIONS, Function
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.schema import Table
from lsp_jupyter.adql.types import CIRCLE, DOUBLE, INTEGER, POINT
from lsp_jupyter.errors import AdqlError

__all__ = ["resolve_geometry"]

_FRAMES = ("", "ICRS", "UNKNOWN", "UNKNOWNFRAME")
_POLE = 90.0


def resolve_geometry(
    node: tree.Call,
    function: Function,
    arguments: tuple[bound.Value, ...],
    tables: Mapping[str, Table],
) -> bound.Value:
    """Resolve a call of a geometry function.

    Parameters
    ----------
    node : `~lsp_jupyter.adql.tree.Call`
        The call as written.
    function : `~lsp_jupyter.adql.functions.Function`
        The function.
    arguments : `tuple` of `~lsp_jupyter.adql.bound.Value`
        Its resolved arguments.
    tables : mapping
        The table of each source, to recognise indexed positions.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if the arguments do not fit.
    """
    rest = _without_frame(arguments) if function.name in ("POINT", "CIRCLE") else arguments
    match function.name:
        case "POINT":
            if len(rest) == 2:
                return _point(node, function, rest, tables)
        case "CIRCLE":
            return _circle(node, function, rest, tables)
        case "CONTAINS":
            return _contains(node, function, rest)
        case "DISTANCE":
            return _distance(node, rest, tables)
        case _:
            if len(rest) == 1 and isinstance(rest[0], bound.Point):
                result = DOUBLE.with_unit("deg")
                return bound.Call(result, function, rest, at=node.at)
    raise _misused(node, function)


def _misused(node: tree.Call, function: Function) -> AdqlError:
    return refuse(
        f"{function.name} does not take these values.", node.at, f"Write {function.form}."
    )


def _without_frame(arguments: tuple[bound.Value, ...]) -> tuple[bound.Value, ...]:
    """The arguments after the coordinate system, which ADQL 2.1 has deprecated."""
    first = arguments[0] if arguments else None
    if not (isinstance(first, bound.Constant) and isinstance(first.value, str)):
        return arguments
    frame = first.value.strip().upper().partition(" ")[0]
    if frame not in _FRAMES:
        raise refuse(
            f"The coordinate system {first.value} is not available.",
            first.at,
            "Positions are ICRS, in degrees: write 'ICRS', or leave it out.",
        )
    return arguments[1:]


def _numbers(node: tree.Call, function: Function, values: tuple[bound.Value, ...]) -> None:
    for value in values:
        if not value.type.numeric:
            raise refuse(
                f"{function.name} takes numbers, found {value.type.kind.value}.",
                value.at if value.at.line else node.at,
                f"Write {function.form}.",
            )


def _point(
    node: tree.Call,
    function: Function,
    values: tuple[bound.Value, ...],
    tables: Mapping[str, Table],
) -> bound.Point:
    _numbers(node, function, values)
    longitude, latitude = values
    fixed = constant(latitude)
    if fixed is not None and not -_POLE <= fixed <= _POLE:
        swapped = constant(longitude)
        hint = "Declinations are degrees from -90 to 90."
        if swapped is not None and -_POLE <= swapped <= _POLE:
            hint += " Perhaps the two coordinates are exchanged: the right ascension comes first."
        raise refuse(f"The declination {fixed:g} is not on the sky.", latitude.at, hint)
    source = None
    if (
        isinstance(longitude, bound.ColumnRef)
        and isinstance(latitude, bound.ColumnRef)
        and longitude.source == latitude.source
    ):
        table = tables.get(longitude.source)
        if table is not None and table.position == (longitude.name, latitude.name):
            source = longitude.source
    return bound.Point(POINT, longitude, latitude, source, at=node.at)


def _circle(
    node: tree.Call,
    function: Function,
    values: tuple[bound.Value, ...],
    tables: Mapping[str, Table],
) -> bound.Circle:
    if len(values) == 2 and isinstance(values[0], bound.Point):
        centre, radius = values[0], values[1]
    elif len(values) == 3:
        centre, radius = _point(node, function, values[:2], tables), values[2]
    else:
        raise _misused(node, function)
    _numbers(node, function, (radius,))
    fixed = constant(radius)
    if fixed is not None and fixed < 0:
        raise refuse(
            f"The radius {fixed:g} is negative.", radius.at, "Radii are degrees from 0 to 180."
        )
    return bound.Circle(CIRCLE, centre, radius, at=node.at)


def _contains(
    node: tree.Call, function: Function, values: tuple[bound.Value, ...]
) -> bound.Contains:
    match values:
        case (bound.Point() as point, bound.Circle() as circle):
            return bound.Contains(INTEGER, point, circle, at=node.at)
        case (bound.Circle(), bound.Point()):
            raise refuse(
                "CONTAINS asks whether its first shape is inside the second.",
                node.at,
                "Write the point first: CONTAINS(POINT(…), CIRCLE(…)).",
            )
        case (bound.Circle(), bound.Circle()):
            raise refuse(
                "A circle inside a circle is not available.",
                node.at,
                "Compare centres: DISTANCE(POINT(…), POINT(…)) < radius.",
            )
        case _:
            raise _misused(node, function)


def _distance(
    node: tree.Call,
    values: tuple[bound.Value, ...],
    tables: Mapping[str, Table],
) -> bound.Distance:
    match values:
        case (bound.Point() as first, bound.Point() as second):
            pass
        case (_, _, _, _):
            point = FUNCTIONS["POINT"]
            first = _point(node, point, values[:2], tables)
            second = _point(node, point, values[2:], tables)
        case _:
            raise refuse(
                "DISTANCE does not take these values.",
                node.at,
                "Write DISTANCE(ra1, dec1, ra2, dec2) or DISTANCE(POINT(…), POINT(…)).",
            )
    result = DOUBLE.with_unit("deg", "pos.angDistance")
    return bound.Distance(result, first, second, at=node.at)
