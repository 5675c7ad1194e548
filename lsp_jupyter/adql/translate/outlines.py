"""Polygons that are not constant as structures of SQL, row by row.

A polygon is a structure of its sides, each with its two ends (a, b) and its normal (n), and of
the sign that says whether its inside is on their left.
"""

from __future__ import annotations

from lsp_jupyter.adql import shapes
from lsp_jupyter.adql.nodes import Value
from lsp_jupyter.adql.polygons import SkyPolygon
from lsp_jupyter.adql.translate.sphere import place
from lsp_jupyter.adql.translate.writer import (
    Components,
    Writer,
    components,
    cross,
    dot,
    each,
    let,
    literal,
    minus,
    struct,
)
from lsp_jupyter.adql.types import Kind
from lsp_jupyter.adql.vectors import Vector, vector_product

__all__ = [
    "corners",
    "ends_of",
    "literals",
    "normal",
    "numbers",
    "outline",
    "seen_from",
    "signed_area",
    "some",
    "total",
]

_HEAD = r"^\s*POLYGON\s+((ICRS|UNKNOWNFRAME|TOPOCENTER|BARYCENTER|GEOCENTER|UNKNOWNREFPOS)\s+)*"
_COORDINATES = r"[-+0-9.e]+(\s+[-+0-9.e]+){5,}"
"""How a polygon is written in STC-S, in any case."""


def outline(writer: Writer, polygon: Value) -> str:
    """A polygon as a structure; NULL if one of its vertices is not known.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    polygon : `~lsp_jupyter.adql.nodes.Value`
        A polygon.
    """
    if isinstance(polygon, shapes.Polygon):
        if polygon.fixed is not None:
            return _fixed_outline(polygon.fixed)
        points = [place(writer, one) for one in polygon.vertices]
        return _outline(writer, f"[{', '.join(points)}]")
    return _outline(writer, corners(writer, polygon))


def corners(writer: Writer, polygon: Value) -> str:
    """The vertices of a polygon that is one value, as a list of unit vectors."""
    shape = polygon.shape if isinstance(polygon, shapes.Region) else polygon

    def vertices(p: str) -> str:
        def vertex(i: str) -> str:
            ra, dec = f"RADIANS({p}[2 * {i} - 1])", f"RADIANS({p}[2 * {i}])"
            return struct((f"COS({dec}) * COS({ra})", f"COS({dec}) * SIN({ra})", f"SIN({dec})"))

        points = each(writer, f"RANGE(1, LEN({p}) // 2 + 1)", vertex)
        return f"CASE WHEN LEN({p}) >= 6 THEN {points} END"

    return let(writer, numbers(writer, shape), vertices)


def seen_from(writer: Writer, polygon: shapes.Region, point: Components) -> str:
    """The vertices of a polygon that is one value, as arrays: what leads to each from a position.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    polygon : `~lsp_jupyter.adql.shapes.Region`
        The polygon.
    point : `tuple` of `str`
        SQL of the components of a constant unit vector.
    """
    x, y, z = point

    def vertices(p: str) -> str:
        def vertex(a: str) -> str:
            across = f"COS({a}[2])"
            parts = (f"{across} * COS({a}[1]) - {x}", f"{across} * SIN({a}[1]) - {y}")
            return f"ARRAY_VALUE({parts[0]}, {parts[1]}, SIN({a}[2]) - {z})"

        def angles(i: str) -> str:
            return f"[RADIANS({p}[2 * {i} - 1]), RADIANS({p}[2 * {i}])]"

        pairs = each(writer, f"RANGE(1, LEN({p}) // 2 + 1)", angles)
        # An array must not hold what is not known.
        known = f"LEN({p}) >= 6 AND LIST_COUNT({p}) = LEN({p})"
        return f"CASE WHEN {known} THEN {each(writer, pairs, vertex)} END"

    return let(writer, numbers(writer, polygon.shape), vertices)


def numbers(writer: Writer, polygon: Value) -> str:
    """The coordinates of a polygon as a list; NULL if it is a text that is no polygon in ICRS."""
    value = writer.text(writer.sound(polygon))
    if polygon.type.kind is not Kind.TEXT:
        return f"CAST({value} AS DOUBLE[])"

    def split(t: str) -> str:
        words = f"STRING_SPLIT_REGEX(REGEXP_REPLACE({t}, '{_HEAD}', '', 'i'), '\\s+')"
        return (
            f"CASE WHEN REGEXP_FULL_MATCH({t}, '{_HEAD}{_COORDINATES}', 'i') "
            f"THEN CAST({words} AS DOUBLE[]) END"
        )

    return let(writer, f"TRIM({value})", split)


def _fixed_outline(polygon: SkyPolygon) -> str:
    points = polygon.vertices
    sides = [
        _side(*(literals(vector) for vector in (one, two, vector_product(one, two))))
        for one, two in zip(points, (*points[1:], points[0]), strict=True)
    ]
    return f"{{'e': [{', '.join(sides)}], 's': 1e0}}"


def literals(vector: Vector) -> Components:
    """The components of a constant vector."""
    x, y, z = vector
    return literal(x), literal(y), literal(z)


def _side(one: Components, two: Components, normal: Components) -> str:
    return f"{{'a': {struct(one)}, 'b': {struct(two)}, 'n': {struct(normal)}}}"


def _outline(writer: Writer, vertices: str) -> str:
    """The structure of a list of vertices."""

    def ends(v: str) -> str:
        def side(i: str) -> str:
            one, two = components(f"{v}[{i}]"), components(f"{v}[{i} % LEN({v}) + 1]")
            return _side(one, two, normal(one, two))

        def known(area: str) -> str:
            sides = each(writer, f"RANGE(1, LEN({v}) + 1)", side)
            return f"CASE WHEN ISFINITE({area}) THEN {{'e': {sides}, 's': SIGN({area})}} END"

        return let(writer, signed_area(writer, v), known)

    return let(writer, vertices, ends)


def normal(one: Components, two: Components) -> Components:
    """The vector product of the ends of a side, accurate if they are near."""
    x, y, z = (f"({a} + {b})" for a, b in zip(one, two, strict=True))
    x, y, z = cross((x, y, z), minus(two, one))
    return f"{x} / 2", f"{y} / 2", f"{z} / 2"


def signed_area(writer: Writer, v: str) -> str:
    """Steradians; positive if the smaller region is on the left of the sides."""
    first = components(f"{v}[1]")

    def piece(i: str) -> str:
        one, two = components(f"{v}[{i}]"), components(f"{v}[{i} + 1]")
        volume = dot(first, cross(minus(one, first), minus(two, first)))
        around = f"1 + {dot(first, one)} + {dot(first, two)} + {dot(one, two)}"
        return f"2 * ATAN2({volume}, {around})"

    # More than a half sphere on one side is less than one on the other.
    turned = total(each(writer, f"RANGE(2, LEN({v}))", piece))
    return let(writer, turned, lambda t: f"{t} - 4 * PI() * ROUND({t} / (4 * PI()))")


def total(items: str) -> str:
    """The sum of a list, NULL if one of them is."""
    return f"LIST_REDUCE({items}, LAMBDA _a, _b: _a + _b)"


def some(items: str) -> str:
    """Whether one of a list of conditions is true."""
    return f"LIST_REDUCE({items}, LAMBDA _a, _b: _a OR _b)"


def ends_of(side: str) -> tuple[Components, Components, Components]:
    """The ends of a side, and its normal."""
    one, two, normal = (components(f"{side}.{name}") for name in "abn")
    return one, two, normal
