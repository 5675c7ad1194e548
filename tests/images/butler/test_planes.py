"""Images, masks and masked images."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from lsp_jupyter.errors import ParameterError, PipelinesNeededError
from lsp_jupyter.images import Box
from lsp_jupyter.images.butler.planes import LOCAL, Image, Mask, MaskedImage

PLANES = {"SAT": 1, "CR": 3, "DETECTED": 5}


@pytest.fixture
def image() -> Image:
    return Image(np.arange(60.0).reshape(6, 10), (100, 200), "nJy")


def test_a_part_is_a_view_that_knows_its_place(image: Image) -> None:
    part = image[Box(103, 202, 4, 3)]
    assert part.getBBox() == Box(103, 202, 4, 3)
    assert part.getBBox(LOCAL) == Box(0, 0, 4, 3)
    assert (part.getX0(), part.getWidth(), part.unit) == (103, 4, "nJy")
    np.testing.assert_array_equal(part.array, image.array[2:5, 3:7])
    part.array[:] = -1
    assert image[103, 202] == -1
    assert part.clone()[103, 202] == -1


def test_a_part_counted_from_the_first_pixel(image: Image) -> None:
    part = image.subset(Box(3, 2, 4, 3), LOCAL)
    assert part.bbox == Box(103, 202, 4, 3)
    np.testing.assert_array_equal(np.asarray(part), image.array[2:5, 3:7])


@pytest.mark.parametrize("box", [Box(99, 200, 4, 3), Box(105, 204, 4, 3), Box(101, 201, 0, 3)])
def test_a_part_outside_is_refused_with_advice(image: Image, box: Box) -> None:
    with pytest.raises(ParameterError, match="clippedTo"):
        image.subset(box)


def test_a_wrong_origin_is_refused(image: Image) -> None:
    with pytest.raises(ParameterError, match="PARENT or LOCAL"):
        image.subset(Box(0, 0, 2, 2), "HERE")


def test_pixels_by_column_and_row(image: Image) -> None:
    assert image[102, 201] == 12
    image[102, 201] = 7
    assert image.array[1, 2] == 7
    # Counted from the array's end it would be a pixel; it is none of this image.
    with pytest.raises(ParameterError):
        image[99, 200]


def test_mask_planes() -> None:
    mask = Mask(np.array([[2, 8], [10, 0]], np.int32), (5, 5), PLANES)
    assert mask.getMaskPlaneDict() == PLANES
    assert mask.getPlaneBitMask("CR") == 8
    assert mask.getPlaneBitMask(["SAT", "CR", "SAT"]) == 10
    assert mask.interpret(10) == "CR,SAT"
    assert (mask[Box(5, 6, 1, 1)].array & mask.getPlaneBitMask("SAT")).all()
    assert mask[Box(5, 6, 1, 1)].getMaskPlaneDict() == PLANES
    with pytest.raises(ParameterError, match="SAT, CR, DETECTED"):
        mask.getPlaneBitMask("GOOD")


def test_masked_image_without_mask_and_variance(image: Image) -> None:
    whole = MaskedImage(image)
    assert not whole.mask.array.any()
    assert np.isnan(whole.variance.array).all()
    assert whole[Box(103, 202, 4, 3)].mask.bbox == Box(103, 202, 4, 3)


def test_what_is_beyond_names_the_package(image: Image) -> None:
    with pytest.raises(PipelinesNeededError, match=r"lsst\.afw\.image"):
        image.convertF()
    assert not hasattr(image, "convertF")
    with pytest.raises(TypeError):
        image.getWidth("LOCAL")


def test_copies(image: Image) -> None:
    other = copy.deepcopy(MaskedImage(image))
    other.image.array[:] = 0
    assert image.array.any()
