"""Vectors of three numbers: positions on the unit sphere, without any library."""

from __future__ import annotations

import math
from typing import TypeAlias

__all__ = [
    "Vector",
    "add",
    "cross",
    "dot",
    "lonlat",
    "minus",
    "normalised",
    "scaled",
    "unit_vector",
    "vector_product",
]

Vector: TypeAlias = tuple[float, float, float]
"""Three coordinates."""


def unit_vector(longitude: float, latitude: float) -> Vector:
    """The unit vector of a position.

    Parameters
    ----------
    longitude, latitude : `float`
        Degrees.
    """
    ra, dec = math.radians(longitude), math.radians(latitude)
    across = math.cos(dec)
    return across * math.cos(ra), across * math.sin(ra), math.sin(dec)


def lonlat(vector: Vector) -> tuple[float, float]:
    """Longitude from 0 to 360 and latitude of a vector, degrees."""
    x, y, z = vector
    longitude = math.degrees(math.atan2(y, x)) % 360.0
    return longitude % 360.0, math.degrees(math.atan2(z, math.hypot(x, y)))


def dot(one: Vector, two: Vector) -> float:
    """The scalar product."""
    return one[0] * two[0] + one[1] * two[1] + one[2] * two[2]


def cross(one: Vector, two: Vector) -> Vector:
    """The vector product."""
    return (
        one[1] * two[2] - one[2] * two[1],
        one[2] * two[0] - one[0] * two[2],
        one[0] * two[1] - one[1] * two[0],
    )


def add(one: Vector, two: Vector) -> Vector:
    """The sum."""
    return one[0] + two[0], one[1] + two[1], one[2] + two[2]


def minus(one: Vector, two: Vector) -> Vector:
    """The difference."""
    return one[0] - two[0], one[1] - two[1], one[2] - two[2]


def vector_product(one: Vector, two: Vector) -> Vector:
    """The vector product of two unit vectors, accurate if they are near."""
    return scaled(cross(add(one, two), minus(two, one)), 0.5)


def scaled(vector: Vector, factor: float) -> Vector:
    """A vector as many times as long."""
    return vector[0] * factor, vector[1] * factor, vector[2] * factor


def normalised(vector: Vector) -> Vector:
    """A vector of length 1 in the same direction."""
    return scaled(vector, 1.0 / math.sqrt(dot(vector, vector)))
