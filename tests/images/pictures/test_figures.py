"""Figures among pixels."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.images.pictures.figures import Figure

ROWS, COLUMNS = 40, 60


def counted(text: str) -> np.ndarray:
    box, inside = Figure.of(text).inside(ROWS, COLUMNS)
    whole = np.zeros((ROWS, COLUMNS), bool)
    whole[box.slices] = inside
    return whole


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("circle 30 20 10", np.pi * 100),
        ("ellipse 30 20 15 5 30", np.pi * 75),
        ("box 30.5 20.5 20 10", 200),
        ("box 30.25 20.25 20 10 45", 200),
        ("polygon 10.5 10.5 40.5 10.5 40.5 30.5", 300),
        ("polygon 40.5 30.5 40.5 10.5 10.5 10.5", 300),
        ("polygon,10.5,10.5,30.5,10.5,30.5,30.5,10.5,30.5", 400),
        ("box 30 20 1e300 1e300", ROWS * COLUMNS),
        ("circle 0 0 10", np.pi * 25 + 10),
        ("circle 500 20 10", 0),
        ("circle -500 20 10", 0),
        ("circle 30 20 0.1", 1),
        ("circle 30.5 20.5 0.1", 0),
    ],
)
def test_pixels_whose_middle_is_inside(text: str, area: float) -> None:
    assert counted(text).sum() == pytest.approx(area, rel=0.06, abs=0.5)


def test_angles_are_from_the_first_axis_to_the_second() -> None:
    turned = counted("ellipse 30 20 15 1 45")
    rows, columns = np.nonzero(turned)
    assert np.corrcoef(rows, columns)[0, 1] > 0.9


def test_a_polygon_is_where_its_corners_are() -> None:
    assert np.array_equal(
        np.argwhere(counted("polygon 9.5 4.5 12.5 4.5 12.5 6.5 9.5 6.5")),
        [(row, column) for row in (5, 6) for column in (10, 11, 12)],
    )
