"""The point-spread function: a family of one parameter, written as a sum of round Gaussians."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["Psf"]

#: Parts of the flux, and standard deviations relative to one another. The first three are a fit
#: to a Moffat profile of index 4.765, that of turbulent air (Trujillo et al. 2001), to 0.1 % of
#: the flux within any radius; the last is the aureole of optics and dust.
_WEIGHTS = np.array([0.2853, 0.5959, 0.1188, 0.0200])
_WIDTHS = np.array([0.2756, 0.4118, 0.6912, 2.5000])
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def _area(weights: Floats, widths: Floats) -> float:
    """The noise-equivalent area: one over the integral of the square."""
    pairs = weights[:, None] * weights / (widths[:, None] ** 2 + widths**2)
    return float(2 * np.pi / pairs.sum())


# Scaled so that a width of 1 has the noise-equivalent area of a Gaussian of standard deviation 1.
_WIDTHS = _WIDTHS * (4 * np.pi / _area(_WEIGHTS, _WIDTHS)) ** 0.5


@dataclass(frozen=True)
class Psf:
    """How a point is spread over pixels, their own size included.

    Attributes
    ----------
    sigma : `float`
        Standard deviation of the Gaussian that has as large a noise-equivalent area (4 pi
        sigma**2), the width that depths and "effective seeing" are about: pixels.
    """

    sigma: float

    @property
    def weights(self) -> Floats:
        """The Gaussians' parts of the flux, shape ``(4,)``; their sum is 1."""
        return _WEIGHTS

    @cached_property
    def widths(self) -> Floats:
        """Their standard deviations, shape ``(4,)``, ascending: pixels."""
        return _WIDTHS * self.sigma

    @property
    def area(self) -> float:
        """Noise-equivalent area: pixels."""
        return float(4 * np.pi * self.sigma**2)

    @property
    def fwhm(self) -> float:
        """Full width at half maximum: pixels."""
        return 2 * _HALF * self.sigma

    @property
    def peak(self) -> float:
        """Part of the flux in the pixel on which a source is centred."""
        return float(self(np.zeros(1))[0])

    def __call__(self, radius: Floats) -> Floats:
        """Flux in a pixel, as a part of all, at distances from the centre in pixels."""
        square = np.asarray(radius)[..., None] ** 2
        height = self.weights / (2 * np.pi * self.widths**2)
        return np.asarray((height * np.exp(-square / (2 * self.widths**2))).sum(axis=-1))

    def within(self, radius: Floats) -> Floats:
        """The part of the flux within circles of these radii in pixels."""
        square = np.asarray(radius)[..., None] ** 2
        return np.asarray(1 - (self.weights * np.exp(-square / (2 * self.widths**2))).sum(axis=-1))

    def image(self, side: int, x: float = 0.0, y: float = 0.0) -> Floats:
        """What a source of flux 1 looks like.

        Parameters
        ----------
        side : `int`
            Rows and columns, odd.
        x, y : `float`
            Where it is, from the centre of the middle pixel: pixels.
        """
        at = np.arange(side) - side // 2
        return self(np.hypot((at - y)[:, None], at - x))

    def transfer(self, shape: tuple[int, int], sharpness: float) -> Floats:
        """What turns the Fourier transform of narrow Gaussians into that of an image.

        Parameters
        ----------
        shape : `tuple` of two `int`
            Rows and columns of the image.
        sharpness : `float`
            Standard deviation of the narrow Gaussians, no larger than that of the narrowest of
            `widths`: pixels.

        Returns
        -------
        transfer : `numpy.ndarray`, shape ``(rows, columns // 2 + 1)``
            As `numpy.fft.rfft2` orders frequencies.
        """
        excess = -2 * np.pi**2 * (self.widths**2 - sharpness**2)
        rows = np.exp(excess * np.fft.fftfreq(shape[0])[:, None] ** 2)
        columns = np.exp(excess * np.fft.rfftfreq(shape[1])[:, None] ** 2)
        # A product of matrices this thin is quicker without the threads of linear algebra.
        made = np.zeros((len(rows), len(columns)))
        for row, column, weight in zip(rows.T, columns.T, self.weights, strict=True):
            made += np.multiply.outer(weight * row, column)
        return made


def _half() -> float:
    """Radius at which a function of width 1 has half its peak."""
    low, high = 0.0, 4.0
    unit = Psf(1.0)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if unit(np.array(middle)) > unit.peak / 2 else (low, middle)
    return low


_HALF = _half()
