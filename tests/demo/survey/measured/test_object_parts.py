"""Measurements of objects, kind by kind: fluxes, shapes, fits, places, blends and flags."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.coadd import coadd
from lsp_jupyter.demo.survey.measured.detection import Detections, detect
from lsp_jupyter.demo.survey.measured.light import SHARPNESS
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.object_blends import Blends, find_blends
from lsp_jupyter.demo.survey.measured.object_fits import SMALLER, band_fits, joint_fits
from lsp_jupyter.demo.survey.measured.object_flags import calibration_flags, pixel_flags
from lsp_jupyter.demo.survey.measured.object_fluxes import (
    aperture_fluxes,
    gaap_fluxes,
    kron_fluxes,
    model_fluxes,
    point_fluxes,
)
from lsp_jupyter.demo.survey.measured.object_places import (
    band_place,
    joint_place,
    place_columns,
    reference_place,
)
from lsp_jupyter.demo.survey.measured.object_shapes import (
    higher_moments,
    psf_model,
    quadrupole,
    shapes,
)
from lsp_jupyter.demo.survey.observing.fields import BANDS, field
from lsp_jupyter.demo.survey.sizes import PIXEL, size
from lsp_jupyter.demo.survey.truth.sky import Sky

TINY = size("tiny")


@pytest.fixture(scope="module")
def sky() -> Sky:
    return Sky(TINY, 1)


@pytest.fixture(scope="module")
def found(sky: Sky) -> Detections:
    return detect(sky, sky.tiles(field("ECDFS"))[0])


@pytest.fixture(scope="module")
def band(found: Detections) -> Band:
    return Band(found, BANDS.index("i"))


@pytest.fixture(scope="module")
def blends(found: Detections) -> Blends:
    return find_blends(found)


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values[np.isfinite(values)], [0.1587, 0.8413])
    return float(high - low) / 2


def test_the_catalogue_says_what_the_image_shows(sky: Sky, found: Detections, band: Band) -> None:
    patch = found.tract.patch(12)
    planes, _, psf = coadd("deep_coadd", sky, 12, found.objects.field, "i", size=TINY, seed=1)
    x, y, reach = found.x - patch.x, found.y - patch.y, 12
    inside = (np.minimum(x, y) > reach + 1) & (np.maximum(x, y) < patch.width - reach - 2)
    fitted = []
    for index in np.flatnonzero(inside & (band.signal > 30) & (found.kept[:, 3] == 1)):
        column, row = round(x[index]), round(y[index])
        stamp = planes.image[row - reach : row + reach + 1, column - reach : column + reach + 1]
        model = psf.image(2 * reach + 1, x[index] - column, y[index] - row)
        flux = (stamp * model).sum() / (model**2).sum()
        fitted.append(flux / found.expected[index, 3])
    assert len(fitted) >= 3
    # Neighbours shine on some.
    assert np.median(fitted) == pytest.approx(1, abs=0.03)


def test_larger_apertures_hold_more_light_and_noise(band: Band) -> None:
    made = aperture_fluxes(band)
    bright = band.signal > 50
    assert bright.sum() > 20
    errors = [made[f"ap{radius:02}FluxErr"][band.seen] for radius in (3, 6, 12, 25, 70)]
    assert all((small < large).all() for small, large in itertools.pairwise(errors))
    light = [np.median(made[f"ap{radius:02}Flux"][bright]) for radius in (3, 6, 12)]
    assert light == sorted(light)
    truth = np.median(band.kept[bright])
    assert 0.9 * truth < light[-1] < 1.01 * truth
    for one, other in (("calibFlux", "ap12Flux"), ("calibFlux_flag", "ap12Flux_flag")):
        assert np.array_equal(made[one], made[other], equal_nan=made[one].dtype.kind == "f")
    cut = made["ap70Flux_flag"]
    assert cut[band.depth.margin < 70].all()
    assert not cut[band.depth.margin > 71].any()


def test_noise_of_apertures_is_as_stated(band: Band) -> None:
    made = aperture_fluxes(band)
    for radius in (3, 9, 35):
        light = band.kept * band.all.light.within(np.array(float(radius)), band.sigma)
        pull = (made[f"ap{radius:02}Flux"] - light) / made[f"ap{radius:02}FluxErr"]
        assert _spread(pull) == pytest.approx(1, abs=0.12)


def test_kron_fluxes_are_total_fluxes(band: Band) -> None:
    made = kron_fluxes(band)
    bright = band.signal > 30
    assert np.median((made["kronFlux"] / band.kept)[bright]) == pytest.approx(1, abs=0.04)
    galaxy = band.all.objects.galaxy & bright
    assert np.median(made["kronRad"][galaxy]) > np.median(made["kronRad"][bright & ~galaxy])
    used = made["kronFlux_flag_used_psf_radius"]
    small, bad = made["kronFlux_flag_small_radius"], made["kronFlux_flag_bad_shape"]
    assert np.array_equal(used, small | bad)


def test_gaussian_apertures_smaller_than_the_blur_fail(found: Detections) -> None:
    blurred = Band(found, BANDS.index("u"))
    made = gaap_fluxes(blurred)
    big = made["gaap0p7Flux_flag_bigPsf"]
    assert big.any()
    assert np.isnan(made["gaap0p7Flux"][big]).all()
    assert not made["gaap3p0Flux_flag_bigPsf"].any()
    wide = made["gaap3p0FluxErr"], made["gaap1p5FluxErr"]
    good = np.isfinite(wide[0])
    assert (wide[0] > wide[1])[good].all()


def test_free_fits_are_noisier(band: Band) -> None:
    points, models = point_fluxes(band), model_fluxes(band)
    for made, name in ((points, "psfFlux"), (models, "cModelFlux")):
        assert (made[f"free_{name}Err"] > made[f"{name}Err"])[band.seen].all()
        pull = (made[f"free_{name}"] - made[name]) / made[f"{name}Err"]
        assert 0.1 < _spread(pull) < 1
    assert np.allclose(points["psfFlux_area"][band.seen], 4 * np.pi * band.sigma[band.seen] ** 2)


def test_moments_are_sizes_behind_the_blur(band: Band) -> None:
    made = shapes(band)
    star = ~band.all.objects.galaxy & (band.signal > 50)
    galaxy = band.all.objects.galaxy & (band.signal > 50)
    ratio = (made["ixx"] + made["iyy"]) / (made["ixxPSF"] + made["iyyPSF"])
    assert np.nanmedian(ratio[star]) == pytest.approx(1, abs=0.01)
    assert np.nanmedian(ratio[galaxy]) > 1.05
    assert np.allclose(made["ixxPSF"][band.seen], (SHARPNESS * band.sigma[band.seen]) ** 2, 0.01)
    assert np.array_equal(np.isnan(made["ixx"]), made["i_flag"])
    trace = np.sqrt((made["ixx"] + made["iyy"]) / 2) * PIXEL
    assert np.allclose(made["moments_trace"], trace, equal_nan=True)


def test_ellipses_lie_as_galaxies_do(band: Band) -> None:
    objects, made = band.all.objects, shapes(band)
    some = objects.galaxy & (band.signal > 60) & (objects.axis_ratio < 0.6)
    assert some.sum() > 3
    # x is to the west and y to the north: a galaxy from north to south has e1 < 0.
    turn = 2 * np.radians(objects.angle[some] + 90)
    e1, e2 = made["ixx"] - made["iyy"], 2 * made["ixy"]
    along = e1[some] * np.cos(turn) + e2[some] * np.sin(turn)
    assert (along > 0.9 * np.hypot(e1, e2)[some]).mean() > 0.7
    xx, yy, _ = quadrupole(np.array([4.0]), np.array([1.0]), np.array([0.0]))
    assert (float(xx[0]), float(yy[0])) == pytest.approx((1.0, 4.0))


def test_shears_of_galaxies_have_their_errors(band: Band) -> None:
    objects, made = band.all.objects, shapes(band)
    good = ~made["hsmShapeRegauss_flag"] & objects.galaxy
    assert good.sum() > 50
    assert made["hsmShapeRegauss_flag"][~objects.galaxy & (band.signal > 20)].mean() > 0.9
    ratio = objects.axis_ratio**2
    turn = 2 * np.radians(objects.angle + 90)
    true = (1 - ratio) / (1 + ratio) * np.cos(turn)
    pull = (made["hsmShapeRegauss_e1"] - true)[good] / made["hsmShapeRegauss_sigma"][good]
    assert _spread(pull) == pytest.approx(1, abs=0.25)


def test_higher_moments_of_points_are_the_blurs(band: Band) -> None:
    made = higher_moments(band)
    star = ~band.all.objects.galaxy & (band.signal > 100)
    for name in ("40", "22", "04", "31", "30"):
        off = made[f"hsm_moments_{name}"] - made[f"hsm_momentsPsf_{name}"]
        assert abs(np.nanmedian(off[star])) < 0.02, name
    assert np.isnan(made["hsm_moments_40"][~band.measurable]).all()


def test_two_gaussians_make_the_blur(band: Band) -> None:
    made = psf_model(band)
    seen = band.seen
    narrow, wide = (made[f"psfModel_TwoGaussian_gauss{k}_sigma_x"][seen] for k in (1, 2))
    share = made["psfModel_TwoGaussian_gauss1_fluxfrac"][seen]
    area = share**2 / narrow**2 / 2 + (1 - share) ** 2 / wide**2 / 2
    area += 2 * share * (1 - share) / (narrow**2 + wide**2)
    assert np.allclose(2 * np.pi / area, 4 * np.pi * band.sigma[seen] ** 2, rtol=0.05)


def test_places_are_better_the_brighter(found: Detections, band: Band) -> None:
    places = [band_place(Band(found, place)) for place in range(len(BANDS))]
    mine = places[band.place]
    known = np.isfinite(mine.error)
    pull = (mine.x - found.x)[known] / mine.error[known]
    assert _spread(pull) == pytest.approx(1, abs=0.12)
    order = np.argsort(band.signal[known])
    assert np.median(mine.error[known][order[:50]]) > 3 * np.median(mine.error[known][order[-50:]])
    reference, joint = reference_place(found, places), joint_place(found, places)
    assert np.isfinite(reference.error).all()
    best = np.nanmin([place.error for place in places], axis=0)
    assert (joint.error < best + 1e-12).all()
    assert _spread((joint.y - found.y) / joint.error) == pytest.approx(1, abs=0.12)
    columns = place_columns(band, mine, reference)
    lost = columns["centroid_flag"] & band.seen
    assert np.array_equal(columns["ra"][lost], reference.ra[lost])
    assert np.isnan(columns["raErr"][lost]).all()


def test_blends_are_footprints_that_touch(found: Detections, blends: Blends) -> None:
    i, j = np.triu_indices(len(found), 1)
    apart = np.hypot(found.x[i] - found.x[j], found.y[i] - found.y[j])
    touch = apart < blends.radius[i] + blends.radius[j]
    assert 2 * touch.sum() == len(blends.first)
    assert (blends.group[i[touch]] == blends.group[j[touch]]).all()
    alone = np.setdiff1d(np.arange(len(found)), np.concatenate([i[touch], j[touch]]))
    assert np.array_equal(np.flatnonzero(~blends.blended), alone)
    place = reference_place(found, [band_place(Band(found, k)) for k in range(len(BANDS))])
    made = blends.columns(found, place)
    assert (made["parentObjectId"][alone] == 0).all()
    parents = made["parentObjectId"][blends.blended]
    assert not np.isin(parents, found.objects.id).any()
    _, count = np.unique(parents, return_counts=True)
    assert sorted(count) == sorted(np.bincount(blends.group)[np.bincount(blends.group) > 1])
    assert np.array_equal(made["detect_isIsolated"], ~made["detect_fromBlend"])


def test_neighbours_shine_on_blended_objects(blends: Blends, band: Band) -> None:
    made = blends.band_columns(band)
    seen = band.seen
    assert (made["blendedness"][seen & ~blends.blended] == 0).all()
    some = made["blendedness"][seen & blends.blended]
    assert (some > 0).mean() > 0.9
    assert some.max() <= 1
    assert (made["deblend_dataCoverage"][~seen] == 0).all()
    inner = seen & (band.depth.margin > blends.radius)
    assert np.allclose(made["deblend_dataCoverage"][inner], 1)


def test_fits_find_bulges_and_disks(band: Band) -> None:
    objects, made = band.all.objects, band_fits(band)
    bright = objects.galaxy & (band.signal > 40)
    disk, bulge = bright & (objects.bulge < 0.1), bright & (objects.bulge > 0.5)
    assert np.median(made["cModel_fracDev"][disk]) < 0.3
    assert np.median(made["cModel_fracDev"][bulge]) > 0.5
    ratio = made["cModel_exp_reff_major"][disk] / objects.disk_radius[disk]
    assert np.median(ratio) == pytest.approx(1, abs=0.2)
    assert np.median(made["cModel_devFlux"][disk] / band.kept[disk]) > 1.05
    for name in ("cModel_dev_theta", "cModel_exp_theta"):
        angle = made[name][band.seen]
        assert (np.abs(angle) <= 90).all()
    size = np.sqrt(made["cModel_exp_reff_major"] * made["cModel_exp_reff_minor"]) / PIXEL
    assert np.allclose(made["bdReD"], size, equal_nan=True)


def test_radii_are_as_small_as_their_descriptions_say(found: Detections) -> None:
    bands = [Band(found, place) for place in range(len(BANDS))]
    made = joint_fits(found, bands, joint_place(found, [band_place(one) for one in bands]))
    objects = found.objects
    signal = np.max([one.signal for one in bands], axis=0)
    bright = objects.galaxy & (signal > 50)
    disk = bright & (objects.bulge < 0.1)
    ratio = made["sersic_reff_major"][disk] * SMALLER / objects.disk_radius[disk]
    assert np.median(ratio) == pytest.approx(1, abs=0.15)
    assert np.median(made["sersic_index"][disk]) < 1.8
    assert np.median(made["sersic_index"][bright & (objects.bulge > 0.5)]) > 2
    total = made["sersic_reff_x"] ** 2 + made["sersic_reff_y"] ** 2
    axes = made["sersic_reff_major"] ** 2 + made["sersic_reff_minor"] ** 2
    assert np.allclose(total * PIXEL**2, axes)
    assert (np.abs(made["sersic_rho"]) < 1).all()


def test_flags_of_pixels_follow_what_happened(band: Band, blends: Blends) -> None:
    made = pixel_flags(band, blends)
    assert np.array_equal(made["pixelFlags_nodata"], ~band.seen)
    assert np.array_equal(made["inputCount"], band.depth.count)
    for name in ("cr", "clipped", "interpolated", "saturated", "sensor_edge", "inexact_psf"):
        center, all_of_it = made[f"pixelFlags_{name}Center"], made[f"pixelFlags_{name}"]
        assert not (center & ~all_of_it).any(), name
        assert all_of_it.mean() < 0.6, name
    assert made["pixelFlags_sensor_edge"][band.seen & (band.depth.edge < 2)].all()


def test_bright_stars_are_saturated(sky: Sky) -> None:
    crowded = detect(sky, sky.tiles(field("Seagull"))[0])
    one = Band(crowded, BANDS.index("r"))
    made = pixel_flags(one, find_blends(crowded))
    magnitude = 31.4 - 2.5 * np.log10(crowded.objects.flux[:, one.place])
    full = made["pixelFlags_saturatedCenter"]
    assert full[one.seen & (magnitude < 14.5)].all()
    assert not full[magnitude > 18].any()
    assert (one.flux[full] < crowded.objects.flux[full, one.place]).all()


def test_isolated_stars_calibrate(band: Band, blends: Blends) -> None:
    made = calibration_flags(band, blends)
    used, reserved = made["calib_psf_used"], made["calib_psf_reserved"]
    candidate = made["calib_psf_candidate"]
    assert candidate.any()
    assert not (used & reserved).any()
    assert not ((used | reserved) & ~candidate).any()
    assert not (candidate & blends.blended).any()
    assert (~band.all.objects.galaxy)[candidate].mean() > 0.8
