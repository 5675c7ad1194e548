"""The wheel holds everything a user needs, and installs on a machine without node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import requests

from lsp_jupyter._version import __version__
from tests.servers import ROOT, free_port

pytestmark = pytest.mark.skipif(
    not (ROOT / "labextension" / "package.json").exists() and not os.environ.get("CI"),
    reason="the lab extension is not built; run make setup",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel made from this checkout as it is built."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix with the wheel installed, and nothing else."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
            *("--ignore-installed", "--prefix", str(prefix), str(wheel)),
        ],
        check=True,
        capture_output=True,
        # No node, no npm: only what the interpreter itself needs.
        env={"PATH": "/nonexistent", "HOME": str(prefix)},
    )
    return prefix


def test_wheel_holds_both_front_ends_and_the_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    data = f"lsp_jupyter-{__version__}.data/data/"
    for wanted in (
        f"{data}share/jupyter/labextensions/lsp-jupyter/package.json",
        f"{data}share/jupyter/labextensions/lsp-jupyter/install.json",
        f"{data}share/jupyter/labextensions/lsp-jupyter/static/style.js",
        f"{data}etc/jupyter/jupyter_server_config.d/lsp_jupyter.json",
        "lsp_jupyter/notebook/widgets/static/table_widget.js",
        "lsp_jupyter/demo/data/first-light.ipynb",
        "lsp_jupyter/py.typed",
    ):
        assert wanted in names
    assert not [name for name in names if "/node_modules/" in name or name.startswith("tests/")]


def test_the_front_end_has_the_same_version() -> None:
    assert json.loads((ROOT / "package.json").read_text())["version"] == __version__


def test_installing_the_wheel_enables_both_extensions(installed: Path, tmp_path: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")
    port = free_port()
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "JPY"))
    } | {
        "PYTHONPATH": str(packages),
        "JUPYTER_PATH": str(installed / "share" / "jupyter"),
        "JUPYTER_CONFIG_PATH": str(installed / "etc" / "jupyter"),
        "JUPYTER_NO_CONFIG": "",
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "LSP_HOME": str(tmp_path / "state"),
        "PATH": "/usr/bin:/bin",
    }
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
                *("--ServerApp.port_retries=0", "--IdentityProvider.token=t"),
            ],
            env=env,
            cwd=tmp_path,
            stdout=out,
            stderr=out,
        )
    try:
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=RETRY))
        session.headers["Authorization"] = "Bearer t"
        base = f"http://127.0.0.1:{port}"
        version = session.get(f"{base}/lsp_jupyter/version", timeout=30).json()
        page = session.get(f"{base}/lab", timeout=30).text
    finally:
        process.terminate()
        process.wait(20)
    assert version["package"] == __version__, log.read_text()
    start = page.index('id="jupyter-config-data"')
    config = json.loads(page[page.index("{", start) : page.index("</script>", start)])
    assert "lsp-jupyter" in [item["name"] for item in config["federated_extensions"]]


#: A server needs some seconds before it listens.
RETRY = requests.adapters.Retry(total=8, backoff_factor=0.25)
