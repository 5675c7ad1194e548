"""The job service: what every Aspect calls to run a query.

It keeps the rules of UWS 1.1. A job is durable before it is acknowledged, and
COMPLETED only when its result is. This class is the service's face; `Executor`
runs the jobs, `JobReader` looks at them, and `Keeper` tidies up after servers
and time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Engine, Estimate
from lsp_jupyter.errors import (
    EngineError,
    LimitError,
    OverloadError,
    StateError,
)
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import ResultStore

from .disk import refuse_network, require_space
from .executor import Executor
from .intake import Intake
from .job import Job, Origin, Phase
from .keeper import Keeper
from .leases import Lease, sweep_leases
from .planner import CatalogProtocol, Planner
from .readable import ReadableSchema, TableProvider
from .reader import JobReader
from .store import JobStore
from .tables import JobTables

__all__ = ["Jobs"]

#: Jobs of one caller, archived ones not counted.
JOBS_PER_USER = 10_000
#: Seconds after which the jobs of a caller are counted again.
COUNT_AFTER = 1.0
#: Seconds to wait until the server that runs a job has ended it.
ABORT_WAIT = 10.0

_KEPT = tuple(phase for phase in Phase if phase is not Phase.ARCHIVED)


class Jobs(JobReader):
    """All jobs of one instance, as this server sees them.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    catalog : `~lsp_jupyter.jobs.planner.CatalogProtocol`
        What can be queried.
    results : `~lsp_jupyter.results.store.ResultStore`
        Where results are.
    engine : `~lsp_jupyter.engines.protocol.Engine`
        What runs queries; started and closed by whoever made it.
    store : `~lsp_jupyter.jobs.store.JobStore`
        The records.
    state : `~pathlib.Path`
        The state folder, for the leases.
    providers : sequence of `~lsp_jupyter.jobs.readable.TableProvider`
        What can be queried beside published tables and results.
    """

    def __init__(
        self,
        config: LspConfig,
        *,
        catalog: CatalogProtocol,
        results: ResultStore,
        engine: Engine,
        store: JobStore,
        state: Path,
        providers: Sequence[TableProvider] = (),
    ) -> None:
        self._engine = engine
        self._planner = Planner(config, catalog, (JobTables(self.get, results), *providers))
        executor = Executor(config, self._planner, results, engine, store)
        super().__init__(config, executor, results, store)
        self._state = state
        self._intake = Intake(config)
        self._keeper = Keeper(executor, results, engine, store, catalog, state / "leases")
        self._lease: Lease | None = None
        # Of each owner: when the jobs were counted, and how many there are since.
        self._counts: dict[str, tuple[float, int]] = {}

    # -- life --------------------------------------------------------------

    async def start(self) -> None:
        """Take a lease, and over what servers that are gone have left.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if the state folder is on a network file system.
        """
        await asyncio.to_thread(refuse_network, self._state)
        self._lease = await asyncio.to_thread(Lease, self._state / "leases")
        self._executor.start(self._lease.id)
        await self._keeper.start(self._lease)
        asyncio.get_running_loop().run_in_executor(None, self._planner.prepare)

    async def close(self) -> None:
        """End what runs here; what still waits is left to the next server."""
        await self._keeper.close()
        await self._executor.close()
        if self._lease is not None:
            await asyncio.to_thread(self._lease.release)
            await asyncio.to_thread(sweep_leases, self._state / "leases")
            self._lease = None

    def schema(self, caller: Caller) -> ReadableSchema:
        """The tables a caller may query now: what is published, and the caller's results.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        """
        return self._planner.schema(caller)

    async def estimate(self, caller: Caller, parameters: Mapping[str, str]) -> Estimate:
        """What a query will cost, found without running it and without making a job.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        parameters : mapping
            As `create` takes them.

        Returns
        -------
        estimate : `~lsp_jupyter.engines.protocol.Estimate`
            Rows and bytes of the result, seconds, and parts of the tables that are read.

        Raises
        ------
        lsp_jupyter.errors.LspError
            As `submit`.
        """
        job = self._intake.job(caller, parameters, Origin.PORTAL)
        job = replace(job, result_id=self._results.new())
        plan = await asyncio.to_thread(
            self._planner.plan, caller, job, self._results.path(job.result_id)
        )
        return await self._engine.estimate(plan.task)

    # -- making and running ------------------------------------------------

    async def create(
        self,
        caller: Caller,
        parameters: Mapping[str, str],
        *,
        origin: Origin,
        run_id: str = "",
        destruction: datetime | None = None,
        execution_duration: float | None = None,
    ) -> Job:
        """Make a job that waits to be started (PENDING).

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose it is.
        parameters : mapping
            What is asked, by parameter name in any case: ``QUERY``, ``LANG``,
            ``MAXREC`` … Their values are looked at when the job runs.
        origin : `~lsp_jupyter.jobs.job.Origin`
            The way it came in.
        run_id : `str`
            The client's own label.
        destruction : `~datetime.datetime`, optional
            When it shall go; no later than the instance allows.
        execution_duration : `float`, optional
            Seconds it may run; no more than the instance allows.

        Raises
        ------
        lsp_jupyter.errors.OverloadError
            Raised if the disk is nearly full.
        lsp_jupyter.errors.LimitError
            Raised if the caller has too many jobs, or the request is too long.
        """
        job = self._intake.job(
            caller,
            parameters,
            origin,
            run_id=run_id,
            destruction=destruction,
            execution_duration=execution_duration,
        )
        self._check_room(caller)
        await self._executor.insert(job, caller)
        return job

    async def submit(
        self,
        caller: Caller,
        parameters: Mapping[str, str],
        *,
        origin: Origin,
        run_id: str = "",
        destruction: datetime | None = None,
        execution_duration: float | None = None,
    ) -> Job:
        """Make a job and start it, if its query is valid.

        Parameters are those of `create`.

        Returns
        -------
        job : `~lsp_jupyter.jobs.job.Job`
            QUEUED, or already further.

        Raises
        ------
        lsp_jupyter.errors.AdqlError
            Raised if the query is not valid; no job is kept then.
        lsp_jupyter.errors.ParameterError
            Raised if another parameter is not; no job is kept then.
        lsp_jupyter.errors.OverloadError
            Raised if too many jobs wait, or the disk is nearly full.
        lsp_jupyter.errors.LimitError
            Raised if the caller has too many jobs, or the request is too long.
        """
        job = self._intake.job(
            caller,
            parameters,
            origin,
            run_id=run_id,
            destruction=destruction,
            execution_duration=execution_duration,
        )
        self._check_room(caller)
        job = replace(
            job, phase=Phase.QUEUED, result_id=self._results.new(), lease=self._executor.lease
        )
        plan = await asyncio.to_thread(
            self._planner.plan, caller, job, self._results.path(job.result_id)
        )
        self._check_queue(caller, origin)
        if origin is not Origin.TAP_SYNC:
            await self._executor.insert(job, caller)
        self._executor.launch(job, caller, plan)
        return self._executor.live(job.id) or job

    async def run(self, caller: Caller, job_id: str) -> Job:
        """Start a job that waits (UWS ``PHASE=RUN``).

        A query that turns out not to be valid ends the job in ERROR.

        Returns
        -------
        job : `~lsp_jupyter.jobs.job.Job`
            QUEUED, or already further.

        Raises
        ------
        lsp_jupyter.errors.StateError
            Raised if it was started before.
        lsp_jupyter.errors.OverloadError
            Raised if too many jobs wait.
        """
        job = self.get(caller, job_id)
        if job.phase is Phase.PENDING:
            self._check_queue(caller, job.origin)
        job = await self._executor.change(
            job.id,
            (Phase.PENDING,),
            phase=Phase.QUEUED,
            result_id=self._results.new(),
            lease=self._executor.lease,
        )
        self._executor.launch(job, caller)
        return self._executor.live(job.id) or job

    def _check_room(self, caller: Caller) -> None:
        if self._lease is None:
            raise EngineError("The job service is not running.")
        # One call of the system on a local disk: a thread would take longer.
        require_space(self._results.root, self._config.disk_floor)
        counted, jobs = self._counts.get(caller.subject, (0.0, 0))
        if time.monotonic() - counted > COUNT_AFTER:
            counted, jobs = time.monotonic(), self._store.count(caller, _KEPT)
        self._counts[caller.subject] = counted, jobs + 1
        if jobs >= JOBS_PER_USER:
            raise LimitError(
                f"You have {JOBS_PER_USER:,} jobs already.", hint="Delete some of them first."
            )

    def _check_queue(self, caller: Caller, origin: Origin) -> None:
        if origin is Origin.TAP_SYNC:
            return  # The engine's own queue holds it for seconds only.
        waiting = self._store.count(caller, [Phase.QUEUED])
        if waiting >= self._config.queued_per_user:
            raise OverloadError(
                f"You have {waiting} jobs waiting already.",
                retry_after=30,
                hint="Wait until some of them have ended, or abort them.",
            )

    # -- changing and ending -----------------------------------------------

    async def update(
        self,
        caller: Caller,
        job_id: str,
        *,
        destruction: datetime | None = None,
        execution_duration: float | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Job:
        """Change what may still be changed.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose.
        job_id : `str`
            Which.
        destruction : `~datetime.datetime`, optional
            When it shall go, in any phase; no later than the instance allows.
        execution_duration : `float`, optional
            Seconds it may run, until it is started.
        parameters : mapping, optional
            Parameters to set, until it is started.

        Raises
        ------
        lsp_jupyter.errors.StateError
            Raised if the job was started and the change needs that it was not.
        """
        job = self.get(caller, job_id)
        fields: dict[str, object] = {}
        phases: Sequence[Phase] = _KEPT
        if destruction is not None:
            fields["destruction"] = self._intake.destruction(destruction, job.created)
        if execution_duration is not None:
            fields["execution_duration"] = self._intake.duration(execution_duration)
            phases = [Phase.PENDING]
        if parameters is not None:
            merged = {**job.parameters, **{k.upper(): v for k, v in parameters.items()}}
            fields["parameters"] = self._intake.parameters(merged)
            phases = [Phase.PENDING]
        if not fields:
            return job
        return await self._executor.change(job.id, phases, **fields)

    async def abort(self, caller: Caller, job_id: str) -> Job:
        """End a job (UWS ``PHASE=ABORT``); nothing happens to one that has ended.

        When this returns nothing runs for it any more.
        """
        job = self.get(caller, job_id)
        if job.phase is Phase.PENDING:
            try:
                return await self._executor.change(
                    job.id, (Phase.PENDING,), phase=Phase.ABORTED, ended=datetime.now(UTC)
                )
            except StateError:
                job = self.get(caller, job_id)
        if job.phase.active:
            if self._executor.live(job.id) is not None:
                await self._executor.abort(job.id)
            else:
                await self._executor.write(self._store.want_abort, caller, job.id)
                await self._wait(caller, job, ABORT_WAIT, lambda _: False)
        return self.get(caller, job_id)

    async def delete(self, caller: Caller, job_id: str) -> None:
        """End a job if it runs, and forget it and its result (UWS ``DELETE``)."""
        job = self.get(caller, job_id)
        if job.phase.active:
            job = await self.abort(caller, job_id)
        await self._executor.write(self._store.remove, caller, job.id)
        if job.result_id:
            await asyncio.to_thread(self._results.delete, job.result_id)
        self._executor.publish(replace(job, phase=Phase.ARCHIVED))
