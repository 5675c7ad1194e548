"""Data files of the user's folder, listed and opened as results."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from tests.portal.conftest import Portal

ID = 9007199254740993


@pytest.fixture
def folder(portal: Portal) -> Iterator[Path]:
    """A folder in the one that JupyterLab shows."""
    root = portal.server.log.parent / "work"
    made = root / "files-of-test"
    (made / "deep").mkdir(parents=True)
    yield made
    shutil.rmtree(made)


def table() -> Table:
    made = Table({"id": [ID, 7], "ra": [10.5, np.nan], "name": ["s", "<b>x</b>"]})
    made["ra"].unit = "deg"
    return made


def opened(portal: Portal, path: str) -> pa.Table:
    job = portal.end(portal.ask("POST", "files/open", 201, json={"path": path}).json()["id"])
    assert job["phase"] == "COMPLETED", job["error"]
    assert job["run_id"] == path.rpartition("/")[2]
    assert job["origin"] == "portal"
    assert job["query"].startswith("SELECT * FROM TAP_UPLOAD.file_")
    return portal.rows(job["id"])[0]


@pytest.mark.parametrize(
    "name", ["t.vot", "My Table (2).fits", "t.ecsv", "t.parquet", "t.arrow", "t.csv"]
)
def test_a_file_becomes_a_result(portal: Portal, folder: Path, name: str) -> None:
    path, made = folder / name, table()
    if name.endswith(".vot"):
        made.write(path, format="votable")
    elif name.endswith(("fits", "ecsv", "csv")):
        made.write(
            path, format=f"ascii.{name[-4:]}" if name.endswith("ecsv") else name.rpartition(".")[2]
        )
    else:
        rows = pa.table({"id": [ID, 7], "ra": [10.5, float("nan")], "name": ["s", "<b>x</b>"]})
        if name.endswith("parquet"):
            pq.write_table(rows, path)
        else:
            with pa.ipc.new_file(path, rows.schema) as file:
                file.write_table(rows)
    rows = opened(portal, f"files-of-test/{name}")
    assert rows["id"].to_pylist() == [ID, 7]
    assert rows["ra"].to_pylist()[0] == 10.5
    assert rows["name"].to_pylist() == ["s", "<b>x</b>"]
    # It is a copy: the file is as it was, and the result stays when it goes.
    assert path.is_file()


def test_the_list_has_data_files_alone(portal: Portal, folder: Path) -> None:
    for name in ("b.csv", "A.PARQUET", "deep/c.fits.gz", "note.txt", ".hidden.csv", "deep/x.py"):
        (folder / name).write_bytes(b"a,b\n1,2\n")
    (folder / "link.csv").symlink_to("/etc/passwd")
    told = portal.get("files")
    mine = [one for one in told["files"] if one["path"].startswith("files-of-test/")]
    assert [one["path"].removeprefix("files-of-test/") for one in mine] == [
        "A.PARQUET",
        "b.csv",
        "deep/c.fits.gz",
    ]
    assert mine[0]["size"] == 8
    assert mine[0]["changed"].endswith("Z")
    assert told["complete"] is True


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 400),
        ("nothing.csv", 404),
        ("files-of-test", 404),
        ("../../../../etc/passwd", 404),
        ("/etc/passwd", 404),
        ("files-of-test/.hidden.csv", 404),
        ("files-of-test/pipe.csv", 404),
        ("files-of-test/a\0b.csv", 404),
        ("files-of-test/noise.fits", 400),
        ("files-of-test/empty.parquet", 400),
    ],
)
def test_what_is_no_table_is_told(portal: Portal, folder: Path, path: str, status: int) -> None:
    os.mkfifo(folder / "pipe.csv")
    (folder / ".hidden.csv").write_text("a\n1\n")
    (folder / "noise.fits").write_bytes(bytes(range(256)) * 40)
    (folder / "empty.parquet").write_bytes(b"")
    error = portal.error("POST", "files/open", status, json={"path": path})
    name = path.rpartition("/")[2]
    if status == 400 and name:
        # By the name of the file, not of the table that it would be.
        assert name in error["message"]
        assert "file_" not in error["message"] + error["hint"]
    assert "/tmp" not in error["message"]
    staged = portal.server.state / "jobs" / "uploads"
    assert not list(staged.glob("new-*"))
