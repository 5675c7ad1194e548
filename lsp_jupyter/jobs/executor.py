"""Runs jobs: admits them, follows them through the engine, and tells who listens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Engine, State, Status, Task
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

from .forecast import FORECAST_AFTER, Forecast
from .job import Job, Origin, Phase
from .ledger import Ledger, Run
from .planner import Plan, Planner
from .store import JobStore

__all__ = ["ACTIVE", "Executor"]

log = logging.getLogger(__name__)

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


class Executor(Ledger):
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
        super().__init__(config, store)
        self._config = config
        self._planner = planner
        self._results = results
        self._engine = engine
        self.lease = ""
        self._forecast = Forecast(config, engine)
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

    # -- running -----------------------------------------------------------

    def launch(self, job: Job, caller: Caller, plan: Plan | None = None) -> None:
        """Run a queued job as soon as its owner's limit allows."""
        run = self._runs[job.id] = Run(job, caller, plan)
        if not run.durable:
            run.task = asyncio.create_task(self._execute(run))
            self.news.publish(job)
        else:
            self._slots.enter(job.owner, run)
            self._admit(job.owner)

    def resume(self, job: Job, caller: Caller) -> None:
        """Follow a task that runs in the engine already."""
        run = self._runs[job.id] = Run(job, caller, None)
        self._slots.take(job.owner)
        run.task = asyncio.create_task(self._execute(run, counted=True))

    def _admit(self, owner: str) -> None:
        while not self._closing and (run := self._slots.next(owner)) is not None:
            run.task = asyncio.create_task(self._execute(run, counted=True))

    async def abort(self, job_id: str) -> None:
        """End an active job of this server; when this returns nothing runs for it."""
        run = self._runs.get(job_id)
        if run is None:
            return
        run.aborted = True
        if run.task is None:
            self._slots.withdraw(run.job.owner, run)
            await self._end(run, Phase.ABORTED)
            return
        if run.job.handle:
            with contextlib.suppress(LspError):
                await self._engine.cancel(run.job.handle)
        elif run.asking is not None:
            run.asking.cancel()
        await asyncio.wait([run.task])

    async def _execute(self, run: Run, *, counted: bool = False) -> None:
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
            if run.asking is not None:
                run.asking.cancel()
            if run.held:
                await asyncio.to_thread(self._results.release, run.held)
            if counted:
                self._slots.leave(run.job.owner)
                self._admit(run.job.owner)

    async def _perform(self, run: Run) -> None:
        if not run.job.handle:
            task = await self._prepare(run)
            if task is None:
                return
            self._unless_aborted(run)
            handle = await self._engine.submit(task)
            run.job = replace(run.job, handle=handle)
            if run.durable:
                await self.change(run.job.id, ACTIVE, durable=False, handle=handle)
        status = await self._follow(run)
        if run.refusal is not None and status.state is not State.DONE:
            raise run.refusal
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
                fingerprint=run.fingerprint,
                expected=run.job.expected,
            )
        else:
            await self._fail(run, dict(status.error or {}))

    async def _prepare(self, run: Run) -> Task | None:
        """What to give to the engine; `None` if the job is HELD instead."""
        plan, output = run.plan, self._results.path(run.job.result_id)
        # A synchronous query never waits between its plan and this.
        fresh = plan is not None and not run.durable
        if plan is None or not (fresh or await asyncio.to_thread(plan.is_current)):
            plan = await asyncio.to_thread(self._planner.plan, run.caller, run.job, output)
        run.pins = tuple(item.path for item in plan.task.attachments)
        run.plan, run.fingerprint, task = None, plan.fingerprint, plan.task
        if task.results:
            run.held = await asyncio.to_thread(self._results.hold, task.id, task.results)
            task = replace(task, results=run.held)
        run.doing = task
        self._unless_aborted(run)
        if not run.durable or not self._forecast.may_take_long(plan):
            return task
        # Who started a job that was held has seen the estimate.
        confirmed = run.job.expected is not None
        run.asking = asyncio.create_task(self._forecast.seconds(task))
        await asyncio.wait([run.asking])
        self._unless_aborted(run)
        seconds = run.asking.result()
        if seconds is None:
            return task
        run.job = replace(run.job, expected=seconds)
        if self._forecast.holds(run.job, seconds) and not confirmed:
            run.ending = True
            held = {"phase": Phase.HELD, "expected": seconds, "lease": "", "result_id": ""}
            await self.change(run.job.id, (Phase.QUEUED,), **held)
            return None
        return self._forecast.queued(task, seconds)

    def _unless_aborted(self, run: Run) -> None:
        if run.aborted:
            raise QueryAbortedError("The query was cancelled.")

    async def _ask(self, run: Run, task: Task) -> float | None:
        """Find how long a query that runs will run."""
        seconds = await self._forecast.seconds(task)
        if seconds is not None and not run.ending:
            run.job = replace(run.job, expected=seconds)
            if run.job.origin is Origin.TAP_SYNC:
                run.refusal = self._forecast.refusal(seconds)
                if run.refusal is not None:
                    with contextlib.suppress(LspError):
                        await self._engine.cancel(run.job.handle)
        return seconds

    async def _follow(self, run: Run) -> Status:
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
            seen, run.ahead = len(status.batches), status.queue_position
            if status.state is State.RUNNING and run.job.phase is Phase.QUEUED:
                await self._begin(run)
                since = loop.time()
            elif status.state is State.RUNNING and loop.time() - since > FORECAST_AFTER:
                if run.asking is None and run.doing is not None:
                    run.asking = asyncio.create_task(self._ask(run, run.doing))
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

    async def _begin(self, run: Run) -> None:
        """Note that a worker has started with it."""
        now = datetime.now(UTC)
        if run.durable:
            await self.change(
                run.job.id, (Phase.QUEUED,), durable=False, phase=Phase.EXECUTING, started=now
            )
        else:
            run.job = replace(run.job, phase=Phase.EXECUTING, started=now)
            self.news.publish(run.job)

    def _progress(self, run: Run, status: Status, now: float) -> None:
        job = run.job
        news = (status.rows, status.size, status.fraction)
        if news == (job.rows, job.size, job.fraction):
            return
        first = status.rows > 0 and job.rows == 0
        run.job = replace(job, rows=status.rows, size=status.size, fraction=status.fraction)
        # What is left out here is told of with the next change or the end.
        if first or now - run.told_at >= PROGRESS_EVERY:
            run.told_at = now
            self.news.publish(run.job)

    # -- ending ------------------------------------------------------------

    async def _fail(self, run: Run, error: Mapping[str, Any]) -> None:
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

    async def _give_up(self, run: Run) -> None:
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
        run: Run,
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
            self.news.publish(ended)

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
            self.news.publish(run.job)
