"""The syntax tree of an ADQL query, as written: no name in it has been looked up yet.

All nodes are frozen. ``at`` says where a node stands in the text and does not
take part in comparisons, so two equal trees are the same query. Chains of the
same operator are one node with many operands: the depth of a tree is the
nesting of its text, never its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lsp_jupyter.adql.terms import (
    Aggregate,
    And,
    Arithmetic,
    Between,
    Bitwise,
    Call,
    Case,
    Cast,
    Column,
    Comparison,
    Complement,
    Concat,
    Condition,
    Exists,
    Expression,
    InList,
    InQuery,
    IsNull,
    Like,
    Literals,
    Name,
    Node,
    Not,
    Null,
    Number,
    Or,
    Signed,
    Text,
    TypeName,
    Value,
    When,
)

__all__ = [
    "Aggregate",
    "And",
    "Arithmetic",
    "Between",
    "Bitwise",
    "Call",
    "Case",
    "Cast",
    "Column",
    "Combined",
    "CommonTable",
    "Comparison",
    "Complement",
    "Concat",
    "Condition",
    "DerivedTable",
    "Exists",
    "Expression",
    "InList",
    "InQuery",
    "IsNull",
    "Item",
    "Join",
    "Joined",
    "Like",
    "Literals",
    "Name",
    "Node",
    "Not",
    "Null",
    "Number",
    "Operand",
    "Or",
    "Query",
    "Select",
    "Signed",
    "SortKey",
    "Star",
    "TableName",
    "TableReference",
    "Text",
    "TypeName",
    "Value",
    "When",
]

# -- tables ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableName(Node):
    """``[[catalog.]schema.]table [AS alias]``."""

    parts: tuple[Name, ...]
    alias: Name | None = None


@dataclass(frozen=True, slots=True)
class DerivedTable(Node):
    """``(SELECT …) AS alias``."""

    query: Query
    alias: Name


@dataclass(frozen=True, slots=True)
class Join(Node):
    """One step of a chain of joins.

    Attributes
    ----------
    kind : `str`
        ``inner``, ``left``, ``right``, ``full`` or ``cross``.
    table : `TableReference`
        What is joined.
    natural : `bool`
        Whether all columns of the same name are equal.
    on : `Condition`, optional
        The condition after ON.
    using : `tuple` of `Name`
        The columns after USING.
    """

    kind: str
    table: TableReference
    natural: bool = False
    on: Condition | None = None
    using: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined(Node):
    """Tables joined from left to right."""

    first: TableReference
    joins: tuple[Join, ...]


TableReference: TypeAlias = TableName | DerivedTable | Joined


# -- queries -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Star(Node):
    """``*`` or ``table.*`` in a select list."""

    qualifier: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Item(Node):
    """``value [AS alias]`` in a select list."""

    value: Value
    alias: Name | None = None


@dataclass(frozen=True, slots=True)
class Select(Node):
    """SELECT … FROM … WHERE … GROUP BY … HAVING."""

    items: tuple[Item | Star, ...]
    tables: tuple[TableReference, ...]
    distinct: bool = False
    top: int | None = None
    where: Condition | None = None
    group: tuple[Value, ...] = ()
    having: Condition | None = None


@dataclass(frozen=True, slots=True)
class SortKey(Node):
    """One key of ORDER BY: a value, or the position of a column of the result from 1."""

    key: Value | int
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Combined(Node):
    """Queries combined from left to right.

    Attributes
    ----------
    first : `Operand`
        The leftmost.
    rest : `tuple`
        Of ``UNION``, ``EXCEPT`` or ``INTERSECT``, whether ALL stands after it, and the next.
    """

    first: Operand
    rest: tuple[tuple[str, bool, Operand], ...]


@dataclass(frozen=True, slots=True)
class CommonTable(Node):
    """``name AS (SELECT …)`` after WITH."""

    name: Name
    query: Query


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A whole query, or a subquery; only a whole query has common tables."""

    body: Select | Combined
    order: tuple[SortKey, ...] = ()
    offset: int | None = None
    common: tuple[CommonTable, ...] = ()


Operand: TypeAlias = Select | Combined | Query
"""One of the queries that UNION, EXCEPT or INTERSECT combine; with order or offset a `Query`."""
