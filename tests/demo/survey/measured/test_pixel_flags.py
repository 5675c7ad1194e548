from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.sensor import defects
from lsp_jupyter.demo.survey.measured.pixel_flags import footprint_radius, pixel_flags
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import size

TINY = size("tiny")
VISIT = schedule(TINY, 1)[0]


def _flags(n: int = 4000) -> tuple[dict[str, np.ndarray], tuple[np.ndarray, ...], np.ndarray]:
    random = np.random.default_rng(3)
    place = (
        random.integers(0, 9, n),
        random.uniform(0, TINY.pixels - 1, n),
        random.uniform(0, TINY.pixels - 1, n),
    )
    full = random.uniform(0.5, 1.3, n)
    reach = random.uniform(3, 12, n)
    ids = np.arange(n) + 2**55
    flags = pixel_flags(VISIT, ids, place, reach, full, size=TINY, seed=1)
    return flags, (*place, full), reach


def test_bad_pixels_are_those_of_the_images() -> None:
    flags, (detector, x, y, _), reach = _flags()
    shape = (TINY.pixels, TINY.pixels)
    for row in range(0, 4000, 7):
        bad = defects(int(detector[row]), shape, 1)
        for name, radius in (("bad", reach[row]), ("interpolatedCenter", 1.0)):
            spans = [
                slice(max(0, round(at - radius)), round(at + radius) + 1) for at in (y[row], x[row])
            ]
            found = bad[tuple(spans)].any()
            if name == "bad":
                assert flags["bad"][row] == found
            else:
                assert flags[name][row] or not found
    assert 0 < flags["bad"].mean() < 0.3


def test_flags_say_what_they_say() -> None:
    flags, (_, x, y, full), reach = _flags()
    assert (flags["saturatedCenter"] == (full > 1)).all()
    assert (flags["suspect"] == (full > 0.9)).all()
    margin = np.minimum(np.minimum(x, 255 - x), np.minimum(y, 255 - y))
    assert flags["edge"][margin < 3].all()
    assert not flags["edge"][margin > reach + 4 * VISIT.psf_sigma].any()
    for name in ("cr", "interpolated"):
        assert not (flags[f"{name}Center"] & ~flags[name]).any()
    assert not flags["offimage"].any()
    assert 0 < flags["cr"].mean() < 0.01


def test_brighter_sources_have_larger_footprints() -> None:
    radius = footprint_radius(np.full(3, 2.0), np.array([3.0, 10.0, 1000.0]))
    assert radius[0] == pytest.approx(4.8)
    # A Gaussian smoothed by itself, 200 times the threshold at its middle, falls to it here.
    edge = radius[2] - radius[0]
    assert 200 * np.exp(-(edge**2) / 4 / 2.0**2) == pytest.approx(1)
    assert radius[1] < radius[2]
