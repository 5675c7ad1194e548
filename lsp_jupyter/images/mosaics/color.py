"""Colour pictures of three images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from lsp_jupyter.images.pictures.levels import Levels
from lsp_jupyter.images.pictures.look import Look

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]
    Colors = npt.NDArray[np.uint8]
    Empty = npt.NDArray[np.bool_]

__all__ = ["COMPOSITIONS", "Composition", "composed", "sky_noise"]

#: Ways to make colours: all three dimmed alike, as Lupton et al. (2004) do or by any stretch of
#: the brightest, or each stretched for itself.
COMPOSITIONS = ("lupton", "hue", "separate")

#: How many times the noise of the sky is where the stretch of Lupton et al. turns from linear
#: to logarithmic.
KNEE = 5.0

#: How many times the noise of the sky all bands are lifted where the hue is kept.
LIFT = 8.0


def sky_noise(image: Image) -> float:
    """The standard deviation of an image's sky, from pixels of which most are empty."""
    finite = image[np.isfinite(image)][::3]
    if finite.size == 0:
        return 1.0
    # Sources only brighten: what is below the median is noise.
    low, middle = np.quantile(finite, [0.1587, 0.5])
    return max(float(middle - low), 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """How three images become colours: the same for all of their parts.

    Attributes
    ----------
    how : `str`
        One of `COMPOSITIONS`.
    balance : three `float`
        What red, green and blue are multiplied by.
    softness : `float`
        How strongly ``lupton`` compresses bright parts: their Q.
    knee : `float`
        Of ``lupton``: where it turns from linear to logarithmic.
    lift : `float`
        Of ``hue``: what all bands are lifted by, so that the sky is grey and not of all colours.
    levels : `tuple` of `Levels`
        Of ``hue`` those of the brightest band, of ``separate`` those of each.
    """

    how: str
    balance: tuple[float, float, float]
    softness: float
    knee: float = 1.0
    lift: float = 0.0
    levels: tuple[Levels, ...] = ()

    @classmethod
    def of(
        cls,
        sample: Sequence[Image],
        how: str,
        *,
        balance: Sequence[float] = (1.0, 1.0, 1.0),
        softness: float = 8.0,
        look: Look | None = None,
    ) -> Self:
        """How images like these are shown.

        Parameters
        ----------
        sample : three `numpy.ndarray`, shape ``(rows, columns)``
            Red, green and blue of one part of the sky. Where one has no value, it has no light.
        how, balance, softness
            As above.
        look : `Look`, optional
            Limits and stretch of ``hue`` and ``separate``.
        """
        red, green, blue = balance
        look = look or Look()
        light = _light(sample, balance)
        if how == "separate":
            planes = tuple(Levels.of(light[..., k], look) for k in range(3))
            return cls(how, (red, green, blue), softness, levels=planes)
        empty = ~np.isfinite(light).any(axis=-1)
        np.nan_to_num(light, copy=False, posinf=0, neginf=0)
        if how == "hue":
            noises = [sky_noise(np.where(empty, np.nan, light[..., k])) for k in range(3)]
            lift = LIFT * max(noises)
            brightest = np.clip(light + np.float32(lift), 0, None).max(axis=-1)
            levels = Levels.of(np.where(empty, np.nan, brightest), look)
            return cls(how, (red, green, blue), softness, lift=lift, levels=(levels,))
        knee = KNEE * sky_noise(np.where(empty, np.nan, light.mean(axis=-1)))
        return cls(how, (red, green, blue), softness, knee=knee)

    def paint(self, bands: Sequence[Image]) -> tuple[Colors, Empty]:
        """The colours of three images.

        Parameters
        ----------
        bands : three `numpy.ndarray`, shape ``(rows, columns)``
            Red, green and blue.

        Returns
        -------
        colors : `numpy.ndarray` of ``uint8``, shape ``(rows, columns, 3)``
            Red, green and blue.
        empty : `numpy.ndarray` of `bool`, shape ``(rows, columns)``
            Where no band has a value.
        """
        light = _light(bands, self.balance)
        empty = np.asarray(~np.isfinite(light).any(axis=-1))
        if self.how == "separate":
            planes = [levels.paint(light[..., k]) for k, levels in enumerate(self.levels)]
            return np.stack(planes, axis=-1), empty
        np.nan_to_num(light, copy=False, posinf=0, neginf=0)
        if self.how == "hue":
            light += np.float32(self.lift)
            np.clip(light, 0, None, out=light)
            brightest = light.max(axis=-1)
            shown = self.levels[0].paint(brightest).astype(np.float32)
            light *= (shown / np.maximum(brightest, np.float32(1e-30)))[..., None]
        else:
            mean = np.maximum(light.mean(axis=-1) / np.float32(self.knee), np.float32(1e-6))
            soft = np.float32(self.softness)
            light *= (np.arcsinh(soft * mean) / (soft * mean * np.float32(self.knee)))[..., None]
            np.clip(light, 0, None, out=light)
            # Where a colour is too bright all three are dimmed, so that the hue stays.
            light *= 255 / np.maximum(light.max(axis=-1), 1)[..., None]
        light[empty] = 0
        return np.asarray(np.rint(np.clip(light, 0, 255)), np.uint8), empty


def composed(
    bands: Sequence[Image],
    how: str,
    *,
    balance: Sequence[float] = (1.0, 1.0, 1.0),
    softness: float = 8.0,
    look: Look | None = None,
) -> Colors:
    """One colour picture of three images; see `Composition`."""
    made = Composition.of(bands, how, balance=balance, softness=softness, look=look)
    return made.paint(bands)[0]


def _light(bands: Sequence[Image], balance: Sequence[float]) -> Image:
    return np.stack(
        [band * np.float32(factor) for band, factor in zip(bands, balance, strict=True)], axis=-1
    )
