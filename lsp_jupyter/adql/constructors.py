"""POINT, CIRCLE, BOX, POLYGON and REGION: shapes from their coordinates (ADQL 2.1 section 4.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lsp_jupyter.adql import bound, shapes, tree
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.functions import Function
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.polygons import SkyPolygon, sky_polygon
from lsp_jupyter.adql.regions import region_numbers
from lsp_jupyter.adql.schema import Table
from lsp_jupyter.adql.types import CIRCLE, DIRECTION, DOUBLE, POINT, POLYGON, REGION, Kind
from lsp_jupyter.adql.vectors import Vector, add, lonlat, scaled, unit_vector

__all__ = [
    "as_shape",
    "circle",
    "computed",
    "fixed_point",
    "fixed_position",
    "point",
    "polygon",
    "region",
    "resolve_shape",
]

_SYSTEMS = ("", "ICRS", "UNKNOWN", "UNKNOWNFRAME")
_POLE = 90.0
_HALF = 180.0
_DEEPEST = 4
"""Computed points in each other at most."""
_DEGREES = DOUBLE.with_unit("deg")
_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def resolve_shape(
    node: tree.Call,
    function: Function,
    arguments: tuple[bound.Value, ...],
    tables: Mapping[str, Table],
) -> bound.Value:
    """Resolve a call that makes a shape.

    Parameters
    ----------
    node : `~lsp_jupyter.adql.tree.Call`
        The call as written.
    function : `~lsp_jupyter.adql.functions.Function`
        The function.
    arguments : `tuple` of `~lsp_jupyter.adql.bound.Value`
        Its arguments, shapes as such.
    tables : mapping
        The table of each source, to recognise indexed positions.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if the arguments do not fit.
    """
    at = node.at
    if function.name == "REGION":
        match arguments:
            case (bound.Constant(value=str() as text) as written,):
                return region(text, written.at)
            case _:
                pass
        raise refuse("REGION takes a text in quotes.", at, "Write REGION('CIRCLE ICRS 10 20 0.5').")
    values = _without_system(arguments)
    first = values[0] if values else None
    match function.name, len(values):
        case "POINT", 2:
            return point("POINT", at, values, tables)
        case "CIRCLE", 2 if isinstance(first, shapes.Point):
            return circle(first, values[1], at)
        case "CIRCLE", 3:
            return circle(point("CIRCLE", at, values[:2], tables), values[2], at)
        case "BOX", 3 if isinstance(first, shapes.Point):
            return _box(first, values[1], values[2], at)
        case "BOX", 4:
            return _box(point("BOX", at, values[:2], tables), values[2], values[3], at)
        case "POLYGON", count if isinstance(first, shapes.Point) and count >= 3:
            points = [one for one in values if isinstance(one, shapes.Point)]
            if len(points) == count:
                return polygon(points, at)
        case "POLYGON", count if count >= 6 and count % 2 == 0:
            pairs = zip(values[::2], values[1::2], strict=True)
            return polygon([point("POLYGON", at, pair, tables) for pair in pairs], at)
        case "POLYGON", count if count % 2 and not isinstance(first, shapes.Point):
            raise refuse(
                f"POLYGON takes pairs of coordinates, found {count} numbers.",
                at,
                f"Write {function.form}.",
            )
        case _:
            pass
    raise refuse(f"{function.spelling} does not take these values.", at, f"Write {function.form}.")


def as_shape(value: bound.Value, tables: Mapping[str, Table] = MappingProxyType({})) -> bound.Value:
    """A shape as its coordinates: of a column, its elements; anything else as it is.

    Parameters
    ----------
    value : `~lsp_jupyter.adql.bound.Value`
        Any value.
    tables : mapping
        The table of each source, to recognise regions that an index finds.
    """
    kind = value.type.kind
    written = kind is Kind.TEXT and value.type.xtype.lower() == REGION.lower()
    if written or (kind is Kind.POLYGON and isinstance(value, bound.ColumnRef)):
        return _region_of(value, tables)
    if kind is Kind.POINT and not isinstance(value, shapes.Point):
        return _elements(value)
    if kind is Kind.CIRCLE and not isinstance(value, shapes.Circle):
        radius = shapes.Element(_DEGREES, value, 3, at=value.at)
        return shapes.Circle(CIRCLE, _elements(value), radius, at=value.at)
    return value


def _region_of(value: bound.Value, tables: Mapping[str, Table]) -> shapes.Region:
    table = tables.get(value.source) if isinstance(value, bound.ColumnRef) else None
    if isinstance(value, bound.ColumnRef) and table is not None and table.position is not None:
        for reach in table.reaches:
            if reach.column == value.name:
                return shapes.Region(
                    POLYGON, value, value.source, reach.degrees, reach.corners, at=value.at
                )
    return shapes.Region(POLYGON, value, at=value.at)


def _elements(value: bound.Value) -> shapes.Point:
    longitude, latitude = (shapes.Element(_DEGREES, value, n, at=value.at) for n in (1, 2))
    return shapes.Point(POINT, longitude, latitude, at=value.at)


def computed(direction: shapes.Direction, at: Place) -> shapes.Point:
    """The point in a direction.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if it is computed from points that are computed, and so on: each of its
        coordinates, and of a box each of its corners, holds all of them.
    """
    if _nesting(direction) > _DEEPEST:
        raise refuse(
            "Points that are computed from others are nested too deeply.",
            at,
            "Compute the inner ones in a derived table: FROM (SELECT … AS p FROM …) AS t.",
        )
    longitude, latitude = (shapes.Angle(_DEGREES, direction, axis, at=at) for axis in (0, 1))
    return shapes.Point(POINT, longitude, latitude, at=at)


def _nesting(node: bound.Expression) -> int:
    """How many directions are in each other."""
    inside = max(map(_nesting, bound.parts(node)), default=0)
    return inside + isinstance(node, shapes.Direction)


def fixed_point(longitude: float, latitude: float, at: Place) -> shapes.Point:
    """A constant point, degrees."""
    ra, dec = (bound.Constant(DOUBLE, one, at=at) for one in (longitude, latitude))
    return shapes.Point(POINT, ra, dec, at=at)


def fixed_position(one: shapes.Point) -> tuple[float, float] | None:
    """The coordinates of a constant point, degrees."""
    longitude, latitude = constant(one.longitude), constant(one.latitude)
    return None if longitude is None or latitude is None else (float(longitude), float(latitude))


def _without_system(arguments: tuple[bound.Value, ...]) -> tuple[bound.Value, ...]:
    """The arguments after the coordinate system, which ADQL 2.1 has deprecated."""
    first = arguments[0] if arguments else None
    if not (isinstance(first, bound.Constant) and isinstance(first.value, str)):
        return arguments
    system = first.value.strip().upper().partition(" ")[0]
    if system not in _SYSTEMS:
        raise refuse(
            f"The coordinate system {first.value} is not available.",
            first.at,
            "Positions are ICRS, in degrees: write 'ICRS', or leave it out. "
            "IVO_GEOM_TRANSFORM turns other systems into it.",
        )
    return arguments[1:]


def _numbers(name: str, at: Place, values: Sequence[bound.Value]) -> None:
    for value in values:
        if not value.type.numeric:
            raise refuse(
                f"{name} takes numbers, found {value.type.kind.value}.",
                value.at if value.at.line else at,
                "Angles are numbers, in degrees.",
            )


def point(
    name: str, at: Place, values: Sequence[bound.Value], tables: Mapping[str, Table]
) -> shapes.Point:
    """A point from its coordinates, indexed if they are those of a table.

    Parameters
    ----------
    name : `str`
        The function, for messages.
    at : `~lsp_jupyter.adql.places.Place`
        The call.
    values : sequence of `~lsp_jupyter.adql.bound.Value`
        Right ascension and declination, degrees.
    tables : mapping
        The table of each source.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if they are no numbers, or a declination is not on the sky.
    """
    _numbers(name, at, values)
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
    return shapes.Point(POINT, longitude, latitude, source, at=at)


def circle(centre: shapes.Point, radius: bound.Value, at: Place) -> shapes.Circle:
    """A circle from its centre and radius (degrees)."""
    _numbers("CIRCLE", at, (radius,))
    fixed = constant(radius)
    if fixed is not None and fixed < 0:
        raise refuse(
            f"The radius {fixed:g} is negative.",
            radius.at,
            "A radius is in degrees; 180 is the whole sky.",
        )
    return shapes.Circle(CIRCLE, centre, radius, at=at)


def polygon(points: Sequence[shapes.Point], at: Place) -> shapes.Polygon:
    """A polygon from its vertices; refused if they are constant and bound no region."""
    corners = [fixed_position(one) for one in points]
    known = [corner for corner in corners if corner is not None]
    fixed: SkyPolygon | None = None
    if len(known) == len(corners):
        try:
            fixed = sky_polygon(known)
        except ValueError as error:
            raise refuse(
                str(error), at, "Write the vertices in the order in which the sides join them."
            ) from None
    return shapes.Polygon(POLYGON, tuple(points), fixed, at=at)


def _box(
    centre: shapes.Point, width: bound.Value, height: bound.Value, at: Place
) -> shapes.Polygon:
    _numbers("BOX", at, (width, height))
    sizes = [constant(width), constant(height)]
    for size, written in zip(sizes, (width, height), strict=True):
        if size is not None and not 0 < size < _HALF:
            raise refuse(
                f"The size {size:g} of the box is not between 0 and 180.",
                written.at,
                "Sizes are degrees from side to side.",
            )
    position = fixed_position(centre)
    if position is not None and sizes[0] is not None and sizes[1] is not None:
        across, up = (math.tan(math.radians(size) / 2.0) for size in sizes if size is not None)
        corners = [_corner(position, east * across, north * up) for east, north in _CORNERS]
        return polygon([fixed_point(*lonlat(corner), at) for corner in corners], at)
    directions = [
        shapes.Corner(DIRECTION, centre, width, height, east, north) for east, north in _CORNERS
    ]
    return polygon([computed(direction, at) for direction in directions], at)


def _corner(centre: tuple[float, float], east: float, north: float) -> Vector:
    """A step away from a centre, on the plane that touches the sphere there."""
    ra, dec = map(math.radians, centre)
    eastwards = (-math.sin(ra), math.cos(ra), 0.0)
    northwards = (-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec))
    return add(unit_vector(*centre), add(scaled(eastwards, east), scaled(northwards, north)))


def region(text: str, at: Place) -> bound.Value:
    """A shape from its text.

    Parameters
    ----------
    text : `str`
        Such as ``CIRCLE ICRS 10 20 0.5``.
    at : `~lsp_jupyter.adql.places.Place`
        Where it stands.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if it is no shape.
    """
    try:
        name, numbers = region_numbers(text)
    except ValueError as error:
        raise refuse(
            str(error), at, "Write 'CIRCLE ICRS 10 20 0.5', or use CIRCLE(10, 20, 0.5)."
        ) from None
    values = [bound.Constant(DOUBLE, number, at=at) for number in numbers]
    if name == "POLYGON":
        pairs = zip(values[::2], values[1::2], strict=True)
        return polygon([point(name, at, pair, {}) for pair in pairs], at)
    centre = point(name, at, values[:2], {})
    if name == "CIRCLE":
        return circle(centre, values[2], at)
    return _box(centre, values[2], values[3], at) if name == "BOX" else centre
