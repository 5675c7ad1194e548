"""A cone around one table of a cross-match decides what is read of the other one too."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.req("API-REQ-0009")


def read(run: Any, query: str) -> list[tuple[int, int]]:
    """Row groups read and all there are, for each table."""
    plan = run.db.execute("EXPLAIN ANALYZE " + run.compile(query).sql).fetchall()[0][1]
    found = re.findall(r"Row\s+Groups\s+Scanned:\s+(\d+)\s+/\s+(\d+)", re.sub(r"[\s│]+", " ", plan))
    return [(int(some), int(most)) for some, most in found]


NEIGHBOURS = "a.id < b.id AND DISTANCE(a.ra, a.dec, b.ra, b.dec) < 5/3600."
POLYGON = "1 = CONTAINS(POINT({0}.ra, {0}.dec), POLYGON(123.3, 33.3, 123.4, 33.4, 123.5, 33.2))"
CONE = "CONTAINS(POINT({0}.ra, {0}.dec), CIRCLE(123.4, 33.3, 0.1)) = 1"


@pytest.mark.parametrize(
    "query",
    [
        f"sky.points AS a JOIN sky.points AS b ON {NEIGHBOURS} WHERE {CONE.format('a')}",
        f"sky.points AS a JOIN sky.points AS b ON {NEIGHBOURS} AND {CONE.format('b')}",
        f"sky.points AS a, sky.points AS b WHERE {NEIGHBOURS} AND {CONE.format('a')}",
        f"sky.points AS a LEFT JOIN sky.points AS b ON {NEIGHBOURS} WHERE {CONE.format('a')}",
        f"sky.points AS a JOIN sky.points AS b ON {NEIGHBOURS} WHERE {POLYGON.format('a')}",
        f"(SELECT * FROM sky.points AS p WHERE {CONE.format('p')}) AS a, "  # noqa: ISC004
        f"sky.points AS b WHERE {NEIGHBOURS}",
        f"sky.points AS a WHERE {CONE.format('a')} AND "  # noqa: ISC004
        f"NOT EXISTS (SELECT 1 FROM sky.points AS b WHERE {NEIGHBOURS})",
    ],
)
def test_a_cone_around_one_table_holds_for_the_other(sky: Any, query: str) -> None:
    """Both tables are read only where the cone is."""
    scans = read(sky.run, f"SELECT COUNT(*) FROM {query}")
    assert len(scans) >= 2
    assert all(some == 1 and most >= 4 for some, most in scans)


def test_a_cone_in_a_common_table_holds_for_the_other(sky: Any) -> None:
    scans = read(
        sky.run,
        f"WITH a AS (SELECT TOP 99 * FROM sky.points AS p WHERE {CONE.format('p')}) "
        f"SELECT COUNT(*) FROM a JOIN sky.points AS b ON {NEIGHBOURS}",
    )
    assert len(scans) >= 2
    assert all(some == 1 and most >= 4 for some, most in scans)


def test_without_a_cone_all_is_read(sky: Any) -> None:
    """The measure above can fail."""
    scans = read(
        sky.run, f"SELECT COUNT(*) FROM sky.points AS a JOIN sky.points AS b ON {NEIGHBOURS}"
    )
    assert scans
    assert all(some == most for some, most in scans)


CENTRES = ((10.0, 89.95), (0.01, 0.0))


@pytest.fixture(scope="module")
def around(sky: Any) -> list[int]:
    """How many pairs closer than 0.02 degrees have one of them within 0.3 of each centre."""
    counts = []
    for ra, dec in CENTRES:
        apart = sky.separations(ra, dec)
        inside, beside = (sky.vectors[:, apart < radius] for radius in (0.3, 0.33))
        cosines = inside.T @ beside
        counts.append(np.count_nonzero(cosines > math.cos(math.radians(0.02))))
    assert min(counts) > 1000
    return counts


@pytest.mark.parametrize("cone", ["a", "b"])
@pytest.mark.parametrize(
    "where",
    [
        "sky.points AS a JOIN sky.bare AS b ON {on} WHERE {cone}",
        "sky.bare AS b JOIN sky.points AS a ON {on} AND {cone}",
        "sky.points AS a LEFT JOIN sky.points AS b ON {on} WHERE {cone}",
        "sky.points AS a RIGHT JOIN sky.points AS b ON {on} WHERE {cone}",
    ],
)
def test_cones_over_the_pole_and_the_seam(
    sky: Any, around: list[int], where: str, cone: str
) -> None:
    for (ra, dec), expected in zip(CENTRES, around, strict=True):
        inside = f"DISTANCE(POINT({cone}.ra, {cone}.dec), POINT({ra}, {dec})) < 0.3"
        on = "DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.02"
        query = f"SELECT COUNT(*) FROM {where.format(on=on, cone=inside)}"
        assert sky.run.column(query) == [expected]


def test_half_a_million_against_half_a_million(sky: Any) -> None:
    """All pairs would be 2.7e11 comparisons: the engine would not end."""
    start = time.monotonic()
    query = (
        "SELECT COUNT(*) FROM sky.points AS a JOIN sky.bare AS b "
        "ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 1/3600."
    )
    (count,) = sky.run.column(query)
    assert count > len(sky.ra)
    assert time.monotonic() - start < 30
