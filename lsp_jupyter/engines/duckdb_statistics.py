"""What a worker knows of the tables it has open.

A table with positions lies on disk in the order of its index, so that a few
thousand values of it, evenly spaced, tell how many rows any range holds and
in which parts of the file they are. Files never change: what was found once
stays.

This module must depend on the standard library, NumPy and DuckDB only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from .duckdb_tree import INDEX, Node, Ranges

__all__ = ["PARTITION_ROWS", "Statistics", "TableStatistics"]

#: Rows of a part of the file, which is read as a whole or not at all.
PARTITION_ROWS = 122_880
#: Values of the index that are kept of a table, about.
_MARKS = 8192


@dataclass(frozen=True, slots=True)
class TableStatistics:
    """One table.

    Attributes
    ----------
    rows : `int`
        Its rows.
    sample : `int`
        Rows of its sample ``main.sample``; 0 if it has none.
    marks : `numpy.ndarray` of `int`, optional
        Values of the index, the first and the last ones included.
    """

    rows: int
    sample: int
    marks: npt.NDArray[np.int64] | None

    def partitions(self, ranges: Ranges | None) -> tuple[int, int]:
        """Parts of the file that hold rows of these ranges (of all if `None`), and all parts."""
        total = -(-self.rows // PARTITION_ROWS)
        if ranges is None or self.marks is None:
            return total, total
        touched: set[int] = set()
        for low, high in ranges:
            first, last = self._rank(low), self._rank(high + 1)
            touched.update(range(int(first) // PARTITION_ROWS, int(last) // PARTITION_ROWS + 1))
        return min(len(touched), total), total

    def count(self, ranges: Ranges | None) -> float:
        """Rows in these ranges; all if `None`."""
        if ranges is None or self.marks is None:
            return float(self.rows)
        return sum(self._rank(high + 1) - self._rank(low) for low, high in ranges)

    def _rank(self, value: int) -> float:
        """Rows before a value of the index."""
        assert self.marks is not None
        places = np.linspace(0, self.rows, len(self.marks))
        return float(np.interp(value, self.marks, places))


class Statistics:
    """All tables of a connection.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Asked the first time a table is named.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, ...], TableStatistics] = {}
        found = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type='aggregate'"
        ).fetchall()
        self.aggregates = frozenset(row[0] for row in found)
        (row,) = connection.execute("SELECT json_serialize_sql('SELECT count(*)')").fetchall()
        self.count_star: list[Node] = json.loads(row[0])["statements"][0]["node"]["select_list"]

    def of(self, path: tuple[str, ...]) -> TableStatistics:
        """What is known of a table; of a result that is registered now, found anew."""
        if path not in self._known or len(path) == 1:
            self._known[path] = self._find(path)
        return self._known[path]

    def _find(self, path: tuple[str, ...]) -> TableStatistics:
        name = ".".join('"' + part.replace('"', '""') + '"' for part in path)
        ask = self._connection.execute
        rows = int(ask(f"SELECT count(*) FROM {name}").fetchall()[0][0])  # noqa: S608 - quoted
        if len(path) == 1:
            return TableStatistics(rows, 0, None)
        sizes = dict(
            ask(
                "SELECT table_name, estimated_size FROM duckdb_tables() WHERE database_name = ?",
                [path[0]],
            ).fetchall()
        )
        positions = ask(
            "SELECT 1 FROM duckdb_columns() WHERE database_name = ? AND table_name = ? "
            "AND column_name = ?",
            [path[0], path[2], INDEX],
        ).fetchall()
        marks = self._marks(name, rows) if positions and rows else None
        return TableStatistics(rows, int(sizes.get("sample", 0)), marks)

    def _marks(self, name: str, rows: int) -> npt.NDArray[np.int64]:
        step = max(1, rows // _MARKS)
        sql = (
            f"SELECT {INDEX} FROM {name} WHERE rowid % {step} = 0 AND {INDEX} IS NOT NULL "  # noqa: S608
            f"UNION ALL SELECT max({INDEX}) FROM {name}"
        )
        values = self._connection.execute(sql).fetchnumpy()[INDEX]
        return np.sort(np.asarray(values, np.int64))
