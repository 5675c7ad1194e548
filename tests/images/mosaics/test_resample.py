"""Images on other pixels: stars are at their places, and their light is all there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.wcs import WCS

from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.mosaics import resample
from lsp_jupyter.images.mosaics.grid import Grid
from lsp_jupyter.images.mosaics.resample import METHODS, Planes, resampled
from tests.images.stars import SKY, STARS, found, inside, make


def planes_of(path: Path) -> tuple[Planes, WCS]:
    with ExposureFile(path) as file:
        image, variance, mask, wcs = file.image(), file.variance(), file.mask(), file.wcs()
    assert variance is not None
    assert mask is not None
    assert wcs is not None
    return Planes(image.array, variance.array, mask.array), wcs.to_astropy()


def on_grid(planes: Planes, wcs: WCS, grid: Grid, method: str, **more: Any) -> Planes:
    """All rows together; NaN where there are none."""
    shape = grid.rows, grid.columns
    whole = Planes(
        np.full(shape, np.nan, np.float32),
        np.full(shape, np.nan, np.float32),
        np.zeros(shape, np.int32),
    )
    for part in resampled(planes, wcs, grid, method, **more):
        whole.image[part.box.slices] = part.image
        whole.variance[part.box.slices] = part.variance
        whole.mask[part.box.slices] = part.mask
    return whole


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "frame", [{"turn": 33.0}, {"scale": 0.15, "flip": True}, {"scale": 0.28}], ids=str
)
def test_stars_keep_their_places_and_their_light(
    method: str, frame: dict[str, Any], tmp_path: Path
) -> None:
    planes, wcs = planes_of(make(tmp_path / "a.fits", noise=1.0, **frame))
    grid = Grid.circle(150.0, 2.0, 0.005, 0.2)
    made = on_grid(planes, wcs, grid, method).image
    stars = np.array(STARS)
    x, y = grid.wcs.all_world2pix(stars[:, 0], stars[:, 1], 0)
    source = wcs.all_world2pix(stars[:, 0], stars[:, 1], 0)
    seen = inside(list(zip(x, y, strict=True)), made.shape, 12)
    seen &= inside(list(zip(*source, strict=True)), planes.image.shape, 18)
    assert seen.sum() >= 4
    far = []
    for column, row, flux in zip(x[seen], y[seen], stars[seen, 2], strict=True):
        place = found(made, column, row)
        far.append(np.hypot(place[0] - column, place[1] - row))
        assert place[2] == pytest.approx(flux, rel=0.1 if method == "nearest" else 0.03)
    # The nearest pixel may be half a pixel away; all others know better.
    assert max(far) < (0.4 if method == "nearest" else 0.1)


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "exact"])
def test_the_place_is_right_where_the_sky_is_curved(method: str, tmp_path: Path) -> None:
    planes, wcs = planes_of(make(tmp_path / "a.fits", noise=0.1, kind="TAN-SIP", dec=88.0))
    grid = Grid.circle(150.0, 88.0, 0.004, 0.2)
    made = on_grid(planes, wcs, grid, method).image
    x, y = np.meshgrid(np.arange(20, 120, 10.0), np.arange(20, 120, 10.0))
    sky = grid.wcs.all_pix2world(x, y, 0)
    there = wcs.all_world2pix(*sky, 0)
    ramp = Planes(np.indices(planes.image.shape, np.float32)[1], planes.variance, planes.mask)
    values = on_grid(ramp, wcs, grid, method, flux=False).image[y.astype(int), x.astype(int)]
    np.testing.assert_allclose(values, there[0], atol=0.01)
    assert np.isfinite(made).any()


@pytest.mark.parametrize(
    ("method", "scale"),
    [
        pytest.param(method, scale, marks=[pytest.mark.soak] * (slow and scale < 0.4))
        for method in METHODS
        for scale in (0.1, 0.2, 0.4)
        for slow in [method in ("adaptive", "exact")]
    ],
)
def test_errors_of_sums_are_right(method: str, scale: float, tmp_path: Path) -> None:
    planes, wcs = planes_of(make(tmp_path / "a.fits", turn=20.0, side=240, ra=151.0))
    grid = Grid.circle(151.0, 2.0, 0.0045, scale)
    made = on_grid(planes, wcs, grid, method)
    side = round(4 / scale)
    sums, errors = [], []
    for row in range(0, grid.rows - side, side):
        for column in range(0, grid.columns - side, side):
            part = slice(row, row + side), slice(column, column + side)
            sums.append(np.nansum(made.image[part]))
            errors.append(np.sqrt(np.nansum(made.variance[part])))
    # Of some sixty sums the scatter is known to a tenth.
    assert len(sums) >= 49
    assert np.std(sums) == pytest.approx(np.mean(errors), rel=0.35)


def test_surface_brightness_stays(tmp_path: Path) -> None:
    planes, wcs = planes_of(make(tmp_path / "a.fits", ra=151.0))
    flat = Planes(np.full_like(planes.image, 7), planes.variance, planes.mask)
    grid = Grid.circle(151.0, 2.0, 0.003, 0.4)
    assert np.nanmedian(on_grid(flat, wcs, grid, "bilinear", flux=False).image) == 7
    per_pixel = on_grid(flat, wcs, grid, "bilinear").image
    assert np.nanmedian(per_pixel) == pytest.approx(28, rel=1e-4)


def test_pixels_without_a_value_stay_without(tmp_path: Path) -> None:
    planes, wcs = planes_of(make(tmp_path / "a.fits"))
    planes.image[100, 100] = np.nan
    planes.mask[50, 60] = 8
    grid = Grid.of_cards({"NAXIS1": 200, "NAXIS2": 200, **wcs.to_header()})
    for method in ("nearest", "bilinear", "bicubic"):
        made = on_grid(planes, wcs, grid, method)
        assert np.isnan(made.image[100, 100])
        assert np.isfinite(made.image[90, 90])
        assert (made.mask[50, 60], made.mask[50, 61]) == (8, 0)
        # On its own pixels an image stays what it was.
        np.testing.assert_allclose(made.image[10:90, 10:90], planes.image[10:90, 10:90], atol=0.2)
    assert SKY > 1


def test_rows_at_a_time_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planes, wcs = planes_of(make(tmp_path / "a.fits", turn=45.0))
    grid = Grid.circle(150.0, 2.0, 0.006, 0.2)
    whole = on_grid(planes, wcs, grid, "bicubic")
    monkeypatch.setattr(resample, "_AT_ONCE", 1)
    parts = list(resampled(planes, wcs, grid, "bicubic"))
    assert len(parts) > 2
    for part in parts:
        np.testing.assert_allclose(part.image, whole.image[part.box.slices], rtol=1e-3, atol=0.01)


def test_an_image_elsewhere_gives_nothing(tmp_path: Path) -> None:
    planes, wcs = planes_of(make(tmp_path / "a.fits"))
    for ra, dec in ((151.0, 2.0), (330.0, -2.0), (150.0, -88.0)):
        assert not list(resampled(planes, wcs, Grid.circle(ra, dec, 0.01, 0.2), "bilinear"))
