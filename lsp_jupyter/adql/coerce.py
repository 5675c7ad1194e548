"""Which types go together, and how a value becomes one of another type."""

from __future__ import annotations

import re
from datetime import date

from lsp_jupyter.adql import bound
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.types import TIMESTAMP, Kind, Type
from lsp_jupyter.errors import AdqlError

__all__ = ["as_time", "comparable", "orderable"]

_ISO = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?Z?)?"
)
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
_NO_VALUE = (Kind.POINT, Kind.CIRCLE, Kind.OTHER)


def as_time(value: bound.Value) -> bound.Value:
    """A text constant as a time (DALI 1.1 section 3.3.3)."""
    if value.type.kind is Kind.TEXT and isinstance(value, bound.Constant):
        if not _is_time(str(value.value)):
            raise refuse(
                "This text is not a time.",
                value.at,
                "Write it in ISO form, such as '2026-03-01' or '2026-03-01T12:00:00'.",
            )
        return bound.Cast(TIMESTAMP, value, at=value.at)
    return value


def _is_time(text: str) -> bool:
    if not _ISO.fullmatch(text):
        return False
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def comparable(
    left: bound.Value, right: bound.Value, operator: str, at: Place
) -> tuple[bound.Value, bound.Value]:
    """Two values as they can be compared.

    Parameters
    ----------
    left, right : `~lsp_jupyter.adql.bound.Value`
        The values.
    operator : `str`
        How they are compared.
    at : `Place`
        The whole comparison.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if their types do not go together.
    """
    for side in (left, right):
        if side.type.kind is Kind.NULL:
            raise refuse(
                "A comparison with NULL is never true.",
                at,
                "Write x IS NULL, or x IS NOT NULL.",
            )
        if side.type.kind in _NO_VALUE:
            hint = ""
            if side.type.kind is not Kind.OTHER:
                hint = "Use CONTAINS(point, circle) = 1 or DISTANCE(point, point) < radius."
            raise refuse(f"{_a(side.type)} cannot be compared.", side.at, hint)
    if left.type.numeric and right.type.numeric:
        return left, right
    kinds = {left.type.kind, right.type.kind}
    if kinds == {Kind.TIMESTAMP, Kind.TEXT}:
        left, right = as_time(left), as_time(right)
        kinds = {left.type.kind, right.type.kind}
    if len(kinds) == 1:
        if kinds == {Kind.BOOLEAN} and operator not in ("=", "<>", "IN"):
            raise refuse(f"Booleans cannot be compared by {operator}.", at, "Use = or <>.")
        return left, right
    raise _mismatch(left, right, at)


def orderable(value: bound.Value, where: str) -> None:
    """Refuse a value that cannot be sorted, grouped or told apart."""
    if value.type.kind in _NO_VALUE:
        raise refuse(f"{_a(value.type)} cannot stand in {where}.", value.at, "Use its parts.")


def _mismatch(left: bound.Value, right: bound.Value, at: Place) -> AdqlError:
    kinds = {left.type.kind, right.type.kind}
    hint = ""
    if Kind.BOOLEAN in kinds:
        flag = left if left.type.kind is Kind.BOOLEAN else right
        name = flag.column.name if isinstance(flag, bound.ColumnRef) else "flag"
        hint = f"Write CAST({name} AS INTEGER) = 1."
    elif Kind.TEXT in kinds:
        text, other = (left, right) if left.type.kind is Kind.TEXT else (right, left)
        if isinstance(text, bound.Constant) and _NUMBER.fullmatch(str(text.value)):
            hint = f"Write the number without quotes: {str(text.value).strip()}."
        elif other.type.kind is Kind.TIMESTAMP:
            hint = "Write CAST(x AS TIMESTAMP)."
        elif isinstance(other, bound.Constant):
            hint = f"Write the text in quotes: '{other.value}'."
        else:
            hint = "Turn one into the type of the other: CAST(x AS VARCHAR)."
    elif Kind.TIMESTAMP in kinds:
        hint = "Write a time as text in ISO form, such as '2026-03-01T12:00:00'."
    return refuse(f"{_a(left.type)} cannot be compared with {right.type.kind.value}.", at, hint)


def _a(one: Type) -> str:
    text = one.kind.value
    return text[0].upper() + text[1:]
