"""Outside TAP services as an engine: a job there, its answer screened, its rows a result here.

A query is sent as it is written. The answer is fetched whole, checked for truncation, read
through the guard in a process of its own, and written as an Arrow file like any result.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import pyarrow as pa

from lsp_jupyter._version import __version__
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import (
    EngineError,
    LspError,
    ParameterError,
    QueryAbortedError,
    QueryTimeoutError,
    RemoteError,
    error_from_dict,
)
from lsp_jupyter.net import Client

from .protocol import EngineInfo, Estimate, Handle, State, Status, Task
from .remote_addresses import OutsideResolver
from .remote_answer import check_answer, settle
from .remote_examples import examples_of
from .remote_uws import TROUBLE, OutsideJob, Service
from .spool import Spool

__all__ = ["Convert", "RemoteTap"]

log = logging.getLogger(__name__)

#: Finished tasks that can still be asked for.
KEEP = 64
#: What is asked for: a form that every service has (TAP 1.1 section 2.7.3).
FORMAT = "votable"
_REQUEST = {
    "REQUEST": "doQuery",
    "LANG": "ADQL",
    "FORMAT": FORMAT,
    "RESPONSEFORMAT": FORMAT,
}
#: Bytes of the answer to a small question at most.
SMALL = 64 << 20


class Convert(Protocol):
    """Reads a foreign file through the guard into an Arrow IPC stream."""

    def __call__(
        self, source: Path, target: Path, name: str, *, max_bytes: int
    ) -> Coroutine[Any, Any, None]:
        """Write ``target`` from ``source``, which is called ``name`` in messages."""


class _Query:
    """One task, and what is known of it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.status = Status(State.QUEUED)
        self.running: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def tell(self, status: Status) -> None:
        """Change the status and wake who waits."""
        self.status = status
        self._news.set()
        self._news = asyncio.Event()

    async def changed(self) -> None:
        """Wait for the next status."""
        await self._news.wait()


class RemoteTap:
    """Runs queries on outside TAP services; see `~lsp_jupyter.engines.protocol.Engine`.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits, and which near machines may be asked.
    spool : `~pathlib.Path`
        Where answers are until they are read.
    convert : `Convert`
        Reads them.
    authorization : callable, optional
        The header that authenticates at a service, given its URL.
    """

    def __init__(
        self,
        config: LspConfig,
        spool: Path,
        convert: Convert,
        authorization: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._config = config
        self._spool = Spool(spool)
        self._convert = convert
        self._authorization = authorization
        self._queries: dict[str, _Query] = {}
        self._boot = secrets.token_hex(8)
        self._leaving: set[asyncio.Task[None]] = set()
        self._client: Client | None = None

    async def start(self) -> None:
        """Make the folder of answers."""
        await asyncio.to_thread(self._spool.open)

    async def close(self) -> None:
        """End every task, there too."""
        tasks = [query.running for query in self._queries.values() if query.running is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=2)
        await asyncio.to_thread(self._spool.close)

    def describe(self) -> EngineInfo:
        """Name, version and dialect."""
        return EngineInfo("tap", __version__, "adql")

    def service(self, url: str) -> Service:
        """A service, to speak to it."""
        if self._client is None:
            self._client = Client(
                hint="Try again later, or ask another service.",
                connect_timeout=self._config.tap_timeout,
                head_timeout=self._config.tap_timeout,
                idle_timeout=self._config.tap_timeout,
                resolver=OutsideResolver(allowed=tuple(self._config.tap_near)),
            )
        return Service(self._client, url, self._authorization(url))

    async def estimate(self, task: Task) -> Estimate:  # noqa: ARG002 - the contract has it
        """Nothing is known of what a query costs elsewhere."""
        return Estimate()

    async def ask(self, url: str, adql: str, *, maxrec: int) -> pa.Table:
        """The answer to a small question, such as which tables there are.

        Parameters
        ----------
        url : `str`
            The service.
        adql : `str`
            The query.
        maxrec : `int`
            Rows at most.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if there is no answer that can be read.
        """
        service = self.service(url)
        folder = self._spool.folder / secrets.token_hex(16)
        fields = _REQUEST | {"MAXREC": str(maxrec), "QUERY": adql}
        await asyncio.to_thread(folder.mkdir, mode=0o700)
        try:
            answer, rows = folder / "answer", folder / "rows.arrow"
            await service.save(f"{service.url}/sync?{urlencode(fields)}", answer, SMALL)
            await self._read(answer, rows, service.name, SMALL)
            return await asyncio.to_thread(_table, rows)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def examples(self, url: str) -> list[dict[str, str]]:
        """The queries that a service gives as examples, if it does (DALI 1.1 section 2.3).

        Returns
        -------
        examples : `list` of `dict`
            Each with ``title`` and ``adql``.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the service cannot be reached.
        """
        service = self.service(url)
        async with service.get(f"{service.url}/examples") as answer:
            if answer.status != 200:
                return []
            text = await answer.read(TROUBLE)
        return await asyncio.to_thread(examples_of, text)

    async def submit(self, task: Task) -> Handle:
        """Accept a task and return at once."""
        query = self._queries[task.id] = _Query(task)
        query.running = asyncio.create_task(self._run(query))
        finished = [key for key, each in self._queries.items() if each.status.finished]
        for key in finished[:-KEEP]:
            del self._queries[key]
        return json.dumps({"engine": "tap", "boot": self._boot, "id": task.id})

    async def poll(self, handle: Handle, *, seen: int = 0, wait: float = 0.0) -> Status:
        """The task's status; see the contract."""
        query = self._find(handle)
        before = query.status
        if wait > 0 and not before.finished and len(before.batches) <= seen:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await query.changed()
        return query.status

    async def fetch(self, handle: Handle, first: int = 0) -> AsyncIterator[bytes]:
        """The rows from batch number ``first`` on: all come at the end."""
        query = self._find(handle)
        while not query.status.finished:
            await query.changed()
        if query.status.error is not None:
            raise error_from_dict(dict(query.status.error))
        with query.task.output.open("rb") as file:
            for batch in query.status.batches[first:]:
                yield await asyncio.to_thread(os.pread, file.fileno(), batch.length, batch.offset)

    async def cancel(self, handle: Handle) -> None:
        """End the task; the service is told in the background."""
        query = self._find(handle)
        if query.running is not None and not query.status.finished:
            query.running.cancel()
            await asyncio.wait([query.running])

    async def attach(self, handle: Handle) -> bool:
        """Whether the task is known here: its answer goes to the server that asked."""
        try:
            self._find(handle)
        except EngineError:
            return False
        return True

    def _find(self, handle: Handle) -> _Query:
        parts = json.loads(handle)
        query = self._queries.get(parts["id"]) if parts.get("boot") == self._boot else None
        if query is None:
            raise EngineError("The engine does not know this task.")
        return query

    # -- running -----------------------------------------------------------

    async def _run(self, query: _Query) -> None:
        folder = self._spool.folder / query.task.id
        try:
            async with asyncio.timeout(query.task.timeout):
                await self._perform(query, folder)
        except TimeoutError:
            self._fail(
                query, QueryTimeoutError(f"The query took longer than {query.task.timeout:g} s.")
            )
        except asyncio.CancelledError:
            error = QueryAbortedError("The query was cancelled.").to_dict()
            query.tell(replace(query.status, state=State.CANCELLED, error=error))
        except LspError as error:
            self._fail(query, error)
        except Exception:
            log.exception("task %s", query.task.id)
            self._fail(query, EngineError("The answer could not be stored."))
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _fail(self, query: _Query, error: LspError) -> None:
        query.tell(replace(query.status, state=State.FAILED, error=error.to_dict()))

    async def _perform(self, query: _Query, folder: Path) -> None:
        task = query.task
        job = OutsideJob(self.service(task.service))

        def told(phase: str) -> None:
            state = State.QUEUED if phase in ("PENDING", "QUEUED", "HELD") else State.RUNNING
            if state is not query.status.state:
                query.tell(replace(query.status, state=state))

        await asyncio.to_thread(folder.mkdir, mode=0o700)
        answer, rows = folder / "answer", folder / "rows.arrow"
        try:
            await job.begin(_REQUEST | {"MAXREC": str(task.maxrec), "QUERY": task.sql})
            await job.follow(told)
            await job.fetch(
                answer,
                task.max_bytes,
                lambda size: query.tell(replace(query.status, state=State.RUNNING, size=size)),
            )
        finally:
            leaving = asyncio.create_task(job.leave())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
        name = urlsplit(task.service).hostname or ""
        overflow = await self._read(answer, rows, name, task.max_bytes)
        settled = await asyncio.to_thread(
            settle,
            rows,
            task.output,
            task.metadata,
            maxrec=task.maxrec,
            max_bytes=task.max_bytes,
        )
        query.tell(
            Status(
                State.DONE,
                batches=settled.batches,
                header=settled.header,
                rows=sum(batch.rows for batch in settled.batches),
                size=settled.size,
                fraction=1.0,
                overflow=overflow or settled.overflow,
                sha256=settled.digest,
            )
        )

    async def _read(self, answer: Path, rows: Path, name: str, limit: int) -> bool:
        """Convert an answer; gives whether the service cut it off."""
        try:
            packed = await asyncio.to_thread(_is_packed, answer)
            overflow = not packed and await asyncio.to_thread(check_answer, answer, name)
            await self._convert(answer, rows, f"The answer of {name}", max_bytes=limit)
            if packed:
                # It was unpacked in its place.
                overflow = await asyncio.to_thread(check_answer, answer, name)
        except ParameterError as error:
            raise RemoteError(error.message, hint="Ask for other columns, or elsewhere.") from None
        return overflow


def _table(path: Path) -> pa.Table:
    with pa.OSFile(str(path), "rb") as file, pa.ipc.open_stream(file) as stream:
        return stream.read_all()


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
