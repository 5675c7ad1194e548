"""Asteroids and other small bodies: orbits about the Sun, and how they are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lsp_jupyter.demo.survey.magnitudes import flux_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["Asteroids", "Ephemeris", "elements_of", "make_asteroids"]

#: The Sun's mass: cubic astronomical units a squared day (Gauss).
_SUN = 0.01720209895**2

#: Astronomical units a day.
_LIGHT = 173.144632674

#: The obliquity of the ecliptic at J2000 (IAU 1976).
_TILT = np.radians(23.4392911)
_TO_ECLIPTIC = np.array(
    [[1, 0, 0], [0, np.cos(_TILT), np.sin(_TILT)], [0, -np.sin(_TILT), np.cos(_TILT)]]
)

#: Magnitude in a band less that in V: colours of an S-type asteroid (after Ivezic et al. 2001,
#: AJ 122, 2749).
_COLOR = {"u": 1.80, "g": 0.35, "r": -0.25, "i": -0.42, "z": -0.38, "y": -0.36}


class Ephemeris(NamedTuple):
    """How bodies are seen at a time; arrays of one length, vectors of shape ``(n, 3)``.

    Attributes
    ----------
    ra, dec : `numpy.ndarray`
        Astrometric: degrees, ICRS.
    ra_rate, dec_rate : `numpy.ndarray`
        Degrees a day; ra_rate times cos dec.
    sun, earth : `numpy.ndarray`
        Distances from the Sun and from the Earth: au.
    phase : `numpy.ndarray`
        Angle between the two, seen from the body: degrees.
    heliocentric, heliocentric_rate, topocentric, topocentric_rate : `numpy.ndarray`
        When the light left: au and au a day, axes of the ICRS. The Earth's centre stands for the
        observatory.
    magnitude : `numpy.ndarray`
        In V.
    """

    ra: Floats
    dec: Floats
    ra_rate: Floats
    dec_rate: Floats
    sun: Floats
    earth: Floats
    phase: Floats
    heliocentric: Floats
    heliocentric_rate: Floats
    topocentric: Floats
    topocentric_rate: Floats
    magnitude: Floats


@dataclass(frozen=True, slots=True)
class Asteroids:
    """Bodies on orbits about the Sun; arrays of one length.

    Attributes
    ----------
    id : `numpy.ndarray` of `int`
        The ssObjectId: the packed designation as a number, above 2**53.
    designation, packed : `numpy.ndarray` of `str`
        Provisional designation, as people write it and in seven characters.
    q, e, incl, node, peri, t_p : `numpy.ndarray`
        Perihelion distance (au), eccentricity, inclination, longitude of the ascending node and
        argument of perihelion (degrees, ecliptic of J2000), and time of perihelion (MJD).
    epoch : `float`
        When they hold: MJD, TT.
    H, G : `numpy.ndarray`
        Absolute magnitude in V, and slope (Bowell et al. 1989).
    """

    id: npt.NDArray[np.int64]
    designation: npt.NDArray[np.str_]
    packed: npt.NDArray[np.str_]
    q: Floats
    e: Floats
    incl: Floats
    node: Floats
    peri: Floats
    t_p: Floats
    epoch: float
    H: Floats
    G: Floats

    def __len__(self) -> int:
        return len(self.id)

    def observe(self, mjd: float) -> Ephemeris:
        """How they are seen from the Earth at a time: MJD, TAI."""
        time = mjd + 32.184 / 86_400
        home, home_rate = _earth(time)
        delay = np.zeros(len(self))
        for _ in range(3):
            place, rate = _state(self, time - delay)
            away = place - home
            delay = np.linalg.norm(away, axis=1) / _LIGHT
        moving = rate - home_rate
        earth, sun = np.linalg.norm(away, axis=1), np.linalg.norm(place, axis=1)
        toward = away / earth[:, None]
        ra = np.degrees(np.arctan2(toward[:, 1], toward[:, 0])) % 360
        dec = np.degrees(np.arcsin(toward[:, 2]))
        east = np.stack([-toward[:, 1], toward[:, 0], np.zeros(len(self))], axis=1)
        east /= np.linalg.norm(east, axis=1)[:, None]
        north = np.cross(toward, east)
        turn = np.degrees(moving / earth[:, None])
        cos = np.einsum("ij,ij->i", place, away) / sun / earth
        phase = np.degrees(np.arccos(np.clip(cos, -1, 1)))
        return Ephemeris(
            ra,
            dec,
            np.einsum("ij,ij->i", turn, east),
            np.einsum("ij,ij->i", turn, north),
            sun,
            earth,
            phase,
            place,
            rate,
            away,
            moving,
            self.H + 5 * np.log10(sun * earth) - 2.5 * np.log10(_phase(phase, self.G)),
        )

    @staticmethod
    def flux(band: str, seen: Ephemeris) -> Floats:
        """Flux in a band: nanojansky."""
        return flux_of(seen.magnitude + _COLOR[band])


def _phase(angle: Floats, slope: Floats) -> Floats:
    """The H, G phase function (Bowell et al. 1989)."""
    half = np.tan(np.radians(angle) / 2)
    return np.asarray((1 - slope) * np.exp(-3.33 * half**0.63) + slope * np.exp(-1.87 * half**1.22))


def _earth(mjd: float) -> tuple[Floats, Floats]:
    """The Earth from the Sun: au and au a day, axes of the ICRS (the built-in ephemeris)."""
    from astropy.coordinates import get_body_barycentric_posvel
    from astropy.time import Time

    time = Time(mjd, format="mjd", scale="tt")
    with_rates = [get_body_barycentric_posvel(name, time, "builtin") for name in ("earth", "sun")]
    (place, rate), (sun, sun_rate) = with_rates
    return (
        (place - sun).xyz.to_value("au"),
        (rate - sun_rate).xyz.to_value("au/d"),
    )


def _state(bodies: Asteroids, mjd: Floats) -> tuple[Floats, Floats]:
    """Place and velocity of two-body orbits."""
    axis = bodies.q / (1 - bodies.e)
    motion = np.sqrt(_SUN / axis**3)
    mean = (motion * (mjd - bodies.t_p) + np.pi) % (2 * np.pi) - np.pi
    angle = mean + bodies.e * np.sin(mean)
    for _ in range(12):
        angle -= (angle - bodies.e * np.sin(angle) - mean) / (1 - bodies.e * np.cos(angle))
    flat = np.sqrt(1 - bodies.e**2)
    x, y = axis * (np.cos(angle) - bodies.e), axis * flat * np.sin(angle)
    speed = motion * axis / (1 - bodies.e * np.cos(angle))
    vx, vy = -speed * np.sin(angle), speed * flat * np.cos(angle)
    node, incl, peri = (np.radians(value) for value in (bodies.node, bodies.incl, bodies.peri))
    first = np.stack(
        [
            np.cos(peri) * np.cos(node) - np.sin(peri) * np.sin(node) * np.cos(incl),
            np.cos(peri) * np.sin(node) + np.sin(peri) * np.cos(node) * np.cos(incl),
            np.sin(peri) * np.sin(incl),
        ],
        axis=1,
    )
    second = np.stack(
        [
            -np.sin(peri) * np.cos(node) - np.cos(peri) * np.sin(node) * np.cos(incl),
            -np.sin(peri) * np.sin(node) + np.cos(peri) * np.cos(node) * np.cos(incl),
            np.cos(peri) * np.sin(incl),
        ],
        axis=1,
    )
    place = x[:, None] * first + y[:, None] * second
    rate = vx[:, None] * first + vy[:, None] * second
    return place @ _TO_ECLIPTIC, rate @ _TO_ECLIPTIC


def elements_of(place: Floats, rate: Floats, mjd: float) -> tuple[Floats, ...]:
    """Orbital elements of places and velocities about the Sun.

    Parameters
    ----------
    place, rate : `numpy.ndarray`, shape ``(n, 3)``
        au and au a day, axes of the ICRS.
    mjd : `float`
        When.

    Returns
    -------
    q, e, incl, node, peri, t_p : `numpy.ndarray`
        As in `Asteroids`.
    """
    r, v = place @ _TO_ECLIPTIC.T, rate @ _TO_ECLIPTIC.T
    distance = np.linalg.norm(r, axis=1)
    spin = np.cross(r, v)
    size = np.linalg.norm(spin, axis=1)
    vector = np.cross(v, spin) / _SUN - r / distance[:, None]
    e = np.linalg.norm(vector, axis=1)
    axis = 1 / (2 / distance - np.einsum("ij,ij->i", v, v) / _SUN)
    incl = np.arccos(spin[:, 2] / size)
    node = np.arctan2(spin[:, 0], -spin[:, 1]) % (2 * np.pi)
    line = np.stack([np.cos(node), np.sin(node), np.zeros(len(node))], axis=1)
    across = np.cross(spin / size[:, None], line)
    peri = np.arctan2(
        np.einsum("ij,ij->i", vector, across), np.einsum("ij,ij->i", vector, line)
    ) % (2 * np.pi)
    radial = np.einsum("ij,ij->i", r, v)
    angle = np.arctan2(radial / np.sqrt(_SUN * axis), 1 - distance / axis)
    mean = angle - e * np.sin(angle)
    t_p = mjd - mean / np.sqrt(_SUN / axis**3)
    return axis * (1 - e), e, np.degrees(incl), np.degrees(node), np.degrees(peri), t_p


def make_asteroids(
    seen: list[tuple[float, float, float]], random: np.random.Generator
) -> Asteroids:
    """Bodies that are at given places of the sky at given times.

    Parameters
    ----------
    seen : `list` of (`float`, `float`, `float`)
        For each body: right ascension and declination (degrees) and the time (MJD, TAI).
    random : `numpy.random.Generator`
        For their distances and motions.
    """
    n = len(seen)
    # Two in three are of the main belt; the others are Trojans and Centaurs, slow enough to be
    # in the same field for nights.
    belt = np.arange(n) % 3 != 2
    apart = np.where(belt, random.uniform(1.3, 2.4, n), random.uniform(4.2, 11.0, n))
    rows = []
    for index, (ra, dec, mjd) in enumerate(seen):
        time = mjd + 32.184 / 86_400
        home, _ = _earth(time)
        a, d = np.radians(ra), np.radians(dec)
        toward = np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
        place = home + apart[index] * toward
        r = np.linalg.norm(place)
        # About the speed of a circle, prograde, and inclined a little.
        ecliptic = _TO_ECLIPTIC @ place
        forward = np.cross([0.0, 0.0, 1.0], ecliptic / r)
        forward /= np.linalg.norm(forward)
        upward = np.cross(ecliptic / r, forward)
        tilt, out = random.normal(0, 0.08), random.normal(0, 0.07)
        speed = np.sqrt(_SUN / r) * random.normal(1.0, 0.04)
        rate = speed * (forward * np.cos(tilt) + upward * np.sin(tilt) + out * ecliptic / r)
        # The light left a while before.
        when = time - apart[index] / _LIGHT
        rows.append(
            [*(float(x[0]) for x in elements_of(place[None], (rate @ _TO_ECLIPTIC)[None], when)), r]
        )
    q, e, incl, node, peri, t_p, sun = np.array(rows).reshape(n, 7).T
    magnitude = random.uniform(20.0, 22.2, n)
    names, packed = _designations(n)
    return Asteroids(
        id=np.array([int.from_bytes(b"\0" + name.encode(), "big") for name in packed], np.int64),
        designation=np.array(names),
        packed=np.array(packed),
        q=q,
        e=e,
        incl=incl,
        node=node,
        peri=peri,
        t_p=t_p,
        epoch=60_630.0,
        H=magnitude - 5 * np.log10(sun * apart) - 0.6 * belt,
        G=np.full(n, 0.15),
    )


def _designations(n: int) -> tuple[list[str], list[str]]:
    """Provisional designations of discoveries in the second half of October 2024, and packed."""
    names, packed = [], []
    letters = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for k in range(n):
        cycle, letter = divmod(k, 25)
        cycle += 300
        names.append(f"2024 U{letters[letter]}{cycle}")
        packed.append(f"K24U{digits[cycle // 10]}{cycle % 10}{letters[letter]}")
    return names, packed
