"""One result: an Arrow IPC stream on disk, read by memory map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lsp_jupyter.engines.arrow_stream import Place, file_digest, gather, read_batch

__all__ = ["Result"]

#: Rows of a batch that `Result.iter_batches` gives at most.
ITER_ROWS = 65_536


class Result:
    """A result as it was when it was opened; it never changes.

    Of a result that still grows this is what there was then: open it again for
    more. It holds its file: it stays readable when the result is deleted or
    its file replaced by a merged one. May be used from several threads.

    Parameters
    ----------
    result_id : `str`
        Its name.
    path : `~pathlib.Path`
        Its file.
    data : `pyarrow.Buffer`
        The mapped file.
    header : `int`
        Bytes of the schema message.
    places : sequence of `~lsp_jupyter.engines.arrow_stream.Place`
        Its batches.
    complete, overflow : `bool`
        Whether it is finished, and whether it was cut off.
    size : `int`
        Bytes.
    sha256 : `str`
        Of the finished file.
    told : mapping
        Provenance that takes the place of the file's own: several results may have one file.

    Attributes
    ----------
    schema : `pyarrow.Schema`
        With the metadata of each field (``unit``, ``ucd`` …) and of the whole
        (the provenance).
    rows : `int`
        Number of rows.
    batches : `tuple` of `~lsp_jupyter.engines.arrow_stream.Place`
        Where its batches lie.
    """

    def __init__(
        self,
        result_id: str,
        path: Path,
        data: pa.Buffer,
        *,
        header: int,
        places: Sequence[Place],
        complete: bool,
        overflow: bool,
        size: int,
        sha256: str = "",
        told: Mapping[str, str] | None = None,
    ) -> None:
        self.id = result_id
        self.path = path
        self.batches = tuple(places)
        self.complete = complete
        self.overflow = overflow
        self.size = size
        self.sha256 = sha256
        self.header = header
        self.told = dict(told or {})
        self._data = data
        schema: pa.Schema = pa.ipc.read_schema(data.slice(0, header))
        # Of a shared file, what its own schema says of its provenance is another job's.
        self.schema = schema if not told else _told(schema, self.told)
        self._starts = np.array([0, *accumulate(place.rows for place in places)], dtype=np.int64)
        self.rows = int(self._starts[-1])

    def shared(self, result_id: str, path: Path, told: Mapping[str, str]) -> Result:
        """The same rows under another name; parameters as those of the class."""
        return Result(
            result_id,
            path,
            self._data,
            header=self.header,
            places=self.batches,
            complete=self.complete,
            overflow=self.overflow,
            size=self.size,
            sha256=self.sha256,
            told={**self.told, **told},
        )

    @property
    def metadata(self) -> dict[str, str]:
        """Provenance (keys ``lsp:…``), and ``rows`` and ``overflow`` as text."""
        stored = self.schema.metadata or {}
        out = {key.decode(): value.decode() for key, value in stored.items()}
        return out | {"rows": str(self.rows), "overflow": str(self.overflow).lower()}

    def batch(self, number: int) -> pa.RecordBatch:
        """One batch, without copying."""
        return read_batch(self._data, self.schema, self.batches[number])

    def read(self, start: int = 0, count: int | None = None) -> pa.Table:
        """Consecutive rows, without copying.

        Parameters
        ----------
        start : `int`
            The first row.
        count : `int`, optional
            Rows at most; all that follow if not given. What lies beyond the
            last row is left out.

        Returns
        -------
        table : `pyarrow.Table`
            With at most ``count`` rows.
        """
        start = min(max(start, 0), self.rows)
        end = self.rows if count is None else min(start + max(count, 0), self.rows)
        parts = []
        number = int(np.searchsorted(self._starts, start, side="right")) - 1
        while start < end:
            first = int(self._starts[number])
            take = min(end, int(self._starts[number + 1])) - start
            parts.append(self.batch(number).slice(start - first, take))
            start += take
            number += 1
        return pa.Table.from_batches(parts, self.schema)

    def take(self, indices: npt.ArrayLike) -> pa.Table:
        """Rows by number, in the order given.

        Parameters
        ----------
        indices : array-like of `int`
            Row numbers, each below `rows`.

        Returns
        -------
        table : `pyarrow.Table`
            One row for each index.

        Raises
        ------
        IndexError
            Raised if there is no such row.
        """
        wanted = np.asarray(indices, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= self.rows):
            raise IndexError(f"the result has {self.rows} rows")
        return gather(self.batch, self._starts, wanted, self.schema)

    def iter_batches(self, rows: int = ITER_ROWS) -> Iterator[pa.RecordBatch]:
        """All rows in order, as batches of at most ``rows`` rows, without copying."""
        for number in range(len(self.batches)):
            batch = self.batch(number)
            for start in range(0, batch.num_rows, rows):
                yield batch.slice(start, rows)

    def verify(self) -> bool:
        """Whether the finished file still has the digest it was finished with."""
        return self.complete and file_digest(self.path) == self.sha256


def _told(schema: pa.Schema, told: Mapping[str, str]) -> pa.Schema:
    new = {key.encode(): value.encode() for key, value in told.items()}
    return schema.with_metadata({**(schema.metadata or {}), **new})
