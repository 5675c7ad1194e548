"""Which types go together, and how a value becomes one of another type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from lsp_jupyter.adql import bound
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.types import BOOLEAN, SHAPES, TIMESTAMP, Kind, Type, common
from lsp_jupyter.errors import AdqlError

__all__ = ["as_time", "comparable", "orderable", "unified"]

_ISO = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?Z?)?"
)
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
_NO_VALUE = (*SHAPES.values(), Kind.OTHER)


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
    left: bound.Value, right: bound.Value, operator: str, at: Place, *, strict: bool = False
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
    strict : `bool`
        Whether to refuse booleans compared with 0 and 1.

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
    if not strict:
        left, right = _as_flag(left, right), _as_flag(right, left)
        kinds = {left.type.kind, right.type.kind}
    if len(kinds) == 1:
        if kinds == {Kind.BOOLEAN} and operator not in ("=", "<>", "IN"):
            raise refuse(f"Booleans cannot be compared by {operator}.", at, "Use = or <>.")
        return left, right
    raise _mismatch(left, right, at, strict=strict)


def _as_flag(value: bound.Value, other: bound.Value) -> bound.Value:
    """0 or 1 beside a boolean, as archives write it, is that boolean."""
    if (
        other.type.kind is Kind.BOOLEAN
        and isinstance(value, bound.Constant)
        and value.type.kind is Kind.INTEGER
        and value.value in (0, 1)
    ):
        return bound.Constant(BOOLEAN, value.value, at=value.at)
    return value


def unified(
    values: Sequence[bound.Value], what: str, at: Place
) -> tuple[Type, tuple[bound.Value, ...]]:
    """Values as the type that all of them can have.

    Parameters
    ----------
    values : sequence of `~lsp_jupyter.adql.bound.Value`
        The values.
    what : `str`
        What they belong to, for the message.
    at : `Place`
        Where that stands.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if there is no such type.
    """
    for value in values:
        orderable(value, what)
    if any(value.type.kind is Kind.TIMESTAMP for value in values):
        values = [as_time(value) for value in values]
    result = common(value.type for value in values)
    if result is None:
        raise refuse(
            f"The values of {what} are of different types.",
            at,
            "Use CAST to make them of one type.",
        )
    converted = [
        bound.Cast(result.plain(), value, at=value.at)
        if result.numeric and value.type.datatype != result.datatype
        else value
        for value in values
    ]
    return result, tuple(converted)


def orderable(value: bound.Value, where: str) -> None:
    """Refuse a value that cannot be sorted, grouped or told apart."""
    if value.type.kind in _NO_VALUE:
        raise refuse(f"{_a(value.type)} cannot stand in {where}.", value.at, "Use its parts.")


def _mismatch(left: bound.Value, right: bound.Value, at: Place, *, strict: bool) -> AdqlError:
    kinds = {left.type.kind, right.type.kind}
    hint = ""
    if Kind.BOOLEAN in kinds:
        flag = left if left.type.kind is Kind.BOOLEAN else right
        name = flag.column.name if isinstance(flag, bound.ColumnRef) else "flag"
        other = right if flag is left else left
        if strict or not other.type.numeric or isinstance(other, bound.Constant):
            hint = f"Write CAST({name} AS INTEGER) = 1." if strict else f"Write {name} = 1."
        else:
            hint = f"Write CAST({name} AS INTEGER)."
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
