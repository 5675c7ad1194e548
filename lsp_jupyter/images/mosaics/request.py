"""The recipe that the parameters of a job ask for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.mosaics.color import COMPOSITIONS
from lsp_jupyter.images.mosaics.combine import COMBINATIONS
from lsp_jupyter.images.mosaics.grid import Grid, check_scale
from lsp_jupyter.images.mosaics.recipe import BANDS, COMBINE, RESAMPLE, VERSION, Recipe
from lsp_jupyter.images.mosaics.resample import METHODS
from lsp_jupyter.images.pictures.look import Look, is_set, one_of
from lsp_jupyter.jobs.job import SEPARATOR

__all__ = ["PARAMETERS", "REPEATED", "check_parameter", "recipe_of"]

#: Parameters that may come several times: the images of a mosaic, or those of each colour.
REPEATED = ("ID", *(band.upper() for band in BANDS))

#: Arcseconds of a pixel around a circle, unless something else is asked for.
SCALE = 0.2


def _number(name: str, text: str) -> float:
    (number,) = _numbers(name, text, 1)
    return number


def _numbers(name: str, text: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(map(float, text.replace(",", " ").split()))
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ParameterError(
            f"{name} takes {count} number{'s' if count > 1 else ''}, not “{text[:60]}”.",
            parameter=name,
        )
    return numbers


def _circle(text: str) -> tuple[float, ...]:
    ra, dec, radius = _numbers("CIRCLE", text, 3)
    if not (0 <= ra <= 360 and -90 <= dec <= 90 and 0 < radius <= 90):
        raise ParameterError(
            f"“{text[:60]}” is no circle on the sky.",
            parameter="CIRCLE",
            hint="Give right ascension, declination and radius in degrees, such as 53.1 -27.9 0.1.",
        )
    return ra, dec, radius


def _document(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ParameterError(f"{name} is not JSON.", parameter=name) from None


def _cards(text: str) -> dict[str, Any]:
    told = _document("WCS", text)
    if not isinstance(told, dict):
        raise ParameterError(
            "WCS is not an object of FITS keywords.",
            parameter="WCS",
            hint='Such as {"NAXIS1": 2048, "NAXIS2": 2048, "CTYPE1": "RA---TAN", …}.',
        )
    return Grid.of_cards(told).to_cards()


def _product(text: str) -> str:
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise ParameterError(
            f"“{text[:60]}” is not the id of a product.",
            parameter="PRODUCT",
            hint="It has 32 hexadecimal digits.",
        )
    return text


def _look(name: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        Look.of({name: text})
        return text

    return check


#: What makes the value of each parameter; those that cannot be used are refused there.
PARAMETERS: Mapping[str, Callable[[str], Any]] = {
    "ID": str.strip,
    **{band.upper(): str.strip for band in BANDS},
    "CIRCLE": _circle,
    "PIXELSCALE": lambda text: check_scale(_number("PIXELSCALE", text)),
    "WCS": _cards,
    "RESAMPLE": lambda text: one_of("RESAMPLE", text, METHODS),
    "COMBINE": lambda text: one_of("COMBINE", text, COMBINATIONS),
    "EXCLUDE": lambda text: [] if text.lower() == "none" else text.replace(",", " ").split(),
    "COMPOSE": lambda text: one_of("COMPOSE", text, COMPOSITIONS),
    "BALANCE": lambda text: _numbers("BALANCE", text, 3),
    "SOFTNESS": lambda text: _number("SOFTNESS", text),
    "STRETCH": _look("STRETCH"),
    "LIMITS": _look("LIMITS"),
    "STACK": lambda text: is_set("STACK", text),
    "RECIPE": lambda text: Recipe.from_dict(_document("RECIPE", text)),
    "PRODUCT": _product,
}


def check_parameter(name: str, text: str) -> Any:
    """The value of a parameter.

    Parameters
    ----------
    name : `str`
        One of `PARAMETERS`.
    text : `str`
        As it was sent.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it cannot be used.
    """
    return PARAMETERS[name](text)


def recipe_of(parameters: Mapping[str, str]) -> Recipe:
    """The recipe that parameters ask for; ``PRODUCT`` is not looked at.

    Parameters
    ----------
    parameters : mapping
        Texts by name. Those of `REPEATED` hold several values with
        `~lsp_jupyter.jobs.job.SEPARATOR` between them.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if they contradict each other, or one cannot be used.
    """
    known = {name: text for name, text in parameters.items() if name in PARAMETERS}
    given = {name: check_parameter(name, text) for name, text in known.items()}
    if "RECIPE" in given:
        if len(given) > 1:
            raise ParameterError(
                "RECIPE says everything: it takes no other parameter beside it.",
                parameter="RECIPE",
            )
        recipe: Recipe = given["RECIPE"]
        return recipe
    groups = {name: known[name].split(SEPARATOR) for name in REPEATED if name in known}
    if set(groups) not in ({"ID"}, set(REPEATED) - {"ID"}):
        raise ParameterError(
            "A mosaic needs images.",
            parameter="ID",
            hint="Send ID for each, or RED, GREEN and BLUE for each of a colour picture.",
        )
    if "CIRCLE" in given and "WCS" in given:
        raise ParameterError("CIRCLE and WCS contradict each other.", parameter="WCS")
    grid: dict[str, Any] = {"scale": given.get("PIXELSCALE")}
    if "CIRCLE" in given:
        ra, dec, radius = given["CIRCLE"]
        circle = Grid.circle(ra, dec, radius, given.get("PIXELSCALE", SCALE))
        grid = {"cards": circle.to_cards()}
    elif "WCS" in given:
        grid = {"cards": given["WCS"]}
    combine: dict[str, Any] = {"step": "combine", "method": given.get("COMBINE", COMBINE)}
    if "EXCLUDE" in given:
        combine["exclude"] = given["EXCLUDE"]
    compose: dict[str, Any] = {"step": "compose"}
    for name in ("BALANCE", "SOFTNESS"):
        if name in given:
            compose[name.lower()] = given[name]
    if "COMPOSE" in given:
        compose["composition"] = given["COMPOSE"]
    compose["look"] = {name: known[name] for name in ("STRETCH", "LIMITS") if name in known}
    steps = [
        {"step": "resample", "method": given.get("RESAMPLE", RESAMPLE)},
        combine,
        compose,
        *([{"step": "stack"}] if given.get("STACK") else []),
    ]
    inputs = {"gray" if name == "ID" else name.lower(): ids for name, ids in groups.items()}
    return Recipe.from_dict(
        {"kind": "mosaic", "version": VERSION, "inputs": inputs, "grid": grid, "steps": steps}
    )
