"""Mosaics over HTTP: as jobs, and as products that are made when they are asked for."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from astropy.io import fits
from astropy.wcs import WCS
from PIL import Image
from pyvo.dal.tap import AsyncTAPJob

from tests.images.sky import did, publish, sky
from tests.images.stars import STARS, found
from tests.servers import Server, copy_state, start_server


@pytest.fixture(scope="module")
def state(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_state(survey_state, tmp_path_factory.mktemp("mosaics") / "state")


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


def run(session: requests.Session, server: Server, phase: str = "COMPLETED", **given: Any) -> str:
    """Run a job to its end; gives its address."""
    made = session.post(
        f"{server.base}mosaics", data=given | {"PHASE": "RUN"}, allow_redirects=False, timeout=60
    )
    assert made.status_code == 303, made.text
    url = made.headers["Location"]
    job = AsyncTAPJob(url, session=session)
    job.wait(phases={"COMPLETED", "ERROR", "ABORTED"}, timeout=120)
    assert job.phase == phase, session.get(f"{url}/error", timeout=60).text
    return url


def result(session: requests.Session, url: str, name: str) -> bytes:
    answer = session.get(f"{url}/results/{name}", timeout=60)
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    return answer.content


def test_a_job_makes_a_mosaic(session: requests.Session, server: Server) -> None:
    ids = [did(number) for number in (1, 2, 3)]
    url = run(session, server, ID=ids, CIRCLE="150 2 0.005")
    described = session.get(url, timeout=60).text
    for name in ("mosaic.fits", "preview.png", "provenance.json", "recipe.json"):
        assert f"{url}/results/{name}" in described
    with fits.open(io.BytesIO(result(session, url, "mosaic.fits"))) as hdus:
        image, wcs = hdus["IMAGE"].data, WCS(hdus["IMAGE"].header)
        assert hdus["INPUTS"].data["id"].tolist() == ids
    for ra, dec, flux in STARS[14:16]:
        x, y = map(float, wcs.all_world2pix(ra, dec, 0))
        place = found(image, x, y)
        assert place[:2] == pytest.approx((x, y), abs=0.1)
        assert place[2] == pytest.approx(flux, rel=0.03)
    assert Image.open(io.BytesIO(result(session, url, "preview.png"))).size == (180, 180)


@pytest.mark.req("API-REQ-0027")
def test_a_product_is_made_again_when_it_is_wanted(
    state: Path, session: requests.Session, server: Server
) -> None:
    url = run(session, server, ID=[did(1), did(2)], CIRCLE="150 2 0.003", RESAMPLE="bicubic")
    whole = result(session, url, "mosaic.fits")
    recipe = json.loads(result(session, url, "recipe.json"))
    kept = session.post(f"{server.base}products", json=recipe, timeout=60)
    assert kept.status_code == 201
    product = kept.json()["id"]
    assert json.loads(result(session, url, "provenance.json"))["product"] == product
    told = session.get(kept.headers["Location"], timeout=60).json()
    assert told["recipe"] == recipe
    # What is there is sent as it is.
    assert session.get(told["files"]["mosaic.fits"], timeout=60).content == whole
    shutil.rmtree(state / "products" / "made")
    again = session.get(told["files"]["mosaic.fits"], timeout=60)
    assert again.headers["Content-Type"] == "image/fits"
    np.testing.assert_array_equal(
        fits.getdata(io.BytesIO(again.content), "IMAGE"), fits.getdata(io.BytesIO(whole), "IMAGE")
    )
    # The result of the job is the job's own.
    assert result(session, url, "mosaic.fits") == whole
    by_name = run(session, server, PRODUCT=product)
    assert result(session, by_name, "mosaic.fits") == again.content


def test_a_stack(session: requests.Session, server: Server) -> None:
    given = {"ID": [did(1), did(2)], "CIRCLE": "150 2 0.002", "STACK": "1"}
    url = run(session, server, **given)
    assert "stack.h5" in session.get(url, timeout=60).text
    assert result(session, url, "stack.h5").startswith(b"\x89HDF")


def test_a_colour_picture(session: requests.Session, server: Server) -> None:
    given = {"RED": did(1), "GREEN": did(2), "BLUE": did(3), "CIRCLE": "150 2 0.003"}
    url = run(session, server, COMPOSE="hue", LIMITS="99.5", **given)
    picture = Image.open(io.BytesIO(result(session, url, "preview.png")))
    assert (picture.mode, picture.size) == ("RGB", (108, 108))
    with fits.open(io.BytesIO(result(session, url, "mosaic.fits"))) as hdus:
        assert {"RED", "GREEN", "BLUE"} <= {hdu.name for hdu in hdus}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RESAMPLE": "lanczos"}, "RESAMPLE"),
        ({"PIXELSCALE": "-1"}, "arcsec"),
        ({"CIRCLE": "150 2 -1"}, "no circle"),
        ({"WCS": "{"}, "not JSON"),
        ({"RECIPE": "{}"}, "recipe"),
        ({"PRODUCT": "../../etc"}, "not the id"),
        ({"PHASE": "GO"}, "PHASE"),
    ],
    ids=str,
)
def test_a_job_that_makes_no_sense_is_refused(
    session: requests.Session, server: Server, given: dict[str, str], said: str
) -> None:
    answer = session.post(f"{server.base}mosaics", data={"ID": did(1)} | given, timeout=60)
    assert answer.status_code == 400
    assert said in answer.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "needs images"),
        ({"ID": did(1), "CIRCLE": "10 10 0.01"}, "None of the images"),
        ({"ID": [did(1), did(77)]}, "There is no image"),
        ({"ID": "ivo://else/where?1"}, "There is no image"),
        ({"ID": did(1), "CIRCLE": "150 2 40"}, "at most 64000000"),
        ({"ID": did(1), "WCS": '{"NAXIS1": 5, "NAXIS2": 5}'}, "no axes on the sky"),
        ({"PRODUCT": "0" * 32}, "There is no product"),
    ],
    ids=str,
)
def test_a_job_that_fails_says_why(
    session: requests.Session, server: Server, given: dict[str, Any], said: str
) -> None:
    url = run(session, server, phase="ERROR", **given)
    error = session.get(f"{url}/error", timeout=60).text
    assert said in error
    assert "Traceback" not in error
    assert session.get(f"{url}/results/mosaic.fits", timeout=60).status_code == 404


def test_damaged_images_are_named(
    state: Path, paths: dict[int, Path], session: requests.Session, server: Server
) -> None:
    broken = paths[1].with_name("broken.fits")
    broken.write_bytes(paths[1].read_bytes()[:30_000])
    publish(state, {**paths, 5: broken})
    url = run(session, server, phase="ERROR", ID=[did(1), did(5)])
    error = session.get(f"{url}/error", timeout=60).text
    assert "damaged" in error
    assert did(5) in error
    assert str(broken.parent) not in error


def test_products_that_make_no_sense_are_refused(session: requests.Session, server: Server) -> None:
    products = f"{server.base}products"
    for body in (b"{", b"[]", b"\xff", b"{}", b"[" * 100_000):
        answer = session.post(products, data=body, timeout=60)
        assert answer.status_code == 400, body[:20]
    assert session.post(products, data=b" " * (2 << 20), timeout=60).status_code == 413
    for name in ("0" * 32, "nothing", f"{'0' * 32}/mosaic.fits"):
        assert session.get(f"{products}/{name}", timeout=60).status_code in (400, 404)
