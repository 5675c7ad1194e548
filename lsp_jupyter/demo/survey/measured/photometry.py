"""How well fluxes are measured: errors from the depth of an image, magnitudes, digits that count.

Measurements are those of Gaussians of the same noise-equivalent area as the point-spread function:
4 pi sigma**2 pixels (King 1983, PASP 95, 163).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.observing.camera import DETECTORS, SATURATION
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import PIXEL, Size
from lsp_jupyter.demo.survey.truth.magnitudes import mag_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["APERTURES", "Depth", "degrees", "digits", "magnitudes"]

#: Radii of the circular apertures, by which their columns are called (``ap12Flux``): pixels.
APERTURES = (3, 6, 9, 12, 17, 25, 35, 50, 70)

#: Sum of the cube over the square of the sum of squares of a Gaussian: how much of its own light's
#: noise the flux of a fitted Gaussian has.
OWN = 4 / 3


#: Part of the light of a point in the pixel it is centred on, times the square of its width.
PEAK = Psf(1.0).peak


@dataclass(frozen=True, slots=True)
class Depth:
    """Noise and sharpness of an image, or a stack of exposures, at some positions.

    Attributes
    ----------
    noise : `numpy.ndarray`, shape ``(n,)``
        Standard deviation of an empty pixel: nanojansky; infinite where there is no exposure.
    photons : `numpy.ndarray`, shape ``(n,)``
        What a nanojansky of a source adds to the variance, in units of that of an empty pixel.
    sigma : `numpy.ndarray`, shape ``(n,)``
        Width of the point-spread function as in `Visit.psf_sigma`: pixels; NaN if there is none.
    full : `numpy.ndarray`, shape ``(n,)``
        Brightness of a pixel at which it is saturated: nanojansky.
    count : `numpy.ndarray` of `int`, shape ``(n,)``
        Exposures at each position.
    epoch : `numpy.ndarray`, shape ``(n,)``
        Their mean time: days, MJD, TAI.
    margin : `numpy.ndarray`, shape ``(n,)``
        How far around there are data for sure: pixels.
    edge : `numpy.ndarray`, shape ``(n,)``
        How far the nearest edge of a sensor is in any of the exposures: pixels.
    """

    noise: Floats
    photons: Floats
    sigma: Floats
    full: Floats
    count: Integers
    epoch: Floats
    margin: Floats
    edge: Floats

    @classmethod
    def of_visit(cls, visit: Visit, ra: Floats, dec: Floats, size: Size) -> Depth:
        """Of one exposure; parameters as of `of_visits`."""
        return cls.of_visits((visit,), ra, dec, size)

    @classmethod
    def of_visits(cls, visits: Iterable[Visit], ra: Floats, dec: Floats, size: Size) -> Depth:
        """Of the weighted mean of the exposures of a band that see each position.

        Parameters
        ----------
        visits : iterable of `Visit`
            Exposures of one band.
        ra, dec : `numpy.ndarray`, shape ``(n,)``
            Positions: degrees.
        size : `Size`
            Of the survey.
        """
        n = len(ra)
        weight, photons, square, full, epoch = np.zeros((5, n))
        margin, edge = np.zeros(n), np.full(n, np.inf)
        count = np.zeros(n, np.int64)
        for visit in visits:
            inside = _inside(visit, ra, dec, size)
            seen = inside > 0
            worth = visit.noise**-2
            weight[seen] += worth
            photons[seen] += worth * worth / visit.electrons
            square[seen] += worth * visit.psf_sigma**2
            full[seen] += SATURATION / visit.electrons
            epoch[seen] += visit.mjd
            count[seen] += 1
            margin = np.maximum(margin, inside)
            edge = np.minimum(edge, np.abs(inside))
        with np.errstate(divide="ignore", invalid="ignore"):
            return cls(
                noise=weight**-0.5,
                photons=photons / weight,
                sigma=np.sqrt(square / weight),
                full=full / count,
                count=count,
                epoch=epoch / count,
                margin=margin,
                edge=edge,
            )

    def __getitem__(self, chosen: npt.NDArray[np.generic]) -> Depth:
        """At some of the positions."""
        return Depth(*(getattr(self, name)[chosen] for name in Depth.__slots__))

    @property
    def seen(self) -> Flags:
        """Where there is any exposure."""
        return self.count > 0

    def point_error(self, flux: Floats) -> Floats:
        """Error of the flux of a fitted point: nanojansky.

        Parameters
        ----------
        flux : `numpy.ndarray`, shape ``(n,)``
            How bright it is: nanojansky.
        """
        return self.model_error(flux, 4 * np.pi * self.sigma**2)

    def model_error(self, flux: Floats, area: Floats) -> Floats:
        """Error of the flux of a fitted profile: nanojansky.

        Parameters
        ----------
        flux : `numpy.ndarray`, shape ``(n,)``
            How bright it is: nanojansky.
        area : `numpy.ndarray`, shape ``(n,)``
            Noise-equivalent area of the profile as seen: pixels.
        """
        own = OWN * self.photons * np.maximum(flux, 0)
        return np.asarray(self.noise * np.sqrt(area + own))

    def aperture_error(self, flux: Floats, area: Floats) -> Floats:
        """Error of the light in an aperture: nanojansky.

        Parameters
        ----------
        flux : `numpy.ndarray`, shape ``(n,)``
            The light in it: nanojansky.
        area : `numpy.ndarray` or `float`
            How large it is: pixels.
        """
        return np.asarray(self.noise * np.sqrt(area + self.photons * np.maximum(flux, 0)))

    def position_error(self, flux: Floats, error: Floats) -> Floats:
        """Error of each coordinate of a point: pixels, of `PIXEL` arcsec.

        Parameters
        ----------
        flux, error : `numpy.ndarray`, shape ``(n,)``
            Flux of the fitted point, and its error: nanojansky.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(2**0.5 * self.sigma * np.abs(error / flux))

    def limit(self, signal: float = 5.0) -> Floats:
        """Flux of a faint point with so much signal in units of its noise: nanojansky."""
        return signal * self.point_error(np.zeros(len(self.noise)))

    def peak(self, flux: Floats) -> Floats:
        """Light in the brightest pixel of a point: nanojansky."""
        return np.asarray(flux * PEAK / self.sigma**2)

    def saturated(self, flux: Floats) -> Flags:
        """Whether a point's brightest pixel is saturated."""
        return np.asarray(self.peak(flux) > self.full)

    def kept(self, flux: Floats) -> Floats:
        """The part of a point's light that saturated pixels leave: 1 if none are.

        A Gaussian cut off at 1/x of its height keeps (1 + ln x)/x of its volume.
        """
        with np.errstate(invalid="ignore"):
            over = np.fmax(self.peak(flux) / self.full, 1.0)
        return np.asarray((1 + np.log(over)) / over)


def _inside(visit: Visit, ra: Floats, dec: Floats, size: Size) -> Floats:
    """Pixels to the nearest edge of a sensor; negative for what no sensor sees."""
    # All sensors share a projection, in which they differ in their first pixel alone.
    x, y = visit.wcs(DETECTORS[0], size).sky_to_pixel(ra, dec)
    pitch = DETECTORS[0].offset(size.pixels)[0]
    half = size.pixels / 2
    deep = []
    for at in (x, y):
        place = np.clip(np.rint((at - half + 0.5) / pitch), 0, 2)
        deep.append(half - np.abs(at - half + 0.5 - place * pitch))
    return np.minimum(*deep)


def magnitudes(flux: Floats, error: Floats) -> tuple[Floats, Floats]:
    """AB magnitudes and their errors; NaN where the flux is not positive.

    Parameters
    ----------
    flux, error : `numpy.ndarray`
        Nanojansky.
    """
    magnitude = mag_of(flux)
    with np.errstate(divide="ignore", invalid="ignore"):
        uncertain = 2.5 / np.log(10) * np.asarray(error) / flux
    return magnitude, np.where(np.isnan(magnitude), np.nan, uncertain)


def digits(values: Floats, n: int, of: Floats | None = None) -> Floats:
    """Round to the digits that count: what is left compresses well.

    Parameters
    ----------
    values : `numpy.ndarray`
        Any; NaN and infinite ones stay so.
    n : `int`
        How many significant digits.
    of : `numpy.ndarray`, optional
        What they are digits of, such as the errors of ``values``; by default of the values.
    """
    values = np.asarray(values, float)
    scale = np.abs(values if of is None else np.asarray(of, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        decimals = n - 1 - np.floor(np.log10(scale))
        step = 10.0**decimals
        rounded = np.rint(values * step) / step
    return np.where(np.isfinite(rounded), rounded, values)


def degrees(pixels: Floats) -> Floats:
    """Degrees on the sky of pixels."""
    return np.asarray(pixels) * (PIXEL / 3600)
