"""User defined functions: those of the IVOA's catalogue, of Qserv, and statistics."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import astropy.coordinates as coord
import numpy as np
import pytest
from astropy import units
from cdshealpix.nested import healpix_to_lonlat, lonlat_to_healpix

from lsp_jupyter.adql import FUNCTIONS, AdqlError, features
from tests.adql.conftest import Runner, Sky
from tests.adql.test_cones import scanned

STAR = "7.606083572, 11.79044105, "
NEAR = pytest.approx

# Examples of the catalogue, and more.
VALUES = [
    ("ivo_healpix_index(0, 1, 1)", 4),
    ("ivo_healpix_index(17, 1, 1)", 81609757711),
    ("ivo_healpix_index(17, 359, -1)", 73009064944),
    ("ivo_healpix_index(17, POINT('ICRS', 1, 1))", 81609757711),
    ("ivo_healpix_index(17, CENTROID(CIRCLE(359, -1, 3)))", 73009064944),
    ("ivo_healpix_index(i - 7, 1, 1)", 4),
    ("ivo_healpix_index(i + 100, 1, 1)", None),
    ("ivo_healpix_index(3, nothing, 1)", None),
    ("ivo_healpix_center(0, 6)", NEAR([180.0, 0.0], abs=1e-12)),
    (
        "ivo_healpix_center(17, ivo_healpix_index(17, 23.4, 56.7))",
        NEAR([23.399843462947466, 56.70016214363192], rel=1e-13),
    ),
    ("ivo_healpix_center(0, 12)", None),
    ("ivo_healpix_center(0, -1)", None),
    ("ivo_healpix_center(i * 10, 1)", None),
    (
        f"ivo_epoch_prop_pos({STAR} 125, 300, -428.8, 52.51, 2016.0, 1992.25)",
        NEAR([7.604061404627978, 11.7932703828279], rel=1e-13),
    ),
    (
        f"ivo_epoch_prop_pos({STAR} 125, 300, -428.8, 52.51, 2016.0, 1875.0)",
        NEAR([7.594068213694308, 11.807251375203935], rel=1e-13),
    ),
    (
        f"ivo_epoch_prop_pos({STAR} 125, 300, -428.8, NULL, 2016.0, 1875.0)",
        NEAR([7.594079587029898, 11.807235464326332], rel=1e-11),
    ),
    (
        f"ivo_epoch_prop_pos({STAR} 125, 300, NULL, NULL, 2016.0, 1875.0)",
        NEAR([7.594080321498365, 11.790440798509207], rel=1e-11),
    ),
    (
        f"ivo_epoch_prop_pos({STAR} 300, -428.8, 2016.0, 1875.0)",
        NEAR([7.594079587029898, 11.807235464326332], rel=1e-11),
    ),
    ("ivo_epoch_prop_pos(nothing, 1, 1, 1, 1, 1, 2016, 2000)", None),
    ("ivo_epoch_prop_pos(1, 1, 1, 1, 1, 1, nothing, 2000)", None),
    (
        f"ivo_epoch_prop({STAR} 125, 300, -428.8, 52.51, 2016.0, 1992.25)",
        NEAR(
            [
                *(7.6040614046279735, 11.793270382827929, 125.01993165584682),
                *(300.09877325973605, -428.934593565712, 52.50880381775256),
            ],
            rel=1e-12,
        ),
    ),
    (
        f"ivo_epoch_prop({STAR} 125, NULL, NULL, NULL, 2016.0, 1992.25)",
        [7.606083572, 11.79044105, 125, None, None, None],
    ),
    (
        f"ivo_epoch_prop({STAR} NULL, 300, -428.8, 52.51, 2016.0, 1992.25)",
        [7.604061727024453, 11.79326993174991, None, 300.0030911918108, -428.79783514643105, 52.51],
    ),
    (
        f"ivo_epoch_prop({STAR} 125, 300, -428.8, NULL, 2016.0, 1992.25)",
        [
            *(7.604061727024712, 11.793269931749549, 124.9999997730655),
            *(300.0030911152833, -428.79783503705033, None),
        ],
    ),
    ("ivo_epoch_prop(nothing, 1, 1, 1, 1, 1, 2016, 2000)", None),
    (
        "ivo_geom_transform('ICRS', 'GALACTIC', POINT(120, -23))",
        NEAR([241.121831182, 3.62785788087], rel=1e-9),
    ),
    (
        "ivo_geom_transform('FK4', 'GALACTIC', CIRCLE(189.70303055, 22.96240006, 3))",
        NEAR([275.00025405, 84.99996154, 3], rel=1e-6),
    ),
    (
        "ivo_geom_transform('GALACTIC', 'FK5', POLYGON(5, 3, 4, 4, 4.5, 2))",
        NEAR([266.44721, -23.107310, 264.95088, -23.434037, 267.09936, -24.051919], rel=1e-6),
    ),
    ("ivo_to_jd(CAST('2000-01-02T12:00:00' AS TIMESTAMP))", 2451546.0),
    ("ivo_to_jd('1910-12-31T06:00:00')", 2419036.75),
    ("ivo_to_jd(NULL)", None),
    ("ivo_to_mjd(CAST('2000-01-02T12:00:00' AS TIMESTAMP))", 51545.5),
    ("ivo_to_mjd('1910-12-31T06:00:00')", 19036.25),
    ("ivo_to_mjd(t)", NEAR(58850 + 11045 / 86400, rel=1e-15)),
    ("ivo_nocasematch('abcabc', 'ab%')", 1),
    ("ivo_nocasematch('ABcabc', 'ab__bc')", 1),
    ("ivo_nocasematch('abcabc', '%BC')", 1),
    ("ivo_nocasematch('abcabc', 'ABCABC')", 1),
    ("ivo_nocasematch('abcabc', 'abcab')", 0),
    ("ivo_nocasematch(s, NULL)", None),
    ("ivo_hasword('Miller and Urey have', 'miller')", 1),
    ("ivo_hasword('shown that a primordial', 'soup')", 0),
    ("ivo_hasword('shown that a primordial', 'shown primordial')", 1),
    ("ivo_hasword('shown that a primordial', 'shown soup')", 0),
    ("ivo_hasword('M31 (Andromeda)', 'andromeda')", 1),
    ("ivo_hasword('millers', 'miller')", 0),
    ("ivo_hasword('Über uns', 'ÜBER')", 1),
    ("ivo_hasword(NULL, 'x')", None),
    ("ivo_hashlist_has('red#green#blue', 'red')", 1),
    ("ivo_hashlist_has('Red#green#blue', 'rED')", 1),
    ("ivo_hashlist_has('red#green#blue', 're')", 0),
    ("ivo_hashlist_has('red#green#blue', 'red#green')", 0),
    ("ivo_hashlist_has(NULL, 'red')", None),
    ("ivo_interval_overlaps(-3, -2, 2, 3)", 0),
    ("ivo_interval_overlaps(-2, -3, 2, 3)", 0),
    ("ivo_interval_overlaps(-2, 55.3, 2, 3)", 1),
    ("ivo_interval_overlaps(2, 3, -2, 55.3)", 1),
    ("ivo_interval_overlaps(-2, 55.3, 3, 2)", 0),
    ("ivo_interval_overlaps(-2, 2, 2, 3)", 1),
    ("ivo_interval_overlaps(-2, 2, 2, nothing)", None),
    ("ivo_hms_to_degrees('3:34:45.4')", NEAR(53.6891667, rel=1e-8)),
    ("ivo_hms_to_degrees('3h34m45.4s')", NEAR(53.6891667, rel=1e-8)),
    ("ivo_hms_to_degrees('3H34M45.4S')", NEAR(53.6891667, rel=1e-8)),
    ("ivo_hms_to_degrees(' 033445.4')", NEAR(53.6891667, rel=1e-8)),
    ("ivo_hms_to_degrees('3:34')", None),
    ("ivo_hms_to_degrees('3:60:00')", None),
    ("ivo_hms_to_degrees('-3:34:45.4')", None),
    ("ivo_hms_to_degrees(NULL)", None),
    ("ivo_dms_to_degrees('42:9:6.768')", NEAR(42.15188, rel=1e-12)),
    ("ivo_dms_to_degrees('42d9m6.768s')", NEAR(42.15188, rel=1e-12)),
    ("ivo_dms_to_degrees('42D9M6.768S')", NEAR(42.15188, rel=1e-12)),
    ("ivo_dms_to_degrees('-00:15:00')", -0.25),
    ("ivo_dms_to_degrees('+00:15:00')", 0.25),
    ("ivo_dms_to_degrees('-0d15m0s')", -0.25),
    ("ivo_dms_to_degrees('-001500')", -0.25),
    ("ivo_dms_to_degrees('north')", None),
    # Photometry: Oke & Gunn 1983, and 31.4 mag for a nanojansky.
    ("scisql_nanojanskyToAbMag(1000)", NEAR(23.9, rel=1e-14)),
    ("scisql_nanojanskyToAbMag(-1)", None),
    ("scisql_nanojanskyToAbMag(z)", None),
    ("SCISQL_NANOJANSKYTOABMAG(nothing)", None),
    ("scisql_nanojanskyToAbMagSigma(100, 10)", NEAR(0.25 / math.log(10), rel=1e-14)),
    ("scisql_nanojanskyToAbMagSigma(0, 10)", None),
    ("scisql_fluxToAbMag(3630.780547701e-23)", NEAR(0.0, abs=1e-12)),
    ("scisql_fluxToAbMag(100.0)", NEAR(-53.6, rel=1e-14)),
    ("scisql_fluxToAbMag(0.0)", None),
    ("scisql_fluxToAbMagSigma(LOG10(EXP(1.0)), 2.0)", NEAR(5.0, rel=1e-14)),
    ("scisql_abMagToNanojansky(31.4)", NEAR(1.0, rel=1e-14)),
    ("scisql_abMagToNanojanskySigma(31.4, 5 / LOG(10))", NEAR(2.0, rel=1e-14)),
    ("scisql_abMagToFlux(-53.6)", NEAR(100.0, rel=1e-13)),
    ("scisql_abMagToFluxSigma(-48.6, 5 / LOG(10))", NEAR(2.0, rel=1e-14)),
    ("scisql_dnToAbMag(10, 1000)", NEAR(5.0, rel=1e-14)),
    ("scisql_dnToAbMag(10, 0)", None),
    ("scisql_dnToFlux(10, 1000)", NEAR(3.630780547701e-22, rel=1e-12)),
    ("scisql_dnToFlux(10, 0)", None),
    ("scisql_dnToFluxSigma(10, 3, 1, 0.4)", NEAR(5 * 3.630780547701e-20, rel=1e-12)),
    ("scisql_dnToAbMagSigma(10, 3, 1, 0.4)", NEAR(0.5 * 2.5 / math.log(10), rel=1e-14)),
    ("scisql_fluxToDn(3.630780547701013e-22, 1000)", NEAR(10.0, rel=1e-12)),
    ("scisql_fluxToDnSigma(3.630780547701013e-20, 0, 1, 5)", NEAR(5.0, rel=1e-12)),
    ("scisql_abMagToDn(5, 1000)", NEAR(10.0, rel=1e-12)),
    ("scisql_abMagToDnSigma(5, 0, 1000, 5)", NEAR(0.05, rel=1e-12)),
    ("scisql_angSep(0, 0, 0, 90)", 90.0),
    ("scisql_s2PtInCircle(1, 1, 1, 2, 1)", 1),
    ("scisql_s2PtInBox(359, 0, -2, -1, 2, 1)", 1),
    ("scisql_s2PtInBox(3, 0, -2, -1, 2, 1)", 0),
    ("scisql_s2PtInEllipse(0, 0.5, 0, 0, 3600, 1800, 0)", 1),
    ("scisql_s2PtInEllipse(0.7, 0, 0, 0, 3600, 1800, 0)", 0),
    ("scisql_s2PtInCPoly(1, 1, 0, 0, 3, 0, 0, 3)", 1),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[value[0] for value in VALUES])
def test_value(run: Runner, expression: str, expected: Any) -> None:
    [found] = run.column(f"SELECT {expression} AS x FROM lab.one")
    if isinstance(found, list) and None in found:
        assert [one is None for one in found] == [one is None for one in expected]
        found = [one for one in found if one is not None]
        expected = NEAR([one for one in expected if one is not None], rel=1e-9)
    assert found == expected


AGGREGATES = [
    ("STDDEV(mag)", np.std([5, 6.5, 7, 8, 9, 3, 4.5], ddof=1)),
    ("STDDEV_SAMP(mag)", np.std([5, 6.5, 7, 8, 9, 3, 4.5], ddof=1)),
    ("STDDEV_POP(mag)", np.std([5, 6.5, 7, 8, 9, 3, 4.5])),
    ("VARIANCE(mag)", np.var([5, 6.5, 7, 8, 9, 3, 4.5], ddof=1)),
    ("VAR_SAMP(n)", np.var([3, -7, 7, 0, 2, 1, 5], ddof=1)),
    ("VAR_POP(n)", np.var([3, -7, 7, 0, 2, 1, 5])),
    ("MEDIAN(n)", 2.0),
    ("MEDIAN(byte)", 4.5),
    ("scisql_median(n)", 2.0),
    ("PERCENTILE(n, 50)", 2.0),
    ("PERCENTILE(byte, 100)", 255.0),
    ("scisql_percentile(byte, 12.5)", 1.875),
    ("STDDEV(mag / 0)", None),
]


@pytest.mark.parametrize(("expression", "expected"), AGGREGATES, ids=[a[0] for a in AGGREGATES])
def test_statistics(run: Runner, expression: str, expected: Any) -> None:
    [found] = run.column(f"SELECT {expression} AS x FROM sky.stars")
    assert found == (None if expected is None else pytest.approx(float(expected), rel=1e-12))


def test_statistics_of_groups_and_units(run: Runner) -> None:
    query = (
        "SELECT band, STDDEV(mag) AS s, VARIANCE(mag) AS v, MEDIAN(mag) AS m FROM sky.stars "
        "WHERE band IN ('g', 'r') GROUP BY band HAVING STDDEV(mag) > 0 ORDER BY band"
    )
    assert [column.unit for column in run.compile(query).columns[1:]] == ["mag", "(mag)**2", "mag"]
    [green, red] = run.rows(query)
    assert green[1:] == pytest.approx((math.sqrt(1.125), 1.125, 5.75))
    assert red[1:] == pytest.approx((math.sqrt(0.5), 0.5, 7.5))


def test_an_infinite_value_does_not_end_a_query(run: Runner) -> None:
    [found] = run.column("SELECT STDDEV(mag + EXP(1000 * n)) AS x FROM sky.stars")
    assert found is not None


def test_texts_are_joined_in_order(run: Runner) -> None:
    query = "SELECT n AS k, ivo_string_agg(band, ', ') AS x FROM sky.stars GROUP BY n ORDER BY n"
    assert run.rows(query.replace("n AS k, ", "").replace(" GROUP BY n ORDER BY n", "")) == [
        ("G, g, g, i, i, r, r",)
    ]
    assert dict(run.rows(query))[5] is None


def test_histogram(run: Runner) -> None:
    """Eight values of n: -7, NULL, 0, 1, 2, 3, 5, 7."""
    query = "SELECT ivo_histogram(n, 0, 6, 3) AS x FROM sky.stars"
    column = run.compile(query).columns[0]
    assert (column.datatype, column.arraysize) == ("int", "*")
    assert run.column(query) == [[2, 2, 2, 1, 1]]
    assert run.column("SELECT ivo_histogram(0.1 * n, 0, 0.3, 3) AS x FROM sky.stars") == [
        [2, 1, 1, 1, 3]
    ]
    empty = "SELECT ivo_histogram(n, 0, 6, 2) AS x FROM sky.stars WHERE id < 0"
    assert run.column(empty) in ([None], [[0, 0, 0, 0]])


def test_normal_random_numbers(sky: Sky) -> None:
    rows = sky.run.rows("SELECT TOP 40000 ivo_normal_random(10, 5) AS x FROM sky.points", 40000)
    numbers = np.array([row[0] for row in rows])
    assert len(np.unique(numbers)) == len(numbers)
    assert numbers.mean() == pytest.approx(10, abs=0.2)
    assert numbers.std() == pytest.approx(5, rel=0.03)
    assert np.mean(np.abs(numbers - 10) < 5) == pytest.approx(0.6827, abs=0.015)


@pytest.mark.parametrize("order", [0, 1, 5, 12, 29])
def test_healpix_cells_of_an_index_and_of_positions(sky: Sky, order: int) -> None:
    query = (
        f"SELECT ivo_healpix_index({order}, ra, dec) AS a, ivo_healpix_index({order}, ra + 0, dec)"
        f" AS b, ivo_healpix_center({order}, ivo_healpix_index({order}, ra, dec)) AS c, ra, dec "
        "FROM sky.points WHERE MOD(id, 17) = 0"
    )
    rows = sky.run.rows(query, 100_000)
    indexed, computed = (np.array([row[i] for row in rows]) for i in (0, 1))
    ra, dec = (np.array([row[i] for row in rows]) * units.deg for i in (3, 4))
    known = lonlat_to_healpix(coord.Longitude(ra), coord.Latitude(dec), order).astype(np.int64)
    assert np.array_equal(indexed, known)
    # A position on the very border of a cell may be rounded to either side of it.
    assert np.count_nonzero(computed != known) <= (30 if order == 29 else 0)
    lon, lat = healpix_to_lonlat(known.astype(np.uint64), order)
    centres = np.radians(np.array([row[2] for row in rows]))
    turn = np.abs((centres[:, 0] - lon.rad + np.pi) % (2 * np.pi) - np.pi) * np.cos(lat.rad)
    assert np.max(turn) < 1e-14
    assert np.max(np.abs(centres[:, 1] - lat.rad)) < 1e-14


def test_healpix_cells_are_looked_up_in_the_index(sky: Sky) -> None:
    cells = lonlat_to_healpix(sky.ra * units.deg, sky.dec * units.deg, 4).astype(int)
    lists = {"= 77": [77], "IN (5, 6, 7, 900)": [5, 6, 7, 900], "IN (0, 3071)": [0, 3071]}
    for test, wanted in lists.items():
        condition = f"ivo_healpix_index(4, ra, dec) {test}"
        ids = sky.run.rows(f"SELECT id FROM sky.points WHERE {condition}", 100_000)
        assert sorted(row[0] for row in ids) == np.flatnonzero(np.isin(cells, wanted)).tolist()
        query = f"SELECT COUNT(*) AS n FROM sky.points WHERE NOT {condition}"
        assert sky.run.column(query) == [np.count_nonzero(~np.isin(cells, wanted))]
    read, total = scanned(sky, "ivo_healpix_index(4, ra, dec) = 77")
    assert read == 1 < total
    for impossible in ("= -1", "= 3072", "= 1.5", "IN (-4, 99999)"):
        query = f"SELECT id FROM sky.points WHERE ivo_healpix_index(4, ra, dec) {impossible}"
        assert sky.run.column(query) == []
    long = ", ".join(map(str, range(100)))
    query = f"SELECT COUNT(*) AS n FROM sky.points WHERE ivo_healpix_index(4, ra, dec) IN ({long})"
    assert sky.run.column(query) == [np.count_nonzero(cells < 100)]


def test_healpix_cells_of_special_positions(run: Runner) -> None:
    for ra, dec in ((0, 90), (123, -90), (1e-9, 0), (359.9999999, 41.8), (-10, 10), (370, 30)):
        known = lonlat_to_healpix([ra % 360] * units.deg, [dec] * units.deg, 8)[0]
        query = f"SELECT ivo_healpix_index(8, {ra} + 0 * id, {dec}) AS x FROM sky.stars"
        assert set(run.column(query)) == {int(known)}, (ra, dec)


FRAMES = {
    "ICRS": coord.ICRS(),
    "FK5": coord.FK5(),
    "GALACTIC": coord.Galactic(),
    "SUPER_GALACTIC": coord.Supergalactic(),
    "FK4": coord.FK4NoETerms(),
    "ECLIPTIC": coord.BarycentricMeanEcliptic(),
}


@pytest.mark.parametrize(
    ("source", "target"), [*pairwise((*FRAMES, "ICRS")), *pairwise(("ICRS", *list(FRAMES)[:1:-1]))]
)
def test_systems_are_those_of_astropy(sky: Sky, source: str, target: str) -> None:
    rows = sky.run.rows(
        f"SELECT ra, dec, ivo_geom_transform('{source}', '{target}', POINT(ra, dec)) AS p, "
        f"DISTANCE(ivo_geom_transform('{source}', '{target}', POINT(ra, dec)), "
        f"ivo_geom_transform('{source}', '{target}', POINT(10, 20))) AS d "
        "FROM sky.points WHERE MOD(id, 20011) = 0"
    )
    ra, dec = (np.array([row[i] for row in rows]) * units.deg for i in (0, 1))
    known = coord.SkyCoord(ra, dec, frame=FRAMES[source]).transform_to(FRAMES[target]).spherical
    found = coord.SkyCoord([row[2] for row in rows], unit="deg").spherical
    apart = coord.angular_separation(known.lon, known.lat, found.lon, found.lat)
    assert np.max(apart.to_value("rad")) < 1e-13
    straight = coord.angular_separation(ra, dec, 10 * units.deg, 20 * units.deg)
    assert np.allclose([row[3] for row in rows], straight.to_value("deg"), rtol=0, atol=1e-12)


def test_a_cone_in_another_system_uses_the_index(sky: Sky) -> None:
    condition = (
        "CONTAINS(POINT(ra, dec), CIRCLE(ivo_geom_transform('GALACTIC', 'ICRS', "
        "POINT(100, 20)), 1)) = 1"
    )
    compiled = sky.run.compile(f"SELECT id FROM sky.points WHERE {condition}")
    assert "hpx29" in compiled.sql
    centre = coord.SkyCoord(100, 20, unit="deg", frame="galactic").icrs
    inside = np.flatnonzero(sky.separations(centre.ra.deg, centre.dec.deg) <= 1)
    found = sky.run.column(f"SELECT id FROM sky.points WHERE {condition}")
    assert sorted(found) == inside.tolist()


def test_proper_motion_is_that_of_astropy(sky: Sky) -> None:
    """Its light-time terms differ from straight motion by far less than a milliarcsecond."""
    rng = np.random.default_rng(9)
    for _ in range(6):
        ra, dec = float(rng.uniform(0, 360)), float(rng.uniform(-85, 85))
        pmra, pmdec = rng.uniform(-500, 500, 2).tolist()
        star = coord.SkyCoord(
            *(ra * units.deg, dec * units.deg, (1000 / 20) * units.pc),
            obstime="J2016",
            pm_ra_cosdec=pmra * units.mas / units.yr,
            pm_dec=pmdec * units.mas / units.yr,
            radial_velocity=30 * units.km / units.s,
        )
        known = star.apply_space_motion(dt=-30 * units.yr)
        [found] = sky.run.column(
            f"SELECT TOP 1 ivo_epoch_prop_pos({ra!r}, {dec!r}, 20, {pmra!r}, {pmdec!r}, 30, 2016, "
            "1986) AS p FROM sky.points"
        )
        assert known.separation(coord.SkyCoord(*found, unit="deg")).mas < 0.1


def test_moved_stars_near_a_position(run: Runner) -> None:
    """As pyvo's examples write it: a distance to a computed point."""
    rows = run.rows(
        "SELECT a.id FROM sky.stars AS a JOIN sky.stars AS b ON a.id = b.id WHERE "
        "DISTANCE(ivo_epoch_prop_pos(a.ra, a.dec, 10, 1000, 0, 0, 2000, 2001), "
        "POINT(b.ra, b.dec)) < 1.1 / 3600"
    )
    assert len(rows) == 7


def test_points_are_not_computed_from_points_without_end(run: Runner) -> None:
    """Each coordinate holds the whole point, so that queries would grow beyond measure."""
    point = "POINT(ra, dec)"
    for _ in range(4):
        point = f"ivo_geom_transform('GALACTIC', 'ICRS', {point})"
    assert len(run.column(f"SELECT COORD2({point}) AS x FROM sky.stars")) == 8
    for outer in ("ivo_geom_transform('GALACTIC', 'ICRS', {})", "CENTROID(BOX({}, 1, 1))"):
        with pytest.raises(AdqlError, match="nested too deeply") as caught:
            run.compile(f"SELECT COORD2({outer.format(point)}) AS x FROM sky.stars")
        assert "derived table" in caught.value.hint


def test_computed_points_can_be_grouped_by(run: Runner) -> None:
    query = (
        "SELECT ivo_healpix_index(2, ra + 0, dec) AS cell, COUNT(*) AS n FROM sky.stars "
        "GROUP BY ivo_healpix_index(2, ra + 0, dec) ORDER BY cell"
    )
    indexed = query.replace("ra + 0", "ra")
    assert run.rows(query) == run.rows(indexed)
    assert sum(n for _, n in run.rows(query)) == 8


REFUSED = [
    ("ivo_healpix_index(30, 1, 1)", "There is no HEALPix order 30"),
    ("ivo_healpix_index(1.5, 1, 1)", "does not take"),
    ("ivo_healpix_index(3)", "does not take"),
    ("ivo_healpix_center(1, 2.0)", "does not take"),
    ("ivo_epoch_prop(1, 2, 3)", "does not take"),
    ("ivo_geom_transform('icrs', 'GALACTIC', POINT(1, 2))", "The system icrs is not available"),
    ("ivo_geom_transform(band, 'GALACTIC', POINT(1, 2))", "names of systems in quotes"),
    ("ivo_geom_transform('ICRS', 'GALACTIC', 3)", "does not take"),
    ("ivo_to_jd('noon')", "This text is not a time"),
    ("ivo_to_jd(mag)", "takes a time, found a number"),
    ("ivo_string_agg(band, band)", "takes a literal"),
    ("ivo_histogram(mag, 5, 1, 3)", "is not above the lower"),
    ("ivo_histogram(mag, 0, 1, 0)", "from 1 to 10000 bins"),
    ("ivo_histogram(mag, 0, n, 5)", "takes a literal"),
    ("PERCENTILE(mag, 101)", "101 is no percentage"),
    ("STDDEV(band)", "takes a number, found a text"),
    ("STDDEV(STDDEV(mag))", "cannot stand inside STDDEV"),
    ("MEDIAN(mag, 3)", "takes 1 value, found 2"),
    ("scisql_nanojanskyToAbMag(1, 2)", "takes 1 value, found 2"),
    ("scisql_s2PtInCPoly(1, 2, 3, 4, 5, 6)", "does not take"),
    ("scisql_s2PtInEllipse(1, 2, 3, 4, 5, 6, 7)", "semi-axes"),
    ("scisql_s2PtInBox(1, 2, 3, 91, 5, 92)", "not on the sky"),
    ("ivo_simbadpoint('M31')", "There is no function ivo_simbadpoint"),
]


@pytest.mark.parametrize(("expression", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused(run: Runner, expression: str, message: str) -> None:
    with pytest.raises(AdqlError, match=message) as caught:
        run.compile(f"SELECT {expression} AS x FROM sky.stars")
    assert caught.value.hint or "inside" in message


def test_refused_in_their_place(run: Runner) -> None:
    with pytest.raises(AdqlError, match="MEDIAN cannot stand inside WHERE") as caught:
        run.compile("SELECT id FROM sky.stars WHERE MEDIAN(mag) > 1")
    assert "HAVING" in caught.value.hint
    with pytest.raises(AdqlError, match="needs a table with positions"):
        run.compile("SELECT night FROM sky.obs WHERE qserv_areaspec_circle(1, 2, 3) = 1")
    with pytest.raises(AdqlError, match="neither in GROUP BY"):
        run.compile("SELECT n, MEDIAN(mag) AS m FROM sky.stars GROUP BY band")


def test_every_user_defined_function_is_declared_and_tried() -> None:
    tried = " ".join(case[0] for case in (*VALUES, *AGGREGATES)).upper()
    areas = "IVO_STRING_AGG( IVO_HISTOGRAM( IVO_NORMAL_RANDOM( QSERV_AREASPEC_"
    own = [one for one in FUNCTIONS.values() if one.group in ("ivoa", "qserv", "statistics")]
    assert len(own) > 45
    for function in own:
        assert f"{function.name}(" in tried or function.name in areas or "AREASPEC" in function.name
    forms = {form for kind, form, _ in features() if kind.endswith("features-udf")}
    assert forms >= {function.form for function in own}
    for form in forms:
        name, _, rest = form.partition("(")
        takes, _, gives = rest.rpartition(") -> ")
        assert name.upper() in FUNCTIONS
        assert gives
        assert all(len(one.split()) >= 2 for one in takes.split(", "))
