from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.mask import PLANES, bit, detect, edge, grow
from lsp_jupyter.demo.survey.images.psf import Psf


def test_bits_are_rubins() -> None:
    assert PLANES["BAD"] == 0
    assert PLANES["SAT"] == 1
    assert PLANES["NO_DATA"] == 8
    assert len(set(PLANES.values())) == len(PLANES)
    assert bit("SAT", "CR") == 2 + 8


def test_detects_what_stands_out() -> None:
    psf = Psf(2.0)
    random = np.random.default_rng(5)
    image = random.standard_normal((201, 255)).astype(np.float32) * 3
    variance = np.full(image.shape, 9, np.float32)
    stamp = psf.image(41)
    # Noise of a point's flux: 3 * sqrt(4 pi sigma^2) = 21.
    image[80:121, 60:101] += (21 * 15 * stamp).astype(np.float32)
    image[80:121, 160:201] -= (21 * 15 * stamp).astype(np.float32)
    image[150:, :20] = np.nan
    mask = np.zeros(image.shape, np.int32)
    detect(mask, image, variance, psf, negative=True)
    assert mask[100, 80] == bit("DETECTED")
    assert mask[100, 180] == bit("DETECTED_NEGATIVE")
    assert (mask != 0).mean() < 0.02
    assert not mask[150:, :20].any()
    alone = np.zeros(image.shape, np.int32)
    detect(alone, image, variance, psf)
    assert alone[100, 80] == bit("DETECTED")
    assert alone[100, 180] == 0


def test_faint_things_are_not_detected() -> None:
    random = np.random.default_rng(6)
    image = random.standard_normal((256, 256)).astype(np.float32)
    mask = np.zeros(image.shape, np.int32)
    detect(mask, image, np.ones(image.shape, np.float32), Psf(2.0))
    assert not mask.any()


@pytest.mark.parametrize("radius", [1, 2, 5])
def test_growing_reaches_as_far_as_it_says(radius: int) -> None:
    flags = np.zeros((31, 31), bool)
    flags[15, 15] = True
    grown = grow(flags, radius)
    assert flags.sum() == 1
    assert grown[15, 15 - radius : 16 + radius].all()
    assert grown[15].sum() == grown[:, 15].sum() == 2 * radius + 1
    if radius > 1:
        assert not grown[15 + radius, 15 + radius]


def test_edges() -> None:
    mask = np.zeros((20, 30), np.int32)
    edge(mask, 4)
    assert (mask != 0).sum() == 20 * 30 - 12 * 22
    assert mask[0, 0] == bit("EDGE")
