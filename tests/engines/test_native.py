"""Native files of published tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.engines.duckdb_native import NativeInfo, build_native
from lsp_jupyter.engines.protocol import SAMPLE
from lsp_jupyter.errors import PublishError
from tests.engines.sky import ROWS, stars


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_complete_and_in_order(tmp_path: Path) -> None:
    table = stars(1000)
    target = tmp_path / "native" / "t_1.duckdb"
    info = build_native(table.to_reader(100), target, keys=["id", "n"])
    assert info == NativeInfo(rows=1000, size=target.stat().st_size)
    assert read(target, "SELECT n, hpx29 FROM main.data") == list(
        zip(table["n"].to_pylist(), table["hpx29"].to_pylist(), strict=True)
    )
    (columns,) = read(
        target, "SELECT list(column_name) FROM duckdb_columns() WHERE table_name='data'"
    )
    assert columns[0] == [
        *("id", "ra", "dec", "mag", "n", "name", "hpx29", "cx", "cy", "cz"),
    ]
    assert len(read(target, "SELECT index_name FROM duckdb_indexes()")) == 2
    assert read(target, "SELECT table_name FROM duckdb_tables()") == [("data",)]
    assert sorted(path.name for path in target.parent.iterdir()) == ["t_1.duckdb"]
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_sample_of_the_rows(tmp_path: Path) -> None:
    """With the same columns, in the same order; vectors are lists of any length."""
    rnd = np.random.default_rng(2).random(10_000).astype(np.float32)
    point = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(20_000.0)), 2)
    table = pa.table({"n": np.arange(10_000), "p": point, "rnd": rnd})
    build_native(table.to_reader(3_000), tmp_path / "t.duckdb")
    wanted = np.flatnonzero(rnd < SAMPLE).tolist()
    rows = read(tmp_path / "t.duckdb", "SELECT n, p FROM main.sample")
    assert rows == [(n, [2.0 * n, 2.0 * n + 1]) for n in wanted]
    types = read(tmp_path / "t.duckdb", "SELECT column_type FROM (DESCRIBE main.data)")
    assert types == [("BIGINT",), ("DOUBLE[]",), ("FLOAT",)]


@pytest.mark.parametrize(("rows", "size"), [(100, 1 << 14), (200_000, 1 << 18)])
def test_files_of_few_rows_are_small(tmp_path: Path, rows: int, size: int) -> None:
    target = tmp_path / "t.duckdb"
    table = pa.table({name: np.arange(rows) for name in "abc"})
    build_native(table.to_reader(1_000), target, keys=["a"])
    assert read(target, "SELECT block_size FROM pragma_database_size()") == [(size,)]
    assert rows > 100 or target.stat().st_size < 100_000
    assert read(target, "SELECT sum(c) FROM main.data") == [(rows * (rows - 1) // 2,)]


def test_a_region_lies_together(sky: Path) -> None:
    twelfth = 4**29
    (row,) = read(
        sky,
        "SELECT count(*), max(rowid) - min(rowid) + 1, (SELECT count(*) FROM main.data)"
        f" FROM main.data WHERE hpx29 BETWEEN {3 * twelfth} AND {4 * twelfth - 1}",
    )
    inside, span, total = map(int, map(str, row))
    assert inside == span
    assert 0 < inside < total == ROWS


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (PublishError("Row 7 is wrong."), "Row 7 is wrong"),
        (pa.ArrowInvalid("bad page in /some/where.parquet"), r"cannot be read: bad page in \(file"),
    ],
)
def test_unreadable_rows_leave_nothing(tmp_path: Path, error: Exception, why: str) -> None:
    table = stars(1000)

    def rows() -> Iterator[pa.RecordBatch]:
        yield from table.to_batches()
        raise error

    reader = pa.RecordBatchReader.from_batches(table.schema, rows())
    with pytest.raises(PublishError, match=why):
        build_native(reader, tmp_path / "native" / "t.duckdb")
    assert list((tmp_path / "native").iterdir()) == []


def test_a_generation_never_changes(tmp_path: Path) -> None:
    target = tmp_path / "t.duckdb"
    build_native(stars(10).to_reader(), target)
    before = target.read_bytes()
    with pytest.raises(PublishError, match="exists already"):
        build_native(stars(20).to_reader(), target)
    assert target.read_bytes() == before
