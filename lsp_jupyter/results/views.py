"""Results sorted and filtered, with computed columns, a page at a time.

A view is a result, its computed columns, filters and sort order. The order of its rows is
computed once, in a worker process, and kept as a file beside the result; the
server only gathers the rows of a page. A view without filter and sort order is
the result itself and needs no file; it can be read while the result grows.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lsp_jupyter.errors import ResultNotFoundError, StateError

from .relation import PLACE, Relation, SubsetFile
from .result import Result
from .store import ResultStore
from .view import Filter, View

__all__ = ["ROW_COLUMN", "Filter", "View", "Views"]

#: Name of the column that holds each row's number in the result.
ROW_COLUMN = "__row__"
#: Row orders kept for one result.
MAX_ORDERS = 8


class Arranger(Protocol):
    """What computes the order of rows, such as the embedded engine."""

    async def arrange(self, sql: str, results: Sequence[Mapping[str, Any]], order: Path) -> int:
        """Write the row order of a view and give its number of rows."""

    def compute(
        self,
        statements: Sequence[str],
        results: Sequence[Mapping[str, Any]],
        fields: Sequence[Sequence[Mapping[str, str]] | None] | None = None,
    ) -> AsyncGenerator[pa.Table, None]:
        """What statements over results give."""


class Views:
    """Pages of views.

    Parameters
    ----------
    store : `~lsp_jupyter.results.store.ResultStore`
        The results.
    engine : `Arranger`
        What computes orders.
    subset : callable, optional
        Finds the subsets of a result.
    """

    def __init__(
        self, store: ResultStore, engine: Arranger, subset: SubsetFile | None = None
    ) -> None:
        self._store = store
        self._engine = engine
        self._subset = subset
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        store.on_delete(self._forget)

    async def rows(
        self, result_id: str, view: View, start: int, count: int
    ) -> tuple[pa.Table, int]:
        """One page.

        Parameters
        ----------
        result_id : `str`
            The result.
        view : `View`
            How it is arranged. A result that still grows can only be read as
            it is: its order would change with every row that comes.
        start, count : `int`
            First position in the view, and rows at most.

        Returns
        -------
        table : `pyarrow.Table`
            The rows: the stored columns, the computed ones, and in the column
            ``__row__`` (int32) the number of each in the result.
        total : `int`
            Rows of the view (so far, if the result grows).

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if the view does not fit the result.
        lsp_jupyter.errors.AdqlError
            Raised if an expression of it is wrong.
        lsp_jupyter.errors.StateError
            Raised if a growing result is to be sorted, filtered or computed with.
        lsp_jupyter.errors.ResultNotFoundError
            Raised if there is no such result.
        """
        start, count = max(start, 0), max(count, 0)
        result = await asyncio.to_thread(self._store.open, result_id)
        relation = await self._relation(result, view)
        order = await self._order(result, relation)
        table, total = await asyncio.to_thread(_page, result, order, start, count)
        if view.derived:
            numbers = table[ROW_COLUMN].to_numpy()
            computed = await self._computed(result, relation, numbers)
            table = table.remove_column(table.num_columns - 1)
            for field, column in zip(computed.schema, computed.columns, strict=True):
                table = table.append_column(field, column)
            table = table.append_column(ROW_COLUMN, pa.array(numbers, pa.int32()))
        return table, total

    async def order(self, result_id: str, view: View) -> npt.NDArray[np.int32] | None:
        """The result's row numbers in the order of a view.

        Returns
        -------
        order : `numpy.ndarray` of `numpy.int32`, optional
            Mapped from disk; `None` where the view has the rows of the result in its order.

        Raises
        ------
        lsp_jupyter.errors.LspError
            As `rows`.
        """
        result = await asyncio.to_thread(self._store.open, result_id)
        return await self._order(result, await self._relation(result, view))

    async def relation(self, result_id: str, view: View) -> tuple[Result, Relation]:
        """A result and its view as SQL.

        Raises
        ------
        lsp_jupyter.errors.LspError
            As `rows`.
        """
        result = await asyncio.to_thread(self._store.open, result_id)
        return result, await self._relation(result, view)

    async def _relation(self, result: Result, view: View) -> Relation:
        if view and not result.complete:
            raise StateError(
                "The result still grows, so it cannot be sorted, filtered or computed with yet.",
                hint="Wait until the job has ended, or put ORDER BY and WHERE into the query.",
            )
        subset = None if self._subset is None else partial(self._subset, result.id)
        return await asyncio.to_thread(Relation, view, result.schema, subset)

    async def _computed(
        self, result: Result, relation: Relation, rows: npt.NDArray[np.int32]
    ) -> pa.Table:
        """The computed columns of some rows, in their order."""
        formulas = [
            relation.plain(position) for position in range(relation.stored, len(relation.columns))
        ]
        values = [f"{one.sql} AS c{number}" for number, one in enumerate(formulas)]
        # Of these rows only: the filters hold for them already.
        bare = relation.unfiltered()
        rows_of = bare.source(formulas, reduced=True)
        sql = f"SELECT {', '.join(values)} FROM {rows_of} ORDER BY {PLACE}"  # noqa: S608
        fields = [{"name": one.column.name, **one.column.metadata()} for one in formulas]
        results = bare.results(result.path, rows.tolist())
        async with aclosing(self._engine.compute([sql], results, [fields])) as answers:
            async for answer in answers:
                return answer
        raise ResultNotFoundError("The result was deleted meanwhile.")

    async def _order(self, result: Result, relation: Relation) -> npt.NDArray[np.int32] | None:
        if not relation.view.arranges:
            return None
        key = await asyncio.to_thread(relation.key)
        path = self._store.order_path(result.id, key)
        order = await asyncio.to_thread(_map_order, path)
        if order is None:
            await self._arrange(result, relation, key, path)
            order = await asyncio.to_thread(_map_order, path)
        if order is None:
            raise ResultNotFoundError("The result was deleted meanwhile.")
        return order

    async def _arrange(self, result: Result, relation: Relation, name: str, path: Path) -> None:
        key = (result.id, name)
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._compute(result, relation, path))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        try:
            # Others may wait for the same order: one who leaves does not end it.
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise ResultNotFoundError("The result was deleted meanwhile.") from None
            raise

    async def _compute(self, result: Result, relation: Relation, path: Path) -> None:
        await self._engine.arrange(relation.order_sql(), relation.results(result.path), path)
        await asyncio.to_thread(_tidy, result.path, path)

    def _forget(self, result_id: str) -> None:
        for (name, _), task in list(self._running.items()):
            if name == result_id:
                task.get_loop().call_soon_threadsafe(task.cancel)


def _page(
    result: Result, order: npt.NDArray[np.int32] | None, start: int, count: int
) -> tuple[pa.Table, int]:
    if order is None:
        table = result.read(start, count)
        numbers = np.arange(start, start + table.num_rows, dtype=np.int32)
        total = result.rows
    else:
        numbers = np.array(order[start : start + count])
        table = result.take(numbers)
        total = order.size
    return table.append_column(ROW_COLUMN, pa.array(numbers, pa.int32())), total


def _map_order(path: Path) -> npt.NDArray[np.int32] | None:
    try:
        size = path.stat().st_size
        # What was used last is kept longest.
        os.utime(path)
        if size == 0:
            return np.empty(0, dtype=np.int32)
        return np.memmap(path, dtype="<i4", mode="r")
    except FileNotFoundError:
        return None


def _tidy(source: Path, path: Path) -> None:
    """Drop the orders used longest ago, and this one if its result is gone."""
    if not source.exists():
        path.unlink(missing_ok=True)
        return
    orders = []
    for other in path.parent.glob(f"{source.stem}.*.order"):
        with contextlib.suppress(FileNotFoundError):
            orders.append((other != path, -other.stat().st_mtime_ns, other))
    for *_, other in sorted(orders)[MAX_ORDERS:]:
        other.unlink(missing_ok=True)
