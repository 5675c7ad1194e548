"""The job service: what every Aspect calls to run a query.

It keeps the rules of UWS 1.1. A job is durable before it is acknowledged, and
COMPLETED only when its result is. This class is the service's face; `Executor`
runs the jobs, `JobReader` looks at them, `JobEditor` changes and ends them, and
`Keeper` tidies up after servers and time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Engine, Estimate
from lsp_jupyter.errors import (
    EngineError,
    LspError,
)
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import ResultStore

from .disk import refuse_network
from .editor import WAITING, JobEditor
from .executor import Executor
from .job import Job, Origin, Phase
from .keeper import Keeper
from .leases import Lease, sweep_leases
from .limits import UserLimits
from .planner import CatalogProtocol, Plan, Planner
from .readable import ReadableSchema, TableProvider
from .reuse import Reuse
from .services import OutsideServices
from .store import JobStore, not_allowed
from .tables import JobTables
from .uploads import StagedUploads, UploadTables

__all__ = ["Jobs"]


class Jobs(JobEditor):
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
    services : `~lsp_jupyter.jobs.services.OutsideServices`, optional
        Where else queries can run; the engine must know how.
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
        services: OutsideServices | None = None,
    ) -> None:
        self._engine = engine
        uploads = UploadTables(state / "uploads")
        own = JobTables(self.get, results), uploads
        self._planner = Planner(config, catalog, (*own, *providers), services)
        executor = Executor(config, self._planner, results, engine, store)
        super().__init__(config, executor, results, store, uploads)
        self._state = state
        self._reuse = Reuse(store, results)
        self._keeper = Keeper(executor, results, engine, store, catalog, state / "leases", uploads)
        self._lease: Lease | None = None
        self._limits = UserLimits(config, results, store)

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
        uploads: StagedUploads | None = None,
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
        uploads : `~lsp_jupyter.jobs.uploads.StagedUploads`, optional
            The tables that came with it.

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
        self._require_room(caller)
        if uploads is not None:
            await asyncio.to_thread(self.uploads.keep, uploads, job.id)
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
        uploads: StagedUploads | None = None,
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
        self._require_room(caller)
        job = replace(
            job, phase=Phase.QUEUED, result_id=self._results.new(), lease=self._executor.lease
        )
        if uploads is not None:
            await asyncio.to_thread(self.uploads.keep, uploads, job.id)
        plan, answered = await asyncio.to_thread(self._plan, caller, job)
        if answered is not None:
            job = replace(job, **answered)
            await self._executor.insert(job, caller, durable=origin is not Origin.TAP_SYNC)
            return job
        self._limits.check_queue(caller, origin)
        if origin is not Origin.TAP_SYNC:
            await self._executor.insert(job, caller)
        self._executor.launch(job, caller, plan)
        return self._executor.live(job.id) or job

    async def run(self, caller: Caller, job_id: str) -> Job:
        """Start a job that waits for it, or is HELD (UWS ``PHASE=RUN``).

        A query that turns out not to be valid ends the job in ERROR. A job of TAP that would
        clearly not end within its execution duration becomes HELD, once.

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
        if job.phase not in WAITING:
            raise not_allowed(job.phase)
        self._limits.check_queue(caller, job.origin)
        job = replace(job, result_id=self._results.new())
        try:
            plan, answered = await asyncio.to_thread(self._plan, caller, job)
        except LspError:
            # It is found again when the job runs, and ends it.
            plan, answered = None, None
        if answered is not None:
            try:
                return await self._executor.change(job.id, WAITING, **answered)
            except LspError:
                await asyncio.to_thread(self._results.delete, job.result_id)
                raise
        job = await self._executor.change(
            job.id,
            WAITING,
            phase=Phase.QUEUED,
            result_id=job.result_id,
            lease=self._executor.lease,
        )
        self._executor.launch(job, caller, plan)
        return self._executor.live(job.id) or job

    def _require_room(self, caller: Caller) -> None:
        if self._lease is None:
            raise EngineError("The job service is not running.")
        self._limits.check_room(caller)

    def _plan(self, caller: Caller, job: Job) -> tuple[Plan, dict[str, Any] | None]:
        """What a job would run, and what completes it if its result is there already."""
        plan = self._planner.plan(caller, job, self._results.path(job.result_id))
        return plan, self._reuse.answer(caller, job, plan)
