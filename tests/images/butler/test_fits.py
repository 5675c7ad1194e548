"""FITS files of exposures, ours and those that the survey renders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from lsp_jupyter.demo.survey.images.file import Planes
from lsp_jupyter.demo.survey.images.file import write as write_survey
from lsp_jupyter.demo.survey.images.mask import PLANES
from lsp_jupyter.demo.survey.images.psf import Psf as SurveyPsf
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images import Box, Exposure
from lsp_jupyter.images.butler.fits import ExposureFile

SIDE = 400
NOISE = 10.0
ORIGIN = (1000, 2000)
TANGENT = TangentWcs.of(53.0, -28.0, 200.0, 210.0, 0.2, 33.0)


@pytest.fixture(scope="module")
def planes() -> Planes:
    random = np.random.default_rng(1)
    image = random.normal(0, NOISE, (SIDE, SIDE)).astype(np.float32)
    image[0, 0] = np.nan
    mask = random.choice(np.array([0, 2, 64], np.int32), (SIDE, SIDE), p=[0.9, 0.05, 0.05])
    return Planes(image, mask, np.full((SIDE, SIDE), NOISE**2, np.float32))


@pytest.fixture(scope="module")
def path(planes: Planes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the survey writes it."""
    path = tmp_path_factory.mktemp("fits") / "image.fits"
    cards = {"VISIT": 2024110800245, "FILTER": "r_03", "MJD-AVG": 60622.25}
    write_survey(path, planes, wcs=TANGENT, psf=SurveyPsf(2.2), cards=cards, origin=ORIGIN)
    return path


def check(exposure: Exposure, planes: Planes) -> None:
    assert exposure.bbox == Box(*ORIGIN, SIDE, SIDE)
    assert np.isnan(exposure.image.array[0, 0])
    worst = np.nanmax(np.abs(exposure.image.array - planes.image))
    assert worst < NOISE / 4
    np.testing.assert_array_equal(exposure.mask.array, planes.mask)
    np.testing.assert_allclose(exposure.variance.array, planes.variance, rtol=0.02)
    assert {array.dtype.byteorder for array in (exposure.image.array, exposure.mask.array)} == {"="}
    assert (exposure.unit, exposure.variance.unit) == ("nJy", "nJy2")
    assert exposure.mask.getMaskPlaneDict() == PLANES
    assert exposure.wcs is not None
    ra, dec = TANGENT.pixel_to_sky(np.array([10.0]), np.array([20.0]))
    pixel = exposure.wcs.skyToPixel(float(ra[0]), float(dec[0]))
    assert tuple(pixel) == pytest.approx((1010.0, 2020.0), abs=1e-4)
    assert exposure.psf is not None
    kernel = exposure.psf.computeKernelImage()
    np.testing.assert_allclose(
        kernel.array,
        SurveyPsf(2.2).image(kernel.width) / SurveyPsf(2.2).image(kernel.width).sum(),
        atol=1e-6,
    )
    assert exposure.visitInfo.id == 2024110800245
    assert exposure.filter is not None
    assert exposure.filter.bandLabel == "r"


def test_reads_what_the_survey_writes(path: Path, planes: Planes) -> None:
    check(Exposure.readFits(path), planes)


def test_reads_what_it_writes(path: Path, planes: Planes, tmp_path: Path) -> None:
    own = tmp_path / "own.fits"
    Exposure.readFits(path).writeFits(own)
    check(Exposure.readFits(own), planes)
    # Nothing is left of the matrix that the header had before: WCS would refuse both.
    Exposure.readFits(own).writeFits(own)
    check(Exposure.readFits(own), planes)


def test_a_part_that_is_written_comes_back(path: Path, tmp_path: Path) -> None:
    box = Box(1100, 2200, 50, 40)
    part = Exposure.readFits(path)[box]
    part.writeFits(tmp_path / "part.fits")
    back = Exposure.readFits(tmp_path / "part.fits")
    assert back.bbox == box
    assert back.wcs is not None
    there = part.wcs.pixelToSky(1103, 2204)  # type: ignore[union-attr]
    assert back.wcs.pixelToSky(1103, 2204).separation(there).arcsec < 1e-4


@pytest.mark.parametrize("box", [Box(1010, 2300, 30, 60), Box(1250, 2250, 100, 100)])
def test_a_cutout_is_a_part_of_the_whole(path: Path, box: Box) -> None:
    whole = Exposure.readFits(path)[box]
    with ExposureFile(path) as file:
        part = file.exposure(file.part(box))
        assert file.component("bbox", box) == box
        assert file.component("dimensions", box) == (box.width, box.height)
        image = file.component("image", box)
    for one, other in (
        (part.image, whole.image),
        (part.mask, whole.mask),
        (part.variance, whole.variance),
        (image, whole.image),
    ):
        np.testing.assert_array_equal(one.array, other.array)
        assert one.bbox == box
    assert part.metadata["CRPIX1"] == whole.metadata["CRPIX1"] == 201.0 - (box.x - 1000)
    assert part.metadata["LTV1"] == whole.metadata["LTV1"] == -box.x
    assert part.psf is not None
    assert part.psf.averagePosition == box.center


def test_a_cutout_reads_only_what_it_touches(path: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.fits"
    data = bytearray(path.read_bytes())
    with fits.open(path) as hdus:
        info = hdus["IMAGE"].fileinfo()
    # The compressed pixels of the last row of blocks are at the end.
    end = info["datLoc"] + info["datSpan"] - 2880
    data[end - 6000 : end] = bytes(6000)
    broken.write_bytes(data)
    far = Box(1000, 2390, 400, 10)
    near = Box(1010, 2010, 50, 50)
    whole = Exposure.readFits(path)
    with ExposureFile(broken) as file:
        np.testing.assert_array_equal(file.image(near).array, whole.image[near].array)
    with ExposureFile(broken) as file, pytest.raises(Exception):  # noqa: B017, PT011
        np.testing.assert_array_equal(file.image(far).array, whole.image[far].array)


def test_a_plain_image_is_an_exposure(tmp_path: Path) -> None:
    plain = tmp_path / "bias.fits"
    fits.PrimaryHDU(np.ones((5, 7), np.int32)).writeto(plain)
    exposure = Exposure.readFits(plain)
    assert exposure.bbox == Box(0, 0, 7, 5)
    assert exposure.wcs is exposure.psf is exposure.photoCalib is None
    assert not exposure.mask.array.any()
    fits.PrimaryHDU().writeto(plain, overwrite=True)
    with pytest.raises(NotFoundError, match="no image"):
        Exposure.readFits(plain)
