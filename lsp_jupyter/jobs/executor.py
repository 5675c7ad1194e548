"""Runs jobs: admits them, follows them through the engine, and tells who listens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Attachment, Engine, State, Status
from lsp_jupyter.errors import (
    EngineError,
    JobNotFoundError,
    LspError,
    OverloadError,
    QueryAbortedError,
    QueryTimeoutError,
    StateError,
    WorkerDiedError,
)
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import ResultStore

from .job import Job, Origin, Phase
from .planner import Plan, Planner
from .store import JobStore

__all__ = ["ACTIVE", "Executor"]

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: Phases in which something runs or waits to.
ACTIVE = (Phase.QUEUED, Phase.EXECUTING)
#: Seconds between two messages of progress of one job.
PROGRESS_EVERY = 0.2
#: Seconds to wait for news of a task.
POLL_WAIT = 0.5
#: Seconds after which a record that could not be written is tried again.
RETRY_AFTER = 1.0
#: Seconds a synchronous query may wait for a worker.
SYNC_QUEUE = 10.0


class _Run:
    """One active job of this server."""

    def __init__(self, job: Job, caller: Caller, plan: Plan | None) -> None:
        self.job = job
        self.caller = caller
        self.plan = plan
        self.pins: tuple[Path, ...] = ()
        self.held: tuple[Attachment, ...] = ()
        self.task: asyncio.Task[None] | None = None
        self.aborted = False
        self.ending = False
        self.told_at = 0.0

    @property
    def durable(self) -> bool:
        # The client of a synchronous query learns of it from the answer alone, so it is
        # recorded once: when it has ended, and after the client has its answer.
        return self.job.origin is not Origin.TAP_SYNC


class Executor:
    """The active jobs of this server.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    planner : `~lsp_jupyter.jobs.planner.Planner`
        Makes tasks of jobs.
    results : `~lsp_jupyter.results.store.ResultStore`
        Where results are.
    engine : `~lsp_jupyter.engines.protocol.Engine`
        What runs tasks.
    store : `~lsp_jupyter.jobs.store.JobStore`
        The records.

    Attributes
    ----------
    lease : `str`
        This server's lease.
    """

    def __init__(
        self,
        config: LspConfig,
        planner: Planner,
        results: ResultStore,
        engine: Engine,
        store: JobStore,
    ) -> None:
        self._config = config
        self._planner = planner
        self._results = results
        self._engine = engine
        self._store = store
        self.lease = ""
        self._runs: dict[str, _Run] = {}
        self._waiting: defaultdict[str, deque[_Run]] = defaultdict(deque)
        self._running: defaultdict[str, int] = defaultdict(int)
        # Events live as long as somebody waits for them.
        self._events: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        self._callbacks: list[Callable[[Job], None]] = []
        # One thread, so that this server's writes keep their order.
        self._writer = ThreadPoolExecutor(1, "jobs")
        self._closing = False

    def start(self, lease: str) -> None:
        """Run jobs under this lease from now on."""
        self.lease = lease

    async def close(self) -> None:
        """End what runs in ERROR; what waits stays QUEUED for the next server."""
        self._closing = True
        tasks = []
        for run in self._runs.values():
            if run.task is not None:
                tasks.append(run.task)
                if not run.ending:
                    run.task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._runs.clear()
        await asyncio.to_thread(self._writer.shutdown)
        self._store.close()

    # -- records -----------------------------------------------------------

    def write(
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        """Call something that waits for the disk, after all such calls before."""
        call = partial(function, *args, **kwargs)
        return asyncio.get_running_loop().run_in_executor(self._writer, call)

    async def insert(self, job: Job, caller: Caller) -> None:
        """Record a new job, and tell of it."""
        await self.write(self._store.insert, job, caller)
        self.publish(job)

    async def change(self, job_id: str, phases: Collection[Phase], **fields: Any) -> Job:
        """Change a job's record; see `~lsp_jupyter.jobs.store.JobStore.change`."""
        job = await self.write(self._store.change, job_id, phases, **fields)
        run = self._runs.get(job_id)
        if run is not None:
            # Progress is not recorded, so what is known here is kept.
            job = replace(job, rows=run.job.rows, size=run.job.size, fraction=run.job.fraction)
            run.job = job
        self.publish(job)
        return job

    def pinned(self) -> set[Path]:
        """Files that the jobs of this server read or will read."""
        plans = [run.plan for run in self._runs.values() if run.plan is not None]
        waiting = {item.path for plan in plans for item in plan.task.attachments}
        return waiting | {path for run in self._runs.values() for path in run.pins}

    # -- listening ---------------------------------------------------------

    def live(self, job_id: str) -> Job | None:
        """A job that is active here, with its progress."""
        run = self._runs.get(job_id)
        return None if run is None else run.job

    def unrecorded(self) -> list[Job]:
        """Jobs that are active here and that the store does not know."""
        return [run.job for run in self._runs.values() if not run.durable]

    def subscribe(self, callback: Callable[[Job], None]) -> Callable[[], None]:
        """Have a function called at each change; gives what ends that."""
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    def publish(self, job: Job) -> None:
        """Tell of a change."""
        event = self._events.pop(job.id, None)
        if event is not None:
            event.set()
        for callback in list(self._callbacks):
            try:
                callback(job)
            except Exception:
                log.exception("a listener failed")

    async def changed(self, job_id: str, seconds: float) -> None:
        """Wait until a change of a job is told of, or so many seconds."""
        event = self._events.setdefault(job_id, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()

    # -- running -----------------------------------------------------------

    def launch(self, job: Job, caller: Caller, plan: Plan | None = None) -> None:
        """Run a queued job as soon as its owner's limit allows."""
        run = self._runs[job.id] = _Run(job, caller, plan)
        if not run.durable:
            run.task = asyncio.create_task(self._execute(run))
            self.publish(job)
        else:
            self._waiting[job.owner].append(run)
            self._admit(job.owner)

    def resume(self, job: Job, caller: Caller) -> None:
        """Follow a task that runs in the engine already."""
        run = self._runs[job.id] = _Run(job, caller, None)
        self._running[job.owner] += 1
        run.task = asyncio.create_task(self._execute(run, counted=True))

    def _admit(self, owner: str) -> None:
        waiting = self._waiting[owner]
        while (
            waiting and not self._closing and self._running[owner] < self._config.running_per_user
        ):
            run = waiting.popleft()
            self._running[owner] += 1
            run.task = asyncio.create_task(self._execute(run, counted=True))
        if not waiting:
            del self._waiting[owner]

    async def abort(self, job_id: str) -> None:
        """End an active job of this server; when this returns nothing runs for it."""
        run = self._runs.get(job_id)
        if run is None:
            return
        run.aborted = True
        if run.task is None:
            self._waiting[run.job.owner].remove(run)
            await self._end(run, Phase.ABORTED)
            return
        if run.job.handle:
            with contextlib.suppress(LspError):
                await self._engine.cancel(run.job.handle)
        await asyncio.wait([run.task])

    async def _execute(self, run: _Run, *, counted: bool = False) -> None:
        try:
            await self._perform(run)
        except LspError as error:
            await self._fail(run, error.to_dict())
        except asyncio.CancelledError:
            await self._give_up(run)
        except OSError:
            log.exception("job %s", run.job.id)
            await self._fail(run, OverloadError("The result cannot be written.").to_dict())
        except Exception:
            log.exception("job %s", run.job.id)
            await self._fail(run, EngineError("The job failed inside the platform.").to_dict())
        finally:
            self._runs.pop(run.job.id, None)
            if run.held:
                await asyncio.to_thread(self._results.release, run.held)
            if counted:
                owner = run.job.owner
                self._running[owner] -= 1
                if not self._running[owner]:
                    del self._running[owner]
                self._admit(owner)

    async def _perform(self, run: _Run) -> None:
        if not run.job.handle:
            plan, output = run.plan, self._results.path(run.job.result_id)
            # A synchronous query never waits between its plan and this.
            fresh = plan is not None and not run.durable
            if plan is None or not (fresh or await asyncio.to_thread(plan.is_current)):
                plan = await asyncio.to_thread(self._planner.plan, run.caller, run.job, output)
            run.pins = tuple(item.path for item in plan.task.attachments)
            run.plan, task = None, plan.task
            if task.results:
                run.held = await asyncio.to_thread(self._results.hold, task.id, task.results)
                task = replace(task, results=run.held)
            if run.aborted:
                raise QueryAbortedError("The query was cancelled.")
            handle = await self._engine.submit(task)
            run.job = replace(run.job, handle=handle)
            if run.durable:
                await self.change(run.job.id, ACTIVE, durable=False, handle=handle)
        status = await self._follow(run)
        # From here on it is recorded how it ended, whether or not the server closes.
        run.ending = True
        if status.state is State.DONE:
            if not run.durable:
                self._results.prepare(run.job.result_id, status)
            finish = partial(self._results.finish, run.job.result_id, status, durable=run.durable)
            await self._end(
                run,
                Phase.COMPLETED,
                finish,
                rows=status.rows,
                size=status.size,
                fraction=1.0,
                overflow=status.overflow,
            )
        else:
            await self._fail(run, dict(status.error or {}))

    async def _follow(self, run: _Run) -> Status:
        loop = asyncio.get_running_loop()
        since, seen, wait = loop.time(), 0, 0.0
        while True:
            if run.aborted:
                await self._engine.cancel(run.job.handle)
            status = await self._engine.poll(run.job.handle, seen=seen, wait=wait)
            wait = POLL_WAIT
            if status.finished:
                if run.durable and run.job.phase is Phase.QUEUED and status.state is State.DONE:
                    await self._begin(run)
                return status
            self._results.grow(run.job.result_id, status)
            seen = len(status.batches)
            if status.state is State.RUNNING and run.job.phase is Phase.QUEUED:
                await self._begin(run)
            elif (
                status.state is State.QUEUED
                and run.job.origin is Origin.TAP_SYNC
                and loop.time() - since > SYNC_QUEUE
            ):
                await self._engine.cancel(run.job.handle)
                raise OverloadError(
                    "All workers are busy.",
                    retry_after=30,
                    hint="Try again later, or run the query as an asynchronous job.",
                )
            self._progress(run, status, loop.time())

    async def _begin(self, run: _Run) -> None:
        """Note that a worker has started with it."""
        now = datetime.now(UTC)
        if run.durable:
            await self.change(
                run.job.id, (Phase.QUEUED,), durable=False, phase=Phase.EXECUTING, started=now
            )
        else:
            run.job = replace(run.job, phase=Phase.EXECUTING, started=now)
            self.publish(run.job)

    def _progress(self, run: _Run, status: Status, now: float) -> None:
        job = run.job
        news = (status.rows, status.size, status.fraction)
        if news == (job.rows, job.size, job.fraction):
            return
        first = status.rows > 0 and job.rows == 0
        run.job = replace(job, rows=status.rows, size=status.size, fraction=status.fraction)
        # What is left out here is told of with the next change or the end.
        if first or now - run.told_at >= PROGRESS_EVERY:
            run.told_at = now
            self.publish(run.job)

    # -- ending ------------------------------------------------------------

    async def _fail(self, run: _Run, error: Mapping[str, Any]) -> None:
        run.ending = True
        code = error.get("code")
        try:
            await asyncio.to_thread(self._results.delete, run.job.result_id)
        except OSError:
            log.exception("job %s left files", run.job.id)
        if run.aborted or code == QueryAbortedError.code:
            await self._end(run, Phase.ABORTED)
        elif code == QueryTimeoutError.code:
            # Exceeding it has the effect of an abort (UWS 1.1 section 2.2.1.5).
            await self._end(run, Phase.ABORTED, error=error)
        else:
            await self._end(run, Phase.ERROR, error=error)

    async def _give_up(self, run: _Run) -> None:
        """Leave to the next server what it can do as well: this one closes."""
        if run.job.handle:
            with contextlib.suppress(LspError):
                await self._engine.cancel(run.job.handle)
        if run.job.phase is Phase.EXECUTING or run.job.origin is Origin.TAP_SYNC:
            error = WorkerDiedError(
                "The server was shut down while the job ran.", hint="Run the query again."
            )
            await self._fail(run, error.to_dict())

    async def _end(
        self,
        run: _Run,
        phase: Phase,
        before: Callable[[], object] = lambda: None,
        **fields: Any,
    ) -> None:
        """Record how it ended, once ``before`` was done."""
        now = datetime.now(UTC)
        if run.job.started is not None or phase is Phase.COMPLETED:
            fields["started"] = run.job.started or now
        ended = replace(run.job, phase=phase, ended=now, **fields)
        if not run.durable:
            # Until it is recorded it is this run that tells of it.
            run.job = ended
            self.publish(ended)

        def record() -> Job:
            before()
            if run.durable:
                return self._store.change(run.job.id, ACTIVE, phase=phase, ended=now, **fields)
            self._store.insert(ended, run.caller, durable=False)
            return ended

        while True:
            try:
                run.job = await self.write(record)
                break
            except OverloadError:
                # The disk is full. An end that is not recorded would be lost at a restart.
                if self._closing:
                    return
                await asyncio.sleep(RETRY_AFTER)
            except (StateError, JobNotFoundError) as error:
                # Somebody else ended or deleted it.
                log.warning("job %s: %s", run.job.id, error)
                await asyncio.to_thread(self._results.delete, run.job.result_id)
                run.job = replace(run.job, phase=Phase.ABORTED)
                break
        self._runs.pop(run.job.id, None)
        if run.durable:
            self.publish(run.job)
