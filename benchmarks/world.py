"""What benchmarks measure on: catalogues, a real server, the engine without us, and peers."""

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
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from benchmarks.harness import Goal
from benchmarks.peers.lsdb import Lsdb
from benchmarks.peers.postgres import Postgres
from benchmarks.peers.stilts import Stilts
from benchmarks.sky import Sky
from benchmarks.store import Store

__all__ = ["Server", "World", "tell"]

T = TypeVar("T", Postgres, Stilts, Lsdb)

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
        # The lab extension of this checkout, whether or not it was installed.
        extensions = root / "labextensions"
        extensions.mkdir()
        (extensions / "lsp-jupyter").symlink_to(ROOT / "labextension")
        (folders["config"] / "jupyter_server_config.json").write_text(
            json.dumps(
                {
                    "ServerApp": {"jpserver_extensions": {"jupyterlab": True, "lsp_jupyter": True}},
                    "IdentityProvider": {"token": self.token},
                    "LabApp": {"expose_app_in_browser": True, "extension_manager": "readonly"},
                    "LabServerApp": {"extra_labextensions_path": [str(extensions)]},
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
                    # What is measured is the work, not the memory of it.
                    "--LspConfig.reuse_results=False",
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
                pass
            finally:
                probe.close()
            time.sleep(0.1)
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
        State folder with the demo; by default a new one that is removed at the end.
    cache : `~pathlib.Path`, optional
        Folder in which the synthetic catalogues and what peers need of them are kept for
        another run; by default they are removed at the end.
    rows : `int`
        Rows of the synthetic catalogue.
    rounds : `int`
        Overrides how often each benchmark measures; 0 leaves it to them.
    peers : `bool`
        Whether other software takes part.
    """

    def __init__(
        self,
        state: Path | None = None,
        cache: Path | None = None,
        *,
        rows: int = 1_000_000,
        rounds: int = 0,
        peers: bool = True,
    ) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="lsp-bench-"))
        self.cache = (cache or self.scratch / "cache").resolve()
        self.rows = rows
        self._state = state
        self._rounds = rounds
        self._peers = peers
        self._skies: dict[int, Sky] = {}
        self._end = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def rounds(self, usual: int) -> int:
        """How often to measure."""
        return self._rounds or usual

    @cached_property
    def demo(self) -> Store:
        """The demo catalogues."""
        from lsp_jupyter.demo.load import load_demo

        store = Store(self._state or self.scratch / "state")
        load_demo(store.config)
        self._end.callback(store.close)
        return store

    @cached_property
    def server(self) -> Server:
        """A server over the demo catalogues."""
        server = Server(self.scratch / "server", self.demo.config.state())
        self._end.callback(server.stop)
        return server

    def sky(self, rows: int = 0) -> Sky:
        """The synthetic catalogue, of as many rows as this run is about."""
        rows = rows or self.rows
        if rows not in self._skies:
            tell(f"making a catalogue of {rows:,} rows")
            sky = Sky(self.cache / f"sky-{rows}", rows)
            self._end.callback(sky.close)
            self._skies[rows] = sky
        return self._skies[rows]

    def goal(self, factor: float = 0.0, seconds: float = 0.0) -> Goal | None:
        """A goal for ten million rows; with fewer there is none."""
        return Goal(factor, seconds) if self.rows >= 10_000_000 else None

    @cached_property
    def sky_server(self) -> Server:
        """A server over the synthetic catalogue."""
        server = Server(self.scratch / "sky-server", self.sky().config.state())
        self._end.callback(server.stop)
        return server

    @cached_property
    def postgres(self) -> Postgres | None:
        """PostgreSQL with Q3C over the synthetic catalogue; `None` if it takes no part."""
        return self._peer("PostgreSQL", lambda: Postgres(self.cache, self.sky()))

    @cached_property
    def stilts(self) -> Stilts | None:
        """STILTS over the synthetic catalogue; `None` if it takes no part."""
        return self._peer("STILTS", lambda: Stilts(self.cache, self.sky()))

    @cached_property
    def lsdb(self) -> Lsdb | None:
        """LSDB over the synthetic catalogue; `None` if it takes no part."""
        return self._peer("LSDB", lambda: Lsdb(self.cache, self.sky()))

    def _peer(self, name: str, start: Callable[[], T]) -> T | None:
        if not self._peers:
            return None
        tell(f"starting {name}")
        try:
            peer = start()
        except FileNotFoundError as error:
            tell(f"{name} is not installed: {error}")
            return None
        self._end.callback(peer.stop)
        return peer


def tell(text: str) -> None:
    """Say what is being done."""
    print(f"{text} …", file=sys.stderr, flush=True)
