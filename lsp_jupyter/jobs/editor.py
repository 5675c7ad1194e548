"""Changing and ending jobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import StateError
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import ResultStore

from .executor import Executor
from .intake import Intake
from .job import Job, Phase
from .reader import JobReader
from .store import JobStore
from .uploads import StagedUploads, UploadTables, joined

__all__ = ["WAITING", "JobEditor"]

#: Seconds to wait until the server that runs a job has ended it.
ABORT_WAIT = 10.0

#: Phases in which a job waits for its owner.
WAITING = (Phase.PENDING, Phase.HELD)

_KEPT = tuple(phase for phase in Phase if phase is not Phase.ARCHIVED)


class JobEditor(JobReader):
    """The part of the job service that changes jobs and ends them.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    executor : `~lsp_jupyter.jobs.executor.Executor`
        The jobs active here.
    results : `~lsp_jupyter.results.store.ResultStore`
        Where results are.
    store : `~lsp_jupyter.jobs.store.JobStore`
        The records.
    uploads : `~lsp_jupyter.jobs.uploads.UploadTables`
        The tables that came with queries.

    Attributes
    ----------
    uploads : `~lsp_jupyter.jobs.uploads.UploadTables`
        As given.
    """

    def __init__(
        self,
        config: LspConfig,
        executor: Executor,
        results: ResultStore,
        store: JobStore,
        uploads: UploadTables,
    ) -> None:
        super().__init__(config, executor, results, store)
        self.uploads = uploads
        self._intake = Intake(config)

    async def update(
        self,
        caller: Caller,
        job_id: str,
        *,
        destruction: datetime | None = None,
        execution_duration: float | None = None,
        parameters: Mapping[str, str] | None = None,
        uploads: StagedUploads | None = None,
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
        uploads : `~lsp_jupyter.jobs.uploads.StagedUploads`, optional
            More tables that come with it.

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
            phases = WAITING
        if parameters is not None:
            merged = {**job.parameters, **{k.upper(): v for k, v in parameters.items()}}
            if uploads is not None:
                merged["UPLOAD"] = joined(job.parameters.get("UPLOAD", ""), merged["UPLOAD"])
            fields["parameters"] = self._intake.parameters(merged)
            fields["expected"] = None
            fields["run_id"] = self._intake.run_id(merged.get("RUNID", job.run_id))
            phases = WAITING
        if not fields:
            return job
        if uploads is not None and job.phase in phases:
            await asyncio.to_thread(self.uploads.keep, uploads, job.id)
        return await self._executor.change(job.id, phases, **fields)

    async def label(
        self,
        caller: Caller,
        job_id: str,
        *,
        name: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> Job:
        """Give a job another name or other tags, in any phase.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose.
        job_id : `str`
            Which.
        name : `str`, optional
            What its owner calls it; empty for nothing.
        tags : sequence of `str`, optional
            All of its tags.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one of them is too long.
        """
        job = self.get(caller, job_id)
        fields: dict[str, object] = {}
        if name is not None:
            fields["name"] = self._intake.name(name)
        if tags is not None:
            fields["tags"] = self._intake.tags(tags)
        return await self._executor.change(job.id, _KEPT, **fields) if fields else job

    async def abort(self, caller: Caller, job_id: str) -> Job:
        """End a job (UWS ``PHASE=ABORT``); nothing happens to one that has ended.

        When this returns nothing runs for it any more.
        """
        job = self.get(caller, job_id)
        if job.phase in WAITING:
            with contextlib.suppress(StateError):
                return await self._executor.change(
                    job.id, WAITING, phase=Phase.ABORTED, ended=datetime.now(UTC)
                )
            job = self.get(caller, job_id)
        if job.phase.active:
            if self._executor.live(job.id) is not None:
                await self._executor.abort(job.id)
            else:
                await self._executor.write(self._store.want_abort, caller, job.id)
                await self._wait(caller, job, ABORT_WAIT, lambda _: False)
            if self.get(caller, job_id).phase is Phase.HELD:
                return await self.abort(caller, job_id)
        return self.get(caller, job_id)

    async def delete(self, caller: Caller, job_id: str) -> None:
        """End a job if it runs, and forget it and its result (UWS ``DELETE``)."""
        job = self.get(caller, job_id)
        if job.phase.active:
            job = await self.abort(caller, job_id)
        await self._executor.write(self._store.remove, caller, job.id)
        if job.result_id:
            await asyncio.to_thread(self._results.delete, job.result_id)
        await asyncio.to_thread(self.uploads.delete, job.id)
        self._executor.news.publish(replace(job, phase=Phase.ARCHIVED))
