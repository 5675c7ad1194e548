"""Jobs that are not queries: phases, results, ends of servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import (
    JobNotFoundError,
    LimitError,
    ParameterError,
    ResultNotFoundError,
    StateError,
)
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.jobs.store import JobStore
from lsp_jupyter.jobs.work import Progress, WorkJobs

ANN, BOB = Caller("ann"), Caller("bob")


class Bench:
    """Work that does what its parameters say."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.go = asyncio.Event()

    async def __call__(self, caller: Caller, job: Job, folder: Path, progress: Progress) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            (folder / "b.txt").write_text(caller.subject)
            progress(0.5, 1)
            if "WAIT" in job.parameters:
                await self.go.wait()
            if "FAIL" in job.parameters:
                raise ParameterError("There is no overlap.", parameter="CIRCLE")
            if "BREAK" in job.parameters:
                raise KeyError("/secret/path")
            (folder / "a.fits").write_bytes(b"x" * 10)
        finally:
            self.running -= 1


@asynccontextmanager
async def jobs_of(state: Path, bench: Bench, **settings: Any) -> AsyncIterator[WorkJobs]:
    config = LspConfig(state_dir=str(state), **settings)
    jobs = WorkJobs(
        config,
        JobStore(config.state() / "work.sqlite"),
        state / "work",
        state / "leases",
        {Origin.SODA: bench},
    )
    await jobs.start()
    try:
        yield jobs
    finally:
        await jobs.close()


async def ended(jobs: WorkJobs, job: Job, caller: Caller = ANN) -> Job:
    async with asyncio.timeout(10):
        while not (job := jobs.get(caller, job.id)).phase.final:
            await jobs.wait(caller, job.id, timeout=5)
    return job


async def reach(jobs: WorkJobs, job: Job, phase: Phase) -> Job:
    async with asyncio.timeout(10):
        while (job := jobs.get(ANN, job.id)).phase is not phase:
            await jobs.wait(ANN, job.id, timeout=1)
    return job


async def test_what_it_leaves_is_its_result(tmp_path: Path) -> None:
    async with jobs_of(tmp_path, Bench()) as jobs:
        made = await jobs.create(ANN, {"id": "x"}, origin=Origin.SODA, run_id="mine")
        assert (made.phase, made.parameters, made.run_id) == (Phase.PENDING, {"ID": "x"}, "mine")
        with pytest.raises(ResultNotFoundError):
            jobs.files(ANN, made.id)
        await jobs.run(ANN, made.id)
        done = await ended(jobs, made)
        assert (done.phase, done.fraction, done.rows, done.size) == (Phase.COMPLETED, 1.0, 1, 13)
        assert [path.name for path in jobs.files(ANN, made.id)] == ["a.fits", "b.txt"]
        assert [job.id for job in jobs.list(ANN)] == [made.id]
        with pytest.raises(StateError):
            await jobs.run(ANN, made.id)
        with pytest.raises(JobNotFoundError):
            jobs.files(BOB, made.id)
        await jobs.delete(ANN, made.id)
        assert not any((tmp_path / "work").glob(f"{made.id}*"))
        with pytest.raises(JobNotFoundError):
            jobs.get(ANN, made.id)


@pytest.mark.parametrize("how", ["FAIL", "BREAK"])
async def test_a_failure_leaves_its_reason_alone(tmp_path: Path, how: str) -> None:
    async with jobs_of(tmp_path, Bench()) as jobs:
        job = await ended(jobs, await jobs.submit(ANN, {how: "1"}, origin=Origin.SODA))
        assert job.phase is Phase.ERROR
        assert job.error is not None
        assert ("overlap" in job.error["message"]) == (how == "FAIL")
        assert "secret" not in str(job.error)
        assert not any((tmp_path / "work").glob(f"{job.id}*"))


async def test_it_can_be_stopped(tmp_path: Path) -> None:
    bench = Bench()
    async with jobs_of(tmp_path, bench, running_per_user=1) as jobs:
        first = await jobs.submit(ANN, {"WAIT": "1"}, origin=Origin.SODA)
        second = await jobs.submit(ANN, {}, origin=Origin.SODA)
        await reach(jobs, first, Phase.EXECUTING)
        assert jobs.get(ANN, second.id).position == 1
        assert (await jobs.abort(ANN, second.id)).phase is Phase.ABORTED
        assert (await jobs.abort(ANN, first.id)).phase is Phase.ABORTED
        assert bench.running == 0
        third = await jobs.submit(ANN, {"WAIT": "1"}, origin=Origin.SODA, execution_duration=1)
        late = await ended(jobs, third)
        assert late.phase is Phase.ABORTED
        assert late.error is not None
        assert "longer than 1 s" in late.error["message"]


async def test_each_user_has_so_many_places(tmp_path: Path) -> None:
    bench = Bench()
    async with jobs_of(tmp_path, bench, running_per_user=2, queued_per_user=5) as jobs:
        made = [await jobs.submit(ANN, {"WAIT": "1"}, origin=Origin.SODA) for _ in range(5)]
        with pytest.raises(LimitError, match="5 jobs"):
            await jobs.submit(ANN, {}, origin=Origin.SODA)
        other = await jobs.submit(BOB, {"WAIT": "1"}, origin=Origin.SODA)
        for job in (*made[:2], other):
            owner = Caller(job.owner)
            if jobs.get(owner, job.id).phase is Phase.QUEUED:
                await jobs.wait(owner, job.id, timeout=5, phase=Phase.QUEUED)
        bench.go.set()
        for job in made:
            assert (await ended(jobs, job)).phase is Phase.COMPLETED
        await ended(jobs, other, BOB)
        assert bench.most == 3


async def test_a_new_server_takes_over(tmp_path: Path) -> None:
    bench = Bench()
    async with jobs_of(tmp_path, bench, running_per_user=1) as jobs:
        done = await ended(jobs, await jobs.submit(ANN, {}, origin=Origin.SODA))
        running = await jobs.submit(ANN, {"WAIT": "1"}, origin=Origin.SODA)
        await reach(jobs, running, Phase.EXECUTING)
        waiting = await jobs.submit(ANN, {}, origin=Origin.SODA)
    async with jobs_of(tmp_path, bench) as jobs:
        assert len(jobs.files(ANN, done.id)) == 2
        assert jobs.get(ANN, running.id).phase is Phase.ERROR
        assert (await ended(jobs, waiting)).phase is Phase.COMPLETED


async def test_another_server_can_stop_it(tmp_path: Path) -> None:
    bench = Bench()
    async with jobs_of(tmp_path, bench) as one, jobs_of(tmp_path, Bench()) as other:
        job = await one.submit(ANN, {"WAIT": "1"}, origin=Origin.SODA)
        await reach(one, job, Phase.EXECUTING)
        assert (await other.abort(ANN, job.id)).phase is Phase.ABORTED
        assert bench.running == 0


async def test_what_is_due_is_collected(tmp_path: Path) -> None:
    async with jobs_of(tmp_path, Bench()) as jobs:
        job = await ended(jobs, await jobs.submit(ANN, {}, origin=Origin.SODA))
        assert await jobs.collect(datetime.now(UTC) + timedelta(days=6)) == 0
        assert await jobs.collect(datetime.now(UTC) + timedelta(days=8)) == 1
        assert jobs.get(ANN, job.id).phase is Phase.ARCHIVED
        assert not (tmp_path / "work" / job.id).exists()
