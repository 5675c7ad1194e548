"""What a header tells of the observation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.butler.likeness import Likeness

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.coordinates import Angle, SkyCoord
    from astropy.time import Time

    Floats = npt.NDArray[np.float64]

__all__ = ["FilterLabel", "PhotoCalib", "VisitInfo"]

#: AB magnitude of one nanojansky.
AB_NANOJANSKY = 31.4


@dataclass(frozen=True, slots=True)
class FilterLabel(Likeness):
    """The names of a filter.

    Attributes
    ----------
    bandLabel : `str`
        Such as ``r``.
    physicalLabel : `str`
        The piece of glass, such as ``r_03``; empty for coadds.
    """

    _like: ClassVar[str] = "lsst.afw.image.FilterLabel"

    bandLabel: str
    physicalLabel: str = ""

    @classmethod
    def of(cls, header: Mapping[str, Any]) -> FilterLabel | None:
        """The names in a header, if any."""
        physical = str(header.get("FILTER", "")).strip()
        band = str(header.get("BAND", physical[:1])).strip()
        return cls(band, physical if physical != band else "") if band else None

    def hasBandLabel(self) -> bool:
        """Whether the band is known."""
        return bool(self.bandLabel)

    def hasPhysicalLabel(self) -> bool:
        """Whether the filter is known."""
        return bool(self.physicalLabel)


class PhotoCalib(Likeness):
    """What the values of pixels mean: they are in nanojansky already."""

    _like: ClassVar[str] = "lsst.afw.image.PhotoCalib"

    @property
    def calibrationMean(self) -> float:
        """Nanojansky in a unit of the image."""
        return 1.0

    @property
    def calibrationErr(self) -> float:
        """Its error."""
        return 0.0

    @property
    def instFluxAtZeroMagnitude(self) -> float:
        """Flux of AB magnitude 0."""
        return float(10 ** (AB_NANOJANSKY / 2.5))

    def instFluxToNanojansky(self, flux: npt.ArrayLike) -> Any:
        """Nanojansky of fluxes measured in the image."""
        return np.asarray(flux, float)[()]

    def instFluxToMagnitude(self, flux: npt.ArrayLike) -> Any:
        """AB magnitudes of fluxes measured in the image; NaN unless positive."""
        with np.errstate(divide="ignore", invalid="ignore"):
            values = AB_NANOJANSKY - 2.5 * np.log10(np.asarray(flux, float))
        return np.where(np.isfinite(values), values, np.nan)[()]

    def magnitudeToInstFlux(self, magnitude: npt.ArrayLike) -> Any:
        """Fluxes in the image of AB magnitudes."""
        return 10 ** ((AB_NANOJANSKY - np.asarray(magnitude, float)) / 2.5)

    def __repr__(self) -> str:
        return "<PhotoCalib: pixels are nanojansky>"


class VisitInfo(Likeness):
    """When and where the telescope pointed, and through how much air.

    Parameters
    ----------
    header : mapping
        FITS cards.
    """

    _like: ClassVar[str] = "lsst.afw.image.VisitInfo"

    def __init__(self, header: Mapping[str, Any]) -> None:
        self._header = header

    def _value(self, key: str) -> Any:
        value = self._header.get(key)
        if value is None:
            raise NotFoundError(
                f"The header of this image has no {key}.",
                hint="Coadds and calibrations are of many exposures: ask a visit image.",
            )
        return value

    @property
    def id(self) -> int:
        """Number of the visit."""
        return int(self._value("VISIT"))

    @property
    def date(self) -> Time:
        """Middle of the exposure, TAI."""
        from astropy.time import Time

        return Time(float(self._value("MJD-AVG")), format="mjd", scale="tai")

    @property
    def exposureTime(self) -> float:
        """Seconds."""
        return float(self._value("EXPTIME"))

    @property
    def boresightRaDec(self) -> SkyCoord:
        """Where the middle of the camera points."""
        from astropy.coordinates import SkyCoord

        return SkyCoord(float(self._value("RA")), float(self._value("DEC")), unit="deg")

    @property
    def boresightAirmass(self) -> float:
        """Of the middle of the camera."""
        return float(self._value("AIRMASS"))

    @property
    def boresightRotAngle(self) -> Angle:
        """From north to the camera's y axis, through east."""
        from astropy.coordinates import Angle

        return Angle(float(self._value("ROTANGLE")), "deg")

    @property
    def instrumentLabel(self) -> str:
        """Name of the instrument."""
        return str(self._value("INSTRUME")).strip()

    def __repr__(self) -> str:
        return f"<VisitInfo of visit {self._header.get('VISIT', 'unknown')}>"
