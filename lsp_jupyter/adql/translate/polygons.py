"""Polygons in SQL: constant ones as planes, any others by their vertices, row by row.

Of a polygon that is not constant, the angles under which its sides are seen
from a position add up to a full turn if it is inside, and to nothing if not.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lsp_jupyter.adql import shapes
from lsp_jupyter.adql.nodes import Value
from lsp_jupyter.adql.polygons import SkyPolygon
from lsp_jupyter.adql.spatial import polygon_ranges
from lsp_jupyter.adql.translate.sphere import (
    place,
    rim,
    squared,
    vector,
    within_ranges,
)
from lsp_jupyter.adql.translate.sql import Sql, raw
from lsp_jupyter.adql.translate.writer import (
    Components,
    Writer,
    components,
    cross,
    dot,
    each,
    let,
    let_all,
    literal,
    minus,
    struct,
)
from lsp_jupyter.adql.vectors import Vector, vector_product
from lsp_jupyter.adql.vectors import dot as scalar_product

__all__ = ["area", "centroid", "inside", "outline", "overlaps", "within"]

_NEAR = 1e-15
"""Radians from a side within which a position is on it."""
_SQUARE_DEGREES = (180.0 / math.pi) ** 2


def inside(writer: Writer, node: shapes.Inside, *, indexed: bool) -> Sql:
    """Whether a point is inside a polygon, its sides included.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    node : `~lsp_jupyter.adql.shapes.Inside`
        The question.
    indexed : `bool`
        Whether index ranges may stand before the exact test.
    """
    polygon = node.polygon
    if isinstance(polygon, shapes.Polygon) and polygon.fixed is not None:
        fixed = polygon.fixed
        if node.point.table is None:
            # Its components take long to compute: once for all planes.
            point = place(writer, node.point)
            return raw(f"({let(writer, point, lambda p: _planes(components(p), fixed))})")
        test = raw(f"({_planes(vector(writer, node.point), fixed)})")
        if indexed:
            return within_ranges(writer, node.point, polygon_ranges(fixed.vertices), test)
        return test
    known = {"q": outline(writer, polygon), "p": place(writer, node.point)}
    return raw(let_all(writer, known, lambda v: _has(writer, f"{v}.q", components(f"{v}.p"))))


def _planes(point: Components, polygon: SkyPolygon) -> str:
    """A position held against the planes of a constant polygon."""
    heights = [_height(side, point) for side in polygon.sides]
    if polygon.convex:
        return " AND ".join(f"{height} >= {literal(-_NEAR)}" for height in heights)
    start, start_inside = polygon.start
    turns = [_height(vector_product(start, vertex), point) for vertex in polygon.vertices]
    crossed, on = [], []
    for number, (side, height) in enumerate(zip(polygon.sides, heights, strict=True)):
        here, there = turns[number], turns[(number + 1) % len(turns)]
        if scalar_product(side, start) > 0:
            test = f"{height} < 0 AND {here} >= 0 AND {there} < 0"
        else:
            test = f"{height} > 0 AND {here} < 0 AND {there} >= 0"
        crossed.append(f"CAST({test} AS INTEGER)")
        first = polygon.vertices[number]
        last = polygon.vertices[(number + 1) % len(polygon.vertices)]
        after, before = vector_product(side, first), vector_product(last, side)
        on.append(
            f"ABS({height}) <= {literal(_NEAR)} AND {_height(after, point)} >= {literal(-_NEAR)} "
            f"AND {_height(before, point)} >= {literal(-_NEAR)}"
        )
    odd = 0 if start_inside else 1
    return f"({' + '.join(crossed)}) % 2 = {odd} OR {' OR '.join(on)}"


def _height(normal: Vector, point: Components) -> str:
    """How far a position is above a plane."""
    return dot(_literals(normal), point)


# -- row by row --------------------------------------------------------------

# A polygon is a structure of its sides, each with its two ends (a, b) and its normal (n), and of
# the sign that says whether its inside is on their left.


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
    numbers = f"CAST({writer.text(writer.sound(polygon))} AS DOUBLE[])"

    def vertices(p: str) -> str:
        def vertex(i: str) -> str:
            ra, dec = f"RADIANS({p}[2 * {i} - 1])", f"RADIANS({p}[2 * {i}])"
            return struct((f"COS({dec}) * COS({ra})", f"COS({dec}) * SIN({ra})", f"SIN({dec})"))

        points = each(writer, f"RANGE(1, LEN({p}) // 2 + 1)", vertex)
        return f"CASE WHEN LEN({p}) >= 6 THEN {points} END"

    return _outline(writer, let(writer, numbers, vertices))


def _fixed_outline(polygon: SkyPolygon) -> str:
    points = polygon.vertices
    sides = [
        _side(*(_literals(vector) for vector in (one, two, vector_product(one, two))))
        for one, two in zip(points, (*points[1:], points[0]), strict=True)
    ]
    return f"{{'e': [{', '.join(sides)}], 's': 1e0}}"


def _literals(vector: Vector) -> Components:
    x, y, z = vector
    return literal(x), literal(y), literal(z)


def _side(one: Components, two: Components, normal: Components) -> str:
    return f"{{'a': {struct(one)}, 'b': {struct(two)}, 'n': {struct(normal)}}}"


def _outline(writer: Writer, vertices: str) -> str:
    """The structure of a list of vertices."""

    def ends(v: str) -> str:
        def side(i: str) -> str:
            one, two = components(f"{v}[{i}]"), components(f"{v}[{i} % LEN({v}) + 1]")
            return _side(one, two, _normal(one, two))

        def known(area: str) -> str:
            sides = each(writer, f"RANGE(1, LEN({v}) + 1)", side)
            return f"CASE WHEN ISFINITE({area}) THEN {{'e': {sides}, 's': SIGN({area})}} END"

        return let(writer, _signed_area(writer, v), known)

    return let(writer, vertices, ends)


def _normal(one: Components, two: Components) -> Components:
    """The vector product of the ends of a side, accurate if they are near."""
    x, y, z = (f"({a} + {b})" for a, b in zip(one, two, strict=True))
    x, y, z = cross((x, y, z), minus(two, one))
    return f"{x} / 2", f"{y} / 2", f"{z} / 2"


def _signed_area(writer: Writer, v: str) -> str:
    """Steradians; positive if the smaller region is on the left of the sides."""
    first = components(f"{v}[1]")

    def piece(i: str) -> str:
        one, two = components(f"{v}[{i}]"), components(f"{v}[{i} + 1]")
        volume = dot(first, cross(minus(one, first), minus(two, first)))
        around = f"1 + {dot(first, one)} + {dot(first, two)} + {dot(one, two)}"
        return f"2 * ATAN2({volume}, {around})"

    # More than a half sphere on one side is less than one on the other.
    total = _sum(each(writer, f"RANGE(2, LEN({v}))", piece))
    return let(writer, total, lambda t: f"{t} - 4 * PI() * ROUND({t} / (4 * PI()))")


def _sum(items: str) -> str:
    """The sum of a list, NULL if one of them is."""
    return f"LIST_REDUCE({items}, LAMBDA _a, _b: _a + _b)"


def _any(items: str) -> str:
    return f"LIST_REDUCE({items}, LAMBDA _a, _b: _a OR _b)"


def _parts(side: str) -> tuple[Components, Components, Components]:
    one, two, normal = (components(f"{side}.{name}") for name in "abn")
    return one, two, normal


def _has(writer: Writer, q: str, point: Components) -> str:
    """Whether a point is inside a polygon or on its sides."""

    def turn(side: str) -> str:
        one, two, normal = _parts(side)
        first, second = minus(one, point), minus(two, point)
        across = f"{dot(first, second)} - {dot(first, point)} * {dot(second, point)}"
        return f"ATAN2({dot(normal, point)}, {across})"

    turns = _sum(each(writer, f"{q}.e", turn))
    near = f"{_nearest(writer, q, point)} <= {literal(_NEAR * _NEAR)}"
    return f"({turns} * {q}.s > 3 OR {near})"


def _nearest(writer: Writer, q: str, point: Components) -> str:
    """The squared chord from a point to the nearest position on a side of a polygon."""

    def apart(side: str) -> str:
        one, two, normal = _parts(side)
        beside = f"{dot(cross(normal, one), point)} >= 0 AND {dot(cross(two, normal), point)} >= 0"
        sine = f"LEAST(1, POW({dot(normal, point)}, 2) / {dot(normal, normal)})"
        foot = f"2 * {sine} / (1 + SQRT(1 - {sine}))"
        known = f"{beside} AND {dot(normal, normal)} > 0"
        return f"LEAST({squared(point, one)}, CASE WHEN {known} THEN {foot} END)"

    return f"LIST_MIN({each(writer, f'{q}.e', apart)})"


def overlaps(writer: Writer, node: shapes.Overlaps) -> str:
    """Whether a polygon shares a position with a circle or another polygon."""
    q, other = outline(writer, node.polygon), node.other
    if isinstance(other, shapes.Circle):
        known = {
            "q": q,
            "p": place(writer, other.centre),
            "r": rim(writer, other.radius, inclusive=True),
        }

        def near(v: str) -> str:
            point = components(f"{v}.p")
            reached = f"SQRT({_nearest(writer, f'{v}.q', point)}) <= {v}.r"
            return f"({_has(writer, f'{v}.q', point)} OR {reached})"

        return let_all(writer, known, near)

    def share(one: str, two: str) -> str:
        tests = [_some_vertex(writer, one, two), _some_vertex(writer, two, one)]
        return f"({' OR '.join(tests)} OR {_crossing(writer, one, two)})"

    return _of_two(writer, q, outline(writer, other), share)


def _some_vertex(writer: Writer, one: str, two: str) -> str:
    """Whether a vertex of one polygon is inside another."""
    return _any(each(writer, f"{one}.e", lambda e: _has(writer, two, components(f"{e}.a"))))


def within(writer: Writer, node: shapes.Within) -> str:
    """Whether all of a circle or polygon is inside another."""
    inner, outer = node.inner, node.outer
    if isinstance(outer, shapes.Circle):
        # Nothing of the polygon is in the rest of the sky, which is a circle as well.
        known = {
            "q": outline(writer, inner),
            "c": place(writer, outer.centre),
            "r": writer.position(outer.radius, 1),
        }

        def clear(v: str) -> str:
            x, y, z = (f"(-{v}.c.{axis})" for axis in "xyz")
            far = f"2 * COS(RADIANS({v}.r) / 2) - {literal(_NEAR)}"
            free = f"SQRT({_nearest(writer, f'{v}.q', (x, y, z))}) >= {far}"
            part = f"NOT {_has(writer, f'{v}.q', (x, y, z))} AND {free}"
            return f"({v}.r >= 180 OR {v}.r >= 0 AND {part})"

        return let_all(writer, known, clear)
    if isinstance(inner, shapes.Circle):
        known = {
            "q": outline(writer, outer),
            "p": place(writer, inner.centre),
            "r": rim(writer, inner.radius, inclusive=False),
        }

        def spare(v: str) -> str:
            point = components(f"{v}.p")
            free = f"SQRT({_nearest(writer, f'{v}.q', point)}) >= {v}.r - {literal(_NEAR)}"
            return f"({_has(writer, f'{v}.q', point)} AND {free})"

        return let_all(writer, known, spare)

    def held(one: str, two: str) -> str:
        def outside(e: str) -> str:
            places = (components(f"{e}.a"), components(f"{e}.m"))
            return " OR ".join(f"NOT {_has(writer, two, place)}" for place in places)

        lost = _any(each(writer, with_middles(one), outside))
        return f"NOT ({lost} OR {_crossing(writer, one, two)})"

    def with_middles(one: str) -> str:
        def middle(e: str) -> str:
            x, y, z = (f"({e}.a.{axis} + {e}.b.{axis})" for axis in "xyz")
            length = f"SQRT({dot((x, y, z), (x, y, z))})"
            point = struct((f"{x} / {length}", f"{y} / {length}", f"{z} / {length}"))
            return f"{{'a': {e}.a, 'm': {point}}}"

        return each(writer, f"{one}.e", middle)

    return _of_two(writer, outline(writer, inner), outline(writer, outer), held)


def _of_two(writer: Writer, one: str, two: str, body: Callable[[str, str], str]) -> str:
    return let_all(writer, {"a": one, "b": two}, lambda v: body(f"{v}.a", f"{v}.b"))


def _crossing(writer: Writer, one: str, two: str) -> str:
    """Whether a side of a polygon crosses a side of another, ends excluded."""

    def crosses(e: str, f: str) -> str:
        a, b, n = _parts(e)
        c, d, m = _parts(f)
        turns = f"-{dot(n, c)}, {dot(n, d)}, -{dot(m, b)}, {dot(m, a)}"
        return f"LEAST({turns}) > 0 OR GREATEST({turns}) < 0"

    return _any(
        each(writer, f"{one}.e", lambda e: _any(each(writer, f"{two}.e", lambda f: crosses(e, f))))
    )


def area(writer: Writer, shape: Value) -> str:
    """Square degrees of a circle or polygon."""
    if isinstance(shape, shapes.Circle):
        half = f"SIN(RADIANS(LEAST({writer.position(shape.radius, 1)}, 180)) / 2)"
        return f"{literal(4 * math.pi * _SQUARE_DEGREES)} * POW({half}, 2)"
    if isinstance(shape, shapes.Polygon) and shape.fixed is not None:
        return literal(shape.fixed.area * _SQUARE_DEGREES)

    def size(q: str) -> str:
        # The fan of triangles from the first vertex, as for a list of vertices.
        corners = each(writer, f"{q}.e", lambda e: f"{e}.a")
        return let(writer, corners, lambda v: f"ABS({_signed_area(writer, v)})")

    return f"{let(writer, outline(writer, shape), size)} * {literal(_SQUARE_DEGREES)}"


def centroid(writer: Writer, polygon: Value) -> str:
    """The centre of mass of a polygon, as a unit vector.

    It is the sum over its sides of half the arc times the normal; the part of the sine is taken
    from differences, where nothing cancels.
    """

    def piece(q: str, side: str) -> Components:
        one, two, normal = _parts(side)
        first = components(f"{q}.e[1].a")
        arc = f"(2 * ASIN(LEAST(1, SQRT({squared(one, two)}) / 2)))"
        more = f"CASE WHEN {arc} < 1e-3 THEN {arc} * {arc} / 6 ELSE {arc} / SIN({arc}) - 1 END"
        flat = cross(minus(one, first), minus(two, first))
        x, y, z = (f"{a} + {more} * {b}" for a, b in zip(flat, normal, strict=True))
        return x, y, z

    def sums(q: str) -> str:
        x, y, z = (
            _sum(each(writer, f"{q}.e", lambda e: piece(q, e)[axis]))  # noqa: B023 - called at once
            for axis in range(3)
        )
        return f"{{'x': {x}, 'y': {y}, 'z': {z}, 'w': {q}.s}}"

    def scaled(t: str) -> str:
        whole = components(t)
        length = f"({t}.w * SQRT({dot(whole, whole)}))"
        x, y, z = (f"{part} / {length}" for part in whole)
        return struct((x, y, z))

    return let(writer, let(writer, outline(writer, polygon), sums), scaled)
