"""Surveys of pictures and coverage maps over HTTP, as viewers of the sky ask for them."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import astropy.units as u
import pytest
import pyvo
import requests
from astropy.coordinates import SkyCoord
from mocpy import MOC
from PIL import Image

from tests.servers import Server, copy_state, start_server

pytestmark = pytest.mark.req("API-REQ-0016")


@pytest.fixture(scope="module")
def server(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    state = copy_state(survey_state, tmp_path_factory.mktemp("hips") / "state")
    # What is none: without properties, or under a name that cannot be asked for.
    (state / "hips" / "dp1" / "broken").mkdir()
    (state / "hips" / "dp1" / ".making").mkdir()
    (state / "secret.txt").write_text("not for you")
    (state / "hips" / "dp1" / "Seagull" / "Norder3" / "Dir0" / "Npix1.jpg").symlink_to(
        state / "secret.txt"
    )
    server = start_server(tmp_path_factory.mktemp("hips-server"), state)
    yield server
    server.stop()
    shutil.rmtree(state, ignore_errors=True)


def get(server: Server, path: str, **more: object) -> requests.Response:
    return server.session().get(f"{server.base}{path}", **more)  # type: ignore[arg-type]


def moc_of(answer: requests.Response) -> MOC:
    """The coverage map of a FITS document."""
    with tempfile.NamedTemporaryFile(suffix=".fits") as file:
        file.write(answer.content)
        file.flush()
        return MOC.load(file.name, format="fits")


def records(text: str) -> list[dict[str, str]]:
    """The records of a list (HiPS 1.0 section 5.2)."""
    found = []
    for block in text.split("\n\n"):
        pairs = (line.partition("=") for line in block.splitlines() if line)
        found.append({key.strip(): value.strip() for key, _, value in pairs})
    return found


def test_the_list_leads_to_every_survey(server: Server) -> None:
    answer = get(server, "hips/list")
    assert answer.headers["Content-Type"].startswith("text/plain")
    listed = records(answer.text)
    assert {"Seagull", "EDFS_comcam"} <= {
        one["hips_service_url"].rpartition("/")[2] for one in listed
    }
    assert not {"broken", ".making"} & {
        one["hips_service_url"].rpartition("/")[2] for one in listed
    }
    for one in listed:
        assert {"creator_did", "hips_release_date", "hips_status"} <= one.keys()
        properties = server.session().get(f"{one['hips_service_url']}/properties")
        told = records(properties.text)[0]
        assert told["creator_did"] == one["creator_did"]
        # HiPS 1.0 table 4.4.1: what every survey must say.
        for key in ("obs_title", "hips_version", "hips_order", "hips_frame", "hips_tile_format"):
            assert told[key]
    of_release = [one for one in listed if "/hips/dp1/" in one["hips_service_url"]]
    assert records(get(server, "hips/dp1/list").text) == of_release
    assert get(server, "hips/nothing/list").status_code == 404


def test_tiles_are_pictures_that_clients_may_keep(server: Server) -> None:
    tile = "hips/dp1/Seagull/Norder3/Dir0/Npix338.jpg"
    answer = get(server, tile)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "max-age=86400" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (512, 512)
    again = get(server, tile, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = server.session().head(f"{server.base}{tile}")
    assert head.headers["Content-Length"] == str(len(answer.content))
    whole = get(server, "hips/dp1/Seagull/Norder3/Allsky.jpg").content
    with Image.open(io.BytesIO(whole)) as picture:
        assert picture.size[0] == 27 * 64


def test_the_survey_covers_its_field(server: Server) -> None:
    answer = get(server, "hips/dp1/Seagull/Moc.fits")
    moc = moc_of(answer)
    told = records(get(server, "hips/dp1/Seagull/properties").text)[0]
    middle = SkyCoord(float(told["hips_initial_ra"]), float(told["hips_initial_dec"]), unit="deg")
    assert moc.contains_skycoords(middle)
    assert moc.sky_fraction == pytest.approx(float(told["moc_sky_fraction"]), rel=1e-3)


@pytest.mark.parametrize(
    "path",
    [
        "hips/dp1/Seagull/Norder3/Dir0/Npix999.jpg",
        "hips/dp1/Seagull/Norder3/Dir0/Npix1.jpg",
        "hips/dp1/Seagull/Norder3/../properties",
        "hips/dp1/Seagull/%2e%2e/EDFS_comcam/properties",
        "hips/dp1/..%2f..%2fsecret.txt",
        "hips/dp1/Seagull/..%2f..%2f..%2fsecret.txt",
        "hips/dp1/Seagull/Norder3/Dir0/Npix338.jpg%00.png",
        "hips/dp1/Seagull/index.html",
        "hips/dp1/broken/properties",
        "hips/dp1/nothing/properties",
        "hips/../catalog.sqlite",
    ],
)
def test_there_is_nothing_else(server: Server, path: str) -> None:
    url = f"{server.base}{path}"
    request = requests.Request("GET", url, headers=server.headers).prepare()
    request.url = url
    answer = server.session().send(request)
    assert answer.status_code in (400, 404)
    assert b"not for you" not in answer.content


def test_strangers_see_no_tile(server: Server) -> None:
    answer = requests.get(f"{server.base}hips/dp1/Seagull/properties", timeout=10)
    assert answer.status_code == 401


class TestCoverage:
    def test_it_holds_every_image(self, server: Server) -> None:
        service = pyvo.dal.TAPService(f"{server.base}tap", session=server.session())
        rows = service.search(
            "SELECT s_ra, s_dec, lsst_band FROM ivoa.ObsCore "
            "WHERE dataproduct_subtype = 'lsst.deep_coadd'"
        )
        answer = get(server, "moc/dp1")
        moc = moc_of(answer)
        places = SkyCoord(rows["s_ra"], rows["s_dec"], unit="deg")
        assert moc.contains_skycoords(places).all()
        assert not moc.contains_skycoords(SkyCoord(0 * u.deg, 80 * u.deg))
        band = rows["lsst_band"][0]
        part = moc_of(get(server, f"moc/dp1/{band}"))
        assert part.sky_fraction <= moc.sky_fraction
        assert part.intersection(moc) == part

    def test_every_format_says_the_same(self, server: Server) -> None:
        path = "moc/dp1?DPSUBTYPE=lsst.visit_image&ORDER=12&RESPONSEFORMAT="
        fits = moc_of(get(server, f"{path}fits"))
        json = MOC.from_string(get(server, f"{path}application/json").text, format="json")
        text = MOC.from_string(get(server, f"{path}ascii").text, format="ascii")
        assert fits == json == text
        assert fits.max_order == 12

    @pytest.mark.parametrize(
        ("path", "status", "text"),
        [
            ("moc/nothing", 404, "no images of a release"),
            ("moc/dp1/q", 404, "in the band q"),
            ("moc/dp1/'", 404, "in the band"),
            ("moc/dp1?DPSUBTYPE=nothing", 404, "no images nothing"),
            ("moc/dp1?ORDER=99", 400, "from 0 to 16"),
            ("moc/dp1?ORDER=-1", 400, "from 0 to 16"),
            ("moc/dp1?FORMAT=png", 400, "no format of coverage maps"),
        ],
    )
    def test_what_is_wrong(self, server: Server, path: str, status: int, text: str) -> None:
        answer = get(server, path)
        assert answer.status_code == status
        assert text in answer.text
