"""What a query will cost, found without running it.

Three sources are put together. The index tells how many rows a region of the
sky holds and where in the file they are. A trial tells what becomes of rows:
the query runs on the region if that is small, and else on the sample of one
in a hundred rows that lies beside each table, so that it never reads many.
Where there can be no trial, the optimizer's own estimate is left.

This module must depend on the standard library, NumPy, PyArrow and DuckDB only.
"""

from __future__ import annotations

import copy
import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from .duckdb_cost import Work, cardinality
from .duckdb_statistics import PARTITION_ROWS, Statistics, TableStatistics
from .duckdb_tree import (
    Node,
    Ranges,
    columns_of,
    functions_of,
    has_modifier,
    index_ranges,
    is_plain,
    limit_of,
    named_queries,
    path_of,
    proportional,
    set_operation,
    tables_of,
    walk,
)

__all__ = ["estimate"]

#: Rows that a trial may read of a table; of a larger one it reads the sample.
TRIAL_ROWS = 50_000
#: Rows that it may read where a sample would not tell.
WHOLE_ROWS = 1_000_000
#: Rows of another table that it may read beside that sample.
BESIDE_ROWS = 5_000_000
#: Rows of its result that are looked at.
TRIAL_RESULT = 50_000
#: Seconds that it may take.
TRIAL_SECONDS = 0.5
#: Processor seconds from which on what it took tells more than what it did.
TELLING = 0.008
#: Bytes of a result beside its rows, about, and of the description of one column.
FRAME, COLUMN = 300, 370


@dataclass(frozen=True, slots=True)
class _Reference:
    """A table as a query names it, and what it needs of its index."""

    node: Node
    statistics: TableStatistics
    ranges: Ranges | None

    @property
    def rows(self) -> float:
        """Rows it may need."""
        return self.statistics.count(self.ranges)


@dataclass(slots=True)
class _Trial:
    """What a trial found.

    Attributes
    ----------
    scale : `float`
        Rows of the table for one that the trial reads.
    rows, bytes, grouped : `float`
        Rows and bytes of its result, and rows that were put into groups.
    processor : `float`
        Processor seconds that it took.
    complete, alone : `bool`
        Whether it came to its end, and whether it read no large table.
    """

    scale: float = 1.0
    rows: float = 0.0
    bytes: float = 0.0
    grouped: float = 0.0
    processor: float = 0.0
    complete: bool = False
    alone: bool = True


def estimate(
    connection: duckdb.DuckDBPyConnection,
    statistics: Statistics,
    statement: Node,
    *,
    maxrec: int,
    threads: int,
) -> dict[str, Any]:
    """Tell what a query will cost.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
        Where it would run.
    statistics : `~lsp_jupyter.engines.duckdb_statistics.Statistics`
        What is known of the tables.
    statement : `dict`
        The query as `~lsp_jupyter.engines.duckdb_guard.check_tree` gave it.
    maxrec : `int`
        Rows that are written at most.
    threads : `int`
        Threads of the engine.

    Returns
    -------
    estimate : `dict`
        As `~lsp_jupyter.engines.protocol.Estimate` has it.
    """
    node = statement["node"]
    operation = set_operation(node, statistics.aggregates)
    if operation is None:
        return _Estimator(connection, statistics, statement, maxrec, threads)()
    parts = [
        estimate(
            connection, statistics, {**statement, "node": child}, maxrec=1 << 62, threads=threads
        )
        for child in operation["children"]
    ]
    return _together(operation["setop_type"], parts, *limit_of(node), maxrec)


def _together(
    kind: str, parts: list[dict[str, Any]], offset: float, limit: float, maxrec: int
) -> dict[str, Any]:
    """What a set operation costs: its rows are as many as they can be."""
    out = {name: sum(part[name] for part in parts) for name in parts[0]}
    every = [part["rows"] for part in parts]
    found = {"UNION": sum(every), "EXCEPT": every[0], "INTERSECT": min(every)}[kind]
    rows = max(0, min(found - offset, limit, maxrec))
    width = out["bytes"] / max(1, out["rows"])
    return out | {"rows": round(rows), "bytes": round(FRAME + rows * width)}


class _Estimator:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        statistics: Statistics,
        statement: Node,
        maxrec: int,
        threads: int,
    ) -> None:
        self._connection = connection
        self._statistics = statistics
        self._statement = statement
        self._node: Node = statement["node"]
        self._maxrec = maxrec
        self._threads = threads
        ranges = index_ranges(self._node)
        entries = [entry for node in walk(self._node) for entry in node.get("map", ())]
        named = {str(entry["key"]).casefold() for entry in entries}
        self._references = [
            _Reference(node, statistics.of(path_of(node)), ranges.get(node["alias"]))
            for node in tables_of(self._node)
            if len(path_of(node)) == 3 or path_of(node)[0].casefold() not in named
        ]

    def __call__(self) -> dict[str, Any]:
        plan = self._plan()
        trial = self._try()
        planned = max(map(cardinality, plan), default=0.0)
        whole = self._rows(planned, trial)
        offset, limit = limit_of(self._node)
        rows = max(0.0, min(whole - offset, limit, self._maxrec))
        share = self._share(whole, rows + offset)
        parts = [one.statistics.partitions(one.ranges) for one in self._references]
        touched = sum(math.ceil(share * here) for here, _ in parts)
        names = len(self._node.get("select_list", ())) or 1
        width = trial.bytes / trial.rows if trial.rows and trial.bytes else 8.0 * names
        work = Work(
            written=rows * names,
            bytes=FRAME + COLUMN * names + rows * width,
            grouped=trial.grouped * trial.scale,
            groups=whole if self._is_grouped() else 0.0,
            sorted=whole if has_modifier(self._node, "ORDER_MODIFIER") else 0.0,
            kept=rows + offset,
        )
        self._add_reading(work, share)
        work.add_joins(plan, whole / planned if planned and trial.complete else 1.0)
        took = trial.processor * trial.scale
        known = took if trial.alone and trial.processor > TELLING and share == 1.0 else 0.0
        seconds = work.seconds(min(self._threads, max(1, touched)), known)
        return {
            "rows": round(rows),
            "bytes": round(work.bytes),
            "seconds": round(seconds, 4),
            "partitions": touched,
            "partitions_total": sum(total for _, total in parts),
        }

    # -- rows ------------------------------------------------------------------

    def _plan(self) -> list[Node]:
        """The optimizer's plan of the query without its limit."""
        sql = f"EXPLAIN (FORMAT json) {self._text(self._bare())}"
        ((_, text),) = self._connection.execute(sql).fetchall()
        plan: list[Node] = json.loads(text)
        return plan

    def _rows(self, planned: float, trial: _Trial) -> float:
        """Rows of the query without its limit."""
        if self._is_total():
            return 1.0
        # Groups were scaled when they were counted.
        found = trial.rows if self._is_grouped() else trial.rows * trial.scale
        if not trial.complete:
            return max(found, planned)
        if not trial.rows and trial.scale > 1:
            return min(planned, trial.scale / 2)  # Fewer than the sample can show.
        return found

    def _is_total(self) -> bool:
        """Whether all rows become one."""
        node = self._node
        names = functions_of(node.get("select_list", ()))
        return (
            node["type"] == "SELECT_NODE"
            and not node["group_expressions"]
            and any(name in self._statistics.aggregates for name in names)
        )

    def _is_grouped(self) -> bool:
        """Whether rows become groups."""
        node = self._node
        return node["type"] == "SELECT_NODE" and (
            bool(node["group_expressions"]) or has_modifier(node, "DISTINCT_MODIFIER")
        )

    def _share(self, whole: float, wanted: float) -> float:
        """The share of the tables after which a query has as many rows as it wants."""
        node, aggregates = self._node, self._statistics.aggregates
        if node["type"] != "SELECT_NODE" or has_modifier(node, "ORDER_MODIFIER"):
            return 1.0
        streams = is_plain({**node, "modifiers": []}, aggregates) and not self._is_grouped()
        return min(1.0, wanted / whole) if streams and whole else 1.0

    # -- the trial -------------------------------------------------------------

    def _try(self) -> _Trial:
        """Run the query on few rows."""
        trial = self._try_once()
        if trial.complete and trial.processor > TELLING:
            # A first time may have taken long for other reasons.
            again = self._try_once()
            trial.processor = min(trial.processor, again.processor)
        return trial

    def _try_once(self) -> _Trial:
        statement, trial = self._bare(), _Trial()
        if not self._shrink(statement["node"], trial):
            return trial
        begin = time.process_time()
        with _interrupting(self._connection, TRIAL_SECONDS):
            try:
                if self._is_grouped():
                    self._count_groups(statement, trial)
                else:
                    self._read(self._text(statement), trial)
            except (duckdb.Error, OSError):
                pass  # Out of time, or a fault of the data: the query itself will tell.
        trial.processor = time.process_time() - begin
        return trial

    def _shrink(self, node: Node, trial: _Trial) -> bool:
        """Let a statement read the sample of its largest table; whether it can be tried then."""
        large = [one for one in self._references if one.rows > TRIAL_ROWS]
        if not large:
            return True
        source, named = self._node.get("from_table"), named_queries(self._node)
        found = proportional(source, self._statistics.aggregates, named)
        allowed = {id(table) for table in found}
        best = max(
            (one for one in large if id(one.node) in allowed and one.statistics.sample),
            key=lambda one: one.rows,
            default=None,
        )
        if best is None:
            trial.alone = False
            return sum(one.rows for one in large) < WHOLE_ROWS
        if any(one.rows > BESIDE_ROWS for one in large if one is not best):
            return False
        place = [id(table) for table in tables_of(self._node)].index(id(best.node))
        table = tables_of(node)[place]
        table["table_name"] = table["qualified_name"]["path"][-1] = "sample"
        trial.scale = best.statistics.rows / best.statistics.sample
        trial.alone = len(large) == 1
        return True

    def _read(self, sql: str, trial: _Trial) -> None:
        reader = self._connection.sql(sql).to_arrow_reader(10_240)
        try:
            for batch in reader:
                trial.rows += batch.num_rows
                trial.bytes += batch.nbytes
                if trial.rows >= TRIAL_RESULT:
                    return
            trial.complete = True
        finally:
            reader.close()

    def _count_groups(self, statement: Node, trial: _Trial) -> None:
        """Count the groups in a trial, and guess how many it did not see.

        From the groups that were seen once and twice the estimator of Chao
        (1984, Scand. J. Statist. 11, 265) tells how many were not seen at all.
        """
        node = statement["node"]
        if node["group_expressions"]:
            node["select_list"] = self._statistics.count_star
            inner = self._text(statement)
        else:
            inner = f'SELECT count(*) FROM ({self._text(statement)}) AS "row" GROUP BY "row"'  # noqa: S608
        sql = (
            "SELECT count(*), count(*) FILTER (n = 1), count(*) FILTER (n = 2), "  # noqa: S608
            f"coalesce(sum(n), 0) FROM ({inner}) AS g(n)"
        )
        ((seen, once, twice, rows),) = self._connection.execute(sql).fetchall()
        unseen = once * once / (2 * twice) if twice else once * (once - 1) / 2
        trial.rows = seen + min(unseen, (trial.scale - 1) * once)
        trial.grouped = float(rows)
        trial.complete = True

    # -- the statement ---------------------------------------------------------

    def _bare(self) -> Node:
        """The statement without limit and order; DISTINCT is counted by itself."""
        statement = copy.deepcopy(self._statement)
        statement["node"]["modifiers"] = []
        return statement

    def _text(self, statement: Node) -> str:
        tree = json.dumps({"error": False, "statements": [statement]})
        (row,) = self._connection.execute("SELECT json_deserialize_sql(?)", [tree]).fetchall()
        return str(row[0])

    def _add_reading(self, work: Work, share: float) -> None:
        """Count what is read from the tables, and what is computed for each row."""
        columns = columns_of(self._node)
        calls = sum(node.get("class") == "FUNCTION" for node in walk(self._node))
        for one in self._references:
            parts, _ = one.statistics.partitions(one.ranges)
            rows = min(one.statistics.rows, math.ceil(share * parts) * PARTITION_ROWS)
            work.values += rows * max(1, len(columns.get(one.node["alias"], ())))
            work.functions += min(rows, one.rows) * calls


@contextmanager
def _interrupting(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """End what a connection does after so many seconds."""
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
