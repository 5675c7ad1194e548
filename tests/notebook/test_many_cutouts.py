"""Cutouts of many positions in one call, from a notebook's process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

import lsp_jupyter as lsp
from lsp_jupyter.errors import LspError, UsageError
from lsp_jupyter.notebook import many_cutouts, session
from lsp_jupyter.notebook.client import Client
from lsp_jupyter.notebook.stamps import Stamps
from tests.images.sky import RELEASE, did, sky
from tests.images.stars import STARS, found
from tests.servers import Server, copy_state, start_server

MIDDLE = [STARS[7], STARS[14], STARS[21]]


@pytest.fixture(scope="module")
def server(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("many")
    state = copy_state(survey_state, folder / "state")
    sky(state, folder / "stars")
    server = start_server(folder / "server", state)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def as_kernel(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(server.process.pid))
    monkeypatch.setattr(session, "_client", Client())


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"obs_publisher_did": did(1), "ra": ra, "dec": dec, "radius": 0.0008}
            for ra, dec, _ in MIDDLE
        ]
        + [{"obs_publisher_did": did(1), "ra": 10.0, "dec": 10.0, "radius": 0.0008}]
    )


def test_stamps_come_in_the_order_of_the_rows(tmp_path: Path) -> None:
    stamps = lsp.cutouts(rows(), release=RELEASE, kind="visit_image")
    assert isinstance(stamps, Stamps)
    assert repr(stamps) == "<4 cutouts, 1 failed>"
    for stamp, (ra, dec, flux) in zip(stamps, MIDDLE, strict=False):
        assert stamp is not None
        x, y = WCS(stamp["IMAGE"].header).world_to_pixel_values(ra, dec)
        place = found(stamp["IMAGE"].data, float(x), float(y))
        assert place[:2] == pytest.approx((float(x), float(y)), abs=0.1)
        assert place[2] == pytest.approx(flux, rel=0.1)
    assert stamps[3] is None
    assert stamps[-1] is None
    assert len(stamps[:2]) == 2
    (failure,) = stamps.failures
    assert failure["row"] == "4"
    assert failure["error"]
    table = stamps.table
    assert list(table["obs_publisher_did"]) == [did(1)] * 4
    assert table["ra"].unit == "deg"
    assert [bool(text) for text in table["error"]] == [False, False, False, True]
    html = stamps._repr_html_()
    assert html.count("<img ") == 3
    assert failure["error"].split("“")[0][:20] in html
    paths = stamps.save(tmp_path / "each")
    assert [path and path.name for path in paths] == [
        *(f"cutout-0000{n}.fits" for n in (1, 2, 3)),
        None,
    ]
    assert paths[0] is not None
    with fits.open(paths[0]) as hdus:
        assert hdus["IMAGE"].data.shape == stamps[0]["IMAGE"].data.shape
    folder = stamps.path.parent
    del stamps, stamp
    assert not folder.exists()


def test_positions_come_in_any_form() -> None:
    sky_coord = SkyCoord([ra for ra, _, _ in MIDDLE], [dec for _, dec, _ in MIDDLE], unit="deg")
    pairs = [(ra, dec) for ra, dec, _ in MIDDLE]
    # Images of this release have no outlines, so that none is found for a position alone.
    for places in (sky_coord, pairs, {"ra": sky_coord.ra.deg, "dec": sky_coord.dec.deg}):
        stamps = lsp.cutouts(places, 0.001, release=RELEASE, kind="visit_image", band="r")
        assert len(stamps) == 3
        assert np.allclose(stamps.table["ra"], sky_coord.ra.deg)
        assert {row["error"] for row in stamps.failures} == {"No image in r covers the position."}


@pytest.mark.parametrize("ending", ["fits", "tar", "zip", "html"])
def test_one_file_of_the_form_of_its_name(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"all.{ending}"
    assert lsp.cutouts(rows(), release=RELEASE, kind="visit_image", to=path) == path
    begins = {"fits": b"SIMPLE", "tar": b"", "zip": b"PK", "html": b"<!"}[ending]
    assert path.read_bytes()[:2].lower() == begins[:2].lower() or not begins
    assert path.stat().st_size > 1000
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written as “png”"):
        lsp.cutouts(rows(), to=tmp_path / "x.png")
    with pytest.raises(UsageError, match="has no positions"):
        lsp.cutouts(5, release=RELEASE)
    with pytest.raises(UsageError, match="no positions"):
        lsp.cutouts([], release=RELEASE)
    with pytest.raises(LspError, match="no positions"):
        lsp.cutouts(pd.DataFrame({"a": [1.0]}), release=RELEASE, kind="visit_image")
    with pytest.raises(LspError, match="no images of the type"):
        lsp.cutouts([(1.0, 2.0)], release=RELEASE, kind="nothing")
    with pytest.raises(UsageError, match="RADIUS"):
        lsp.cutouts([(1.0, 2.0)], float("nan"), release=RELEASE)
    with pytest.raises(UsageError, match="cannot be written"):
        lsp.cutouts(rows(), release=RELEASE, kind="visit_image", to="/nowhere/x.fits")


def test_an_interrupt_cancels_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> str:
        raise KeyboardInterrupt

    sent: list[str] = []
    send = Client.send

    def watched(self: Client, method: str, path: str, *args: object) -> object:
        sent.append(f"{method} {path}")
        return send(self, method, path, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(many_cutouts, "_words", interrupt)
    monkeypatch.setattr(Client, "send", watched)
    many = pd.concat([rows()] * 500, ignore_index=True)
    with pytest.raises(KeyboardInterrupt):
        lsp.cutouts(many, release=RELEASE, kind="visit_image")
    (told,) = [one for one in sent if one.startswith("DELETE portal/cutouts/")]
    with server.session() as http:
        assert http.get(server.base + told.removeprefix("DELETE ")).status_code == 404
