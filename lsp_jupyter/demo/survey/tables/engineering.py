"""Engineering data of the observatory: some channels by time, and by exposure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.observing.conditions import conditions
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.tables.channels import Topic, gusts

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Frame = dict[str, np.ndarray]

__all__ = ["topic_rows", "visit_rows"]

#: From the first to the last sample of a night: fractions of a UTC day, dusk to dawn.
NIGHT = (-0.5 / 24, 9.5 / 24)

#: Seconds from MJD 0 to the epoch of Unix, both on the scale TAI.
UNIX = 40_587 * 86_400.0


def topic_rows(topic: Topic, nights: Sequence[int], size: Size, seed: int) -> Iterator[Frame]:
    """Rows of a topic's table, all in one frame.

    Parameters
    ----------
    topic : `Topic`
        One of `TOPICS`.
    nights : sequence of `int`
        MJD of the midnights, UTC, in whose nights there are samples.
    size, seed
        Of the survey. The smallest one has a tenth of the samples.
    """
    random = draw(seed, "topic", topic.name)
    step = topic.interval * (10 if size.name == "tiny" else 1) / 86_400
    moments = np.arange(NIGHT[0], NIGHT[1], step)
    mjd = (np.asarray(nights, float)[:, None] + moments).ravel()
    # Clocks of sensors run a little off.
    mjd = mjd + random.uniform(-0.02, 0.02, len(mjd)) * step
    weather = conditions(size, seed)
    day = np.datetime64("1858-11-17") + np.floor(mjd - 0.5).astype(int)
    text = np.char.replace(np.datetime_as_string(day), "-", "")
    frame: Frame = {
        "mjd": mjd,
        "private_sndStamp": mjd * 86_400 - UNIX,
        "day_obs": text.astype(np.int64),
        "salIndex": np.full(len(mjd), topic.index),
        "sensorName": np.full(len(mjd), topic.sensor, object),
    }
    for channel in topic.channels:
        value = channel.value(weather, mjd)
        width = channel.noise * (value if channel.relative else 1.0)
        value = value + width * random.standard_normal(len(mjd))
        frame[channel.name] = value % 360 if channel.unit == "deg" else value
    yield frame


def visit_rows(size: Size, seed: int) -> Frame:
    """What some channels were during each exposure: columns of ``visit1_efd``."""
    visits = schedule(size, seed)
    weather = conditions(size, seed)
    random = draw(seed, "visit1_efd")
    count = len(visits)
    mjd = np.array([visit.mjd for visit in visits])

    def about(value: Floats | float, width: Floats | float) -> Floats:
        return np.asarray(value + width * random.standard_normal(count))

    frame: Frame = {
        "day_obs": np.array([visit.day_obs for visit in visits]),
        "seq_num": np.array([visit.seq_num for visit in visits]),
        "visit_id": np.array([visit.id for visit in visits]),
        # An hour after the exposure.
        "created_at": mjd + 1 / 24,
        "mt_dimm_fwhm_mean": weather.dimm_seeing(mjd),
        "mt_salindex301_pressure_0_mean": about(weather.pressure(mjd), 5),
        "mt_dome_temperature_mean": about(weather.dome_temperature(mjd), 0.05),
        "mt_m1m3_glycol_loop_temperature_above_mirror_temp": weather.mirror_temperature(mjd),
    }
    for number in (1, 2, 3):
        inside = weather.mirror_temperature(mjd) + 0.15 * number
        frame[f"mt_m1m3_glycol_loop_temperature_inside_cell_temp_{number}"] = about(inside, 0.04)
    for number in range(12):
        ring = weather.dome_temperature(mjd - 1 / 24) + 0.03 * (number - 6)
        frame[f"mt_m2_temperature_ring{number}"] = about(ring, 0.05)
    speed = weather.wind_speed(mjd)
    gusty = gusts(weather, mjd)
    for name, mean, width, changes in (
        ("airflow_speed", speed, gusty, 0.3 * gusty),
        ("airflow_stddev", gusty, 0.1 * gusty, 0.05 * gusty),
        ("airflow_direction", weather.wind_direction(mjd), np.full(count, 2.0), np.ones(count)),
        ("temperature_0", weather.temperature(mjd), np.full(count, 0.05), np.full(count, 0.02)),
    ):
        spread = np.abs(about(width, 0.2 * width))
        middle = about(mean, changes)
        frame |= {
            f"mt_salindex301_{name}_mean": middle,
            f"mt_salindex301_{name}_stddev": spread,
            f"mt_salindex301_{name}_min": middle - 1.6 * spread,
            f"mt_salindex301_{name}_max": middle + 1.6 * spread,
        }
    for name, value, error in (
        ("ra", np.array([visit.ra for visit in visits]), 2e-5),
        ("dec", np.array([visit.dec for visit in visits]), 2e-5),
        ("sky_angle", np.array([visit.rotation for visit in visits]), 1e-4),
    ):
        frame[f"mt_pointing_mount_position_{name}_mean"] = about(value, error)
        frame[f"mt_pointing_mount_position_{name}_stddev"] = np.abs(about(0.0, error))
    for axis, attribute in (("azimuth", "azimuth"), ("elevation", "altitude")):
        value = np.array([getattr(visit, attribute) for visit in visits])
        for head in range(4):
            name = f"mt_{axis}_encoder_absolute_position_{head}"
            frame[f"{name}_mean"] = about(value, 1e-5)
            frame[f"{name}_rms_jitter"] = np.abs(about(5e-6, 1e-6))
    return frame
