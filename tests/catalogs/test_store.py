from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

import lsp_jupyter
from lsp_jupyter.adql import compile_query
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.publish import publish_table
from lsp_jupyter.catalogs.release import ForeignKey, Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import AdqlError, ConflictError, NotFoundError
from lsp_jupyter.identity import Caller
from tests.catalogs.conftest import CALLER, RELEASE, STARS, rows_of, stars


def test_a_new_state_folder_has_nothing(catalog: Catalog) -> None:
    assert list(catalog.snapshot(CALLER).names()) == []
    assert catalog.releases(CALLER) == []
    assert catalog.examples(CALLER) == []
    assert catalog.pin_all() == ()
    assert catalog.collect(set()) == []
    with pytest.raises(NotFoundError, match=r"sky\.stars"):
        catalog.hats("sky", "stars")


@pytest.mark.req("API-REQ-0030")
def test_releases_tell_all(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(10))
    survey, tap = catalog.releases(CALLER)
    assert survey == replace(RELEASE, tables=(table,), number=1)
    assert survey.identity == "survey@1"
    assert tap.name == "tap_schema"
    assert table.columns == STARS.columns
    assert (table.position, table.title, table.rows) == (("ra", "dec"), "Stars", 10)
    assert catalog.examples(CALLER)[0] == RELEASE.examples[0]
    assert catalog.snapshot(CALLER).release_of(table).license == "CC0"


def test_snapshots_do_not_change_under_a_query(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(10))
    before = catalog.snapshot(CALLER)
    assert catalog.snapshot(CALLER) is before
    publish_table(catalog, RELEASE, replace(STARS, name="more"), stars(5))
    after = catalog.snapshot(CALLER)
    assert before.find("more") == ()
    assert len(after.find("MORE")) == 1
    assert len(catalog.pin(before.find("stars"))) == 1


def test_another_process_is_seen(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(10))
    before = catalog.snapshot(CALLER)
    root = Path(lsp_jupyter.__file__).parent.parent
    code = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from lsp_jupyter.catalogs.publish import publish_table\n"
        "from lsp_jupyter.catalogs.store import Catalog\n"
        "from tests.catalogs.conftest import RELEASE, STARS, stars\n"
        "publish_table(Catalog(Path(sys.argv[1])), RELEASE, replace(STARS, name='two'), stars(7))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(catalog.state)], cwd=root, check=True, timeout=60
    )
    after = catalog.snapshot(CALLER)
    assert after is not before
    assert [table.full_name for table in after.releases[0].tables] == ["sky.stars", "sky.two"]
    assert after.find("two")[0].rows == 7


@pytest.mark.req("API-REQ-0025")
def test_private_releases_are_for_those_with_the_right(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(10))
    secret = Release("secret", "Secret", public=False)
    publish_table(catalog, secret, replace(STARS, schema="hidden"), stars(5))
    allowed = Caller("member", rights=frozenset({"secret"}))
    assert "hidden.stars" in catalog.snapshot(allowed).names()
    assert "hidden.stars" not in catalog.snapshot(CALLER).names()
    assert len(catalog.snapshot(CALLER).find("stars")) == 1
    assert [release.name for release in catalog.releases(CALLER)] == ["survey", "tap_schema"]
    with pytest.raises(AdqlError):
        compile_query("SELECT id FROM hidden.stars", catalog.snapshot(CALLER), maxrec=10)
    assert compile_query("SELECT id FROM hidden.stars", catalog.snapshot(allowed), maxrec=10)
    (tables,) = catalog.snapshot(CALLER).find("tables", "tap_schema")
    assert "hidden" not in str(rows_of(catalog, tables))


def test_pinning_a_generation_that_is_gone(catalog: Catalog) -> None:
    old = publish_table(catalog, RELEASE, STARS, stars(10))
    publish_table(catalog, RELEASE, STARS, stars(10))
    catalog.collect(set(), grace=0)
    with pytest.raises(ConflictError, match="again"):
        catalog.pin([old])


def test_pins_are_one_a_file(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(10))
    (attachment,) = catalog.pin([table, table])
    assert attachment.path.is_relative_to(catalog.state)
    assert attachment.size == attachment.path.stat().st_size
    assert attachment.alias == table.source[0]
    assert len(catalog.pin_all()) == 7


def test_a_state_folder_can_be_moved(catalog: Catalog, tmp_path: Path) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(10))
    catalog.close()
    old = catalog.state
    new = tmp_path.parent / f"{tmp_path.name}-moved"
    old.rename(new)
    moved = Catalog(new)
    assert len(rows_of(moved, table)) == 10
    assert moved.hats("sky", "stars").is_dir()
    moved.close()
    new.rename(old)


def test_a_newer_database_is_refused(state: Path) -> None:
    Catalog(state).close()
    with sqlite3.connect(state / "catalog.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConflictError, match="newer"):
        Catalog(state)


def test_looking_is_quick(catalog: Catalog) -> None:
    publish_table(catalog, RELEASE, STARS, stars(10))
    catalog.snapshot(CALLER)
    start = time.perf_counter()
    for _ in range(1000):
        catalog.snapshot(CALLER).find("stars", "sky")
    assert time.perf_counter() - start < 2


def test_tap_schema_describes_everything(catalog: Catalog) -> None:
    spec = TableSpec(
        "sky",
        "spectra",
        (
            Column("star", "long", description="Which star, its λ"),
            Column("size", "double", "3", unit="nm"),
            Column("B-V", "float", principal=True),
        ),
        title="Spectra",
        keys=(ForeignKey("sky.stars", (("star", "id"),), "Its star"),),
    )
    publish_table(catalog, RELEASE, STARS, stars(10))
    publish_table(catalog, RELEASE, spec, [])
    schema = catalog.snapshot(CALLER)

    def rows(name: str, sql: str) -> list[tuple[object, ...]]:
        (table,) = schema.find(name, "TAP_SCHEMA")
        assert table.position is None
        return rows_of(catalog, table, sql)

    names = list(schema.names())
    assert names[:2] == ["sky.stars", "sky.spectra"]
    assert [
        row[0] for row in rows("tables", "FROM {} SELECT table_name ORDER BY table_index")
    ] == names
    assert rows("schemas", "SELECT schema_name, description FROM {} ORDER BY schema_index")[0] == (
        "sky",
        "A survey: Made for tests",
    )
    columns = rows(
        "columns",
        'SELECT column_name, datatype, arraysize, "size", unit, principal, indexed FROM {} '
        "WHERE table_name = 'sky.spectra' ORDER BY column_index",
    )
    assert columns == [
        ("star", "long", None, None, None, 0, 0),
        ('"size"', "double", "3", 3, "nm", 0, 0),
        ('"B-V"', "float", None, None, None, 1, 0),
    ]
    described = rows(
        "columns", "SELECT count(*) FROM {} WHERE table_name = 'tap_schema.columns' AND std = 1"
    )
    assert described == [(14,)]
    assert rows("keys", "SELECT * FROM {} WHERE from_table = 'sky.spectra'") == [
        ("sky.spectra.1", "sky.spectra", "sky.stars", "Its star", None)
    ]
    assert ("sky.spectra.1", "star", "id") in rows("key_columns", "SELECT * FROM {}")
    # A description beyond ASCII: the table says so of itself.
    (table,) = schema.find("columns", "tap_schema")
    found = {column.name: column.datatype for column in table.columns}
    assert (found["description"], found["table_name"]) == ("unicodeChar", "char")
    assert rows(
        "columns",
        "SELECT datatype FROM {} WHERE table_name = 'tap_schema.columns' "
        "AND column_name = 'description'",
    ) == [("unicodeChar",)]


@pytest.mark.parametrize(
    "adql",
    [
        "SELECT * FROM TAP_SCHEMA.tables",
        'SELECT table_name, "size" FROM tap_schema.columns WHERE principal = 1',
        "SELECT k.key_id, c.from_column FROM tap_schema.keys AS k, tap_schema.key_columns AS c",
        "SELECT schema_name FROM tap_schema.schemas ORDER BY schema_index",
    ],
)
def test_tap_schema_can_be_queried(published: Catalog, adql: str) -> None:
    compiled = compile_query(adql, published.snapshot(CALLER), maxrec=100)
    connection = duckdb.connect()
    for each in published.pin(compiled.tables):
        connection.execute(f"ATTACH '{each.path}' AS \"{each.alias}\" (READ_ONLY)")
    assert connection.execute(compiled.sql).fetchall()
    connection.close()


def test_examples_of_tap_schema_compile(published: Catalog) -> None:
    schema = published.snapshot(CALLER)
    for example in published.examples(CALLER):
        assert compile_query(example.adql, schema, maxrec=10), example.title


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    ready = threading.Barrier(16)

    def open_it(_: int) -> int:
        ready.wait()
        catalog = Catalog(tmp_path)
        found = len(catalog.entries())
        catalog.close()
        return found

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(open_it, range(16))) == [0] * 16
