"""Cutouts of many positions over HTTP: files in every format, tables in, rows that failed."""

from __future__ import annotations

import csv
import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS

from tests.images.sky import RELEASE, did, sky
from tests.images.stars import STARS, found
from tests.servers import Server, copy_state, start_server

#: Stars away from the edges of all images.
MIDDLE = [STARS[7], STARS[14], STARS[21]]
RADIUS = 0.0008


@pytest.fixture(scope="module")
def state(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_state(survey_state, tmp_path_factory.mktemp("bulk") / "state")


@pytest.fixture(scope="module")
def server(state: Path) -> Iterator[Server]:
    paths = sky(state, state.parent / "stars")
    paths[3].write_bytes(paths[3].read_bytes()[:20_000])
    server = start_server(state.parent / "server", state)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[requests.Session]:
    with server.session() as session:
        yield session


def table(rows: list[tuple[Any, ...]]) -> dict[str, tuple[str, bytes]]:
    """A CSV file with positions, as a part of a form."""
    text = io.StringIO()
    csv.writer(text).writerows([("obs_publisher_did", "ra", "dec", "radius"), *rows])
    return {"places": ("places.csv", text.getvalue().encode())}


def run(
    server: Server,
    session: requests.Session,
    files: dict[str, tuple[str, bytes]] | None = None,
    **given: Any,
) -> str:
    """Do a job to its end; its URL."""
    if files:
        given["UPLOAD"] = "places,param:places"
    url = f"{server.base}cutouts"
    answer = session.post(url, data={"PHASE": "RUN", **given}, files=files)
    assert answer.status_code == 200, answer.text
    for _ in range(60):
        if session.get(f"{answer.url}/phase").text not in ("QUEUED", "EXECUTING"):
            break
        session.get(answer.url, params={"WAIT": "2"})
    return answer.url


def result(session: requests.Session, url: str, name: str) -> requests.Response:
    assert session.get(f"{url}/phase").text == "COMPLETED", session.get(f"{url}/error").text
    answer = session.get(f"{url}/results/{name}")
    assert answer.status_code == 200, answer.text
    return answer


def index(session: requests.Session, url: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result(session, url, "index.csv").text)))


def places() -> list[tuple[Any, ...]]:
    """Rows that can be made, between some that cannot."""
    (a, b, c) = [(ra, dec, RADIUS) for ra, dec, _ in MIDDLE]
    return [
        (did(2), *a),
        (did(1), 10.0, 10.0, RADIUS),
        (did(1), *b),
        (did(99), *b),
        (did(1), "", "", RADIUS),
        (did(3), *b),
        (did(1), *c[:2], -1.0),
        (did(2), *c),
    ]


@pytest.mark.req("API-REQ-0018", "PRTL-REQ-0040")
def test_one_file_in_the_order_of_the_rows(server: Server, session: requests.Session) -> None:
    url = run(server, session, table(places()))
    rows = index(session, url)
    assert [row["row"] for row in rows] == [str(number) for number in range(1, 9)]
    errors = [row["error"] for row in rows]
    assert [bool(text) for text in errors] == [False, True, False, True, True, True, True, False]
    for text, why in zip(
        (errors[number] for number in (1, 3, 4, 6)),
        ("No pixel", "no such image", "no position", "radius"),
        strict=True,
    ):
        assert why in text
    answer = result(session, url, "cutouts.fits")
    assert answer.headers["Content-Type"] == "image/fits"
    with fits.open(io.BytesIO(answer.content)) as hdus:
        hdus.verify("exception")
        assert [(hdu.name, hdu.ver) for hdu in hdus[1:-1]] == [
            (name, number) for number in (1, 3, 8) for name in ("IMAGE", "MASK", "VARIANCE")
        ]
        for number, (ra, dec, flux) in zip(
            (1, 3, 8), (MIDDLE[0], MIDDLE[1], MIDDLE[2]), strict=True
        ):
            hdu = hdus["IMAGE", number]
            x, y = WCS(hdu.header).world_to_pixel_values(ra, dec)
            column, row, light = found(hdu.data, float(x), float(y))
            assert np.hypot(column - x, row - y) < 0.1
            assert abs(light / flux - 1) < 0.1
        told = Table.read(hdus["INDEX"])
        assert list(told["extver"]) == [1, 0, 3, 0, 0, 0, 0, 8]
        assert told["obs_publisher_did"][0] == did(2)
    assert "<percent>100.0</percent>" in session.get(url).text


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_file_of_files(server: Server, session: requests.Session, kind: str) -> None:
    url = run(server, session, table(places()), RESPONSEFORMAT=kind, CUTOUTDETAIL="Image")
    data = io.BytesIO(result(session, url, f"cutouts.{kind}").content)
    if kind == "tar":
        with tarfile.open(fileobj=data) as whole:
            files = {one.name: whole.extractfile(one).read() for one in whole}  # type: ignore[union-attr]
    else:
        with zipfile.ZipFile(data) as packed:
            assert packed.testzip() is None
            files = {name: packed.read(name) for name in packed.namelist()}
    assert list(files) == [
        "cutouts/index.csv",
        *(f"cutouts/cutout-{number:05d}.fits" for number in (1, 3, 8)),
    ]
    assert files["cutouts/index.csv"].decode() == result(session, url, "index.csv").text
    with fits.open(io.BytesIO(files["cutouts/cutout-00003.fits"])) as hdus:
        assert hdus[0].header["PUBDID"] == did(1)
        assert [hdu.name for hdu in hdus[1:]] == ["IMAGE"]


def test_a_gallery(server: Server, session: requests.Session) -> None:
    url = run(server, session, table(places()), RESPONSEFORMAT="html", COLORS="viridis")
    answer = result(session, url, "cutouts.html")
    assert answer.text.count("data:image/png;base64,iVBOR") == 3
    assert answer.text.count('class="error"') == 5
    assert (
        "sandbox" in answer.headers["Content-Security-Policy"]
        or "attachment" in answer.headers["Content-Disposition"]
    )


def test_positions_as_parameters(server: Server, session: requests.Session) -> None:
    circles = [f"{ra} {dec}" for ra, dec, _ in MIDDLE]
    url = run(server, session, ID=did(1), CIRCLE=circles, RADIUS=str(RADIUS))
    assert [row["error"] for row in index(session, url)] == ["", "", ""]


def test_images_are_found_for_objects(server: Server, session: requests.Session) -> None:
    """Each object gets the coadd of each band whose middle is nearest."""
    query = (
        "SELECT TOP 4 objectId, coord_ra, coord_dec FROM dp1.Object WHERE "
        "CONTAINS(POINT(coord_ra, coord_dec), CIRCLE(53.16, -28.1, 0.005)) = 1"
    )
    answer = session.post(
        f"{server.base}tap/async", data={"QUERY": query, "PHASE": "RUN", "LANG": "ADQL"}
    )
    for _ in range(60):
        if session.get(f"{answer.url}/phase").text == "COMPLETED":
            break
        session.get(answer.url, params={"WAIT": "2"})
    job = answer.url.rpartition("/")[2]
    url = run(
        server,
        session,
        UPLOAD=f"objects,job:{job}",
        RELEASE="dp1",
        DATASET="deep_coadd",
        BAND=["r", "i"],
        CUTOUTDETAIL="Image",
    )
    rows = index(session, url)
    assert len(rows) in (2, 4, 6, 8)
    assert [row["error"] for row in rows] == [""] * len(rows)
    assert len({row["obs_publisher_did"] for row in rows}) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_few_are_had_at_once(server: Server, session: requests.Session, method: str) -> None:
    ids = [did(2), did(1), did(2), did(99)]
    places = [*MIDDLE, MIDDLE[0]]
    given = {"ID": ids, "CIRCLE": [f"{ra} {dec} {RADIUS}" for ra, dec, _ in places]}
    sent = {"params": given} if method == "GET" else {"data": given}
    answer = session.request(method, f"{server.base}cutouts/sync", **sent)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "image/fits"
    with fits.open(io.BytesIO(answer.content)) as hdus:
        assert [(hdu.name, hdu.ver) for hdu in hdus[1:-1]] == [
            (name, number) for number in (1, 2, 3) for name in ("IMAGE", "MASK", "VARIANCE")
        ]
        told = Table.read(hdus["INDEX"])
        assert list(told["extver"]) == [1, 2, 3, 0]
        assert "no such image" in told["error"][3]
        # The same as one by one.
        for number, circle in enumerate(given["CIRCLE"][:3], 1):
            one = session.get(
                f"{server.base}soda/sync", params={"ID": ids[number - 1], "CIRCLE": circle}
            )
            with fits.open(io.BytesIO(one.content)) as single:
                for plane in ("IMAGE", "MASK", "VARIANCE"):
                    ours, theirs = hdus[plane, number], single[plane]
                    assert np.array_equal(ours.data, theirs.data)
                    del ours.header["EXTVER"]
                    assert repr(ours.header) == repr(theirs.header)
    assert not list((server.state / "pixels").rglob("*.cutouts"))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"ID": did(1), "CIRCLE": ["150 2"] * 21}, "There are 21 positions; 20 cutouts"),
        ({"CIRCLE": ["150 2"] * 11, "RELEASE": RELEASE, "BAND": ["g", "r"]}, "20 cutouts"),
        ({"CIRCLE": "150 2"}, "RELEASE is missing"),
        ({"UPLOAD": "places,param:places"}, "table cannot be sent"),
        ({}, "no positions"),
    ],
)
def test_what_is_not_made_at_once(
    server: Server, session: requests.Session, given: dict[str, Any], text: str
) -> None:
    answer = session.post(f"{server.base}cutouts/sync", data=given)
    assert answer.status_code in (400, 413), answer.text
    assert text in re.sub("<[^>]*>", "", answer.text)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"RESPONSEFORMAT": "gif"}, "RESPONSEFORMAT cannot be"),
        ({"RESPONSEFORMAT": ["tar", "zip"]}, "sent 2 times"),
        ({"CUTOUTDETAIL": "all"}, "CUTOUTDETAIL cannot be"),
        ({"RADIUS": "0"}, "radius must be"),
        ({"RADIUS": "nan"}, "RADIUS cannot be"),
        ({"CIRCLE": "1 2 3 4"}, "CIRCLE cannot be"),
        ({"CIRCLE": "NaN 2"}, "CIRCLE cannot be"),
        ({"CIRCLE": "1 95"}, "no position"),
        ({"ID": [did(1), did(2)], "CIRCLE": "1 2"}, "2 values of ID and 1 of CIRCLE"),
        ({"STRETCH": "wild"}, "STRETCH"),
    ],
)
def test_what_is_wrong(
    server: Server, session: requests.Session, given: dict[str, Any], text: str
) -> None:
    answer = session.post(f"{server.base}cutouts", data=given)
    assert answer.status_code == 400
    assert text in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("given", "rows", "text"),
    [
        ({}, None, "There are no positions"),
        ({"CIRCLE": "150 2"}, None, "RELEASE is missing"),
        ({"CIRCLE": "150 2", "RELEASE": "none"}, None, "no images of a release"),
        ({"CIRCLE": "150 2", "RELEASE": RELEASE, "DATASET": "x"}, None, "It has visit_image"),
        (
            {"CIRCLE": "150 2", "RELEASE": RELEASE, "DATASET": "visit_image", "BAND": "w"},
            None,
            "no images in the band",
        ),
    ],
)
def test_jobs_that_cannot_be_done(
    server: Server, session: requests.Session, given: dict[str, Any], rows: Any, text: str
) -> None:
    url = run(server, session, rows, **given)
    assert session.get(f"{url}/phase").text == "ERROR"
    assert text in re.sub("<[^>]*>", "", session.get(f"{url}/error").text)


def test_a_table_without_positions(server: Server, session: requests.Session) -> None:
    url = run(server, session, {"places": ("places.csv", b"a,b\n1,2\n")})
    assert session.get(f"{url}/phase").text == "ERROR"
    assert "no positions" in session.get(f"{url}/error").text


def test_it_can_be_stopped(server: Server, session: requests.Session) -> None:
    ra, dec, _ = MIDDLE[1]
    rows = [(did(4), ra, dec, RADIUS)] * 5_000
    answer = session.post(
        f"{server.base}cutouts",
        data={"PHASE": "RUN", "UPLOAD": "places,param:places"},
        files=table(rows),
    )
    session.get(answer.url, params={"WAIT": "5", "PHASE": "QUEUED"})
    session.post(f"{answer.url}/phase", data={"PHASE": "ABORT"})
    assert session.get(f"{answer.url}/phase").text == "ABORTED"
    assert not list((server.state / "pixels").rglob("*.stamps"))
