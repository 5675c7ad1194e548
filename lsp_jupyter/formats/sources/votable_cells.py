"""The cells of a VOTable: from text or bytes to Arrow (VOTable 1.4 sections 5.1 to 5.4)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.votable_column import ELEMENTS, Column

__all__ = ["Binary", "Texts"]

_TRUE, _FALSE = frozenset({"t", "true", "1"}), frozenset({"f", "false", "0"})
#: Bytes of a boolean that mean no, and that mean a missing value (VOTable 1.4 section 6).
_NO, _UNKNOWN = b"Ff0\x00", b"? \x00"
#: Elements of one cell at most.
_LONGEST = 1 << 24


class Texts:
    """Rows of TABLEDATA.

    Parameters
    ----------
    name : `str`
        The file, for errors.
    columns : sequence of `Column`
        The FIELDs.
    schema : `pyarrow.Schema`
        What to make of them.
    """

    def __init__(self, name: str, columns: Sequence[Column], schema: pa.Schema) -> None:
        self._name = name
        self._columns = columns
        self._schema = schema
        self._first = 0

    def decode(self, rows: Sequence[Sequence[str | None]]) -> pa.RecordBatch:
        """A batch of rows.

        Raises
        ------
        lsp_jupyter.errors.PublishError
            Raised if a cell does not fit its type; the message names row and column.
        """
        for number, row in enumerate(rows):
            if len(row) != len(self._columns):
                raise PublishError(
                    f"Row {self._first + number + 1:,} of {self._name} has {len(row)} cells "
                    f"instead of {len(self._columns)}."
                )
        return self._batch([pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)])

    def decode_columns(self, columns: Sequence[Sequence[str]]) -> pa.RecordBatch:
        """A batch of the cells of each column; empty ones are missing. See `decode`."""
        nothing = pa.scalar(None, pa.string())
        texts = [pa.array(cells, pa.string()) for cells in columns]
        return self._batch([pc.if_else(pc.equal(each, ""), nothing, each) for each in texts])

    def _batch(self, texts: Sequence[pa.Array]) -> pa.RecordBatch:
        arrays = [
            self._column(column, cells, kind)
            for column, cells, kind in zip(self._columns, texts, self._schema.types, strict=True)
        ]
        self._first += len(texts[0])
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _column(self, column: Column, cells: pa.Array, kind: pa.DataType) -> pa.Array:
        if column.text:
            return cells
        cells = pc.utf8_trim_whitespace(cells)
        empty = pc.equal(cells, "")
        if column.null is not None:
            empty = pc.or_(empty, pc.equal(cells, column.null))
        cells = pc.if_else(empty, pa.scalar(None, pa.string()), cells)
        if not column.size:
            whole = _flags(cells) if column.datatype == "boolean" else _cast(cells, kind)
            if whole is not None:
                return whole
        values: list[Any] = []
        for number, cell in enumerate(cells.to_pylist()):
            try:
                values.append(None if cell is None else _parse(cell, column))
            except ValueError:
                raise PublishError(
                    f"Row {self._first + number + 1:,} of {self._name} has {column.name} = "
                    f"{cell[:80]!r}, which is no {column.datatype}.",
                    hint="Correct the value, or write the table anew.",
                ) from None
        try:
            return pa.array(values, kind)
        except (pa.ArrowInvalid, OverflowError):
            raise PublishError(
                f"A value of {column.name} in rows {self._first + 1:,} to "
                f"{self._first + len(values):,} of {self._name} does not fit {kind}."
            ) from None


def _cast(cells: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """The numbers of many cells at once; nothing if one needs a closer look."""
    try:
        return cells.cast(kind)
    except pa.ArrowInvalid:
        return None


def _flags(cells: pa.Array) -> pa.Array | None:
    """The same for truth values."""
    words = pc.utf8_lower(cells)
    true, false = (pc.is_in(words, pa.array(sorted(each))) for each in (_TRUE, _FALSE))
    known = pc.or_(pc.or_(true, false), pc.is_null(words))
    if not pc.all(known, min_count=0).as_py():
        return None
    return pc.if_else(pc.is_null(words), pa.scalar(None, pa.bool_()), true)


def _parse(cell: str, column: Column) -> Any:
    if not column.size:
        return _number(cell, column.datatype)
    words = cell.replace(" ", "") if column.bits else cell.split()
    values = [_number(each, column.datatype) for each in words]
    if column.length is not None and len(values) != column.length:
        raise ValueError(cell)
    return bytes(values) if column.datatype == "unsignedByte" else values


def _number(text: str, datatype: str) -> Any:
    if datatype == "boolean":
        word = text.lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        if word in {"?", "null"}:
            return None
        raise ValueError(text)
    if datatype in {"float", "double"}:
        return float(text)
    return int(text, 0) if text[:2].lower() == "0x" else int(text)


class Binary:
    """Rows of BINARY or BINARY2, in pieces of any length.

    Parameters
    ----------
    name, columns, schema
        As in `Texts`.

    Attributes
    ----------
    masked : `bool`
        Whether each row begins with a mask of missing values (BINARY2).
    """

    def __init__(self, name: str, columns: Sequence[Column], schema: pa.Schema) -> None:
        self.masked = True
        self._name = name
        self._columns = columns
        self._schema = schema
        self._rest = b""

    @property
    def left(self) -> int:
        """Bytes that are no whole row."""
        return len(self._rest)

    def decode(self, data: bytes) -> pa.RecordBatch:
        """The whole rows that have come by now."""
        data = self._rest + data
        if all(column.length is not None for column in self._columns):
            return self._fixed(data)
        return self._varying(data)

    def _fixed(self, data: bytes) -> pa.RecordBatch:
        parts: list[tuple[str, str, tuple[int, ...]]] = []
        if self.masked:
            parts.append(("mask", "u1", ((len(self._columns) + 7) // 8,)))
        for number, column in enumerate(self._columns):
            parts.append(
                (f"c{number}", ELEMENTS[column.datatype], (column.stored(column.length or 1),))
            )
        dtype = np.dtype(parts)
        count = len(data) // dtype.itemsize
        self._rest = data[count * dtype.itemsize :]
        rows = np.frombuffer(data, dtype, count)
        arrays = []
        for number, column in enumerate(self._columns):
            missing = self._missing(rows["mask"], number) if self.masked else None
            arrays.append(self._array(rows[f"c{number}"], column, number, missing))
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    @staticmethod
    def _missing(mask: Any, number: int) -> Any:
        return (mask[:, number // 8] & (128 >> number % 8)) != 0

    def _array(self, values: Any, column: Column, number: int, missing: Any) -> pa.Array:
        """A column of cells of one length: ``values`` has a row for each."""
        kind = self._schema.types[number]
        if column.text:
            texts = [_text(row.tobytes(), column) for row in values]
            return pa.array(texts, kind, mask=missing)
        if column.datatype == "boolean":
            flags = values.view("u1").reshape(len(values), -1)
            unknown = np.isin(flags, list(_UNKNOWN)) if column.nullable else flags > 255
            flags = pa.array(~np.isin(flags, list(_NO)).ravel(), mask=unknown.ravel())
            return _rows(flags, column, kind, missing)
        if column.null is not None and missing is None and not column.size:
            missing = values[:, 0] == int(column.null)
        if column.bits:
            values = np.unpackbits(values, axis=1, count=column.length)
        if column.datatype == "unsignedByte" and column.size:
            return pa.array([row.tobytes() for row in values], kind, mask=missing)
        native = values.astype(values.dtype.newbyteorder("="))
        return _rows(pa.array(native.ravel()), column, kind, missing)

    def _varying(self, data: bytes) -> pa.RecordBatch:
        cells: list[list[Any]] = [[] for _ in self._columns]
        place = 0
        bytes_of_mask = (len(self._columns) + 7) // 8 if self.masked else 0
        while True:
            row = self._row(data, place, bytes_of_mask)
            if row is None:
                break
            place, values = row
            for cell, value in zip(cells, values, strict=True):
                cell.append(value)
        self._rest = data[place:]
        arrays = [
            pa.array(cell, kind) for cell, kind in zip(cells, self._schema.types, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _row(self, data: bytes, place: int, bytes_of_mask: int) -> tuple[int, list[Any]] | None:
        mask = data[place : place + bytes_of_mask]
        place += bytes_of_mask
        values: list[Any] = []
        for number, column in enumerate(self._columns):
            length = column.length
            if length is None:
                if place + 4 > len(data):
                    return None
                (length,) = struct.unpack_from(">I", data, place)
                place += 4
                if length > _LONGEST:
                    raise PublishError(
                        f"A cell of {column.name} in {self._name} declares {length:,} elements.",
                        hint="Fetch or write the file again.",
                    )
            dtype = np.dtype(ELEMENTS[column.datatype])
            end = place + column.stored(length) * dtype.itemsize
            if end > len(data):
                return None
            missing = bool(bytes_of_mask) and bool(mask[number // 8] & (128 >> number % 8))
            values.append(None if missing else _cell(data[place:end], dtype, column, length))
            place = end
        return (place, values) if place <= len(data) and values else None


def _cell(data: bytes, dtype: Any, column: Column, length: int) -> Any:
    if column.text:
        return _text(data, column)
    if column.datatype == "boolean":
        unknown = _UNKNOWN if column.nullable else b""
        flags = [None if sign in unknown else sign not in _NO for sign in data]
        return flags if column.size else flags[0]
    if column.bits:
        return np.unpackbits(np.frombuffer(data, np.uint8), count=length).tobytes()
    if column.datatype == "unsignedByte" and column.size:
        return data
    values = np.frombuffer(data, dtype).tolist()
    if column.size:
        return values
    return None if column.null is not None and values[0] == int(column.null) else values[0]


def _text(data: bytes, column: Column) -> str:
    if column.datatype == "unicodeChar":
        return data.decode("utf-16-be", "replace").partition("\0")[0]
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def _rows(flat: pa.Array, column: Column, kind: pa.DataType, missing: Any) -> pa.Array:
    """Scalars, or lists of one length, with missing cells."""
    if column.size:
        length = column.length or 1
        offsets = np.arange(len(flat) // length + 1, dtype=np.int32) * length
        array = pa.ListArray.from_arrays(pa.array(offsets), flat).cast(kind)
    else:
        array = flat.cast(kind)
    if missing is None or not missing.any():
        return array
    return pc.if_else(pa.array(missing), pa.scalar(None, kind), array)
