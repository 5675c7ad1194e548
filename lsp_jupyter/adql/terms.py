"""The values and conditions of the syntax tree; `lsp_jupyter.adql.tree` has all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from lsp_jupyter.adql.places import Place

if TYPE_CHECKING:
    from lsp_jupyter.adql.tree import Query

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
    "Comparison",
    "Complement",
    "Concat",
    "Condition",
    "Exists",
    "Expression",
    "InList",
    "InQuery",
    "IsNull",
    "Like",
    "Literals",
    "Name",
    "Node",
    "Not",
    "Null",
    "Number",
    "Or",
    "Signed",
    "Text",
    "TypeName",
    "Value",
    "When",
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


@dataclass(frozen=True, slots=True)
class Bitwise(Value):
    """Whole numbers joined by ``&``, ``^`` or ``|``; an extension."""

    operator: str
    operands: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Complement(Value):
    """``~operand``; an extension."""

    operand: Value


@dataclass(frozen=True, slots=True)
class When(Node):
    """``WHEN test THEN result``; the test is a value if the CASE has an operand."""

    test: Expression
    result: Value


@dataclass(frozen=True, slots=True)
class Case(Value):
    """``CASE [operand] WHEN … THEN … [ELSE default] END``; an extension."""

    operand: Value | None
    whens: tuple[When, ...]
    default: Value | None


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
