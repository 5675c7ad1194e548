"""New generations of TAP_SCHEMA, made whenever something is published."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

from lsp_jupyter.catalogs import tap_schema
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.engines.duckdb_native import NativeEngine, build_natives

__all__ = ["describe"]


def describe(
    catalog: Catalog,
    release: Release | None,
    made: Sequence[Entry],
    *,
    gone: Collection[str] = (),
    engine: NativeEngine | None = None,
) -> list[Entry]:
    """Describe what will be published after a change.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        What is published now.
    release : `~lsp_jupyter.catalogs.release.Release`, optional
        The release that changes.
    made : sequence of `~lsp_jupyter.catalogs.database.Entry`
        Its new tables.
    gone : collection of `str`
        Tables that will be published no longer.
    engine : `~lsp_jupyter.engines.duckdb_native.NativeEngine`, optional
        What writes the native files; one is started if it is not given.

    Returns
    -------
    entries : `list` of `~lsp_jupyter.catalogs.database.Entry`
        The tables of TAP_SCHEMA, on disk.
    """
    new = {entry.spec.full_name.lower(): entry.spec for entry in made}
    releases: list[tuple[Release, list[TableSpec]]] = []
    for other, entries, internal in catalog.entries():
        if internal:
            continue
        mine = release is not None and other.name.lower() == release.name.lower()
        specs = [
            new.pop(entry.spec.full_name.lower(), entry.spec)
            for entry in entries
            if entry.spec.full_name not in gone
        ]
        if mine and release is not None:
            specs += new.values()
            new = {}
            other = release
        if specs:
            releases.append((other, specs))
    if release is not None and new:
        releases.append((release, list(new.values())))
    contents = tap_schema.contents(releases)
    aliases = [f"{spec.schema}_{spec.name}_{secrets.token_hex(6)}" for spec, _ in contents]
    native = build_natives(
        [
            (table.to_reader(), catalog.native_path(alias))
            for (_, table), alias in zip(contents, aliases, strict=True)
        ],
        engine=engine,
    )
    return [
        Entry(spec, alias, "", info.rows, info.size)
        for (spec, _), alias, info in zip(contents, aliases, native, strict=True)
    ]
