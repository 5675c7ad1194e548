"""``catalog.sqlite``: the durable record of what is published.

One transaction changes everything that a publication changes. File names are
never stored as absolute paths, so that a state folder can be moved.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.catalogs.release import Example, ForeignKey, Release, TableSpec
from lsp_jupyter.errors import ConflictError

__all__ = [
    "Entry",
    "Retired",
    "connect",
    "load",
    "put_release",
    "put_table",
    "retired",
    "transaction",
]

_VERSION = 1

_DDL = """
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
"""

_COLUMN = (
    *("name", "datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description"),
    *("principal", "indexed", "std"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One generation of a table.

    Attributes
    ----------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        What its publisher says.
    alias : `str`
        Name of the generation: of its database in SQL, and of its native file.
    hats : `str`
        Its Parquet files, relative to the state folder; empty if there are none.
    rows, size : `int`
        Rows, and bytes of the native file.
    """

    spec: TableSpec
    alias: str
    hats: str = ""
    rows: int = 0
    size: int = 0

    def table(self) -> Table:
        """What a query may name."""
        spec = self.spec
        return Table(
            schema=spec.schema,
            name=spec.name,
            columns=spec.columns,
            source=(self.alias, "main", "data"),
            position=spec.position,
            description=spec.description,
            utype=spec.utype,
            title=spec.title,
            rows=self.rows,
        )


@dataclass(frozen=True, slots=True)
class Retired:
    """A generation that no new query reads, and when it was replaced (seconds of the epoch)."""

    alias: str
    hats: str
    at: float


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, making it if it is missing.

    Raises
    ------
    lsp_jupyter.errors.ConflictError
        Raised if a newer version of the platform wrote it.
    """
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version < _VERSION:
        with transaction(connection):
            if connection.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
                for statement in filter(str.strip, _DDL.split(";")):
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


def load(connection: sqlite3.Connection) -> list[tuple[Release, tuple[Entry, ...], bool]]:
    """Every release with its tables, and whether it is the platform's own.

    The order is that of publication, the platform's own tables last. All is
    read in one transaction.
    """
    connection.execute("BEGIN")
    try:
        columns = _children(connection, "catalog_column", "table_id")
        keys = _children(connection, "catalog_key", "table_id")
        examples = _children(connection, "example", "release")
        tables: dict[str, list[Entry]] = {}
        for row in connection.execute("SELECT * FROM catalog_table ORDER BY id"):
            entry = _entry(row, columns.get(row["id"], []), keys.get(row["id"], []))
            tables.setdefault(row["release"], []).append(entry)
        found = []
        for row in connection.execute("SELECT * FROM release ORDER BY internal, rowid"):
            entries = tuple(tables.get(row["name"], ()))
            release = Release(
                **{key: row[key] for key in ("name", "title", "description", "license")},
                citation=row["citation"],
                version=row["version"],
                public=bool(row["public"]),
                tables=tuple(entry.table() for entry in entries),
                examples=tuple(
                    Example(each["title"], each["adql"], each["description"])
                    for each in examples.get(row["name"], [])
                ),
            )
            found.append((release, entries, bool(row["internal"])))
    finally:
        connection.execute("COMMIT")
    return found


def _children(
    connection: sqlite3.Connection, table: str, parent: str
) -> dict[int | str, list[sqlite3.Row]]:
    out: dict[int | str, list[sqlite3.Row]] = {}
    sql = f"SELECT * FROM {table} ORDER BY {parent}, position"  # noqa: S608 - names of our own
    for row in connection.execute(sql):
        out.setdefault(row[parent], []).append(row)
    return out


def _entry(row: sqlite3.Row, columns: Sequence[sqlite3.Row], keys: Sequence[sqlite3.Row]) -> Entry:
    spec = TableSpec(
        schema=row["schema_name"],
        name=row["table_name"],
        columns=tuple(
            Column(
                *(each[name] for name in _COLUMN[:8]),
                *(bool(each[name]) for name in _COLUMN[8:]),
            )
            for each in columns
        ),
        position=(row["ra"], row["dec"]) if row["ra"] else None,
        title=row["title"],
        description=row["description"],
        utype=row["utype"],
        keys=tuple(
            ForeignKey(
                target=each["target"],
                columns=tuple((pair[0], pair[1]) for pair in json.loads(each["columns"])),
                description=each["description"],
                utype=each["utype"],
            )
            for each in keys
        ),
    )
    return Entry(spec, row["alias"], row["hats"], row["rows"], row["size"])


def put_release(
    connection: sqlite3.Connection, release: Release, *, internal: bool = False
) -> None:
    """Write a release's own record and its examples; its tables stay."""
    connection.execute(
        "INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
        "version = excluded.version, title = excluded.title, description = excluded.description, "
        "license = excluded.license, citation = excluded.citation, public = excluded.public, "
        "published = excluded.published",
        (
            *(release.name, release.version, release.title, release.description),
            *(release.license, release.citation, release.public, internal, time.time()),
        ),
    )
    connection.execute("DELETE FROM example WHERE release = ?", (release.name,))
    connection.executemany(
        "INSERT INTO example VALUES (?, ?, ?, ?, ?)",
        [
            (release.name, place, each.title, each.adql, each.description)
            for place, each in enumerate(release.examples)
        ],
    )


def put_table(connection: sqlite3.Connection, release: str, entry: Entry) -> None:
    """Make a generation the one that new queries read; retire the one before it."""
    spec = entry.spec
    where = (spec.schema, spec.name)
    old = connection.execute(
        "SELECT id, alias, hats FROM catalog_table WHERE schema_name = ? AND table_name = ?", where
    ).fetchone()
    if old is not None:
        connection.execute(
            "INSERT INTO retired VALUES (?, ?, ?)", (old["alias"], old["hats"], time.time())
        )
        connection.execute("DELETE FROM catalog_table WHERE id = ?", (old["id"],))
    ra, dec = spec.position or ("", "")
    # The place of a table in lists is its id: a new generation keeps it.
    cursor = connection.execute(
        "INSERT INTO catalog_table VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(old["id"] if old is not None else None, release, *where, entry.alias, entry.hats),
            *(entry.rows, entry.size, ra, dec),
            *(spec.title, spec.description, spec.utype, time.time()),
        ),
    )
    number = cursor.lastrowid
    connection.executemany(
        f"INSERT INTO catalog_column VALUES ({', '.join('?' * 13)})",  # noqa: S608 - placeholders
        [
            (number, place, *(getattr(column, name) for name in _COLUMN))
            for place, column in enumerate(spec.columns)
        ],
    )
    connection.executemany(
        "INSERT INTO catalog_key VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, place, key.target, json.dumps(key.columns), key.description, key.utype)
            for place, key in enumerate(spec.keys)
        ],
    )


def retired(connection: sqlite3.Connection) -> list[Retired]:
    """The generations that were replaced and whose files may still be there."""
    rows = connection.execute("SELECT alias, hats, at FROM retired ORDER BY at")
    return [Retired(row["alias"], row["hats"], row["at"]) for row in rows]
