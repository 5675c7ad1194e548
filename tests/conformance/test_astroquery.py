"""astroquery's TAP client against a real server: what users of its archives know."""

from __future__ import annotations

from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from astropy.table import Table

from tests.servers import Server

core = pytest.importorskip("astroquery.utils.tap.core")
tapconn = pytest.importorskip("astroquery.utils.tap.conn.tapconn")

CONE = (
    "SELECT TOP 20 source_id, ra, dec, phot_g_mean_mag FROM gaia.source "
    "WHERE CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 56.75, 24.12, 1.5)) = 1 "
    "ORDER BY phot_g_mean_mag"
)

pytestmark = pytest.mark.req("LSP-REQ-0004", "LSP-REQ-0006")


class Connections:
    """Connections that send a token: the client itself knows its archives' cookies alone."""

    def __init__(self, server: Server) -> None:
        self._place = urlsplit(server.url)
        self._headers = server.headers

    def get_connection(self, **_: object) -> HTTPConnection:
        headers = self._headers

        class Connection(HTTPConnection):
            def endheaders(self, *args: Any, **kwargs: Any) -> None:
                for name, value in headers.items():
                    self.putheader(name, value)
                super().endheaders(*args, **kwargs)

        return Connection(str(self._place.hostname), self._place.port)


@pytest.fixture(scope="module")
def tap(lab_server: Server) -> Any:
    place = urlsplit(lab_server.base)
    connection = tapconn.TapConn(
        False,
        place.hostname,
        server_context=place.path.rstrip("/"),
        port=place.port,
        tap_context="tap",
        connhandler=Connections(lab_server),
    )
    return core.TapPlus(url=f"{lab_server.base}tap", connhandler=connection)


def test_tables_and_columns_are_listed(tap: Any) -> None:
    tables = {table.name: table for table in tap.load_tables()}
    assert {"gaia.source", "hipparcos.main"} <= set(tables)
    columns = {column.name: column for column in tap.load_table("gaia.source").columns}
    assert (columns["ra"].unit, columns["source_id"].data_type) == ("deg", "long")


def test_a_synchronous_job(tap: Any) -> None:
    rows = tap.launch_job(CONE).get_results()
    assert len(rows) == 20
    assert str(rows["ra"].unit) == "deg"
    assert rows["source_id"].dtype == "int64"


def test_an_asynchronous_job_is_listed_saved_and_removed(
    tap: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # Where the client puts what it loads.
    out = tmp_path / "rows.vot"
    job = tap.launch_job_async(CONE, output_file=str(out), dump_to_file=True, name="mine")
    assert job.get_phase() == "COMPLETED"
    assert len(Table.read(out)) == 20
    again = tap.load_async_job(jobid=job.jobid)
    assert (again.get_results()["source_id"] == job.get_results()["source_id"]).all()
    stored = tap.load_async_job(jobid=job.jobid, load_results=False)
    stored.outputFile = str(tmp_path / "again.vot")
    tap.save_results(stored)
    assert len(Table.read(stored.outputFile, format="votable")) == 20
    assert job.jobid in [each.jobid for each in tap.list_async_jobs()]
    tap.remove_jobs([job.jobid])
    assert job.jobid not in [each.jobid for each in tap.list_async_jobs()]


@pytest.mark.parametrize("how", ["launch_job", "launch_job_async"])
@pytest.mark.parametrize("form", ["votable", "csv"])
def test_a_table_is_uploaded_and_joined(tap: Any, how: str, form: str) -> None:
    bright = tap.launch_job(CONE).get_results()["source_id", "phot_g_mean_mag"][:5]
    query = (
        "SELECT s.source_id FROM tap_upload.mine AS m JOIN gaia.source AS s "
        "ON s.source_id = m.source_id"
    )
    job = getattr(tap, how)(
        query, upload_resource=bright, upload_table_name="mine", output_format=form
    )
    rows = job.get_results()
    assert sorted(rows["source_id"]) == sorted(bright["source_id"])


def test_an_error_says_what_is_wrong(tap: Any) -> None:
    with pytest.raises(Exception, match="phot_g_mean_mag"):
        tap.launch_job("SELECT phot_g_mean_mg FROM gaia.source")
