"""The rendering against GalSim, which has no part in making the survey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.images.scene import View, render, statics
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.sizes import PIXEL, SIZES
from lsp_jupyter.demo.survey.truth.sky import Objects, Sky, Tile

pytestmark = pytest.mark.soak
galsim = pytest.importorskip("galsim")

PLACE = field("ECDFS")
SHAPE = (161, 181)
FLUX = 1e5


class Few(Sky):
    """A sky of some objects only."""

    def __init__(self, objects: Objects) -> None:
        super().__init__(SIZES["tiny"], 1)
        self._few = objects

    def objects(self, tile: Tile) -> Objects:
        return self._few


def rendered(sigma: float, turn: float, x: float, y: float, **columns: float) -> np.ndarray:
    wcs = TangentWcs.of(PLACE.ra, PLACE.dec, 90.0, 80.0, PIXEL, turn)
    view = View(PLACE, "i", wcs, SHAPE, Psf(sigma), FLUX * 1e-7)
    ra, dec = wcs.pixel_to_sky(np.array([x]), np.array([y]))
    names = [name for name in Objects.__slots__ if name != "field"]
    empty = Objects(field=PLACE, **{name: np.zeros(1) for name in names})
    objects = replace(
        empty,
        ra=ra,
        dec=dec,
        flux=np.full((1, 6), FLUX),
        galaxy=np.array([bool(columns)]),
        **{name: np.array([value]) for name, value in columns.items()},
    )
    return render(view, statics(Few(objects), view))


def theirs(sigma: float, turn: float, x: float, y: float, **columns: float) -> np.ndarray:
    psf = Psf(sigma)
    light = galsim.Sum(
        [
            galsim.Gaussian(sigma=width * PIXEL, flux=weight)
            for weight, width in zip(psf.weights, psf.widths, strict=True)
        ]
    )
    if columns:
        bulge = galsim.DeVaucouleurs(half_light_radius=columns["bulge_radius"])
        disk = galsim.Exponential(half_light_radius=columns["disk_radius"])
        galaxy = columns["bulge"] * bulge + (1 - columns["bulge"]) * disk
        ratio = columns["axis_ratio"]
        # Radii are along the major axis; shearing keeps their geometric mean.
        galaxy = galaxy.shear(galsim.Shear(q=ratio, beta=0 * galsim.degrees)).dilate(ratio**0.5)
        # The y axis is at the camera's angle from north, and angles grow to the left of it.
        galaxy = galaxy.rotate((90 - turn + columns["angle"]) * galsim.degrees)
        light = galsim.Convolve(light, galaxy)
    image = galsim.ImageD(SHAPE[1], SHAPE[0], scale=PIXEL)
    at = galsim.PositionD(x + 1, y + 1) - image.true_center
    # The point-spread function has the pixels' size in it already.
    (light * FLUX).drawImage(image, method="no_pixel", offset=at)
    return np.asarray(image.array)


GALAXY = {"bulge_radius": 0.6, "disk_radius": 0.9, "axis_ratio": 0.6, "angle": 25.0}


@pytest.mark.parametrize("sigma", [1.4, 2.3, 3.5])
@pytest.mark.parametrize(("x", "y"), [(90.0, 80.0), (88.31, 82.77)])
def test_points(sigma: float, x: float, y: float) -> None:
    ours, other = rendered(sigma, 40.0, x, y), theirs(sigma, 40.0, x, y)
    assert np.abs(ours - other).max() < 2e-3 * other.max()
    assert ours.sum() == pytest.approx(other.sum(), rel=2e-3)


@pytest.mark.parametrize("turn", [0.0, 110.0])
@pytest.mark.parametrize("bulge", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("scale", [0.4, 1.0, 2.0])
def test_galaxies(turn: float, bulge: float, scale: float) -> None:
    columns = GALAXY | {"bulge": bulge}
    columns |= {name: columns[name] * scale for name in ("bulge_radius", "disk_radius")}
    place = (2.1, turn, 91.4, 79.2)
    ours, other = rendered(*place, **columns), theirs(*place, **columns)
    # Bulges end at ten of their radii, so that what is within has some per cent more.
    assert np.abs(ours - other).max() < (0.01 + 0.03 * bulge) * other.max()
    y, x = np.indices(SHAPE)
    for radius in (5, 10, 20):
        within = np.hypot(x - 91.4, y - 79.2) < radius
        assert ours[within].sum() == pytest.approx(other[within].sum(), rel=0.01 + 0.04 * bulge)
    # The shape is the same.
    for part in ((x - 91.4) ** 2, (y - 79.2) ** 2, (x - 91.4) * (y - 79.2)):
        near = np.hypot(x - 91.4, y - 79.2) < 15
        mine, yours = (float((image * part)[near].sum()) for image in (ours, other))
        size = float((other * ((x - 91.4) ** 2 + (y - 79.2) ** 2))[near].sum())
        assert abs(mine - yours) < 0.04 * size
