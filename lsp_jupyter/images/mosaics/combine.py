"""Several images of the same pixels made one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.images.mosaics.resample import Resampled

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.int32]

__all__ = ["COMBINATIONS", "Combination", "weight_of"]

#: Ways to make one value of several.
COMBINATIONS = ("weighted", "mean", "median")

#: Rows of a mosaic whose medians are found at once.
_STRIPE = 64


def weight_of(variance: Image) -> float:
    """The weight of an image: one over the variance of its sky.

    One weight for all of its pixels: that of a pixel alone is the smaller the brighter it is,
    which makes stars faint.
    """
    known = variance[np.isfinite(variance) & (variance > 0)]
    return float(1 / np.median(known)) if known.size else 0.0


class Combination:
    """The mean, weighted or not, or the median of images that are given one after another.

    Parameters
    ----------
    shape : pair of `int`
        Rows and columns.
    how : `str`
        One of `COMBINATIONS`.
    images : `int`
        How many there will be at most.
    scratch : `~pathlib.Path`
        Folder for what does not fit into the memory; for medians alone.
    """

    def __init__(self, shape: tuple[int, int], how: str, images: int, scratch: Path) -> None:
        self._how = how
        self._total = np.zeros(shape, np.float32)
        self._weights = np.zeros(shape, np.float32)
        self._variance = np.zeros(shape, np.float32)
        self._stack: Any = None
        if how == "median":
            self._stack = np.lib.format.open_memmap(
                scratch / "stack.npy", "w+", np.float32, (images, *shape)
            )
            self._stack[:] = np.nan
        self.mask: Mask = np.zeros(shape, np.int32)
        self.number: npt.NDArray[np.int16] = np.zeros(shape, np.int16)

    def add(self, index: int, part: Resampled, weight: float, exclude: int = 0) -> int:
        """Add some rows of an image.

        Parameters
        ----------
        index : `int`
            Which image it is, counted from 0.
        part : `Resampled`
            Its pixels.
        weight : `float`
            How much it counts, where that matters.
        exclude : `int`
            Bits of its mask; pixels that have one of them are left out.

        Returns
        -------
        pixels : `int`
            How many of its pixels count.
        """
        used = np.isfinite(part.image) & (part.mask & exclude == 0)
        if self._how == "weighted":
            used &= np.isfinite(part.variance)
        else:
            weight = 1.0
        place = part.box.slices
        value = np.float32(weight)
        if self._stack is not None:
            self._stack[index][place] = np.where(used, part.image, np.nan)
        unused = ~used
        image, variance, mask = part.image * value, part.variance * (value * value), part.mask
        image[unused] = 0
        variance[unused] = 0
        self._total[place] += image
        self._variance[place] += variance
        self._weights[place] += used * value
        self.mask[place] |= mask * used
        self.number[place] += used
        return int(np.count_nonzero(used))

    def done(self) -> tuple[Image, Image]:
        """The image and its variance: NaN where there is nothing."""
        weights = np.where(self.number > 0, self._weights, np.float32(np.nan))
        variance = np.asarray(self._variance / (weights * weights), np.float32)
        if self._stack is None:
            return np.asarray(self._total / weights, np.float32), variance
        image = np.full_like(self._total, np.nan)
        for first in range(0, len(image), _STRIPE):
            rows = slice(first, first + _STRIPE)
            layers = np.sort(self._stack[:, rows], axis=0)
            number = self.number[rows].astype(np.intp)
            # Values that are none are sorted to the end.
            low, high = ((np.maximum(number - k, 0) // 2)[None] for k in (1, 0))
            middle = [np.take_along_axis(layers, one, 0)[0] for one in (low, high)]
            image[rows] = np.where(number > 0, (middle[0] + middle[1]) / 2, np.nan)
        # Of many values with normal errors the median has π/2 times the variance of the mean.
        variance[self.number > 2] *= np.float32(np.pi / 2)
        return image, variance
