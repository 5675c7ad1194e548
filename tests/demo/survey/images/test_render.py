from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from lsp_jupyter.demo.survey.images.dataset import TYPES, Dataset
from lsp_jupyter.demo.survey.images.mask import PLANES, bit
from lsp_jupyter.demo.survey.images.plan import Unit, plan
from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.images.render import render
from lsp_jupyter.demo.survey.observing.camera import GAIN, SATURATION
from lsp_jupyter.demo.survey.observing.fields import BANDS, FIELDS
from lsp_jupyter.demo.survey.sizes import SIZES
from lsp_jupyter.demo.survey.truth.sky import Sky

TINY, SEED = SIZES["tiny"], 1
SKY_PIXELS = bit(*(name for name in PLANES if name not in ("INEXACT_PSF", "SENSOR_EDGE")))


@dataclass
class Made:
    units: tuple[Unit, ...]
    datasets: list[Dataset]
    sky: Sky

    def of(self, kind: str) -> Iterator[Dataset]:
        return (one for one in self.datasets if one.type == kind)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    sky = Sky(TINY, SEED)
    units = plan(sky, TINY, SEED)
    folder = tmp_path_factory.mktemp("images")
    return Made(units, list(render(TINY, SEED, folder, units, sky)), sky)


def planes(dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with fits.open(dataset.path) as file:
        return tuple(file[name].data for name in ("IMAGE", "MASK", "VARIANCE"))


def psf_of(dataset: Dataset) -> Psf:
    return Psf(fits.getheader(dataset.path, "PSF")["PSFSIGMA"])


def test_makes_what_was_planned(made: Made) -> None:
    assert [one.type for one in made.datasets] == [
        kind for unit in made.units for kind in unit.types
    ]
    for one in made.datasets:
        assert one.path.is_file()
        assert tuple(sorted(one.data_id)) == tuple(sorted(TYPES[one.type]))
    assert len({one.path for one in made.datasets}) == len(made.datasets)


def test_files_hold_planes_and_say_where_they_are(made: Made) -> None:
    for one in made.datasets:
        with fits.open(one.path) as file:
            names = [hdu.name for hdu in file]
            header = file["IMAGE"].header
            if one.type == "raw":
                assert names == ["PRIMARY", "IMAGE"]
                assert file["IMAGE"].data.dtype == np.int32
            elif one.wcs is None:
                assert names == ["PRIMARY", "IMAGE", "MASK", "VARIANCE"]
                continue
            else:
                assert names == ["PRIMARY", "IMAGE", "MASK", "VARIANCE", "PSF"]
                assert file["IMAGE"].data.shape == (one.height, one.width)
                assert header["BUNIT"] == "nJy"
                assert (header["LTV1"], header["LTV2"]) == (-one.x, -one.y)
                assert file["MASK"].header["MP_DETECTED_NEGATIVE"] == 6
                assert file["PSF"].data.sum() == pytest.approx(1, abs=0.01)
            x, y = np.array([0.0, 33.3]), np.array([200.0, 11.1])
            theirs = WCS(header).all_pix2world(x, y, 0)
            assert np.allclose(theirs, one.wcs.pixel_to_sky(x, y), atol=1e-9, rtol=0)


def test_headers_have_the_standard_keywords(made: Made) -> None:
    one = next(made.of("visit_image"))
    header = fits.getheader(one.path)
    assert one.visit is not None
    assert header["INSTRUME"] == "LSSTComCam"
    assert header["OBSID"].startswith(f"CC_O_{one.visit.day_obs}_")
    assert header["VISIT"] == one.data_id["visit"]
    assert header["DETECTOR"] == one.data_id["detector"]
    assert header["MJD-AVG"] == pytest.approx(one.visit.mjd, abs=1e-9)
    assert header["TIMESYS"] == "TAI"
    assert header["DATE-OBS"] < header["DATE-AVG"] < header["DATE-END"]
    assert header["FILTER"] == one.visit.physical_filter
    assert header["MAGZERO"] == 31.4
    assert {"AIRMASS", "SEEING", "EXPTIME", "RA", "DEC", "SATURATE"} <= set(header)
    coadd = next(made.of("deep_coadd"))
    header = fits.getheader(coadd.path)
    assert header["TRACT"] == coadd.data_id["tract"]
    assert header["PATCH"] == coadd.data_id["patch"]
    assert header["NVISITS"] >= 2


def test_pixels_are_compressed_in_square_tiles(made: Made) -> None:
    one = next(made.of("deep_coadd"))
    with fits.open(one.path, disable_image_compression=True) as file:
        for name, kind in (("IMAGE", "RICE_1"), ("MASK", "PLIO_1"), ("VARIANCE", "RICE_1")):
            header = file[name].header
            assert header["ZCMPTYPE"] == kind
            assert (header["ZTILE1"], header["ZTILE2"]) == (128, 128)


@pytest.mark.parametrize(
    "kind", ["visit_image", "difference_image", "deep_coadd", "template_coadd"]
)
def test_variance_is_that_of_the_empty_sky(made: Made, kind: str) -> None:
    ratios = []
    for one in made.of(kind):
        image, mask, variance = planes(one)
        empty = mask & SKY_PIXELS == 0
        if empty.sum() > 5000:
            values = image[empty] / np.sqrt(variance[empty])
            # From the middle of the distribution: what is not quite detected brightens it.
            low, high = np.quantile(values, [0.1587, 0.5])
            ratios.append(high - low)
    assert ratios
    assert np.median(ratios) == pytest.approx(1, abs=0.03)
    assert np.max(np.abs(np.array(ratios) - 1)) < 0.12


def _stars(made: Made, one: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels and fluxes of stars that nothing bright is near to."""
    name = fits.getheader(one.path)["OBJECT"]
    field = next(each for each in FIELDS if each.name == name)
    objects = made.sky.objects(made.sky.tiles(field)[0])
    mjd = one.visit.mjd if one.visit else fits.getheader(one.path)["MJD-AVG"]
    assert one.wcs is not None
    x, y = one.wcs.sky_to_pixel(*made.sky.positions(objects, mjd))
    band = fits.getheader(one.path)["BAND"]
    flux = objects.flux[:, BANDS.index(band)]
    inside = (x > 15) & (x < one.width - 16) & (y > 15) & (y < one.height - 16)
    steady = ~objects.galaxy & (objects.variable == 0) & (objects.gaia == 0)
    chosen = []
    for i in np.flatnonzero(inside & steady & (flux > 500)):
        away = np.hypot(x - x[i], y - y[i])
        away[i] = np.inf
        if (flux[away < 15] < 0.03 * flux[i]).all():
            chosen.append(i)
    return x[chosen], y[chosen], flux[chosen]


def _measured(
    image: np.ndarray, variance: np.ndarray, psf: Psf, x: float, y: float
) -> tuple[float, float, float, float]:
    """Flux and its error by the point-spread function, and the shift of the centroid."""
    column, row = round(x), round(y)
    half = 12
    part = (slice(row - half, row + half + 1), slice(column - half, column + half + 1))
    model = psf.image(2 * half + 1, x - column, y - row)
    weight = 1 / np.median(variance[part])
    flux = float((image[part] * model).sum() / (model**2).sum())
    error = float((model**2).sum() * weight) ** -0.5
    # Linearised: how the residual looks like the model's slope.
    slope_y, slope_x = np.gradient(model)
    rest = image[part] - flux * model
    return (
        flux,
        error,
        float(-(rest * slope_x).sum() / (slope_x**2).sum() / flux),
        float(-(rest * slope_y).sum() / (slope_y**2).sum() / flux),
    )


def test_sources_are_where_the_catalogue_says_and_as_bright(made: Made) -> None:
    shifts, ratios = [], []
    for kind in ("visit_image", "deep_coadd"):
        for one in made.of(kind):
            image, mask, variance = planes(one)
            psf = psf_of(one)
            for x, y, flux in zip(*_stars(made, one), strict=True):
                near = mask[round(y) - 12 : round(y) + 13, round(x) - 12 : round(x) + 13]
                if (near & bit("SAT", "NO_DATA", "SUSPECT", "BAD", "CR") != 0).any():
                    continue
                found, error, dx, dy = _measured(image, variance, psf, x, y)
                if flux > 20 * error:
                    shifts.append((dx, dy))
                    ratios.append(found / flux)
    shifts = np.array(shifts)
    assert len(shifts) > 100
    assert np.median(np.hypot(*shifts.T)) < 0.1
    # Nor is there a common offset.
    assert np.abs(np.median(shifts, axis=0)).max() < 0.01
    assert np.median(ratios) == pytest.approx(1, abs=0.01)
    assert np.quantile(np.abs(np.array(ratios) - 1), 0.8) < 0.05


def test_depth_is_that_of_the_visit(made: Made) -> None:
    for one in made.of("visit_image"):
        assert one.visit is not None
        variance = planes(one)[2]
        area = 1 / (psf_of(one).image(61) ** 2).sum()
        limit = 5 * (np.quantile(variance, 0.02) * area) ** 0.5
        assert 31.4 - 2.5 * np.log10(limit) == pytest.approx(one.visit.depth, abs=0.02)


def test_supernova_is_in_the_difference_as_bright_as_the_truth(made: Made) -> None:
    compared = 0
    for one in made.of("difference_image"):
        field = next(each for each in FIELDS if each.name == fits.getheader(one.path)["OBJECT"])
        truth = made.sky.supernovae(field)
        assert one.visit is not None
        assert one.wcs is not None
        image, _, variance = planes(one)
        expected = truth.flux(one.visit.band, one.visit.mjd)
        x, y = one.wcs.sky_to_pixel(truth.ra, truth.dec)
        inside = (x > 15) & (x < one.width - 16) & (y > 15) & (y < one.height - 16)
        for i in np.flatnonzero(inside):
            flux, error, _, _ = _measured(image, variance, psf_of(one), x[i], y[i])
            if np.isfinite(flux):
                assert flux == pytest.approx(expected[i], abs=4.5 * error + 0.01 * expected[i])
                compared += expected[i] > 5 * error
    assert compared >= 2


def test_raw_image_reduces_to_the_visit_image(made: Made) -> None:
    raw, bias, flat = (next(made.of(kind)) for kind in ("raw", "bias", "flat"))
    assert raw.visit is not None
    visit = next(
        one
        for one in made.of("visit_image")
        if one.visit == raw.visit and one.data_id["detector"] == raw.data_id["detector"]
    )
    with fits.open(raw.path) as file:
        counts, header = file["IMAGE"].data.astype(float), file[0].header
    pixels = TINY.pixels
    assert header["DATASEC"] == f"[1:{pixels},1:{pixels}]"
    assert header["BIASSEC"] == f"[{pixels + 1}:{pixels + 64},1:{pixels}]"
    level = np.median(counts[:, pixels + 2 :])
    light = counts[:, :pixels] - level - fits.getdata(bias.path, "IMAGE")
    electrons = light * GAIN / fits.getdata(flat.path, "IMAGE")
    reduced = (electrons - raw.visit.sky) / raw.visit.electrons
    image, mask, variance = planes(visit)
    good = mask & bit("SAT", "INTRP") == 0
    rest = ((reduced - image) / np.sqrt(variance))[good]
    # Rounding, calibrations' own noise, and packing.
    assert rest.std() < 0.45
    assert abs(np.median(rest)) < 0.1
    rays = mask & bit("CR") != 0
    if rays.any():
        assert (reduced[rays] > image[rays]).mean() > 0.9


def test_saturated_stars_are_masked(made: Made) -> None:
    found = 0
    for one in made.of("visit_image"):
        image, mask, _ = planes(one)
        assert one.visit is not None
        limit = (SATURATION - one.visit.sky) / one.visit.electrons
        assert np.nanmax(image) <= limit * 1.001
        full = mask & bit("SAT") != 0
        assert image[full] == pytest.approx(limit, rel=1e-3)
        found += bool(full.any())
    assert found


def test_parts_come_out_the_same_as_the_whole(made: Made, tmp_path: Path) -> None:
    some = [unit for unit in made.units if unit.visit][-1:] + [
        unit for unit in made.units if unit.patch is not None
    ][-2:]
    again = {one.path.name: one.path for one in render(TINY, SEED, tmp_path, some)}
    whole = {one.path.name: one.path for one in made.datasets}
    assert len(again) >= 3
    for name, path in again.items():
        assert path.read_bytes() == whole[name].read_bytes()


def test_corners_go_around(made: Made) -> None:
    one = next(made.of("deep_coadd"))
    ra, dec = one.corners()
    assert one.wcs is not None
    x, y = one.wcs.sky_to_pixel(ra, dec)
    assert x == pytest.approx([-0.5, one.width - 0.5, one.width - 0.5, -0.5])
    assert y == pytest.approx([-0.5, -0.5, one.height - 0.5, one.height - 0.5])
    with pytest.raises(ValueError, match="bias"):
        next(made.of("bias")).corners()


def test_real_stars_saturate(tmp_path: Path) -> None:
    small = SIZES["small"]
    sky = Sky(small, SEED)
    field = next(one for one in FIELDS if one.name == "Seagull")
    units = [unit for unit in plan(sky, small, SEED) if unit.field == field and unit.visit]
    objects = sky.objects(sky.tiles(field)[0])
    real = objects.gaia != 0
    assert real.any()
    one = next(render(small, SEED, tmp_path, units[:1], sky))
    assert one.wcs is not None
    x, y = one.wcs.sky_to_pixel(objects.ra[real], objects.dec[real])
    inside = (x > 0) & (x < one.width - 1) & (y > 0) & (y < one.height - 1)
    assert inside.any()
    mask = planes(one)[1]
    assert (mask[y[inside].round().astype(int), x[inside].round().astype(int)] & bit("SAT")).all()
