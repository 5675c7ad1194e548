"""Polygons of constant vertices on the sphere, as planes that a position is held against.

A polygon is the smaller of the two regions that its sides, arcs of great
circles, bound, whichever way round its vertices are written. A convex one is
where a few planes have a position on one side. For any other, the sides are
counted that an arc from the position to a known one crosses: two products a
side, of which one is shared with the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from lsp_jupyter.adql.vectors import (
    Vector,
    add,
    cross,
    dot,
    minus,
    normalised,
    scaled,
    unit_vector,
)

__all__ = ["MOST_VERTICES", "SkyPolygon", "sky_polygon"]

MOST_VERTICES = 400
"""Vertices of a polygon at most: its sides are compared with each other."""

_ROUNDING = 4e-16
"""Radians that rounding can move a position or a side."""
_FLAT = 1e-12
"""Area per length of a side, or of the half sphere, that is not told from none."""
_SMALL = 1e-3
"""Radians below which a series is more accurate than the arc itself."""
# Directions from which an arc to a position may start: that which is farthest from all sides.
_STARTS = [
    normalised((x, y, z))
    for x in (-0.9, 0.1, 1.1)
    for y in (-1.05, 0.07, 0.93)
    for z in (-1.01, 0.03, 0.97)
]


@dataclass(frozen=True)
class SkyPolygon:
    """A polygon whose inside is on the left of its sides, seen from outside the sphere.

    Attributes
    ----------
    vertices : `tuple` of `~lsp_jupyter.adql.vectors.Vector`
        Unit vectors, no two neighbours the same.
    area : `float`
        Steradians.
    """

    vertices: tuple[Vector, ...]
    area: float

    @cached_property
    def sides(self) -> tuple[Vector, ...]:
        """The normal of each side, which points to the inside; the side starts at the vertex."""
        return tuple([_normal(one, two) for one, two in _sides(self.vertices)])

    @cached_property
    def convex(self) -> bool:
        """Whether the planes of the sides bound it."""
        points = self.vertices
        turns = zip(self.sides, (*points[2:], *points[:2]), strict=True)
        if any(dot(side, after) < -_ROUNDING for side, after in turns):
            return False
        # Left turns alone may go round more than once.
        first = points[0]
        return all(_volume(first, one, two) >= -_ROUNDING for one, two in pairwise(points[1:]))

    @cached_property
    def centroid(self) -> Vector:
        """The direction of its centre of mass."""
        first = self.vertices[0]
        total = (0.0, 0.0, 0.0)
        for one, two in _sides(self.vertices):
            # Half the arc times the normal of each side; the part of the chord is taken from
            # differences, where nothing cancels.
            total = add(total, cross(minus(one, first), minus(two, first)))
            total = add(total, scaled(cross(one, two), _excess(one, two)))
        return normalised(total)

    @cached_property
    def start(self) -> tuple[Vector, bool]:
        """A position far from the sides, and whether it is inside."""
        start = max(_STARTS, key=lambda one: min(abs(dot(side, one)) for side in self.sides))
        # The arc to the middle of the side that it meets most steeply.
        target = max(range(len(self.sides)), key=lambda i: abs(dot(self.sides[i], start)))
        pairs = list(_sides(self.vertices))
        middle = normalised(add(*pairs[target]))
        crossed = sum(
            _cross_over(start, middle, one, two)
            for number, (one, two) in enumerate(pairs)
            if number != target
        )
        arrives_inside = dot(self.sides[target], start) > 0
        return start, arrives_inside != (crossed % 2 == 1)


def sky_polygon(corners: list[tuple[float, float]]) -> SkyPolygon:
    """A polygon from its vertices.

    Parameters
    ----------
    corners : `list` of `tuple` of `float`
        Longitude and latitude of each, degrees.

    Raises
    ------
    ValueError
        Raised if they bound no region; the text says why.
    """
    points: list[Vector] = []
    for longitude, latitude in corners:
        point = unit_vector(longitude, latitude)
        if not points or not _same(points[-1], point):
            points.append(point)
    while len(points) > 1 and _same(points[0], points[-1]):
        points.pop()
    if len(points) < 3:
        raise ValueError("A polygon has at least three different vertices.")
    if len(points) > MOST_VERTICES:
        raise ValueError(f"A polygon has at most {MOST_VERTICES} vertices here.")
    if any(_same(one, scaled(two, -1.0)) for one, two in _sides(tuple(points))):
        raise ValueError("Two neighbouring vertices of the polygon are opposite on the sky.")
    area = signed_area(points)
    length = sum(math.sqrt(_square(minus(one, two))) for one, two in _sides(tuple(points)))
    if abs(area) <= _FLAT * length * length or abs(abs(area) - 2 * math.pi) < _FLAT:
        raise ValueError("The vertices of the polygon lie on one great circle.")
    if area < 0:
        points.reverse()
    found = SkyPolygon(tuple(points), abs(area))
    if not found.convex and _tangled(found.vertices):
        raise ValueError("Sides of the polygon cross each other.")
    return found


def signed_area(points: list[Vector]) -> float:
    """Steradians from -2π to 2π; positive if the smaller region is on the left."""
    first = points[0]
    if any(dot(first, point) < -0.5 for point in points):
        # Opposite to a vertex, an arc from it has no direction.
        first = max(_STARTS, key=lambda start: min(dot(start, point) for point in points))
    total = 0.0
    for one, two in _sides(tuple(points)):
        around = 1.0 + dot(first, one) + dot(first, two) + dot(one, two)
        total += 2.0 * math.atan2(_volume(first, one, two), around)
    return total - 4.0 * math.pi * round(total / (4.0 * math.pi))


def _sides(points: tuple[Vector, ...]) -> list[tuple[Vector, Vector]]:
    return list(zip(points, (*points[1:], points[0]), strict=True))


def _square(vector: Vector) -> float:
    return dot(vector, vector)


def _same(one: Vector, two: Vector) -> bool:
    return _square(minus(one, two)) <= 4.0 * _ROUNDING * _ROUNDING


def _normal(one: Vector, two: Vector) -> Vector:
    """The unit normal of the plane through two positions, accurate if they are near."""
    return normalised(cross(add(one, two), minus(two, one)))


def _volume(one: Vector, two: Vector, three: Vector) -> float:
    """Positive if three positions turn left."""
    return dot(one, cross(minus(two, one), minus(three, one)))


def _excess(one: Vector, two: Vector) -> float:
    """By how much an arc is longer than its sine, relative to that."""
    arc = 2.0 * math.asin(min(1.0, math.sqrt(_square(minus(one, two))) / 2.0))
    if arc < _SMALL:
        return arc * arc / 6.0
    return arc / math.sin(arc) - 1.0


def _cross_over(start: Vector, end: Vector, one: Vector, two: Vector) -> bool:
    """Whether two arcs cross each other, other than at their ends."""
    turns = (
        -_volume(one, two, start),
        _volume(one, two, end),
        -_volume(start, end, two),
        _volume(start, end, one),
    )
    return all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)


def _tangled(points: tuple[Vector, ...]) -> bool:
    """Whether any two sides cross."""
    sides = [(one, two, _square(minus(one, two))) for one, two in _sides(points)]
    for number, (one, two, length) in enumerate(sides):
        for three, four, other in sides[number + 2 :]:
            apart = _square(minus(one, three))
            if apart <= 2.0 * (length + other) and _cross_over(one, two, three, four):
                return True
    return False
