"""Native files of published tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lsp_jupyter.engines.duckdb_native import NativeInfo, build_native
from lsp_jupyter.errors import PublishError
from tests.engines.sky import ROWS, stars


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Two files in a HATS folder, out of order."""
    table = stars(1000)
    folder = tmp_path / "Norder=0" / "Dir=0"
    folder.mkdir(parents=True)
    files = [folder / "Npix=0.parquet", folder / "it's Npix=1.parquet"]
    pq.write_table(table.slice(500), files[0])
    pq.write_table(table.slice(0, 500), files[1])
    return files


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_sorted_renamed_complete(parts: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "native" / "t_1.duckdb"
    info = build_native(parts, target, rename={"_healpix_29": "hpx29", "absent": "x"})
    assert info == NativeInfo(rows=1000, size=target.stat().st_size)
    pixels = [row[0] for row in read(target, "SELECT hpx29 FROM main.data")]
    assert pixels == sorted(stars(1000)["_healpix_29"].to_pylist())
    (columns,) = read(
        target, "SELECT list(column_name) FROM duckdb_columns() WHERE table_name='data'"
    )
    assert columns[0] == [
        *("id", "ra", "dec", "mag", "n", "name", "hpx29", "cx", "cy", "cz"),
    ]
    assert sorted(path.name for path in target.parent.iterdir()) == ["t_1.duckdb"]
    assert target.stat().st_mode & 0o777 == 0o600


def test_without_the_column_it_keeps_the_order(parts: list[Path], tmp_path: Path) -> None:
    build_native(parts, tmp_path / "t.duckdb", order_by="none")
    ids = [row[0] for row in read(tmp_path / "t.duckdb", "SELECT n FROM main.data")]
    assert ids == [*range(500, 1000), *range(500)]


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
    ("content", "why"),
    [(b"no parquet at all", "cannot be built"), (None, "cannot be built")],
)
def test_unreadable_source_leaves_nothing(tmp_path: Path, content: bytes | None, why: str) -> None:
    source = tmp_path / "source.parquet"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(PublishError, match=why) as caught:
        build_native([source], tmp_path / "native" / "t.duckdb")
    assert str(tmp_path) not in str(caught.value)
    assert list((tmp_path / "native").iterdir()) == []


def test_different_columns_are_refused(parts: list[Path], tmp_path: Path) -> None:
    pq.write_table(pa.table({"other": [1]}), parts[1])
    with pytest.raises(PublishError):
        build_native(parts, tmp_path / "t.duckdb")


def test_a_generation_never_changes(parts: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "t.duckdb"
    build_native(parts, target)
    before = target.read_bytes()
    with pytest.raises(PublishError, match="exists already"):
        build_native(parts[:1], target)
    assert target.read_bytes() == before


def test_no_sources(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="no file"):
        build_native([], tmp_path / "t.duckdb")
