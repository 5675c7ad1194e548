"""The rows of subsets: found by a view, and found again by a condition of ADQL."""

from __future__ import annotations

import asyncio
import re
from copy import copy
from dataclasses import replace

import numpy as np
import pyarrow as pa

from lsp_jupyter.errors import LimitError, ParameterError

from .asking import Engine, ask
from .ranges import Ranges
from .relation import Relation
from .result import Result
from .subsets import SubsetStore
from .view import View
from .view_adql import quoted_name, text_literal, view_adql
from .views import Views

__all__ = ["Finding"]

#: Identifiers that a condition may list.
IDENTIFIERS = 10_000

_IDENTIFIER = re.compile(r"(^|_)(id|name|designation)$|id$", re.IGNORECASE)


class Finding:
    """Finds them.

    Parameters
    ----------
    views : `~lsp_jupyter.results.views.Views`
        Opens results and their views.
    subsets : `~lsp_jupyter.results.subsets.SubsetStore`
        The subsets.
    engine : `~lsp_jupyter.results.asking.Engine`
        What computes.
    """

    def __init__(self, views: Views, subsets: SubsetStore, engine: Engine) -> None:
        self._views = views
        self._subsets = subsets
        self._engine = engine

    async def rows(self, result_id: str, view: View) -> tuple[Ranges, str]:
        """The rows of a view, and the condition of ADQL that they meet.

        The condition is empty where ADQL cannot say it.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the view does not fit the result.
        """
        result, relation = await self._views.relation(result_id, view)
        sql = f"SELECT r FROM {relation.source()}"  # noqa: S608
        _, data = await self._engine.analyse("region", sql, relation.results(result.path), shape={})
        ranges = np.frombuffer(data, dtype="<i8").reshape(-1, 2).astype(np.int64)
        return ranges, await asyncio.to_thread(_condition, relation)

    async def where(self, result_id: str, name: str) -> dict[str, str]:
        """A condition that finds the rows of a subset again, in the result and in its tables.

        Parameters
        ----------
        result_id, name : `str`
            Which.

        Returns
        -------
        found : `dict`
            ``where``, and ``by``: the column of identifiers that it lists, or empty if it is
            the condition that the subset was made with.

        Raises
        ------
        lsp_jupyter.errors.LimitError
            Raised if there is neither.
        """
        subset = await asyncio.to_thread(self._subsets.get, result_id, name)
        result, relation = await self._views.relation(result_id, View())
        if subset.rows == 0:
            return {"where": "1 = 0", "by": ""}
        if subset.rows <= IDENTIFIERS and not (subset.adql and subset.rows > 100):
            column = await self._identifier(result, relation)
            if column:
                ranges = await asyncio.to_thread(self._subsets.ranges, result_id, name)
                values = await asyncio.to_thread(_values, result, ranges, column)
                listed = ", ".join(
                    text_literal(one) if isinstance(one, str) else str(one) for one in values
                )
                return {"where": f"{quoted_name(column)} IN ({listed})", "by": column}
        if subset.adql:
            return {"where": subset.adql, "by": ""}
        raise LimitError(
            f"The {subset.rows:,} rows of '{name}' have no condition that finds them again.",
            hint=f"A condition lists at most {IDENTIFIERS:,} identifiers of a unique column. "
            "Save the subset as a table of your own and join that.",
        )

    async def _identifier(self, result: Result, relation: Relation) -> str:
        """The column whose values are unique; empty if there is none."""
        candidates = []
        for position, column in enumerate(relation.columns):
            kind = relation.schema.field(position).type
            if not (pa.types.is_integer(kind) or pa.types.is_string(kind)):
                continue
            main = column.ucd.startswith("meta.id") and "meta.main" in column.ucd
            named = column.ucd.startswith("meta.id") or bool(_IDENTIFIER.search(column.name))
            if main or named:
                candidates.append((not main, position))
        for _, position in sorted(candidates)[:3]:
            one = relation.plain(position)
            rows = relation.source([one])
            sql = f"SELECT COUNT(DISTINCT c{position + 1}) FROM {rows}"  # noqa: S608
            answer = await ask(self._engine, sql, relation, result)
            if answer.column(0)[0].as_py() == result.rows:
                return one.column.name
        return ""


def _values(result: Result, ranges: Ranges, column: str) -> list[int | str]:
    rows = np.concatenate([np.arange(start, stop) for start, stop in ranges])
    values: list[int | str] = result.take(rows.astype(np.int32))[column].to_pylist()
    return values


def _condition(relation: Relation) -> str:
    bare = copy(relation)
    bare.view = replace(relation.view, sort=())
    first = relation.schema.names[:1]
    try:
        text = view_adql(bare, "t", first)
        begin = view_adql(relation.unfiltered(), "t", first)
    except ParameterError:
        return ""
    return text.removeprefix(begin).removeprefix("\nWHERE ")
