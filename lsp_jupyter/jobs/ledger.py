"""The active jobs of a server: what is known of them here, and what is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Attachment, Task
from lsp_jupyter.errors import LspError
from lsp_jupyter.identity import Caller

from .job import Job, Origin, Phase
from .news import News
from .planner import Plan
from .slots import Slots
from .store import JobStore

__all__ = ["Ledger", "Run"]

P = ParamSpec("P")
T = TypeVar("T")


class Run:
    """One active job of this server."""

    def __init__(self, job: Job, caller: Caller, plan: Plan | None) -> None:
        self.job = job
        self.caller = caller
        self.plan = plan
        self.pins: tuple[Path, ...] = ()
        self.held: tuple[Attachment, ...] = ()
        self.doing: Task | None = None
        self.fingerprint = ""
        self.task: asyncio.Task[None] | None = None
        self.aborted = False
        self.ending = False
        self.ahead: int | None = None
        self.asking: asyncio.Task[float | None] | None = None
        self.refusal: LspError | None = None
        self.told_at = 0.0

    @property
    def durable(self) -> bool:
        """Whether it is recorded from its beginning."""
        # The client of a synchronous query learns of it from the answer alone, so it is
        # recorded once: when it has ended, and after the client has its answer.
        return self.job.origin is not Origin.TAP_SYNC


class Ledger:
    """What a server knows of its active jobs.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    store : `~lsp_jupyter.jobs.store.JobStore`
        The records.

    Attributes
    ----------
    news : `~lsp_jupyter.jobs.news.News`
        Tells of changes.
    """

    def __init__(self, config: LspConfig, store: JobStore) -> None:
        self._store = store
        self._runs: dict[str, Run] = {}
        self._slots: Slots[Run] = Slots(config.running_per_user)
        self.news = News()
        # One thread, so that this server's writes keep their order.
        self._writer = ThreadPoolExecutor(1, "jobs")

    def write(
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        """Call something that waits for the disk, after all such calls before."""
        call = partial(function, *args, **kwargs)
        return asyncio.get_running_loop().run_in_executor(self._writer, call)

    async def insert(self, job: Job, caller: Caller, *, durable: bool = True) -> None:
        """Record a new job, and tell of it."""
        await self.write(self._store.insert, job, caller, durable=durable)
        self.news.publish(job)

    async def change(self, job_id: str, phases: Collection[Phase], **fields: Any) -> Job:
        """Change a job's record; see `~lsp_jupyter.jobs.store.JobStore.change`."""
        job = await self.write(self._store.change, job_id, phases, **fields)
        run = self._runs.get(job_id)
        if run is not None:
            # Progress is not recorded, so what is known here is kept.
            kept = ("rows", "size", "fraction", "expected")
            job = replace(job, **{name: getattr(run.job, name) for name in kept})
            run.job = job
        self.news.publish(job)
        return job

    def pinned(self) -> set[Path]:
        """Files that the jobs of this server read or will read."""
        plans = [run.plan for run in self._runs.values() if run.plan is not None]
        waiting = {item.path for plan in plans for item in plan.task.attachments}
        return waiting | {path for run in self._runs.values() for path in run.pins}

    def live(self, job_id: str) -> Job | None:
        """A job that is active here, with its progress."""
        run = self._runs.get(job_id)
        if run is None:
            return None
        if run.job.phase is not Phase.QUEUED:
            return run.job
        # One that was told to end has left its line.
        ahead = run.ahead
        if run.task is None:
            ahead = None if run.aborted else self._slots.ahead(run.job.owner, run)
        return replace(run.job, position=ahead)

    def unrecorded(self) -> list[Job]:
        """Jobs that are active here and that the store does not know."""
        return [run.job for run in self._runs.values() if not run.durable]
