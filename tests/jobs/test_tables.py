"""Finished results as tables of other queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsp_jupyter.errors import AdqlError, LimitError
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.jobs.planner import RESULTS
from tests.engines.sky import FIRST_ID, Loop
from tests.jobs.service import ANN, BOB, FAILING, GROWING, Service

BRIGHT = "SELECT id, ra, dec, mag, name, n FROM test.stars WHERE n < 30000"

#: Every type a column of a result can have.
TYPES = (
    "SELECT id, CAST(n AS SMALLINT) AS short_one, n, mag, ra, name,"
    " CAST('2026-01-02T03:04:05' AS TIMESTAMP) AS seen, CAST(NULL AS INTEGER) AS nothing,"
    ' name AS "a ""quoted"" name; --", count(*) AS total'
    " FROM test.stars WHERE n BETWEEN 1 AND 4 GROUP BY id, n, mag, ra, name"
)


@pytest.fixture(scope="module")
def bright(run: Loop, service: Service) -> Job:
    """A finished job of Ann's."""
    return run(finished(service, BRIGHT))


async def finished(service: Service, query: str, **more: object) -> Job:
    """The job of a query, which must succeed."""
    job = await service.done(await service.submit(query, **more))
    assert job.phase is Phase.COMPLETED, job.error
    return job


async def rows(service: Service, query: str, **more: object) -> list[dict[str, object]]:
    """The rows of a query."""
    job = await finished(service, query, **more)
    return service.jobs.result(ANN, job.id).read().to_pylist()


class TestStraight:
    @pytest.mark.req("PRTL-REQ-0015")
    @pytest.mark.parametrize("origin", list(Origin))
    def test_every_origin(self, run: Loop, service: Service, bright: Job, origin: Origin) -> None:
        query = f'SELECT count(*) AS k, min(id) AS low FROM job."{bright.id}" WHERE n >= 100'
        found = run(rows(service, query, origin=origin))
        assert found == [{"k": 29_900, "low": FIRST_ID + 100}]

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT count(*) AS k FROM {j} WHERE CONTAINS(POINT(ra, dec), CIRCLE(9, 80, 12)) = 1",
            "SELECT count(*) AS k FROM {j} WHERE DISTANCE(ra, dec, 0, -90) < 9",
            "SELECT count(*) AS k, sum(s.n) AS t FROM {j} JOIN test.stars AS s ON s.id = j.id",
            (
                "SELECT count(*) AS k FROM {i}, {j}"
                " WHERE DISTANCE(i.ra, i.dec, j.ra, j.dec) < 9 AND i.n < 9"
            ),
            "SELECT count(*) AS k FROM {j} JOIN {i} USING (id)",
            "SELECT count(*) AS k FROM test.stars WHERE id IN (SELECT id FROM {j})",
            "SELECT count(*) AS k FROM (SELECT name FROM {j} WHERE mag > 19) AS q",
        ],
    )
    def test_it_is_a_table_like_any_other(
        self, run: Loop, service: Service, bright: Job, query: str
    ) -> None:
        derived = {name: f"({BRIGHT}) AS {name}" for name in "ij"}
        named = {name: f'job."{bright.id}" AS {name}' for name in "ij"}
        expected = run(rows(service, query.format(**derived)))
        assert expected[0]["k"]
        assert run(rows(service, query.format(**named))) == expected

    def test_it_has_the_same_rows_and_metadata(self, run: Loop, service: Service) -> None:
        first = run(finished(service, TYPES))
        second = run(finished(service, f'SELECT * FROM job."{first.id}"'))
        third = run(finished(service, f'SELECT * FROM job."{second.id}" ORDER BY id'))
        original = service.jobs.result(ANN, first.id)
        copy = service.jobs.result(ANN, third.id)
        assert copy.read().sort_by("id") == original.read().sort_by("id")
        assert copy.schema.remove_metadata() == original.schema.remove_metadata()
        for field in original.schema:
            assert copy.schema.field(field.name).metadata == field.metadata
        assert copy.metadata["lsp:release"] == "test"

    def test_no_rows(self, run: Loop, service: Service) -> None:
        job = run(finished(service, "SELECT id, name FROM test.stars WHERE n < 0"))
        assert run(rows(service, f'SELECT count(*) AS k FROM job."{job.id}"')) == [{"k": 0}]

    def test_a_name_without_quotes_and_in_any_case(self, run: Loop, service: Service) -> None:
        # A regular identifier begins with a letter, which most hexadecimal numbers do not.
        job = None
        while job is None or not job.id[0].isalpha():
            job = run(finished(service, "SELECT TOP 1 n FROM test.stars"))
        query = f"SELECT {job.id}.n AS k FROM Job.{job.id.upper()}"
        assert run(rows(service, query)) == run(rows(service, f"SELECT n AS k FROM job.{job.id}"))

    def test_what_was_cut_off_is_a_table(self, run: Loop, service: Service) -> None:
        job = run(finished(service, BRIGHT, MAXREC="7"))
        assert run(rows(service, f'SELECT count(*) AS k FROM job."{job.id}"')) == [{"k": 7}]


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("0" * 32, "There is no such job"),
            ("x", "is not the identifier of a job"),
            ("../../etc/passwd", "is not the identifier of a job"),
            ("a\nb", "is not the identifier of a job"),
            ("a'; DROP TABLE x; --", "is not the identifier of a job"),
        ],
    )
    def test_there_is_no_such_job(
        self, run: Loop, service: Service, name: str, message: str
    ) -> None:
        with pytest.raises(AdqlError, match=message) as caught:
            run(service.submit(f'SELECT *\nFROM job."{name}"'))
        assert (caught.value.line, caught.value.column) == (2, 6)
        assert caught.value.hint

    def test_others_see_nothing(self, run: Loop, service: Service, bright: Job) -> None:
        with pytest.raises(AdqlError, match="There is no such job"):
            run(service.submit(f'SELECT * FROM job."{bright.id}"', caller=BOB))

    def test_it_must_be_finished(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            jobs = service.jobs
            pending = await jobs.create(ANN, {"QUERY": BRIGHT}, origin=Origin.TAP_ASYNC)
            failed = await service.done(await service.submit(FAILING))
            growing = await service.reach(await service.submit(GROWING), Phase.EXECUTING)
            for job, why in (
                (pending, "PENDING: only a finished result"),
                (growing, "EXECUTING: only a finished result"),
                (failed, "has no result: it is ERROR"),
            ):
                with pytest.raises(AdqlError, match=why) as caught:
                    await service.submit(f'SELECT * FROM job."{job.id}"')
                assert caught.value.line == 1
                assert caught.value.hint
            await jobs.abort(ANN, growing.id)

        run(work())

    def test_too_many(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            ids = [
                (await finished(service, "SELECT TOP 1 n FROM test.stars")).id
                for _ in range(RESULTS + 1)
            ]
            tables = [f'job."{one}" AS a{number}' for number, one in enumerate(ids)]
            assert await rows(service, f"SELECT count(*) AS k FROM {', '.join(tables[1:])}")
            with pytest.raises(LimitError, match="more than 32 results"):
                await service.submit(f"SELECT count(*) AS k FROM {', '.join(tables)}")

        run(work())

    def test_it_needs_its_schema(self, run: Loop, service: Service, bright: Job) -> None:
        with pytest.raises(AdqlError, match="There is no table"):
            run(service.submit(f'SELECT * FROM "{bright.id}"'))

    def test_errors_of_the_query_itself_stay(
        self, run: Loop, service: Service, bright: Job
    ) -> None:
        with pytest.raises(AdqlError, match="There is no column nam") as caught:
            run(service.submit(f'SELECT nam FROM job."{bright.id}"'))
        assert "name" in caught.value.hint


class TestLifetime:
    def test_a_job_that_waits_keeps_what_it_reads(
        self, run: Loop, sky: Path, tmp_path: Path
    ) -> None:
        async def work() -> None:
            async with Service(
                tmp_path / "state", sky, interactive_workers=1, scan_workers=0
            ) as service:
                source = await finished(service, BRIGHT)
                endless = await service.reach(await service.submit(GROWING), Phase.EXECUTING)
                waits = await service.submit(f'SELECT count(*) AS k FROM job."{source.id}"')
                while not list(service.results.root.glob("*.input")):
                    await service.jobs.wait(ANN, waits.id, timeout=0.05)
                await service.jobs.delete(ANN, source.id)
                await service.jobs.abort(ANN, endless.id)
                ended = await service.done(waits)
                assert ended.phase is Phase.COMPLETED, ended.error
                result = service.jobs.result(ANN, waits.id)
                assert result.read().to_pylist() == [{"k": 30_000}]
                with pytest.raises(AdqlError, match="There is no such job"):
                    await service.submit(f'SELECT * FROM job."{source.id}"')
            assert not list(service.results.root.glob("*.input"))

        run(work())

    def test_a_job_that_was_started_too_late(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            source = await finished(service, BRIGHT)
            query = f'SELECT count(*) AS k FROM job."{source.id}"'
            late = await service.jobs.create(ANN, {"QUERY": query}, origin=Origin.TAP_ASYNC)
            await service.jobs.delete(ANN, source.id)
            await service.jobs.run(ANN, late.id)
            ended = await service.done(late)
            assert ended.phase is Phase.ERROR
            assert ended.error is not None
            assert "There is no such job" in ended.error["message"]

        run(work())

    def test_damaged_file_harms_only_its_readers(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            source = await finished(service, BRIGHT)
            path = service.jobs.result(ANN, source.id).path
            path.write_bytes(b"\xff" * path.stat().st_size)
            reader = await service.done(await service.submit(f'SELECT * FROM job."{source.id}"'))
            assert reader.phase is Phase.ERROR
            assert reader.error is not None
            assert "is damaged" in reader.error["message"]
            await finished(service, BRIGHT)

        run(work())
