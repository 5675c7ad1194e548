"""Publishing: rows and their description → tables everybody can query.

A publication writes Parquet, then the native files built from it, then changes
``catalog.sqlite`` in one transaction. Whatever stops it before that leaves
nothing visible; `Catalog.collect` removes the files.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.catalogs import tap_schema
from lsp_jupyter.catalogs.checks import check_release, check_spec
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.hats import native_sources, sync, write_hats
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.engines.duckdb_native import build_native
from lsp_jupyter.errors import PublishError

__all__ = ["PARTITION_ROWS", "publish", "publish_table", "rebuild_native"]

#: Rows of a HATS partition at most.
PARTITION_ROWS = 500_000

Progress = Callable[[str], None]


def publish_table(
    catalog: Catalog,
    release: Release,
    spec: TableSpec,
    batches: Iterable[pa.RecordBatch],
    *,
    partition_rows: int = PARTITION_ROWS,
    progress: Progress | None = None,
) -> Table:
    """Publish one table; see `publish`."""
    return publish(
        catalog, release, [(spec, batches)], partition_rows=partition_rows, progress=progress
    )[0]


def publish(
    catalog: Catalog,
    release: Release,
    tables: Sequence[tuple[TableSpec, Iterable[pa.RecordBatch]]],
    *,
    partition_rows: int = PARTITION_ROWS,
    progress: Progress | None = None,
) -> tuple[Table, ...]:
    """Publish tables of a release; all of them become visible at one moment.

    A table that exists already is replaced by a new generation; queries that
    run read the old one to their end. Other tables of the release stay.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where.
    release : `~lsp_jupyter.catalogs.release.Release`
        What they belong to; its description and examples replace earlier ones.
    tables : sequence of (`TableSpec`, iterable of `pyarrow.RecordBatch`)
        Their descriptions and rows. Rows are read once, in a stream.
    partition_rows : `int`
        Rows of a HATS partition at most.
    progress : callable, optional
        Told in words what is being done.

    Returns
    -------
    tables : `tuple` of `~lsp_jupyter.adql.schema.Table`
        As queries see them now.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a description or a row cannot be published. Nothing is changed then.
    """
    check_release(release)
    for spec, _ in tables:
        check_spec(spec)
    tell = progress or (lambda _: None)
    with catalog.publishing():
        _check_owner(catalog, release, [spec for spec, _ in tables])
        made: list[Entry] = []
        described: list[Entry] = []
        try:
            for spec, batches in tables:
                made.append(_make(catalog, release, spec, batches, partition_rows, tell))
            described = _described(catalog, release, made)
            catalog.flip([(release, made, False), (tap_schema.RELEASE, described, True)])
        except BaseException:
            # If the change was made after all, the files are in use.
            used = {each.alias for _, entries, _ in catalog.entries() for each in entries}
            for entry in [*made, *described]:
                if entry.alias not in used:
                    catalog.native_path(entry.alias).unlink(missing_ok=True)
                    if entry.hats:
                        shutil.rmtree(catalog.state / entry.hats, ignore_errors=True)
            raise
    return tuple(entry.table() for entry in made)


def _check_owner(catalog: Catalog, release: Release, specs: Sequence[TableSpec]) -> None:
    names = [spec.full_name.lower() for spec in specs]
    if len(set(names)) < len(names):
        raise PublishError(f"Release {release.name} names a table twice.")
    for other, entries, internal in catalog.entries():
        if internal and other.name.lower() == release.name.lower():
            raise PublishError(f'"{release.name}" is the platform\'s own.')
        for entry in entries:
            mine = other.name.lower() == release.name.lower()
            if entry.spec.full_name.lower() in names and not mine:
                raise PublishError(
                    f"Table {entry.spec.full_name} belongs to release {other.name} already.",
                    hint="Choose another schema or table name.",
                )
    for spec in specs:
        if spec.schema.lower() == tap_schema.SCHEMA:
            raise PublishError(f'Schema "{spec.schema}" is the platform\'s own.')


def _make(
    catalog: Catalog,
    release: Release,
    spec: TableSpec,
    batches: Iterable[pa.RecordBatch],
    partition_rows: int,
    tell: Progress,
) -> Entry:
    """Write a generation: Parquet under its final name, and the native file."""
    generation = secrets.token_hex(6)
    alias = f"{spec.schema}_{spec.name}_{generation}".lower()
    folder = catalog.state / "hats" / release.name / spec.full_name / generation
    partial = folder.with_name(f".{generation}.partial")
    try:
        tell(f"{spec.full_name}: writing HATS partitions")
        info = write_hats(partial, release, spec, batches, partition_rows=partition_rows)
        sync(*partial.rglob("*"), partial)
        partial.rename(folder)
        sync(*(parent for parent in folder.parents if parent.is_relative_to(catalog.state)))
        tell(f"{spec.full_name}: sorting {info.rows:,} rows for quick searches")
        size = _build(catalog, alias, folder, spec)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    columns = tuple(
        replace(column, datatype="unicodeChar") if column.name in info.wide else column
        for column in spec.columns
    )
    hats = str(folder.relative_to(catalog.state))
    return Entry(replace(spec, columns=columns), alias, hats, info.rows, size)


def _build(catalog: Catalog, alias: str, folder: Path, spec: TableSpec) -> int:
    catalog.native.mkdir(mode=0o700, exist_ok=True)
    scratch = catalog.native / f".{alias}.sources"
    try:
        sources = native_sources(folder, spec.position, scratch)
        return build_native(sources, catalog.native_path(alias)).size
    except FileNotFoundError:
        raise PublishError(
            f"The Parquet files of {spec.full_name} are gone.",
            hint="Publish the table again from its source.",
        ) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _described(catalog: Catalog, release: Release, made: Sequence[Entry]) -> list[Entry]:
    """New generations of TAP_SCHEMA that describe what will be published then."""
    new = {entry.spec.full_name.lower(): entry.spec for entry in made}
    releases: list[tuple[Release, list[TableSpec]]] = []
    for other, entries, internal in catalog.entries():
        if internal:
            continue
        mine = other.name.lower() == release.name.lower()
        specs = [
            new.pop(entry.spec.full_name.lower(), entry.spec) if mine else entry.spec
            for entry in entries
        ]
        releases.append((release if mine else other, specs))
        if mine:
            specs += new.values()
            new = {}
    if new:
        releases.append((release, list(new.values())))
    out = []
    scratch = catalog.state / "native" / f".tap_schema.{secrets.token_hex(6)}"
    scratch.mkdir(mode=0o700)
    try:
        for spec, table in tap_schema.contents(releases):
            alias = f"{spec.schema}_{spec.name}_{secrets.token_hex(6)}"
            source = scratch / f"{spec.name}.parquet"
            pq.write_table(table, source)
            native = build_native([source], catalog.native_path(alias), order_by=None)
            out.append(Entry(spec, alias, "", native.rows, native.size))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return out


def rebuild_native(catalog: Catalog, *, progress: Progress | None = None) -> int:
    """Make native files that are missing again, from the Parquet they were made of.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where.
    progress : callable, optional
        Told in words what is being done.

    Returns
    -------
    count : `int`
        Files that were made.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the Parquet files are gone too.
    """
    count = 0
    with catalog.publishing():
        described = False
        for _, entries, internal in catalog.entries():
            for entry in entries:
                if catalog.native_path(entry.alias).exists():
                    continue
                if internal:
                    described = True
                    continue
                if progress is not None:
                    progress(f"{entry.spec.full_name}: making its native file again")
                _build(catalog, entry.alias, catalog.state / entry.hats, entry.spec)
                count += 1
        if described:
            count += _describe_again(catalog)
    return count


def _describe_again(catalog: Catalog) -> int:
    for release, _, internal in catalog.entries():
        if not internal:
            entries = _described(catalog, release, [])
            catalog.flip([(tap_schema.RELEASE, entries, True)])
            return len(entries)
    return 0
