"""``lsst-rsp``, old and new, unmodified: from outside and as in a kernel of our own.

Each version gets an environment of its own, made once below ``build/``: the newer ones need a
newer Python, and none should decide which versions of other packages we are tested with.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server

CLIENT = Path(__file__).with_name("rsp_client.py")
BUILD = Path(__file__).parents[2] / "build" / "lsst-rsp"

#: What is installed, and the first Python that has it.
VERSIONS = {"old": ("lsst-rsp>=0.7,<1", (3, 11)), "new": ("lsst-rsp>=1", (3, 12))}

pytestmark = [pytest.mark.req("LSP-REQ-0006"), pytest.mark.timeout(600)]


def output(*command: str | Path, seconds: float = 30) -> str:
    """What a command prints; nothing if it fails."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def interpreters() -> Iterator[str]:
    """Pythons of this machine."""
    yield sys.executable
    yield from (f"python3.{minor}" for minor in (12, 13, 14))
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/3.1*/bin/python")))


def suitable(least: tuple[int, int]) -> str:
    """The first that is new enough; empty if none is."""
    for python in interpreters():
        found = output(python, "-c", "import sys; print(*sys.version_info[:2])").split()
        if tuple(map(int, found)) >= least:
            return python
    return ""


def made(name: str) -> str:
    """The interpreter of an environment with that version, or why there is none."""
    wanted, least = VERSIONS[name]
    base = suitable(least)
    if not base:
        return f"There is no Python {least[0]}.{least[1]} on this machine."
    folder = BUILD / name
    python, ready = folder / "bin" / "python", folder / wanted
    if not ready.exists():
        output(base, "-m", "venv", "--clear", folder, seconds=120)
        output(python, "-m", "pip", "install", "--quiet", wanted, seconds=400)
        if not output(python, "-c", "import lsst.rsp; print(1)", seconds=120):
            return f"{wanted} cannot be installed."
        ready.touch()
    return str(python)


@pytest.fixture(scope="session")
def pythons() -> dict[str, str]:
    """Of each version its interpreter, or why there is none; installed side by side."""
    with ThreadPoolExecutor(len(VERSIONS)) as pool:
        return dict(zip(VERSIONS, pool.map(made, VERSIONS), strict=True))


@pytest.fixture
def python(pythons: dict[str, str], version: str) -> str:
    """The interpreter that has the version of a test."""
    found = pythons[version]
    if " " in Path(found).name:
        if os.environ.get("CI") and "installed" in found:
            pytest.fail(found)
        pytest.skip(found)
    return found


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


@pytest.mark.parametrize("version", ["new"])
def test_discovery_from_outside(lab_server: Server, python: str) -> None:
    told = run(python, {}, "outside", f"{lab_server.base}discovery", lab_server.token)
    assert told["url"] == told["version"] == f"{lab_server.base}tap"
    assert told["sync"] == told["async"]
    assert len(told["sync"]) == 3
    assert told["tables"]
    assert told["phase"] == "COMPLETED"
    assert "gaia" in told["datasets"]
    assert told["cone"].startswith("source_id,ra,dec")


@pytest.mark.parametrize("version", ["old"])
def test_older_functions_in_a_kernel(lab_server: Server, python: str) -> None:
    env = kernel_environment(lab_server)
    assert lab_server.token not in "".join(env.values())
    told = run(python, env, "kernel")
    assert told["url"] == f"{lab_server.base}tap"
    assert told["sync"] == told["async"] == told["again"]
    assert told["phase"] == "COMPLETED"
    assert told["query"].startswith("SELECT TOP 3")
    assert told["job"].rpartition("/")[2] in told["history"]


@pytest.mark.parametrize("version", ["new"])
def test_the_same_functions_of_newer_versions(
    lab_server: Server, python: str, tmp_path: Path
) -> None:
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
