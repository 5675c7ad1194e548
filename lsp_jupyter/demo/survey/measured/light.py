"""How the light of objects is spread behind the point-spread function, as sums of Gaussians."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.images.profiles import BULGE, DISK
from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.sizes import PIXEL
from lsp_jupyter.demo.survey.truth.sky import Objects

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["FOURTH", "PSF", "SHARPNESS", "TWO_GAUSSIANS", "Light", "Moments"]

#: The point-spread function of width 1; all others are as wide as their ``sigma`` says.
PSF = Psf(1.0)

#: Two round Gaussians that fit it within 0.6 % of its height: the first one's part of the flux,
#: and the widths.
TWO_GAUSSIANS = (0.5714, 0.7878, 1.3831)

#: Two that have the same adaptive moments as it.
_CORE = (0.5714, 0.7845, 1.3772)

#: Steps until adaptive moments no longer change.
_STEPS = 6


@dataclass(frozen=True, slots=True)
class Moments:
    """Adaptive moments: those of the best fitting Gaussian (Bernstein & Jarvis 2002, AJ 123, 583).

    Attributes
    ----------
    major, minor : `numpy.ndarray`, shape ``(n,)``
        Variances along the axes: pixels squared.
    fourth : `numpy.ndarray`, shape ``(n,)``
        Weighted mean of the fourth power of a coordinate in units of the fitted width; 3/4 for a
        Gaussian.
    """

    major: Floats
    minor: Floats
    fourth: Floats


@dataclass(frozen=True, slots=True)
class Light:
    """The light of objects as concentric Gaussians, before the point-spread function.

    Attributes
    ----------
    weights : `numpy.ndarray`, shape ``(k, n)``
        Parts of the flux; their sum is 1.
    major, minor : `numpy.ndarray`, shape ``(k, n)``
        Variances along the axes: pixels squared. 0 for points.
    """

    weights: Floats
    major: Floats
    minor: Floats

    @classmethod
    def of(cls, objects: Objects) -> Light:
        """That of stars and galaxies."""
        parts = (
            (DISK, 1 - objects.bulge, objects.disk_radius),
            (BULGE, objects.bulge, objects.bulge_radius),
        )
        weights = np.concatenate([np.multiply.outer(one.weights, part) for one, part, _ in parts])
        major = np.concatenate(
            [np.multiply.outer(one.widths, radius / PIXEL) ** 2 for one, _, radius in parts]
        )
        return cls(weights, major, major * objects.axis_ratio**2)

    def __getitem__(self, chosen: npt.NDArray[np.generic]) -> Light:
        """That of some of the objects."""
        return Light(self.weights[:, chosen], self.major[:, chosen], self.minor[:, chosen])

    def fitted(self, sigma: Floats) -> Floats:
        """The part of the flux that a fit of the point-spread function finds.

        Parameters
        ----------
        sigma : `numpy.ndarray`, shape ``(n,)``
            Width of the point-spread function: pixels.
        """
        found = np.zeros(len(sigma))
        widths = PSF.widths
        for k, first in enumerate(PSF.weights):
            for m, second in enumerate(PSF.weights[: k + 1]):
                both = (widths[k] ** 2 + widths[m] ** 2) * sigma**2
                height = (self.weights / np.sqrt((both + self.major) * (both + self.minor))).sum(0)
                found += (1 if k == m else 2) * first * second * height
        # In units of what a point has.
        return np.asarray(found * 2 * sigma**2)

    def within(self, radius: Floats, sigma: Floats) -> Floats:
        """The part of the flux in a circle.

        Parameters
        ----------
        radius : `numpy.ndarray`
            Pixels.
        sigma : `numpy.ndarray`, shape ``(n,)``
            Width of the point-spread function: pixels.
        """
        half = -0.5 * np.asarray(radius, float) ** 2
        outside = np.zeros(len(sigma))
        for weight, width in zip(PSF.weights, PSF.widths, strict=True):
            narrow = (width * sigma) ** 2
            # A circle of the same area stands for an ellipse.
            square = np.sqrt((narrow + self.major) * (narrow + self.minor))
            outside += weight * (self.weights * np.exp(half / square)).sum(0)
        return np.asarray(1 - outside)

    def weighed(self, aperture: Floats) -> Floats:
        """The part of the flux under a Gaussian of height 1, as if there were no blurring.

        Parameters
        ----------
        aperture : `numpy.ndarray`
            Its standard deviation: pixels.
        """
        square = np.asarray(aperture, float) ** 2
        parts = self.weights / np.sqrt((1 + self.major / square) * (1 + self.minor / square))
        return np.asarray(parts.sum(0))

    def area(self, sigma: Floats) -> Floats:
        """Noise-equivalent area behind a point-spread function of a width: pixels."""
        total = np.zeros(len(sigma))
        for k in range(len(self.weights)):
            major = 2 * sigma**2 + self.major[k] + self.major[: k + 1]
            minor = 2 * sigma**2 + self.minor[k] + self.minor[: k + 1]
            twice = np.full((k + 1, 1), 2.0)
            twice[k] = 1
            pairs = twice * self.weights[k] * self.weights[: k + 1] / np.sqrt(major * minor)
            total += pairs.sum(0)
        return np.asarray(2 * np.pi / total)

    def mean_radius(self, sigma: Floats) -> Floats:
        """Mean distance of the light from the centre (Kron 1980, ApJS 43, 305): pixels."""
        radius = np.zeros(len(sigma))
        for weight, width in zip(PSF.weights, PSF.widths, strict=True):
            square = (width * sigma) ** 2 + (self.major + self.minor) / 2
            radius += weight * (self.weights * np.sqrt(np.pi / 2 * square)).sum(0)
        return radius

    def moments(self, sigma: Floats) -> Moments:
        """Adaptive moments behind a point-spread function of a width in pixels."""
        spread = np.flatnonzero(self.major.any(axis=0))
        some = self[spread]
        fitted = _adaptive(*_blurred(some.weights, some.major, some.minor, sigma[spread]))
        point = (SHARPNESS * sigma) ** 2
        values = point, point.copy(), np.full(len(sigma), FOURTH)
        for all_of_them, those in zip(values, fitted, strict=True):
            all_of_them[spread] = those
        return Moments(*values)


def _blurred(
    weights: Floats, major: Floats, minor: Floats, sigma: Floats
) -> tuple[Floats, Floats, Floats]:
    """The Gaussians behind the two of the point-spread function."""
    share, *widths = _CORE
    squares = [(width * sigma) ** 2 for width in widths]
    return (
        np.concatenate([share * weights, (1 - share) * weights]),
        np.concatenate([square + major for square in squares]),
        np.concatenate([square + minor for square in squares]),
    )


def _adaptive(weights: Floats, major: Floats, minor: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit a Gaussian to a sum of them, arrays of shape ``(k, n)``; returns `Moments`."""
    a, b = (weights * major).sum(0), (weights * minor).sum(0)
    # Wings carry much of the mean and little of the fit: begin near the middle.
    a, b = np.minimum(a, 4 * major[0]), np.minimum(b, 4 * minor[0])
    for _ in range(_STEPS):
        heights = weights / np.sqrt((major + a) * (minor + b))
        heights /= heights.sum(0)
        # Twice the step that a sum of equal Gaussians would take ends where they all agree.
        a = _further(a, 2 * a * (heights * major / (major + a)).sum(0))
        b = _further(b, 2 * b * (heights * minor / (minor + b)).sum(0))
    heights = weights / np.sqrt((major + a) * (minor + b))
    shrunk = np.sqrt(major * minor / ((major + a) * (minor + b)))
    fourth = 3 * (heights * shrunk**2).sum(0) / heights.sum(0)
    return np.maximum(a, b), np.minimum(a, b), fourth


def _further(old: Floats, new: Floats) -> Floats:
    return np.maximum(2 * new - old, 0.3 * old)


_POINT = np.zeros((1, 1))
_OWN = _adaptive(*_blurred(np.ones((1, 1)), _POINT, _POINT, np.ones(1)))

#: Adaptive width of the point-spread function in units of its `Psf.sigma`, and its fourth moment.
SHARPNESS = float(_OWN[0][0]) ** 0.5
FOURTH = float(_OWN[2][0])
