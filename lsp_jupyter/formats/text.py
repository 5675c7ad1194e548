"""Arrow columns → text, for TABLEDATA and CSV, by whole columns."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.formats.cells import Bools, cast, fixed_lists, lists, nulls, plain
from lsp_jupyter.formats.fields import Kind, VOField

__all__ = [
    "DELIMITED",
    "TABLEDATA",
    "Style",
    "array_items",
    "column_text",
    "has_bytes",
    "join_columns",
    "joined_items",
    "replaced",
    "wrapped",
]


@dataclass(frozen=True, slots=True)
class Style:
    """How numbers that are not finite are written.

    Attributes
    ----------
    nan, plus, minus : `str`
        Text of NaN and of the two infinities.
    exact : `bool`
        Whether decimals and 128-bit integers keep all their digits; VOTable
        has no type for them.
    """

    nan: str
    plus: str
    minus: str
    exact: bool


#: VOTable 1.4 section 4.1.
TABLEDATA = Style("NaN", "+Inf", "-Inf", exact=False)
#: What Java, C, pandas, astropy and Arrow all read.
DELIMITED = Style("NaN", "Infinity", "-Infinity", exact=True)

_TEXT = pa.large_string()


def column_text(array: pa.Array, vo: VOField, style: Style) -> pa.Array:
    """A column as text.

    Parameters
    ----------
    array : `pyarrow.Array`
        The values, of any type.
    vo : `VOField`
        Its FIELD.
    style : `Style`
        `TABLEDATA` or `DELIMITED`.

    Returns
    -------
    text : `pyarrow.LargeStringArray`
        Null where the value is missing. Floats are the shortest text that
        reads back as the same number; arrays of numbers are separated by
        blanks; times are ISO 8601.
    """
    array = plain(array)
    if vo.kind is Kind.NUMBER:
        if style.exact and pa.types.is_decimal(array.type):
            return array.cast(_TEXT)
        return _number(array if style.exact else cast(array, vo.type, vo), style)
    if vo.kind is Kind.BOOLEAN:
        return array.cast(_TEXT)
    if vo.kind is Kind.ARRAY:
        return _arrays(array, vo, style)
    if vo.kind is Kind.BYTES:
        return _bytes(array, style)
    return _text(array)


def _number(array: pa.Array, style: Style) -> pa.Array:
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    text = array.cast(_TEXT)
    if pa.types.is_floating(array.type) and pc.all(pc.is_finite(array)).as_py() is False:
        for test, word in (
            (pc.is_nan(array), style.nan),
            (pc.equal(array, np.inf), style.plus),
            (pc.equal(array, -np.inf), style.minus),
        ):
            text = pc.if_else(test.fill_null(False), pa.scalar(word, _TEXT), text)
    return text


def _arrays(array: pa.Array, vo: VOField, style: Style) -> pa.Array:
    if style.exact:
        lengths, items, missing = array_items(array, style)
        return joined_items(lengths, items.fill_null("null"), missing, " ")
    if pa.types.is_fixed_size_list(vo.type):
        table, _ = fixed_lists(array, vo)
        items = _number(pa.array(table.reshape(-1)), style)
        # An empty cell would have too few numbers: its elements are missing one by one.
        return joined_items(np.full(len(array), int(vo.arraysize), np.int64), items, None, " ")
    lengths, values, missing = lists(array, vo)
    return joined_items(lengths, _number(pa.array(values), style), missing, " ")


def array_items(
    array: pa.Array, style: Style
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], pa.Array, Bools | None]:
    """The numbers of a column of lists as text.

    Returns
    -------
    lengths : `numpy.ndarray` of `int`
        One a row; 0 where the list is missing.
    items : `pyarrow.LargeStringArray`
        The elements of all lists; null where one is missing.
    missing : `numpy.ndarray` of `bool`, optional
        Where lists are missing; `None` if nowhere.
    """
    lengths = pc.list_value_length(array).fill_null(0).to_numpy().astype(np.int64)
    return lengths, _number(array.flatten(), style), nulls(array)


def joined_items(
    lengths: np.ndarray[Any, np.dtype[np.int64]],
    items: pa.Array,
    missing: Bools | None,
    between: str,
) -> pa.Array:
    """The items of each list as one text; parameters as `array_items` gives them."""
    offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32())
    words = pa.ListArray.from_arrays(offsets, items.cast(pa.string()))
    text = pc.binary_join(words, between).cast(_TEXT)
    if missing is not None:
        text = pc.if_else(pa.array(missing), pa.scalar(None, _TEXT), text)
    return text


def _bytes(array: pa.Array, style: Style) -> pa.Array:
    """Numbers separated by blanks in a VOTable, hexadecimal elsewhere."""
    words = [
        None if item is None else item.hex() if style.exact else " ".join(map(str, item))
        for item in array.to_pylist()
    ]
    return pa.array(words, _TEXT)


def _text(array: pa.Array) -> pa.Array:
    type_ = array.type
    if pa.types.is_timestamp(type_):
        return _timestamps(array)
    if pa.types.is_nested(type_):
        return pa.array(
            [None if item is None else _json(item) for item in array.to_pylist()], _TEXT
        )
    try:
        return array.cast(_TEXT)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array([None if item is None else str(item) for item in array.to_pylist()], _TEXT)


def _json(value: object) -> str:
    def other(item: object) -> object:
        if isinstance(item, (datetime.datetime, datetime.date, datetime.time)):
            return item.isoformat()
        if isinstance(item, bytes):
            return item.hex()
        return str(item)

    return json.dumps(value, default=other, ensure_ascii=False, separators=(",", ":"))


def _timestamps(array: pa.Array) -> pa.Array:
    """DALI 1.1 section 3.3.3: no zeros at the end of the fraction, Z only if the zone is known."""
    type_ = array.type
    # Arrow keeps instants in UTC whatever the zone says: look at them as such.
    text = array.view(pa.timestamp(type_.unit)).cast(_TEXT)
    text = pc.replace_substring(text, " ", "T", max_replacements=1)
    if type_.unit != "s":
        text = pc.replace_substring_regex(text, r"\.?0+$", "")
    if type_.tz:
        text = pc.binary_join_element_wise(text, pa.scalar("Z", _TEXT), pa.scalar("", _TEXT))
    return text


def has_bytes(array: pa.Array, table: np.ndarray[Any, np.dtype[np.bool_]]) -> bool:
    """Whether the text of a large_string array holds a byte for which ``table`` is true."""
    offsets, data = array.buffers()[1:3]
    if data is None or len(array) == 0:
        return False
    ends = np.frombuffer(offsets, np.int64, len(array) + 1, array.offset * 8)
    raw = np.frombuffer(data, np.uint8, int(ends[-1] - ends[0]), int(ends[0]))
    return bool(table[raw].any())


def replaced(array: pa.Array, escapes: Mapping[str, str]) -> pa.Array:
    """Text with some ASCII characters replaced, in the order given; it may be the same array."""
    table = np.zeros(256, np.bool_)
    table[[ord(sign) for sign in escapes]] = True
    if has_bytes(array, table):
        for sign, text in escapes.items():
            one = np.zeros(256, np.bool_)
            one[ord(sign)] = True
            if has_bytes(array, one):
                array = pc.replace_substring(array, sign, text)
    return array


def wrapped(array: pa.Array, before: str, after: str) -> pa.Array:
    """Text between two others; null stays null."""
    parts = (pa.scalar(before, _TEXT), array, pa.scalar(after, _TEXT), pa.scalar("", _TEXT))
    return pc.binary_join_element_wise(*parts)


def join_columns(
    columns: list[pa.Array], first: str, between: str | Sequence[str], last: str
) -> memoryview:
    """Columns of text → the bytes of all rows, one after another.

    Parameters
    ----------
    columns : `list` of `pyarrow.LargeStringArray`
        Of equal length; nulls become nothing.
    first, last : `str`
        What stands before the first cell and after the last.
    between : `str` or sequence of `str`
        What stands between cells; a sequence has one for each cell but the first.
    """
    signs = [between] * (len(columns) - 1) if isinstance(between, str) else between
    words: list[Any] = [pa.scalar(first, _TEXT)] if first else []
    for number, column in enumerate(columns):
        if number:
            words.append(pa.scalar(signs[number - 1], _TEXT))
        words.append(column)
    words += [pa.scalar(last, _TEXT), pa.scalar("", _TEXT)]
    rows = pc.binary_join_element_wise(*words, null_handling="replace", null_replacement="")
    offsets, data = rows.buffers()[1:3]
    ends = np.frombuffer(offsets, np.int64, len(rows) + 1, rows.offset * 8)
    return memoryview(data)[int(ends[0]) : int(ends[-1])]
