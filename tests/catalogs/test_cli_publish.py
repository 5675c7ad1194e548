"""``lsp publish``, ``lsp unpublish`` and ``lsp tables`` as a shell user meets them."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import lsdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from lsp_jupyter.catalogs.meter import Bar
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.cli import main
from tests.catalogs.conftest import CALLER, rows_of
from tests.catalogs.test_felis import BASE, FELIS
from tests.servers import ROOT


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


class Shell:
    """Runs ``lsp`` in this process, on a state folder of its own."""

    def __init__(self, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.state = state
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *args: str | Path) -> int:
        code = main([*map(str, args), "--state", str(self.state)])
        self.out, self.err = self._capsys.readouterr()
        return code

    def files(self) -> set[Path]:
        folders = (self.state / name for name in ("hats", "native"))
        return {path for folder in folders for path in folder.rglob("*") if path.is_file()}

    def names(self) -> set[str]:
        catalog = Catalog(self.state)
        names = {name for name in catalog.snapshot(CALLER).names() if name[:4] != "tap_"}
        catalog.close()
        return names


@pytest.fixture
def lsp(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    state = tmp_path / "state"
    state.mkdir()
    return Shell(state, capsys)


def stars(rows: int = 100, **change: object) -> pa.Table:
    random = np.random.default_rng(5)
    columns: dict[str, object] = {
        "id": np.arange(rows),
        "ra": random.uniform(0, 360, rows),
        "dec": random.uniform(-90, 90, rows),
        "gmag": random.normal(20, 1, rows),
        "e_gmag": random.random(rows),
    }
    return pa.table(columns | change)


def saved(folder: Path, table: pa.Table, name: str = "stars.parquet") -> Path:
    pq.write_table(table, folder / name)
    return folder / name


@pytest.mark.req("API-REQ-0026")
def test_from_a_file_to_an_answer(lsp: Shell, data: Path) -> None:
    path = data / "stars.csv"
    pyarrow.csv.write_csv(stars(), path)
    assert lsp("publish", path, "--table", "sky.stars", "--release-title", "A sky") == 0
    for words in (
        "sky.stars from stars.csv (CSV): 100 rows, 5 columns",
        "position: ra, dec, by their names",
        "guessed: gmag is in mag and has the UCD phot.mag, by its name",
        "linked: 1 uncertainties",
        "sky.stars is published: 100 rows",
        "release sky@1",
    ):
        assert words in lsp.out
    assert "sky.stars: reading" in lsp.err
    assert lsp("tables") == 0
    assert re.search(r"sky@1: A sky\n +sky\.stars +100 rows +5 columns", lsp.out)
    assert lsp("tables", "SKY.stars") == 0
    assert re.search(r"gmag +double +mag +phot\.mag", lsp.out)
    query = "SELECT COUNT(*) AS n FROM sky.stars WHERE DISTANCE(ra, dec, 10, 10) < 60"
    assert lsp("query", query) == 0
    assert 0 < int(lsp.out.splitlines()[1]) < 100


def test_append_replace_unpublish_history(lsp: Shell, data: Path) -> None:
    one, two = saved(data, stars(100)), saved(data, stars(50), "more.parquet")
    assert lsp("publish", one, "--table", "sky.stars") == 0
    assert lsp("publish", one, "--table", "sky.stars") == 2
    assert re.search(r"published already, with 100 rows.*--replace.*--append", lsp.err)
    assert lsp("publish", two, "--table", "SKY.Stars", "--append") == 0
    assert "sky.stars is published: 150 rows" in lsp.out
    assert lsp("publish", one, two, two, "--table", "sky.stars", "--replace") == 0
    assert "200 rows" in lsp.out
    assert lsp("publish", one, "--table", "sky.new", "--append") == 2
    assert "no table sky.new to append to" in lsp.err
    bad = saved(data, stars(3).drop_columns(["gmag"]), "bad.parquet")
    assert lsp("publish", bad, "--table", "sky.stars", "--append") == 2
    assert "gmag is missing" in lsp.err
    assert lsp("tables", "sky", "--history") == 0
    assert re.findall(r"sky@(\d) .* UTC  (\w+) sky.stars: tables: 1, rows: (\d+)", lsp.out) == [
        ("1", "publish", "100"),
        ("2", "append", "150"),
        ("3", "publish", "200"),
    ]
    assert lsp("unpublish", "sky.stars") == 0
    assert lsp.names() == set()
    assert lsp("unpublish", "sky.stars") == 2
    assert "no table or release sky.stars" in lsp.err
    assert lsp("tables", "sky") == 2


def test_felis_describes_what_is_published(lsp: Shell, data: Path) -> None:
    (data / "base.yaml").write_text(BASE)
    (data / "survey.yaml").write_text(FELIS)
    rows = pa.table(
        {
            "dec": [1.0, 2.0],
            "ra": [1.0, 2.0],
            "STARID": [1, 2],
            "g_psfFlux": [0.5, None],
            "g_psfFluxErr": [0.1, None],
            "seen": ["2026-01-01T00:00:00Z", None],
        }
    )
    felis = ("--felis", data / "survey.yaml", "--felis-table", "star")
    assert lsp("publish", saved(data, rows), "--table", "dp1.Object", *felis) == 0
    assert "left out: band, note, outline" in lsp.out
    catalog = Catalog(lsp.state)
    (table,) = catalog.snapshot(CALLER).find("object", "dp1")
    names = [column.name for column in table.columns]
    assert names == ["g_psfFlux", "ra", "starId", "dec", "g_psfFluxErr", "seen"]
    assert (table.position, table.description) == (("ra", "dec"), "One row a star")
    assert {group.name for group in table.groups} == {"place", "g_psfFlux"}
    release = catalog.snapshot(CALLER).release_of(table)
    assert (release.description, release.version) == ("A survey of stars", "2.1")
    assert rows_of(catalog, table, "SELECT starId, year(seen) FROM {} ORDER BY 1") == [
        (1, 2026),
        (2, None),
    ]
    catalog.close()


def test_lsdb_opens_what_is_published(lsp: Shell, data: Path) -> None:
    assert lsp("publish", saved(data, stars(1000)), "--table", "sky.stars") == 0
    catalog = Catalog(lsp.state)
    path = catalog.hats("sky", "stars")
    catalog.close()
    assert len(lsdb.open_catalog(path)) == 1000
    # And a HATS catalogue is a source.
    assert lsp("publish", path, "--table", "copy.stars") == 0
    assert "(HATS): 1,000 rows, 5 columns" in lsp.out
    assert "position: ra, dec, as the source says" in lsp.out


def test_a_terminal_shows_a_bar() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    bar = Bar(out)
    bar("sky.stars: reading", 5, 10)
    bar("sky.stars: reading", 10, 10)
    bar("sky.stars: indexing", 7, None)
    bar.say("done")
    bar.close()
    lines = out.getvalue().split("\n")
    assert lines[0].endswith(f"[{'#' * 24}] 100%  10 of 10 rows")
    assert "50%  5 of 10 rows" in lines[0]
    assert lines[1:] == ["\rsky.stars: indexing  7 rows", "lsp: done", ""]


def test_native_files_are_made_again(lsp: Shell, data: Path) -> None:
    assert lsp("publish", saved(data, stars()), "--table", "sky.stars") == 0
    for path in (lsp.state / "native").glob("*.duckdb"):
        path.unlink()
    assert lsp("tables", "--rebuild") == 0
    assert "making its native file again" in lsp.err
    assert lsp("query", "SELECT COUNT(*) AS n FROM sky.stars") == 0
    assert lsp.out.split() == ["n", "100"]


def test_a_dry_run_does_nothing(lsp: Shell, data: Path) -> None:
    assert lsp("publish", saved(data, stars()), "--table", "sky.stars", "--dry-run") == 0
    assert "100 rows, 5 columns" in lsp.out
    assert lsp.names() == set()
    assert lsp.files() == set()


def test_wishes(lsp: Shell, data: Path) -> None:
    table = stars().append_column("secret", pa.array(["x"] * 100))
    wishes = (
        "--unit gmag=Jy --ucd gmag=phot.flux --rename id=star --leave-out secret "
        "--type star=char --no-position --private --title Stars --table sky.stars"
    )
    args = wishes.split()
    assert lsp("publish", saved(data, table), *args) == 0
    assert lsp("tables", "sky.stars") == 0
    assert re.search(r"star +char\[\*\]", lsp.out)
    assert re.search(r"gmag +double +Jy +phot\.flux", lsp.out)
    assert "secret" not in lsp.out
    assert lsp.names() == set(), "private"
    assert lsp("tables") == 0
    assert "sky@1: sky, private" in lsp.out


NAN, TABLE = float("nan"), "sky.stars"


def positions(*wrong: float) -> pa.Table:
    ra = [1.0, 2.0, *wrong, 3.0]
    return pa.table({"ra": ra, "dec": [1.0] * len(ra)})


@pytest.mark.parametrize(
    ("table", "name", "words"),
    [
        (positions(NAN), TABLE, [r"Row 3 of sky\.stars has ra = nan", "--drop-bad-positions"]),
        (positions(400.0, -1.0), TABLE, ["2 rows", "row 3, row 4", "the first has ra = 400"]),
        (positions(*[NAN] * 20), TABLE, ["20 rows", "row 7 and 15 more"]),
        (pa.table([[1], [2]], names=["a", "a"]), TABLE, [r"same name: a \(numbers 1, 2\)"]),
        (pa.table([[1], [2]], names=["a", "A"]), TABLE, ["more than one column a: numbers 1, 2"]),
        (stars(2, hpx29=[1, 2]), TABLE, ["hpx29", "needs itself"]),
        (
            pa.table({f"x{number}": [1] for number in range(2000)}),
            TABLE,
            ["2,000 columns", r"1,601 \(x1600\)"],
        ),
        (stars(0), TABLE, ["no rows", "--empty"]),
        (stars(2, id=[[{"a": 1}], None]), TABLE, ["Column id", "list<", "--leave-out id"]),
        (stars(), "sky.select", ["select", "reserved"]),
        (stars(), "user.stars", ["user", "reserved"]),
        (stars(), "stars", ["RELEASE.TABLE"]),
        (stars(), "a.b.c", ["RELEASE.TABLE"]),
        (stars(), "tap_schema.stars", ["own"]),
        (pa.table({"x": pa.array([2**63], pa.uint64())}), TABLE, ["Column x", "uint64", "row 1"]),
    ],
)
def test_what_cannot_be_published_changes_nothing(
    lsp: Shell, data: Path, table: pa.Table, name: str, words: Sequence[str]
) -> None:
    assert lsp("publish", saved(data, stars(5)), "--table", "good.stars") == 0
    files = lsp.files()
    assert lsp("publish", saved(data, table), "--table", name) == 2
    for word in words:
        assert re.search(word, lsp.err), lsp.err
    assert "Traceback" not in lsp.err
    assert lsp.files() == files
    assert lsp.names() == {"good.stars"}


@pytest.mark.parametrize(
    ("text", "args", "words"),
    [
        ("ra,dec\n1,2\n", ["--position", "x", "dec"], "no column x to be the position"),
        ("ra,dec\n1,2\n", ["--unit", "ra"], "--unit ra is incomplete"),
        ("ra,dec\n1,2\n", ["--felis", "none.yaml"], "none.yaml cannot be read"),
        ("ra,dec\n1,2\n", ["--type", "ra=real"], "unknown type real"),
        ("ra,dec\n1,2\n", ["--release", "../x"], "cannot be the name of a release"),
        ("ra,dec\n1,2\n", ["--nonsense"], "--nonsense"),
        ("a,b\n1,2\n3\n", [], "1 rows that do not have 2 cells: row 2 has 1"),
        ("a\n1\n2\nx\n", [], "Column a holds 2 numbers, but row 3 has 'x'"),
        ("a\n", [], "no rows"),
    ],
)
def test_wrong_arguments_and_texts(
    lsp: Shell, data: Path, text: str, args: list[str], words: str
) -> None:
    path = data / "t.csv"
    path.write_text(text)
    assert lsp("publish", path, "--table", "sky.stars", *args) == 2
    assert words in lsp.err
    assert lsp.files() == set()


def test_rows_without_a_position_can_be_left_out(lsp: Shell, data: Path) -> None:
    path = saved(data, positions(NAN, 400.0))
    assert lsp("publish", path, "--table", "sky.stars", "--drop-bad-positions") == 0
    assert "2 rows without a position were left out" in lsp.err
    assert "is published: 3 rows" in lsp.out
    assert lsp("publish", saved(data, stars(0)), "--table", "sky.none", "--empty") == 0
    assert "is published: 0 rows" in lsp.out


def test_which_file_a_wrong_row_is_in(lsp: Shell, data: Path) -> None:
    one, two = saved(data, stars(7)), saved(data, stars(2, ra=[1.0, NAN]), "two.parquet")
    assert lsp("publish", one, two, "--table", "sky.stars") == 2
    assert "Row 2 of two.parquet" in lsp.err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_killed_half_way_it_leaves_nothing(lsp: Shell, data: Path, number: int) -> None:
    # The signal may come when all is done, and it is published then: more rows take longer.
    for count in (300_000, 1_000_000, 3_000_000, 8_000_000):
        code = kill_half_way(lsp, saved(data, stars(count)), number)
        if code != 0:
            break
        assert lsp("unpublish", "s.t") == 0
    assert code == (130 if number == signal.SIGINT else -number)
    assert lsp.names() == set()
    catalog = Catalog(lsp.state)
    catalog.collect(set(), grace=0)
    catalog.close()
    assert lsp.files() == set()


def kill_half_way(lsp: Shell, path: Path, number: int) -> int:
    """Publish a file, and send a signal when its rows have been read; gives the exit code."""
    command = [sys.executable, "-m", "lsp_jupyter.cli", "publish", str(path), "--table", "s.t"]
    process = subprocess.Popen(
        [*command, "--state", str(lsp.state)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "indexing" in line or "partitioning" in line:
            break
    process.send_signal(number)
    process.communicate(timeout=60)
    return process.returncode


@pytest.mark.req("API-REQ-0030")
def test_a_running_server_sees_it_without_restart(lsp: Shell, data: Path) -> None:
    """The catalogue of a process that was there before."""
    catalog = Catalog(lsp.state)
    before = catalog.snapshot(CALLER)
    assert list(before.names()) == []
    assert lsp("publish", saved(data, stars(10)), "--table", "sky.stars") == 0
    start = time.perf_counter()
    (table,) = catalog.snapshot(CALLER).find("stars", "sky")
    assert time.perf_counter() - start < 1
    assert len(rows_of(catalog, table)) == 10
    catalog.close()
