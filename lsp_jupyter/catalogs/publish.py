"""Publishing: rows and their description → tables everybody can query.

A publication writes Parquet, then the native files built from it, then changes
``catalog.sqlite`` in one transaction. Whatever stops it before that leaves
nothing visible; `Catalog.collect` removes the files.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.catalogs import tap_schema
from lsp_jupyter.catalogs.checks import check_release, check_spec, table_schema
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.description import describe
from lsp_jupyter.catalogs.generation import (
    PARTITION_ROWS,
    Meter,
    build,
    discard,
    make,
    stored_rows,
)
from lsp_jupyter.catalogs.inspection import Inspection
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.engines.duckdb_native import NativeEngine, is_native
from lsp_jupyter.errors import NotFoundError, PublishError

__all__ = ["PARTITION_ROWS", "publish", "publish_table", "rebuild_native", "unpublish"]

#: Schemas in which queries find something else: finished results, tables sent with a query
#: (TAP 1.1 section 2.7.5), and tables of the user's own.
OWN_SCHEMAS = ("job", "tap_upload", "mydb")

Progress = Callable[[str], None]
Rows = Iterable[pa.RecordBatch]


def publish_table(
    catalog: Catalog,
    release: Release,
    spec: TableSpec,
    batches: Rows,
    *,
    append: bool = False,
    drop_bad_positions: bool = False,
    where: Callable[[int], str] | None = None,
    partition_rows: int = PARTITION_ROWS,
    progress: Progress | None = None,
    meter: Meter | None = None,
) -> Table:
    """Publish one table; see `publish`."""
    return publish(
        catalog,
        release,
        [(spec, batches)],
        append=append,
        drop_bad_positions=drop_bad_positions,
        where=where,
        partition_rows=partition_rows,
        progress=progress,
        meter=meter,
    )[0]


def publish(
    catalog: Catalog,
    release: Release,
    tables: Sequence[tuple[TableSpec, Rows]],
    *,
    append: bool = False,
    drop_bad_positions: bool = False,
    where: Callable[[int], str] | None = None,
    partition_rows: int = PARTITION_ROWS,
    progress: Progress | None = None,
    meter: Meter | None = None,
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
    append : `bool`
        Whether the new generations hold the rows of the present ones too. Their
        columns must be the same.
    drop_bad_positions : `bool`
        Whether to leave out rows that are nowhere on the sky, instead of
        refusing the table.
    where : callable, optional
        How reports name a row of the data, counted from 0.
    partition_rows : `int`
        Rows of a HATS partition at most.
    progress : callable, optional
        Told in words what is being done, and what became of the rows.
    meter : `~lsp_jupyter.catalogs.generation.Meter`, optional
        Told how far it is.

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
    with catalog.publishing(), NativeEngine(catalog.native) as engine:
        _check_owner(catalog, release, [spec for spec, _ in tables])
        present = _present(catalog, release.name)
        made: list[Entry] = []
        described: list[Entry] = []
        try:
            for spec, batches in tables:
                inspection = Inspection(
                    spec, table_schema(spec), drop_bad_positions=drop_bad_positions, where=where
                )
                rows = inspection(batches)
                old = present.get(spec.full_name.lower()) if append else None
                if old is not None:
                    _check_same(old.spec, spec)
                    inspection.wide |= _wide(old.spec)
                    inspection.rows += old.rows
                    rows = itertools.chain(stored_rows(catalog, old), rows)
                made.append(
                    make(
                        catalog,
                        release,
                        spec,
                        rows,
                        inspection,
                        partition_rows=partition_rows,
                        meter=meter,
                        engine=engine,
                    )
                )
                for note in _notes(inspection, made[-1]):
                    tell(note)
            described = describe(catalog, release, made, engine=engine)
            action = "append" if append else "publish"
            catalog.flip(
                [(release, made, False), (tap_schema.RELEASE, described, True)],
                action=f"{action} {', '.join(spec.full_name for spec, _ in tables)}",
            )
        except BaseException:
            discard(catalog, [*made, *described])
            raise
    return tuple(entry.table() for entry in made)


def _present(catalog: Catalog, release: str) -> dict[str, Entry]:
    """The tables of a release now, by name."""
    for other, entries, _ in catalog.entries():
        if other.name.lower() == release.lower():
            return {entry.spec.full_name.lower(): entry for entry in entries}
    return {}


def _wide(spec: TableSpec) -> set[str]:
    return {column.name for column in spec.columns if column.datatype == "unicodeChar"}


def _check_same(old: TableSpec, new: TableSpec) -> None:
    """Refuse to append to a table of other columns."""
    before, now = (
        {column.name: table_schema(spec).field(column.name).type for column in spec.columns}
        for spec in (old, new)
    )
    wrong = [
        *(f"{name} is missing" for name in before if name not in now),
        *(f"{name} is new" for name in now if name not in before),
        *(
            f"{name} is {now[name]} instead of {before[name]}"
            for name in before
            if name in now and now[name] != before[name]
        ),
    ]
    if old.position != new.position:
        wrong.append(f"the position is {new.position} instead of {old.position}")
    if wrong:
        more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise PublishError(
            f"The rows do not fit table {old.full_name}: {', '.join(wrong[:10])}{more}.",
            hint="Appended rows need the same columns; replace the table to change them.",
        )


def _notes(inspection: Inspection, entry: Entry) -> Iterable[str]:
    name = entry.spec.full_name
    if inspection.nan:
        count = sum(inspection.nan.values())
        columns = ", ".join(column for column, _ in inspection.nan.most_common(5))
        more = f" and {len(inspection.nan) - 5} more columns" if len(inspection.nan) > 5 else ""
        yield f"{name}: {count:,} NaN became missing values, in {columns}{more}"
    if inspection.dropped:
        yield f"{name}: {inspection.dropped:,} rows without a position were left out"


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
        if spec.schema.lower() in (tap_schema.SCHEMA, *OWN_SCHEMAS):
            raise PublishError(
                f'Schema "{spec.schema}" is the platform\'s own.', hint="Choose another name."
            )


def unpublish(catalog: Catalog, name: str) -> tuple[str, ...]:
    """Take a table, or a whole release, out of the catalogue.

    Queries that run read it to their end.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where.
    name : `str`
        A release, or ``schema.table``.

    Returns
    -------
    tables : `tuple` of `str`
        What is published no longer.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if there is no such table or release.
    """
    wanted = name.lower()
    with catalog.publishing():
        for release, entries, internal in catalog.entries():
            if internal:
                continue
            gone = [
                entry.spec
                for entry in entries
                if wanted in (release.name.lower(), entry.spec.full_name.lower())
            ]
            if not gone:
                continue
            names = tuple(spec.full_name for spec in gone)
            described = describe(catalog, release, [], gone=names)
            try:
                catalog.flip(
                    [(release, [], False), (tap_schema.RELEASE, described, True)],
                    drop=[(spec.schema, spec.name) for spec in gone],
                    action=f"unpublish {', '.join(names)}",
                )
            except BaseException:
                discard(catalog, described)
                raise
            return names
    raise NotFoundError(
        f"There is no table or release {name}.", hint="lsp tables lists what is published."
    )


def rebuild_native(catalog: Catalog, *, progress: Progress | None = None) -> int:
    """Make native files again that are missing, or that the engine cannot read.

    They are made of the Parquet files; a new version of the engine may need it.

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
    with catalog.publishing(), NativeEngine(catalog.native) as engine:
        missing_description = False
        for _, entries, internal in catalog.entries():
            for entry in entries:
                path = catalog.native_path(entry.alias)
                if is_native(path):
                    continue
                # Whoever reads it keeps what it has open.
                path.unlink(missing_ok=True)
                if internal:
                    missing_description = True
                    continue
                if progress is not None:
                    progress(f"{entry.spec.full_name}: making its native file again")
                folder = catalog.state / entry.hats
                build(catalog, entry.alias, folder, entry.spec, engine=engine)
                count += 1
        if missing_description:
            described = describe(catalog, None, [], engine=engine)
            catalog.flip([(tap_schema.RELEASE, described, True)])
            count += len(described)
    return count
