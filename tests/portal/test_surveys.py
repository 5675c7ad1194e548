"""The surveys that the sky is shown with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lsp_jupyter.images.hips.moc import write_moc
from lsp_jupyter.portal import surveys as module
from lsp_jupyter.portal.surveys import _covered
from tests.portal.conftest import Portal
from tests.servers import Server


@pytest.fixture(scope="module")
def survey(survey_server: Server) -> Iterator[Portal]:
    client = Portal(survey_server)
    yield client
    client.session.close()


@pytest.mark.req("PRTL-REQ-0045")
def test_each_says_what_it_is_and_where(survey: Portal) -> None:
    found = {one["name"]: one for one in survey.get("surveys")["surveys"]}
    one = found["ECDFS"]
    assert one["release"] == "dp1"
    assert (one["frame"], one["format"], one["width"]) == ("icrs", "jpg", 512)
    assert one["least"] <= 3 < one["order"]
    assert one["place"] == pytest.approx([53.16, -28.1], abs=0.1)
    # What it covers has a tile, and its neighbour has none.
    order, cells = max((int(level), cells) for level, cells in one["coverage"].items())
    assert order <= one["order"]
    base = f"{survey.base.removesuffix('portal/')}hips/dp1/ECDFS/Norder{order}"
    for cell, status in [(cells[0], 200), (12 * 4**order - 1, 404)]:
        folder = cell // 10_000 * 10_000
        answer = survey.session.get(f"{base}/Dir{folder}/Npix{cell}.jpg", timeout=30)
        assert answer.status_code == status


def test_coverages_are_no_finer_than_tiles_and_never_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "Moc.fits"
    assert _covered(path, 5) is None
    path.write_bytes(b"not a map")
    assert _covered(path, 5) is None
    cells = np.arange(0, 4**6, 7)
    write_moc(cells, 9, path)
    covered = _covered(path, 7)
    assert covered is not None
    assert set(covered) == {"7"}
    assert covered["7"] == sorted({cell >> 4 for cell in cells.tolist()})
    monkeypatch.setattr(module, "MOST", 100)
    module._cells.cache_clear()
    covered = _covered(path, 7)
    assert covered is not None
    assert sum(map(len, covered.values())) <= 100
    assert covered["6"] == sorted({cell >> 6 for cell in cells.tolist()})
