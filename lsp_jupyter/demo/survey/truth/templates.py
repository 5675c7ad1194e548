"""Spectra of kinds of galaxies, and the colours they have at every redshift."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["ELLIPTICAL", "IRREGULAR", "SPIRAL", "STARBURST", "colors", "distance_modulus"]

#: Kinds between which spectra are interpolated.
ELLIPTICAL, SPIRAL, IRREGULAR, STARBURST = 0.0, 1.0, 2.0, 3.0

#: Central wavelengths and half widths of the bands: nanometres (SMTN-002).
_CENTERS = np.array([372.0, 480.0, 622.0, 756.0, 868.0, 973.0])
_HALVES = np.array([25.0, 68.0, 68.0, 62.0, 52.0, 45.0])

#: Wavelengths at rest: nanometres; and AB magnitudes there against 550 nm of an elliptical, Sbc
#: and irregular galaxy and of a starburst (smoothed after Coleman, Wu & Weedman 1980 and Kinney
#: et al. 1996).
_REST = np.array(
    [
        *(91.2, 121.6, 150.0, 200.0, 250.0, 300.0, 350.0, 380.0, 400.0, 430.0, 500.0, 550.0),
        *(650.0, 750.0, 850.0, 1000.0, 1200.0),
    ]
)
_SPECTRA = np.array(
    [
        [
            *(7.0, 6.5, 6.2, 6.0, 5.0, 3.6, 2.55, 2.20, 1.50, 1.00, 0.32, 0.0),
            *(-0.36, -0.62, -0.82, -1.08, -1.30),
        ],
        [
            *(3.4, 3.0, 2.65, 2.5, 2.35, 2.0, 1.62, 1.38, 1.00, 0.72, 0.24, 0.0),
            *(-0.28, -0.48, -0.62, -0.80, -0.95),
        ],
        [
            *(1.7, 1.25, 1.00, 0.95, 0.95, 0.90, 0.86, 0.74, 0.52, 0.37, 0.11, 0.0),
            *(-0.14, -0.25, -0.30, -0.38, -0.42),
        ],
        [
            *(0.7, 0.30, 0.10, 0.05, 0.15, 0.25, 0.32, 0.28, 0.14, 0.12, 0.02, 0.0),
            *(-0.03, -0.06, -0.08, -0.12, -0.15),
        ],
    ]
)

_STEP = 0.02
_FARTHEST = 6.0


@lru_cache(maxsize=1)
def _table() -> Floats:
    """Magnitudes by kind, redshift and band."""
    redshift = np.arange(0.0, _FARTHEST + _STEP, _STEP)
    # Each band stands for the mean of some wavelengths in it.
    inside = _CENTERS[:, None] + _HALVES[:, None] * np.linspace(-1, 1, 9)
    rest = inside / (1 + redshift[:, None, None])
    flux = np.empty((len(_SPECTRA), *rest.shape))
    for kind, spectrum in enumerate(_SPECTRA):
        flux[kind] = 10 ** (-0.4 * np.interp(rest, _REST, spectrum))
    # Hydrogen between the galaxies (after Madau 1995), and in them.
    depth = 0.0036 * (inside / 121.6) ** 3.46
    flux *= np.where(rest < 121.6, np.exp(-np.minimum(depth, 8.0)), 1.0)
    flux *= np.where(rest < 91.2, 0.03, 1.0)
    return np.asarray(-2.5 * np.log10(flux.mean(axis=-1)))


def colors(kind: Floats, redshift: Floats) -> Floats:
    """Magnitudes of galaxies, as observed.

    Parameters
    ----------
    kind : `numpy.ndarray`, shape ``(n,)``
        From `ELLIPTICAL` to `STARBURST`, and between.
    redshift : `numpy.ndarray`, shape ``(n,)``
        Up to 6.

    Returns
    -------
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        In ``ugrizy``, up to one constant for all bands: AB.
    """
    table = _table()
    kind = np.clip(kind, 0.0, len(table) - 1.0)
    low = np.minimum(kind.astype(int), len(table) - 2)
    part = (kind - low)[:, None]
    place = np.clip(redshift / _STEP, 0.0, table.shape[1] - 1.001)
    near = place.astype(int)
    rest = (place - near)[:, None]
    below = table[low, near] * (1 - rest) + table[low, near + 1] * rest
    above = table[low + 1, near] * (1 - rest) + table[low + 1, near + 1] * rest
    return np.asarray(below * (1 - part) + above * part)


@lru_cache(maxsize=1)
def _distances() -> tuple[Floats, Floats]:
    redshift = np.concatenate([[0.0], np.geomspace(1e-4, 8.0, 2000)])
    # A flat universe of 0.3 matter and 70 km/s/Mpc.
    slope = 299_792.458 / 70 / np.sqrt(0.3 * (1 + redshift) ** 3 + 0.7)
    comoving = np.concatenate([[0.0], np.cumsum(np.diff(redshift) * (slope[1:] + slope[:-1]) / 2)])
    with np.errstate(divide="ignore"):
        return redshift, 5 * np.log10(comoving * (1 + redshift)) + 25


def distance_modulus(redshift: Floats) -> Floats:
    """Distance modulus by redshift (above 0.0001): magnitudes."""
    known, modulus = _distances()
    return np.asarray(np.interp(redshift, known[1:], modulus[1:]))
