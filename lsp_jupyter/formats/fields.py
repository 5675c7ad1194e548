"""Arrow fields ⇄ VOTable FIELDs (VOTable 1.4 sections 2.1, 2.2 and 4.1).

The Arrow type decides how values are written. The metadata of an Arrow field
(``datatype arraysize xtype unit ucd utype description``) is a hint: it may
widen a number, choose between char and unicodeChar, and fix the length of an
array, but it never loses a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["Kind", "VOField", "arrow_type", "metadata_of", "vo_field", "vo_fields"]


class Kind(Enum):
    """How the values of a column are laid out."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    BYTES = "bytes"
    ARRAY = "array"


@dataclass(frozen=True, slots=True)
class VOField:
    """A VOTable FIELD, and the Arrow type its values are written from.

    Attributes
    ----------
    name, datatype, arraysize, xtype, unit, ucd, utype, description : `str`
        Attributes of the FIELD; empty ones are not written.
    kind : `Kind`
        The layout of a cell.
    type : `pyarrow.DataType`
        What values are cast to: an integer, float, bool, large_string,
        large_binary, list or fixed-size list type.
    null : `int`, optional
        The element that stands for a missing one in an array of integers.
    """

    name: str
    datatype: str
    kind: Kind
    type: pa.DataType
    arraysize: str = ""
    xtype: str = ""
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""
    null: int | None = None

    @property
    def element(self) -> np.dtype[Any]:
        """The big-endian numpy type of one number."""
        inner = self.type.value_type if self.kind is Kind.ARRAY else self.type
        dtype: np.dtype[Any] = np.dtype(inner.to_pandas_dtype())
        return dtype.newbyteorder(">")


#: VOTable datatype of each Arrow number.
_NUMBERS: Mapping[pa.DataType, str] = {
    pa.uint8(): "unsignedByte",
    pa.int8(): "short",
    pa.int16(): "short",
    pa.uint16(): "int",
    pa.int32(): "int",
    pa.uint32(): "long",
    pa.int64(): "long",
    pa.uint64(): "long",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
}
#: Arrow type of each VOTable number.
_TYPES: Mapping[str, pa.DataType] = {
    "unsignedByte": pa.uint8(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
}
#: What a hint may widen a number to.
_WIDER: Mapping[str, frozenset[str]] = {
    "unsignedByte": frozenset({"short", "int", "long"}),
    "short": frozenset({"int", "long"}),
    "int": frozenset({"long"}),
    "float": frozenset({"double"}),
}
_MAX_EXACT_DIGITS = 18


def metadata_of(field: pa.Field) -> dict[str, str]:
    """The metadata of an Arrow field as text."""
    return {
        key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for key, value in (field.metadata or {}).items()
    }


def _number(type_: pa.DataType, hint: str) -> str:
    """The VOTable datatype of a number; empty if the type is not one."""
    if pa.types.is_decimal(type_):
        if type_.scale == 0 and (type_.precision <= _MAX_EXACT_DIGITS or hint == "long"):
            return "long"
        return "double"
    natural = _NUMBERS.get(type_, "")
    return hint if hint in _WIDER.get(natural, ()) else natural


def _is_list(type_: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(type_)
        or pa.types.is_large_list(type_)
        or pa.types.is_fixed_size_list(type_)
        or pa.types.is_list_view(type_)
        or pa.types.is_large_list_view(type_)
    )


def _layout(type_: pa.DataType, hint: Mapping[str, str]) -> dict[str, object]:
    """Datatype, arraysize, xtype, kind and type of an Arrow type."""
    if isinstance(type_, pa.BaseExtensionType):
        # A UUID is shown as people write it, anything else as what it is stored as.
        if isinstance(type_, pa.UuidType):
            xtype = hint.get("xtype", "")
            out = {"datatype": "char", "arraysize": "*", "xtype": xtype}
            return out | {"kind": Kind.TEXT, "type": pa.large_string()}
        type_ = type_.storage_type
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    wanted = hint.get("datatype", "")
    xtype = hint.get("xtype", "")
    if pa.types.is_boolean(type_):
        return {"datatype": "boolean", "kind": Kind.BOOLEAN, "type": pa.bool_(), "xtype": xtype}
    if datatype := _number(type_, wanted):
        target = _TYPES[datatype]
        return {"datatype": datatype, "kind": Kind.NUMBER, "type": target, "xtype": xtype}
    if (
        pa.types.is_binary(type_)
        or pa.types.is_large_binary(type_)
        or pa.types.is_binary_view(type_)
        or pa.types.is_fixed_size_binary(type_)
    ):
        out = {"datatype": "unsignedByte", "arraysize": "*", "xtype": xtype}
        return out | {"kind": Kind.BYTES, "type": pa.large_binary()}
    if _is_list(type_) and (datatype := _number(type_.value_type, wanted)):
        return _array(type_, datatype, hint)
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        out = {"datatype": "char", "arraysize": "*", "xtype": "timestamp"}
        return out | {"kind": Kind.TEXT, "type": pa.large_string()}
    known_ascii = not (
        pa.types.is_string(type_)
        or pa.types.is_large_string(type_)
        or pa.types.is_string_view(type_)
        or pa.types.is_nested(type_)
    )
    datatype = "char" if wanted == "char" or known_ascii else "unicodeChar"
    out = {"datatype": datatype, "arraysize": "*", "xtype": xtype}
    return out | {"kind": Kind.TEXT, "type": pa.large_string()}


def _array(type_: pa.DataType, datatype: str, hint: Mapping[str, str]) -> dict[str, object]:
    length = hint.get("arraysize", "")
    null = None
    if datatype in {"unsignedByte", "short", "int", "long"}:
        # A missing element needs a value of its own: the smallest, of a signed type.
        datatype = "short" if datatype == "unsignedByte" else datatype
        null = -(1 << {"short": 15, "int": 31, "long": 63}[datatype])
    value = _TYPES[datatype]
    if pa.types.is_fixed_size_list(type_):
        length = str(type_.list_size)
    target = pa.list_(value, int(length)) if length.isdigit() else pa.large_list(value)
    return {
        "datatype": datatype,
        "arraysize": length if length.isdigit() else "*",
        "xtype": hint.get("xtype", ""),
        "kind": Kind.ARRAY,
        "type": target,
        "null": null,
    }


def vo_field(field: pa.Field) -> VOField:
    """The VOTable FIELD of an Arrow field.

    Parameters
    ----------
    field : `pyarrow.Field`
        Any Arrow type is accepted: 64-bit integers stay exact, decimals of at
        most 18 digits without fraction become long and others double, times
        become text as DALI 1.1 section 3.3.3 writes it, nested values JSON text.

    Returns
    -------
    vo : `VOField`
        What to write.
    """
    hint = metadata_of(field)
    layout = _layout(field.type, hint)
    words = {key: hint.get(key, "") for key in ("unit", "ucd", "utype", "description")}
    return VOField(name=field.name, **words, **layout)  # type: ignore[arg-type]


def vo_fields(schema: pa.Schema) -> tuple[VOField, ...]:
    """The FIELDs of a whole schema, in order."""
    return _fields_of(schema.remove_metadata().serialize().to_pybytes())


@lru_cache(maxsize=128)
def _fields_of(schema: bytes) -> tuple[VOField, ...]:
    """Those of a schema as Arrow writes it: many results have the same columns."""
    return tuple(vo_field(field) for field in pa.ipc.read_schema(pa.py_buffer(schema)))


def arrow_type(datatype: str, arraysize: str = "", xtype: str = "") -> pa.DataType:
    """The Arrow type that holds a column of a VOTable type.

    Parameters
    ----------
    datatype, arraysize, xtype : `str`
        As in a FIELD or in TAP_SCHEMA.columns.

    Returns
    -------
    type : `pyarrow.DataType`
        Text for char and unicodeChar, microsecond timestamps for xtype
        ``timestamp``, lists for arrays of numbers (of fixed size where
        ``arraysize`` is a number above 1).

    Raises
    ------
    KeyError
        Raised if VOTable has no such datatype, or Arrow no equivalent.
    """
    if datatype in {"char", "unicodeChar"}:
        return pa.timestamp("us") if xtype == "timestamp" else pa.string()
    value = pa.bool_() if datatype == "boolean" else _TYPES[datatype]
    if arraysize in {"", "1"}:
        return value
    if datatype == "unsignedByte":
        return pa.binary()
    return pa.list_(value, int(arraysize)) if arraysize.isdigit() else pa.list_(value)
