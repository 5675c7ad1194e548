"""Regions of the sky in a query, as the search form has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from lsp_jupyter.adql.tree import Call, Number, Text, Value

__all__ = ["MisfitError", "Region", "called", "form_of", "framed", "number_text", "plain", "told"]

#: Frames a region may be given in.
_FRAMES = ("GALACTIC", "ECLIPTIC")


class MisfitError(Exception):
    """The query asks for something the form has no place for; the message says what."""


class Region(NamedTuple):
    """A shape that is asked for.

    Attributes
    ----------
    frame : `str`
        What its coordinates are in.
    shape : `~lsp_jupyter.adql.tree.Call`
        It.
    outline : `bool`
        Whether outlines are asked to meet it, instead of positions to be inside.
    """

    frame: str
    shape: Call
    outline: bool


def form_of(regions: Sequence[Region]) -> dict[str, Any]:
    """What a form says of regions one of which is asked for.

    Raises
    ------
    MisfitError
        Raised if the form could not ask for them.
    """
    numbers: list[list[str]] = []
    for region in regions:
        values = plain(region.shape)
        if not all(isinstance(value, Number) for value in values):
            raise MisfitError("It searches in a shape that is computed.")
        numbers.append([number_text(value) for value in values if isinstance(value, Number)])
    shape, first = regions[0].shape, numbers[0]
    if any(told(region) != told(regions[0]) for region in regions):
        raise MisfitError("It searches in several coordinate systems.")
    sky = told(regions[0])
    sizes = {"CIRCLE": 3} | ({"POINT": 2} if regions[0].outline else {})
    size = sizes.get(shape.name.text.upper())
    if all(called(each.shape, shape.name.text) for each in regions) and all(
        len(each) == size and each[2:] == first[2:] for each in numbers
    ):
        centres = [" ".join(each[:2]) for each in numbers]
        sky |= (
            {"shape": "list", "positions": "\n".join(centres)}
            if len(centres) > 1
            else {"shape": "cone", "centre": centres[0]}
        )
        sky |= {"radius": first[2]} if size == 3 else {}
    elif len(regions) > 1:
        raise MisfitError("It searches in several regions.")
    elif called(shape, "BOX") and len(first) == 4:
        centre = " ".join(first[:2])
        sky |= {"shape": "box", "centre": centre, "width": first[2], "height": first[3]}
    elif called(shape, "POLYGON") and len(first) % 2 == 0 and len(first) >= 6:
        corners = [" ".join(first[i : i + 2]) for i in range(0, len(first), 2)]
        sky |= {"shape": "polygon", "positions": "\n".join(corners)}
    else:
        raise MisfitError("It searches in a shape that the form does not have.")
    return sky


def framed(value: Value) -> tuple[str, Call]:
    """Frame and shape."""
    frame = "ICRS"
    if isinstance(value, Call) and called(value, "ivo_geom_transform"):
        names = [each.value for each in value.arguments if isinstance(each, Text)]
        if len(value.arguments) != 3 or names[1:] != ["ICRS"] or names[0] not in _FRAMES:
            raise MisfitError("It searches in a coordinate system that the form has not.")
        frame, value = names[0], value.arguments[2]
    if not isinstance(value, Call):
        raise MisfitError("It searches in a shape that is computed.")
    return frame, value


def told(region: Region) -> dict[str, Any]:
    """What the form says of a region besides its shape."""
    frame = {} if region.frame == "ICRS" else {"frame": region.frame}
    return frame | ({"outline": True} if region.outline else {})


def called(call: Call, name: str) -> bool:
    """Whether a function is called that name."""
    return call.name.text.lower() == name.lower()


def plain(call: Call) -> tuple[Value, ...]:
    """The arguments of a shape, without the coordinate system that ADQL 2.0 put before them."""
    values = call.arguments
    if not values or not isinstance(values[0], Text):
        return values
    if values[0].value.upper() not in ("", "ICRS"):
        raise MisfitError("It searches in a coordinate system that the form has not.")
    return values[1:]


def number_text(number: Number) -> str:
    """A number as a control of the form has it."""
    return repr(number.value)
