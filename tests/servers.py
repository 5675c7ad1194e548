"""Real Jupyter servers, and state folders, for tests."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent


def copy_state(source: Path, target: Path) -> Path:
    """A copy whose immutable data files are hard links and whose databases are its own."""

    def copy(src: str, dst: str) -> None:
        if ".sqlite" in Path(src).name or Path(src).name == "subject":
            shutil.copy2(src, dst)
        else:
            os.link(src, dst)

    shutil.copytree(source, target, copy_function=copy)
    target.chmod(0o700)
    return target


@dataclass
class Server:
    """A real Jupyter server in a process of its own."""

    process: subprocess.Popen[bytes]
    url: str
    token: str
    runtime: Path
    state: Path
    log: Path
    env: dict[str, str] = field(repr=False, default_factory=dict)

    @property
    def base(self) -> str:
        """URL of the platform, with a final slash."""
        return f"{self.url}lsp_jupyter/"

    @property
    def headers(self) -> dict[str, str]:
        """What authenticates a request."""
        return {"Authorization": f"Bearer {self.token}"}

    def session(self) -> requests.Session:
        """A session that authenticates itself, as an outside client has it."""
        session = requests.Session()
        session.trust_env = False
        session.headers.update(self.headers)
        return session

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(15)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def start_server(
    root: Path,
    state: Path,
    *extra: str,
    app: str = "server",
    settings: Mapping[str, object] | None = None,
) -> Server:
    """Start a real Jupyter server with the extension.

    Parameters
    ----------
    root
        A folder of its own for configuration, data, runtime files and log.
    state
        The platform's state folder.
    *extra
        More command line arguments.
    app
        ``server`` or ``lab``.
    settings
        Of the instance, where they are no plain words.
    """
    token = secrets.token_hex(16)
    port = free_port()
    folders = {
        name: root / name for name in ("config", "data", "runtime", "home", "work", "workspaces")
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    (folders["config"] / "jupyter_server_config.json").write_text(
        json.dumps(
            {
                "ServerApp": {
                    "jpserver_extensions": {"lsp_jupyter": True},
                    "allow_unauthenticated_access": False,
                },
                "IdentityProvider": {"token": token},
                "LspConfig": dict(settings or {}),
            }
        )
    )
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "JPY"))
    }
    env |= {
        "JUPYTER_CONFIG_DIR": str(folders["config"]),
        "JUPYTER_DATA_DIR": str(folders["data"]),
        "JUPYTER_RUNTIME_DIR": str(folders["runtime"]),
        "JUPYTERLAB_WORKSPACES_DIR": str(folders["workspaces"]),
        "HOME": str(folders["home"]),
        "PYTHONPATH": str(ROOT),
    }
    log = root / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", app, "--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
                *("--ServerApp.port_retries=0", f"--ServerApp.root_dir={folders['work']}"),
                *(f"--LspConfig.state_dir={state}", *extra),
            ],
            stdout=out,
            stderr=out,
            env=env,
        )
    server = Server(
        process, f"http://127.0.0.1:{port}/", token, folders["runtime"], state, log, env
    )
    deadline = time.monotonic() + 60
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            server.stop()
            raise RuntimeError(f"The server did not start:\n{log.read_text()}")
        try:
            health = requests.get(f"{server.base}health", timeout=2)
            if health.status_code == 200:
                return server
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.1)  # A process starts: there is no event to wait for.
