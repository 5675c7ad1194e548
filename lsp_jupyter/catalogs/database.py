"""The records of ``catalog.sqlite``: what is published, and what was.

One transaction changes everything that a publication changes. File names are
never stored as absolute paths, so that a state folder can be moved.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from lsp_jupyter.adql.schema import Column, ColumnGroup, Reach, Spread, Table
from lsp_jupyter.catalogs.release import Example, ForeignKey, Release, TableSpec
from lsp_jupyter.engines.protocol import SAMPLE

__all__ = [
    "Change",
    "Entry",
    "Retired",
    "changes",
    "drop_release",
    "drop_table",
    "load",
    "put_change",
    "put_release",
    "put_table",
    "retired",
]

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
    sampled : `bool`
        Whether the native file holds a sample of the rows too.
    reaches : `tuple` of `~lsp_jupyter.adql.schema.Reach`
        See `~lsp_jupyter.adql.schema.Table`.
    spreads : `tuple` of `~lsp_jupyter.adql.schema.Spread`
        What values the columns have; empty for what was published before these were kept.
    """

    spec: TableSpec
    alias: str
    hats: str = ""
    rows: int = 0
    size: int = 0
    sampled: bool = False
    reaches: tuple[Reach, ...] = ()
    spreads: tuple[Spread, ...] = ()

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
            groups=spec.groups,
            reaches=self.reaches,
            spreads=self.spreads,
            sample=(self.alias, "main", "sample") if self.sampled else (),
            share=SAMPLE if self.sampled else 1.0,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One immutable version of a release.

    Attributes
    ----------
    release : `str`
        Its name.
    number : `int`
        Counts the changes from 1, also over times when the release was not published.
    at : `float`
        When, in seconds of the epoch.
    action : `str`
        What was done, such as ``append dp1.object``.
    version : `str`
        The publisher's own name of the data.
    tables : `dict`
        Generation and rows of each table, as they were then.
    """

    release: str
    number: int
    at: float
    action: str
    version: str
    tables: dict[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Retired:
    """A generation that no new query reads, and when it was replaced (seconds of the epoch)."""

    alias: str
    hats: str
    at: float


def load(connection: sqlite3.Connection) -> list[tuple[Release, tuple[Entry, ...], bool]]:
    """Every release with its tables, and whether it is the platform's own.

    The order is that of publication, the platform's own tables last. All is
    read in one transaction.
    """
    connection.execute("BEGIN")
    try:
        columns = _children(connection, "catalog_column", "table_id")
        keys = _children(connection, "catalog_key", "table_id")
        groups = _children(connection, "catalog_group", "table_id")
        examples = _children(connection, "example", "release")
        numbers = {
            row[0].lower(): row[1]
            for row in connection.execute("SELECT release, max(number) FROM change GROUP BY 1")
        }
        tables: dict[str, list[Entry]] = {}
        for row in connection.execute("SELECT * FROM catalog_table ORDER BY id"):
            children = (each.get(row["id"], []) for each in (columns, keys, groups))
            entry = _entry(row, *children)
            tables.setdefault(row["release"].lower(), []).append(entry)
        found = []
        for row in connection.execute("SELECT * FROM release ORDER BY internal, rowid"):
            entries = tuple(tables.get(row["name"].lower(), ()))
            release = Release(
                **{key: row[key] for key in ("name", "title", "description", "license")},
                citation=row["citation"],
                version=row["version"],
                number=numbers.get(row["name"].lower(), 0),
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


def _entry(
    row: sqlite3.Row,
    columns: Sequence[sqlite3.Row],
    keys: Sequence[sqlite3.Row],
    groups: Sequence[sqlite3.Row],
) -> Entry:
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
        groups=tuple(
            ColumnGroup(
                each["name"],
                tuple((pair[0], pair[1]) for pair in json.loads(each["members"])),
                *(each[name] for name in ("description", "ucd", "utype")),
            )
            for each in groups
        ),
        place=row["place"],
    )
    return Entry(
        spec,
        row["alias"],
        row["hats"],
        row["rows"],
        row["size"],
        sampled=bool(row["sampled"]),
        reaches=tuple(Reach(*each) for each in json.loads(row["reaches"])),
        spreads=tuple(
            Spread(name, low, high, missing, tuple(choices))
            for name, low, high, missing, choices in json.loads(row["spreads"])
        ),
    )


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
    old = drop_table(connection, *where)
    ra, dec = spec.position or ("", "")
    # The place of a table in lists is its id: a new generation keeps it.
    cursor = connection.execute(
        f"INSERT INTO catalog_table VALUES ({', '.join('?' * 18)})",  # noqa: S608 - placeholders
        (
            *(old, release, *where, entry.alias, entry.hats),
            *(entry.rows, entry.size, ra, dec),
            *(spec.title, spec.description, spec.utype, time.time(), spec.place, entry.sampled),
            json.dumps([astuple(each) for each in entry.reaches]),
            json.dumps([astuple(each) for each in entry.spreads]),
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
    connection.executemany(
        "INSERT INTO catalog_group VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(number, place, group.name, json.dumps(group.members)),
                *(group.description, group.ucd, group.utype),
            )
            for place, group in enumerate(spec.groups)
        ],
    )


def drop_table(connection: sqlite3.Connection, schema: str, name: str) -> int | None:
    """Retire the generation that new queries read; gives the number of the table, if any."""
    old = connection.execute(
        "SELECT id, alias, hats FROM catalog_table WHERE schema_name = ? AND table_name = ?",
        (schema, name),
    ).fetchone()
    if old is None:
        return None
    connection.execute(
        "INSERT INTO retired VALUES (?, ?, ?)", (old["alias"], old["hats"], time.time())
    )
    connection.execute("DELETE FROM catalog_table WHERE id = ?", (old["id"],))
    return int(old["id"])


def drop_release(connection: sqlite3.Connection, name: str) -> None:
    """Forget a release that has no tables any more; its history stays."""
    connection.execute(
        "DELETE FROM release WHERE name = ?1 AND NOT EXISTS "
        "(SELECT 1 FROM catalog_table WHERE release = ?1)",
        (name,),
    )


def put_change(connection: sqlite3.Connection, release: str, action: str) -> None:
    """Give the present tables of a release, as they are after a change, the next number."""
    rows = connection.execute(
        "SELECT schema_name, table_name, alias, rows FROM catalog_table WHERE release = ? "
        "ORDER BY id",
        (release,),
    )
    tables = {f"{row[0]}.{row[1]}": {"generation": row[2], "rows": row[3]} for row in rows}
    connection.execute(
        "INSERT INTO change SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, "
        "coalesce((SELECT version FROM release WHERE name = ?1), ''), ?4 "
        "FROM change WHERE release = ?1",
        (release, time.time(), action, json.dumps(tables)),
    )


def changes(connection: sqlite3.Connection, release: str) -> list[Change]:
    """What was done to a release, the first change first."""
    rows = connection.execute("SELECT * FROM change WHERE release = ? ORDER BY number", (release,))
    return [
        Change(
            *(row["release"], row["number"], row["at"], row["action"], row["version"]),
            tables={name: (each["generation"], each["rows"]) for name, each in found.items()},
        )
        for row in rows
        for found in [json.loads(row["tables"])]
    ]


def retired(connection: sqlite3.Connection) -> list[Retired]:
    """The generations that were replaced and whose files may still be there."""
    rows = connection.execute("SELECT alias, hats, at FROM retired ORDER BY at")
    return [Retired(row["alias"], row["hats"], row["at"]) for row in rows]
