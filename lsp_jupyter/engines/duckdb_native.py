"""Makes the immutable native DuckDB file of one generation of a table.

Parquet is the durable truth; this file is a cache that can be made again from
it, in an order in which a region of the sky lies together on disk. It is
written by the process that publishes, such as the command line.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from lsp_jupyter.errors import LspError, PublishError

from .duckdb_failure import clean
from .protocol import SAMPLE

__all__ = ["NativeEngine", "NativeInfo", "build_native", "build_natives", "is_native"]

#: Memory of the building process, bytes; more spills to disk beside the target.
MEMORY = 1 << 30

#: Rows of a block, of which the engine knows the least and the largest values: a quarter
#: of its usual number, so that less is read around a region (13 ms for a cone of 470,000
#: rows instead of 18; scans take as long as before, files are a tenth larger).
ROW_GROUP = 30_720
#: Bytes of a block of the file: the engine's usual ones, and those of tables of few bytes in
#: memory, whose files would be ten times as large with the usual ones.
BLOCK, SMALL_BLOCK, SMALL = 1 << 18, 1 << 14, 4 << 20
#: The columns of the unit vector.
VECTOR = ("cx", "cy", "cz")


@dataclass(frozen=True, slots=True)
class NativeInfo:
    """What was built: number of rows, and bytes of the file."""

    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns with an index, those with a unique one, and the column that gives the order."""

    keys: Sequence[str]
    unique: Collection[str]
    order: str


class NativeEngine:
    """The engine that writes native files: starting it costs more than a small table.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Of the files; what does not fit into memory spills into it.
    """

    def __init__(self, folder: Path) -> None:
        self._scratch = folder / f".{secrets.token_hex(4)}.tmp"
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The engine, started when it is first asked for."""
        if self._connection is None:
            self._connection = duckdb.connect(":memory:", config=_settings(self._scratch))
        return self._connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            self._connection.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def build_native(
    rows: pa.RecordBatchReader,
    target: Path,
    *,
    keys: Sequence[str] = (),
    unique: Collection[str] = (),
    order: str = "",
    engine: NativeEngine | None = None,
) -> NativeInfo:
    """Write one file; see `build_natives`."""
    return build_natives([(rows, target)], keys=keys, unique=unique, order=order, engine=engine)[0]


def build_natives(
    tables: Sequence[tuple[pa.RecordBatchReader, Path]],
    *,
    keys: Sequence[str] = (),
    unique: Collection[str] = (),
    order: str = "",
    engine: NativeEngine | None = None,
) -> list[NativeInfo]:
    """Write rows into the table ``main.data`` of new DuckDB files.

    If they have a column ``rnd``, the table ``main.sample`` repeats those with
    ``rnd`` below `~lsp_jupyter.engines.protocol.SAMPLE`.

    Parameters
    ----------
    tables : sequence of (`pyarrow.RecordBatchReader`, `~pathlib.Path`)
        The rows, in the order in which they are to lie on disk, and the file to
        make of them; all in one folder. No file must exist. They appear complete
        and on disk, or not at all.
    keys : sequence of `str`
        Columns by which single rows are looked up; each gets an index.
    unique : collection of `str`
        Those of them in which no value may come twice.
    order : `str`
        The column by which to sort the rows, if they are not in the right order.
    engine : `NativeEngine`, optional
        What writes them; one is started for these files if it is not given.

    Returns
    -------
    infos : `list` of `NativeInfo`
        Rows and bytes of each.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a file exists already or cannot be written. An error of the
        platform that the rows raise comes out unchanged.
    """
    if any(target.exists() for _, target in tables):
        raise PublishError(
            "This generation of the table exists already.",
            hint="A published file never changes; publish a new generation.",
        )
    folder = tables[0][1].parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: list[Path] = []
    infos = []
    try:
        with NativeEngine(folder) if engine is None else contextlib.nullcontext(engine) as own:
            for rows, target in tables:
                infos.append(_build(own.connection, rows, target, _Layout(keys, unique, order)))
                made.append(target)
        _sync(folder)
    except BaseException:
        for target in made:
            target.unlink(missing_ok=True)
        raise
    return infos


def _build(
    connection: duckdb.DuckDBPyConnection,
    rows: pa.RecordBatchReader,
    target: Path,
    layout: _Layout,
) -> NativeInfo:
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    source = _Source(rows)
    try:
        block = SMALL_BLOCK if source.small() else BLOCK
        connection.execute(
            f"ATTACH {_literal(partial)} AS native (ROW_GROUP_SIZE {ROW_GROUP}, BLOCK_SIZE {block})"
        )
        try:
            count = _fill(connection, source, layout)
        finally:
            connection.execute("DETACH native")
        partial.chmod(0o600)
        _sync(partial)
        partial.rename(target)
    except duckdb.Error as error:
        if source.error is not None:
            raise source.error from None
        raise PublishError(f"The table cannot be built: {clean(str(error))}") from error
    finally:
        for left in (partial, partial.with_name(partial.name + ".wal")):
            left.unlink(missing_ok=True)
    return NativeInfo(rows=count, size=target.stat().st_size)


def is_native(path: Path) -> bool:
    """Whether a file is there, and this version of the engine can read it."""
    if not path.is_file():
        return False
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"ATTACH {_literal(path)} AS native (READ_ONLY)")
            connection.execute("SELECT 1 FROM native.main.data LIMIT 1")
    except duckdb.Error:
        return False
    return True


class _Source:
    """The rows, with lists as the engine's queries expect them, remembering what stopped them."""

    def __init__(self, rows: pa.RecordBatchReader) -> None:
        self.error: LspError | None = None
        self._rows = rows
        self._read: list[pa.RecordBatch] = []
        self._schema = pa.schema([pa.field(each.name, _plain(each.type)) for each in rows.schema])

    def small(self) -> bool:
        """Whether the rows are few; reads no more of them than that takes."""
        size = 0
        for batch in self._all():
            self._read.append(batch)
            size += batch.nbytes
            if size > SMALL:
                return False
        return True

    def reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for batch in itertools.chain(self._read, self._all()):
            yield pa.RecordBatch.from_arrays(
                [
                    array if array.type == field.type else array.cast(field.type)
                    for array, field in zip(batch.columns, self._schema, strict=True)
                ],
                schema=self._schema,
            )

    def _all(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._rows
        except LspError as error:
            self.error = error
            raise
        except (pa.ArrowException, OSError) as error:
            self.error = PublishError(f"The rows cannot be read: {clean(str(error))}")
            raise self.error from error


def _plain(kind: pa.DataType) -> pa.DataType:
    """Lists of any length where the length is fixed: the engine has one kind of array."""
    return pa.list_(kind.value_type) if pa.types.is_fixed_size_list(kind) else kind


def _settings(scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": f"{MEMORY}B",
        "temp_directory": str(scratch),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "preserve_insertion_order": True,
    }


def _fill(connection: duckdb.DuckDBPyConnection, source: _Source, layout: _Layout) -> int:
    reader = source.reader()
    connection.register("incoming", reader)
    try:
        columns = connection.execute("DESCRIBE FROM incoming").fetchall()
        # Every search by position reads the unit vectors of all rows that are near: they
        # compress by a seventh only, and reading that takes a sixth of such a search.
        declared = [
            f"{_quoted(name)} {kind}{' USING COMPRESSION uncompressed' * (name in VECTOR)}"
            for name, kind, *_ in columns
        ]
        connection.execute(f"CREATE TABLE native.main.data ({', '.join(declared)})")
        order = f" ORDER BY {_quoted(layout.order)}" if layout.order else ""
        connection.execute(f"INSERT INTO native.main.data FROM incoming{order}")
    finally:
        connection.unregister("incoming")
    if "rnd" in reader.schema.names:
        connection.execute(
            "CREATE TABLE native.main.sample AS FROM native.main.data WHERE rnd < $share",
            {"share": SAMPLE},
        )
    for number, name in enumerate(layout.keys):
        kind = "UNIQUE INDEX" if name in layout.unique else "INDEX"
        connection.execute(f"CREATE {kind} key_{number} ON native.main.data ({_quoted(name)})")
    (count,) = connection.execute("SELECT count(*) FROM native.main.data").fetchall()
    connection.execute("CHECKPOINT native")
    return int(count[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
