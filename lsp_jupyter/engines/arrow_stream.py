"""An Arrow IPC stream on disk that others read while it grows.

The file is an uncompressed IPC stream. Each record batch is complete on disk
before its place is told, so whoever reads no further than what was told needs
no lock. This module must depend on the standard library, NumPy and PyArrow only.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = [
    "Place",
    "StreamWriter",
    "file_digest",
    "gather",
    "map_file",
    "merge_batches",
    "read_batch",
]


class Place(NamedTuple):
    """Where a record batch lies in its file: bytes from the start, bytes, rows."""

    offset: int
    length: int
    rows: int


class StreamWriter:
    """Writes the stream and knows where each batch lies.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file; it must not exist yet. Made with mode 0600.
    schema : `pyarrow.Schema`
        Of all batches.
    hash_from : `int`
        Size in bytes from which on the digest is computed while writing
        (below, one pass over the finished file is cheaper).

    Attributes
    ----------
    header : `int`
        Bytes of the schema message at the start; on disk with the first batch.
    places : `list` of `Place`
        The batches so far.
    size, rows : `int`
        Bytes and rows so far.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, hash_from: int = 0) -> None:
        self.path = path
        # The descriptor stays for reading back what is to be hashed and for fsync.
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._sink = pa.OSFile(str(path), "wb")
        self._stream = pa.ipc.new_stream(self._sink, schema)
        # Arrow writes the schema together with the first batch, or at the end.
        self.header = schema.serialize().size
        self.size = self.header
        self.rows = 0
        self.places: list[Place] = []
        self._hash_from = hash_from
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._hasher: ThreadPoolExecutor | None = None
        self._pending: Future[None] | None = None

    def write(self, batch: pa.RecordBatch) -> Place:
        """Append one batch; its place may be told as soon as this returns."""
        self._stream.write_batch(batch)
        self._sink.flush()
        end = self._sink.tell()
        place = Place(self.size, end - self.size, batch.num_rows)
        self.places.append(place)
        self.size = end
        self.rows += batch.num_rows
        if self.size > self._hash_from:
            self._hash_up_to(self.size)
        return place

    def close(self, *, durable: bool = True, digest: bool = True) -> str:
        """End the stream.

        Parameters
        ----------
        durable : `bool`
            Whether to wait until the disk has it.
        digest : `bool`
            Whether the digest is wanted.

        Returns
        -------
        digest : `str`
            SHA-256 of the whole file, hexadecimal; empty if not wanted.
        """
        self._stream.close()
        self.size = self._sink.tell()
        self._sink.close()
        if digest and self._hasher is not None:
            self._hash_up_to(self.size)
        if durable:
            os.fsync(self._fd)
        if self._pending is not None:
            self._pending.result()
        elif digest:
            self._hash_piece(None, self.size)
        self._release()
        return self._hash.hexdigest() if digest else ""

    def abandon(self) -> None:
        """Give up: close the file as it is."""
        self._sink.close()
        self._release()

    def _release(self) -> None:
        if self._hasher is not None:
            self._hasher.shutdown(wait=True)
        os.close(self._fd)

    def _hash_up_to(self, end: int) -> None:
        if self._hasher is None:
            self._hasher = ThreadPoolExecutor(1, "sha256")
        # One thread, so pieces are hashed in order; the last one tells of any failure.
        self._pending = self._hasher.submit(self._hash_piece, self._pending, end)

    def _hash_piece(self, before: Future[None] | None, end: int) -> None:
        if before is not None:
            before.result()
        # Mapped, not read: a copy would cost as much as the digest.
        start = self._hashed - self._hashed % mmap.ALLOCATIONGRANULARITY
        with (
            mmap.mmap(self._fd, end - start, prot=mmap.PROT_READ, offset=start) as data,
            memoryview(data) as view,
            view[self._hashed - start :] as piece,
        ):
            self._hash.update(piece)
        self._hashed = end


def map_file(fd: int) -> pa.Buffer:
    """The file as it is now, mapped read-only; valid for as long as it is held."""
    return pa.py_buffer(mmap.mmap(fd, 0, prot=mmap.PROT_READ))


def read_batch(data: pa.Buffer, schema: pa.Schema, place: Place) -> pa.RecordBatch:
    """One batch of a mapped file, without copying."""
    message = pa.ipc.read_message(data.slice(place.offset, place.length))
    return pa.ipc.read_record_batch(message, schema)


def merge_batches(
    source: Path, target: Path, places: list[Place], schema: pa.Schema, *, durable: bool = True
) -> tuple[int, Place, int, str]:
    """Write the batches of one file as one batch into another.

    pandas' and NumPy's view of a single batch costs nothing.

    Returns
    -------
    header : `int`
        Bytes of the schema message.
    place : `Place`
        The one batch.
    size : `int`
        Bytes of the new file.
    digest : `str`
        Its SHA-256.
    """
    with source.open("rb") as file:
        data = map_file(file.fileno())
    batches = [read_batch(data, schema, place) for place in places]
    table = pa.Table.from_batches(batches, schema).combine_chunks()
    (batch,) = table.to_batches()
    writer = StreamWriter(target, schema, hash_from=1 << 62)
    try:
        place = writer.write(batch)
        digest = writer.close(durable=durable)
    except BaseException:
        writer.abandon()
        target.unlink(missing_ok=True)
        raise
    return writer.header, place, writer.size, digest


def file_digest(path: Path, *, sync: bool = False) -> str:
    """SHA-256 of a file, hexadecimal; after the disk has it, if ``sync``."""
    with path.open("rb") as file:
        if sync:
            os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def gather(
    batches: Callable[[int], pa.RecordBatch],
    starts: npt.NDArray[np.int64],
    wanted: npt.NDArray[np.int64],
    schema: pa.Schema,
) -> pa.Table:
    """Rows by number, in the order given, without touching the batches they are not in.

    Parameters
    ----------
    batches : callable
        Gives a batch by its number.
    starts : `numpy.ndarray` of `numpy.int64`
        The number of the first row of each batch, and at its end that of all rows.
    wanted : `numpy.ndarray` of `numpy.int64`
        Numbers of rows that exist.
    schema : `pyarrow.Schema`
        Of the batches.
    """
    if wanted.size == 0:
        return schema.empty_table()
    numbers = np.searchsorted(starts, wanted, side="right") - 1
    parts = []
    places = np.empty(wanted.size, dtype=np.int64)
    filled = 0
    for number in np.unique(numbers):
        (here,) = np.nonzero(numbers == number)
        local = pa.array(wanted[here] - starts[number])
        parts.append(batches(int(number)).take(local))
        places[here] = np.arange(filled, filled + here.size)
        filled += here.size
    table = pa.Table.from_batches(parts, schema)
    return table if len(parts) == 1 else table.combine_chunks().take(pa.array(places))
