from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from tests.formats.conftest import EVERY_TYPE, write

EXPECTED = {
    "flag": ["true", "", "false"],
    "u8": ["0", "", "255"],
    "i8": ["-128", "", "127"],
    "i16": ["-32768", "", "32767"],
    "i64": [str(-(2**63)), "", str(2**63 - 1)],
    "f32": ["0.1", "", "3e+38"],
    "ra": ["0.1", "", "1.7976931348623157e+308"],
    "dec_": ["12.50", "", "-0.01"],
    "huge": [str(2**62), "", "-1"],
    "text": ["plain", "", 'a<b & "c">d ]]>'],
    "wide": ["Ωmega 星 🔭", "", "naïve"],
    "color": ["red", "", "blue"],
    "epoch": ["1991-04-02T00:00:00", "", "2025-06-30T01:02:03.45"],
    "instant": ["2000-01-01T12:00:00Z", "", "2016-01-01T00:00:00Z"],
    "day": ["2016-01-01", "", "1582-10-15"],
    "floats": ["1.5 null 3", "", ""],
    "point": ["10 20", "", "30 -40"],
    "bytes": ["00ff", "", "616263"],
    "nested": ['{"a":1,"b":"x"}', "", '{"a":null,"b":"é"}'],
    "nothing": ["", "", ""],
}


@pytest.mark.req("API-REQ-0014")
@pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_every_type_as_text(name: str, delimiter: str) -> None:
    text = write(EVERY_TYPE, name).decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert rows[0] == EVERY_TYPE.column_names
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    for key, wanted in EXPECTED.items():
        assert list(columns[key]) == wanted, key


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_quotes_only_where_needed(delimiter: str) -> None:
    words = ["plain", "a,b", "a\tb", 'say "hi"', "two\nlines", "cr\rhere", "", None, " pad "]
    table = pa.table({'na"me,\t': words, "n": range(len(words))})
    name = "csv" if delimiter == "," else "tsv"
    data = write(table, name)
    rows = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))
    assert rows[0] == ['na"me,\t', "n"]
    assert [row[0] for row in rows[1:]] == [word or "" for word in words]
    lines = data.split(b"\r\n")
    assert lines[1] == f"plain{delimiter}0".encode()
    assert f'""{delimiter}6'.encode() in lines, "an empty text is not a missing one"
    assert f"{delimiter}7".encode() in lines


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_the_shortest_that_round_trip(dtype: type) -> None:
    random = np.random.default_rng(2)
    values = (random.standard_normal(2000) * 10.0 ** random.integers(-30, 30, 2000)).astype(dtype)
    lines = write(pa.table({"x": values}), "csv").decode().split("\r\n")[1:-1]
    assert np.array_equal(np.array(lines, dtype), values)
    for text, value in zip(lines, values, strict=True):
        shortest = np.format_float_scientific(value, unique=True, trim="-")
        digits = lambda word: word.lower().split("e")[0].replace(".", "").lstrip("-").strip("0")  # noqa: E731
        assert len(digits(text)) <= len(digits(shortest)), text


def test_readers_agree() -> None:
    table = pa.table(
        {
            "id": pa.array([2**63 - 1, None, -1]),
            "x": pa.array([float("nan"), float("inf"), -float("inf")]),
            "s": ["a", None, "b,c"],
            "t": pa.array([0, None, 10**15], pa.timestamp("us")),
        }
    )
    data = write(table, "csv")
    frame = pd.read_csv(io.BytesIO(data), dtype={"id": "Int64"}, parse_dates=["t"])
    assert frame["id"].tolist()[0] == 2**63 - 1
    assert frame["x"].tolist()[1:] == [np.inf, -np.inf]
    assert frame["t"][2] == pd.Timestamp("2001-09-09T01:46:40")
    read = pacsv.read_csv(io.BytesIO(data))
    assert read["id"].to_pylist() == [2**63 - 1, None, -1]
    assert read["x"].to_pylist()[1:] == [np.inf, -np.inf]


def test_no_rows_still_have_names() -> None:
    assert write(pa.table({"a": pa.array([], pa.int32()), "b": []}), "csv") == b"a,b\r\n"
