"""Jobs that change a user table: they make a column quick to search.

They are jobs as UWS 1.1 has them, and nothing but their outcome is kept: a job of a server
that ended is gone, and its table is as it was or has the index.
"""

from __future__ import annotations

import asyncio
import builtins
import logging
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import EngineError, JobNotFoundError, LimitError, LspError, StateError
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job, Origin, Phase

from .saving import Saving

__all__ = ["Updates"]

log = logging.getLogger(__name__)

#: Updates of one user that are remembered.
MOST = 100


class Updates:
    """The updates of user tables on this server; used like `~lsp_jupyter.jobs.runner.Jobs`.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    saving : `~lsp_jupyter.workspace.saving.Saving`
        Does the work.
    """

    def __init__(self, config: LspConfig, saving: Saving) -> None:
        self._config = config
        self._saving = saving
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Condition()

    def get(self, caller: Caller, job_id: str) -> Job:
        """A job of the caller.

        Raises
        ------
        lsp_jupyter.errors.JobNotFoundError
            Raised if there is none.
        """
        found = self._jobs.get(job_id)
        if found is None or found.owner != caller.subject:
            raise JobNotFoundError("There is no such job.", hint="It may have been deleted.")
        return found

    def list(
        self,
        caller: Caller,
        *,
        phases: Collection[Phase] | None = None,
        after: datetime | None = None,
        last: int | None = None,
        origins: Collection[Origin] | None = None,  # noqa: ARG002 - there is one
    ) -> builtins.list[Job]:
        """The caller's jobs, newest first."""
        found = [
            job
            for job in reversed(self._jobs.values())
            if job.owner == caller.subject
            and (phases is None or job.phase in phases)
            and (after is None or job.created > after)
        ]
        return found[:last]

    async def wait(
        self,
        caller: Caller,
        job_id: str,
        *,
        timeout: float,  # noqa: ASYNC109 - the same as of other jobs
        phase: Phase | None = None,
    ) -> Job:
        """The job once its phase is another one, or it has ended, or the time is over."""

        def moved() -> bool:
            job = self.get(caller, job_id)
            return job.phase.final or (phase is not None and job.phase is not phase)

        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(moved)
        except TimeoutError:
            pass
        return self.get(caller, job_id)

    async def create(
        self,
        caller: Caller,
        parameters: Mapping[str, str],
        *,
        origin: Origin,
        run_id: str = "",
        destruction: datetime | None = None,
        execution_duration: float | None = None,
        uploads: None = None,  # noqa: ARG002 - none can come with it
    ) -> Job:
        """Make a job that waits to be started; parameters ``TABLE``, ``INDEX``, ``UNIQUE``."""
        mine = self.list(caller)
        if len(mine) >= MOST:
            ended = [job for job in mine if job.phase.final]
            if not ended:
                raise LimitError(
                    f"You have {len(mine)} updates that have not ended.", hint="Delete some."
                )
            del self._jobs[ended[-1].id]
        now = datetime.now(UTC)
        latest = now + timedelta(seconds=self._config.destruction)
        longest = self._config.execution_duration
        job = Job(
            id=secrets.token_hex(16),
            owner=caller.subject,
            phase=Phase.PENDING,
            parameters={key.upper(): value for key, value in parameters.items()},
            origin=origin,
            created=now,
            destruction=min(destruction or latest, latest),
            execution_duration=min(execution_duration or longest, longest),
            run_id=run_id,
        )
        self._jobs[job.id] = job
        return job

    async def run(self, caller: Caller, job_id: str) -> Job:
        """Start a job.

        Raises
        ------
        lsp_jupyter.errors.StateError
            Raised if it was started before.
        """
        job = self._pending(caller, job_id)
        job = await self._change(job_id, phase=Phase.EXECUTING, started=datetime.now(UTC))
        self._tasks[job_id] = asyncio.create_task(self._execute(caller, job))
        return job

    async def update(
        self,
        caller: Caller,
        job_id: str,
        *,
        destruction: datetime | None = None,
        execution_duration: float | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Job:
        """Change what may be changed; all but its destruction only until it is started."""
        job = self.get(caller, job_id)
        fields: dict[str, Any] = {}
        if destruction is not None:
            latest = job.created + timedelta(seconds=self._config.destruction)
            fields["destruction"] = min(destruction, latest)
        if execution_duration is not None:
            self._pending(caller, job_id)
            longest = self._config.execution_duration
            fields["execution_duration"] = min(execution_duration, longest)
        if parameters is not None:
            self._pending(caller, job_id)
            given = {key.upper(): value for key, value in parameters.items()}
            fields["parameters"] = {**job.parameters, **given}
        return await self._change(job_id, **fields)

    async def abort(self, caller: Caller, job_id: str) -> Job:
        """End a job; nothing happens to one that has ended."""
        job = self.get(caller, job_id)
        if job.phase.final:
            return job
        task = self._tasks.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        job = self.get(caller, job_id)
        return job if job.phase.final else await self._end(job_id, Phase.ABORTED)

    async def delete(self, caller: Caller, job_id: str) -> None:
        """End a job if it runs, and forget it."""
        await self.abort(caller, job_id)
        self._jobs.pop(job_id, None)

    async def close(self) -> None:
        """End what runs."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _execute(self, caller: Caller, job: Job) -> None:
        given = job.parameters
        try:
            async with asyncio.timeout(job.execution_duration):
                await self._saving.index(
                    caller,
                    given.get("TABLE", ""),
                    given.get("INDEX", ""),
                    unique=given.get("UNIQUE", "").lower() == "true",
                )
            await self._end(job.id, Phase.COMPLETED)
        except TimeoutError:
            await self._end(job.id, Phase.ABORTED)
        except LspError as error:
            await self._end(job.id, Phase.ERROR, error=error.to_dict())
        except Exception:
            log.exception("update %s", job.id)
            failure = EngineError("The update failed inside the platform.")
            await self._end(job.id, Phase.ERROR, error=failure.to_dict())
        finally:
            self._tasks.pop(job.id, None)

    def _pending(self, caller: Caller, job_id: str) -> Job:
        job = self.get(caller, job_id)
        if job.phase is not Phase.PENDING:
            raise StateError(f"This is not possible: the job is {job.phase}.")
        return job

    async def _end(self, job_id: str, phase: Phase, **fields: Any) -> Job:
        return await self._change(job_id, phase=phase, ended=datetime.now(UTC), **fields)

    async def _change(self, job_id: str, **fields: Any) -> Job:
        job = self._jobs[job_id] = replace(self._jobs[job_id], **fields)
        async with self._changed:
            self._changed.notify_all()
        return job
