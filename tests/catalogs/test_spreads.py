"""What values columns have, as a search form says it."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql.schema import Column, Spread
from lsp_jupyter.catalogs.publish import publish
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.spreads import CHOICES, Spreads
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.identity import local_caller
from lsp_jupyter.portal.catalog import table_json

BIG = 2**63 - 1
INSTANT = dt.datetime(2025, 6, 30, 12, 0, 0, 500_000)


def array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind)


def spread(*batches: pa.Array) -> Spread:
    spreads = Spreads(TableSpec("s", "t", (Column("x", ""),)))
    for batch in batches:
        spreads.look(pa.record_batch({"x": batch}))
    (found,) = spreads.found()
    return found


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        (
            [array([2.5, None], pa.float64()), array([-1e300, 7.0], pa.float64())],
            Spread("x", "-1e+300", "7.0", 0.25),
        ),
        # Four bytes have few digits, and what is no number is no end of a range.
        ([array([14.2, float("inf"), 27.9], pa.float32())], Spread("x", "14.2", "27.9")),
        ([array([float("nan"), 3.0, -float("inf")], pa.float64())], Spread("x", "3.0", "3.0")),
        ([array([float("inf")], pa.float64())], Spread("x")),
        ([array([None, None], pa.float64())], Spread("x", missing=1.0)),
        (
            [array([BIG, -BIG], pa.int64())],
            Spread("x", str(-BIG), str(BIG)),
        ),
        # Numbers stand in their own order, not in that of their digits.
        ([array([10, 9], pa.int16())], Spread("x", "9", "10", 0.0, ("9", "10"))),
        (
            [array([INSTANT, None], pa.timestamp("us"))],
            Spread("x", "2025-06-30T12:00:00.500000", "2025-06-30T12:00:00.500000", 0.5),
        ),
        (
            [array(["r", None], pa.string()), array(["g", "r"], pa.string())],
            Spread("x", missing=0.25, choices=("g", "r")),
        ),
        ([array(["g", "g" * 81], pa.string())], Spread("x")),
        ([array([True, False], pa.bool_())], Spread("x")),
        ([array([[1.0]], pa.list_(pa.float64()))], Spread("x")),
    ],
)
def test_the_values_of_a_column(batches: list[pa.Array], expected: Spread) -> None:
    assert spread(*batches) == expected


def test_few_values_are_choices_and_many_are_not() -> None:
    words = [f"{number:02}" for number in range(CHOICES + 1)]
    few = spread(array([*words[:-1] * 100], pa.string()))
    assert few.choices == tuple(words[:-1])
    # The one too many may come late in a batch, or in another.
    assert spread(array(words[:20], pa.string())).choices == ()
    assert spread(array([words[0]] * 5000 + words, pa.string())).choices == ()
    assert (
        spread(array(words[:-1] * 9, pa.string()), array(words[-1:] * 9, pa.string())).choices == ()
    )


def test_published_tables_keep_them_and_older_ones_have_none(tmp_path: Path) -> None:
    spec = TableSpec(
        "dp1",
        "visit",
        (
            Column("id", "long"),
            Column("ra", "double", unit="deg"),
            Column("dec", "double", unit="deg"),
            Column("band", "char", "*"),
        ),
        ("ra", "dec"),
    )
    rows = pa.record_batch(
        {
            "id": pa.array(np.arange(1000) + 2**60),
            "ra": np.linspace(0, 350, 1000),
            "dec": np.linspace(-30, 30, 1000),
            "band": ["i", "r"] * 500,
        }
    )
    catalog = Catalog(tmp_path)
    publish(catalog, Release("r", "R"), [(spec, [rows])])
    more = rows.set_column(3, "band", pa.array(["z"] * 1000))
    publish(catalog, Release("r", "R"), [(spec, [more])], append=True)

    def columns() -> dict[str, dict[str, object]]:
        table = catalog.releases(local_caller(tmp_path))[0].tables[0]
        told = json.loads(json.dumps(table_json(table)))["columns"]
        return {column["name"]: column for column in told}

    found = columns()
    assert (found["id"]["low"], found["id"]["high"]) == (str(2**60), str(2**60 + 999))
    assert (found["dec"]["low"], found["dec"]["high"]) == ("-30.0", "30.0")
    assert found["band"]["choices"] == ["i", "r", "z"]
    assert "missing" not in found["band"]
    with sqlite3.connect(tmp_path / "catalog.sqlite") as database:
        database.execute("UPDATE catalog_table SET spreads = '[]'")
    assert not {"low", "high", "missing", "choices"} & set(columns()["dec"])
    catalog.close()
