"""The syntax tree of an ADQL query, as written: no name in it has been looked up yet.

All nodes are frozen. ``at`` says where a node stands in the text and does not
take part in comparisons, so two equal trees are the same query. Chains of the
same operator are one node with many operands: the depth of a tree is the
nesting of its text, never its length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lsp_jupyter.adql.places import Place

__all__ = [
    "Aggregate",
    "And",
    "Arithmetic",
    "Between",
    "Call",
    "Cast",
    "Column",
    "Comparison",
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
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything in the tree.

    Attributes
    ----------
    at : `Place`
        Where it stands in the text.
    """

    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Value(Node):
    """An expression that has a value."""


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """An expression that is true, false or unknown."""


Expression: TypeAlias = Value | Condition


@dataclass(frozen=True, slots=True)
class Name(Node):
    """An identifier; ``delimited`` if it was written in double quotes, which keep its case."""

    text: str
    delimited: bool = False

    def matches(self, actual: str) -> bool:
        """Whether it names this (ADQL 2.1 section 2.1.2)."""
        return self.text == actual or (not self.delimited and self.text.lower() == actual.lower())


# -- values ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number(Value):
    """A numeric literal, a sign before it included."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Text(Value):
    """A string literal."""

    value: str


@dataclass(frozen=True, slots=True)
class Null(Value):
    """The word NULL."""


@dataclass(frozen=True, slots=True)
class Column(Value):
    """A column reference, ``[[schema.]table.]column``."""

    parts: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Signed(Value):
    """A value after a minus sign."""

    operand: Value


@dataclass(frozen=True, slots=True)
class Arithmetic(Value):
    """A chain of ``+ -`` or of ``* /``, evaluated from left to right."""

    first: Value
    rest: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Concat(Value):
    """Texts joined by ``||``."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Call(Value):
    """A function of any kind but the aggregates."""

    name: Name
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Value):
    """A set function; ``argument`` is `None` in ``COUNT(*)``."""

    function: str
    argument: Value | None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """The target of a CAST: SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, CHAR …"""

    name: str
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Cast(Value):
    """``CAST(operand AS target)``."""

    operand: Value
    target: TypeName


# -- conditions --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """Two values compared by ``= <> < > <= >=`` (``!=`` is read as ``<>``)."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Between(Condition):
    """``operand [NOT] BETWEEN low AND high``."""

    operand: Value
    low: Value
    high: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Literals(Node):
    """A list of literals only, however long."""

    values: tuple[int | float | str, ...]


@dataclass(frozen=True, slots=True)
class InList(Condition):
    """``operand [NOT] IN (…)``."""

    operand: Value
    values: Literals | tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InQuery(Condition):
    """``operand [NOT] IN (SELECT …)``."""

    operand: Value
    query: Query
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like(Condition):
    """``operand [NOT] LIKE pattern``; ``insensitive`` for ILIKE."""

    operand: Value
    pattern: Value
    negated: bool = False
    insensitive: bool = False


@dataclass(frozen=True, slots=True)
class IsNull(Condition):
    """``operand IS [NOT] NULL``."""

    operand: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Exists(Condition):
    """``EXISTS (SELECT …)``."""

    query: Query


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """``NOT condition``."""

    operand: Condition


@dataclass(frozen=True, slots=True)
class And(Condition):
    """Conditions that must all hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """Conditions of which one must hold."""

    parts: tuple[Condition, ...]


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
class Query(Node):
    """A whole query, or a subquery."""

    body: Select
    order: tuple[SortKey, ...] = ()
    offset: int | None = None
