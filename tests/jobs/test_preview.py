"""Jobs that are previews."""

from __future__ import annotations

import pytest

from lsp_jupyter.engines.protocol import SAMPLE
from lsp_jupyter.errors import AdqlError, ParameterError
from lsp_jupyter.formats.header import provenance
from tests.engines.sky import ROWS, Loop
from tests.jobs.service import ANN, Service

COUNT = "SELECT COUNT(*) AS n, MAX(n) AS highest FROM test.stars"


def test_a_preview_is_kept_as_one(run: Loop, service: Service) -> None:
    async def work() -> None:
        job = await service.done(await service.submit(COUNT, preview="1"))
        assert job.parameters["PREVIEW"] == "1"
        result = service.jobs.result(ANN, job.id)
        (row,) = result.read().to_pylist()
        assert row["n"] % 100 == 0
        assert abs(row["n"] - ROWS) < 4 * row["n_error"] < 0.2 * ROWS
        assert 0.9 * ROWS < row["highest"] < ROWS
        assert result.metadata["lsp:preview"] == f"{SAMPLE:g}"
        assert provenance(result.schema)["PREVIEW"] == f"{SAMPLE:g}"
        assert result.schema.field("n_error").metadata[b"ucd"] == b"stat.error;meta.number"
        # A job of its result tells of the result, which is read whole.
        again = await service.done(await service.submit(f'SELECT n FROM job."{job.id}"'))
        assert service.jobs.result(ANN, again.id).read()["n"].to_pylist() == [row["n"]]

    run(work())


@pytest.mark.parametrize("more", [{}, {"PREVIEW": "0"}])
def test_the_query_itself_says_nothing_of_it(
    run: Loop, service: Service, more: dict[str, str]
) -> None:
    async def work() -> None:
        job = await service.done(await service.submit(COUNT, **more))
        result = service.jobs.result(ANN, job.id)
        assert result.read().to_pylist() == [{"n": ROWS, "highest": ROWS - 1}]
        assert "lsp:preview" not in result.metadata

    run(work())


def test_a_preview_costs_less(run: Loop, service: Service) -> None:
    rows = "SELECT id FROM test.stars"
    whole = run(service.jobs.estimate(ANN, {"QUERY": rows}))
    preview = run(service.jobs.estimate(ANN, {"QUERY": rows, "PREVIEW": "1"}))
    assert whole.rows is not None
    assert preview.rows == pytest.approx(SAMPLE * whole.rows, rel=0.2)


def test_what_is_none_makes_no_job(run: Loop, service: Service) -> None:
    before = len(service.jobs.list(ANN))
    with pytest.raises(ParameterError, match="PREVIEW must be 0 or 1, not 'yes'"):
        run(service.submit(COUNT, PREVIEW="yes"))
    with pytest.raises(AdqlError, match="different values") as caught:
        run(service.submit("SELECT COUNT(DISTINCT n) FROM test.stars", PREVIEW="1"))
    assert caught.value.column == 8
    assert len(service.jobs.list(ANN)) == before
