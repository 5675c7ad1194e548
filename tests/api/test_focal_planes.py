"""Focal planes over HTTP, from a real server and its workers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import requests
from PIL import Image

from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex
from tests.images.sky import AUTHORITY, RELEASE, did
from tests.images.stars import make
from tests.servers import Server, copy_state, start_server

#: Detectors of visit 7, and what is wrong with the last one.
STEP = 220 * 0.2 / 3600
PLACES = [
    (150 - STEP / 2, 2.0),
    (150 + STEP / 2, 2.0),
    (150 - STEP / 2, 2 + STEP),
    (150 + STEP / 2, 2 + STEP),
]


@pytest.fixture(scope="module")
def state(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = copy_state(survey_state, tmp_path_factory.mktemp("planes") / "state")
    folder = state.parent / "stars"
    folder.mkdir()
    files = []
    for number, (ra, dec) in enumerate(PLACES):
        path = make(folder / f"{number}.fits", seed=number, ra=ra, dec=dec)
        if number == 3:
            path.write_bytes(path.read_bytes()[:9_000])
        data_id: dict[str, str | int] = {"visit": 7, "detector": 10 - number}
        kind = "visit_image"
        files.append(
            ImageFile(did(number), RELEASE, kind, data_id, str(path), path.stat().st_size, band="r")
        )
    index = ImageIndex(state)
    index.replace(RELEASE, files, dimensions={"visit_image": ("visit", "detector")})
    index.close()
    return state


@pytest.fixture(scope="module")
def server(state: Path) -> Iterator[Server]:
    server = start_server(state.parent / "server", state)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[requests.Session]:
    with server.session() as session:
        yield session


@pytest.mark.req("PRTL-REQ-0063")
def test_detectors_of_a_visit_are_at_their_places(
    session: requests.Session, server: Server
) -> None:
    told = session.get(f"{server.base}images/{RELEASE}/visits/7", timeout=60).json()
    assert (told["visit"], told["type"], told["band"]) == ("7", "visit_image", "r")
    assert [one["detector"] for one in told["images"]] == [8, 9, 10]
    assert told["images"][2]["identifier"] == did(0)
    assert told["images"][2]["url"].endswith(f"images/{RELEASE}/{UUID(int=0)}")
    # What cannot be read is told, and the others are shown.
    assert list(told["failed"]) == [did(3)]
    north, left, right = (np.array(one["place"][4:]) for one in told["images"])
    # East is left.
    assert right - left == pytest.approx((220, 0), abs=0.5)
    assert north - right == pytest.approx((0, 220), abs=0.5)
    assert told["atlas"] == {"cell": 128, "across": 2, "down": 2}

    given = {"LIMITS": f"{told['low']} {told['high']}", "STRETCH": "linear"}
    answer = session.get(f"{server.base}images/{RELEASE}/visits/7/atlas", params=given, timeout=60)
    assert answer.headers["Content-Type"] == "image/png"
    sheet = np.asarray(Image.open(io.BytesIO(answer.content)).convert("LA"))
    assert sheet.shape == (256, 256, 2)
    cells = sheet[28:128, :100], sheet[28:128, 128:228], sheet[156:256, :100]
    assert all((cell[..., 1] == 255).all() for cell in cells)
    assert not sheet[128:, 128:, 1].any()
    tag = {"If-None-Match": answer.headers["ETag"]}
    again = session.get(answer.url, headers=tag, timeout=60)
    assert (again.status_code, again.content) == (304, b"")


def test_overviews_are_kept_until_an_image_is_another(
    session: requests.Session, server: Server, state: Path
) -> None:
    url = f"{server.base}images/{RELEASE}/visits/7"
    session.get(url, timeout=60)
    folder = state / "overviews" / RELEASE
    kept = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(kept) == 3
    session.get(url, timeout=60)
    assert kept == {path: path.stat().st_mtime_ns for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("what", "given", "status", "said"),
    [
        ("8", {}, 404, "lsst_visit"),
        ("x", {}, 404, "no image"),
        ("9" * 30, {}, 404, "no image"),
        ("7", {"TYPE": "raw"}, 404, "visit_image"),
        ("7", {"LIMITS": "5 1"}, 400, "LIMITS"),
        ("7/atlas", {"RESPONSEFORMAT": "image/tiff"}, 400, "no format"),
        ("7/nothing", {}, 404, ""),
    ],
    ids=str,
)
def test_what_cannot_be_shown_is_told(
    session: requests.Session,
    server: Server,
    what: str,
    given: dict[str, str],
    status: int,
    said: str,
) -> None:
    answer = session.get(f"{server.base}images/{RELEASE}/visits/{what}", params=given, timeout=60)
    assert answer.status_code == status
    assert said in answer.text
    assert "Traceback" not in answer.text


def test_a_release_of_nobody(session: requests.Session, server: Server) -> None:
    assert AUTHORITY in did(0)
    assert session.get(f"{server.base}images/none/visits/7", timeout=60).status_code == 404
