"""Regions of the sky as index ranges, and cones as chords.

Every positional table carries ``hpx29``, the order-29 nested HEALPix cell of
each row, and is sorted by it; and ``cx, cy, cz``, the unit vector. A cone is a
few ranges of ``hpx29``, which decide what has to be read at all, and an exact
test of the squared chord between unit vectors: ``4 sin²(r/2)`` at the rim.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

from lsp_jupyter.adql.vectors import (
    Vector,
    add,
    cross,
    dot,
    lonlat,
    normalised,
    scaled,
    unit_vector,
)

__all__ = [
    "MAX_RANGES",
    "Cone",
    "Ranges",
    "bounding_cone",
    "chord",
    "chord_squared",
    "cone_ranges",
    "ellipse_ranges",
    "polygon_ranges",
    "zone_ranges",
]

Ranges: TypeAlias = list[tuple[int, int]]
"""First and last cell of order 29 of each range, sorted and apart; none where ranges are of no
use."""

Cone: TypeAlias = tuple[float, float, float]
"""Longitude and latitude of the centre, and the radius: degrees, ICRS."""

MAX_RANGES = 8
"""Ranges of one region at most: more of them cost more than the rows they spare."""

_ORDER = 29
_CELL = 58.6
"""Degrees across a cell of order 0."""
_LARGEST = 60.0
"""Degrees; a larger region reads so much of a table that ranges do not help."""
_PAD = 1e-9
"""Degrees (4 microarcseconds) added before cells are chosen: far more than rounding in either
the cells or the coordinates, far less than a cell."""
_POLE = 90.0
_TURN = 360.0 - 1e-12
"""Degrees: the largest longitude that is not 0."""
_ROUNDING = 4e-16
"""Radians by which the chord of two equal positions may differ from zero, since unit vectors are
rounded to 53 bits. It makes rims inclusive."""


def chord(radius: float, *, inclusive: bool) -> float:
    """The straight distance between unit vectors that are ``radius`` apart.

    Parameters
    ----------
    radius : `float`
        Degrees; beyond 180 the whole sky.
    inclusive : `bool`
        Whether a position on the rim itself has to be found.
    """
    if radius > 180.0 or (inclusive and radius == 180.0):
        return 3.0
    return 2.0 * math.sin(math.radians(radius) / 2.0) + (_ROUNDING if inclusive else 0.0)


def chord_squared(radius: float, *, inclusive: bool) -> float:
    """The square of `chord`; less than any square for a negative radius."""
    return -1.0 if radius < 0 else chord(radius, inclusive=inclusive) ** 2


def cone_ranges(longitude: float, latitude: float, radius: float) -> Ranges:
    """The cells that a cone touches.

    Parameters
    ----------
    longitude, latitude, radius : `float`
        Degrees, ICRS.

    Returns
    -------
    ranges : `list` of `tuple` of `int`
        First and last cell of order 29 of at most `MAX_RANGES` ranges, sorted and apart;
        empty for a cone so large that ranges are of no use.
    """
    if radius > _LARGEST:
        return []
    # Imported at the first region, since it brings astropy with it.
    from cdshealpix.nested import cone_search

    radius = radius + _PAD
    return _pieces(cone_search(*_angles(longitude, latitude, radius), _order(radius)))


def ellipse_ranges(
    longitude: float, latitude: float, major: float, minor: float, angle: float
) -> Ranges:
    """The cells that an ellipse touches.

    Parameters
    ----------
    longitude, latitude, major, minor, angle : `float`
        Degrees: centre, semi-axes, and the major axis from north to east.
    """
    # A long and narrow one may be lost between the cells that are looked at: take its cone.
    if minor * 4 < major or major > 10:
        return cone_ranges(longitude, latitude, major)
    from cdshealpix.nested import elliptical_cone_search

    sizes = (one * 1.001 + _PAD for one in (major, minor))
    ellipse = _angles(longitude, latitude, *sizes, angle % 180.0)
    return _pieces(elliptical_cone_search(*ellipse, _order(major + _PAD)))


def zone_ranges(west: float, south: float, east: float, north: float) -> Ranges:
    """The cells between two meridians and two parallels.

    Parameters
    ----------
    west, south, east, north : `float`
        Degrees; the zone goes eastwards from ``west`` to ``east``.
    """
    width, height = east - west, north - south
    if width > _LARGEST and height > _LARGEST:
        return []
    from cdshealpix.nested import zone_search

    south, north = max(-90.0, south - _PAD), min(90.0, north + _PAD)
    narrow = max(min(math.cos(math.radians(south)), math.cos(math.radians(north))), 1e-3)
    west, east = west - _PAD / narrow, east + _PAD / narrow
    if width >= 359.0 or abs(south) == _POLE or abs(north) == _POLE:
        west, east = 0.0, _TURN
    lon, lat = _positions([west % 360.0, east % 360.0 or _TURN], [south, north])
    size = max(min(width, height), max(width, height) / 16)
    found = zone_search(lon[0], lat[0], lon[1], lat[1], _order(size / 2 + _PAD))
    return _pieces(found)


def polygon_ranges(vertices: Sequence[Vector]) -> Ranges:
    """The cells that a polygon touches.

    Parameters
    ----------
    vertices : sequence of `~lsp_jupyter.adql.vectors.Vector`
        Unit vectors; the region is the smaller one between them.
    """
    cone = bounding_cone(vertices)
    if cone is None or cone[2] > _LARGEST:
        return []
    radius = cone[2]
    corners = _widened_hull(vertices, unit_vector(*cone[:2]))
    if corners is None:
        return cone_ranges(*cone)
    from cdshealpix.nested import polygon_search

    positions = [lonlat(corner) for corner in corners]
    lon, lat = _positions(*map(list, zip(*positions, strict=True)))
    return _pieces(polygon_search(lon, lat, _order(radius)))


def bounding_cone(vertices: Sequence[Vector]) -> Cone | None:
    """A cone that holds all of a polygon; `None` if its vertices are too far apart for one.

    Parameters
    ----------
    vertices : sequence of `~lsp_jupyter.adql.vectors.Vector`
        Unit vectors; the region is the smaller one between them.
    """
    centre = (0.0, 0.0, 0.0)
    for vertex in vertices:
        centre = add(centre, vertex)
    if dot(centre, centre) < 0.25 * len(vertices) ** 2:
        return None
    centre = normalised(centre)
    apart = max(math.dist(centre, one) for one in vertices)
    return *lonlat(centre), math.degrees(2.0 * math.asin(apart / 2.0)) + _PAD


def _widened_hull(vertices: Sequence[Vector], centre: Vector) -> list[Vector] | None:
    """The convex hull, larger by more than rounding; `None` if it is too narrow to widen."""
    # On a plane that touches the sphere at the centre, arcs are straight.
    pole = (0.0, 0.0, 1.0) if abs(centre[2]) < 0.9 else (1.0, 0.0, 0.0)
    east = normalised(cross(pole, centre))
    north = cross(centre, east)
    flat = sorted(
        (dot(one, east) / dot(one, centre), dot(one, north) / dot(one, centre)) for one in vertices
    )
    hull = _half_hull(flat) + _half_hull(flat[::-1])
    if len(hull) < 3:
        return None
    middle = tuple(sum(one[axis] for one in hull) / len(hull) for axis in (0, 1))
    nearest = min(
        abs(_turn(one, two, middle)) / math.dist(one, two)
        for one, two in zip(hull, (*hull[1:], hull[0]), strict=True)
    )
    # A step on the plane is at most four times as long as on the sphere.
    pad = 4.0 * math.radians(_PAD)
    if nearest < pad:
        return None
    factor = 1.0 + pad / nearest
    widened = [
        (middle[0] + factor * (x - middle[0]), middle[1] + factor * (y - middle[1]))
        for x, y in hull
    ]
    return [normalised(add(centre, add(scaled(east, x), scaled(north, y)))) for x, y in widened]


def _half_hull(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """One side of the convex hull of sorted points, without its last one."""
    chain: list[tuple[float, float]] = []
    for point in points:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain[:-1]


def _turn(one: Sequence[float], two: Sequence[float], three: Sequence[float]) -> float:
    """Positive if three points of a plane turn left."""
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


@cache
def _zeros() -> tuple[Any, Any, Any]:
    from astropy import units
    from astropy.coordinates import Latitude, Longitude

    return Longitude(0.0, units.deg), Latitude(0.0, units.deg), 0.0 * units.deg


def _angles(longitude: float, latitude: float, *others: float) -> list[Any]:
    """Degrees as cdshealpix takes them. Making each from nothing takes longer than a search."""
    from numpy import ndarray

    zero_longitude, zero_latitude, zero = _zeros()
    kinds = (zero_longitude, zero_latitude, *(zero for _ in others))
    angles = [kind.copy() for kind in kinds]
    for angle, value in zip(angles, (longitude % 360.0, latitude, *others), strict=True):
        angle.view(ndarray)[()] = value
    return angles


def _positions(longitudes: list[float], latitudes: list[float]) -> tuple[Any, Any]:
    from astropy import units
    from astropy.coordinates import Latitude, Longitude

    return Longitude(longitudes, unit=units.deg), Latitude(latitudes, unit=units.deg)


def _order(radius: float) -> int:
    """The order of cells a quarter of a radius across: about fifty of them in a cone."""
    return max(0, min(_ORDER - 4, int(math.log2(_CELL / radius)) + 2))


def _pieces(found: tuple[Any, Any, Any]) -> Ranges:
    """The ranges of cells of several orders."""
    cells, orders, _ = found
    shifts = [2 * (_ORDER - int(one)) for one in orders]
    pieces = sorted(
        (int(cell) << shift, ((int(cell) + 1) << shift) - 1)
        for cell, shift in zip(cells, shifts, strict=True)
    )
    return _merge(pieces) if pieces else []


def _merge(pieces: Ranges) -> Ranges:
    """Join neighbours, then close the smallest gaps.

    A row in a gap costs one chord, a range costs a comparison with every row nearby: gaps are
    closed until there are few enough, and beyond that as long as all of them are smaller than
    half of the region.
    """
    first, last = pieces[0]
    merged: Ranges = []
    for low, high in pieces[1:]:
        if low > last + 1:
            merged.append((first, last))
            first = low
        last = high
    merged.append((first, last))
    spare = sum(high - low + 1 for low, high in merged) // 2
    gaps = sorted((after[0] - before[1], before[1]) for before, after in pairwise(merged))
    closed: set[int] = set()
    for number, (gap, end) in enumerate(gaps):
        spare -= gap
        if len(merged) - number <= MAX_RANGES and spare < 0:
            break
        closed.add(end)
    ranges: Ranges = []
    for low, high in merged:
        if ranges and ranges[-1][1] in closed:
            ranges[-1] = (ranges[-1][0], high)
        else:
            ranges.append((low, high))
    return ranges
