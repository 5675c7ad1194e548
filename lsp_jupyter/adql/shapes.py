"""Resolved geometry: shapes on the sphere, and the questions about them.

A shape is a `Point`, `Circle` or `Polygon`, or, for a polygon, any other value
of that kind, such as a column. The coordinates of a point are two numbers; a
computed point has the `Angle` of its `Direction` for both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lsp_jupyter.adql.nodes import Value
from lsp_jupyter.adql.polygons import SkyPolygon

__all__ = [
    "SHAPE_PARTS",
    "Angle",
    "Area",
    "CellCentre",
    "Centroid",
    "Circle",
    "Contains",
    "Corner",
    "Direction",
    "Distance",
    "Element",
    "InEllipse",
    "InZone",
    "Inside",
    "Moved",
    "Overlaps",
    "Point",
    "Polygon",
    "Region",
    "Rotated",
    "Within",
]


# -- shapes ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point(Value):
    """A position on the sphere, degrees ICRS; of ``table`` if it is that source's indexed one."""

    longitude: Value
    latitude: Value
    table: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Circle(Value):
    """A cone around a point; the radius is in degrees."""

    centre: Point
    radius: Value


@dataclass(frozen=True, slots=True)
class Polygon(Value):
    """The smaller of the two regions bounded by great circles from point to point.

    Attributes
    ----------
    vertices : `tuple` of `Point`
        In either order; the last is joined with the first.
    fixed : `~lsp_jupyter.adql.polygons.SkyPolygon`, optional
        The region, if all vertices are constant.
    """

    vertices: tuple[Point, ...]
    fixed: SkyPolygon | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Region(Value):
    """The polygon of each row of a table.

    Attributes
    ----------
    shape : `Value`
        Its coordinates: a list of numbers, or STC-S text.
    table : `str`, optional
        The source whose index of positions finds it.
    reach : `float`
        Degrees from the position of a row beyond which its polygon never goes.
    corners : `str`
        The helper column of its vertices, if all of the table's are convex; see
        `~lsp_jupyter.adql.schema.Reach`.
    """

    shape: Value
    table: str | None = field(default=None, compare=False)
    reach: float = field(default=0.0, compare=False)
    corners: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Element(Value):
    """One number of a value that is a list of them, counted from 1."""

    array: Value
    position: int


# -- computed points ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Direction(Value):
    """A unit vector."""


@dataclass(frozen=True, slots=True)
class Angle(Value):
    """Longitude (``axis`` 0) or latitude (1) of a direction, degrees."""

    direction: Direction
    axis: int


@dataclass(frozen=True, slots=True)
class Rotated(Direction):
    """A point in another system; ``matrix`` is that of the rotation, row by row."""

    point: Point
    matrix: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Moved(Direction):
    """A star after some time.

    Attributes
    ----------
    point : `Point`
        Where it was.
    motion : `tuple` of `Value`
        Parallax (mas), proper motion in right ascension (with the cosine of the declination) and
        declination (mas/yr), radial velocity (km/s), and the two epochs (Julian years).
    """

    point: Point
    motion: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class CellCentre(Direction):
    """The centre of a nested HEALPix cell."""

    order: Value
    cell: Value


@dataclass(frozen=True, slots=True)
class Corner(Direction):
    """A corner of a box.

    Attributes
    ----------
    centre : `Point`
        Where the arms of its cross meet.
    width, height : `Value`
        Degrees from end to end of the arms that are east and north at the centre.
    east, north : `int`
        1 or -1.
    """

    centre: Point
    width: Value
    height: Value
    east: int
    north: int


@dataclass(frozen=True, slots=True)
class Centroid(Direction):
    """The centre of mass of a polygon."""

    polygon: Value


# -- questions ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contains(Value):
    """1 if the point is inside the circle or on its rim, else 0."""

    point: Point
    circle: Circle


@dataclass(frozen=True, slots=True)
class Inside(Value):
    """1 if the point is inside the polygon or on its sides, else 0."""

    point: Point
    polygon: Value


@dataclass(frozen=True, slots=True)
class InZone(Value):
    """1 if the point is between two meridians and two parallels (degrees), or on them, else 0."""

    point: Point
    west: Value
    south: Value
    east: Value
    north: Value


@dataclass(frozen=True, slots=True)
class InEllipse(Value):
    """1 if the point is inside an ellipse or on its rim, else 0.

    Attributes
    ----------
    point, centre : `Point`
        The point and the centre of the ellipse.
    major, minor : `Value`
        The semi-axes, arcseconds.
    angle : `Value`
        Degrees of the major axis from north to east.
    """

    point: Point
    centre: Point
    major: Value
    minor: Value
    angle: Value


@dataclass(frozen=True, slots=True)
class Overlaps(Value):
    """1 if a polygon shares a point with a circle or another polygon, else 0."""

    polygon: Value
    other: Value


@dataclass(frozen=True, slots=True)
class Within(Value):
    """1 if all of a circle or polygon is inside another, else 0; one of them is a polygon."""

    inner: Value
    outer: Value


@dataclass(frozen=True, slots=True)
class Distance(Value):
    """Degrees along the great circle between two points."""

    first: Point
    second: Point


@dataclass(frozen=True, slots=True)
class Area(Value):
    """Square degrees of a circle or polygon."""

    shape: Value


SHAPE_PARTS: dict[type, Callable[[Any], tuple[Value, ...]]] = {
    Point: lambda node: (node.longitude, node.latitude),
    Circle: lambda node: (node.centre, node.radius),
    Polygon: lambda node: node.vertices,
    Region: lambda node: (node.shape,),
    Element: lambda node: (node.array,),
    Angle: lambda node: (node.direction,),
    Rotated: lambda node: (node.point,),
    Moved: lambda node: (node.point, *node.motion),
    CellCentre: lambda node: (node.order, node.cell),
    Corner: lambda node: (node.centre, node.width, node.height),
    Centroid: lambda node: (node.polygon,),
    Contains: lambda node: (node.point, node.circle),
    Inside: lambda node: (node.point, node.polygon),
    InZone: lambda node: (node.point, node.west, node.south, node.east, node.north),
    InEllipse: lambda node: (node.point, node.centre, node.major, node.minor, node.angle),
    Overlaps: lambda node: (node.polygon, node.other),
    Within: lambda node: (node.inner, node.outer),
    Distance: lambda node: (node.first, node.second),
    Area: lambda node: (node.shape,),
}
"""The values directly inside each of these nodes."""
