"""Searches for images from code, against a real server with the demo survey."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import astropy.units as u
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from astropy.wcs import WCS

import lsp_jupyter as lsp
from lsp_jupyter.errors import LspError, NoOverlapError, NotFoundError, UsageError
from lsp_jupyter.notebook import session
from lsp_jupyter.notebook.client import Client
from lsp_jupyter.notebook.image_search import places
from lsp_jupyter.notebook.results import CutOffWarning
from tests.servers import Server, copy_state, start_server


@pytest.fixture(scope="module")
def survey(survey_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with images."""
    root = tmp_path_factory.mktemp("images")
    server = start_server(root, copy_state(survey_state, root / "state"))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def here(survey: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a kernel of that server."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(survey.runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(survey.process.pid))
    monkeypatch.setattr(session, "_client", Client())


@pytest.fixture(scope="module")
def one(survey: Server) -> dict[str, Any]:
    """Some image of the survey."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(survey.runtime))
        patch.setenv("JPY_PARENT_PID", str(survey.process.pid))
        patch.setattr(session, "_client", Client())
        rows = lsp.query(
            "SELECT TOP 1 * FROM ivoa.ObsCore WHERE dataproduct_subtype = 'lsst.visit_image' "
            "AND obs_publisher_did LIKE '%/dp1?%' ORDER BY obs_publisher_did"
        ).to_arrow()
        return rows.to_pylist()[0]


def ids(found: Any) -> set[str]:
    return set(found.to_arrow()["obs_publisher_did"].to_pylist())


def test_images_of_a_place_a_band_a_time_and_a_kind(one: dict[str, Any]) -> None:
    place = (one["s_ra"], one["s_dec"])
    everything = lsp.find_images(place, release="dp1")
    assert one["obs_publisher_did"] in ids(everything)
    # It is a job like any other: kept, shown, saved.
    assert everything.id == lsp.last().id
    sky = SkyCoord(*place, unit="deg")
    narrow = lsp.find_images(
        sky,
        radius=1 * u.arcsec,
        release="dp1",
        band=one["lsst_band"],
        time=Time(one["t_min"], format="mjd", scale="tai"),
        kind="visit_image",
    )
    assert one["obs_publisher_did"] in ids(narrow)
    bands = set(narrow.to_arrow()["lsst_band"].to_pylist())
    assert bands == {one["lsst_band"]}
    assert ids(narrow) < ids(everything)
    assert len(lsp.find_images(place, release="dp1", time=(10_000, 10_001))) == 0
    known = lsp.find_images(id=one["obs_publisher_did"], release="dp1")
    assert ids(known) == {one["obs_publisher_did"]}
    many = lsp.find_images(SkyCoord([place[0], 0], [place[1], 80], unit="deg"), release="dp1")
    assert ids(many) == ids(everything)
    with pytest.warns(CutOffWarning):
        assert len(lsp.find_images(release="dp1", maxrec=2)) == 2
    assert len(lsp.find_images("POLYGON 0 80 1 80 1 81", release="dp1", exptime=(1, 60))) == 0
    (ref,) = lsp.datasets(known)
    assert ref.datasetType.name == "visit_image"


@pytest.mark.parametrize(
    ("arguments", "named", "kind", "says"),
    [
        (((400.0, 0.0),), {}, UsageError, "right ascension 400"),
        (((1.0, 2.0, 3.0),), {}, UsageError, "no place"),
        ((7,), {}, UsageError, "no place"),
        (("SQUARE 1 2 3",), {}, UsageError, "SQUARE"),
        (("POLYGON 1 2 3",), {}, UsageError, "POLYGON 1 2 3"),
        (((1.0, 2.0), "wide"), {}, UsageError, "no angle"),
        (((1.0, 2.0), 1 * u.s), {}, UsageError, "no angle"),
        ((), {"time": (1, 2, 3)}, UsageError, "one time or two"),
        ((), {"time": "yesterday"}, UsageError, "one time or two"),
        ((), {"time": (2, 1)}, UsageError, "lower limit"),
        ((), {"calib": 7}, UsageError, "CALIB"),
        ((), {"exptime": "long"}, UsageError, "EXPTIME"),
        ((), {"release": "dr9"}, NotFoundError, "dr9"),
        ((), {"band": [object()]}, UsageError, "literal"),
    ],
)
def test_what_cannot_be_searched_is_told(
    arguments: tuple[Any, ...], named: dict[str, Any], kind: type[LspError], says: str
) -> None:
    with pytest.raises(kind, match=says):
        lsp.find_images(*arguments, **{"release": "dp1", **named})


def test_a_release_is_named_if_there_are_several(survey: Server) -> None:
    path = survey.state / "repositories.json"
    kept = path.read_text()
    told = [{"release": name, "uri": f"/no/{name}", "collections": ["C"]} for name in ("a", "b")]
    path.write_text(json.dumps(told))
    try:
        with pytest.raises(UsageError, match="There are images of a, b"):
            lsp.butler()
        with pytest.raises(UsageError, match="There are images of a, b"):
            lsp.find_images()
        with pytest.raises(NotFoundError, match="no images of a release dr9"):
            lsp.butler("dr9")
    finally:
        path.write_text(kept)


def test_places_are_written_as_the_standard_has_them() -> None:
    assert places((10, -5.5), 0.25) == ["CIRCLE 10.0 -5.5 0.25"]
    assert places("circle  1 2 3") == ["circle 1 2 3"]
    galactic = SkyCoord(0 * u.deg, 90 * u.deg, frame="galactic")
    (text,) = places(galactic, 30 * u.arcmin)
    assert [round(float(each), 3) for each in text.split()[1:]] == [192.859, 27.128, 0.5]


def test_a_part_of_an_image_comes_alone(one: dict[str, Any], tmp_path: Path) -> None:
    place = (one["s_ra"], one["s_dec"])
    with lsp.cutout(one, place, radius=10 * u.arcsec) as part:
        assert {"IMAGE", "MASK", "VARIANCE"} <= {hdu.name for hdu in part}
        image = part["IMAGE"]
        rows, columns = image.data.shape
        # 20″ of 0.2″ pixels, turned in any way.
        assert 90 < rows < 160
        assert 90 < columns < 160
        column, row = WCS(image.header).all_world2pix(*place, 0)
        assert abs(column - columns / 2) < 2
        assert abs(row - rows / 2) < 2
    with lsp.cutout(one["obs_publisher_did"], place, 0.002, detail="image") as part:
        assert "MASK" not in {hdu.name for hdu in part}
    path = lsp.cutout(one, place, 0.002, to=tmp_path / "part.png")
    assert path == tmp_path / "part.png"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [each.name for each in tmp_path.iterdir()] == ["part.png"]
    found = lsp.find_images(id=one["obs_publisher_did"], release="dp1")
    with lsp.cutout(found, SkyCoord(*place, unit="deg"), 0.002) as part:
        assert part["IMAGE"].data.size
    row = found.to_table()[0]
    with lsp.cutout(row, f"CIRCLE {place[0]} {place[1]} 0.002") as part:
        assert part["IMAGE"].data.size


@pytest.mark.parametrize(
    ("named", "kind", "says"),
    [
        ({"place": (0.0, 80.0), "radius": 0.01}, NoOverlapError, "nothing of that place"),
        ({"place": (0.0, 80.0)}, UsageError, "needs a radius"),
        ({"place": SkyCoord([1, 2], [3, 4], unit="deg"), "radius": 1}, UsageError, "2 places"),
        ({"place": "POLYGON 1 2 3"}, UsageError, "POS|POLYGON"),
        ({"place": (0.0, 80.0), "radius": -1}, UsageError, "radius"),
        ({"detail": "everything"}, UsageError, "CUTOUTDETAIL"),
        ({"to": "/nowhere/x.xyz"}, UsageError, "RESPONSEFORMAT|xyz"),
        ({"image": "ivo://x/dp1?88ea8f5d-2af4-516a-b26a-62acecf5fb43"}, LspError, "image"),
        ({"image": ["a", "b"]}, UsageError, "2 images"),
        ({"image": {"s_ra": 1}}, UsageError, "no column obs_publisher_did"),
    ],
)
def test_a_part_that_cannot_be_had_is_told(
    one: dict[str, Any], named: dict[str, Any], kind: type[LspError], says: str
) -> None:
    with pytest.raises(kind, match=says):
        lsp.cutout(**{"image": one, **named})


def test_rows_say_where_their_links_are(survey: Server, one: dict[str, Any]) -> None:
    assert one["access_url"].startswith(f"{survey.base}datalink/links?ID=ivo")
    assert survey.session().get(one["access_url"]).status_code == 200
