"""Patches cover their tract once, and with their borders a little more."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.fields import FIELDS, field
from lsp_jupyter.demo.survey.observing.skymap import PATCHES, tract, tracts
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import SIZES

SMALL = SIZES["small"]


def test_every_field_has_a_tract_with_the_field_in_its_middle() -> None:
    for one, its in zip(FIELDS, tracts(SMALL), strict=True):
        assert its.id == one.tract
        assert its.find(np.array([one.ra]), np.array([one.dec]))[0] == PATCHES**2 // 2
    with pytest.raises(KeyError):
        field("M31")


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_a_position_is_inside_its_patch(one: object) -> None:
    its = tract(one, SMALL)  # type: ignore[arg-type]
    width = its.inner * PATCHES
    random = np.random.default_rng(1)
    x, y = random.uniform(-0.4, width - 0.6, (2, 500))
    ra, dec = its.wcs.pixel_to_sky(x, y)
    for number, ra_of, dec_of in zip(its.find(ra, dec), ra, dec, strict=True):
        patch = its.patch(int(number))
        wcs = its.patch_wcs(patch)
        (px,), (py,) = wcs.sky_to_pixel(np.array([ra_of]), np.array([dec_of]))
        low, high = its.border - 0.5, its.border + its.inner - 0.5
        assert low - 1e-6 <= px < high + 1e-6
        assert low - 1e-6 <= py < high + 1e-6
        assert patch.width == its.inner + 2 * its.border


def test_what_the_camera_sees_is_in_the_tract() -> None:
    for visit in schedule(SMALL, 1)[::5]:
        its = tract(visit.field, SMALL)
        reach = 1.5 * SMALL.pixels * (1 + 1 / 80)
        x, y = its.wcs.sky_to_pixel(np.array([visit.ra]), np.array([visit.dec]))
        edge = its.inner * PATCHES
        assert reach < x[0] < edge - reach
        assert reach < y[0] < edge - reach
