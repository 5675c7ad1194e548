"""Arrow IPC streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from lsp_jupyter.formats.header import PROVENANCE, TableHeader

__all__ = ["OVERFLOW", "Sink", "described", "write_arrow"]

#: Metadata key of the empty batch that ends a stream whose rows were cut off.
OVERFLOW = b"lsp:overflow"


class Sink:
    """A file that a library writes to and that gives away what it holds.

    pyarrow needs only `write`, `flush`, `close` and `closed` of it.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> int:
        """Keep a piece."""
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: pieces are taken, not sent."""

    def close(self) -> None:
        """Nothing more will be written."""
        self.closed = True

    def take(self) -> bytes:
        """What was written since the last call."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def described(header: TableHeader) -> pa.Schema:
    """The schema with the table's infos in its metadata."""
    keys = {name: key for key, (name, _) in PROVENANCE.items()}
    infos = {keys.get(name, f"lsp:{name.lower()}"): text for name, text in header.infos.items()}
    metadata = dict(header.schema.metadata or {})
    return header.schema.with_metadata(
        metadata | {key.encode(): text.encode() for key, text in infos.items()}
    )


def write_arrow(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """An Arrow IPC stream.

    Field metadata and infos are kept. Rows that were cut off are told by an
    empty last batch whose own metadata holds ``lsp:overflow``.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    batches : iterable of `pyarrow.RecordBatch`
        The rows.

    Yields
    ------
    piece : `bytes`
        The schema message, then a message a batch.
    """
    sink = Sink()
    schema = described(header)
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema) if batch.schema != schema else batch)
            yield sink.take()
        if header.cut_off():
            empty = schema.empty_table().to_batches() or [
                pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)
            ]
            writer.write_batch(empty[0], custom_metadata={OVERFLOW: b"true"})
    yield sink.take()
