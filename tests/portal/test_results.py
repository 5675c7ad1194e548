"""Results over the private interface: the same rows by every way."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.portal.conftest import Portal


@pytest.fixture(scope="module")
def large(portal: Portal) -> dict[str, Any]:
    """A result of more rows than one page, whole in memory for comparison."""
    return portal.run("SELECT source_id, ra, dec, phot_g_mean_mag FROM gaia.source WHERE dec > 60")


@pytest.fixture(scope="module")
def truth(portal: Portal, large: dict[str, Any]) -> pa.Table:
    return pa.ipc.open_stream(portal.ask("GET", f"results/{large['id']}/arrow").content).read_all()


@pytest.mark.req("PRTL-REQ-0049", "LSP-REQ-0008")
def test_a_result_describes_itself(portal: Portal, bright: dict[str, Any]) -> None:
    result = portal.get(f"results/{bright['id']}")
    assert result["id"] == bright["id"]
    assert result["query"] == bright["query"]
    assert (result["rows"], result["complete"], result["overflow"]) == (bright["rows"], True, False)
    columns = {column["name"]: column for column in result["columns"]}
    assert list(columns) == ["source_id", "ra", "dec", "phot_g_mean_mag"]
    assert columns["source_id"]["arrow"] == "int64"
    assert columns["source_id"]["datatype"] == "long"
    assert columns["ra"]["unit"] == "deg"
    assert columns["ra"]["ucd"].startswith("pos.eq.ra")
    assert columns["ra"]["description"]
    provenance = result["provenance"]
    assert provenance["query"] == bright["query"]
    assert provenance["job"] == bright["id"]
    assert {"instance", "release", "service", "time"} <= set(provenance)


@pytest.mark.req("LSP-REQ-0005", "NB-REQ-0029")
def test_file_stream_and_page_hold_the_same_rows(
    portal: Portal, large: dict[str, Any], truth: pa.Table
) -> None:
    file = portal.get(f"results/{large['id']}/file")
    assert (file["rows"], file["complete"], file["overflow"]) == (truth.num_rows, True, False)
    path = Path(file["path"])
    assert path.stat().st_size == file["size"]
    assert path.stat().st_mode & 0o077 == 0
    mapped = pa.ipc.open_stream(pa.memory_map(str(path))).read_all()
    assert mapped.equals(truth, check_metadata=True)
    assert truth.num_rows == large["rows"] > 1000
    page, total = portal.rows(large["id"], start=500, count=20)
    assert total == truth.num_rows
    assert page.drop_columns("__row__").equals(truth.slice(500, 20))
    assert page.column("__row__").to_pylist() == list(range(500, 520))
    assert page.schema.field("ra").metadata[b"unit"] == b"deg"


@pytest.mark.req("PRTL-REQ-0054")
def test_pages_are_clipped_to_what_there_is(portal: Portal, large: dict[str, Any]) -> None:
    assert portal.rows(large["id"])[0].num_rows == 1000
    assert portal.rows(large["id"], count=10**9)[0].num_rows == 1000
    page, total = portal.rows(large["id"], start=large["rows"] - 3, count=10)
    assert (page.num_rows, total) == (3, large["rows"])
    page, total = portal.rows(large["id"], start=10**12)
    assert (page.num_rows, total) == (0, large["rows"])
    assert portal.rows(large["id"], count=0)[0].num_rows == 0


@pytest.mark.req("PRTL-REQ-0089", "PRTL-REQ-0090", "PRTL-REQ-0092")
def test_a_view_sorts_and_filters(portal: Portal, large: dict[str, Any], truth: pa.Table) -> None:
    view = {"sort": [["phot_g_mean_mag", "desc"]], "filter": [["ra", "<", 180], ["dec", ">=", 70]]}
    page, total = portal.rows(large["id"], view=json.dumps(view), start=5, count=50)
    wanted = truth.filter(pc.and_(pc.less(truth["ra"], 180), pc.greater_equal(truth["dec"], 70)))
    assert total == wanted.num_rows
    magnitudes = np.sort(wanted["phot_g_mean_mag"].to_numpy())[::-1]
    np.testing.assert_array_equal(page["phot_g_mean_mag"].to_numpy(), magnitudes[5:55])
    again = truth.take(page["__row__"])
    assert page["source_id"].to_pylist() == again["source_id"].to_pylist()


@pytest.mark.parametrize(
    "query",
    [
        "view={",
        "view=7",
        'view={"sort": "ra"}',
        'view={"sort": [["nothing", "asc"]]}',
        'view={"filter": [["ra", "~", 1]]}',
        'view={"filter": [["ra", "<", "north"]]}',
        "start=-1",
        "start=one",
        "count=-1",
        "count=1.5",
    ],
)
def test_a_wrong_page_is_refused(portal: Portal, large: dict[str, Any], query: str) -> None:
    error = portal.error("GET", f"results/{large['id']}/rows?{query}", 400)
    assert error["code"] == "ParameterError"
    assert error["parameter"] == query.partition("=")[0]


@pytest.mark.req("PRTL-REQ-0095", "PRTL-REQ-0110", "LSP-REQ-0014")
@pytest.mark.parametrize("form", ["csv", "tsv", "votable", "parquet", "arrow"])
def test_a_download_holds_every_row(portal: Portal, bright: dict[str, Any], form: str) -> None:
    import pyarrow.csv as pcsv
    import pyarrow.parquet as pq
    from astropy.io.votable import parse_single_table

    reply = portal.ask("GET", f"results/{bright['id']}/download", params={"format": form})
    disposition = reply.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert bright["id"] in disposition
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    data = BytesIO(reply.content)
    match form:
        case "csv":
            ids = pcsv.read_csv(data)["source_id"].to_pylist()
        case "tsv":
            options = pcsv.ParseOptions(delimiter="\t")
            ids = pcsv.read_csv(data, parse_options=options)["source_id"].to_pylist()
        case "votable":
            ids = parse_single_table(data).to_table()["source_id"].tolist()
        case "parquet":
            ids = pq.read_table(data)["source_id"].to_pylist()
        case _:
            ids = pa.ipc.open_stream(data).read_all()["source_id"].to_pylist()
    assert ids == portal.rows(bright["id"])[0]["source_id"].to_pylist()


def test_an_unknown_format_is_refused_with_those_there_are(
    portal: Portal, bright: dict[str, Any]
) -> None:
    error = portal.error("GET", f"results/{bright['id']}/download?format=xlsx", 400)
    assert error["parameter"] == "format"
    assert "parquet" in error["hint"]


def test_a_result_that_failed_tells_why(portal: Portal) -> None:
    adql = "SELECT CAST(description AS INTEGER) FROM tap_schema.tables"
    job = portal.end(portal.submit(adql)["id"])
    assert job["phase"] == "ERROR"
    error = portal.error("GET", f"results/{job['id']}/rows", 400)
    assert error == job["error"]


@pytest.mark.req("PRTL-REQ-0054")
def test_a_long_cell_is_cut_on_a_page_and_whole_alone(portal: Portal) -> None:
    long = "0123456789" * 500
    job = portal.run(f"SELECT TOP 3 '{long}' AS words, ra FROM gaia.source")
    page, total = portal.rows(job["id"])
    assert total == 3
    assert len(page["words"][1].as_py()) < len(long)
    view = json.dumps({"sort": [["ra", "desc"]]})
    whole, total = portal.rows(job["id"], whole="words", start=1, count=50, view=view)
    assert (whole.column_names, whole.num_rows, total) == (["words"], 1, 3)
    assert whole["words"][0].as_py() == long
    assert (
        "column"
        in portal.error("GET", f"results/{job['id']}/rows", 400, params={"whole": "nothing"})[
            "message"
        ]
    )
