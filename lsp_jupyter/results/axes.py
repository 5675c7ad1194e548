"""The axes of charts: value expressions as numbers, and the window they are seen through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lsp_jupyter.adql.formulas import Formula
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.errors import AdqlError, ParameterError

from .relation import Relation

__all__ = ["Axis", "Span", "axis", "formula", "literal", "widened"]

#: Low and high end of an axis, in its own values.
Span = tuple[float, float]

#: VOTable datatypes that are numbers.
_NUMBERS = ("boolean", "unsignedByte", "short", "int", "long", "float", "double")
#: The Modified Julian Date at the zero of Unix time.
_UNIX_MJD = 40587


@dataclass(frozen=True, slots=True)
class Axis:
    """A value expression along an axis.

    Attributes
    ----------
    formula : `~lsp_jupyter.adql.formulas.Formula`
        What is shown.
    log : `bool`
        Whether the axis is logarithmic: values of zero and below are not on it.
    """

    formula: Formula
    log: bool = False

    @property
    def column(self) -> Column:
        """What it shows, as a double: instants become MJD in days."""
        column = self.formula.column
        if column.xtype == "timestamp":
            return Column("", "double", unit="d", ucd=column.ucd, description=column.description)
        return Column(
            "", "double", unit=column.unit, ucd=column.ucd, description=column.description
        )

    @property
    def number(self) -> str:
        """The value as a DOUBLE in SQL."""
        sql = self.formula.sql
        if self.formula.column.xtype == "timestamp":
            return f"(epoch({sql}) / 86400.0 + {_UNIX_MJD})"
        if self.formula.column.datatype == "boolean":
            return f"CAST(CAST({sql} AS INTEGER) AS DOUBLE)"
        return f"CAST({sql} AS DOUBLE)"

    def place(self, value: float) -> float:
        """Where a value is on the axis."""
        if not self.log:
            return value
        return math.log10(value) if value > 0 else -math.inf

    def placed(self, name: str) -> str:
        """The same in SQL, for a positive column of that name."""
        return f"log10({name})" if self.log else name

    def within(self, name: str, span: tuple[float | None, float | None]) -> list[str]:
        """Conditions in SQL that a column of that name is finite and between two values."""
        low, high = span
        tests = []
        # NaN is above everything for the engine, so that an upper end keeps it out too.
        tests.append(f"{name} < CAST('inf' AS DOUBLE)" if high is None else _below(name, high))
        tests.append(f"{name} > CAST('-inf' AS DOUBLE)" if low is None else _above(name, low))
        if self.log and (low is None or low <= 0):
            tests.append(f"{name} > 0")
        return tests


def formula(relation: Relation, text: str, parameter: str) -> Formula:
    """Compile a value expression, or find the column whose whole name it is.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised, with the name of the parameter, if it is neither.
    """
    position = relation.schema.get_field_index(text)
    if position >= 0:
        return relation.plain(position)
    try:
        return relation.value(text)
    except AdqlError as error:
        error.parameter = parameter
        raise


def axis(relation: Relation, text: str, parameter: str, *, log: bool = False) -> Axis:
    """Compile a value expression that can be drawn: a number or an instant.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if it is none.
    """
    found = formula(relation, text, parameter)
    column = found.column
    scalar = column.arraysize in ("", "1") and column.datatype in _NUMBERS
    if not scalar and column.xtype != "timestamp":
        what = "text" if column.datatype in ("char", "unicodeChar") else "an array"
        raise ParameterError(
            f"'{text[:80]}' is {what}, which has no place on an axis.",
            parameter=parameter,
            hint="Choose a number or a time.",
        )
    return Axis(found, log)


def widened(span: Sequence[float], *, log: bool = False) -> Span:
    """A span whose ends differ, in ascending order."""
    low, high = sorted(span)
    if low < high and (not log or high > 0):
        return low, high
    if log:
        return (low / 2, high * 2) if low > 0 else (0.1, 10.0)
    half = 0.5 if low == 0 else abs(low) * 0.05
    return low - half, high + half


def literal(value: float) -> str:
    """A number as a DOUBLE in SQL, with all its digits."""
    return f"CAST('{value!r}' AS DOUBLE)"


def _below(name: str, value: float) -> str:
    return f"{name} <= {literal(float(value))}"


def _above(name: str, value: float) -> str:
    return f"{name} >= {literal(float(value))}"
