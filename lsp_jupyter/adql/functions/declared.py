"""How functions are declared: name, signature, what they take and give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lsp_jupyter.adql.types import BIGINT, DOUBLE, INTEGER, REAL, TEXT, Kind, Type

__all__ = [
    "ANY",
    "GEOMETRY",
    "NUMBER",
    "STRING",
    "TIME",
    "WHOLE",
    "Function",
    "Rule",
    "declare",
    "double",
    "integer",
    "same",
    "text",
    "unit",
]

NUMBER, WHOLE, STRING, TIME = "number", "whole number", "text", "time"
ANY, GEOMETRY = "value", "geometry"

Rule: TypeAlias = Callable[[Sequence[Type]], Type]
"""The type of a result from the types of the arguments."""


@dataclass(frozen=True, slots=True)
class Function:
    """A declared function.

    Attributes
    ----------
    name : `str`
        In upper case.
    form : `str`
        Its signature, as users read it.
    arguments : `tuple` of `str`
        What each argument has to be.
    required : `int`
        Arguments that must be given.
    result : callable
        The type of the result from the types of the arguments.
    description : `str`
        One sentence.
    group : `str`
        ``math``, ``trigonometry``, ``text``, ``general`` or ``geometry`` for those of ADQL;
        ``ivoa``, ``qserv`` or ``statistics`` for user defined functions.
    others : `tuple` of `str`
        Further signatures.
    aggregate : `bool`
        Whether it is a set function.
    spatial : `bool`
        Whether it takes or gives positions, so that its forms are known to the resolver.
    """

    name: str
    form: str
    arguments: tuple[str, ...]
    required: int
    result: Rule
    description: str
    group: str
    others: tuple[str, ...] = ()
    aggregate: bool = False
    spatial: bool = False

    @property
    def spelling(self) -> str:
        """The name as users write it."""
        return self.form.partition("(")[0]


def double(_: Sequence[Type]) -> Type:
    """A double."""
    return DOUBLE


def integer(_: Sequence[Type]) -> Type:
    """A whole number of 32 bits."""
    return INTEGER


def text(_: Sequence[Type]) -> Type:
    """A text."""
    return TEXT


def unit(name: str) -> Rule:
    """A double with this unit."""
    return lambda _: DOUBLE.with_unit(name)


def same(types: Sequence[Type]) -> Type:
    """The type and unit of the first argument."""
    first = types[0]
    if first.kind is Kind.NULL:
        return DOUBLE
    if first.datatype == "float":
        return REAL.with_unit(first.unit, first.ucd)
    return (DOUBLE if first.kind is Kind.FLOAT else BIGINT).with_unit(first.unit, first.ucd)


def declare(
    group: str,
    form: str,
    arguments: Sequence[str],
    result: Rule,
    description: str,
    *,
    optional: int = 0,
    others: Sequence[str] = (),
    aggregate: bool = False,
    spatial: bool = False,
) -> Function:
    """Declare a function.

    Parameters
    ----------
    group, form, arguments, result, description, others, aggregate, spatial
        As in `Function`.
    optional : `int`
        How many of the last arguments may be left out.
    """
    return Function(
        form.partition("(")[0].upper(),
        form,
        tuple(arguments),
        len(arguments) - optional,
        result,
        description,
        group,
        tuple(others),
        aggregate,
        spatial,
    )
