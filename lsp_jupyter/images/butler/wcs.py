"""World coordinates of an image."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsp_jupyter.images.butler.box import Point
from lsp_jupyter.images.butler.likeness import Likeness

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.coordinates import Angle, SkyCoord
    from astropy.io.fits import Header
    from astropy.wcs import WCS

    Floats = npt.NDArray[np.float64]

__all__ = ["Wcs"]


class Wcs(Likeness):
    """Where on the sky the pixels of an image are.

    Pixels are counted from 0, as in the image's parent.

    Parameters
    ----------
    header : `astropy.io.fits.Header` or mapping
        FITS cards; the rest of them does no harm.
    origin : pair of `int`
        The parent image's pixel that FITS calls (1, 1) in this header.
    corner : pair of `int`, optional
        The parent image's pixel that is the first of the array at hand; ``origin`` if not given.
    """

    _like: ClassVar[str] = "lsst.afw.geom.SkyWcs"

    def __init__(
        self,
        header: Header | Mapping[str, Any],
        origin: tuple[float, float] = (0, 0),
        corner: tuple[float, float] | None = None,
    ) -> None:
        self._header = header
        self._origin = float(origin[0]), float(origin[1])
        self._corner = self._origin if corner is None else (float(corner[0]), float(corner[1]))

    def at(self, corner: tuple[float, float]) -> Wcs:
        """The same, for an array whose first pixel is another one of the parent image."""
        made = Wcs(self._header, self._origin, corner)
        if "_wcs" in vars(self):
            vars(made)["_wcs"] = self._wcs
        return made

    @cached_property
    def _wcs(self) -> WCS:
        """Of the header, whose first pixel is 0, 0."""
        from astropy.io.fits import Header
        from astropy.wcs import WCS

        return WCS(Header(self._header), fix=False).celestial

    def to_astropy(self) -> WCS:
        """World coordinates of the array at hand, whose first pixel is 0, 0.

        Returns
        -------
        wcs : `astropy.wcs.WCS`
            For plots with ``projection=wcs`` and whatever else takes one.
        """
        wcs = self._wcs.deepcopy()
        wcs.wcs.crpix += np.subtract(self._origin, self._corner)
        return wcs

    @property
    def fitsMetadata(self) -> Header:
        """FITS cards that say the same of the parent image's pixels."""
        wcs = self._wcs.deepcopy()
        wcs.wcs.crpix += self._origin
        return wcs.to_header(relax=True)

    def pixelToSky(self, x: Any, y: Any = None) -> SkyCoord:
        """The position of a pixel, or of many.

        Parameters
        ----------
        x, y : `float` or `numpy.ndarray`, or one `Point`
            Column and row in the parent image.
        """
        x, y = Point.of(x, y)
        return self._wcs.pixel_to_world(
            np.subtract(x, self._origin[0]), np.subtract(y, self._origin[1])
        )

    def skyToPixel(self, ra: Any, dec: Any = None) -> Point:
        """The pixel of a position, or of many.

        Parameters
        ----------
        ra, dec : `float` or `numpy.ndarray` in degrees, or one `astropy.coordinates.SkyCoord`
            ICRS, if numbers. A ``lsst.geom.SpherePoint`` will do as well.

        Returns
        -------
        pixel : `Point`
            Column and row in the parent image; as many as there are positions.
        """
        x, y = self._wcs.world_to_pixel(_position(ra, dec))
        return Point(_plain(x + self._origin[0]), _plain(y + self._origin[1]))

    def pixelToSkyArray(
        self, x: npt.ArrayLike, y: npt.ArrayLike, degrees: bool = False
    ) -> tuple[Floats, Floats]:
        """Right ascension and declination of pixels: radians, unless in degrees."""
        place = self.pixelToSky(np.asarray(x, float), np.asarray(y, float)).icrs
        unit = "deg" if degrees else "rad"
        return place.ra.to_value(unit), place.dec.to_value(unit)

    def skyToPixelArray(
        self, ra: npt.ArrayLike, dec: npt.ArrayLike, degrees: bool = False
    ) -> tuple[Floats, Floats]:
        """Columns and rows of positions, which are in radians unless in degrees."""
        ra, dec = np.asarray(ra, float), np.asarray(dec, float)
        if not degrees:
            ra, dec = np.degrees(ra), np.degrees(dec)
        x, y = self.skyToPixel(ra, dec)
        return np.asarray(x), np.asarray(y)

    @property
    def skyOrigin(self) -> SkyCoord:
        """Where the projection touches the sky."""
        return self.pixelToSky(self.pixelOrigin)

    @property
    def pixelOrigin(self) -> Point:
        """The pixel there."""
        x, y = self._wcs.wcs.crpix - 1 + self._origin
        return Point(float(x), float(y))

    @property
    def pixelScale(self) -> Angle:
        """The width of a pixel there."""
        from astropy.coordinates import Angle

        return Angle((self._wcs.proj_plane_pixel_area() ** 0.5).to("arcsec"))

    @property
    def cdMatrix(self) -> Floats:
        """Degrees a pixel there: from columns and rows to the east and the north."""
        return np.asarray(self._wcs.pixel_scale_matrix)

    def isFlipped(self) -> bool:
        """Whether east is to the right where north is up."""
        return bool(np.linalg.det(self.cdMatrix) > 0)

    def __repr__(self) -> str:
        kinds = " ".join(self._wcs.wcs.ctype)
        scale = self.pixelScale.arcsec
        where = self.skyOrigin.to_string(precision=5)
        return f"<Wcs {kinds}, {scale:.4g} arcsec a pixel, at {where}>"


def _position(ra: Any, dec: Any) -> SkyCoord:
    from astropy.coordinates import SkyCoord

    if dec is not None:
        return SkyCoord(ra, dec, unit="deg")
    if isinstance(ra, SkyCoord):
        return ra
    if hasattr(ra, "getRa"):
        return SkyCoord(ra.getRa().asDegrees(), ra.getDec().asDegrees(), unit="deg")
    return SkyCoord(*ra, unit="deg")


def _plain(values: Any) -> Any:
    """A number where there is only one."""
    return float(values) if np.ndim(values) == 0 else values
