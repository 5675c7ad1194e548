"""Painting many small Gaussians into an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["Gaussians", "paint"]

#: Half widths of the squares in which Gaussians are evaluated: pixels. Anything wider is cut.
_REACHES = (3, 4, 5, 6, 8, 11, 15, 20, 27, 36, 48, 64, 90, 130, 200)

#: Half width up to which they are evaluated many at a time.
_MANY = 11

#: Pixels evaluated at once, so that intermediate arrays stay in the processor's cache.
_BATCH = 100_000

#: Values that are added to the image at once, so that few passes over it are made.
_SUMMED = 4_000_000


@dataclass(frozen=True, slots=True)
class Gaussians:
    """Elliptical Gaussians; arrays of one length.

    Attributes
    ----------
    x, y : `numpy.ndarray`
        Their centres: pixels counted from 0.
    flux : `numpy.ndarray`
        Their sums over all pixels.
    xx, xy, yy : `numpy.ndarray`
        Their second moments: pixels squared.
    """

    x: Floats
    y: Floats
    flux: Floats
    xx: Floats
    xy: Floats
    yy: Floats

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Gaussians:
        return Gaussians(
            self.x[which],
            self.y[which],
            self.flux[which],
            self.xx[which],
            self.xy[which],
            self.yy[which],
        )

    @classmethod
    def join(cls, *parts: Gaussians) -> Gaussians:
        """All of several."""
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("x", "y", "flux", "xx", "xy", "yy")
            )
        )


def paint(image: npt.NDArray[np.floating], gaussians: Gaussians, floor: float) -> None:
    """Add Gaussians to an image.

    Parameters
    ----------
    image : `numpy.ndarray`, shape ``(rows, columns)``
        Is changed. What falls outside is lost.
    gaussians : `Gaussians`
        What to add, sampled at the centres of pixels.
    floor : `float`
        Each is left off where it is below this, beyond 3 standard deviations; it is left out if
        it is below a tenth of it everywhere.
    """
    height = np.abs(gaussians.flux) / (
        2 * np.pi * np.sqrt(gaussians.xx * gaussians.yy - gaussians.xy**2)
    )
    seen = np.flatnonzero(height > floor / 10)
    gaussians, height = gaussians[seen], height[seen]
    extent = np.sqrt(np.clip(2 * np.log(height / floor), 3.0**2, 6.5**2))
    wide = extent * np.sqrt(np.maximum(gaussians.xx, gaussians.yy))
    reach = np.searchsorted(_REACHES, np.minimum(wide, _REACHES[-1]))
    made: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]] = []
    for number in np.unique(reach):
        half = _REACHES[number]
        part = gaussians[np.flatnonzero(reach == number)]
        if half > _MANY:
            for one in zip(part.x, part.y, *_quadratic(part), strict=True):
                _add_one(image, *one, half=half)
            continue
        step = _BATCH // (2 * half + 1) ** 2
        for start in range(0, len(part), step):
            if sum(len(place) for place, _ in made) > _SUMMED:
                _add(image, made)
            some = part[np.arange(start, min(start + step, len(part)))]
            made.append(_evaluate(some, half, image.shape))
    _add(image, made)


def _add(
    image: npt.NDArray[np.floating],
    made: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]],
) -> None:
    """Add values to pixels, and forget them."""
    if made:
        places, values = (np.concatenate(parts) for parts in zip(*made, strict=True))
        summed = np.bincount(places, values, image.size).reshape(image.shape)
        image += summed.astype(image.dtype)
        made.clear()


def _quadratic(gaussians: Gaussians) -> tuple[Floats, Floats, Floats, Floats]:
    """Heights of Gaussians, and the factors of dx**2, dx dy and dy**2 in their exponents."""
    determinant = gaussians.xx * gaussians.yy - gaussians.xy**2
    return (
        gaussians.flux / (2 * np.pi * np.sqrt(determinant)),
        -0.5 * gaussians.yy / determinant,
        gaussians.xy / determinant,
        -0.5 * gaussians.xx / determinant,
    )


def _add_one(
    image: npt.NDArray[np.floating],
    x: float,
    y: float,
    height: float,
    a: float,
    b: float,
    c: float,
    *,
    half: int,
) -> None:
    """Add one Gaussian, as `_quadratic` describes it."""
    rows, columns = image.shape
    left, right = max(0, round(x) - half), min(columns, round(x) + half + 1)
    low, high = max(0, round(y) - half), min(rows, round(y) + half + 1)
    if left >= right or low >= high:
        return
    dx = np.arange(left, right, dtype=np.float32) - np.float32(x)
    dy = (np.arange(low, high, dtype=np.float32) - np.float32(y))[:, None]
    value = dy * (np.float32(b) * dx)
    value += np.float32(a) * dx**2
    value += np.float32(c) * dy**2
    np.exp(value, out=value)
    value *= np.float32(height)
    image[low:high, left:right] += value


def _evaluate(
    gaussians: Gaussians, half: int, shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Values of Gaussians, each in a square of this half width.

    Returns
    -------
    place : `numpy.ndarray` of `int`, shape ``(m,)``
        The pixel of each value: its row times the columns plus its column.
    value : `numpy.ndarray` of ``float32``, shape ``(m,)``
        The values.
    """
    height, a, b, c = (each.astype(np.float32)[:, None] for each in _quadratic(gaussians))
    offsets = np.arange(-half, half + 1)
    columns = np.rint(gaussians.x).astype(np.intp)[:, None] + offsets
    rows = np.rint(gaussians.y).astype(np.intp)[:, None] + offsets
    dx = (columns - gaussians.x[:, None]).astype(np.float32)
    dy = (rows - gaussians.y[:, None]).astype(np.float32)
    # What is outside is added to the edge as nothing.
    high, wide = shape
    across = np.where((columns >= 0) & (columns < wide), a * dx**2, np.float32(-np.inf))
    along = np.where((rows >= 0) & (rows < high), c * dy**2, np.float32(-np.inf))
    if np.any(gaussians.xy):
        value = (b * dy)[:, :, None] * dx[:, None, :]
        value += across[:, None, :]
        value += along[:, :, None]
        np.exp(value, out=value)
        value *= height[:, :, None]
    else:
        value = (height * np.exp(along))[:, :, None] * np.exp(across)[:, None, :]
    rows, columns = np.clip(rows, 0, high - 1) * wide, np.clip(columns, 0, wide - 1)
    place = rows[:, :, None] + columns[:, None, :]
    return place.reshape(-1), value.reshape(-1)
