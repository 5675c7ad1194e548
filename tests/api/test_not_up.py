"""What VO clients hear from a platform that does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.schemas import validated

NAMESPACE = "{http://www.ivoa.net/xml/VOSIAvailability/v1.0}"


@pytest.fixture
def jp_server_config(tmp_path: Path) -> dict[str, Any]:
    state = tmp_path / "state"
    state.mkdir()
    (state / "catalog.sqlite").write_text("This is no database. " * 100)
    return {
        "ServerApp": {"jpserver_extensions": {"lsp_jupyter": True}},
        "LspConfig": {"state_dir": str(state)},
    }


@pytest.mark.req("LSP-REQ-0035")
async def test_availability_tells_that_and_why(jp_fetch: Any) -> None:
    answer = await jp_fetch("lsp_jupyter/tap/availability", headers={"Authorization": ""})
    tree = validated(answer.body)
    assert tree.findtext(f"{NAMESPACE}available") == "false"
    assert "did not start" in tree.findtext(f"{NAMESPACE}note")
    assert tree.find(f"{NAMESPACE}upSince") is None


@pytest.mark.parametrize("path", ["tap/sync", "tap/async", "tap/tables", "tap/capabilities"])
async def test_everything_else_says_try_again_later(jp_fetch: Any, path: str) -> None:
    answer = await jp_fetch(f"lsp_jupyter/{path}", raise_error=False)
    assert answer.code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert b'value="ERROR"' in answer.body
