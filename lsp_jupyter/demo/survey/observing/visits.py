"""The exposures: when, where, through which filter, and how good."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.observing.camera import DETECTORS, READ_NOISE, Detector
from lsp_jupyter.demo.survey.observing.fields import FIELDS, PHYSICAL_FILTERS, Field
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs, unproject
from lsp_jupyter.demo.survey.sizes import PIXEL, Size

__all__ = ["Visit", "schedule"]

#: The observatory on Cerro Pachón: degrees north and east.
LATITUDE, LONGITUDE = -30.2446, -70.7494

#: The first and the last night of the campaign.
NIGHTS = (datetime.date(2024, 10, 24), datetime.date(2024, 12, 11))

#: Magnitude that gives one electron a second above the atmosphere's extinction (SMTN-002).
ZERO_POINTS: Mapping[str, float] = {
    "u": 26.52,
    "g": 28.51,
    "r": 28.36,
    "i": 28.17,
    "z": 27.78,
    "y": 26.82,
}

#: Brightness of the dark sky: magnitudes in a square arcsecond (SMTN-002).
SKY: Mapping[str, float] = {"u": 22.9, "g": 22.2, "r": 21.2, "i": 20.5, "z": 19.6, "y": 18.6}

#: Loss by a unit of airmass: magnitudes.
EXTINCTION: Mapping[str, float] = {
    "u": 0.45,
    "g": 0.18,
    "r": 0.11,
    "i": 0.08,
    "z": 0.06,
    "y": 0.09,
}

#: AB magnitude of one nanojansky.
AB_NANOJANSKY = 31.4


@dataclass(frozen=True, slots=True)
class Visit:
    """One exposure of the camera.

    Attributes
    ----------
    id : `int`
        The observing day and the number of the exposure in it, such as 2024110800245.
    day_obs, seq_num : `int`
        The same apart.
    field : `Field`
        What it looks at.
    band : `str`
        One of ``ugrizy``.
    ra, dec : `float`
        Where the middle of the camera points: degrees, ICRS.
    rotation : `float`
        From north to the camera's y axis, through east: degrees.
    mjd : `float`
        Middle of the exposure: days, TAI.
    exposure : `float`
        Seconds.
    azimuth, altitude : `float`
        Degrees; azimuth from north through east.
    seeing : `float`
        Full width at half maximum of the point-spread function: arcsec.
    zero_point : `float`
        AB magnitude of one electron in the whole exposure.
    sky : `float`
        Electrons in a pixel from the sky.
    """

    id: int
    field: Field
    band: str
    ra: float
    dec: float
    rotation: float
    mjd: float
    exposure: float
    azimuth: float
    altitude: float
    seeing: float
    zero_point: float
    sky: float

    @property
    def day_obs(self) -> int:
        """The observing day, YYYYMMDD."""
        return self.id // 100_000

    @property
    def seq_num(self) -> int:
        """Number of the exposure in its day."""
        return self.id % 100_000

    @property
    def physical_filter(self) -> str:
        """The filter."""
        return PHYSICAL_FILTERS[self.band]

    @property
    def airmass(self) -> float:
        """Of the middle of the camera, for a plane atmosphere."""
        return float(1 / np.sin(np.radians(self.altitude)))

    @property
    def electrons(self) -> float:
        """Electrons in the exposure from a source of one nanojansky."""
        return float(10 ** ((self.zero_point - AB_NANOJANSKY) / 2.5))

    @property
    def noise(self) -> float:
        """Standard deviation of an empty pixel: nanojansky."""
        return float((self.sky + READ_NOISE**2) ** 0.5 / self.electrons)

    @property
    def psf_sigma(self) -> float:
        """Standard deviation of a Gaussian of the same width: pixels."""
        return self.seeing / PIXEL / 2.354820045

    @property
    def depth(self) -> float:
        """AB magnitude of a point source with a signal of five times the noise."""
        # The pixels that count for a Gaussian: 4 pi sigma^2.
        area = 4 * np.pi * self.psf_sigma**2
        return float(AB_NANOJANSKY - 2.5 * np.log10(5 * self.noise * area**0.5))

    def wcs(self, detector: Detector, size: Size) -> TangentWcs:
        """World coordinates of a detector's image."""
        return detector.wcs(self.ra, self.dec, self.rotation, size.pixels)

    def covers(
        self, ra: np.ndarray, dec: np.ndarray, size: Size
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """On which detector, and where on it, positions fall.

        Parameters
        ----------
        ra, dec : `numpy.ndarray`, shape ``(n,)``
            Degrees.
        size : `Size`
            Of the survey.

        Returns
        -------
        detector : `numpy.ndarray` of `int`, shape ``(n,)``
            Its number; -1 where no detector sees the position.
        x, y : `numpy.ndarray`, shape ``(n,)``
            Pixels counted from 0; NaN where no detector sees the position.
        """
        # All detectors share one plane: in pixels of the first, the others follow at equal steps.
        x, y = self.wcs(DETECTORS[0], size).sky_to_pixel(ra, dec)
        step, _ = DETECTORS[0].offset(size.pixels)
        column, row = np.floor((x + 0.5) / step), np.floor((y + 0.5) / step)
        x, y = x - column * step, y - row * step
        edge = size.pixels - 0.5
        seen = (x < edge) & (y < edge) & (np.abs(column - 1) <= 1) & (np.abs(row - 1) <= 1)
        found = np.where(seen, 3 * row + column, -1).astype(np.int64)
        return found, np.where(seen, x, np.nan), np.where(seen, y, np.nan)


@lru_cache(maxsize=4)
def schedule(size: Size, seed: int) -> tuple[Visit, ...]:
    """All exposures of a survey, in order of time.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    """
    wanted = [
        (one, band)
        for one in FIELDS
        for band, count in one.visits.items()
        for _ in range(min(count, max(2, round(count * size.share))))
    ]
    times = sorted(_times(wanted, seed), key=lambda item: item[0])
    visits: list[Visit] = []
    last, ended = (0, 0), 0.0
    for mjd, one, band, place in times:
        # Reading out and turning to the next field take a while.
        mjd = max(mjd, ended + 45 / 86_400)
        ended = mjd
        # A day of observing begins at noon UTC.
        day = datetime.date(1858, 11, 17) + datetime.timedelta(days=int(np.floor(mjd - 0.5)))
        number = day.year * 10_000 + day.month * 100 + day.day
        # Other programmes take exposures in between.
        seconds = (mjd - 0.5 - np.floor(mjd - 0.5)) * 86_400
        sequence = max(1 + int((seconds - 41_000) / 40), 1)
        if number == last[0]:
            sequence = max(sequence, last[1] + 1)
        last = (number, sequence)
        visits.append(
            _visit(number * 100_000 + sequence, one, band, (mjd, *place), size=size, seed=seed)
        )
    return tuple(visits)


def _times(
    wanted: list[tuple[Field, str]], seed: int
) -> list[tuple[float, Field, str, tuple[float, float]]]:
    """A moment for each exposure, by night and high in the sky, and the azimuth and altitude."""
    first = (NIGHTS[0] - datetime.date(1858, 11, 17)).days
    nights = (NIGHTS[1] - NIGHTS[0]).days + 1
    made = []
    by_field: dict[str, list[tuple[Field, str]]] = {}
    for one, band in wanted:
        by_field.setdefault(one.name, []).append((one, band))
    for name, exposures in by_field.items():
        random = draw(seed, "nights", name)
        # The more exposures, the more nights; a field of many is seen all through the campaign.
        count = min(nights, max(4, round(len(exposures) / 2.5)))
        chosen = np.sort(random.choice(nights, size=count, replace=False))
        order = random.permutation(len(exposures))
        for place, index in enumerate(order):
            one, band = exposures[index]
            night = first + 1 + int(chosen[place * count // len(order)])
            mjd, spot = _culminating(one, night, random)
            made.append((mjd, one, band, spot))
    return made


def _culminating(
    one: Field, night: int, random: np.random.Generator
) -> tuple[float, tuple[float, float]]:
    """A moment of a night when a field is near its highest, with its azimuth and altitude."""
    # From 1 h to 8.5 h UTC the sun is far below the horizon there in these months.
    hours = 1 + 7.5 * random.random(48)
    spots = [_horizontal(one.ra, one.dec, night + hour / 24) for hour in hours]
    best = np.argsort([-altitude for _, altitude in spots])[:12]
    pick = int(best[random.integers(len(best))])
    # TAI is 37 s ahead of UTC.
    return night + hours[pick] / 24 + 37 / 86_400, spots[pick]


def _horizontal(ra: float, dec: float, mjd: float) -> tuple[float, float]:
    """Azimuth and altitude in degrees, to a hundredth; no refraction."""
    sidereal = 280.46062 + 360.98564737 * (mjd - 51_544.5) + LONGITUDE
    angle = np.radians(sidereal - ra)
    declination, latitude = np.radians(dec), np.radians(LATITUDE)
    up = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        angle
    )
    east = -np.cos(declination) * np.sin(angle)
    north = np.cos(latitude) * np.sin(declination) - np.sin(latitude) * np.cos(
        declination
    ) * np.cos(angle)
    return float(np.degrees(np.arctan2(east, north)) % 360), float(np.degrees(np.arcsin(up)))


def _visit(
    number: int,
    one: Field,
    band: str,
    moment: tuple[float, float, float],
    *,
    size: Size,
    seed: int,
) -> Visit:
    random = draw(seed, "visit", number)
    mjd, azimuth, altitude = moment
    radius = 0.08 * size.side * np.sqrt(random.random())
    angle = 2 * np.pi * random.random()
    ra, dec = unproject(
        np.array(radius * np.cos(angle)), np.array(radius * np.sin(angle)), one.ra, one.dec
    )
    airmass = 1 / np.sin(np.radians(altitude))
    exposure = 38.0 if band == "u" else 30.0
    zero_point = (
        ZERO_POINTS[band]
        - EXTINCTION[band] * airmass
        + 2.5 * np.log10(exposure)
        # Thin clouds.
        - random.exponential(0.03)
    )
    sky = SKY[band] - 0.3 * (airmass - 1) - random.exponential(0.25)
    return Visit(
        id=number,
        field=one,
        band=band,
        ra=float(ra),
        dec=float(dec),
        rotation=float(random.uniform(0, 360)),
        mjd=mjd,
        exposure=exposure,
        azimuth=azimuth,
        altitude=altitude,
        seeing=float(
            np.clip(one.seeing[band] * np.exp(0.17 * random.standard_normal()), 0.58, 2.5)
        ),
        zero_point=float(zero_point),
        sky=float(10 ** ((zero_point - sky) / 2.5) * PIXEL**2),
    )
