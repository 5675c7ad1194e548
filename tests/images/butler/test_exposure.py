"""Exposures in memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from astropy.io.fits import Header

from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.errors import NotFoundError, PipelinesNeededError
from lsp_jupyter.images import Box, Exposure
from lsp_jupyter.images.butler.exposure import ELSEWHERE
from lsp_jupyter.images.butler.planes import Image, Mask
from lsp_jupyter.images.butler.psf import Psf
from lsp_jupyter.images.butler.wcs import Wcs


@pytest.fixture
def exposure() -> Exposure:
    tangent = TangentWcs.of(53.0, -28.0, 40.0, 30.0, 0.2)
    header = Header(tangent.header())
    header.update(
        {"FILTER": "r_03", "VISIT": 2024110800245, "MJD-AVG": 60622.25, "EXPTIME": 30.0}
        | {"RA": 53.1, "DEC": -28.1, "AIRMASS": 1.1, "ROTANGLE": 45.0, "INSTRUME": "LSSTComCam"}
    )
    shape = (60, 80)
    return Exposure(
        Image(np.arange(4800, dtype=np.float32).reshape(shape), (500, 700), "nJy"),
        Mask(np.zeros(shape, np.int32), (500, 700), {"SAT": 1}),
        Image(np.ones(shape, np.float32), (500, 700), "nJy2"),
        wcs=Wcs(header, (500, 700)),
        psf=Psf(np.ones((3, 3)), (540.0, 730.0)),
        metadata=header,
    )


def test_getters_give_the_properties(exposure: Exposure) -> None:
    assert exposure.getWcs() is exposure.wcs
    assert exposure.getPsf() is exposure.psf
    assert exposure.getImage() is exposure.image
    assert exposure.getMaskedImage().mask is exposure.mask
    assert exposure.getBBox() == exposure.bbox == Box(500, 700, 80, 60)
    assert exposure.getXY0() == (500, 700)
    assert {"getWcs", "getPsf", "getBBox", "getMask"} <= set(dir(exposure))


def test_a_part_has_all_its_parts(exposure: Exposure) -> None:
    part = exposure[Box(510, 720, 20, 10)]
    assert isinstance(part, Exposure)
    assert part.image.bbox == part.mask.bbox == part.variance.bbox == part.bbox
    np.testing.assert_array_equal(part.image.array, exposure.image.array[20:30, 10:30])
    assert part.psf is not None
    assert tuple(part.psf.averagePosition) == (519.5, 724.5)
    assert part.wcs is not None
    there = exposure.wcs.pixelToSky(511, 722)  # type: ignore[union-attr]
    assert part.wcs.pixelToSky(511, 722).separation(there).arcsec < 1e-6
    # Its array and its header belong together too.
    assert Wcs(part.metadata).pixelToSky(1, 2).separation(there).arcsec < 1e-6
    assert exposure.metadata["CRPIX1"] == 41.0


def test_cutouts_by_position(exposure: Exposure) -> None:
    assert exposure.wcs is not None
    place = exposure.wcs.pixelToSky(520.2, 709.9)
    assert exposure.getCutout(place, 11).bbox == Box.around(520, 710, 11)
    assert exposure.getCutout(place, (21, 41)).bbox == Box(510, 700, 21, 31)
    assert exposure.getCutout((520, 710), 5).bbox == Box(518, 708, 5, 5)
    with pytest.raises(NotFoundError, match="overlaps"):
        exposure.getCutout(place.directional_offset_by(0, 1.0), 11)
    with pytest.raises(NotFoundError, match="overlaps"):
        exposure.getCutout(place.directional_offset_by(0, 170), 11)


def test_filter_calibration_and_observation(exposure: Exposure) -> None:
    label, calibration, info = exposure.filter, exposure.photoCalib, exposure.visitInfo
    assert label is not None
    assert (label.bandLabel, label.getPhysicalLabel()) == ("r", "r_03")
    assert calibration is not None
    assert calibration.instFluxToMagnitude(3630.780547701) == pytest.approx(22.5)
    assert np.isnan(calibration.instFluxToMagnitude([-1.0, 0.0])).all()
    assert calibration.magnitudeToInstFlux(31.4) == pytest.approx(1.0)
    assert info.id == 2024110800245
    assert (info.date.scale, info.getDate().mjd) == ("tai", 60622.25)
    assert info.boresightRaDec.dec.deg == pytest.approx(-28.1)
    del exposure.metadata["AIRMASS"]
    with pytest.raises(NotFoundError, match="AIRMASS"):
        info.boresightAirmass  # noqa: B018


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_elsewhere_names_its_package(exposure: Exposure, name: str) -> None:
    package = ".".join(ELSEWHERE[name].split(".")[:3])
    with pytest.raises(PipelinesNeededError, match=package):
        getattr(exposure, "get" + name[0].upper() + name[1:])()
    assert not hasattr(exposure, name)


def test_a_copy_is_its_own(exposure: Exposure) -> None:
    other = exposure.clone()
    other.image.array[:] = -1
    other.mask.array[:] = 1
    assert exposure.image[500, 700] == 0
    assert not exposure.mask.array.any()


def test_needs_no_butler() -> None:
    code = (
        "import sys; import lsp_jupyter.images; "
        "early = [name for name in sys.modules if name.startswith(('lsst', 'astropy', 'numpy'))]; "
        "from lsp_jupyter.images import Box, Exposure; from lsp_jupyter.images.butler import fits; "
        "print(early, [name for name in sys.modules if name.startswith('lsst')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[] []"
