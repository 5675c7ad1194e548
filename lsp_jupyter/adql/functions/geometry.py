"""The geometry functions (ADQL 2.1 section 4.2); the resolver knows their further forms."""

from __future__ import annotations

from lsp_jupyter.adql.functions.declared import (
    GEOMETRY,
    NUMBER,
    STRING,
    declare,
    integer,
    text,
    unit,
)
from lsp_jupyter.adql.types import CIRCLE, DOUBLE, POINT, POLYGON

__all__ = ["SHAPES"]

_G = "geometry"

SHAPES = (
    declare(_G, "POINT(ra, dec)", (NUMBER,) * 2, lambda _: POINT, "A position, degrees ICRS."),
    declare(
        _G,
        "CIRCLE(ra, dec, radius)",
        (NUMBER,) * 3,
        lambda _: CIRCLE,
        "A cone around a position, degrees; also CIRCLE(point, radius).",
    ),
    declare(
        _G,
        "BOX(ra, dec, width, height)",
        (NUMBER,) * 4,
        lambda _: POLYGON,
        "The polygon whose sides cross the ends of a cross at right angles, degrees; "
        "also BOX(point, width, height).",
    ),
    declare(
        _G,
        "POLYGON(ra1, dec1, ra2, dec2, ra3, dec3, …)",
        (NUMBER,) * 6,
        lambda _: POLYGON,
        "The smaller region between arcs of great circles, degrees; "
        "also POLYGON(point, point, point, …).",
    ),
    declare(
        _G,
        "REGION('CIRCLE ICRS ra dec radius')",
        (STRING,),
        lambda _: POLYGON,
        "A POINT, CIRCLE, BOX or POLYGON as text in STC-S.",
    ),
    declare(
        _G,
        "CONTAINS(inner, outer)",
        (GEOMETRY,) * 2,
        integer,
        "1 if the first shape is inside the second or on its rim, else 0.",
    ),
    declare(
        _G,
        "INTERSECTS(shape, shape)",
        (GEOMETRY,) * 2,
        integer,
        "1 if two shapes have a position in common, else 0.",
    ),
    declare(
        _G,
        "DISTANCE(point, point)",
        (GEOMETRY,) * 2,
        lambda _: DOUBLE.with_unit("deg", "pos.angDistance"),
        "Degrees between two points; also DISTANCE(ra1, dec1, ra2, dec2).",
    ),
    declare(_G, "AREA(shape)", (GEOMETRY,), unit("deg**2"), "Square degrees of a shape."),
    declare(_G, "CENTROID(shape)", (GEOMETRY,), lambda _: POINT, "The centre of mass of a shape."),
    declare(_G, "COORD1(point)", (GEOMETRY,), unit("deg"), "The longitude of a point."),
    declare(_G, "COORD2(point)", (GEOMETRY,), unit("deg"), "The latitude of a point."),
    declare(_G, "COORDSYS(shape)", (GEOMETRY,), text, "The coordinate system of a shape: ICRS."),
)
"""The functions."""
