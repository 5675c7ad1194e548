"""Jobs from the request to the result, as UWS 1.1 has it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from lsp_jupyter.errors import (
    AdqlError,
    JobNotFoundError,
    LimitError,
    OverloadError,
    ParameterError,
    ResultNotFoundError,
    StateError,
)
from lsp_jupyter.jobs.job import Job, Origin, Phase
from tests.engines.sky import FIRST_ID, Loop
from tests.jobs.service import ANN, BOB, FAILING, GROWING, QUICK, SLOW, Service

ASYNC, SYNC, PORTAL = Origin.TAP_ASYNC, Origin.TAP_SYNC, Origin.PORTAL


class TestStraight:
    @pytest.mark.req("API-REQ-0008")
    def test_create_run_result(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            jobs = service.jobs
            job = await jobs.create(
                ANN, {"query": QUICK, "Lang": "adql-2.0"}, origin=ASYNC, run_id="mine"
            )
            assert job.phase is Phase.PENDING
            assert job.parameters == {"QUERY": QUICK, "LANG": "adql-2.0"}
            assert (job.started, job.ended, job.run_id) == (None, None, "mine")
            assert job.execution_duration == service.config.execution_duration
            assert jobs.get(ANN, job.id) == job
            with pytest.raises(ResultNotFoundError, match="PENDING"):
                jobs.result(ANN, job.id)
            started = await jobs.run(ANN, job.id)
            assert started.phase in (Phase.QUEUED, Phase.EXECUTING)
            ended = await service.done(job)
            assert ended.phase is Phase.COMPLETED
            assert ended.started is not None
            assert ended.ended is not None
            assert job.created <= ended.started <= ended.ended
            assert (ended.rows, ended.overflow, ended.fraction) == (100, False, 1.0)
            result = jobs.result(ANN, job.id)
            assert result.complete
            assert result.size == ended.size
            assert result.verify()
            assert result.read()["id"].to_pylist() == [FIRST_ID + n for n in range(100)]

        run(work())

    @pytest.mark.req("API-REQ-0040")
    def test_provenance_travels_with_the_result(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            job = await service.done(await service.submit(QUICK, MAXREC="7"))
            result = service.jobs.result(ANN, job.id)
            data = result.metadata
            assert data["lsp:query"] == QUICK
            assert data["lsp:job"] == job.id
            assert data["lsp:instance"] == "local"
            assert data["lsp:release"] == "test"
            assert data["lsp:service"] == "ivo://lsp_jupyter.local/tap"
            assert datetime.fromisoformat(data["lsp:time"]) >= job.created - timedelta(seconds=1)
            assert (data["rows"], data["overflow"]) == ("7", "true")
            assert job.overflow
            metadata = result.schema.field("ra").metadata
            assert metadata[b"unit"] == b"deg"
            assert metadata[b"ucd"] == b"pos.eq.ra"
            assert metadata[b"datatype"] == b"double"

        run(work())

    @pytest.mark.parametrize("origin", list(Origin))
    def test_every_origin(self, run: Loop, service: Service, origin: Origin) -> None:
        async def work() -> None:
            job = await service.done(await service.submit(origin=origin))
            assert (job.phase, job.origin) == (Phase.COMPLETED, origin)
            assert service.jobs.result(ANN, job.id).rows == 100
            kept = (job.destruction - job.created).total_seconds()
            assert kept == pytest.approx(3600 if origin is SYNC else 7 * 86400)
            longest = 60 if origin is SYNC else 4 * 3600
            assert job.execution_duration == longest

        run(work())

    def test_listeners_hear_every_phase_in_order(self, run: Loop, service: Service) -> None:
        heard: list[Job] = []

        def broken(job: Job) -> None:
            raise RuntimeError("a listener's own fault")

        async def work() -> Job:
            ends = [service.jobs.subscribe(broken), service.jobs.subscribe(heard.append)]
            few = "(SELECT TOP 30 ra FROM test.stars) AS b"
            job = await service.submit(SLOW.replace("test.stars AS b", few))
            await service.done(job)
            await service.jobs.delete(ANN, job.id)
            for end in ends:
                end()
            await service.done(await service.submit())
            return job

        job = run(work())
        assert {seen.id for seen in heard} == {job.id}
        phases = list(dict.fromkeys(seen.phase for seen in heard))
        assert phases == [Phase.QUEUED, Phase.EXECUTING, Phase.COMPLETED, Phase.ARCHIVED]

    def test_rows_can_be_read_while_it_runs(self, run: Loop, service: Service) -> None:
        heard: list[tuple[float, Job]] = []

        async def work() -> None:
            loop = asyncio.get_running_loop()
            end = service.jobs.subscribe(lambda job: heard.append((loop.time(), job)))
            job = await service.submit(GROWING)
            async with asyncio.timeout(30):
                while len([1 for _, seen in heard if seen.rows]) < 5:
                    await service.jobs.wait(ANN, job.id, timeout=0.1)
            live = service.jobs.get(ANN, job.id)
            result = service.jobs.result(ANN, job.id)
            assert live.phase is Phase.EXECUTING
            assert 0 < result.rows <= live.rows
            assert not result.complete
            assert result.read(result.rows - 1)["id"][0].as_py() >= FIRST_ID
            assert service.jobs.list(ANN, phases=[Phase.EXECUTING])[0].rows > 0
            await service.jobs.abort(ANN, job.id)
            end()
            # A view opened before stays; a new one is refused.
            assert result.read(0, 1).num_rows == 1
            with pytest.raises(ResultNotFoundError, match="ABORTED"):
                service.jobs.result(ANN, job.id)

        run(work())
        times = [at for at, job in heard if job.phase is Phase.EXECUTING and job.rows]
        gaps = [later - earlier for earlier, later in pairwise(times[1:])]
        assert min(gaps) > 0.15


class TestRefusals:
    @pytest.mark.parametrize(
        ("parameters", "error", "named"),
        [
            ({"QUERY": "SELECT nope FROM test.stars"}, AdqlError, "nope"),
            ({"QUERY": "SELEC 1"}, AdqlError, "Line 1"),
            ({"QUERY": "(" * 100_000}, AdqlError, "nested"),
            ({"QUERY": QUICK, "MAXREC": "-1"}, ParameterError, "MAXREC"),
            ({"QUERY": QUICK, "MAXREC": "1.5"}, ParameterError, "MAXREC"),
            ({"QUERY": QUICK, "MAXREC": "ten"}, ParameterError, "MAXREC"),
            ({"QUERY": QUICK, "MAXREC": "9" * 5000}, ParameterError, "MAXREC"),
            ({"QUERY": QUICK, "LANG": "SQL"}, ParameterError, "SQL"),
            ({"QUERY": QUICK, "REQUEST": "doMagic"}, ParameterError, "doMagic"),
            ({"QUERY": " \n"}, ParameterError, "no query"),
            ({}, ParameterError, "no query"),
        ],
    )
    def test_submit_keeps_no_job(
        self,
        run: Loop,
        service: Service,
        parameters: dict[str, str],
        error: type[Exception],
        named: str,
    ) -> None:
        before = service.jobs.list(ANN)
        with pytest.raises(error, match=named):
            run(service.jobs.submit(ANN, parameters, origin=PORTAL))
        assert service.jobs.list(ANN) == before

    def test_run_ends_in_error_instead(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            job = await service.jobs.create(ANN, {"QUERY": "SELEC 1"}, origin=ASYNC)
            await service.jobs.run(ANN, job.id)
            ended = await service.done(job)
            assert ended.phase is Phase.ERROR
            assert ended.error is not None
            assert ended.error["code"] == "AdqlError"
            assert ended.error["line"] == 1
            assert ended.started is None
            with pytest.raises(ResultNotFoundError, match="ERROR"):
                service.jobs.result(ANN, job.id)

        run(work())

    @pytest.mark.parametrize(
        ("parameters", "more", "error"),
        [
            ({"QUERY": QUICK, "query": QUICK}, {}, ParameterError),
            ({"QUERY": "x" * (1 << 20) + "y"}, {}, LimitError),
            ({"QUERY": QUICK, "OTHER": "x" * 70_000}, {}, LimitError),
            ({"QUERY": QUICK}, {"run_id": "x" * 300}, ParameterError),
        ],
    )
    def test_create_checks_what_it_stores(
        self,
        run: Loop,
        service: Service,
        parameters: dict[str, str],
        more: dict[str, str],
        error: type[Exception],
    ) -> None:
        with pytest.raises(error):
            run(service.jobs.create(ANN, parameters, origin=ASYNC, **more))

    def test_text_that_cannot_be_encoded(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            query = "SELECT TOP 1 'a\ud800\x00' AS s FROM test.stars"
            job = await service.jobs.create(ANN, {"QUERY": query}, origin=ASYNC, run_id="\udfff")
            await service.jobs.run(ANN, job.id)
            ended = await service.done(job)
            assert "\ud800" not in ended.query
            assert ended.run_id == "?"

        run(work())

    def test_an_instance_may_keep_to_the_standard(
        self, run: Loop, sky: Path, tmp_path: Path
    ) -> None:
        query = "SELECT TOP 1 CASE WHEN id > 0 THEN 1 END AS x FROM test.stars"

        async def work(*, strict: bool) -> None:
            state = tmp_path / str(strict)
            async with Service(state, sky, query_strict=strict) as service:
                await service.submit(query)

        run(work(strict=False))
        with pytest.raises(AdqlError, match="refused in strict mode"):
            run(work(strict=True))

    def test_error_of_the_data(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            job = await service.done(await service.submit(FAILING))
            assert job.phase is Phase.ERROR
            assert job.error is not None
            assert job.error["code"] == "QueryError"
            assert list(service.results.root.glob(f"{job.result_id}*")) == []

        run(work())

    @pytest.mark.req("PRTL-REQ-0012")
    def test_maxrec_is_clipped(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky, maxrec=50) as service:
                job = await service.done(await service.submit(MAXREC="100000000000000000000"))
                assert (job.rows, job.overflow) == (50, True)
                job = await service.done(await service.submit(MAXREC=" 0 "))
                assert (job.phase, job.rows, job.overflow) == (Phase.COMPLETED, 0, True)

        run(work())

    def test_full_disk_takes_no_jobs(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky) as service:
                service.config.disk_floor = 1 << 60
                with pytest.raises(OverloadError, match="disk space") as caught:
                    await service.submit()
                assert caught.value.retry_after == 60
                with pytest.raises(OverloadError):
                    await service.jobs.create(ANN, {"QUERY": QUICK}, origin=ASYNC)
                assert service.jobs.list(ANN) == []

        run(work())


class TestPhases:
    def test_run_twice(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            job = await service.jobs.create(ANN, {"QUERY": QUICK}, origin=ASYNC)
            await service.jobs.run(ANN, job.id)
            with pytest.raises(StateError):
                await service.jobs.run(ANN, job.id)
            await service.done(job)
            with pytest.raises(StateError):
                await service.jobs.run(ANN, job.id)

        run(work())

    @pytest.mark.req("PRTL-REQ-0011")
    def test_abort_pending_running_and_ended(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            jobs = service.jobs
            pending = await jobs.create(ANN, {"QUERY": QUICK}, origin=ASYNC)
            aborted = await jobs.abort(ANN, pending.id)
            assert (aborted.phase, aborted.error) == (Phase.ABORTED, None)
            with pytest.raises(StateError):
                await jobs.run(ANN, pending.id)

            running = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
            begin = asyncio.get_running_loop().time()
            aborted = await jobs.abort(ANN, running.id)
            assert asyncio.get_running_loop().time() - begin < 2
            assert (aborted.phase, aborted.error) == (Phase.ABORTED, None)
            assert aborted.ended is not None

            ended = await service.done(await service.submit())
            assert await jobs.abort(ANN, ended.id) == ended

        run(work())

    def test_abort_before_it_reaches_the_engine(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            for origin in (PORTAL, SYNC):
                job = await service.submit(SLOW, origin=origin)
                assert (await service.jobs.abort(ANN, job.id)).phase is Phase.ABORTED

        run(work())

    def test_too_long_is_aborted_with_the_reason(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            job = await service.jobs.submit(
                ANN, {"QUERY": SLOW}, origin=ASYNC, execution_duration=0.5
            )
            ended = await service.done(job)
            assert ended.phase is Phase.ABORTED
            assert ended.error is not None
            assert ended.error["code"] == "QueryTimeoutError"

        run(work())

    def test_update(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            jobs, now = service.jobs, datetime.now(UTC)
            job = await jobs.create(ANN, {"QUERY": "SELEC", "MAXREC": "3"}, origin=ASYNC)
            later = now + timedelta(days=1)
            changed = await jobs.update(
                ANN,
                job.id,
                destruction=later,
                execution_duration=10,
                parameters={"query": QUICK},
            )
            assert changed.destruction == later
            assert changed.execution_duration == 10
            assert changed.parameters == {"QUERY": QUICK, "MAXREC": "3"}
            clipped = await jobs.update(
                ANN, job.id, destruction=now + timedelta(days=999), execution_duration=0
            )
            assert clipped.destruction == job.created + timedelta(days=7)
            assert clipped.execution_duration == 4 * 3600
            naive = await jobs.update(ANN, job.id, destruction=datetime(2020, 1, 1))
            assert naive.destruction == datetime(2020, 1, 1, tzinfo=UTC)
            assert await jobs.update(ANN, job.id) == naive
            await jobs.update(ANN, job.id, destruction=later)
            await jobs.run(ANN, job.id)
            for change in ({"parameters": {"QUERY": QUICK}}, {"execution_duration": 5.0}):
                with pytest.raises(StateError):
                    await jobs.update(ANN, job.id, **change)
            ended = await service.done(job)
            assert ended.rows == 3
            moved = await jobs.update(ANN, job.id, destruction=later - timedelta(hours=1))
            assert moved.destruction == later - timedelta(hours=1)

        run(work())

    def test_delete(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            done = await service.done(await service.submit())
            running = await service.reach(await service.submit(GROWING), Phase.EXECUTING)
            pending = await service.jobs.create(ANN, {"QUERY": QUICK}, origin=ASYNC)
            for job in (done, running, pending):
                await service.jobs.delete(ANN, job.id)
                for call in (service.jobs.get, service.jobs.result):
                    with pytest.raises(JobNotFoundError):
                        call(ANN, job.id)
                if job.result_id:
                    assert list(service.results.root.glob(f"{job.result_id}*")) == []
                with pytest.raises(JobNotFoundError):
                    await service.jobs.delete(ANN, job.id)

        run(work())


class TestWaiting:
    def test_wait_returns_at_a_change(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            jobs, loop = service.jobs, asyncio.get_running_loop()
            job = await jobs.create(ANN, {"QUERY": QUICK}, origin=ASYNC)
            waiter = asyncio.create_task(jobs.wait(ANN, job.id, timeout=20))
            await asyncio.sleep(0)
            begin = loop.time()
            await jobs.run(ANN, job.id)
            assert (await waiter).phase is not Phase.PENDING
            # A phase it is not in (any more) is no reason to wait.
            await jobs.wait(ANN, job.id, timeout=20, phase=Phase.HELD)
            await service.done(job)
            assert (await jobs.wait(ANN, job.id, timeout=20)).phase is Phase.COMPLETED
            assert loop.time() - begin < 5

        run(work())

    def test_wait_ends_in_time(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            jobs, loop = service.jobs, asyncio.get_running_loop()
            job = await jobs.create(ANN, {"QUERY": QUICK}, origin=ASYNC)
            for seconds in (0, 0.2):
                begin = loop.time()
                assert (await jobs.wait(ANN, job.id, timeout=seconds)).phase is Phase.PENDING
                assert seconds <= loop.time() - begin < seconds + 0.5
            service.config.poll_max = 1.0
            for seconds in (-1, 100):
                begin = loop.time()
                await jobs.wait(ANN, job.id, timeout=seconds)
                assert 0.9 < loop.time() - begin < 2
            service.config.poll_max = 300.0

        run(work())

    def test_wait_for_a_job_that_is_deleted(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            job = await service.jobs.create(ANN, {"QUERY": QUICK}, origin=ASYNC)
            waiter = asyncio.create_task(service.jobs.wait(ANN, job.id, timeout=20))
            await asyncio.sleep(0)
            await service.jobs.delete(ANN, job.id)
            with pytest.raises(JobNotFoundError):
                await waiter

        run(work())


class TestOwners:
    @pytest.mark.req("LSP-REQ-0027")
    def test_others_see_nothing(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            jobs = service.jobs
            done = await service.done(await service.submit())
            running = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
            for job in (done, running):
                for attempt in (
                    lambda job=job: jobs.get(BOB, job.id),
                    lambda job=job: jobs.result(BOB, job.id),
                ):
                    with pytest.raises(JobNotFoundError):
                        attempt()
                for action in (jobs.run, jobs.abort, jobs.delete, jobs.update, jobs.label):
                    with pytest.raises(JobNotFoundError):
                        await action(BOB, job.id)
                with pytest.raises(JobNotFoundError):
                    await jobs.wait(BOB, job.id, timeout=1)
            assert jobs.list(BOB) == []
            assert jobs.get(ANN, running.id).phase is Phase.EXECUTING
            await jobs.abort(ANN, running.id)

        run(work())

    @pytest.mark.req("API-REQ-0038", "PRTL-REQ-0013")
    def test_list(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky) as service:
                jobs = service.jobs
                made = [await service.submit(origin=origin) for origin in Origin]
                made.append(await jobs.create(ANN, {"QUERY": QUICK}, origin=ASYNC))
                await service.submit(caller=BOB)
                for job in made[:-1]:
                    await service.done(job)
                newest = [job.id for job in reversed(made)]
                assert [job.id for job in jobs.list(ANN)] == newest
                assert [job.id for job in jobs.list(ANN, last=2)] == newest[:2]
                assert jobs.list(ANN, last=0) == []
                assert [j.id for j in jobs.list(ANN, phases=[Phase.PENDING])] == newest[:1]
                assert [j.id for j in jobs.list(ANN, after=made[2].created)] == newest[:-3]
                found = jobs.list(ANN, origins=[Origin.SHELL, Origin.TAP_SYNC])
                assert {job.origin for job in found} == {Origin.SHELL, Origin.TAP_SYNC}

        run(work())


class TestSynchronous:
    """Its client has the answer before there is a record of it."""

    def test_it_is_there_from_beginning_to_end(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            # A machine that is busy must not refuse the slow one for what it is expected to take.
            async with Service(tmp_path / "state", sky, sync_timeout=36_000.0) as service:
                jobs, store = service.jobs, service.store
                slow = await service.submit(SLOW, origin=SYNC)
                await service.reach(slow, Phase.EXECUTING)
                other = await service.done(await service.submit(QUICK))
                assert [job.id for job in jobs.list(ANN)] == [other.id, slow.id]
                assert [job.id for job in jobs.list(ANN, phases=[Phase.EXECUTING])] == [slow.id]
                assert [job.id for job in jobs.list(ANN, last=1)] == [other.id]
                assert [job.id for job in jobs.list(ANN, origins=[ASYNC])] == []
                assert jobs.list(BOB) == []
                with pytest.raises(JobNotFoundError):
                    store.get(ANN, slow.id)
                assert (await jobs.abort(ANN, slow.id)).phase is Phase.ABORTED
                assert store.get(ANN, slow.id).phase is Phase.ABORTED

        run(work())

    def test_it_can_be_used_at_once(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky) as service:
                for _ in range(20):
                    job = await service.done(await service.submit(QUICK, origin=SYNC))
                    assert job.phase is Phase.COMPLETED
                    assert service.jobs.result(ANN, job.id).rows == 100
                    again = await service.submit(f'SELECT count(*) AS k FROM job."{job.id}"')
                    again = await service.done(again)
                    assert service.jobs.result(ANN, again.id).read()["k"].to_pylist() == [100]
                    # As it is told of, so it is recorded.
                    assert service.store.get(ANN, job.id) == job

        run(work())

    def test_it_can_be_deleted_at_once(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky) as service:
                for _ in range(20):
                    job = await service.done(await service.submit(QUICK, origin=SYNC))
                    await service.jobs.delete(ANN, job.id)
                    with pytest.raises(JobNotFoundError):
                        service.jobs.get(ANN, job.id)
                    assert not list(service.results.root.glob(f"*{job.result_id}*"))

        run(work())

    def test_it_is_recorded_when_the_server_closes(
        self, run: Loop, sky: Path, tmp_path: Path
    ) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky) as service:
                done = await service.done(await service.submit(QUICK, origin=SYNC))
                slow = await service.submit(SLOW, origin=SYNC)
                await service.reach(slow, Phase.EXECUTING)
            async with Service(tmp_path / "state", sky) as service:
                assert service.jobs.get(ANN, done.id) == done
                assert service.jobs.result(ANN, done.id).rows == 100
                ended = service.jobs.get(ANN, slow.id)
                assert ended.phase is Phase.ERROR
                assert "shut down" in str(ended.error)

        run(work())


class TestLimits:
    def test_running_and_queued_of_one_user(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(
                tmp_path / "state", sky, running_per_user=2, queued_per_user=3
            ) as service:
                jobs = [await service.submit(SLOW) for _ in range(2)]
                for job in jobs:
                    await service.reach(job, Phase.EXECUTING)
                jobs += [await service.submit(SLOW) for _ in range(3)]
                with pytest.raises(OverloadError, match="3 jobs waiting"):
                    await service.submit(SLOW)
                pending = await service.jobs.create(ANN, {"QUERY": SLOW}, origin=ASYNC)
                with pytest.raises(OverloadError):
                    await service.jobs.run(ANN, pending.id)
                assert service.jobs.get(ANN, pending.id).phase is Phase.PENDING
                # Another user and the synchronous way are not held up by that.
                assert (await service.done(await service.submit(caller=BOB), BOB)).rows == 100
                assert (await service.done(await service.submit(origin=SYNC))).rows == 100
                phases = [service.jobs.get(ANN, job.id).phase for job in jobs]
                assert phases.count(Phase.EXECUTING) == 2
                assert phases.count(Phase.QUEUED) == 3
                await service.jobs.abort(ANN, jobs[0].id)
                await service.reach(jobs[2], Phase.EXECUTING)
                for job in reversed(jobs):
                    await service.jobs.delete(ANN, job.id)

        run(work())

    def test_synchronous_query_finds_all_workers_busy(
        self, run: Loop, sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("lsp_jupyter.jobs.executor.SYNC_QUEUE", 0.6)

        async def work() -> None:
            async with Service(
                tmp_path / "state", sky, interactive_workers=1, scan_workers=0
            ) as service:
                slow = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
                ended = await service.done(await service.submit(origin=SYNC))
                assert ended.phase is Phase.ERROR
                assert ended.error is not None
                assert ended.error["code"] == OverloadError.code
                assert ended.error["retry_after"] > 0
                await service.jobs.abort(ANN, slow.id)
                # A new worker takes the place of the killed one: that may take a second.
                monkeypatch.setattr("lsp_jupyter.jobs.executor.SYNC_QUEUE", 30.0)
                assert (await service.done(await service.submit(origin=SYNC))).rows == 100

        run(work())
