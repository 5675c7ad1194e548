"""The store of user tables, and queries over it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import ConflictError, LimitError, LspError, NotFoundError
from lsp_jupyter.formats.sources.source import Source
from lsp_jupyter.identity import Caller
from lsp_jupyter.workspace.folder import user_folder
from lsp_jupyter.workspace.tables import Mode, UserTables

ANN, BOB = Caller("ann@example.org/x"), Caller("ann@example.org-x")

ROWS = pa.table(
    [
        pa.array([9007199254740993, 2, 3]),
        pa.array([10.0, 20.0, 359.0]),
        pa.array([-5.0, 5.0, 90.0]),
        pa.array(["a", None, "ü"]),
    ],
    schema=pa.schema(
        [
            pa.field("id", pa.int64(), metadata={"ucd": "meta.id;meta.main"}),
            pa.field("ra", pa.float64(), metadata={"unit": "deg", "ucd": "pos.eq.ra;meta.main"}),
            pa.field("dec", pa.float64(), metadata={"ucd": "pos.eq.dec;meta.main"}),
            pa.field("Group", pa.string(), metadata={"description": "Of people"}),
        ]
    ),
)


def source(rows: pa.Table) -> Source:
    return Source("rows", "Arrow", rows.schema, rows.to_batches, rows.num_rows)


@pytest.fixture
def tables(tmp_path: Path) -> UserTables:
    return UserTables(LspConfig(state_dir=str(tmp_path), disk_floor=0), tmp_path)


def test_a_table_keeps_names_and_words_and_is_indexed_by_position(tables: UserTables) -> None:
    stored = tables.store(ANN, "mydb.Stars", source(ROWS), description="Mine")
    table = stored.table
    assert (table.full_name, table.kind, table.rows) == ("mydb.Stars", "user", 3)
    assert (table.position, table.description) == (("ra", "dec"), "Mine")
    columns = {column.name: column for column in table.columns}
    assert columns["Group"].description == "Of people"
    assert columns["Group"].datatype == "unicodeChar"
    assert (columns["ra"].unit, columns["ra"].ucd) == ("deg", "pos.eq.ra;meta.main")
    assert columns["id"].indexed
    file = tables.attachment(ANN, table)
    assert file.private
    assert file.path.is_file()
    assert stored.version == "mydb@1"


@pytest.mark.parametrize("bad", [None, float("nan"), 400.0])
def test_a_row_nowhere_on_the_sky_costs_the_index_and_no_row(
    tables: UserTables, bad: float | None
) -> None:
    rows = pa.table({"ra": [1.0, bad], "dec": [2.0, 3.0]})
    stored = tables.store(ANN, "t1", source(rows))
    assert (stored.table.rows, stored.table.position) == (2, None)
    with pytest.raises(LspError, match="Not every row"):
        tables.store(ANN, "t2", source(rows), position=("ra", "dec"))


def test_every_change_is_a_version_and_a_new_file(tables: UserTables) -> None:
    tables.store(ANN, "t", source(ROWS))
    tables.store(ANN, "t", source(ROWS.slice(0, 1).select(["id"])), mode="append")
    assert tables.get(ANN, "T").table.rows == 4
    tables.index(ANN, "t", "group")
    tables.rename(ANN, "t", "u")
    tables.store(ANN, "u", source(ROWS.slice(0, 2)), mode="replace")
    assert tables.get(ANN, "u").table.rows == 2
    tables.delete(ANN, "u")
    assert tables.of(ANN) == []
    actions = [change.action for change in tables.versions(ANN)]
    assert actions == [
        *("create mydb.t", "append mydb.t", "index mydb.t Group", "rename mydb.t mydb.u"),
        *("replace mydb.u", "delete mydb.u"),
    ]


def test_replaced_files_go_when_nobody_holds_them(tables: UserTables) -> None:
    first = tables.attachment(ANN, tables.store(ANN, "t", source(ROWS)).table).path
    tables.store(ANN, "t", source(ROWS), mode="replace")
    assert tables.collect(set()) == []
    assert tables.collect({first}, grace=-1) == []
    assert tables.collect(set(), grace=-1) == [first]
    assert tables.attachment(ANN, tables.get(ANN, "t").table).path.is_file()


def test_what_was_left_on_its_way_in_goes(tables: UserTables) -> None:
    old, new = (tables.folder(ANN).incoming() for _ in range(2))
    for folder in (old, new):
        folder.mkdir()
        (folder / "body").write_bytes(b"x")
    os.utime(old, (0, 0))
    assert tables.collect(set()) == [old]
    assert tables.folder(ANN).arrivals() == [new]


def test_what_fails_changes_nothing_and_leaves_no_file(tables: UserTables) -> None:
    tables.store(ANN, "t", source(ROWS))

    def broken() -> list[pa.RecordBatch]:
        return pa.table({"id": ["x"], "ra": [1.0], "dec": [1.0], "Group": ["x"]}).to_batches()

    bad = Source("rows", "Arrow", ROWS.schema, broken)
    files = {each for each in tables.folder(ANN).path.rglob("*") if "catalog" not in each.name}
    for mode in ("replace", "append"):
        with pytest.raises(LspError, match="id"):
            tables.store(ANN, "t", bad, mode=mode)
    with pytest.raises(LspError):
        tables.index(ANN, "t", "Group2")
    left = {each for each in tables.folder(ANN).path.rglob("*") if "catalog" not in each.name}
    assert left == files
    assert tables.get(ANN, "t").version == "mydb@1"


def test_each_user_has_a_folder_and_tables_of_the_own(tables: UserTables, tmp_path: Path) -> None:
    tables.store(ANN, "t", source(ROWS))
    assert tables.of(BOB) == []
    with pytest.raises(NotFoundError):
        tables.get(BOB, "t")
    tables.store(BOB, "t", source(ROWS.slice(0, 1)))
    assert tables.get(ANN, "t").table.rows == 3
    folders = list((tmp_path / "users").iterdir())
    assert len(folders) == 2
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


@pytest.mark.parametrize(
    ("name", "mode", "kind"),
    [
        ("t", "create", ConflictError),
        ("T", "create", ConflictError),
        ("other", "append", NotFoundError),
        ("select", "create", LspError),
        ("dp1.object", "create", LspError),
        ("../x", "create", LspError),
        ("", "create", LspError),
        ("t", "grow", LspError),
    ],
)
def test_wrong_names_are_refused(
    tables: UserTables, name: str, mode: Mode, kind: type[LspError]
) -> None:
    tables.store(ANN, "t", source(ROWS))
    with pytest.raises(kind):
        tables.store(ANN, name, source(ROWS), mode=mode)


def test_there_is_a_limit_for_each_user(tmp_path: Path) -> None:
    config = LspConfig(state_dir=str(tmp_path), disk_floor=0, user_tables_max_bytes=1 << 20)
    tables = UserTables(config, tmp_path)
    tables.store(ANN, "small", source(ROWS))
    many = pa.table({"x": np.random.default_rng(1).normal(size=300_000)})
    with pytest.raises(LimitError, match="may take"):
        tables.store(ANN, "large", source(many))
    assert [one.name for one in tables.of(ANN)] == ["small"]
    assert len(list(tables.folder(ANN).tables.glob("native/*"))) == 1


def test_a_unique_index_refuses_what_comes_twice(tables: UserTables) -> None:
    tables.store(ANN, "t", source(pa.table({"x": [1, 1], "y": [1, 2]})))
    with pytest.raises(LspError):
        tables.index(ANN, "t", "x", unique=True)
    assert tables.index(ANN, "t", "y", unique=True).table.columns[1].indexed


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/passwd", "a//b", ".hidden", "~x", "a\0b", "link", "pipe"]
)
def test_files_outside_the_folder_cannot_be_opened(tmp_path: Path, name: str) -> None:
    folder = user_folder(tmp_path, "ann")
    folder.make()
    (folder.files / "link").symlink_to("/etc/passwd")
    os.mkfifo(folder.files / "pipe")
    with pytest.raises(LspError):
        folder.open(name)
    (folder.files / "good.csv").write_text("x\n1\n")
    fd = folder.open("good.csv")
    assert os.read(fd, 10) == b"x\n1\n"
    os.close(fd)
