"""A table of a PostgreSQL database, as a source of rows.

Rows come as Arrow through the ADBC driver, which streams them from the server;
it is an optional dependency.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.source import Source, described_field, listed

__all__ = ["postgres_table"]

_TABLES = """
SELECT n.nspname AS schema, c.relname AS name,
       obj_description(c.oid, 'pg_class') AS comment
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname <> 'information_schema' AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2
"""
_COLUMNS = """
SELECT a.attname AS name, col_description(a.attrelid, a.attnum) AS comment,
       format_type(a.atttypid, NULL) AS type
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
#: Types that do not come as numbers or text by themselves, and as what they are asked for.
_AS = {
    "numeric": "double precision",
    "uuid": "text",
    "json": "text",
    "jsonb": "text",
    "character": "text",
    "name": "text",
    "inet": "text",
    "cidr": "text",
    "interval": "text",
    "time without time zone": "text",
    "time with time zone": "text",
}


def postgres_table(url: str, table: str = "") -> Source:
    """A table or view of a PostgreSQL database.

    Parameters
    ----------
    url : `str`
        ``postgresql://user@host:port/database``. A password belongs in
        ``PGPASSWORD`` or the file ``.pgpass``, not in here.
    table : `str`
        ``name`` or ``schema.name``; it may be left out if there is only one.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the driver is missing, the database cannot be reached, or there
        is no such table.
    """
    database = urlsplit(url).path.strip("/") or "PostgreSQL"
    with _connected(url) as connection, _told(database):
        found = _all(connection, _TABLES)
        fitting = [
            row
            for row in found
            if table.lower() in ("", row["name"].lower(), f"{row['schema']}.{row['name']}".lower())
        ]
        if len(fitting) != 1:
            names = listed([f"{row['schema']}.{row['name']}" for row in found])
            what = f"no table {table}" if not fitting else "more than one table"
            raise PublishError(
                f"Database {database} has {what}. Its tables are: {names or 'none'}.",
                hint="Name one with --from.",
            )
        quoted = ".".join(_quoted(fitting[0][key]) for key in ("schema", "name"))
        columns = _all(connection, _COLUMNS, [quoted])
        query = f"SELECT {', '.join(map(_selected, columns))} FROM {quoted}"  # noqa: S608 - quoted
        with connection.cursor() as cursor:
            cursor.execute(f"{query} LIMIT 0")
            arrow = cursor.fetch_arrow_table().schema
        (count,) = _all(connection, f"SELECT count(*) AS rows FROM {quoted}")  # noqa: S608 - quoted
    words = {row["name"]: {"description": row["comment"] or ""} for row in columns}
    fields = [described_field(each.name, each.type, words.get(each.name, {})) for each in arrow]
    return Source(
        name=f"{fitting[0]['schema']}.{fitting[0]['name']} of {database}",
        form="PostgreSQL",
        schema=pa.schema(fields),
        read=partial(_rows, url, database, query),
        rows=int(count["rows"]),
        title=fitting[0]["name"],
        description=fitting[0]["comment"] or "",
    )


def _selected(column: dict[str, Any]) -> str:
    name = _quoted(column["name"])
    kind = _AS.get(column["type"])
    return f"{name}::{kind} AS {name}" if kind else name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _connected(url: str) -> Any:
    try:
        from adbc_driver_postgresql import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
            dbapi,
        )
    except ModuleNotFoundError:
        raise PublishError(
            "The driver for PostgreSQL is not installed.",
            hint='Install it: pip install "lsp_jupyter[postgres]".',
        ) from None
    with _told(urlsplit(url).path.strip("/") or "PostgreSQL"):
        return dbapi.connect(url)


class _told:  # noqa: N801 - used like a function
    """Turns errors of the driver into ours, without what they say of the connection."""

    def __init__(self, database: str) -> None:
        self._database = database

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, PublishError | GeneratorExit | KeyboardInterrupt):
            return
        if isinstance(error, Exception):
            lines = [line for line in str(error).splitlines() if line.strip()]
            text = re.sub(r"postgres(ql)?://\S*", "(address)", lines[0] if lines else "no reason")
            raise PublishError(
                f"Database {self._database} cannot be read: {text}",
                hint="Check the address, the user, and PGPASSWORD or .pgpass.",
            ) from None


def _all(connection: Any, sql: str, given: list[str] | None = None) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        return rows


def _rows(url: str, database: str, query: str) -> Iterator[pa.RecordBatch]:
    with _connected(url) as connection, _told(database), connection.cursor() as cursor:
        cursor.execute(query)
        yield from cursor.fetch_record_batch()
