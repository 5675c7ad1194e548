"""Images with their mask, variance, world coordinates, point-spread function and header."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.butler.box import Box, Point
from lsp_jupyter.images.butler.observation import FilterLabel, PhotoCalib, VisitInfo
from lsp_jupyter.images.butler.planes import PARENT, Image, Mask, MaskedImage
from lsp_jupyter.images.butler.psf import Psf
from lsp_jupyter.images.butler.wcs import Wcs

if TYPE_CHECKING:
    from astropy.io.fits import Header

__all__ = ["ELSEWHERE", "Exposure", "moved"]

#: Parts of Rubin's exposures that images here do not have, and the classes that they are of.
ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "apCorrMap": "lsst.afw.image.ApCorrMap",
        "coaddInputs": "lsst.afw.image.CoaddInputs",
        "detector": "lsst.afw.cameraGeom.Detector",
        "summaryStats": "lsst.afw.image.ExposureSummaryStats",
        "transmissionCurve": "lsst.afw.image.TransmissionCurve",
        "validPolygon": "lsst.afw.geom.Polygon",
    }
)


class Exposure(MaskedImage):
    """An image of the sky, or a calibration.

    Parameters
    ----------
    image : `Image`
        The pixels.
    mask : `Mask`, optional
        Of the same shape.
    variance : `Image`, optional
        Of the same shape.
    wcs : `Wcs`, optional
        World coordinates; calibrations have none.
    psf : `Psf`, optional
        Point-spread function; raw images have none.
    metadata : `astropy.io.fits.Header`, optional
        The FITS header, as of the pixels at hand.
    """

    _like: ClassVar[str] = "lsst.afw.image.Exposure"
    _elsewhere: ClassVar[Mapping[str, str]] = {
        name.lower(): package for name, package in ELSEWHERE.items()
    }

    def __init__(
        self,
        image: Image,
        mask: Mask | None = None,
        variance: Image | None = None,
        *,
        wcs: Wcs | None = None,
        psf: Psf | None = None,
        metadata: Header | None = None,
    ) -> None:
        super().__init__(image, mask, variance)
        self._wcs = wcs
        self._psf = psf
        self._metadata = metadata

    @property
    def wcs(self) -> Wcs | None:
        """World coordinates."""
        return self._wcs

    @property
    def psf(self) -> Psf | None:
        """Point-spread function."""
        return self._psf

    @property
    def metadata(self) -> Header:
        """The FITS header."""
        from astropy.io.fits import Header

        if self._metadata is None:
            self._metadata = Header()
        return self._metadata

    @property
    def maskedImage(self) -> MaskedImage:
        """The pixels with mask and variance alone."""
        return MaskedImage(self.image, self._mask, self._variance)

    @property
    def filter(self) -> FilterLabel | None:
        """The band and the filter."""
        return FilterLabel.of(self.metadata)

    @property
    def photoCalib(self) -> PhotoCalib | None:
        """What the pixels' values mean; none for raw images and calibrations."""
        return PhotoCalib() if self.unit == "nJy" else None

    @property
    def visitInfo(self) -> VisitInfo:
        """When and where the telescope pointed, and through how much air."""
        return VisitInfo(self.metadata)

    def subset(self, box: Any, origin: Any = PARENT) -> Self:
        """The same, in a part of the image: a view, not a copy."""
        image, mask, variance = self._parts(box, origin)
        return type(self)(
            *(image, mask, variance),
            wcs=self._wcs and self._wcs.at(image.xy0),
            psf=self._psf and self._psf.at(image.bbox.center),
            metadata=self._metadata
            and moved(self._metadata, image.x0 - self.x0, image.y0 - self.y0),
        )

    def getCutout(self, center: Any, size: Any) -> Self:
        """The part about a position; as much of it as there is.

        Parameters
        ----------
        center : `~astropy.coordinates.SkyCoord` or `Point`
            On the sky, or among the parent image's pixels.
        size : `int`, or pair of `int`
            Columns and rows.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if the position is not in the image.
        """
        if self._wcs is not None and (hasattr(center, "ra") or hasattr(center, "getRa")):
            center = self._wcs.skyToPixel(center)
        place = Point.of(center)
        if not (math.isfinite(place.x) and math.isfinite(place.y) and self.bbox.contains(place)):
            raise NotFoundError(
                "The position is not in this image.",
                hint="Ask the Butler for images whose region overlaps the position.",
            )
        width, height = Point.of(size) if np.ndim(size) or hasattr(size, "x") else (size, size)
        box = Box.around(place.x, place.y, int(width), int(height))
        return self.subset(box.clippedTo(self.bbox))

    def clone(self) -> Self:
        """A copy."""
        return type(self)(
            self.image.clone(),
            self._mask and self._mask.clone(),
            self._variance and self._variance.clone(),
            wcs=self._wcs,
            psf=self._psf,
            metadata=self._metadata and self._metadata.copy(),
        )

    @classmethod
    def readFits(cls, path: str | Path) -> Exposure:
        """Read a FITS file."""
        from lsp_jupyter.images.butler.fits import ExposureFile

        with ExposureFile(path) as file:
            return file.exposure()

    def writeFits(self, path: str | Path) -> None:
        """Write a FITS file, compressed as the survey's are; one that is there is replaced."""
        from lsp_jupyter.images.butler.fits import write

        write(self, path)


def moved(header: Header, x: int, y: int) -> Header:
    """The header of a part of an image that begins so many columns and rows further."""
    header = header.copy()
    for axis, pixels in (("1", x), ("2", y)):
        if f"CRPIX{axis}" in header:
            header[f"CRPIX{axis}"] -= pixels
        header[f"LTV{axis}"] = header.get(f"LTV{axis}", 0.0) - pixels
    return header
