"""Histograms of one axis: rows counted between edges, or by the values of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lsp_jupyter.adql.formulas import Formula
from lsp_jupyter.errors import ParameterError

from .asking import Engine, ask
from .axes import Axis, axis, formula, literal, widened
from .relation import Relation, text_literal
from .result import Result
from .view import View
from .views import Views

__all__ = ["GROUPS", "Histogram", "Histograms"]

#: Groups that are told apart; the rest is one more.
GROUPS = 12
#: Characters of a value of text that are told.
_VALUE = 200


@dataclass(frozen=True, slots=True)
class Histogram:
    """Rows counted.

    Attributes
    ----------
    edges : `list` of `float`
        One more than there are bins; empty for text.
    values : `list` of `str`
        For text: its most frequent values, the most frequent first; otherwise empty.
    groups : `list` of `str` or `None`
        Names of the groups, largest first: `None` for rows without a value, ``""`` alone if
        nothing is told apart.
    others : `bool`
        Whether there is one more list of counts, of all further groups.
    counts : `list` of `list` of `int`
        For each group the rows of each bin. The last bin holds its upper edge too.
    below, above, missing : `int`
        Rows under the first edge, over the last (for text: of further values), and without a
        finite value.
    """

    edges: list[float]
    values: list[str]
    groups: list[str | None]
    others: bool
    counts: list[list[int]]
    below: int
    above: int
    missing: int


class Histograms:
    """Computes them.

    Parameters
    ----------
    views : `~lsp_jupyter.results.views.Views`
        Opens results and their views.
    engine : `~lsp_jupyter.results.asking.Engine`
        What computes.
    """

    def __init__(self, views: Views, engine: Engine) -> None:
        self._views = views
        self._engine = engine

    async def count(
        self,
        result_id: str,
        view: View,
        x: str,
        *,
        bins: int,
        low: float | None = None,
        high: float | None = None,
        log: bool = False,
        by: str = "",
    ) -> Histogram:
        """Count the rows of a view along an axis.

        Parameters
        ----------
        result_id : `str`
            The result.
        view : `View`
            Which of its rows.
        x : `str`
            A value expression: a number, an instant (as MJD) or a text.
        bins : `int`
            Bins, or values of a text at most.
        low, high : `float`, optional
            The outer edges; the extremes of the finite values if not given.
        log : `bool`
            Whether the bins have equal widths in the logarithm.
        by : `str`
            A value expression whose values are told apart, `GROUPS` of them.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if an expression is wrong or the edges are.
        """
        result, relation = await self._views.relation(result_id, view)
        found = formula(relation, x, "x")
        split = formula(relation, by, "by") if by else None
        counted = _Counted(relation, found, split)
        groups: list[str | None] = []
        if split is not None:
            largest = await self._ask(counted.largest(), relation, result)
            groups = [row["g"] for row in largest]
        others = len(groups) > GROUPS
        groups = groups[:GROUPS]
        if found.column.datatype in ("char", "unicodeChar") and found.column.xtype != "timestamp":
            top = await self._ask(counted.values(bins), relation, result)
            values = [row["v"] for row in top]
            sql = counted.by_value(values, groups)
            rows = await self._ask(sql, relation, result)
            return _told(rows, [], values, len(values), groups, others=others, split=bool(by))
        along = axis(relation, x, "x", log=log)
        if low is None or high is None:
            (extent,) = await self._ask(counted.extent(along), relation, result)
            low = extent["low"] if low is None else low
            high = extent["high"] if high is None else high
        if low is None or high is None:
            low = high = 1.0 if low is None and high is None else low if high is None else high
        assert low is not None
        assert high is not None
        if low > high:
            raise ParameterError("'low' is above 'high'.", parameter="low")
        if log and low <= 0:
            raise ParameterError("A logarithmic axis begins above zero.", parameter="low")
        span = widened((low, high), log=log)
        ends = (along.place(span[0]), along.place(span[1]))
        sql = counted.by_bin(along, span, ends, bins, groups)
        rows = await self._ask(sql, relation, result)
        edges = np.linspace(*ends, bins + 1)
        if log:
            edges = 10.0**edges
        edges[0], edges[-1] = span
        return _told(rows, edges.tolist(), [], bins, groups, others=others, split=bool(by))

    async def _ask(self, sql: str, relation: Relation, result: Result) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await ask(self._engine, sql, relation, result)).to_pylist()
        return rows


class _Counted:
    """Statements that count the rows of a view."""

    def __init__(self, relation: Relation, found: Formula, split: Formula | None) -> None:
        self._relation = relation
        self._found = found
        self._split = split
        if split is not None and split.column.arraysize not in ("", "1", "*"):
            raise ParameterError("Arrays cannot be told apart.", parameter="by")
        if found.column.datatype not in ("char", "unicodeChar"):
            return
        if found.column.arraysize not in ("", "1", "*") and not found.column.arraysize.isdigit():
            raise ParameterError("Arrays cannot be counted.", parameter="x")

    def _rows(self, values: Sequence[str]) -> str:
        used = [self._found] + ([self._split] if self._split else [])
        source = self._relation.source(used)
        return f"(SELECT {', '.join(values)} FROM {source}) AS d"  # noqa: S608

    def _group(self) -> str:
        assert self._split is not None
        return f"left(CAST({self._split.sql} AS VARCHAR), {_VALUE}) AS g"

    def largest(self) -> str:
        """The groups by their size, one more than are told apart."""
        return (
            f"SELECT g, COUNT(*) AS n FROM {self._rows([self._group()])} "  # noqa: S608
            f"GROUP BY g ORDER BY n DESC, g NULLS LAST LIMIT {GROUPS + 1}"
        )

    def values(self, most: int) -> str:
        """The values of a text by their frequency."""
        text = f"left({self._found.sql}, {_VALUE}) AS v"
        return (
            f"SELECT v, COUNT(*) AS n FROM {self._rows([text])} WHERE v IS NOT NULL "  # noqa: S608
            f"GROUP BY v ORDER BY n DESC, v LIMIT {most}"
        )

    def extent(self, along: Axis) -> str:
        """The least and the greatest finite value."""
        tests = " AND ".join(along.within("x", (None, None)))
        rows = self._rows([f"{along.number} AS x"])
        return f"SELECT min(x) AS low, max(x) AS high FROM {rows} WHERE {tests}"  # noqa: S608

    def by_bin(
        self,
        along: Axis,
        span: tuple[float, float],
        ends: tuple[float, float],
        bins: int,
        groups: Sequence[str | None],
    ) -> str:
        """Rows by the number of their bin: -1 below, ``bins`` above, NULL without a value."""
        low, high = map(literal, span)
        finite = " AND ".join(along.within("x", (None, None)))
        scale = literal(bins / (ends[1] - ends[0]))
        place = f"floor(({along.placed('x')} - {literal(ends[0])}) * {scale})"
        number = (
            f"CASE WHEN x IS NULL OR NOT ({finite}) THEN NULL WHEN x < {low} THEN -1 "
            f"WHEN x > {high} THEN {bins} "
            f"ELSE CAST(greatest(least({place}, {bins - 1}), 0) AS INTEGER) END"
        )
        return self._counts(f"{along.number} AS x", number, groups)

    def by_value(self, values: Sequence[str], groups: Sequence[str | None]) -> str:
        """Rows by the number of their value; the number of values for all others."""
        cases = "".join(
            f" WHEN x = {text_literal(value)} THEN {number}" for number, value in enumerate(values)
        )
        number = f"CASE WHEN x IS NULL THEN NULL{cases} ELSE {len(values)} END"
        return self._counts(f"left({self._found.sql}, {_VALUE}) AS x", number, groups)

    def _counts(self, x: str, number: str, groups: Sequence[str | None]) -> str:
        if self._split is None:
            group, rows = "0", self._rows([x])
        else:
            cases = "".join(
                f" WHEN g IS NULL THEN {place}"
                if one is None
                else f" WHEN g = {text_literal(one)} THEN {place}"
                for place, one in enumerate(groups)
            )
            group = f"CASE{cases} ELSE {len(groups)} END" if cases else "0"
            rows = self._rows([x, self._group()])
        return (
            f"SELECT k, b, COUNT(*) AS n FROM (SELECT {group} AS k, {number} AS b FROM {rows}) AS e "  # noqa: S608, E501
            "GROUP BY k, b"
        )


def _told(
    rows: Sequence[dict[str, Any]],
    edges: list[float],
    values: list[str],
    bins: int,
    groups: list[str | None],
    *,
    others: bool,
    split: bool,
) -> Histogram:
    names: list[str | None] = groups if split else [""]
    # Below, the bins, above.
    counts = np.zeros((len(names) + others, bins + 2), dtype=np.int64)
    missing = 0
    for row in rows:
        if row["b"] is None:
            missing += row["n"]
        else:
            counts[row["k"], row["b"] + 1] += row["n"]
    return Histogram(
        edges,
        values,
        names,
        others,
        counts[:, 1:-1].tolist(),
        int(counts[:, 0].sum()),
        int(counts[:, -1].sum()),
        missing,
    )
