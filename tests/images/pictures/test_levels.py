"""What becomes dark and what bright."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.pictures.colormaps import COLORMAPS, colormap
from lsp_jupyter.images.pictures.levels import NO_DATA, STRETCHES, Levels
from lsp_jupyter.images.pictures.look import Look


@pytest.fixture(scope="module")
def sky() -> np.ndarray:
    random = np.random.default_rng(1)
    image = random.normal(100, 10, (300, 400)).astype(np.float32)
    image[40:50, 60:70] = 5000
    image[0, :10] = np.nan
    return image


@pytest.mark.parametrize("stretch", STRETCHES)
def test_brighter_pixels_get_brighter_levels(sky: np.ndarray, stretch: str) -> None:
    levels = Levels.of(sky, Look(stretch=stretch, limits="minmax"))
    values = np.sort(sky[np.isfinite(sky)])
    shown = levels.paint(values).astype(int)
    assert (np.diff(shown) >= 0).all()
    assert (shown[0], shown[-1]) == (1, 255)
    assert (levels.paint(sky) == NO_DATA).sum() == 10


def test_stretches_are_what_they_are_called() -> None:
    values = np.linspace(0, 1, 101, dtype=np.float32)
    made = {
        name: (Levels.of(values, Look(stretch=name, limits="0 1")).paint(values) - 1) / 254
        for name in STRETCHES
    }
    np.testing.assert_allclose(made["linear"], values, atol=0.003)
    np.testing.assert_allclose(made["sqrt"], np.sqrt(values), atol=0.006)
    np.testing.assert_allclose(made["log"], np.log(1000 * values + 1) / np.log(1001), atol=0.006)
    np.testing.assert_allclose(made["asinh"], np.arcsinh(4 * values) / np.arcsinh(4), atol=0.005)
    # Of even values the equalised ones are even.
    np.testing.assert_allclose(made["equalised"], values, atol=0.02)


def test_limits(sky: np.ndarray) -> None:
    def limits(text: str) -> tuple[float, float]:
        levels = Levels.of(sky, Look(limits=text))
        return levels.low, levels.high

    assert limits("-20 300") == limits("-20,300") == (-20, 300)
    low, high = limits("zscale")
    assert 60 < low < 95
    assert 105 < high < 160
    finite = sky[np.isfinite(sky)]
    assert limits("90") == pytest.approx(tuple(np.percentile(finite, [5, 95])))
    assert limits("minmax") == (finite.min(), 5000)


def test_values_beyond_the_limits_are_shown_at_the_ends() -> None:
    levels = Levels.of(np.zeros(3), Look(limits="0 10"))
    values = np.array([-np.inf, -1e30, -1, 11, 1e30, np.inf], np.float32)
    assert levels.paint(values).tolist() == [1, 1, 1, 255, 255, 255]


@pytest.mark.parametrize("value", [0.0, 7.5, np.nan])
def test_an_image_of_one_value_is_shown(value: float) -> None:
    image = np.full((10, 10), value, np.float32)
    for limits in ("zscale", "minmax", "99"):
        shown = Levels.of(image, Look(limits=limits)).paint(image)
        assert len(np.unique(shown)) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("LIMITS", "300 -20"),
        ("LIMITS", "0"),
        ("LIMITS", "101"),
        ("LIMITS", "nan 4"),
        ("LIMITS", "1 2 3"),
        ("LIMITS", "many"),
        ("STRETCH", "cubic"),
        ("COLORS", "../gray"),
        ("INVERT", "maybe"),
    ],
)
def test_what_cannot_be_shown_is_refused(name: str, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Look.of({name: text})
    assert caught.value.parameter == name
    assert caught.value.hint


def test_a_look_travels() -> None:
    look = Look.of({"STRETCH": "LOG", "LIMITS": "98%", "COLORS": "magma", "INVERT": "1"})
    assert Look.from_dict(look.to_dict()) == look
    assert look.interval == 98


@pytest.mark.parametrize("name", COLORMAPS)
def test_colours_run_from_end_to_end(name: str) -> None:
    colors = colormap(name)
    words = COLORMAPS[name].split()
    assert colors.shape == (256, 3)
    assert bytes(colors[1]).hex() == words[0]
    assert bytes(colors[255]).hex() == words[-1]
    np.testing.assert_array_equal(colormap(name, invert=True)[1:], colors[:0:-1])
