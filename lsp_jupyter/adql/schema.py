"""What ADQL needs to know of a catalogue: the protocol that `catalogs` implements.

This module must not depend on any other part of the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

__all__ = ["Column", "ColumnGroup", "Reach", "Schema", "Spread", "Table"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as TAP_SCHEMA describes it (TAP 1.1 section 4.3).

    Attributes
    ----------
    name : `str`
        As the catalogue spells it.
    datatype : `str`
        VOTable datatype: boolean, unsignedByte, short, int, long, float,
        double, char or unicodeChar (VOTable 1.4 section 2.1).
    arraysize : `str`
        VOTable arraysize; empty for a scalar, ``*`` for text of any length.
    xtype : `str`
        DALI extended type, such as ``timestamp`` or ``point``.
    unit, ucd, utype, description : `str`
        VOUnits unit, UCD1+ word, utype, and one sentence.
    principal, indexed, std : `bool`
        The flags of TAP_SCHEMA.columns.
    """

    name: str
    datatype: str
    arraysize: str = ""
    xtype: str = ""
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""
    principal: bool = False
    indexed: bool = False
    std: bool = False

    def metadata(self) -> dict[str, str]:
        """What travels with a result column, empty items left out."""
        keys = ("datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")
        return {key: value for key in keys if (value := getattr(self, key))}


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """Columns that belong together, such as a value and its uncertainty.

    Attributes
    ----------
    name : `str`
        Unique in its table.
    members : `tuple` of (`str`, `str`)
        Each column and its role: ``value``, ``error``, ``error_low``,
        ``error_high``, ``covariance``, ``flag``, or empty for a plain member.
    description, ucd, utype : `str`
        Metadata.
    """

    name: str
    members: tuple[tuple[str, str], ...]
    description: str = ""
    ucd: str = ""
    utype: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the shapes in a column of a table go from the positions of its rows.

    Attributes
    ----------
    column : `str`
        The column of shapes.
    degrees : `float`
        Distance from the position of a row beyond which its shape never goes.
    corners : `str`
        The helper column that has the vertices of each shape as unit vectors, its inside on
        their left; empty unless all shapes are convex polygons.
    """

    column: str
    degrees: float
    corners: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """What values a column of a table has.

    Attributes
    ----------
    column : `str`
        The column.
    low, high : `str`
        The lowest and the highest finite value of numbers and times, as text with all digits;
        empty where there is none.
    missing : `float`
        The share of rows without a value, from 0 to 1.
    choices : `tuple` of `str`
        All different values, ascending, of a column that has few; otherwise empty.
    """

    column: str
    low: str = ""
    high: str = ""
    missing: float = 0.0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table a query may name.

    Attributes
    ----------
    schema, name : `str`
        As users type them, ``schema.name``.
    columns : `tuple` of `Column`
        The visible columns; helper columns never appear here.
    source : `tuple` of `str`
        Where the engine finds it: the parts of its physical SQL name,
        unquoted, such as ``("gaia_source_1", "main", "data")``.
    position : `tuple` of `str`, optional
        Names of the two columns (degrees, ICRS) that ``hpx29`` (order-29
        nested HEALPix, int64) and the unit vector ``cx, cy, cz`` were made
        from. `None` where the table has no such helper columns.
    description, utype, title : `str`
        Metadata.
    rows : `int`, optional
        Number of rows where known.
    kind : `str`
        ``table``, ``view``, ``job`` for the result of a job, ``user`` for a table of the
        caller's own, or ``upload`` for one that came with the query.
    groups : `tuple` of `ColumnGroup`
        Columns that belong together.
    reaches : `tuple` of `Reach`
        What finds the shapes that cover a place by the index of positions.
    spreads : `tuple` of `Spread`
        What values the columns have, where that is known.
    sample : `tuple` of `str`
        Where the engine finds a uniform sample of the rows, with the same
        columns; empty if there is none.
    share : `float`
        The probability with which each row is in the sample.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    source: tuple[str, ...]
    position: tuple[str, str] | None = None
    description: str = ""
    utype: str = ""
    title: str = ""
    rows: int | None = None
    kind: Literal["table", "view", "job", "user", "upload"] = "table"
    groups: tuple[ColumnGroup, ...] = ()
    reaches: tuple[Reach, ...] = ()
    spreads: tuple[Spread, ...] = ()
    sample: tuple[str, ...] = ()
    share: float = 1.0

    @property
    def full_name(self) -> str:
        """``schema.name``."""
        return f"{self.schema}.{self.name}"

    @property
    def sampled(self) -> Table:
        """The same table with the rows of its sample alone; itself if it has none."""
        if not self.sample:
            return self
        rows = None if self.rows is None else round(self.share * self.rows)
        return replace(self, source=self.sample, rows=rows)


class Schema(Protocol):
    """The tables one caller may query, as one unchanging snapshot."""

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        """Tables of that name, compared without regard to case.

        With ``schema`` `None`, tables of any schema. The resolver applies
        ADQL's rules for delimited identifiers to what comes back.
        """

    def names(self) -> Iterable[str]:
        """Every ``schema.name``, for suggestions."""
