"""What happens to jobs by itself: servers that end, times that come, two servers on one state."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lsp_jupyter.errors import JobNotFoundError, ResultNotFoundError
from lsp_jupyter.jobs.job import Job, Origin, Phase
from tests.engines.sky import Loop
from tests.jobs.service import ANN, QUICK, SLOW, Service


async def leave_behind(service: Service, phase: Phase, origin: Origin = Origin.PORTAL) -> Job:
    """A job as a killed server leaves it: under a lease nobody holds."""
    now = datetime.now(UTC)
    job = Job(
        id=secrets.token_hex(16),
        owner="ann",
        phase=phase,
        parameters={"QUERY": QUICK},
        origin=origin,
        created=now,
        destruction=now + timedelta(days=1),
        execution_duration=30,
        result_id=service.results.new(),
        handle='{"engine": "duckdb", "boot": "gone", "id": "x"}',
        lease="0" * 16,
    )
    await asyncio.to_thread(service.store.insert, job, ANN)
    service.results.path(job.result_id).write_bytes(b"half a result")
    return job


class TestTakeOver:
    @pytest.mark.req("LSP-REQ-0035")
    def test_what_a_dead_server_left(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            service = Service(tmp_path / "state", sky)
            running = await leave_behind(service, Phase.EXECUTING)
            queued = await leave_behind(service, Phase.QUEUED)
            sync = await leave_behind(service, Phase.QUEUED, Origin.TAP_SYNC)
            async with service:
                for job in (running, sync):
                    ended = service.jobs.get(ANN, job.id)
                    assert ended.phase is Phase.ERROR
                    assert ended.error is not None
                    assert "server" in ended.error["message"]
                    assert ended.error["transient"]
                    assert not service.results.path(job.result_id).exists()
                # What never ran is run by the next server.
                done = await service.done(queued)
                assert (done.phase, done.rows) == (Phase.COMPLETED, 100)
                assert done.result_id != queued.result_id
                assert service.jobs.result(ANN, queued.id).verify()

        run(work())

    def test_jobs_of_a_live_server_are_spared(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky) as first:
                job = await first.reach(await first.submit(SLOW), Phase.EXECUTING)
                async with Service(tmp_path / "state", sky) as second:
                    assert second.jobs.get(ANN, job.id).phase is Phase.EXECUTING
                    other = await second.done(await second.submit())
                    assert first.jobs.result(ANN, other.id).rows == 100
                    with pytest.raises(ResultNotFoundError):
                        second.jobs.result(ANN, job.id)
                assert first.jobs.get(ANN, job.id).phase is Phase.EXECUTING
                await first.jobs.abort(ANN, job.id)

        run(work())

    def test_one_server_aborts_and_deletes_what_another_runs(
        self, run: Loop, sky: Path, tmp_path: Path
    ) -> None:
        async def work() -> None:
            async with (
                Service(tmp_path / "state", sky) as first,
                Service(tmp_path / "state", sky) as second,
            ):
                one = await first.reach(await first.submit(SLOW), Phase.EXECUTING)
                waiter = asyncio.create_task(second.jobs.wait(ANN, one.id, timeout=20))
                two = await first.reach(await first.submit(SLOW), Phase.EXECUTING)
                assert (await second.jobs.abort(ANN, one.id)).phase is Phase.ABORTED
                assert first.jobs.get(ANN, one.id).phase is Phase.ABORTED
                assert (await waiter).phase is Phase.ABORTED
                await second.jobs.delete(ANN, two.id)
                with pytest.raises(JobNotFoundError):
                    first.jobs.get(ANN, two.id)

        run(work())

    def test_closing_ends_what_runs_and_keeps_what_waits(
        self, run: Loop, sky: Path, tmp_path: Path
    ) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky, running_per_user=1) as first:
                running = await first.reach(await first.submit(SLOW), Phase.EXECUTING)
                waiting = await first.submit()
                done = await first.done(await first.submit(origin=Origin.TAP_SYNC))
            async with Service(tmp_path / "state", sky) as second:
                ended = second.jobs.get(ANN, running.id)
                assert ended.phase is Phase.ERROR
                assert ended.error is not None
                assert "shut down" in ended.error["message"]
                assert (await second.done(waiting)).phase is Phase.COMPLETED
                assert second.jobs.result(ANN, done.id).rows == 100

        run(work())

    def test_closing_waits_for_what_is_being_recorded(
        self, run: Loop, sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def work() -> None:
            begun, go_on = threading.Event(), threading.Event()
            async with Service(tmp_path / "state", sky) as first:
                finish = first.results.finish

                def slow(*args: object, **more: object) -> object:
                    begun.set()
                    assert go_on.wait(20)
                    return finish(*args, **more)  # type: ignore[arg-type]

                monkeypatch.setattr(first.results, "finish", slow)
                job = await first.submit()
                await asyncio.to_thread(begun.wait, 20)
                asyncio.get_running_loop().call_later(0.2, go_on.set)
            async with Service(tmp_path / "state", sky) as second:
                assert second.jobs.get(ANN, job.id).phase is Phase.COMPLETED
                assert second.jobs.result(ANN, job.id).verify()

        run(work())


class TestCollect:
    @pytest.mark.req("API-REQ-0038")
    def test_the_history_outlives_the_result(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky) as service:
                jobs = service.jobs
                done = await service.done(await service.submit())
                kept = await service.done(await service.submit())
                running = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
                pending = await jobs.create(ANN, {"QUERY": QUICK}, origin=Origin.TAP_ASYNC)
                for job in (done, running, pending):
                    await jobs.update(ANN, job.id, destruction=datetime.now(UTC))
                assert await jobs._keeper.collect(datetime.now(UTC)) == 3
                for job in (done, running, pending):
                    archived = jobs.get(ANN, job.id)
                    assert archived.phase is Phase.ARCHIVED
                    assert archived.query == job.query
                    with pytest.raises(ResultNotFoundError, match=r"collected|no such result"):
                        jobs.result(ANN, job.id)
                assert [job.id for job in jobs.list(ANN)] == [kept.id]
                assert len(jobs.list(ANN, phases=[Phase.ARCHIVED])) == 3
                assert {path.name.partition(".")[0] for path in service.results.root.iterdir()} == {
                    kept.result_id
                }
                with pytest.raises(JobNotFoundError):
                    await jobs.delete(ANN, "nothing")
                await jobs.delete(ANN, done.id)
                assert len(jobs.list(ANN, phases=[Phase.ARCHIVED])) == 2

        run(work())

    def test_files_nobody_knows_go(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            service = Service(tmp_path / "state", sky)
            lost = service.results.path(service.results.new())
            lost.write_bytes(b"x")
            os.utime(lost, (1, 1))
            async with service:
                kept = await service.done(await service.submit())
                await asyncio.to_thread(service.jobs._keeper._sweep, set())
                assert not lost.exists()
                assert service.jobs.result(ANN, kept.id).rows == 100

        run(work())

    def test_a_job_that_waited_reads_what_is_published_then(
        self, run: Loop, sky: Path, tmp_path: Path
    ) -> None:
        async def work() -> None:
            first, second = tmp_path / "1.duckdb", tmp_path / "2.duckdb"
            first.hardlink_to(sky)
            async with Service(tmp_path / "state", first, running_per_user=1) as service:
                slow = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
                waiting = await service.submit()
                assert service.jobs._executor.pinned() == {first}
                second.hardlink_to(sky)
                service.catalog.publish(second, "sky_2")
                first.unlink()
                await service.jobs.abort(ANN, slow.id)
                done = await service.done(waiting)
                assert (done.phase, done.rows) == (Phase.COMPLETED, 100)

        run(work())
