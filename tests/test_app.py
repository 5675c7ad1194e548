"""The server extension: entry points, start, failures, configuration, several servers."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import requests
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

import lsp_jupyter
from tests.portal.conftest import LONG, Portal
from tests.servers import Server, start_server

#: What must not be imported when Jupyter only looks at the extension.
HEAVY = ["astropy", "duckdb", "numpy", "pandas", "pyarrow", "pydantic", "sqlglot", "vo_models"]


# -- entry points ---------------------------------------------------------------


#: Prints what each step has loaded: the package, the extension, the magics.
STEPS = """
import sys
import lsp_jupyter
print(*sys.modules)
assert lsp_jupyter._jupyter_server_extension_points()[0]["app"].name == "lsp_jupyter"
print(*sys.modules)
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
lsp_jupyter.load_ipython_extension(shell)
print(*shell.magics_manager.magics["cell"])
print(*shell.magics_manager.magics["line"])
"""


@pytest.mark.req("NB-REQ-0017")
def test_entry_points_load_no_weight() -> None:
    done = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    package, extension, cell, line = (row.split() for row in done.stdout.splitlines())
    assert "jupyter_server" not in package
    assert "lsp_jupyter.app" in extension
    assert not set(HEAVY) & {*package, *extension}
    assert "adql" in cell
    assert "adql" in line


def test_entry_points() -> None:
    assert lsp_jupyter._jupyter_labextension_paths() == [
        {"src": "../labextension", "dest": "lsp-jupyter"}
    ]
    (point,) = lsp_jupyter._jupyter_server_extension_points()
    assert point["app"].__module__ == point["module"]


@pytest.mark.req("NB-REQ-0017")
def test_notebook_functions_are_found_when_used() -> None:
    from lsp_jupyter import notebook

    assert lsp_jupyter.query is notebook.query
    for name in ("query", "preview", "submit", "result", "history", "tables", "show", "connect"):
        assert callable(getattr(lsp_jupyter, name))
        assert name in dir(lsp_jupyter)
    # `last` is another one after each query: it must not stick.
    assert "last" in dir(lsp_jupyter)
    assert "last" not in vars(lsp_jupyter)
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = lsp_jupyter.nothing_here


# -- a real server ---------------------------------------------------------------


def runtime_file(server: Server) -> Path:
    return server.runtime / f"lsp_jupyter-{server.process.pid}.json"


@pytest.mark.req("NB-REQ-0017", "NB-REQ-0002")
def test_a_kernel_finds_its_server_and_may_use_it(lab_server: Server) -> None:
    path = runtime_file(lab_server)
    assert path.stat().st_mode & 0o777 == 0o600
    info = json.loads(path.read_text())
    assert info["pid"] == lab_server.process.pid
    assert info["url"] == lab_server.url
    assert info["state"] == str(lab_server.state)
    assert info["version"] == lsp_jupyter.__version__
    assert info["token"] != lab_server.token
    headers = {"Authorization": f"Bearer {info['token']}"}
    assert requests.get(f"{lab_server.base}portal/jobs", headers=headers, timeout=10).ok
    # It opens the platform, and nothing else of Jupyter.
    assert (
        requests.get(f"{lab_server.url}api/contents", headers=headers, timeout=10).status_code
        == 403
    )


def test_no_route_was_left_without_authentication(lab_server: Server) -> None:
    log = lab_server.log.read_text()
    assert "lsp_jupyter | extension was successfully loaded" in log
    # Jupyter lists handlers that forgot it, and lists other extensions' too.
    assert not re.search(r"registered for \S*/lsp_jupyter", log)
    assert lab_server.token not in log
    assert json.loads(runtime_file(lab_server).read_text())["token"] not in log


def test_version_and_health_are_for_everybody(lab_server: Server) -> None:
    version = requests.get(f"{lab_server.base}version", timeout=10).json()
    assert version["package"] == lsp_jupyter.__version__
    assert (version["api"], version["instance"], version["role"]) == (1, "local", "local")
    assert version["labextension"] is None or version["labextension"][0].isdigit()
    health = requests.get(f"{lab_server.base}health", timeout=10)
    assert (health.status_code, health.json()) == (200, {"status": "ok"})


# -- a second server --------------------------------------------------------------


@pytest.fixture(scope="module")
def second(
    lab_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    """Another server on the same state folder, configured by file and command line."""
    root = tmp_path_factory.mktemp("second")
    (root / "config").mkdir()
    (root / "config" / "jupyter_lsp_jupyter_config.json").write_text(
        json.dumps({"LspConfig": {"instance": "from-file", "heartbeat": 30.0}})
    )
    server = start_server(root, lab_server.state, "--LspConfig.heartbeat=1")
    yield SimpleNamespace(server=server, first=Portal(lab_server), portal=Portal(server))
    server.stop()
    assert not runtime_file(server).exists()
    assert runtime_file(lab_server).exists()
    assert "Traceback" not in server.log.read_text()


def test_file_and_command_line_configure_it(second: SimpleNamespace) -> None:
    version = requests.get(f"{second.server.base}version", timeout=10).json()
    assert version["instance"] == "from-file"

    async def heartbeat() -> list[str]:
        url = f"{second.server.base.replace('http', 'ws', 1)}portal/events"
        socket = await websocket_connect(HTTPRequest(url, headers=second.server.headers))
        topics = [json.loads(await socket.read_message())["topic"] for _ in range(2)]
        socket.close()
        return topics

    # The command line wins over the file.
    assert asyncio.run(asyncio.wait_for(heartbeat(), 10)) == ["hello", "ping"]


@pytest.mark.req("LSP-REQ-0022", "LSP-REQ-0005")
def test_servers_on_one_state_folder_share_jobs_and_results(second: SimpleNamespace) -> None:
    job = second.first.run("SELECT TOP 20 source_id, ra FROM gaia.source")
    assert second.portal.get(f"jobs/{job['id']}") == job
    assert job["id"] in [each["id"] for each in second.portal.get("jobs")["jobs"]]
    one, two = (each.rows(job["id"])[0] for each in (second.first, second.portal))
    assert one.equals(two)
    own = second.portal.run("SELECT TOP 5 ra FROM gaia.source")
    assert second.first.get("jobs", last=1)["jobs"][0] == own
    assert second.first.get(f"results/{own['id']}/file") == second.portal.get(
        f"results/{own['id']}/file"
    )
    second.first.ask("DELETE", f"jobs/{own['id']}", 204)
    second.portal.error("GET", f"jobs/{own['id']}", 404)
    second.portal.error("GET", f"results/{own['id']}", 404)


# -- in this process --------------------------------------------------------------


async def test_it_works_below_another_base_url(jp_fetch: Any, jp_base_url: str) -> None:
    # Nothing called the start hook here: the first request starts the platform.
    assert jp_base_url != "/"
    made = await jp_fetch(
        "lsp_jupyter",
        "portal",
        "jobs",
        method="POST",
        body=json.dumps({"adql": "SELECT TOP 5 ra FROM gaia.source"}),
    )
    job = json.loads(made.body)
    while job["phase"] not in ("COMPLETED", "ERROR"):
        reply = await jp_fetch("lsp_jupyter", "portal", "jobs", job["id"], params={"wait": "10"})
        job = json.loads(reply.body)
    page = await jp_fetch("lsp_jupyter", "portal", "results", job["id"], "rows")
    assert pa.ipc.open_stream(page.body).read_all().num_rows == 5


async def test_a_server_that_runs_a_query_is_not_idle(jp_fetch: Any, jp_serverapp: Any) -> None:
    async def send(*path: str, **body: str) -> dict[str, Any]:
        reply = await jp_fetch("lsp_jupyter", "portal", *path, method="POST", body=json.dumps(body))
        return json.loads(reply.body)

    (app,) = jp_serverapp.extension_manager.extension_apps["lsp_jupyter"]
    assert not app.current_activity()
    job = await send("jobs", adql=LONG)
    assert app.current_activity() == [job["id"]]
    await send("jobs", job["id"], "abort")
    assert not app.current_activity()


async def refused(jp_fetch: Any, *path: str) -> Any:
    with pytest.raises(HTTPClientError) as error:
        await jp_fetch("lsp_jupyter", *path)
    assert error.value.code == 503
    assert int(error.value.response.headers["Retry-After"]) >= 1
    return error.value.response


@pytest.fixture
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A state folder the platform cannot start on."""
    state = tmp_path / "broken"
    if request.param == "a file":
        state.write_text("no folder")
    else:
        state.mkdir()
        (state / "jobs.sqlite").write_bytes(b"no database at all" * 1000)
    return state


@pytest.mark.parametrize("broken", ["a file", "a broken database"], indirect=True)
class TestBroken:
    """Jupyter comes up whatever happens to the platform."""

    @pytest.fixture
    def jp_server_config(self, broken: Path) -> dict[str, Any]:
        return {
            "ServerApp": {"jpserver_extensions": {"lsp_jupyter": True}},
            "LspConfig": {"state_dir": str(broken)},
        }

    async def test_routes_tell_why(
        self, jp_fetch: Any, broken: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert (await jp_fetch("api")).code == 200
        assert (await jp_fetch("lsp_jupyter", "version")).code == 200
        for path in (("health",), ("portal", "jobs"), ("portal", "catalog")):
            error = json.loads((await refused(jp_fetch, *path)).body)["error"]
            assert error["code"] == "ServiceUnavailable"
            assert "did not start" in error["message"]
            assert error["hint"]
            assert str(broken) not in error["message"]
        reply = await refused(jp_fetch, "tap", "tables")
        assert b'value="ERROR"' in reply.body
        told = [each for each in caplog.records if each.levelname == "ERROR"]
        assert sum(each.message.startswith("The platform did not start") for each in told) == 1
        # A stranger is told nothing of it.
        with pytest.raises(HTTPClientError) as error:
            await jp_fetch("lsp_jupyter", "portal", "jobs", headers={"Authorization": "Bearer x"})
        assert error.value.code == 401
