"""Parts of the sky that are cut out of images (SODA 1.0 section 3.3, DALI 1.1 section 3.3.6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from lsp_jupyter.errors import LimitError, ParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Circle", "Polygon", "Range", "Region", "parse_region", "region_of"]

#: Corners of a polygon at most.
MOST_CORNERS = 10_000


class Region(Protocol):
    """A part of the sky in ICRS; angles in degrees."""

    def inside(self, ra: Floats, dec: Floats) -> Flags:
        """Whether positions are in it, its edge included."""

    @property
    def sides(self) -> int:
        """How many parts its edge has."""

    def edge(self, place: Floats) -> Floats:
        """Points on its edge.

        Parameters
        ----------
        place : `numpy.ndarray` of `float`, shape ``(n,)``
            From 0 to the number of sides; whole numbers are where a side begins.

        Returns
        -------
        vectors : `numpy.ndarray` of `float`, shape ``(3, n)``
            Unit vectors in ICRS.
        """

    def text(self) -> str:
        """As the value of the parameter POS."""


def _vectors(ra: Any, dec: Any) -> Floats:
    """Unit vectors, shape ``(3, …)``."""
    lon, lat = np.radians(np.asarray(ra, float)), np.radians(np.asarray(dec, float))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


@dataclass(frozen=True, slots=True)
class Circle:
    """What is no farther from a position than a radius; all in degrees."""

    ra: float
    dec: float
    radius: float

    def inside(self, ra: Floats, dec: Floats) -> Flags:
        """Whether positions are in it; see `Region`."""
        centre = _vectors(self.ra, self.dec)
        points = _vectors(ra, dec)
        chord = np.sum((points - centre.reshape(3, *[1] * (points.ndim - 1))) ** 2, axis=0)
        return np.asarray(chord <= (2 * math.sin(math.radians(self.radius) / 2)) ** 2 + 1e-24)

    @property
    def sides(self) -> int:
        """Eight arcs."""
        return 8

    def edge(self, place: Floats) -> Floats:
        """Points on its edge; see `Region`."""
        lon, lat = math.radians(self.ra), math.radians(self.dec)
        east = np.array([-math.sin(lon), math.cos(lon), 0.0])
        north = np.array(
            [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)]
        )
        turn = place * (math.pi / 4)
        radius = math.radians(self.radius)
        around = np.outer(east, np.sin(turn)) + np.outer(north, np.cos(turn))
        centre = _vectors(self.ra, self.dec)[:, None]
        return np.asarray(math.cos(radius) * centre + math.sin(radius) * around)

    def text(self) -> str:
        """As the value of POS."""
        return f"CIRCLE {self.ra!r} {self.dec!r} {self.radius!r}"


@dataclass(frozen=True, slots=True)
class Range:
    """What is between two right ascensions and two declinations, in degrees.

    Without limits of right ascension (both infinite) it is a zone.
    """

    ra: tuple[float, float]
    dec: tuple[float, float]

    def inside(self, ra: Floats, dec: Floats) -> Flags:
        """Whether positions are in it; see `Region`."""
        within = (dec >= self.dec[0]) & (dec <= self.dec[1])
        if math.isfinite(self.ra[0]):
            width = self.ra[1] - self.ra[0]
            within &= ((ra - self.ra[0]) % 360.0 <= width) | (width >= 360.0)
        return np.asarray(within)

    @property
    def sides(self) -> int:
        """Two parallels in eight arcs each, and two meridians."""
        return 18

    def edge(self, place: Floats) -> Floats:
        """Points on its edge; see `Region`."""
        first, last = self.ra if math.isfinite(self.ra[0]) else (0.0, 360.0)
        knots = [0, 8, 9, 17, 18]
        ra = np.interp(place, knots, [first, last, last, first, first])
        dec = np.interp(place, knots, [*(self.dec[0],) * 2, *(self.dec[1],) * 2, self.dec[0]])
        return _vectors(ra, dec)

    def text(self) -> str:
        """As the value of POS."""
        ends = (*self.ra, *self.dec)
        return f"RANGE {' '.join(_number(end) for end in ends)}"


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else ("+Inf" if value > 0 else "-Inf")


@dataclass(frozen=True)
class Polygon:
    """What is on the smaller side of great circles from corner to corner, in degrees."""

    corners: tuple[tuple[float, float], ...]

    @cached_property
    def _vectors(self) -> Floats:
        ra, dec = np.array(self.corners).T
        return _vectors(ra, dec)

    def inside(self, ra: Floats, dec: Floats) -> Flags:
        """Whether positions are in it; see `Region`.

        Seen from a position inside, its sides turn once around. From the opposite one they do
        too, the other way.
        """
        points = _vectors(ra, dec)
        flat = points.reshape(3, -1)
        turned = np.zeros(flat.shape[1])
        on = np.zeros(flat.shape[1], bool)
        corners = self._vectors
        for number in range(corners.shape[1]):
            one = corners[:, number, None] - flat
            two = corners[:, (number + 1) % corners.shape[1], None] - flat
            sine = np.sum(flat * np.cross(one, two, axis=0), axis=0)
            height = np.sum(flat * one, axis=0) * np.sum(flat * two, axis=0)
            angle = np.arctan2(sine, np.sum(one * two, axis=0) - height)
            turned += angle
            on |= (np.abs(angle) > math.pi - 1e-9) | (np.sum(one * one, axis=0) < 1e-24)
        middle = corners.sum(axis=1)
        around = np.sum(np.cross(corners, np.roll(corners, -1, axis=1), axis=0), axis=1)
        held = (turned * np.sign(middle @ around) > 3) | (on & (middle @ flat > 0))
        return np.asarray(held.reshape(points.shape[1:]))

    @property
    def sides(self) -> int:
        """As many as corners."""
        return len(self.corners)

    def edge(self, place: Floats) -> Floats:
        """Points on its edge; see `Region`."""
        corners = self._vectors
        number = np.floor(place).astype(np.int64)
        part = place - number
        one = corners[:, number % self.sides]
        two = corners[:, (number + 1) % self.sides]
        points = one * (1 - part) + two * part
        return np.asarray(points / np.linalg.norm(points, axis=0))

    def text(self) -> str:
        """As the value of POS."""
        return f"POLYGON {' '.join(f'{ra!r} {dec!r}' for ra, dec in self.corners)}"

    def crosses_itself(self) -> bool:
        """Whether two of its sides cross, seen from its middle."""
        vectors = self._vectors
        centre = vectors.sum(axis=1)
        length = math.sqrt(float(np.sum(centre**2)))
        if length < 1e-9:
            return True
        centre /= length
        depth = centre @ vectors
        if np.any(depth <= 0):
            # It is larger than a hemisphere, or winds around one.
            return True
        east = np.cross([0.0, 0.0, 1.0] if abs(centre[2]) < 0.9 else [1.0, 0.0, 0.0], centre)
        east /= np.linalg.norm(east)
        north = np.cross(centre, east)
        x, y = east @ vectors / depth, north @ vectors / depth
        return _crossing(np.stack([x, y], axis=1))


def _crossing(points: Floats) -> bool:
    """Whether the sides of a flat polygon cross."""
    ends = np.roll(points, -1, axis=0)
    low, high = np.minimum(points, ends)[:, 0], np.maximum(points, ends)[:, 0]
    order = np.argsort(low)
    # Of each side only those that begin before it ends, from left to right.
    reach = np.searchsorted(low[order], high[order], side="right")
    for place, number in enumerate(order):
        others = order[place + 1 : reach[place]]
        a, b, c, d = points[number], ends[number], points[others], ends[others]
        first, second = _turn(a, b, c), _turn(a, b, d)
        third, fourth = _turn(c, d, a), _turn(c, d, b)
        if np.any((first * second < 0) & (third * fourth < 0)):
            return True
    return False


def _turn(a: Floats, b: Floats, c: Floats) -> Any:
    one, two = b - a, c - a
    return one[..., 0] * two[..., 1] - one[..., 1] * two[..., 0]


# -- reading ---------------------------------------------------------------------


def parse_region(name: str, text: str) -> Region:
    """The region that a parameter names.

    Parameters
    ----------
    name : `str`
        ``CIRCLE``, ``POLYGON``, or ``POS``, whose value begins with the kind of region.
    text : `str`
        Numbers in degrees, ICRS.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is no region, or one without inside.
    lsp_jupyter.errors.LimitError
        Raised if it has too many corners.
    """
    words = text.replace(",", " ").split()
    kind = name
    if name == "POS":
        kind = words.pop(0).upper() if words else ""
        if words and words[0].upper() == "ICRS":
            words.pop(0)
    if kind not in _READERS:
        raise _wrong(name, text, "It begins with CIRCLE, RANGE or POLYGON.")
    if kind == "POLYGON" and len(words) > 2 * MOST_CORNERS:
        raise LimitError(f"A polygon has {MOST_CORNERS:,} corners at most.")
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        raise _wrong(name, text, _FORMS[kind]) from None
    if any(math.isnan(one) for one in numbers):
        raise _wrong(name, text, "NaN is no number that can be searched for.")
    return _READERS[kind](name, text, numbers)


def _wrong(name: str, text: str, hint: str) -> ParameterError:
    shown = text if len(text) <= 80 else f"{text[:80]}…"
    return ParameterError(f"{name} cannot be “{shown}”.", parameter=name, hint=hint)


_FORMS = {
    "CIRCLE": "A circle is: right ascension, declination, radius, in degrees.",
    "RANGE": "A range is: two right ascensions and two declinations in degrees, the lower ones "
    "first; -Inf and +Inf leave out a limit.",
    "POLYGON": "A polygon is: right ascension and declination of three corners at least, in "
    "degrees.",
}


def _direction(name: str, text: str, ra: float, dec: float) -> None:
    if not (math.isfinite(ra) and abs(ra) <= 360.0 and abs(dec) <= 90.0):
        raise _wrong(
            name, text, "Right ascensions are from 0 to 360, declinations from -90 to 90 degrees."
        )


def _circle(name: str, text: str, numbers: Sequence[float]) -> Circle:
    if len(numbers) != 3:
        raise _wrong(name, text, _FORMS["CIRCLE"])
    ra, dec, radius = numbers
    _direction(name, text, ra, dec)
    if not 0 < radius <= 180:
        raise _wrong(name, text, "The radius must be more than 0 and at most 180 degrees.")
    return Circle(ra % 360.0, dec, radius)


def _range(name: str, text: str, numbers: Sequence[float]) -> Range:
    if len(numbers) != 4:
        raise _wrong(name, text, _FORMS["RANGE"])
    first, last, low, high = numbers
    low, high = max(low, -90.0), min(high, 90.0)
    whole = math.isinf(first) or math.isinf(last)
    if first > last or low > high or (not whole and not -360 <= first <= last <= 720):
        raise _wrong(name, text, _FORMS["RANGE"])
    if whole:
        first = -math.inf if math.isinf(first) else first
        if math.isfinite(first) or math.isfinite(last):
            first = first if math.isfinite(first) else 0.0
            last = last if math.isfinite(last) else 360.0
    return Range((first, last), (low, high))


def _polygon(name: str, text: str, numbers: Sequence[float]) -> Polygon:
    if len(numbers) < 6 or len(numbers) % 2:
        raise _wrong(name, text, _FORMS["POLYGON"])
    corners = list(zip((ra % 360.0 for ra in numbers[::2]), numbers[1::2], strict=True))
    for ra, dec in zip(numbers[::2], numbers[1::2], strict=True):
        _direction(name, text, ra, dec)
    if corners[0] == corners[-1]:
        corners.pop()
    if len(set(corners)) < 3:
        raise _wrong(name, text, _FORMS["POLYGON"])
    return Polygon(tuple(corners))


_READERS: dict[str, Callable[[str, str, Sequence[float]], Region]] = {
    "CIRCLE": _circle,
    "RANGE": _range,
    "POLYGON": _polygon,
}


def region_of(text: str) -> Region:
    """The region that `Region.text` told."""
    return parse_region("POS", text)
