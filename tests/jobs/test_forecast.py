"""What is made of estimates, and who is next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lsp_jupyter.errors import LimitError
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job, Origin, Phase, about
from lsp_jupyter.jobs.slots import Slots
from tests.engines.sky import Loop
from tests.jobs.service import ANN, BOB, QUICK, SLOW, Service


@pytest.fixture(scope="module")
def strict(run: Loop, sky: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that gives nobody much time."""
    state = tmp_path_factory.mktemp("strict") / "state"
    service = Service(state, sky, sync_timeout=3.0, reuse_results=False)
    run(service.__aenter__())
    run(service.engine.warm(service.catalog.pin(service.catalog.tables), wait=True))
    yield service
    run(service.__aexit__())


async def make(service: Service, query: str, seconds: float | None = None) -> Job:
    """A job of TAP that waits to be started."""
    return await service.jobs.create(
        ANN, {"QUERY": query}, origin=Origin.TAP_ASYNC, execution_duration=seconds
    )


class TestSynchronous:
    def test_what_takes_too_long_is_refused_before_it_did(self, run: Loop, strict: Service) -> None:
        async def work() -> None:
            loop = asyncio.get_running_loop()
            since = loop.time()
            job = await strict.done(await strict.submit(SLOW, origin=Origin.TAP_SYNC))
            assert loop.time() - since < 2.5
            assert job.phase is Phase.ERROR
            assert job.error is not None
            assert job.error["code"] == LimitError.code
            assert "is expected to take about" in job.error["message"]
            assert "tap/async" in job.error["hint"]

        run(work())

    def test_what_is_quick_is_never_asked(
        self, run: Loop, strict: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def never(task: object) -> None:
            raise AssertionError("it was estimated")

        monkeypatch.setattr(strict.engine, "estimate", never)
        job = run(strict.done(run(strict.submit(QUICK, origin=Origin.TAP_SYNC))))
        assert (job.phase, job.expected) == (Phase.COMPLETED, None)


class TestHeld:
    def test_it_waits_for_a_word(self, run: Loop, strict: Service) -> None:
        async def work() -> None:
            job = await make(strict, SLOW, 2)
            await strict.jobs.run(ANN, job.id)
            held = await strict.jobs.finished(ANN, job.id, 10)
            assert held.phase is Phase.HELD
            assert held.expected is not None
            assert held.expected > 6
            assert "PHASE=RUN" in held.note
            assert strict.jobs.list(ANN, phases=[Phase.HELD])[0] == held
            # Nothing runs for it, and it runs when it is told to.
            again = await strict.jobs.run(ANN, job.id)
            assert again.phase is Phase.QUEUED
            await strict.reach(again, Phase.EXECUTING)
            ended = await strict.done(again)
            assert ended.phase is Phase.ABORTED
            assert ended.error is not None
            assert "2 seconds" in ended.error["message"]

        run(work())

    def test_it_can_be_given_more_time_aborted_and_deleted(
        self, run: Loop, strict: Service
    ) -> None:
        async def work() -> None:
            jobs = [await make(strict, SLOW, 2) for _ in range(2)]
            for job in jobs:
                await strict.jobs.run(ANN, job.id)
            first, second = [await strict.jobs.finished(ANN, job.id, 10) for job in jobs]
            assert {first.phase, second.phase} == {Phase.HELD}
            longer = await strict.jobs.update(ANN, first.id, execution_duration=60)
            assert (longer.phase, longer.execution_duration) == (Phase.HELD, 60)
            assert (await strict.jobs.abort(ANN, first.id)).phase is Phase.ABORTED
            await strict.jobs.delete(ANN, second.id)

        run(work())

    def test_an_abort_does_not_wait_for_the_estimate(self, run: Loop, strict: Service) -> None:
        async def work() -> None:
            loop = asyncio.get_running_loop()
            for pause in (0.0, 0.05, 0.2, 0.4):
                job = await make(strict, SLOW, 2)
                await strict.jobs.run(ANN, job.id)
                await asyncio.sleep(pause)
                since = loop.time()
                assert (await strict.jobs.abort(ANN, job.id)).phase is Phase.ABORTED
                assert loop.time() - since < 1

        run(work())

    def test_other_jobs_are_never_held(self, run: Loop, strict: Service) -> None:
        async def work() -> None:
            job = await strict.jobs.submit(
                ANN, {"QUERY": SLOW}, origin=Origin.PORTAL, execution_duration=2
            )
            running = await strict.reach(job, Phase.EXECUTING)
            assert running.quote is not None
            assert running.quote > datetime.now(UTC) + timedelta(seconds=5)
            assert (await strict.done(job)).phase is Phase.ABORTED

        run(work())


class TestOrder:
    def test_short_queries_pass_while_long_ones_run(self, run: Loop, strict: Service) -> None:
        async def work() -> None:
            loop = asyncio.get_running_loop()
            slow = [await strict.submit(SLOW) for _ in range(4)]
            await strict.reach(slow[0], Phase.EXECUTING)
            since = loop.time()
            job = await strict.done(await strict.submit(QUICK, origin=Origin.TAP_SYNC), seconds=5)
            assert job.phase is Phase.COMPLETED
            assert loop.time() - since < 2
            for one in slow:
                await strict.jobs.abort(ANN, one.id)

        run(work())

    def test_users_take_turns(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            settings = {"interactive_workers": 1, "scan_workers": 0, "running_per_user": 10}
            async with Service(tmp_path / "state", sky, **settings) as service:
                ended: list[str] = []

                def hear(job: Job) -> None:
                    if job.phase is Phase.COMPLETED:
                        ended.append(job.owner)

                service.jobs.subscribe(hear)
                first = await service.reach(await service.submit(SLOW), Phase.EXECUTING)
                jobs = []
                for caller in (*(ANN,) * 4, BOB, Caller("cid"), BOB):
                    query = f"SELECT TOP {len(jobs) + 1} id FROM test.stars"
                    jobs.append((caller, await service.submit(query, caller=caller)))
                await asyncio.sleep(0.6)
                positions = [service.jobs.get(caller, job.id).position for caller, job in jobs]
                assert positions == [0, 3, 5, 6, 1, 2, 4]
                assert service.jobs.get(ANN, first.id).position is None
                await service.jobs.abort(ANN, first.id)
                for caller, job in jobs:
                    await service.done(job, caller)
                assert ended == ["ann", "bob", "cid", "ann", "bob", "ann", "ann"]

        run(work())

    def test_a_job_in_line_can_be_aborted(self, run: Loop, sky: Path, tmp_path: Path) -> None:
        async def work() -> None:
            async with Service(tmp_path / "state", sky, running_per_user=1) as service:
                first = await service.submit(SLOW)
                waiting = [await service.submit(SLOW) for _ in range(3)]
                assert [service.jobs.get(ANN, job.id).position for job in waiting] == [1, 2, 3]
                positions: list[int | None] = []

                def hear(job: Job) -> None:
                    positions.extend(one.position for one in service.jobs.list(ANN))

                service.jobs.subscribe(hear)
                ending = asyncio.create_task(service.jobs.abort(ANN, waiting[1].id))
                while not ending.done():
                    positions.extend(one.position for one in service.jobs.list(ANN))
                    await asyncio.sleep(0)
                assert (await ending).phase is Phase.ABORTED
                assert service.jobs.get(ANN, waiting[2].id).position == 2
                for job in (*waiting[::2], first):
                    assert (await service.jobs.abort(ANN, job.id)).phase is Phase.ABORTED

        run(work())

    def test_places_of_one_user(self) -> None:
        slots: Slots[str] = Slots(2)
        assert slots.next("ann") is None
        for name in "abcd":
            slots.enter("ann", name)
        slots.enter("bob", "x")
        assert [slots.next("ann") for _ in range(3)] == ["a", "b", None]
        assert (slots.ahead("ann", "c"), slots.ahead("ann", "d")) == (2, 3)
        assert slots.next("bob") == "x"
        slots.withdraw("ann", "c")
        slots.leave("ann")
        assert slots.next("ann") == "d"
        with pytest.raises(ValueError, match="deque"):
            slots.withdraw("ann", "c")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(3.2, "3 seconds"), (119, "119 seconds"), (150, "2 minutes"), (36000, "10 hours")],
)
def test_times_as_people_say_them(seconds: float, told: str) -> None:
    assert about(seconds) == f"about {told}"
