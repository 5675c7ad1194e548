"""Lists of things that show themselves as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Generic, TypeVar, overload

from lsp_jupyter.notebook.render import html_grid, text_grid

__all__ = ["Listing"]

T = TypeVar("T")

#: Lines that are shown.
SHOWN = 200


class Listing(Sequence[T], Generic[T]):
    """A list that shows itself as a table.

    Parameters
    ----------
    items : sequence
        What it holds.
    headings : sequence of `str`
        The columns it shows.
    cells : callable
        Gives the cells of one item, as text.
    empty : `str`
        What it shows if there is nothing.
    """

    def __init__(
        self,
        items: Sequence[T],
        headings: Sequence[str],
        cells: Callable[[T], Sequence[str]],
        empty: str,
    ) -> None:
        self._items = tuple(items)
        self._headings = headings
        self._cells = cells
        self._empty = empty

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Listing[T]: ...
    def __getitem__(self, index: int | slice) -> T | Listing[T]:
        if isinstance(index, slice):
            return Listing(self._items[index], self._headings, self._cells, self._empty)
        return self._items[index]

    def __repr__(self) -> str:
        if not self._items:
            return self._empty
        return "\n".join(filter(None, (text_grid(self._headings, self._lines()), self._more())))

    def _repr_html_(self) -> str:
        if not self._items:
            return f"<p>{escape(self._empty)}</p>"
        more = self._more()
        return html_grid(self._headings, self._lines()) + (f"<p>{more}</p>" if more else "")

    def _lines(self) -> list[Sequence[str]]:
        return [self._cells(item) for item in self._items[:SHOWN]]

    def _more(self) -> str:
        hidden = len(self._items) - SHOWN
        return f"{hidden:,} more." if hidden > 0 else ""

    def to_pandas(self) -> Any:
        """The table it shows, as a pandas frame of text."""
        import pandas as pd

        lines = [list(self._cells(item)) for item in self._items]
        return pd.DataFrame(lines, columns=list(self._headings))
