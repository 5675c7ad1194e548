"""How a result is to be shown: computed columns, filters, subset and sort order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from lsp_jupyter.errors import ParameterError

__all__ = ["OPERATORS", "Derived", "Filter", "View"]

#: Sort keys, filters, computed columns, values of one ``in``, characters of a view, of one
#: expression and of a name at most.
MAX_KEYS = 16
MAX_FILTERS = 64
MAX_DERIVED = 64
MAX_EXPRESSION = 20_000
MAX_NAME = 128
MAX_VALUES = 10_000
MAX_TEXT = 1 << 20

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_TEXT_OPS = ("contains", "startswith")
_NULL_OPS = ("isnull", "notnull")
OPERATORS = (*_COMPARISONS, *_TEXT_OPS, *_NULL_OPS, "in", "between")


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition rows must meet.

    Attributes
    ----------
    column : `str`
        Name of a result column.
    op : `str`
        One of ``= != < <= > >= contains startswith isnull notnull in between``.
        The two on text do not regard case. Missing values (NaN too) meet only
        ``isnull``.
    value
        What to compare with: a list for ``in``, two values for ``between``,
        nothing for the two on missing values. 64-bit integers may be text.
    """

    column: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A computed column.

    Attributes
    ----------
    name : `str`
        Unlike that of any other column, whatever their case.
    text : `str`
        A value expression of ADQL over the columns of the result and those computed before it.
    unit : `str`, optional
        Takes the place of the unit that the expression has by itself.
    """

    name: str
    text: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """How to show a result.

    Attributes
    ----------
    sort : `tuple` of (name, ``asc`` or ``desc``)
        Most significant first; missing values come last either way.
    filters : `tuple` of `Filter`
        All must hold.
    derived : `tuple` of `Derived`
        Columns behind those of the result, which the rest may name like these.
    where : `tuple` of `str`
        Conditions of ADQL; all must hold.
    subset : `str`
        Names of subsets with AND, OR, NOT and parentheses; empty for all rows.
    """

    sort: tuple[tuple[str, str], ...] = ()
    filters: tuple[Filter, ...] = ()
    derived: tuple[Derived, ...] = ()
    where: tuple[str, ...] = ()
    subset: str = ""

    @property
    def arranges(self) -> bool:
        """Whether it leaves out rows or changes their order."""
        return bool(self.sort or self.filters or self.where or self.subset)

    def __bool__(self) -> bool:
        """Whether it is anything but the result itself."""
        return self.arranges or bool(self.derived)

    @classmethod
    def parse(cls, text: object) -> View:
        """Read a view from JSON.

        Parameters
        ----------
        text : `str` or mapping or `None`
            JSON text, or what it was read into:
            ``{"derive": [["gr", "gmag - rmag", "mag"]], "filter": [["ra", "<", 6]],
            "where": ["gr > 1"], "subset": "stars AND NOT bad", "sort": [["gr", "asc"]]}``,
            any part of which may be missing. Empty or `None`: the result itself.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is anything else.
        """
        if text is None or text == "":
            return cls()
        if isinstance(text, str):
            if len(text) > MAX_TEXT:
                raise _wrong(f"it is longer than {MAX_TEXT} characters")
            try:
                data: object = json.loads(text)
            except (ValueError, RecursionError):
                raise _wrong("it is not JSON") from None
        else:
            data = text
        if data is None:
            return cls()
        known = (*_PARTS, "subset")
        if not isinstance(data, Mapping) or set(data) - set(known):
            raise _wrong("it must be an object with " + ", ".join(f"'{key}'" for key in known))
        parts: dict[str, Any] = {}
        for key, (most, parse) in _PARTS.items():
            items = [] if data.get(key) is None else data[key]
            if not isinstance(items, list) or len(items) > most:
                raise _wrong(f"'{key}' must be a list of at most {most} entries")
            parts[key] = tuple(map(parse, items))
        subset = data.get("subset") or ""
        if not isinstance(subset, str) or len(subset) > MAX_EXPRESSION:
            raise _wrong("'subset' must be names of subsets with AND, OR and NOT")
        return cls(parts["sort"], parts["filter"], parts["derive"], parts["where"], subset.strip())

    def key(self) -> str:
        """A name of this arrangement that can be part of a file name."""
        parts: list[Any] = [list(self.sort), [[f.column, f.op, f.value] for f in self.filters]]
        if self.derived or self.where or self.subset:
            computed = [[one.name, one.text] for one in self.derived]
            parts += [computed, self.where, self.subset]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def resolve(self, schema: pa.Schema) -> View:
        """The same view with the values of its filters in the types of the columns.

        Parameters
        ----------
        schema : `pyarrow.Schema`
            The columns of the result, and those that the view computes.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if a column does not exist or a value does not fit it.
        """
        for name, _ in self.sort:
            _column(schema, name)
        filters = tuple(_resolve(f, _column(schema, f.column)) for f in self.filters)
        return replace(self, filters=filters)


def _wrong(why: str) -> ParameterError:
    return ParameterError(
        f"This is not a view: {why}.",
        parameter="view",
        hint='Write it like {"sort": [["ra", "asc"]], "filter": [["dec", "<", 10]]}.',
    )


def _parse_key(item: Any) -> tuple[str, str]:
    match item:
        case [str(name), str(way)] if way.lower() in ("asc", "desc"):
            return name, way.lower()
        case _:
            raise _wrong("each entry of 'sort' is a column and 'asc' or 'desc'")


def _parse_filter(item: Any) -> Filter:
    match item:
        case [str(column), str(op)] if op in _NULL_OPS:
            return Filter(column, op)
        case [str(column), str(op), value] if op in OPERATORS:
            if op == "in" and not (isinstance(value, list) and len(value) <= MAX_VALUES):
                raise _wrong(f"'in' takes a list of at most {MAX_VALUES} values")
            if op == "between" and not (isinstance(value, list) and len(value) == 2):
                raise _wrong("'between' takes a list of two values")
            return Filter(column, op, None if op in _NULL_OPS else value)
        case _:
            raise _wrong(
                "each entry of 'filter' is a column, one of "
                + " ".join(OPERATORS)
                + ", and a value"
            )


def _parse_derived(item: Any) -> Derived:
    match item:
        case [str(name), str(text)] | [str(name), str(text), None]:
            unit = None
        case [str(name), str(text), str(unit)] if len(unit) <= MAX_NAME:
            pass
        case _:
            raise _wrong("each entry of 'derive' is a name, an expression and maybe a unit")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise _wrong(f"a computed column needs a name of at most {MAX_NAME} characters")
    return Derived(name, _expression(text), unit)


def _expression(text: Any) -> str:
    if not isinstance(text, str) or len(text) > MAX_EXPRESSION:
        raise _wrong(f"an expression is a text of at most {MAX_EXPRESSION} characters")
    return text


#: Most entries of each part that is a list, and what reads one.
_PARTS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "sort": (MAX_KEYS, _parse_key),
    "filter": (MAX_FILTERS, _parse_filter),
    "derive": (MAX_DERIVED, _parse_derived),
    "where": (MAX_FILTERS, _expression),
}


def _column(schema: pa.Schema, name: str) -> pa.Field:
    index = schema.get_field_index(name)
    if index < 0:
        raise ParameterError(
            f"The result has no column '{name}'.",
            parameter="view",
            hint="It has: " + ", ".join(schema.names[:20]) + ("…" if len(schema) > 20 else "."),
        )
    return schema.field(index)


def _resolve(item: Filter, field: pa.Field) -> Filter:
    text = pa.types.is_string(field.type)
    scalar = not (pa.types.is_nested(field.type) or pa.types.is_binary(field.type))
    if item.op not in _NULL_OPS and not scalar:
        raise ParameterError(
            f"Column '{item.column}' holds arrays, which cannot be compared.",
            parameter="view",
            hint="Only 'isnull' and 'notnull' can be asked of it.",
        )
    if item.op in _TEXT_OPS and not text:
        raise ParameterError(
            f"'{item.op}' needs a column of text; '{item.column}' is none.", parameter="view"
        )
    if item.op in _NULL_OPS:
        return item
    if item.op in ("in", "between"):
        return Filter(item.column, item.op, [_value(v, item, field.type) for v in item.value])
    return Filter(item.column, item.op, _value(item.value, item, field.type))


def _value(value: Any, item: Filter, kind: pa.DataType) -> Any:
    try:
        if pa.types.is_string(kind):
            return _text(value)
        if pa.types.is_boolean(kind):
            return {"true": True, "false": False}[str(value).lower()]
        if pa.types.is_timestamp(kind):
            return datetime.fromisoformat(value).replace(tzinfo=None).isoformat()
        return _number(value)
    except (ValueError, KeyError, TypeError, OverflowError):
        raise ParameterError(
            f"{json.dumps(value)[:60]} cannot be compared with column '{item.column}' ({kind}).",
            parameter="view",
        ) from None


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    try:
        # Identifiers above 2**53 come as text: JSON's numbers would change them.
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = float(value)
    if not np.isfinite(float(number)) or (isinstance(number, int) and abs(number) >= 1 << 63):
        raise ValueError
    return number
