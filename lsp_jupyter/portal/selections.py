"""Which rows of a result are selected, the same for panel, widget and kernel.

A selection is a set of rows of the *result*, kept as ranges in result order.
A viewer that shows the result sorted or filtered sends ranges of positions in
its view; they are mapped here, through the view's row order.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.results.ranges import Ranges, merge

__all__ = ["Ranges", "Selection", "SelectionStore", "merge", "parse_ranges", "through"]

#: Ranges a request may hold, ranges a selection may have, rows that may be
#: selected by position in a view, selections kept, and ranges kept in all.
SENT, STORED, MAPPED, KEPT, TOTAL = 100_000, 500_000, 10_000_000, 1000, 4_000_000

#: Ranges written at once.
PIECE = 4096

_HINT = "Select fewer rows, or filter with a query."


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Selected rows of one result.

    Attributes
    ----------
    ranges : `numpy.ndarray`
        ``(n, 2)`` int64, half-open, ascending, apart from one another, in result order.
    rows : `int`
        Rows in them.
    revision : `int`
        Grows with each change of this result's selection; 0 before the first.
    """

    ranges: Ranges = field(default_factory=lambda: np.empty((0, 2), np.int64))
    rows: int = 0
    revision: int = 0

    def to_json(self) -> bytes:
        """As it travels: ``{"ranges", "rows", "revision"}``."""
        # In pieces, since Python gives other threads no turn within one of them,
        # and without a list for each range, which would set off its garbage collector.
        pieces = (
            ",".join(["[%d,%d]"] * len(part)) % tuple(part.ravel().tolist())
            for start in range(0, len(self.ranges), PIECE)
            if len(part := self.ranges[start : start + PIECE])
        )
        ranges = ",".join(pieces)
        text = f'{{"ranges":[{ranges}],"rows":{self.rows},"revision":{self.revision}}}'
        return text.encode()


class SelectionStore:
    """The selections of every owner, in memory; those unused longest go first.

    Parameters
    ----------
    kept : `int`
        Selections kept.
    total : `int`
        Ranges kept in all of them.
    """

    def __init__(self, *, kept: int = KEPT, total: int = TOTAL) -> None:
        self._kept = kept
        self._total = total
        self._held = 0
        self._revision = 0
        self._selections: OrderedDict[tuple[str, str], Selection] = OrderedDict()

    def get(self, owner: str, job: str) -> Selection:
        """The selection of a result; empty if there is none."""
        key = (owner, job)
        if key not in self._selections:
            return Selection()
        self._selections.move_to_end(key)
        return self._selections[key]

    def put(self, owner: str, job: str, ranges: Ranges) -> Selection:
        """Replace the selection of a result.

        Parameters
        ----------
        owner, job : `str`
            Whose, and the job whose result it is.
        ranges : `numpy.ndarray`
            What `merge` or `through` gave.
        """
        self.drop(owner, job)
        # One count for all: a selection that was forgotten and made anew is still newer.
        self._revision += 1
        selection = Selection(ranges, int((ranges[:, 1] - ranges[:, 0]).sum()), self._revision)
        self._selections[owner, job] = selection
        self._held += len(ranges)
        while len(self._selections) > 1 and (
            len(self._selections) > self._kept or self._held > self._total
        ):
            _, old = self._selections.popitem(last=False)
            self._held -= len(old.ranges)
        return selection

    def drop(self, owner: str, job: str) -> None:
        """Forget the selection of a result."""
        old = self._selections.pop((owner, job), None)
        if old is not None:
            self._held -= len(old.ranges)


def parse_ranges(value: object, rows: int) -> Ranges:
    """Check ranges that came over the wire.

    Parameters
    ----------
    value : `object`
        ``[[start, stop], …]``, half-open.
    rows : `int`
        Rows there are; no range may go beyond.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is anything else.
    lsp_jupyter.errors.LimitError
        Raised if there are too many.
    """
    hint = 'Send {"ranges": [[0, 10], [20, 21]]}: first row, and the row after the last.'
    if not isinstance(value, list):
        raise ParameterError("'ranges' must be a list.", parameter="ranges", hint=hint)
    if len(value) > SENT:
        raise LimitError(f"More than {SENT:,} ranges.", hint=_HINT)
    for item in value:
        if (
            not isinstance(item, list)
            or len(item) != 2
            or not all(type(number) is int for number in item)
            or not 0 <= item[0] <= item[1] <= rows
        ):
            raise ParameterError(
                f"'ranges' must hold pairs of whole numbers between 0 and {rows}.",
                parameter="ranges",
                hint=hint,
            )
    return merge(np.array(value, np.int64).reshape(-1, 2))


def through(ranges: Ranges, order: npt.NDArray[np.integer[Any]]) -> Ranges:
    """Map positions of a view to rows of the result.

    Parameters
    ----------
    ranges : `numpy.ndarray`
        What `merge` gave, positions in the view.
    order : `numpy.ndarray`
        For each position the row of the result; may be memory-mapped.

    Raises
    ------
    lsp_jupyter.errors.LimitError
        Raised if too many rows, or too scattered ones, are selected.
    """
    if int((ranges[:, 1] - ranges[:, 0]).sum()) > MAPPED:
        raise LimitError(
            f"More than {MAPPED:,} rows of a sorted or filtered table are selected.", hint=_HINT
        )
    if not len(ranges):
        return ranges
    rows = np.sort(np.concatenate([order[start:stop] for start, stop in ranges])).astype(np.int64)
    breaks = np.flatnonzero(np.diff(rows) > 1)
    if len(breaks) >= STORED:
        raise LimitError(
            f"The selected rows lie in more than {STORED:,} places of the result.", hint=_HINT
        )
    starts = rows[np.concatenate(([0], breaks + 1))]
    stops = rows[np.concatenate((breaks, [len(rows) - 1]))] + 1
    return np.column_stack((starts, stops))
