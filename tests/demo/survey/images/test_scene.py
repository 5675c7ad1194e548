from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.images.scene import View, add_changes, render, statics
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.sizes import SIZES
from lsp_jupyter.demo.survey.truth.sky import Objects, Sky, Tile

PLACE = field("ECDFS")


class Few(Sky):
    """A sky of some objects only."""

    def __init__(self, objects: Objects) -> None:
        super().__init__(SIZES["tiny"], 1)
        self._few = objects

    def objects(self, tile: Tile) -> Objects:
        return self._few


def few(x: list[float], y: list[float], view: View, **columns: object) -> Few:
    count = len(x)
    ra, dec = view.wcs.pixel_to_sky(np.array(x), np.array(y))
    empty = {
        name: np.zeros(count)
        for name in Objects.__slots__
        if name not in ("field", "ra", "dec", "flux", "galaxy")
    }
    made = Objects(
        field=PLACE,
        ra=ra,
        dec=dec,
        flux=np.full((count, 6), 1000.0),
        galaxy=np.zeros(count, bool),
        **empty,
    )
    return Few(replace(made, **columns))


def view_of(angle: float = 0.0, shape: tuple[int, int] = (100, 120)) -> View:
    wcs = TangentWcs.of(PLACE.ra, PLACE.dec, 60.0, 50.0, 0.2, angle)
    return View(PLACE, "r", wcs, shape, Psf(2.3), 0.01)


@pytest.mark.parametrize("angle", [0.0, 77.0])
def test_points_are_where_they_belong(angle: float) -> None:
    view = view_of(angle)
    sky = few([40.37, 90.0], [61.81, 20.5], view)
    image = render(view, statics(sky, view))
    expected = np.zeros(view.shape)
    y, x = np.indices(view.shape)
    for x0, y0 in ((40.37, 61.81), (90.0, 20.5)):
        expected += 1000 * view.psf(np.hypot(x - x0, y - y0))
    assert np.abs(image - expected).max() < 1e-3 * expected.max()


def test_what_is_beside_the_image_shines_in_and_what_is_far_does_not() -> None:
    view = view_of()
    image = render(view, statics(few([-3.0], [50.0], view), view))
    assert image[50, 0] > 0.1 * 1000 * view.psf.peak
    assert image[50, 60:].max() < 1e-3 * image.max()
    assert not render(view, statics(few([-300.0], [50.0], view), view)).any()


@pytest.mark.parametrize("angle", [0.0, 130.0])
@pytest.mark.parametrize("bulge", [0.0, 1.0])
def test_galaxies_point_to_their_position_angle(angle: float, bulge: float) -> None:
    view = view_of(angle, (241, 241))
    view = replace(view, wcs=replace(view.wcs, x0=120.0, y0=120.0))
    one = np.ones(1)
    sky = few(
        [120.0],
        [120.0],
        view,
        galaxy=np.array([True]),
        bulge=one * bulge,
        bulge_radius=one * 1.5,
        disk_radius=one * 3.0,
        axis_ratio=one * 0.4,
        angle=one * 35.0,
    )
    image = render(view, statics(sky, view))
    assert image.sum() == pytest.approx(1000, rel=0.02)
    y, x = np.indices(image.shape)
    xi, eta = (
        (view.wcs.cd[0] * (x - 120) + view.wcs.cd[1] * (y - 120)) * 3600,
        (view.wcs.cd[2] * (x - 120) + view.wcs.cd[3] * (y - 120)) * 3600,
    )
    inner = np.hypot(xi, eta) < 6
    east, north, both = ((image * part)[inner].sum() for part in (xi**2, eta**2, xi * eta))
    turned = np.degrees(0.5 * np.arctan2(2 * both, north - east))
    assert turned == pytest.approx(35.0, abs=1.0)


def test_half_of_a_disks_light_is_within_its_radius() -> None:
    view = replace(view_of(0, (301, 301)), psf=Psf(1.3))
    view = replace(view, wcs=replace(view.wcs, x0=150.0, y0=150.0))
    one = np.ones(1)
    sky = few(
        [150.0],
        [150.0],
        view,
        galaxy=np.array([True]),
        disk_radius=one * 4.0,
        axis_ratio=one,
    )
    image = render(view, statics(sky, view))
    y, x = np.indices(image.shape)
    within = np.hypot(x - 150, y - 150) < 20
    assert image[within].sum() / 1000 == pytest.approx(0.5, abs=0.015)


def test_changes_are_the_light_that_is_not_constant() -> None:
    sky = Sky(SIZES["tiny"], 1)
    deep = sky.supernovae(PLACE)
    mjd = 60_640.0
    flux = deep.flux("r", mjd)
    brightest = int(np.argmax(flux))
    assert flux[brightest] > 500
    wcs = TangentWcs.of(deep.ra[brightest], deep.dec[brightest], 30.25, 20.5, 0.2)
    view = View(PLACE, "r", wcs, (41, 61), Psf(2.0), 1.0)
    image = np.zeros(view.shape, np.float32)
    add_changes(image, sky, view, mjd, 30.0)
    y, x = np.indices(view.shape)
    expected = flux[brightest] * view.psf(np.hypot(x - 30.25, y - 20.5))
    near = np.hypot(x - 30.25, y - 20.5) < 6
    assert np.abs(image - expected)[near].max() < 0.02 * expected.max()
