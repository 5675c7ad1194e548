"""Workers that are killed, stopped or told to end harm their own job alone (R2, R3)."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lsp_jupyter.engines.protocol import State, Task
from lsp_jupyter.jobs.job import Job, Phase
from tests.engines.sky import Loop
from tests.jobs.service import ANN, QUICK, SLOW, Service

#: What the engine cannot interrupt: below the allowlist, so it is given to the engine itself.
STUBBORN = "SELECT max(length(repeat('x', 500000000 + CAST(i AS INT)))) AS n FROM range(5000) t(i)"


@pytest.fixture
def run() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


def family() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def worker_of(service: Service, job: Job) -> psutil.Process:
    """The process that runs a job."""
    query = service.engine._queries[job.result_id]
    assert query.worker is not None
    return psutil.Process(query.worker.pid)


async def quick(service: Service, number: int) -> float:
    """Seconds that another query takes, which must succeed."""
    begin = time.monotonic()
    job = await service.submit(f"{QUICK}, ra + {number}", caller=ANN)
    assert (await service.done(job)).phase is Phase.COMPLETED
    return time.monotonic() - begin


def harm(run: Loop, sky: Path, tmp_path: Path, rounds: int) -> None:
    """Kill or stop the worker of a running job, again and again."""
    chance = random.Random(rounds)
    others = set(family())

    async def work() -> None:
        async with Service(tmp_path / "state", sky) as service:
            await service.done(await service.submit())
            for number in range(rounds):
                job = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
                other = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
                await asyncio.sleep(chance.random() * 0.2)
                how = signal.SIGSTOP if number % 10 == 2 else signal.SIGKILL
                begin = time.monotonic()
                worker_of(service, job).send_signal(how)
                await quick(service, number)
                ended = await service.done(job, seconds=5)
                assert time.monotonic() - begin < 5
                assert ended.phase is Phase.ERROR
                assert ended.error is not None
                assert ended.error["code"] == "WorkerDiedError"
                assert ("stopped" if how is signal.SIGSTOP else "SIGKILL") in ended.error["message"]
                assert service.jobs.get(ANN, other.id).phase is Phase.EXECUTING
                await service.jobs.abort(ANN, other.id)
                assert not service.results.path(ended.result_id).exists()
            left = set(family()) - others
        _, alive = psutil.wait_procs(left, timeout=5)
        assert alive == []

    run(work())


def test_workers_die(run: Loop, sky: Path, tmp_path: Path) -> None:
    harm(run, sky, tmp_path, 3)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_workers_die_often(sky: Path, tmp_path: Path) -> None:
    loop = Loop(3600)
    harm(loop, sky, tmp_path, 300)
    loop.close()


def abort(run: Loop, sky: Path, tmp_path: Path, rounds: int) -> None:
    """Abort jobs at any moment, and end what the engine cannot interrupt."""
    chance = random.Random(rounds)

    async def work() -> None:
        async with Service(tmp_path / "state", sky) as service:
            await service.done(await service.submit())
            other = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
            for number in range(rounds):
                job = await service.submit(SLOW)
                await asyncio.sleep(chance.random() * 1.0)
                begin = time.monotonic()
                assert (await service.jobs.abort(ANN, job.id)).phase is Phase.ABORTED
                assert time.monotonic() - begin < 2
                assert service.jobs.get(ANN, other.id).phase is Phase.EXECUTING
                if number % 4 == 0:
                    await stubborn(service, timeout=60 if number % 8 else 1)
                    assert service.jobs.get(ANN, other.id).phase is Phase.EXECUTING
            await service.jobs.abort(ANN, other.id)

    run(work())


async def stubborn(service: Service, timeout: float) -> None:  # noqa: ASYNC109
    """Cancel a task that does not listen, or let its time pass."""
    name = service.results.new()
    task = Task(name, STUBBORN, (), service.results.path(name), timeout=timeout)
    handle = await service.engine.submit(replace(task, fields=({"name": "n", "datatype": "long"},)))
    while (await service.engine.poll(handle, wait=0.1)).state is State.QUEUED:
        pass
    process = psutil.Process(service.engine._queries[name].worker.pid)  # type: ignore[union-attr]
    await asyncio.sleep(0.3)
    begin = time.monotonic()
    if timeout > 10:
        await service.engine.cancel(handle)
    while not (status := await service.engine.poll(handle, wait=0.1)).finished:
        assert time.monotonic() - begin < 2 + timeout
    if status.state is State.FAILED and timeout > 10:
        # Its own memory limit was faster.
        assert status.error is not None
        assert status.error["code"] == "LimitError"
        return
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_aborts_at_any_moment(run: Loop, sky: Path, tmp_path: Path) -> None:
    abort(run, sky, tmp_path, 3)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_aborts(sky: Path, tmp_path: Path) -> None:
    loop = Loop(3600)
    abort(loop, sky, tmp_path, 200)
    loop.close()
