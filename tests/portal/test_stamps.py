"""Pictures of places, for a wall of them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.portal.conftest import Portal
from tests.servers import Server

COADDS = {"release": "dp1", "dataset": "deep_coadd", "bands": ["r"], "radius": 5 / 3600}
IMAGES = (
    "SELECT lsst_patch, MIN(s_ra), MIN(s_dec), COUNT(*) AS n FROM ivoa.ObsCore "
    "WHERE dataproduct_subtype = 'lsst.deep_coadd' AND lsst_band IN ('g', 'r', 'i') "
    "GROUP BY lsst_tract, lsst_patch ORDER BY n DESC"
)
OBJECTS = (
    "SELECT TOP 60 coord_ra, coord_dec FROM dp1.Object WHERE i_psfFlux > 0 AND "
    "CONTAINS(POINT(coord_ra, coord_dec), CIRCLE({}, {}, 0.005)) = 1 ORDER BY i_psfFlux DESC"
)


@pytest.fixture(scope="module")
def survey(survey_server: Server) -> Iterator[Portal]:
    client = Portal(survey_server)
    yield client
    client.session.close()


@pytest.fixture(scope="module")
def places(survey: Portal) -> list[list[float]]:
    images, _ = survey.rows(survey.run(IMAGES)["id"])
    _, ra, dec, count, _ = images.to_pylist()[0].values()
    assert count == 3
    table, _ = survey.rows(survey.run(OBJECTS.format(ra, dec))["id"])
    return [list(pair) for pair in zip(*(table.column(n).to_pylist() for n in (0, 1)), strict=True)]


def stamps(survey: Portal, **body: Any) -> list[tuple[dict[str, Any], bytes]]:
    data = survey.ask("POST", "stamps", json=COADDS | body).content
    (length,) = struct.unpack_from("<I", data)
    told = json.loads(data[4 : 4 + length])["stamps"]
    rest = data[4 + length :]
    assert sum(one["size"] for one in told) == len(rest)
    return [(one, rest[one["start"] : one["start"] + one["size"]]) for one in told]


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)


def test_what_stamps_can_be_of(survey: Portal) -> None:
    images = survey.get("stamps")["images"]
    (coadds,) = (one for one in images if one["dataset"] == "deep_coadd")
    assert coadds["release"] == "dp1"
    assert [band for band in coadds["bands"] if band in "ugrizy"] == [
        band for band in "ugrizy" if band in coadds["bands"]
    ]


@pytest.mark.req("PRTL-REQ-0041")
def test_one_a_place_in_their_order(survey: Portal, places: list[list[float]]) -> None:
    nowhere = [[None, 0], [10.0, 95.0], [0.0, 89.0]]
    found = stamps(survey, places=[places[0], *nowhere, *places[1:]])
    assert len(places) > 6
    wrong = [bool(one["error"]) for one, _ in found]
    assert wrong == [False, *[True] * 3, *[False] * (len(places) - 1)]
    assert "position" in found[1][0]["error"]
    assert "No image in r covers" in found[3][0]["error"]
    for one, png in found:
        if one["error"]:
            assert (one["size"], png) == (0, b"")
            continue
        shown = pixels(png)
        assert shown.shape[:2] == (one["rows"], one["columns"])
        assert one["image"].startswith("ivo://")
    # The brightest object is in the middle of its stamp.
    shown = pixels(found[0][1]).sum(axis=2)
    y, x = np.unravel_index(shown.argmax(), shown.shape)
    assert np.hypot(y - shown.shape[0] / 2, x - shown.shape[1] / 2) < 6
    alone = stamps(survey, places=[places[5]])
    assert alone[0][1] == found[8][1]


def test_in_colour(survey: Portal, places: list[list[float]]) -> None:
    found = stamps(survey, places=[*places[:6], [0.0, 89.0]], bands=["i", "r", "g"])
    assert [bool(one["error"]) for one, _ in found] == [*[False] * 6, True]
    shown = [pixels(png) for _, png in found[:6]]
    assert any(np.ptp(one, axis=2).max() > 10 for one in shown)
    turned = stamps(survey, places=places[:6], bands=["g", "r", "i"])
    for one, (_, png) in zip(shown, turned, strict=True):
        assert np.abs(one[..., ::-1] - pixels(png)).max() <= 1


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"places": [[0, 0]] * 65}, 413, "64 are possible"),
        ({"places": [5]}, 400, "pair"),
        ({"bands": ["g", "r"]}, 400, "three different"),
        ({"bands": ["g", "g", "r"]}, 400, "three different"),
        ({"bands": ["q"]}, 400, "no images in the band"),
        ({"dataset": "none"}, 400, "no images of the type"),
        ({"release": "none"}, 404, "no images of a release"),
        ({"radius": 9.0}, 400, "radius"),
        ({"look": {"stretch": "wrong"}}, 400, "STRETCH"),
        ({"look": {"stretch": 5}}, 400, "texts only"),
    ],
    ids=lambda one: json.dumps(one)[:30] if isinstance(one, dict) else "",
)
def test_what_is_wrong_is_told(
    survey: Portal, body: dict[str, Any], status: int, words: str
) -> None:
    error = survey.error("POST", "stamps", status, json=COADDS | {"places": [[53.0, -28.0]]} | body)
    assert words in error["message"]
