"""What is made of a job's estimate: its queue, and whether it runs at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Engine, Queue, Task
from lsp_jupyter.errors import LimitError, LspError

from .job import Job, Origin, about
from .planner import Plan

__all__ = ["Forecast"]

#: An estimate counts only if it exceeds a limit by this factor.
CLEARLY = 3.0
#: Seconds a query runs before it is asked how long it will.
FORECAST_AFTER = 0.5
#: Seconds to wait for the estimate of a job that is to run.
PATIENCE = 3.0
#: Seconds from which on a job is a scan, whatever it reads.
SCAN_SECONDS = 5.0
#: Combinations of rows from which on a query may take long without reading much.
MANY_PAIRS = 1e9
#: How often a table is counted at most that is joined with itself.
MOST_TIMES = 3


class Forecast:
    """Tells how long jobs will run, and draws the conclusions.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    engine : `~lsp_jupyter.engines.protocol.Engine`
        Where they run.
    """

    def __init__(self, config: LspConfig, engine: Engine) -> None:
        self._config = config
        self._engine = engine

    async def seconds(self, task: Task) -> float | None:
        """Seconds that a task will run; `None` if that cannot be told."""
        try:
            async with asyncio.timeout(PATIENCE):
                return (await self._engine.estimate(task)).seconds
        except (LspError, TimeoutError):
            return None

    def may_take_long(self, plan: Plan) -> bool:
        """Whether its tables are so large that it is worth an estimate before it runs."""
        if plan.compiled is None:
            return False
        sql, pairs = plan.compiled.sql, 1
        for table in plan.compiled.tables:
            # A table may be joined with itself.
            times = sql.count(".".join(f'"{part}"' for part in table.source))
            pairs *= (table.rows or 1) ** min(max(times, 1), MOST_TIMES)
        return plan.task.queue is Queue.SCAN or pairs >= MANY_PAIRS

    def queued(self, task: Task, seconds: float) -> Task:
        """The task in the queue that fits what it is expected to take."""
        queue = Queue.SCAN if seconds >= SCAN_SECONDS else Queue.INTERACTIVE
        return replace(task, queue=queue)

    def holds(self, job: Job, seconds: float) -> bool:
        """Whether a job waits for a word of its owner: it would be ended before it is done."""
        limit = CLEARLY * job.execution_duration
        return job.origin is Origin.TAP_ASYNC and seconds > max(limit, self._config.sync_timeout)

    def refusal(self, seconds: float) -> LimitError | None:
        """Why a synchronous query is not run: it would be ended before it is done."""
        limit = self._config.sync_timeout
        if seconds <= CLEARLY * limit:
            return None
        return LimitError(
            f"The query is expected to take {about(seconds)}; a synchronous query may take "
            f"{limit:g} seconds.",
            hint="Run it asynchronously: POST it to tap/async. Or narrow the selection.",
        )
