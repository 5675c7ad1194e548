"""Cones on the sky as index ranges and chords.

Every positional table carries ``hpx29``, the order-29 nested HEALPix cell of
each row, and is sorted by it; and ``cx, cy, cz``, the unit vector. A cone is a
few ranges of ``hpx29``, which decide what has to be read at all, and an exact
test of the squared chord between unit vectors: ``4 sin²(r/2)`` at the rim.
"""

from __future__ import annotations

import math
from itertools import pairwise

__all__ = ["MAX_RANGES", "chord", "chord_squared", "cone_ranges", "unit_vector"]

MAX_RANGES = 8
"""Ranges of one cone at most: more of them cost more than the rows they spare."""

_ORDER = 29
_CELL = 58.6
"""Degrees across a cell of order 0."""
_LARGEST = 60.0
"""Degrees; a larger cone reads so much of a table that ranges do not help."""
_PAD = 1e-9
"""Degrees (4 microarcseconds) added before cells are chosen: far more than rounding in either
the cells or the coordinates, far less than a cell."""
_ROUNDING = 4e-16
"""Radians by which the chord of two equal positions may differ from zero, since unit vectors are
rounded to 53 bits. It makes rims inclusive."""


def unit_vector(longitude: float, latitude: float) -> tuple[float, float, float]:
    """The unit vector of a position.

    Parameters
    ----------
    longitude, latitude : `float`
        Degrees.
    """
    ra, dec = math.radians(longitude), math.radians(latitude)
    across = math.cos(dec)
    return across * math.cos(ra), across * math.sin(ra), math.sin(dec)


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


def cone_ranges(longitude: float, latitude: float, radius: float) -> list[tuple[int, int]]:
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
    # Imported at the first cone, since it brings astropy with it.
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import cone_search

    radius = radius + _PAD
    # Cells a quarter of the radius across: about fifty of them.
    order = max(0, min(_ORDER - 4, int(math.log2(_CELL / radius)) + 2))
    cells, orders, _ = cone_search(
        Longitude(longitude, unit=units.deg),
        Latitude(latitude, unit=units.deg),
        radius * units.deg,
        order,
    )
    shifts = [2 * (_ORDER - int(one)) for one in orders]
    pieces = sorted(
        (int(cell) << shift, ((int(cell) + 1) << shift) - 1)
        for cell, shift in zip(cells, shifts, strict=True)
    )
    return _merge(pieces)


def _merge(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join neighbours, then close the smallest gaps.

    A row in a gap costs one chord, a range costs a comparison with every block of rows: gaps are
    closed until there are few enough, and beyond that as long as they are smaller than the cone.
    """
    first, last = pieces[0]
    merged: list[tuple[int, int]] = []
    for low, high in pieces[1:]:
        if low > last + 1:
            merged.append((first, last))
            first = low
        last = high
    merged.append((first, last))
    spare = sum(high - low + 1 for low, high in merged)
    gaps = sorted((after[0] - before[1], before[1]) for before, after in pairwise(merged))
    closed: set[int] = set()
    for number, (gap, end) in enumerate(gaps):
        spare -= gap
        if len(merged) - number <= MAX_RANGES and spare < 0:
            break
        closed.add(end)
    ranges: list[tuple[int, int]] = []
    for low, high in merged:
        if ranges and ranges[-1][1] in closed:
            ranges[-1] = (ranges[-1][0], high)
        else:
            ranges.append((low, high))
    return ranges
