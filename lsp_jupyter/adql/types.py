"""Types of values, and the metadata that expressions derive from their operands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from lsp_jupyter.adql.schema import Column

__all__ = [
    "BIGINT",
    "BOOLEAN",
    "CIRCLE",
    "DIRECTION",
    "DOUBLE",
    "INTEGER",
    "NULL",
    "POINT",
    "POLYGON",
    "REAL",
    "REGION",
    "SHAPES",
    "SMALLINT",
    "TEXT",
    "TIMESTAMP",
    "Kind",
    "Type",
    "arithmetic",
    "common",
    "type_of",
]


class Kind(Enum):
    """What can be done with a value; the value is how errors call it."""

    NULL = "NULL"
    BOOLEAN = "a boolean"
    INTEGER = "a whole number"
    FLOAT = "a number"
    TEXT = "a text"
    TIMESTAMP = "a time"
    POINT = "a point"
    CIRCLE = "a circle"
    POLYGON = "a polygon"
    OTHER = "an array"


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value, in the words of VOTable.

    Attributes
    ----------
    kind : `Kind`
        What can be done with it.
    datatype, arraysize, xtype : `str`
        As in `~lsp_jupyter.adql.schema.Column`.
    unit, ucd : `str`
        VOUnits unit and UCD1+ word; empty where unknown.
    """

    kind: Kind
    datatype: str
    arraysize: str = ""
    xtype: str = ""
    unit: str = ""
    ucd: str = ""

    @property
    def numeric(self) -> bool:
        """Whether one can calculate with it."""
        return self.kind in (Kind.INTEGER, Kind.FLOAT, Kind.NULL)

    def plain(self) -> Type:
        """The same type without unit and UCD."""
        return replace(self, unit="", ucd="")

    def with_unit(self, unit: str, ucd: str = "") -> Type:
        """The same type with this unit and UCD."""
        return replace(self, unit=unit, ucd=ucd)


NULL = Type(Kind.NULL, "char", "*")
BOOLEAN = Type(Kind.BOOLEAN, "boolean")
SMALLINT = Type(Kind.INTEGER, "short")
INTEGER = Type(Kind.INTEGER, "int")
BIGINT = Type(Kind.INTEGER, "long")
REAL = Type(Kind.FLOAT, "float")
DOUBLE = Type(Kind.FLOAT, "double")
TEXT = Type(Kind.TEXT, "char", "*")
TIMESTAMP = Type(Kind.TIMESTAMP, "char", "*", "timestamp")
POINT = Type(Kind.POINT, "double", "2", "point")
CIRCLE = Type(Kind.CIRCLE, "double", "3", "circle")
POLYGON = Type(Kind.POLYGON, "double", "*", "polygon")
DIRECTION = Type(Kind.OTHER, "double", "3")

REGION = "adql:REGION"
"""The extended type of shapes written as STC-S text (TAP 1.0 section 2.5; ObsCore's s_region)."""

SHAPES = {"point": Kind.POINT, "circle": Kind.CIRCLE, "polygon": Kind.POLYGON}
"""The kinds of shapes by their extended types (DALI 1.1 section 3.3)."""

_KINDS = {
    "boolean": Kind.BOOLEAN,
    **dict.fromkeys(("unsignedByte", "short", "int", "long"), Kind.INTEGER),
    **dict.fromkeys(("float", "double"), Kind.FLOAT),
    **dict.fromkeys(("char", "unicodeChar"), Kind.TEXT),
}
_SIZE = {"unsignedByte": 1, "short": 2, "int": 3, "long": 4, "float": 5, "double": 6}


def type_of(column: Column) -> Type:
    """The type of a column of the catalogue."""
    kind = _KINDS.get(column.datatype, Kind.OTHER)
    if kind is Kind.TEXT:
        if column.xtype == "timestamp":
            kind = Kind.TIMESTAMP
        elif "x" in column.arraysize:
            kind = Kind.OTHER  # A list of texts.
    elif column.arraysize not in ("", "1"):
        kind = SHAPES.get(column.xtype, Kind.OTHER) if kind is Kind.FLOAT else Kind.OTHER
    return Type(kind, column.datatype, column.arraysize, column.xtype, column.unit, column.ucd)


def arithmetic(operator: str, left: Type, right: Type) -> Type:
    """The type of two numbers joined by an operator.

    Whole numbers give a whole number of 64 bits, for ``/`` too; two float32
    give a float32; all else is double. A sum or difference of one unit keeps it.
    """
    if left.kind is Kind.FLOAT or right.kind is Kind.FLOAT:
        single = left.datatype == right.datatype == "float"
        result = REAL if single else DOUBLE
    else:
        result = BIGINT
    if operator in "+-" and left.unit and left.unit == right.unit:
        return result.with_unit(left.unit)
    return result


def common(types: Iterable[Type]) -> Type | None:
    """The type that can hold all of these, as COALESCE gives it; `None` if there is none."""
    known = [one for one in types if one.kind is not Kind.NULL]
    if not known:
        return NULL
    first = known[0]
    unit = first.unit if all(one.unit == first.unit for one in known) else ""
    ucd = first.ucd if all(one.ucd == first.ucd for one in known) else ""
    if all(one.numeric for one in known):
        widest = max(known, key=lambda one: _SIZE[one.datatype])
        exact = any(one.datatype in ("int", "long") for one in known)
        if widest.datatype == "float" and exact:
            widest = DOUBLE
        return widest.with_unit(unit, ucd)
    if all(one.kind is first.kind for one in known):
        same = all(one.arraysize == first.arraysize for one in known)
        wide = any(one.datatype == "unicodeChar" for one in known)
        return replace(
            first,
            datatype="unicodeChar" if wide else first.datatype,
            arraysize=first.arraysize if same else "*",
            unit=unit,
            ucd=ucd,
        )
    return None
