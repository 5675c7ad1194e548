"""What charts are made of: points, densities, and regions of a plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

__all__ = ["STATISTICS", "Box", "Density", "Points", "Region"]

#: What a density shows of each cell.
STATISTICS = ("count", "sum", "mean", "min", "max")

#: Ends of the two axes in their own values: x0, x1, y0, y1. `None` is an open end.
Box = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Points:
    """Rows in a box.

    Attributes
    ----------
    rows : `int`
        How many there are.
    table : `pyarrow.Table`
        They: ``__row__`` (the number in the result), ``x``, ``y`` (doubles) and what else was
        asked for; without rows if there are more than the limit.
    """

    rows: int
    table: pa.Table


@dataclass(frozen=True, slots=True)
class Density:
    """Rows counted in the cells of a grid, or a value of theirs summed up.

    Attributes
    ----------
    data : `bytes`
        Row by row from the low end of y, each from the low end of x: little-endian uint32
        counts, or float32 values, NaN where there is no row.
    box : `tuple` of `float`
        Ends of the grid in the axes' own values: x0, x1, y0, y1.
    rows : `int`
        Rows in it.
    least, most : `float`, optional
        The extremes of the cells that hold rows.
    """

    data: bytes
    box: tuple[float, float, float, float]
    rows: int
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a chart.

    Attributes
    ----------
    box : `Box`, optional
        A rectangle.
    polygon : sequence of (`float`, `float`)
        Vertices of a polygon whose edges are straight on the chart.
    circle : (`float`, `float`, `float`), optional
        Right ascension, declination and radius in degrees, where x and y are the position.
    """

    box: Box | None = None
    polygon: Sequence[tuple[float, float]] = ()
    circle: tuple[float, float, float] | None = None
