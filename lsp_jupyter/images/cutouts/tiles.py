"""Pixels of compressed images, some of which are kept as they were decompressed."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Tiles", "section_of"]

#: Tiles of one plane that are kept, and pixels of one of those at most.
_KEPT, _LARGE = 64, 1 << 14


def section_of(hdu: Any) -> Any:
    """What reads parts of a plane, whose header is looked up in a fraction of the usual time.

    Parameters
    ----------
    hdu : `astropy.io.fits.CompImageHDU` or `astropy.io.fits.ImageHDU`
        The plane.
    """
    section = hdu.section
    table = getattr(hdu, "_bintable", None)
    if table is not None:
        # astropy looks some seventy cards up for each part: of a header a search each.
        section.hdu = _Quick(hdu, _Table(table))
    return section


class _Quick:
    """A compressed plane as its section knows it, with another table."""

    def __init__(self, hdu: Any, table: _Table) -> None:
        self._hdu = hdu
        self._bintable = table
        self.header = _cards(hdu.header)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hdu, name)


class _Table:
    """The table of the tiles, its header and its columns mappings."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self.data = _Columns(table.data)
        self.header = _cards(table.header)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


class _Columns(dict[str, "npt.NDArray[Any]"]):
    """The columns of a table, and what else is asked of it."""

    def __init__(self, rows: Any) -> None:
        super().__init__((name, np.array(rows[name])) for name in rows.dtype.names)
        self.dtype = rows.dtype
        self._coldefs = rows._coldefs


def _cards(header: Any) -> dict[str, Any]:
    return {card.keyword: card.value for card in header.cards if card.keyword}


class Tiles:
    """Reads parts of a plane whose pixels are compressed in tiles.

    Parameters
    ----------
    section : object
        Reads a part of it (`astropy.io.fits`).
    shape, tile : `tuple` of `int`
        Rows and columns of the plane, and of a tile.
    """

    def __init__(self, section: Any, shape: tuple[int, int], tile: tuple[int, int]) -> None:
        self._section = section
        self._shape = shape
        self._tile = tile
        self._kept: OrderedDict[tuple[int, int], npt.NDArray[Any]] = OrderedDict()

    def __getitem__(self, part: tuple[slice, slice]) -> npt.NDArray[Any]:
        """Pixels of a part, whose slices have a start and an end."""
        (down, across), (tall, wide) = part, self._tile
        rows = range(down.start // tall, -(-down.stop // tall))
        columns = range(across.start // wide, -(-across.stop // wide))
        if tall * wide > _LARGE or len(rows) * len(columns) > _KEPT // 4:
            pixels: npt.NDArray[Any] = self._section[part]
            return pixels
        keys = [(row, column) for row in rows for column in columns]
        if not all(key in self._kept for key in keys):
            self._read(rows, columns)
        whole = np.block([[self._kept[row, column] for column in columns] for row in rows])
        for key in keys:
            self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        top, left = rows.start * tall, columns.start * wide
        return whole[down.start - top : down.stop - top, across.start - left : across.stop - left]

    def _read(self, rows: range, columns: range) -> None:
        """Keep tiles; reading them together takes less than one by one."""
        tall, wide = self._tile
        top, left = rows.start * tall, columns.start * wide
        bottom = min(rows.stop * tall, self._shape[0])
        right = min(columns.stop * wide, self._shape[1])
        pixels = self._section[top:bottom, left:right]
        for row in rows:
            for column in columns:
                y, x = row * tall - top, column * wide - left
                self._kept[row, column] = pixels[y : y + tall, x : x + wide].copy()
