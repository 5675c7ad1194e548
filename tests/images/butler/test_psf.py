"""The image of a point source, against formulas for Gaussians."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.butler.psf import Psf

SIGMA = (2.5, 1.8)


def gaussian(side: int = 41) -> np.ndarray:
    y, x = np.indices((side, side)) - side // 2
    return 7 * np.exp(-0.5 * ((x / SIGMA[0]) ** 2 + (y / SIGMA[1]) ** 2))


@pytest.fixture(scope="module")
def psf() -> Psf:
    return Psf(gaussian(), (128.0, 64.0))


def test_moments(psf: Psf) -> None:
    shape = psf.computeShape()
    assert (shape.ixx, shape.iyy) == pytest.approx((SIGMA[0] ** 2, SIGMA[1] ** 2), rel=1e-3)
    assert shape.ixy == pytest.approx(0, abs=1e-9)
    assert shape.getDeterminantRadius() == pytest.approx((SIGMA[0] * SIGMA[1]) ** 0.5, rel=1e-3)
    assert psf.fwhm == pytest.approx(2.3548 * (SIGMA[0] * SIGMA[1]) ** 0.5, rel=1e-3)


@pytest.mark.parametrize("position", [(10.3, 20.8), (1000.5, 7.0), (0.0, 0.0)])
def test_stands_where_the_source_is(psf: Psf, position: tuple[float, float]) -> None:
    image = psf.computeImage(position)
    assert image.array.sum() == pytest.approx(1)
    rows, columns = np.indices(image.array.shape)
    assert (image.array * (columns + image.x0)).sum() == pytest.approx(position[0], abs=1e-3)
    assert (image.array * (rows + image.y0)).sum() == pytest.approx(position[1], abs=1e-3)


def test_kernel_and_aperture(psf: Psf) -> None:
    kernel = psf.computeKernelImage()
    assert kernel[0, 0] == kernel.array.max() == psf.computePeak()
    assert tuple(psf.getAveragePosition()) == (128, 64)
    assert tuple(psf.computeImage().bbox.center) == (128, 64)
    round_psf = Psf(np.exp(-0.5 * (np.hypot(*(np.indices((41, 41)) - 20.0)) / 2.0) ** 2))
    assert round_psf.computeApertureFlux(4.0) == pytest.approx(1 - np.exp(-2.0), rel=0.01)


def test_needs_a_middle() -> None:
    with pytest.raises(ParameterError, match="odd"):
        Psf(np.ones((4, 4)))
