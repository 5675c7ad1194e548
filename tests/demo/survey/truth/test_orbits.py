"""Small bodies: real orbits, seen by the exposures."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import SIZES, Size, size
from lsp_jupyter.demo.survey.truth.asteroids import make_asteroids
from lsp_jupyter.demo.survey.truth.orbits import (
    SUN,
    Asteroids,
    Ephemeris,
    elements_of,
    observatory,
    phase_light,
)


@pytest.fixture(scope="module")
def bodies() -> Asteroids:
    return make_asteroids(SIZES["tiny"], 1)


def _state(seen: Ephemeris) -> tuple[np.ndarray, np.ndarray]:
    return seen.heliocentric, seen.heliocentric_rate


def test_the_observatory_is_where_astropy_says() -> None:
    from astropy import units
    from astropy.coordinates import EarthLocation, get_body_barycentric_posvel
    from astropy.time import Time

    from lsp_jupyter.demo.survey.observing.visits import LATITUDE, LONGITUDE

    time = Time(60_630.25, format="mjd", scale="tai")
    (earth, speed), (sun, sun_speed) = (
        get_body_barycentric_posvel(name, time, "builtin") for name in ("earth", "sun")
    )
    home = EarthLocation.from_geodetic(LONGITUDE, LATITUDE, 2663 * units.m)
    time.delta_ut1_utc = 0.0
    offset, spin = home.get_gcrs_posvel(time)
    place, rate = observatory(60_630.25)
    kilometre = 1 / 1.495978707e8
    assert place == pytest.approx((earth - sun + offset).xyz.to_value("au"), abs=2 * kilometre)
    assert rate == pytest.approx((speed - sun_speed + spin).xyz.to_value("au/d"), abs=1e-7)


def test_elements_and_places_are_inverse(bodies: Asteroids) -> None:
    for mjd in (60_500.0, 60_630.0, 61_900.0):
        seen = bodies.observe(mjd)
        place, rate = _state(seen)
        delay = seen.earth / 173.144632674
        when = mjd + 32.184 / 86_400 - delay
        found = elements_of(place, rate, when)
        names = ("q", "e", "incl", "node", "peri")
        for name, values in zip(names, found, strict=False):
            assert values == pytest.approx(getattr(bodies, name), rel=1e-7, abs=1e-6), name
        period = 365.256898 * (bodies.q / (1 - bodies.e)) ** 1.5
        late = (found[5] - bodies.t_p) / period
        assert late == pytest.approx(np.round(late), abs=1e-6)


def test_they_move_as_gravity_says(bodies: Asteroids) -> None:
    before, now, after = (bodies.observe(60_630.0 + step) for step in (-0.5, 0.0, 0.5))
    pull = -SUN * now.heliocentric / now.sun[:, None] ** 3
    change = after.heliocentric_rate - before.heliocentric_rate
    assert change == pytest.approx(pull, rel=0.01, abs=2e-8)
    moved = after.heliocentric - before.heliocentric
    assert moved == pytest.approx(now.heliocentric_rate, rel=0.01, abs=1e-6)
    size = np.linalg.norm(now.topocentric, axis=1)
    assert size == pytest.approx(now.earth)


def test_rates_are_those_of_positions(bodies: Asteroids) -> None:
    before, now, after = (bodies.observe(60_620.0 + step) for step in (-0.01, 0.0, 0.01))
    east = (after.ra - before.ra) * np.cos(np.radians(now.dec)) / 0.02
    assert now.ra_rate == pytest.approx(east, abs=2e-4)
    assert now.dec_rate == pytest.approx((after.dec - before.dec) / 0.02, abs=2e-4)


def test_other_frames_and_angles_agree_with_astropy(bodies: Asteroids) -> None:
    from astropy.coordinates import SkyCoord

    seen = bodies.observe(60_620.0)
    sky = SkyCoord(seen.ra, seen.dec, unit="deg")
    assert seen.galactic_lon == pytest.approx(sky.galactic.l.deg, abs=1e-4)
    assert seen.galactic_lat == pytest.approx(sky.galactic.b.deg, abs=1e-4)
    ecliptic = sky.transform_to("barycentricmeanecliptic")
    assert seen.ecliptic_lon == pytest.approx(ecliptic.lon.deg, abs=1e-3)
    assert seen.ecliptic_lat == pytest.approx(ecliptic.lat.deg, abs=1e-3)
    # Angles of the triangle of Sun, observatory and body.
    home = np.linalg.norm(observatory(60_620.0)[0])
    sines = np.sin(np.radians(seen.elongation)) / seen.sun
    assert sines == pytest.approx(np.sin(np.radians(seen.phase)) / home, abs=1e-6)


@pytest.mark.parametrize("name", ["tiny", "small"])
def test_exposures_see_a_dozen_several_times(name: str) -> None:
    chosen = SIZES[name]
    bodies = make_asteroids(chosen, 1)
    seen = _seen(bodies, chosen)
    ecliptic = [k for k, (fields, _) in seen.items() if "Rubin_SV_38_7" in fields]
    assert len(ecliptic) >= 12
    assert sum("ECDFS" in fields for fields, _ in seen.values()) >= 3
    assert np.median([times for _, times in seen.values()]) >= 2
    assert len(seen) > 0.9 * len(bodies)


def _seen(bodies: Asteroids, chosen: Size) -> dict[int, tuple[set[str], int]]:
    seen: dict[int, tuple[set[str], int]] = {}
    for visit in schedule(chosen, 1):
        ephemeris = bodies.observe(visit.mjd)
        detector, _, _ = visit.covers(ephemeris.ra, ephemeris.dec, chosen)
        signal = bodies.flux(visit.band, ephemeris) / visit.noise / visit.psf_sigma / 3.545
        for k in np.flatnonzero((detector >= 0) & (signal > 5)):
            fields, times = seen.get(int(k), (set(), 0))
            seen[int(k)] = (fields | {visit.field.name}, times + 1)
    return seen


def test_orbits_are_those_of_asteroids(bodies: Asteroids) -> None:
    axis = bodies.q / (1 - bodies.e)
    assert ((bodies.e > 0) & (bodies.e < 0.6)).all()
    assert (bodies.q > 1.3).all()
    belt = (axis > 2) & (axis < 4)
    assert 0.3 < belt.mean() < 0.7
    assert (axis > 10).any()
    assert ((bodies.incl > 0) & (bodies.incl < 70)).all()
    assert ((bodies.H > 3) & (bodies.H < 22)).all()
    magnitude = bodies.observe(60_620.0).magnitude
    assert ((magnitude > 16) & (magnitude < 25)).all()
    # Red light of the Sun from grey and red ground.
    color = bodies.color[:, 1] - bodies.color[:, 2]
    assert ((color > 0.3) & (color < 0.95)).all()


def test_bodies_fade_with_the_phase_angle() -> None:
    # Bowell et al. 1989: at G = 0.15 a body is 1.2 magnitudes fainter at 25 degrees.
    faint = -2.5 * np.log10(phase_light(np.array([0.0, 25.0]), np.array([0.15, 0.15])))
    assert faint[0] == pytest.approx(0, abs=1e-9)
    assert faint[1] == pytest.approx(1.17, abs=0.1)


def test_designations_pack_into_ids(bodies: Asteroids) -> None:
    assert len(set(bodies.designation)) == len(set(bodies.packed)) == len(bodies)
    assert (bodies.id > 2**53).all()
    for name, packed, number in zip(bodies.designation, bodies.packed, bodies.id, strict=True):
        assert int(number).to_bytes(7, "big").decode() == packed
        assert len(packed) == 7
        # 2024 UA400 is K24Ue0A (Minor Planet Center, packed designations).
        assert name.startswith("2024 ")
        assert packed[:3] == "K24"
        assert packed[3] == name[5]
        assert packed[6] == name[6]
        cycle = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".index(packed[4])
        assert cycle * 10 + int(packed[5]) == int(name[7:])


def test_large_surveys_have_more_and_the_same_seed_the_same() -> None:
    large = size("1e6")
    many, again = make_asteroids(large, 1), make_asteroids(large, 1)
    assert len(many) > 50
    assert (many.q == again.q).all()
    assert (many.id == again.id).all()
    assert not np.array_equal(many.q, make_asteroids(large, 2).q[: len(many)])
