"""The process that runs queries: ``python -m lsp_jupyter.engines.duckdb_worker``.

It reads messages (`lsp_jupyter.engines.wire`) from its standard input, the
first of which says what it may use, runs one query at a time, and ends when
its input closes, whatever it is doing then. It stands alone: it imports only
the standard library, DuckDB, PyArrow and the modules of this folder that say
the same of themselves.

What holds it: an address space limit, a read-only view of the attached files,
no access to any other file, a locked configuration, a scrubbed environment,
and the SIGKILL of its parent.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from .arrow_stream import StreamWriter, file_digest, merge_batches
from .duckdb_arrange import arrange
from .duckdb_compute import compute
from .duckdb_estimate import estimate
from .duckdb_failure import describe_failure
from .duckdb_grid import fill_grid
from .duckdb_guard import check_tree
from .duckdb_quantiles import quantiles
from .duckdb_regions import select_region
from .duckdb_results import registered
from .duckdb_statistics import Statistics
from .duckdb_types import Conversion
from .parent import Channel, end_if_alone, log, next_message
from .watcher import Watcher
from .wire import Message

__all__ = ["main"]

#: Rows the engine hands over at a time: a few of its vectors, so that a slow
#: query shows its first rows early (10,240 took 68 ms for 2M rows, 2,048 took 216).
READ_ROWS = 10_240
#: Bytes of a batch of the file, about.
BATCH_BYTES = 32 << 20
#: Seconds after which the first rows are shown, and then the next ones. A query
#: that is done before that is written once, as one batch.
SHOW_FIRST = 0.1
SHOW_AFTER = 0.25

#: Settings of each connection: it takes nothing from anywhere by itself.
_CLOSED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}

#: What computes over a statement, by the name of its message.
_ANALYSES: dict[str, Callable[..., dict[str, Any]]] = {
    "grid": fill_grid,
    "region": select_region,
    "quantiles": quantiles,
}


class Run:
    """One query on its way into its file."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        channel: Channel,
        watcher: Watcher,
        message: Message,
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._watcher = watcher
        self._message = message
        self._output = Path(message["output"])
        self._writer: StreamWriter | None = None
        self._conversion: Conversion | None = None
        # The watcher's thread writes what waits while the engine is busy.
        self._lock = threading.Lock()
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0
        self._show_at = 0.0
        self._fraction = -1.0
        self._told_at = time.monotonic() - SHOW_AFTER + SHOW_FIRST
        self._overflow = False
        self._failure: BaseException | None = None

    def __call__(self) -> None:
        """Run it and tell the parent of everything that happens, the end included."""
        try:
            with self._watcher.watching(self.look):
                reader = self._connection.sql(self._message["sql"]).to_arrow_reader(READ_ROWS)
                try:
                    self._begin(reader.schema)
                    self._copy(reader)
                finally:
                    reader.close()
            self._end()
        except BaseException:
            if self._writer is not None:
                # The parent removes the file, in one step with telling of the failure.
                self._writer.abandon()
            raise

    def _begin(self, schema: pa.Schema) -> None:
        self._conversion = Conversion(schema, self._message["fields"], self._message["metadata"])
        self._writer = StreamWriter(
            self._output, self._conversion.schema, hash_from=self._message["one_batch"]
        )

    def _copy(self, reader: pa.RecordBatchReader) -> None:
        remaining = int(self._message["maxrec"])
        for batch in reader:
            if batch.num_rows > remaining:
                batch = batch.slice(0, remaining)
                self._overflow = True
            remaining -= batch.num_rows
            with self._lock:
                if self._failure is not None:
                    raise self._failure
                self._wait_for(batch)
                if self._is_due():
                    self._show()
                if self._overflow:
                    break
        with self._lock:
            # What is done at once is told of once, with the end.
            self._show(tell=bool(self._writer and self._writer.places))

    def _wait_for(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            if self._show_at == 0.0:
                self._show_at = time.monotonic() + SHOW_FIRST
            self._waiting.append(batch)
            self._waiting_bytes += batch.nbytes

    def _is_due(self) -> bool:
        return self._waiting_bytes >= BATCH_BYTES or time.monotonic() > self._show_at

    def _show(self, *, tell: bool = True) -> None:
        """Write the rows that wait, with the lock held."""
        assert self._writer is not None
        assert self._conversion is not None
        if not self._waiting:
            return
        batch = self._conversion(self._waiting)
        self._waiting = []
        self._waiting_bytes = 0
        # What the file needs beyond the values: alignment and the batch's own description.
        room = int(self._message["max_bytes"]) - self._writer.size
        room -= 1024 + 512 * batch.num_columns
        if batch.nbytes > room:
            batch = batch.slice(0, max(0, batch.num_rows * room // batch.nbytes))
            self._overflow = True
        if batch.num_rows:
            place = self._writer.write(batch)
            if tell:
                self._channel.send("batch", place=place, header=self._writer.header)
        self._show_at = time.monotonic() + SHOW_AFTER

    def _end(self) -> None:
        assert self._writer is not None
        writer, durable = self._writer, bool(self._message["durable"])
        merge = len(writer.places) > 1 and writer.size <= int(self._message["one_batch"])
        digest = writer.close(durable=durable and not merge, digest=not merge)
        self._writer = None
        told = {
            "header": writer.header,
            "places": writer.places,
            "rows": writer.rows,
            "size": writer.size,
            "sha256": digest,
        }
        if merge:
            try:
                told |= self._merge(writer, durable=durable)
            except MemoryError:
                # It is complete as it is; only some readers would have been faster.
                merge = False
                told["sha256"] = file_digest(self._output, sync=durable)
        self._channel.send("done", overflow=self._overflow, merged=merge, **told)

    def _merge(self, writer: StreamWriter, *, durable: bool) -> dict[str, Any]:
        assert self._conversion is not None
        target = self._output.with_name(self._output.name + ".merged")
        header, place, size, digest = merge_batches(
            self._output, target, writer.places, self._conversion.schema, durable=durable
        )
        return {"header": header, "places": [place], "size": size, "sha256": digest}

    def look(self) -> None:
        """Tell how far it is, and show rows that have waited long enough; see `Watcher`."""
        now = time.monotonic()
        percent = self._connection.query_progress()
        if self._fraction < percent <= 100 and now - self._told_at > SHOW_AFTER:
            self._fraction, self._told_at = percent, now
            self._channel.send("progress", fraction=percent / 100)
        with self._lock:
            if self._waiting and now > self._show_at and self._failure is None:
                try:
                    self._show()
                except BaseException as error:  # the copying thread raises it
                    self._failure = error


class Worker:
    """The engine with its files, and what it was asked to do."""

    def __init__(self, channel: Channel, start: Message) -> None:
        self._channel = channel
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_AS, (start["address_space"], hard))
        if start["nice"]:
            os.nice(start["nice"])
        self._connection = _connect(start)
        self.databases = _attach(self._connection, start["attachments"])
        _lock(self._connection)
        # Reading a query needs neither the files nor the optimizer: half the time without.
        self._parser = duckdb.connect(":memory:", config={"threads": "1", **_CLOSED})
        self._parser.execute("PRAGMA disable_optimizer")
        self._watcher = Watcher(SHOW_FIRST, end_if_alone)
        self._threads = int(start["threads"])
        self._statistics: Statistics | None = None

    def handle(self, message: Message) -> None:
        """Do what one message asks and answer it."""
        try:
            if message["op"] == "run":
                with registered(self._connection, message["results"]) as results:
                    self._check(message["sql"], results)
                    Run(self._connection, self._channel, self._watcher, message)()
            else:
                with self._watcher.watching():
                    self._answer(message)
        except BaseException as error:
            told, fatal = describe_failure(error)
            if fatal or told["code"] != "QueryError":
                log(f"{type(error).__name__}: {error}")
            self._channel.send("error", error=told, fatal=fatal)

    def _answer(self, message: Message) -> None:
        match message["op"]:
            case "estimate":
                self._estimate(message)
            case "arrange":
                with registered(self._connection, message["results"]) as results:
                    self._check(message["sql"], results)
                    rows = arrange(self._connection, message["sql"], Path(message["order"]))
                self._channel.send("done", rows=rows)
            case "compute":
                self._compute(message)
            case "grid" | "region" | "quantiles" as kind:
                with registered(self._connection, message["results"]) as results:
                    self._check(message["sql"], results)
                    analyse = _ANALYSES[kind]
                    output, options = Path(message["output"]), message["options"]
                    told = analyse(self._connection, message["sql"], output, **options)
                self._channel.send("done", told=told)
            case unknown:
                raise ValueError(f"unknown message {unknown}")

    def _compute(self, message: Message) -> None:
        with registered(self._connection, message["results"]) as results:
            for number, sql in enumerate(message["sql"]):
                self._check(sql, results)
                fields = message["fields"] and message["fields"][number]
                output = Path(f"{message['output']}.{number}")
                compute(self._connection, sql, output, fields)
                self._channel.send("computed", number=number)
        self._channel.send("done")

    def _check(self, sql: str, results: frozenset[str]) -> dict[str, Any]:
        (row,) = self._parser.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
        return check_tree(row[0], self.databases, results)

    def _estimate(self, message: Message) -> None:
        if self._statistics is None:
            self._statistics = Statistics(self._connection)
        with registered(self._connection, message["results"]) as results:
            statement = self._check(message["sql"], results)
            found = estimate(
                self._connection,
                self._statistics,
                statement,
                maxrec=message["maxrec"],
                threads=self._threads,
            )
        self._channel.send("done", estimate=found)


def _connect(start: Message) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{start['memory']}B",
            "threads": str(start["threads"]),
            "temp_directory": start["temp"],
            "max_temp_directory_size": f"{start['spill']}B",
            **_CLOSED,
        },
    )


def _attach(
    connection: duckdb.DuckDBPyConnection, attachments: Sequence[dict[str, str]]
) -> list[str]:
    """Open the files; one that cannot be opened harms only who needs it."""
    attached = []
    for item in attachments:
        path = item["path"].replace("'", "''")
        alias = item["alias"].replace('"', '""')
        try:
            connection.execute(f"ATTACH '{path}' AS \"{alias}\" (READ_ONLY)")
        except duckdb.Error as error:
            log(f"cannot attach: {error}")
        else:
            attached.append(item["alias"])
    return attached


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    # Progress belongs to a session, so queries run on this very connection.
    for setting in (
        "TimeZone='UTC'",
        "enable_progress_bar=true",
        "enable_progress_bar_print=false",
        "progress_bar_time=0",
        "enable_external_access=false",
        "lock_configuration=true",
    ):
        connection.execute(f"SET {setting}")


def main() -> None:
    """Serve until standard input closes."""
    os.umask(0o077)
    # Nothing that prints may disturb the protocol: it gets a descriptor of its own.
    channel = Channel(os.dup(1))
    os.dup2(2, 1)
    try:
        worker = Worker(channel, next_message())
    except BaseException as error:
        told, _ = describe_failure(error)
        log(f"{type(error).__name__}: {error}")
        channel.send("error", error=told, fatal=True)
        os._exit(1)
    channel.send("ready", version=duckdb.__version__, attached=worker.databases)
    while True:
        worker.handle(next_message())


if __name__ == "__main__":
    main()
