"""The job service over a real engine, real files and the test sky."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self

from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.jobs.runner import Jobs
from lsp_jupyter.jobs.store import JobStore
from lsp_jupyter.results.store import ResultStore
from tests.engines.sky import SkyCatalog

ANN = Caller("ann")
BOB = Caller("bob")

QUICK = "SELECT TOP 100 id, ra, name FROM test.stars ORDER BY id"
SLOW = "SELECT count(*) AS n FROM test.stars AS a, test.stars AS b WHERE sin(a.ra * b.ra) > 0.5"
#: Gives rows at once and for minutes.
GROWING = "SELECT a.id FROM test.stars AS a, test.stars AS b WHERE sin(a.ra * b.ra) > 0.9999"
FAILING = "SELECT CAST(name AS INTEGER) AS x FROM test.stars"


class Service:
    """Everything `lsp_jupyter.platform.Platform` wires together that jobs need."""

    def __init__(self, state: Path, sky: Path, **settings: object) -> None:
        self.config = LspConfig(state_dir=str(state), disk_floor=0, **settings)
        self.state = self.config.state()
        self.results = ResultStore(self.state / "results", self.config)
        self.engine = DuckDBEngine(self.config, self.state / "spool")
        self.store = JobStore(self.state / "jobs.sqlite")
        self.catalog = SkyCatalog(sky)
        self.jobs = Jobs(
            self.config,
            catalog=self.catalog,
            results=self.results,
            engine=self.engine,
            store=self.store,
            state=self.state,
        )

    async def __aenter__(self) -> Self:
        await self.engine.start()
        await self.jobs.start()
        await self.engine.warm(self.catalog.pin(self.catalog.tables))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.jobs.close()
        await self.engine.close()

    async def submit(
        self,
        query: str = QUICK,
        *,
        caller: Caller = ANN,
        origin: Origin = Origin.PORTAL,
        **more: str,
    ) -> Job:
        return await self.jobs.submit(caller, {"QUERY": query, **more}, origin=origin)

    async def done(self, job: Job, caller: Caller = ANN, seconds: float = 30) -> Job:
        """The job when it has ended, which it must."""
        ended = await self.jobs.finished(caller, job.id, seconds)
        assert ended.phase.final, ended
        return ended

    async def reach(self, job: Job, phase: Phase, caller: Caller = ANN) -> Job:
        """The job when it is in that phase."""
        async with asyncio.timeout(30):
            while (job := self.jobs.get(caller, job.id)).phase is not phase:
                assert not job.phase.final, job
                await self.jobs.wait(caller, job.id, timeout=5, phase=job.phase)
        return job
