"""Which type a column of texts has."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Guess", "instants"]

_NUMBER = r"^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|[iI]nf(inity)?|[nN]a[nN])$"
_PADDED = r"^[+-]?0\d+$"
#: Integers that a double would round.
_HUGE = r"^[+-]?\d{17,}$"
_FLAG = r"^(?i:true|false)$"
_INSTANT = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$"

#: The share of numbers beyond which other texts are taken for mistakes.
_MOSTLY = 0.5


def instants(texts: pa.Array) -> pa.Array:
    """ISO 8601 texts as Arrow parses them: without the sign of UTC."""
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), "Z$", "")


class Guess:
    """Looks at the values of one column.

    Parameters
    ----------
    name : `str`
        The column.

    Attributes
    ----------
    name : `str`
        The column.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._kind: pa.DataType | None = None
        self._filled = 0
        self._numbers = 0
        self._padded = False
        self._empty = False
        self._odd: tuple[int, str] | None = None

    def look(self, texts: pa.Array, first: int) -> None:
        """Take more values into account.

        Parameters
        ----------
        texts : `pyarrow.Array`
            Strings; missing values fit every type.
        first : `int`
            Rows before these.
        """
        trimmed = pc.utf8_trim_whitespace(texts)
        empty = pc.equal(trimmed, "")
        if pc.any(empty, min_count=0).as_py():
            self._empty = True
            trimmed = pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
        filled = len(trimmed) - trimmed.null_count
        if not filled:
            return
        self._filled += filled
        if self._kind is None or not pa.types.is_string(self._kind):
            fitting = self._fit(trimmed)
            if fitting is not None:
                self._kind = fitting
                if pa.types.is_integer(fitting) or pa.types.is_floating(fitting):
                    self._numbers += filled
                return
        self._kind = pa.string()
        number = pc.match_substring_regex(trimmed, _NUMBER)
        self._numbers += pc.sum(number).as_py() or 0
        if self._odd is None:
            odd = pc.index(pc.fill_null(number, True), False).as_py()
            if odd >= 0:
                self._odd = (first + odd, texts[odd].as_py())

    def _fit(self, texts: pa.Array) -> pa.DataType | None:
        """The narrowest type that these values and those before fit; nothing but text: none."""
        kind = self._kind
        if (kind is None or pa.types.is_integer(kind)) and _casts(texts, pa.int64()):
            self._padded = _any(texts, _PADDED)
            return None if self._padded else pa.int64()
        if (
            (kind is None or pa.types.is_integer(kind) or pa.types.is_floating(kind))
            and _casts(texts, pa.float64())
            and not _any(texts, _HUGE)
        ):
            return pa.float64()
        if (kind is None or pa.types.is_boolean(kind)) and _all(texts, _FLAG):
            return pa.bool_()
        if (
            (kind is None or pa.types.is_timestamp(kind))
            and _all(texts, _INSTANT)
            and _casts(instants(texts), pa.timestamp("us"))
        ):
            return pa.timestamp("us")
        return None

    @property
    def type(self) -> pa.DataType:
        """The type that all values fit; text where there are none."""
        return pa.string() if self._kind is None else self._kind

    @property
    def quoted(self) -> bool:
        """Whether missing values of it are quoted empty texts."""
        return self._empty and not pa.types.is_string(self.type)

    @property
    def mixed(self) -> str:
        """A sentence on a text among numbers; empty where the column is all of a kind."""
        if (
            self._odd is None
            or self._numbers == self._filled
            or self._numbers <= _MOSTLY * self._filled
        ):
            return ""
        row, text = self._odd
        count = self._filled - self._numbers
        rest = "" if count == 1 else f", and {count - 1:,} more texts are there"
        return (
            f"Column {self.name} holds {self._numbers:,} numbers, but row {row + 1:,} has "
            f"{text[:60]!r}{rest}."
        )

    @property
    def note(self) -> str:
        """What is remarkable of the column; empty if nothing is."""
        if self._kind is None:
            return f"{self.name} has no values; it is published as text"
        if pa.types.is_string(self._kind) and self._numbers == self._filled:
            why = "zeros in front" if self._padded else "more digits than 64 bits hold"
            return f"{self.name} holds numbers with {why}; it is published as text"
        return ""


def _casts(texts: pa.Array, kind: pa.DataType) -> bool:
    try:
        texts.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _all(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern), min_count=0).as_py())


def _any(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern), min_count=0).as_py())
