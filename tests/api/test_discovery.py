"""The discovery document, and where older clients look for services."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import requests

from lsp_jupyter.api.discovery import discovery
from lsp_jupyter.catalogs.release import Release
from lsp_jupyter.portal.rsp_environment import RspEnvironment
from tests.servers import Server


def test_private_releases_are_not_told_to_strangers() -> None:
    releases = [Release("dp1", "DP1"), Release("dp2", "DP2", public=False)]
    document = discovery(releases, lambda path: f"https://h/{path}")
    assert list(document["datasets"]) == ["dp1"]
    tap = document["datasets"]["dp1"]["services"]["tap"]
    assert tap["url"] == "https://h/tap"
    assert tap["versions"] == {
        "tap-1.1": {"url": "https://h/tap", "ivoa_standard_id": "ivo://ivoa.net/std/TAP"}
    }
    assert "scs" not in document["datasets"]["dp1"]["services"]


def test_anybody_may_ask(lab_server: Server) -> None:
    answer = requests.get(f"{lab_server.base}discovery/discovery", timeout=10)
    assert answer.status_code == 200
    document = answer.json()
    assert {"gaia", "hipparcos"} == set(document["datasets"])
    services = document["datasets"]["gaia"]["services"]
    assert services["tap"]["url"] == f"{lab_server.base}tap"
    assert services["scs"]["url"] == f"{lab_server.base}scs"
    assert lab_server.token not in answer.text


@pytest.mark.parametrize("path", ["", "/async?LAST=1", "/tables"])
def test_the_older_address_leads_to_the_service(lab_server: Server, path: str) -> None:
    with lab_server.session() as session:
        there = session.get(f"{lab_server.base}api/tap{path}", allow_redirects=False)
    assert there.status_code == 307
    assert there.headers["Location"] == f"{lab_server.base}tap{path}"
    assert requests.get(f"{lab_server.base}api/tap{path}", timeout=10).status_code == 401


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%2F%2Fevil.example", "/a%0d%0aX-Evil:1", "/..%2F..%2Fapi"]
)
def test_the_older_address_leads_nowhere_else(lab_server: Server, path: str) -> None:
    with lab_server.session() as session:
        there = session.get(f"{lab_server.base}api/tap{path}", allow_redirects=False)
    assert "X-Evil" not in there.headers
    if there.status_code == 307:
        assert there.headers["Location"].startswith(f"{lab_server.base}tap/")
    else:
        assert there.status_code in (400, 404)


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    for name in RspEnvironment("http://h/").variables():
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_kernels_find_address_and_token(runtime: Path) -> None:
    environment = RspEnvironment("http://127.0.0.1:1/user/me/")
    document: dict[str, Any] = {"datasets": {}}
    environment.write("secret", document)
    folder = Path(os.environ["NUBLADO_RUNTIME_MOUNTS_DIR"])
    assert folder.parent == runtime
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "secrets" / "token").read_text() == "secret"
    assert stat.S_IMODE((folder / "secrets" / "token").stat().st_mode) == 0o600
    assert json.loads((folder / "discovery" / "v1.json").read_text()) == document
    instance = "http://127.0.0.1:1/user/me/lsp_jupyter"
    assert (folder / "environment" / "EXTERNAL_INSTANCE_URL").read_text() == instance
    assert os.environ["TAP_ROUTE"] == "/user/me/lsp_jupyter/tap"
    assert "secret" not in "".join(os.environ.values())
    environment.remove()
    assert not folder.exists()
    assert not {"EXTERNAL_INSTANCE_URL", "TAP_ROUTE"} & {*os.environ}


def test_a_platform_around_us_has_precedence(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXTERNAL_INSTANCE_URL", "https://data.example")
    environment = RspEnvironment("http://127.0.0.1:1/")
    environment.write("secret", {})
    assert not environment.folder.exists()
    assert "TAP_ROUTE" not in os.environ
    environment.remove()
    assert os.environ["EXTERNAL_INSTANCE_URL"] == "https://data.example"


def test_a_server_started_in_our_own_terminal_is_its_own(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXTERNAL_INSTANCE_URL", "http://127.0.0.1:2/lsp_jupyter")
    monkeypatch.setenv("NUBLADO_RUNTIME_MOUNTS_DIR", str(runtime / "lsp_jupyter-1"))
    environment = RspEnvironment("http://127.0.0.1:1/")
    environment.write("secret", {})
    assert os.environ["EXTERNAL_INSTANCE_URL"] == "http://127.0.0.1:1/lsp_jupyter"
    environment.remove()
    assert os.environ["EXTERNAL_INSTANCE_URL"] == "http://127.0.0.1:2/lsp_jupyter"


def test_folders_of_killed_servers_go(runtime: Path) -> None:
    left = runtime / "lsp_jupyter-999999999"
    left.mkdir()
    environment = RspEnvironment("http://127.0.0.1:1/")
    environment.write("secret")
    assert not left.exists()
    assert not (environment.folder / "discovery").exists()
    environment.remove()
