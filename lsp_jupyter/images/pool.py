"""The processes that work on pixels, and who gets one next."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.process import WorkerProcess
from lsp_jupyter.engines.spool import Spool
from lsp_jupyter.errors import EngineError, LspError, OverloadError, QueryTimeoutError

from .tasks import TASKS

__all__ = ["ImagePool"]

log = logging.getLogger(__name__)

_MODULE = "lsp_jupyter.images.worker"

#: Tasks that may wait; a client is told to come back instead of waiting behind more.
WAITING = 1_000


class ImagePool:
    """A few worker processes, started when they are first needed.

    Each does one task at a time and keeps what it learned of files. Tasks that somebody waits
    for go before those of jobs.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        How many there are, and what they may use.
    spool : `~pathlib.Path`
        Folder for their temporary files; several servers may share it.
    tasks : mapping
        What can be done: each task's name, and the function as ``module:name``.
    """

    def __init__(self, config: LspConfig, spool: Path, tasks: Mapping[str, str] = TASKS) -> None:
        self._config = config
        self._tasks = dict(tasks)
        self._spool = Spool(spool)
        self._idle: list[WorkerProcess] = []
        self._workers: set[WorkerProcess] = set()
        self._taken = 0
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._closed = False

    @property
    def size(self) -> int:
        """How many tasks are done at once."""
        return self._config.image_workers

    async def start(self) -> None:
        """Make the folder; processes start with the first task."""
        await asyncio.to_thread(self._spool.open)

    def scratch(self, suffix: str = "") -> Path:
        """A new path where a task may leave a file; who asked for it removes that in the end."""
        return self._spool.folder / f"{secrets.token_hex(12)}{suffix}"

    async def run(
        self,
        task: str,
        args: Mapping[str, Any],
        *,
        seconds: float,
        report: Callable[[Mapping[str, Any]], None] | None = None,
        background: bool = False,
    ) -> dict[str, Any]:
        """Have a task done.

        Parameters
        ----------
        task : `str`
            What is to be done.
        args : mapping
            What JSON can say.
        seconds : `float`
            How long it may take once it has begun; its worker is ended then.
        report : callable, optional
            Told how far it is, on the event loop.
        background : `bool`
            Whether it lets those go first that somebody waits for.

        Returns
        -------
        value : `dict`
            What the task gave.

        Raises
        ------
        lsp_jupyter.errors.QueryTimeoutError
            Raised if it took too long.
        lsp_jupyter.errors.OverloadError
            Raised if too many wait.
        lsp_jupyter.errors.LspError
            Raised as by the task.
        """
        if task not in self._tasks:
            raise EngineError(f"There is no image task {task}.")
        await self._enter(background)
        worker: WorkerProcess | None = None
        usable = False
        try:
            worker = await self._worker()
            request = {"op": "run", "task": task, "args": dict(args)}
            async with asyncio.timeout(seconds), aclosing(worker.call(request)) as answers:
                async for message in answers:
                    if message["op"] == "done":
                        usable = True
                        return dict(message["value"])
                    if report is not None:
                        report(message)
            raise EngineError("The image worker did not answer.")
        except TimeoutError:
            raise QueryTimeoutError(
                f"This took longer than {seconds:g} s.",
                hint="Ask for less, or do it as an asynchronous job.",
            ) from None
        except LspError:
            usable = worker is not None and worker.alive
            raise
        finally:
            await self._give_back(worker, usable)

    async def close(self) -> None:
        """End the workers."""
        self._closed = True
        for _, _, waiting in self._waiting:
            waiting.cancel()
        await asyncio.gather(*(worker.kill() for worker in list(self._workers)))
        self._workers.clear()
        self._idle.clear()
        await asyncio.to_thread(self._spool.close)

    # -- who is next ---------------------------------------------------------

    async def _enter(self, background: bool) -> None:
        if self._closed:
            raise OverloadError("The server is shutting down.")
        if self._taken < self.size and not self._waiting:
            self._taken += 1
            return
        if len(self._waiting) >= WAITING:
            raise OverloadError("Too many image requests wait.", retry_after=10)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (background, next(self._order), turn)
        heapq.heappush(self._waiting, entry)
        try:
            await turn
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
            elif turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._taken -= 1

    async def _worker(self) -> WorkerProcess:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self._workers.discard(worker)
            await worker.kill()
        worker = WorkerProcess(
            _MODULE, self._spool.folder / f"w{secrets.token_hex(4)}", work="image task"
        )
        self._workers.add(worker)
        try:
            limits = {"address_space": self._config.image_memory}
            await worker.start({"op": "start", "tasks": self._tasks, **limits})
        except BaseException:
            self._workers.discard(worker)
            raise
        return worker

    async def _give_back(self, worker: WorkerProcess | None, usable: bool) -> None:
        try:
            if worker is None or self._closed:
                return
            if usable and worker.alive:
                self._idle.append(worker)
                return
            self._workers.discard(worker)
            # Whoever cancelled this waits until nothing runs any more.
            await asyncio.shield(worker.kill())
        finally:
            self._leave()
