"""Queries that the search for images writes: they run, and can be read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.portal.conftest import Portal
from tests.servers import Server

#: The same that the front end's tests write.
CASES = json.loads(Path(__file__).with_name("image_forms.json").read_text())
CENTRES = "SELECT TOP 1 s_ra, s_dec, obs_id FROM ivoa.ObsCore ORDER BY obs_id"


@pytest.fixture(scope="module")
def images(survey_server: Server) -> Iterator[Portal]:
    client = Portal(survey_server)
    yield client
    client.session.close()


def test_the_catalogue_names_the_column_of_outlines(images: Portal) -> None:
    releases = images.get("catalog")["releases"]
    tables = {table["name"]: table for release in releases for table in release["tables"]}
    obscore = tables["ivoa.ObsCore"]
    assert obscore["outline"] == "s_region"
    assert tables["gaia.source"]["outline"] is None
    columns = {column["name"]: column for column in obscore["columns"]}
    assert "r" in columns["lsst_band"]["choices"]
    assert float(columns["t_min"]["low"]) > 60000


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_what_the_form_writes_runs_and_is_read_back(images: Portal, case: dict[str, Any]) -> None:
    images.run(case["adql"])
    answer = images.ask("POST", "form/read", json={"adql": case["adql"]}).json()
    assert answer == {"form": case["form"], "reason": ""}


def test_outlines_are_found_that_have_no_centre_near(images: Portal) -> None:
    [row] = images.rows(images.run(CENTRES)["id"])[0].to_pylist()
    ra, dec = row["s_ra"] + 0.005, row["s_dec"] + 0.005
    select = "SELECT obs_id FROM ivoa.ObsCore WHERE 1 = CONTAINS"
    centre = f"{select}(POINT(s_ra, s_dec), CIRCLE({ra}, {dec}, 0.001))"
    covers = f"{select}(POINT({ra}, {dec}), s_region)"
    assert images.run(centre)["rows"] == 0
    found = images.rows(images.run(covers)["id"])[0]["obs_id"].to_pylist()
    assert row["obs_id"] in found


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("1 = CONTAINS(CIRCLE(1, 2, 3), s_region)", "around all of a shape"),
        ("1 = INTERSECTS(CIRCLE(1, 2, 3), CIRCLE(1, 2, 3))", "compares shapes"),
        ("1 = CONTAINS(s_region, CIRCLE(1, 2, 3))", "compares shapes"),
        (
            (
                "1 = CONTAINS(POINT(1, 2), s_region) "
                "OR 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(1, 2, 3))"
            ),
            "several",
        ),
        (
            "1 = CONTAINS(POINT(1, 2), s_region) OR 1 = INTERSECTS(CIRCLE(1, 2, 3), s_region)",
            "several regions",
        ),
        ("1 = CONTAINS(POINT(s_ra, 2), s_region)", "computed"),
    ],
)
def test_what_does_not_fit(images: Portal, where: str, reason: str) -> None:
    adql = f"SELECT obs_id FROM ivoa.ObsCore WHERE {where}"
    answer = images.ask("POST", "form/read", json={"adql": adql}).json()
    assert answer["form"] is None
    assert reason in answer["reason"]
