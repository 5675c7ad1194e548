"""Asteroids and other small bodies: orbits about the Sun, and how they are seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.observing.visits import LATITUDE, LONGITUDE
from lsp_jupyter.demo.survey.truth.magnitudes import flux_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = [
    "LIGHT",
    "SUN",
    "TO_ECLIPTIC",
    "Asteroids",
    "Ephemeris",
    "elements_of",
    "observatory",
    "phase_light",
]

#: The Sun's mass: cubic astronomical units a squared day (Gauss).
SUN = 0.01720209895**2

#: Astronomical units a day.
LIGHT = 173.144632674

#: The obliquity of the ecliptic at J2000 (IAU 1976).
_TILT = np.radians(23.4392911)
TO_ECLIPTIC = np.array(
    [[1, 0, 0], [0, np.cos(_TILT), np.sin(_TILT)], [0, -np.sin(_TILT), np.cos(_TILT)]]
)

#: The Galaxy's axes in the ICRS, its centre first and its north pole last (Hipparcos catalogue).
_TO_GALACTIC = np.array(
    [
        [-0.0548755604, -0.8734370902, -0.4838350155],
        [0.4941094279, -0.4448296300, 0.7469822445],
        [-0.8676661490, -0.1980763734, 0.4559837762],
    ]
)


class Ephemeris(NamedTuple):
    """How bodies are seen at a time; arrays of one length, vectors of shape ``(n, 3)``.

    Attributes
    ----------
    ra, dec : `numpy.ndarray`
        Astrometric: degrees, ICRS.
    ra_rate, dec_rate : `numpy.ndarray`
        Degrees a day; ra_rate times cos dec.
    sun, earth : `numpy.ndarray`
        Distances from the Sun and from the observatory: au.
    phase : `numpy.ndarray`
        Angle between the two, seen from the body: degrees.
    heliocentric, heliocentric_rate, topocentric, topocentric_rate : `numpy.ndarray`
        When the light left: au and au a day, axes of the ICRS.
    magnitude : `numpy.ndarray`
        In V.
    ecliptic_lon, ecliptic_lat, galactic_lon, galactic_lat : `numpy.ndarray`
        The position in other frames: degrees. The ecliptic is that of J2000.
    elongation : `numpy.ndarray`
        Angle between the body and the Sun: degrees.
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
    ecliptic_lon: Floats
    ecliptic_lat: Floats
    galactic_lon: Floats
    galactic_lat: Floats
    elongation: Floats


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
    color : `numpy.ndarray`, shape ``(n, 6)``
        Magnitudes in ``ugrizy`` less that in V.
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
    color: Floats

    def __len__(self) -> int:
        return len(self.id)

    def observe(self, mjd: float) -> Ephemeris:
        """How they are seen from the observatory at a time: MJD, TAI."""
        time = mjd + 32.184 / 86_400
        home, home_rate = observatory(mjd)
        delay = np.zeros(len(self))
        # The light left where they were, not where they are.
        for _ in range(3):
            place, rate = _state(self, time - delay)
            away = place - home
            delay = np.linalg.norm(away, axis=1) / LIGHT
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
        home_sun = np.linalg.norm(home)
        apart = np.degrees(np.arccos(np.clip(-toward @ home / home_sun, -1, 1)))
        bright = -2.5 * np.log10(phase_light(phase, self.G))
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
            self.H + 5 * np.log10(sun * earth) + bright,
            *_angles(toward @ TO_ECLIPTIC.T),
            *_angles(toward @ _TO_GALACTIC.T),
            apart,
        )

    def flux(self, band: str, seen: Ephemeris) -> Floats:
        """Flux in a band: nanojansky."""
        return flux_of(seen.magnitude + self.color[:, BANDS.index(band)])


def _angles(toward: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude of unit vectors: degrees."""
    longitude = np.degrees(np.arctan2(toward[:, 1], toward[:, 0])) % 360
    return longitude, np.degrees(np.arcsin(np.clip(toward[:, 2], -1, 1)))


def phase_light(angle: Floats, slope: Floats) -> Floats:
    """Light at a phase angle in units of that at 0: the H, G function (Bowell et al. 1989)."""
    half = np.tan(np.radians(angle) / 2)
    return np.asarray((1 - slope) * np.exp(-3.33 * half**0.63) + slope * np.exp(-1.87 * half**1.22))


@lru_cache(maxsize=4096)
def observatory(mjd: float) -> tuple[Floats, Floats]:
    """The observatory from the Sun (the Earth by the IAU's software, as astropy has it).

    Parameters
    ----------
    mjd : `float`
        Days, TAI.

    Returns
    -------
    place, rate : `numpy.ndarray`, shape ``(3,)``
        au and au a day, axes of the ICRS.
    """
    import erfa

    start = 2_400_000.5
    time = mjd + 32.184 / 86_400
    earth, _ = erfa.epv00(start, time)
    # UT1 is within a second of UTC, which is 37 s behind TAI.
    turn = erfa.c2t06a(start, time, start, mjd - 37 / 86_400, 0.0, 0.0)
    ground = erfa.gd2gc(1, np.radians(LONGITUDE), np.radians(LATITUDE), 2663.0) / 1.495978707e11
    offset = turn.T @ ground
    spin = 2 * np.pi * 1.00273781 * (turn.T @ [0.0, 0.0, 1.0])
    return earth["p"] + offset, earth["v"] + np.cross(spin, offset)


def _state(bodies: Asteroids, mjd: Floats) -> tuple[Floats, Floats]:
    """Place and velocity of two-body orbits."""
    axis = bodies.q / (1 - bodies.e)
    motion = np.sqrt(SUN / axis**3)
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
    return place @ TO_ECLIPTIC, rate @ TO_ECLIPTIC


def elements_of(place: Floats, rate: Floats, mjd: float | Floats) -> tuple[Floats, ...]:
    """Orbital elements of places and velocities about the Sun.

    Parameters
    ----------
    place, rate : `numpy.ndarray`, shape ``(n, 3)``
        au and au a day, axes of the ICRS.
    mjd : `float` or `numpy.ndarray`, shape ``(n,)``
        When.

    Returns
    -------
    q, e, incl, node, peri, t_p : `numpy.ndarray`
        As in `Asteroids`.
    """
    r, v = place @ TO_ECLIPTIC.T, rate @ TO_ECLIPTIC.T
    distance = np.linalg.norm(r, axis=1)
    spin = np.cross(r, v)
    size = np.linalg.norm(spin, axis=1)
    vector = np.cross(v, spin) / SUN - r / distance[:, None]
    e = np.linalg.norm(vector, axis=1)
    axis = 1 / (2 / distance - np.einsum("ij,ij->i", v, v) / SUN)
    incl = np.arccos(spin[:, 2] / size)
    node = np.arctan2(spin[:, 0], -spin[:, 1]) % (2 * np.pi)
    line = np.stack([np.cos(node), np.sin(node), np.zeros(len(node))], axis=1)
    across = np.cross(spin / size[:, None], line)
    peri = np.arctan2(
        np.einsum("ij,ij->i", vector, across), np.einsum("ij,ij->i", vector, line)
    ) % (2 * np.pi)
    radial = np.einsum("ij,ij->i", r, v)
    angle = np.arctan2(radial / np.sqrt(SUN * axis), 1 - distance / axis)
    mean = angle - e * np.sin(angle)
    t_p = mjd - mean / np.sqrt(SUN / axis**3)
    return axis * (1 - e), e, np.degrees(incl), np.degrees(node), np.degrees(peri), t_p
