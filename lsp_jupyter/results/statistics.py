"""What the values of a column are like: moments, quantiles, a histogram, common values."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from lsp_jupyter.adql.formulas import Formula
from lsp_jupyter.errors import EngineError

from .asking import Engine
from .relation import Relation
from .result import Result
from .view import View
from .views import Views

__all__ = ["Statistics"]

#: Shares of the values below the quantiles.
QUANTILES = {
    "p01": 0.01,
    "p05": 0.05,
    "p16": 0.16,
    "p25": 0.25,
    "p50": 0.5,
    "p75": 0.75,
    "p84": 0.84,
    "p95": 0.95,
    "p99": 0.99,
}
#: Bins of a histogram, common values of a text, and characters of one of them.
BINS, TOP, TOP_TEXT = 50, 10, 200
#: Rows up to which quantiles are exact: the engine holds all values for that.
EXACT = 20_000_000
#: Distinct texts beyond which no common ones are looked for.
DISTINCT = 1_000_000
#: How far beyond the middle nine tenths, in their width, the histogram goes at most: a
#: sentinel such as -999 would leave one bar of it.
REACH = 3.0
#: Beyond this the fourth power of a value would be no number.
HUGE = 1e70
#: Columns kept in memory.
KEPT = 2000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Statistics:
    """Statistics of columns of views, each computed once.

    Parameters
    ----------
    views : `~lsp_jupyter.results.views.Views`
        The views.
    engine : `~lsp_jupyter.results.asking.Engine`
        What computes.
    """

    def __init__(self, views: Views, engine: Engine) -> None:
        self._views = views
        self._engine = engine
        self._known: OrderedDict[tuple[str, str, str, str], dict[str, Any]] = OrderedDict()

    async def of(
        self, result_id: str, view: View, columns: Sequence[str] | None = None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Statistics of the rows that a view shows.

        Parameters
        ----------
        result_id : `str`
            The result, which must be finished.
        view : `View`
            What to look at; its sort order does not matter.
        columns : sequence of `str`, optional
            Names of columns, stored or computed; all if not given.

        Yields
        ------
        column : `dict`
            For one column after the other: ``name``, ``unit``, ``kind`` (``number``,
            ``integer``, ``time``, ``boolean``, ``text`` or ``array``), ``count`` of values and
            ``nulls`` (NaN too). Of what can be ordered ``min``, ``max``, ``mean``, ``sigma``
            (of the sample; in seconds for times), ``median``, ``quantiles``, ``skew`` and
            ``kurtosis`` (the third and, less 3, the fourth central moment in units of sigma),
            all of finite values (``infinite`` counts the others), and ``histogram``
            (``edges``, ``counts``, and how many values are ``below`` and ``above``). Of texts
            and truth values ``top``: values and their counts. ``distinct`` is approximate.
            64-bit integers are texts, times ISO 8601.

        Raises
        ------
        lsp_jupyter.errors.LspError
            As `Views.rows`, or if a column does not exist.
        """
        unsorted = View(
            filters=view.filters, derived=view.derived, where=view.where, subset=view.subset
        )
        result, relation = await self._views.relation(result_id, unsorted)
        names = relation.schema.names if columns is None else columns
        positions = [relation[name] for name in names]
        for position in positions:
            column = relation.columns[position]
            rows = await asyncio.to_thread(relation.key, [relation.plain(position)])
            key = (result.id, rows, column.name, column.unit)
            known = self._known.get(key)
            if known is None:
                known = await self._column(result, relation, position)
                self._known[key] = known
                if len(self._known) > KEPT:
                    self._known.popitem(last=False)
            yield known

    async def _column(self, result: Result, relation: Relation, position: int) -> dict[str, Any]:
        measure = _Measure(relation, position)
        (answer,) = await self._ask(result, relation, measure.first(result.rows))
        if measure.ordered and "q" not in answer:
            shares = list(QUANTILES.values())
            found, _ = await self._engine.analyse(
                "quantiles",
                measure.values(),
                relation.results(result.path),
                shares=shares,
                between=measure.kind == "number",
            )
            answer["q"] = found["quantiles"]
        told = measure.told(answer, result.rows)
        second = measure.second(told)
        if second:
            measure.complete(told, await self._ask(result, relation, second))
        return told

    async def _ask(self, result: Result, relation: Relation, sql: str) -> list[dict[str, Any]]:
        compute = self._engine.compute([sql], relation.results(result.path))
        async with aclosing(compute) as answers:
            async for answer in answers:
                rows: list[dict[str, Any]] = answer.to_pylist()
                return rows
        raise EngineError("The engine gave no answer.")


class _Measure:
    """The statements about one column, and what they tell."""

    def __init__(self, relation: Relation, position: int) -> None:
        self._column = relation.columns[position]
        self._formula: Formula = relation.plain(position)
        self._rows = relation.rows([self._formula])
        self._type = relation.schema.field(position).type
        kind = self._type
        self.kind = (
            "time"
            if pa.types.is_timestamp(kind)
            else "boolean"
            if pa.types.is_boolean(kind)
            else "integer"
            if pa.types.is_integer(kind)
            else "number"
            if pa.types.is_floating(kind)
            else "text"
            if pa.types.is_string(kind)
            else "array"
        )
        self.ordered = self.kind in ("time", "integer", "number")
        self._edges: list[float] = []

    @property
    def _value(self) -> str:
        """The value as a number."""
        sql = self._formula.sql
        if self.kind == "time":
            return f"epoch_us({sql})"
        if self.kind == "number":
            return f"CASE WHEN isfinite({sql}) THEN {sql} END"
        return sql

    def first(self, rows: int) -> str:
        """What is asked first."""
        sql = self._formula.sql
        asked = ["count(*) AS n", f"count({sql}) AS k"]
        if self.kind != "array":
            asked.append(f"approx_count_distinct({sql}) AS d")
        if self.kind == "text":
            asked += [f"min(length({sql})) AS low", f"max(length({sql})) AS high"]
        if self.ordered:
            asked += [
                "count(v) AS finite",
                "min(v) AS low",
                "max(v) AS high",
                "avg(v) AS mean",
                f"stddev_samp(CASE WHEN abs(CAST(v AS DOUBLE)) < {HUGE} THEN v END) AS sigma",
            ]
            if rows > EXACT:
                shares = ", ".join(map(str, QUANTILES.values()))
                asked.append(f"approx_quantile(v, [{shares}]) AS q")
        value = f"{self._value} AS v, " if self.ordered else ""
        inner = f"(SELECT {value}{sql} FROM {self._rows}) AS t"  # noqa: S608
        return f"SELECT {', '.join(asked)} FROM {inner}"  # noqa: S608

    def values(self) -> str:
        """What gives all values as numbers."""
        return f"SELECT {self._value} AS v FROM {self._rows}"  # noqa: S608

    def told(self, answer: dict[str, Any], rows: int) -> dict[str, Any]:
        """The first answer in the words of `Statistics.of`."""
        told: dict[str, Any] = {
            "name": self._column.name,
            "unit": self._column.unit,
            "kind": self.kind,
            "count": answer["k"],
            "nulls": answer["n"] - answer["k"],
        }
        if "d" in answer:
            # The estimate may exceed what there is.
            told["distinct"] = min(answer["d"], answer["k"])
        if self.kind == "text":
            told |= {"shortest": answer["low"], "longest": answer["high"]}
        if not self.ordered:
            return told
        told["infinite"] = answer["k"] - answer["finite"]
        low, high = answer["low"], answer["high"]
        moments = low is not None and max(abs(low), abs(high)) < HUGE
        mean, sigma = _finite(answer["mean"]), _finite(answer["sigma"]) if moments else None
        quantiles = dict(zip(QUANTILES, answer["q"] or [None] * len(QUANTILES), strict=True))
        self._plan(low, high, quantiles)
        self._mean, self._sigma = mean, sigma
        seconds = sigma is not None and self.kind == "time"
        told |= {
            "min": self._shown(low),
            "max": self._shown(high),
            "mean": self._shown(mean) if self.kind == "time" else mean,
            "sigma": sigma / 1e6 if seconds and sigma is not None else sigma,
            "median": self._shown(quantiles["p50"]),
            "quantiles": {
                name: self._shown(value) for name, value in quantiles.items() if name != "p50"
            },
            "approximate": rows > EXACT,
            "skew": None,
            "kurtosis": None,
        }
        return told

    def second(self, told: dict[str, Any]) -> str:
        """What is asked then; empty if nothing is left to ask."""
        sql = self._formula.sql
        if self.kind in ("text", "boolean"):
            if told["distinct"] > DISTINCT or not told["count"]:
                told["top"] = []
                return ""
            shown = f"left({sql}, {TOP_TEXT})" if self.kind == "text" else sql
            return (
                f"SELECT {shown} AS value, count(*) AS n FROM {self._rows} "  # noqa: S608
                f"WHERE {sql} IS NOT NULL GROUP BY {sql} ORDER BY n DESC, {sql} LIMIT {TOP}"
            )
        if not self._edges:
            if self.ordered:
                told["histogram"] = {"edges": [], "counts": [], "below": 0, "above": 0}
            return ""
        low, high, bins = self._edges[0], self._edges[-1], len(self._edges) - 1
        place = f"CAST(floor((v - ({low!r})) / ({(high - low) / bins!r})) AS INTEGER)"
        bin_ = (
            f"CASE WHEN v < {low!r} THEN -1 WHEN v > {high!r} THEN {bins} "
            f"ELSE least(greatest({place}, 0), {bins - 1}) END"
        )
        z = "0.0"
        if self._sigma:
            z = f"(v - ({self._mean!r})) / ({self._sigma!r})"
        value = f"CAST({self._value} AS DOUBLE)"
        inner = f"(SELECT {value} AS v FROM {self._rows}) AS t"  # noqa: S608
        binned = f"(SELECT {bin_} AS b, {z} AS z FROM {inner} WHERE v IS NOT NULL) AS t"  # noqa: S608
        return (
            "SELECT b, count(*) AS n, sum(z * z * z) AS z3, sum(z * z * z * z) AS z4 "  # noqa: S608
            f"FROM {binned} GROUP BY b"
        )

    def complete(self, told: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        """Add the second answer."""
        if self.kind in ("text", "boolean"):
            told["top"] = [{"value": row["value"], "count": row["n"]} for row in rows]
            return
        bins = len(self._edges) - 1
        counts = [0] * (bins + 2)
        for row in rows:
            counts[row["b"] + 1] = row["n"]
        total = sum(counts)
        told["histogram"] = {
            "edges": [self._edge(edge) for edge in self._edges],
            "counts": counts[1:-1],
            "below": counts[0],
            "above": counts[-1],
        }
        if self._sigma and total > 2:
            told["skew"] = _finite(math.fsum(row["z3"] or 0.0 for row in rows) / total)
            told["kurtosis"] = _finite(math.fsum(row["z4"] or 0.0 for row in rows) / total - 3)

    def _plan(self, low: Any, high: Any, quantiles: dict[str, Any]) -> None:
        """Choose the edges of the histogram."""
        if low is None:
            return
        inner, outer = quantiles["p05"], quantiles["p95"]
        width = float(outer) - float(inner)
        first, last = float(low), float(high)
        if width > 0:
            first = max(first, float(inner) - REACH * width)
            last = min(last, float(outer) + REACH * width)
        if self.kind == "integer" and last - first < BINS:
            first, last = math.floor(first) - 0.5, math.ceil(last) + 0.5
            bins = round(last - first)
        else:
            bins = BINS
            if not (last - first) / bins > 0:
                # One value, or values between which there is none: one bar around it.
                spread = max(abs(first) * 1e-6, 0.5)
                first, last, bins = first - spread, last + spread, 1
        if math.isfinite(last - first):
            step = (last - first) / bins
            self._edges = [first + step * number for number in range(bins)] + [last]

    def _shown(self, value: Any) -> Any:
        if value is None:
            return None
        if self.kind == "time":
            return _iso(value)
        if self.kind == "integer":
            whole = int(value)
            return str(whole) if self._type == pa.int64() else whole
        return _finite(value)

    def _edge(self, value: float) -> Any:
        return _iso(value) if self.kind == "time" else value


def _finite(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _iso(value: float) -> str:
    return (_EPOCH + timedelta(microseconds=round(value))).replace(tzinfo=None).isoformat()
