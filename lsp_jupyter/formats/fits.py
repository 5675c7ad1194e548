"""FITS binary tables (FITS Standard 4.0 section 7.3), written as a stream.

Rows are read up to three times: to measure the columns, for the table, and for
the heap of what has no fixed length. The primary array holds the same metadata
as a VOTable, as STILTS and TOPCAT read it ("fits-plus").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.errors import LimitError
from lsp_jupyter.formats.binary2 import Item, ascii_text, side_by_side
from lsp_jupyter.formats.cells import chunks, fixed_lists, lists, numbers, plain
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.fits_cards import BLOCK, card, cards, padded
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.survey import Survey, rereadable
from lsp_jupyter.formats.text import TABLEDATA, column_text
from lsp_jupyter.formats.votable import dataless

__all__ = ["write_fits"]

#: Fields that a table has at most (section 7.3.1).
MOST = 999

#: Characters from which on a column of text may go to the heap, if it is mostly empty.
_LONG = 256

_LETTERS = {
    "boolean": "L",
    "unsignedByte": "B",
    "short": "I",
    "int": "J",
    "long": "K",
    "float": "E",
    "double": "D",
}
#: Keywords that FITS has for infos whose own names are too long.
_KEYS = {"PUBLISHER": "ORIGIN", "SERVER_SOFTWARE": "CREATOR"}
_BYTES = np.dtype(np.uint8)
_DESCRIPTOR = np.dtype(">i8")


class _Column:
    """A column and how it is laid out, once all its values have been seen."""

    def __init__(self, vo: VOField) -> None:
        self.survey = Survey(vo)
        self.vo = vo
        self.longest = self.total = self.rows = 0
        self.plain = True
        self.varies = vo.kind in (Kind.TEXT, Kind.BYTES) or (
            vo.kind is Kind.ARRAY and not pa.types.is_fixed_size_list(vo.type)
        )

    def see(self, array: pa.Array) -> None:
        """Look at more of its values."""
        self.survey.see(array)
        self.rows += len(array)
        if self.varies:
            lengths = pc.fill_null(self._lengths(plain(array)), 0)
            self.longest = max(self.longest, pc.max(lengths).as_py() or 0)
            self.total += pc.sum(lengths).as_py() or 0

    def _lengths(self, array: pa.Array) -> pa.Array:
        if self.vo.kind is Kind.ARRAY:
            return pc.list_value_length(array)
        if self.vo.kind is Kind.BYTES:
            return pc.binary_length(array)
        text = column_text(array, self.vo, TABLEDATA)
        self.plain &= pc.all(pc.string_is_ascii(text), min_count=0).as_py()
        return pc.utf8_length(text)

    def settle(self) -> None:
        """Decide on the layout."""
        self.vo = self.survey.nullable()
        self.heap = self.varies and (
            self.vo.kind is not Kind.TEXT
            or (self.longest > _LONG and self.longest * self.rows > 4 * self.total)
        )
        size = self.vo.element.itemsize if self.vo.kind is Kind.ARRAY else 1
        self.heap_bytes = self.total * size if self.heap else 0

    @property
    def form(self) -> str:
        """Its TFORM."""
        text = self.vo.kind is Kind.TEXT
        letter = "A" if text else _LETTERS[self.vo.datatype]
        if self.heap:
            return f"1Q{letter}({self.longest})"
        if text:
            return f"{self.width}A"
        return f"{self.vo.arraysize if self.vo.kind is Kind.ARRAY else 1}{letter}"

    @property
    def width(self) -> int:
        """Characters of a text of fixed length."""
        return max(1, self.longest)

    @property
    def size(self) -> int:
        """Bytes of a cell in the table."""
        if self.heap:
            return 2 * _DESCRIPTOR.itemsize
        if self.vo.kind is Kind.TEXT:
            return self.width
        if self.vo.kind is Kind.BOOLEAN:
            return 1
        many = int(self.vo.arraysize) if self.vo.kind is Kind.ARRAY else 1
        return many * self.vo.element.itemsize

    def item(self, array: pa.Array, start: int) -> tuple[Item, int]:
        """The cells in the table, and where in the heap the next ones begin."""
        array = plain(array)
        if self.heap:
            lengths = pc.fill_null(self._lengths(array), 0).to_numpy().astype(np.int64)
            size = self.vo.element.itemsize if self.vo.kind is Kind.ARRAY else 1
            ends = np.concatenate(([start], start + np.cumsum(lengths * size)))
            return (np.stack((lengths, ends[:-1]), axis=1), _DESCRIPTOR), int(ends[-1])
        if self.vo.kind is Kind.TEXT:
            return (self._text(array), _BYTES), start
        if self.vo.kind is Kind.ARRAY:
            values, _ = fixed_lists(array, self.vo)
            return (values, self.vo.element), start
        values, missing = numbers(array, self.vo)
        if self.vo.kind is Kind.NUMBER:
            return (values, self.vo.element), start
        letters: npt.NDArray[Any] = np.where(values, np.uint8(ord("T")), np.uint8(ord("F")))
        if missing is not None:
            letters[missing] = 0
        return (letters, _BYTES), start

    def _text(self, array: pa.Array) -> npt.NDArray[np.uint8]:
        text = ascii_text(column_text(array, self.vo, TABLEDATA)).fill_null("")
        even = pc.ascii_rpad(text, self.width, padding="\0")
        offsets, data = even.buffers()[1:3]
        first = np.frombuffer(offsets, np.int64, 1, even.offset * 8)[0]
        size = len(even) * self.width
        return np.frombuffer(data, np.uint8, size, int(first)).reshape(-1, self.width)

    def heap_data(self, array: pa.Array) -> bytes:
        """What its cells have in the heap."""
        array = plain(array)
        if self.vo.kind is Kind.ARRAY:
            return lists(array, self.vo)[1].astype(self.vo.element).tobytes()
        if self.vo.kind is Kind.TEXT:
            array = ascii_text(column_text(array, self.vo, TABLEDATA))
        return b"".join(array.cast(pa.large_binary()).drop_null().to_pylist())


def write_fits(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """A FITS file with one binary table.

    Text is ASCII in FITS: other characters become question marks, and a
    COMMENT tells of it. Of integers, TNULL is a value that the column has not.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    batches : iterable of `pyarrow.RecordBatch`
        The rows.

    Yields
    ------
    piece : `bytes`
        A few MB at most for ordinary rows.

    Raises
    ------
    lsp_jupyter.errors.LimitError
        Raised if FITS cannot have that many columns.
    lsp_jupyter.errors.QueryError
        Raised if a value fits no FITS type.
    """
    columns = [_Column(vo) for vo in vo_fields(header.schema)]
    if len(columns) > MOST:
        raise LimitError(
            f"FITS tables have {MOST} columns at most, not {len(columns):,}.",
            hint="Select fewer columns, or take the result as Parquet or VOTable.",
        )
    with rereadable(header, batches) as rows:
        count = 0
        for batch in rows:
            count += batch.num_rows
            for column, array in zip(columns, batch.columns, strict=True):
                column.see(array)
        for column in columns:
            column.settle()
        document = dataless(replace(header, rows=count), [c.survey.vo for c in columns])
        yield _primary(document.encode()) + _table_header(header, columns, count)
        size = 0
        for data in _rows(rows, columns):
            size += len(data)
            yield data
        for data in _heap(rows, columns):
            size += len(data)
            yield data
        yield bytes(-size % BLOCK)


def _rows(batches: Iterable[pa.RecordBatch], columns: Sequence[_Column]) -> Iterator[bytes]:
    start = 0
    for batch in batches:
        for piece in chunks(batch):
            items: list[Item] = []
            # In the heap, what the columns of a piece have there follows one another.
            for column, array in zip(columns, piece.columns, strict=True):
                item, start = column.item(array, start)
                items.append(item)
            yield side_by_side(items, piece.num_rows).tobytes()


def _heap(batches: Iterable[pa.RecordBatch], columns: Sequence[_Column]) -> Iterator[bytes]:
    if not any(column.heap_bytes for column in columns):
        return
    for batch in batches:
        for piece in chunks(batch):
            for column, array in zip(columns, piece.columns, strict=True):
                if column.heap:
                    yield column.heap_data(array)


def _primary(document: bytes) -> bytes:
    """The primary array: the table's metadata as a VOTable without rows."""
    head = cards(
        [
            card("SIMPLE", True, "FITS Standard 4.0"),
            card("BITPIX", 8),
            card("NAXIS", 1),
            card("NAXIS1", len(document)),
            card("VOTMETA", True, "Table metadata in VOTable format"),
            card("EXTEND", True),
        ]
    )
    return head + padded(document)


def _table_header(header: TableHeader, columns: Sequence[_Column], rows: int) -> bytes:
    lines = [
        card("XTENSION", "BINTABLE"),
        card("BITPIX", 8),
        card("NAXIS", 2),
        card("NAXIS1", sum(column.size for column in columns), "Bytes of a row"),
        card("NAXIS2", rows, "Rows"),
        card("PCOUNT", sum(column.heap_bytes for column in columns), "Bytes of the heap"),
        card("GCOUNT", 1),
        card("TFIELDS", len(columns)),
        card("EXTNAME", "RESULT"),
    ]
    for number, column in enumerate(columns, 1):
        vo = column.vo
        lines.append(card(f"TTYPE{number}", vo.name))
        lines.append(card(f"TFORM{number}", column.form))
        if vo.null is not None:
            # astropy fails on a TNULL of what lies in the heap.
            lines.append(
                card("COMMENT", f"{vo.name}: {vo.null} stands for a missing element")
                if column.heap
                else card(f"TNULL{number}", vo.null)
            )
        words = {"TUNIT": vo.unit, "TUCD": vo.ucd, "TUTYP": vo.utype, "TCOMM": vo.description}
        lines += [card(f"{key}{number}", word) for key, word in words.items() if word]
        if not column.plain:
            lines.append(card("COMMENT", f"{vo.name}: characters outside ASCII are shown as ?"))
    status = "OVERFLOW" if header.cut_off() else "OK"
    lines.append(card("QSTATUS", status, "OVERFLOW if rows were cut off"))
    lines += [card(_KEYS.get(name, name[:8].upper()), text) for name, text in header.infos.items()]
    return cards(lines)
