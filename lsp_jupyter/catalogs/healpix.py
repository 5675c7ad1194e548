"""Positions → the helper columns that make them quick to search."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["ORDER", "helper_columns", "hpx29"]

#: HEALPix order of the index: cells of 0.4 milliarcseconds.
ORDER = 29

Doubles = npt.NDArray[np.float64]


def hpx29(ra: Doubles, dec: Doubles) -> npt.NDArray[np.int64]:
    """The order-29 nested HEALPix cell of each position.

    Parameters
    ----------
    ra, dec : `numpy.ndarray` of `float`
        Degrees, ICRS; finite, declination within ±90.

    Returns
    -------
    cells : `numpy.ndarray` of `int`
        As hats and LSDB compute ``_healpix_29``.
    """
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    if len(ra) == 0:
        return np.zeros(0, np.int64)
    cells = lonlat_to_healpix(
        Longitude(ra, units.deg, copy=False), Latitude(dec, units.deg, copy=False), ORDER
    )
    return np.asarray(cells, np.uint64).astype(np.int64)


def helper_columns(ra: Doubles, dec: Doubles) -> dict[str, npt.NDArray[np.float64]]:
    """The unit vector of each position.

    Parameters
    ----------
    ra, dec : `numpy.ndarray` of `float`
        Degrees, ICRS.

    Returns
    -------
    columns : `dict`
        ``cx, cy, cz``: towards (0, 0), (90, 0) and the north pole.
    """
    longitude, latitude = np.radians(ra), np.radians(dec)
    flat = np.cos(latitude)
    return {
        "cx": flat * np.cos(longitude),
        "cy": flat * np.sin(longitude),
        "cz": np.sin(latitude),
    }
