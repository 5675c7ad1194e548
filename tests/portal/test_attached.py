"""The two roles as two processes: everything through the attached one, nothing run by it."""

from __future__ import annotations

import asyncio
import json
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
import pyvo
import requests
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from tests.portal.conftest import BRIGHT, Portal
from tests.servers import Server, start_server


@dataclass
class Attached:
    """A server in the attached role, and the one it is attached to."""

    server: Server
    platform: Server
    token_file: Path
    portal: Portal


@pytest.fixture(scope="module")
def attached(lab_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attached]:
    root = tmp_path_factory.mktemp("attached")
    token_file = root / "platform-token"
    token_file.touch(0o600)
    token_file.write_text(f"{lab_server.token}\n")
    server = start_server(
        root,
        root / "state",
        "--LspConfig.role=attached",
        f"--LspConfig.platform_url={lab_server.base}",
        f"--LspConfig.platform_token_file={token_file}",
    )
    yield Attached(server, lab_server, token_file, Portal(server))
    server.stop()


def copies(attached: Attached) -> list[str]:
    return sorted(path.name for path in (attached.server.state / "results/attached").iterdir())


@pytest.mark.req("LSP-REQ-0032")
def test_the_attached_server_runs_nothing_of_its_own(attached: Attached) -> None:
    version = requests.get(f"{attached.server.base}version", timeout=10).json()
    assert version["role"] == "attached"
    assert requests.get(f"{attached.platform.base}version", timeout=10).json()["role"] == "local"
    attached.portal.run("SELECT TOP 3 ra FROM gaia.source")

    def workers(server: Server) -> list[str]:
        children = psutil.Process(server.process.pid).children(recursive=True)
        commands = [" ".join(child.cmdline()) for child in children]
        return [command for command in commands if "duckdb_worker" in command]

    assert workers(attached.platform)
    assert not workers(attached.server)
    assert not list(attached.server.state.glob("*.sqlite"))
    assert not (attached.server.state / "native").exists()


def test_both_show_the_same(attached: Attached) -> None:
    direct = Portal(attached.platform)
    for path in ("catalog", "examples", "jobs"):
        assert attached.portal.get(path) == direct.get(path)
    job = attached.portal.run(BRIGHT, run_id="through")
    assert direct.get(f"jobs/{job['id']}") == job
    for portal in (attached.portal, direct):
        page, total = portal.rows(job["id"], start=2, count=5, view='{"sort":[["ra","asc"]]}')
        assert (page.num_rows, total) == (5, job["rows"])
    one = attached.portal.ask("GET", f"results/{job['id']}/rows")
    two = direct.ask("GET", f"results/{job['id']}/rows")
    assert one.content == two.content
    assert one.headers["Content-Type"] == two.headers["Content-Type"]
    download = attached.portal.ask("GET", f"results/{job['id']}/download?format=csv")
    assert "attachment" in download.headers["Content-Disposition"]
    assert download.text.startswith("source_id,")
    selected = attached.portal.ask(
        "PUT", f"results/{job['id']}/selection", json={"ranges": [[1, 3]]}
    ).json()
    assert direct.get(f"results/{job['id']}/selection") == selected


def test_tables_of_ones_own_are_stored_through_it(attached: Attached) -> None:
    path, data = "tables/through?title=A%20few", b"id,ra,dec\n1,2,3\n"
    made = attached.portal.ask("PUT", path, 201, data=data).json()
    direct = Portal(attached.platform)
    assert made == direct.get("tables/through")
    assert attached.portal.get("tables") == direct.get("tables")
    assert attached.portal.error("PUT", "tables/through", 409, data=b"id\n1\n")
    attached.portal.ask("PATCH", "tables/through", json={"name": "passed"})
    attached.portal.ask("DELETE", "tables/passed", 204)
    assert attached.portal.error("GET", "tables/passed", 404) == direct.error(
        "GET", "tables/passed", 404
    )


@pytest.mark.req("LSP-REQ-0005", "NB-REQ-0029")
def test_a_kernel_maps_a_local_copy(attached: Attached) -> None:
    job = attached.portal.submit("SELECT source_id, ra, dec FROM gaia.source WHERE dec > 0")
    # Asked for while the query still runs, and four times at once.
    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(lambda _: attached.portal.get(f"results/{job['id']}/file"), range(4)))
    assert all(file == files[0] for file in files)
    file = files[0]
    path = Path(file["path"])
    assert path == attached.server.state / "results/attached" / f"{job['id']}.arrow"
    assert path.stat().st_size == file["size"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    table = pa.ipc.open_stream(pa.memory_map(str(path))).read_all()
    assert (table.num_rows, file["complete"], file["overflow"]) == (file["rows"], True, False)
    original = Portal(attached.platform).get(f"results/{job['id']}/file")
    assert original["path"] != str(path)
    assert path.read_bytes() == Path(original["path"]).read_bytes()
    before = path.stat().st_mtime_ns
    assert attached.portal.get(f"results/{job['id']}/file") == file
    assert path.stat().st_mtime_ns == before
    # The copy goes with the job, whoever deletes it.
    attached.portal.ask("DELETE", f"jobs/{job['id']}", 204)
    assert f"{job['id']}.arrow" not in copies(attached)
    other = attached.portal.run("SELECT TOP 2 ra FROM gaia.source")
    attached.portal.get(f"results/{other['id']}/file")
    assert f"{other['id']}.arrow" in copies(attached)
    Portal(attached.platform).ask("DELETE", f"jobs/{other['id']}", 204)
    attached.portal.error("GET", f"results/{other['id']}/file", 404)
    assert not [name for name in copies(attached) if name.startswith((other["id"], job["id"]))]


def test_the_copy_of_a_failed_query_is_its_error(attached: Attached) -> None:
    job = attached.portal.end(
        attached.portal.submit("SELECT CAST(description AS INTEGER) FROM tap_schema.tables")["id"]
    )
    error = attached.portal.error("GET", f"results/{job['id']}/file", 400)
    assert error == job["error"]


@pytest.mark.req("PRTL-REQ-0011")
def test_events_are_passed_on(attached: Attached) -> None:
    url = f"{attached.server.base.replace('http', 'ws', 1)}portal/events"

    async def main() -> None:
        socket = await websocket_connect(HTTPRequest(url, headers=attached.server.headers))
        hello = json.loads(await socket.read_message())
        assert hello["topic"] == "hello"
        job = await asyncio.to_thread(attached.portal.run, "SELECT TOP 4 ra FROM gaia.source")
        phase = ""
        while phase != "COMPLETED":
            message = json.loads(await socket.read_message())
            if message["id"] == job["id"]:
                phase = message["state"]["phase"]
        socket.close()
        again = await websocket_connect(
            HTTPRequest(f"{url}?since={hello['seq']}", headers=attached.server.headers)
        )
        assert json.loads(await again.read_message())["seq"] == hello["seq"]
        assert json.loads(await again.read_message())["seq"] > hello["seq"]
        show = {"id": job["id"]}
        shown = await asyncio.to_thread(attached.portal.ask, "POST", "show", 202, json=show)
        assert shown.json()["listeners"] >= 1
        while json.loads(await again.read_message())["topic"] != "show":
            pass
        again.close()
        # The platform's own token opens the platform, not this server.
        for headers in ({}, attached.platform.headers):
            with pytest.raises(HTTPClientError) as error:
                await websocket_connect(HTTPRequest(url, headers=headers))
            assert error.value.code == 401

    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.req("API-REQ-0006", "API-REQ-0007", "API-REQ-0008")
def test_pyvo_works_through_it(attached: Attached) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        service = pyvo.dal.TAPService(
            f"{attached.server.base}tap", session=attached.server.session()
        )
        assert "gaia.source" in service.tables.keys()  # noqa: SIM118 - not a mapping
        direct = service.run_sync(BRIGHT).to_table()
        job = service.submit_job(BRIGHT)
        assert job.url.startswith(f"{attached.server.base}tap/async/")
        job.run()
        job.wait(timeout=30)
        job.raise_if_error()
        assert job.result_uri.startswith(f"{attached.server.base}tap/async/")
        later = job.fetch_result().to_table()
        job.delete()
        assert len(direct) == len(later) > 10
        assert list(direct["source_id"]) == list(later["source_id"])
        with pytest.raises(pyvo.dal.DALQueryError, match="sorce"):
            service.run_sync("SELECT * FROM gaia.sorce")


def test_no_address_of_the_platform_leaks(attached: Attached) -> None:
    """Documents and redirects lead to where the client came from."""
    session = attached.server.session()
    tap = f"{attached.server.base}tap"
    data = {"LANG": "ADQL", "QUERY": BRIGHT, "PHASE": "RUN"}
    made = session.post(f"{tap}/async", data=data, allow_redirects=False, timeout=30)
    assert made.status_code == 303
    assert made.headers["Location"].startswith(f"{tap}/async/")
    job = made.headers["Location"]
    session.get(f"{job}?WAIT=20", timeout=30)
    for url in (job, f"{tap}/async", f"{tap}/capabilities", f"{job}/results"):
        reply = session.get(url, timeout=30)
        assert reply.status_code == 200
        assert attached.platform.url not in reply.text
    assert tap in session.get(f"{tap}/capabilities", timeout=30).text
    # Only who has a token may choose the address.
    public = f"{attached.platform.base}tap/capabilities"
    for credentials in ({}, {"Authorization": "Bearer wrong"}):
        forged = credentials | {"X-LSP-Public-URL": "http://evil.example/"}
        reply = requests.get(public, headers=forged, timeout=10)
        assert reply.status_code == 200
        assert "evil" not in reply.text


def test_errors_of_the_platform_are_passed_as_they_are(attached: Attached) -> None:
    error = attached.portal.error("POST", "jobs", 400, json={"adql": "SELECT x FROM gaia.source"})
    assert (error["code"], error["line"], error["column"]) == ("AdqlError", 1, 8)
    assert attached.portal.error("GET", "jobs/nothing", 404)["code"] == "JobNotFoundError"
    reply = attached.portal.session.get(
        f"{attached.server.base}tap/sync?QUERY=SELEC&LANG=ADQL", timeout=30
    )
    assert reply.status_code == 400
    assert 'value="ERROR"' in reply.text
    assert attached.portal.error("GET", "jobs%2F..%2F..%2Fversion", 404)
    long = attached.portal.error("POST", "jobs", 413, data=b" " * (20 << 20))
    assert long["code"] == "LimitError"


@pytest.mark.req("API-REQ-0003")
def test_each_server_has_its_own_credentials(attached: Attached) -> None:
    for headers in ({}, attached.platform.headers):
        for path, challenge in (("portal/jobs", "Bearer"), ("tap/tables", "Basic")):
            reply = requests.get(f"{attached.server.base}{path}", headers=headers, timeout=10)
            assert reply.status_code == 401
            assert challenge in reply.headers["WWW-Authenticate"]
    reply = attached.portal.ask("GET", f"jobs?token={attached.server.token}", 401)
    assert reply.json()["error"]["code"] == "AuthenticationError"
    assert "Set-Cookie" not in attached.portal.ask("GET", "jobs").headers


def test_the_platforms_token_is_read_at_each_call_and_never_shown(attached: Attached) -> None:
    right = attached.token_file.read_text()
    try:
        attached.token_file.write_text("expired-0123456789")
        error = attached.portal.error("GET", "jobs", 502)
        assert error["code"] == "RemoteError"
        assert "token" in error["hint"].lower()
        reply = attached.portal.session.get(f"{attached.server.base}tap/tables", timeout=10)
        assert reply.status_code == 502
        assert "expired-0123456789" not in reply.text
        attached.token_file.write_text(right)
        attached.token_file.chmod(0o644)
        assert "chmod" in attached.portal.error("GET", "jobs", 502)["hint"]
        attached.token_file.unlink()
        assert attached.portal.error("GET", "jobs", 502)["hint"]
    finally:
        attached.token_file.touch(0o600)
        attached.token_file.chmod(0o600)
        attached.token_file.write_text(right)
    attached.portal.get("jobs")
    log = attached.server.log.read_text()
    assert right.strip() not in log
    assert "expired-0123456789" not in log
    assert attached.server.token not in log
    for path in attached.server.runtime.glob("lsp_jupyter-*.json"):
        assert right.strip() not in path.read_text()


def test_a_large_result_passes_in_little_memory(attached: Attached) -> None:
    job = attached.portal.run("SELECT * FROM gaia.source")
    process = psutil.Process(attached.server.process.pid)
    attached.portal.get("jobs")
    before = peak = process.memory_info().rss
    size = 0
    url = f"{attached.portal.base}results/{job['id']}/download?format=votable"
    with attached.portal.session.get(url, stream=True, timeout=60) as reply:
        assert reply.status_code == 200
        for chunk in reply.iter_content(1 << 20):
            size += len(chunk)
            peak = max(peak, process.memory_info().rss)
    assert size > 20 << 20
    assert peak - before < 32 << 20


def test_a_client_that_goes_away_ends_the_transfer(attached: Attached) -> None:
    job = attached.portal.run("SELECT * FROM gaia.source")
    url = f"{attached.portal.base}results/{job['id']}/download?format=votable"
    for _ in range(3):
        with attached.portal.session.get(url, stream=True, timeout=60) as reply:
            next(reply.iter_content(1 << 16))
    # Both go on, and no connection between them is left behind.
    attached.portal.get("jobs")
    port = int(attached.platform.url.rstrip("/").rpartition(":")[2])

    def open_connections() -> int:
        process = psutil.Process(attached.server.process.pid)
        return sum(
            1
            for each in process.net_connections("tcp")
            if each.raddr and each.raddr.port == port and each.status == "ESTABLISHED"
        )

    deadline = time.monotonic() + 10
    while open_connections():  # The other process has no event to wait for.
        assert time.monotonic() < deadline
        time.sleep(0.05)
