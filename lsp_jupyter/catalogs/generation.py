"""The files of one generation of a table: Parquet, and the native file made of it."""

from __future__ import annotations

import secrets
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.hats import INDEX, parquet_files, read_rows, sync, write_hats
from lsp_jupyter.catalogs.healpix import helper_columns
from lsp_jupyter.catalogs.inspection import Inspection
from lsp_jupyter.catalogs.reaches import Reaches
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.sampling import uniform
from lsp_jupyter.catalogs.spreads import Spreads
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.engines.duckdb_native import NativeEngine, build_native
from lsp_jupyter.errors import PublishError

__all__ = ["PARTITION_ROWS", "Meter", "build", "discard", "make", "stored_rows"]

#: Rows of a HATS partition at most.
PARTITION_ROWS = 500_000


class Meter(Protocol):
    """Told how far a stage is."""

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        """``done`` rows of ``total``, if that is known."""


def make(
    catalog: Catalog,
    release: Release,
    spec: TableSpec,
    rows: Iterable[pa.RecordBatch],
    inspection: Inspection,
    *,
    partition_rows: int = PARTITION_ROWS,
    meter: Meter | None = None,
    engine: NativeEngine | None = None,
) -> Entry:
    """Write a generation: Parquet under its final name, and the native file.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where.
    release, spec
        What is written.
    rows : iterable of `pyarrow.RecordBatch`
        The rows, in any order.
    inspection : `~lsp_jupyter.catalogs.inspection.Inspection`
        What let them pass, and counted them.
    partition_rows : `int`
        Rows of a HATS partition at most.
    meter : `Meter`, optional
        Told how far it is.
    engine : `~lsp_jupyter.engines.duckdb_native.NativeEngine`, optional
        What writes the native file; one is started if it is not given.

    Returns
    -------
    entry : `~lsp_jupyter.catalogs.database.Entry`
        The generation, on disk.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a row cannot be published; no file is left then.
    """
    schema = table_schema(spec)
    generation = secrets.token_hex(6)
    alias = f"{spec.schema}_{spec.name}_{generation}".lower()
    folder = catalog.state / "hats" / release.name / spec.full_name / generation
    partial = folder.with_name(f".{generation}.partial")
    tick = _Ticks(meter, spec.full_name)
    try:
        write_hats(
            partial,
            release,
            spec,
            schema,
            tick.each("reading", rows),
            partition_rows=partition_rows,
            wrote=lambda count: tick("partitioning", count, inspection.rows),
        )
        sync(*partial.rglob("*"), partial)
        partial.rename(folder)
        sync(*(parent for parent in folder.parents if parent.is_relative_to(catalog.state)))
        reaches, spreads = Reaches(spec), Spreads(spec)
        size = build(
            *(catalog, alias, folder, spec),
            meter=meter,
            engine=engine,
            reaches=reaches,
            spreads=spreads,
        )
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    columns = tuple(
        replace(column, datatype="unicodeChar") if column.name in inspection.wide else column
        for column in spec.columns
    )
    hats = str(folder.relative_to(catalog.state))
    return Entry(
        replace(spec, columns=columns),
        alias,
        hats,
        inspection.rows,
        size,
        sampled=True,
        reaches=reaches.found(),
        spreads=spreads.found(),
    )


def discard(catalog: Catalog, entries: Iterable[Entry]) -> None:
    """Delete the files of generations that did not become visible."""
    # If the change was made after all, the files are in use.
    used = {each.alias for _, entries_, _ in catalog.entries() for each in entries_}
    for entry in entries:
        if entry.alias not in used:
            catalog.native_path(entry.alias).unlink(missing_ok=True)
            if entry.hats:
                shutil.rmtree(catalog.state / entry.hats, ignore_errors=True)


def build(
    catalog: Catalog,
    alias: str,
    folder: Path,
    spec: TableSpec,
    *,
    meter: Meter | None = None,
    engine: NativeEngine | None = None,
    reaches: Reaches | None = None,
    spreads: Spreads | None = None,
) -> int:
    """Make the native file of a generation from its Parquet files; gives its bytes.

    Each row is shown to ``reaches`` and ``spreads``, if given.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the Parquet files are gone.
    """
    try:
        total = sum(pq.read_metadata(path).num_rows for path in parquet_files(folder))
    except FileNotFoundError:
        raise PublishError(
            f"The Parquet files of {spec.full_name} are gone.",
            hint="Publish the table again from its source.",
        ) from None
    reaches = reaches or Reaches(spec)
    schema = _helped_schema(spec, reaches)
    rows = _Ticks(meter, spec.full_name).each(
        "indexing", _helped(folder, spec, schema, reaches, spreads), total
    )
    reader = pa.RecordBatchReader.from_batches(schema, rows)
    target = catalog.native_path(alias)
    return build_native(reader, target, keys=_keys(spec), engine=engine).size


def _keys(spec: TableSpec) -> list[str]:
    """The columns by which rows are looked up: integers that are said to be quick to search."""
    return [
        column.name
        for column in spec.columns
        if column.indexed and column.datatype in {"short", "int", "long"} and not column.arraysize
    ]


def _helped_schema(spec: TableSpec, reaches: Reaches) -> pa.Schema:
    schema = table_schema(spec).remove_metadata()
    if spec.position is not None:
        schema = schema.append(pa.field("hpx29", pa.int64()))
        for axis in ("cx", "cy", "cz"):
            schema = schema.append(pa.field(axis, pa.float64()))
    for field in reaches.fields():
        schema = schema.append(field)
    return schema.append(pa.field("rnd", pa.float32()))


def _helped(
    folder: Path, spec: TableSpec, schema: pa.Schema, reaches: Reaches, spreads: Spreads | None
) -> Iterator[pa.RecordBatch]:
    """The rows with their helper columns."""
    seed = zlib.crc32(spec.full_name.lower().encode())
    first = 0
    for batch in read_rows(folder):
        columns = [batch.column(column.name) for column in spec.columns]
        if spec.position is not None:
            ra, dec = (np.asarray(batch.column(name)) for name in spec.position)
            columns.append(batch.column(INDEX))
            columns += [pa.array(values) for values in helper_columns(ra, dec).values()]
        columns += reaches.look(batch)
        if spreads is not None:
            spreads.look(batch)
        columns.append(pa.array(uniform(seed, first, batch.num_rows)))
        first += batch.num_rows
        plain = [
            array if array.type == field.type else array.cast(field.type)
            for array, field in zip(columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(plain, schema=schema)


def stored_rows(catalog: Catalog, entry: Entry) -> Iterator[pa.RecordBatch]:
    """The rows of a published table, without helper columns."""
    names = [column.name for column in entry.spec.columns]
    for batch in read_rows(catalog.state / entry.hats):
        yield batch.select(names)


class _Ticks:
    """Counts rows of the stages of one table."""

    def __init__(self, meter: Meter | None, table: str) -> None:
        self._meter = meter
        self._table = table
        self._done: dict[str, int] = {}

    def __call__(self, stage: str, rows: int, total: int | None) -> None:
        if self._meter is not None:
            self._done[stage] = self._done.get(stage, 0) + rows
            self._meter(f"{self._table}: {stage}", self._done[stage], total)

    def each(
        self, stage: str, batches: Iterable[pa.RecordBatch], total: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield batch
            self(stage, batch.num_rows, total)
