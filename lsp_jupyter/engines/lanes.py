"""Places where worker processes live, and what waits for them.

A *lane* is a place where one worker lives and does one thing at a time;
killing its worker harms no other lane. A killed or ended worker is replaced at
once, so that the next query finds a warm one. A worker that has read one user's
private files is replaced before it would do anything for somebody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import EngineError, LspError, WorkerDiedError

from .process import WorkerProcess
from .protocol import Attachment, Queue
from .spool import Spool
from .turns import Turns
from .work import Work

__all__ = ["Lanes"]

log = logging.getLogger(__name__)

_MODULE = "lsp_jupyter.engines.duckdb_worker"
#: Seconds after which the extra lane for views ends if nobody needs it.
VIEW_IDLE = 60.0


class _Lane:
    """A place for one worker.

    Parameters
    ----------
    queues : sequence of `~lsp_jupyter.engines.turns.Turns`
        Where it takes work from, the first one first.
    nice : `int`
        By how much its processes yield to others.
    idle_limit : `float`, optional
        Seconds without work after which it ends; it never follows the
        catalogue then.
    """

    def __init__(
        self, queues: Sequence[Turns], nice: int = 0, idle_limit: float | None = None
    ) -> None:
        self.queues = queues
        self.nice = nice
        self.idle_limit = idle_limit
        self.idle = False
        self.news = asyncio.Event()
        self.worker: WorkerProcess | None = None
        self.attached: frozenset[Attachment] = frozenset()
        # Whose private files its worker has read; nobody else's work is done by it.
        self.owner: str | None = None
        self.epoch = 0

    def serves(self, work: Work) -> bool:
        """Whether its worker lives, has the files, and never read those of somebody else."""
        alive = self.worker is not None and self.worker.alive
        own = self.owner is None or self.owner == work.turn
        return alive and own and self.attached.issuperset(work.attachments)

    def kept(self, work: Work) -> list[Attachment]:
        """The private files of its worker that the next one may have too."""
        if self.owner != work.turn:
            return []
        return [item for item in self.attached if item.private]


class Lanes:
    """The lanes of one engine.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Numbers of workers and their limits.
    spool : `~pathlib.Path`
        Folder for the workers' temporary files; several servers may share it.
    """

    def __init__(self, config: LspConfig, spool: Path) -> None:
        self._config = config
        self._spool = Spool(spool)
        self._workers = 0
        self._warm: dict[str, Attachment] = {}
        self._epoch = 0
        self._waiting: dict[Queue | None, Turns] = {key: Turns() for key in (None, *Queue)}
        self._lanes: dict[_Lane, asyncio.Task[None]] = {}
        self._view_lane: _Lane | None = None
        # Who waits until all lanes have followed the catalogue.
        self._settled = asyncio.Condition()
        # The lane that is following the catalogue now: one after the other, so that
        # the others go on serving.
        self._following: _Lane | None = None
        self.started = False

    @property
    def folder(self) -> Path:
        """Where workers put what is read once."""
        return self._spool.folder

    async def start(self) -> None:
        """Make the folder and the lanes; processes start with `warm` or the first work."""
        await asyncio.to_thread(self._spool.open)
        views = self._waiting[None]
        interactive, scan = self._waiting[Queue.INTERACTIVE], self._waiting[Queue.SCAN]
        lanes = [_Lane([views, interactive, scan]) for _ in range(self._config.interactive_workers)]
        lanes += [
            _Lane([scan, views, interactive], nice=10) for _ in range(self._config.scan_workers)
        ]
        if len(lanes) > 1:
            # One lane never runs what may take long, so that short queries always pass.
            lanes[0].queues = [views, interactive]
        self.started = True
        for lane in lanes:
            self._open(lane)

    async def warm(self, attachments: Sequence[Attachment], *, wait: bool = False) -> None:
        """Have a worker ready in each lane with these files attached.

        Parameters
        ----------
        attachments : sequence of `Attachment`
            The whole current catalogue. Workers that hold anything else are
            replaced one after the other, busy ones when they are done.
        wait : `bool`
            Whether to wait until the lanes are ready.
        """
        self._warm = {item.alias: item for item in attachments}
        self._epoch += 1
        self._wake()
        if wait:
            async with self._settled:
                await self._settled.wait_for(self._is_settled)

    def _is_settled(self) -> bool:
        """Whether every lane that follows the catalogue has done so, and waits for work."""
        following = [lane for lane in self._lanes if lane.idle_limit is None]
        return all(lane.epoch == self._epoch and lane.idle for lane in following)

    def _wake(self) -> None:
        for lane in self._lanes:
            lane.news.set()

    async def close(self) -> list[Work]:
        """End every process and lane; gives back what still waited."""
        self.started = False
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        await asyncio.to_thread(self._spool.close)
        left = [work for waiting in self._waiting.values() for work in waiting]
        for waiting in self._waiting.values():
            waiting.clear()
        return left

    async def put(self, work: Work, queue: Queue | None) -> None:
        """Add work that waits for a lane; ``queue`` `None` is for views.

        Views pass before queries and may use any lane; if all are busy one
        more lane is opened for them.
        """
        if queue is None and self._view_lane is None and not any(x.idle for x in self._lanes):
            self._view_lane = _Lane([self._waiting[None]], idle_limit=VIEW_IDLE)
            self._open(self._view_lane)
        waiting = self._waiting[queue]
        waiting.append(work)
        # One lane is enough, and one that was not woken for something else: more would
        # only get in its way.
        idle = [
            lane
            for lane in self._lanes
            if lane.idle and not lane.news.is_set() and any(one is waiting for one in lane.queues)
        ]
        # The first one that need not renew its worker for it.
        for lane in [*(each for each in idle if each.serves(work)), *idle][:1]:
            lane.news.set()

    def waiting(self, queue: Queue) -> int:
        """How much waits."""
        return len(self._waiting[queue])

    def position(self, work: Work, queue: Queue) -> int:
        """How much waits before this."""
        return self._waiting[queue].ahead(work)

    async def drop(self, work: Work, queue: Queue | None) -> None:
        """End work wherever it is; when this returns no process does it."""
        work.cancelled = True
        if work.worker is not None:
            await work.worker.kill()
        if work in self._waiting[queue]:
            self._waiting[queue].remove(work)
            work.fail(EngineError("It was cancelled before it began."))

    def _open(self, lane: _Lane) -> None:
        self._lanes[lane] = asyncio.create_task(self._serve(lane))

    async def _serve(self, lane: _Lane) -> None:
        try:
            while True:
                await self._refresh(lane)
                try:
                    work = await self._take(lane)
                except TimeoutError:
                    if any(lane.queues):
                        continue
                    return
                if work is not None:
                    await self._perform(lane, work)
        finally:
            self._lanes.pop(lane, None)
            if lane is self._view_lane:
                self._view_lane = None
            if lane.worker is not None:
                await lane.worker.kill()

    async def _refresh(self, lane: _Lane) -> None:
        """Give the lane a worker with the current catalogue if it has none."""
        alive = lane.worker is not None and lane.worker.alive
        if self._epoch == 0 or (alive and not self._may_follow(lane)):
            return
        lane.epoch = self._epoch
        wanted = frozenset(self._warm.values())
        if alive and lane.attached == wanted:
            return
        if alive:
            self._following = lane
        try:
            await self._renew(lane, wanted)
        except LspError as error:
            # The next task that needs a worker tries again and tells a person.
            log.error("no warm worker: %s", error)
        finally:
            if self._following is lane:
                self._following = None
                self._wake()

    def _may_follow(self, lane: _Lane) -> bool:
        """Whether it is the lane's turn to follow the catalogue."""
        stale = lane.epoch != self._epoch and lane.idle_limit is None
        return stale and self._following is None

    async def _renew(
        self, lane: _Lane, attachments: frozenset[Attachment], owner: str = ""
    ) -> None:
        self._workers += 1
        worker = WorkerProcess(_MODULE, self._spool.folder / f"w{self._workers}")
        old, config = lane.worker, self._config
        # Files of generations that were replaced and removed are no fault.
        sizes = await asyncio.to_thread(_sizes, attachments)
        try:
            ready = await worker.start(
                {
                    "op": "start",
                    "memory": config.worker_memory,
                    "threads": config.worker_threads,
                    "spill": config.worker_spill,
                    "temp": str(worker.scratch),
                    "nice": lane.nice,
                    "address_space": config.worker_memory
                    + config.worker_headroom
                    + sum(sizes.values()),
                    "attachments": [
                        {"alias": item.alias, "path": str(item.path)}
                        for item in sorted(sizes, key=lambda item: item.alias)
                    ],
                }
            )
            lane.attached = frozenset(x for x in attachments if x.alias in ready["attached"])
            lane.owner = owner if any(item.private for item in lane.attached) else None
            lane.worker = worker
        finally:
            # The old one serves nobody from here on, whether or not the new one started,
            # which is the lane's by now: this wait may be cancelled.
            if lane.worker is old:
                lane.worker = None
            if old is not None:
                await old.kill()

    async def _take(self, lane: _Lane) -> Work | None:
        async with asyncio.timeout(lane.idle_limit):
            lane.idle = True
            if self._is_settled():
                async with self._settled:
                    self._settled.notify_all()
            try:
                while True:
                    lane.news.clear()
                    for waiting in lane.queues:
                        if waiting:
                            return waiting.popleft()
                    if self._may_follow(lane):
                        return None
                    await lane.news.wait()
            finally:
                lane.idle = False

    async def _perform(self, lane: _Lane, work: Work) -> None:
        try:
            if not lane.serves(work):
                more = (*lane.kept(work), *work.attachments)
                wanted = {**self._warm, **{item.alias: item for item in more}}
                await self._renew(lane, frozenset(wanted.values()), work.turn)
                if not lane.serves(work):
                    raise EngineError(
                        "The data of a table in this query cannot be opened.",
                        hint="Tell the operator of this service: its file is missing or damaged.",
                    )
            worker = lane.worker
            assert worker is not None
            if work.cancelled:
                raise WorkerDiedError("The query was cancelled before it began.")
            work.worker = worker
            work.begin()
            try:
                async with asyncio.timeout(work.timeout):
                    async for answer in worker.call(work.message()):
                        work.receive(answer)
            except TimeoutError:
                await worker.kill()
                raise work.too_late() from None
        except LspError as error:
            work.fail(error)
        except asyncio.CancelledError:
            work.fail(EngineError("The engine was shut down."))
            raise
        except Exception as error:
            log.exception("a lane failed")
            if lane.worker is not None:
                await lane.worker.kill()
            work.fail(EngineError(f"The engine failed: {type(error).__name__}."))
        finally:
            work.worker = None


def _sizes(attachments: frozenset[Attachment]) -> dict[Attachment, int]:
    """The files that exist, and their bytes."""
    sizes = {}
    for item in attachments:
        with contextlib.suppress(OSError):
            sizes[item] = item.path.stat().st_size
    return sizes
