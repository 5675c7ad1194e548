"""What pieces of SQL need of the translator that joins them, and names for what is used twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from lsp_jupyter.adql.nodes import Value
from lsp_jupyter.adql.shapes import Direction
from lsp_jupyter.adql.translate.sql import Sql

__all__ = [
    "Components",
    "Writer",
    "components",
    "cross",
    "dot",
    "each",
    "let",
    "let_all",
    "literal",
    "minus",
    "struct",
]

Components: TypeAlias = tuple[str, str, str]
"""The SQL of three components; each stands for one operand."""


class Writer(Protocol):
    """What is needed of a translator."""

    bindings: int
    """How many names of `let` are known where something is being written."""

    def position(self, node: Value, times: int) -> str:
        """The text of a sound double, which will be written that many times."""

    def text(self, node: Sql) -> str:
        """SQL as it is written."""

    def sound(self, node: Value) -> Sql:
        """A value that is NULL where it is undefined."""

    def long(self, node: Value) -> Sql:
        """A whole number of 64 bits."""

    def direction(self, node: Direction) -> str:
        """A computed unit vector, as a structure of x, y and z."""


def let(writer: Writer, value: str, body: Callable[[str], str]) -> str:
    """Give a value a name, so that it is computed once.

    The name depends on the nesting alone, so that equal expressions are written the same way.
    What a query says must stand in the value and not in the body: the time in which an engine
    plans a query doubles with each body inside a body, and queries can be nested at will.

    Parameters
    ----------
    writer : `Writer`
        The translator.
    value : `str`
        SQL, written outside of ``body``.
    body : callable
        From the name to the SQL of the whole.
    """
    return f"{each(writer, f'[{value}]', body)}[1]"


def let_all(writer: Writer, values: Mapping[str, str], body: Callable[[str], str]) -> str:
    """Give a name to a structure of several values, as in `let`."""
    items = ", ".join(f"'{name}': {value}" for name, value in values.items())
    return let(writer, f"{{{items}}}", body)


def each(writer: Writer, items: str, body: Callable[[str], str]) -> str:
    """The list of what is written for each item of another.

    Parameters
    ----------
    writer : `Writer`
        The translator.
    items : `str`
        SQL of a list, written outside of ``body``.
    body : callable
        From the name of an item to SQL.
    """
    writer.bindings += 1
    name = f"_v{writer.bindings}"
    written = body(name)
    writer.bindings -= 1
    return f"LIST_TRANSFORM({items}, LAMBDA {name}: {written})"


def literal(value: float) -> str:
    """A number with an exponent, which engines read as a double; one operand."""
    written = repr(value)
    written = written if "e" in written else written + "e0"
    return f"({written})" if value < 0 else written


def components(name: str) -> Components:
    """The components of a structure with a name."""
    return f"{name}.x", f"{name}.y", f"{name}.z"


def struct(vector: Components) -> str:
    """A structure of three components."""
    x, y, z = vector
    return f"{{'x': {x}, 'y': {y}, 'z': {z}}}"


def dot(one: Components, two: Components) -> str:
    """The scalar product, as one operand."""
    return "(" + " + ".join(f"{a} * {b}" for a, b in zip(one, two, strict=True)) + ")"


def cross(one: Components, two: Components) -> Components:
    """The vector product."""
    (ax, ay, az), (bx, by, bz) = one, two
    return (
        f"({ay} * {bz} - {az} * {by})",
        f"({az} * {bx} - {ax} * {bz})",
        f"({ax} * {by} - {ay} * {bx})",
    )


def minus(one: Components, two: Components) -> Components:
    """The difference."""
    x, y, z = (f"({a} - {b})" for a, b in zip(one, two, strict=True))
    return x, y, z
