"""Searches for images as queries, over the images of the demo survey."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pytest

from lsp_jupyter.adql import compile_query
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.sia_query import PARAMETERS, sia_query
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import ParameterError
from lsp_jupyter.identity import local_caller

WITHIN = "ivo://lsp_jupyter.local/dp1?"


@dataclass
class Images:
    """The table of images."""

    catalog: Catalog
    state: Path

    def search(self, *pairs: tuple[str, str], within: str = WITHIN) -> list[dict[str, object]]:
        return self.rows(sia_query(Parameters(pairs), within))

    def rows(self, adql: str) -> list[dict[str, object]]:
        schema = self.catalog.snapshot(local_caller(self.state, "local"))
        compiled = compile_query(adql, schema, maxrec=100_000)
        with duckdb.connect() as db:
            for item in self.catalog.pin(compiled.tables):
                db.execute(f"ATTACH '{item.path}' AS {item.alias} (READ_ONLY)")
            return db.sql(compiled.sql).to_arrow_table().to_pylist()


@pytest.fixture(scope="module")
def images(survey_state: Path) -> Iterator[Images]:
    catalog = Catalog(survey_state)
    yield Images(catalog, survey_state)
    catalog.close()


def test_nothing_asked_gives_all_of_a_release(images: Images) -> None:
    assert len(images.search()) == len(images.rows("SELECT * FROM ivoa.ObsCore")) > 30
    assert images.search(within="ivo://lsp_jupyter.local/dp9?") == []


@pytest.mark.req("PRTL-REQ-0036", "PRTL-REQ-0037", "PRTL-REQ-0038")
def test_images_of_a_raft_of_a_detector_and_of_a_visit(images: Images) -> None:
    kind = "dataproduct_subtype = 'lsst.visit_image'"
    every = images.rows(f"SELECT * FROM ivoa.ObsCore WHERE {kind}")
    assert images.rows(f"SELECT * FROM ivoa.ObsCore WHERE {kind} AND lsst_raft = 'R22'") == every
    assert images.rows("SELECT * FROM ivoa.ObsCore WHERE lsst_raft = 'R11'") == []
    one = every[0]
    for column in ("lsst_visit", "lsst_detector"):
        found = images.rows(f"SELECT * FROM ivoa.ObsCore WHERE {kind} AND {column} = {one[column]}")
        assert found == [row for row in every if row[column] == one[column]]


@pytest.mark.req("PRTL-REQ-0039")
def test_coadds_of_a_tract_a_patch_and_a_band(images: Images) -> None:
    kind = "dataproduct_subtype = 'lsst.deep_coadd'"
    every = images.rows(f"SELECT * FROM ivoa.ObsCore WHERE {kind}")
    one = every[0]
    which = f"lsst_tract = {one['lsst_tract']} AND lsst_patch = {one['lsst_patch']}"
    found = images.rows(
        f"SELECT * FROM ivoa.ObsCore WHERE {kind} AND {which} AND lsst_band = '{one['lsst_band']}'"
    )
    assert found == [one]


@pytest.mark.parametrize("shape", ["CIRCLE 53.16 -28.1 0.02", "circle 53.16 -28.1 0"])
def test_images_that_a_circle_meets(images: Images, shape: str) -> None:
    found = images.search(("POS", shape))
    assert found
    radius = float(shape.split()[-1])
    for row in found:
        apart = math.hypot(
            (row["s_ra"] - 53.16) * math.cos(math.radians(28.1)), row["s_dec"] + 28.1
        )
        assert apart < radius + row["s_fov"] / 2
    # And no others do: their corners are all outside, and so are their middles.
    others = {row["obs_publisher_did"] for row in images.search()} - {
        row["obs_publisher_did"] for row in found
    }
    for row in images.search():
        if row["obs_publisher_did"] in others:
            corners = np.array(str(row["s_region"]).split()[2:], float).reshape(-1, 2)
            x = (corners[:, 0] - 53.16) * math.cos(math.radians(28.1))
            assert np.hypot(x, corners[:, 1] + 28.1).min() > radius - 1e-6


def test_a_range_is_as_its_polygon(images: Images) -> None:
    narrow = images.search(("POS", "RANGE 53.1 53.2 -28.15 -28.05"))
    same = images.search(("POS", "POLYGON 53.1 -28.15 53.2 -28.15 53.2 -28.05 53.1 -28.05"))
    assert narrow
    assert narrow == same
    assert len(images.search(("POS", "RANGE 0 360 -90 90"))) == len(images.search())
    south = images.search(("POS", "RANGE -Inf +Inf -Inf -40"))
    assert {row["obs_publisher_did"] for row in south} == {
        row["obs_publisher_did"] for row in images.search() if row["s_dec"] < -39.9
    }
    wide = images.search(("POS", "RANGE 0 100 -30 10"))
    assert {row["obs_publisher_did"] for row in wide} == {
        row["obs_publisher_did"]
        for row in images.search()
        if row["s_ra"] < 100.1 and -30.1 < row["s_dec"] < 10.1
    }


def test_values_are_joined_by_or_and_parameters_by_and(images: Images) -> None:
    both = images.search(("BAND", "500e-9 500e-9"), ("BAND", "620e-9"), ("CALIB", "2"))
    assert {row["lsst_band"] for row in both} == {"g", "r"}
    assert {row["calib_level"] for row in both} == {2}
    assert len(both) == len(images.search(("CALIB", "2"), ("BAND", "5.0e-7"))) + len(
        images.search(("CALIB", "2"), ("BAND", "6.2e-7"))
    )


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("BAND", "700e-9 +Inf", lambda row: row["em_max"] >= 700e-9),
        ("BAND", "-Inf 4.5e-7", lambda row: row["em_min"] <= 4.5e-7),
        ("TIME", "60600 60640", lambda row: row["t_max"] >= 60600 and row["t_min"] <= 60640),
        ("TIME", "-Inf +Inf", lambda row: row["t_min"] is not None),
        ("EXPTIME", "30", lambda row: row["t_exptime"] == 30),
        ("EXPTIME", "20 40", lambda row: 20 <= row["t_exptime"] <= 40),
        ("FOV", "0 0.02", lambda row: row["s_fov"] <= 0.02),
        ("DPSUBTYPE", "LSST.visit_image", lambda row: row["calib_level"] == 2),
        ("COLLECTION", "lsst.dp1", lambda row: row["obs_collection"] == "LSST.DP1"),
        ("INSTRUMENT", "LSSTComCam", lambda row: row["instrument_name"] == "LSSTComCam"),
        ("FACILITY", "Rubin:Simonyi", lambda row: True),
        ("TARGET", "ECDFS", lambda row: row["target_name"] == "ECDFS"),
        ("DPTYPE", "IMAGE", lambda row: row["dataproduct_type"] == "image"),
        ("CALIB", "3", lambda row: row["calib_level"] == 3),
    ],
)
def test_each_parameter(images: Images, name: str, value: str, holds: object) -> None:
    def kept(row: dict[str, object]) -> bool:
        try:
            return bool(holds(row))  # type: ignore[operator]
        except TypeError:
            return False  # It is not known.

    wanted = [row["obs_publisher_did"] for row in images.search() if kept(row)]
    assert wanted
    found = [row["obs_publisher_did"] for row in images.search((name, value))]
    assert sorted(found) == sorted(wanted)


def test_an_identifier_finds_its_image(images: Images) -> None:
    did = str(images.search()[3]["obs_publisher_did"])
    [row] = images.search(("ID", did.upper()))
    assert row["obs_publisher_did"] == did
    assert images.search(("ID", "x' OR '1'='1")) == []


def test_what_is_not_known_of_any_image_finds_none(images: Images) -> None:
    for pair in (("POL", "I"), ("TIMERES", "0 10"), ("DPTYPE", "cube"), ("FORMAT", "text/plain")):
        assert images.search(pair) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("POS", "CIRCLE 1 2", "is not possible as POS"),
        ("POS", "CIRCLE 1 2 -3", "is not possible as POS"),
        ("POS", "CIRCLE 1 92 3", "declination 92 in POS"),
        ("POS", "CIRCLE 361 2 3", "right ascension 361 in POS"),
        ("POS", "CIRCLE 1 x 3", "“x” in POS is not a number"),
        ("POS", "CIRCLE NaN 1 3", "“NaN” in POS is not a number"),
        ("POS", "RANGE 2 1 0 1", "is not possible as POS"),
        ("POS", "POLYGON 1 2 3 4 5", "is not possible as POS"),
        ("POS", "BOX 1 2 3 4", "is not possible as POS"),
        ("BAND", "1 2 3", "is not possible as BAND"),
        ("BAND", "2 1", "is not possible as BAND"),
        ("TIME", "+Inf +Inf", "is not possible as TIME"),
        ("TIME", "today", "“today” in TIME is not a number"),
        ("POL", "Z", "is not possible as POL"),
        ("DPTYPE", "spectrum", "is not possible as DPTYPE"),
        ("CALIB", "5", "is not possible as CALIB"),
        ("CALIB", "2.0", "is not possible as CALIB"),
    ],
)
def test_what_cannot_be_used_is_told(name: str, value: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        sia_query(Parameters([(name, value)]), WITHIN)
    assert caught.value.parameter == name


def test_there_is_an_end_to_lists() -> None:
    with pytest.raises(ParameterError, match="ID has 1,001 values"):
        sia_query(Parameters([("ID", f"ivo://x?{n}") for n in range(1001)]), WITHIN)


def test_all_parameters_of_the_standard_are_there() -> None:
    standard = "POS BAND TIME POL FOV SPATRES SPECRP EXPTIME TIMERES ID COLLECTION FACILITY"
    assert set(PARAMETERS) == {
        *standard.split(),
        *("INSTRUMENT", "DPTYPE", "CALIB", "TARGET", "FORMAT", "DPSUBTYPE"),
    }
