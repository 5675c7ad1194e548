"""Cross-matches find exactly the pairs that looking at all of them finds, and do not look."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql import Column, Table
from lsp_jupyter.adql.translate.grid import WIDEST, choose
from lsp_jupyter.catalogs.healpix import hpx29

pytestmark = pytest.mark.req("API-REQ-0009")

POSITION = (Column("ra", "double", unit="deg"), Column("dec", "double", unit="deg"))
COLUMNS = (Column("id", "long"), *POSITION, Column("kind", "int"))
STARS = Table("x", "stars", COLUMNS, ("cat", "main", "stars"), ("ra", "dec"), rows=4000)
OTHERS = Table("x", "others", COLUMNS, ("cat", "main", "others"), ("ra", "dec"), rows=3000)
# As an upload is: without index, and with names that we give to columns ourselves.
LIST = Table(
    "x",
    "list",
    (*COLUMNS, Column("cell0", "int"), Column("Cell1_x", "int")),
    ("cat", "main", "list"),
)


def unit(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    lon, lat = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


@dataclass
class Matches:
    """Two tables, and what is in them."""

    run: Any
    ra: tuple[np.ndarray, np.ndarray]
    dec: tuple[np.ndarray, np.ndarray]

    def separations(self) -> np.ndarray:
        """Degrees between each of the one and each of the other."""
        one, two = (unit(ra, dec) for ra, dec in zip(self.ra, self.dec, strict=True))
        apart = sum((first[:, None] - second) ** 2 for first, second in zip(one, two, strict=True))
        together = sum(
            (first[:, None] + second) ** 2 for first, second in zip(one, two, strict=True)
        )
        return np.degrees(2 * np.arctan2(np.sqrt(apart), np.sqrt(together)))


def fill(db: duckdb.DuckDBPyConnection, name: str, ra: Any, dec: Any, *, index: bool) -> None:
    columns = {
        "id": np.arange(len(ra)),
        "ra": ra,
        "dec": dec,
        "kind": (np.arange(len(ra)) % 3).astype(np.int32),
    }
    if index:
        columns |= {"hpx29": hpx29(ra, dec)}
        columns |= dict(zip(("cx", "cy", "cz"), unit(ra, dec), strict=True))
    else:
        columns |= {"cell0": np.zeros(len(ra), np.int32), "Cell1_x": np.ones(len(ra), np.int32)}
    db.register("data", pa.table(columns))
    db.execute(
        f"CREATE TABLE cat.main.{name} AS SELECT * FROM data ORDER BY {'hpx29' if index else 'id'}"
    )
    # A position that is not known, which is near to nothing.
    nulls = ", ".join(["NULL"] * (len(columns) - 1))
    db.execute(f"INSERT INTO cat.main.{name} VALUES (-1, {nulls})")


@pytest.fixture(scope="module")
def few(sky: Any) -> Iterator[Matches]:
    """Positions over the whole sky, at the poles, at the seam, and where cubes meet."""
    rng = np.random.default_rng(11)
    count = 3000
    ra = rng.uniform(0, 360, count)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    ra[:600] = rng.normal(0, 2e-3, 600) % 360
    dec[:600] = rng.normal(0, 2e-3, 600)
    dec[600:1000] = 90 - rng.exponential(2e-3, 400)
    dec[1000:1200] = rng.exponential(2e-3, 200) - 90
    # The planes between cubes: where one component is 0.
    ra[1200:1500] = rng.choice([90.0, 180.0, 270.0], 300) + rng.normal(0, 1e-4, 300)
    dec[1500:1600] = rng.normal(0, 1e-4, 100)
    # A partner for every one, from a hundredth to a hundred times 5 arcseconds away.
    away = 10 ** rng.uniform(-2, 2, count) * 5 / 3600
    angle = rng.uniform(0, 2 * np.pi, count)
    near_dec = np.clip(dec + away * np.sin(angle), -90, 90)
    near_ra = (ra + away * np.cos(angle) / np.maximum(np.cos(np.radians(dec)), 1e-6)) % 360
    more = rng.uniform(0, 360, 1000), np.degrees(np.arcsin(rng.uniform(-1, 1, 1000)))
    ras = np.concatenate([ra, more[0]]), near_ra
    decs = np.concatenate([dec, more[1]]), near_dec
    with duckdb.connect() as db:
        db.execute("SET threads = 2")
        db.execute("ATTACH ':memory:' AS cat")
        fill(db, "stars", ras[0], decs[0], index=True)
        fill(db, "others", ras[1], decs[1], index=True)
        fill(db, "list", ras[1], decs[1], index=False)
        schema = replace(sky.run.schema, tables=(STARS, OTHERS, LIST))
        yield Matches(replace(sky.run, db=db, schema=schema), ras, decs)


@pytest.fixture(scope="module")
def apart(few: Matches) -> np.ndarray:
    return few.separations()


def clear(apart: np.ndarray, radius: float) -> float:
    """A radius with no pair so near to it that the last bit would decide."""
    while np.abs(apart - radius).min() < 1e-12:
        radius += 7e-12
    return radius


def pairs(apart: np.ndarray, radius: float) -> set[tuple[int, int]]:
    return {(int(one), int(two)) for one, two in np.argwhere(apart < radius)}


def looks(run: Any, query: str) -> bool:
    """Whether the engine compares all rows of one side with all of the other."""
    sql = run.compile(query).sql
    plan = run.db.execute("EXPLAIN " + sql).fetchall()[0][1]
    every = len(re.findall("Cross Product|(?:Nl|Loop|Merge|Ie) Join", plan))
    # A spread table is multiplied by the eight cubes that it may touch.
    return every > sql.count("(VALUES (0, 0, 0),")


ON = [
    "DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < {r}",
    "DISTANCE(a.ra, a.dec, b.ra, b.dec) <= {r}",
    "{r} > DISTANCE(b.ra, b.dec, a.ra, a.dec)",
    "3600 * DISTANCE(a.ra, a.dec, b.ra, b.dec) < {r} * 3600",
    "DISTANCE(a.ra, a.dec, b.ra, b.dec) * 60 / 2 * 4 < 120 * {r}",
    "DISTANCE(a.ra, a.dec, b.ra, b.dec) BETWEEN 0 AND {r}",
    "CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, {r})) = 1",
    "1 = CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.ra, a.dec, {r}))",
    "0 <> CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.ra, a.dec, {r}))",
]
FROM = [
    "x.stars AS a JOIN x.others AS b ON {on}",
    "x.others AS b JOIN x.stars AS a ON {on}",
    "x.stars AS a, x.others AS b WHERE {on}",
    "x.stars AS a CROSS JOIN x.others AS b WHERE {on}",
    "x.list AS b JOIN x.stars AS a ON {on}",
    "x.stars AS a JOIN (SELECT ra, dec, id FROM x.list) AS b ON {on}",
    "x.stars AS a JOIN (SELECT * FROM x.others WHERE kind = 0 UNION ALL "  # noqa: ISC004
    "SELECT * FROM x.others WHERE kind > 0) AS b ON {on}",
]


@pytest.mark.parametrize(
    ("on", "where"), [*itertools.product(ON, FROM[:1]), *itertools.product(ON[:1], FROM[1:])]
)
def test_pairs(few: Matches, apart: np.ndarray, on: str, where: str) -> None:
    radius = clear(apart, 5 / 3600)
    condition = on.format(r=repr(radius))
    query = f"SELECT a.id AS one, b.id AS two FROM {where.format(on=condition)}"
    found = few.run.rows(query, 100_000)
    expected = pairs(apart, radius)
    assert len(expected) > 1000
    assert len(found) == len(expected)
    assert set(found) == expected
    assert not looks(few.run, query)


@pytest.mark.parametrize("radius", [1e-7, 1e-5, 1 / 3600, 0.1, 1.0, 7.0, WIDEST, 31.0, 95.0])
def test_radii(few: Matches, apart: np.ndarray, radius: float) -> None:
    radius = clear(apart, radius)
    on = f"DISTANCE(a.ra, a.dec, b.ra, b.dec) < {radius!r}"
    expected = [(np.count_nonzero(apart < radius),)]
    query = f"SELECT COUNT(*) FROM x.stars AS a JOIN {{}} AS b ON {on}"
    assert few.run.rows(query.format("x.others")) == expected
    assert few.run.rows(query.format("x.list")) == expected
    assert looks(few.run, query.format("x.others")) == (radius > WIDEST)


@pytest.mark.parametrize(
    ("radius", "value"),
    [
        ("5/3600.", 5 / 3600),
        ("5*(1.0/3600)", 5 / 3600),
        ("DEGREES(PI()) / 180 / 700", 1 / 700),
        ("-(-0.002)", 2e-3),
        # A division of whole numbers.
        ("1/3600", 0.0),
    ],
)
def test_radius_as_arithmetic(few: Matches, apart: np.ndarray, radius: str, value: float) -> None:
    assert not value or clear(apart, value) == value
    query = (
        "SELECT COUNT(*) FROM x.stars AS a JOIN x.others AS b "
        f"ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < {radius}"
    )
    assert few.run.column(query) == [np.count_nonzero(apart < value)]
    assert not looks(few.run, query)


def test_radius_zero_and_the_same_positions(few: Matches) -> None:
    on = "CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, 0)) = 1"
    query = f"SELECT COUNT(*) FROM x.stars AS a JOIN x.stars AS b ON {on}"
    same = Counter(zip(*unit(few.ra[0], few.dec[0]).tolist(), strict=True))
    assert few.run.column(query) == [sum(count**2 for count in same.values())]
    assert not looks(few.run, query)


def outer(apart: np.ndarray, radius: float, *, left: bool, right: bool) -> Counter[Any]:
    """The pairs, and what has no partner; each table has one row without position."""
    near = apart < radius
    rows: Counter[Any] = Counter(pairs(apart, radius))
    if left:
        rows.update((int(one), None) for one in np.flatnonzero(~near.any(axis=1)))
        rows[-1, None] += 1
    if right:
        rows.update((None, int(two)) for two in np.flatnonzero(~near.any(axis=0)))
        rows[None, -1] += 1
    return rows


@pytest.mark.parametrize(
    ("where", "left", "right"),
    [
        ("x.stars AS a LEFT JOIN x.others AS b ON {on}", True, False),
        ("x.stars AS a LEFT OUTER JOIN x.list AS b ON {on}", True, False),
        ("x.others AS b RIGHT JOIN x.stars AS a ON {on}", True, False),
        ("x.list AS b LEFT JOIN x.stars AS a ON {on}", False, True),
        ("x.stars AS a RIGHT JOIN x.others AS b ON {on}", False, True),
        ("x.stars AS a LEFT JOIN (SELECT * FROM x.list) AS b ON {on}", True, False),
        (
            "x.stars AS a LEFT JOIN (x.others AS b JOIN x.list AS c ON b.id = c.id) ON {on}",
            True,
            False,
        ),
        ("x.stars AS a FULL JOIN x.others AS b ON {on}", True, True),
    ],
)
def test_outer_joins(few: Matches, apart: np.ndarray, where: str, left: bool, right: bool) -> None:
    radius = clear(apart, 3 / 3600)
    on = f"DISTANCE(a.ra, a.dec, b.ra, b.dec) < {radius!r}"
    query = f"SELECT a.id AS one, b.id AS two FROM {where.format(on=on)}"
    assert Counter(few.run.rows(query, 100_000)) == outer(apart, radius, left=left, right=right)
    if not (left and right):
        assert not looks(few.run, query)


def test_outer_join_with_more_conditions(few: Matches, apart: np.ndarray) -> None:
    """What else stands in ON decides too which rows have a partner."""
    radius = clear(apart, 20 / 3600)
    query = (
        "SELECT a.id AS one, b.id AS two FROM x.stars AS a LEFT JOIN x.others AS b "
        f"ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < {radius!r} AND b.kind = 1 AND a.kind < 2 "
        "WHERE a.id >= 0"
    )
    near = apart < radius
    near[:, np.arange(near.shape[1]) % 3 != 1] = False
    near[np.arange(near.shape[0]) % 3 == 2] = False
    expected = Counter({(int(one), int(two)): 1 for one, two in np.argwhere(near)})
    expected.update((int(one), None) for one in np.flatnonzero(~near.any(axis=1)))
    assert Counter(few.run.rows(query, 100_000)) == expected


def test_nearest(few: Matches, apart: np.ndarray) -> None:
    radius = clear(apart, 30 / 3600)
    distance = "DISTANCE(a.ra, a.dec, b.ra, b.dec)"
    query = (
        f"SELECT a.id, MIN({distance}) AS d, COUNT(*) AS n FROM x.stars AS a JOIN x.list AS b "
        f"ON {distance} < {radius!r} GROUP BY a.id ORDER BY a.id"
    )
    rows = few.run.rows(query, 10_000)
    some = (apart < radius).any(axis=1)
    assert [row[0] for row in rows] == np.flatnonzero(some).tolist()
    assert np.allclose([row[1] for row in rows], apart.min(axis=1)[some], rtol=1e-9, atol=1e-14)
    assert [row[2] for row in rows] == np.count_nonzero(apart < radius, axis=1)[some].tolist()
    assert not looks(few.run, query)


@pytest.mark.parametrize(("word", "wanted"), [("EXISTS", True), ("NOT EXISTS", False)])
@pytest.mark.parametrize("table", ["x.others", "x.list"])
def test_partners_that_exist(
    few: Matches, apart: np.ndarray, table: str, word: str, wanted: bool
) -> None:
    radius = clear(apart, 5 / 3600)
    query = (
        f"SELECT a.id FROM x.stars AS a WHERE a.id >= 0 AND {word} (SELECT 1 FROM {table} AS b "
        f"WHERE DISTANCE(a.ra, a.dec, b.ra, b.dec) < {radius!r}) ORDER BY a.id"
    )
    some = (apart < radius).any(axis=1)
    rows = [row[0] for row in few.run.rows(query, 10_000)]
    assert rows == np.flatnonzero(some == wanted).tolist()
    assert not looks(few.run, query)


def test_in_a_common_table(few: Matches, apart: np.ndarray) -> None:
    radius = clear(apart, 5 / 3600)
    query = (
        "WITH c AS (SELECT id, ra, dec FROM x.others WHERE kind = 1) "
        "SELECT COUNT(*) FROM x.stars AS a JOIN c "
        f"ON DISTANCE(a.ra, a.dec, c.ra, c.dec) < {radius!r}"
    )
    near = apart[:, np.arange(apart.shape[1]) % 3 == 1] < radius
    assert few.run.column(query) == [np.count_nonzero(near)]
    assert not looks(few.run, query)


@pytest.mark.parametrize(
    "on",
    [
        "DISTANCE(a.ra, a.dec, b.ra, b.dec) < {r} OR a.id = b.id",
        "NOT (DISTANCE(a.ra, a.dec, b.ra, b.dec) >= {r})",
        "DISTANCE(a.ra, a.dec, b.ra, b.dec) < {r} + 0 * a.kind",
        "DISTANCE(a.ra, a.dec, b.ra, b.dec) < {r} AND a.id = b.id",
        "DISTANCE(a.ra, a.dec, a.ra, b.dec) < {r} AND a.kind = b.kind",
        "DISTANCE(a.ra + 0 * RAND(), a.dec, b.ra, b.dec) < {r}",
        "{r} / DISTANCE(a.ra, a.dec, b.ra, b.dec) > 1",
        "DISTANCE(a.ra, a.dec, b.ra, b.dec) > {r} AND a.id < 20",
    ],
)
def test_what_is_no_match_stays_as_it_is(few: Matches, on: str) -> None:
    condition = on.format(r=5 / 3600)
    query = f"SELECT COUNT(*) FROM x.stars AS a JOIN x.others AS b ON {condition}"
    assert "cell0" not in few.run.compile(query).sql


def test_a_random_number_for_each_row_of_a_match(few: Matches) -> None:
    """It belongs to the row, which has to keep its number."""
    match = "JOIN x.others AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.01"
    query = f"SELECT COUNT(*) FROM x.stars AS a {match} WHERE RAND(5) < 0.3"
    assert few.run.column(query) == few.run.column(query)


TABLES = ("x.stars", "x.others", "x.list")


def random_query(rng: random.Random) -> tuple[str, str]:
    """A query with matches between up to four tables, and one that cannot be rewritten."""
    count = rng.choice([2, 3, 3, 4])
    names = "abcd"[:count]
    sources = []
    for name in names:
        table = rng.choice(TABLES)
        # The first stars and those of the other tables are at the seam, seconds from one another.
        inside = f"{table} AS s WHERE id BETWEEN 0 AND 24 AND kind < {rng.choice([1, 2, 3, 3])}"
        sources.append(f"(SELECT id, ra, dec, kind FROM {inside}) AS {name}")
    radius = rng.choice([2, 5, 9]) / 3600
    conditions = []

    def match(one: str, two: str) -> str:
        conditions.append(f"DISTANCE({one}.ra, {one}.dec, {two}.ra, {two}.dec) < {radius!r}")
        return f"[{len(conditions) - 1}]"

    text = sources[0]
    for position in range(1, count):
        other = rng.choice(names[:position])
        on = match(*rng.sample([other, names[position]], 2))
        if position > 1 and rng.random() < 0.4:
            on += " AND " + match(names[position], rng.choice(names[:position]))
        if rng.random() < 0.3:
            on += f" AND {rng.choice([other, names[position]])}.kind <> 1"
        text += (
            f" {rng.choice(['', 'LEFT ', 'RIGHT ', 'LEFT ', ''])}JOIN {sources[position]} ON {on}"
        )
    where = f" WHERE {match(*rng.sample(names, 2))}" if rng.random() < 0.4 else ""
    ids = ", ".join(f"{name}.id AS {name}" for name in names)
    query = f"SELECT {ids} FROM {text}{where}"

    def fill(pattern: str) -> str:
        return re.sub(r"\[(\d+)\]", lambda found: pattern.format(conditions[int(found[1])]), query)

    return fill("{}"), fill("NOT (NOT ({}))")


@pytest.mark.parametrize("seed", range(40))
def test_any_joins_give_the_same_rows(few: Matches, seed: int) -> None:
    """Against the same query with conditions that are not recognised."""
    query, plain = random_query(random.Random(seed))
    assert "cell0" not in few.run.compile(plain).sql
    assert "cell0" in few.run.compile(query).sql
    limit = 400_000
    found = Counter(few.run.rows(query, limit))
    assert found.total() < limit
    assert found == Counter(few.run.rows(plain, limit))


@pytest.mark.parametrize("radius", [0.0, 1e-9, 1e-6, 1e-3, 0.1, 5.0, WIDEST])
@pytest.mark.parametrize("rows", [0, 1000, 10**7, 10**11])
def test_a_cube_is_wider_than_a_neighbourhood(radius: float, rows: int) -> None:
    grid = choose(radius, rows)
    assert grid.reach > 2 * math.sin(math.radians(radius) / 2)
    assert grid.side >= 2 * grid.reach
    assert 1 / grid.side <= 2**16
