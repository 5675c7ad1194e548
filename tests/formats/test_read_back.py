"""What others read of our files: the programs that people have."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table

from tests.formats.conftest import described, write

IDS = [2**62 + 1, -(2**53) - 1, 7]
RAS = [0.1, 359.99999999999994, float("nan")]
MAGS = [np.float32(0.1), None, np.float32(-26.74)]
NAMES = ["a b", 'c,"d"', "e;f"]
INFOS = {"QUERY": "SELECT 1", "JOB": "j"}

TABLE = pa.table(
    [
        pa.array(IDS, pa.int64()),
        pa.array(RAS, pa.float64()),
        pa.array(MAGS, pa.float32()),
        pa.array(NAMES, pa.string()),
        pa.array([True, False, True]),
    ],
    schema=pa.schema(
        [
            described("id", pa.int64(), ucd="meta.id;meta.main"),
            described("ra", pa.float64(), unit="deg", ucd="pos.eq.ra", description="RA"),
            described("mag", pa.float32(), unit="mag", ucd="phot.mag"),
            described("name", pa.string(), datatype="char"),
            described("good", pa.bool_()),
        ]
    ),
)


def of_astropy(data: bytes, **how: object) -> dict[str, list[object]]:
    table = Table.read(io.BytesIO(data), **how)
    assert str(table["ra"].unit) == "deg"
    assert table["ra"].description == "RA"
    return {name: table[name].tolist() for name in table.colnames}


def of_fits(data: bytes) -> dict[str, list[object]]:
    with fits.open(io.BytesIO(data)) as opened:
        assert opened[1].columns["ra"].unit == "deg"
        # Plain fits.open knows of no missing float.
        return {name: opened[1].data[name].tolist() for name in opened[1].columns.names}


def of_pandas(frame: pd.DataFrame) -> dict[str, list[object]]:
    return {name: frame[name].tolist() for name in frame.columns}


def of_html(data: bytes) -> dict[str, list[object]]:
    (frame,) = pd.read_html(io.StringIO(data.decode()), dtype_backend="pyarrow")
    # The unit and the UCD are in the heading too.
    return of_pandas(frame.rename(columns=lambda name: str(name).split("deg")[0].split("mag")[0]))


def of_json(data: bytes) -> dict[str, list[object]]:
    read = json.loads(data)
    names = [column["name"] for column in read["columns"]]
    columns = dict(zip(names, map(list, zip(*read["data"], strict=True)), strict=True))
    return columns | {"id": [int(text) for text in columns["id"]]}


def of_sqlite(data: bytes) -> dict[str, list[object]]:
    with sqlite3.connect(":memory:") as database:
        database.deserialize(data)
        return of_pandas(pd.read_sql("SELECT * FROM result", database))


def of_arrow(table: pa.Table) -> dict[str, list[object]]:
    return table.to_pydict()


READERS: dict[str, tuple[str, Callable[[bytes], dict[str, list[object]]]]] = {
    "astropy votable": ("votable", lambda data: of_astropy(data, format="votable")),
    "astropy votable/td": ("votable/td", lambda data: of_astropy(data, format="votable")),
    "astropy votable/b": ("votable/b", lambda data: of_astropy(data, format="votable")),
    "astropy fits": ("fits", of_fits),
    "astropy ecsv": ("ecsv", lambda data: of_astropy(data, format="ascii.ecsv")),
    "astropy parquet": ("parquet", lambda data: of_astropy(data, format="parquet.votable")),
    "pandas parquet": ("parquet", lambda data: of_pandas(pd.read_parquet(io.BytesIO(data)))),
    "pandas csv": ("csv", lambda data: of_pandas(pd.read_csv(io.BytesIO(data)))),
    "pandas tsv": ("tsv", lambda data: of_pandas(pd.read_csv(io.BytesIO(data), sep="\t"))),
    "pandas ecsv": ("ecsv", lambda data: of_pandas(pd.read_csv(io.BytesIO(data), comment="#"))),
    "pandas sqlite": ("sqlite", of_sqlite),
    "pyarrow arrow": ("arrow", lambda data: of_arrow(pa.ipc.open_stream(data).read_all())),
    "pyarrow parquet": ("parquet", lambda data: of_arrow(pq.read_table(io.BytesIO(data)))),
    "pyarrow csv": ("csv", lambda data: of_arrow(pa.csv.read_csv(io.BytesIO(data)))),
    "python json": ("json", of_json),
}


def is_nothing(value: object) -> bool:
    return value is None or value is pd.NA or value != value or value == "NaN"


@pytest.mark.req("LSP-REQ-0017")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("reader", READERS)
def test_readers_that_people_have(reader: str) -> None:
    form, read = READERS[reader]
    columns = read(write(TABLE, form, infos=INFOS))
    assert list(columns) == TABLE.column_names
    assert columns["id"] == IDS
    assert columns["name"] == NAMES
    assert [str(value) in ("1", "True", "true") for value in columns["good"]] == [True, False, True]
    assert columns["ra"][:2] == RAS[:2]
    assert is_nothing(columns["ra"][2])
    assert np.float32(columns["mag"][0]) == MAGS[0]
    assert is_nothing(columns["mag"][1])
    assert np.float32(columns["mag"][2]) == MAGS[2]


@pytest.mark.parametrize(
    ("form", "name"),
    [
        *(("votable", "votable"), ("votable/td", "votable"), ("votable/b", "votable")),
        *(("fits", "fits"), ("csv", "csv")),
    ],
)
def test_stilts_reads_what_it_knows(
    form: str, name: str, stilts: Callable[..., str], tmp_path: Path
) -> None:
    target = tmp_path / "out.csv"
    data = write(TABLE, form, infos=INFOS)
    stilts("tpipe", data, "in={}", f"ifmt={name}", f"out={target}", "ofmt=csv")
    names, *rows = csv.reader(target.read_text().splitlines())
    assert names == TABLE.column_names
    assert [int(row[0]) for row in rows] == IDS
    assert [float(row[1]) for row in rows[:2]] == RAS[:2]
    assert np.float32(rows[0][2]) == MAGS[0]
    assert rows[1][2] == ""
    assert [row[3] for row in rows] == NAMES
    assert [row[4] for row in rows] == ["true", "false", "true"]


def test_a_page_is_a_table_for_pandas() -> None:
    pytest.importorskip("lxml")
    columns = of_html(write(TABLE, "html", infos=INFOS))
    assert [
        str(name).startswith(own) for name, own in zip(columns, TABLE.column_names, strict=True)
    ]
    assert [int(value) for value in next(iter(columns.values()))] == IDS
