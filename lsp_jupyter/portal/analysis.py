"""What charts are drawn from, and the rows that are chosen in them.

Each request names a ``view`` of the result and two axes, ``x`` and ``y``: value expressions of
ADQL over its columns; with ``selected``, only rows that are selected count. What a client does
not wait for any more is ended in the engine.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.portal.pages import page_bytes
from lsp_jupyter.portal.results import ARROW, StoredHandler
from lsp_jupyter.portal.selections import STORED, Selection
from lsp_jupyter.results.drawn import STATISTICS, Box, Region
from lsp_jupyter.results.ranges import combine
from lsp_jupyter.results.store import Result
from lsp_jupyter.results.views import View

__all__ = ["DensityHandler", "PickHandler", "PointsHandler", "RegionHandler"]

#: Points that are sent if nothing is said, and at most.
POINTS, MOST_POINTS = 20_000, 500_000
#: More columns of points, and characters of an expression.
COLUMNS, EXPRESSION = 32, 20_000
#: Cells of a grid along one axis, and in all.
SIDE, CELLS = 4096, 1 << 22
#: Vertices of a polygon.
VERTICES = 10_000
MODES = ("new", "add", "remove", "intersect")

_PLANE: Mapping[str, type] = {
    "view": dict,
    "x": str,
    "y": str,
    "logx": bool,
    "logy": bool,
    "selected": bool,
}


class _PlaneHandler(StoredHandler):
    """What the handlers of two axes share."""

    async def asked(self, job_id: str, kinds: Mapping[str, type]) -> tuple[Result, dict[str, Any]]:
        """The finished result, and the fields of the request with the view among them."""
        body = self.fields({**_PLANE, **kinds})
        for name in ("x", "y"):
            if not body.get(name, "").strip():
                raise ParameterError(
                    f"'{name}' is missing.", parameter=name, hint="Send a column or an expression."
                )
            expression(body[name], name)
        view = View.parse(body.get("view"))
        result = await self.finished(job_id)
        if body.get("selected"):
            view = await of_selected(self, job_id, result, view)
        body["view"] = view
        return result, body


class PointsHandler(_PlaneHandler):
    """``portal/results/{id}/points``."""

    async def post(self, job_id: str) -> None:
        """Answer rows in a box as an Arrow stream, and their number in ``X-LSP-Rows``.

        If there are more than ``limit``, the stream has none of them.
        """
        kinds = {"box": list, "columns": dict, "limit": int}
        result, body = await self.asked(job_id, kinds)
        columns = body.get("columns", {})
        if len(columns) > COLUMNS:
            raise ParameterError(f"At most {COLUMNS} columns.", parameter="columns")
        for name, text in columns.items():
            if name in ("x", "y", "__row__") or not name.isidentifier():
                raise ParameterError(
                    f"A column cannot be called {name[:40]!r}.",
                    parameter="columns",
                    hint="Use letters, digits and underscores, and neither 'x' nor 'y'.",
                )
            expression(text, f"columns.{name}")
        points = await self.unless_gone(
            self.platform.analysis.points(
                result.id,
                body["view"],
                body["x"],
                body["y"],
                box=read_box(body.get("box")),
                columns=columns,
                limit=whole(body, "limit", POINTS, 0, MOST_POINTS),
            )
        )
        cell_max = self.settings_of_instance.cell_max
        data = await asyncio.to_thread(page_bytes, points.table, cell_max)
        self.set_header("X-LSP-Rows", str(points.rows))
        self.send_bytes(data, ARROW)


class DensityHandler(_PlaneHandler):
    """``portal/results/{id}/density``."""

    async def post(self, job_id: str) -> None:
        """Answer a grid of little-endian numbers, from the low end of y and of x.

        The headers: ``X-LSP-Type`` (``uint32`` counts, or ``float32``, NaN where no row is),
        ``X-LSP-Width``, ``X-LSP-Height``, ``X-LSP-Box`` (x0,x1,y0,y1), ``X-LSP-Rows`` in it,
        ``X-LSP-Min`` and ``X-LSP-Max`` of the cells that hold rows (empty if none does).
        """
        kinds = {"box": list, "width": int, "height": int, "weight": str, "statistic": str}
        result, body = await self.asked(job_id, kinds)
        width = whole(body, "width", 512, 1, SIDE)
        height = whole(body, "height", 512, 1, SIDE)
        if width * height > CELLS:
            raise ParameterError(f"A grid has at most {CELLS:,} cells.", parameter="width")
        statistic = body.get("statistic", "count")
        if statistic not in STATISTICS:
            raise ParameterError(
                f"'statistic' must be one of {', '.join(STATISTICS)}.", parameter="statistic"
            )
        density = await self.unless_gone(
            self.platform.analysis.density(
                result.id,
                body["view"],
                body["x"],
                body["y"],
                width=width,
                height=height,
                box=read_box(body.get("box")),
                logx=body.get("logx", False),
                logy=body.get("logy", False),
                weight=expression(body.get("weight", ""), "weight"),
                statistic=statistic,
            )
        )
        headers = {
            "Type": "uint32" if statistic == "count" else "float32",
            "Width": width,
            "Height": height,
            "Box": ",".join(map(repr, density.box)),
            "Rows": density.rows,
            "Min": "" if density.least is None else repr(density.least),
            "Max": "" if density.most is None else repr(density.most),
        }
        for name, value in headers.items():
            self.set_header(f"X-LSP-{name}", str(value))
        self.send_bytes(density.data, "application/octet-stream")


class PickHandler(_PlaneHandler):
    """``portal/results/{id}/pick``."""

    async def post(self, job_id: str) -> None:
        """Answer ``{row, x, y, distance}`` of the row nearest to a place; ``{row: null}`` if none.

        ``radius`` is in the axes' own values, or in decades where an axis is logarithmic.
        """
        result, body = await self.asked(job_id, {"at": list, "radius": list})
        at = numbers(body.get("at"), "at", 2)
        radius = numbers(body.get("radius"), "radius", 2)
        if min(radius) <= 0:
            raise ParameterError("'radius' must be above zero.", parameter="radius")
        found = await self.unless_gone(
            self.platform.analysis.pick(
                result.id,
                body["view"],
                body["x"],
                body["y"],
                (at[0], at[1]),
                (radius[0], radius[1]),
                logx=body.get("logx", False),
                logy=body.get("logy", False),
            )
        )
        self.send_json(found or {"row": None})


class RegionHandler(_PlaneHandler):
    """``portal/results/{id}/region``."""

    async def post(self, job_id: str) -> None:
        """Change the selection by the rows in a region, and answer it.

        The region is a ``box``, a ``polygon`` or a ``circle`` (right ascension, declination and
        radius in degrees, where x and y are the position); ``mode`` is ``new``, ``add``,
        ``remove`` or ``intersect``.
        """
        kinds = {"box": list, "polygon": list, "circle": list, "mode": str}
        result, body = await self.asked(job_id, kinds)
        mode = body.get("mode", "new")
        if mode not in MODES:
            raise ParameterError(f"'mode' must be one of {', '.join(MODES)}.", parameter="mode")
        region = await asyncio.to_thread(read_region, body)
        found = await self.unless_gone(
            self.platform.analysis.region(
                result.id,
                body["view"],
                body["x"],
                body["y"],
                region,
                logx=body.get("logx", False),
                logy=body.get("logy", False),
            )
        )
        owner = self.caller.subject
        while True:
            old = self.selections.get(owner, job_id)
            ranges = await asyncio.to_thread(combine, old.ranges, found, mode, result.rows)
            if len(ranges) > STORED:
                raise LimitError(
                    f"The selected rows lie in more than {STORED:,} places of the result.",
                    hint="Select fewer rows, or filter the table by a condition.",
                )
            # Somebody else may have changed it meanwhile.
            if self.selections.get(owner, job_id).revision == old.revision:
                break
        selection: Selection = self.selections.put(owner, job_id, ranges)
        state = {"rows": selection.rows, "revision": selection.revision}
        self.events.publish(owner, "selection", job_id, state)
        self.send_bytes(await asyncio.to_thread(selection.to_json), "application/json")


async def of_selected(handler: StoredHandler, job_id: str, result: Result, view: View) -> View:
    """The rows of a view that are selected."""
    owner = handler.caller.subject
    ranges = handler.selections.get(owner, job_id).ranges
    store = handler.platform.subsets
    name = await asyncio.to_thread(store.hold, result.id, f"{owner} {job_id}", ranges)
    return replace(view, subset=f'({view.subset}) AND "{name}"' if view.subset else f'"{name}"')


def expression(text: object, name: str) -> str:
    """A text that may be an expression.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is none or too long.
    """
    if not isinstance(text, str) or len(text) > EXPRESSION:
        raise ParameterError(
            f"'{name}' must be a text of at most {EXPRESSION:,} characters.", parameter=name
        )
    return text


def whole(body: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    """A whole number of the request between two limits.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is outside.
    """
    value: int = body.get(name, default)
    if not low <= value <= high:
        raise ParameterError(f"'{name}' must be from {low:,} to {high:,}.", parameter=name)
    return value


def numbers(value: object, name: str, count: int) -> list[float]:
    """A list of so many finite numbers.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is anything else.
    """
    if isinstance(value, list) and len(value) == count:
        out = [_finite(one) for one in value]
        if None not in out:
            return [one for one in out if one is not None]
    raise ParameterError(f"'{name}' must be a list of {count} numbers.", parameter=name)


def read_box(value: object) -> Box | None:
    """A box as it was sent: ``[x0, x1, y0, y1]``, null for an open end.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is anything else.
    """
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 4:
        out = [_finite(one) for one in value]
        if all(one is None or end is not None for one, end in zip(value, out, strict=True)):
            return out
    raise ParameterError(
        "'box' must be [x0, x1, y0, y1], with null for an open end.", parameter="box"
    )


def read_region(body: Mapping[str, Any]) -> Region:
    """The region of a request.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if there is none, more than one, or a wrong one.
    lsp_jupyter.errors.LimitError
        Raised if it has too many vertices.
    """
    given = [name for name in ("box", "polygon", "circle") if name in body]
    if len(given) != 1:
        raise ParameterError("Send one of 'box', 'polygon' and 'circle'.", parameter="box")
    if "circle" in body:
        ra, dec, radius = numbers(body["circle"], "circle", 3)
        if not -90 <= dec <= 90 or not 0 <= radius <= 180:
            raise ParameterError(
                "'circle' is right ascension, declination and radius in degrees.",
                parameter="circle",
            )
        return Region(circle=(ra, dec, radius))
    if "box" in body:
        return Region(box=read_box(body["box"]))
    vertices = body["polygon"]
    if len(vertices) > VERTICES:
        raise LimitError(f"A polygon has at most {VERTICES:,} vertices.")
    if len(vertices) < 3:
        raise ParameterError("A polygon has at least three vertices.", parameter="polygon")
    pairs = [numbers(one, "polygon", 2) for one in vertices]
    return Region(polygon=[(one[0], one[1]) for one in pairs])


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
