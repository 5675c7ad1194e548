"""Rectangles of pixels, from whatever library."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images import Box, Point

#: As Rubin's geometry package has it.
BOX_2I = SimpleNamespace(
    getMinX=lambda: 3, getMinY=lambda: 4, getWidth=lambda: 5, getHeight=lambda: 6
)


@pytest.mark.parametrize(
    "box",
    [
        Box(3, 4, 5, 6),
        (3, 4, 5, 6),
        [3.0, 4.0, 5.0, 6.0],
        BOX_2I,
        SimpleNamespace(x=SimpleNamespace(start=3, stop=8), y=SimpleNamespace(start=4, stop=10)),
    ],
)
def test_box_of_another_library(box: Any) -> None:
    assert Box.of(box) == Box(3, 4, 5, 6)


@pytest.mark.parametrize("box", [5, None, "box", (1, 2, 3), (1, 2.5, 3, 4)])
def test_what_is_no_box_is_refused(box: Any) -> None:
    with pytest.raises(ParameterError, match=r"Box\(x, y, width, height\)"):
        Box.of(box)


def test_ends_and_getters() -> None:
    box = Box(10, 20, 4, 3)
    assert (box.minX, box.maxX, box.endX, box.getMaxY(), box.getEndY()) == (10, 13, 14, 22, 23)
    assert box.getDimensions() == (4, 3)
    assert box.center == Point(11.5, 21.0)
    assert box.area == 12
    assert "getMinX" in dir(box)


@pytest.mark.parametrize(
    ("x", "y", "inside"),
    [
        (9.5, 19.5, True),
        (9.4, 20, False),
        (13.49, 22.49, True),
        (13.5, 22, False),
        (10, 22.5, False),
    ],
)
def test_pixels_reach_half_a_pixel_from_their_middle(x: float, y: float, inside: bool) -> None:
    assert Box(10, 20, 4, 3).contains(x, y) is inside


def test_common_part() -> None:
    box = Box(0, 0, 10, 10)
    assert box.clippedTo(Box(5, -3, 20, 5)) == Box(5, 0, 5, 2)
    assert box.contains(box.erodedBy(2))
    assert not box.contains(box.dilatedBy(1))
    assert box.overlaps(Box(9, 9, 1, 1))
    assert not box.overlaps(Box(10, 0, 5, 5))
    assert box.clippedTo(Box(30, 30, 5, 5)).isEmpty()


@pytest.mark.parametrize(("x", "width"), [(10.0, 5), (10.3, 5), (9.7, 5), (10.5, 4), (10.2, 4)])
def test_around_a_place(x: float, width: int) -> None:
    box = Box.around(x, 7.0, width, 3)
    assert box.width == width
    assert abs(box.center.x - x) <= 0.5
    assert box.center.y == 7.0
