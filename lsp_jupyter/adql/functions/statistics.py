"""Set functions of statistics beyond those of ADQL."""

from __future__ import annotations

from collections.abc import Sequence

from lsp_jupyter.adql.functions.declared import NUMBER, Function, declare
from lsp_jupyter.adql.types import DOUBLE, Type

__all__ = ["STATISTICS"]


def _like(types: Sequence[Type]) -> Type:
    """A double in the unit of the first argument."""
    return DOUBLE.with_unit(types[0].unit, types[0].ucd)


def _squared(types: Sequence[Type]) -> Type:
    unit = types[0].unit
    return DOUBLE.with_unit(f"({unit})**2" if unit else "")


def _of(name: str, description: str, *, squared: bool = False) -> Function:
    return declare(
        "statistics",
        f"{name}(x DOUBLE PRECISION) -> DOUBLE PRECISION",
        (NUMBER,),
        _squared if squared else _like,
        description,
        aggregate=True,
    )


STATISTICS = (
    _of("STDDEV", "The standard deviation of a sample; NULL for fewer than two values."),
    _of("STDDEV_SAMP", "The standard deviation of a sample, as STDDEV."),
    _of("STDDEV_POP", "The standard deviation of a whole population."),
    _of("VARIANCE", "The variance of a sample; NULL for fewer than two values.", squared=True),
    _of("VAR_SAMP", "The variance of a sample, as VARIANCE.", squared=True),
    _of("VAR_POP", "The variance of a whole population.", squared=True),
    _of("MEDIAN", "The value in the middle, or halfway between the two in the middle."),
    declare(
        "statistics",
        "PERCENTILE(x DOUBLE PRECISION, p DOUBLE PRECISION) -> DOUBLE PRECISION",
        (NUMBER, NUMBER),
        _like,
        "The value below which p percent of the values are, between two of them in proportion; "
        "p is a literal from 0 to 100.",
        aggregate=True,
    ),
)
"""The functions."""
