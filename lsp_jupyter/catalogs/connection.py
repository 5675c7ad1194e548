"""``catalog.sqlite``: the durable record of what is published."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from lsp_jupyter.errors import ConflictError

__all__ = ["connect", "transaction"]

#: What makes each version of the database out of the one before it.
_UPGRADES = (
    """
CREATE TABLE release (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    version TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,
    license TEXT NOT NULL, citation TEXT NOT NULL, public INTEGER NOT NULL,
    internal INTEGER NOT NULL, published REAL NOT NULL
) STRICT;
CREATE TABLE catalog_table (
    id INTEGER PRIMARY KEY,
    release TEXT NOT NULL COLLATE NOCASE REFERENCES release (name),
    schema_name TEXT NOT NULL COLLATE NOCASE,
    table_name TEXT NOT NULL COLLATE NOCASE,
    alias TEXT NOT NULL UNIQUE, hats TEXT NOT NULL,
    rows INTEGER NOT NULL, size INTEGER NOT NULL,
    ra TEXT NOT NULL, dec TEXT NOT NULL,
    title TEXT NOT NULL, description TEXT NOT NULL, utype TEXT NOT NULL,
    published REAL NOT NULL,
    UNIQUE (schema_name, table_name)
) STRICT;
CREATE TABLE catalog_column (
    table_id INTEGER NOT NULL REFERENCES catalog_table (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL, datatype TEXT NOT NULL, arraysize TEXT NOT NULL, xtype TEXT NOT NULL,
    unit TEXT NOT NULL, ucd TEXT NOT NULL, utype TEXT NOT NULL, description TEXT NOT NULL,
    principal INTEGER NOT NULL, indexed INTEGER NOT NULL, std INTEGER NOT NULL,
    PRIMARY KEY (table_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE catalog_key (
    table_id INTEGER NOT NULL REFERENCES catalog_table (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    target TEXT NOT NULL, columns TEXT NOT NULL, description TEXT NOT NULL, utype TEXT NOT NULL,
    PRIMARY KEY (table_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE example (
    release TEXT NOT NULL COLLATE NOCASE REFERENCES release (name) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    title TEXT NOT NULL, adql TEXT NOT NULL, description TEXT NOT NULL,
    PRIMARY KEY (release, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE retired (alias TEXT PRIMARY KEY, hats TEXT NOT NULL, at REAL NOT NULL) STRICT;
    """,
    """
ALTER TABLE catalog_table ADD COLUMN place INTEGER;
ALTER TABLE catalog_table ADD COLUMN sampled INTEGER NOT NULL DEFAULT 0;
CREATE TABLE catalog_group (
    table_id INTEGER NOT NULL REFERENCES catalog_table (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL, members TEXT NOT NULL,
    description TEXT NOT NULL, ucd TEXT NOT NULL, utype TEXT NOT NULL,
    PRIMARY KEY (table_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE change (
    release TEXT NOT NULL COLLATE NOCASE,
    number INTEGER NOT NULL,
    at REAL NOT NULL, action TEXT NOT NULL, version TEXT NOT NULL, tables TEXT NOT NULL,
    PRIMARY KEY (release, number)
) STRICT, WITHOUT ROWID;
    """,
    """
ALTER TABLE catalog_table ADD COLUMN reaches TEXT NOT NULL DEFAULT '[]';
    """,
    """
ALTER TABLE catalog_table ADD COLUMN spreads TEXT NOT NULL DEFAULT '[]';
    """,
)
_VERSION = len(_UPGRADES)
#: Seconds to wait for another process.
_BUSY = 30.0


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, making it if it is missing.

    Raises
    ------
    lsp_jupyter.errors.ConflictError
        Raised if a newer version of the platform wrote it.
    """
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version < _VERSION:
        with transaction(connection):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            for script in _UPGRADES[version:]:
                for statement in filter(str.strip, script.split(";")):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        path.chmod(0o600)
    elif version > _VERSION:
        connection.close()
        raise ConflictError(
            "The catalogue in this state folder was made by a newer version of lsp_jupyter.",
            hint="Update lsp_jupyter, or choose another state folder (LSP_HOME).",
        )
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing, with the write lock from the start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Have readers and a writer not wait for each other.

    SQLite does not wait for its turn here, as it does elsewhere, when several open a new
    file at once.
    """
    deadline = time.monotonic() + _BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
