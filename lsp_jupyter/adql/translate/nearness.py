"""Conditions that hold two positions within a radius of each other, however they are written."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import reduce

from lsp_jupyter.adql.bound import (
    And,
    Arithmetic,
    Between,
    Call,
    ColumnRef,
    Comparison,
    Condition,
    Constant,
    Value,
    walk,
)
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.polygons import SkyPolygon
from lsp_jupyter.adql.shapes import Contains, Distance, Inside, Point, Polygon
from lsp_jupyter.adql.types import DOUBLE, POINT
from lsp_jupyter.adql.vectors import add, lonlat, normalised

__all__ = ["Nearness", "conjuncts", "nearness", "owner", "owners"]

_ROUNDING = 1e-12
"""Degrees; more than what is lost on the way from corners to a cone."""
_HALF = 89.0
"""Degrees; less than half the sky."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """Two positions that are at most ``radius`` (degrees) apart; one of them may be constant."""

    one: Point
    two: Point
    radius: float

    def centre(self, point: Point) -> tuple[float, float] | None:
        """The constant position that a point is near to, degrees; `None` if it is not that."""
        for here, there in ((self.one, self.two), (self.two, self.one)):
            longitude, latitude = constant(there.longitude), constant(there.latitude)
            if here == point and longitude is not None and latitude is not None:
                return float(longitude), float(latitude)
        return None


def conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    """The conditions all of which must hold."""
    if isinstance(condition, And):
        return tuple([one for part in condition.conditions for one in conjuncts(part)])
    return () if condition is None else (condition,)


def owners(node: Value) -> frozenset[str]:
    """The sources that a value depends on."""
    return frozenset(one.source for one in walk(node) if isinstance(one, ColumnRef))


def owner(point: Point) -> str | None:
    """The only source that a position depends on; `None` if there are others, or chance."""
    if any(isinstance(one, Call) and "RAND" in one.function.name for one in walk(point)):
        return None
    sources = owners(point)
    return next(iter(sources)) if len(sources) == 1 else None


_MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def nearness(condition: Condition) -> Nearness | None:
    """What a condition says of two positions.

    Parameters
    ----------
    condition : `~lsp_jupyter.adql.bound.Condition`
        Any condition.

    Returns
    -------
    nearness : `Nearness`, optional
        What must be true for it to be true; `None` if it keeps no two positions together, or its
        radius is not a constant.
    """
    match condition:
        case Comparison(operator=operator, left=left, right=right):
            return _within(left, operator, right) or _within(right, _MIRRORED[operator], left)
        case Between(operand=operand, high=high, negated=False):
            return _within(operand, "<=", high)
        case _:
            return None


def _within(value: Value, operator: str, other: Value) -> Nearness | None:
    limit = constant(other)
    if limit is None:
        return None
    if (operator, limit) in (("=", 1), ("<>", 0)):
        return _in_shape(value)
    if operator not in ("<", "<="):
        return None
    if isinstance(value, Distance):
        return Nearness(value.first, value.second, float(limit))
    return _scaled(value, float(limit))


def _in_shape(value: Value) -> Nearness | None:
    match value:
        case Contains(point=point, circle=circle):
            radius = constant(circle.radius)
            return None if radius is None else Nearness(point, circle.centre, float(radius))
        case Inside(point=point, polygon=Polygon(fixed=SkyPolygon(vertices=vertices))):
            # A cone smaller than half the sky around all corners holds all of the polygon.
            centre = normalised(reduce(add, vertices))
            straight = max(math.dist(centre, vertex) for vertex in vertices)
            longitude, latitude = (Constant(DOUBLE, one) for one in lonlat(centre))
            radius = math.degrees(2.0 * math.asin(straight / 2.0)) + _ROUNDING
            if radius < _HALF:
                return Nearness(point, Point(POINT, longitude, latitude), radius)
            return None
        case _:
            return None


def _scaled(value: Value, limit: float) -> Nearness | None:
    """A distance multiplied or divided by constants, such as ``3600 * DISTANCE(…)``."""
    if not isinstance(value, Arithmetic):
        return None
    found: Distance | None = None
    factor: float | None = 1.0
    for position, (operator, operand) in enumerate(
        [("*", value.first), *((operator, operand) for operator, operand, _ in value.rest)]
    ):
        if isinstance(operand, Distance) and operator == "*" and found is None:
            found = operand
            if position:
                # As the engine computes it: whole numbers divide to whole numbers.
                before = replace(value, rest=value.rest[: position - 1])
                factor = constant(before if position > 1 else value.first)
            continue
        if operator not in ("*", "/"):
            return None
        if found is not None:
            number = constant(operand)
            if number is None or factor is None or number == 0:
                return None
            factor = factor * number if operator == "*" else factor / number
    if found is None or factor is None or factor <= 0:
        return None
    return Nearness(found.first, found.second, limit / factor)
