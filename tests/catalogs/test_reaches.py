"""How far shapes reach from the positions of their rows."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql import compile_query
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.publish import publish
from lsp_jupyter.catalogs.reaches import Reaches
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.identity import local_caller

SPEC = TableSpec(
    "obs",
    "images",
    (
        Column("s_ra", "double", unit="deg"),
        Column("s_dec", "double", unit="deg"),
        Column("s_region", "char", "*", "adql:REGION"),
        Column("outline", "double", "*", "polygon"),
        Column("title", "char", "*"),
    ),
    ("s_ra", "s_dec"),
)
SQUARE = [9.9, -0.1, 10.1, -0.1, 10.1, 0.1, 9.9, 0.1]


def rows(texts: list[str | None], lists: list[list[float] | None]) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "s_ra": np.full(len(texts), 10.0),
            "s_dec": np.zeros(len(texts)),
            "s_region": pa.array(texts, pa.string()),
            "outline": pa.array(lists, pa.list_(pa.float64())),
            "title": ["POLYGON 1 2 3 4 5 6"] * len(texts),
        }
    )


def test_the_farthest_corner_counts() -> None:
    reaches = Reaches(SPEC)
    text = " ".join(map(str, SQUARE))
    reaches.look(rows([f"POLYGON ICRS {text}", None], [SQUARE, None]))
    reaches.look(rows([f"polygon {text}"], [[9, 0, 10.5, 0, 10, 1]]))
    found = {each.column: each.degrees for each in reaches.found()}
    corner = math.degrees(math.acos(math.cos(math.radians(0.1)) ** 2))
    assert found["s_region"] == pytest.approx(corner, abs=2e-6)
    assert found["s_region"] >= corner
    assert found["outline"] == pytest.approx(1.0, abs=2e-6)
    assert list(found) == ["s_region", "outline"]


def test_what_is_no_polygon_is_passed_over() -> None:
    reaches = Reaches(SPEC)
    reaches.look(rows(["CIRCLE ICRS 10 0 40", "nonsense", ""], [None, None, None]))
    assert reaches.found()[0].degrees < 1e-5


def test_tables_without_positions_have_none() -> None:
    assert Reaches(TableSpec("obs", "images", SPEC.columns)).found() == ()


def test_queries_of_a_published_table_use_it(tmp_path: Path) -> None:
    text = "POLYGON ICRS " + " ".join(map(str, SQUARE))
    catalog = Catalog(tmp_path)
    publish(catalog, Release("obs", "Images"), [(SPEC, [rows([text], [SQUARE])])])
    again = Catalog(tmp_path)
    schema = again.snapshot(local_caller(tmp_path, "local"))
    sql = compile_query(
        "SELECT s_ra FROM obs.images WHERE CONTAINS(POINT(10, 0), s_region) = 1",
        schema,
        maxrec=10,
    ).sql
    assert "hpx29" in sql
    catalog.close()
    again.close()
