"""Looking at jobs: one, many, waiting for one, and its result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import ResultNotFoundError
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import Result, ResultStore

from .executor import Executor
from .job import Job, Origin, Phase
from .search import KEPT, Search
from .store import JobStore

__all__ = ["JobReader"]

#: Seconds after which a wait looks whether another server changed the job.
LOOK_AFTER = 1.0

_OPEN = (Phase.PENDING, Phase.QUEUED, Phase.EXECUTING)


class JobReader:
    """The part of the job service that changes nothing.

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
    """

    def __init__(
        self, config: LspConfig, executor: Executor, results: ResultStore, store: JobStore
    ) -> None:
        self._config = config
        self._executor = executor
        self._results = results
        self._store = store

    def get(self, caller: Caller, job_id: str) -> Job:
        """The caller's job, as it is now.

        Raises
        ------
        lsp_jupyter.errors.JobNotFoundError
            Raised if the caller has no such job.
        """
        live = self._executor.live(job_id)
        if live is not None and live.owner == caller.subject:
            return live
        return self._store.get(caller, job_id)

    def list(
        self,
        caller: Caller,
        *,
        phases: Collection[Phase] | None = None,
        after: datetime | None = None,
        last: int | None = None,
        origins: Collection[Origin] | None = None,
    ) -> Sequence[Job]:
        """The caller's jobs, newest first.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose.
        phases, after, origins
            Which, as of `~lsp_jupyter.jobs.search.Search`.
        last : `int`, optional
            Only that many.
        """
        search = Search(KEPT if phases is None else phases, origins, after)
        return self._present(caller, search, self._store.find(caller, search, last=last), last)

    async def search(self, caller: Caller, search: Search, last: int) -> Sequence[Job]:
        """The caller's newest jobs that are looked for; it may read all of them."""
        found = await asyncio.to_thread(self._store.find, caller, search, last=last)
        return self._present(caller, search, found, last)

    def _present(
        self, caller: Caller, search: Search, found: Sequence[Job], last: int | None
    ) -> Sequence[Job]:
        """Recorded jobs as they are now, and those that are not recorded yet."""
        # The store is behind on what is active here.
        jobs = {job.id: self._executor.live(job.id) or job for job in found}
        jobs |= {job.id: job for job in self._executor.unrecorded() if job.owner == caller.subject}
        newest = sorted(
            filter(search.matches, jobs.values()), key=lambda job: job.created, reverse=True
        )
        return newest if last is None else newest[: max(last, 0)]

    async def tags(self, caller: Caller) -> Sequence[str]:
        """Every tag of the caller's jobs."""
        return await asyncio.to_thread(self._store.tags, caller)

    async def wait(
        self,
        caller: Caller,
        job_id: str,
        *,
        timeout: float,  # noqa: ASYNC109 - it is not an error when it is over
        phase: Phase | None = None,
    ) -> Job:
        """The job, when its phase is not (any more) the one given (UWS 1.1 ``WAIT``).

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose.
        job_id : `str`
            Which.
        timeout : `float`
            Seconds to wait at most; negative for as long as the instance allows.
        phase : `~lsp_jupyter.jobs.job.Phase`, optional
            The phase to leave; the present one if not given. A job that has
            ended is not waited for.
        """
        job = self.get(caller, job_id)
        leave = phase or job.phase
        return await self._wait(caller, job, timeout, lambda now: now.phase is not leave)

    async def finished(
        self,
        caller: Caller,
        job_id: str,
        timeout: float,  # noqa: ASYNC109 - as above
    ) -> Job:
        """The job, when it has ended or after so many seconds.

        Parameters are those of `wait`.
        """
        return await self._wait(caller, self.get(caller, job_id), timeout, lambda _: False)

    async def _wait(
        self, caller: Caller, job: Job, seconds: float, done: Callable[[Job], bool]
    ) -> Job:
        longest = self._config.poll_max
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (min(seconds, longest) if seconds >= 0 else longest)
        while job.phase in _OPEN and not done(job):
            left = deadline - loop.time()
            if left <= 0:
                break
            await self._executor.news.changed(job.id, min(left, LOOK_AFTER))
            job = self.get(caller, job.id)
        return job

    def result(self, caller: Caller, job_id: str) -> Result:
        """The result of a job, by the job's id; of a running one what there is so far.

        Raises
        ------
        lsp_jupyter.errors.ResultNotFoundError
            Raised if it has none, none yet, or none any more.
        lsp_jupyter.errors.JobNotFoundError
            Raised if the caller has no such job.
        """
        job = self.get(caller, job_id)
        if job.phase in (Phase.EXECUTING, Phase.COMPLETED):
            try:
                return self._results.open(job.result_id)
            except ResultNotFoundError:
                if job.phase is Phase.COMPLETED:
                    raise
        if job.phase in _OPEN:
            raise ResultNotFoundError(
                f"The job is {job.phase} and has no rows yet.", hint="Wait until it runs."
            )
        why = "was collected" if job.phase is Phase.ARCHIVED else f"does not exist: {job.phase}"
        raise ResultNotFoundError(
            f"The result of this job {why}.", hint="Run the query again to get a new one."
        )

    def subscribe(self, callback: Callable[[Job], None]) -> Callable[[], None]:
        """Have a function called on the event loop at every change of a job of this server.

        Progress comes about five times a second at most. A deleted job is told
        of as ARCHIVED.

        Returns
        -------
        unsubscribe
            Call it to end that.
        """
        return self._executor.news.subscribe(callback)
