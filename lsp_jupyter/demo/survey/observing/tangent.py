"""A gnomonic projection with a linear map to pixels, on whole arrays (FITS paper II, TAN)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["TangentWcs", "project", "unproject"]


def project(ra: Floats, dec: Floats, ra0: float, dec0: float) -> tuple[Floats, Floats]:
    """Standard coordinates of positions.

    Parameters
    ----------
    ra, dec : `numpy.ndarray`, shape ``(n,)``
        Degrees.
    ra0, dec0 : `float`
        Where the plane touches: degrees.

    Returns
    -------
    xi, eta : `numpy.ndarray`, shape ``(n,)``
        To the east and to the north: degrees. NaN on the other half of the sky.
    """
    delta = np.radians(np.asarray(ra, float) - ra0)
    dec = np.radians(np.asarray(dec, float))
    sin0, cos0 = np.sin(np.radians(dec0)), np.cos(np.radians(dec0))
    depth = sin0 * np.sin(dec) + cos0 * np.cos(dec) * np.cos(delta)
    with np.errstate(divide="ignore", invalid="ignore"):
        xi = np.cos(dec) * np.sin(delta) / depth
        eta = (cos0 * np.sin(dec) - sin0 * np.cos(dec) * np.cos(delta)) / depth
    seen = depth > 0
    return (
        np.where(seen, np.degrees(xi), np.nan),
        np.where(seen, np.degrees(eta), np.nan),
    )


def unproject(xi: Floats, eta: Floats, ra0: float, dec0: float) -> tuple[Floats, Floats]:
    """Positions of standard coordinates: the inverse of `project`; degrees, ra in 0 to 360."""
    xi, eta = np.radians(np.asarray(xi, float)), np.radians(np.asarray(eta, float))
    sin0, cos0 = np.sin(np.radians(dec0)), np.cos(np.radians(dec0))
    down = cos0 - eta * sin0
    ra = (ra0 + np.degrees(np.arctan2(xi, down))) % 360.0
    dec = np.degrees(np.arctan2(sin0 + eta * cos0, np.hypot(xi, down)))
    return ra, dec


@dataclass(frozen=True, slots=True)
class TangentWcs:
    """World coordinates of an image.

    Attributes
    ----------
    ra, dec : `float`
        Where the plane touches the sky: degrees, ICRS.
    x0, y0 : `float`
        The pixel of that point, counted from 0 (`CRPIX` counts from 1).
    cd : `tuple` of four `float`
        Degrees a pixel: ``CD1_1, CD1_2, CD2_1, CD2_2``.
    """

    ra: float
    dec: float
    x0: float
    y0: float
    cd: tuple[float, float, float, float]

    @classmethod
    def of(
        cls, ra: float, dec: float, x0: float, y0: float, scale: float, angle: float = 0.0
    ) -> TangentWcs:
        """World coordinates of square pixels.

        Parameters
        ----------
        ra, dec, x0, y0
            As the attributes.
        scale : `float`
            Arcseconds a pixel.
        angle : `float`
            From north to the y axis, through east: degrees. At 0 north is up and east is left.
        """
        step, turn = scale / 3600.0, np.radians(angle)
        cos, sin = float(np.cos(turn)), float(np.sin(turn))
        return cls(ra, dec, x0, y0, (-step * cos, step * sin, step * sin, step * cos))

    def sky_to_pixel(self, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
        """Pixels, counted from 0, of positions in degrees."""
        xi, eta = project(ra, dec, self.ra, self.dec)
        a, b, c, d = self.cd
        scale = a * d - b * c
        return self.x0 + (d * xi - b * eta) / scale, self.y0 + (a * eta - c * xi) / scale

    def pixel_to_sky(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Positions in degrees of pixels, counted from 0."""
        x, y = np.asarray(x, float) - self.x0, np.asarray(y, float) - self.y0
        a, b, c, d = self.cd
        return unproject(a * x + b * y, c * x + d * y, self.ra, self.dec)

    def header(self) -> dict[str, Any]:
        """The FITS cards that say the same."""
        a, b, c, d = self.cd
        return {
            "WCSAXES": 2,
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CRVAL1": self.ra,
            "CRVAL2": self.dec,
            "CRPIX1": self.x0 + 1.0,
            "CRPIX2": self.y0 + 1.0,
            "CD1_1": a,
            "CD1_2": b,
            "CD2_1": c,
            "CD2_2": d,
            "CUNIT1": "deg",
            "CUNIT2": "deg",
            "RADESYS": "ICRS",
            "EQUINOX": 2000.0,
        }
