"""Parts of the sky as requests write them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.images.regions import Circle, Polygon, Range, Region, parse_region, region_of

CORNERS = "10 10 12 10 12 12 10 12"


@pytest.mark.parametrize(
    ("name", "text", "region"),
    [
        ("CIRCLE", "150 2.2 0.01", Circle(150, 2.2, 0.01)),
        ("CIRCLE", "-10 -90 180", Circle(350, -90, 180)),
        ("POS", "circle 1 2 3", Circle(1, 2, 3)),
        ("POS", "CIRCLE ICRS 1 2 3", Circle(1, 2, 3)),
        ("POS", "RANGE 359 361 -1 +1", Range((359, 361), (-1, 1))),
        ("POS", "RANGE -Inf +Inf 10 +Inf", Range((-math.inf, math.inf), (10, 90))),
        ("POLYGON", CORNERS, Polygon(((10, 10), (12, 10), (12, 12), (10, 12)))),
        ("POLYGON", f"{CORNERS} 10 10", Polygon(((10, 10), (12, 10), (12, 12), (10, 12)))),
    ],
)
def test_what_is_written_is_read(name: str, text: str, region: Region) -> None:
    assert parse_region(name, text) == region
    assert region_of(region.text()) == region


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("CIRCLE", "150 2.2", "right ascension, declination, radius"),
        ("CIRCLE", "150 2.2 0", "radius must be more than 0"),
        ("CIRCLE", "150 2.2 -1", "radius must be more than 0"),
        ("CIRCLE", "150 2.2 181", "at most 180"),
        ("CIRCLE", "150 95 1", "from -90 to 90"),
        ("CIRCLE", "400 5 1", "from 0 to 360"),
        ("CIRCLE", "NaN 2 1", "NaN"),
        ("CIRCLE", "Inf 2 1", "from 0 to 360"),
        ("CIRCLE", "a b c", "right ascension"),
        ("POLYGON", "1 2 3 4", "three corners"),
        ("POLYGON", "1 2 3 4 5", "three corners"),
        ("POLYGON", "1 2 1 2 1 2", "three corners"),
        ("POLYGON", "1 2 3 4 5 96", "from -90 to 90"),
        ("POS", "", "begins with CIRCLE"),
        ("POS", "BOX 1 2 3 4", "begins with CIRCLE"),
        ("POS", "RANGE 3 1 0 1", "lower ones first"),
        ("POS", "RANGE 1 3 1 0", "lower ones first"),
    ],
)
def test_what_is_no_region_says_why(name: str, text: str, why: str) -> None:
    with pytest.raises(ParameterError, match=why) as caught:
        parse_region(name, text)
    assert caught.value.parameter == name


def test_polygons_have_so_many_corners() -> None:
    with pytest.raises(LimitError, match="10,000"):
        parse_region("POLYGON", "1 2 " * 10_001)


@pytest.mark.parametrize(
    "text",
    [
        "CIRCLE 30 40 5",
        "CIRCLE 0.5 -89.5 2",
        "RANGE 350 370 -5 5",
        "POLYGON 30 40 34 40 34 44 30 44",
        "POLYGON 30 40 30 44 34 44 34 40",
        "POLYGON 0 85 90 85 180 85 270 85",
        "POLYGON 355 -3 5 -3 0 0 5 3 355 3",
    ],
)
def test_the_edge_is_between_inside_and_outside(text: str) -> None:
    region = region_of(text)
    points = region.edge(np.linspace(0, region.sides, 500))
    assert np.allclose(points[:, 0], points[:, -1])
    ra = np.degrees(np.arctan2(points[1], points[0])) % 360
    dec = np.degrees(np.arcsin(points[2]))
    middle = {"POLYGON 0 85 90 85 180 85 270 85": (0.0, 90.0)}.get(text)
    if middle is None:
        vectors = points.mean(axis=1)
        middle = (
            math.degrees(math.atan2(vectors[1], vectors[0])) % 360,
            math.degrees(math.asin(vectors[2] / np.linalg.norm(vectors))),
        )
    if "355 -3" in text:
        middle = (357.0, 0.0)
        assert not region.inside(np.array([3.0]), np.array([0.0]))[0]
    assert region.inside(np.array([middle[0]]), np.array([middle[1]]))[0]
    shift = (ra - middle[0] + 180) % 360 - 180
    if abs(middle[1]) < 80:
        near = region.inside(middle[0] + 0.98 * shift, middle[1] + 0.98 * (dec - middle[1]))
        far = region.inside(middle[0] + 1.02 * shift, middle[1] + 1.02 * (dec - middle[1]))
        assert near.mean() > 0.95
        assert far.mean() < 0.05


@pytest.mark.parametrize(
    ("text", "crosses"),
    [
        (f"POLYGON {CORNERS}", False),
        ("POLYGON 10 10 12 12 12 10 10 12", True),
        ("POLYGON 0 0 120 0 240 0", True),
        ("POLYGON 355 -3 5 -3 0 0 5 3 355 3", False),
    ],
)
def test_polygons_that_cross_themselves(text: str, crosses: bool) -> None:
    region = region_of(text)
    assert isinstance(region, Polygon)
    assert region.crosses_itself() is crosses


def test_many_corners_take_a_moment() -> None:
    turn = np.linspace(0, 2 * math.pi, 10_000, endpoint=False)
    corners = np.stack([150 + np.cos(turn), 2 + np.sin(turn)], axis=1)
    region = Polygon(tuple(map(tuple, corners.tolist())))
    assert not region.crosses_itself()
