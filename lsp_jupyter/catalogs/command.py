"""``lsp publish``, ``lsp unpublish`` and ``lsp tables``; see `arguments`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from lsp_jupyter.catalogs.checks import check_release, check_spec
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.draft import Draft, Wishes, draft
from lsp_jupyter.catalogs.felis import FelisSchema, read_felis
from lsp_jupyter.catalogs.intake import open_sources
from lsp_jupyter.catalogs.meter import Bar
from lsp_jupyter.catalogs.publish import publish_table, rebuild_native, unpublish
from lsp_jupyter.catalogs.release import Release
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import NotFoundError, PublishError, UsageError
from lsp_jupyter.formats.sources.source import Options

__all__ = ["run"]

#: Guesses that a report shows at most, unless it is asked for all.
_SHOWN = 40


def run(state: Path, options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Run one of the commands.

    Parameters
    ----------
    state : `~pathlib.Path`
        The state folder.
    options : `argparse.Namespace`
        Parsed arguments.
    out, err : text files
        For what was asked for, and for how it goes.

    Returns
    -------
    code : `int`
        0.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if it cannot be done; nothing is changed then.
    """
    catalog = Catalog(state)
    try:
        if options.command == "publish":
            _publish(catalog, options, out, err)
        elif options.command == "unpublish":
            for name in unpublish(catalog, options.name):
                _tell(out, f"{name} is published no longer")
        else:
            if options.rebuild:
                rebuild_native(catalog, progress=Bar(err).say)
            show = _list_history if options.history else _list_tables
            show(catalog, options.name, out)
    finally:
        catalog.close()
    return 0


# -- publish -------------------------------------------------------------------


def _publish(catalog: Catalog, options: argparse.Namespace, out: TextIO, err: TextIO) -> None:
    if not options.source:
        raise UsageError(
            "There is nothing to publish.", hint="Name a file, or a repository with --butler."
        )
    schema, _, name = options.table.rpartition(".")
    if not schema or "." in schema:
        raise UsageError(
            f'"{options.table}" is no name of a table.', hint="Write --table RELEASE.TABLE."
        )
    present = _present(catalog, schema, name)
    if present is not None and not (options.append or options.replace):
        raise PublishError(
            f"Table {present.spec.full_name} is published already, with {present.rows:,} rows.",
            hint="Say --replace to put the new rows in its place, or --append to add them.",
        )
    if present is None and options.append:
        raise PublishError(
            f"There is no table {schema}.{name} to append to.", hint="Leave out --append."
        )
    felis = read_felis(options.felis) if options.felis is not None else None
    release = _release(catalog, options, schema, felis)
    made = _draft(options, schema, name, felis, present)
    check_release(release)
    check_spec(made.spec)
    for line in _report(made):
        _tell(out, line)
    if options.dry_run:
        return
    bar = Bar(err)
    started = time.monotonic()
    try:
        table = publish_table(
            catalog,
            release,
            made.spec,
            made.rows() if options.empty else _some(made.rows(), made.source.name),
            append=options.append,
            drop_bad_positions=options.drop_bad_positions,
            where=made.source.where,
            progress=bar.say,
            meter=bar,
        )
    finally:
        bar.close()
    published = _present(catalog, schema, name)
    size = published.size / 1e6 if published is not None else 0.0
    number = next(
        each for each, _, _ in catalog.entries() if each.name.lower() == release.name.lower()
    )
    _tell(
        out,
        f"{table.full_name} is published: {table.rows:,} rows, {size:,.1f} MB, "
        f"release {number.identity}, in {time.monotonic() - started:,.1f} s",
    )


def _present(catalog: Catalog, schema: str, name: str) -> Entry | None:
    wanted = f"{schema}.{name}".lower()
    for _, entries, _ in catalog.entries():
        for entry in entries:
            if entry.spec.full_name.lower() == wanted:
                return entry
    return None


def _release(
    catalog: Catalog, options: argparse.Namespace, schema: str, felis: FelisSchema | None
) -> Release:
    """The release as it is, with what is said anew."""
    name = options.release or schema
    known = {each.name.lower(): each for each, _, _ in catalog.entries()}
    release = known.get(name.lower()) or Release(
        name,
        name,
        description=felis.description if felis is not None else "",
        version=felis.version if felis is not None else "",
    )
    said = {
        "title": options.release_title,
        "version": options.release_version,
        "license": options.license,
        "citation": options.citation,
        "public": False if options.private else None,
    }
    return replace(
        release,
        **{key: value for key, value in said.items() if value is not None},
    )


def _draft(
    options: argparse.Namespace,
    schema: str,
    name: str,
    felis: FelisSchema | None,
    present: Entry | None,
) -> Draft:
    described = felis.table(options.felis_table or name, schema) if felis is not None else None
    position = tuple(options.position) if options.position else None
    types = _pairs(options.type, "type")
    rename = _pairs(options.rename, "rename")
    appended = present.spec if options.append and present is not None else None
    if appended is not None:
        described = appended
        position = appended.position or ("", "")
        types |= {each.name: each.datatype for each in appended.columns if each.name not in types}
    back = {new: old for old, new in rename.items()}
    source = open_sources(
        options.source,
        Options(
            table=options.part,
            null=tuple(options.null),
            types={back.get(column, column): kind for column, kind in types.items()},
        ),
    )
    if source.rows == 0 and not options.empty:
        raise _no_rows(source.name)
    made = draft(
        source,
        Wishes(
            schema=present.spec.schema if present is not None else schema,
            name=present.spec.name if present is not None else name,
            title=options.title,
            description=options.description,
            felis=described,
            position=("", "") if options.no_position else position,
            rename=rename,
            leave_out=frozenset(options.leave_out),
            types={} if appended is not None else types,
            units=_pairs(options.unit, "unit"),
            ucds=_pairs(options.ucd, "ucd"),
        ),
    )
    if appended is not None and {each.name for each in made.spec.columns} == {
        each.name for each in appended.columns
    }:
        made = replace(made, spec=appended, report=())
    return made


def _pairs(given: Iterable[str], what: str) -> dict[str, str]:
    out = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not name or not sign:
            raise UsageError(f"--{what} {text} is incomplete.", hint=f"Write --{what} NAME=VALUE.")
        out[name] = value
    return out


def _some(rows: Iterable[pa.RecordBatch], name: str) -> Iterator[pa.RecordBatch]:
    """The rows, of which there must be some."""
    count = 0
    for batch in rows:
        count += batch.num_rows
        yield batch
    if not count:
        raise _no_rows(name)


def _no_rows(name: str) -> PublishError:
    return PublishError(
        f"{name} holds no rows.", hint="Say --empty to publish a table without rows."
    )


def _report(made: Draft) -> Iterator[str]:
    source, spec = made.source, made.spec
    rows = "" if source.rows is None else f"{source.rows:,} rows, "
    columns = f"{len(spec.columns):,} columns"
    yield f"{spec.full_name} from {source.name} ({source.form}): {rows}{columns}"
    if source.guessed:
        yield f"  guessed: the types of {len(source.guessed)} columns, from all their values"
    for line in made.report[:_SHOWN]:
        yield f"  {line}"
    if len(made.report) > _SHOWN:
        yield f"  and {len(made.report) - _SHOWN} more; lsp tables {spec.full_name} shows all"


# -- tables --------------------------------------------------------------------


def _list_tables(catalog: Catalog, name: str, out: TextIO) -> None:
    wanted = name.lower()
    found = False
    for release, entries, _ in catalog.entries():
        for entry in entries:
            if entry.spec.full_name.lower() == wanted:
                _describe(release, entry, out)
                return
        if wanted in ("", release.name.lower()):
            found = True
            version = f", version {release.version}" if release.version else ""
            private = "" if release.public else ", private"
            _tell(out, f"{release.identity}: {release.title}{version}{private}")
            _print_rows(
                [
                    (
                        f"  {entry.spec.full_name}",
                        f"{entry.rows:,} rows",
                        f"{len(entry.spec.columns):,} columns",
                        f"{entry.size / 1e6:,.1f} MB",
                        entry.spec.title,
                    )
                    for entry in entries
                ],
                out,
            )
    if wanted and not found:
        raise NotFoundError(
            f"There is no table or release {name}.", hint="lsp tables lists what is published."
        )


def _describe(release: Release, entry: Entry, out: TextIO) -> None:
    spec = entry.spec
    about = ": ".join(text for text in (spec.title, spec.description) if text)
    _tell(out, f"{spec.full_name} of {release.identity}, {entry.rows:,} rows. {about}".rstrip())
    _print_rows(
        [
            (
                f"  {column.name}",
                column.datatype + (f"[{column.arraysize}]" if column.arraysize else ""),
                column.unit or "-",
                column.ucd or "-",
                column.description,
            )
            for column in spec.columns
        ],
        out,
    )


def _print_rows(rows: Sequence[tuple[str, ...]], out: TextIO) -> None:
    """Rows of text in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        _tell(out, "  ".join(cells).rstrip())


def _list_history(catalog: Catalog, name: str, out: TextIO) -> None:
    names = (
        [name] if name else [each.name for each, _, internal in catalog.entries() if not internal]
    )
    for each in names:
        changes = catalog.history(each)
        if not changes:
            raise NotFoundError(f"There never was a release {each}.")
        for change in changes:
            when = datetime.fromtimestamp(change.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
            rows = sum(count for _, count in change.tables.values())
            _tell(
                out,
                f"{change.release}@{change.number}  {when} UTC  {change.action}: "
                f"tables: {len(change.tables)}, rows: {rows:,}",
            )


def _tell(out: TextIO, text: str) -> None:
    out.write(f"{text}\n")
    out.flush()
