"""The detected objects of a tile as one band shows them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.measured.detection import Detections
from lsp_jupyter.demo.survey.measured.light import Moments
from lsp_jupyter.demo.survey.measured.photometry import Depth
from lsp_jupyter.demo.survey.observing.fields import BANDS

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Band"]

#: How much of its noise a fitted profile has in common with a fitted point of the same area: the
#: rest is that of the profile's own size.
COMMON = 0.95


@dataclass(frozen=True)
class Band:
    """One band of the coadds; arrays have one element for each object.

    Attributes
    ----------
    all : `Detections`
        The objects.
    place : `int`
        Number of the band in ``ugrizy``.
    """

    all: Detections
    place: int

    def __len__(self) -> int:
        return len(self.all)

    @property
    def name(self) -> str:
        """The band."""
        return BANDS[self.place]

    @property
    def depth(self) -> Depth:
        """Of its coadd."""
        return self.all.depths[self.place]

    @property
    def seen(self) -> Flags:
        """Whether there is any exposure."""
        return self.depth.seen

    @property
    def sigma(self) -> Floats:
        """Width of the point-spread function: pixels; NaN without exposures."""
        return self.depth.sigma

    @cached_property
    def kept(self) -> Floats:
        """The light that there is outside of saturated pixels: nanojansky."""
        return np.asarray(self.all.objects.flux[:, self.place] * self.all.kept[:, self.place])

    @cached_property
    def chance(self) -> Floats:
        """Noise of the fitted point in units of its error."""
        return self.all.chance[:, self.place]

    @cached_property
    def error(self) -> Floats:
        """Error of the fitted point's flux: nanojansky; NaN without exposures."""
        return self.all.error[:, self.place]

    @cached_property
    def flux(self) -> Floats:
        """Flux of a fitted point as measured: nanojansky; NaN without exposures."""
        return np.asarray(self.all.flux[:, self.place])

    @cached_property
    def signal(self) -> Floats:
        """What the fitted point's flux would be without noise, in units of its error; at least 1.

        0 without exposures.
        """
        signal = self.all.expected[:, self.place] / self.error
        return np.where(self.seen, np.fmax(signal, 1.0), 0.0)

    @cached_property
    def measurable(self) -> Flags:
        """Whether it is bright enough for shapes and places of its own."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.flux > 3 * self.error)

    @cached_property
    def saturated(self) -> Flags:
        """Whether its middle is."""
        return np.asarray(self.all.kept[:, self.place] < 1)

    @cached_property
    def area(self) -> Floats:
        """Noise-equivalent area of its light: pixels."""
        return self.all.light.area(self.sigma)

    @cached_property
    def model_error(self) -> Floats:
        """Error of the flux of a fitted profile: nanojansky."""
        return self.depth.model_error(self.kept, self.area)

    @cached_property
    def model_chance(self) -> Floats:
        """Noise of this flux in units of its error."""
        # As much as the profile and the point have in common, they have noise in common.
        fitted = self.all.fitted[:, self.place]
        common = fitted * np.sqrt(self.area / (4 * np.pi * self.sigma**2))
        return self.like(self.chance, COMMON * np.fmin(common, 1.0), "model")

    @cached_property
    def model_flux(self) -> Floats:
        """Flux of a fitted profile as measured: nanojansky."""
        return self.kept + self.model_error * self.model_chance

    @cached_property
    def moments(self) -> Moments:
        """Adaptive moments without noise."""
        return self.all.light.moments(self.sigma)

    def random(self, purpose: str) -> np.random.Generator:
        """A generator for something in this band."""
        return self.all.random(self.name, purpose)

    def normal(self, purpose: str) -> Floats:
        """Normal numbers of mean 0 and standard deviation 1."""
        return self.random(purpose).standard_normal(len(self))

    def share(self, purpose: str, part: float | Floats) -> Flags:
        """Whether what happens to a part of the objects by chance happens."""
        return np.asarray(self.random(purpose).random(len(self)) < part)

    def like(self, chance: Floats, common: float | Floats, purpose: str) -> Floats:
        """Normal numbers that correlate with others as ``common`` says."""
        own = np.sqrt(1 - np.asarray(common) ** 2)
        return np.asarray(common * chance + own * self.normal(purpose))
