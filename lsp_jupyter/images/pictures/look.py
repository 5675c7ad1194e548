"""How pixels are shown: the limits, the stretch and the colours that a client asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.pictures.colormaps import COLORMAPS
from lsp_jupyter.images.pictures.levels import STRETCHES

__all__ = ["Look"]

#: Limits that follow the noise of the sky, and those that leave nothing out.
WORDS = ("zscale", "minmax")


@dataclass(frozen=True, slots=True)
class Look:
    """How pixels are shown.

    Attributes
    ----------
    stretch : `str`
        One of `~lsp_jupyter.images.pictures.levels.STRETCHES`.
    limits : `str`
        What becomes the darkest and the brightest: ``zscale``, ``minmax``, the percentage of
        pixels between them, such as ``99.5``, or both values, such as ``-20 300``.
    colors : `str`
        One of `~lsp_jupyter.images.pictures.colormaps.COLORMAPS`.
    invert : `bool`
        Whether the brightest pixel gets the colour of the darkest.
    """

    stretch: str = "asinh"
    limits: str = "99.95"
    colors: str = "gray"
    invert: bool = False

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """The look that parameters ask for.

        Parameters
        ----------
        given : mapping
            Any of ``STRETCH``, ``LIMITS``, ``COLORS`` and ``INVERT``; others do no harm.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one has a value that cannot be used.
        """
        standard = cls()
        look = cls(
            stretch=one_of("STRETCH", given.get("STRETCH", standard.stretch), STRETCHES),
            limits=given.get("LIMITS", standard.limits).strip().lower(),
            colors=one_of("COLORS", given.get("COLORS", standard.colors), COLORMAPS),
            invert=is_set("INVERT", given.get("INVERT", "0")),
        )
        _ = look.interval
        return look

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """The look that `to_dict` gave."""
        return cls(**{field.name: told[field.name] for field in fields(cls)})

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON can say it."""
        return asdict(self)

    @property
    def interval(self) -> str | float | tuple[float, float]:
        """The limits: a word, a percentage, or both values.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if they are none of these.
        """
        if self.limits in WORDS:
            return self.limits
        words = self.limits.replace(",", " ").split()
        try:
            numbers = [float(word.removesuffix("%")) for word in words]
        except ValueError:
            numbers = []
        if all(map(math.isfinite, numbers)):
            if len(numbers) == 1 and 0 < numbers[0] <= 100:
                return numbers[0]
            if len(numbers) == 2 and numbers[0] < numbers[1]:
                return numbers[0], numbers[1]
        raise ParameterError(
            f"“{self.limits[:60]}” is not possible as LIMITS.",
            parameter="LIMITS",
            hint="Use zscale, minmax, a percentage such as 99.5, or two values such as -20 300.",
        )


def one_of(parameter: str, text: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """A word that is one of those known, in lower case.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is none.
    """
    word = text.strip().lower()
    if word not in known:
        raise ParameterError(
            f"“{text[:60]}” is not possible as {parameter}.",
            parameter=parameter,
            hint=f"Use {', '.join(known)}.",
        )
    return word


def is_set(parameter: str, text: str) -> bool:
    """Whether a switch is on.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is neither on nor off.
    """
    return one_of(parameter, text, ("0", "1", "false", "true")) in ("1", "true")
