"""Frames become rows of the types their table declares."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.demo.survey import frame
from lsp_jupyter.demo.survey.frame import Framer
from lsp_jupyter.errors import PublishError

SPEC = TableSpec(
    "s",
    "t",
    (
        Column("id", "long"),
        Column("small", "short"),
        Column("flux", "float"),
        Column("ra", "double"),
        Column("flag", "boolean"),
        Column("band", "char", "*"),
        Column("at", "char", "*", xtype="timestamp"),
    ),
)

FULL = {
    "id": np.array([2**60 + 1, 2]),
    "small": np.array([1, 2]),
    "flux": np.array([0.1, np.nan]),
    "ra": np.array([1.5, 2.5]),
    "flag": np.array([True, False]),
    "band": np.array(["u", "g"]),
    "at": np.array([60_630.25, np.nan]),
}


def rows(*frames: frame.Frame) -> pa.Table:
    return pa.Table.from_batches(list(Framer(SPEC)(frames)))


def test_values_have_the_declared_types() -> None:
    table = rows(FULL)
    assert [str(field.type) for field in table.schema] == [
        *("int64", "int16", "float", "double", "bool", "string", "timestamp[us]")
    ]
    assert table["id"].to_pylist() == [2**60 + 1, 2]
    assert table["flux"].to_pylist() == [float(np.float32(0.1)), None]
    assert table["at"].to_pylist() == [datetime.datetime(2024, 11, 16, 6), None]


def test_absent_and_masked_values_are_null() -> None:
    masked = {
        "id": np.ma.masked_array([1, 2], [False, True]),
        "flux": np.ma.masked_array([1.0, np.nan], [True, False]),
        "flag": np.ma.masked_array([True, True], [True, False]),
        "band": np.ma.masked_array(np.array(["u", None], object), [True, False]),
    }
    table = rows(masked)
    assert table["id"].to_pylist() == [1, None]
    assert table["flux"].to_pylist() == [None, None]
    assert table["flag"].to_pylist() == [None, True]
    assert table["band"].to_pylist() == [None, None]
    assert table["ra"].null_count == 2


def test_times_of_any_unit_are_kept() -> None:
    moment = np.array(["2024-11-16T06:00:00.123456", "NaT"], "datetime64[us]")
    table = rows({"at": moment})
    assert table["at"].to_pylist() == [datetime.datetime(2024, 11, 16, 6, 0, 0, 123456), None]


def test_frames_follow_one_another_in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "_VALUES", 7 * 3)
    numbers = np.arange(8)
    framer = Framer(SPEC)
    batches = list(framer([{"id": numbers[:5]}, {"id": numbers[:0]}, {}, {"id": numbers[5:]}]))
    assert [batch.num_rows for batch in batches] == [3, 2, 3]
    assert framer.rows == 8
    assert pa.Table.from_batches(batches)["id"].to_pylist() == numbers.tolist()


def test_columns_without_any_value_are_told() -> None:
    framer = Framer(SPEC)
    list(framer([FULL | {"band": np.ma.masked_all(2, object)}, {"id": np.array([1])}]))
    assert framer.empty == ("band",)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("idd", np.array([1, 2]), "no column idd"),
        ("ra", np.array([1.0]), r"ra has shape \(1,\), not \(2,\)"),
        ("small", np.array([1, 70_000]), "small is not int16"),
        ("id", np.array([1.0, 2.5]), "id is not int64"),
        ("flag", np.array(["yes", "no"]), "flag is not bool"),
    ],
)
def test_what_does_not_fit_is_refused(column: str, values: np.ndarray, message: str) -> None:
    with pytest.raises(PublishError, match=message):
        rows(FULL | {column: values})
