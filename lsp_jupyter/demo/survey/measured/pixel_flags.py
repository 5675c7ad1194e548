"""What is wrong with the pixels of sources."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.id_draws import uniform
from lsp_jupyter.demo.survey.images.sensor import COSMIC_LENGTH, COSMIC_RATE, SUSPECT, defects
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import Size

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["footprint_radius", "pixel_flags"]

#: Columns and rows of the largest detector whose bad pixels are looked at one by one.
LARGEST = 4096


def footprint_radius(sigma: Floats, signal: Floats) -> Floats:
    """How far the pixels of sources reach that are found above five times the noise: pixels.

    Parameters
    ----------
    sigma : `numpy.ndarray`
        Width of the sources as they are seen: pixels.
    signal : `numpy.ndarray`
        Their signal to noise.
    """
    # Smoothed by itself a Gaussian falls to that level there; footprints are grown by 2.4 sigma.
    return np.asarray(sigma * (2 * np.sqrt(np.log(np.maximum(signal / 5, 1.0))) + 2.4))


def pixel_flags(
    visit: Visit,
    ids: Integers,
    place: tuple[Integers, Floats, Floats],
    reach: Floats,
    full: Floats,
    *,
    size: Size,
    seed: int,
) -> dict[str, Flags]:
    """Flags of the pixels in the footprints and in the middles of sources.

    Parameters
    ----------
    visit : `Visit`
        The exposure.
    ids : `numpy.ndarray` of `int`, shape ``(n,)``
        What the sources are.
    place : `tuple` of three `numpy.ndarray`, shape ``(n,)``
        Detector, x and y of each: pixels counted from 0.
    reach : `numpy.ndarray`, shape ``(n,)``
        Radii of their footprints: pixels.
    full : `numpy.ndarray`, shape ``(n,)``
        Light of the brightest pixel, in units of what saturates it.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.

    Returns
    -------
    flags : `dict` of `str` to `numpy.ndarray` of `bool`
        By the last words of the columns, such as ``edge`` and ``saturatedCenter``.
    """
    detector, x, y = place
    chance = uniform(seed, f"cosmic rays in {visit.id}", ids)
    # A track hits a circle if it begins in a strip about as long as itself around it.
    rays = COSMIC_RATE * visit.exposure
    cosmic = chance < rays * (np.pi * reach**2 + 2 * reach * COSMIC_LENGTH)
    cosmic_center = chance < rays * 3 * (3 + COSMIC_LENGTH)
    bad, bad_center = _bad(detector, x, y, reach, size, seed)
    # Images have a border in which nothing is reliable.
    border = round(3 * visit.psf_sigma)
    margin = np.minimum(np.minimum(x, size.pixels - 1 - x), np.minimum(y, size.pixels - 1 - y))
    none = np.zeros(len(ids), bool)
    return {
        "bad": bad,
        "cr": cosmic,
        "crCenter": cosmic_center,
        "edge": margin < border + reach,
        "interpolated": bad | cosmic,
        "interpolatedCenter": bad_center | cosmic_center,
        "nodata": none,
        "offimage": margin < -0.5,
        "saturated": full > 1,
        "saturatedCenter": full > 1,
        "suspect": full > SUSPECT,
        "suspectCenter": full > SUSPECT,
    }


def _bad(
    detector: Integers, x: Floats, y: Floats, reach: Floats, size: Size, seed: int
) -> tuple[Flags, Flags]:
    """Whether there are bad pixels about places, and in the middle three by three."""
    found, center = np.zeros((2, len(x)), bool)
    if size.pixels > LARGEST:
        return found, center
    for number in np.unique(detector):
        here = np.flatnonzero(detector == number)
        sums = _sums(int(number), size.pixels, seed)
        for made, radius in ((found, reach[here]), (center, np.ones(len(here)))):
            low_x, high_x = _span(x[here], radius, size.pixels)
            low_y, high_y = _span(y[here], radius, size.pixels)
            count = sums[high_y, high_x] - sums[low_y, high_x]
            made[here] = count > sums[high_y, low_x] - sums[low_y, low_x]
    return found, center


def _span(at: Floats, radius: Floats, pixels: int) -> tuple[Integers, Integers]:
    low = np.clip(np.rint(at - radius), 0, pixels).astype(np.int64)
    return low, np.clip(np.rint(at + radius) + 1, 0, pixels).astype(np.int64)


@lru_cache(maxsize=9)
def _sums(detector: int, pixels: int, seed: int) -> npt.NDArray[np.int32]:
    """How many bad pixels there are below and to the left of each corner of a pixel."""
    bad = defects(detector, (pixels, pixels), seed)
    made = np.zeros((pixels + 1, pixels + 1), np.int32)
    np.cumsum(bad, axis=0, out=made[1:, 1:])
    np.cumsum(made[1:, 1:], axis=1, out=made[1:, 1:])
    return made
