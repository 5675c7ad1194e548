"""Points, cones and distances in SQL, by unit vectors; the same for every engine.

The distance between two points is never computed to compare it: the chord
between their unit vectors grows with it and costs three multiplications.
Where it is asked for, ``2 atan2(|a - b|, |a + b|)`` is accurate from the
smallest separations to antipodes.
"""

from __future__ import annotations

from typing import Protocol

from sqlglot import exp

from lsp_jupyter.adql import bound
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.spatial import chord, chord_squared, cone_ranges, unit_vector
from lsp_jupyter.adql.translate.sql import Sql, column, function, number, operand, raw

__all__ = ["Writer", "contains", "distance", "separation"]

_INDEX = "hpx29"
_VECTOR = ("cx", "cy", "cz")

_COMPARE: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}

Vector = tuple[str, str, str]
"""The SQL of three components; each stands for one operand."""


class Writer(Protocol):
    """What is needed of a translator."""

    def position(self, node: bound.Value, times: int) -> str:
        """The text of a sound double, which will be written that many times."""

    def text(self, node: Sql) -> str:
        """SQL as it is written."""


def _vector(writer: Writer, point: bound.Point) -> Vector:
    """The unit vector of a point: of an index, constant, or computed in place."""
    if point.table is not None:
        source = point.table
        x, y, z = (writer.text(column(source, name)) for name in _VECTOR)
        return x, y, z
    longitude, latitude = constant(point.longitude), constant(point.latitude)
    if longitude is not None and latitude is not None:
        x, y, z = (writer.text(number(one)) for one in unit_vector(longitude, latitude))
        return x, y, z
    ra, dec = writer.position(point.longitude, 8), writer.position(point.latitude, 12)
    across, east, north = f"COS(RADIANS({dec}))", f"COS(RADIANS({ra}))", f"SIN(RADIANS({ra}))"
    return f"({across} * {east})", f"({across} * {north})", f"SIN(RADIANS({dec}))"


def _squared(left: Vector, right: Vector, operator: str) -> Sql:
    """The squared length of the sum or difference of two vectors."""
    sides = [f"({one} {operator} {two})" for one, two in zip(left, right, strict=True)]
    return raw(" + ".join(f"{side} * {side}" for side in sides))


def distance(writer: Writer, node: bound.Distance) -> Sql:
    """Degrees between two points."""
    first, second = _vector(writer, node.first), _vector(writer, node.second)
    apart = function("SQRT", _squared(first, second, "-"))
    together = function("SQRT", _squared(first, second, "+"))
    angle = function("ATAN2", apart, together)
    return function("DEGREES", exp.Mul(this=number(2), expression=angle))


def contains(writer: Writer, node: bound.Contains, *, indexed: bool) -> Sql:
    """Whether a point is inside a circle, its rim included."""
    return separation(
        writer, "<=", node.point, node.circle.centre, node.circle.radius, indexed=indexed
    )


def separation(
    writer: Writer,
    operator: str,
    first: bound.Point,
    second: bound.Point,
    radius: bound.Value,
    *,
    indexed: bool,
) -> Sql:
    """The distance of two points compared with a radius.

    Parameters
    ----------
    writer : `Writer`
        The translator.
    operator : `str`
        ``<``, ``<=``, ``>`` or ``>=``.
    first, second : `~lsp_jupyter.adql.bound.Point`
        The points.
    radius : `~lsp_jupyter.adql.bound.Value`
        Degrees.
    indexed : `bool`
        Whether index ranges may stand before the exact test. They are false for some rows
        without position, for which the test is unknown: under NOT they must not.
    """
    chords = _squared(_vector(writer, first), _vector(writer, second), "-")
    compare = _COMPARE[operator]
    inclusive = operator in ("<=", ">")
    limit = constant(radius)
    if limit is None:
        bent = writer.position(radius, 3)
        straight = function(
            "SIN", exp.Div(this=function("RADIANS", raw(bent)), expression=number(2))
        )
        length: Sql = exp.Mul(this=number(2), expression=straight)
        if inclusive:
            length = exp.Add(this=length, expression=number(chord(0.0, inclusive=True)))
        cases = exp.Case(
            ifs=[
                exp.If(
                    this=exp.GTE(this=operand(raw(bent)), expression=number(180)), true=number(3.0)
                ),
                exp.If(
                    this=exp.LT(this=operand(raw(bent)), expression=number(0)), true=number(-1.0)
                ),
            ],
            default=length,
        )
        return compare(this=function("SQRT", chords), expression=cases)
    test = compare(this=chords, expression=number(chord_squared(float(limit), inclusive=inclusive)))
    if indexed and operator in ("<", "<=") and limit >= 0:
        for point, centre in ((first, second), (second, first)):
            ra, dec = constant(centre.longitude), constant(centre.latitude)
            if point.table is not None and ra is not None and dec is not None:
                ranges = cone_ranges(float(ra), float(dec), float(limit))
                if ranges:
                    return exp.And(this=_within(writer, point.table, ranges), expression=test)
    return test


def _within(writer: Writer, source: str, ranges: list[tuple[int, int]]) -> Sql:
    """The rows whose cell is in one of the ranges."""
    cell = writer.text(column(source, _INDEX))
    tests = [f"{cell} BETWEEN {low} AND {high}" for low, high in ranges]
    if len(tests) == 1:
        return raw(tests[0])
    # The outer bounds alone are the cheapest to hold against a block of rows.
    outer = f"{cell} BETWEEN {ranges[0][0]} AND {ranges[-1][1]}"
    return raw(f"{outer} AND ({' OR '.join(tests)})")
