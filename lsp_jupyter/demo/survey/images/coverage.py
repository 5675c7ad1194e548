"""Which exposures there are at the pixels of a tract, and the noise of their sum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.skymap import Tract
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import Size

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["Box", "Coverage", "cover", "tract_noise"]

#: Pixels of a cell along a side: noise is drawn cell by cell, so that it is the same in all
#: patches that share pixels.
CELL = 128


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels of a tract.

    Attributes
    ----------
    x, y : `int`
        Its lower left pixel.
    width, height : `int`
        Its columns and rows.
    """

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the exposures at each pixel add up to.

    Attributes
    ----------
    weight : `numpy.ndarray`, shape ``(rows, columns)``
        The sum of their weights: one over the variance of an empty pixel, per nanojansky squared.
    count : `numpy.ndarray` of `int`, shape ``(rows, columns)``
        How many there are.
    photons : `float`
        What a nanojansky of a source adds to the variance of the exposures' weighted mean,
        relative to the variance of an empty pixel.
    visits : `tuple` of `Visit`
        Those that any pixel has.
    sigma : `float`
        Width of the point-spread function of their mean, as in `Psf`: pixels.
    """

    weight: npt.NDArray[np.float32]
    count: npt.NDArray[np.int32]
    photons: float
    visits: tuple[Visit, ...]
    sigma: float

    def variance(self, light: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The variance of the weighted mean; infinite where there is no exposure.

        Parameters
        ----------
        light : `numpy.ndarray`, shape ``(rows, columns)``
            Of sources: nanojansky.
        """
        return self.scaled(self.weight, light)

    def scaled(
        self, weight: npt.NDArray[np.float32], light: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """The same for weights that were taken to other pixels."""
        made = np.maximum(light, 0)
        made *= np.float32(self.photons)
        made += np.float32(1)
        with np.errstate(divide="ignore"):
            made /= weight
        return made


def cover(visits: Iterable[Visit], tract: Tract, box: Box, size: Size) -> Coverage:
    """Sum up exposures over pixels of a tract.

    Parameters
    ----------
    visits : iterable of `Visit`
        Exposures of one band.
    tract : `Tract`
        The tract.
    box : `Box`
        The pixels.
    size : `Size`
        Of the survey.
    """
    # Differences along the rows, summed below.
    weight = np.zeros((box.height, box.width + 1))
    count = np.zeros((box.height, box.width + 1), np.int32)
    used, shares = [], []
    for visit in visits:
        worth = visit.noise**-2
        pixels = 0
        for x, y in _outlines(visit, tract, size):
            x, y = x - box.x, y - box.y
            if x.max() < 0 or y.max() < 0 or x.min() > box.width or y.min() > box.height:
                continue
            first, last = _spans(x, y, box)
            rows = np.flatnonzero(last > first)
            first, last = first[rows], last[rows]
            pixels += int((last - first).sum())
            weight[rows, first] += worth
            weight[rows, last] -= worth
            count[rows, first] += 1
            count[rows, last] -= 1
        if pixels:
            used.append(visit)
            shares.append(worth * pixels)
    np.cumsum(weight, axis=1, out=weight)
    np.cumsum(count, axis=1, out=count)
    # Rounding leaves a little where nothing is left.
    weight[count == 0] = 0.0
    squares = [visit.psf_sigma**2 for visit in used]
    photons = [1 / visit.noise**2 / visit.electrons for visit in used]
    return Coverage(
        weight[:, :-1].astype(np.float32),
        np.ascontiguousarray(count[:, :-1]),
        float(np.average(photons, weights=shares)) if used else 0.0,
        tuple(used),
        float(np.average(squares, weights=shares)) ** 0.5 if used else 0.0,
    )


def _outlines(visit: Visit, tract: Tract, size: Size) -> Iterator[tuple[Floats, Floats]]:
    """The corners of the detectors on a tract: x and y of each, shape ``(4,)``."""
    edge = size.pixels - 0.5
    x, y = np.array([-0.5, edge, edge, -0.5]), np.array([-0.5, -0.5, edge, edge])
    first = visit.wcs(DETECTORS[0], size)
    # All detectors share a projection; they differ in their first pixel alone.
    shifts = [visit.wcs(detector, size) for detector in DETECTORS]
    ra, dec = first.pixel_to_sky(
        np.stack([x + first.x0 - one.x0 for one in shifts]),
        np.stack([y + first.y0 - one.y0 for one in shifts]),
    )
    yield from zip(*tract.wcs.sky_to_pixel(ra, dec), strict=True)


def _spans(x: Floats, y: Floats, box: Box) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The columns of each row that are in a convex polygon: the first, and the one after the last.

    Straight lines stay straight from one gnomonic projection to the other, so that a detector is
    such a polygon on the tract.
    """
    rows = np.arange(box.height)
    low, high = np.full(box.height, np.inf), np.full(box.height, -np.inf)
    for start in range(len(x)):
        x0, y0, x1, y1 = x[start], y[start], x[start - 1], y[start - 1]
        if y0 == y1:
            continue
        crossed = (rows >= min(y0, y1)) & (rows <= max(y0, y1))
        at = x0 + (rows[crossed] - y0) * (x1 - x0) / (y1 - y0)
        low[crossed] = np.minimum(low[crossed], at)
        high[crossed] = np.maximum(high[crossed], at)
    found = high >= low
    first = np.ceil(np.clip(np.where(found, low, 0), 0, box.width)).astype(np.int64)
    last = np.floor(np.clip(np.where(found, high, -1), -1, box.width - 1)).astype(np.int64) + 1
    return first, last


def tract_noise(seed: int, kind: str, tract: Tract, band: str, box: Box) -> npt.NDArray[np.float32]:
    """Random numbers of standard deviation 1, the same for a pixel in whatever box it is.

    Parameters
    ----------
    seed : `int`
        Of the survey.
    kind : `str`
        Dataset type of the coadd.
    tract : `Tract`
        The tract.
    band : `str`
        The band.
    box : `Box`
        Its pixels.
    """
    rows = range(box.y // CELL, (box.y + box.height - 1) // CELL + 1)
    columns = range(box.x // CELL, (box.x + box.width - 1) // CELL + 1)
    made = np.empty((len(rows) * CELL, len(columns) * CELL), np.float32)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            random = draw(seed, kind, tract.id, band, row, column)
            made[i * CELL : (i + 1) * CELL, j * CELL : (j + 1) * CELL] = random.standard_normal(
                (CELL, CELL), np.float32
            )
    y, x = box.y - rows[0] * CELL, box.x - columns[0] * CELL
    return np.ascontiguousarray(made[y : y + box.height, x : x + box.width])
