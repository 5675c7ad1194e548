"""When the disk is full, jobs end in errors and the service goes on."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from lsp_jupyter.errors import OverloadError
from lsp_jupyter.jobs.job import Origin, Phase
from tests.engines.sky import Loop
from tests.jobs.service import ANN, QUICK, SLOW, Service


@pytest.fixture
def run() -> Loop:
    return Loop()


def test_full_job_store(run: Loop, sky: Path, tmp_path: Path) -> None:
    async def work() -> None:
        async with Service(tmp_path / "state", sky) as service:
            store = service.store
            running = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
            (pages,) = store._writer.execute("PRAGMA page_count").fetchone()
            store._writer.execute(f"PRAGMA max_page_count = {pages}")

            async def fill() -> None:
                for _ in range(50):
                    await service.jobs.create(
                        ANN, {"QUERY": QUICK + " " * 5000}, origin=Origin.TAP_ASYNC
                    )

            with pytest.raises(OverloadError) as caught:
                await fill()
            assert caught.value.retry_after == 60
            # Looking goes on, and so does what runs.
            assert service.jobs.get(ANN, running.id).phase is Phase.EXECUTING
            store._writer.execute("PRAGMA max_page_count = 1000000")
            assert (await service.jobs.abort(ANN, running.id)).phase is Phase.ABORTED
            assert (await service.done(await service.submit())).rows == 100

    run(work())


def test_end_that_cannot_be_recorded_is_tried_again(
    run: Loop, sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lsp_jupyter.jobs.executor.RETRY_AFTER", 0.05)

    async def work() -> None:
        async with Service(tmp_path / "state", sky) as service:
            change, failures = service.store.change, []

            def full(job_id: str, phases: object, **fields: object) -> object:
                if fields.get("phase") is Phase.COMPLETED and len(failures) < 3:
                    failures.append(job_id)
                    raise OverloadError("The job store cannot be written now.")
                return change(job_id, phases, **fields)  # type: ignore[arg-type]

            monkeypatch.setattr(service.store, "change", full)
            job = await service.done(await service.submit())
            assert len(failures) == 3
            assert job.phase is Phase.COMPLETED
            assert service.store.get(ANN, job.id).phase is Phase.COMPLETED

    run(work())


def test_result_that_cannot_be_written(
    run: Loop, sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def work() -> None:
        async with Service(tmp_path / "state", sky) as service:
            with monkeypatch.context() as patch:
                patch.setattr("lsp_jupyter.results.sidecar.save", full)
                job = await service.done(await service.submit())
            assert job.phase is Phase.ERROR
            assert job.error is not None
            assert job.error["code"] == OverloadError.code
            assert list(service.results.root.iterdir()) == []
            assert (await service.done(await service.submit())).phase is Phase.COMPLETED

    run(work())


def test_the_loop_is_never_held_up(run: Loop, sky: Path, tmp_path: Path) -> None:
    many = (
        "SELECT TOP 3000000 a.id, a.ra, a.name FROM test.stars AS a, test.stars AS b WHERE b.n < 40"
    )

    async def work() -> None:
        loop = asyncio.get_running_loop()
        gaps: list[float] = []

        async def tick() -> None:
            before = loop.time()
            while True:
                await asyncio.sleep(0.005)
                gaps.append(loop.time() - before - 0.005)
                before = loop.time()

        async with Service(tmp_path / "state", sky) as service:
            await service.done(await service.submit())
            ticking = asyncio.create_task(tick())
            jobs = [await service.submit(many) for _ in range(2)]
            for job in jobs:
                assert (await service.done(job)).rows == 3_000_000
                assert await asyncio.to_thread(service.jobs.result(ANN, job.id).verify)
            ticking.cancel()
        gaps.sort()
        assert len(gaps) > 50
        assert gaps[int(0.99 * len(gaps))] < 0.1

    run(work())
