"""Stars made as wide as those of another image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]

__all__ = ["blur"]


def blur(image: Image, sigma: float) -> Image:
    """Convolve an image with a round Gaussian; what lies beyond its edges is empty.

    Parameters
    ----------
    image : `numpy.ndarray`, shape ``(rows, columns)``
        Without NaN.
    sigma : `float`
        Standard deviation: pixels. The image stays as it is if it is less than a third.
    """
    if sigma < 1 / 3:
        return image
    reach = int(np.ceil(3.5 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    for _ in range(2):
        length = image.shape[0]
        padded = np.pad(image, ((reach, reach), (0, 0)))
        total = np.zeros_like(image)
        for start, weight in enumerate(kernel):
            total += weight * padded[start : start + length]
        image = np.ascontiguousarray(total.T)
    return image
