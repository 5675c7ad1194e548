"""Results as tables of a connection."""

from __future__ import annotations

import resource
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.engines.duckdb_failure import Gone
from lsp_jupyter.engines.duckdb_results import registered, room_for

ROWS = 300_000


@pytest.fixture
def result(tmp_path: Path) -> dict[str, str]:
    """A finished result of one batch."""
    table = pa.table(
        {"n": np.arange(ROWS), "name": [f"x{n % 7}" for n in range(ROWS)]}
    ).combine_chunks()
    path = tmp_path / "r.arrow"
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)
    return {"alias": "job_1", "path": str(path)}


def test_it_is_a_table_while_it_is_registered(result: dict[str, str]) -> None:
    sql = "SELECT count(*), sum(n), count(DISTINCT name) FROM job_1"
    with duckdb.connect() as connection:
        connection.execute("SET enable_external_access = false")
        with registered(connection, [result, {**result, "alias": "job_2"}]) as names:
            assert names == {"job_1", "job_2"}
            found = connection.execute(sql).fetchall()
            assert found == [(ROWS, ROWS * (ROWS - 1) // 2, 7)]
            (pairs,) = connection.execute(
                "SELECT count(*) FROM job_1 AS a JOIN job_2 AS b USING (n)"
            ).fetchall()
            assert pairs == (ROWS,)
        with pytest.raises(duckdb.CatalogException):
            connection.execute(sql)


def test_all_threads_have_work(result: dict[str, str]) -> None:
    """A result of one batch is read in pieces, of which the engine's optimizer knows the size."""
    with duckdb.connect() as connection, registered(connection, [result]):
        plan = connection.execute("EXPLAIN SELECT n FROM job_1").fetchall()[0][1]
        assert f"{ROWS:,}" in plan.replace("~", "") or str(ROWS) in plan
        reader = connection.sql("SELECT n FROM job_1").to_arrow_reader(1 << 20)
        assert sum(batch.num_rows for batch in reader) == ROWS


@pytest.mark.parametrize(
    ("content", "message"), [(None, "deleted"), (b"", "damaged"), (b"x" * 1000, "damaged")]
)
def test_what_is_no_result(
    result: dict[str, str], tmp_path: Path, content: bytes | None, message: str
) -> None:
    other = tmp_path / "other.arrow"
    if content is not None:
        other.write_bytes(content)
    with (
        duckdb.connect() as connection,
        pytest.raises(Gone, match=message),
        registered(connection, [result, {"alias": "job_2", "path": str(other)}]),
    ):
        pass


def test_room_is_made_and_given_back() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = 1 << 46
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        with room_for(1000), room_for(10):
            assert resource.getrlimit(resource.RLIMIT_AS)[0] == limit + 1010
        assert resource.getrlimit(resource.RLIMIT_AS)[0] == limit
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
