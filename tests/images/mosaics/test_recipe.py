"""Recipes: the same is called the same, and what makes no sense is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.images.mosaics.grid import Grid
from lsp_jupyter.images.mosaics.recipe import Recipe
from lsp_jupyter.images.mosaics.request import recipe_of
from lsp_jupyter.jobs.job import SEPARATOR

ONE, TWO, THREE = (f"ivo://org.test/dp1?{n}" for n in (1, 2, 3))
COLORS = {"RED": ONE, "GREEN": TWO, "BLUE": THREE}
CARDS = {
    "NAXIS1": 300,
    "NAXIS2": 200,
    "CTYPE1": "RA---TAN",
    "CTYPE2": "DEC--TAN",
    "CRVAL1": 150.0,
    "CRVAL2": 2.0,
    "CRPIX1": 1,
    "CRPIX2": 1,
    "CDELT1": -1e-4,
    "CDELT2": 1e-4,
}


def test_a_recipe_travels_and_keeps_its_name() -> None:
    recipe = recipe_of({"ID": SEPARATOR.join((ONE, TWO)), "COMBINE": "Median", "PIXELSCALE": "0.3"})
    told = json.loads(json.dumps(recipe.to_dict()))
    again = Recipe.from_dict(told)
    assert again.id == recipe.id
    assert len(recipe.id) == 32
    assert again.dids == [ONE, TWO]
    assert recipe_of({"RECIPE": json.dumps(told)}).id == recipe.id
    # The order of keys says nothing; that of images does.
    assert Recipe.from_dict(dict(reversed(told.items()))).id == recipe.id
    told["inputs"]["gray"].reverse()
    assert Recipe.from_dict(told).id != recipe.id


def test_every_parameter_is_in_the_recipe() -> None:
    given = {
        **COLORS,
        "WCS": json.dumps(CARDS),
        "RESAMPLE": "exact",
        "EXCLUDE": "SAT, BAD",
        "COMPOSE": "hue",
        "BALANCE": "1 2 3",
        "SOFTNESS": "4",
        "STRETCH": "log",
        "LIMITS": "-1 5",
    }
    told = recipe_of(given).to_dict()
    assert told["inputs"] == {"red": [ONE], "green": [TWO], "blue": [THREE]}
    assert told["grid"] == {"cards": CARDS}
    resample, combine, compose = told["steps"]
    assert resample == {"step": "resample", "method": "exact"}
    assert combine == {"step": "combine", "method": "weighted", "exclude": ["BAD", "SAT"]}
    assert (compose["composition"], compose["softness"]) == ("hue", 4)
    assert compose["look"]["stretch"] == "log"
    assert Recipe.from_dict(json.loads(json.dumps(told))).id == recipe_of(given).id
    assert recipe_of({"ID": ONE, "EXCLUDE": "none"}).exclude == ()
    stack = recipe_of({"ID": ONE, "STACK": "1"})
    assert stack.stack
    assert Recipe.from_dict(stack.to_dict()).id == stack.id != recipe_of({"ID": ONE}).id


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({}, "ID"),
        ({"RED": ONE, "BLUE": TWO}, "ID"),
        ({"ID": ONE, **COLORS}, "ID"),
        ({"ID": "/etc/passwd"}, "RECIPE"),
        ({"ID": ONE, "RESAMPLE": "lanczos"}, "RESAMPLE"),
        ({"ID": ONE, "COMBINE": "product"}, "COMBINE"),
        ({"ID": ONE, "CIRCLE": "150 2"}, "CIRCLE"),
        ({"ID": ONE, "CIRCLE": "150 2 0"}, "CIRCLE"),
        ({"ID": ONE, "CIRCLE": "150 2 -1"}, "CIRCLE"),
        ({"ID": ONE, "CIRCLE": "150 200 1"}, "CIRCLE"),
        ({"ID": ONE, "CIRCLE": "nan 2 1"}, "CIRCLE"),
        ({"ID": ONE, "CIRCLE": "150 2 1", "WCS": json.dumps(CARDS)}, "WCS"),
        ({"ID": ONE, "PIXELSCALE": "0"}, "PIXELSCALE"),
        ({"ID": ONE, "PIXELSCALE": "inf"}, "PIXELSCALE"),
        ({"ID": ONE, "WCS": "{}"}, "WCS"),
        ({"ID": ONE, "WCS": "[1]"}, "WCS"),
        ({"ID": ONE, "WCS": "{" * 5000}, "WCS"),
        ({"ID": ONE, "WCS": json.dumps(CARDS | {"NAXIS1": -5})}, "WCS"),
        ({"ID": ONE, "WCS": json.dumps(CARDS | {"CRVAL1": [1]})}, "WCS"),
        ({"ID": ONE, "WCS": json.dumps(CARDS | {"CRVAL1": float("nan")})}, "WCS"),
        ({"ID": ONE, "WCS": json.dumps(CARDS | {"A\nB": 1})}, "WCS"),
        ({**COLORS, "COMPOSE": "psychedelic"}, "COMPOSE"),
        ({**COLORS, "BALANCE": "1 2"}, "BALANCE"),
        ({**COLORS, "BALANCE": "1 0 2"}, "RECIPE"),
        ({**COLORS, "SOFTNESS": "-1"}, "RECIPE"),
        ({**COLORS, "LIMITS": "5 1"}, "LIMITS"),
        ({"RECIPE": "{}"}, "RECIPE"),
        ({"RECIPE": '{"kind": "mosaic", "version": 99}'}, "RECIPE"),
        ({"RECIPE": "[1, 2]"}, "RECIPE"),
        ({"RECIPE": "not JSON"}, "RECIPE"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(given: dict[str, str], parameter: str) -> None:
    with pytest.raises(ParameterError) as caught:
        recipe_of(given)
    assert caught.value.parameter == parameter


def test_too_many_images_are_refused() -> None:
    many = [f"ivo://org.test/dp1?{n}" for n in range(1_001)]
    with pytest.raises(LimitError, match="1001"):
        recipe_of({"ID": SEPARATOR.join(many)})


def told(**changes: Any) -> dict[str, Any]:
    document = recipe_of({"ID": ONE}).to_dict()
    return document | changes


@pytest.mark.parametrize(
    "document",
    [
        told(inputs={}),
        told(inputs={"gray": []}),
        told(inputs={"gray": [1]}),
        told(inputs={"red": [ONE]}),
        told(inputs=[ONE]),
        told(steps=[]),
        told(steps=[{"step": "delete"}]),
        told(grid=None),
        told(grid={"scale": "wide"}),
        "text",
        None,
    ],
    ids=str,
)
def test_documents_that_are_none_are_refused(document: Any) -> None:
    with pytest.raises(ParameterError):
        Recipe.from_dict(document)


def test_a_grid_holds_all_images() -> None:
    frames = [
        (Grid.circle(ra, 80.0, 0.01, scale).wcs, (n, n))
        for ra, scale, n in (
            (359.95, 0.2, 360),
            (0.05, 0.3, 240),
        )
    ]
    grid = Grid.around(frames, None)
    for wcs, (columns, rows) in frames:
        corners = wcs.pixel_to_world([-0.5, columns - 0.5], [-0.5, rows - 0.5])
        x, y = grid.wcs.world_to_pixel(corners)
        assert ((x > -0.6) & (x < grid.columns - 0.4)).all()
        assert ((y > -0.6) & (y < grid.rows - 0.4)).all()
    assert abs(grid.cards["CDELT1"]) * 3600 == pytest.approx(0.2)
    assert grid.columns < 720
    assert np.isclose(grid.cards["CRVAL1"] % 360, 0, atol=0.01)
    with pytest.raises(LimitError, match="PIXELSCALE"):
        grid.limited(1000)


def test_world_coordinates_must_be_of_the_sky() -> None:
    linear = CARDS | {"CTYPE1": "LINEAR", "CTYPE2": "LINEAR"}
    broken = CARDS | {"CDELT1": 0}
    for cards in (linear, broken, {"NAXIS1": 5, "NAXIS2": 5}, CARDS | {"CTYPE1": "RA---XYZ"}):
        with pytest.raises(ParameterError):
            _ = Grid.of_cards(cards).wcs
