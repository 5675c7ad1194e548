"""Makes the immutable native DuckDB file of one generation of a table.

Parquet is the durable truth; this file is a cache that can be made again from
it, sorted so that a region of the sky lies together on disk. It runs in the
process that publishes, such as the command line.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lsp_jupyter.errors import PublishError

from .duckdb_failure import clean

__all__ = ["NativeInfo", "build_native"]

#: Memory of the building process, bytes; sorting more spills to disk beside the target.
MEMORY = 2 << 30


@dataclass(frozen=True, slots=True)
class NativeInfo:
    """What was built: number of rows, and bytes of the file."""

    rows: int
    size: int


def build_native(
    sources: Sequence[Path],
    target: Path,
    *,
    order_by: str | None = "hpx29",
    rename: Mapping[str, str] = {},
) -> NativeInfo:
    """Write Parquet files into the table ``main.data`` of a new DuckDB file.

    Parameters
    ----------
    sources : sequence of `~pathlib.Path`
        Parquet files with the same columns, in any order.
    target : `~pathlib.Path`
        The file to make; it must not exist. It appears complete and on disk,
        or not at all.
    order_by : `str`, optional
        Column (by its new name) to sort by, if there is one of that name.
    rename : mapping
        New names of columns, such as ``{"_healpix_29": "hpx29"}``; names that
        do not occur are ignored.

    Returns
    -------
    info : `NativeInfo`
        Rows and bytes.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the file exists already or the sources cannot be read.
    """
    if target.exists():
        raise PublishError(
            "This generation of the table exists already.",
            hint="A published file never changes; publish a new generation.",
        )
    if not sources:
        raise PublishError("There is no file to build the table from.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    scratch = partial.with_name(partial.name + ".tmp")
    try:
        rows = _fill(partial, scratch, sources, order_by, rename)
        partial.chmod(0o600)
        _sync(partial)
        partial.rename(target)
        _sync(target.parent)
    except duckdb.Error as error:
        raise PublishError(f"The table cannot be built: {clean(str(error))}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for left in (partial, partial.with_name(partial.name + ".wal")):
            left.unlink(missing_ok=True)
    return NativeInfo(rows=rows, size=target.stat().st_size)


def _fill(
    path: Path,
    scratch: Path,
    sources: Sequence[Path],
    order_by: str | None,
    rename: Mapping[str, str],
) -> int:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{MEMORY}B",
        "temp_directory": str(scratch),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    # The folder names of a HATS catalogue are no columns.
    read = "SELECT * FROM read_parquet($files, hive_partitioning=false)"
    given = {"files": [str(source) for source in sources]}
    with duckdb.connect(str(path), config=settings) as connection:
        names = [row[0] for row in connection.execute(f"DESCRIBE {read}", given).fetchall()]
        renamed = [rename.get(name, name) for name in names]
        columns = ", ".join(
            f"{_quoted(old)} AS {_quoted(new)}" for old, new in zip(names, renamed, strict=True)
        )
        sql = f"CREATE TABLE main.data AS SELECT {columns} FROM ({read})"  # noqa: S608 - quoted
        if order_by in renamed:
            sql += f" ORDER BY {_quoted(str(order_by))}"
        connection.execute(sql, given)
        (count,) = connection.execute("SELECT count(*) FROM main.data").fetchall()
        connection.execute("CHECKPOINT")
    return int(count[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
