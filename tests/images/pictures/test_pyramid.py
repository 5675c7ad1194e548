"""Tiles of smaller and smaller versions of an image."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest

from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.kept import trim
from lsp_jupyter.images.pictures.pyramid import TILE, Pyramid, halved


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    image = np.random.default_rng(1).normal(0, 1, (1501, 2050)).astype(np.float32)
    image[:100, :100] = np.nan
    image[200, 200] = np.nan
    return image


def test_halves_are_means_of_what_there_is(image: np.ndarray) -> None:
    half = halved(image)
    assert half.shape == (751, 1025)
    assert half.dtype == np.float32
    assert half[300, 400] == pytest.approx(image[600:602, 800:802].mean(), abs=1e-6)
    assert half[100, 100] == pytest.approx(np.nanmean(image[200:202, 200:202]), abs=1e-6)
    assert np.isnan(half[:50, :50]).all()
    assert half[750, 3] == pytest.approx(image[1500, 6:8].mean(), abs=1e-6)


def test_halves_of_masks_have_all_bits() -> None:
    mask = np.array([[1, 2, 0], [4, 0, 8], [16, 0, 32]], np.int32)
    assert halved(mask).tolist() == [[7, 8], [16, 32]]


def test_tiles_are_the_image(image: np.ndarray, tmp_path: Path) -> None:
    reads = []

    def read() -> AbstractContextManager[np.ndarray]:
        reads.append(1)
        return nullcontext(image)

    pyramid = Pyramid.at(tmp_path / "a", read)
    assert pyramid.depth == 3
    assert [pyramid.size(level) for level in range(4)] == [
        *((1501, 2050), (751, 1025)),
        *((376, 513), (188, 257)),
    ]
    for level in range(4):
        rows, columns = pyramid.size(level)
        lines = [
            np.hstack([pyramid.tile(level, x, y) for x in range(-(-columns // TILE))])
            for y in range(-(-rows // TILE))
        ]
        expected = image
        for _ in range(level):
            expected = halved(expected)
        np.testing.assert_array_equal(np.vstack(lines), expected)
    assert Pyramid.at(tmp_path / "a", read).shape == image.shape
    # Limits follow from pixels of all of it.
    np.testing.assert_array_equal(pyramid.sample(), image[::5, ::5])
    assert len(reads) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("place", [(4, 0, 0), (0, 5, 0), (0, 0, 3), (-1, 0, 0), (3, 1, 0)])
def test_there_are_no_other_tiles(
    image: np.ndarray, tmp_path: Path, place: tuple[int, int, int]
) -> None:
    with pytest.raises(NotFoundError):
        Pyramid.at(tmp_path / "a", lambda: nullcontext(image)).tile(*place)


def test_small_images_are_one_tile(tmp_path: Path) -> None:
    pyramid = Pyramid.at(tmp_path / "a", lambda: nullcontext(np.ones((3, 512), np.float32)))
    assert pyramid.depth == 0
    assert pyramid.tile(0, 0, 0).shape == (3, 512)


def test_what_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    def read() -> AbstractContextManager[np.ndarray]:
        raise OSError("truncated")

    with pytest.raises(OSError, match="truncated"):
        Pyramid.at(tmp_path / "a", read)
    assert not list(tmp_path.iterdir())


def of_ones() -> AbstractContextManager[np.ndarray]:
    return nullcontext(np.ones((10, 10), np.float32))


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    for name, age in (("old", 300), ("new", 0), ("middle", 200)):
        Pyramid.at(tmp_path / name, of_ones)
        now = (tmp_path / name).stat().st_mtime
        os.utime(tmp_path / name, (now - age, now - age))
    one = sum(path.stat().st_size for path in (tmp_path / "new").iterdir())
    (tmp_path / "being-made.part").mkdir()
    # Using it makes it young.
    Pyramid.at(tmp_path / "old", of_ones)
    assert trim(tmp_path, 2 * one) == 2 * one
    assert sorted(path.name for path in tmp_path.iterdir()) == ["being-made.part", "new", "old"]
