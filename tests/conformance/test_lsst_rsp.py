"""``lsst-rsp``, old and new, unmodified: from outside and as in a kernel of our own.

Each version runs in an interpreter of its own: the one of these tests if it has the
package, and any named in ``LSP_TEST_LSST_RSP`` (paths of Python interpreters, with ``:``
between them), since the newer versions need a newer Python.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server

CLIENT = Path(__file__).with_name("rsp_client.py")
PYTHONS = [sys.executable, *filter(None, os.environ.get("LSP_TEST_LSST_RSP", "").split(":"))]

pytestmark = pytest.mark.req("LSP-REQ-0006")


@functools.cache
def version(python: str) -> tuple[int, ...]:
    """The version of lsst-rsp that an interpreter has; empty if it has none."""
    code = "from importlib.metadata import version; print(version('lsst-rsp'))"
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return tuple(map(int, done.stdout.strip().split(".")[:2])) if done.returncode == 0 else ()


def run(python: str, env: dict[str, str], *arguments: str) -> dict[str, Any]:
    """What `rsp_client.py` prints."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [python, str(CLIENT), *arguments],
        env=kept | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def kernel_environment(server: Server) -> dict[str, str]:
    """The variables that the server hands to the kernels it starts."""
    text = Path(f"/proc/{_kernel(server)}/environ").read_bytes().decode()
    pairs = dict(line.split("=", 1) for line in text.split("\0") if "=" in line)
    names = ("EXTERNAL_", "API_ROUTE", "TAP_ROUTE", "RSP_", "NUBLADO_")
    return {name: value for name, value in pairs.items() if name.startswith(names)}


@functools.cache
def _started(url: str, token: str) -> str:
    import requests

    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{url}api/kernels", headers=headers, json={}, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _kernel(server: Server) -> int:
    """The process of a kernel of the server's."""
    import psutil

    kernel = _started(server.url, server.token)
    for child in psutil.Process(server.process.pid).children(recursive=True):
        if any(kernel in word for word in child.cmdline()):
            return int(child.pid)
    raise AssertionError("The kernel has no process.")


def needs(python: str, *, new: bool | None = None) -> None:
    """Skip where the interpreter has not the version that is meant."""
    found = version(python)
    if not found:
        pytest.skip("this interpreter has no lsst-rsp")
    if new is not None and (found >= (1, 0)) is not new:
        pytest.skip("that is for other versions")


@pytest.mark.parametrize("python", PYTHONS)
def test_discovery_from_outside(lab_server: Server, python: str) -> None:
    needs(python, new=True)
    told = run(python, {}, "outside", f"{lab_server.base}discovery", lab_server.token)
    assert told["url"] == told["version"] == f"{lab_server.base}tap"
    assert told["sync"] == told["async"]
    assert len(told["sync"]) == 3
    assert told["tables"]
    assert told["phase"] == "COMPLETED"
    assert "gaia" in told["datasets"]
    assert told["cone"].startswith("source_id,ra,dec")


@pytest.mark.parametrize("python", PYTHONS)
def test_older_functions_in_a_kernel(lab_server: Server, python: str) -> None:
    needs(python, new=False)
    env = kernel_environment(lab_server)
    assert lab_server.token not in "".join(env.values())
    told = run(python, env, "kernel")
    assert told["url"] == f"{lab_server.base}tap"
    assert told["sync"] == told["async"] == told["again"]
    assert told["phase"] == "COMPLETED"
    assert told["query"].startswith("SELECT TOP 3")
    assert told["job"].rpartition("/")[2] in told["history"]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_same_functions_of_newer_versions(
    lab_server: Server, python: str, tmp_path: Path
) -> None:
    needs(python, new=True)
    env = kernel_environment(lab_server)
    # These versions read /etc/nublado alone, which an operator makes a link to our folder.
    code = (
        "import runpy, sys; from pathlib import Path; import lsst.rsp._discovery as d;"
        "d._DISCOVERY_PATH = Path(sys.argv[1]); sys.argv[1:] = ['kernel'];"
        f"runpy.run_path({str(CLIENT)!r}, run_name='__main__')"
    )
    path = Path(env["NUBLADO_RUNTIME_MOUNTS_DIR"], "discovery", "v1.json")
    done = subprocess.run(
        [python, "-c", code, str(path)],
        env=env | {"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["sync"] == told["async"] == told["again"]
    assert f"gaia:{told['job'].rpartition('/')[2]}" in told["history"]
