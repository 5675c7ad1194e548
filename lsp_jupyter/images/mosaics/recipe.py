"""What a mosaic is made of and how: a document whose name follows from what it says."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.images.mosaics.color import COMPOSITIONS
from lsp_jupyter.images.mosaics.combine import COMBINATIONS
from lsp_jupyter.images.mosaics.grid import Grid, check_scale
from lsp_jupyter.images.mosaics.resample import METHODS
from lsp_jupyter.images.pictures.look import Look

__all__ = ["BANDS", "MOST_INPUTS", "Recipe"]

#: What recipes of this kind are; a change of what is made of them gets another number.
VERSION = 1

#: The colours of a picture, in the order of its planes.
BANDS = ("red", "green", "blue")

#: Images of one mosaic at most.
MOST_INPUTS = 1_000

#: How values are found and combined unless something else is asked for.
RESAMPLE, COMBINE = "bilinear", "weighted"

#: Planes of the mask whose pixels are left out unless something else is asked for.
EXCLUDE = ("BAD", "SAT", "CR", "NO_DATA")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a mosaic is made of and how.

    Attributes
    ----------
    inputs : mapping
        Identifiers of images: all of them under ``gray``, or those of each of `BANDS`.
    cards : mapping, optional
        The grid, as FITS keywords; or else it follows from the images and ``scale``.
    scale : `float`, optional
        Width of a pixel of a grid that follows from the images: arcseconds. That of the finest
        image if not given.
    resample : `str`
        How values between pixels are found: one of `METHODS`.
    combine : `str`
        How one value is made of several: one of `COMBINATIONS`.
    exclude : sequence of `str`
        Planes of the mask whose pixels are left out.
    stack : `bool`
        Whether the images are given one by one as well.
    color : mapping
        How the colours are made: ``composition``, ``balance``, ``softness`` and ``look``.
    """

    inputs: Mapping[str, Sequence[str]]
    cards: Mapping[str, Any] | None = None
    scale: float | None = None
    resample: str = RESAMPLE
    combine: str = COMBINE
    exclude: Sequence[str] = EXCLUDE
    stack: bool = False
    color: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dids(self) -> list[str]:
        """Every image that is needed, once."""
        return list(dict.fromkeys(did for group in self.inputs.values() for did in group))

    @property
    def colored(self) -> bool:
        """Whether a colour picture is made as well."""
        return "gray" not in self.inputs

    def to_dict(self) -> dict[str, Any]:
        """The document."""
        told: dict[str, Any] = {
            "kind": "mosaic",
            "version": VERSION,
            "inputs": {name: list(group) for name, group in self.inputs.items()},
            "grid": {"scale": self.scale} if self.cards is None else {"cards": dict(self.cards)},
            "steps": [
                {"step": "resample", "method": self.resample},
                {"step": "combine", "method": self.combine, "exclude": list(self.exclude)},
            ],
        }
        if self.stack:
            told["steps"].append({"step": "stack"})
        if self.colored:
            told["steps"].append({"step": "compose", **self.color})
        return told

    @property
    def id(self) -> str:
        """Its name: 32 hexadecimal digits, the same for the same document everywhere."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @classmethod
    def from_dict(cls, told: Any) -> Self:
        """The recipe of a document.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is not one.
        """
        try:
            if (told["kind"], told["version"]) != ("mosaic", VERSION):
                raise _wrong(f"its kind must be mosaic and its version {VERSION}.")
            steps = {step["step"]: dict(step) for step in told["steps"]}
            inputs = {str(name): [*map(_did, group)] for name, group in told["inputs"].items()}
            grid = dict(told["grid"])
            resample, combine = steps.pop("resample"), steps.pop("combine")
            compose = steps.pop("compose", {})
            stack = steps.pop("stack", None) is not None
            compose.pop("step", None)
            if steps:
                raise _wrong(f"there is no step {next(iter(steps))[:60]}.")
            exclude = tuple(sorted({str(plane) for plane in combine.get("exclude", EXCLUDE)}))
            scale = grid.get("scale")
            recipe = cls(
                inputs=inputs,
                cards=Grid.of_cards(grid["cards"]).to_cards() if "cards" in grid else None,
                scale=None if scale is None else check_scale(float(scale)),
                resample=_one_of("resample", resample["method"], METHODS),
                combine=_one_of("combine", combine["method"], COMBINATIONS),
                exclude=exclude,
                stack=stack,
                color=_color(compose) if set(inputs) == set(BANDS) else {},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            said = f"it lacks {error}." if isinstance(error, KeyError) else "it is malformed."
            raise _wrong(said) from None
        if set(recipe.inputs) not in ({"gray"}, set(BANDS)):
            raise _wrong("its inputs must be gray, or red, green and blue.")
        if not all(recipe.inputs.values()):
            raise _wrong("it needs an image for each of its inputs.")
        if len(recipe.dids) > MOST_INPUTS:
            raise LimitError(
                f"The mosaic would be made of {len(recipe.dids)} images; at most {MOST_INPUTS} "
                "are possible.",
                hint="Ask for a smaller part of the sky, or make it of mosaics.",
            )
        return recipe


def _did(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("ivo://") or len(value) > 1_000:
        raise _wrong(f"“{str(value)[:60]}” is not the identifier of an image.")
    return value


def _color(told: Mapping[str, Any]) -> dict[str, Any]:
    balance = [float(factor) for factor in told.get("balance", (1, 1, 1))]
    softness = float(told.get("softness", 8))
    if len(balance) != 3 or not all(0 < factor < math.inf for factor in balance):
        raise _wrong("its balance must be three numbers above 0.")
    if not 0 < softness <= 1000:
        raise _wrong("its softness must be above 0 and at most 1000.")
    look = {key.upper(): str(text) for key, text in dict(told.get("look", {})).items()}
    return {
        "composition": _one_of("compose", told.get("composition", "lupton"), COMPOSITIONS),
        "balance": balance,
        "softness": softness,
        "look": Look.of(look).to_dict(),
    }


def _one_of(step: str, value: Any, known: Any) -> str:
    if value not in known:
        raise _wrong(f"{step} must be {', '.join(known)}, not “{str(value)[:60]}”.")
    return str(value)


def _wrong(why: str) -> ParameterError:
    return ParameterError(
        f"The recipe cannot be used: {why}",
        parameter="RECIPE",
        hint="Every mosaic has a recipe.json that shows what one looks like.",
    )
