"""The statement check and the hardened engine, each alone and together."""

# ruff: noqa: E501 - tables of cases are easier to read with one a line
from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from lsp_jupyter.adql import FUNCTIONS, compile_query
from lsp_jupyter.engines import duckdb_worker
from lsp_jupyter.engines.duckdb import DuckDBEngine
from lsp_jupyter.engines.duckdb_guard import Refused, check_tree
from lsp_jupyter.engines.duckdb_types import Conversion
from lsp_jupyter.engines.protocol import Attachment, State, Task
from tests.engines.contract import end_of
from tests.engines.sky import ALIAS, Loop, SkyCatalog

STARS = f'"{ALIAS}".main.data'

#: What our translator writes must pass.
HARMLESS = [
    f"SELECT id, ra FROM {STARS} WHERE ra BETWEEN 1 AND 2 OR dec IN (1, 2) LIMIT 5",
    f"SELECT count(*), avg(mag), max(name) FROM {STARS} GROUP BY n % 7 HAVING count(*) > 2 ORDER BY 1",
    f"SELECT DISTINCT n FROM {STARS} a JOIN {STARS} b USING (n) LEFT JOIN {STARS} c ON c.n = a.n",
    f"WITH q AS (SELECT n FROM {STARS}) SELECT * FROM q WHERE EXISTS (SELECT 1 FROM q r WHERE r.n=q.n)",
    "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3",
    f"SELECT CASE WHEN name LIKE 'a%' THEN upper(name) ELSE coalesce(name, '') || '!' END FROM {STARS}",
    f"SELECT row_number() OVER (PARTITION BY n ORDER BY ra) FROM {STARS} QUALIFY row_number() OVER () < 3",
    f"SELECT CAST(mag AS DECIMAL(10, 2)), -ra, ra IS NULL, NOT (n = 1) FROM {STARS}",
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) t(x, y), unnest([1, 2]) u(z)",
    "SELECT date_trunc('day', TIMESTAMP '2020-01-01 10:00:00'), CURRENT_TIMESTAMP",
]

#: None of these may touch a file, a setting or another process.
HOSTILE = [
    "SELECT * FROM '{canary}'",
    'SELECT * FROM "{canary}"',
    "SELECT * FROM read_csv('{canary}')",
    "SELECT * FROM READ_CSV_AUTO('{canary}')",
    "SELECT * FROM read_text('{canary}')",
    "SELECT * FROM read_blob('{canary}')",
    "SELECT * FROM read_json('{canary}')",
    "SELECT * FROM read_parquet('{canary}')",
    "SELECT * FROM parquet_scan('{canary}')",
    "SELECT * FROM parquet_metadata('{canary}')",
    "SELECT * FROM sniff_csv('{canary}')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT (SELECT content FROM read_text('{canary}'))",
    "SELECT * FROM (SELECT * FROM read_text('{canary}')) q",
    "WITH q AS (SELECT * FROM read_text('{canary}')) SELECT * FROM q",
    "SELECT 1 WHERE EXISTS (SELECT * FROM read_text('{canary}'))",
    "SELECT 1 UNION ALL SELECT size FROM read_text('{canary}')",
    f"SELECT * FROM {STARS} JOIN read_text('{{canary}}') t ON true",
    "SELECT 1 /* */ FROM/**/read_text/**/('{canary}')",
    "SELECT * FROM query('SELECT * FROM read_text(''{canary}'')')",
    "SELECT * FROM query_table('{canary}')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "FROM read_text('{canary}')",
    "TABLE '{canary}'",
    "VALUES ((SELECT content FROM read_text('{canary}')))",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    f"COPY {STARS} TO '{{folder}}/out.parquet' (FORMAT parquet)",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "EXPORT DATABASE '{folder}/export'",
    "IMPORT DATABASE '{folder}'",
    "ATTACH '{folder}/new.db' AS evil",
    "ATTACH ':memory:' AS evil",
    f"DETACH {ALIAS}",
    "CREATE TABLE t AS SELECT 1",
    "CREATE TABLE memory.main.t (i INT)",
    "CREATE MACRO m() AS 1",
    "CREATE VIEW v AS SELECT 1",
    "CREATE SECRET (TYPE s3)",
    "CREATE PERSISTENT SECRET p (TYPE s3)",
    f"DROP TABLE {STARS}",
    f"DELETE FROM {STARS}",
    f"UPDATE {STARS} SET n = 0",
    f"INSERT INTO {STARS} SELECT * FROM {STARS}",
    f"ALTER TABLE {STARS} ADD COLUMN x INT",
    "INSTALL httpfs",
    "INSTALL spatial FROM 'http://127.0.0.1:1/'",
    "LOAD httpfs",
    "LOAD '{canary}'",
    "SET enable_external_access = true",
    "SET memory_limit = '100GB'",
    "SET GLOBAL threads = 64",
    "RESET memory_limit",
    "SET lock_configuration = false",
    "SET allowed_directories = ['/']",
    "SET python_enable_replacements = true",
    "SET VARIABLE x = 1",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "PRAGMA profiling_output = '{folder}/profile'",
    "PRAGMA threads = 64",
    "CALL pragma_version()",
    "CHECKPOINT",
    "VACUUM",
    "BEGIN TRANSACTION",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "SHOW TABLES",
    "DESCRIBE SELECT 1",
    "SUMMARIZE SELECT 1",
    "PIVOT (SELECT 1 a) ON a",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '{folder}/out.csv'",
    "SELECT getenv('LSP_CANARY')",
    "SELECT getvariable('x')",
    "SELECT current_setting('temp_directory')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_settings",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM system.information_schema.tables",
    f'SELECT * FROM "{ALIAS}".information_schema.tables',
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM sqlite_master",
    "WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings",
    "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT * FROM r",
    "SELECT write_log('x')",
    "SELECT sleep_ms(1)",
    "SELECT nextval('s')",
    "SELECT txid_current()",
    "SELECT main.upper('x')",
    "SELECT upper(current_query())",
    "SELECT * FROM seq_scan('x')",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM python_map_function('x', 1)",
    "SELECT * FROM test_all_types()",
    "SELECT * FROM which_secret('s3://a', 's3')",
    "SELECT * FROM no.such.table",
    "SELECT * FROM stars",
    "SELEC 1",
    "",
    ";",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "canary.csv").write_text("secret\nc4n4ry\n")
    return tmp_path


def attack(sql: str, folder: Path) -> str:
    return sql.format(canary=folder / "canary.csv", folder=folder)


def tree_of(sql: str) -> str:
    with duckdb.connect() as connection:
        (row,) = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    return str(row[0])


class TestGuard:
    @pytest.mark.parametrize("sql", HARMLESS)
    def test_passes_what_is_harmless(self, sql: str) -> None:
        check_tree(tree_of(sql), [ALIAS])

    @pytest.mark.parametrize("sql", HOSTILE)
    def test_refuses_the_rest(self, sql: str, folder: Path) -> None:
        with pytest.raises(Refused):
            check_tree(tree_of(attack(sql, folder)), [ALIAS])

    def test_refuses_what_it_does_not_know(self) -> None:
        for changed in ('"type":"NEW_NODE"', '"type":"PIVOT"'):
            with pytest.raises(Refused):
                check_tree(tree_of("SELECT 1").replace('"type":"SELECT_NODE"', changed), [])
        with pytest.raises(Refused):
            check_tree(tree_of("SELECT 1").replace('"class":"CONSTANT"', '"class":"NEW"'), [])
        with pytest.raises(Refused):
            check_tree(tree_of(f"SELECT 1 FROM {STARS}"), ["another"])

    @pytest.mark.parametrize(
        ("table", "fine"),
        [
            ("job_1", True),
            ('"job_1" AS j', True),
            ("job_2", False),
            ("JOB_1", False),
            ("job_1x", False),
            ("main.job_1", False),
            ("temp.job_1", False),
            ("temp.main.job_1", False),
            (f'"{ALIAS}".job_1', False),
            ("job_1.main.data", False),
            ("job_1()", False),
            ("'job_1'", True),
            ("arrow_scan(1, 2, 3)", False),
            ("python_arrow_scan(1, 2, 3)", False),
        ],
    )
    def test_results_by_their_exact_names_only(self, table: str, fine: bool) -> None:
        tree = tree_of(f"SELECT * FROM {table}")
        if fine:
            check_tree(tree, [ALIAS], {"job_1"})
        else:
            with pytest.raises(Refused):
                check_tree(tree, [ALIAS], {"job_1"})
        with pytest.raises(Refused):
            check_tree(tree, [ALIAS])

    def test_depth_is_no_crash(self) -> None:
        deep = "[" * 100_000 + "]" * 100_000
        with pytest.raises(Refused):
            check_tree('{"error":false,"statements":' + deep + "}", [])


class TestHardenedEngine:
    """The second wall: the same statements with no check before them."""

    @pytest.fixture
    def connection(
        self, sky: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        start = {
            "memory": 1 << 28,
            "threads": 1,
            "temp": str(tmp_path_factory.mktemp("temp")),
            "spill": 1 << 20,
        }
        connection = duckdb_worker._connect(start)
        attached = duckdb_worker._attach(connection, [{"alias": ALIAS, "path": str(sky)}])
        assert attached == [ALIAS]
        duckdb_worker._lock(connection)
        yield connection
        connection.close()

    @pytest.mark.parametrize("sql", [sql for sql in HOSTILE if "RECURSIVE" not in sql])
    def test_touches_no_file(
        self,
        connection: duckdb.DuckDBPyConnection,
        sky: Path,
        folder: Path,
        sql: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("LSP_CANARY", "c4n4ry")
        before = (sky.stat().st_mtime_ns, sky.stat().st_size, sorted(os.listdir(folder)))
        try:
            done = connection.execute(attack(sql, folder))
            told = str(done.fetchall()) if done is not None else ""
        except duckdb.Error as error:
            told = str(error)
        assert "c4n4ry" not in told
        assert "root:" not in told
        assert (sky.stat().st_mtime_ns, sky.stat().st_size, sorted(os.listdir(folder))) == before


@pytest.fixture(scope="class")
def engine(run: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    from tests.engines.test_duckdb import make_engine

    engine = make_engine(tmp_path_factory.mktemp("engine"), interactive_workers=1, scan_workers=0)
    run(engine.start())
    yield engine
    run(engine.close())


class TestWorker:
    def test_hostile_statements_are_refused(
        self, run: Loop, engine: DuckDBEngine, attached: Attachment, folder: Path
    ) -> None:
        before = sorted(os.listdir(folder))

        async def work() -> None:
            for number, sql in enumerate(HOSTILE):
                handle = await engine.submit(
                    Task(
                        id=f"{number}",
                        sql=attack(sql, folder),
                        fields=(),
                        output=folder / f"{number}.arrow",
                        attachments=(attached,),
                    )
                )
                status = await end_of(engine, handle)
                assert status.state is State.FAILED, sql
                assert status.error is not None
                assert status.error["code"] == "EngineError", (sql, status.error)
                assert "refused" in status.error["message"], (sql, status.error)
                assert str(folder) not in str(status.error), (sql, status.error)

        run(work())
        assert sorted(os.listdir(folder)) == before

    @pytest.mark.parametrize("name", sorted(FUNCTIONS))
    def test_every_function_of_the_language_runs(
        self, run: Loop, engine: DuckDBEngine, sky: Path, tmp_path: Path, name: str
    ) -> None:
        catalog = SkyCatalog(sky)
        compiled = compile_query(
            f"SELECT TOP 3 {call(name)} AS x FROM test.stars", catalog, maxrec=5
        )

        async def work() -> None:
            task = Task(
                id=f"f-{name}",
                sql=compiled.sql,
                fields=tuple({"name": c.name, **c.metadata()} for c in compiled.columns),
                output=tmp_path / "x.arrow",
                attachments=catalog.pin(compiled.tables),
            )
            status = await end_of(engine, await engine.submit(task))
            rows = 1 if FUNCTIONS[name].aggregate else 3
            assert (status.state, status.rows) == (State.DONE, rows), status.error
            with pa.ipc.open_stream(task.output.read_bytes()) as reader:
                assert reader.read_all()["x"].null_count < rows

        run(work())


#: Calls of functions that do not take just any arguments of their kinds.
CALLS = {
    "CONTAINS": "CONTAINS(POINT(ra, dec), CIRCLE(10, 10, 5))",
    "COORD1": "COORD1(POINT(ra, dec))",
    "COORD2": "COORD2(POINT(ra, dec))",
    "DISTANCE": "DISTANCE(POINT(1, 2), POINT(ra, dec))",
    "IVO_DMS_TO_DEGREES": "IVO_DMS_TO_DEGREES('-12:30:00')",
    "IVO_GEOM_TRANSFORM": "IVO_GEOM_TRANSFORM('ICRS', 'GALACTIC', POINT(ra, dec))",
    "IVO_HISTOGRAM": "IVO_HISTOGRAM(mag, 5, 20, 10)",
    "IVO_HMS_TO_DEGREES": "IVO_HMS_TO_DEGREES('12:30:00')",
    "IVO_STRING_AGG": "IVO_STRING_AGG(name, ', ')",
    "PERCENTILE": "PERCENTILE(ra, 0.5)",
    "POLYGON": "POLYGON(0, 0, 10, 0, 0, 10)",
    "QSERV_AREASPEC_ELLIPSE": "QSERV_AREASPEC_ELLIPSE(10, 10, 50, 30, 20)",
    "QSERV_AREASPEC_POLY": "QSERV_AREASPEC_POLY(0, 0, 10, 0, 0, 10)",
    "REGION": "REGION('CIRCLE ICRS 10 20 0.5')",
    "SCISQL_PERCENTILE": "SCISQL_PERCENTILE(ra, 50)",
    "SCISQL_S2PTINCPOLY": "SCISQL_S2PTINCPOLY(ra, dec, 0, 0, 10, 0, 0, 10)",
    "SCISQL_S2PTINELLIPSE": "SCISQL_S2PTINELLIPSE(ra, dec, 10, 10, 50, 30, 20)",
}
#: What else a function takes.
ARGUMENTS = {
    "geometry": "CIRCLE(ra, dec, 1)",
    "number": "0.5",
    "text": "name",
    "time": "CAST('2020-01-02T03:04:05' AS TIMESTAMP)",
    "value": "n",
    "whole number": "2",
}


def call(name: str) -> str:
    """A call of a function of the language, with arguments of its kinds."""
    kinds = FUNCTIONS[name].arguments[: FUNCTIONS[name].required]
    return CALLS.get(name) or f"{name}({', '.join(ARGUMENTS[kind] for kind in kinds)})"


class TestConversion:
    """Declared types against what DuckDB gives."""

    @pytest.mark.parametrize(
        ("expression", "field", "kind", "value"),
        [
            ("sum(i)", {"datatype": "long"}, pa.int64(), 6),
            ("sum(i::BIGINT * 2000000000000000000)", {"datatype": "double"}, pa.float64(), 1.2e19),
            ("sum(i)", {}, pa.float64(), 6.0),
            ("avg(i)", {"datatype": "double"}, pa.float64(), 2.0),
            ("avg(i)", {"datatype": "float"}, pa.float32(), 2.0),
            ("sum(1.25::DECIMAL(10, 2))", {"datatype": "double"}, pa.float64(), 3.75),
            ("count(*)", {"datatype": "int"}, pa.int32(), 3),
            ("max(i)::TINYINT", {"datatype": "unsignedByte"}, pa.uint8(), 3),
            ("max(i)", {"datatype": "short"}, pa.int16(), 3),
            ("floor(2.7::DOUBLE)", {"datatype": "long"}, pa.int64(), 2),
            ("'nan'::DOUBLE", {"datatype": "int"}, pa.int32(), None),
            ("9007199254740993::BIGINT", {"datatype": "double"}, pa.float64(), 9007199254740992.0),
            ("max(i) > 2", {"datatype": "boolean"}, pa.bool_(), True),
            ("1", {"datatype": "boolean"}, pa.bool_(), True),
            ("'x'", {"datatype": "char", "arraysize": "*"}, pa.string(), "x"),
            ("'ä'::VARCHAR", {"datatype": "unicodeChar", "arraysize": "4"}, pa.string(), "ä"),
            ("max(i)", {"datatype": "char", "arraysize": "*"}, pa.string(), "3"),
            ("uuid '00000000-0000-0000-0000-000000000001'", {}, pa.string(), "00000000-0000-0000-0000-000000000001"),
            ("[1, 2]", {"datatype": "short", "arraysize": "*"}, pa.list_(pa.int16()), [1, 2]),
            ("[1, 2]::INT[2]", {"datatype": "long", "arraysize": "2"}, pa.list_(pa.int64(), 2), [1, 2]),
            ("{'a': 1}", {}, pa.string(), "{'a': 1}"),
            ("NULL", {}, pa.string(), None),
            ("NULL", {"datatype": "double"}, pa.float64(), None),
            ("1::UINTEGER", {}, pa.int64(), 1),
        ],
    )  # fmt: skip
    def test_column(
        self, expression: str, field: dict[str, str], kind: pa.DataType, value: object
    ) -> None:
        batch = self.convert(expression, field)
        assert batch.schema.field(0).type == kind
        assert batch.column(0).to_pylist() == [value]
        assert batch.schema.field(0).metadata == (
            {key.encode(): item.encode() for key, item in field.items()} or None
        )

    @pytest.mark.parametrize(
        ("expression", "field", "text"),
        [
            ("TIMESTAMP '2020-01-02 03:04:05.678901'", "timestamp", "2020-01-02T03:04:05.678901"),
            ("TIMESTAMPTZ '2020-01-02 03:04:05+02'", "timestamp", "2020-01-02T01:04:05"),
            ("DATE '2020-01-02'", "timestamp", "2020-01-02T00:00:00"),
            ("DATE '2020-01-02'", "", "2020-01-02T00:00:00"),
        ],
    )
    def test_times(self, expression: str, field: str, text: str) -> None:
        declared = {"datatype": "char", "arraysize": "*", "xtype": field} if field else {}
        batch = self.convert(expression, declared)
        assert batch.schema.field(0).type == pa.timestamp("us")
        assert batch.column(0)[0].as_py().isoformat() == text

    @pytest.mark.parametrize(
        ("expression", "datatype"),
        [
            ("sum(i::BIGINT * 2000000000000000000)", "long"),
            ("300", "unsignedByte"),
            ("-1", "unsignedByte"),
            ("1e300::DOUBLE", "long"),
            ("'inf'::DOUBLE", "int"),
            ("'text'", "double"),
        ],
    )
    def test_what_does_not_fit(self, expression: str, datatype: str) -> None:
        with pytest.raises(ValueError, match="x does not fit"):
            self.convert(expression, {"datatype": datatype})

    def test_number_of_columns(self) -> None:
        with pytest.raises(ValueError, match="1 columns came, 2 were declared"):
            Conversion(pa.schema([("a", pa.int32())]), [{"name": "a"}, {"name": "b"}], {})

    def convert(self, expression: str, field: dict[str, str]) -> pa.RecordBatch:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            sql = f"SELECT any_value(x) AS x FROM (SELECT {expression} AS x FROM range(1, 4) t(i))"
            if not any(name in expression for name in ("sum(", "avg(", "count(", "max(")):
                sql = f"SELECT {expression} AS x"
            batches = list(connection.sql(sql).to_arrow_reader(10))
            schema = connection.sql(sql).to_arrow_reader(10).schema
        return Conversion(schema, [{"name": "x", **field}], {})(batches)
