"""Identical queries are answered from the stored result, and others are not."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job, Origin, Phase
from tests.engines.sky import ALIAS, Loop
from tests.jobs.service import ANN, BOB, Service

_number = iter(range(1, 10_000))


def fresh() -> str:
    """A query that no other test has asked."""
    return f"SELECT TOP 7 id, ra FROM test.stars WHERE id > {next(_number)} ORDER BY id"


def files(service: Service, job: Job) -> int:
    """How many results have the file of this job's result."""
    return service.results.path(job.result_id).stat().st_nlink


class TestSameQuestion:
    @pytest.mark.parametrize("origin", [Origin.PORTAL, Origin.TAP_SYNC])
    def test_answered_from_the_stored_result(
        self, run: Loop, service: Service, origin: Origin
    ) -> None:
        async def work() -> None:
            query = fresh()
            first = await service.done(await service.submit(query))
            asked = query.replace("SELECT", "select  ")
            second = await service.submit(asked, origin=origin)
            assert second.phase is Phase.COMPLETED
            assert second.id != first.id
            assert second.twin == first.id
            assert second.rows == 7
            assert second == service.jobs.get(ANN, second.id)
            assert files(service, second) == 2
            old, new = (service.jobs.result(ANN, job.id) for job in (first, second))
            assert new.read().equals(old.read())
            assert new.verify()
            assert new.metadata["lsp:query"] == asked
            assert new.metadata["lsp:job"] == second.id
            assert new.metadata["lsp:reused"] == first.id
            assert new.metadata["lsp:time"] == old.metadata["lsp:time"]
            assert "lsp:reused" not in old.metadata
            third = await service.submit(query)
            assert third.twin == first.id

        run(work())

    def test_a_synchronous_result_answers_a_job(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            query = fresh()
            first = await service.done(await service.submit(query, origin=Origin.TAP_SYNC))
            made = await service.jobs.create(ANN, {"QUERY": query}, origin=Origin.TAP_ASYNC)
            second = await service.jobs.run(ANN, made.id)
            assert second.phase is Phase.COMPLETED
            assert second.twin == first.id
            assert service.jobs.result(ANN, second.id).rows == 7

        run(work())

    def test_each_may_be_deleted(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            query = fresh()
            first = await service.done(await service.submit(query))
            second = await service.submit(query)
            await service.jobs.delete(ANN, first.id)
            service.results._open.clear()
            assert service.jobs.result(ANN, second.id).verify()
            assert service.jobs.result(ANN, second.id).metadata["lsp:job"] == second.id
            third = await service.submit(query)
            assert third.twin == first.id
            await service.jobs.delete(ANN, second.id)
            assert files(service, third) == 1

        run(work())

    def test_a_shared_file_is_as_new_as_its_last_name(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            query = fresh()
            first = await service.done(await service.submit(query))
            os.utime(service.results.path(first.result_id), (1, 1))
            second = await service.submit(query)
            assert second.twin == first.id
            # As if it had no record yet.
            service.results.sweep(service.store.result_ids() - {second.result_id})
            assert service.jobs.result(ANN, second.id).verify()

        run(work())

    def test_a_result_that_is_lost_is_made_again(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            query = fresh()
            first = await service.done(await service.submit(query))
            service.results.delete(first.result_id)
            second = await service.done(await service.submit(query))
            assert second.phase is Phase.COMPLETED
            assert second.twin == ""

        run(work())


class TestOtherQuestion:
    @pytest.mark.parametrize(
        "more",
        [{"MAXREC": "3"}, {"QUERY": "SELECT TOP 7 id, ra AS r FROM test.stars ORDER BY id"}],
        ids=["maxrec", "names"],
    )
    def test_another_query(self, run: Loop, service: Service, more: dict[str, str]) -> None:
        async def work() -> None:
            first = {"QUERY": "SELECT TOP 7 id, ra FROM test.stars ORDER BY id"}
            await service.done(await service.submit(first["QUERY"]))
            job = await service.jobs.submit(ANN, first | more, origin=Origin.PORTAL)
            assert job.twin == ""

        run(work())

    @pytest.mark.parametrize(
        "other",
        [BOB, replace(ANN, rights=frozenset({"more"})), replace(ANN, groups=frozenset({"g"}))],
        ids=["owner", "rights", "groups"],
    )
    def test_another_caller(self, run: Loop, service: Service, other: Caller) -> None:
        async def work() -> None:
            query = fresh()
            await service.done(await service.submit(query))
            job = await service.submit(query, caller=other)
            assert job.twin == ""
            assert (await service.done(job, other)).rows == 7

        run(work())

    def test_chance_and_results_are_never_used_again(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            first = await service.done(await service.submit(fresh()))
            for query in (
                "SELECT TOP 5 id, rand() AS r FROM test.stars",
                "SELECT TOP 5 id, ivo_normal_random(ra, 1.0) AS r FROM test.stars",
                f'SELECT id FROM job."{first.id}"',
            ):
                for _ in range(2):
                    job = await service.done(await service.submit(query))
                    assert job.phase is Phase.COMPLETED, job
                    assert (job.twin, job.fingerprint) == ("", "")

        run(work())

    def test_another_generation_of_a_table(
        self, run: Loop, service: Service, sky: Path, tmp_path: Path
    ) -> None:
        async def work() -> None:
            query = fresh()
            first = await service.done(await service.submit(query))
            service.catalog.publish(Path(shutil.copy(sky, tmp_path / "sky_2")), "sky_2")
            try:
                job = await service.done(await service.submit(query))
                assert (job.phase, job.twin) == (Phase.COMPLETED, "")
            finally:
                service.catalog.publish(sky, ALIAS)
            assert (await service.submit(query)).twin == first.id

        run(work())

    def test_it_can_be_switched_off(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            query = fresh()
            await service.done(await service.submit(query))
            service.config.reuse_results = False
            try:
                assert (await service.submit(query)).twin == ""
            finally:
                service.config.reuse_results = True

        run(work())
