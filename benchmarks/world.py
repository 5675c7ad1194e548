"""What benchmarks measure on: the demo catalogues, a real server, and the engine without us."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from lsp_jupyter.adql import Compiled, compile_query
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.identity import local_caller

__all__ = ["Server", "World"]

ROOT = Path(__file__).resolve().parent.parent


class Server:
    """A Jupyter server with the platform, in a process of its own.

    Parameters
    ----------
    root : `~pathlib.Path`
        A folder of its own for Jupyter's files.
    state : `~pathlib.Path`
        The platform's state folder.
    """

    def __init__(self, root: Path, state: Path) -> None:
        self.token = secrets.token_hex(16)
        folders = {name: root / name for name in ("config", "data", "runtime", "home", "work")}
        for folder in folders.values():
            folder.mkdir(parents=True)
        self.runtime = folders["runtime"]
        (folders["config"] / "jupyter_server_config.json").write_text(
            json.dumps(
                {
                    "ServerApp": {"jpserver_extensions": {"jupyterlab": True, "lsp_jupyter": True}},
                    "IdentityProvider": {"token": self.token},
                    "LabApp": {"expose_app_in_browser": True, "extension_manager": "readonly"},
                }
            )
        )
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = int(sock.getsockname()[1])
        self.env = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("JUPYTER", "JPY"))
        } | {
            "JUPYTER_CONFIG_DIR": str(folders["config"]),
            "JUPYTER_DATA_DIR": str(folders["data"]),
            "JUPYTER_RUNTIME_DIR": str(folders["runtime"]),
            "HOME": str(folders["home"]),
            "PYTHONPATH": str(ROOT),
        }
        self.log = root / "server.log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"),
                    *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}"),
                    *("--ServerApp.port_retries=0", f"--ServerApp.root_dir={folders['work']}"),
                    f"--LspConfig.state_dir={state}",
                ],
                stdout=out,
                stderr=out,
                env=self.env,
            )
        self._wait()
        # One connection, kept: a request costs what the server takes, not TCP's start.
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            try:
                probe.request("GET", "/lsp_jupyter/health")
                if probe.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
            finally:
                probe.close()
        self.stop()
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")

    def request(
        self, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request below ``lsp_jupyter/`` and read the whole answer.

        Raises
        ------
        RuntimeError
            Raised if the status is 400 or more.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        if kind:
            headers["Content-Type"] = kind
        self.connection.request(method, f"/lsp_jupyter/{path}", body, headers)
        response = self.connection.getresponse()
        data = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {data[:500]!r}")
        return response, data

    def json(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Send and receive JSON."""
        data = None if body is None else json.dumps(body).encode()
        answer: dict[str, Any] = json.loads(self.request(method, path, data, "application/json")[1])
        return answer

    def run(self, adql: str) -> str:
        """Run a query to its end; the job's id."""
        job = self.json("POST", "portal/jobs", {"adql": adql})
        while job["phase"] in ("PENDING", "QUEUED", "EXECUTING"):
            job = self.json("GET", f"portal/jobs/{job['id']}?wait=30&phase={job['phase']}")
        if job["phase"] != "COMPLETED":
            raise RuntimeError(f"The query failed: {job['error']}")
        return str(job["id"])

    def stop(self) -> None:
        """End it and wait."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)


class World:
    """Everything a benchmark may use, made when it is first asked for.

    Parameters
    ----------
    state : `~pathlib.Path`, optional
        State folder to use; by default a new one that is removed at the end.
    rounds : `int`
        Overrides how often each benchmark measures; 0 leaves it to them.
    """

    def __init__(self, state: Path | None = None, *, rounds: int = 0) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="lsp-bench-"))
        self._state = state
        self._rounds = rounds
        self._connections: list[duckdb.DuckDBPyConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if "server" in vars(self):
            self.server.stop()
        for connection in self._connections:
            connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def rounds(self, usual: int) -> int:
        """How often to measure."""
        return self._rounds or usual

    @cached_property
    def config(self) -> LspConfig:
        """The default configuration over the state folder, with the demo loaded."""
        from lsp_jupyter.demo.load import load_demo

        config = LspConfig(state_dir=str(self._state or self.scratch / "state"))
        load_demo(config)
        return config

    @cached_property
    def catalog(self) -> Catalog:
        """The catalogue of the state folder."""
        return Catalog(self.config.state())

    @cached_property
    def server(self) -> Server:
        """A server over the same state."""
        return Server(self.scratch / "server", self.config.state())

    def compile(self, adql: str) -> Compiled:
        """What the platform makes of a query."""
        caller = local_caller(self.config.state(), self.config.instance)
        return compile_query(adql, self.catalog.snapshot(caller), maxrec=self.config.maxrec)

    def raw(self, compiled: Compiled) -> duckdb.DuckDBPyConnection:
        """The engine alone: a connection of this process to the same native files.

        It has the memory and the threads that a worker has.
        """
        connection = duckdb.connect()
        self._connections.append(connection)
        connection.execute(f"SET threads={self.config.worker_threads}")
        connection.execute(f"SET memory_limit='{self.config.worker_memory}B'")
        for attachment in self.catalog.pin(compiled.tables):
            connection.execute(f"ATTACH '{attachment.path}' AS \"{attachment.alias}\" (READ_ONLY)")
        return connection
