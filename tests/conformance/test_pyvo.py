"""pyvo against a real server: what an astronomer's script does from outside."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator

import pytest
import pyvo
from pyvo.dal import DALQueryError, TAPService

from tests.servers import Server

CONE = (
    "SELECT TOP 20 source_id, ra, dec, phot_g_mean_mag FROM gaia.source "
    "WHERE CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 56.75, 24.12, 1.5)) = 1 "
    "ORDER BY phot_g_mean_mag"
)

pytestmark = pytest.mark.req("LSP-REQ-0004", "LSP-REQ-0006")


@pytest.fixture(scope="module")
def service(lab_server: Server) -> Iterator[TAPService]:
    with lab_server.session() as session:
        yield TAPService(f"{lab_server.base}tap", session=session)


@pytest.mark.req("API-REQ-0007")
def test_a_synchronous_query_has_units_and_exact_ids(service: TAPService) -> None:
    table = service.run_sync(CONE).to_table()
    assert len(table) == 20
    assert str(table["ra"].unit) == "deg"
    assert table["phot_g_mean_mag"].unit is not None
    assert table["source_id"].dtype == "int64"
    assert (table["phot_g_mean_mag"][1:] >= table["phot_g_mean_mag"][:-1]).all()
    assert "INFO" not in table.colnames


@pytest.mark.req("API-REQ-0008")
def test_an_asynchronous_query_gives_the_same(service: TAPService) -> None:
    here = service.run_sync(CONE).to_table()
    there = service.run_async(CONE).to_table()
    assert there.colnames == here.colnames
    assert (there["source_id"] == here["source_id"]).all()


def test_a_job_is_made_started_watched_and_deleted(service: TAPService) -> None:
    job = service.submit_job(CONE, runid="from pyvo", maxrec=5)
    assert job.phase == "PENDING"
    assert job.query == CONE
    job.execution_duration = 120
    assert job.execution_duration.sec == 120
    job.run().wait(phases=["COMPLETED", "ERROR"], timeout=30)
    assert job.phase == "COMPLETED"
    job.raise_if_error()
    result = job.fetch_result()
    assert (len(result), result.status[0]) == (5, "OVERFLOW")
    assert job.result_uri.endswith(f"{job.job_id}/results/result")
    assert job.job_id in [each.jobid for each in service.get_job_list(last=3)]
    listed = {each.jobid: each for each in service.get_job_list(phases=["COMPLETED"])}
    assert listed[job.job_id].runid == "from pyvo"
    job.delete()
    assert job.job_id not in [each.jobid for each in service.get_job_list()]


def test_a_job_can_be_aborted(service: TAPService) -> None:
    job = service.submit_job(
        "SELECT COUNT(*) FROM gaia.source AS a JOIN gaia.source AS b ON a.ra < b.ra"
    )
    job.run()
    # Not job.wait(): that waits for the next change, when it may be executing already.
    deadline = time.monotonic() + 30
    while job.phase == "QUEUED" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert job.abort().phase == "ABORTED"
    job.delete()


def test_a_result_cut_off_as_asked_raises_no_alarm(service: TAPService) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = service.run_sync(CONE, maxrec=3)
    assert (len(result), result.status[0]) == (3, "OVERFLOW")


@pytest.mark.parametrize("how", ["run_sync", "run_async"])
def test_errors_say_where_and_what(service: TAPService, how: str) -> None:
    with pytest.raises(DALQueryError, match=r"Line 1, column 8.*phot_g_mean_mag"):
        getattr(service, how)("SELECT phot_g_mean_mg FROM gaia.source")


@pytest.mark.req("API-REQ-0030")
def test_tables_and_columns_are_described(service: TAPService) -> None:
    assert {"gaia.source", "hipparcos.main", "tap_schema.tables"} <= set(service.tables.keys())
    columns = {column.name: column for column in service.tables["gaia.source"].columns}
    assert str(columns["ra"].unit) == "deg"
    assert columns["ra"].ucd.startswith("pos.eq.ra")
    assert columns["source_id"].datatype.content == "long"
    assert service.tables["hipparcos.main"].description


def test_capabilities_are_understood(service: TAPService) -> None:
    assert service.available
    assert service.maxrec == service.hardlimit == 100_000_000
    tap = service.get_tap_capability()
    adql = tap.get_adql()
    assert {version.content for version in adql.versions} == {"2.0", "2.1"}
    forms = {each.form for features in adql.languagefeaturelists for each in features}
    assert {"CONTAINS", "DISTANCE", "LOWER"} <= forms
    assert len(service.examples) >= 3
    for example in service.examples:
        assert len(service.run_sync(example["QUERY"], maxrec=2)) > 0


def test_a_wrong_token_is_refused(lab_server: Server) -> None:
    with lab_server.session() as session:
        session.headers["Authorization"] = "Bearer wrong"
        service = pyvo.dal.TAPService(f"{lab_server.base}tap", session=session)
        with pytest.raises(DALQueryError, match="wrong or has expired"):
            service.run_sync(CONE)
