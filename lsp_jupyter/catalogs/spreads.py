"""What values the columns of a table have: what a search form says before anything is asked.

Each row is looked at once, on its way into the native file.
"""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.adql.schema import Spread
from lsp_jupyter.catalogs.release import TableSpec

__all__ = ["CHOICES", "Spreads"]

#: Different values at most that are kept as choices, and characters of each.
CHOICES, LONGEST = 50, 80
#: Whole numbers beyond this are ids. Of more than so many values each has so many rows at least.
_NUMBER, _FEW, _ROWS = 1 << 31, 10, 3
#: Rows that tell most columns of ids and free text apart from those of a few values.
_PROBE = 2048


class Spreads:
    """Ranges, gaps and choices of the columns of a table, batch by batch.

    Parameters
    ----------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        The table.
    """

    def __init__(self, spec: TableSpec) -> None:
        self._columns = {column.name: _Values() for column in spec.columns}
        self._rows = 0

    def look(self, batch: pa.RecordBatch) -> None:
        """Take more rows into account.

        Parameters
        ----------
        batch : `pyarrow.RecordBatch`
            The rows, with the columns of the table among others.
        """
        self._rows += batch.num_rows
        for name, values in self._columns.items():
            values.look(batch.column(name))

    def found(self) -> tuple[Spread, ...]:
        """What is known of each column; nothing of a table without rows."""
        if not self._rows:
            return ()
        return tuple(
            Spread(
                name,
                _text(values.low),
                _text(values.high),
                values.missing / self._rows,
                values.listed(self._rows - values.missing),
            )
            for name, values in self._columns.items()
        )


class _Values:
    """The values of one column."""

    def __init__(self) -> None:
        self.low: Any = None
        self.high: Any = None
        self.missing = 0
        self._choices: set[Any] | None = set()

    def look(self, array: pa.Array) -> None:
        self.missing += array.null_count
        kind = array.type
        # A position keeps its NaN, which is as good as missing here.
        ordered = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        if ordered or pa.types.is_timestamp(kind):
            self._range(array)
        if pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
            self._choose(array)
        else:
            self._choices = None

    def listed(self, rows: int) -> tuple[str, ...]:
        """The choices in order; none if there are too many for ``rows``, or one is too long."""
        values = sorted(self._choices or ())
        if len(values) > _FEW and len(values) * _ROWS > rows:
            return ()
        if any(isinstance(value, int) and abs(value) >= _NUMBER for value in values):
            return ()
        texts = tuple(str(value) for value in values)
        return () if any(len(text) > LONGEST for text in texts) else texts

    def _range(self, array: pa.Array) -> None:
        low, high = _ends(array)
        if isinstance(low, float) and not (math.isfinite(low) and math.isfinite(high)):
            low, high = _ends(array.filter(pc.is_finite(array)))
        if low is not None:
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)

    def _choose(self, array: pa.Array) -> None:
        for some in (array.slice(0, _PROBE), array.slice(_PROBE)):
            if self._choices is None:
                return
            different = pc.unique(some).drop_null()
            if len(different) > CHOICES:
                self._choices = None
                return
            self._choices |= set(different.to_pylist())
            if len(self._choices) > CHOICES:
                self._choices = None


def _ends(array: pa.Array) -> tuple[Any, Any]:
    found = pc.min_max(array)
    if pa.types.is_float32(array.type):
        # Through text: the digits that a number of four bytes has, not the noise behind them.
        return tuple(
            None if each.as_py() is None else float(pc.cast(each, pa.string()).as_py())
            for each in found.values()
        )  # type: ignore[return-value]
    return found["min"].as_py(), found["max"].as_py()


def _text(value: Any) -> str:
    """A value as a form takes it: times as ISO 8601 in UTC, nothing for nothing."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.replace(tzinfo=None).isoformat())
    return repr(value)
