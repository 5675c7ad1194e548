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
from lsp_jupyter.adql.spatial import Cone, cone_ranges, polygon_ranges
from lsp_jupyter.adql.translate.corners import covers, touches
from lsp_jupyter.adql.translate.outlines import (
    ends_of,
    literals,
    outline,
    seen_from,
    signed_area,
    some,
    total,
)
from lsp_jupyter.adql.translate.sphere import (
    around,
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

__all__ = ["area", "centroid", "inside", "overlaps", "within"]

_NEAR = 1e-15
"""Radians from a side within which a position is on it."""
_STRAIGHT = math.pi - 1e-12
"""The angle under which a side is seen from itself, less rounding."""
_NEARBY = 30.0
"""Degrees; polygons that near are not around the opposite place."""
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
            return within_ranges(writer, node.point.table, polygon_ranges(fixed.vertices), test)
        return test
    fixed_point = around(node.point)
    if (
        indexed
        and fixed_point is not None
        and isinstance(polygon, shapes.Region)
        and _is_near(polygon)
    ):
        if polygon.corners:
            test = raw(covers(writer, polygon, fixed_point))
        else:
            test = raw(_is_around(writer, polygon, vector(writer, node.point)))
        return _of_index(writer, polygon, fixed_point, test)
    known = {"q": outline(writer, polygon), "p": place(writer, node.point)}
    return raw(let_all(writer, known, lambda v: _has(writer, f"{v}.q", components(f"{v}.p"))))


def _is_near(polygon: shapes.Region) -> bool:
    """Whether an index finds polygons near a place, and no other ones."""
    return polygon.table is not None and polygon.reach < _NEARBY


def _is_around(writer: Writer, polygon: shapes.Region, point: Components) -> str:
    """Whether a polygon that is near a constant position goes round it, or through it.

    It is `_has` for little of the time that an engine takes to plan that: from the vertices as
    they are seen from the position.
    """
    here = f"ARRAY_VALUE({', '.join(point)})"

    def turns(v: str) -> str:
        def turn(i: str) -> str:
            one, two = f"{v}[{i}]", f"{v}[{i} % LEN({v}) + 1]"
            across = f"{_inner(one, two)} - {_inner(one, here)} * {_inner(two, here)}"
            return f"ATAN2({_inner(f'ARRAY_CROSS_PRODUCT({one}, {two})', here)}, {across})"

        angles = each(writer, f"RANGE(1, LEN({v}) + 1)", turn)
        corner = each(writer, v, lambda a: _inner(a, a))
        return f"{{'t': {angles}, 'c': LIST_MIN({corner})}}"

    def inside(t: str) -> str:
        side = f"LIST_MAX({each(writer, f'{t}.t', lambda a: f'ABS({a})')}) > {literal(_STRAIGHT)}"
        return f"(ABS({total(f'{t}.t')}) > 3 OR {side} OR {t}.c <= {literal(_NEAR * _NEAR)})"

    return let(writer, let(writer, seen_from(writer, polygon, point), turns), inside)


def _inner(one: str, two: str) -> str:
    return f"ARRAY_INNER_PRODUCT({one}, {two})"


def _of_index(writer: Writer, polygon: Value, other: Cone | None, test: Sql) -> Sql:
    """A test of the polygons of a table after that of its index, if that helps."""
    if other is None or not isinstance(polygon, shapes.Region) or polygon.table is None:
        return test
    longitude, latitude, radius = other
    ranges = cone_ranges(longitude, latitude, radius + polygon.reach)
    return within_ranges(writer, polygon.table, ranges, test)


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
    return dot(literals(normal), point)


def _has(writer: Writer, q: str, point: Components) -> str:
    """Whether a point is inside a polygon or on its sides."""

    def turn(side: str) -> str:
        one, two, normal = ends_of(side)
        first, second = minus(one, point), minus(two, point)
        across = f"{dot(first, second)} - {dot(first, point)} * {dot(second, point)}"
        return f"ATAN2({dot(normal, point)}, {across})"

    turns = total(each(writer, f"{q}.e", turn))
    near = f"{_nearest(writer, q, point)} <= {literal(_NEAR * _NEAR)}"
    return f"({turns} * {q}.s > 3 OR {near})"


def _nearest(writer: Writer, q: str, point: Components) -> str:
    """The squared chord from a point to the nearest position on a side of a polygon."""

    def apart(side: str) -> str:
        one, two, normal = ends_of(side)
        beside = f"{dot(cross(normal, one), point)} >= 0 AND {dot(cross(two, normal), point)} >= 0"
        sine = f"LEAST(1, POW({dot(normal, point)}, 2) / {dot(normal, normal)})"
        foot = f"2 * {sine} / (1 + SQRT(1 - {sine}))"
        known = f"{beside} AND {dot(normal, normal)} > 0"
        return f"LEAST({squared(point, one)}, CASE WHEN {known} THEN {foot} END)"

    return f"LIST_MIN({each(writer, f'{q}.e', apart)})"


def overlaps(writer: Writer, node: shapes.Overlaps, *, indexed: bool) -> Sql:
    """Whether a polygon shares a position with a circle or another polygon.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    node : `~lsp_jupyter.adql.shapes.Overlaps`
        The question.
    indexed : `bool`
        Whether index ranges may stand before the exact test.
    """
    region, cone = node.polygon, around(node.other)
    if (
        indexed
        and cone is not None
        and isinstance(node.other, shapes.Circle)
        and isinstance(region, shapes.Region)
        and _is_near(region)
        and region.corners
    ):
        return _of_index(writer, region, cone, raw(touches(writer, region, cone)))
    found: Sql = raw(_overlaps(writer, node))
    if not indexed:
        return found
    found = _of_index(writer, node.polygon, around(node.other), found)
    return _of_index(writer, node.other, around(node.polygon), found)


def _overlaps(writer: Writer, node: shapes.Overlaps) -> str:
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
    return some(each(writer, f"{one}.e", lambda e: _has(writer, two, components(f"{e}.a"))))


def within(writer: Writer, node: shapes.Within, *, indexed: bool) -> Sql:
    """Whether all of a circle or polygon is inside another; arguments as for `overlaps`."""
    found: Sql = raw(_within(writer, node))
    if not indexed:
        return found
    found = _of_index(writer, node.inner, around(node.outer), found)
    return _of_index(writer, node.outer, around(node.inner), found)


def _within(writer: Writer, node: shapes.Within) -> str:
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

        lost = some(each(writer, with_middles(one), outside))
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
        a, b, n = ends_of(e)
        c, d, m = ends_of(f)
        turns = f"-{dot(n, c)}, {dot(n, d)}, -{dot(m, b)}, {dot(m, a)}"
        return f"LEAST({turns}) > 0 OR GREATEST({turns}) < 0"

    return some(
        each(writer, f"{one}.e", lambda e: some(each(writer, f"{two}.e", lambda f: crosses(e, f))))
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
        return let(writer, corners, lambda v: f"ABS({signed_area(writer, v)})")

    return f"{let(writer, outline(writer, shape), size)} * {literal(_SQUARE_DEGREES)}"


def centroid(writer: Writer, polygon: Value) -> str:
    """The centre of mass of a polygon, as a unit vector.

    It is the sum over its sides of half the arc times the normal; the part of the sine is taken
    from differences, where nothing cancels.
    """

    def piece(q: str, side: str) -> Components:
        one, two, normal = ends_of(side)
        first = components(f"{q}.e[1].a")
        arc = f"(2 * ASIN(LEAST(1, SQRT({squared(one, two)}) / 2)))"
        more = f"CASE WHEN {arc} < 1e-3 THEN {arc} * {arc} / 6 ELSE {arc} / SIN({arc}) - 1 END"
        flat = cross(minus(one, first), minus(two, first))
        x, y, z = (f"{a} + {more} * {b}" for a, b in zip(flat, normal, strict=True))
        return x, y, z

    def sums(q: str) -> str:
        x, y, z = (
            total(each(writer, f"{q}.e", lambda e: piece(q, e)[axis]))  # noqa: B023 - called at once
            for axis in range(3)
        )
        return f"{{'x': {x}, 'y': {y}, 'z': {z}, 'w': {q}.s}}"

    def scaled(t: str) -> str:
        whole = components(t)
        length = f"({t}.w * SQRT({dot(whole, whole)}))"
        x, y, z = (f"{part} / {length}" for part in whole)
        return struct((x, y, z))

    return let(writer, let(writer, outline(writer, polygon), sums), scaled)
