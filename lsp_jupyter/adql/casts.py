"""CAST: values of one type as another (ADQL 2.1 section 4.7)."""

from __future__ import annotations

import re
from dataclasses import replace

from lsp_jupyter.adql import bound, tree
from lsp_jupyter.adql.coerce import as_time
from lsp_jupyter.adql.constructors import as_shape, region
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.regions import region_numbers
from lsp_jupyter.adql.types import (
    BIGINT,
    DOUBLE,
    INTEGER,
    REAL,
    SHAPES,
    SMALLINT,
    TEXT,
    TIMESTAMP,
    Kind,
    Type,
)

__all__ = ["cast"]

_TARGETS = {
    "SMALLINT": SMALLINT,
    "INTEGER": INTEGER,
    "BIGINT": BIGINT,
    "REAL": REAL,
    "DOUBLE PRECISION": DOUBLE,
    "CHAR": TEXT,
    "VARCHAR": TEXT,
    "TIMESTAMP": TIMESTAMP,
}
_EXAMPLES = {
    "POINT": "POINT(10, 20), or CAST('10 20' AS POINT)",
    "CIRCLE": "CIRCLE(10, 20, 0.5), or CAST('10 20 0.5' AS CIRCLE)",
    "POLYGON": "POLYGON(10, 20, 11, 20, 11, 21), or CAST('10 20 11 20 11 21' AS POLYGON)",
}
_NUMBERS = re.compile(r"[-+0-9.eE\s]*")


def cast(node: tree.Cast, operand: bound.Value) -> bound.Value:
    """Resolve a CAST.

    Parameters
    ----------
    node : `~lsp_jupyter.adql.tree.Cast`
        As written.
    operand : `~lsp_jupyter.adql.bound.Value`
        Its value.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if such a value cannot become that type.
    """
    name, source = node.target.name, operand.type
    if name in _EXAMPLES:
        return _shape(node, operand)
    target = _TARGETS[name]
    if node.target.length is not None:
        if node.target.length == 0:
            raise refuse("The length of a text is at least 1.", node.target.at)
        target = replace(target, arraysize=f"{node.target.length}*")
    if not _possible(source, target):
        text = source.kind.value
        raise refuse(f"{text[0].upper()}{text[1:]} cannot become {name}.", node.at)
    if target.kind is Kind.TIMESTAMP:
        operand = as_time(operand)
    if target.numeric and source.numeric:
        target = target.with_unit(source.unit, source.ucd)
    return bound.Cast(target, operand, at=node.at)


def _possible(source: Type, target: Type) -> bool:
    """Whether a value of one type can become one of another."""
    match source.kind:
        case Kind.NULL | Kind.TEXT:
            return True
        case Kind.TIMESTAMP:
            return target.kind in (Kind.TIMESTAMP, Kind.TEXT)
        case Kind.BOOLEAN:
            return target.kind in (Kind.INTEGER, Kind.TEXT)
        case Kind.INTEGER | Kind.FLOAT:
            return target.kind is not Kind.TIMESTAMP
        case _:
            return False


def _shape(node: tree.Cast, operand: bound.Value) -> bound.Value:
    """A shape from the numbers of a text (DALI 1.1 section 3.3), or from such a shape."""
    name = node.target.name
    if operand.type.kind is SHAPES[name.lower()]:
        return as_shape(operand)
    if isinstance(operand, bound.Constant) and isinstance(operand.value, str):
        written = f"{name} {operand.value}"
        try:
            if not _NUMBERS.fullmatch(operand.value):
                raise ValueError(f"This text is not a {name.lower()}.")
            region_numbers(written)
        except ValueError as error:
            raise refuse(str(error), operand.at, f"Write {_EXAMPLES[name]}.") from None
        return replace(region(written, operand.at), at=node.at)
    text = operand.type.kind.value
    raise refuse(
        f"{text[0].upper()}{text[1:]} cannot become {name}.", node.at, f"Write {_EXAMPLES[name]}."
    )
