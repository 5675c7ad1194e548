"""One exposure's look at some positions: where they fall, and how well points are measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.id_draws import normal
from lsp_jupyter.demo.survey.images.coadd import coadd_visits
from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.measured.photometry import OWN
from lsp_jupyter.demo.survey.observing.camera import DETECTORS, SATURATION
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.sizes import Size

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Sky

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Look", "Template", "field_visits", "look"]

#: Part of the light of a point in the pixel it is centred on, times the square of `Psf.sigma`.
_PEAK = Psf(1.0).peak


@lru_cache(maxsize=64)
def _visits(size: Size, seed: int, name: str) -> tuple[Visit, ...]:
    return tuple(visit for visit in schedule(size, seed) if visit.field.name == name)


def field_visits(sky: Sky, name: str) -> tuple[Visit, ...]:
    """The exposures of the field of a name, in order of time."""
    return _visits(sky.size, sky.seed, name)


@dataclass(frozen=True, slots=True)
class Look:
    """Those of some positions that an exposure sees; arrays of one length.

    Attributes
    ----------
    visit : `Visit`
        The exposure.
    index : `numpy.ndarray` of `int`
        Which of the positions.
    detector : `numpy.ndarray` of `int`
        On which detector each is.
    x, y : `numpy.ndarray`
        Where on it: pixels, counted from 0.
    """

    visit: Visit
    index: Integers
    detector: Integers
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, chosen: npt.NDArray[np.generic]) -> Look:
        """Some of them."""
        return Look(
            self.visit, self.index[chosen], self.detector[chosen], self.x[chosen], self.y[chosen]
        )

    @property
    def area(self) -> float:
        """Noise-equivalent area of a point: pixels."""
        return float(4 * np.pi * self.visit.psf_sigma**2)

    @property
    def photons(self) -> float:
        """What a nanojansky adds to the variance, in units of that of an empty pixel."""
        return 1 / (self.visit.noise**2 * self.visit.electrons)

    def error(self, flux: Floats, area: float | Floats | None = None) -> Floats:
        """Error of the flux of a fitted profile: nanojansky.

        Parameters
        ----------
        flux : `numpy.ndarray`
            How bright it is: nanojansky.
        area : `numpy.ndarray` or `float`, optional
            Noise-equivalent area of the profile; that of a point if not given: pixels.
        """
        area = self.area if area is None else area
        own = OWN * self.photons * np.maximum(flux, 0)
        return np.asarray(self.visit.noise * np.sqrt(area + own))

    def fullness(self, flux: Floats) -> Floats:
        """Light in the brightest pixel of points, in units of what saturates it."""
        electrons = flux * self.visit.electrons * _PEAK / self.visit.psf_sigma**2
        return np.asarray((electrons + self.visit.sky) / SATURATION)

    def noise(self, seed: int, ids: Integers) -> Floats:
        """The noise of the pixels under points, in units of the error of their flux.

        Whatever table it is for: all that is measured there has the same noise.

        Parameters
        ----------
        seed : `int`
            Of the survey.
        ids : `numpy.ndarray` of `int`
            What the points are.
        """
        return normal(seed, f"noise of {self.visit.id}", ids)


def look(visit: Visit, ra: Floats, dec: Floats, size: Size) -> Look:
    """Find those of some positions that an exposure sees.

    Parameters
    ----------
    visit : `Visit`
        The exposure.
    ra, dec : `numpy.ndarray`, shape ``(n,)``
        Degrees, ICRS.
    size : `Size`
        Of the survey.
    """
    # All detectors share a projection, in which they differ in their first pixel alone.
    x, y = visit.wcs(DETECTORS[0], size).sky_to_pixel(ra, dec)
    pitch = DETECTORS[0].offset(size.pixels)[0]
    middle = (size.pixels - 1) / 2
    column, row = (np.clip(np.rint((at - middle) / pitch), 0, 2) for at in (x, y))
    x, y = x - column * pitch, y - row * pitch
    # Off the plane the coordinates are NaN, and never inside.
    with np.errstate(invalid="ignore"):
        inside = (np.abs(x - middle) < size.pixels / 2) & (np.abs(y - middle) < size.pixels / 2)
    index = np.flatnonzero(inside)
    detector = (3 * row[index] + column[index]).astype(np.int64)
    return Look(visit, index, detector, x[index], y[index])


class Template:
    """What is subtracted from the exposures of a field in a band, at some positions.

    Parameters
    ----------
    sky : `Sky`
        The truth.
    name : `str`
        Of the field.
    band : `str`
        One of ``ugrizy``.
    ids : `numpy.ndarray` of `int`, shape ``(n,)``
        What is at the positions.
    ra, dec : `numpy.ndarray`, shape ``(n,)``
        Degrees, ICRS.

    Attributes
    ----------
    variance : `numpy.ndarray`, shape ``(n,)``
        Of an empty pixel: square nanojansky; infinite where there is no template.
    noise : `numpy.ndarray`, shape ``(n,)``
        The noise of the pixels under a point, in units of the error of its flux.
    """

    def __init__(
        self, sky: Sky, name: str, band: str, ids: Integers, ra: Floats, dec: Floats
    ) -> None:
        field = field_visits(sky, name)[0].field
        weight, photons = np.zeros((2, len(ids)))
        for visit in coadd_visits("template_coadd", field, band, sky.size, sky.seed):
            seen = look(visit, ra, dec, sky.size)
            weight[seen.index] += visit.noise**-2
            photons[seen.index] += visit.noise**-4 / visit.electrons
        with np.errstate(divide="ignore"):
            self.variance: Floats = 1 / weight
        self._photons = photons / np.where(weight > 0, weight, 1.0) ** 2
        self.noise = normal(sky.seed, f"noise of template {band}", ids)

    def error(self, flux: Floats, seen: Look) -> Floats:
        """Error of the flux of points on the template as it is matched to an exposure.

        Parameters
        ----------
        flux : `numpy.ndarray`, shape ``(m,)``
            How bright they are in the template: nanojansky.
        seen : `Look`
            Those of the positions that the exposure sees.

        Returns
        -------
        error : `numpy.ndarray`, shape ``(m,)``
            Nanojansky; infinite where there is no template.
        """
        empty, own = self.variance[seen.index], self._photons[seen.index]
        return np.asarray(np.sqrt(seen.area * empty + OWN * own * np.maximum(flux, 0)))
