"""Questions about shapes, answered 1 or 0, and shapes as the numbers of a result (DALI 1.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsp_jupyter.adql import bound, shapes
from lsp_jupyter.adql.fold import constant
from lsp_jupyter.adql.spatial import ellipse_ranges, zone_ranges
from lsp_jupyter.adql.translate import outlines, polygons, sphere
from lsp_jupyter.adql.translate.sql import Sql, raw
from lsp_jupyter.adql.translate.writer import Writer, components, dot, let, let_all, literal

__all__ = ["QUESTIONS", "numbers", "written"]

_ARCSECONDS = 3600.0


def written(writer: Writer, node: bound.Value, *, indexed: bool) -> Sql:
    """A question as a condition.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    node : `~lsp_jupyter.adql.bound.Value`
        One of `QUESTIONS`.
    indexed : `bool`
        Whether index ranges may stand before the exact test. They are false for some rows
        without position, for which the test is unknown: under NOT they must not.
    """
    answer: Sql = QUESTIONS[type(node)](writer, node, indexed)
    return answer


def _contains(writer: Writer, node: shapes.Contains, indexed: bool) -> Sql:
    return sphere.contains(writer, node, indexed=indexed)


def _inside(writer: Writer, node: shapes.Inside, indexed: bool) -> Sql:
    return polygons.inside(writer, node, indexed=indexed)


def _overlaps(writer: Writer, node: shapes.Overlaps, indexed: bool) -> Sql:
    return polygons.overlaps(writer, node, indexed=indexed)


def _within(writer: Writer, node: shapes.Within, indexed: bool) -> Sql:
    return polygons.within(writer, node, indexed=indexed)


def _in_zone(writer: Writer, node: shapes.InZone, indexed: bool) -> Sql:
    ra, dec = writer.position(node.point.longitude, 2), writer.position(node.point.latitude, 2)
    west, east = writer.position(node.west, 4), writer.position(node.east, 4)
    south, north = writer.position(node.south, 1), writer.position(node.north, 1)

    def turned(angle: str) -> str:
        """An angle from the western meridian eastwards."""
        return f"((({angle} - {west}) % 360) + 360) % 360"

    # From 350 to 10 is eastwards across 0; 360 degrees or more go all round.
    test = raw(
        f"({dec} BETWEEN {south} AND {north} AND "
        f"({east} - {west} >= 360 OR {turned(ra)} <= {turned(east)}))"
    )
    limits = [constant(one) for one in (node.west, node.south, node.east, node.north)]
    known = [float(limit) for limit in limits if limit is not None]
    if not indexed or len(known) < len(limits):
        return test
    start, low, end, high = known
    width = end - start if end - start >= 360.0 else (end - start) % 360.0
    if low > high:
        return test
    return sphere.within_ranges(
        writer, node.point.table, zone_ranges(start, low, start + width, high), test
    )


def _in_ellipse(writer: Writer, node: shapes.InEllipse, indexed: bool) -> Sql:
    values = (node.centre.longitude, node.centre.latitude, node.angle, node.major, node.minor)
    known = {
        name: f"RADIANS({writer.position(value, 1)})"
        for name, value in zip("adpmk", values, strict=True)
    }
    known["v"] = sphere.place(writer, node.point)

    def test(e: str) -> str:
        x, y, z = components(f"{e}.v")
        north = f"(COS({e}.d) * {z} - SIN({e}.d) * (SIN({e}.a) * {y} + COS({e}.a) * {x}))"
        east = f"(COS({e}.a) * {y} - SIN({e}.a) * {x})"
        along = f"(SIN({e}.p) * {east} + COS({e}.p) * {north})"
        across = f"(COS({e}.p) * {east} - SIN({e}.p) * {north})"
        ahead = dot(
            (f"COS({e}.d) * COS({e}.a)", f"COS({e}.d) * SIN({e}.a)", f"SIN({e}.d)"), (x, y, z)
        )
        return (
            f"{ahead} > 0 AND POW({along} * {e}.k, 2) + POW({across} * {e}.m, 2) "
            f"<= POW({e}.m * {e}.k / {literal(_ARCSECONDS)}, 2)"
        )

    inside = let_all(writer, known, test)
    condition = raw(f"({inside})")
    centre = (node.centre.longitude, node.centre.latitude)
    limits = [constant(one) for one in (*centre, node.major, node.minor, node.angle)]
    fixed = [float(limit) for limit in limits if limit is not None]
    if not indexed or len(fixed) < len(limits):
        return condition
    ra, dec, major, minor, angle = fixed
    ranges = ellipse_ranges(ra, dec, major / _ARCSECONDS, minor / _ARCSECONDS, angle)
    return sphere.within_ranges(writer, node.point.table, ranges, condition)


QUESTIONS: dict[type, Callable[[Writer, Any, bool], Sql]] = {
    shapes.Contains: _contains,
    shapes.Inside: _inside,
    shapes.InZone: _in_zone,
    shapes.InEllipse: _in_ellipse,
    shapes.Overlaps: _overlaps,
    shapes.Within: _within,
}
"""How each question is written."""


def numbers(writer: Writer, shape: bound.Value) -> str:
    """A point, circle or polygon as the list of its numbers; NULL if one is not known.

    Parameters
    ----------
    writer : `~lsp_jupyter.adql.translate.writer.Writer`
        The translator.
    shape : `~lsp_jupyter.adql.bound.Value`
        The shape.
    """
    match shape:
        case shapes.Point():
            values = [shape.longitude, shape.latitude]
        case shapes.Circle():
            values = [shape.centre.longitude, shape.centre.latitude, shape.radius]
        case shapes.Polygon():
            values = [one for v in shape.vertices for one in (v.longitude, v.latitude)]
        case shapes.Region():
            return outlines.numbers(writer, shape.shape)
        case _:
            return writer.text(writer.sound(shape))
    items = f"[{', '.join(writer.position(value, 1) for value in values)}]"
    if all(constant(value) is not None for value in values):
        return items
    return let(
        writer,
        items,
        lambda p: (
            f"CASE WHEN LIST_BOOL_AND(LIST_TRANSFORM({p}, LAMBDA _a: _a IS NOT NULL)) THEN {p} END"
        ),
    )
