"""Sorts a table of any size into HEALPix cells, with bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from lsp_jupyter.catalogs.healpix import ORDER

__all__ = ["Cell", "Spool", "partitions"]

#: Order of the first split: at most 192 files are open at once.
_FIRST = 2
#: Levels of a further split at most: 256 files.
_STEP = 4
#: Cells are not split beyond this order (0.8 arcseconds).
_DEEPEST = 18
#: Bytes that are split at once; small batches are joined first.
_JOIN = 64 << 20


@dataclass(frozen=True, slots=True)
class Cell:
    """A HEALPix cell that holds few enough rows.

    Attributes
    ----------
    order, pixel : `int`
        The nested cell.
    table : `pyarrow.Table`
        Its rows, sorted by the index column.
    """

    order: int
    pixel: int
    table: pa.Table


class Spool:
    """Temporary files, one for each cell of one order.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where; it is made.
    schema : `pyarrow.Schema`
        Of the batches.
    index : `str`
        Name of the column of order-29 cells.
    order : `int`
        Order of the cells to sort into.
    """

    def __init__(self, folder: Path, schema: pa.Schema, index: str, order: int) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.schema = schema
        self.index = index
        self.order = order
        self.counts: dict[int, int] = {}
        self._writers: dict[int, pa.RecordBatchStreamWriter] = {}

    def add(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Sort rows into the files."""
        waiting: list[pa.RecordBatch] = []
        size = 0
        for batch in batches:
            waiting.append(batch)
            size += batch.nbytes
            if size >= _JOIN:
                self._split(pa.Table.from_batches(waiting, self.schema))
                waiting, size = [], 0
        if waiting:
            self._split(pa.Table.from_batches(waiting, self.schema))

    def _split(self, table: pa.Table) -> None:
        pixels = table[self.index].to_numpy() >> 2 * (ORDER - self.order)
        by_pixel = np.argsort(pixels, kind="stable")
        found, starts = np.unique(pixels[by_pixel], return_index=True)
        ends = np.append(starts[1:], len(pixels))
        table = table.take(pa.array(by_pixel)).combine_chunks()
        for pixel, start, end in zip(found.tolist(), starts.tolist(), ends.tolist(), strict=True):
            if pixel not in self._writers:
                self._writers[pixel] = pa.ipc.new_stream(self._path(pixel), self.schema)
            self._writers[pixel].write_table(table.slice(start, end - start))
            self.counts[pixel] = self.counts.get(pixel, 0) + end - start

    def _path(self, pixel: int) -> str:
        return str(self.folder / f"{self.order}-{pixel}.arrows")

    def close(self) -> None:
        """No more rows will come."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, pixels: Iterable[int]) -> Iterator[pa.RecordBatch]:
        """The rows of some files."""
        for pixel in pixels:
            with pa.memory_map(self._path(pixel)) as source:
                yield from pa.ipc.open_stream(source)

    def drop(self, pixels: Iterable[int]) -> None:
        """Delete some files."""
        for pixel in pixels:
            Path(self._path(pixel)).unlink()


def _group(
    counts: Mapping[int, int], order: int, top: int, most: int
) -> Iterator[tuple[int, int, list[int]]]:
    """The largest cells, from order ``top`` on, that hold at most ``most`` rows.

    Yields order, pixel, and the cells of ``counts`` (of ``order``) in it. A
    cell of ``order`` itself is given whatever it holds.
    """
    groups: dict[int, list[int]] = {}
    for pixel in sorted(counts):
        groups.setdefault(pixel >> 2 * (order - top), []).append(pixel)
    for pixel, members in groups.items():
        rows = sum(counts[member] for member in members)
        if top == order or rows <= most:
            yield top, pixel, members
        else:
            inner = {member: counts[member] for member in members}
            yield from _group(inner, order, top + 1, most)


def partitions(
    folder: Path, schema: pa.Schema, index: str, batches: Iterable[pa.RecordBatch], most: int
) -> Iterator[Cell]:
    """The cells of a table that hold at most ``most`` rows each, as large as can be.

    Parameters
    ----------
    folder : `~pathlib.Path`
        For temporary files, as large as the table; it is made, and left empty.
    schema : `pyarrow.Schema`
        Of the batches.
    index : `str`
        Name of the column of order-29 nested cells (int64).
    batches : iterable of `pyarrow.RecordBatch`
        The rows, in any order.
    most : `int`
        Rows of a cell at most.

    Yields
    ------
    cell : `Cell`
        In no particular order. Memory holds one of them, and a batch.
    """
    yield from _partitions(folder, schema, index, batches, most, 0, _FIRST)


def _partitions(
    folder: Path,
    schema: pa.Schema,
    index: str,
    batches: Iterable[pa.RecordBatch],
    most: int,
    top: int,
    order: int,
) -> Iterator[Cell]:
    with Spool(folder, schema, index, order) as spool:
        spool.add(batches)
    for level, pixel, members in _group(spool.counts, order, top, most):
        rows = sum(spool.counts[member] for member in members)
        if rows <= most or level >= _DEEPEST:
            table = pa.Table.from_batches(spool.read(members), schema)
            by_index = np.argsort(table[index].to_numpy(), kind="stable")
            yield Cell(level, pixel, table.take(pa.array(by_index)))
        else:
            levels = math.ceil(math.log(rows / most, 4))
            deeper = min(order + max(1, min(levels, _STEP)), _DEEPEST)
            inner = folder / f"in-{level}-{pixel}"
            rest = spool.read(members)
            yield from _partitions(inner, schema, index, rest, most, level + 1, deeper)
        spool.drop(members)
    folder.rmdir()
