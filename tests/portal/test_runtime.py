"""The file by which kernels find their server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lsp_jupyter.portal.runtime import RuntimeFile, server_url


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:8888/"),
        ({"ip": "localhost"}, "http://127.0.0.1:8888/"),
        ({"ip": ""}, "http://127.0.0.1:8888/"),
        ({"ip": "*"}, "http://127.0.0.1:8888/"),
        ({"ip": "0.0.0.0"}, "http://127.0.0.1:8888/"),
        ({"ip": "::"}, "http://[::1]:8888/"),
        ({"ip": "fe80::1"}, "http://[fe80::1]:8888/"),
        ({"ip": "10.1.2.3"}, "http://10.1.2.3:8888/"),
        ({"base_url": "/user/a%40b/"}, "http://127.0.0.1:8888/user/a%40b/"),
        ({"base_url": "/x"}, "http://127.0.0.1:8888/x/"),
        ({"certfile": "/c.pem"}, "https://127.0.0.1:8888/"),
        ({"sock": "/run/a b.sock"}, "http+unix://%2Frun%2Fa%20b.sock/"),
    ],
)
def test_server_url(settings: dict[str, str], url: str) -> None:
    defaults = {"ip": "127.0.0.1", "port": 8888, "base_url": "/", "certfile": "", "sock": ""}
    assert server_url(SimpleNamespace(**defaults | settings)) == url


def test_file_is_private_whole_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    (tmp_path / "runtime").mkdir()
    dead = tmp_path / "runtime" / f"lsp_jupyter-{process.pid}.json"
    alive = tmp_path / "runtime" / f"lsp_jupyter-{os.getppid()}.json"
    other = tmp_path / "runtime" / "lsp_jupyter-notes.json"
    for path in (dead, alive, other):
        path.write_text("{}")
    runtime = RuntimeFile("geheim")
    app = SimpleNamespace(ip="127.0.0.1", port=1, base_url="/", certfile="", sock="")
    runtime.write(app, str(tmp_path / "state"))
    assert runtime.path.name == f"lsp_jupyter-{os.getpid()}.json"
    assert runtime.path.stat().st_mode & 0o777 == 0o600
    info = json.loads(runtime.path.read_text())
    assert info.pop("version")
    assert info == {
        "pid": os.getpid(),
        "url": "http://127.0.0.1:1/",
        "token": "geheim",
        "state": str(tmp_path / "state"),
    }
    # A server that was killed could not remove its own.
    assert sorted(path.name for path in runtime.path.parent.iterdir()) == sorted(
        path.name for path in (runtime.path, alive, other)
    )
    runtime.remove()
    runtime.remove()
    assert not runtime.path.exists()
