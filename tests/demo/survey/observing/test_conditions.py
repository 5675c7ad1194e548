from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.conditions import Conditions, seeing_at_zenith
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import size

TINY = size("tiny")
#: Every ten minutes of the nights of seven weeks.
TIMES = np.concatenate([60_607 + day + np.arange(0, 0.4, 1 / 144) for day in range(49)])


@pytest.mark.parametrize(
    ("name", "low", "middle", "high"),
    [
        ("temperature", 0, 10, 20),
        ("humidity", 2, 28, 95),
        ("dew_point", -35, -8, 12),
        ("pressure", 73_600, 74_300, 75_000),
        ("wind_speed", 0.3, 5, 40),
        ("dimm_seeing", 0.3, 0.8, 2.5),
        ("dome_temperature", 0, 10, 20),
        ("mirror_temperature", 0, 10, 20),
    ],
)
def test_values_are_those_of_the_mountain(
    name: str, low: float, middle: float, high: float
) -> None:
    values = getattr(Conditions(TINY, 1), name)(TIMES)
    assert low < values.min() < values.max() < high
    assert abs(np.median(values) - middle) < 0.2 * (high - low)
    assert values.std() > 0.01 * (high - low)


def test_they_are_the_same_whoever_asks_and_change_slowly() -> None:
    one, other = Conditions(TINY, 1), Conditions(TINY, 1)
    assert (one.temperature(TIMES)[7:9] == other.temperature(TIMES[7:9])).all()
    assert (Conditions(TINY, 2).temperature(TIMES) != one.temperature(TIMES)).all()
    minute = abs(one.temperature(TIMES + 1 / 1440) - one.temperature(TIMES))
    assert minute.max() < 0.3


def test_air_is_never_colder_than_its_dew_point_and_cools_at_night() -> None:
    weather = Conditions(TINY, 1)
    assert (weather.dew_point(TIMES) < weather.temperature(TIMES)).all()
    dusk, dawn = (weather.temperature(60_607 + hour / 24 + np.arange(49)) for hour in (0, 8))
    assert dusk.mean() > dawn.mean() + 2


def test_the_mirror_follows_the_air_late() -> None:
    weather = Conditions(TINY, 1)
    evening = 60_607 + np.arange(49) + 1 / 24
    assert (weather.mirror_temperature(evening) - weather.temperature(evening)).mean() > 0.5


def test_the_seeing_monitor_sees_what_the_exposures_saw() -> None:
    visits = schedule(TINY, 1)
    monitor = Conditions(TINY, 1).dimm_seeing(np.array([visit.mjd for visit in visits]))
    stars = [seeing_at_zenith(visit.seeing, visit) for visit in visits]
    assert np.corrcoef(monitor, stars)[0, 1] > 0.6
    # The telescope and the dome add to what the air does.
    assert np.median(monitor / stars) < 0.95


@pytest.mark.parametrize(("band", "wavelength"), [("u", 368), ("r", 622), ("y", 971)])
def test_seeing_at_the_zenith_follows_kolmogorov(band: str, wavelength: float) -> None:
    visit = next(one for one in schedule(TINY, 1) if one.band == band)
    expected = 1.2 * visit.airmass**-0.6 * (wavelength / 500) ** 0.2
    assert seeing_at_zenith(1.2, visit) == pytest.approx(expected)
