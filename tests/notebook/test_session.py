"""Queries, results and catalogues from code, against a real server."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
import warnings
from typing import Any

import pandas as pd
import pytest
import pyvo
from astropy.table import Table

import lsp_jupyter as lsp
from lsp_jupyter.errors import (
    AdqlError,
    AuthenticationError,
    JobNotFoundError,
    NotFoundError,
    ParameterError,
    QueryAbortedError,
    QueryError,
    QueryTimeoutError,
    ResultNotFoundError,
    ServerNotFoundError,
    StateError,
    UsageError,
)
from lsp_jupyter.notebook import results, session
from lsp_jupyter.notebook.results import CutOffWarning, Result
from tests.notebook.conftest import LONG
from tests.servers import Server

pytestmark = pytest.mark.usefixtures("as_kernel")

BRIGHT = (
    "SELECT TOP 100 source_id, ra, dec, phot_g_mean_mag FROM gaia.source ORDER BY phot_g_mean_mag"
)


@pytest.mark.req("NB-REQ-0017")
def test_a_query_gives_a_result_with_units_and_provenance() -> None:
    found = lsp.query(BRIGHT)
    assert len(found) == found.rows == 100
    assert found.phase == "COMPLETED"
    assert found.query == BRIGHT
    assert not found.overflow
    assert [column.name for column in found.columns][:2] == ["source_id", "ra"]
    assert found.columns[1].unit == "deg"
    assert found.provenance["query"] == BRIGHT
    assert found.provenance["job"] == found.id
    table = found.to_table()
    assert str(table["ra"].unit) == "deg"
    assert table["ra"].description
    assert table.meta["release"]
    frame = found.to_pandas()
    assert frame["source_id"].tolist() == table["source_id"].tolist()
    assert frame["phot_g_mean_mag"].is_monotonic_increasing
    assert found.size > 0


@pytest.mark.req("NB-REQ-0029")
def test_the_result_of_another_aspect_is_read_by_its_id(as_kernel: Server) -> None:
    service = pyvo.dal.TAPService(f"{as_kernel.base}tap", session=as_kernel.session())
    job = service.submit_job("SELECT TOP 7 hip FROM hipparcos.main")
    waiting = lsp.result(job.job_id)
    assert waiting.phase == "PENDING"
    with pytest.raises(StateError, match="not started"):
        waiting.to_arrow()
    job.run()
    job.wait(timeout=30)
    found = lsp.result(job.job_id)
    assert found.to_pandas()["hip"].tolist() == job.fetch_result().to_table()["hip"].tolist()
    assert lsp.last().id == job.job_id
    assert lsp.history(1)[0].id == job.job_id
    job.delete()
    with pytest.raises(JobNotFoundError):
        lsp.result(job.job_id)


def test_the_file_is_mapped_and_nothing_else_is_fetched() -> None:
    found = lsp.result(lsp.query(BRIGHT).id)
    found.to_arrow()
    assert found._source is not None
    assert found._source.path is not None


def test_a_kernel_without_the_servers_disk_reads_over_http(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mapped = lsp.query(BRIGHT)
    monkeypatch.setattr(results, "map_file", lambda told: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fetched = lsp.result(mapped.id)
        first = fetched.head(3)
        assert fetched._source is None
        assert first.equals(mapped.to_arrow().slice(0, 3))
        assert fetched.columns == mapped.columns
        assert fetched.provenance == mapped.provenance
        assert repr(fetched) == repr(mapped)
        assert fetched.to_arrow().equals(mapped.to_arrow(), check_metadata=True)
    frame = fetched.to_pandas()
    frame["ra"] += 1
    assert fetched.to_pandas()["ra"].tolist() == mapped.to_pandas()["ra"].tolist()


@pytest.mark.parametrize(
    ("adql", "line", "column", "says"),
    [
        ("SELECT TOP 10 mag FROM gaia.source", 1, 15, "no column"),
        ("SELECT ra\nFROM gaia.sauce", 2, 6, "gaia.source"),
        ("SELEC ra FROM gaia.source", 1, 1, ""),
        ("SELECT ra FROM gaia.source LIMIT 5", 1, 28, "TOP"),
        ("(" * 200_000, 1, 0, ""),
        ("   ", 0, 0, "no query"),
        ("SELECT ra FROM read_csv('/etc/passwd')", 1, 0, ""),
        ("DROP TABLE gaia.source", 1, 1, "SELECT"),
    ],
)
def test_a_wrong_query_is_an_error_with_its_place(
    adql: str, line: int, column: int, says: str
) -> None:
    before = {each.id for each in lsp.history(5)}
    with pytest.raises(AdqlError) as caught:
        lsp.query(adql)
    assert caught.value.line == line
    assert not column or caught.value.column == column
    assert says.lower() in str(caught.value).lower()
    assert {each.id for each in lsp.history(5)} == before


@pytest.mark.parametrize("maxrec", [-1, "x", 1.5])
def test_a_wrong_limit_is_an_error(maxrec: Any) -> None:
    with pytest.raises(ParameterError, match=r"(?i)maxrec"):
        lsp.query(BRIGHT, maxrec=maxrec)


def test_values_are_bound_and_errors_point_to_their_names() -> None:
    few = lsp.query(BRIGHT).to_pandas()["source_id"].head(5)
    adql = "SELECT source_id FROM gaia.source WHERE source_id IN {ids} AND ra > {low}"
    found = lsp.query(adql, ids=few, low=-1)
    assert set(found.to_pandas()["source_id"]) == set(few)
    with pytest.raises(AdqlError) as caught:
        lsp.query("SELECT TOP {n} nothing FROM gaia.source", n=123456)
    assert caught.value.column == 16
    with pytest.raises(AdqlError, match="no variable 'm'"):
        lsp.query("SELECT TOP {m} ra FROM gaia.source", n=1)


def test_a_cut_off_result_says_so_loudly() -> None:
    with pytest.warns(CutOffWarning, match="cut off after 5 rows") as caught:
        found = lsp.query("SELECT source_id FROM gaia.source", maxrec=5)
    assert caught[0].filename == __file__
    assert found.overflow
    assert len(found) == 5
    assert "cut off" in repr(found)
    assert "cut off" in found._repr_html_()
    assert found.to_table().meta["overflow"] is True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not lsp.query("SELECT TOP 5 source_id FROM gaia.source").overflow


def test_a_result_that_has_not_ended() -> None:
    running = lsp.submit(LONG)
    try:
        assert running.phase in ("QUEUED", "EXECUTING")
        assert running.id in repr(running)
        with pytest.raises(QueryTimeoutError, match="It goes on"):
            running.wait(0.2)
        assert lsp.result(running.id).phase in ("QUEUED", "EXECUTING")
    finally:
        running.abort()
    with pytest.raises(QueryAbortedError):
        running.to_pandas()
    assert "cancelled" in repr(running)
    with pytest.raises(QueryAbortedError):
        lsp.result(running.id).selected  # noqa: B018


def test_a_result_can_be_awaited() -> None:
    async def both() -> list[Result]:
        return list(await asyncio.gather(*(lsp.submit(BRIGHT) for _ in range(2))))

    assert [len(each) for each in asyncio.run(both())] == [100, 100]


def test_a_query_that_fails_raises_its_error() -> None:
    failed = lsp.submit("SELECT TOP 5 CAST(1e300 * ra AS INTEGER) AS x FROM gaia.source")
    with pytest.raises(QueryError) as caught:
        failed.to_pandas()
    assert failed.phase == "ERROR"
    assert str(caught.value.message) in repr(failed)


def test_a_deleted_result_is_gone() -> None:
    found = lsp.query(BRIGHT)
    kept = lsp.result(found.id)
    frame = found.to_pandas()
    found.delete()
    for use in (kept.to_arrow, lambda: kept.selected, lambda: lsp.show(kept)):
        with pytest.raises(NotFoundError):
            use()
    assert kept.id in repr(kept)
    assert found.to_pandas().equals(frame)


@pytest.mark.parametrize("job_id", ["nobody", "../../x", "a/b", "", "ü", "x" * 200, None, 5])
def test_an_unknown_id_is_not_found(job_id: Any) -> None:
    with pytest.raises(JobNotFoundError):
        lsp.result(job_id)


def test_tables_and_columns() -> None:
    assert [table.name for table in lsp.tables("GAIA*")] == ["gaia.source"]
    assert [table.name for table in lsp.tables("main")] == ["hipparcos.main"]
    listed = lsp.tables("hip*")
    assert listed[0].rows == 117_955
    assert "hipparcos.main" in repr(listed)
    assert "hipparcos.main" in listed._repr_html_()
    assert listed[:1].to_pandas()["table"].tolist() == ["hipparcos.main"]
    assert "No table" in repr(lsp.tables("nothing"))
    columns = {column.name: column for column in session.columns("Gaia.Source")}
    assert columns["ra"].unit == "deg"
    assert columns["source_id"].datatype == "long"
    with pytest.raises(NotFoundError, match=r"gaia\.source"):
        session.columns("gaia.sources")


def test_history_lists_jobs_of_every_aspect() -> None:
    found = lsp.query('SELECT TOP 1 ra AS "<b>" FROM gaia.source', run_id="first")
    listed = lsp.history()
    assert listed[0].id == found.id
    assert listed[0].job["origin"] == "notebook"
    assert listed[0].job["run_id"] == "first"
    assert len(listed[0]) == 1
    html = listed._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_a_result_is_named_and_found_again() -> None:
    found = lsp.query("SELECT TOP 1 ra AS named_ra FROM gaia.source")
    assert (found.name, found.tags) == ("", ())
    found.label("Ten of them", tags=["paper", "figure 1"])
    assert (found.name, found.tags) == ("Ten of them", ("paper", "figure 1"))
    assert [one.id for one in lsp.history(text="TEN named_ra")] == [found.id]
    assert [one.name for one in lsp.history(1, tag="figure 1")] == ["Ten of them"]
    assert found.label(tags=[]).name == "Ten of them"
    assert not lsp.history(tag="figure 1")
    with pytest.raises(ParameterError, match="256"):
        found.label("x" * 300)


@pytest.mark.req("NB-REQ-0034")
def test_selected_rows_come_back(as_kernel: Server) -> None:
    found = lsp.query(BRIGHT)
    assert len(found.selected) == 0
    assert found.selected.to_pandas().empty
    with as_kernel.session() as http:
        url = f"{as_kernel.base}portal/results/{found.id}/selection"
        view = {"sort": [["phot_g_mean_mag", "desc"]], "filter": []}
        http.put(url, json={"ranges": [[0, 2], [99, 100]], "view": view}).raise_for_status()
    selected = found.selected
    assert selected.ranges == [(0, 1), (98, 100)]
    whole = found.to_pandas()["source_id"]
    assert selected.to_pandas()["source_id"].tolist() == whole.iloc[[0, 98, 99]].tolist()
    assert str(selected.to_table()["ra"].unit) == "deg"
    assert len(selected.to_polars()) == len(selected) == selected.rows == 3
    assert selected.query == BRIGHT
    assert "3 selected rows" in repr(selected)
    assert "3 selected rows" in selected._repr_html_()


def test_many_scattered_rows() -> None:
    from lsp_jupyter.notebook.selection import Selection

    found = lsp.query("SELECT TOP 2000 source_id FROM gaia.source")
    chosen = Selection(found, [[start, start + 2] for start in range(0, 2000, 5)])
    whole = found.to_pandas()["source_id"]
    wanted = [row for row in range(2000) if row % 5 < 2]
    assert chosen.to_pandas()["source_id"].tolist() == whole.iloc[wanted].tolist()


@pytest.mark.req("NB-REQ-0030")
def test_show_reaches_the_open_tabs(as_kernel: Server) -> None:
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    found = lsp.query(BRIGHT)
    with pytest.warns(UserWarning, match="No tab") as caught:
        lsp.show(found)
    assert caught[0].filename == __file__

    async def listen() -> dict[str, Any]:
        url = as_kernel.base.replace("http", "ws", 1) + "portal/events"
        tab = await websocket_connect(HTTPRequest(url, headers=as_kernel.headers))
        await tab.read_message()
        await asyncio.to_thread(lsp.show, found.id)
        while True:
            message = json.loads(await asyncio.wait_for(tab.read_message(), 10) or "{}")
            if message.get("topic") == "show":
                tab.close()
                return dict(message)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert asyncio.run(listen())["id"] == found.id


@pytest.mark.parametrize("shown", [[1, 2], None, 5], ids=type)
def test_show_says_what_it_cannot(shown: Any) -> None:
    with pytest.raises(UsageError, match="shows results and tables"):
        lsp.show(shown)


@pytest.mark.parametrize("shown", [pd.DataFrame({"a": [1]}), Table({"a": [1]})], ids=type)
def test_show_sends_a_table_first(shown: Any) -> None:
    with pytest.warns(UserWarning, match="No tab of JupyterLab"):
        lsp.show(shown)
    assert lsp.last().to_pandas()["a"].tolist() == [1]


def test_connect_by_hand(as_kernel: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", "/nowhere")
    monkeypatch.delenv("JPY_PARENT_PID")
    before = session.client()
    with pytest.raises(ServerNotFoundError, match="jupyter lab"):
        lsp.tables()
    with pytest.raises(AuthenticationError, match="needs a token"):
        lsp.connect(as_kernel.url)
    with pytest.raises(AuthenticationError):
        lsp.connect(as_kernel.url, token="wrong")
    with pytest.raises(ServerNotFoundError, match="does not answer"):
        lsp.connect("http://127.0.0.1:9/", token="x")
    with pytest.raises(ServerNotFoundError, match="no Science Platform"):
        lsp.connect(f"{as_kernel.url}elsewhere/", token=as_kernel.token)
    assert session.client() is before
    client = lsp.connect(f"{as_kernel.url}lab/tree/x.ipynb?token={as_kernel.token}")
    assert as_kernel.token not in repr(client) + repr(client.connection)
    assert len(lsp.tables("gaia*")) == 1
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(as_kernel.runtime))
    assert lsp.connect(as_kernel.url.replace("127.0.0.1", "localhost")).connection.pid
    assert lsp.connect().connection.pid == as_kernel.process.pid


@pytest.mark.req("NB-REQ-0003")
def test_no_proxy_and_no_netrc_see_the_token(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert len(lsp.tables("gaia*")) == 1


def test_several_threads_may_ask() -> None:
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(len(lsp.query(BRIGHT)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counts == [100] * 4


def test_many_results_do_not_use_up_open_files() -> None:
    found = lsp.query(BRIGHT)
    before = len(os.listdir("/proc/self/fd"))
    kept = [lsp.result(found.id) for _ in range(50)]
    tables = [each.to_arrow() for each in kept]
    frames = [each.to_pandas() for each in kept]
    assert len(os.listdir("/proc/self/fd")) <= before + len(frames) + 5
    del frames
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 5
    assert len(tables) == 50


def test_import_is_light() -> None:
    code = (
        "import sys, lsp_jupyter as lsp\n"
        "dir(lsp)\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'astropy', 'requests', 'tornado', 'anywidget',"
        " 'ipywidgets', 'IPython', 'jupyter_server', 'traitlets'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "lsp.tables\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]


def test_a_result_that_was_collected_is_gone(as_kernel: Server) -> None:
    found = lsp.query("SELECT TOP 3 ra FROM gaia.source")
    kept = lsp.result(found.id)
    told = found._client.get(f"portal/results/{found.id}/file")
    os.unlink(told["path"])
    with pytest.raises(ResultNotFoundError):
        kept.to_arrow()
