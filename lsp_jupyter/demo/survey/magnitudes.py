"""Colours of stars: the stellar locus, and magnitudes of Gaia in Rubin's bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["EXTINCTION", "flux_of", "gaia_magnitudes", "locus", "mag_of"]

#: The median stellar locus by g - i (after Covey et al. 2007, AJ 134, 2398; y after Tonry et al.
#: 2012, ApJ 750, 99): u - g, g - r, r - i, i - z, z - y.
_LOCUS = np.array(
    [
        (-0.60, 0.30, -0.35, -0.25, -0.20, -0.10),
        (-0.20, 0.95, -0.10, -0.10, -0.09, -0.05),
        (0.00, 1.05, 0.05, -0.05, -0.06, -0.03),
        (0.50, 0.97, 0.38, 0.12, 0.03, 0.01),
        (1.00, 1.72, 0.74, 0.26, 0.12, 0.05),
        (1.50, 2.30, 1.09, 0.41, 0.22, 0.11),
        (2.00, 2.50, 1.33, 0.67, 0.37, 0.19),
        (2.50, 2.55, 1.40, 1.10, 0.60, 0.31),
        (3.00, 2.60, 1.42, 1.58, 0.87, 0.46),
        (3.50, 2.68, 1.48, 2.02, 1.14, 0.60),
        (4.00, 2.75, 1.58, 2.42, 1.36, 0.74),
        (4.60, 2.80, 1.70, 2.90, 1.65, 0.90),
    ]
)

#: Extinction by band for E(B-V) = 1 (Schlafly and Finkbeiner 2011, ApJ 737, 103).
EXTINCTION = np.array([4.145, 3.237, 2.273, 1.684, 1.323, 1.088])


def locus(g_i: Floats, r: Floats) -> Floats:
    """Magnitudes of stars of a colour.

    Parameters
    ----------
    g_i : `numpy.ndarray`, shape ``(n,)``
        Their g - i: AB magnitudes.
    r : `numpy.ndarray`, shape ``(n,)``
        Their r: AB magnitudes.

    Returns
    -------
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        In ``ugrizy``.
    """
    u_g, g_r, r_i, i_z, z_y = (np.interp(g_i, _LOCUS[:, 0], _LOCUS[:, k]) for k in range(1, 6))
    g, i = r + g_r, r - r_i
    return np.stack([g + u_g, g, r, i, i - i_z, i - i_z - z_y], axis=1)


def gaia_magnitudes(g: Floats, bp_rp: Floats) -> Floats:
    """Magnitudes of stars of Gaia (Gaia EDR3 documentation, table 5.7: SDSS from G and BP - RP).

    Parameters
    ----------
    g, bp_rp : `numpy.ndarray`, shape ``(n,)``
        Vega magnitudes.

    Returns
    -------
    magnitudes : `numpy.ndarray`, shape ``(n, 6)``
        AB, in ``ugrizy``; u, z and y from the stellar locus.
    """
    x = np.clip(bp_rp, 0.2, 2.7)
    r = g - (-0.09837 + 0.08592 * x + 0.1907 * x**2 - 0.1701 * x**3 + 0.02263 * x**4)
    i = g - (-0.293 + 0.6404 * x - 0.09609 * x**2 - 0.002104 * x**3)
    blue = g - (0.2199 - 0.6365 * x - 0.1548 * x**2 + 0.0064 * x**3)
    magnitudes = locus(blue - i, r)
    magnitudes[:, 1] = blue
    magnitudes[:, 3] = i
    return magnitudes


def flux_of(magnitudes: Floats) -> Floats:
    """Nanojansky of AB magnitudes."""
    return np.asarray(10 ** ((31.4 - magnitudes) / 2.5))


def mag_of(flux: Floats) -> Floats:
    """AB magnitudes of nanojansky; NaN where there is no flux."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(flux > 0, 31.4 - 2.5 * np.log10(flux), np.nan)
