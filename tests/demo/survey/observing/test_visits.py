"""The exposures are those that Rubin's camera could have made in those nights."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_sun
from astropy.time import Time

from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.fields import BANDS, FIELDS, PHYSICAL_FILTERS
from lsp_jupyter.demo.survey.observing.visits import LATITUDE, LONGITUDE, schedule
from lsp_jupyter.demo.survey.sizes import SIZES

TINY = SIZES["tiny"]
PLACE = EarthLocation.from_geodetic(LONGITUDE, LATITUDE, 2_663)


def test_the_fields_have_the_exposures_of_data_preview_1() -> None:
    total = Counter[str]()
    for one in FIELDS:
        total.update(one.visits)
        assert set(one.visits) == set(one.seeing) == set(one.bands)
    assert dict(total) == {"u": 112, "g": 469, "r": 548, "i": 313, "z": 285, "y": 65}
    assert sum(total.values()) == 1792


@pytest.mark.parametrize("name", ["tiny", "small", "large"])
def test_every_field_has_every_band_in_proportion(name: str) -> None:
    size = SIZES[name]
    made = Counter((visit.field.name, visit.band) for visit in schedule(size, 1))
    for one in FIELDS:
        for band in BANDS:
            wanted = one.visits.get(band, 0)
            assert made[one.name, band] == min(wanted, max(2, round(wanted * size.share)))


def test_it_is_the_same_for_the_same_seed_alone() -> None:
    first = schedule(TINY, 7)
    schedule.cache_clear()
    assert schedule(TINY, 7) == first
    assert schedule(TINY, 8) != first


def test_ids_are_the_day_and_a_number_and_times_do_not_overlap() -> None:
    visits = schedule(TINY, 1)
    ids = [visit.id for visit in visits]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    for visit in visits:
        # A day of observing begins at noon, UTC.
        day = Time(visit.mjd - 0.5, format="mjd", scale="tai").utc.strftime("%Y%m%d")
        assert visit.day_obs == int(day)
        assert 0 < visit.seq_num < 100_000
        assert visit.physical_filter == PHYSICAL_FILTERS[visit.band]
    times = np.array([visit.mjd for visit in visits])
    assert np.diff(times).min() * 86_400 > 44


def test_fields_are_up_and_the_sun_is_down() -> None:
    visits = schedule(TINY, 1)[::7]
    times = Time([visit.mjd for visit in visits], format="mjd", scale="tai")
    frame = AltAz(obstime=times, location=PLACE)
    seen = SkyCoord([v.field.ra for v in visits], [v.field.dec for v in visits], unit="deg")
    seen = seen.transform_to(frame)
    ours = SkyCoord([v.azimuth for v in visits], [v.altitude for v in visits], unit="deg")
    assert SkyCoord(seen.az, seen.alt).separation(ours).deg.max() < 0.5
    assert min(visit.altitude for visit in visits) > 30
    assert get_sun(times).transform_to(frame).alt.deg.max() < -12


def test_conditions_are_the_published_ones() -> None:
    visits = schedule(SIZES["small"], 1)
    # Depths of single exposures that the observatory expects (SMTN-002), half a magnitude less
    # for the seeing of the campaign.
    for band, depth in zip(BANDS, (23.7, 24.8, 24.4, 24.0, 23.4, 22.5), strict=True):
        some = [visit for visit in visits if visit.band == band]
        assert np.median([visit.depth for visit in some]) == pytest.approx(depth, abs=0.7)
    deep = [v.seeing / v.field.seeing[v.band] for v in visits if v.field.name == "ECDFS"]
    assert np.median(deep) == pytest.approx(1.0, abs=0.06)
    assert np.std(np.log(deep)) == pytest.approx(0.17, abs=0.04)


def test_every_detector_sees_its_own_part_of_the_sky() -> None:
    visit = schedule(TINY, 1)[0]
    for detector in DETECTORS:
        middle = np.array([(TINY.pixels - 1) / 2])
        ra, dec = visit.wcs(detector, TINY).pixel_to_sky(middle, middle)
        found, x, y = visit.covers(ra, dec, TINY)
        assert found[0] == detector.id
        assert x[0] == pytest.approx(middle[0])
        assert y[0] == pytest.approx(middle[0])
    found, x, _ = visit.covers(np.array([visit.ra]), np.array([-visit.dec]), TINY)
    assert found[0] == -1
    assert np.isnan(x[0])
    # The middle of the camera is in the middle of the raft.
    assert visit.covers(np.array([visit.ra]), np.array([visit.dec]), TINY)[0][0] == 4
