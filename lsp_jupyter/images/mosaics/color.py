"""Colour pictures of three images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.images.pictures.levels import Levels
from lsp_jupyter.images.pictures.look import Look

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]
    Colors = npt.NDArray[np.uint8]

__all__ = ["COMPOSITIONS", "composed", "sky_noise"]

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


def composed(
    bands: Sequence[Image],
    how: str,
    *,
    balance: Sequence[float] = (1.0, 1.0, 1.0),
    softness: float = 8.0,
    look: Look | None = None,
) -> Colors:
    """One colour picture of three images.

    Parameters
    ----------
    bands : three `numpy.ndarray`, shape ``(rows, columns)``
        Red, green and blue. Where one has no value, it has no light.
    how : `str`
        One of `COMPOSITIONS`.
    balance : three `float`
        What each is multiplied by.
    softness : `float`
        How strongly ``lupton`` compresses bright parts: their Q.
    look : `Look`, optional
        Limits and stretch of the others.

    Returns
    -------
    colors : `numpy.ndarray` of ``uint8``, shape ``(rows, columns, 3)``
        Red, green and blue.
    """
    light = np.stack(
        [band * np.float32(factor) for band, factor in zip(bands, balance, strict=True)], axis=-1
    )
    look = look or Look()
    if how == "separate":
        planes = [Levels.of(light[..., k], look).paint(light[..., k]) for k in range(3)]
        return np.stack(planes, axis=-1)
    empty = ~np.isfinite(light).any(axis=-1)
    np.nan_to_num(light, copy=False, posinf=0, neginf=0)
    if how == "hue":
        # Lifted above the noise, so that the sky is grey and not of all colours.
        noises = [sky_noise(np.where(empty, np.nan, light[..., k])) for k in range(3)]
        light += np.float32(LIFT * max(noises))
        np.clip(light, 0, None, out=light)
        brightest = light.max(axis=-1)
        levels = Levels.of(np.where(empty, np.nan, brightest), look)
        shown = levels.paint(brightest).astype(np.float32)
        light *= (shown / np.maximum(brightest, np.float32(1e-30)))[..., None]
    else:
        mean = light.mean(axis=-1)
        knee = np.float32(KNEE * sky_noise(np.where(empty, np.nan, mean)))
        mean = np.maximum(mean / knee, np.float32(1e-6))
        soft = np.float32(softness)
        light *= (np.arcsinh(soft * mean) / (soft * mean * knee))[..., None]
        np.clip(light, 0, None, out=light)
        # Where a colour is too bright all three are dimmed, so that the hue stays.
        light *= 255 / np.maximum(light.max(axis=-1), 1)[..., None]
    light[empty] = 0
    return np.asarray(np.rint(np.clip(light, 0, 255)), np.uint8)
