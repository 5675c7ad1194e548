"""What charts with two axes are drawn from, and the rows in a part of one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lsp_jupyter.errors import ParameterError

from .asking import Engine, ask
from .axes import Axis, Span, axis, formula, literal, widened
from .drawn import Box, Density, Points, Region
from .relation import Relation
from .result import Result
from .view import View
from .views import ROW_COLUMN, Views

__all__ = ["Analysis"]

#: Extents of axes that are remembered.
_EXTENTS = 1000


class Analysis:
    """Computes them, in the engine's processes.

    Parameters
    ----------
    views : `~lsp_jupyter.results.views.Views`
        Opens results and their views.
    engine : `Engine`
        What computes.
    """

    def __init__(self, views: Views, engine: Engine) -> None:
        self._views = views
        self._engine = engine
        self._extents: OrderedDict[tuple[str, ...], tuple[Span, Span]] = OrderedDict()

    async def points(
        self,
        result_id: str,
        view: View,
        x: str,
        y: str,
        *,
        box: Box | None = None,
        columns: Mapping[str, str] | None = None,
        limit: int,
    ) -> Points:
        """Rows in a box, unless there are too many.

        Parameters
        ----------
        result_id : `str`
            The result.
        view : `View`
            Which of its rows, and with which computed columns.
        x, y : `str`
            Value expressions; instants become MJD. Rows where one is missing or not finite
            are left out.
        box : `Box`, optional
            Where.
        columns : mapping, optional
            More value expressions, by the names their columns get.
        limit : `int`
            Rows at most.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if an expression is wrong or cannot be drawn.
        """
        result, relation = await self._views.relation(result_id, view)
        axes = [axis(relation, x, "x"), axis(relation, y, "y")]
        others = {
            name: formula(relation, text, f"columns.{name}")
            for name, text in (columns or {}).items()
        }
        inner = [f"{one.sql} AS k{number}" for number, one in enumerate(others.values())]
        source = _plane(relation, axes, inner, others.values())
        tests = _in_box(axes, box)
        names = ["r", "x", "y", *(f"k{number}" for number in range(len(others)))]
        sql = f"SELECT {', '.join(names)} FROM {source} WHERE {tests} LIMIT {limit + 1}"  # noqa: S608
        fields = [{"name": ROW_COLUMN, "datatype": "int"}]
        fields += [
            {"name": name, **one.column.metadata()} for name, one in zip("xy", axes, strict=True)
        ]
        fields += [{"name": name, **one.column.metadata()} for name, one in others.items()]
        table = await ask(self._engine, sql, relation, result, fields)
        rows = table.num_rows
        if rows > limit:
            table = table.slice(0, 0)
            count = f"SELECT COUNT(*) FROM {source} WHERE {tests}"  # noqa: S608
            rows = (await ask(self._engine, count, relation, result)).column(0)[0].as_py()
        return Points(rows, table)

    async def density(
        self,
        result_id: str,
        view: View,
        x: str,
        y: str,
        *,
        width: int,
        height: int,
        box: Box | None = None,
        logx: bool = False,
        logy: bool = False,
        weight: str = "",
        statistic: str = "count",
    ) -> Density:
        """The rows of a box in the cells of a grid.

        Parameters
        ----------
        result_id, view, x, y
            As `points` takes them.
        width, height : `int`
            Cells along x and y.
        box : `Box`, optional
            What the grid covers; where it is open, up to the last finite value.
        logx, logy : `bool`
            Whether the cells are of equal size in the logarithm.
        weight : `str`
            A value expression, unless rows are counted; rows where it is missing are left out.
        statistic : `str`
            One of `~lsp_jupyter.results.drawn.STATISTICS`.
        """
        result, relation = await self._views.relation(result_id, view)
        axes = [axis(relation, x, "x", log=logx), axis(relation, y, "y", log=logy)]
        spans = await self._spans(result, relation, axes, box)
        inner, used, tests = [], [], [_in_box(axes, [*spans[0], *spans[1]])]
        if statistic != "count":
            if not weight:
                raise ParameterError(f"'{statistic}' needs a weight.", parameter="weight")
            value = axis(relation, weight, "weight")
            inner, used = [f"{value.number} AS w"], [value.formula]
            tests += value.within("w", (None, None))
        cells = [
            _cell(one, name, span, count)
            for one, name, span, count in zip(axes, "xy", spans, (width, height), strict=True)
        ]
        sql = (
            f"SELECT CAST({cells[1]} * {literal(width + 1.0)} + {cells[0]} AS INTEGER) AS cell"  # noqa: S608
            f"{', w' if inner else ''} FROM {_plane(relation, axes, inner, used)} "
            f"WHERE {' AND '.join(tests)}"
        )
        told, data = await self._engine.analyse(
            "grid",
            sql,
            relation.results(result.path),
            width=width,
            height=height,
            statistic=statistic,
        )
        return Density(data, (*spans[0], *spans[1]), told["rows"], told["least"], told["most"])

    async def region(
        self,
        result_id: str,
        view: View,
        x: str,
        y: str,
        region: Region,
        *,
        logx: bool = False,
        logy: bool = False,
    ) -> npt.NDArray[np.int64]:
        """The rows of a view in a part of a chart.

        Parameters
        ----------
        result_id, view, x, y
            As `points` takes them.
        region : `Region`
            Where.
        logx, logy : `bool`
            Whether the axes are logarithmic: a polygon's edges are straight there.

        Returns
        -------
        ranges : `numpy.ndarray`
            ``(n, 2)`` half-open ranges of rows of the result, ascending, apart from one another.
        """
        result, relation = await self._views.relation(result_id, view)
        axes = [axis(relation, x, "x", log=logx), axis(relation, y, "y", log=logy)]
        box, wanted = region.box, "r"
        shape: dict[str, Any] = {}
        if region.circle is not None:
            _, dec, radius = region.circle
            box = (None, None, dec - radius, dec + radius)
            shape, wanted = {"circle": list(region.circle)}, "r, x, y"
        elif region.polygon:
            xs, ys = zip(*region.polygon, strict=True)
            box = (min(xs), max(xs), min(ys), max(ys))
            placed = [[axes[0].place(a), axes[1].place(b)] for a, b in region.polygon]
            if not np.isfinite(placed).all():
                raise ParameterError(
                    "A polygon on a logarithmic axis has positive values only.",
                    parameter="polygon",
                )
            shape = {"polygon": placed}
            wanted = f"r, {axes[0].placed('x')} AS x, {axes[1].placed('y')} AS y"
        source = _plane(relation, axes)
        sql = f"SELECT {wanted} FROM {source} WHERE {_in_box(axes, box)}"  # noqa: S608
        _, data = await self._engine.analyse(
            "region", sql, relation.results(result.path), shape=shape
        )
        return np.frombuffer(data, dtype="<i8").reshape(-1, 2).astype(np.int64)

    async def pick(
        self,
        result_id: str,
        view: View,
        x: str,
        y: str,
        at: tuple[float, float],
        radius: tuple[float, float],
        *,
        logx: bool = False,
        logy: bool = False,
    ) -> dict[str, Any] | None:
        """The nearest row to a place on a chart.

        Parameters
        ----------
        result_id, view, x, y
            As `points` takes them.
        at : (`float`, `float`)
            The place, in the axes' own values.
        radius : (`float`, `float`)
            How far a row may be away along each axis, which is also the unit in which
            distances are compared; in decades where the axis is logarithmic.
        logx, logy : `bool`
            Whether the axes are logarithmic.

        Returns
        -------
        found : `dict`, optional
            ``row``, ``x``, ``y`` and ``distance`` (1 is the rim); `None` if there is none.
        """
        result, relation = await self._views.relation(result_id, view)
        axes = [axis(relation, x, "x", log=logx), axis(relation, y, "y", log=logy)]
        box: list[float] = []
        squares = []
        for one, name, centre, reach in zip(axes, "xy", at, radius, strict=True):
            middle = one.place(centre)
            if not np.isfinite(middle):
                return None
            ends = (middle - reach, middle + reach)
            box += [10.0**end for end in ends] if one.log else ends
            squares.append(f"pow(({one.placed(name)} - {literal(middle)}) / {literal(reach)}, 2)")
        sql = (
            f"SELECT r, x, y, sqrt(d) AS d FROM (SELECT r, x, y, {' + '.join(squares)} AS d "  # noqa: S608
            f"FROM {_plane(relation, axes)} WHERE {_in_box(axes, box)}) AS n "
            "WHERE d <= 1 ORDER BY d, r LIMIT 1"
        )
        found = (await ask(self._engine, sql, relation, result)).to_pylist()
        if not found:
            return None
        row, px, py, distance = found[0].values()
        return {"row": row, "x": px, "y": py, "distance": distance}

    async def _spans(
        self, result: Result, relation: Relation, axes: Sequence[Axis], box: Box | None
    ) -> tuple[Span, Span]:
        """The ends of both axes: those that are given, and the extent of the rows."""
        ends: list[float | None] = [None] * 4 if box is None else list(box)
        if None in ends:
            extent = await self._extent(result, relation, axes)
            found = [*extent[0], *extent[1]]
            ends = [found[number] if end is None else end for number, end in enumerate(ends)]
        first, second = ends[:2], ends[2:]
        return (
            widened([float(end or 0) for end in first], log=axes[0].log),
            widened([float(end or 0) for end in second], log=axes[1].log),
        )

    async def _extent(
        self, result: Result, relation: Relation, axes: Sequence[Axis]
    ) -> tuple[Span, Span]:
        key = await asyncio.to_thread(relation.key, [one.formula for one in axes])
        name = (result.id, key, *(f"{one.log}{one.formula.text}" for one in axes))
        if name in self._extents:
            self._extents.move_to_end(name)
            return self._extents[name]
        sql = (
            f"SELECT min(x), max(x), min(y), max(y) FROM {_plane(relation, axes)} "  # noqa: S608
            f"WHERE {_in_box(axes, None)}"
        )
        table = await ask(self._engine, sql, relation, result)
        x0, x1, y0, y1 = (column[0].as_py() for column in table.columns)
        empty = [(0.1, 10.0) if one.log else (0.0, 1.0) for one in axes]
        extent = (empty[0], empty[1]) if x0 is None else ((x0, x1), (y0, y1))
        self._extents[name] = extent
        while len(self._extents) > _EXTENTS:
            self._extents.popitem(last=False)
        return extent


def _plane(
    relation: Relation, axes: Sequence[Axis], more: Sequence[str] = (), used: Any = ()
) -> str:
    """The rows with their x and y, as what can stand after FROM."""
    source = relation.source([*(one.formula for one in axes), *used])
    names = [f"{one.number} AS {name}" for one, name in zip(axes, "xy", strict=True)]
    return f"(SELECT {', '.join(['r', *names, *more])} FROM {source}) AS d"  # noqa: S608


def _in_box(axes: Sequence[Axis], box: Box | None) -> str:
    ends = [None] * 4 if box is None else list(box)
    tests = []
    for number, (one, name) in enumerate(zip(axes, "xy", strict=True)):
        low, high = ends[2 * number : 2 * number + 2]
        if low is not None and high is not None and low > high:
            low, high = high, low
        tests += one.within(name, (low, high))
    return " AND ".join(tests)


def _cell(one: Axis, name: str, span: Span, count: int) -> str:
    """The number of a value's cell along an axis."""
    low, high = map(one.place, span)
    if not np.isfinite(low):
        raise ParameterError(
            "A logarithmic axis begins above zero.", parameter="box", hint="Send positive ends."
        )
    scale = literal(count / (high - low))
    place = f"floor(({one.placed(name)} - {literal(low)}) * {scale})"
    # The logarithm of the low end may be a little less here than there. The high end itself is
    # in one cell more, which the grid has: to bring it back for each row takes twice as long.
    return f"greatest({place}, {literal(0.0)})" if one.log else place
