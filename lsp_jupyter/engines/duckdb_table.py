"""A table of somebody's DuckDB file, as a source of rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.source import Source, described_field, listed

from .duckdb_failure import clean

__all__ = ["duckdb_table"]

_ROWS = 65_536
#: Schemas of the engine's own.
_SYSTEM = "schema_name NOT IN ('information_schema', 'pg_catalog')"


def duckdb_table(path: Path, table: str = "") -> Source:
    """A table or view of a DuckDB database file.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file; it is opened for reading only.
    table : `str`
        ``name`` or ``schema.name``; it may be left out if there is only one.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if there is no such table or the file cannot be read.
    """
    try:
        with _connected(path) as connection:
            schema, name, comment = _find(connection, path.name, table)
            columns = connection.execute(
                "SELECT column_name, comment FROM duckdb_columns() "
                "WHERE schema_name = ? AND table_name = ? AND database_name = current_database() "
                "ORDER BY column_index",
                [schema, name],
            ).fetchall()
            arrow = connection.sql(_select(schema, name)).limit(0).to_arrow_table().schema
            found = connection.execute(f"SELECT count(*) {_from(schema, name)}").fetchall()
    except duckdb.Error as error:
        raise _broken(path, error) from None
    words = {column: {"description": text or ""} for column, text in columns}
    fields = [described_field(each.name, each.type, words.get(each.name, {})) for each in arrow]
    return Source(
        name=f"{schema}.{name} of {path.name}",
        form="DuckDB",
        schema=pa.schema(fields),
        read=partial(_rows, path, schema, name),
        rows=int(found[0][0]),
        title=name,
        description=comment or "",
    )


def _connected(path: Path) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_external_access": False,
        "python_enable_replacements": False,
        "threads": 2,
    }
    return duckdb.connect(str(path), read_only=True, config=settings)


def _find(
    connection: duckdb.DuckDBPyConnection, file: str, wanted: str
) -> tuple[str, str, str | None]:
    rows = connection.execute(
        f"SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE {_SYSTEM} "  # noqa: S608
        "AND database_name = current_database() UNION ALL "
        f"SELECT schema_name, view_name, comment FROM duckdb_views() WHERE {_SYSTEM} "
        "AND NOT internal AND database_name = current_database() ORDER BY 1, 2"
    ).fetchall()
    fitting = [
        row for row in rows if wanted.lower() in ("", row[1].lower(), f"{row[0]}.{row[1]}".lower())
    ]
    if len(fitting) == 1:
        return fitting[0]
    names = listed([f"{row[0]}.{row[1]}" for row in rows])
    what = f"no table {wanted}" if not fitting else "more than one table"
    raise PublishError(
        f"{file} has {what}. Its tables are: {names}." if rows else f"{file} has no tables.",
        hint="Name one with --from.",
    )


def _select(schema: str, name: str) -> str:
    return f"SELECT * {_from(schema, name)}"


def _from(schema: str, name: str) -> str:
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
    return f"FROM {quoted}"


def _rows(path: Path, schema: str, name: str) -> Iterator[pa.RecordBatch]:
    try:
        with _connected(path) as connection:
            yield from connection.sql(_select(schema, name)).to_arrow_reader(_ROWS)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: Exception) -> PublishError:
    return PublishError(
        f"{path.name} cannot be read as a DuckDB file: {clean(str(error))}",
        hint="A file that another program has open for writing cannot be read.",
    )
