"""The cost of a query before it is a job."""

from __future__ import annotations

import pytest

from lsp_jupyter.errors import AdqlError, LspError, ParameterError
from tests.engines.sky import ROWS, Loop
from tests.jobs.service import ANN, BOB, Service


class TestEstimate:
    @pytest.mark.req("PRTL-REQ-0018")
    def test_it_makes_no_job_and_no_file(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            before = (service.jobs.list(ANN), sorted(service.results.root.iterdir()))
            found = await service.jobs.estimate(ANN, {"query": "SELECT * FROM test.stars"})
            assert found.rows == pytest.approx(ROWS, rel=0.01)
            assert found.bytes is not None
            assert found.bytes > 20 * ROWS
            assert found.partitions == found.partitions_total == 1
            assert found.seconds is not None
            assert found.seconds > 0
            assert (service.jobs.list(ANN), sorted(service.results.root.iterdir())) == before

        run(work())

    def test_maxrec_counts(self, run: Loop, service: Service) -> None:
        query = {"QUERY": "SELECT * FROM test.stars", "MAXREC": "17"}
        assert run(service.jobs.estimate(ANN, query)).rows == 17

    def test_a_result_is_estimated_like_a_table(self, run: Loop, service: Service) -> None:
        async def work() -> None:
            job = await service.done(
                await service.submit("SELECT id, n, ra, dec FROM test.stars WHERE n < 5000")
            )
            query = f'SELECT id FROM job."{job.id}" WHERE n < 100'
            assert (await service.jobs.estimate(ANN, {"QUERY": query})).rows == 100
            query = (
                f'SELECT j.id, s.name FROM test.stars AS s JOIN job."{job.id}" AS j ON s.id = j.id'
            )
            found = await service.jobs.estimate(ANN, {"QUERY": query})
            assert found.rows == pytest.approx(5000, rel=0.5)
            with pytest.raises(AdqlError, match="There is no such job"):
                await service.jobs.estimate(BOB, {"QUERY": query})

        run(work())

    @pytest.mark.parametrize(
        ("parameters", "error"),
        [
            ({"QUERY": "SELECT"}, AdqlError),
            ({"QUERY": "SELECT x FROM test.stars"}, AdqlError),
            ({"QUERY": ""}, ParameterError),
            ({"QUERY": "SELECT 1 FROM test.stars", "MAXREC": "-1"}, ParameterError),
            ({"QUERY": "SELECT 1 FROM test.stars", "LANG": "SQL"}, ParameterError),
        ],
    )
    def test_what_cannot_run_has_no_cost(
        self, run: Loop, service: Service, parameters: dict[str, str], error: type[LspError]
    ) -> None:
        with pytest.raises(error):
            run(service.jobs.estimate(ANN, parameters))
