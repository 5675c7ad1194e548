"""Pictures of FITS files in the user's folder."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from astropy.io import fits
from astropy.wcs import WCS

from lsp_jupyter.api.own_image import OwnImage
from tests.images.stars import header
from tests.servers import Server

RANDOM = np.random.default_rng(1)
NOISE = RANDOM.normal(100, 5, (60, 80))


def cube() -> fits.HDUList:
    data = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)
    hdu = fits.PrimaryHDU(data)
    hdu.header.update(header(side=5))
    hdu.header.update(CTYPE3="WAVE", CTYPE4="STOKES", CRVAL3=5e-7, CD3_3=1e-9, CD4_4=1.0)
    return fits.HDUList([hdu])


def several() -> fits.HDUList:
    compressed = fits.CompImageHDU(NOISE.astype(np.float32), name="SCI", quantize_level=16)
    table = fits.BinTableHDU.from_columns([fits.Column("x", "E", array=[1, 2])], name="CAT")
    dq = fits.ImageHDU(np.ones((60, 80), np.uint8), name="DQ")
    dq.header["BUNIT"] = "flag"
    return fits.HDUList([fits.PrimaryHDU(), compressed, table, dq, fits.ImageHDU(np.ones(7))])


def scaled() -> fits.HDUList:
    hdu = fits.PrimaryHDU((NOISE * 10).astype(np.uint16))
    return fits.HDUList([hdu])


def plain(data: np.ndarray, **cards: Any) -> fits.HDUList:
    hdu = fits.PrimaryHDU(data)
    hdu.header.update(cards)
    return fits.HDUList([hdu])


FILES = {
    "cube.fits": cube(),
    "more/several.fits": several(),
    "scaled.fits": scaled(),
    "constant.fits": plain(np.full((20, 30), 7.0)),
    "empty.fits": plain(np.full((20, 30), np.nan)),
    "bad-wcs.fits": plain(NOISE, CTYPE1="RA---TAN", CTYPE2="DEC--TAN", CD1_1=0.0, CD2_2=0.0),
    "table.fits": fits.HDUList([fits.PrimaryHDU(), several()["CAT"]]),
    ".hidden.fits": plain(NOISE),
}


@pytest.fixture(scope="module")
def folder(lab_server: Server) -> Path:
    folder = lab_server.log.parent / "work"
    for name, hdus in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        hdus.writeto(path, overwrite=True)
    whole = (folder / "scaled.fits").read_bytes()
    (folder / "cut.fits").write_bytes(whole[: len(whole) // 2])
    (folder / "text.fits").write_text("no FITS at all")
    os.mkfifo(folder / "pipe.fits")
    return folder


@pytest.fixture(scope="module")
def session(lab_server: Server) -> Iterator[requests.Session]:
    with lab_server.session() as session:
        yield session


@pytest.fixture
def get(lab_server: Server, session: requests.Session, folder: Path) -> Any:
    assert folder.is_dir()

    def get(what: str, path: str, hdu: int | None = None, layer: int = 0, **given: str) -> Any:
        token = OwnImage(path, hdu, layer).token
        url = f"{lab_server.base}images/~/{token}/{what}"
        return session.get(url, params=given, timeout=60)

    return get


def numbers(answer: requests.Response) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    shape = int(answer.headers["X-Rows"]), int(answer.headers["X-Columns"])
    return np.frombuffer(answer.content, "<f4").reshape(shape)


RAW = "application/octet-stream"


@pytest.mark.req("PRTL-REQ-0068")
def test_all_images_of_a_file_are_listed_and_shown(get: Any) -> None:
    parts = get("parts", "more/several.fits").json()["parts"]
    assert [(one["hdu"], one["name"], one["compressed"]) for one in parts] == [
        (1, "SCI", True),
        (3, "DQ", False),
    ]
    assert (parts[1]["columns"], parts[1]["rows"], parts[1]["layers"]) == (80, 60, 1)
    assert parts[1]["unit"] == "flag"
    first = numbers(get("tile/0/0/0", "more/several.fits", RESPONSEFORMAT=RAW))
    assert np.abs(first - NOISE).max() < 1
    flags = numbers(get("tile/0/0/0", "more/several.fits", 3, RESPONSEFORMAT=RAW))
    assert (flags == 1).all()


def test_layers_of_a_cube(get: Any) -> None:
    (part,) = get("parts", "cube.fits").json()["parts"]
    assert (part["columns"], part["rows"], part["layers"]) == (5, 4, 6)
    whole = FILES["cube.fits"][0].data.reshape(6, 4, 5)
    for layer in (0, 1, 5):
        shown = numbers(get("tile/0/0/0", "cube.fits", 0, layer, RESPONSEFORMAT=RAW))
        np.testing.assert_array_equal(shown, whole[layer])
    wcs = WCS(get("tiles", "cube.fits", 0, 5).json()["wcs"])
    assert wcs.naxis == 2
    assert [float(one) for one in wcs.wcs_pix2world(2, 2, 0)] == pytest.approx([150, 2])
    assert "no layer 6" in get("tiles", "cube.fits", 0, 6).text


def test_scaled_whole_numbers(get: Any) -> None:
    shown = numbers(get("tile/0/0/0", "scaled.fits", RESPONSEFORMAT=RAW))
    np.testing.assert_array_equal(shown, (NOISE * 10).astype(np.uint16))
    told = get("statistics", "scaled.fits", REGION="box 40 30 10 10").json()
    assert told["mean"] == pytest.approx(1000, rel=0.02)


@pytest.mark.parametrize("name", ["constant.fits", "empty.fits", "bad-wcs.fits"])
def test_images_of_nothing_much_are_shown(get: Any, name: str) -> None:
    told = get("tiles", name)
    assert told.status_code == 200, told.text
    assert "wcs" not in told.json()
    assert get("tile/0/0/0", name).headers["Content-Type"] == "image/png"
    assert get("preview", name, NORTH="1").headers["Content-Type"] == "image/png"
    if name == "empty.fits":
        told = get("statistics", name, REGION="circle 10 10 3").json()
        assert told["pixels"] == told["empty"] > 0


@pytest.mark.parametrize(
    ("name", "hdu", "status", "said"),
    [
        ("none.fits", None, 404, "no file"),
        ("../server.log", None, 404, "no file"),
        ("more/../../server.log", None, 404, "no file"),
        ("/etc/passwd", None, 404, "no file"),
        (".hidden.fits", None, 404, "no file"),
        ("more", None, 404, "no file"),
        ("pipe.fits", None, 404, "no file"),
        ("table.fits", None, 404, "no image"),
        ("more/several.fits", 2, 404, "no image"),
        ("more/several.fits", 4, 404, "no image"),
        ("more/several.fits", 99, 404, "no image"),
        ("cut.fits", None, 500, "damaged"),
        ("text.fits", None, 500, "damaged"),
    ],
)
def test_what_cannot_be_shown_is_told(
    get: Any, name: str, hdu: int | None, status: int, said: str
) -> None:
    answer = get("tiles", name, hdu)
    assert said in answer.text
    assert answer.status_code == status
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "%00",
        base64.urlsafe_b64encode(b"[]").decode(),
        base64.urlsafe_b64encode(json.dumps({"path": 3}).encode()).decode(),
        base64.urlsafe_b64encode(json.dumps({"path": "a", "hdu": -1}).encode()).decode(),
        base64.urlsafe_b64encode(json.dumps({"path": "a", "layer": 1.5}).encode()).decode(),
        base64.urlsafe_b64encode(b"[" * 3_000).decode(),
    ],
)
def test_addresses_of_nothing(session: requests.Session, lab_server: Server, token: str) -> None:
    answer = session.get(f"{lab_server.base}images/~/{token}/tiles", timeout=60)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_a_file_that_changes_is_shown_as_it_is(get: Any, folder: Path) -> None:
    plain(np.full((9, 9), 1.0)).writeto(folder / "changing.fits")
    assert numbers(get("tile/0/0/0", "changing.fits", RESPONSEFORMAT=RAW))[0, 0] == 1
    plain(np.full((9, 9), 2.0)).writeto(folder / "changing.fits", overwrite=True)
    assert numbers(get("tile/0/0/0", "changing.fits", RESPONSEFORMAT=RAW))[0, 0] == 2
    (folder / "changing.fits").unlink()
    assert get("tile/0/0/0", "changing.fits").status_code == 404
