"""What happens to jobs by itself: servers end, times come, others ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lsp_jupyter.engines.protocol import Engine
from lsp_jupyter.errors import LspError, StateError, WorkerDiedError
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import ResultStore

from .executor import ACTIVE, Executor
from .job import Job, Origin, Phase
from .leases import Lease, is_free, pinned_files, sweep_leases
from .planner import CatalogProtocol
from .store import JobStore
from .uploads import UploadTables

__all__ = ["Keeper"]

log = logging.getLogger(__name__)

#: Seconds between two looks at what other servers ask for.
LOOK_EVERY = 1.0
#: Seconds between two rounds of collecting what is due.
COLLECT_EVERY = 60.0
#: Seconds between two searches for files nobody knows.
SWEEP_EVERY = 3600.0
#: How long the history of a job is kept after its result was collected.
HISTORY = timedelta(days=365)
SYNC_HISTORY = timedelta(days=30)


class Keeper:
    """Takes over from servers that are gone, and collects what is due.

    Parameters
    ----------
    executor : `~lsp_jupyter.jobs.executor.Executor`
        Runs what is taken over.
    results : `~lsp_jupyter.results.store.ResultStore`
        Where results are.
    engine : `~lsp_jupyter.engines.protocol.Engine`
        May still know tasks of a server that is gone.
    store : `~lsp_jupyter.jobs.store.JobStore`
        The records.
    catalog : `~lsp_jupyter.jobs.planner.CatalogProtocol`
        Has files that nobody may need any more.
    leases : `~pathlib.Path`
        Folder of the servers' leases.
    uploads : `~lsp_jupyter.jobs.uploads.UploadTables`
        The tables that came with jobs.
    """

    def __init__(
        self,
        executor: Executor,
        results: ResultStore,
        engine: Engine,
        store: JobStore,
        catalog: CatalogProtocol,
        leases: Path,
        uploads: UploadTables,
    ) -> None:
        self._executor = executor
        self._results = results
        self._engine = engine
        self._store = store
        self._catalog = catalog
        self._leases = leases
        self._uploads = uploads
        self._lease = ""
        self._pin: Callable[[Iterable[Path]], None] | None = None
        self._pinned: set[Path] = set()
        self._told: set[Path] = set()
        self._task: asyncio.Task[None] | None = None

    async def start(self, lease: Lease) -> None:
        """Take over what was left, then go on looking."""
        self._lease, self._pin = lease.id, lease.pin
        await self._take_over()
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        collect_at = sweep_at = loop.time()
        while True:
            try:
                for job_id in self._store.wanted_aborts(self._lease):
                    await self._executor.abort(job_id)
                await self._tell_pins()
                if loop.time() >= collect_at:
                    collect_at = loop.time() + COLLECT_EVERY
                    await self._take_over()
                    await self.collect(datetime.now(UTC))
                if loop.time() >= sweep_at:
                    sweep_at = loop.time() + SWEEP_EVERY
                    await asyncio.to_thread(self._sweep, self._executor.pinned())
            except Exception:
                # It goes on whatever happens: the next round may find the cause gone.
                log.exception("housekeeping failed")
            await asyncio.sleep(LOOK_EVERY)

    async def _tell_pins(self) -> None:
        """Tell the other servers what may not be collected.

        What is pinned only since the last look is left out: nothing is
        collected so soon after it was replaced.
        """
        pinned = self._executor.pinned()
        lasting, self._pinned = pinned & self._pinned, pinned
        if lasting != self._told and self._pin is not None:
            await asyncio.to_thread(self._pin, lasting)
            self._told = lasting

    async def _take_over(self) -> None:
        for job, caller in self._store.active():
            if job.lease == self._lease or not await asyncio.to_thread(
                is_free, self._leases, job.lease
            ):
                continue
            if await self._executor.write(self._store.adopt, job, self._lease):
                await self._adopt(job, caller)
        await asyncio.to_thread(sweep_leases, self._leases)

    async def _adopt(self, job: Job, caller: Caller) -> None:
        if job.handle and await self._engine.attach(job.handle):
            self._executor.resume(job, caller)
            return
        if job.result_id:
            await asyncio.to_thread(self._results.delete, job.result_id)
        if job.phase is Phase.QUEUED and job.origin is not Origin.TAP_SYNC:
            # It never ran, so nobody can tell that its server was another one.
            job = await self._executor.change(
                job.id, (Phase.QUEUED,), handle="", result_id=self._results.new()
            )
            self._executor.launch(job, caller)
            return
        error = WorkerDiedError(
            "The server that ran this job ended before the job was done.",
            hint="Run the query again.",
        )
        await self._executor.change(
            job.id,
            ACTIVE,
            phase=Phase.ERROR,
            ended=datetime.now(UTC),
            error=error.to_dict(),
            result_id="",
        )

    async def collect(self, now: datetime) -> int:
        """Archive every job whose destruction time has come; gives their number.

        Its result is removed; its record stays as history (UWS 1.1, ARCHIVED).
        """
        number = 0
        for job, _caller in self._store.due(now):
            try:
                if job.phase.active:
                    if job.lease != self._lease:
                        continue
                    await self._executor.abort(job.id)
                await self._executor.change(
                    job.id,
                    [phase for phase in Phase if not phase.active],
                    phase=Phase.ARCHIVED,
                    result_id="",
                    ended=job.ended or now,
                )
            except StateError:
                continue
            except LspError as error:
                log.warning("job %s was not collected: %s", job.id, error)
                continue
            if job.result_id:
                await asyncio.to_thread(self._results.delete, job.result_id)
            await asyncio.to_thread(self._uploads.delete, job.id)
            number += 1
        return number

    def _sweep(self, held: set[Path]) -> None:
        now = datetime.now(UTC)
        self._store.prune(now - SYNC_HISTORY, [Origin.TAP_SYNC])
        self._store.prune(now - HISTORY, list(Origin))
        self._results.sweep(self._store.result_ids())
        self._uploads.sweep(self._store.open_ids())
        self._catalog.collect(held | pinned_files(self._leases))
