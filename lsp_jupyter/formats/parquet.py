"""Parquet files, with a VOTable header in the footer (IVOA Note VOParquet 1.0)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lsp_jupyter.formats.arrow import Sink, described
from lsp_jupyter.formats.cells import plain
from lsp_jupyter.formats.fields import Kind, VOField, vo_fields
from lsp_jupyter.formats.header import TableHeader
from lsp_jupyter.formats.votable import dataless

__all__ = ["write_parquet"]

#: Rows and bytes of a row group at most: nothing goes out before the first one is
#: whole, and all threads of the server together hold some of them.
_GROUP_ROWS = 32_768
_GROUP_BYTES = 8 << 20

#: Bytes of the first one, which somebody waits for.
_FIRST_BYTES = 2 << 20


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
    columns = [_Text(vo) for vo in vo_fields(schema)]
    rows = 0
    repetitive = [
        vo.name for vo, field in zip(vo_fields(schema), schema, strict=True) if _repeats(field.type)
    ]
    most = _FIRST_BYTES
    with pq.ParquetWriter(sink, schema, compression="snappy", use_dictionary=repetitive) as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in _groups(batches):
            count = sum(part.num_rows for part in waiting)
            size = sum(part.nbytes for part in waiting)
            if waiting and (count + batch.num_rows > _GROUP_ROWS or size + batch.nbytes > most):
                most = _GROUP_BYTES
                writer.write_table(pa.Table.from_batches(waiting).cast(schema))
                waiting = []
                yield sink.take()
            waiting.append(batch)
            rows += batch.num_rows
            for column, array in zip(columns, batch.columns, strict=True):
                column.see(array)
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting).cast(schema))
        document = dataless(replace(header, rows=rows), [column.field() for column in columns])
        writer.add_key_value_metadata(
            {
                "IVOA.VOTable-Parquet.version": "1.0",
                "IVOA.VOTable-Parquet.content": document,
            }
        )
    yield sink.take()


class _Text:
    """A column and, if it is text, the length of its longest value.

    Readers that make room by the VOTable header have to know it: astropy reads
    no file where it says ``*``.
    """

    def __init__(self, vo: VOField) -> None:
        self._vo = vo
        self._longest = 0

    def see(self, array: pa.Array) -> None:
        """Look at more of its values."""
        if self._vo.kind is not Kind.TEXT or isinstance(array.type, pa.BaseExtensionType):
            return
        array = plain(array)
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            longest = pc.max(pc.utf8_length(array)).as_py()
            self._longest = max(self._longest, longest or 0)

    def field(self) -> VOField:
        """How the header describes it."""
        return replace(self._vo, arraysize=f"{self._longest}*") if self._longest else self._vo


def _repeats(type_: pa.DataType) -> bool:
    """Whether values may be looked for among earlier ones: most numbers come once."""
    return not (pa.types.is_floating(type_) or pa.types.is_nested(type_) or type_ == pa.int64())


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches no larger than a row group."""
    most = _FIRST_BYTES
    for batch in batches:
        start, rows = 0, batch.num_rows
        width = batch.nbytes / max(1, rows)
        while start < rows:
            step = max(1, min(_GROUP_ROWS, int(most / max(width, 1 / 8))))
            yield batch.slice(start, step)
            start, most = start + step, _GROUP_BYTES
