from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lsp_jupyter.catalogs.checks import check_spec
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.demo.survey.frame import Framer
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.schema import read_schema
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables.observatory import observatory_tables
from lsp_jupyter.demo.survey.truth.sky import Sky

TINY = size("tiny")
Made = dict[str, tuple[TableSpec, dict[str, np.ndarray]]]


@pytest.fixture(scope="module")
def made() -> Made:
    found: Made = {}
    for spec, frames in observatory_tables(Sky(TINY, 1), TINY, 1, read_schema):
        (found[spec.full_name],) = [(spec, frame) for frame in frames]
    return found


def _table(made: Made, name: str) -> dict[str, np.ndarray]:
    return made[f"cdb_lsstcomcam.{name}"][1]


def test_rows_fit_the_published_tables_and_nothing_is_empty(made: Made) -> None:
    assert len(made) == 14
    for spec, frame in made.values():
        check_spec(spec)
        framer = Framer(spec)
        assert sum(batch.num_rows for batch in framer([frame])) == framer.rows > 0
        assert framer.empty == ()
    for name in ("exposure", "visit1", "visit1_quicklook", "ccdvisit1", "ccdvisit1_quicklook"):
        full = read_schema("cdb_lsstcomcam").table(name, "cdb_lsstcomcam")
        assert len(made[f"cdb_lsstcomcam.{name}"][0].columns) == len(full.columns)
    assert made["cdb_lsstcomcam.visit1"][0].position == ("s_ra", "s_dec")


def test_keys_join_exposures_and_detectors(made: Made) -> None:
    visits = schedule(TINY, 1)
    ids = [visit.id for visit in visits]
    for name, key in (
        ("exposure", "exposure_id"),
        ("exposure_quicklook", "exposure_id"),
        ("visit1", "visit_id"),
        ("visit1_quicklook", "visit_id"),
    ):
        assert _table(made, name)[key].tolist() == ids
    detectors = _table(made, "ccdvisit1")
    assert len(np.unique(detectors["ccdvisit_id"])) == len(ids) * len(DETECTORS)
    assert set(detectors["visit_id"]) == set(ids)
    measured = _table(made, "ccdvisit1_quicklook")
    assert (measured["ccdvisit_id"] == detectors["ccdvisit_id"]).all()
    assert (detectors["day_obs"] * 100_000 + detectors["seq_num"] == detectors["visit_id"]).all()


def test_times_and_directions_are_those_of_the_exposures(made: Made) -> None:
    table = _table(made, "visit1")
    half = table["exp_time"] / 2 / 86_400
    assert np.allclose(table["obs_end_mjd"] - table["exp_midpt_mjd"], half, atol=1e-9, rtol=0)
    assert np.allclose(table["exp_midpt_mjd"] - table["obs_start_mjd"], half, atol=1e-9, rtol=0)
    assert np.allclose(table["zenith_distance_end"] + table["altitude_end"], 90)
    assert (table["dark_time"] > table["shut_time"]).all()


def test_the_sky_turns_during_an_exposure_as_astropy_says(made: Made) -> None:
    from astropy import units
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord
    from astropy.time import Time
    from astropy.utils import iers

    table = _table(made, "visit1")
    rows = slice(0, None, 9)
    place = EarthLocation.from_geodetic(-70.7494, -30.2446, 2715)
    spots = SkyCoord(table["s_ra"][rows], table["s_dec"][rows], unit="deg")
    with iers.conf.set_temp("auto_download", False):
        started, ended = (
            spots.transform_to(
                AltAz(obstime=Time(table[name][rows], format="mjd", scale="tai"), location=place)
            )
            for name in ("obs_start_mjd", "obs_end_mjd")
        )
    rise = (ended.alt - started.alt).to_value(units.deg)
    turn = (ended.az - started.az).wrap_at("180d").to_value(units.deg)
    ours = (table["altitude_end"] - table["altitude_start"])[rows]
    swing = (table["azimuth_end"] - table["azimuth_start"] + 180)[rows] % 360 - 180
    assert np.allclose(ours, rise, atol=2e-3)
    # Near the zenith the azimuth turns so fast that precession since 2000 counts.
    assert np.allclose(swing, turn, rtol=0.1)


def test_quick_measurements_agree_with_the_exposures(made: Made) -> None:
    table, visits = _table(made, "visit1_quicklook"), schedule(TINY, 1)
    for name, attribute, tolerance in (
        ("psf_sigma", "psf_sigma", 0.1),
        ("stats_mag_lim", "depth", 0.05),
    ):
        truth = np.array([getattr(visit, attribute) for visit in visits])
        assert np.allclose(table[f"{name}_median"], truth, atol=tolerance, rtol=0)
    for name in [name[:-4] for name in table if name.endswith("_min")]:
        low, middle, high = (table[f"{name}_{each}"] for each in ("min", "median", "max"))
        assert ((low <= middle) & (middle <= high)).all(), name
    # The effective time is that of an exposure of the same depth in fiducial conditions, where
    # the sky makes the noise.
    by_band: dict[str, list[tuple[float, float]]] = {}
    for visit, seconds in zip(visits, table["eff_time_median"], strict=True):
        if visit.band != "u":
            by_band.setdefault(visit.band, []).append((visit.depth, float(seconds)))
    for pairs in by_band.values():
        depth, seconds = np.array(pairs).T
        assert np.ptp(depth - 1.25 * np.log10(seconds)) < 0.15


def test_sources_are_counted_where_they_are(made: Made) -> None:
    measured, sky = _table(made, "ccdvisit1_quicklook"), Sky(TINY, 1)
    totals: dict[str, Any] = {}
    for row, visit in enumerate(schedule(TINY, 1)):
        if visit.band == "r":
            per = slice(row * len(DETECTORS), (row + 1) * len(DETECTORS))
            totals.setdefault(visit.field.name, []).append(measured["n_psf_star"][per].sum())
            objects = sky.objects(sky.tiles(visit.field)[0])
            assert totals[visit.field.name][-1] <= (~objects.galaxy).sum()
    # A globular cluster and the Milky Way's disk have more stars than the sky far from it.
    few = np.median(totals["ECDFS"])
    assert min(np.median(totals["47_Tuc"]), np.median(totals["Seagull"])) > 4 * few > 0
    quick = _table(made, "visit1_quicklook")
    assert (quick["high_snr_source_count_total"] >= quick["n_psf_star_total"]).all()
    assert (quick["low_snr_source_count_total"] > 0).mean() > 0.9


def test_large_surveys_leave_counts_out() -> None:
    large = size("20000")
    names = {
        spec.full_name: set(next(frames))
        for spec, frames in observatory_tables(Sky(large, 1), large, 1, read_schema)
    }
    assert "n_psf_star_total" not in names["cdb_lsstcomcam.visit1_quicklook"]
    assert "zero_point_median" in names["cdb_lsstcomcam.visit1_quicklook"]
