"""Python values as ADQL literals that mean the same (ADQL 2.1 section 2.1.4)."""

from __future__ import annotations

import datetime
import math
import numbers
import re
from collections.abc import Iterable, Set
from decimal import Decimal
from typing import Any

from lsp_jupyter.errors import UsageError

__all__ = ["literal", "literals"]

#: Characters that neither UTF-8 nor XML 1.0 section 2.2 can hold: a query travels in both.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def literal(value: Any) -> str:
    """One value as a literal.

    Parameters
    ----------
    value : `object`
        A number, text, time or Boolean.

    Returns
    -------
    text : `str`
        Numbers keep every digit. Text and times are in single quotes. A time
        with a zone is turned into UTC; one without is taken as it is.
        Booleans are 1 and 0.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if no literal means the same.
    """
    value = _plain(value)
    if value is None:
        raise UsageError(
            "it is None, and NULL cannot be compared with.", hint="Write `x IS NULL` for it."
        )
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime.datetime):
        return _time(value)
    if isinstance(value, datetime.date):
        return f"'{value.isoformat()}'"
    if isinstance(value, numbers.Integral):
        number = int(value)
        if number.bit_length() > 64:
            raise UsageError("it is an integer of more than 64 bits.")
        return str(number)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise UsageError(f"it is {value}, which no literal means.")
        return str(value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        real = float(value)
        if not math.isfinite(real):
            raise UsageError(f"it is {real}, which no literal means.")
        return repr(real)
    raise UsageError(
        f"a {type(value).__name__} is no literal.",
        hint="Bind a number, a text, a time, a list of them, or a table.",
    )


def literals(value: Any) -> list[str] | None:
    """The items of a list, set, array or column as literals; `None` for a single value.

    Parameters
    ----------
    value : `object`
        Anything.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if the list is empty or not flat, if numbers and text are
        mixed, or if an item is no literal.
    """
    items = _items(value)
    if items is None:
        return None
    if not items:
        raise UsageError(
            "it is empty, and ADQL has no empty list.", hint="Leave the condition out."
        )
    out = []
    for index, item in enumerate(items):
        try:
            out.append(literal(item))
        except UsageError as error:
            raise UsageError(f"item {index}: {error.message}", hint=error.hint) from None
    if len({text.startswith("'") for text in out}) > 1:
        raise UsageError("it holds both numbers and text.", hint="Make all items of one kind.")
    return out


def _items(value: Any) -> list[Any] | None:
    """The items of anything list-like, as Python's own values where it has them."""
    if isinstance(value, str | bytes | bytearray | dict):
        return None
    if getattr(value, "ndim", 0) and hasattr(value, "unit") and hasattr(value, "to_value"):
        raise UsageError(
            f"it is in {value.unit}.",
            hint="Give the numbers in the column's unit: x.to_value('deg').",
        )
    if type(value).__module__ == "numpy" and getattr(value.dtype, "kind", "") == "M":
        # numpy's own conversion makes integers of nanoseconds.
        return list(value) if value.ndim else None
    if isinstance(value, Set):
        try:
            return sorted(value)
        except TypeError:
            return list(value)
    # numpy, pandas, astropy and Arrow give Python's values this way.
    for name in ("tolist", "to_pylist", "to_list"):
        if hasattr(value, name) and getattr(value, "ndim", 1) != 0:
            items = getattr(value, name)()
            return items if isinstance(items, list) else None
    if isinstance(value, Iterable) and hasattr(value, "__len__") and not hasattr(value, "ndim"):
        return list(value)
    return None


def _plain(value: Any) -> Any:
    """A value of numpy, pandas or Arrow as Python's own."""
    unit = getattr(value, "unit", None)
    if unit is not None and hasattr(value, "to_value"):
        if str(unit):
            raise UsageError(
                f"it is in {unit}.", hint="Give the number in the column's unit: x.to_value('deg')."
            )
        return float(value)
    if hasattr(value, "isot"):
        raise UsageError(
            "a Time is no literal, since columns differ in scale and form.",
            hint="Bind x.utc.isot, x.tai.mjd or what the column holds.",
        )
    kind = type(value).__module__.partition(".")[0]
    if kind == "numpy":
        if type(value).__name__ == "datetime64":
            text = str(value)
            if text == "NaT":
                raise UsageError("it is not a time (NaT).")
            return text
        if getattr(value, "ndim", 0) == 0 and hasattr(value, "item"):
            return None if type(value).__name__ == "MaskedConstant" else value.item()
    if kind == "pyarrow" and hasattr(value, "as_py"):
        return value.as_py()
    if kind == "pandas" and type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value


def _text(value: str) -> str:
    if _FORBIDDEN.search(value):
        raise UsageError(
            "it holds a character that no query can carry (a control, or half of a pair).",
            hint="Remove it from the text.",
        )
    return "'" + value.replace("'", "''") + "'"


def _time(value: datetime.datetime) -> str:
    """As DALI 1.1 section 3.3.3 writes it."""
    if value.utcoffset() is not None:
        value = value.astimezone(datetime.UTC)
    return f"'{value.replace(tzinfo=None).isoformat()}'"
