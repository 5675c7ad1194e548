"""Pixels of compressed images, some of which are kept as they were decompressed."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Tiles", "section_of"]

#: Tiles of one plane that are kept, and pixels of one of those at most.
_KEPT, _LARGE = 64, 1 << 14
#: Tiles that are kept while many parts are read: those that a zone of parts has.
_MANY = 320


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
        self.compression_type = hdu.compression_type

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hdu, name)


class _Table:
    """The table of the tiles, its header and its columns mappings."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self.data = _Columns(table.data)
        self.header = _cards(table.header)
        self._data_offset, self._theap = table._data_offset, table._theap

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
        self.tile = tile
        self._room = _KEPT
        self._kept: OrderedDict[tuple[int, int], npt.NDArray[Any]] = OrderedDict()

    def __getitem__(self, part: tuple[slice, slice]) -> npt.NDArray[Any]:
        """Pixels of a part, whose slices have a start and an end."""
        (down, across), (tall, wide) = part, self.tile
        rows, columns = self._touched(part)
        if not self._keeps or len(rows) * len(columns) > _KEPT // 4:
            pixels: npt.NDArray[Any] = self._section[part]
            return pixels
        keys = [(row, column) for row in rows for column in columns]
        if not all(key in self._kept for key in keys):
            self._read(rows, columns)
        found = np.empty(
            (down.stop - down.start, across.stop - across.start), self._kept[keys[0]].dtype
        )
        for key in keys:
            # Where the tile begins in the part.
            y, x = key[0] * tall - down.start, key[1] * wide - across.start
            tile = self._kept[key][max(0, -y) :, max(0, -x) :]
            target = found[max(0, y) :, max(0, x) :][: tile.shape[0], : tile.shape[1]]
            target[:] = tile[: target.shape[0], : target.shape[1]]
            self._kept.move_to_end(key)
        self._forget()
        return found

    @property
    def _keeps(self) -> bool:
        return self.tile[0] * self.tile[1] <= _LARGE

    def _touched(self, part: tuple[slice, slice]) -> tuple[range, range]:
        (down, across), (tall, wide) = part, self.tile
        return (
            range(down.start // tall, -(-down.stop // tall)),
            range(across.start // wide, -(-across.stop // wide)),
        )

    def _forget(self) -> None:
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Keep more tiles for as long as many parts are read."""
        self._room = _MANY
        try:
            yield
        finally:
            self._room = _KEPT
            self._forget()

    def together(self, parts: Sequence[tuple[slice, slice]]) -> int:
        """How many of these parts, the first ones, have few enough tiles to be kept together."""
        if not self._keeps:
            return len(parts)
        keys: set[tuple[int, int]] = set()
        for number, part in enumerate(parts):
            rows, columns = self._touched(part)
            keys.update((row, column) for row in rows for column in columns)
            if len(keys) > _KEPT // 2:
                return max(1, number)
        return len(parts)

    def prepare(self, parts: Sequence[tuple[slice, slice]]) -> None:
        """Read the tiles of all these parts, each of them once."""
        if not self._keeps:
            return
        wanted: dict[int, set[int]] = {}
        for part in parts:
            rows, columns = self._touched(part)
            if len(rows) * len(columns) <= _KEPT // 4:
                for row in rows:
                    missing = {one for one in columns if (row, one) not in self._kept}
                    wanted.setdefault(row, set()).update(missing)
        for row, across in wanted.items():
            for first, last in _runs(sorted(across)):
                self._read(range(row, row + 1), range(first, last + 1))

    def _read(self, rows: range, columns: range) -> None:
        """Keep tiles; reading them together takes less than one by one."""
        tall, wide = self.tile
        top, left = rows.start * tall, columns.start * wide
        bottom = min(rows.stop * tall, self._shape[0])
        right = min(columns.stop * wide, self._shape[1])
        pixels = self._section[top:bottom, left:right]
        for row in rows:
            for column in columns:
                y, x = row * tall - top, column * wide - left
                self._kept[row, column] = pixels[y : y + tall, x : x + wide].copy()


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of numbers that follow each other."""
    start = 0
    for place in range(1, len(numbers) + 1):
        if place == len(numbers) or numbers[place] != numbers[place - 1] + 1:
            yield numbers[start], numbers[place - 1]
            start = place
