"""A table of a user's own, and what it may be called."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from lsp_jupyter.adql.schema import Table
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.release import Release
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import NotFoundError, UsageError

from .folder import SCHEMA

__all__ = ["Mode", "UserTable", "entries_of", "find_entry", "missing", "plain_name", "told"]

#: What happens to a table that exists already: it is an error, it goes, or rows are added.
Mode = Literal["create", "replace", "append"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class UserTable:
    """A table of a user's own.

    Attributes
    ----------
    table : `~lsp_jupyter.adql.schema.Table`
        As a query sees it, ``mydb.<name>``.
    size : `int`
        Bytes on disk.
    version : `str`
        Of all tables of the user, such as ``mydb@7``: it names these rows for ever.
    changed : `~datetime.datetime`
        When these rows were stored, UTC.
    """

    table: Table
    size: int
    version: str
    changed: datetime

    @property
    def name(self) -> str:
        """Its name without the schema."""
        return self.table.name

    def to_dict(self) -> dict[str, object]:
        """What travels in JSON."""
        table = self.table
        return {
            "name": table.name,
            "full_name": table.full_name,
            "rows": table.rows,
            "size": self.size,
            "columns": len(table.columns),
            "positions": table.position is not None,
            "title": table.title,
            "description": table.description,
            "version": self.version,
            "changed": self.changed.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }


def plain_name(name: str) -> str:
    """The name of a table without ``mydb.``, and without the quotation marks of ADQL.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it cannot be the name of a user's table.
    """
    schema, _, plain = name.strip().rpartition(".")
    plain = plain.strip('"')
    if schema.strip('"').lower() not in ("", SCHEMA) or not _NAME.fullmatch(plain):
        raise UsageError(
            f"“{name[:80]}” cannot be the name of a table of your own.",
            hint=f"Use {SCHEMA}. and at most 63 letters, digits and underscores, a letter first.",
        )
    return plain


def missing(name: str) -> NotFoundError:
    """What to say where a caller has no such table."""
    return NotFoundError(
        f"You have no table “{name[:80]}”.",
        hint=f"The names of your tables are in tap/tables, in the schema {SCHEMA}.",
    )


def entries_of(catalog: Catalog) -> list[tuple[Release, Entry]]:
    """The tables of a user's catalogue."""
    return [(release, entry) for release, entries, _ in catalog.entries() for entry in entries]


def find_entry(catalog: Catalog, name: str) -> Entry | None:
    """A table of a user's catalogue by its name without the schema, if there is one."""
    for _, entry in entries_of(catalog):
        if entry.spec.name.lower() == name.lower():
            return entry
    return None


def told(catalog: Catalog, release: Release, entry: Entry) -> UserTable:
    """A table as its owner sees it."""
    try:
        at = catalog.native_path(entry.alias).stat().st_mtime
    except FileNotFoundError:
        at = 0.0
    table = replace(entry.table(), kind="user")
    return UserTable(table, entry.size, release.identity, datetime.fromtimestamp(at, UTC))
