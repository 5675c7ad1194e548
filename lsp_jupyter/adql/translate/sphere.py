"""Points, cones and distances in SQL, by unit vectors; the same for every engine.

The distance between two points is never computed to compare it: the chord
between their unit vectors grows with it and costs three multiplications.
Where it is asked for, ``2 atan2(|a - b|, |a + b|)`` is accurate from the
smallest separations to antipodes.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lsp_jupyter.adql import bound, shapes
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.polygons import SkyPolygon
from lsp_jupyter.adql.spatial import (
    Cone,
    Ranges,
    bounding_cone,
    chord,
    chord_squared,
    cone_ranges,
)
from lsp_jupyter.adql.translate.sql import Sql, column, function, number, raw
from lsp_jupyter.adql.translate.writer import (
    Components,
    Writer,
    components,
    let_all,
    literal,
    struct,
)
from lsp_jupyter.adql.types import DOUBLE
from lsp_jupyter.adql.vectors import unit_vector

__all__ = [
    "INDEX",
    "Writer",
    "around",
    "contains",
    "distance",
    "of_both",
    "place",
    "rim",
    "separation",
    "squared",
    "vector",
    "within_ranges",
]

INDEX = "hpx29"
"""The column of order-29 cells."""
_VECTOR = ("cx", "cy", "cz")

_COMPARE: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

_WIDE = 0.5
"""Degrees from which on, and from 180 back, the cosine tells an angle to 20 nanoarcseconds."""
_ROUNDING = 5e-16
"""By how much a cosine of two unit vectors may be off. It makes rims inclusive."""


def vector(writer: Writer, point: shapes.Point) -> Components:
    """The unit vector of a point: of an index, constant, or computed in place."""
    if point.table is not None:
        source = point.table
        x, y, z = (writer.text(column(source, name)) for name in _VECTOR)
        return x, y, z
    direction = _direction(point)
    if direction is not None:
        return components(f"({writer.direction(direction)})")
    longitude, latitude = constant(point.longitude), constant(point.latitude)
    if longitude is not None and latitude is not None:
        x, y, z = (writer.text(number(one)) for one in unit_vector(longitude, latitude))
        return x, y, z
    ra, dec = writer.position(point.longitude, 8), writer.position(point.latitude, 12)
    across, east, north = f"COS(RADIANS({dec}))", f"COS(RADIANS({ra}))", f"SIN(RADIANS({ra}))"
    return f"({across} * {east})", f"({across} * {north})", f"SIN(RADIANS({dec}))"


def _direction(point: shapes.Point) -> shapes.Direction | None:
    """What a computed point was computed from."""
    match point.longitude, point.latitude:
        case (shapes.Angle(direction=one, axis=0), shapes.Angle(direction=two, axis=1)):
            return one if one == two else None
        case _:
            return None


def place(writer: Writer, point: shapes.Point) -> str:
    """The unit vector of a point as one structure."""
    direction = _direction(point)
    return struct(vector(writer, point)) if direction is None else writer.direction(direction)


def of_both(
    writer: Writer,
    first: shapes.Point,
    second: shapes.Point,
    body: Callable[[Components, Components], str],
) -> str:
    """SQL that uses the unit vectors of two points, which are computed once if it takes long.

    Parameters
    ----------
    writer : `Writer`
        The translator.
    first, second : `~lsp_jupyter.adql.shapes.Point`
        The points.
    body : callable
        From their components to the SQL of the whole.
    """
    points = (first, second)
    if all(_direction(point) is None for point in points):
        return body(vector(writer, first), vector(writer, second))
    known = {name: place(writer, point) for name, point in zip("ab", points, strict=True)}
    return let_all(writer, known, lambda v: body(components(f"{v}.a"), components(f"{v}.b")))


def squared(left: Components, right: Components, operator: str = "-") -> str:
    """The squared length of the sum or difference of two vectors."""
    sides = [f"({one} {operator} {two})" for one, two in zip(left, right, strict=True)]
    return " + ".join(f"{side} * {side}" for side in sides)


def _product(left: Components, right: Components) -> str:
    """The scalar product of two vectors."""
    return " + ".join(f"{one} * {two}" for one, two in zip(left, right, strict=True))


def distance(writer: Writer, node: shapes.Distance) -> Sql:
    """Degrees between two points."""

    def angle(first: Components, second: Components) -> str:
        apart, together = squared(first, second), squared(first, second, "+")
        return f"DEGREES(2 * ATAN2(SQRT({apart}), SQRT({together})))"

    return raw(of_both(writer, node.first, node.second, angle))


def contains(writer: Writer, node: shapes.Contains, *, indexed: bool) -> Sql:
    """Whether a point is inside a circle, its rim included."""
    return separation(
        writer, "<=", node.point, node.circle.centre, node.circle.radius, indexed=indexed
    )


def separation(
    writer: Writer,
    operator: str,
    first: shapes.Point,
    second: shapes.Point,
    radius: bound.Value,
    *,
    indexed: bool,
) -> Sql:
    """The distance of two points compared with a radius.

    Parameters
    ----------
    writer : `Writer`
        The translator.
    operator : `str`
        ``<``, ``<=``, ``>`` or ``>=``.
    first, second : `~lsp_jupyter.adql.shapes.Point`
        The points.
    radius : `~lsp_jupyter.adql.bound.Value`
        Degrees.
    indexed : `bool`
        Whether index ranges may stand before the exact test. They are false for some rows
        without position, for which the test is unknown: under NOT they must not.
    """
    inclusive = operator in ("<=", ">")
    limit = constant(radius)
    compare = _COMPARE[operator]
    if limit is None:
        chords = raw(of_both(writer, first, second, squared))
        bent = raw(rim(writer, radius, inclusive=inclusive))
        return compare(this=function("SQRT", chords), expression=bent)
    square = chord_squared(float(limit), inclusive=inclusive)
    if _WIDE <= limit <= 180 - _WIDE:
        # chord² = 2 - 2 cos: fewer steps, and precise enough at such an angle.
        cosine = raw(of_both(writer, first, second, _product))
        rounding = _ROUNDING if inclusive else 0.0
        least = number(1.0 - square / 2.0 - rounding)
        test = _COMPARE[_TURNED[operator]](this=cosine, expression=least)
    else:
        chords = raw(of_both(writer, first, second, squared))
        test = compare(this=chords, expression=number(square))
    if indexed and operator in ("<", "<=") and limit >= 0:
        for point, centre in ((first, second), (second, first)):
            ra, dec = constant(centre.longitude), constant(centre.latitude)
            if point.table is not None and ra is not None and dec is not None:
                ranges = cone_ranges(float(ra), float(dec), float(limit))
                return within_ranges(writer, point.table, ranges, test)
    return test


def rim(writer: Writer, radius: bound.Value, *, inclusive: bool) -> str:
    """The chord of a radius: 3, more than any, beyond 180 degrees; -1 below 0.

    Parameters
    ----------
    writer : `Writer`
        The translator.
    radius : `~lsp_jupyter.adql.bound.Value`
        Degrees.
    inclusive : `bool`
        Whether a position on the rim itself has to be found.
    """
    bent = writer.position(radius, 3)
    length = f"2 * SIN(RADIANS({bent}) / 2)"
    if inclusive:
        length += f" + {literal(chord(0.0, inclusive=True))}"
    return f"CASE WHEN {bent} >= 180 THEN 3e0 WHEN {bent} < 0 THEN -1e0 ELSE {length} END"


def around(shape: bound.Value) -> Cone | None:
    """A cone that holds all of a constant shape; `None` if it is not constant."""
    match shape:
        case shapes.Point():
            known = [shape.longitude, shape.latitude, bound.Constant(DOUBLE, 0.0)]
        case shapes.Circle():
            known = [shape.centre.longitude, shape.centre.latitude, shape.radius]
        case shapes.Polygon(fixed=SkyPolygon(vertices=vertices)):
            return bounding_cone(vertices)
        case _:
            return None
    longitude, latitude, radius = map(constant, known)
    if longitude is None or latitude is None or radius is None or radius < 0:
        return None
    return float(longitude), float(latitude), float(radius)


def within_ranges(writer: Writer, table: str | None, ranges: Ranges, test: Sql) -> Sql:
    """An exact test after that of the index of a source, if it has one and there are ranges."""
    if not ranges or table is None:
        return test
    cell = writer.text(column(table, INDEX))
    tests = [f"{cell} BETWEEN {low} AND {high}" for low, high in ranges]
    found = tests[0]
    if len(tests) > 1:
        # The outer bounds alone are the cheapest to hold against a block of rows.
        outer = f"{cell} BETWEEN {ranges[0][0]} AND {ranges[-1][1]}"
        found = f"{outer} AND ({' OR '.join(tests)})"
    return exp.And(this=raw(found), expression=test)
