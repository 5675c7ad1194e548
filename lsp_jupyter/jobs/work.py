"""Jobs that are not queries: cutouts, mosaics, changes of user tables.

They keep the rules of UWS 1.1 and are used like `~lsp_jupyter.jobs.runner.Jobs`. What a job
does is found by the way it came in (`~lsp_jupyter.jobs.job.Origin`); what it leaves in its
folder is its result.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import (
    EngineError,
    JobNotFoundError,
    LimitError,
    LspError,
    QueryAbortedError,
    QueryTimeoutError,
    ResultNotFoundError,
    StateError,
    WorkerDiedError,
)
from lsp_jupyter.identity import Caller

from .intake import Intake
from .job import Job, Origin, Phase
from .keeper import COLLECT_EVERY, HISTORY, LOOK_EVERY
from .leases import Lease, is_free
from .news import News
from .search import KEPT, Search
from .slots import Slots
from .store import JobStore
from .uploads import StagedUploads, UploadTables, joined

__all__ = ["Progress", "Work", "WorkJobs"]

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: Told what part of a job is done, between 0 and 1, and how many things are.
Progress = Callable[[float, int], None]
#: Does a job: whose it is, what is asked, where its result goes, and how far it is.
Work = Callable[[Caller, Job, Path, Progress], Awaitable[None]]

_WAITING = (Phase.PENDING, Phase.HELD)
_ACTIVE = (Phase.QUEUED, Phase.EXECUTING)
_KEPT = tuple(phase for phase in Phase if phase is not Phase.ARCHIVED)
#: Seconds to wait until the server that runs a job has ended it.
_ABORT_WAIT = 10.0


class _Run:
    """One active job of this server."""

    def __init__(self, job: Job, caller: Caller) -> None:
        self.job = job
        self.caller = caller
        self.task: asyncio.Task[None] | None = None
        self.aborted = False
        self.ending = False


class WorkJobs:
    """All jobs of an instance that are not queries, as this server sees them.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    store : `~lsp_jupyter.jobs.store.JobStore`
        Their records: not those of queries.
    folder : `~pathlib.Path`
        Where their results are.
    leases : `~pathlib.Path`
        Folder of the servers' leases.
    works : mapping
        What is done, by the way a job came in.

    Attributes
    ----------
    uploads : `~lsp_jupyter.jobs.uploads.UploadTables`
        The tables that came with jobs.
    news : `~lsp_jupyter.jobs.news.News`
        Tells of changes.
    """

    def __init__(
        self,
        config: LspConfig,
        store: JobStore,
        folder: Path,
        leases: Path,
        works: Mapping[Origin, Work],
    ) -> None:
        self._config = config
        self._store = store
        self._folder = folder
        self._leases = leases
        self._works = works
        self._intake = Intake(config)
        self._runs: dict[str, _Run] = {}
        self._slots: Slots[_Run] = Slots(config.running_per_user)
        self._writer = ThreadPoolExecutor(1, "work")
        self._lease: Lease | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._closing = False
        self.uploads = UploadTables(folder / "uploads")
        self.news = News()

    # -- life ----------------------------------------------------------------

    async def start(self) -> None:
        """Take over what servers that are gone have left."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lease = await asyncio.to_thread(Lease, self._leases)
        await self._take_over()
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """End what runs in ERROR; what waits stays QUEUED for the next server."""
        self._closing = True
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for run in self._runs.values():
            if run.task is not None and not run.ending:
                run.task.cancel()
        if self._keeping is not None:
            self._keeping.cancel()
        await asyncio.gather(*tasks, *filter(None, [self._keeping]), return_exceptions=True)
        await asyncio.to_thread(self._writer.shutdown)
        self._store.close()
        if self._lease is not None:
            await asyncio.to_thread(self._lease.release)
            self._lease = None

    # -- looking -------------------------------------------------------------

    def get(self, caller: Caller, job_id: str) -> Job:
        """The caller's job, as it is now.

        Raises
        ------
        lsp_jupyter.errors.JobNotFoundError
            Raised if the caller has no such job.
        """
        run = self._runs.get(job_id)
        if run is None or run.job.owner != caller.subject:
            return self._store.get(caller, job_id)
        if run.job.phase is Phase.QUEUED and run.task is None and not run.aborted:
            return replace(run.job, position=self._slots.ahead(run.job.owner, run))
        return run.job

    def list(
        self,
        caller: Caller,
        *,
        phases: Collection[Phase] | None = None,
        after: datetime | None = None,
        last: int | None = None,
        origins: Collection[Origin] | None = None,
    ) -> Sequence[Job]:
        """The caller's jobs, newest first; see `~lsp_jupyter.jobs.reader.JobReader.list`."""
        search = Search(KEPT if phases is None else phases, origins, after)
        found = self._store.find(caller, search, last=last)
        return [self._runs[job.id].job if job.id in self._runs else job for job in found]

    async def wait(
        self,
        caller: Caller,
        job_id: str,
        *,
        timeout: float,  # noqa: ASYNC109 - it is not an error when it is over
        phase: Phase | None = None,
    ) -> Job:
        """The job once it left a phase, or has ended, or the time is over (UWS 1.1 ``WAIT``)."""
        job = self.get(caller, job_id)
        leave = phase or job.phase
        loop = asyncio.get_running_loop()
        longest = self._config.poll_max
        deadline = loop.time() + (min(timeout, longest) if timeout >= 0 else longest)
        while job.phase is leave and not job.phase.final and (left := deadline - loop.time()) > 0:
            await self.news.changed(job_id, min(left, LOOK_EVERY))
            job = self.get(caller, job_id)
        return job

    def files(self, caller: Caller, job_id: str) -> Sequence[Path]:
        """What a completed job left, by name.

        Raises
        ------
        lsp_jupyter.errors.ResultNotFoundError
            Raised if the job is not complete, or its result was collected.
        """
        job = self.get(caller, job_id)
        folder = self._result(job.id)
        if job.phase is not Phase.COMPLETED or not folder.is_dir():
            raise ResultNotFoundError(
                f"This job has no result; its phase is {job.phase}.",
                hint="Wait until it is COMPLETED." if not job.phase.final else "Run it again.",
            )
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))

    # -- making and changing -------------------------------------------------

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
        """Make a job that waits to be started; see `~lsp_jupyter.jobs.runner.Jobs.create`."""
        most = self._config.queued_per_user
        if self._store.count(caller, (Phase.PENDING, *_ACTIVE)) >= most:
            raise LimitError(
                f"You have {most} jobs that have not ended.", hint="Wait, or delete some."
            )
        job = self._intake.job(
            caller,
            parameters,
            origin,
            run_id=run_id,
            destruction=destruction,
            execution_duration=execution_duration,
        )
        if uploads is not None:
            await asyncio.to_thread(self.uploads.keep, uploads, job.id)
        await self._write(self._store.insert, job, caller)
        self.news.publish(job)
        return job

    async def run(self, caller: Caller, job_id: str) -> Job:
        """Start a job that waits for it.

        Raises
        ------
        lsp_jupyter.errors.StateError
            Raised if it was started before.
        """
        job = self.get(caller, job_id)
        assert self._lease is not None
        job = await self._change(job.id, _WAITING, phase=Phase.QUEUED, lease=self._lease.id)
        self._launch(job, caller)
        return self.get(caller, job_id)

    async def submit(
        self, caller: Caller, parameters: Mapping[str, str], *, origin: Origin, **more: Any
    ) -> Job:
        """Make a job and start it at once."""
        job = await self.create(caller, parameters, origin=origin, **more)
        return await self.run(caller, job.id)

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
        """Change what may still be changed; see `~lsp_jupyter.jobs.runner.Jobs.update`."""
        job = self.get(caller, job_id)
        fields: dict[str, Any] = {}
        phases: Sequence[Phase] = _KEPT
        if destruction is not None:
            fields["destruction"] = self._intake.destruction(destruction, job.created)
        if execution_duration is not None:
            fields["execution_duration"] = self._intake.duration(execution_duration)
            phases = _WAITING
        if parameters is not None:
            merged = {**job.parameters, **{key.upper(): text for key, text in parameters.items()}}
            if uploads is not None:
                merged["UPLOAD"] = joined(job.parameters.get("UPLOAD", ""), merged["UPLOAD"])
            fields["parameters"] = self._intake.parameters(merged)
            phases = _WAITING
        if not fields:
            return job
        if uploads is not None and job.phase in phases:
            await asyncio.to_thread(self.uploads.keep, uploads, job.id)
        return await self._change(job.id, phases, **fields)

    async def abort(self, caller: Caller, job_id: str) -> Job:
        """End a job; nothing happens to one that has ended."""
        job = self.get(caller, job_id)
        if job.phase in _WAITING:
            with contextlib.suppress(StateError):
                return await self._change(
                    job.id, _WAITING, phase=Phase.ABORTED, ended=datetime.now(UTC)
                )
            job = self.get(caller, job_id)
        if job.phase.active:
            if job.id in self._runs:
                await self._abort(job.id)
            else:
                await self._write(self._store.want_abort, caller, job.id)
                loop = asyncio.get_running_loop()
                deadline = loop.time() + _ABORT_WAIT
                while self.get(caller, job_id).phase.active and loop.time() < deadline:
                    await self.news.changed(job_id, LOOK_EVERY)
        return self.get(caller, job_id)

    async def delete(self, caller: Caller, job_id: str) -> None:
        """End a job if it runs, and forget it and its result."""
        job = await self.abort(caller, job_id)
        await self._write(self._store.remove, caller, job.id)
        await asyncio.to_thread(self._remove, job.id)
        self.news.publish(replace(job, phase=Phase.ARCHIVED))

    # -- running -------------------------------------------------------------

    def _launch(self, job: Job, caller: Caller) -> None:
        run = self._runs[job.id] = _Run(job, caller)
        self._slots.enter(job.owner, run)
        self._admit(job.owner)

    def _admit(self, owner: str) -> None:
        while not self._closing and (run := self._slots.next(owner)) is not None:
            run.task = asyncio.create_task(self._execute(run))

    async def _abort(self, job_id: str) -> None:
        run = self._runs.get(job_id)
        if run is None or run.aborted:
            return
        run.aborted = True
        if run.task is None:
            self._slots.withdraw(run.job.owner, run)
            await self._end(run, Phase.ABORTED)
            return
        if not run.ending:
            run.task.cancel()
        await asyncio.wait([run.task])

    async def _execute(self, run: _Run) -> None:
        draft = self._draft(run.job.id)
        try:
            await self._perform(run, draft)
        except asyncio.CancelledError:
            if run.aborted:
                await self._end(run, Phase.ABORTED)
            elif run.job.phase is Phase.EXECUTING:
                ended = WorkerDiedError("The server was shut down while the job ran.")
                await self._end(run, Phase.ERROR, error=ended.to_dict())
        except QueryAbortedError as error:
            await self._end(run, Phase.ABORTED, error=error.to_dict())
        except LspError as error:
            await self._end(run, Phase.ERROR, error=error.to_dict())
        except OSError:
            log.exception("job %s", run.job.id)
            failure = EngineError("The result cannot be written.")
            await self._end(run, Phase.ERROR, error=failure.to_dict())
        except Exception:
            log.exception("job %s", run.job.id)
            failure = EngineError("The job failed inside the platform.")
            await self._end(run, Phase.ERROR, error=failure.to_dict())
        finally:
            self._runs.pop(run.job.id, None)
            await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)
            self._slots.leave(run.job.owner)
            self._admit(run.job.owner)

    async def _perform(self, run: _Run, draft: Path) -> None:
        work = self._works.get(run.job.origin)
        if work is None:
            raise EngineError("This server does not do such jobs.")
        await asyncio.to_thread(_fresh, draft)
        run.job = await self._change(
            run.job.id, (Phase.QUEUED,), phase=Phase.EXECUTING, started=datetime.now(UTC)
        )

        def progress(fraction: float, rows: int) -> None:
            if (fraction, rows) != (run.job.fraction, run.job.rows):
                run.job = replace(run.job, fraction=fraction, rows=rows)
                self.news.publish(run.job)

        limit = run.job.execution_duration
        try:
            async with asyncio.timeout(limit):
                await work(run.caller, run.job, draft, progress)
        except (TimeoutError, QueryTimeoutError):
            # Exceeding it has the effect of an abort (UWS 1.1 section 2.2.1.5).
            raise QueryAbortedError(f"The job ran longer than {limit:g} s.") from None
        # From here on it is recorded how it ended, whoever wants to stop it.
        run.ending = True
        size = await asyncio.to_thread(_settle, draft, self._result(run.job.id))
        await self._end(
            run, Phase.COMPLETED, fraction=1.0, size=size, rows=run.job.rows, result_id=run.job.id
        )

    async def _end(self, run: _Run, phase: Phase, **fields: Any) -> None:
        if phase is not Phase.COMPLETED:
            await asyncio.to_thread(self._remove, run.job.id)
        try:
            run.job = await self._change(
                run.job.id, _ACTIVE, phase=phase, ended=datetime.now(UTC), **fields
            )
        except (StateError, JobNotFoundError) as error:
            # Somebody else ended or deleted it.
            log.warning("job %s: %s", run.job.id, error)
            await asyncio.to_thread(self._remove, run.job.id)
        finally:
            self._runs.pop(run.job.id, None)
            self.news.publish(run.job)

    # -- what happens by itself ----------------------------------------------

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        collect_at = loop.time()
        while True:
            try:
                assert self._lease is not None
                for job_id in self._store.wanted_aborts(self._lease.id):
                    await self._abort(job_id)
                if loop.time() >= collect_at:
                    collect_at = loop.time() + COLLECT_EVERY
                    await self._take_over()
                    await self.collect(datetime.now(UTC))
            except Exception:
                # It goes on whatever happens: the next round may find the cause gone.
                log.exception("housekeeping failed")
            await asyncio.sleep(LOOK_EVERY)

    async def _take_over(self) -> None:
        assert self._lease is not None
        for job, caller in self._store.active():
            if job.lease == self._lease.id or not await asyncio.to_thread(
                is_free, self._leases, job.lease
            ):
                continue
            if not await self._write(self._store.adopt, job, self._lease.id):
                continue
            if job.phase is Phase.QUEUED:
                # It never ran, so nobody can tell that its server was another one.
                self._launch(replace(job, lease=self._lease.id), caller)
                continue
            ended = WorkerDiedError(
                "The server that ran this job ended before the job was done.",
                hint="Run it again.",
            )
            await asyncio.to_thread(self._remove, job.id)
            await self._change(
                job.id,
                _ACTIVE,
                phase=Phase.ERROR,
                ended=datetime.now(UTC),
                error=ended.to_dict(),
            )

    async def collect(self, now: datetime) -> int:
        """Archive every job whose destruction time has come; gives their number."""
        due = self._store.due(now)
        for job, caller in due:
            await self.abort(caller, job.id)
            await asyncio.to_thread(self._remove, job.id)
            with contextlib.suppress(LspError):
                archived = await self._change(job.id, _KEPT, phase=Phase.ARCHIVED, result_id="")
                self.news.publish(archived)
        await self._write(self._store.prune, now - HISTORY, frozenset(Origin))
        open_ids = await asyncio.to_thread(self._store.open_ids)
        await asyncio.to_thread(self.uploads.sweep, open_ids)
        await asyncio.to_thread(self._sweep, now - timedelta(days=1))
        return len(due)

    def _sweep(self, before: datetime) -> None:
        """Remove drafts that nobody works on any more."""
        for path in self._folder.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if path.stem not in self._runs and path.stat().st_mtime < before.timestamp():
                    shutil.rmtree(path, ignore_errors=True)

    # -- files and records ---------------------------------------------------

    def _result(self, job_id: str) -> Path:
        return self._folder / job_id

    def _draft(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.part"

    def _remove(self, job_id: str) -> None:
        for folder in (self._result(job_id), self._draft(job_id)):
            shutil.rmtree(folder, ignore_errors=True)
        self.uploads.delete(job_id)

    def _write(
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        """Call something that waits for the disk, after all such calls before."""
        call = partial(function, *args, **kwargs)
        return asyncio.get_running_loop().run_in_executor(self._writer, call)

    async def _change(self, job_id: str, phases: Collection[Phase], **fields: Any) -> Job:
        job = await self._write(self._store.change, job_id, phases, **fields)
        self.news.publish(job)
        return job


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


def _settle(draft: Path, result: Path) -> int:
    """Make what is in a draft the result, on the disk before it is told of; gives its bytes."""
    size = 0
    for path in draft.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        size += path.stat().st_size
    for folder in (draft, draft.parent):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        if folder is draft:
            shutil.rmtree(result, ignore_errors=True)
            draft.rename(result)
    return size
