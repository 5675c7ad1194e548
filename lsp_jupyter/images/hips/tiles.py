"""Tiles of hierarchical surveys (IVOA HiPS 1.0): where they are on the sky and on the disk.

Arrays of tiles are as pictures have them, the first row on top: rows are the even bits of nested
numbers, columns the odd ones. In FITS files the first row is the last one (section 4.2.1).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.images.mosaics.grid import Grid

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]

__all__ = [
    "FIRST",
    "MOST_ORDER",
    "ROW",
    "SIDE",
    "THUMB",
    "cells_of",
    "deinterleave",
    "grid_of",
    "interleave",
    "order_for",
    "pixel_scale",
    "quarter",
    "sheet_of",
    "tile_path",
]

#: Pixels of a tile along a side.
SIDE = 512

#: Order of the coarsest tiles, and of the preview of the whole sky (HiPS 1.0 section 4.3.2).
FIRST = 3

#: Order of the finest tiles that are made: pixels of 0.006 arcsec.
MOST_ORDER = 16

#: Tiles in a row of the preview, and pixels of each along a side.
ROW, THUMB = 27, 64


def pixel_scale(order: int) -> float:
    """The width of a pixel of the tiles of an order: degrees."""
    return math.degrees((4 * math.pi / 12) ** 0.5 / 2**order / SIDE)


def order_for(scale: float) -> int:
    """The order whose pixels are about as wide as so many degrees.

    They are at most seven per cent wider.
    """
    order = math.ceil(math.log2(pixel_scale(0) / scale) - 0.1)
    return min(max(order, FIRST), MOST_ORDER)


def tile_path(folder: Path, order: int, number: int, suffix: str) -> Path:
    """Where a tile is (section 4.1)."""
    group = number // 10_000 * 10_000
    return folder / f"Norder{order}" / f"Dir{group}" / f"Npix{number}.{suffix}"


def deinterleave(numbers: Integers, bits: int) -> tuple[Integers, Integers]:
    """The even and the odd bits of nested numbers: to the north-east and to the north-west."""
    even, odd = np.zeros_like(numbers), np.zeros_like(numbers)
    for bit in range(bits):
        even |= (numbers >> 2 * bit & 1) << bit
        odd |= (numbers >> 2 * bit + 1 & 1) << bit
    return even, odd


def interleave(even: Integers, odd: Integers, bits: int) -> Integers:
    """Nested numbers of their even and odd bits."""
    numbers = np.zeros_like(even)
    for bit in range(bits):
        numbers |= (even >> bit & 1) << 2 * bit | (odd >> bit & 1) << 2 * bit + 1
    return numbers


def grid_of(order: int, number: int) -> Grid:
    """The pixels of a tile as FITS counts them, in the projection HPX of ICRS.

    Parameters
    ----------
    order : `int`
        Of the tile.
    number : `int`
        Its nested number.
    """
    facet, inside = divmod(number, 4**order)
    even, odd = (int(one[0]) for one in deinterleave(np.array([inside]), order))
    turns, middle = facet % 4, (45.0, 0.0, -45.0)[facet // 4]
    # Facets of the belt are around the meridian that longitudes are counted from, so that none
    # is on both ends of the plane.
    east = 0.0 if facet // 4 == 1 else 45.0
    pixels = SIDE * 2**order
    step = 45.0 / pixels
    total = SIDE * (even - odd) + SIDE + 1 + east / step
    apart = SIDE * (even + odd + 1) - pixels + middle / step
    return Grid(
        SIDE,
        SIDE,
        {
            "CTYPE1": "RA---HPX",
            "CTYPE2": "DEC--HPX",
            "CUNIT1": "deg",
            "CUNIT2": "deg",
            "CRVAL1": 90.0 * turns,
            "CRVAL2": 0.0,
            "CRPIX1": (total - apart) / 2,
            "CRPIX2": (total + apart) / 2,
            "CD1_1": -step,
            "CD1_2": -step,
            "CD2_1": step,
            "CD2_2": -step,
            "PV2_1": 4.0,
            "PV2_2": 3.0,
            "RADESYS": "ICRS",
        },
    )


def cells_of(seen: npt.NDArray[np.bool_], number: int, deeper: int) -> Integers:
    """The cells of some orders more that hold any covered pixel of a tile.

    Parameters
    ----------
    seen : `numpy.ndarray` of `bool`, shape ``(512, 512)``
        Which pixels are covered, the first row on top.
    number : `int`
        Of the tile.
    deeper : `int`
        How many orders more.
    """
    side = 1 << deeper
    blocks = seen.reshape(side, SIDE // side, side, SIDE // side).any(axis=(1, 3))
    even, odd = np.nonzero(blocks)
    return (number << 2 * deeper) + interleave(even, odd, deeper)


def quarter(number: int) -> tuple[slice, slice]:
    """Rows and columns that a tile has of the one an order below."""
    half = SIDE // 2
    row, column = (number & 1) * half, (number >> 1 & 1) * half
    return slice(row, row + half), slice(column, column + half)


def sheet_of(tiles: Any, shape: tuple[int, ...], kind: Any, empty: Any) -> npt.NDArray[Any]:
    """All tiles of the first order side by side (section 4.3.2).

    Parameters
    ----------
    tiles : iterable of (`int`, `numpy.ndarray`)
        Numbers and small tiles, of `THUMB` pixels along a side, the first row on top.
    shape : `tuple` of `int`
        Of a pixel: empty for one value.
    kind : data type
        Of the values.
    empty
        What is where there is no tile.
    """
    rows = -(-12 * 4**FIRST // ROW)
    sheet = np.full((rows * THUMB, ROW * THUMB, *shape), empty, kind)
    for number, small in tiles:
        row, column = divmod(number, ROW)
        sheet[row * THUMB : (row + 1) * THUMB, column * THUMB : (column + 1) * THUMB] = small
    return sheet
