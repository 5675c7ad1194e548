from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.measured.looks import field_visits, look
from lsp_jupyter.demo.survey.measured.source_finding import Still, find_sources
from lsp_jupyter.demo.survey.measured.source_fluxes import fitted_fluxes, shapes
from lsp_jupyter.demo.survey.observing.camera import DETECTORS, GAIN
from lsp_jupyter.demo.survey.observing.fields import BANDS, field
from lsp_jupyter.demo.survey.sizes import Size, size
from lsp_jupyter.demo.survey.tables.forced import forced_rows
from lsp_jupyter.demo.survey.tables.sources import source_rows
from lsp_jupyter.demo.survey.truth.sky import Sky
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")
Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def sky() -> Sky:
    return tiny_sky()


def _joined(frames: object) -> Columns:
    parts = list(frames)  # type: ignore[call-overload]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@pytest.fixture(scope="module")
def sources(sky: Sky) -> Columns:
    return _joined(source_rows(sky, TINY, 1, "dp1"))


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.1587, 0.8413])
    return float(high - low) / 2


def test_each_source_has_its_number_and_stands_out_of_the_noise(sources: Columns) -> None:
    assert len(np.unique(sources["sourceId"])) == len(sources["sourceId"]) > 5000
    assert (sources["psfFlux"] > 4.8 * sources["psfFluxErr"]).all()


def test_the_same_sky_shows_the_same(sky: Sky) -> None:
    tile = sky.tiles(field("ECDFS"))[0]
    visit = field_visits(sky, "ECDFS")[7]
    again = Sky(TINY, 1, gaia=())
    first = find_sources(Still.of(sky, tile), visit)
    second = find_sources(Still.of(again, again.tiles(field("ECDFS"))[0]), visit)
    assert first.ids.tolist() == second.ids.tolist()
    assert first.chance.tobytes() == second.chance.tobytes()


@pytest.mark.parametrize("name", ["47_Tuc", "ECDFS"])
def test_stars_brighter_than_the_depth_are_found(sky: Sky, name: str) -> None:
    tile = sky.tiles(field(name))[0]
    objects = sky.objects(tile)
    still = Still.of(sky, tile)
    bright = found_of = faint = found_faint = 0
    for visit in field_visits(sky, name)[:8]:
        seen = look(visit, *sky.positions(objects, visit.mjd), TINY)
        found = np.isin(objects.id[seen.index], find_sources(still, visit).ids)
        flux = sky.flux(objects, visit.band, visit.mjd)[seen.index]
        magnitude = 31.4 - 2.5 * np.log10(flux)
        star = ~objects.galaxy[seen.index]
        clear = star & (magnitude < visit.depth - 1)
        weak = star & (magnitude > visit.depth + 1)
        bright, found_of = bright + clear.sum(), found_of + found[clear].sum()
        faint, found_faint = faint + weak.sum(), found_faint + found[weak].sum()
    assert bright > 40
    # In a crowd some are too near to brighter ones.
    assert found_of > 0.93 * bright
    assert found_faint < 0.05 * faint


def test_sources_and_forced_photometry_see_the_same_pixels(sky: Sky, sources: Columns) -> None:
    forced = _joined(forced_rows(sky, TINY, 1, "dp1"))
    visit = field_visits(sky, "ECDFS")[5].id
    here, there = sources["visit"] == visit, forced["visit"] == visit
    there &= ~forced["psfFlux_flag"]
    away = np.hypot(
        (sources["ra"][here][:, None] - forced["coord_ra"][there]) * np.cos(np.radians(-28.1)),
        sources["dec"][here][:, None] - forced["coord_dec"][there],
    )
    nearest = away.argmin(axis=1)
    near = away.min(axis=1) < 0.3 / 3600
    assert near.sum() > 50
    off = sources["psfFlux"][here][near] - forced["psfFlux"][there][nearest[near]]
    pull = off / sources["psfFluxErr"][here][near]
    assert _spread(pull) < 0.25


def test_apertures_hold_more_the_larger_they_are(sky: Sky, sources: Columns) -> None:
    sigma = {visit.id: visit.psf_sigma for visit in field_visits(sky, "ECDFS")}
    here = np.isin(sources["visit"], list(sigma)) & (sources["extendedness"] == 0)
    here &= (sources["psfFlux"] > 200 * sources["psfFluxErr"]) & ~sources["ap35Flux_flag"]
    here &= ~sources["pixelFlags_saturated"]
    assert here.sum() > 50
    width = np.array([sigma[visit] for visit in sources["visit"][here]])
    for radius in (3, 6, 12, 35):
        expected = Psf(1.0).within(radius / width)
        measured = sources[f"ap{radius:02}Flux"][here] / sources["psfFlux"][here]
        assert np.median(measured / expected) == pytest.approx(1, abs=0.01)
    assert (sources["ap35FluxErr"][here] > sources["ap12FluxErr"][here]).all()
    cut = sources["ap70Flux_flag"]
    assert np.isnan(sources["ap70Flux"][cut]).all()
    assert np.isfinite(sources["ap70Flux"][~cut]).all()


def test_galaxies_and_stars_are_told_apart_when_bright(sky: Sky) -> None:
    tile = sky.tiles(field("ECDFS"))[0]
    objects = sky.objects(tile)
    still = Still.of(sky, tile)
    right: list[np.ndarray] = []
    sizes: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for visit in field_visits(sky, "ECDFS"):
        found = find_sources(still, visit)
        random = np.random.default_rng(visit.id)
        galaxy = np.isin(found.ids, objects.id[objects.galaxy])
        clear = (found.signal > 60) & (found.full < 1)
        extended = fitted_fluxes(found, random)["extendedness"]
        right.append((extended[clear] == 1) == galaxy[clear])
        psf = np.zeros((len(found), 3)) + np.array([1, 0, 1]) * (0.9165 * visit.psf_sigma) ** 2
        made = shapes(found, psf, random)
        ratio = (made["ixx"] + made["iyy"]) / (made["ixxPSF"] + made["iyyPSF"])
        for kind, values in sizes.items():
            values.append(ratio[clear & (galaxy == kind)])
    assert np.concatenate(right).mean() > 0.95
    assert np.nanmedian(np.concatenate(sizes[False])) == pytest.approx(1, abs=0.01)
    assert np.nanmedian(np.concatenate(sizes[True])) > 1.1


def test_long_galaxies_are_long_on_the_detector_as_on_the_sky(sky: Sky) -> None:
    tile = sky.tiles(field("ECDFS"))[0]
    objects = sky.objects(tile)
    still = Still.of(sky, tile)
    agree = []
    for visit in field_visits(sky, "ECDFS"):
        found = find_sources(still, visit)
        psf = np.zeros((len(found), 3)) + np.array([1, 0, 1]) * (0.9165 * visit.psf_sigma) ** 2
        made = shapes(found, psf, np.random.default_rng(1))
        place = {int(number): row for row, number in enumerate(objects.id)}
        for row in np.flatnonzero(found.signal > 40):
            truth = place.get(int(found.ids[row]))
            if truth is None or not objects.galaxy[truth] or objects.axis_ratio[truth] > 0.6:
                continue
            # A step along the galaxy, in pixels of the detector.
            turn, step = np.radians(objects.angle[truth]), 1 / 3600
            ra, dec = objects.ra[truth], objects.dec[truth]
            wcs = visit.wcs(DETECTORS[found.seen.detector[row]], TINY)
            x, y = wcs.sky_to_pixel(
                np.array([ra, ra + step * np.sin(turn) / np.cos(np.radians(dec))]),
                np.array([dec, dec + step * np.cos(turn)]),
            )
            angle = np.arctan2(y[1] - y[0], x[1] - x[0])
            measured = 0.5 * np.arctan2(2 * made["ixy"][row], made["ixx"][row] - made["iyy"][row])
            agree.append(np.cos(2 * (angle - measured)))
    assert len(agree) > 10
    assert np.nanmedian(agree) > 0.95


def test_supernovae_and_moving_bodies_are_sources_too(sky: Sky) -> None:
    supernovae = sky.supernovae(field("ECDFS"))
    ids = set()
    for name in ("ECDFS", "Rubin_SV_38_7"):
        tile = sky.tiles(field(name))[0]
        still = Still.of(sky, tile)
        for visit in field_visits(sky, name):
            ids |= set(find_sources(still, visit).ids.tolist())
    assert ids & set(supernovae.id.tolist())
    assert len(ids & set(sky.asteroids().id.tolist())) > 5


def test_counts_are_fluxes_in_the_units_of_the_detector(sky: Sky, sources: Columns) -> None:
    electrons = {visit.id: visit.electrons for visit in field_visits(sky, "ECDFS")}
    here = np.isin(sources["visit"], list(electrons)) & ~sources["ap12Flux_flag"]
    scale = np.array([electrons[visit] / GAIN for visit in sources["visit"][here]])
    counts = sources["apFlux_12_0_instFlux"][here]
    error = sources["apFlux_12_0_instFluxErr"][here]
    assert (np.abs(counts - sources["ap12Flux"][here] * scale) < 0.02 * error).all()


def test_blends_have_parents_that_are_no_rows(sources: Columns) -> None:
    parents = sources["parentSourceId"]
    blended = parents != 0
    assert 0.01 < blended.mean() < 0.5
    assert not set(parents[blended]) & set(sources["sourceId"])
    _, counts = np.unique(parents[blended], return_counts=True)
    assert (counts >= 2).all()
    assert (sources["calib_psf_used"] <= ~blended).all()


def test_calibration_uses_bright_stars(sources: Columns) -> None:
    used = sources["calib_psf_used"]
    assert used.sum() > 100
    assert (sources["psfFlux"][used] > 40 * sources["psfFluxErr"][used]).all()
    assert not sources["pixelFlags_saturated"][used].any()
    assert not (used & sources["calib_psf_reserved"]).any()
    assert (used <= sources["calib_psf_candidate"]).all()


def test_releases_and_sizes_have_their_columns(sky: Sky) -> None:
    second = next(iter(source_rows(sky, TINY, 1, "dp2")))
    assert "coord_ra" not in second
    thin = Size("thin", pixels=256, share=0.0, images=0, wide=False)
    narrow = next(iter(source_rows(Sky(thin, 1, gaia=()), thin, 1, "dp1")))
    assert {"sourceId", "coord_ra", "visit", "band", "psfFlux", "ap12Flux"} <= set(narrow)
    assert not {"ap70Flux", "calib_psf_used", "physical_filter"} & set(narrow)
    assert set(BANDS) >= set(narrow["band"])
