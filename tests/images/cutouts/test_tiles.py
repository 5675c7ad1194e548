"""Reading parts of compressed planes: the same pixels, each tile decompressed once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lsp_jupyter.images.cutouts.tiles import Tiles

SHAPE, TILE = (500, 700), (50, 60)


class Section:
    """Pixels that say which of them were read."""

    def __init__(self) -> None:
        self.pixels = np.arange(SHAPE[0] * SHAPE[1], dtype=np.int32).reshape(SHAPE)
        self.read: list[tuple[slice, slice]] = []

    def __getitem__(self, part: tuple[slice, slice]) -> Any:
        self.read.append(part)
        return self.pixels[part]

    @property
    def tiles(self) -> int:
        return sum(
            -(-(down.stop - down.start) // TILE[0]) * -(-(across.stop - across.start) // TILE[1])
            for down, across in self.read
        )


def parts(count: int, side: int, seed: int = 1) -> list[tuple[slice, slice]]:
    random = np.random.default_rng(seed)
    corners = [random.integers(0, size - side, count).tolist() for size in SHAPE]
    return [(slice(y, y + side), slice(x, x + side)) for y, x in zip(*corners, strict=True)]


@pytest.mark.parametrize("side", [1, 7, 50, 61, 130, 400])
def test_parts_have_their_pixels(side: int) -> None:
    section = Section()
    tiles = Tiles(section, SHAPE, TILE)
    edge = (slice(SHAPE[0] - side, SHAPE[0]), slice(SHAPE[1] - side, SHAPE[1]))
    for part in [*parts(60, side), edge]:
        assert np.array_equal(tiles[part], section.pixels[part])


def test_what_is_prepared_is_read_once() -> None:
    section = Section()
    tiles = Tiles(section, SHAPE, TILE)
    some = parts(12, 20)
    assert tiles.together(some) == len(some)
    touched = {
        (row, column)
        for down, across in some
        for row in range(down.start // TILE[0], (down.stop - 1) // TILE[0] + 1)
        for column in range(across.start // TILE[1], (across.stop - 1) // TILE[1] + 1)
    }
    tiles.prepare(some)
    assert section.tiles == len(touched)
    for part in some:
        assert np.array_equal(tiles[part], section.pixels[part])
    assert section.tiles == len(touched)


def test_no_more_are_prepared_than_are_kept() -> None:
    tiles = Tiles(Section(), SHAPE, TILE)
    many = parts(300, 20)
    first = tiles.together(many)
    assert 1 <= first < len(many)
    assert tiles.together(parts(1, 400)) == 1
