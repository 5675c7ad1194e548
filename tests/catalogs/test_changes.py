"""Releases change by versions: append, replace, unpublish, and what they leave behind."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import lsdb
import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.adql.schema import Column, ColumnGroup
from lsp_jupyter.catalogs import connection as opening
from lsp_jupyter.catalogs.publish import publish_table, rebuild_native, unpublish
from lsp_jupyter.catalogs.release import ForeignKey, Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import NotFoundError, PublishError
from tests.catalogs.conftest import CALLER, RELEASE, STARS, rows_of, stars


def shifted(rows: int, by: int) -> list[pa.RecordBatch]:
    """More stars, with other numbers."""
    return [
        batch.set_column(0, "id", pa.array(np.asarray(batch.column(0)) + by))
        for batch in stars(rows, seed=2)
    ]


@pytest.mark.parametrize("position", [None, ("ra", "dec")])
def test_appending_makes_a_new_generation_of_all_rows(
    catalog: Catalog, position: tuple[str, str] | None
) -> None:
    spec = replace(STARS, position=position)
    old = publish_table(catalog, RELEASE, spec, stars(1000))
    new = publish_table(catalog, RELEASE, spec, shifted(500, 1000), append=True)
    assert (old.rows, new.rows) == (1000, 1500)
    assert len(rows_of(catalog, old)) == 1000, "running queries keep what they had"
    ids = {row[0] for row in rows_of(catalog, new, "SELECT id FROM {}")}
    assert ids == set(range(1500))
    if position:
        assert len(lsdb.open_catalog(catalog.hats("sky", "stars"))) == 1500
        cells = [row[0] for row in rows_of(catalog, new, "SELECT hpx29 FROM {}")]
        assert cells == sorted(cells)


def test_what_is_appended_must_fit(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(10))
    other = (*STARS.columns[:-1], Column("nom", "char", "*"))
    for columns, words in (
        (other, "name is missing, nom is new"),
        ((replace(STARS.columns[0], datatype="int"), *STARS.columns[1:]), "id is int32 instead"),
    ):
        with pytest.raises(PublishError, match=words):
            publish_table(catalog, RELEASE, replace(STARS, columns=columns), [], append=True)
    with pytest.raises(PublishError, match="position is None"):
        publish_table(catalog, RELEASE, replace(STARS, position=None), [], append=True)
    bad = [next(shifted(1, 5).__iter__()).set_column(1, "ra", pa.array([400.0]))]
    with pytest.raises(PublishError, match="Row 1 "):
        publish_table(catalog, RELEASE, STARS, bad, append=True)
    assert catalog.snapshot(CALLER).find("stars") == (table,)


@pytest.mark.req("API-REQ-0029")
def test_each_change_of_a_release_has_a_number(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(10))
    publish_table(catalog, RELEASE, STARS, stars(5), append=True)
    publish_table(catalog, replace(RELEASE, version="2"), replace(STARS, name="more"), stars(7))
    other = Release("dr2", "Next")
    publish_table(catalog, other, replace(STARS, schema="dr2"), stars(3))
    unpublish(catalog, "SKY.more")
    numbers = {release.identity for release in catalog.releases(CALLER)}
    assert numbers == {"survey@4", "dr2@1", "tap_schema"}
    history = catalog.history("SURVEY")
    assert [(change.number, change.action, change.version) for change in history] == [
        (1, "publish sky.stars", "1"),
        (2, "append sky.stars", "1"),
        (3, "publish sky.more", "2"),
        (4, "unpublish sky.more", "2"),
    ]
    assert [{name: rows for name, (_, rows) in change.tables.items()} for change in history] == [
        {"sky.stars": 10},
        {"sky.stars": 15},
        {"sky.stars": 15, "sky.more": 7},
        {"sky.stars": 15},
    ]
    generations = [change.tables["sky.stars"][0] for change in history]
    assert generations[0] != generations[1] == generations[2]
    assert history[0].at <= history[-1].at


def test_a_name_of_a_release_may_be_spelled_otherwise(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(10))
    publish_table(catalog, replace(RELEASE, name="SURVEY"), replace(STARS, name="two"), stars(2))
    (survey, _) = catalog.releases(CALLER)
    assert [table.full_name for table in survey.tables] == ["sky.stars", "sky.two"]


def test_unpublishing(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(10))
    publish_table(catalog, RELEASE, replace(STARS, name="more"), stars(5))
    assert unpublish(catalog, "sky.more") == ("sky.more",)
    assert catalog.snapshot(CALLER).find("more") == ()
    (tables,) = catalog.snapshot(CALLER).find("tables", "tap_schema")
    assert "sky.more" not in str(rows_of(catalog, tables))
    assert unpublish(catalog, "Survey") == ("sky.stars",)
    assert [release.name for release in catalog.releases(CALLER)] == ["tap_schema"]
    assert len(rows_of(catalog, table)) == 10, "running queries keep what they had"
    for name in ("sky.stars", "survey", "tap_schema", "tap_schema.tables", ""):
        with pytest.raises(NotFoundError, match="lsp tables"):
            unpublish(catalog, name)
    catalog.collect(set(), grace=0)
    assert not catalog.native_path(table.source[0]).exists()
    assert not list((catalog.state / "hats").glob("*/*/*"))
    assert publish_table(catalog, RELEASE, STARS, stars(4)).rows == 4
    assert catalog.history("survey")[-1].number == 5


def test_a_table_can_keep_its_place(catalog: Catalog) -> None:
    for name, place in (("c", None), ("b", 20), ("a", 10)):
        spec = replace(STARS, name=name, place=place)
        publish_table(catalog, RELEASE, spec, stars(2))
    (tables,) = catalog.snapshot(CALLER).find("tables", "tap_schema")
    names = rows_of(catalog, tables, "SELECT table_name FROM {} ORDER BY table_index LIMIT 3")
    assert names == [("sky.a",), ("sky.b",), ("sky.c",)]


@pytest.mark.req("LSP-REQ-0008", "LSP-REQ-0009")
def test_groups_are_published(catalog: Catalog) -> None:
    columns = (*STARS.columns, Column("e_mag", "float", unit="mag", ucd="stat.error;phot.mag"))
    group = ColumnGroup("mag", (("mag", "value"), ("e_mag", "error")), "Brightness", ucd="phot.mag")
    spec = replace(STARS, columns=columns, groups=(group,))
    rows = [
        batch.append_column("e_mag", pa.array([0.1] * batch.num_rows, pa.float32()))
        for batch in stars(10)
    ]
    table = publish_table(catalog, RELEASE, spec, rows)
    assert table.groups == (group,)
    assert catalog.snapshot(CALLER).find("stars") == (table,)
    (groups,) = catalog.snapshot(CALLER).find("groups", "tap_schema")
    assert rows_of(catalog, groups) == [
        ("sky.stars", "mag", "mag", "value", "Brightness", "phot.mag", None),
        ("sky.stars", "mag", "e_mag", "error", "Brightness", "phot.mag", None),
    ]
    wrong = ColumnGroup("x", (("nothing", ""),))
    with pytest.raises(PublishError, match=r"Group x of sky\.stars names a column nothing"):
        publish_table(catalog, RELEASE, replace(spec, groups=(wrong,)), [])


def test_keys_wait_for_their_table(catalog: Catalog) -> None:
    key = ForeignKey("sky.STARS", (("star", "id"),))
    spec = TableSpec("sky", "spectra", (Column("star", "long"),), keys=(key,))

    def keys() -> list[tuple[object, ...]]:
        (table,) = catalog.snapshot(CALLER).find("keys", "tap_schema")
        sql = "SELECT target_table FROM {} WHERE from_table = 'sky.spectra'"
        return rows_of(catalog, table, sql)

    publish_table(catalog, RELEASE, spec, [])
    assert keys() == []
    publish_table(catalog, RELEASE, STARS, stars(3))
    assert keys() == [("sky.stars",)]
    unpublish(catalog, "sky.stars")
    assert keys() == []


def test_a_uniform_sample(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(40_000))
    rnd = np.array([row[0] for row in rows_of(catalog, table, "SELECT rnd FROM {}")])
    assert rnd.dtype == float
    assert 0 <= rnd.min() < rnd.max() < 1
    counts, _ = np.histogram(rnd, 100, (0, 1))
    assert abs(counts - 400).max() < 5 * 20, "uniform, within five standard deviations"
    assert abs(np.corrcoef(rnd[1:], rnd[:-1])[0, 1]) < 0.03, "neighbours are independent"
    sample = [row[0] for row in rows_of(catalog, table, 'SELECT id FROM "sample"')]
    assert sample == [
        row[0] for row in rows_of(catalog, table, "SELECT id FROM {} WHERE rnd < 0.01")
    ]
    assert table.sample == (table.source[0], "main", "sample")
    assert (table.share, table.sampled.rows) == (0.01, 400)
    # The same when the file is made again, another in another table.
    for attachment in catalog.pin([table]):
        attachment.path.unlink()
    rebuild_native(catalog)
    assert [row[0] for row in rows_of(catalog, table, "SELECT rnd FROM {}")] == rnd.tolist()
    other = publish_table(catalog, RELEASE, replace(STARS, name="other"), stars(100))
    assert rows_of(catalog, other, "SELECT rnd FROM {} LIMIT 1")[0][0] != rnd[0]


def test_looking_up_an_identifier_uses_an_index(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(100))
    (index,) = rows_of(catalog, table, "SELECT expressions FROM duckdb_indexes() -- {}")
    assert "id" in str(index)


def test_a_catalogue_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    """``catalog.sqlite`` as the first release of the package made it."""
    path = tmp_path / "catalog.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript(opening._UPGRADES[0])
        database.execute("PRAGMA user_version = 1")
        database.execute("INSERT INTO release VALUES ('r', '1', 'R', '', '', '', 1, 0, 0)")
        database.execute(
            "INSERT INTO catalog_table VALUES (1, 'r', 's', 't', 's_t_1', 'hats/r/s.t/1', 5, 6, "
            "'', '', 'T', '', '', 0)"
        )
        database.execute(
            "INSERT INTO catalog_column VALUES (1, 0, 'x', 'int', '', '', '', '', '', '', 0, 0, 0)"
        )
    database.close()
    catalog = Catalog(tmp_path)
    (release,) = catalog.releases(CALLER)
    assert (release.number, release.tables[0].rows, release.tables[0].sample) == (0, 5, ())
    publish_table(catalog, replace(RELEASE, name="r"), STARS, stars(3))
    assert catalog.history("r")[0].tables["s.t"] == ("s_t_1", 5)
    catalog.close()
