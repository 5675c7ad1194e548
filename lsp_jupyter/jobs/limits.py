"""How many jobs one user may have."""

from __future__ import annotations

import time

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import LimitError, OverloadError
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import ResultStore

from .disk import require_space
from .job import Origin, Phase
from .store import JobStore

__all__ = ["UserLimits"]

#: Jobs of one caller, archived ones not counted.
JOBS_PER_USER = 10_000
#: Seconds after which the jobs of a caller are counted again.
COUNT_AFTER = 1.0

_KEPT = tuple(phase for phase in Phase if phase is not Phase.ARCHIVED)


class UserLimits:
    """Refuses jobs that are too many.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    results : `~lsp_jupyter.results.store.ResultStore`
        Where results go.
    store : `~lsp_jupyter.jobs.store.JobStore`
        The records.
    """

    def __init__(self, config: LspConfig, results: ResultStore, store: JobStore) -> None:
        self._config = config
        self._results = results
        self._store = store
        # Of each owner: when the jobs were counted, and how many there are since.
        self._counts: dict[str, tuple[float, int]] = {}

    def check_room(self, caller: Caller) -> None:
        """Refuse one more job of the caller where there is no room for it.

        Raises
        ------
        lsp_jupyter.errors.OverloadError
            Raised if the disk is nearly full.
        lsp_jupyter.errors.LimitError
            Raised if the caller has too many jobs.
        """
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

    def check_queue(self, caller: Caller, origin: Origin) -> None:
        """Refuse to start one more job where too many of the caller wait.

        Raises
        ------
        lsp_jupyter.errors.OverloadError
            Raised if so.
        """
        if origin is Origin.TAP_SYNC:
            return  # The engine's own queue holds it for seconds only.
        waiting = self._store.count(caller, [Phase.QUEUED])
        if waiting >= self._config.queued_per_user:
            raise OverloadError(
                f"You have {waiting} jobs waiting already.",
                retry_after=30,
                hint="Wait until some of them have ended, or abort them.",
            )
