"""Rectangles of pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.butler.likeness import Likeness

__all__ = ["Box", "Extent", "Point"]


class Point(NamedTuple):
    """A place among pixels; whole numbers are the middles of pixels.

    Attributes
    ----------
    x, y : `float`
        Column and row, counted from 0.
    """

    x: float
    y: float

    def getX(self) -> float:
        """The column."""
        return self.x

    def getY(self) -> float:
        """The row."""
        return self.y

    @classmethod
    def of(cls, place: Any, y: Any = None) -> Point:
        """A point of two numbers, a pair, or what has ``x`` and ``y`` or their getters.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is none of these.
        """
        if y is not None:
            return cls(place, y)
        if hasattr(place, "getX"):
            return cls(place.getX(), place.getY())
        if hasattr(place, "x") and hasattr(place, "y"):
            return cls(place.x, place.y)
        try:
            x, y = place
        except (TypeError, ValueError):
            raise ParameterError(
                f"A {type(place).__name__} is not a place among pixels.",
                hint="Give x and y, or a Point.",
            ) from None
        return cls(x, y)


class Extent(NamedTuple):
    """A size in pixels.

    Attributes
    ----------
    x, y : `int`
        Columns and rows.
    """

    x: int
    y: int

    def getX(self) -> int:
        """Columns."""
        return self.x

    def getY(self) -> int:
        """Rows."""
        return self.y


@dataclass(frozen=True, slots=True)
class Box(Likeness):
    """A rectangle of whole pixels.

    Attributes
    ----------
    x, y : `int`
        Its first column and row.
    width, height : `int`
        How many columns and rows it has.
    """

    _like: ClassVar[str] = "lsst.geom.Box2I"

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def around(cls, x: float, y: float, width: int, height: int | None = None) -> Box:
        """The box of a size whose middle is nearest to a place."""
        height = width if height is None else height
        return cls(
            math.floor(x - (width - 1) / 2 + 0.5),
            math.floor(y - (height - 1) / 2 + 0.5),
            width,
            height,
        )

    @classmethod
    def of(cls, box: Any) -> Box:
        """A box of what another library calls one.

        Parameters
        ----------
        box : `Box`, `lsst.geom.Box2I`, `lsst.images.Box` or four `int`
            The four are x, y, width and height.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is none of these.
        """
        if isinstance(box, Box):
            return box
        try:
            if hasattr(box, "getMinX"):
                whole = box.getMinX(), box.getMinY(), box.getWidth(), box.getHeight()
            elif hasattr(box, "x") and hasattr(box.x, "start"):
                whole = (
                    *(box.x.start, box.y.start),
                    *(box.x.stop - box.x.start, box.y.stop - box.y.start),
                )
            else:
                x, y, width, height = box
                whole = x, y, width, height
            if any(int(number) != number for number in whole):
                raise ValueError(whole)
            return cls(*map(int, whole))
        except (TypeError, ValueError):
            raise ParameterError(
                f"A {type(box).__name__} is not a box of whole pixels.",
                parameter="bbox",
                hint="Use lsp_jupyter.images.Box(x, y, width, height), or Box.around(x, y, width).",
            ) from None

    @property
    def beginX(self) -> int:
        """The first column."""
        return self.x

    @property
    def beginY(self) -> int:
        """The first row."""
        return self.y

    @property
    def endX(self) -> int:
        """The column after the last."""
        return self.x + self.width

    @property
    def endY(self) -> int:
        """The row after the last."""
        return self.y + self.height

    @property
    def minX(self) -> int:
        """The first column."""
        return self.x

    @property
    def minY(self) -> int:
        """The first row."""
        return self.y

    @property
    def maxX(self) -> int:
        """The last column."""
        return self.x + self.width - 1

    @property
    def maxY(self) -> int:
        """The last row."""
        return self.y + self.height - 1

    @property
    def min(self) -> Point:
        """The first pixel."""
        return Point(self.x, self.y)

    @property
    def max(self) -> Point:
        """The last pixel."""
        return Point(self.maxX, self.maxY)

    @property
    def center(self) -> Point:
        """The middle."""
        return Point(self.x + (self.width - 1) / 2, self.y + (self.height - 1) / 2)

    @property
    def dimensions(self) -> Extent:
        """Its size."""
        return Extent(self.width, self.height)

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return self.width * self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of an array whose first pixel is 0, 0."""
        return slice(self.y, self.endY), slice(self.x, self.endX)

    def isEmpty(self) -> bool:
        """Whether it has no pixel."""
        return self.width <= 0 or self.height <= 0

    def contains(self, other: Any, y: float | None = None) -> bool:
        """Whether a place, or all of a box, is in it."""
        if isinstance(other, Box):
            return other.clippedTo(self) == other
        place = Point.of(other, y)
        return (
            self.x - 0.5 <= place.x < self.endX - 0.5 and self.y - 0.5 <= place.y < self.endY - 0.5
        )

    def overlaps(self, other: Box) -> bool:
        """Whether they have a pixel in common."""
        return not self.clippedTo(other).isEmpty()

    def clippedTo(self, other: Box) -> Box:
        """The pixels they have in common."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width = max(0, min(self.endX, other.endX) - x)
        height = max(0, min(self.endY, other.endY) - y)
        return Box(x, y, width, height)

    def shiftedBy(self, x: int, y: int) -> Box:
        """The box so many columns and rows further."""
        return Box(self.x + x, self.y + y, self.width, self.height)

    def dilatedBy(self, pixels: int) -> Box:
        """The box with so many pixels more on each side."""
        return Box(
            *(self.x - pixels, self.y - pixels),
            *(self.width + 2 * pixels, self.height + 2 * pixels),
        )

    def erodedBy(self, pixels: int) -> Box:
        """The box with so many pixels less on each side."""
        return self.dilatedBy(-pixels)

    def __str__(self) -> str:
        return f"({self.minX}, {self.minY}) to ({self.maxX}, {self.maxY})"
