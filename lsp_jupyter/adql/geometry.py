"""The geometry functions as queries use them (ADQL 2.1 section 4.2): shapes and questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lsp_jupyter.adql import bound, shapes, tree
from lsp_jupyter.adql.constructors import as_shape, computed, fixed_point, point, resolve_shape
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.functions import Function
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.polygons import SkyPolygon
from lsp_jupyter.adql.schema import Table
from lsp_jupyter.adql.types import DIRECTION, DOUBLE, INTEGER, SHAPES, TEXT
from lsp_jupyter.adql.vectors import lonlat
from lsp_jupyter.errors import AdqlError

__all__ = ["contains", "misused", "resolve_geometry"]

_WHOLE_SKY = 180.0


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
    values = tuple([as_shape(argument, tables) for argument in arguments])
    name = function.name
    if name in ("POINT", "CIRCLE", "BOX", "POLYGON", "REGION"):
        return resolve_shape(node, function, values, tables)
    if name == "DISTANCE":
        return _distance(node, values, tables)
    if any(value.type.kind not in SHAPES.values() for value in values):
        raise misused(node, function)
    match name, values:
        case "CONTAINS", (inner, outer):
            return contains(inner, outer, node.at)
        case "INTERSECTS", (one, other):
            return _intersects(one, other, node.at)
        case "AREA", (shape,):
            return _area(shape, node.at)
        case "CENTROID", (shape,):
            return _centroid(shape, node.at)
        case "COORDSYS", (_,):
            return bound.Constant(TEXT, "ICRS", at=node.at)
        case (("COORD1" | "COORD2"), (shapes.Point(),)):
            return bound.Call(DOUBLE.with_unit("deg"), function, values, at=node.at)
        case _:
            pass
    raise misused(node, function)


def misused(node: tree.Call, function: Function) -> AdqlError:
    """The error of arguments that do not fit."""
    return refuse(
        f"{function.spelling} does not take these values.", node.at, f"Write {function.form}."
    )


def contains(inner: bound.Value, outer: bound.Value, at: Place) -> bound.Value:
    """Whether a shape is inside another, as a whole number.

    Parameters
    ----------
    inner, outer : `~lsp_jupyter.adql.bound.Value`
        The shapes.
    at : `~lsp_jupyter.adql.places.Place`
        The call.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if the second is a point.
    """
    match inner, outer:
        case (_, shapes.Point()):
            raise refuse(
                "CONTAINS asks whether its first shape is inside the second.",
                at,
                "Write the point first: CONTAINS(POINT(…), CIRCLE(…))."
                if not isinstance(inner, shapes.Point)
                else "Compare two points by DISTANCE(POINT(…), POINT(…)) < radius.",
            )
        case (shapes.Point(), shapes.Circle()):
            return shapes.Contains(INTEGER, inner, outer, at=at)
        case (shapes.Point(), _):
            return shapes.Inside(INTEGER, inner, outer, at=at)
        case (shapes.Circle(), shapes.Circle()):
            limits = replace(outer, radius=_less(outer.radius, inner.radius))
            return shapes.Contains(INTEGER, inner.centre, limits, at=at)
        case _:
            return shapes.Within(INTEGER, inner, outer, at=at)


def _less(outer: bound.Value, inner: bound.Value) -> bound.Value:
    """How far the centre of a circle may be from that of the one that holds it."""
    limit = constant(outer)
    rest = _arithmetic(outer, "-", inner)
    if limit is not None:
        return rest if limit < _WHOLE_SKY else outer
    whole = bound.Constant(DOUBLE, _WHOLE_SKY)
    return bound.Case(DOUBLE, None, ((bound.Comparison(">=", outer, whole), whole),), rest)


def _intersects(one: bound.Value, other: bound.Value, at: Place) -> bound.Value:
    match one, other:
        case (shapes.Point(), shapes.Point()):
            raise refuse(
                "Two points do not intersect.",
                at,
                "Compare them by DISTANCE(POINT(…), POINT(…)) < radius.",
            )
        case (shapes.Point(), _):
            return contains(one, other, at)
        case (_, shapes.Point()):
            return contains(other, one, at)
        case (shapes.Circle(), shapes.Circle()):
            near = replace(other, radius=_arithmetic(one.radius, "+", other.radius))
            return shapes.Contains(INTEGER, one.centre, near, at=at)
        case (shapes.Circle(), _):
            return shapes.Overlaps(INTEGER, other, one, at=at)
        case _:
            return shapes.Overlaps(INTEGER, one, other, at=at)


def _arithmetic(left: bound.Value, operator: str, right: bound.Value) -> bound.Value:
    return bound.Arithmetic(DOUBLE, left, ((operator, right, DOUBLE),))


def _distance(
    node: tree.Call, values: Sequence[bound.Value], tables: Mapping[str, Table]
) -> bound.Value:
    match values:
        case (shapes.Point() as first, shapes.Point() as second):
            pass
        case (_, _, _, _):
            first = point("DISTANCE", node.at, values[:2], tables)
            second = point("DISTANCE", node.at, values[2:], tables)
        case _:
            raise refuse(
                "DISTANCE does not take these values.",
                node.at,
                "Write DISTANCE(ra1, dec1, ra2, dec2) or DISTANCE(POINT(…), POINT(…)).",
            )
    result = DOUBLE.with_unit("deg", "pos.angDistance")
    return shapes.Distance(result, first, second, at=node.at)


def _area(shape: bound.Value, at: Place) -> bound.Value:
    result = DOUBLE.with_unit("deg**2", "phys.angArea")
    if isinstance(shape, shapes.Point):
        return bound.Constant(result, 0.0, at=at)
    return shapes.Area(result, shape, at=at)


def _centroid(shape: bound.Value, at: Place) -> bound.Value:
    match shape:
        case shapes.Point():
            return replace(shape, at=at)
        case shapes.Circle():
            return replace(shape.centre, at=at)
        case shapes.Polygon(fixed=SkyPolygon() as fixed):
            return fixed_point(*lonlat(fixed.centroid), at)
        case _:
            return computed(shapes.Centroid(DIRECTION, shape), at)
