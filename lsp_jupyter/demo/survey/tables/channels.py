"""Channels of the observatory's engineering data: what sensors tell by time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.demo.survey.observing.conditions import Conditions

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["SCHEMA", "TOPICS", "Channel", "Topic", "gusts"]

#: The schema of the channels by time.
SCHEMA = "efd"


@dataclass(frozen=True, slots=True)
class Channel:
    """One quantity of a topic.

    Attributes
    ----------
    name : `str`
        The field's name.
    unit, ucd, description : `str`
        Metadata.
    value : callable
        What it is, of the conditions and the times (MJD, TAI).
    noise : `float`
        Standard deviation of a measurement, as a part of the value where `relative`.
    relative : `bool`
        See `noise`.
    """

    name: str
    unit: str
    ucd: str
    description: str
    value: Callable[[Conditions, Floats], Floats]
    noise: float = 0.0
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """What one component of the observatory tells again and again.

    Attributes
    ----------
    name : `str`
        The topic's name without ``lsst.sal.``, points as underscores.
    title : `str`
        For people.
    index : `int`
        Which of several components of the kind (salIndex).
    sensor : `str`
        Its name.
    interval : `float`
        Seconds from sample to sample.
    channels : `tuple` of `Channel`
        What it tells.
    """

    name: str
    title: str
    index: int
    sensor: str
    interval: float
    channels: tuple[Channel, ...]

    def spec(self) -> TableSpec:
        """The description of its table."""
        own = (
            Column(
                "mjd",
                "double",
                unit="d",
                ucd="time.epoch;meta.main",
                description="Time of the sample: MJD, TAI",
                principal=True,
                indexed=True,
            ),
            Column(
                "private_sndStamp",
                "double",
                unit="s",
                ucd="time.epoch",
                description="Time of the sample: seconds since 1970, TAI",
            ),
            Column("day_obs", "int", ucd="time.epoch", description="Day of observation, YYYYMMDD"),
            Column("salIndex", "int", ucd="meta.id", description="Which of several components"),
            Column("sensorName", "char", "*", ucd="meta.id", description="Name of the sensor"),
        )
        channels = tuple(
            Column(
                channel.name,
                "float",
                unit=channel.unit,
                ucd=channel.ucd,
                description=channel.description,
                principal=True,
            )
            for channel in self.channels
        )
        return TableSpec(
            SCHEMA,
            self.name,
            own + channels,
            title=self.title,
            description=f"{self.title}, simulated, by time. The topic lsst.sal."
            f"{self.name.replace('_', '.', 1)} of the engineering and facility database.",
        )


def gusts(weather: Conditions, mjd: Floats) -> Floats:
    """Standard deviation of the wind's speed: metres a second."""
    return np.asarray(0.16 * weather.wind_speed(mjd))


def _airmass(_: Conditions, mjd: Floats) -> Floats:
    # The monitor takes stars near the zenith and changes them every hour.
    hour = mjd * 24 % 1
    return np.asarray(1.05 + 0.1 * (hour - 0.5) ** 2)


def _fried(weather: Conditions, mjd: Floats) -> Floats:
    # Fried's parameter of a seeing at 500 nm: 0.98 wavelengths over the angle.
    return np.asarray(0.98 * 500e-9 / np.radians(weather.dimm_seeing(mjd) / 3600) * 100)


def _inside(number: int) -> Callable[[Conditions, Floats], Floats]:
    """The air in the mirror's cell at one of its sensors."""
    return lambda weather, mjd: weather.mirror_temperature(mjd) + 0.15 * number


_TEMPERATURE = "phys.temperature"

TOPICS = (
    Topic(
        "DIMM_logevent_dimmMeasurement",
        "Seeing monitor",
        1,
        "DIMM",
        90,
        (
            Channel(
                "fwhm",
                "arcsec",
                "instr.obsty.seeing",
                "Width of a star at the zenith and 500 nm",
                Conditions.dimm_seeing,
                0.03,
                relative=True,
            ),
            Channel(
                "r0", "cm", "phys.size", "Fried's parameter at 500 nm", _fried, 0.03, relative=True
            ),
            Channel("secz", "", "obs.airMass", "Airmass of the star", _airmass),
        ),
    ),
    Topic(
        "ESS_airFlow",
        "Wind at the weather station",
        301,
        "Weather station",
        60,
        (
            Channel(
                "speed",
                "m/s",
                "phys.veloc;obs.atmos",
                "Mean speed",
                Conditions.wind_speed,
                0.05,
                relative=True,
            ),
            Channel(
                "speedStdDev",
                "m/s",
                "stat.stdev;phys.veloc;obs.atmos",
                "Standard deviation of the speed",
                gusts,
                0.1,
                relative=True,
            ),
            Channel(
                "maxSpeed",
                "m/s",
                "stat.max;phys.veloc;obs.atmos",
                "Greatest speed",
                lambda weather, mjd: weather.wind_speed(mjd) + 2.5 * gusts(weather, mjd),
                0.05,
                relative=True,
            ),
            Channel(
                "direction",
                "deg",
                "pos.posAng;obs.atmos",
                "Where the wind comes from, from north through east",
                Conditions.wind_direction,
                2.0,
            ),
        ),
    ),
    Topic(
        "ESS_temperature",
        "Air temperature at the weather station",
        301,
        "Weather station",
        60,
        (
            Channel(
                "temperatureItem0",
                "deg_C",
                f"{_TEMPERATURE};obs.atmos",
                "Of the air outside",
                Conditions.temperature,
                0.05,
            ),
        ),
    ),
    Topic(
        "ESS_relativeHumidity",
        "Humidity at the weather station",
        301,
        "Weather station",
        60,
        (
            Channel(
                "relativeHumidityItem",
                "%",
                "obs.atmos;phys.columnDensity",
                "Relative humidity",
                Conditions.humidity,
                0.3,
            ),
        ),
    ),
    Topic(
        "ESS_dewPoint",
        "Dew point at the weather station",
        301,
        "Weather station",
        60,
        (
            Channel(
                "dewPointItem",
                "deg_C",
                f"{_TEMPERATURE};obs.atmos",
                "Dew point",
                Conditions.dew_point,
                0.1,
            ),
        ),
    ),
    Topic(
        "ESS_pressure",
        "Air pressure at the weather station",
        301,
        "Weather station",
        60,
        (
            Channel(
                "pressureItem0",
                "Pa",
                "phys.pressure;obs.atmos",
                "Of the air outside",
                Conditions.pressure,
                5.0,
            ),
        ),
    ),
    Topic(
        "MTM1M3TS_glycolLoopTemperature",
        "Temperatures in the cell of the primary mirror",
        0,
        "M1M3 thermal system",
        60,
        (
            *(
                Channel(
                    f"insideCellTemperature{number}",
                    "deg_C",
                    _TEMPERATURE,
                    f"Of the air in the mirror's cell, sensor {number}",
                    _inside(number),
                    0.04,
                )
                for number in (1, 2, 3)
            ),
            Channel(
                "aboveMirrorTemperature",
                "deg_C",
                _TEMPERATURE,
                "Of the air above the mirror",
                Conditions.mirror_temperature,
                0.04,
            ),
        ),
    ),
)
