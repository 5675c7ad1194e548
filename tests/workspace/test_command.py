"""``lsp save``, ``upload``, ``drop``, ``tables --mine``, and queries that read and store tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.table import Table

from lsp_jupyter.cli import main

NEAR = "SELECT TOP 5 hip, ra, dec, plx FROM hipparcos.main ORDER BY plx DESC"

Shell = Callable[..., str]


@pytest.fixture
def shell(demo_copy: Path, capfd: pytest.CaptureFixture[str]) -> Shell:
    """Runs a command over a state folder of this test's own; gives all that it printed."""

    def run(*arguments: str, code: int = 0) -> str:
        capfd.readouterr()
        ended = main([*arguments, "--state", str(demo_copy)])
        out, err = capfd.readouterr()
        assert ended == code, out + err
        assert "Traceback" not in err
        return out + err

    return run


@pytest.mark.req("API-REQ-0014")
def test_a_file_is_stored_queried_listed_and_deleted(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv.gz"
    import gzip

    path.write_bytes(gzip.compress(b"hip,note\n71681,near\n70890,nearer\n"))
    before = path.read_bytes()
    told = shell("upload", str(path), "mine", "--title", "My stars")
    assert re.match(r"mydb\.mine is stored: 2 rows, 2 columns, [\d.]+ MB\n", told)
    assert path.read_bytes() == before
    assert re.search(r"mydb\.mine +2 rows +2 columns .* My stars", shell("tables", "--mine"))
    assert "note" in shell("tables", "--mine", "mine")
    joined = "SELECT m.note FROM mydb.mine AS m JOIN hipparcos.main AS h ON h.hip = m.hip"
    assert sorted(shell("query", joined).split()) == ["near", "nearer", "note"]
    assert "already" in shell("upload", str(path), "mine", code=2)
    assert "4 rows" in shell("upload", str(path), "mine", "--append")
    assert "2 rows" in shell("upload", str(path), "mine", "--replace")
    assert shell("drop", "mine") == "mydb.mine is deleted\n"
    assert "no tables of your own" in shell("tables", "--mine")
    assert "You have no table" in shell("drop", "mine", code=2)


@pytest.mark.req("API-REQ-0014")
def test_a_query_reads_files_and_keeps_its_result(shell: Shell, tmp_path: Path) -> None:
    path, out = tmp_path / "mine.vot", tmp_path / "out.csv"
    Table({"hip": [71681, 70890], "n": [1, 2]}).write(path, format="votable")
    query = (
        "SELECT m.n, h.ra, h.dec FROM TAP_UPLOAD.mine AS m "
        "JOIN hipparcos.main AS h ON h.hip = m.hip ORDER BY m.n"
    )
    told = shell("query", query, "--upload", f"mine={path}", "--save", "pairs")
    stored = r"lsp: storing pairs\nlsp: mydb\.pairs is stored: 2 rows, 3 columns, [\d.]+ MB\n"
    assert re.fullmatch(stored, told)
    # What rows lack is missing in them. With -o the rows are written, too.
    more = (
        "query",
        "SELECT n FROM mydb.pairs ORDER BY n",
        "--save",
        "pairs",
        "--append",
        "-o",
        str(out),
    )
    assert "4 rows" in shell(*more)
    assert out.read_text().split() == ["n", "1", "2"]
    refused = shell("query", NEAR, "--save", "pairs", code=2)
    assert "already" in refused
    assert "hip" not in refused


def test_the_result_of_a_job_is_kept(shell: Shell, demo_copy: Path) -> None:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.platform import Platform

    shell("query", NEAR)
    platform = Platform(LspConfig(state_dir=str(demo_copy)))
    (job,) = platform.jobs.list(platform.caller, last=1)
    assert "5 rows" in shell("save", job.id, "near", "--position", "ra", "dec")
    assert platform.tables.get(platform.caller, "near").table.position == ("ra", "dec")
    assert "5 rows" in shell("save", job.id, "near", "--replace", "--no-position")
    assert platform.tables.get(platform.caller, "near").table.position is None
    assert "10 rows" in shell("save", job.id, "near", "--append")
    assert "no such job" in shell("save", "0" * 32, "near2", code=2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("upload", "nowhere.csv", "x"), "no file"),
        (("upload", "/tmp", "x"), "a folder"),
        (("upload", "/etc/hostname", "a b"), "cannot be the name"),
        (("drop", "gaia.source"), "cannot be the name"),
        (("tables", "--mine", "nothing"), "You have no table"),
        (("query", NEAR, "--upload", "mine"), "NAME=FILE"),
        (("query", NEAR, "--upload", "mine=nowhere.csv"), "no file"),
        (("query", NEAR, "--upload", "table=/etc/hostname"), "word of ADQL"),
        (("query", NEAR, *["--upload", "a=/etc/hostname"] * 2), "Two uploads"),
        (("query", NEAR, "--upload", "a=/etc/hostname", "--estimate"), "cannot be estimated"),
        (("query", NEAR, "--replace"), "--save"),
        (("query", NEAR, "--save", "select"), "select"),
        (("query", "SELECT x FROM TAP_UPLOAD.a", "--upload", "a={file}"), "x"),
    ],
)
def test_bad_input_is_told(
    shell: Shell, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("y\n1\n")
    told = shell(*(each.replace("{file}", str(path)) for each in arguments), code=2)
    assert says in told
