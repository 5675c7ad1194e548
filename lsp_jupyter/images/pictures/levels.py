"""What becomes black and what white, and what happens between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.images.pictures.look import Look

    Floats = npt.NDArray[np.floating[Any]]
    Bytes = npt.NDArray[np.uint8]

__all__ = ["NO_DATA", "STRETCHES", "Levels"]

#: The level of pixels without a value; all others have levels from 1 to 255.
NO_DATA = 0

#: Steps between the limits; far more than a screen has, so that none is seen.
STEPS = 1 << 16

#: Part of the range that an asinh stretch shows linearly.
KNEE = 0.25

#: How much brighter than the first step a logarithmic stretch shows the last one.
DECADES = 1000.0

#: What is done to values between 0 and 1. “Equalised” follows the image itself.
STRETCHES: Mapping[str, Callable[[Floats], Floats] | None] = {
    "linear": lambda x: x,
    "sqrt": np.sqrt,
    "log": lambda x: np.log1p(DECADES * x) / np.log1p(DECADES),
    "asinh": lambda x: np.arcsinh(x / KNEE) / np.arcsinh(1 / KNEE),
    "equalised": None,
}


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The level of each value of one image, the same for all of its parts.

    Attributes
    ----------
    low, high : `float`
        Values of the darkest and of the brightest, in the image's unit.
    table : `numpy.ndarray` of ``uint8``
        The level of each step between them.
    """

    low: float
    high: float
    table: Bytes

    @classmethod
    def of(cls, sample: Floats, look: Look) -> Self:
        """The levels of an image.

        Parameters
        ----------
        sample : `numpy.ndarray`
            Pixels of all of it; those that are not finite are ignored.
        look : `Look`
            What is asked for.
        """
        finite = sample[np.isfinite(sample)].astype(np.float64)
        low, high = _limits(finite, look)
        stretch = STRETCHES[look.stretch]
        steps = np.linspace(0, 1, STEPS)
        if stretch is not None:
            shown = stretch(steps)
        else:
            # Each level gets as many pixels as any other.
            inside = np.sort(finite[(finite >= low) & (finite <= high)])
            values = low + (high - low) * steps
            shown = np.searchsorted(inside, values, "right") / max(1, inside.size)
        return cls(low, high, (1 + np.rint(254 * shown)).astype(np.uint8))

    def paint(self, array: Floats) -> Bytes:
        """The levels of pixels.

        Parameters
        ----------
        array : `numpy.ndarray`
            Values in the image's unit.

        Returns
        -------
        levels : `numpy.ndarray` of ``uint8``, of the same shape
            From 1 to 255; `NO_DATA` where the value is not a number.
        """
        scale = np.float32((STEPS - 1) / (self.high - self.low))
        steps = array.astype(np.float32)
        steps -= np.float32(self.low)
        steps *= scale
        np.clip(steps, 0, STEPS - 1, out=steps)
        empty = np.isnan(steps)
        steps[empty] = 0
        levels = self.table[steps.astype(np.uint16)]
        levels[empty] = NO_DATA
        return levels


def _limits(finite: npt.NDArray[np.float64], look: Look) -> tuple[float, float]:
    interval = look.interval
    if finite.size == 0:
        return 0.0, 1.0
    if isinstance(interval, tuple):
        return interval
    if isinstance(interval, float):
        outside = (100 - interval) / 2
        low, high = np.percentile(finite, [outside, 100 - outside])
    elif interval == "zscale":
        from astropy.visualization import ZScaleInterval

        low, high = ZScaleInterval().get_limits(finite)
    else:
        low, high = finite.min(), finite.max()
    # An image of one value is shown in one grey.
    return float(low), float(high) if high > low else float(low) + max(1e-6, abs(float(low)))
