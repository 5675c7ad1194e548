"""Convex polygons of a table in SQL, by the helper column of their vertices.

The vertices are unit vectors, and the inside is on the left of each side: a place
is inside if it is on the left of all. That is little SQL, so that an engine plans
it in a fraction of the time that it takes for polygons of any form.
"""

from __future__ import annotations

import math

from lsp_jupyter.adql import shapes
from lsp_jupyter.adql.spatial import Cone
from lsp_jupyter.adql.translate.sql import column
from lsp_jupyter.adql.translate.writer import Writer, each, literal
from lsp_jupyter.adql.vectors import unit_vector

__all__ = ["covers", "touches"]

_NEAR = 4e-16
"""What rounding makes of the volume between two vertices and a place on their side."""
_RADIANS = 1e-15
"""Radians beyond its radius up to which a circle goes: rounding."""


def covers(writer: Writer, polygon: shapes.Region, cone: Cone) -> str:
    """Whether the polygon of a row has the middle of a cone inside or on a side.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    polygon : `~lsp_jupyter.adql.shapes.Region`
        A polygon with a column of corners.
    cone : `tuple` of `float`
        Longitude, latitude and radius, degrees.
    """
    here, corners = _here(cone), _corners(writer, polygon)

    def height(i: str) -> str:
        one, two = _side(corners, i)
        return _inner(_cross(one, two), here)

    return f"LIST_MIN({each(writer, _sides(corners), height)}) >= {literal(-_NEAR)}"


def touches(writer: Writer, polygon: shapes.Region, cone: Cone) -> str:
    """Whether the polygon of a row has a place in common with a cone; arguments as for `covers`."""
    here, corners = _here(cone), _corners(writer, polygon)

    def apart(i: str) -> str:
        one, two = _side(corners, i)
        normal = _cross(one, two)
        beside = [_cross(normal, one), _cross(two, normal)]
        foot = " AND ".join(f"{_inner(plane, here)} >= 0" for plane in beside)
        sine = f"ABS({_inner(normal, here)}) / SQRT({_inner(normal, normal)})"
        chord = f"ARRAY_DISTANCE({one}, {here})"
        return (
            f"CASE WHEN {foot} THEN ASIN(LEAST({sine}, 1)) ELSE 2 * ASIN(LEAST({chord} / 2, 1)) END"
        )

    limit = literal(math.radians(cone[2]) + _RADIANS)
    near = f"LIST_MIN({each(writer, _sides(corners), apart)}) <= {limit}"
    return f"({covers(writer, polygon, cone)} OR {near})"


def _here(cone: Cone) -> str:
    x, y, z = (literal(value) for value in unit_vector(cone[0], cone[1]))
    return f"ARRAY_VALUE({x}, {y}, {z})"


def _corners(writer: Writer, polygon: shapes.Region) -> str:
    return writer.text(column(str(polygon.table), polygon.corners))


def _sides(corners: str) -> str:
    return f"RANGE(1, LEN({corners}) + 1)"


def _side(corners: str, i: str) -> tuple[str, str]:
    return f"{corners}[{i}]", f"{corners}[{i} % LEN({corners}) + 1]"


def _inner(one: str, two: str) -> str:
    return f"ARRAY_INNER_PRODUCT({one}, {two})"


def _cross(one: str, two: str) -> str:
    return f"ARRAY_CROSS_PRODUCT({one}, {two})"
