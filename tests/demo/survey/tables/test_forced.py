from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.exposure import expose, visit_image
from lsp_jupyter.demo.survey.measured.difference import difference
from lsp_jupyter.demo.survey.measured.looks import field_visits
from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.fields import BANDS, field
from lsp_jupyter.demo.survey.sizes import Size, size
from lsp_jupyter.demo.survey.tables.forced import dia_forced_rows, forced_rows
from lsp_jupyter.demo.survey.tables.objects import object_rows
from lsp_jupyter.demo.survey.truth.sky import Sky
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")
Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def sky() -> Sky:
    return tiny_sky()


def _joined(frames: object, *names: str) -> Columns:
    parts = list(frames)  # type: ignore[call-overload]
    return {
        name: np.concatenate([np.ma.getdata(part[name]) for part in parts])
        for name in names or parts[0]
    }


@pytest.fixture(scope="module")
def forced(sky: Sky) -> Columns:
    return _joined(forced_rows(sky, TINY, 1, "dp1"))


@pytest.fixture(scope="module")
def objects(sky: Sky) -> Columns:
    names = ("objectId", "coord_ra", "coord_dec", "parentObjectId", "tract", "patch")
    return _joined(object_rows(sky, TINY, 1, "dp1"), *names)


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.1587, 0.8413])
    return float(high - low) / 2


def test_there_is_a_row_for_every_exposure_of_every_object(
    sky: Sky, forced: Columns, objects: Columns
) -> None:
    pairs = np.stack([forced["objectId"], forced["visit"]], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    expected = 0
    for visit in field_visits(sky, "ECDFS"):
        here = objects["tract"] == field("ECDFS").tract
        ra, dec = objects["coord_ra"][here], objects["coord_dec"][here]
        seen = objects["objectId"][here][visit.covers(ra, dec, TINY)[0] >= 0]
        rows = forced["visit"] == visit.id
        assert set(forced["objectId"][rows]) == set(seen)
        assert set(forced["band"][rows]) == {visit.band}
        expected += len(seen)
    assert expected > 5000


def test_places_and_parents_are_those_of_the_objects(forced: Columns, objects: Columns) -> None:
    order = np.argsort(objects["objectId"])
    place = order[np.searchsorted(objects["objectId"], forced["objectId"], sorter=order)]
    for name in ("objectId", "parentObjectId", "tract", "patch"):
        assert (objects[name][place] == forced[name]).all(), name
    # Objects are published with fewer digits.
    assert np.abs(objects["coord_ra"][place] - forced["coord_ra"]).max() < 1e-3
    assert np.abs(objects["coord_dec"][place] - forced["coord_dec"]).max() < 1e-3


def test_fluxes_of_constant_stars_scatter_as_their_errors_say(sky: Sky, forced: Columns) -> None:
    tile = sky.tiles(field("ECDFS"))[0]
    truth = sky.objects(tile)
    stars = ~truth.galaxy & (truth.variable == 0)
    rows = np.isin(forced["objectId"], truth.id[stars])
    rows &= ~forced["pixelFlags_saturated"] & ~forced["psfDiffFlux_flag"]
    order = np.argsort(truth.id)
    place = order[np.searchsorted(truth.id, forced["objectId"][rows], sorter=order)]
    bands = np.array([BANDS.index(band) for band in forced["band"][rows]])
    flux = truth.flux[place, bands]
    pull = (forced["psfFlux"][rows] - flux) / forced["psfFluxErr"][rows]
    assert len(pull) > 1000
    assert _spread(pull) == pytest.approx(1, abs=0.06)
    assert abs(np.median(pull)) < 0.06
    difference_pull = (forced["psfDiffFlux"] / forced["psfDiffFluxErr"])[rows]
    assert _spread(difference_pull) == pytest.approx(1, abs=0.12)
    assert (forced["psfDiffFluxErr"][rows] > forced["psfFluxErr"][rows]).all()


def test_variables_and_hosts_of_supernovae_change(sky: Sky, forced: Columns) -> None:
    tile = sky.tiles(field("ECDFS"))[0]
    truth = sky.objects(tile)
    fluxes = {
        visit.id: sky.flux(truth, visit.band, visit.mjd) for visit in field_visits(sky, "ECDFS")
    }
    bright = np.flatnonzero((truth.variable > 0) & (truth.flux[:, 2] > 2e4))
    pulls = []
    for star in bright:
        rows = np.flatnonzero(
            (forced["objectId"] == truth.id[star]) & ~forced["pixelFlags_saturated"]
        )
        expected = [fluxes[int(visit)][star] for visit in forced["visit"][rows]]
        pulls.append((forced["psfFlux"][rows] - expected) / forced["psfFluxErr"][rows])
    assert len(pulls) >= 5
    values = np.concatenate(pulls)
    assert _spread(values[np.isfinite(values)]) == pytest.approx(1, abs=0.2)
    supernovae = sky.supernovae(field("ECDFS"))
    lit = 0
    for host in supernovae.host:
        rows = (forced["objectId"] == host) & ~forced["psfDiffFlux_flag"]
        signal = (forced["psfDiffFlux"] / forced["psfDiffFluxErr"])[rows]
        lit += len(signal) > 0 and signal.max() > 8
    assert lit >= 2


def test_images_and_tables_tell_the_same(sky: Sky, forced: Columns) -> None:
    half, ratios, pulls = 15, [], []
    visits = [visit for visit in field_visits(sky, "ECDFS") if visit.band == "r"]
    for visit, detector in zip(visits[:5], (4, 3, 5, 1, 7), strict=True):
        exposed = expose(sky, visit, detector, TINY, 1)
        image = visit_image(exposed).image.astype(float)
        rows = np.flatnonzero(
            (forced["visit"] == visit.id)
            & (forced["detector"] == detector)
            & (forced["psfFlux"] > 30 * forced["psfFluxErr"])
            & ~forced["pixelFlags_saturated"]
        )
        wcs = visit.wcs(DETECTORS[detector], TINY)
        x, y = wcs.sky_to_pixel(forced["coord_ra"][rows], forced["coord_dec"][rows])
        for at_x, at_y, row in zip(x, y, rows, strict=True):
            column, line = round(at_x), round(at_y)
            if not half < column < 255 - half or not half < line < 255 - half:
                continue
            point = exposed.view.psf.image(2 * half + 1, at_x - column, at_y - line)
            cut = image[line - half : line + half + 1, column - half : column + half + 1]
            flux = (point * cut).sum() / (point**2).sum()
            ratios.append(flux / forced["psfFlux"][row])
            pulls.append((flux - forced["psfFlux"][row]) / forced["psfFluxErr"][row])
    assert len(ratios) > 12
    # Neighbours shine into some of them.
    assert np.median(ratios) == pytest.approx(1, abs=0.02)
    assert abs(np.median(pulls)) < 2.5


def test_no_template_no_difference(sky: Sky, forced: Columns) -> None:
    empty = forced["diff_PixelFlags_nodataCenter"]
    assert 0 < empty.mean() < 0.2
    assert np.isnan(forced["psfDiffFlux"][empty]).all()
    assert forced["psfDiffFlux_flag"][empty].all()
    assert np.isfinite(forced["psfDiffFlux"][~forced["psfDiffFlux_flag"]]).all()
    assert np.isfinite(forced["psfFlux"][~forced["psfFlux_flag"]]).all()


def test_objects_of_difference_images_are_measured_in_all_exposures(sky: Sky) -> None:
    frame = _joined(dia_forced_rows(sky, TINY, 1, "dp1"))
    found = difference(sky, sky.tiles(field("ECDFS"))[0])
    sources, owners = found.sources, found.owners()
    order = np.lexsort([frame["visit"], frame["diaObjectId"]])
    keys = list(zip(frame["diaObjectId"][order], frame["visit"][order], strict=True))
    assert len(set(keys)) == len(keys)
    place = dict(zip(keys, order, strict=True))
    compared = 0
    for row in np.flatnonzero((owners >= 0) & ~np.isfinite(sources.lobe)):
        key = found.object_ids[owners[row]], found.visits[sources.visit[row]].id
        if key not in place:
            # Measured beyond the edge.
            continue
        there = place[key]
        if frame["psfDiffFlux_flag"][there]:
            continue
        # The same pixels: the same flux.
        off = abs(frame["psfDiffFlux"][there] - sources.flux[row])
        assert off < 0.1 * sources.error[row]
        compared += 1
    assert compared > 300


def test_releases_and_sizes_have_their_columns(sky: Sky) -> None:
    second = next(iter(forced_rows(sky, TINY, 1, "dp2")))
    assert "coord_ra" not in second
    assert set(second["tract"]) == {field("Rubin_SV_38_7").tract}
    thin = Size("thin", pixels=256, share=0.0, images=0, wide=False)
    narrow = next(iter(forced_rows(Sky(thin, 1, gaia=()), thin, 1, "dp1")))
    assert {"objectId", "coord_ra", "visit", "band", "psfFlux", "psfDiffFluxErr"} <= set(narrow)
    assert not {"tract", "pixelFlags_cr"} & set(narrow)
    assert len(narrow) < 16
