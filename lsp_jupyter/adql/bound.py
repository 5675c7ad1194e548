"""Resolved expressions: with `lsp_jupyter.adql.plan`, what a translator gets.

Every name in it stands for a table or column of the catalogue, every value has
a type, every function is a declared one. Nothing of the query's text is left
but literals and the names of result columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lsp_jupyter.adql.functions import Function
from lsp_jupyter.adql.nodes import Condition, Expression, Value
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.adql.shapes import SHAPE_PARTS
from lsp_jupyter.adql.types import Type

if TYPE_CHECKING:
    from lsp_jupyter.adql.plan import Query

__all__ = [
    "Aggregate",
    "And",
    "Arithmetic",
    "Between",
    "Bitwise",
    "Call",
    "Case",
    "Cast",
    "ColumnRef",
    "Comparison",
    "Complement",
    "Concat",
    "Condition",
    "Constant",
    "Exists",
    "Expression",
    "InList",
    "InQuery",
    "IsNull",
    "Like",
    "Negative",
    "Not",
    "Or",
    "Value",
    "parts",
    "walk",
]


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
class Bitwise(Value):
    """Whole numbers joined bit by bit by ``&``, ``^`` or ``|``."""

    operator: str
    operands: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Complement(Value):
    """A whole number with all its bits turned."""

    operand: Value


@dataclass(frozen=True, slots=True)
class Case(Value):
    """The result beside the first test that holds.

    Attributes
    ----------
    operand : `Value`, optional
        What the tests, then values, are compared with; without it they are conditions.
    whens : `tuple`
        Of test and result.
    default : `Value`, optional
        The result where no test holds; NULL if there is none.
    """

    operand: Value | None
    whens: tuple[tuple[Expression, Value], ...]
    default: Value | None


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
    """A set function; without argument it counts rows. ``parameters`` are constants."""

    function: str
    argument: Value | None
    distinct: bool
    parameters: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast(Value):
    """A value turned into this node's type."""

    operand: Value


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
    Bitwise: lambda node: node.operands,
    Complement: lambda node: (node.operand,),
    Case: lambda node: (
        *((node.operand,) if node.operand is not None else ()),
        *(part for when in node.whens for part in when),
        *((node.default,) if node.default is not None else ()),
    ),
    Call: lambda node: node.arguments,
    Aggregate: lambda node: () if node.argument is None else (node.argument, *node.parameters),
    Cast: lambda node: (node.operand,),
    **SHAPE_PARTS,
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
