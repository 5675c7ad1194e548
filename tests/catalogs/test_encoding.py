"""Columns are encoded by what they hold, and come back unchanged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lsp_jupyter.catalogs.encoding import parquet_options


def test_measured_numbers_are_split_and_everything_comes_back(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = 20_000
    noise = random.normal(1000, 10, rows).astype(np.float32)
    table = pa.table(
        {
            "noise": pa.array(noise, mask=random.random(rows) < 0.1),
            "double": random.normal(size=rows),
            "steps": (np.arange(rows) % 7).astype(np.float32),
            "missing": pa.nulls(rows, pa.float32()),
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(noise[: 2 * rows // 2]), 1),
            "list": pa.array([[1.5, 2.5]] * rows, pa.list_(pa.float32())),
            "band": pa.array(["u", "g"] * (rows // 2)),
        }
    )
    options = parquet_options(table)
    assert options["use_byte_stream_split"] == ["noise"]
    pq.write_table(table, tmp_path / "a.parquet", **options)
    pq.write_table(table, tmp_path / "b.parquet", compression="zstd")
    assert pq.read_table(tmp_path / "a.parquet").equals(table)
    encodings = {
        column.path_in_schema: column.encodings
        for column in map(pq.read_metadata(tmp_path / "a.parquet").row_group(0).column, range(7))
    }
    assert "BYTE_STREAM_SPLIT" in encodings["noise"]
    assert "RLE_DICTIONARY" not in encodings["double"]
    for name in ("steps", "list.list.element", "band"):
        assert "RLE_DICTIONARY" in encodings[name], name
    assert (tmp_path / "a.parquet").stat().st_size < (tmp_path / "b.parquet").stat().st_size


def test_an_empty_table_has_options(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([], pa.float32())})
    pq.write_table(table, tmp_path / "a.parquet", **parquet_options(table))
    assert pq.read_table(tmp_path / "a.parquet").equals(table)
