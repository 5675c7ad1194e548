"""Polygons, boxes, regions and geometry columns, held against lsst.sphgeom and plain geometry."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import duckdb
import lsst.sphgeom as sg
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql import AdqlError, Column, Table
from lsp_jupyter.adql.polygons import MOST_VERTICES, sky_polygon
from lsp_jupyter.adql.spatial import MAX_RANGES, ellipse_ranges, polygon_ranges, zone_ranges
from tests.adql.conftest import SKY, Runner, Sky, Tables, healpix
from tests.adql.test_cones import scanned

CASES = 60
SHAPES = Table(
    "geo",
    "shapes",
    (
        Column("id", "long"),
        Column("ra", "double", unit="deg"),
        Column("dec", "double", unit="deg"),
        Column("p", "double", "2", "point"),
        Column("c", "double", "3", "circle"),
        Column("s", "double", "*", "polygon"),
        Column("t", "double", "*", "polygon"),
        Column("v", "double", "*"),
    ),
    ("cat", "main", "shapes"),
)


def vectors(lon: Any, lat: Any) -> np.ndarray:
    """Unit vectors of degrees, the coordinates in the last place."""
    lon, lat = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def around(lon: float, lat: float, away: Any, turn: Any) -> tuple[np.ndarray, np.ndarray]:
    """Positions some degrees away from one, in directions from the north eastwards."""
    a, d = math.radians(lon), math.radians(lat)
    east = np.array([-math.sin(a), math.cos(a), 0])
    north = np.array([-math.sin(d) * math.cos(a), -math.sin(d) * math.sin(a), math.cos(d)])
    r, t = np.radians(away)[:, None], np.radians(turn)[:, None]
    v = np.cos(r) * vectors(lon, lat) + np.sin(r) * (np.cos(t) * north + np.sin(t) * east)
    return np.degrees(np.arctan2(v[:, 1], v[:, 0])) % 360, np.degrees(np.arcsin(v[:, 2]))


@dataclass
class Outline:
    """A polygon that fits into less than half of the sky, on a plane where its sides are lines."""

    lon: np.ndarray
    lat: np.ndarray
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = [x for pair in zip(self.lon, self.lat, strict=True) for x in pair]
        self.text = f"POLYGON({', '.join(repr(float(x)) for x in self.numbers)})"

    @cached_property
    def points(self) -> np.ndarray:
        return vectors(self.lon, self.lat)

    @cached_property
    def plane(self) -> np.ndarray:
        middle = self.points.mean(axis=0)
        middle /= np.linalg.norm(middle)
        east = np.cross([0.3, 0.4, 0.9], middle)
        east /= np.linalg.norm(east)
        return np.stack([east, np.cross(middle, east), middle])

    def flat(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, y, z = self.plane @ points.T
        with np.errstate(divide="ignore", invalid="ignore"):
            return x / z, y / z, z > 0

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Which positions are inside: sides are counted from them to the right."""
        x, y, ahead = self.flat(points)
        u, v, _ = self.flat(self.points)
        inside = np.zeros(len(points), dtype=bool)
        for i in range(len(u)):
            j = (i + 1) % len(u)
            between = (v[i] > y) != (v[j] > y)
            with np.errstate(divide="ignore", invalid="ignore"):
                right = x < (u[j] - u[i]) * (y - v[i]) / (v[j] - v[i]) + u[i]
            inside ^= between & right
        return inside & ahead

    @cached_property
    def rim(self) -> np.ndarray:
        """Many positions on the sides."""
        steps = np.linspace(0, 1, 800, endpoint=False)[:, None]
        pairs = zip(self.points, np.roll(self.points, -1, axis=0), strict=True)
        all_of_it = np.concatenate([(1 - steps) * one + steps * two for one, two in pairs])
        return all_of_it / np.linalg.norm(all_of_it, axis=1)[:, None]


def outline(
    rng: np.random.Generator, lon: float, lat: float, size: float, *, star: bool
) -> Outline:
    """A random polygon around a position: convex, or with bays; either way round."""
    count = int(rng.integers(3, 9))
    if star:
        count += 3
        turn = np.sort((np.arange(count) + rng.uniform(0, 0.7, count)) * 360 / count)
        away = size * rng.uniform(0.2, 1, count)
    else:
        turn = np.sort(rng.uniform(0, 360, count))
        turn[:3] = rng.uniform(0, 90, 3) + np.array([0, 120, 240])
        turn, away = np.sort(turn), np.full(count, size)
    if rng.uniform() < 0.5:
        turn, away = turn[::-1], away[::-1]
    return Outline(*around(lon, lat, away, turn))


PLACES = [(123.4, 56.7), (0.001, 0.0), (77.0, 90.0), (200.0, -89.9), (359.99, -45.0), (45.0, 41.8)]


def some_outlines(count: int, *, star: bool, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        place = PLACES[number % len(PLACES)]
        size = float(10 ** rng.uniform(-2, 1.8))
        found.append(pytest.param(outline(rng, *place, size, star=star), id=f"{place} {size:.2f}"))
    return found


def found_ids(sky: Sky, condition: str, table: str = "sky.points") -> np.ndarray:
    rows = sky.run.rows(f"SELECT id FROM {table} WHERE {condition}", maxrec=1_000_000)
    return np.sort([row[0] for row in rows]).astype(int)


@pytest.mark.parametrize("shape", some_outlines(18, star=False, seed=1))
def test_convex_polygons_are_those_of_sphgeom(sky: Sky, shape: Outline) -> None:
    polygon = sg.ConvexPolygon([sg.UnitVector3d(*point) for point in shape.points])
    inside = polygon.contains(np.radians(sky.ra), np.radians(sky.dec))
    condition = f"CONTAINS(POINT(ra, dec), {shape.text}) = 1"
    assert np.array_equal(found_ids(sky, condition), np.flatnonzero(inside))
    assert len(found_ids(sky, f"NOT {condition}")) == np.count_nonzero(~inside)


@pytest.mark.parametrize("shape", some_outlines(18, star=True, seed=2))
def test_polygons_with_bays(sky: Sky, shape: Outline) -> None:
    inside = shape.holds(sky.vectors.T)
    condition = f"1 = INTERSECTS(POINT(ra, dec), {shape.text})"
    assert np.array_equal(found_ids(sky, condition), np.flatnonzero(inside))
    other_way = Outline(shape.lon[::-1], shape.lat[::-1])
    again = f"CONTAINS(POINT(ra, dec), {other_way.text}) = 1"
    assert np.array_equal(found_ids(sky, again), np.flatnonzero(inside))


def test_the_same_without_an_index(sky: Sky) -> None:
    for shape in (case.values[0] for case in some_outlines(6, star=True, seed=3)):
        condition = f"CONTAINS(POINT(ra + 0, dec), {shape.text}) = 1 AND id < 50000"
        inside = np.flatnonzero(shape.holds(sky.vectors.T[:50000]))
        assert np.array_equal(found_ids(sky, condition), inside)


def test_a_polygon_that_goes_round_most_of_the_sky(sky: Sky) -> None:
    """A belt from 0 to 300 degrees, in which positions lie opposite to each other."""
    lon = np.concatenate([np.arange(0, 301, 10.0), np.arange(300, -1, -10.0)])
    lat = np.concatenate([np.full(31, -20.0), np.full(31, 20.0)])
    belt = Outline(lon, lat)
    got = np.zeros(len(sky.ra), dtype=bool)
    got[found_ids(sky, f"CONTAINS(POINT(ra, dec), {belt.text}) = 1")] = True
    height = np.degrees(np.arctan(math.tan(math.radians(20)) / math.cos(math.radians(5))))
    apart = (sky.ra + 5) % 10 - 5
    edge = np.degrees(
        np.arctan(math.tan(math.radians(height)) * np.cos(np.radians(5 - np.abs(apart))))
    )
    inside = (sky.ra < 300) & (np.abs(sky.dec) < edge)
    clear = (np.abs(np.abs(sky.dec) - edge) > 1e-9) & (np.abs(sky.ra - 300) > 1e-9)
    assert np.array_equal(got[clear], inside[clear])
    area = sky.run.column(f"SELECT TOP 1 AREA({belt.text}) AS a FROM sky.points")[0]
    assert area / 41252.96 == pytest.approx(inside.mean(), rel=0.02)


@pytest.mark.parametrize(
    ("ra", "dec", "width", "height"),
    [(10, 20, 3, 1), (0, 0, 40, 20), (123, 90, 5, 5), (200, -89.5, 2, 8), (359.9, 60, 90, 20)],
)
def test_boxes_are_bounded_by_great_circles(
    sky: Sky, ra: float, dec: float, width: float, height: float
) -> None:
    """The sides cross the arms of the box at right angles (ADQL 2.1 section 4.2.10)."""
    a, d = math.radians(ra), math.radians(dec)
    centre = vectors(ra, dec)
    east = np.array([-math.sin(a), math.cos(a), 0])
    north = np.array([-math.sin(d) * math.cos(a), -math.sin(d) * math.sin(a), math.cos(d)])
    inside = centre @ sky.vectors > 0
    for arm, size in ((east, width), (north, height)):
        half = math.radians(size) / 2
        for sign in (1, -1):
            inside &= (math.sin(half) * centre - sign * math.cos(half) * arm) @ sky.vectors >= 0
    box = f"BOX({ra}, {dec}, {width}, {height})"
    condition = f"CONTAINS(POINT(ra, dec), {box}) = 1"
    assert np.array_equal(found_ids(sky, condition), np.flatnonzero(inside))
    each_row = f"CONTAINS(POINT(ra, dec), BOX({ra} + 0 * id, {dec}, {width}, {height})) = 1"
    few = np.flatnonzero(inside[:20000])
    assert np.array_equal(found_ids(sky, f"{each_row} AND id < 20000"), few)
    assert np.array_equal(
        found_ids(
            sky, f"CONTAINS(POINT(ra, dec), REGION('Box ICRS {ra} {dec} {width} {height}'))=1"
        ),
        np.flatnonzero(inside),
    )


def zone(sky: Sky, west: float, south: float, east: float, north: float) -> np.ndarray:
    width = east - west if east - west >= 360 else (east - west) % 360
    return ((sky.ra - west) % 360 <= width) & (sky.dec >= south) & (sky.dec <= north)


ZONES = [
    (10, -5, 20, 5),
    (350, -30, 10, -20),
    (-10, 60, 10, 89.5),
    (100, 85, 260, 90),
    (0, -90, 360, -89),
    (359.5, -0.5, 0.5, 0.5),
    (20, 10, 10, 12),
    (30, 5, 40, 3),
    (-400, 1, 400, 2),
]


@pytest.mark.parametrize("limits", ZONES, ids=str)
def test_scisql_boxes_are_bounded_by_meridians_and_parallels(
    sky: Sky, limits: tuple[float, ...]
) -> None:
    numbers = ", ".join(map(str, limits))
    inside = np.flatnonzero(zone(sky, *limits))
    for condition in (
        f"scisql_s2PtInBox(ra, dec, {numbers}) = 1",
        f"qserv_areaspec_box({numbers}) = 1",
        f"scisql_s2PtInBox(ra, dec, {numbers}) <> 0 AND id >= 0",
    ):
        assert np.array_equal(found_ids(sky, condition), inside)


@pytest.mark.parametrize(
    "ellipse",
    [
        (10, 20, 7200, 3600, 30),
        (0, 0, 36000, 20000, 120),
        (50, 89.9, 9000, 900, 0),
        (1, 1, 36, 36, 5),
    ],
    ids=str,
)
def test_scisql_ellipses(sky: Sky, ellipse: tuple[float, ...]) -> None:
    ra, dec, major, minor, angle = ellipse
    a, d, p = math.radians(ra), math.radians(dec), math.radians(angle)
    east = np.array([-math.sin(a), math.cos(a), 0])
    north = np.array([-math.sin(d) * math.cos(a), -math.sin(d) * math.sin(a), math.cos(d)])
    x, y = north @ sky.vectors, east @ sky.vectors
    along, across = math.cos(p) * x + math.sin(p) * y, math.cos(p) * y - math.sin(p) * x
    far = (along / math.radians(major / 3600)) ** 2 + (across / math.radians(minor / 3600)) ** 2
    inside = np.flatnonzero((far <= 1) & (vectors(ra, dec) @ sky.vectors > 0))
    numbers = ", ".join(map(str, ellipse))
    for condition in (
        f"scisql_s2PtInEllipse(ra, dec, {numbers}) = 1",
        f"qserv_areaspec_ellipse({numbers}) = 1",
    ):
        assert np.array_equal(found_ids(sky, condition), inside)


def test_scisql_circles_and_polygons(sky: Sky) -> None:
    shape = outline(np.random.default_rng(4), 0.0, 85.0, 10.0, star=False)
    numbers = shape.text.removeprefix("POLYGON(").removesuffix(")")
    inside = np.flatnonzero(shape.holds(sky.vectors.T))
    for condition in (
        f"scisql_s2PtInCPoly(ra, dec, {numbers}) = 1",
        f"qserv_areaspec_poly({numbers}) = 1",
    ):
        assert np.array_equal(found_ids(sky, condition), inside)
    near = np.flatnonzero(sky.separations(10, 20) <= 3)
    for condition in (
        "scisql_s2PtInCircle(ra, dec, 10, 20, 3) = 1",
        "qserv_areaspec_circle(10, 20, 3) = 1",
        "qserv_areaspec_circle(10, 20, 3)",
        "id >= 0 AND qserv_areaspec_circle(10, 20, 3) AND NOT qserv_areaspec_box(0, 0, 1, 1)",
        "scisql_angSep(ra, dec, 10, 20) <= 3",
    ):
        assert np.array_equal(found_ids(sky, condition), near)


# -- index ranges ------------------------------------------------------------


def covered(sky: Sky, ranges: list[tuple[int, int]]) -> np.ndarray:
    cells = healpix(sky.ra, sky.dec)
    inside = np.zeros(len(cells), dtype=bool)
    for low, high in ranges:
        inside |= (cells >= low) & (cells <= high)
    return inside


@pytest.mark.parametrize("seed", range(8))
def test_ranges_cover_polygons(sky: Sky, seed: int) -> None:
    for case in some_outlines(6, star=bool(seed % 2), seed=100 + seed):
        shape = case.values[0]
        ranges = polygon_ranges([tuple(point) for point in shape.points])
        assert len(ranges) <= MAX_RANGES
        assert all(high < low for (_, high), (low, _) in pairwise(ranges))
        inside = shape.holds(sky.vectors.T)
        if ranges:
            found = covered(sky, ranges)
            assert np.all(found[inside])
            assert found.mean() < max(0.7, 6 * inside.mean())


def test_ranges_cover_narrow_polygons_zones_and_ellipses(sky: Sky) -> None:
    sliver = Outline(np.array([10, 50, 50.0]), np.array([10, 30, 30.0000001]))
    assert 1 <= len(polygon_ranges([tuple(point) for point in sliver.points])) <= MAX_RANGES
    speck = Outline(np.array([10, 10 + 1e-12, 10]), np.array([10, 10, 10 + 1e-12]))
    assert len(polygon_ranges([tuple(point) for point in speck.points])) >= 1
    for limits in ZONES:
        west, south, east, north = limits
        if south <= north:
            width = east - west if east - west >= 360 else (east - west) % 360
            found = covered(sky, zone_ranges(west, south, west + width, north))
            assert np.all(found[zone(sky, *limits)])
    for minor in (1.0, 0.5, 0.01):
        found = covered(sky, ellipse_ranges(0.5, 0.5, 1.0, minor, 40.0))
        assert np.all(found[sky.separations(0.5, 0.5) < minor])


def test_a_polygon_reads_little_of_a_table(sky: Sky) -> None:
    for shape in ("BOX(123.4, 33.3, 1, 1)", "POLYGON(10, 10, 11, 10, 11, 11, 10.5, 10.1)"):
        read, total = scanned(sky, f"CONTAINS(POINT(ra, dec), {shape}) = 1")
        assert total >= 4
        assert read == 1


# -- shapes in columns -------------------------------------------------------


@dataclass
class Shelf:
    """A table of shapes, and what they are."""

    run: Runner
    places: np.ndarray
    circles: list[tuple[float, float, float]]
    ones: list[Outline]
    twos: list[Outline]

    def ids(self, condition: str) -> set[int]:
        return set(self.run.column(f"SELECT id FROM geo.shapes WHERE {condition}"))


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    rng = np.random.default_rng(7)
    ones, twos, circles, rows = [], [], [], []
    for number in range(CASES):
        lon, lat = PLACES[number % len(PLACES)]
        size = float(10 ** rng.uniform(-3, 1.4))
        one = outline(rng, lon, lat, size, star=number % 2 == 0)
        shift = around(lon, lat, rng.uniform(0, 1.6, 2) * size, rng.uniform(0, 360, 2))
        two_size = size * float(rng.choice([0.1, 0.5, 1.0, 2.0]))
        two = outline(rng, float(shift[0][0]), float(shift[1][0]), two_size, star=number % 3 == 0)
        circle = (
            float(shift[0][1]),
            float(shift[1][1]),
            size * float(rng.choice([0.05, 0.4, 2.5])),
        )
        ones.append(one)
        twos.append(two)
        circles.append(circle)
        ra, dec = (float(x[0]) for x in around(lon, lat, [size / 2], rng.uniform(0, 360, 1)))
        rows.append((number, ra, dec, [ra, dec], list(circle), one.numbers, two.numbers, [1.0]))
    rows.append((CASES, None, None, None, None, None, None, None))
    rows.append((CASES + 1, 1, 1, [1, None], [1, 1, None], [1, 2, 3, 4], [1, 1, None, 2, 3, 4], []))
    names = [column.name for column in SHAPES.columns]
    data = pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
    db = duckdb.connect()
    db.execute("ATTACH ':memory:' AS cat")
    lists = ", ".join(f"{name}::DOUBLE[] AS {name}" for name in "pcstv")
    db.register("data", data)
    db.execute(f"CREATE TABLE cat.main.shapes AS SELECT id, ra, dec, {lists} FROM data")
    places = np.array([[row[1], row[2]] for row in rows[:CASES]])
    yield Shelf(Runner(db, Tables((SHAPES, SKY))), places, circles, ones, twos)
    db.close()


def separation(rim: np.ndarray, lon: float, lat: float) -> np.ndarray:
    return np.degrees(2 * np.arcsin(np.linalg.norm(rim - vectors(lon, lat), axis=1) / 2))


def expected(shelf: Shelf, question: str) -> tuple[set[int], set[int]]:
    """The rows of which it is true, and those too near to the limit to tell."""
    true, unclear = set(), set()
    for number in range(CASES):
        one, two = shelf.ones[number], shelf.twos[number]
        lon, lat, radius = shelf.circles[number]
        place = vectors(*shelf.places[number])[None]
        apart = separation(one.rim, lon, lat)
        inside = bool(one.holds(vectors(lon, lat)[None])[0])
        margin = 1e-3 * radius
        match question:
            case "point in polygon":
                answer = bool(one.holds(place)[0])
            case "point in circle":
                answer = bool(separation(place, lon, lat)[0] <= radius)
            case "circle meets polygon":
                answer = inside or apart.min() <= radius
                if not inside and abs(apart.min() - radius) < margin:
                    unclear.add(number)
            case "circle in polygon":
                answer = inside and apart.min() >= radius
                if inside and abs(apart.min() - radius) < margin:
                    unclear.add(number)
            case "polygon in circle":
                answer = apart.max() <= radius
                if abs(apart.max() - radius) < margin:
                    unclear.add(number)
            case "polygons meet":
                answer = bool(two.holds(one.rim).any() or one.holds(two.rim).any())
            case _:
                answer = bool(two.holds(one.rim).all())
        if answer:
            true.add(number)
    return true, unclear


QUESTIONS = [
    ("point in polygon", "CONTAINS(p, s)"),
    ("point in polygon", "INTERSECTS(s, POINT(ra, dec))"),
    ("point in circle", "CONTAINS(p, c)"),
    ("point in circle", "INTERSECTS(p, c)"),
    ("circle meets polygon", "INTERSECTS(c, s)"),
    ("circle meets polygon", "INTERSECTS(s, c)"),
    ("circle in polygon", "CONTAINS(c, s)"),
    ("polygon in circle", "CONTAINS(s, c)"),
    ("polygons meet", "INTERSECTS(s, t)"),
    ("polygons meet", "INTERSECTS(t, s)"),
    ("polygon in polygon", "CONTAINS(s, t)"),
]


@pytest.mark.parametrize(("question", "sql"), QUESTIONS, ids=[sql for _, sql in QUESTIONS])
def test_questions_about_columns(shelf: Shelf, question: str, sql: str) -> None:
    true, unclear = expected(shelf, question)
    assert shelf.ids(f"{sql} = 1") - unclear == true - unclear
    assert len(true) > 1
    # Rows without shapes answer neither way.
    false = shelf.ids(f"{sql} = 0")
    assert false - unclear == set(range(CASES)) - true - unclear
    assert shelf.run.column(f"SELECT {sql} AS x FROM geo.shapes WHERE id = {CASES}") == [None]


@pytest.mark.parametrize("number", range(0, CASES, 25))
def test_the_same_questions_about_constants(shelf: Shelf, number: int) -> None:
    lon, lat, radius = shelf.circles[number]
    texts = {
        "p": "POINT({!r}, {!r})".format(*map(float, shelf.places[number])),
        "c": f"CIRCLE({lon!r}, {lat!r}, {radius!r})",
        "s": shelf.ones[number].text,
        "t": shelf.twos[number].text,
        "POINT(ra, dec)": "POINT({!r}, {!r})".format(*map(float, shelf.places[number])),
    }
    for _, sql in QUESTIONS:
        name, one, two = re.fullmatch(r"(\w+)\((.*), (\w+|POINT.*)\)", sql).groups()  # type: ignore[union-attr]
        [(mixed, fixed, row)] = shelf.run.rows(
            f"SELECT {name}({one}, {texts[two]}) AS a, {name}({texts[one]}, {texts[two]}) AS b, "
            f"{sql} AS c FROM geo.shapes WHERE id = {number}"
        )
        assert mixed == fixed == row, sql


def test_circles_that_meet_or_hold_each_other(shelf: Shelf) -> None:
    def ask(sql: str) -> int:
        [found] = shelf.run.column(f"SELECT {sql} AS x FROM geo.shapes WHERE id = 0")
        return int(found)

    for extra in ("", " + 0 * ra"):  # As constants, and row by row.
        assert ask(f"INTERSECTS(CIRCLE(359, 0, 1), CIRCLE(1, 0, 1{extra}))") == 1
        assert ask(f"INTERSECTS(CIRCLE(359, 0, 1), CIRCLE(1, 0, 0.999{extra}))") == 0
        assert ask(f"CONTAINS(CIRCLE(10, 90, 1), CIRCLE(70, 89, 2{extra}))") == 1
        assert ask(f"CONTAINS(CIRCLE(10, 90, 1.001), CIRCLE(70, 89, 2{extra}))") == 0
        assert ask(f"CONTAINS(CIRCLE(10, 0, 1), CIRCLE(190, 0, 180{extra}))") == 1
        assert ask(f"CONTAINS(CIRCLE(10, 0, 1), CIRCLE(190, 0, 179{extra}))") == 0
        assert ask(f"CONTAINS(CIRCLE(10, 0, 180), CIRCLE(10, 0, 179{extra}))") == 0
        triangle = "POLYGON(0, 0, 10, 0, 5, 10)"
        assert ask(f"CONTAINS({triangle}, CIRCLE(185, 3, 180{extra}))") == 1
        assert ask(f"CONTAINS({triangle}, CIRCLE(185, -3, 170{extra}))") == 0
        assert ask(f"CONTAINS({triangle}, CIRCLE(95, 3, 100{extra}))") == 1
        assert ask(f"INTERSECTS({triangle}, CIRCLE(5, -1, 1{extra}))") == 1
        assert ask(f"INTERSECTS({triangle}, CIRCLE(5, -1.01, 1{extra}))") == 0


def test_vertices_and_sides_belong_to_a_polygon(shelf: Shelf) -> None:
    bay = "POLYGON(0, 0, 10, 0, 10, 10, 5, 3, 0, 10)"
    for ra, dec, inside in ((0, 0, 1), (10, 0, 1), (5, 3, 1), (5, 0, 1), (5, 3.01, 0), (0, 5, 1)):
        for point in (f"POINT({ra}, {dec})", f"POINT({ra} + 0 * ra, {dec})"):
            query = f"SELECT CONTAINS({point}, {bay}) AS x FROM geo.shapes WHERE id = 0"
            assert shelf.run.column(query) == [inside], (ra, dec)


def test_area_and_centroid(shelf: Shelf) -> None:
    rows = shelf.run.rows(
        "SELECT AREA(s) AS a, COORD1(CENTROID(s)) AS x, COORD2(CENTROID(s)) AS y, AREA(c) AS d "
        f"FROM geo.shapes WHERE id < {CASES} ORDER BY id"
    )
    for number, ((area, x, y, disc), shape) in enumerate(zip(rows, shelf.ones, strict=True)):
        fixed = sky_polygon(list(zip(shape.lon.tolist(), shape.lat.tolist(), strict=True)))
        assert area == pytest.approx(math.degrees(math.degrees(fixed.area)), rel=1e-9)
        assert np.linalg.norm(vectors(x, y) - fixed.centroid) < 1e-11
        if number % 2:  # Convex.
            polygon = sg.ConvexPolygon([sg.UnitVector3d(*point) for point in shape.points])
            middle = polygon.getCentroid()
            known = np.array([middle.x(), middle.y(), middle.z()])
            assert np.linalg.norm(known - fixed.centroid) < 1e-9
        radius = math.radians(shelf.circles[number][2])
        assert math.radians(math.radians(disc)) == pytest.approx(
            2 * math.pi * 2 * math.sin(radius / 2) ** 2, rel=1e-12
        )
    [octant, sphere, dot] = shelf.run.rows(
        "SELECT AREA(POLYGON(0, 0, 90, 0, 0, 90)) AS a, AREA(CIRCLE(1, 2, 180)) AS b, "
        "AREA(POINT(1, 1)) AS c FROM geo.shapes WHERE id = 0"
    )[0]
    assert octant == pytest.approx(41252.96 / 8, rel=1e-6)
    assert sphere == pytest.approx(129600 / math.pi, rel=1e-15)
    assert dot == 0.0


def test_shapes_as_columns_of_a_result(shelf: Shelf) -> None:
    query = (
        "SELECT p, POINT(ra, dec) AS q, c, CIRCLE(p, 0.5) AS d, s, POLYGON(1, 2, 3, 4, 5, 0) AS o, "
        "BOX(10, 0, 2, 2) AS b, CENTROID(c) AS m FROM geo.shapes WHERE id IN (0, %d) ORDER BY id"
    )
    compiled = shelf.run.compile(query % CASES)
    assert [column.xtype for column in compiled.columns] == [
        *("point", "point", "circle", "circle", "polygon", "polygon", "polygon", "point"),
    ]
    first, empty = shelf.run.rows(query % CASES)
    lon, lat = map(float, shelf.places[0])
    assert first[0] == first[1] == [lon, lat]
    assert first[3] == [lon, lat, 0.5]
    assert first[5] == [1, 2, 3, 4, 5, 0]
    assert first[6] == pytest.approx([9, -0.99984, 11, -0.99984, 11, 0.99984, 9, 0.99984], abs=2e-4)
    assert first[7] == list(shelf.circles[0][:2])
    assert empty[:5] == (None,) * 5


def test_shapes_of_a_derived_table(shelf: Shelf) -> None:
    """A shape that one query makes is one for the query around it."""
    query = (
        "SELECT id, AREA(r) AS a FROM (SELECT id, CIRCLE(ra, dec, 1) AS r, POINT(ra, dec) AS q "
        "FROM geo.shapes) AS x WHERE CONTAINS(q, r) = 1 AND DISTANCE(q, POINT(0, 0)) >= 0"
    )
    assert len(shelf.run.rows(query)) == CASES + 1


def test_null_shapes(shelf: Shelf) -> None:
    assert shelf.ids("s IS NULL") == {CASES}
    assert shelf.ids("p IS NOT NULL") == {*range(CASES), CASES + 1}
    assert shelf.ids("CONTAINS(POINT(1, 1), s) IS NULL") == {CASES, CASES + 1}
    assert shelf.ids("AREA(t) IS NULL") == {CASES, CASES + 1}
    assert shelf.ids("CENTROID(t) IS NULL") == {CASES, CASES + 1}


REFUSED = [
    ("AREA(POLYGON(0, 0, 10, 11, 10, 0, 0, 10))", "Sides of the polygon cross"),
    ("AREA(POLYGON(0, 0, 10, 0, 20, 0))", "one great circle"),
    ("AREA(POLYGON(0, 0, 120, 0, 240, 0))", "one great circle"),
    ("AREA(POLYGON(0, 0, 180, 0, 90, 50))", "opposite"),
    ("AREA(POLYGON(0, 0, 0, 0, 1, 1))", "three different vertices"),
    ("AREA(POLYGON(0, 0, 1, 1, 2))", "pairs of coordinates"),
    ("AREA(POLYGON(0, 0, 1, 91, 2, 0))", "not on the sky"),
    ("AREA(BOX(0, 0, 0, 1))", "not between 0 and 180"),
    ("AREA(BOX(0, 0, 1))", "does not take"),
    ("AREA(REGION('ELLIPSE ICRS 1 2 3 4'))", "not a POINT, CIRCLE"),
    ("AREA(REGION('CIRCLE GALACTIC 1 2 3'))", "GALACTIC is not available"),
    ("AREA(REGION('CIRCLE ICRS 1 2'))", "CIRCLE takes 3 numbers, found 2"),
    ("AREA(REGION('CIRCLE ICRS 1 2 x'))", "x in the region is not a number"),
    ("AREA(REGION('UNION (CIRCLE 1 2 3)'))", "UNION of regions"),
    ("AREA(REGION(band))", "a text in quotes"),
    ("AREA(1)", "does not take"),
    ("CONTAINS(POINT(1, 2), POINT(1, 2))", "inside the second"),
    ("INTERSECTS(POINT(1, 2), POINT(1, 2))", "do not intersect"),
    ("CONTAINS(POINT(1, 2), flux)", "does not take"),
    ("COORD1(CIRCLE(1, 2, 3))", "does not take"),
    ("DISTANCE(POINT(1, 2), CIRCLE(1, 2, 3))", "DISTANCE does not take"),
    ("COORD1(POINT('GALACTIC', 1, 2))", "GALACTIC is not available"),
]


@pytest.mark.parametrize(("expression", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused_shapes(run: Runner, expression: str, message: str) -> None:
    with pytest.raises(AdqlError, match=message) as caught:
        run.compile(f"SELECT {expression} AS x FROM sky.stars")
    assert caught.value.hint


def test_a_polygon_has_a_limit_of_vertices(run: Runner) -> None:
    turn = np.linspace(0, 360, MOST_VERTICES + 1, endpoint=False)
    round_ = ", ".join(f"{lon!r}, 80" for lon in turn.tolist())
    with pytest.raises(AdqlError, match=f"at most {MOST_VERTICES}"):
        run.compile(f"SELECT AREA(POLYGON({round_})) AS x FROM sky.stars")


def test_coordinate_systems(run: Runner) -> None:
    [row] = run.rows(
        "SELECT COORDSYS(POINT(1, 2)) AS a, COORD1(POINT('ICRS GEOCENTER', 1, 2)) AS b, "
        "AREA(CIRCLE('', 1, 2, 3)) - AREA(CIRCLE('ICRS', POINT('ICRS', 1, 2), 3)) AS c, "
        "AREA(BOX('ICRS', 1, 2, 3, 4)) - AREA(BOX(POINT(1, 2), 3, 4)) AS d, "
        "AREA(POLYGON('ICRS', 1, 2, 3, 4, 5, 0)) - AREA(POLYGON(POINT(1, 2), POINT(3, 4), "
        "POINT(5, 0))) AS e FROM sky.stars WHERE id = 1"
    )
    assert row == ("ICRS", 1.0, 0.0, 0.0, 0.0)
