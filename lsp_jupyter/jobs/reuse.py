"""Identical queries: what makes two of them so, and the stored result as the answer."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lsp_jupyter.engines.protocol import Task
from lsp_jupyter.errors import LspError
from lsp_jupyter.identity import Caller
from lsp_jupyter.results.store import ResultStore

from .job import Job, Origin, Phase
from .store import JobStore

if TYPE_CHECKING:
    from .planner import Plan

__all__ = ["Reuse", "fingerprint"]

#: How long a result must still be kept to be used again.
KEPT_FOR = timedelta(seconds=10)
#: Provenance that differs between identical queries, and what of it is the new job's.
_OWN = frozenset({"lsp:query", "lsp:job", "lsp:time"})
_TOLD = frozenset({"lsp:query", "lsp:job"})

_RANDOM = re.compile(r"\b(rand|ivo_normal_random)\b", re.IGNORECASE)


def fingerprint(caller: Caller, normalised: str, task: Task) -> str:
    """Equal for queries that must have equal results, asked with equal rights.

    It is for queries of published tables alone: their files never change.

    Parameters
    ----------
    caller : `~lsp_jupyter.identity.Caller`
        Who asks.
    normalised : `str`
        The query's canonical text.
    task : `~lsp_jupyter.engines.protocol.Task`
        What would be run.

    Returns
    -------
    fingerprint : `str`
        Hexadecimal digits; empty if the result depends on chance.
    """
    if _RANDOM.search(normalised):
        return ""
    parts = [
        [caller.instance, caller.subject],
        [sorted(getattr(caller, name)) for name in ("groups", "scopes", "rights")],
        task.sql,
        [dict(item) for item in task.fields],
        [[item.alias, str(item.path), item.size] for item in task.attachments],
        [task.maxrec, task.max_bytes],
        {key: text for key, text in task.metadata.items() if key not in _OWN},
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Reuse:
    """Finds stored results that answer new jobs.

    Parameters
    ----------
    store : `~lsp_jupyter.jobs.store.JobStore`
        The records.
    results : `~lsp_jupyter.results.store.ResultStore`
        Where results are.
    """

    def __init__(self, store: JobStore, results: ResultStore) -> None:
        self._store = store
        self._results = results

    def answer(self, caller: Caller, job: Job, plan: Plan) -> dict[str, Any] | None:
        """What completes a job by the stored result of an identical query.

        Touches the disk. The results share a file, so that either may be deleted.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        job : `~lsp_jupyter.jobs.job.Job`
            A new job; its result has a name, and no file.
        plan : `~lsp_jupyter.jobs.planner.Plan`
            What it would run.

        Returns
        -------
        changes : `dict`, optional
            Attributes of the job and their new values, not recorded yet; `None` if its query
            must run.
        """
        if not plan.fingerprint:
            return None
        now = datetime.now(UTC)
        twin = self._store.twin(caller, plan.fingerprint, after=now + KEPT_FOR)
        if twin is None:
            return None
        first = twin.twin or twin.id
        told = {key: text for key, text in plan.task.metadata.items() if key in _TOLD}
        try:
            result = self._results.share(
                job.result_id,
                twin.result_id,
                told | {"lsp:reused": first},
                durable=job.origin is not Origin.TAP_SYNC,
            )
        except (LspError, OSError):
            # It was deleted meanwhile, or the disk is full: the query runs.
            self._results.delete(job.result_id)
            return None
        return {
            "phase": Phase.COMPLETED,
            "started": now,
            "ended": now,
            "result_id": job.result_id,
            "rows": result.rows,
            "size": result.size,
            "fraction": 1.0,
            "overflow": result.overflow,
            "fingerprint": plan.fingerprint,
            "twin": first,
        }
