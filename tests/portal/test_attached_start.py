"""The attached role in this process: another base URL, and a set-up that is wrong."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from tests.servers import Server


@pytest.fixture
def token_file(tmp_path: Path, lab_server: Server) -> Path:
    path = tmp_path / "token"
    path.touch(0o600)
    path.write_text(lab_server.token)
    return path


@pytest.fixture
def jp_server_config(
    request: pytest.FixtureRequest, tmp_path: Path, token_file: Path, lab_server: Server
) -> dict[str, Any]:
    """A server attached to the session's; tests change what they want wrong."""
    settings = {
        "state_dir": str(tmp_path / "state"),
        "role": "attached",
        "platform_url": lab_server.base,
        "platform_token_file": str(token_file),
    }
    return {
        "ServerApp": {"jpserver_extensions": {"lsp_jupyter": True}},
        "LspConfig": settings | getattr(request, "param", {}),
    }


async def fails(jp_fetch: Any, *path: str) -> tuple[int, dict[str, Any]]:
    with pytest.raises(HTTPClientError) as error:
        await jp_fetch("lsp_jupyter", *path)
    return error.value.code, json.loads(error.value.response.body)["error"]


async def test_paths_are_passed_on_from_below_another_base_url(
    jp_fetch: Any, jp_base_url: str, jp_http_port: int
) -> None:
    assert jp_base_url != "/"
    reply = await jp_fetch("lsp_jupyter", "portal", "jobs", params={"last": "1"})
    assert len(json.loads(reply.body)["jobs"]) <= 1
    reply = await jp_fetch("lsp_jupyter", "tap", "capabilities")
    assert f":{jp_http_port}{jp_base_url}lsp_jupyter/tap".encode() in reply.body
    assert (await fails(jp_fetch, "nothing", "here"))[0] == 404


def closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.mark.parametrize(
    "jp_server_config",
    [{"platform_url": f"http://127.0.0.1:{closed_port()}/lsp_jupyter/"}],
    indirect=True,
)
async def test_a_platform_that_is_down_is_told(jp_fetch: Any) -> None:
    assert (await jp_fetch("lsp_jupyter", "health")).code == 200
    for path in (("portal", "jobs"), ("portal", "results", "abc", "file")):
        status, error = await fails(jp_fetch, *path)
        assert (status, error["code"], error["transient"]) == (502, "RemoteError", True)
        assert "platform_url" in error["hint"]
    with pytest.raises(HTTPClientError) as error:
        await jp_fetch("lsp_jupyter", "tap", "sync")
    assert error.value.code == 502
    assert b'value="ERROR"' in error.value.response.body


async def test_no_channel_is_pretended(
    jp_serverapp: Any, jp_ws_fetch: Any, token_file: Path
) -> None:
    channel = await jp_ws_fetch("lsp_jupyter", "portal", "events")
    assert json.loads(await channel.read_message())["topic"] == "hello"
    channel.close()
    token_file.write_text("wrong")  # noqa: ASYNC240
    channel = await jp_ws_fetch("lsp_jupyter", "portal", "events")
    assert await channel.read_message() is None
    assert channel.close_code == 1013


@pytest.mark.parametrize(
    ("jp_server_config", "words"),
    [
        ({"platform_url": ""}, "platform_url"),
        ({"platform_url": "ftp://x/lsp_jupyter/"}, "platform_url"),
        ({"platform_token_file": ""}, "platform_token_file"),
        ({"platform_token_file": "/nonexistent/token"}, "platform_token_file"),
    ],
    indirect=["jp_server_config"],
)
async def test_a_wrong_set_up_is_told_at_every_route(jp_fetch: Any, words: str) -> None:
    for path in (("portal", "jobs"), ("health",)):
        status, error = await fails(jp_fetch, *path)
        assert (status, error["code"]) == (503, "ServiceUnavailable")
        assert words in error["message"] + error["hint"]
    assert (await jp_fetch("lsp_jupyter", "version")).code == 200
    assert (await jp_fetch("api")).code == 200
