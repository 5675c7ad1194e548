"""Rows that are selected in a viewer, or that a subset has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lsp_jupyter.errors import LspError
from lsp_jupyter.notebook.column import Column
from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.render import HEAD, clean, html_result, text_result
from lsp_jupyter.notebook.rows import Rows

if TYPE_CHECKING:
    from lsp_jupyter.notebook.arrays import PrivateMap
    from lsp_jupyter.notebook.results import Result

__all__ = ["Selection"]

#: Up to so many ranges the rows are not copied.
_SLICES = 64


class Selection(Rows):
    """Some rows of a result, in the result's order.

    Parameters
    ----------
    result : `Result`
        Of which.
    ranges : sequence of pairs of `int`
        Half-open ranges of row numbers, ascending.
    name : `str`, optional
        The subset that they are; without it, what is selected.

    Attributes
    ----------
    result : `Result`
        Of which.
    ranges : `list` of `tuple` of `int`
        Half-open ranges of row numbers in the result, ascending.
    name : `str`
        The subset that they are; empty for what is selected.
    """

    def __init__(self, result: Result, ranges: Sequence[Sequence[int]], *, name: str = "") -> None:
        self.result = result
        self.name = name
        self.ranges = [(int(start), int(stop)) for start, stop in ranges]
        self._table: pa.Table | None = None

    @property
    def id(self) -> str:
        """The id of the result it is of."""
        return self.result.id

    @property
    def query(self) -> str:
        """The query of the result it is of."""
        return self.result.query

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(stop - start for start, stop in self.ranges)

    @property
    @plainly
    def mask(self) -> npt.NDArray[np.bool_]:
        """Which rows of the result it has, shape (rows of the result,)."""
        edges = np.zeros(len(self.result) + 1, np.int8)
        if self.ranges:
            starts, stops = np.array(self.ranges, np.int64).T
            edges[starts] = 1
            edges[stops] -= 1
        return np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)

    def __len__(self) -> int:
        return self.rows

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns: name, unit, UCD, description."""
        return self.result.columns

    @property
    def provenance(self) -> dict[str, str]:
        """That of the result."""
        return self.result.provenance

    @property
    def overflow(self) -> bool:
        """Whether the result it is of was cut off."""
        return self.result.overflow

    @plainly
    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table, with all metadata in its schema."""
        if self._table is None:
            table = self.result.to_arrow()
            if len(self.ranges) <= _SLICES:
                slices = [table.slice(start, stop - start) for start, stop in self.ranges]
                self._table = pa.concat_tables(slices) if slices else table.slice(0, 0)
            else:
                self._table = table.take(_numbers(np.array(self.ranges, np.int64)))
        return self._table

    def _private(self) -> PrivateMap | None:
        return self.result._private()

    def __repr__(self) -> str:
        return self._preview(text_result)

    def _repr_html_(self) -> str:
        return self._preview(html_result)

    def _preview(self, form: object) -> str:
        assert callable(form)
        title = (
            f"Subset {self.name} of result {self.id}: {self.rows:,} rows"
            if self.name
            else f"{self.rows:,} selected rows of result {self.id}"
        )
        try:
            return str(form(title, [], self.columns, self.to_arrow().slice(0, HEAD)))
        except LspError as error:
            return str(form(f"{title}: {clean(error.message)}", [], (), pa.table({})))


def _numbers(ranges: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> pa.Array:
    """All row numbers in ranges, without a loop over them."""
    starts, lengths = ranges[:, 0], ranges[:, 1] - ranges[:, 0]
    ends = np.cumsum(lengths)
    return pa.array(np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths))
