"""Groups of columns go with a query's result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lsp_jupyter.adql import compile_query
from lsp_jupyter.adql.schema import Column, ColumnGroup
from tests.adql.conftest import STARS, Tables

PAIR = ColumnGroup("mag", (("mag", "value"), ("magErr", "error")), "With its error", "phot.mag")
PLACE = ColumnGroup("place", (("ra", ""), ("dec", ""), ("band", "")))
GROUPED = replace(
    STARS,
    columns=(*STARS.columns, Column("magErr", "float", unit="mag", ucd="stat.error;phot.mag")),
    groups=(PAIR, PLACE),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT mag, magErr FROM sky.stars", {"mag": ["mag", "magErr"]}),
        ("SELECT magErr AS e, mag AS m FROM sky.stars", {"mag": ["m", "e"]}),
        ("SELECT ra, dec, mag FROM sky.stars", {"place": ["ra", "dec"]}),
        ("SELECT mag + 0 AS mag, magErr FROM sky.stars", {}),
        (
            "SELECT d.m, d.magErr FROM (SELECT magErr, mag AS m FROM sky.stars) AS d",
            {"mag": ["m", "magErr"]},
        ),
        (
            "WITH c AS (SELECT mag, magErr FROM sky.stars) SELECT * FROM c",
            {"mag": ["mag", "magErr"]},
        ),
        (
            """SELECT a.mag, a.magErr, b.mag, b.magErr
            FROM sky.stars AS a JOIN sky.stars AS b ON a.id = b.id""",
            {"mag": ["mag", "magErr"], "mag_2": ["mag_2", "magErr_2"]},
        ),
        ("SELECT a.mag, b.magErr FROM sky.stars AS a JOIN sky.stars AS b ON a.id = b.id", {}),
        ("SELECT mag, magErr FROM sky.stars UNION SELECT mag, magErr FROM sky.stars", {}),
        ("SELECT MAX(mag) AS mag, MAX(magErr) AS magErr FROM sky.stars", {}),
    ],
)
def test_groups_follow_their_columns(query: str, found: dict[str, list[str]]) -> None:
    compiled = compile_query(query, Tables((GROUPED,)), maxrec=10)
    assert {group.name: [name for name, _ in group.members] for group in compiled.groups} == found


def test_roles_and_metadata_stay() -> None:
    query = "SELECT mag AS m, magErr FROM sky.stars"
    (group,) = compile_query(query, Tables((GROUPED,)), maxrec=10).groups
    assert group == replace(PAIR, members=(("m", "value"), ("magErr", "error")))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT id, ra, mag FROM sky.stars", {"id": ("sky.stars", "id")}),
        ("SELECT id AS a, id AS b FROM sky.stars", dict.fromkeys("ab", ("sky.stars", "id"))),
        ("SELECT q.a FROM (SELECT id AS a FROM sky.stars) AS q", {"a": ("sky.stars", "id")}),
        ("SELECT id + 1 AS id, COUNT(*) AS n FROM sky.stars GROUP BY id", {}),
        ("SELECT id FROM sky.stars UNION SELECT n FROM sky.stars", {}),
    ],
)
def test_columns_know_where_they_come_from(query: str, found: dict[str, tuple[str, str]]) -> None:
    assert compile_query(query, Tables((GROUPED,)), maxrec=10).origins == found
    uploaded = Tables((replace(GROUPED, kind="upload"),))
    assert compile_query(query, uploaded, maxrec=10).origins == {}
