"""`lsp publish` of images, and what it makes beside their rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsp_jupyter.cli import main
from lsp_jupyter.images.focal_plane.overview import Overview
from tests.servers import copy_state


def test_publishing_makes_overviews(
    survey_state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = copy_state(survey_state, tmp_path / "state")
    where = ["--collection", "LSSTComCam/DP1", "--release", "dp1", "--state", str(state)]
    publish = ["publish", "--butler", str(state / "butler" / "dp1"), *where]
    folder = state / "overviews" / "dp1"
    assert main([*publish, "--no-overviews"]) == 0
    assert not folder.exists()
    assert main(publish) == 0
    told = capsys.readouterr()
    assert "lsp: overviews\n" in told.err
    # Those of visits: raw, visit and difference images.
    kept = sorted(folder.iterdir())
    assert len(kept) == 14
    assert {Overview.read(one).raft for one in kept} == {"R22"}

    (folder / "of-nothing.npz").write_bytes(b"")
    before = [one.stat().st_mtime_ns for one in kept]
    assert main(publish) == 0
    assert sorted(folder.iterdir()) == kept
    assert [one.stat().st_mtime_ns for one in kept] == before
