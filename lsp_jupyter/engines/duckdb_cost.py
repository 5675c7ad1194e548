"""How long a query takes, from how much it has to do.

The figures are processor seconds of one operation on one row, fitted to
queries on catalogues of 10⁵ to 10⁷ rows on a machine of 2026. A machine that
others keep busy takes longer by as much as it is busy.

This module must depend on the standard library only.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .duckdb_tree import Node

__all__ = ["Work", "cardinality"]

_QUERY = 2e-3
_VALUE_READ = 1e-9
_VALUE_WRITTEN = 7e-9
_FUNCTION = 5e-9
_ROW_GROUPED = 17e-9
_GROUP = 110e-9
_ROW_COMPARED = 6e-9
_ROW_JOINED = 25e-9
_PAIR = 2e-9
#: Steps that hold every row of one side against every row of the other.
_PAIRWISE = frozenset({"BLOCKWISE_NL_JOIN", "CROSS_PRODUCT", "NESTED_LOOP_JOIN"})
#: Wall seconds: on the way to the engine and back, and to write a byte.
_WAY = 3e-3
_BYTE = 1e-9


@dataclass(slots=True)
class Work:
    """What a query has to do.

    Attributes
    ----------
    values : `float`
        Values read from tables.
    functions : `float`
        Calls of functions and operators, one for each row.
    grouped, groups : `float`
        Rows that are put into groups, and these.
    sorted, kept : `float`
        Rows that are sorted, and the first of these that are wanted.
    joined, pairs : `float`
        Rows that joins look up, and pairs that joins without an equality compare.
    written, bytes : `float`
        Values and bytes of the result.
    """

    values: float = 0.0
    functions: float = 0.0
    grouped: float = 0.0
    groups: float = 0.0
    sorted: float = 0.0
    kept: float = math.inf
    joined: float = 0.0
    pairs: float = 0.0
    written: float = 0.0
    bytes: float = 0.0

    def add_joins(self, plan: Sequence[Node], share: float) -> None:
        """Count the joins of the optimizer's plan.

        Parameters
        ----------
        plan : sequence of `dict`
            Its steps.
        share : `float`
            The rows that a trial found for one that the optimizer expected:
            where it expected too many, it expected too many pairs before.
        """
        for node in _operators(plan):
            name, sides = node["name"], [cardinality(child) for child in node["children"]]
            if name in _PAIRWISE:
                self.pairs += math.prod(sides) * min(1.0, share)
            elif "JOIN" in name:
                self.joined += sum(sides)

    def processor(self) -> float:
        """Processor seconds."""
        # Of few wanted rows the engine keeps the best so far and passes by the rest.
        ordered = min(self.sorted, 10 * self.kept)
        return (
            _QUERY
            + self.values * _VALUE_READ
            + self.written * _VALUE_WRITTEN
            + self.functions * _FUNCTION
            + self.grouped * _ROW_GROUPED
            + self.groups * _GROUP
            + ordered * math.log2(ordered + 2) * _ROW_COMPARED
            + self.joined * _ROW_JOINED
            + self.pairs * _PAIR
        )

    def seconds(self, threads: int, processor: float = 0.0) -> float:
        """Wall seconds.

        Parameters
        ----------
        threads : `int`
            That work on it.
        processor : `float`
            Processor seconds that it is known to take at least.
        """
        busy = max(self.processor(), processor) / max(1, threads)
        return (_WAY + busy + self.bytes * _BYTE) * _crowd()


def _crowd() -> float:
    """By how much this machine is slower than if nobody else used it."""
    try:
        return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    except OSError:
        return 1.0


def cardinality(node: Node) -> float:
    """Rows that the optimizer expects of a step of its plan."""
    text = str(node.get("extra_info", {}).get("Estimated Cardinality", ""))
    if text.isdigit():
        return float(text)
    return max((cardinality(child) for child in node.get("children", ())), default=0.0)


def _operators(plan: Sequence[Node]) -> Iterator[Node]:
    pending = list(plan)
    while pending:
        node = pending.pop()
        yield node
        pending += node["children"]
