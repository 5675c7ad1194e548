"""What an Arrow IPC file or stream declares, without reading its columns.

Arrow's own reader makes room for what a compressed buffer says it becomes,
and a reader of files looks wherever the footer points. Only the messages'
headers are looked at here (Arrow columnar format, "Serialization and
Interprocess Communication").
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["Declared", "declared"]

_FILE = b"ARROW1"
_CONTINUATION = 0xFFFFFFFF
#: Bytes of one header at most: that of a table of thousands of columns with all their words.
_HEADER = 64 << 20
#: Buffers of one message at most.
_BUFFERS = 1 << 17
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3


@dataclass(slots=True)
class Declared:
    """What is declared by all messages together.

    Attributes
    ----------
    columns, rows : `int`
        Of the table.
    size : `int`
        Bytes of all buffers, decompressed.
    """

    columns: int = 0
    rows: int = 0
    size: int = 0


class _Table:
    """A table of a FlatBuffers document: fields by their number."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place
        self._vtable = place - self._read("<i", place)
        self._fields = (self._read("<H", self._vtable) - 4) // 2

    def _read(self, form: str, place: int) -> int:
        if place < 0:
            raise ValueError("a place before the beginning")
        return int(struct.unpack_from(form, self._data, place)[0])

    def _field(self, number: int) -> int:
        if number >= self._fields:
            return 0
        offset = self._read("<H", self._vtable + 4 + 2 * number)
        return self._place + offset if offset else 0

    def number(self, field: int, form: str) -> int:
        """A number; 0 where there is none."""
        place = self._field(field)
        return self._read(form, place) if place else 0

    def table(self, field: int) -> _Table | None:
        """Another table."""
        place = self._field(field)
        return _Table(self._data, place + self._read("<I", place)) if place else None

    def vector(self, field: int) -> tuple[int, int]:
        """Where a list begins, and its length."""
        place = self._field(field)
        if not place:
            return 0, 0
        place += self._read("<I", place)
        return place + 4, self._read("<I", place)

    def structs(self, field: int, form: str) -> Iterator[tuple[int, ...]]:
        """The items of a list of structures."""
        start, length = self.vector(field)
        size = struct.calcsize(form)
        if length > _BUFFERS or start + length * size > len(self._data):
            raise ValueError("a list that is too long")
        return struct.iter_unpack(form, self._data[start : start + length * size])


def declared(path: Path) -> Declared:
    """What a file or stream declares.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file.

    Raises
    ------
    ValueError
        Raised if it is cut off or broken.
    """
    found = Declared()
    with path.open("rb") as file:
        total = file.seek(0, 2)
        file.seek(0)
        try:
            if file.read(6) == _FILE:
                _footer(file, total, found)
            else:
                _stream(file, total, found)
        except struct.error as error:
            raise ValueError(str(error)) from None
    return found


def _stream(file: IO[bytes], total: int, found: Declared) -> None:
    place = 0
    while place < total and (end := _message(file, place, total, found)):
        place = end


def _footer(file: IO[bytes], total: int, found: Declared) -> None:
    file.seek(max(0, total - 10))
    length, sign = struct.unpack("<i6s", file.read(10))
    if sign != _FILE or not 0 < length <= min(_HEADER, total - 18):
        raise ValueError("no footer")
    file.seek(total - 10 - length)
    footer = _root(file.read(length))
    schema = footer.table(1)
    found.columns = schema.vector(1)[1] if schema else 0
    for field in (2, 3):
        for place, _, _ in footer.structs(field, "<qi4xq"):
            if not 0 < place < total:
                raise ValueError("a block beyond the end")
            _message(file, place, total, found)


def _message(file: IO[bytes], place: int, total: int, found: Declared) -> int:
    """Look at a message; where the next one begins, or 0 at the end of a stream."""
    file.seek(place)
    (length,) = struct.unpack("<I", file.read(4))
    if length == _CONTINUATION:
        (length,) = struct.unpack("<I", file.read(4))
    if length == 0:
        return 0
    if length > min(_HEADER, total - file.tell()):
        raise ValueError("a header beyond the end")
    message = _root(file.read(length))
    body, size = file.tell(), message.number(3, "<q")
    if not 0 <= size <= total - body:
        raise ValueError("a body beyond the end")
    kind, header = message.number(1, "<B"), message.table(2)
    if header is not None and kind == _SCHEMA:
        found.columns = header.vector(1)[1]
    if header is not None and kind == _DICTIONARY:
        header = header.table(1)
    if header is not None and kind in (_DICTIONARY, _BATCH):
        rows = header.number(0, "<q")
        if rows < 0:
            raise ValueError("fewer rows than none")
        found.rows += rows if kind == _BATCH else 0
        found.size += _decompressed(file, header, body, size)
    return body + size


def _decompressed(file: IO[bytes], batch: _Table, body: int, size: int) -> int:
    packed = batch.table(3) is not None
    total = 0
    for offset, length in batch.structs(2, "<qq"):
        if not (0 <= offset <= size and 0 <= length <= size - offset):
            raise ValueError("a buffer beyond the end")
        if packed and length:
            file.seek(body + offset)
            (told,) = struct.unpack("<q", file.read(8))
            # What did not become smaller is kept as it was.
            length = length - 8 if told == -1 else told
            if length < 0:
                raise ValueError("a buffer of less than nothing")
        total += length
    return total


def _root(data: bytes) -> _Table:
    return _Table(data, int(struct.unpack_from("<I", data)[0]))
