"""Figures among the pixels of an image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.butler.box import Box

if TYPE_CHECKING:
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]

__all__ = ["Figure"]

#: How many numbers each figure has; a polygon has two for each corner.
_NUMBERS = {"circle": (3,), "ellipse": (4, 5), "box": (4, 5)}
_CORNERS = 10_000
_FORMS = "circle x y r, ellipse x y a b angle, box x y width height angle, polygon x y x y x y"


@dataclass(frozen=True, slots=True)
class Figure:
    """A part of an image, in pixels: the middle of the first is 0, 0.

    Attributes
    ----------
    shape : `str`
        ``circle``, ``ellipse``, ``box`` or ``polygon``.
    numbers : `tuple` of `float`
        The middle and the radius; the middle, half axes and angle; the middle, width, height and
        angle; or corners. Angles are degrees from the first axis to the second.
    """

    shape: str
    numbers: tuple[float, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """The figure that a parameter names, such as ``circle 100 120.5 15``.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is none.
        """
        shape, *words = text.replace(",", " ").split() or [""]
        shape = shape.lower()
        try:
            numbers = tuple(map(float, words))
        except ValueError:
            numbers = ()
        many = len(numbers)
        fits = (
            many in _NUMBERS[shape]
            if shape in _NUMBERS
            else shape == "polygon" and many % 2 == 0 and 6 <= many <= 2 * _CORNERS
        )
        sizes = () if shape == "polygon" else numbers[2:4]
        if not fits or not all(map(math.isfinite, numbers)) or min(sizes, default=1) <= 0:
            raise ParameterError(
                f"“{text[:60]}” is no figure.", parameter="REGION", hint=f"Send {_FORMS}."
            )
        return cls(shape, numbers)

    def inside(self, rows: int, columns: int) -> tuple[Box, Flags]:
        """Which pixels have their middle in it.

        Parameters
        ----------
        rows, columns : `int`
            Of the image.

        Returns
        -------
        box : `~lsp_jupyter.images.butler.box.Box`
            A part of the image with all of them; it may be empty.
        flags : `numpy.ndarray` of `bool`, shape ``(box.height, box.width)``
            Which of it are meant.
        """
        left, low, right, high = self._bounds()
        first = np.clip(np.ceil([left, low]), -1, 1e9).astype(int)
        last = np.clip(np.floor([right, high]), -2, 1e9).astype(int)
        width, height = np.maximum(last - first + 1, 0)
        found = Box(int(first[0]), int(first[1]), int(width), int(height))
        box = found.clippedTo(Box(0, 0, columns, rows))
        y, x = np.mgrid[box.y : box.endY, box.x : box.endX].astype(float)
        if self.shape == "polygon":
            return box, self._in_polygon(x, y)
        across, along = x - self.numbers[0], y - self.numbers[1]
        if self.shape == "circle":
            return box, across**2 + along**2 <= self.numbers[2] ** 2
        angle = math.radians(self.numbers[4]) if len(self.numbers) > 4 else 0.0
        turned = across * math.cos(angle) + along * math.sin(angle)
        other = along * math.cos(angle) - across * math.sin(angle)
        a, b = self.numbers[2:4]
        if self.shape == "ellipse":
            return box, (turned / a) ** 2 + (other / b) ** 2 <= 1
        return box, (np.abs(turned) <= a / 2) & (np.abs(other) <= b / 2)

    def _bounds(self) -> tuple[float, float, float, float]:
        if self.shape == "polygon":
            across, along = self.numbers[::2], self.numbers[1::2]
            return min(across), min(along), max(across), max(along)
        x, y, *sizes = self.numbers
        reach = math.hypot(*sizes[:2]) / 2 if self.shape == "box" else max(sizes[:2])
        return x - reach, y - reach, x + reach, y + reach

    def _in_polygon(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Flags:
        """By how often a line to the right crosses the edge."""
        inside = np.zeros(x.shape, bool)
        corners = list(zip(self.numbers[::2], self.numbers[1::2], strict=True))
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            if y0 == y1:
                continue
            # Rows that the edge crosses are next to each other.
            rows = slice(*np.searchsorted(y[:, 0], sorted((y0, y1)))) if y.size else slice(0)
            crossing = x0 + (y[rows] - y0) * (x1 - x0) / (y1 - y0)
            inside[rows] ^= x[rows] <= crossing
        return inside
