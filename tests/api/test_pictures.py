"""Pictures of images over HTTP, from a real server and its workers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import requests
from astropy.io import fits
from astropy.wcs import WCS
from PIL import Image

from tests.images.sky import RELEASE, did, publish, sky
from tests.images.stars import STARS, found
from tests.servers import Server, copy_state, start_server


@pytest.fixture(scope="module")
def state(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_state(survey_state, tmp_path_factory.mktemp("pictures") / "state")


@pytest.fixture(scope="module")
def paths(state: Path) -> dict[int, Path]:
    return sky(state, state.parent / "stars")


@pytest.fixture(scope="module")
def server(state: Path, paths: dict[int, Path]) -> Iterator[Server]:
    assert paths
    server = start_server(state.parent / "server", state)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[requests.Session]:
    with server.session() as session:
        yield session


def url(server: Server, number: int, what: str) -> str:
    return f"{server.base}images/{RELEASE}/{UUID(int=number)}/{what}"


def get(
    session: requests.Session, server: Server, number: int, what: str, **given: Any
) -> requests.Response:
    return session.get(url(server, number, what), params=given, timeout=60)


def grey(answer: requests.Response) -> np.ndarray:
    """The picture, its first row at the bottom."""
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"))[::-1].astype(float)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("north", [0, 1])
def test_stars_of_a_preview_are_at_their_places(
    session: requests.Session, server: Server, number: int, north: int
) -> None:
    given = {"LIMITS": "-30 1500", "STRETCH": "linear", "NORTH": north}
    shown = grey(get(session, server, number, "preview", **given))
    told = get(session, server, number, "preview", RESPONSEFORMAT="application/json", **given)
    sidecar = told.json()
    assert (sidecar["height"], sidecar["width"]) == shown.shape
    assert sidecar["identifier"] == did(number)
    assert (sidecar["low"], sidecar["high"]) == (-30, 1500)
    wcs = WCS(sidecar["wcs"])
    sky_level = np.median(shown[80:120, 80:120])
    for ra, dec, _ in np.array(STARS)[[14, 15, 20]]:
        x, y = map(float, wcs.all_world2pix(ra, dec, 0))
        assert found(shown - sky_level, x, y)[:2] == pytest.approx((x, y), abs=0.1)
    if north:
        assert wcs.pixel_scale_matrix[0, 1] == pytest.approx(0, abs=1e-9)
        assert wcs.pixel_scale_matrix[0, 0] < 0 < wcs.pixel_scale_matrix[1, 1]


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_a_preview_has_the_size_and_the_format_asked_for(
    session: requests.Session, server: Server, kind: str
) -> None:
    answer = get(session, server, 4, "preview", SIZE=100, RESPONSEFORMAT=kind, COLORS="viridis")
    assert answer.headers["Content-Type"] == kind
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (100, 100)
    assert picture.format == kind.partition("/")[2].upper()
    assert len(set(picture.convert("RGB").tobytes())) > 20


def test_tiles_are_the_image(session: requests.Session, server: Server) -> None:
    told = get(session, server, 4, "tiles", LIMITS="minmax").json()
    assert (told["columns"], told["rows"], told["unit"]) == (1300, 1300, "nJy")
    assert [level["columns"] for level in told["levels"]] == [1300, 650, 325]
    raw = "application/octet-stream"
    wcs = WCS(told["wcs"])
    x, y = map(float, wcs.all_world2pix(*STARS[14][:2], 0))
    for level in range(3):
        column, row = (x + 0.5) / 2**level - 0.5, (y + 0.5) / 2**level - 0.5
        tile = f"tile/{level}/{int(column) // 512}/{int(row) // 512}"
        answer = get(session, server, 4, tile, RESPONSEFORMAT=raw)
        shape = int(answer.headers["X-Rows"]), int(answer.headers["X-Columns"])
        values = np.frombuffer(answer.content, "<f4").reshape(shape)
        if level < 2:  # In larger pixels a star is but one of them.
            place = found(values, column % 512, row % 512, 7 >> level)
            assert place[:2] == pytest.approx((column % 512, row % 512), abs=0.1)
        given = {"LIMITS": f"{told['low']} {told['high']}", "STRETCH": "linear"}
        shown = grey(get(session, server, 4, tile, **given))
        assert shown.shape == shape
        part = 1 + 254 * (values - told["low"]) / (told["high"] - told["low"])
        assert np.abs(shown - np.clip(part, 1, 255)).max() < 1.6


def test_planes(session: requests.Session, server: Server) -> None:
    for plane in ("variance", "mask"):
        answer = get(session, server, 1, "tile/0/0/0", PLANE=plane)
        assert Image.open(io.BytesIO(answer.content)).size == (200, 200)
    bits = get(session, server, 1, "tile/0/0/0", PLANE="mask", FORMAT="application/octet-stream")
    assert not np.frombuffer(bits.content, "<i4").any()


@pytest.mark.req("PRTL-REQ-0097")
def test_pixels_are_measured(
    session: requests.Session, server: Server, paths: dict[int, Path]
) -> None:
    with fits.open(paths[4]) as hdus:
        pixels = hdus["IMAGE"].data.astype(float)
        wcs = WCS(hdus["IMAGE"].header)
    x, y = map(float, wcs.all_world2pix(*STARS[14][:2], 0))
    told = get(session, server, 4, "statistics", REGION=f"circle {x} {y} 12").json()
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    inside = pixels[(columns - x) ** 2 + (rows - y) ** 2 <= 144]
    assert (told["pixels"], told["empty"]) == (inside.size, 0)
    assert told["sum"] == pytest.approx(inside.sum(), rel=1e-5)
    assert told["stddev"] == pytest.approx(inside.std(ddof=1), rel=1e-5)
    assert told["centroid"] == pytest.approx([x, y], abs=0.3)
    brightest = told["maximum"]["at"]
    assert pixels[brightest[1], brightest[0]] == pytest.approx(told["maximum"]["value"], rel=1e-5)
    assert sum(told["histogram"]["counts"]) == pytest.approx(0.98 * inside.size, rel=0.03)

    line = get(session, server, 4, "profile", LINE=f"{x - 10} {y} {x + 10} {y}", WIDTH=3).json()
    assert len(line["distance"]) == len(line["value"]) == 21
    assert int(np.argmax(line["value"])) == 10
    outside = get(session, server, 4, "profile", LINE="-30 -30 -10 -10").json()
    assert set(outside["value"]) == {None}


COLORED = {"RED": did(1), "GREEN": did(2), "BLUE": did(3), "LIMITS": "0 2000", "STRETCH": "linear"}


@pytest.mark.req("PRTL-REQ-0096")
@pytest.mark.parametrize("how", ["separate", "hue", "lupton"])
def test_three_images_make_one_in_colour(
    session: requests.Session, server: Server, how: str
) -> None:
    """They are turned and mirrored; on the first one's pixels their stars are white."""
    answer = get(session, server, 1, "tile/0/0/0", COMPOSE=how, **COLORED)
    assert answer.status_code == 200, answer.text
    shown = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"))[::-1].astype(float)
    wcs = WCS(get(session, server, 1, "tiles").json()["wcs"])
    for ra, dec, _ in np.array(STARS)[[14, 15, 20]]:
        x, y = map(float, wcs.all_world2pix(ra, dec, 0))
        for band in range(3):
            light = shown[..., band] - np.median(shown[..., band])
            assert found(light, x, y)[:2] == pytest.approx((x, y), abs=0.1)
        red, green, blue = shown[round(y), round(x)]
        assert min(red, green, blue) > 0.75 * max(red, green, blue)


def test_a_colour_is_the_same_on_all_tiles(session: requests.Session, server: Server) -> None:
    """Limits are of the whole image; a tile of one image alone is that image."""
    given = {"RED": did(4), "GREEN": did(4), "BLUE": did(4), "COMPOSE": "separate"}
    tile = grey(get(session, server, 4, "tile/0/1/1", **given, LIMITS="-20 300"))
    assert np.abs(tile - grey(get(session, server, 4, "tile/0/1/1", LIMITS="-20 300"))).max() < 2
    # Beyond an image there is nothing, which is transparent where all have nothing.
    beyond = {**COLORED, "RED": did(1), "GREEN": did(1), "BLUE": did(1)}
    answer = get(session, server, 4, "tile/0/0/0", **beyond)
    assert not np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))[..., 3].any()


def test_headers(session: requests.Session, server: Server) -> None:
    parts = get(session, server, 2, "header").json()
    assert [part["name"] for part in parts] == ["PRIMARY", "IMAGE", "MASK", "VARIANCE"]


def test_nothing_is_sent_twice(session: requests.Session, server: Server) -> None:
    first = get(session, server, 1, "preview", SIZE=64)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"].startswith("private, max-age=")
    again = session.get(
        url(server, 1, "preview"), params={"SIZE": 64}, headers={"If-None-Match": tag}, timeout=60
    )
    assert (again.status_code, again.content) == (304, b"")
    for other in ({"SIZE": 65}, {"SIZE": 64, "COLORS": "heat"}, {"SIZE": 64, "NORTH": 1}):
        assert get(session, server, 1, "preview", **other).headers["ETag"] != tag
    assert get(session, server, 2, "preview", SIZE=64).headers["ETag"] != tag


@pytest.mark.parametrize(
    ("what", "given", "status", "said"),
    [
        ("preview", {"SIZE": "0"}, 400, "SIZE"),
        ("preview", {"SIZE": "99999"}, 400, "SIZE"),
        ("preview", {"SIZE": "-5"}, 400, "SIZE"),
        ("preview", {"SIZE": ["5", "6"]}, 400, "SIZE"),
        ("preview", {"STRETCH": "cubic"}, 400, "STRETCH"),
        ("preview", {"LIMITS": "5 1"}, 400, "LIMITS"),
        ("preview", {"COLORS": "pink"}, 400, "COLORS"),
        ("preview", {"RESPONSEFORMAT": "image/tiff"}, 400, "no format"),
        ("preview", {"PLANE": "psf"}, 400, "PLANE"),
        ("preview", {"NORTH": "up"}, 400, "NORTH"),
        ("tile/0/0/1", {}, 404, "no tile"),
        ("tile/1/0/0", {}, 404, "no level"),
        ("tile/9999999/0/0", {}, 404, "no level"),
        ("tile/0/-1/0", {}, 404, "no tile"),
        ("tile/0/x/0", {}, 404, "no tile"),
        ("tile/0/0/0", {"RED": did(1)}, 400, "GREEN"),
        ("tile/0/0/0", {**COLORED, "BLUE": did(77)}, 404, "no image"),
        ("tile/0/0/0", {**COLORED, "COMPOSE": "wild"}, 400, "COMPOSE"),
        ("tile/0/0/0", {**COLORED, "BALANCE": "1 2"}, 400, "BALANCE"),
        ("tile/0/0/0", {**COLORED, "SOFTNESS": "x"}, 400, "SOFTNESS"),
        ("tile/0/0/0", {**COLORED, "FORMAT": "application/octet-stream"}, 400, "no format"),
        ("statistics", {}, 400, "no figure"),
        ("statistics", {"REGION": "circle 5 5 -1"}, 400, "no figure"),
        ("statistics", {"REGION": "circle nan 5 1"}, 400, "no figure"),
        ("statistics", {"REGION": "polygon 1 2 3 4"}, 400, "no figure"),
        ("statistics", {"REGION": "circle 5000 5 10"}, 400, "No pixel"),
        ("statistics", {"REGION": "box 5 5 1e300 1e300", "PLANE": "mask"}, 400, "PLANE"),
        ("profile", {"LINE": "1 2 3"}, 400, "no line"),
        ("profile", {"LINE": "1 2 1 2"}, 400, "no line"),
        ("profile", {"LINE": "0 0 9e9 0"}, 400, "no line"),
        ("profile", {"LINE": "1 2 3 4", "WIDTH": "0"}, 400, "WIDTH"),
        ("nothing", {}, 404, ""),
    ],
    ids=str,
)
def test_what_cannot_be_shown_is_told(
    session: requests.Session,
    server: Server,
    what: str,
    given: dict[str, Any],
    status: int,
    said: str,
) -> None:
    answer = get(session, server, 1, what, **given)
    assert answer.status_code == status
    assert said in answer.text
    assert "max-age" not in answer.headers.get("Cache-Control", "")
    assert "Traceback" not in answer.text


def test_files_that_are_not_what_they_were(
    state: Path, paths: dict[int, Path], session: requests.Session, server: Server
) -> None:
    whole = paths[1].read_bytes()
    folder = paths[1].parent
    broken = {
        11: whole[: len(whole) // 2],
        12: whole[:100],
        13: b"\0" * 50_000,
        14: b"",
        15: whole,
    }
    files = dict(paths)
    for number, data in broken.items():
        files[number] = folder / f"{number}.fits"
        files[number].write_bytes(data)
    publish(state, files)
    files[15].unlink()
    for number in (*broken, 99):
        for what in ("preview", "tile/0/0/0", "header"):
            answer = get(session, server, number, what)
            if number == 11 and what == "header" and answer.status_code == 200:
                continue  # What there is of them can be read.
            assert answer.status_code in (404, 422, 500, 502, 503), (number, what, answer.text)
            if number in (15, 99):
                assert answer.status_code == 404
            assert b"<VOTABLE" in answer.content
            assert "Traceback" not in answer.text
            assert str(folder) not in answer.text
    # And whole ones are shown as before.
    assert get(session, server, 2, "preview").status_code == 200


def test_nobody_sees_a_picture_without_a_token(server: Server) -> None:
    for what in ("preview", "tiles", "tile/0/0/0", "header"):
        assert requests.get(url(server, 1, what), timeout=60).status_code == 401
