"""Mask planes: which pixels are good for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.images.psf import Psf

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Image = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.int32]

__all__ = ["PLANES", "bit", "detect", "edge", "grow"]

#: Bits of the mask by the names that Rubin's images have in their headers (``MP_BAD = 0``).
PLANES: Mapping[str, int] = {
    "BAD": 0,
    "SAT": 1,
    "INTRP": 2,
    "CR": 3,
    "EDGE": 4,
    "DETECTED": 5,
    "DETECTED_NEGATIVE": 6,
    "SUSPECT": 7,
    "NO_DATA": 8,
    "INEXACT_PSF": 9,
    "SENSOR_EDGE": 10,
}

#: Signal, in units of its noise, of pixels that belong to a source.
THRESHOLD = 5.0


def bit(*names: str) -> np.int32:
    """The value of mask planes in the mask."""
    return np.int32(sum(1 << PLANES[name] for name in names))


def detect(mask: Mask, image: Image, variance: Image, psf: Psf, negative: bool = False) -> None:
    """Mark the pixels of sources: where the image, smoothed by its PSF, stands out of the noise.

    Parameters
    ----------
    mask : `numpy.ndarray`, shape ``(rows, columns)``
        Is changed: DETECTED, and DETECTED_NEGATIVE if asked for.
    image, variance : `numpy.ndarray`, shape ``(rows, columns)``
        The pixels; NaN where there are none.
    psf : `Psf`
        The image's.
    negative : `bool`, optional
        Whether to look for negative sources too, as in difference images.
    """
    # Seen in blocks of two by two pixels, sources are as clear, and it takes a quarter of the time.
    block = 2
    empty = np.isnan(image)
    smooth = _smoothed(
        _blocks(np.where(empty, 0, image), block).mean(axis=(1, 3)), psf.sigma / block
    )
    # The noise of a weighted mean over 4 pi sigma**2 pixels. What sources add to the variance
    # does not count: they are narrow, while depth changes over large parts of an image at once.
    coarse = 16
    quiet = _blocks(np.where(empty, np.inf, variance), coarse).min(axis=(1, 3))
    repeats = coarse // block
    limit = THRESHOLD * np.sqrt(quiet / psf.area)
    limit = np.repeat(np.repeat(limit, repeats, axis=0), repeats, axis=1)
    limit = limit[: smooth.shape[0], : smooth.shape[1]]
    reach = round(2.4 * psf.sigma / block)
    signs = (("DETECTED", 1), ("DETECTED_NEGATIVE", -1))
    for name, sign in signs if negative else signs[:1]:
        found = grow(sign * smooth > limit, reach)
        found = np.repeat(np.repeat(found, block, axis=0), block, axis=1)
        found = found[: mask.shape[0], : mask.shape[1]] & ~empty
        mask |= bit(name) * found


def _blocks(image: Image, side: int) -> Image:
    """Squares of pixels, shape ``(rows, side, columns, side)``; edges are repeated to fill them."""
    rows, columns = (-length % side for length in image.shape)
    if rows or columns:
        image = np.pad(image, ((0, rows), (0, columns)), "edge")
    high, wide = image.shape
    return image.reshape(high // side, side, wide // side, side)


def _smoothed(image: Image, sigma: float) -> Image:
    spectrum = np.fft.rfft2(image)
    factor = -2 * np.pi**2 * sigma**2
    spectrum *= np.exp(factor * np.fft.fftfreq(image.shape[0]) ** 2)[:, None]
    spectrum *= np.exp(factor * np.fft.rfftfreq(image.shape[1]) ** 2)
    return np.asarray(np.fft.irfft2(spectrum, s=image.shape))


def grow(flags: Flags, radius: int) -> Flags:
    """Flags and the pixels around them, in octagons.

    Parameters
    ----------
    flags : `numpy.ndarray` of `bool`, shape ``(rows, columns)``
        Is left as it is.
    radius : `int`
        How far: pixels.
    """
    grown = flags.copy()
    for step in range(radius):
        source = grown.copy()
        grown[1:] |= source[:-1]
        grown[:-1] |= source[1:]
        # Squares and diamonds in turn make octagons.
        if step % 2:
            source = grown.copy()
        grown[:, 1:] |= source[:, :-1]
        grown[:, :-1] |= source[:, 1:]
    return grown


def edge(mask: Mask, width: int) -> None:
    """Mark the pixels near the edges of an image as EDGE, where nothing is detected reliably."""
    value = bit("EDGE")
    for part in (mask[:width], mask[-width:], mask[:, :width], mask[:, -width:]):
        part |= value
