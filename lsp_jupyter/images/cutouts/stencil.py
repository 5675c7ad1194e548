"""Which pixels of an image are in a part of the sky."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import NoOverlapError
from lsp_jupyter.images.butler.box import Box

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS

    from lsp_jupyter.images.regions import Circle, Region

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Sky", "Stencil"]

#: Pixels between two of those whose positions are looked at in all of an image.
_STEP = 64
#: Points on an edge, about: at first, and at most.
_FIRST = 256
_MOST = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Stencil:
    """Pixels of an image.

    Attributes
    ----------
    box : `~lsp_jupyter.images.butler.box.Box`
        The smallest box with all of them, counted from the image's first pixel.
    inside : `numpy.ndarray` of `bool`, shape ``(box.height, box.width)``
        Which of the box are meant.
    """

    box: Box
    inside: Flags


class Sky:
    """Where the pixels of one image are.

    Parameters
    ----------
    wcs : `astropy.wcs.WCS`
        Celestial; its first pixel is 0, 0.
    shape : `tuple` of `int`
        Rows and columns.
    """

    def __init__(self, wcs: WCS, shape: tuple[int, int]) -> None:
        self._wcs = wcs
        self._shape = shape
        frame = wcs.wcs.radesys.upper() if wcs.wcs.lngtyp.strip() == "RA" else ""
        # Positions in FK5 of J2000 differ from ICRS by 0.02 arcsec at most.
        self._plain = frame in ("ICRS", "") and wcs.wcs.lngtyp.strip() == "RA"
        rows, columns = shape
        x = np.unique(np.append(np.arange(0, columns, _STEP), columns - 1)).astype(float)
        y = np.unique(np.append(np.arange(0, rows, _STEP), rows - 1)).astype(float)
        self._x, self._y = (grid.ravel() for grid in np.meshgrid(x, y))
        self._ra, self._dec = self.positions(self._x, self._y)
        self._centre, self._radius = self._circle()
        # Arcs that short differ from a straight line by less than a thousandth of a pixel.
        self._step = self._radius / 100

    def _circle(self) -> tuple[Floats, float]:
        """A circle round all of the image and half as much: its middle, and the chord to it."""
        known = np.isfinite(self._ra)
        vectors = _unit(self._ra[known], self._dec[known])
        middle = vectors.sum(axis=1)
        length = float(np.linalg.norm(middle))
        if length < 1e-6 * max(vectors.shape[1], 1):
            return np.array([0.0, 0.0, 1.0]), 2.0
        middle /= length
        farthest = math.acos(max(-1.0, min(1.0, float(np.min(middle @ vectors)))))
        return middle, 2 * math.sin(min(math.pi, 1.5 * farthest + 1e-6) / 2)

    def positions(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Right ascension and declination of pixels in degrees, ICRS; NaN where there is no sky."""
        with np.errstate(invalid="ignore"):
            lon, lat = self._wcs.all_pix2world(x, y, 0)
        if self._plain:
            return lon, lat
        from astropy.wcs.utils import pixel_to_skycoord

        place = pixel_to_skycoord(x, y, self._wcs).icrs
        return np.asarray(place.ra.deg), np.asarray(place.dec.deg)

    def _edge(self, region: Region) -> tuple[Floats, Floats]:
        """Columns and rows of points on the edge of a region, in order.

        They are close to each other where they are near the image; far from it they are NaN.
        """
        each = max(1, _FIRST // region.sides)
        place = np.arange(region.sides * each + 1) / each
        points = region.edge(place)
        step = self._step
        while len(place) < _MOST:
            chord = np.linalg.norm(points[:, 1:] - points[:, :-1], axis=0)
            middle = (place[1:] + place[:-1]) / 2
            between = region.edge(middle)
            apart = np.linalg.norm(between - self._centre[:, None], axis=0)
            # An arc goes no farther from its middle than it is long.
            split = (chord > step) & (apart < self._radius + 2 * chord)
            if not split.any():
                break
            place = np.insert(place, np.flatnonzero(split) + 1, middle[split])
            points = np.insert(points, np.flatnonzero(split) + 1, between[:, split], axis=1)
        near = np.linalg.norm(points[:, :-1] - self._centre[:, None], axis=0) <= self._radius
        x, y = np.full(len(near), np.nan), np.full(len(near), np.nan)
        if near.any():
            lon, lat = _angles(points[:, :-1][:, near])
            x[near], y[near] = self._projected(lon, lat)
        return x, y

    def _projected(self, ra: Floats, dec: Floats) -> tuple[Any, Any]:
        from astropy.wcs import NoConvergence

        if not self._plain:
            from astropy.coordinates import SkyCoord
            from astropy.wcs.utils import skycoord_to_pixel

            x, y = skycoord_to_pixel(SkyCoord(ra, dec, unit="deg"), self._wcs)
            return x, y
        try:
            x, y = self._wcs.all_world2pix(ra, dec, 0)
            return x, y
        except NoConvergence as error:
            # Far from the image its distortion has no inverse.
            best: Floats = error.best_solution
            wrong = np.zeros(len(ra), bool)
            for bad in (error.divergent, error.slow_conv):
                if bad is not None:
                    wrong[bad] = True
            best[wrong] = np.nan
            return best[:, 0], best[:, 1]

    def stencil(self, region: Region) -> Stencil:
        """The pixels whose centres are in a region; of a tiny one, the pixel that it is in.

        Raises
        ------
        lsp_jupyter.errors.NoOverlapError
            Raised if there are none.
        """
        x, y = self._edge(region)
        return self._inside(region, x, y)

    def stencils(self, circles: Sequence[Circle]) -> list[Stencil | NoOverlapError]:
        """What `stencil` gives, or raises, of each of many circles: in a fraction of the time."""
        place: Floats = np.arange(_FIRST) * np.float64(8 / _FIRST)
        made: list[Stencil | NoOverlapError] = []
        points = np.stack([circle.edge(place) for circle in circles])
        apart = np.linalg.norm(points - self._centre[None, :, None], axis=1)
        chord = np.linalg.norm(points[:, :, 1] - points[:, :, 0], axis=1)
        # Of all others the edge has more points, or is not near everywhere.
        plain = (chord <= self._step) & (apart <= self._radius).all(axis=1)
        x, y = np.full(apart.shape, np.nan), np.full(apart.shape, np.nan)
        if plain.any():
            lon, lat = _angles(np.moveaxis(points[plain], 1, 0).reshape(3, -1))
            x[plain], y[plain] = (one.reshape(-1, _FIRST) for one in self._projected(lon, lat))
        for circle, simple, across, down in zip(circles, plain, x, y, strict=True):
            try:
                made.append(self._inside(circle, across, down) if simple else self.stencil(circle))
            except NoOverlapError as error:
                made.append(error)
        return made

    def _inside(self, region: Region, x: Floats, y: Floats) -> Stencil:
        """The pixels inside an edge."""
        rows, columns = self._shape
        within = (x > -0.5) & (x < columns - 0.5) & (y > -0.5) & (y < rows - 0.5)
        if not within.any():
            held = self._held(region)
            if not held.any():
                raise NoOverlapError("No pixel of the image is in the region.")
            if held.all():
                return Stencil(Box(0, 0, columns, rows), np.ones((rows, columns), bool))
        if not np.isfinite(x).all() or self._wraps(x, y):
            held = self._held(region)
            box = Box(0, 0, columns, rows)
            return _tight(box, self._by_cells(region, x[within], y[within], held), x, y, within)
        # The edge says it all.
        first = max(0, math.floor(x.min() + 0.5)), max(0, math.floor(y.min() + 0.5))
        last = (
            min(columns - 1, math.floor(x.max() + 0.5)),
            min(rows - 1, math.floor(y.max() + 0.5)),
        )
        box = Box(*first, last[0] - first[0] + 1, last[1] - first[1] + 1)
        inside = _filled(x - first[0], y - first[1], box.width, box.height)
        return _tight(box, inside, x, y, within)

    def _held(self, region: Region) -> Flags:
        """Which of the pixels that stand for all of the image are in a region."""
        return np.asarray(region.inside(self._ra, self._dec) & np.isfinite(self._ra))

    def _wraps(self, x: Floats, y: Floats) -> bool:
        """Whether neighbours on an edge are far from each other: the image ends between them."""
        leap = np.hypot(np.diff(np.append(x, x[0])), np.diff(np.append(y, y[0])))
        return bool(leap.max() > max(self._shape) / 2)

    def _by_cells(self, region: Region, x: Floats, y: Floats, held: Flags) -> Flags:
        """Which pixels are in a region: of squares that its edge passes each one is looked at."""
        rows, columns = self._shape
        down, across = -(-rows // _STEP), -(-columns // _STEP)
        grid = held.reshape(len(np.unique(self._y)), -1)[:down, :across]
        passed = np.zeros((down + 2, across + 2), bool)
        row, column = (np.floor(one + 0.5).astype(np.int64) // _STEP + 1 for one in (y, x))
        for up in (-1, 0, 1):
            for right in (-1, 0, 1):
                passed[row + up, column + right] = True
        passed = passed[1:-1, 1:-1]
        # What has another state than the next one is passed as well, whatever the edge says.
        for axis in (0, 1):
            change = np.diff(grid.astype(np.int8), axis=axis) != 0
            one, two = [slice(None)] * 2, [slice(None)] * 2
            one[axis], two[axis] = slice(None, -1), slice(1, None)
            passed[tuple(one)] |= change
            passed[tuple(two)] |= change
        inside = np.repeat(np.repeat(grid, _STEP, axis=0), _STEP, axis=1)[:rows, :columns]
        for down_to, along in np.argwhere(passed).tolist():
            top, left = down_to * _STEP, along * _STEP
            part = inside[top : top + _STEP, left : left + _STEP]
            place = np.indices(part.shape).reshape(2, -1).astype(float)
            ra, dec = self.positions(place[1] + left, place[0] + top)
            known = np.isfinite(ra)
            part[:] = (region.inside(ra, dec) & known).reshape(part.shape)
        return np.asarray(inside)


def _tight(box: Box, inside: Flags, x: Floats, y: Floats, within: Flags) -> Stencil:
    """The smallest box that does; ``within`` tells which points of the edge are in the image."""
    columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
    if not len(columns):
        if not within.any():
            raise NoOverlapError("No pixel of the image is in the region.")
        # It fits between the centres of pixels.
        column, row = (math.floor(one[within][0] + 0.5) for one in (x, y))
        columns, rows = np.array([column - box.x]), np.array([row - box.y])
        inside[rows[0], columns[0]] = True
    part = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Stencil(
        Box(box.x + int(columns[0]), box.y + int(rows[0]), part.shape[1], part.shape[0]), part
    )


def _filled(x: Floats, y: Floats, width: int, height: int) -> Flags:
    """Pixels whose centres are inside a closed line: those right of an odd number of crossings."""
    x2, y2 = np.append(x[1:], x[0]), np.append(y[1:], y[0])
    low, high = np.minimum(y, y2), np.maximum(y, y2)
    first = np.clip(np.ceil(low), 0, height).astype(np.int64)
    # A row through an end counts for the side above it alone.
    last = np.clip(np.ceil(high), 0, height).astype(np.int64)
    counts = last - first
    side = np.repeat(np.arange(len(x)), counts)
    starts = np.cumsum(counts) - counts
    row = np.arange(counts.sum()) - np.repeat(starts - first, counts)
    slope = (x2 - x)[side] / (y2 - y)[side]
    crossing = x[side] + slope * (row - y[side])
    column = np.clip(np.ceil(crossing), 0, width).astype(np.int64)
    # Whether a count is odd is not lost when it overflows.
    flips = np.zeros(height * (width + 1), np.uint8)
    np.add.at(flips, row * (width + 1) + column, np.uint8(1))
    odd = np.bitwise_xor.accumulate(flips.reshape(height, width + 1)[:, :width], axis=1) & 1
    return odd.view(np.bool_)


def _angles(vectors: Floats) -> tuple[Floats, Floats]:
    x, y, z = vectors
    return np.degrees(np.arctan2(y, x)) % 360.0, np.degrees(np.arctan2(z, np.hypot(x, y)))


def _unit(ra: Floats, dec: Floats) -> Floats:
    lon, lat = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
