from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from lsp_jupyter.demo.survey.frame import Framer
from lsp_jupyter.demo.survey.measured.detection import Detections, detect
from lsp_jupyter.demo.survey.observing.fields import BANDS, FIELDS
from lsp_jupyter.demo.survey.schema import rubin_table
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables.exposures import release_fields
from lsp_jupyter.demo.survey.tables.objects import object_rows
from lsp_jupyter.demo.survey.truth.sky import Sky

TINY = size("tiny")

Made = Mapping[str, Mapping[str, np.ndarray]]


@pytest.fixture(scope="module")
def sky() -> Sky:
    return Sky(TINY, 1)


@pytest.fixture(scope="module")
def made(sky: Sky) -> Made:
    """The rows of dp1 by field."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = list(object_rows(sky, TINY, 1, "dp1"))
    return dict(zip([one.name for one in FIELDS], rows, strict=True))


@pytest.fixture(scope="module")
def found(sky: Sky) -> dict[str, Detections]:
    return {one.name: detect(sky, sky.tiles(one)[0]) for one in FIELDS}


@pytest.mark.parametrize("release", ["dp1", "dp2"])
def test_every_column_is_filled(sky: Sky, release: str) -> None:
    spec = rubin_table(release, "Object")
    framer = Framer(spec)
    rows = sum(batch.num_rows for batch in framer(object_rows(sky, TINY, 1, release)))
    # These few exposures in u are too blurred for the smallest aperture.
    assert set(framer.empty) <= {"u_gaap0p7Flux", "u_gaap0p7FluxErr"}
    fields = release_fields(release)
    assert rows == sum(len(detect(sky, sky.tiles(one)[0])) for one in fields)


def test_numbers_are_finite_or_missing(made: Made) -> None:
    for frame in made.values():
        for name, values in frame.items():
            if values.dtype.kind == "f":
                assert not np.isinf(values).any(), name


def test_the_same_seed_makes_the_same_bytes(made: Made) -> None:
    again = next(iter(object_rows(Sky(TINY, 1), TINY, 1, "dp1")))
    first = made[FIELDS[0].name]
    for name, values in first.items():
        if values.dtype.kind != "U":
            assert values.tobytes() == again[name].tobytes(), name


def test_ids_are_large_and_unlike(made: Made) -> None:
    ids = np.concatenate([frame["objectId"] for frame in made.values()])
    assert len(np.unique(ids)) == len(ids)
    assert ids.min() > 2**53


@pytest.mark.parametrize("name", ["47_Tuc", "Seagull"])
def test_bands_that_were_not_observed_are_null(made: Made, name: str) -> None:
    field = next(one for one in FIELDS if one.name == name)
    for band in BANDS:
        for column in ("psfFlux", "psfFlux_flag", "inputCount", "pixelFlags_nodata"):
            values = made[name][f"{band}_{column}"]
            null = np.isnan(values) if values.dtype.kind == "f" else np.ma.getmaskarray(values)
            assert null.all() == (band not in field.bands), (band, column)


def _all(made: Made, name: str) -> np.ndarray:
    return np.concatenate([np.ma.getdata(frame[name]) for frame in made.values()])


def _true(found: dict[str, Detections], name: str) -> np.ndarray:
    return np.concatenate([getattr(each.objects, name) for each in found.values()])


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values[np.isfinite(values)], [0.1587, 0.8413])
    return float(high - low) / 2


@pytest.mark.parametrize("name", ["psf", "free_psf", "cModel", "gaap1p0", "gaapOptimal", "sersic"])
def test_fluxes_of_stars_scatter_as_their_errors_say(
    made: Made, found: dict[str, Detections], name: str
) -> None:
    pulls = []
    for place, band in enumerate(BANDS):
        flux, error = (_all(made, f"{band}_{name}Flux{end}") for end in ("", "Err"))
        pick = ~_true(found, "galaxy") & ~_all(made, f"{band}_pixelFlags_saturatedCenter")
        pick &= np.nan_to_num(_all(made, f"{band}_psfFlux")) > 10 * np.nan_to_num(error, nan=np.inf)
        pulls.append(((flux - _true(found, "flux")[:, place]) / error)[pick])
    pull = np.concatenate(pulls)
    assert len(pull) > 1000
    assert _spread(pull) == pytest.approx(1, abs=0.1)
    assert abs(np.nanmedian(pull)) < 0.2


def test_models_find_more_of_galaxies_than_points(made: Made, found: dict[str, Detections]) -> None:
    pick = _true(found, "galaxy") & (_all(made, "r_psfFlux") > 10 * _all(made, "r_psfFluxErr"))
    truth = _true(found, "flux")[:, 2]
    ratio = _all(made, "r_cModelFlux") / truth
    assert np.median(ratio[pick]) == pytest.approx(1, abs=0.03)
    assert np.median((_all(made, "r_psfFlux") / truth)[pick]) < 0.95
    assert np.median((_all(made, "r_kronFlux") / truth)[pick]) == pytest.approx(1, abs=0.06)


def test_stars_and_galaxies_are_told_apart_while_they_are_bright(
    made: Made, found: dict[str, Detections]
) -> None:
    with np.errstate(invalid="ignore"):
        signal = _all(made, "i_psfFlux") / _all(made, "i_psfFluxErr")
        bright, faint = signal > 60, (signal > 5) & (signal < 10)
    galaxy, extended = _true(found, "galaxy"), _all(made, "i_extendedness")
    assert extended[bright & galaxy].mean() > 0.95
    assert extended[bright & ~galaxy].mean() < 0.05
    assert 0.05 < extended[faint & ~galaxy].mean() < 0.5
    assert 0.6 < extended[faint & galaxy].mean() < 0.99


def test_places_scatter_as_their_errors_say(made: Made, found: dict[str, Detections]) -> None:
    cos = np.cos(np.radians(_true(found, "dec")))
    for name, scale in (("ra", cos), ("dec", 1.0)):
        off = (_all(made, f"coord_{name}") - _true(found, name)) * scale
        pull = off / _all(made, f"coord_{name}Err")
        assert np.isfinite(pull).all()
        assert _spread(pull) == pytest.approx(1, abs=0.06)


def test_the_reference_band_gives_place_and_shape(made: Made) -> None:
    bands = _all(made, "refBand")
    assert set(bands) <= set(BANDS)
    for band in "ri":
        pick = bands == band
        assert pick.sum() > 100
        assert np.array_equal(_all(made, "coord_ra")[pick], _all(made, f"{band}_ra")[pick])
        mine = _all(made, f"{band}_ixx")[pick]
        assert np.array_equal(_all(made, "shape_xx")[pick], mine, equal_nan=True)
        extended = _all(made, f"{band}_extendedness")[pick]
        assert np.array_equal(_all(made, "refExtendedness")[pick], extended, equal_nan=True)


def test_pixels_and_degrees_agree(made: Made, found: dict[str, Detections]) -> None:
    for name, frame in made.items():
        x, y = found[name].tract.wcs.sky_to_pixel(frame["coord_ra"], frame["coord_dec"])
        # As far as both were rounded.
        assert np.all(np.abs(x - frame["x"]) < 0.03 * frame["xErr"])
        assert np.all(np.abs(y - frame["y"]) < 0.03 * frame["yErr"])


def test_magnitudes_are_those_of_the_fluxes(made: Made) -> None:
    flux, magnitude = _all(made, "r_psfFlux"), _all(made, "r_psfMag")
    good = np.nan_to_num(flux) > 0
    off = 31.4 - 2.5 * np.log10(flux[good]) - magnitude[good]
    assert np.all(np.abs(off) < 0.02 * np.maximum(_all(made, "r_psfMagErr")[good], 1e-3))


def test_digits_without_meaning_are_gone(made: Made) -> None:
    values = _all(made, "i_psfFluxErr")
    values = values[np.isfinite(values)]
    assert len(np.unique(values)) < len(values) / 2


def test_large_surveys_have_the_main_columns(sky: Sky, made: Made) -> None:
    narrow = next(iter(object_rows(sky, replace(TINY, wide=False), 1, "dp1")))
    assert 120 < len(narrow) < 200
    assert {"objectId", "coord_ra", "coord_dec", "r_psfFlux", "r_cModelFlux"} <= narrow.keys()
    wide = made[FIELDS[0].name]
    for name in ("r_psfFlux", "r_cModelFlux", "r_ixx", "coord_ra", "refExtendedness"):
        assert np.array_equal(narrow[name], wide[name], equal_nan=True), name
