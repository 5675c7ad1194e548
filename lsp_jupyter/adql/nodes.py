"""What every resolved expression is: a value of a type, or a condition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from lsp_jupyter.adql.places import NOWHERE, Place
from lsp_jupyter.adql.types import Type

__all__ = ["Condition", "Expression", "Node", "Value"]


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
