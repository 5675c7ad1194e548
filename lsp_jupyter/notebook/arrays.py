"""Arrow columns as numpy arrays that may be written to, copied only where they must be.

A result file is mapped once more, privately: numpy arrays look straight into
it, and the operating system copies a page of memory when somebody writes to
it. So ``table["ra"] += 1`` works, the file stays as it is, and nothing else
that was made of the same result sees the change.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.formats import cells

__all__ = ["PrivateMap", "is_plain", "nulls", "to_numpy"]

Array = npt.NDArray[Any]


@dataclass(slots=True)
class PrivateMap:
    """A second mapping of a result file, for one conversion.

    Attributes
    ----------
    path : `~pathlib.Path`
        The file.
    base, size : `int`
        Where it is mapped already, address and bytes.
    identity : `tuple` of `int`
        Device, inode and size of what is mapped there.
    """

    path: Path
    base: int
    size: int
    identity: tuple[int, int, int]
    _map: mmap.mmap | None = field(default=None, repr=False)
    _failed: bool = field(default=False, repr=False)

    def view(self, address: int, dtype: np.dtype[Any], count: int) -> Array | None:
        """An array over bytes that are mapped; `None` if they are not of this file.

        Parameters
        ----------
        address : `int`
            Where the bytes are in the first mapping.
        dtype : `numpy.dtype`
            What they hold.
        count : `int`
            How many.
        """
        offset = address - self.base
        if self._failed or offset < 0 or offset + count * dtype.itemsize > self.size:
            return None
        if self._map is None:
            self._map = self._open()
        if self._map is None:
            self._failed = True
            return None
        return np.frombuffer(self._map, dtype, count, offset)

    def _open(self) -> mmap.mmap | None:
        try:
            with self.path.open("rb") as file:
                info = os.fstat(file.fileno())
                if (info.st_dev, info.st_ino, info.st_size) != self.identity:
                    return None
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except OSError:
            return None  # Deleted meanwhile, or too many are open: copying works as well.


def is_plain(kind: pa.DataType) -> bool:
    """Whether numpy has the same bytes for a type."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_duration(kind)
        or (pa.types.is_timestamp(kind) and kind.tz is None)
    )


def nulls(column: pa.ChunkedArray) -> Array:
    """Where a column is null, as a Boolean array that may be written to."""
    parts = [cells.nulls(chunk) for chunk in column.chunks]
    filled = [
        np.zeros(len(chunk), np.bool_) if part is None else part
        for part, chunk in zip(parts, column.chunks, strict=True)
    ]
    return filled[0] if len(filled) == 1 else np.concatenate([np.zeros(0, np.bool_), *filled])


def to_numpy(column: pa.ChunkedArray, private: PrivateMap | None = None) -> Array:
    """The values of a column, in an array that may be written to.

    Parameters
    ----------
    column : `pyarrow.ChunkedArray`
        One column.
    private : `PrivateMap`, optional
        The file it is mapped from.

    Returns
    -------
    values : `numpy.ndarray`
        Numbers and times as they are, Booleans as bytes, arrays of one length
        in more dimensions, everything else as objects. What stands where the
        column is null is undefined; objects are `None` there.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return to_numpy(column.cast(kind.value_type), private)
    if pa.types.is_boolean(kind):
        return np.array(pc.fill_null(column, False).to_numpy(), dtype=bool)
    if pa.types.is_fixed_size_list(kind) and is_plain(kind.value_type) and not column.null_count:
        flat = pa.chunked_array([chunk.flatten() for chunk in column.chunks], kind.value_type)
        if not flat.null_count:
            return to_numpy(flat, private).reshape(len(column), kind.list_size)
    if not is_plain(kind):
        return np.array(column.to_numpy(), dtype=object)
    dtype = np.dtype(kind.to_pandas_dtype())
    if column.num_chunks == 1:
        return _values(column.chunk(0), dtype, private)
    out = np.empty(len(column), dtype)
    at = 0
    for chunk in column.chunks:
        out[at : at + len(chunk)] = _values(chunk, dtype, private)
        at += len(chunk)
    return out


def _values(chunk: pa.Array, dtype: np.dtype[Any], private: PrivateMap | None) -> Array:
    buffer = chunk.buffers()[1]
    if buffer is None or not len(chunk):
        return np.zeros(len(chunk), dtype)
    start = chunk.offset * dtype.itemsize
    if private is not None:
        found = private.view(buffer.address + start, dtype, len(chunk))
        if found is not None:
            return found
    return np.frombuffer(buffer, dtype, len(chunk), start).copy()
