"""The table that a view shows: chosen columns of its rows, in its order, all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lsp_jupyter.engines.arrow_stream import gather
from lsp_jupyter.errors import ParameterError, ResultNotFoundError

from .relation import Relation
from .result import ITER_ROWS, Result
from .view import View
from .views import Arranger, Views

__all__ = ["ShownTable", "shown_table"]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A view that can be read from begin to end, any number of times.

    Attributes
    ----------
    result : `~lsp_jupyter.results.result.Result`
        Where its rows are from.
    schema : `pyarrow.Schema`
        Its columns, with the provenance of the result.
    order : `numpy.ndarray`, optional
        The rows; `None` for those of the result in their order.
    computed : `pyarrow.Table`, optional
        The computed columns of all rows of the result.
    """

    result: Result
    schema: pa.Schema
    order: npt.NDArray[np.int32] | None
    computed: pa.Table | None

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.result.rows if self.order is None else int(self.order.size)

    def iter_batches(self, rows: int = ITER_ROWS) -> Iterator[pa.RecordBatch]:
        """All rows in order, as batches of at most ``rows`` rows."""
        for start in range(0, self.rows, rows):
            stop = min(start + rows, self.rows)
            if self.order is None:
                yield from self._fitted(self.result.read(start, stop - start), slice(start, stop))
            else:
                yield from self.take(self.order[start:stop])

    def sample(self, rows: int) -> list[pa.RecordBatch]:
        """At most so many of its rows, taken evenly."""
        if not self.rows:
            return []
        places = np.linspace(0, self.rows - 1, min(rows, self.rows)).astype(np.int64)
        return self.take(places if self.order is None else self.order[places])

    def take(self, numbers: npt.NDArray[np.integer]) -> list[pa.RecordBatch]:
        """Rows by their number in the result."""
        return self._fitted(self.result.take(numbers), numbers)

    @staticmethod
    def _gathered(table: pa.Table, rows: npt.NDArray[np.int64]) -> pa.Table:
        batches = table.to_batches()
        starts = np.cumsum([0, *(batch.num_rows for batch in batches)], dtype=np.int64)
        return gather(batches.__getitem__, starts, rows, table.schema)

    def _fitted(
        self, table: pa.Table, rows: slice | npt.NDArray[np.integer]
    ) -> list[pa.RecordBatch]:
        """The columns of the view, of rows of the result and the numbers of these."""
        computed = None
        if self.computed is not None:
            computed = (
                self.computed.slice(rows.start, rows.stop - rows.start)
                if isinstance(rows, slice)
                else self._gathered(self.computed, np.asarray(rows, dtype=np.int64))
            )
        columns = [
            table[name] if computed is None or name in table.schema.names else computed[name]
            for name in self.schema.names
        ]
        whole = pa.Table.from_arrays(columns, schema=self.schema).combine_chunks()
        batches: list[pa.RecordBatch] = whole.to_batches()
        return batches


async def shown_table(
    views: Views,
    engine: Arranger,
    result_id: str,
    view: View,
    columns: Sequence[str] | None = None,
) -> ShownTable:
    """The table that a view shows.

    Parameters
    ----------
    views : `Views`
        Finds the rows.
    engine : `Arranger`
        Computes columns.
    result_id : `str`
        The finished result.
    view : `View`
        What to show.
    columns : sequence of `str`, optional
        Names in the order wanted; all, the computed ones last, if not given.

    Raises
    ------
    lsp_jupyter.errors.LspError
        As `Views.rows`; also if a column does not exist, or there is none.
    """
    result, relation = await views.relation(result_id, view)
    names = list(relation.schema.names if columns is None else columns)
    if not names:
        raise ParameterError(
            "There is no column to show.", parameter="columns", hint="Name one at least."
        )
    positions = [relation[name] for name in names]
    schema = pa.schema(
        [relation.schema.field(position) for position in positions],
        metadata=result.schema.metadata,
    )
    order = await views.order(result_id, view)
    wanted = [position for position in positions if position >= relation.stored]
    computed = await _computed(engine, result, relation, wanted) if wanted else None
    return ShownTable(result, schema, order, computed)


async def _computed(
    engine: Arranger, result: Result, relation: Relation, positions: Sequence[int]
) -> pa.Table:
    bare = relation.unfiltered()
    formulas = [bare.plain(position) for position in positions]
    values = ", ".join(f"{one.sql} AS c{number}" for number, one in enumerate(formulas))
    # The engine keeps the order of the rows of a table that it only projects.
    sql = f"SELECT {values} FROM {bare.source(formulas)}"  # noqa: S608
    fields = [{"name": one.column.name, **one.column.metadata()} for one in formulas]
    compute = engine.compute([sql], bare.results(result.path), [fields])
    async with aclosing(compute) as answers:
        async for answer in answers:
            return answer
    raise ResultNotFoundError("The result was deleted meanwhile.")
