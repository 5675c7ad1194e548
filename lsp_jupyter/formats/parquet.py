"""Parquet files, with a VOTable header in the footer (IVOA Note VOParquet 1.0)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from lsp_jupyter.formats.arrow import Sink, described
from lsp_jupyter.formats.fields import vo_fields
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.votable import dataless

__all__ = ["write_parquet"]

#: Rows and bytes of a row group at most: nothing goes out before the first one is
#: whole, and all threads of the server together hold some of them.
_GROUP_ROWS = 32_768
_GROUP_BYTES = 8 << 20


def write_parquet(header: TableHeader, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """A Parquet file.

    Units, UCDs and descriptions are kept twice: as Arrow field metadata and as
    a VOTable without data under ``IVOA.VOTable-Parquet.content``, which also
    says whether rows were cut off.

    Parameters
    ----------
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    batches : iterable of `pyarrow.RecordBatch`
        The rows.

    Yields
    ------
    piece : `bytes`
        A row group; the last one is the footer.
    """
    sink = Sink()
    schema = described(header)
    rows = 0
    with pq.ParquetWriter(sink, schema, compression="snappy") as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in _groups(batches):
            count = sum(part.num_rows for part in waiting)
            size = sum(part.nbytes for part in waiting)
            if waiting and (
                count + batch.num_rows > _GROUP_ROWS or size + batch.nbytes > _GROUP_BYTES
            ):
                writer.write_table(pa.Table.from_batches(waiting).cast(schema))
                waiting = []
                yield sink.take()
            waiting.append(batch)
            rows += batch.num_rows
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting).cast(schema))
        document = dataless(replace(header, rows=rows), vo_fields(schema))
        writer.add_key_value_metadata(
            {
                "IVOA.VOTable-Parquet.version": "1.0",
                "IVOA.VOTable-Parquet.content": document,
            }
        )
    yield sink.take()


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches no larger than a row group."""
    for batch in batches:
        rows = batch.num_rows
        step = max(1, min(_GROUP_ROWS, rows * _GROUP_BYTES // max(1, batch.nbytes)))
        for start in range(0, rows, step):
            yield batch.slice(start, step)
