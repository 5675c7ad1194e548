"""Cubes of space, which turn the search for near positions into an equality.

Unit vectors are put into cubes, and each row of one side of a join also into
those cubes that the ball around it touches: at most eight, since a cube is wider
than the ball. Two positions that are near enough then share exactly one cube,
wherever on the sky they are: there are no poles and no seam.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from lsp_jupyter.adql.nodes import Condition
from lsp_jupyter.adql.plan import CommonSource, QuerySource, SetSource, TableSource
from lsp_jupyter.adql.shapes import Point
from lsp_jupyter.adql.spatial import chord
from lsp_jupyter.adql.translate.sphere import Writer, vector
from lsp_jupyter.adql.translate.sql import Sql, column, identifier, raw

__all__ = ["WIDEST", "Grid", "Leaf", "SameCell", "Spread", "choose", "same_cell", "spread"]

Leaf: TypeAlias = TableSource | QuerySource | CommonSource | SetSource
"""A source that is not a join of others."""

WIDEST = 30.0
"""Degrees; within a larger radius lies so much of the sky that cubes do not help."""

_FINEST = 2.0**-16
"""Least side of a cube (3 arcseconds), so that the numbers of a cube fit into one double."""
_BASE = 2.0**18
"""More than there are cubes along an axis."""
_TIGHT, _LOOSE = 2.5, 64.0
"""Least and largest side, in units of the reach. A small one puts rows into many cubes (5.8 of
them on average, and 1.1), a large one makes many pairs that are not near."""
_ROW = 20.0
"""What a row more costs, in pairs that are compared."""
_CROWDED = 1000.0
"""How much denser than its average over the whole sky a catalogue may be where it is dense."""
_AXES = ("x", "y", "z")


@dataclass(frozen=True, slots=True)
class Grid:
    """How space is divided.

    Attributes
    ----------
    reach : `float`
        Half the width of the box around a position in which its neighbours are.
    side : `float`
        Width of a cube; both in radii of the sphere.
    """

    reach: float
    side: float


@dataclass(frozen=True, slots=True)
class Spread:
    """A source each of whose rows occurs once for every cube that its neighbourhood touches.

    Attributes
    ----------
    alias : `str`
        As that of the source.
    source : `Leaf` or `Spread`
        The source.
    point : `~lsp_jupyter.adql.shapes.Point`
        The position of a row.
    cell : `str`
        Name of the column that tells the cube.
    grid : `Grid`
        The cubes.
    """

    alias: str
    source: Leaf | Spread
    point: Point
    cell: str
    grid: Grid


@dataclass(frozen=True, slots=True)
class SameCell(Condition):
    """Whether a position is in the very cube of a row of `Spread`."""

    spread: str
    cell: str
    point: Point
    grid: Grid


def choose(radius: float, rows: int) -> Grid:
    """Divide space for a search.

    Parameters
    ----------
    radius : `float`
        Degrees, at most `WIDEST`.
    rows : `int`
        Positions among which is searched.

    Returns
    -------
    grid : `Grid`
        With the side that costs least where the catalogue is dense.
    """
    # Beyond the chord itself, what rounding can add to a difference of coordinates.
    reach = chord(max(radius, 0.0), inclusive=True) * (1.0 + 1e-12) + 1e-15
    # With sides of f times the reach, a row is in (1 + 2/f)**3 cubes, and is compared with those
    # within (f + 2)**2 times the square of the reach. Near the least sum of the two, that is
    # where this factor is.
    crowd = _CROWDED * max(rows, 1) / (4.0 * math.pi) * reach**2
    factor = (3.0 * _ROW / crowd) ** (1.0 / 3.0)
    return Grid(reach, max(reach * min(max(factor, _TIGHT), _LOOSE), _FINEST))


def same_cell(writer: Writer, node: SameCell) -> Sql:
    """``SameCell`` in SQL."""
    numbers = [_cube(part, node.grid) for part in vector(writer, node.point)]
    return raw(f"{writer.text(column(node.spread, node.cell))} = {_pack(numbers)}")


def spread(writer: Writer, node: Spread, source: Sql) -> Sql:
    """``Spread`` in SQL.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.sphere.Writer`
        The translator.
    node : `Spread`
        What is written.
    source : `~lsp_jupyter.adql.translate.sql.Sql`
        Its source, under the same alias.
    """
    reach = _double(node.grid.reach)
    bounds, fits, numbers = [], [], []
    for axis, part in zip(_AXES, vector(writer, node.point), strict=True):
        low, high, step = (f'"{node.cell}_{name}{axis}"' for name in ("low_", "high_", ""))
        bounds.append(f"{_cube(f'({part} - {reach})', node.grid)} AS {low}")
        bounds.append(f"{_cube(f'({part} + {reach})', node.grid)} AS {high}")
        # What is not a number sorts last, and has no cube.
        fits.append(f"{low} + {step} <= {high} AND {high} < {_double(_BASE)}")
        numbers.append(f"({low} + {step})")
    cell = f'"{node.cell}"'
    steps = ", ".join(f'"{node.cell}_{axis}"' for axis in _AXES)
    offsets = ", ".join(str(offset) for offset in product((0, 1), repeat=3))
    cubes = f"(SELECT *, {', '.join(bounds)} FROM {writer.text(source)})"  # noqa: S608 - quoted
    return raw(
        f"(SELECT *, {_pack(numbers)} AS {cell} FROM {cubes}, "  # noqa: S608 - quoted
        f"(VALUES {offsets}) AS {cell}({steps}) WHERE {' AND '.join(fits)}) "
        f"AS {writer.text(identifier(node.alias))}"
    )


def _cube(coordinate: str, grid: Grid) -> str:
    """The number of the cube along an axis."""
    return f"FLOOR({coordinate} * {_double(1.0 / grid.side)})"


def _pack(numbers: list[str]) -> str:
    """The number of a cube: whole, and below 2**53, so exact as a double."""
    x, y, z = numbers
    return f"{x} * {_double(_BASE * _BASE)} + {y} * {_double(_BASE)} + {z}"


def _double(value: float) -> str:
    """A positive number as a double, whatever engines make of a decimal point."""
    return f"{value!r}" if "e" in repr(value) else f"{value!r}e0"
