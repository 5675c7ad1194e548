from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lsp_jupyter
from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs import checks
from lsp_jupyter.catalogs.healpix import helper_columns, hpx29
from lsp_jupyter.catalogs.publish import publish, publish_table, rebuild_native
from lsp_jupyter.catalogs.release import Release, TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import PublishError
from tests.catalogs.conftest import CALLER, RELEASE, STARS, rows_of, stars


@pytest.mark.req("API-REQ-0023")
def test_rows_arrive_with_helper_columns(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars())
    assert table.rows == 1000
    assert table.source[1:] == ("main", "data")
    assert [column.name for column in table.columns] == ["id", "ra", "dec", "mag", "name"]
    (found,) = catalog.snapshot(CALLER).find("STARS", "Sky")
    assert found == table
    rows = rows_of(catalog, table, "SELECT id, ra, dec, mag, name, hpx29, cx, cy, cz FROM {}")
    wanted = pa.Table.from_batches(stars()).to_pylist()
    by_id = {row[0]: row for row in rows}
    for row in wanted:
        assert by_id[row["id"]][:5] == tuple(row.values())
    cells = [row[5] for row in rows]
    assert cells == sorted(cells), "the sky lies together on disk"
    ra, dec = (np.array([row[place] for row in rows]) for place in (1, 2))
    assert cells == hpx29(ra, dec).tolist()
    vectors = np.array([row[6:] for row in rows])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.allclose(np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0])) % 360, ra)
    assert np.allclose(np.degrees(np.arcsin(vectors[:, 2])), dec)


def test_positions_agree_with_hats() -> None:
    from hats.pixel_math.spatial_index import compute_spatial_index

    ra = np.array([0.0, 45.0, 359.9999999, 180.0, 12.3, 0.0, 360.0])
    dec = np.array([0.0, 0.0, -0.0001, 90.0, -45.6, -90.0, 10.0])
    assert hpx29(ra, dec).tolist() == np.asarray(compute_spatial_index(ra, dec)).tolist()
    assert helper_columns(ra[1:2], dec[1:2])["cx"][0] == pytest.approx(np.sqrt(0.5))


def test_a_table_without_positions(catalog: Catalog) -> None:
    spec = TableSpec("sky", "filters", (Column("band", "char", "*"), Column("width", "double")))
    batch = pa.RecordBatch.from_pydict({"band": ["g", "é"], "width": [1.5, None]})
    table = publish_table(catalog, RELEASE, spec, [batch])
    assert table.position is None
    assert rows_of(catalog, table, "SELECT band, width FROM {}") == [("g", 1.5), ("é", None)]
    assert table.columns[0].datatype == "unicodeChar", "char would lose the accent"
    assert list(catalog.hats("sky", "filters").rglob("*.parquet"))


@pytest.mark.parametrize("position", [None, ("ra", "dec")])
def test_no_rows_are_allowed(catalog: Catalog, position: tuple[str, str] | None) -> None:
    table = publish_table(catalog, RELEASE, replace(STARS, position=position), [])
    assert table.rows == 0
    assert rows_of(catalog, table) == []
    columns = [row[0] for row in rows_of(catalog, table, "DESCRIBE {}")]
    helpers = ["hpx29", "cx", "cy", "cz"] if position else []
    assert columns == ["id", "ra", "dec", "mag", "name", *helpers, "rnd"]


def column(name: str, datatype: str = "int") -> tuple[Column, ...]:
    return (Column(name, datatype),)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (TableSpec("user", "t", column("a")), ["user", "schema", "reserved"]),
        (TableSpec("sky", "Table", column("a")), ["Table", "reserved"]),
        (TableSpec("sky", "point", column("a")), ["point", "reserved"]),
        (TableSpec("sky", "1st", column("a")), ["1st", "table"]),
        (TableSpec("sky", "../x", column("a")), ["../x"]),
        (TableSpec("sky", "é", column("a")), ["é"]),
        (TableSpec("sky", "x" * 64, column("a")), ["x" * 64]),
        (TableSpec("tap_schema", "mine", column("a")), ["tap_schema", "own"]),
        (TableSpec("Job", "mine", column("a")), ["Job", "own"]),
        (TableSpec("tap_upload", "mine", column("a")), ["tap_upload", "own"]),
        (TableSpec("sky", "t", ()), ["no columns"]),
        (TableSpec("sky", "t", column("a") + column("A")), ["more than one", "a"]),
        (TableSpec("sky", "t", column("hpx29")), ["hpx29", "needs itself"]),
        (TableSpec("sky", "t", column('a"b')), ["column"]),
        (TableSpec("sky", "t", column(" a")), ["column"]),
        (TableSpec("sky", "t", column("")), ["column"]),
        (TableSpec("sky", "t", column("a", "real")), ["a", "real", "unknown type"]),
        (TableSpec("sky", "t", column("ra"), position=("ra", "dec")), ["position", "ra", "double"]),
    ],
)
def test_what_cannot_be_queried_is_refused(
    catalog: Catalog, spec: TableSpec, words: list[str]
) -> None:
    with pytest.raises(PublishError) as caught:
        publish_table(catalog, RELEASE, spec, [])
    for word in words:
        assert word in str(caught.value)
    assert nothing_left(catalog)


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 80, "tap_schema"])
def test_releases_are_folders(published: Catalog, name: str) -> None:
    with pytest.raises(PublishError):
        publish_table(published, Release(name, "T"), replace(STARS, name="others"), [])


def bad(**change: object) -> list[pa.RecordBatch]:
    data = {"id": [1, 2], "ra": [1.0, 2.0], "dec": [1.0, 2.0], "mag": [1.0, 2.0], "name": ["", ""]}
    rows = {key: value for key, value in (data | change).items() if value is not None}
    first = pa.RecordBatch.from_pydict(data)
    return [first, pa.RecordBatch.from_pydict(rows)]


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        (bad(ra=[1.0, float("nan")]), ["Row 4", "ra = nan"]),
        (bad(ra=[1.0, None]), ["Row 4", "ra = None"]),
        (bad(ra=[-1.0, 1.0]), ["Row 3", "ra = -1.0", "0 and 360"]),
        (bad(ra=[361.0, 1.0]), ["Row 3"]),
        (bad(dec=[0.0, 90.5]), ["Row 4", "dec = 90.5", "-90 and 90"]),
        (bad(dec=[float("inf"), 0.0]), ["Row 3"]),
        (bad(mag=None), ["not: mag"]),
        (bad(extra=[1, 2]), ["undescribed: extra"]),
        (bad(id=["x", "y"]), ["Column id", "string", "int64"]),
        (bad(id=[2.5, 1.0]), ["Column id"]),
    ],
)
def test_bad_rows_change_nothing(
    published: Catalog, batches: list[pa.RecordBatch], words: list[str]
) -> None:
    (good,) = published.snapshot(CALLER).find("stars")
    files = everything(published)
    with pytest.raises(PublishError) as caught:
        publish_table(published, RELEASE, STARS, batches)
    for word in words:
        assert word in str(caught.value)
    assert published.snapshot(CALLER).find("stars") == (good,)
    assert everything(published) == files
    assert len(rows_of(published, good)) == 10


def everything(catalog: Catalog) -> set[Path]:
    return {
        path
        for folder in ("hats", "native")
        for path in (catalog.state / folder).rglob("*")
        if path.is_file()
    }


def nothing_left(catalog: Catalog) -> bool:
    return not everything(catalog) and not list(catalog.snapshot(CALLER).names())


def test_a_new_generation_leaves_the_old_to_those_who_read_it(catalog: Catalog) -> None:
    old = publish_table(catalog, RELEASE, STARS, stars(10))
    held = {attachment.path for attachment in catalog.pin([old])}
    new = publish_table(catalog, replace(RELEASE, version="2"), STARS, stars(20))
    assert new.source != old.source
    assert len(rows_of(catalog, old)) == 10
    assert len(rows_of(catalog, new)) == 20
    (release,) = [each for each in catalog.releases(CALLER) if each.name == "survey"]
    assert (release.version, release.tables) == ("2", (new,))
    assert catalog.collect(held) == [], "not so soon after the change"
    deleted = catalog.collect(held, grace=0)
    assert held.isdisjoint(deleted)
    assert all("tap_schema" in path.name for path in deleted)
    gone = catalog.collect(set(), grace=0)
    assert held <= set(gone)
    assert not held & everything(catalog)
    assert len(rows_of(catalog, new)) == 20
    assert catalog.collect(set(), grace=0) == []


def test_several_tables_appear_at_one_moment(catalog: Catalog) -> None:
    seen: list[int] = []

    def second() -> Iterator[pa.RecordBatch]:
        seen.append(len(list(catalog.snapshot(CALLER).names())))
        yield from stars(5)

    other = replace(STARS, name="galaxies")
    tables = publish(catalog, RELEASE, [(STARS, stars(10)), (other, second())])
    assert seen == [0]
    assert [table.full_name for table in tables] == ["sky.stars", "sky.galaxies"]
    assert set(catalog.snapshot(CALLER).names()) >= {"sky.stars", "sky.galaxies"}
    with pytest.raises(PublishError, match="twice"):
        publish(catalog, RELEASE, [(STARS, []), (STARS, [])])
    with pytest.raises(PublishError, match="belongs to release survey"):
        publish_table(catalog, Release("other", "Other"), STARS, [])


_KILLED = """
import os, signal, sys
from pathlib import Path
from lsp_jupyter.catalogs import publish as module
from lsp_jupyter.catalogs.store import Catalog
from tests.catalogs.conftest import RELEASE, STARS, stars

point = sys.argv[2]
catalog = Catalog(Path(sys.argv[1]))

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def rows():
    yield from stars(10)
    if point == "rows":
        die()

if point == "native":
    from lsp_jupyter.catalogs import generation
    generation.build_native = die
elif point == "flip":
    catalog.flip = die
elif point == "commit":
    from lsp_jupyter.catalogs import database
    real = database.put_table
    def put(connection, release, entry):
        real(connection, release, entry)
        if entry.spec.schema == "tap_schema":
            die()
    database.put_table = put
module.publish_table(catalog, RELEASE, STARS, rows())
"""


@pytest.mark.parametrize("point", ["rows", "native", "flip", "commit"])
def test_a_kill_half_way_leaves_nothing_half_published(catalog: Catalog, point: str) -> None:
    before = publish_table(catalog, RELEASE, STARS, stars(3))
    files = everything(catalog)
    root = Path(lsp_jupyter.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(catalog.state), point],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert catalog.snapshot(CALLER).find("stars") == (before,)
    assert len(rows_of(catalog, before)) == 3
    assert everything(catalog) > files or point == "rows"
    catalog.collect(set(), grace=0)
    assert everything(catalog) == files
    assert len(rows_of(catalog, publish_table(catalog, RELEASE, STARS, stars(4)))) == 4


def test_publishers_take_turns(state: Path) -> None:
    """Two at once, each with its own catalogue, as two processes have."""
    errors: list[BaseException] = []

    def run(name: str) -> None:
        try:
            catalog = Catalog(state)
            publish_table(catalog, Release(name, name), replace(STARS, name=name), stars(50))
            catalog.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(f"t{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    catalog = Catalog(state)
    names = set(catalog.snapshot(CALLER).names())
    assert names >= {"sky.t0", "sky.t1", "sky.t2"}
    (tables,) = catalog.snapshot(CALLER).find("tables", "tap_schema")
    described = {row[0] for row in rows_of(catalog, tables, "SELECT table_name FROM {}")}
    assert described == names
    catalog.close()


def test_native_files_can_be_made_again(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(100))
    rows = rows_of(catalog, table)
    assert rebuild_native(catalog) == 0
    for attachment in catalog.pin_all():
        attachment.path.unlink()
    assert catalog.pin_all() == ()
    assert rebuild_native(catalog) == 7
    assert rows_of(catalog, table) == rows
    (tables,) = catalog.snapshot(CALLER).find("tables", "tap_schema")
    assert len(rows_of(catalog, tables)) == 7


def test_a_native_file_that_cannot_be_read_is_made_again(catalog: Catalog) -> None:
    table = publish_table(catalog, RELEASE, STARS, stars(10))
    (attachment,) = catalog.pin([table])
    attachment.path.write_bytes(b"of another version of the engine")
    assert rebuild_native(catalog) == 1
    assert len(rows_of(catalog, table)) == 10


def test_reserved_words_are_those_of_the_language() -> None:
    assert {"SELECT", "USER", "POINT", "TOP"} <= checks.RESERVED
