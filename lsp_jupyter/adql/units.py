"""IN_UNIT: values in another unit (ADQL 2.1 section 4.8, VOUnits 1.1)."""

from __future__ import annotations

import math
import re
import warnings
from functools import lru_cache
from typing import Any

from lsp_jupyter.adql import bound, tree
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.types import DOUBLE

__all__ = ["IN_UNIT", "in_unit"]

IN_UNIT = "IN_UNIT"
_FORM = "Write IN_UNIT(x, 'unit')."
_EXAMPLES = "A unit reads like 'arcsec', 'mas/yr' or 'km.s**-1'."
_FAILURES = (ValueError, TypeError, ArithmeticError)
_FORMATS = ("vounit", "generic", "cds", "fits")
_LONGEST = 80
"""Characters of a unit at most; the longest of a catalogue has twenty."""
_DID_YOU_MEAN = re.compile(r"Did you mean [^?\n]+\?")


def in_unit(node: tree.Call, arguments: tuple[bound.Value, ...]) -> bound.Value:
    """Resolve a call of IN_UNIT.

    Parameters
    ----------
    node : `~lsp_jupyter.adql.tree.Call`
        The call as written.
    arguments : `tuple` of `~lsp_jupyter.adql.bound.Value`
        A number whose unit is known, and a text literal: the unit that is wanted.

    Returns
    -------
    value : `~lsp_jupyter.adql.bound.Value`
        A double in that unit.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if a unit is not known, or one cannot be turned into the other.
    """
    if len(arguments) != 2:
        raise refuse(f"IN_UNIT takes 2 values, found {len(arguments)}.", node.at, _FORM)
    value, wanted = arguments
    if not value.type.numeric:
        raise refuse(f"IN_UNIT takes a number, found {value.type.kind.value}.", value.at, _FORM)
    if not (isinstance(wanted, bound.Constant) and isinstance(wanted.value, str)):
        raise refuse("IN_UNIT takes a unit in single quotes.", wanted.at, _FORM)
    target, source = wanted.value.strip(), value.type.unit
    if not source:
        raise refuse(
            "The unit of this value is not known.",
            value.at,
            "IN_UNIT takes a column that has a unit, or sums and aggregates of such.",
        )
    parsed = _target(target)
    if isinstance(parsed, str):
        raise refuse(f"{target or 'An empty text'} is not a unit.", wanted.at, parsed)
    origin = _source(source)
    if origin is None:
        raise refuse(
            f"The unit of this value, {source}, is not one of VOUnits.",
            value.at,
            "Multiply it by the factor you need.",
        )
    factor = _factor(source, target)
    if factor is None:
        raise refuse(
            f"{source} cannot be turned into {target}.",
            node.at,
            "Both units have to measure the same thing.",
        )
    result = DOUBLE.with_unit(target, value.type.ucd)
    if factor == 1.0:
        return bound.Cast(result, value, at=node.at)
    inverse = 1.0 / factor
    # Dividing by 3600 is more exact than multiplying by its reciprocal.
    operator, number = ("/", inverse) if inverse.is_integer() else ("*", factor)
    constant = bound.Constant(DOUBLE, number, at=node.at)
    return bound.Arithmetic(result, value, ((operator, constant, result),), at=node.at)


def _parse(text: str, form: str) -> Any:
    """A unit; in a function, for importing units takes a quarter of a second."""
    from astropy import units

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A unit may be deprecated and right.
        return units.Unit(text, format=form, parse_strict="raise")


@lru_cache(maxsize=1024)
def _target(text: str) -> Any:
    """The unit that is wanted; if there is none, a hint."""
    if not text or not text.isascii() or len(text) > _LONGEST:
        return _EXAMPLES
    try:
        return _parse(text, "vounit")
    except _FAILURES as error:
        near = _DID_YOU_MEAN.search(str(error))
        return near.group() if near else _EXAMPLES


@lru_cache(maxsize=1024)
def _source(text: str) -> Any:
    """The unit of a column, in whatever form the catalogue has it; `None` if it is none."""
    for form in _FORMATS:
        try:
            return _parse(text, form)
        except _FAILURES:
            continue
    return None


@lru_cache(maxsize=1024)
def _factor(source: str, target: str) -> float | None:
    """By what to multiply; `None` if the units measure different things."""
    from astropy.units import UnitConversionError

    try:
        factor = float(_source(source).to(_target(target)))
    except (UnitConversionError, *_FAILURES):
        return None
    return factor if math.isfinite(factor) and factor > 0 else None
