"""Outside TAP services: another real server of ours, one that fails, and none that is near."""

from __future__ import annotations

import asyncio
import gzip
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from tests.servers import Server, copy_state, start_server

from .conftest import LONG, Portal

VOTABLE = (
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
    '<RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>'
    '<FIELD name="a" datatype="long"/><DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE>'
    "{after}</RESOURCE></VOTABLE>"
)
ROWS = "<TR><TD>9007199254740993</TD></TR><TR><TD>2</TD></TR>"
OVERFLOW = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>'
LATE = '<INFO name="QUERY_STATUS" value="ERROR">The disk broke &amp; fell</INFO>'
WHOLE = VOTABLE.format(rows=ROWS, after="")


class Faulty(RequestHandler):
    """A TAP service whose query text names what it does wrong."""

    async def post(self, path: str) -> None:
        what = self.get_argument("QUERY", "")
        if what == "refused":
            self.set_status(400)
            await self.finish(
                '<VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">'
                "No such column: x</INFO></RESOURCE></VOTABLE>"
            )
            return
        if path.endswith("async"):
            self.redirect(f"/tap/async/{what}", status=303)

    async def get(self, path: str) -> None:
        what = path.split("/")[1] if path.startswith("async/") else ""
        if path.endswith("/result"):
            answers = {
                "whole": WHOLE,
                "cut": WHOLE[: WHOLE.index("</TABLEDATA>")],
                "tail": WHOLE.removesuffix("</RESOURCE></VOTABLE>"),
                "overflow": VOTABLE.format(rows=ROWS, after=OVERFLOW),
                "late": VOTABLE.format(rows=ROWS, after=LATE),
                "html": "<html><body>Maintenance</body></html>",
                "text": "busy",
                "nrows": WHOLE.replace("<TABLE>", '<TABLE nrows="3">'),
                "href": WHOLE.replace(
                    "<TABLEDATA>" + ROWS + "</TABLEDATA>",
                    '<BINARY><STREAM href="file:///etc/passwd"/></BINARY>',
                ),
                "entity": '<!DOCTYPE x [<!ENTITY a "b">]>' + WHOLE,
            }
            if what == "short":
                self.set_header("Content-Length", "100000")
                self.write(WHOLE[:100])
                await self.flush()
                self.request.connection.close()  # type: ignore[attr-defined]
                return
            if what == "gzip":
                await self.finish(gzip.compress(answers["whole"].encode()))
                return
            await self.finish(answers[what])
        elif what == "circle":
            self.redirect(f"/tap/async/{what}", status=302)
        elif what == "inside":
            self.redirect("http://[::1]:1/secret", status=302)
        elif what == "never":
            await asyncio.sleep(30)
        elif what == "failed":
            await self.finish(
                '<job xmlns="http://www.ivoa.net/xml/UWS/v1.0"><jobId>x</jobId>'
                "<phase>ERROR</phase><errorSummary><message>Out of memory</message>"
                "</errorSummary></job>"
                if not path.endswith("/error")
                else "Out of memory at node 7"
            )
        elif what:
            await self.finish(
                '<uws:job xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0">'
                "<uws:jobId>x</uws:jobId><uws:phase>COMPLETED</uws:phase></uws:job>"
            )
        else:
            self.set_status(404)


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    """The URL of such a service."""
    ready = threading.Event()
    told: dict[str, Any] = {}

    def serve() -> None:
        async def main() -> None:
            server = HTTPServer(Application([(r"/tap/(.*)", Faulty)]))
            (socket,) = bind_sockets(0, "127.0.0.1")
            server.add_sockets([socket])
            told["port"], told["loop"] = socket.getsockname()[1], asyncio.get_running_loop()
            told["stop"] = asyncio.Event()
            ready.set()
            await told["stop"].wait()
            server.stop()
            await server.close_all_connections()

        asyncio.run(main())

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    yield f"http://127.0.0.1:{told['port']}/tap"
    told["loop"].call_soon_threadsafe(told["stop"].set)
    thread.join(10)


@pytest.fixture(scope="module")
def asking(
    lab_server: Server, demo_state: Path, faulty: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """A second server, which knows the first one and the faulty one as outside services."""
    root = tmp_path_factory.mktemp("asking")
    token = root / "token"
    token.touch(0o600)
    token.write_text(lab_server.token)
    services = {
        "ours": {"title": "Ours", "url": f"{lab_server.base}tap", "token_file": str(token)},
        "faulty": {"title": "Faulty", "url": faulty},
    }
    server = start_server(
        root,
        copy_state(demo_state, root / "state"),
        settings={"tap_services": services, "tap_near": ["127.0.0.1"], "tap_timeout": 1.5},
    )
    portal = Portal(server)
    yield portal
    portal.session.close()
    server.stop()


def run(portal: Portal, adql: str, service: str = "ours", **body: Any) -> dict[str, Any]:
    return portal.end(portal.submit(adql, service=service, **body)["id"])


def test_a_query_runs_there_and_its_result_is_like_any(asking: Portal, lab_server: Server) -> None:
    adql = "SELECT TOP 500 source_id, ra, dec, phot_g_mean_mag FROM gaia.source ORDER BY source_id"

    def jobs() -> set[str]:
        listed = lab_server.session().get(f"{lab_server.base}tap/async", timeout=10).text
        return set(re.findall(r'<uws:jobref id="(\w+)"', listed))

    before = jobs()
    job = run(asking, adql)
    assert (job["phase"], job["rows"], job["service"]) == ("COMPLETED", 500, "ours"), job
    there, _ = asking.rows(job["id"], limit=500)
    own = asking.end(asking.submit(adql)["id"])
    here, _ = asking.rows(own["id"], limit=500)
    assert own["service"] is None
    # Every bit of every identifier and number came through.
    assert there.to_pydict() == here.to_pydict()
    field = there.schema.field("ra")
    assert field.metadata[b"unit"] == b"deg"
    # It is a table of queries here.
    again = asking.run(f'SELECT COUNT(*) AS n FROM job."{job["id"]}" WHERE ra < 180')
    assert again["rows"] == 1
    # Nothing of it is left there.
    for _ in range(50):
        if jobs() <= before:
            break
        time.sleep(0.1)
    assert jobs() <= before


def test_what_is_cut_off_says_so(asking: Portal) -> None:
    job = run(asking, "SELECT source_id FROM gaia.source", maxrec=7)
    assert (job["phase"], job["rows"], job["overflow"]) == ("COMPLETED", 7, True)


def test_a_wrong_query_is_explained_by_who_runs_it(asking: Portal) -> None:
    job = run(asking, "SELECT nothing FROM gaia.source")
    assert job["phase"] == "ERROR"
    assert "127.0.0.1" in job["error"]["message"]
    assert "nothing" in job["error"]["message"]


def test_cancelling_ends_it_there_too(asking: Portal, lab_server: Server) -> None:
    job = asking.submit(LONG, service="ours")["id"]
    deadline = time.monotonic() + 20
    while asking.get(f"jobs/{job}")["phase"] != "EXECUTING" and time.monotonic() < deadline:
        time.sleep(0.05)
    start = time.monotonic()
    asking.ask("POST", f"jobs/{job}/abort", json={})
    assert asking.get(f"jobs/{job}")["phase"] == "ABORTED"
    assert time.monotonic() - start < 2
    with lab_server.session() as session:
        while time.monotonic() < start + 10:
            text = session.get(f"{lab_server.base}tap/async", timeout=10).text
            if "EXECUTING" not in text and "QUEUED" not in text:
                break
            time.sleep(0.1)
    assert "EXECUTING" not in text


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("cut", "before its end"),
        ("tail", "before its end"),
        ("short", "before its answer was complete"),
        ("late", "The disk broke & fell"),
        ("html", "no VOTable|before its end|something else"),
        ("text", "something else than a VOTable"),
        ("nrows", "declares 3 rows, but holds 2"),
        ("href", "address"),
        ("entity", "DOCTYPE|document type"),
        ("circle", "redirects too often"),
        ("inside", "may not be asked"),
        ("never", "did not answer in time"),
        ("failed", "Out of memory at node 7"),
        ("refused", "No such column: x"),
    ],
)
def test_lies_and_faults_are_errors_with_their_cause(asking: Portal, what: str, words: str) -> None:
    start = time.monotonic()
    job = run(asking, what, "faulty")
    assert job["phase"] == "ERROR", job
    assert re.search(words, job["error"]["message"]), job["error"]
    assert "127.0.0.1" in job["error"]["message"] or what == "inside"
    assert time.monotonic() - start < 3 + 4
    # No row of it is to be had.
    answer = asking.session.get(f"{asking.base}results/{job['id']}/rows", timeout=10)
    assert answer.status_code in (400, 403, 502)
    assert "error" in answer.json()


@pytest.mark.parametrize("what", ["whole", "gzip", "overflow"])
def test_what_is_whole_is_taken(asking: Portal, what: str) -> None:
    job = run(asking, what, "faulty")
    assert (job["phase"], job["rows"]) == ("COMPLETED", 2), job
    assert job["overflow"] is (what == "overflow")
    table, _ = asking.rows(job["id"])
    assert table["a"].to_pylist() == [9007199254740993, 2]


def test_services_are_listed_added_and_removed(asking: Portal) -> None:
    names = [each["name"] for each in asking.get("services")["services"]]
    assert names == ["ours", "faulty"]
    url = "https://archive.example.org/tap/sync/"
    made = asking.ask("POST", "services", 201, json={"name": "mine", "url": url}).json()
    assert made == {
        "name": "mine",
        "url": "https://archive.example.org/tap",
        "title": "mine",
        "own": True,
    }
    assert asking.get("services/mine") == made
    asking.error("POST", "services", 409, json={"name": "mine", "url": url})
    asking.error("POST", "services", 409, json={"name": "ours", "url": url})
    asking.ask("DELETE", "services/mine", 204)
    asking.error("DELETE", "services/mine", 404)
    asking.error("DELETE", "services/ours", 400)
    # The token never leaves the server.
    assert asking.server.token not in asking.ask("GET", "services").text


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"name": "x"}, "url"),
        ({"url": "https://a.example.org"}, "name"),
        ({"name": "../x", "url": "https://a.example.org"}, "name"),
        ({"name": "x", "url": "file:///etc/passwd"}, "url"),
        ({"name": "x", "url": "https://user:secret@a.example.org/tap"}, "url"),
        ({"name": "x", "url": "https://a.example.org/tap?x=1"}, "url"),
        ({"name": "x", "url": "https://a.example.org:99999/tap"}, "url"),
        ({"name": "x", "url": "https://a.example.org/t p"}, "url"),
        ({"name": "x", "url": "https://a.example.org/" + "x" * 2000}, "url"),
        ({"name": "x", "url": "https://a.example.org", "title": "t" * 300}, "title"),
    ],
)
def test_what_is_no_service_is_refused(
    asking: Portal, body: dict[str, str], parameter: str
) -> None:
    assert asking.error("POST", "services", 400, json=body)["parameter"] == parameter


def test_what_a_service_has(asking: Portal) -> None:
    told = asking.get("services/ours/tables")
    assert {"gaia.source", "hipparcos.main"} <= {each["name"] for each in told["tables"]}
    assert told["found"] == told["total"] > 2
    found = asking.get("services/ours/tables", search="GAIA source")["tables"]
    assert [each["name"] for each in found] == ["gaia.source"]
    assert asking.get("services/ours/tables", search="nothing like it")["tables"] == []
    columns = asking.get("services/ours/columns", table="gaia.source")["columns"]
    ra = next(each for each in columns if each["name"] == "ra")
    assert (ra["unit"], ra["datatype"]) == ("deg", "double")
    assert ra["ucd"].startswith("pos.eq.ra")
    asking.error("GET", "services/ours/columns", 404, params={"table": "no' OR '1'='1"})
    asking.error("GET", "services/nowhere/tables", 404)
    asking.error("GET", "services/faulty/tables", 502)


def test_its_examples(asking: Portal) -> None:
    examples = asking.get("services/ours/examples")["examples"]
    assert examples
    assert all(each["title"] and "SELECT" in each["adql"] for each in examples)
    assert asking.get("services/faulty/examples")["examples"] == []


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "[::1]", "localhost", "0x7f.1", "169.254.169.254", "[::ffff:127.0.0.1]"]
)
def test_near_machines_are_not_asked(portal: Portal, host: str) -> None:
    """The server of the other tests allows none of them."""
    url = f"http://{host}:{portal.server.url.rsplit(':', 1)[1].strip('/')}/lsp_jupyter/tap"
    portal.ask("POST", "services", 201, json={"name": "near", "url": url})
    try:
        job = run(portal, "SELECT 1 AS x", "near")
        assert job["phase"] == "ERROR"
        assert "may not be asked" in job["error"]["message"]
        assert portal.error("GET", "services/near/tables", 403)
    finally:
        portal.ask("DELETE", "services/near", 204)


def test_clients_of_tap_cannot_send_us_elsewhere(asking: Portal) -> None:
    answer = asking.session.post(
        f"{asking.server.base}tap/sync",
        data={"QUERY": "whole", "LANG": "ADQL", "SERVICE": "faulty"},
        timeout=10,
    )
    assert answer.status_code == 400
    assert "9007199254740993" not in answer.text


def test_a_name_that_nobody_has(asking: Portal) -> None:
    error = asking.error("POST", "jobs", 404, json={"adql": "SELECT 1", "service": "nowhere"})
    assert "nowhere" in error["message"]


def test_a_kernel_asks_by_name(asking: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    import lsp_jupyter as lsp
    from lsp_jupyter.errors import NotFoundError
    from lsp_jupyter.notebook import session
    from lsp_jupyter.notebook.client import Client

    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(asking.server.runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(asking.server.process.pid))
    monkeypatch.setattr(session, "_client", Client())
    table = lsp.query(
        "SELECT source_id, ra FROM gaia.source WHERE source_id > {low}",
        maxrec=3,
        low=5,
        service="ours",
    ).to_arrow()
    assert table.num_rows == 3
    with pytest.raises(NotFoundError, match="nowhere"):
        lsp.query("SELECT 1 AS x", service="nowhere")


def test_tables_do_not_leave_with_a_query(asking: Portal) -> None:
    body = {"adql": "SELECT 1", "service": "ours", "uploads": {"t": "param:p"}}
    error = asking.error("POST", "jobs", 400, json=body)
    assert error["parameter"] == "service"
