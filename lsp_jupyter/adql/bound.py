"""Resolved expressions: with `lsp_jupyter.adql.plan`, what a translator gets.

Every name in it stands for a table or column of the catalogue, every value has
a type, every function is a declared one. Nothing of the query's text is left
but literals and the names of result columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from lsp_jupyter.adql.functions import Function
from lsp_jupyter.adql.places import NOWHERE, Place
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.adql.types import Type

if TYPE_CHECKING:
    from lsp_jupyter.adql.plan import Query

__all__ = [
    "Aggregate",
    "And",
    "Arithmetic",
    "Between",
    "Call",
    "Cast",
    "Circle",
    "ColumnRef",
    "Comparison",
    "Concat",
    "Condition",
    "Constant",
    "Contains",
    "Distance",
    "Exists",
    "Expression",
    "InList",
    "InQuery",
    "IsNull",
    "Like",
    "Negative",
    "Not",
    "Or",
    "Point",
    "Value",
    "parts",
    "walk",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything that can be evaluated."""

    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Value(Node):
    """What has a value of a type."""

    type: Type


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """What is true, false or unknown."""


Expression: TypeAlias = Value | Condition


# -- values ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant(Value):
    """A literal; `None` is NULL."""

    value: int | float | str | None


@dataclass(frozen=True, slots=True)
class ColumnRef(Value):
    """A column of one source.

    Attributes
    ----------
    source : `str`
        Alias of the `TableSource` or `QuerySource`, unique within the query.
    name : `str`
        Name of the column inside that source.
    column : `~lsp_jupyter.adql.schema.Column`
        Its metadata.
    depth : `int`
        Nesting of the query that owns the source; the outermost is 0.
    """

    source: str
    name: str
    column: Column = field(compare=False, repr=False)
    depth: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative(Value):
    """A number with its sign turned."""

    operand: Value


@dataclass(frozen=True, slots=True)
class Arithmetic(Value):
    """A chain of numbers; each step has its operator, operand and the type so far."""

    first: Value
    rest: tuple[tuple[str, Value, Type], ...]


@dataclass(frozen=True, slots=True)
class Concat(Value):
    """Texts joined."""

    operands: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Call(Value):
    """A declared function.

    Attributes
    ----------
    function : `~lsp_jupyter.adql.functions.Function`
        Which one.
    arguments : `tuple` of `Value`
        Its arguments.
    sources : `tuple`
        Of a RAND with seed: the sources whose rows it depends on, and whether each is a table
        of the catalogue.
    """

    function: Function
    arguments: tuple[Value, ...]
    sources: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate(Value):
    """A set function; without argument it counts rows."""

    function: str
    argument: Value | None
    distinct: bool


@dataclass(frozen=True, slots=True)
class Cast(Value):
    """A value turned into this node's type."""

    operand: Value


@dataclass(frozen=True, slots=True)
class Point(Value):
    """A position on the sphere, degrees ICRS; of ``table`` if it is that source's indexed one."""

    longitude: Value
    latitude: Value
    table: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Circle(Value):
    """A cone around a point; the radius is in degrees."""

    centre: Point
    radius: Value


@dataclass(frozen=True, slots=True)
class Contains(Value):
    """1 if the point is inside the circle or on its rim, else 0."""

    point: Point
    circle: Circle


@dataclass(frozen=True, slots=True)
class Distance(Value):
    """Degrees along the great circle between two points."""

    first: Point
    second: Point


# -- conditions --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """Two values compared."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Between(Condition):
    """A value within two limits, both inclusive."""

    operand: Value
    low: Value
    high: Value
    negated: bool


@dataclass(frozen=True, slots=True)
class InList(Condition):
    """A value in a list: of literals (which may be long), or of any values."""

    operand: Value
    literals: tuple[int | float | str, ...]
    values: tuple[Value, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class InQuery(Condition):
    """A value in the only column of a subquery."""

    operand: Value
    query: Query
    negated: bool


@dataclass(frozen=True, slots=True)
class Like(Condition):
    """A text that matches a pattern."""

    operand: Value
    pattern: Value
    negated: bool
    insensitive: bool


@dataclass(frozen=True, slots=True)
class IsNull(Condition):
    """Whether there is no value."""

    operand: Value
    negated: bool


@dataclass(frozen=True, slots=True)
class Exists(Condition):
    """Whether a subquery has a row."""

    query: Query


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The opposite."""

    operand: Condition


@dataclass(frozen=True, slots=True)
class And(Condition):
    """All of these."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """One of these."""

    conditions: tuple[Condition, ...]


_PARTS: dict[type, Callable[[Any], tuple[Expression, ...]]] = {
    Negative: lambda node: (node.operand,),
    Arithmetic: lambda node: (node.first, *(operand for _, operand, _ in node.rest)),
    Concat: lambda node: node.operands,
    Call: lambda node: node.arguments,
    Aggregate: lambda node: () if node.argument is None else (node.argument,),
    Cast: lambda node: (node.operand,),
    Point: lambda node: (node.longitude, node.latitude),
    Circle: lambda node: (node.centre, node.radius),
    Contains: lambda node: (node.point, node.circle),
    Distance: lambda node: (node.first, node.second),
    Comparison: lambda node: (node.left, node.right),
    Between: lambda node: (node.operand, node.low, node.high),
    InList: lambda node: (node.operand, *node.values),
    InQuery: lambda node: (node.operand,),
    Like: lambda node: (node.operand, node.pattern),
    IsNull: lambda node: (node.operand,),
    Not: lambda node: (node.operand,),
    And: lambda node: node.conditions,
    Or: lambda node: node.conditions,
}


def parts(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside one; subqueries are not entered."""
    inside = _PARTS.get(type(node))
    return () if inside is None else inside(node)


def walk(node: Expression) -> Iterator[Expression]:
    """An expression and all those inside it, subqueries not entered."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(parts(node))
