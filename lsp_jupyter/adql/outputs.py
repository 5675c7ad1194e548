"""The columns of a result: their names and metadata."""

from __future__ import annotations

from dataclasses import replace

from lsp_jupyter.adql import bound, plan, tree
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.adql.write import write

__all__ = ["default_name", "describe", "result_column"]

_DESCRIPTION = 200
"""Characters of an expression kept as the description of its column."""


def default_name(node: tree.Value, value: bound.Value) -> str:
    """The name of a column without alias."""
    match node:
        case tree.Call():
            return node.name.text.lower()
        case tree.Aggregate():
            return node.function.lower()
        case tree.Case():
            return "case"
        case tree.Cast(operand=tree.Column()) if isinstance(value, bound.Cast):
            return default_name(node.operand, value.operand)
        case _:
            return value.column.name if isinstance(value, bound.ColumnRef) else "expr"


def describe(node: tree.Value, value: bound.Value) -> str:
    """What tells a computed column: its expression."""
    if isinstance(value, bound.ColumnRef | bound.Constant):
        return ""
    text = write(node)
    return text if len(text) <= _DESCRIPTION else text[:_DESCRIPTION] + "…"


def result_column(value: bound.Value, name: str, taken: set[str], description: str) -> plan.Output:
    """A result column under a name that no other has, whatever their case."""
    unique, number = name, 1
    while unique.lower() in taken:
        number += 1
        unique = f"{name}_{number}"
    taken.add(unique.lower())
    if isinstance(value, bound.ColumnRef):
        column = value.column
        return plan.Output(value, column if column.name == unique else replace(column, name=unique))
    kind = value.type
    return plan.Output(
        value,
        Column(
            unique,
            kind.datatype,
            kind.arraysize,
            kind.xtype,
            kind.unit,
            kind.ucd,
            description=description,
        ),
    )
