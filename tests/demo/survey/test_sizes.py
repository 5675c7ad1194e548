"""Sizes by name and by number, and numbers that depend on their purpose alone."""

from __future__ import annotations

import pytest

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.sizes import DENSITY, SIZES, size
from lsp_jupyter.errors import ParameterError


def test_by_name() -> None:
    assert size("small") is SIZES["small"]
    assert SIZES["small"].images <= 150
    assert SIZES["small"].pixels == 1024
    assert SIZES["large"].side ** 2 * 7 * DENSITY > 10e6


def test_by_number() -> None:
    made = size("2e6")
    assert made.name == "2000000"
    assert not made.images
    assert not made.wide
    assert made.side**2 * 7 * DENSITY == pytest.approx(2e6, rel=0.01)


@pytest.mark.parametrize("text", ["huge", "", "9999", "1e12", "-5", "nan", "inf"])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        size(text)
    assert "tiny, small, large" in caught.value.hint


def test_draws_depend_on_seed_and_purpose() -> None:
    first = draw(1, "visit", 5).random(3).tolist()
    assert draw(1, "visit", 5).random(3).tolist() == first
    for other in ((2, "visit", 5), (1, "visit", 6), (1, "visi", "t5"), (1, "visit5")):
        assert draw(*other).random(3).tolist() != first
