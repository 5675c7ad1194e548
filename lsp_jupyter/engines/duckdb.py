"""The embedded engine: DuckDB in warm worker processes.

The server process never runs a query.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import json
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import ConflictError, EngineError, OverloadError, error_from_dict

from .analysis import Analysis
from .arrow_stream import Place, map_file, read_batch
from .computation import Computation
from .lanes import Lanes
from .protocol import Attachment, EngineInfo, Estimate, Handle, Queue, State, Status, Task
from .work import Arrangement, Estimation, Query, Work

__all__ = ["DuckDBEngine"]

T = TypeVar("T")

#: Tasks that may wait in the engine.
QUEUE_MAX = 1000
#: Finished tasks that can still be polled.
KEEP_FINISHED = 1000
#: Seconds the order of a view may take.
ARRANGE_TIMEOUT = 300.0
#: Seconds an estimate may take.
ESTIMATE_TIMEOUT = 10.0
#: Seconds that answers over finished results may take.
COMPUTE_TIMEOUT = 300.0
#: Seconds a process may go on with what nobody waits for any more.
PATIENCE = 1.0


class DuckDBEngine:
    """Implements `lsp_jupyter.engines.protocol.Engine`.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Numbers of workers and their limits.
    spool : `~pathlib.Path`
        Folder for the workers' temporary files; several servers may share it.
    """

    def __init__(self, config: LspConfig, spool: Path) -> None:
        self._config = config
        self._lanes = Lanes(config, spool)
        # Handles of an earlier process must not be taken for ours.
        self._boot = secrets.token_hex(8)
        self._queries: dict[str, Query] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Get ready; processes start with `warm` or the first task."""
        await self._lanes.start()

    async def warm(self, attachments: Sequence[Attachment], *, wait: bool = False) -> None:
        """Have workers ready with these files attached.

        Parameters
        ----------
        attachments : sequence of `Attachment`
            The whole current catalogue. Idle workers that hold anything else
            are replaced, busy ones when they are done.
        wait : `bool`
            Whether to wait until they are ready.
        """
        await self._lanes.warm(attachments, wait=wait)

    async def close(self) -> None:
        """End every process; tasks that wait or run fail."""
        waiting = await self._lanes.close()
        await asyncio.gather(*self._leaving)
        ended = EngineError("The engine was shut down.")
        for work in [*waiting, *self._queries.values()]:
            work.fail(ended)

    def describe(self) -> EngineInfo:
        """Name, version and dialect."""
        return EngineInfo(
            name="duckdb",
            version=importlib.metadata.version("duckdb"),
            dialect="duckdb",
            workers={
                Queue.INTERACTIVE: self._config.interactive_workers,
                Queue.SCAN: self._config.scan_workers,
            },
        )

    async def estimate(self, task: Task) -> Estimate:
        """What the task will cost, by statistics and a trial on few rows; see the contract."""
        self._require_started()
        work = Estimation(task, ESTIMATE_TIMEOUT)
        return await self._await(work, work.estimate)

    async def submit(self, task: Task) -> Handle:
        """Accept a task and return at once; see the contract."""
        self._require_started()
        if task.id in self._queries:
            raise ConflictError("The engine has a task of this name already.")
        if self._lanes.waiting(task.queue) >= QUEUE_MAX:
            raise OverloadError("Too many queries wait already.", retry_after=30)
        query = Query(task, self._config.result_one_batch)
        self._queries[task.id] = query
        self._forget()
        await self._lanes.put(query, task.queue)
        return json.dumps({"engine": "duckdb", "boot": self._boot, "id": task.id})

    async def poll(self, handle: Handle, *, seen: int = 0, wait: float = 0.0) -> Status:
        """The task's status; see the contract."""
        query = self._find(handle)
        before = query.state
        if wait > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    while query.state == before and not query.finished:
                        if len(query.streamed) > seen:
                            break
                        await query.changed()
        position = None
        if query.state is State.QUEUED:
            position = self._lanes.position(query, query.task.queue)
        return query.status(position)

    async def fetch(self, handle: Handle, first: int = 0) -> AsyncIterator[bytes]:
        """The rows from batch number ``first`` on, as IPC messages; see the contract."""
        query = self._find(handle)
        while not query.finished and len(query.streamed) <= first:
            await query.changed()
        if query.state in (State.DONE, State.RUNNING):
            # Held from here on: the file may be replaced by its merged form meanwhile.
            with query.task.output.open("rb") as file:
                fd = file.fileno()
                if query.merged is not None:
                    rows = sum(batch.rows for batch in query.streamed[:first])
                    if rows < query.merged.rows:
                        yield await asyncio.to_thread(_rest, fd, query, rows)
                    return
                number = first
                while True:
                    while number < len(query.streamed):
                        batch = query.streamed[number]
                        number += 1
                        yield await asyncio.to_thread(os.pread, fd, batch.length, batch.offset)
                    if query.finished:
                        break
                    await query.changed()
        if query.error is not None:
            raise error_from_dict(dict(query.error))

    async def cancel(self, handle: Handle) -> None:
        """End the task; when this returns its process is gone."""
        query = self._find(handle)
        if query.finished:
            return
        await self._lanes.drop(query, query.task.queue)
        while not query.finished:
            await query.changed()

    async def attach(self, handle: Handle) -> bool:
        """Whether the task is known here: workers end with the server that started them."""
        try:
            self._find(handle)
        except EngineError:
            return False
        return True

    async def arrange(self, sql: str, results: Sequence[Mapping[str, Any]], order: Path) -> int:
        """Write the row order of a view of a finished result.

        Parameters
        ----------
        sql : `str`
            Gives the numbers of the rows in order.
        results : sequence of mapping
            As `lsp_jupyter.engines.duckdb_results.registered` takes them.
        order : `~pathlib.Path`
            The file to write: row numbers as little-endian int32. It appears
            complete or not at all.

        Returns
        -------
        rows : `int`
            Rows of the view.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if it cannot be done; nothing is written then.
        """
        self._require_started()
        work = Arrangement(sql, results, order, ARRANGE_TIMEOUT)
        return await self._await(work, work.rows)

    async def compute(
        self,
        statements: Sequence[str],
        results: Sequence[Mapping[str, Any]],
        fields: Sequence[Sequence[Mapping[str, str]] | None] | None = None,
        *,
        seconds: float = COMPUTE_TIMEOUT,
    ) -> AsyncGenerator[pa.Table, None]:
        """What statements over finished results give, which must fit into memory.

        It is ended when the generator is closed.

        Parameters
        ----------
        statements : sequence of `str`
            One SELECT each, in the engine's dialect.
        results : sequence of mapping
            As `lsp_jupyter.engines.duckdb_results.registered` takes them.
        fields : sequence, optional
            For each statement what its columns are declared to be.
        seconds : `float`
            How long it may take.

        Yields
        ------
        answer : `pyarrow.Table`
            That of each statement, as soon as it is there.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if one of them cannot be computed.
        """
        self._require_started()
        work = Computation(statements, results, fields, self._lanes.folder, seconds)
        await self._lanes.put(work, None)
        missing = len(statements)
        try:
            async for answer in work.answers():
                # Who has the last answer may leave: the process needs no end then.
                missing -= 1
                yield answer
        finally:
            if missing:
                await self._leave(work, work.ended, work.tidy)
            else:
                await asyncio.to_thread(work.tidy)

    async def analyse(
        self,
        kind: str,
        sql: str,
        results: Sequence[Mapping[str, Any]],
        *,
        seconds: float = COMPUTE_TIMEOUT,
        **options: Any,
    ) -> tuple[dict[str, Any], bytes]:
        """What a grid or region over a finished result is, and its bytes.

        Parameters
        ----------
        kind, sql, results
            As `lsp_jupyter.engines.analysis.Analysis` takes them.
        seconds : `float`
            How long it may take.
        **options
            What else it takes.

        Returns
        -------
        told : `dict`
            What the worker says of it.
        data : `bytes`
            What it wrote.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if it cannot be computed.
        """
        self._require_started()
        work = Analysis(kind, sql, results, options, self._lanes.folder, seconds)
        await self._lanes.put(work, None)
        try:
            told = await asyncio.shield(work.told)
            return told, await asyncio.to_thread(work.output.read_bytes)
        finally:
            await self._leave(work, work.ended, work.tidy)

    async def _leave(self, work: Work, ended: asyncio.Event, tidy: Callable[[], None]) -> None:
        """Tidy up after work whose answer nobody waits for, which is ended if it goes on long.

        To start a process anew takes longer than most of what charts ask, and whoever moves a
        chart leaves many answers behind.
        """
        if ended.is_set() or work.worker is None:
            if not ended.is_set():
                await self._lanes.drop(work, None)
            await asyncio.to_thread(tidy)
            return

        async def later() -> None:
            try:
                async with asyncio.timeout(PATIENCE):
                    await ended.wait()
            except TimeoutError:
                await self._lanes.drop(work, None)
            await asyncio.to_thread(tidy)

        task = asyncio.create_task(later())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _await(self, work: Work, answer: asyncio.Future[T]) -> T:
        """Have something done at once, and ended when nobody waits for it any more."""
        await self._lanes.put(work, None)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            await self._lanes.drop(work, None)
            answer.cancel()
            raise

    def _require_started(self) -> None:
        if not self._lanes.started:
            raise EngineError("The engine is not running.")

    def _find(self, handle: Handle) -> Query:
        try:
            parts = json.loads(handle)
            if parts["boot"] == self._boot:
                return self._queries[parts["id"]]
        except (ValueError, KeyError, TypeError):
            pass
        raise EngineError("The engine does not know this task.")

    def _forget(self) -> None:
        # The oldest first, and no further than the first that still waits or runs.
        while len(self._queries) > KEEP_FINISHED:
            oldest = next(iter(self._queries))
            if not self._queries[oldest].finished:
                self._queries[oldest] = self._queries.pop(oldest)
                break
            del self._queries[oldest]


def _rest(fd: int, query: Query, rows: int) -> bytes:
    """The merged batch from one row on, as an IPC message."""
    assert query.merged is not None
    place = Place(query.merged.offset, query.merged.length, query.merged.rows)
    if rows == 0:
        return os.pread(fd, place.length, place.offset)
    data = map_file(fd)
    schema = pa.ipc.read_schema(data.slice(0, query.header))
    rest = read_batch(data, schema, place).slice(rows)
    return bytes(rest.serialize())
