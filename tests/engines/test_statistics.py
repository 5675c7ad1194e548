"""What a worker knows of tables and statements before it reads any row."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lsp_jupyter.engines.duckdb_cost import Work
from lsp_jupyter.engines.duckdb_statistics import Statistics, TableStatistics
from lsp_jupyter.engines.duckdb_tree import (
    Node,
    Ranges,
    columns_of,
    index_ranges,
    limit_of,
    named_queries,
    path_of,
    proportional,
)
from tests.engines.sky import ALIAS, ROWS

PATH = (ALIAS, "main", "data")


def node_of(sql: str) -> Node:
    """The query as DuckDB reads it."""
    with duckdb.connect() as connection:
        (row,) = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    tree: dict[str, Any] = json.loads(row[0])
    node: Node = tree["statements"][0]["node"]
    return node


class TestTree:
    @pytest.mark.parametrize(
        ("where", "ranges"),
        [
            ("t1.hpx29 BETWEEN 5 AND 9", [(5, 9)]),
            ("t1.x > 1 AND (t1.hpx29 BETWEEN 5 AND 9) AND t1.y = 2", [(5, 9)]),
            (
                (
                    "t1.hpx29 BETWEEN 1 AND 9"
                    " AND (t1.hpx29 BETWEEN 1 AND 4 OR t1.hpx29 BETWEEN 7 AND 9)"
                ),
                [(1, 4), (7, 9)],
            ),
            ("t1.hpx29 BETWEEN 5 AND 9 OR t1.x = 1", None),
            ("t1.hpx29 BETWEEN 5 AND 9 OR t2.hpx29 BETWEEN 5 AND 9", None),
            ("NOT (t1.hpx29 BETWEEN 5 AND 9)", None),
            ("t1.x BETWEEN 5 AND 9", None),
            ("t1.hpx29 BETWEEN t1.x AND 9", None),
            ("t1.hpx29 = 5", None),
            ("CASE WHEN t1.hpx29 BETWEEN 5 AND 9 THEN true ELSE false END", None),
        ],
    )
    def test_ranges_of_the_index(self, where: str, ranges: Ranges | None) -> None:
        node = node_of(f"SELECT t1.x FROM a.main.data AS t1 WHERE {where}")
        assert index_ranges(node).get("t1") == ranges

    @pytest.mark.parametrize(("kind", "found"), [("INNER", {"t2"}), ("LEFT", set())])
    def test_ranges_in_a_join(self, kind: str, found: set[str]) -> None:
        node = node_of(
            f"SELECT 1 FROM a.main.data AS t1 {kind} JOIN b.main.data AS t2"
            " ON t1.x = t2.x AND t2.hpx29 BETWEEN 3 AND 4"
        )
        assert set(index_ranges(node)) == found

    @pytest.mark.parametrize(
        ("source", "names"),
        [
            ("a.main.data", ["data"]),
            ("a.main.x JOIN b.main.y ON true", ["x", "y"]),
            ("a.main.x, b.main.y", ["x", "y"]),
            ("a.main.x LEFT JOIN b.main.y ON true", ["x"]),
            ("a.main.x RIGHT JOIN b.main.y ON true", ["y"]),
            ("a.main.x FULL JOIN b.main.y ON true", []),
            ("(SELECT 1 + z AS c FROM a.main.x WHERE z > 1) AS q", ["x"]),
            ("(SELECT count(*) AS c FROM a.main.x) AS q", []),
            ("(SELECT z FROM a.main.x GROUP BY z) AS q", []),
            ("(SELECT DISTINCT z FROM a.main.x) AS q", []),
            ("(SELECT z FROM a.main.x LIMIT 5) AS q", []),
            ("(SELECT z FROM a.main.x UNION SELECT z FROM b.main.y) AS q", []),
            ("(VALUES (1)) AS q", []),
        ],
    )
    def test_tables_with_which_the_result_grows(self, source: str, names: list[str]) -> None:
        node = node_of(f"SELECT 1 FROM {source}")
        tables = proportional(node["from_table"], {"count_star"}, named_queries(node))
        found = [path_of(table)[-1] for table in tables]
        assert sorted(found) == names

    @pytest.mark.parametrize(
        ("tail", "limit"),
        [
            ("", (0, math.inf)),
            ("LIMIT 7", (0, 7)),
            ("ORDER BY 1 LIMIT 7 OFFSET 3", (3, 7)),
            ("OFFSET 4", (4, math.inf)),
        ],
    )
    def test_limit(self, tail: str, limit: tuple[float, float]) -> None:
        assert limit_of(node_of(f"SELECT 1 FROM a.main.data {tail}")) == limit

    def test_columns(self) -> None:
        node = node_of(
            "SELECT t1.x, t2.y + t1.z FROM a.main.data AS t1, b.main.data AS t2 WHERE t1.x > 1"
        )
        assert columns_of(node) == {"t1": {"x", "z"}, "t2": {"y"}}


class TestStatistics:
    @pytest.fixture
    def connection(self, sky: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{sky}' AS \"{ALIAS}\" (READ_ONLY)")
            yield connection

    def test_ranges_are_counted(self, connection: duckdb.DuckDBPyConnection) -> None:
        known = Statistics(connection).of(PATH)
        assert known.rows == ROWS
        assert 0.005 * ROWS < known.sample < 0.02 * ROWS
        last = 12 << 58
        for low, high in ((0, last), (0, 1 << 58), (5 << 58, (5 << 58) + (1 << 55)), (3, 9)):
            sql = f'SELECT count(*) FROM "{ALIAS}".main.data WHERE hpx29 BETWEEN {low} AND {high}'
            ((real,),) = connection.execute(sql).fetchall()
            assert abs(known.count([(low, high)]) - real) < 50
        assert known.count(None) == ROWS
        assert known.count([(0, 1 << 58), (5 << 58, 6 << 58)]) == pytest.approx(ROWS / 6, rel=0.1)

    def test_a_table_without_positions(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("CREATE TEMP TABLE plain AS SELECT range AS n FROM range(1000)")
        known = Statistics(connection).of(("plain",))
        assert (known.rows, known.sample, known.count([(0, 5)])) == (1000, 0, 1000.0)
        assert known.partitions([(0, 5)]) == (1, 1)

    @pytest.mark.parametrize(
        ("ranges", "partitions"),
        [
            (None, 10),
            ([(0, 10)], 1),
            ([(0, 10), (20, 30)], 1),
            ([(0, 10), (999_999, 1_000_000)], 2),
            ([(0, 400_000)], 4),
            ([], 0),
        ],
    )
    def test_partitions(self, ranges: Ranges | None, partitions: int) -> None:
        import numpy as np

        rows = 1_200_000
        known = TableStatistics(rows, 0, np.linspace(0, 1_000_000, 1001).astype(np.int64))
        assert known.partitions(ranges) == (partitions, 10)


class TestCost:
    def test_more_work_takes_longer_and_more_threads_less(self) -> None:
        little, much = Work(values=1e6, written=1e4), Work(values=1e9, written=1e4, sorted=1e7)
        assert little.seconds(1) < much.seconds(2) < much.seconds(1)
        assert much.seconds(1, processor=1000.0) > 999

    def test_joins_of_a_plan(self) -> None:
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE a AS SELECT range AS n FROM range(1000)")
            connection.execute("CREATE TABLE b AS SELECT range AS n FROM range(500)")

            def work(condition: str) -> Work:
                sql = f"EXPLAIN (FORMAT json) SELECT a.n FROM a JOIN b ON {condition}"
                out = Work()
                out.add_joins(json.loads(connection.execute(sql).fetchall()[0][1]), 1.0)
                return out

            assert work("a.n = b.n").joined >= 1000
            assert work("a.n = b.n").pairs == 0
            assert work("sin(a.n * b.n) > 0.5").pairs == 500_000
