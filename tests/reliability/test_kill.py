"""A server killed at random points loses nothing it has acknowledged."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import psutil
import pytest

from lsp_jupyter.errors import JobNotFoundError
from lsp_jupyter.jobs.job import Job, Origin, Phase
from tests.engines.sky import Loop
from tests.jobs.service import ANN, SLOW, Service

ROOT = Path(__file__).resolve().parents[2]


def run_and_kill(state: Path, sky: Path, seed: int, lines: int) -> list[tuple[str, str]]:
    """Run a busy server, kill it after so many lines, and give what it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.busy", str(state), str(sky), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready -\n"
        said = [process.stdout.readline() for _ in range(lines)]
        family = psutil.Process(process.pid).children(recursive=True)
        assert family
        process.kill()
        said += process.stdout.readlines()
        process.wait()
    # Nobody is left, busy or not.
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
    whole = [line for line in said if line.endswith("\n")]
    return [(word, job_id) for word, job_id in map(str.split, whole)]


async def check(
    state: Path, sky: Path, last: dict[str, str], old: set[str], synchronous: set[str]
) -> dict[str, Job]:
    """Start a server on what is left and look at every job that was acknowledged."""
    found: dict[str, Job] = {}
    async with Service(state, sky, running_per_user=6) as service:
        for job_id, word in last.items():
            if word == "deleted":
                with pytest.raises(JobNotFoundError):
                    service.jobs.get(ANN, job_id)
                continue
            try:
                job = service.jobs.get(ANN, job_id)
            except JobNotFoundError:
                # The client of a synchronous query learns of it from its answer alone,
                # and the record follows that.
                assert word == "deleting" or job_id in synchronous
                continue
            # Within seconds of the start nothing hangs.
            if job.query == SLOW:
                job = await service.jobs.abort(ANN, job_id)
            elif job.phase.active:
                job = await service.done(job)
            found[job_id] = job
            if word == "made":
                # It was killed before the client knew that it had been started.
                continue
            assert job.phase.final, (word, job)
            if word in ("completed", "error", "aborted"):
                assert job.phase.lower() == word
            if job.phase is Phase.COMPLETED:
                result = service.jobs.result(ANN, job_id)
                assert result.verify()
                assert result.rows == job.rows
            elif job.phase is Phase.ERROR and word == "queued":
                assert job.error is not None
                assert job.error["code"] in ("WorkerDiedError", "QueryError")
        # What was made and never acknowledged runs too.
        for job, _ in service.store.active():
            if job.query == SLOW:
                await service.jobs.abort(ANN, job.id)
            else:
                await service.done(job)
        again = await service.done(await service.submit())
        assert again.rows == 100
        assert again.id not in old
    return found


def kill_often(run: Loop, sky: Path, tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    state = tmp_path / "state"
    last: dict[str, str] = {}
    words: defaultdict[str, int] = defaultdict(int)
    synchronous: set[str] = set()
    kept = 0
    for number in range(kills):
        said = run_and_kill(state, sky, number, lines=chance.randrange(5, 80))
        made = {job_id for word, job_id in said if word in ("made", "sync")}
        assert made.isdisjoint(last), "an id was used again"
        synchronous |= {job_id for word, job_id in said if word == "sync"}
        for word, job_id in said:
            last[job_id] = word
            words[word] += 1
        found = run(check(state, sky, last, set(last), synchronous))
        kept += len(synchronous & found.keys())
        # What follows is only looked at again where it can still get lost.
        for job_id, job in found.items():
            if job.phase.final and job.origin is not Origin.TAP_SYNC:
                last[job_id] = job.phase.lower()
        with sqlite3.connect(state / "jobs.sqlite") as connection:
            assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            active = "SELECT count(*) FROM jobs WHERE phase IN ('QUEUED', 'EXECUTING')"
            assert connection.execute(active).fetchall() == [(0,)]
        connection.close()
        assert list((state / "spool").iterdir()) == []
        assert list((state / "leases").iterdir()) == []
    assert words["completed"] > 0
    assert kept > 0
    assert words["queued"] > 0


@pytest.fixture
def run() -> Loop:
    return Loop()


def test_five_kills(run: Loop, sky: Path, tmp_path: Path) -> None:
    kill_often(run, sky, tmp_path, 5)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_kills(run: Loop, sky: Path, tmp_path: Path) -> None:
    kill_often(run, sky, tmp_path, 200)
