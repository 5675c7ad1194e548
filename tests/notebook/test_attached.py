"""A kernel of a server that is attached to a platform elsewhere works the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import lsp_jupyter as lsp
from lsp_jupyter.errors import AdqlError, ServerNotFoundError
from lsp_jupyter.notebook import session
from lsp_jupyter.notebook.client import Client
from tests.servers import Server, start_server


@pytest.mark.req("NB-REQ-0017", "NB-REQ-0029")
def test_results_of_a_platform_elsewhere_are_mapped(
    lab_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = tmp_path / "near"
    near.mkdir()
    key = near / "token"
    key.touch(0o600)
    key.write_text(lab_server.token)
    own = start_server(
        near,
        near / "state",
        "--LspConfig.role=attached",
        f"--LspConfig.platform_url={lab_server.base}",
        f"--LspConfig.platform_token_file={key}",
    )
    try:
        monkeypatch.delenv("JPY_PARENT_PID", raising=False)
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(own.runtime))
        monkeypatch.setattr(session, "_client", Client())
        found = lsp.query("SELECT TOP 50 source_id, ra FROM gaia.source")
        frame = found.to_pandas()
        assert len(frame) == 50
        assert found._source is not None
        assert found._source.path is not None
        assert (near / "state") in found._source.path.parents
        assert found.selected.rows == 0
        with pytest.raises(AdqlError) as caught:
            lsp.query("SELECT nothing FROM gaia.source")
        assert caught.value.column == 8
    finally:
        own.stop()
    assert found.to_pandas().equals(frame)
    with pytest.raises(ServerNotFoundError):
        lsp.tables()
