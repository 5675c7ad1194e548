"""Positions of sources as they are measured on a detector."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.measured.light import SHARPNESS
from lsp_jupyter.demo.survey.measured.looks import Look
from lsp_jupyter.demo.survey.measured.photometry import degrees
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.quicklook import measurements
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import PIXEL, Size

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["measured_places", "place_errors", "psf_moments"]


def measured_places(
    size: Size, seen: Look, signal: Floats, random: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Measure the middles of points.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seen : `Look`
        Where they are.
    signal : `numpy.ndarray`, shape ``(n,)``
        Signal to noise of each.
    random : `numpy.random.Generator`
        Where chance comes from.

    Returns
    -------
    x, y : `numpy.ndarray`, shape ``(n,)``
        Pixels of the detector, counted from 0.
    ra, dec : `numpy.ndarray`, shape ``(n,)``
        The same: degrees, ICRS.
    spread : `numpy.ndarray`, shape ``(n,)``
        Error of each coordinate: pixels. It follows from the width and the signal (King 1983,
        PASP 95, 163).
    """
    visit = seen.visit
    spread = 2**0.5 * visit.psf_sigma / signal
    x = seen.x + spread * random.standard_normal(len(seen))
    y = seen.y + spread * random.standard_normal(len(seen))
    ra, dec = np.empty(len(seen)), np.empty(len(seen))
    for detector in DETECTORS:
        here = np.flatnonzero(seen.detector == detector.id)
        if len(here):
            ra[here], dec[here] = visit.wcs(detector, size).pixel_to_sky(x[here], y[here])
    return x, y, ra, dec, spread


def place_errors(spread: Floats, moments: Floats, rotation: float | Floats) -> dict[str, Floats]:
    """Errors of measured positions, which are as long as the point-spread function is.

    Parameters
    ----------
    spread : `numpy.ndarray`, shape ``(n,)``
        Error of each coordinate of a round source: pixels.
    moments : `numpy.ndarray`, shape ``(n, 3)``
        The moments xx, xy and yy of the point-spread function: pixels squared.
    rotation : `numpy.ndarray`, shape ``(n,)`` or `float`
        From north to the detector's y axis, through east: degrees.

    Returns
    -------
    errors : `dict` of `str` to `numpy.ndarray`
        ``xErr`` and ``yErr`` in pixels, ``raErr`` (times cos dec) and ``decErr`` in degrees, and
        their ``ra_dec_Cov``.
    """
    scale = (spread**2 / np.sqrt(moments[:, 0] * moments[:, 2]))[:, None]
    xx, xy, yy = (moments * scale).T
    cos, sin = np.cos(np.radians(rotation)), np.sin(np.radians(rotation))
    both = 2 * sin * cos * xy
    return {
        "xErr": np.sqrt(xx),
        "yErr": np.sqrt(yy),
        "raErr": degrees(np.sqrt(cos**2 * xx + sin**2 * yy - both)),
        "decErr": degrees(np.sqrt(sin**2 * xx + cos**2 * yy + both)),
        "ra_dec_Cov": (sin * cos * (yy - xx) + (sin**2 - cos**2) * xy) * (PIXEL / 3600) ** 2,
    }


@lru_cache(maxsize=16)
def psf_moments(size: Size, seed: int, name: str) -> Floats:
    """Adaptive moments of the point-spread function in the exposures of a field.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    name : `str`
        Of the field.

    Returns
    -------
    moments : `numpy.ndarray`, shape ``(v, 9, 3)``
        xx, xy and yy of each detector in each of the field's exposures, in order of time: pixels
        squared.
    """
    visits = [visit for visit in schedule(size, seed) if visit.field.name == name]
    measured = measurements(visits, seed)
    moments = np.stack([measured[f"psf_i{axes}"] for axes in ("xx", "xy", "yy")], axis=-1)
    # The quick analysis tells those of a Gaussian with the same noise-equivalent area.
    return np.asarray(moments * SHARPNESS**2)
