"""Convex polygons by their corners, against the test of polygons of any form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql import Column, Table
from lsp_jupyter.catalogs.reaches import Reaches
from lsp_jupyter.catalogs.release import TableSpec
from tests.adql.conftest import Runner, Tables, healpix
from tests.adql.test_geometry import around

COUNT = 400
PLACES = ((10.0, 20.0), (359.95, -0.02), (200.0, 89.9), (80.0, -89.95))
COLUMNS = (
    Column("id", "long"),
    Column("s_ra", "double", unit="deg"),
    Column("s_dec", "double", unit="deg"),
    Column("s_region", "char", "*", "adql:REGION"),
)
SPEC = TableSpec("obs", "images", COLUMNS, ("s_ra", "s_dec"))


@pytest.fixture(scope="module")
def shapes() -> list[list[float]]:
    """Triangles to hexagons around some places, either way round."""
    rng = np.random.default_rng(31)
    found = []
    for number in range(COUNT):
        lon, lat = PLACES[number % len(PLACES)]
        middle = around(lon, lat, rng.uniform(0, 0.6, 1), rng.uniform(0, 360, 1))
        corners = 3 + number % 4
        angles = np.arange(corners) * 360 / corners + rng.uniform(0, 90)
        lons, lats = around(float(middle[0][0]), float(middle[1][0]), np.full(corners, 0.2), angles)
        pairs = [(float(x) % 360, float(y)) for x, y in zip(lons, lats, strict=True)]
        found.append([x for pair in pairs[:: 1 if number % 3 else -1] for x in pair])
    return found


@pytest.fixture(scope="module")
def both(shapes: list[list[float]]) -> Iterator[tuple[Runner, Runner]]:
    """What runs queries with the corners, and without."""
    first = np.array([shape[:2] for shape in shapes])
    rows = pa.table(
        {
            "id": np.arange(COUNT),
            "s_ra": first[:, 0],
            "s_dec": first[:, 1],
            "s_region": [f"POLYGON ICRS {' '.join(map(repr, each))}" for each in shapes],
        }
    )
    reaches = Reaches(SPEC)
    (batch,) = rows.combine_chunks().to_batches()
    for field, corners in zip(reaches.fields(), reaches.look(batch), strict=True):
        rows = rows.append_column(field, corners)
    (reach,) = reaches.found()
    assert reach.corners == reaches.fields()[0].name
    rows = rows.append_column("hpx29", pa.array(healpix(first[:, 0], first[:, 1])))
    db = duckdb.connect()
    db.execute("ATTACH ':memory:' AS cat")
    db.register("data", rows)
    db.execute("CREATE TABLE cat.main.images AS SELECT * FROM data ORDER BY hpx29")
    table = Table("obs", "images", COLUMNS, ("cat", "main", "images"), SPEC.position)
    bare = replace(reach, corners="")
    yield (
        Runner(db, Tables((replace(table, reaches=(reach,)),))),
        Runner(db, Tables((replace(table, reaches=(bare,)),))),
    )
    db.close()


def questions(shapes: list[list[float]]) -> Iterator[str]:
    rng = np.random.default_rng(32)
    for lon, lat in PLACES:
        for radius in (0.0, 1e-7, 0.5, 100.0):
            lons, lats = around(lon, lat, rng.uniform(0, 0.9, 2), rng.uniform(0, 360, 2))
            for x, y in zip(lons, lats, strict=True):
                place = f"{float(x) % 360!r}, {float(y)!r}"
                if radius == 0.0:
                    yield f"CONTAINS(POINT({place}), s_region)"
                yield f"INTERSECTS(CIRCLE({place}, {radius!r}), s_region)"
    for shape in shapes[:8]:
        # A corner is in its polygon, and in the circles around it.
        yield f"CONTAINS(POINT({shape[0]!r}, {shape[1]!r}), s_region)"
        yield f"INTERSECTS(s_region, CIRCLE({shape[2]!r}, {shape[3]!r}, 0))"


def test_they_tell_the_same(both: tuple[Runner, Runner], shapes: list[list[float]]) -> None:
    quick, slow = both
    sizes = []
    for question in questions(shapes):
        query = f"SELECT id FROM obs.images WHERE {question} = 1"
        assert "REGEXP" not in quick.compile(query).sql
        assert "REGEXP" in slow.compile(query).sql
        found = quick.column(query)
        assert set(found) == set(slow.column(query)), question
        sizes.append(len(found))
    assert len([size for size in sizes if 0 < size < COUNT]) > 0.6 * len(sizes)
    assert max(sizes) == COUNT


def test_other_questions_are_asked_of_the_shapes(both: tuple[Runner, Runner]) -> None:
    for question in (
        "INTERSECTS(BOX(10, 20, 1, 1), s_region)",
        "CONTAINS(CIRCLE(10, 20, 0.01), s_region)",
        "CONTAINS(POINT(s_ra, 20), s_region)",
    ):
        query = f"SELECT id FROM obs.images WHERE {question} = 1"
        quick, slow = (runner.column(query) for runner in both)
        assert set(quick) == set(slow)
        assert "corners" not in both[0].compile(query).sql


@pytest.mark.parametrize(
    ("shape", "convex"),
    [
        ("POLYGON ICRS 0 0 1 0 1 1 0 1", True),
        ("POLYGON ICRS 0 1 1 1 1 0 0 0", True),
        ("POLYGON ICRS 359.5 0 0.5 0 0 1", True),
        ("CIRCLE ICRS 0 0 1", True),  # No polygon: no query finds it either way.
        (None, True),
        ("POLYGON ICRS 0 0 1 0 0.4 0.4 0 1", False),
        ("POLYGON ICRS 0 0 1 1 1 0 0 1", False),
        ("POLYGON ICRS 0 0 0 0 1 0 1 1 0 1", False),
        ("POLYGON ICRS 0 0 1 0 1 1 0", False),
        ("POLYGON ICRS 0 0 1 0 1 1 0 1 " + "0 0.5 " * 40, False),
    ],
)
def test_only_convex_polygons_have_corners(shape: str | None, convex: bool) -> None:
    reaches = Reaches(SPEC)
    texts = pa.array(["POLYGON ICRS 5 5 6 5 6 6", shape], pa.string())
    (corners,) = reaches.look(
        pa.record_batch({"id": [1, 2], "s_ra": [5.0, 0.0], "s_dec": [5.0, 0.0], "s_region": texts})
    )
    assert bool(reaches.found()[0].corners) is convex
    if convex and shape and "POLYGON" in shape:
        for vertices in corners.to_pylist():
            one, two, three = vertices[:3]
            assert np.dot(np.cross(one, two), three) > 0
    else:
        assert corners[1].as_py() is None
