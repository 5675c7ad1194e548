"""Colours of tiles: the same everywhere on the sky, so that none is seen to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]

__all__ = ["SOLAR", "color_bands", "color_image", "color_scales", "noise"]

#: Flux of the Sun in each band for one in r (absolute AB magnitudes of Willmer 2018).
SOLAR: Mapping[str, float] = {
    "u": 0.22,
    "g": 0.68,
    "r": 1.0,
    "i": 1.12,
    "z": 1.14,
    "y": 1.14,
}

#: How much brighter than the noise the stretch turns from linear to logarithmic.
KNEE = 20.0

#: How strongly bright parts are compressed (the Q of Lupton et al. 2004).
SOFTENING = 8.0


def color_bands(bands: str) -> tuple[str, str, str]:
    """The bands for red, green and blue: as near to i, r and g as a field has them.

    Parameters
    ----------
    bands : `str`
        Those it was observed in.
    """
    red = next((band for band in "izy" if band in bands), bands[-1])
    green = "r" if "r" in bands else bands[len(bands) // 2]
    blue = "g" if "g" in bands else bands[0]
    return red, green, blue


def noise(image: Image) -> float:
    """Standard deviation of the sky of an image, from pixels of which most are empty."""
    part = image[::3, ::3]
    part = part[np.isfinite(part)]
    # Sources only brighten: the half below the median is the noise's.
    low, middle = np.quantile(part, [0.1587, 0.5])
    return float(middle - low)


def color_scales(bands: str, noises: Sequence[float]) -> tuple[float, float, float]:
    """Scales for `color_image` that make stars like the Sun white.

    Parameters
    ----------
    bands : `str`
        Those of red, green and blue.
    noises : sequence of three `float`
        Noise of their images, which share a unit of flux.
    """
    suns = [SOLAR[band] for band in bands]
    knee = KNEE * sum(noise / sun for noise, sun in zip(noises, suns, strict=True)) / 3
    red, green, blue = (knee * sun for sun in suns)
    return red, green, blue


def color_image(
    bands: tuple[Image, Image, Image], scales: tuple[float, float, float]
) -> npt.NDArray[np.uint8]:
    """One picture of three images, colours kept however bright (Lupton et al. 2004).

    Parameters
    ----------
    bands : three `numpy.ndarray`, shape ``(rows, columns)``
        Red, green and blue. NaN becomes black.
    scales : three `float`
        What each is divided by. Where the quotient is about 1 the stretch turns from linear to
        logarithmic.

    Returns
    -------
    picture : `numpy.ndarray` of ``uint8``, shape ``(rows, columns, 3)``
        Its first row is the first of the images.
    """
    picture = np.stack(
        [image / np.float32(scale) for image, scale in zip(bands, scales, strict=True)],
        axis=-1,
    )
    np.nan_to_num(picture, copy=False)
    mean = np.maximum(picture.mean(axis=-1), np.float32(1e-6))
    # The sky stays a dark grey, so that its noise is seen.
    bright = np.arcsinh(SOFTENING * mean) / np.float32(SOFTENING)
    picture *= (0.75 * bright / mean)[..., None]
    picture += np.float32(0.05)
    # Where a colour is too bright all three are dimmed, so that the hue stays.
    picture /= np.maximum(picture.max(axis=-1), 1.0)[..., None]
    np.clip(picture, 0, 1, out=picture)
    return (picture * np.float32(255)).astype(np.uint8)
