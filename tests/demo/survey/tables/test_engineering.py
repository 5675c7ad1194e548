from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.catalogs.checks import check_spec
from lsp_jupyter.demo.survey.observing.conditions import Conditions
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables.channels import TOPICS, Topic
from lsp_jupyter.demo.survey.tables.engineering import topic_rows, visit_rows

TINY = size("tiny")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_samples_through_every_night(topic: Topic) -> None:
    spec = topic.spec()
    check_spec(spec)
    (frame,) = topic_rows(topic, [60_610, 60_612], TINY, 1)
    assert list(frame) == [column.name for column in spec.columns]
    mjd = frame["mjd"]
    assert (np.diff(mjd) > 0).all()
    assert set(frame["day_obs"]) == {20241026, 20241028}
    gaps = np.diff(mjd) * 86_400
    assert np.median(gaps) == pytest.approx(10 * topic.interval, rel=0.01)
    assert (gaps > 20_000).sum() == 1
    # MJD 40587 is the first of January 1970.
    assert np.allclose(frame["private_sndStamp"] / 86_400 + 40_587, mjd, atol=1e-9, rtol=0)
    assert all(np.isfinite(frame[channel.name]).all() for channel in topic.channels)
    (again,) = topic_rows(topic, [60_610, 60_612], TINY, 1)
    assert all((frame[name] == again[name]).all() for name in frame)


def test_samples_scatter_about_the_conditions_as_their_sensors_do() -> None:
    topic = next(one for one in TOPICS if one.name == "ESS_temperature")
    (frame,) = topic_rows(topic, range(60_610, 60_620), TINY, 1)
    off = frame["temperatureItem0"] - Conditions(TINY, 1).temperature(frame["mjd"])
    assert off.std() == pytest.approx(topic.channels[0].noise, rel=0.15)
    assert abs(off.mean()) < 0.01


def test_exposures_have_what_the_sensors_said_at_their_time() -> None:
    frame = visit_rows(TINY, 1)
    visits = schedule(TINY, 1)
    assert frame["visit_id"].tolist() == [visit.id for visit in visits]
    assert all(np.isfinite(value).all() for value in frame.values())
    mjd = np.array([visit.mjd for visit in visits])
    weather = Conditions(TINY, 1)
    outside = frame["mt_salindex301_temperature_0_mean"]
    assert abs(outside - weather.temperature(mjd)).max() < 0.15
    pointed = frame["mt_pointing_mount_position_dec_mean"]
    assert np.allclose(pointed, [visit.dec for visit in visits], atol=2e-4)
    for name in [name for name in frame if name.endswith("_min")]:
        low, mean, high = (frame[name[:-3] + each] for each in ("min", "mean", "max"))
        assert ((low <= mean) & (mean <= high)).all(), name
