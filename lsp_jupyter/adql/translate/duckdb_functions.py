"""The declared functions in DuckDB, each with the standard's meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlglot import exp

from lsp_jupyter.adql import bound, shapes
from lsp_jupyter.adql.translate.sql import (
    DType,
    Sql,
    cast,
    column,
    function,
    identifier,
    number,
    operand,
)
from lsp_jupyter.adql.translate.udfs import UDFS
from lsp_jupyter.adql.translate.writer import Writer as AnyWriter
from lsp_jupyter.adql.types import Kind, Type

__all__ = ["CALLS", "PARTIAL"]

PARTIAL = frozenset({"ACOS", "ASIN", "EXP", "LOG", "LOG10", "POWER", "SQRT"})
"""Functions whose result can be NaN, or an infinity that makes NaN."""

_BEYOND = 1.0 + 4.0 * 2.0**-53
"""Just more than 1: 0.29 * 100 is 28.999999999999996, and must be cut off to 29."""
_BEYOND_SINGLE = 1.0 + 2.0**-23


class Writer(AnyWriter, Protocol):
    """What is needed of the translator."""

    def value(self, node: bound.Value) -> Sql:
        """A value."""

    def double(self, node: bound.Value) -> Sql:
        """A number as a double."""

    def long(self, node: bound.Value) -> Sql:
        """A whole number of 64 bits."""

    def number(self, node: bound.Value, wanted: Type) -> Sql:
        """A number as the type an operation is done in."""

    def sound(self, node: bound.Value) -> Sql:
        """A value that is NULL where it is undefined."""

    def divisor(self, node: bound.Value, wanted: Type) -> Sql:
        """A number that is NULL where it is 0."""


Call = Callable[[Writer, bound.Call], Sql]


def _doubles(name: str) -> Call:
    """A function of doubles."""

    def write(writer: Writer, node: bound.Call) -> Sql:
        return function(name, *map(writer.double, node.arguments))

    return write


def _values(name: str) -> Call:
    """A function of any values."""

    def write(writer: Writer, node: bound.Call) -> Sql:
        return function(name, *map(writer.sound, node.arguments))

    return write


def _whole(name: str) -> Call:
    """CEILING and FLOOR, which leave whole numbers as they are."""

    def write(writer: Writer, node: bound.Call) -> Sql:
        argument = node.arguments[0]
        if node.type.kind is Kind.INTEGER:
            return writer.long(argument)
        return function(name, writer.number(argument, node.type))

    return write


def _absolute(writer: Writer, node: bound.Call) -> Sql:
    return function("ABS", writer.number(node.arguments[0], node.type))


def _places(writer: Writer, node: bound.Call) -> list[Sql]:
    """The number of decimal places, if it was given."""
    return [cast(writer.value(argument), DType.INT) for argument in node.arguments[1:]]


def _round(writer: Writer, node: bound.Call) -> Sql:
    return function("ROUND", writer.number(node.arguments[0], node.type), *_places(writer, node))


def _truncate(writer: Writer, node: bound.Call) -> Sql:
    argument, places = node.arguments[0], _places(writer, node)
    if not places or node.type.kind is Kind.INTEGER:
        return function("TRUNC", writer.number(argument, node.type), *places)
    single = node.type.datatype == "float"
    nudge = number(_BEYOND_SINGLE if single else _BEYOND)
    value = exp.Mul(this=operand(writer.double(argument)), expression=nudge)
    result = function("TRUNC", value, *places)
    return cast(result, DType.FLOAT) if single else result


def _remainder(writer: Writer, node: bound.Call) -> Sql:
    left = operand(writer.number(node.arguments[0], node.type))
    return exp.Mod(this=left, expression=writer.divisor(node.arguments[1], node.type))


def _random(writer: Writer, node: bound.Call) -> Sql:
    if not node.arguments:
        return function("RANDOM")
    # With a seed: a hash of the row, so that the same rows get the same numbers on any thread.
    rows: list[Sql] = [
        column(source, "rowid") if stored else exp.Column(this=identifier(source))
        for source, stored in node.sources
    ]
    mixed = function("HASH", writer.long(node.arguments[0]), *rows)
    return exp.Div(this=cast(mixed, DType.DOUBLE), expression=number(2.0**64))


def _coordinate(position: int) -> Call:
    def write(writer: Writer, node: bound.Call) -> Sql:
        point = node.arguments[0]
        assert isinstance(point, shapes.Point)
        return writer.double((point.longitude, point.latitude)[position])

    return write


CALLS: dict[str, Call] = {
    "ABS": _absolute,
    "ACOS": _doubles("ACOS"),
    "ASIN": _doubles("ASIN"),
    "ATAN": _doubles("ATAN"),
    "ATAN2": _doubles("ATAN2"),
    "CEILING": _whole("CEIL"),
    "COALESCE": _values("COALESCE"),
    "COORD1": _coordinate(0),
    "COORD2": _coordinate(1),
    "COS": _doubles("COS"),
    "COT": _doubles("COT"),
    "DEGREES": _doubles("DEGREES"),
    "EXP": _doubles("EXP"),
    "FLOOR": _whole("FLOOR"),
    "LOG": _doubles("LN"),
    "LOG10": _doubles("LOG10"),
    "LOWER": _values("LOWER"),
    "MOD": _remainder,
    "PI": _doubles("PI"),
    "POWER": _doubles("POW"),
    "RADIANS": _doubles("RADIANS"),
    "RAND": _random,
    "ROUND": _round,
    "SIN": _doubles("SIN"),
    "SQRT": _doubles("SQRT"),
    "TAN": _doubles("TAN"),
    "TRUNCATE": _truncate,
    "UPPER": _values("UPPER"),
    **UDFS,
}
"""How each function of `lsp_jupyter.adql.functions` but the shapes is written."""
