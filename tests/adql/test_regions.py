"""Footprints of images, written as STC-S text or as numbers, and the index that finds them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql import AdqlError, Column, Table
from lsp_jupyter.adql.schema import Reach
from tests.adql.conftest import Runner, Tables, healpix
from tests.adql.test_geometry import around, outline

COUNT = 1_000
REACH = 0.31
IMAGES = Table(
    "obs",
    "images",
    (
        Column("id", "long"),
        Column("s_ra", "double", unit="deg"),
        Column("s_dec", "double", unit="deg"),
        Column("s_region", "char", "*", "adql:REGION"),
        Column("shape", "double", "*", "polygon"),
        Column("note", "char", "*"),
    ),
    ("cat", "main", "images"),
    ("s_ra", "s_dec"),
    reaches=(Reach("s_region", REACH), Reach("shape", REACH)),
)
PLACES = ((10.0, 20.0), (359.95, -0.02), (200.0, 89.9), (80.0, -89.95))


@pytest.fixture(scope="module")
def run() -> Iterator[Runner]:
    rng = np.random.default_rng(3)
    ra = rng.uniform(0, 360, COUNT)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, COUNT)))
    near = np.repeat(np.arange(len(PLACES)), 50)
    ra[: len(near)] = [PLACES[n][0] for n in near] + rng.normal(0, 0.2, len(near))
    dec[: len(near)] = np.clip(
        [PLACES[n][1] for n in near] + rng.normal(0, 0.2, len(near)), -90, 90
    )
    ra %= 360
    shapes = []
    for lon, lat in zip(ra, dec, strict=True):
        if abs(lat) > 89.5 or len(shapes) < len(near):
            shape = outline(rng, float(lon), float(lat), 0.3, star=len(shapes) % 2 == 0)
            lons, lats = shape.lon, shape.lat
        else:
            lons, lats = around(float(lon), float(lat), np.full(4, 0.2), np.arange(45, 360, 90))
        shapes.append([float(x) for pair in zip(lons, lats, strict=True) for x in pair])
    texts: list[str | None] = [f"POLYGON ICRS {' '.join(map(repr, each))}" for each in shapes]
    forms = ("polygon {}", "Polygon UNKNOWNFRAME  {} ", "  POLYGON icrs GEOCENTER {}")
    for place, form in enumerate(forms):
        texts[place] = form.format(" ".join(map(repr, shapes[place])))
    order = np.argsort(healpix(ra, dec), kind="stable")
    table = pa.table(
        {
            "id": np.arange(COUNT),
            "s_ra": ra,
            "s_dec": dec,
            "s_region": texts,
            "shape": shapes,
            "note": ["POLYGON 1 2"] * COUNT,
            "hpx29": healpix(ra, dec),
        }
    ).take(pa.array(order))
    db = duckdb.connect()
    db.execute("ATTACH ':memory:' AS cat")
    db.register("data", table)
    db.execute("CREATE TABLE cat.main.images AS SELECT * FROM data")
    yield Runner(db, Tables((IMAGES,)))
    db.close()


QUESTIONS = (
    "CONTAINS(POINT({ra}, {dec}), {s})",
    "INTERSECTS({s}, POINT({ra}, {dec}))",
    "INTERSECTS({s}, CIRCLE({ra}, {dec}, 0.05))",
    "INTERSECTS(CIRCLE({ra}, {dec}, 0.4), {s})",
    "CONTAINS({s}, CIRCLE({ra}, {dec}, 0.6))",
    "CONTAINS(CIRCLE({ra}, {dec}, 0.02), {s})",
    "INTERSECTS({s}, BOX({ra}, {dec}, 0.3, 0.1))",
    "CONTAINS({s}, BOX({ra}, {dec}, 1.6, 1.6))",
)


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("question", QUESTIONS)
def test_text_numbers_and_index_agree(
    run: Runner, question: str, place: tuple[float, float]
) -> None:
    ra, dec = place
    bare = Runner(run.db, Tables((replace(IMAGES, reaches=()),)))
    found = {
        (name, runner is run): set(
            runner.column(
                "SELECT id FROM obs.images WHERE "
                + question.format(ra=ra, dec=dec, s=name)
                + " = 1"
            )
        )
        for name in ("s_region", "shape")
        for runner in (run, bare)
    }
    first, *others = found.values()
    assert all(other == first for other in others)
    assert first or abs(dec) > 80


def test_the_index_is_used(run: Runner) -> None:
    query = "SELECT id FROM obs.images WHERE CONTAINS(POINT(10, 20), s_region) = 1"
    assert "hpx29" in run.compile(query).sql
    assert "hpx29" not in run.compile(query.replace("= 1", "= 0")).sql
    other = query.replace("10, 20", "s_ra, s_dec")
    assert "hpx29" not in run.compile(other).sql


def test_regions_of_derived_tables(run: Runner) -> None:
    query = (
        "SELECT id FROM (SELECT id, s_region AS r FROM obs.images WHERE id < 50) AS t "
        "WHERE CONTAINS(POINT(10, 20), r) = 1"
    )
    assert set(run.column(query)) <= set(range(50))
    assert run.column(query)


def test_it_is_text_otherwise(run: Runner) -> None:
    [(region, area, middle)] = run.rows(
        "SELECT s_region, AREA(s_region) AS a, CENTROID(s_region) AS c FROM obs.images "
        "WHERE id = 900 AND s_region LIKE 'POLYGON%'"
    )
    assert isinstance(region, str)
    assert math.isclose(area, 0.08, rel_tol=0.01)
    [(ra, dec)] = run.rows("SELECT s_ra, s_dec FROM obs.images WHERE id = 900")
    assert middle == pytest.approx([ra, dec], abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "CIRCLE ICRS 1 2 3",
        "POLYGON FK5 1 2 3 4 5 6",
        "POLYGON ICRS 1 2 3 4",
        "nothing",
        "",
        "J2000",
    ],
)
def test_other_texts_have_no_answer(run: Runner, text: str) -> None:
    table = replace(IMAGES, reaches=(), source=("cat", "main", "odd"))
    run.db.execute(f"CREATE OR REPLACE TABLE cat.main.odd AS SELECT 1 AS id, '{text}' AS s_region")
    odd = Runner(run.db, Tables((table,)))
    assert odd.column("SELECT CONTAINS(POINT(1, 2), s_region) AS x FROM obs.images") == [None]


def test_other_text_columns_are_no_regions(run: Runner) -> None:
    with pytest.raises(AdqlError, match="does not take these values"):
        run.compile("SELECT id FROM obs.images WHERE CONTAINS(POINT(1, 2), note) = 1")
