"""What a query will cost, against what it did cost."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from lsp_jupyter.adql import compile_query
from lsp_jupyter.engines import duckdb_estimate
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.engines.protocol import Attachment, Estimate, State, Status, Task
from lsp_jupyter.errors import EngineError
from tests.engines.contract import end_of
from tests.engines.sky import ALIAS, ROWS, Loop, SkyCatalog

#: Queries, and by how much the estimate of their rows may be wrong.
QUERIES = {
    "SELECT * FROM test.stars": 1.01,
    "SELECT TOP 50 * FROM test.stars": 1.0,
    "SELECT TOP 50 id FROM test.stars ORDER BY mag": 1.0,
    "SELECT TOP 20 id FROM test.stars ORDER BY id OFFSET 99990": 3.0,
    "SELECT count(*) AS k, max(mag) AS m FROM test.stars WHERE dec > 0": 1.0,
    "SELECT id FROM test.stars WHERE mag < 8": 1.5,
    "SELECT id FROM test.stars WHERE dec > 80 AND mag BETWEEN 10 AND 15": 2.5,
    "SELECT id FROM test.stars WHERE name = 'Star 77'": 2.0,
    "SELECT id FROM test.stars WHERE n < 0": 2.0,
    "SELECT id FROM test.stars WHERE CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1)) = 1": 1.0,
    "SELECT id, mag FROM test.stars WHERE DISTANCE(ra, dec, 359, -88) < 8 AND mag < 12": 1.0,
    "SELECT id FROM test.stars WHERE CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 50)) = 1": 1.5,
    "SELECT id FROM test.stars WHERE CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 120)) = 1": 1.5,
    "SELECT round(mag) AS m, count(*) AS k FROM test.stars GROUP BY round(mag)": 1.3,
    "SELECT floor(ra) AS a, avg(mag) AS m FROM test.stars GROUP BY floor(ra)": 1.5,
    "SELECT id, count(*) AS k FROM test.stars GROUP BY id": 1.5,
    "SELECT DISTINCT floor(ra / 10) AS a FROM test.stars": 1.3,
    "SELECT DISTINCT floor(ra) AS a, floor(dec) AS b FROM test.stars": 2.5,
    "SELECT a.id, b.mag FROM test.stars AS a JOIN test.stars AS b ON a.id = b.id": 1.01,
    "SELECT a.id FROM test.stars AS a JOIN test.stars AS b ON a.id = b.id WHERE b.mag < 7": 2.0,
    "SELECT a.id FROM test.stars AS a LEFT JOIN test.stars AS b ON a.n = b.n + 1": 1.1,
    "SELECT id FROM test.stars WHERE id IN (SELECT id FROM test.stars WHERE mag < 9)": 2.0,
    "SELECT q.k FROM (SELECT floor(ra) AS k FROM test.stars WHERE dec > 60) AS q": 1.5,
}


@pytest.fixture(scope="class")
def engine(
    run: Loop, attached: Attachment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DuckDBEngine]:
    from tests.engines.test_duckdb import make_engine

    engine = make_engine(tmp_path_factory.mktemp("engine"), interactive_workers=1, scan_workers=0)

    async def start() -> None:
        await engine.start()
        await engine.warm([attached], wait=True)

    run(start())
    yield engine
    run(engine.close())


@pytest.fixture(scope="class")
def found(
    run: Loop, engine: DuckDBEngine, sky: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Estimate, Status]]:
    """Estimate and end of each query."""
    folder = tmp_path_factory.mktemp("results")

    async def work() -> dict[str, tuple[Estimate, Status]]:
        out = {}
        for number, query in enumerate(QUERIES):
            task = task_of(query, sky, folder / f"{number}.arrow")
            expected = await engine.estimate(task)
            assert not task.output.exists()
            out[query] = (expected, await end_of(engine, await engine.submit(task)))
        return out

    return run(work())


class TestAgainstReality:
    @pytest.mark.req("PRTL-REQ-0018")
    @pytest.mark.parametrize("query", QUERIES)
    def test_rows(self, found: dict[str, tuple[Estimate, Status]], query: str) -> None:
        expected, real = found[query]
        assert real.state is State.DONE
        assert expected.rows is not None
        assert apart(expected.rows, real.rows) <= QUERIES[query], (expected.rows, real.rows)

    def test_the_median_is_within_three(self, found: dict[str, tuple[Estimate, Status]]) -> None:
        pairs = list(found.values())
        assert statistics.median(apart(one.rows or 0, real.rows) for one, real in pairs) < 1.5
        assert statistics.median(apart(one.bytes or 0, real.size) for one, real in pairs) < 1.5

    def test_what_is_read_is_told(self, found: dict[str, tuple[Estimate, Status]]) -> None:
        for query, (expected, _) in found.items():
            assert expected.partitions is not None
            assert expected.partitions_total is not None
            assert 0 < expected.partitions <= expected.partitions_total <= 2, query
            assert expected.seconds is not None
            assert 0 < expected.seconds < 60, query


class TestForms:
    """Statements of every form that the guard admits, as the translator may come to write them."""

    @pytest.mark.parametrize(
        ("sql", "rows"),
        [
            ("SELECT 1 AS n", 1),
            ("SELECT n FROM {t} AS t1 UNION ALL SELECT n FROM {t} AS t2 LIMIT 500000", 2 * ROWS),
            ("SELECT n FROM {t} AS t1 EXCEPT SELECT n FROM {t} AS t2 LIMIT 9", 9),
            ("(SELECT n FROM {t} AS t1 LIMIT 3) UNION ALL (SELECT n FROM {t} AS t2 LIMIT 4)", 7),
            ("WITH q AS (SELECT n FROM {t} AS t1 WHERE n < 9000) SELECT n FROM q", 9000),
            (
                "WITH q AS (SELECT n FROM {t} AS t1) SELECT a.n FROM q AS a JOIN q AS b USING (n)",
                ROWS,
            ),
            ("SELECT * FROM (SELECT n FROM {t} AS t1 UNION SELECT 7) AS t3 LIMIT 999999", ROWS),
            ("SELECT * FROM ((SELECT n FROM {t} AS t1) INTERSECT (SELECT 7)) AS t3 LIMIT 99", 1),
            ("WITH q AS (SELECT n FROM {t} AS t1) SELECT count(*) AS k FROM q LIMIT 5", 1),
            ("SELECT * FROM (VALUES (1, 2), (3, 4)) AS v(a, b)", 2),
            ("SELECT t1.n FROM {t} AS t1, unnest([1, 2]) AS u(z) WHERE t1.n < 9000", 18_000),
            ("SELECT row_number() OVER () AS r FROM {t} AS t1 LIMIT 12", 12),
            ("SELECT t1.n FROM {t} AS t1 SEMI JOIN {t} AS t2 ON t1.n = t2.n LIMIT 5", 5),
            ("SELECT (SELECT max(n) FROM {t} AS t2) AS m FROM {t} AS t1 LIMIT 5", 5),
            ("SELECT n FROM {t} AS t1 GROUP BY ALL LIMIT 7", 7),
            ('SELECT count(*) AS "row" FROM {t} AS "row" LIMIT 3', 1),
            ('SELECT DISTINCT n % 5 AS "row" FROM {t} AS t1 LIMIT 99', 5),
            ("SELECT n FROM {t} AS t1 LIMIT 0", 0),
        ],
    )
    def test_it_never_fails(
        self,
        run: Loop,
        engine: DuckDBEngine,
        attached: Attachment,
        tmp_path: Path,
        sql: str,
        rows: int,
    ) -> None:
        text = sql.format(t=f'"{ALIAS}".main.data')
        found = run(engine.estimate(Task("x", text, (), tmp_path / "x", attachments=(attached,))))
        assert found.rows is not None
        assert apart(found.rows, rows) <= 1.5


class TestTrial:
    def test_it_reads_the_sample_of_large_tables_only(
        self, run: Loop, sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import duckdb

        from lsp_jupyter.engines.duckdb_guard import check_tree
        from lsp_jupyter.engines.duckdb_statistics import Statistics

        read: list[str] = []
        original = duckdb_estimate._Estimator._read

        def record(self: object, sql: str, trial: object) -> None:
            read.append(sql)
            original(self, sql, trial)  # type: ignore[arg-type]

        monkeypatch.setattr(duckdb_estimate._Estimator, "_read", record)
        monkeypatch.setattr(duckdb_estimate, "TRIAL_ROWS", 20_000)
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{sky}' AS \"{ALIAS}\" (READ_ONLY)")
            known = Statistics(connection)
            for query, sampled in (
                ("SELECT id FROM test.stars WHERE mag < 8", True),
                ("SELECT id FROM test.stars WHERE DISTANCE(ra, dec, 5, 5) < 9", False),
                ("SELECT id FROM test.stars WHERE DISTANCE(ra, dec, 5, 5) < 99", True),
                ("SELECT id FROM test.stars WHERE DISTANCE(ra, dec, 5, 5) < 9 OR n = 1", True),
                ("SELECT id FROM test.stars WHERE NOT DISTANCE(ra, dec, 5, 5) < 9", True),
            ):
                sql = task_of(query, sky, tmp_path / "x").sql
                (row,) = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
                statement = check_tree(row[0], [ALIAS])
                duckdb_estimate.estimate(connection, known, statement, maxrec=9, threads=1)
                assert ("sample" in read[-1]) is sampled, query
                (row,) = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
                assert check_tree(row[0], [ALIAS]) == statement

    def test_what_never_ends_is_given_up(
        self, run: Loop, engine: DuckDBEngine, sky: Path, tmp_path: Path
    ) -> None:
        query = (
            "SELECT a.id FROM test.stars AS a, test.stars AS b, test.stars AS c"
            " WHERE SIN(a.ra * b.ra * c.ra) > 2"
        )
        expected = run(engine.estimate(task_of(query, sky, tmp_path / "x")))
        assert expected.rows is not None
        assert expected.seconds is not None
        assert expected.seconds > 10

    def test_a_fault_of_the_data_is_no_fault_of_the_estimate(
        self, run: Loop, engine: DuckDBEngine, sky: Path, tmp_path: Path
    ) -> None:
        query = "SELECT CAST(name AS INTEGER) AS x FROM test.stars"
        assert run(engine.estimate(task_of(query, sky, tmp_path / "x"))).rows == ROWS

    def test_it_is_checked_like_a_query(
        self, run: Loop, engine: DuckDBEngine, attached: Attachment, tmp_path: Path
    ) -> None:
        for sql in ("SELECT * FROM read_text('/etc/passwd')", "DROP TABLE x", "SELECT 1; SELECT 2"):
            task = Task("x", sql, (), tmp_path / "x", attachments=(attached,))
            with pytest.raises(EngineError, match="refused"):
                run(engine.estimate(task))


def task_of(query: str, sky: Path, output: Path) -> Task:
    """The task of a query over the test sky."""
    catalog = SkyCatalog(sky)
    compiled = compile_query(query, catalog, maxrec=1_000_000)
    return Task(
        id=output.name,
        sql=compiled.sql,
        fields=tuple({"name": c.name, **c.metadata()} for c in compiled.columns),
        output=output,
        attachments=catalog.pin(compiled.tables),
    )


def apart(one: float, other: float) -> float:
    """How many times one number is the other; nothing counts as one."""
    one, other = max(one, 1), max(other, 1)
    return max(one / other, other / one)
