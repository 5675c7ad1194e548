"""The ``lsp`` command as a shell user meets it."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from astropy.io import votable
from astropy.table import Table

from tests.servers import ROOT, free_port

NEAREST = "SELECT TOP 5 hip, ra, dec, plx FROM hipparcos.main ORDER BY plx DESC"


def lsp(*args: str, state: Path, **kwargs: object) -> subprocess.CompletedProcess[str]:
    """Run ``lsp`` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lsp_jupyter.cli", *args],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment(state),
        **kwargs,  # type: ignore[call-overload]
    )


def environment(state: Path) -> dict[str, str]:
    return os.environ | {"LSP_HOME": str(state), "PYTHONPATH": str(ROOT)}


@pytest.mark.req("API-REQ-0014")
def test_query_prints_csv(demo_copy: Path) -> None:
    done = lsp("query", NEAREST, state=demo_copy)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].replace('"', "") == "hip,ra,dec,plx"
    # The largest parallax of Hipparcos-2 is that of Alpha Centauri B, HIP 71681.
    assert lines[1].startswith("71681,")
    assert len(lines) == 6


@pytest.mark.parametrize("name", ["out.parquet", "out.arrow", "out.vot", "out.fits", "out.db"])
def test_query_writes_files_by_their_ending(demo_copy: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    done = lsp("query", NEAREST, "-o", str(target), state=demo_copy)
    assert done.returncode == 0, done.stderr
    if name.endswith("parquet"):
        hips = pq.read_table(target)["hip"].to_pylist()
    elif name.endswith("arrow"):
        hips = pa.ipc.open_stream(target).read_all()["hip"].to_pylist()
    elif name.endswith("fits"):
        hips = Table.read(target)["hip"].tolist()
    elif name.endswith("db"):
        with closing(sqlite3.connect(target)) as database:
            hips = [row[0] for row in database.execute("SELECT hip FROM result")]
    else:
        hips = votable.parse_single_table(target).to_table()["hip"].tolist()
    assert hips[0] == 71681
    assert len(hips) == 5
    assert target.stat().st_mode & 0o200
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("query", "SELECT hip\nFORM hipparcos.main"), 2, r"[Ll]ine 2, column 1.*\n.*\n\s*\^"),
        (("query", "SELECT hipp FROM hipparcos.main"), 2, r"hipp.*\bhip\b"),
        (("query", "SELECT hip FROM hipparcos.mian"), 2, r"hipparcos\.main"),
        (("query", NEAREST, "--format", "xlsx"), 2, r"xlsx.*csv"),
        (("query", NEAREST, "--maxrec", "-1"), 2, r"MAXREC"),
        (("query", NEAREST, "--nonsense"), 2, r"--nonsense"),
        (("query", NEAREST, "-o", "/nonexistent/x.csv"), 2, r"/nonexistent"),
        (("query", "SELECT " + "(" * 200_000), 2, r"nest|deep|depth"),
        (("query", NEAREST, "--LspConfig.maxrec=many"), 2, r"maxrec"),
        (("demo", "--load-only", "--size", "huge"), 2, r"no size .* tiny, small, large"),
    ],
)
def test_bad_input_is_told(demo_copy: Path, args: tuple[str, ...], code: int, message: str) -> None:
    if len(args[1]) > 100_000:  # Longer than a shell argument may be.
        done = lsp("query", "-", *args[2:], state=demo_copy, input=args[1])
    else:
        done = lsp(*args, state=demo_copy)
    assert done.returncode == code, done.stderr
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_empty_state_says_how_to_get_data(tmp_path: Path) -> None:
    done = lsp("query", NEAREST, state=tmp_path / "empty")
    assert done.returncode == 2
    assert "lsp demo" in done.stderr


def test_a_taken_port_is_told_before_anything_is_done(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = lsp("demo", "--no-browser", "--port", str(port), state=tmp_path / "state")
    assert done.returncode == 2
    assert f"Port {port} of 127.0.0.1 is taken" in done.stderr
    assert done.stdout == ""
    assert "loading" not in done.stderr.lower()


def test_a_cut_off_result_is_told(demo_copy: Path) -> None:
    done = lsp("query", "SELECT hip FROM hipparcos.main", "--maxrec", "3", state=demo_copy)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 4
    assert "cut off at 3 rows" in done.stderr


def test_a_preview_is_told(demo_copy: Path) -> None:
    query = "SELECT COUNT(*) AS n FROM gaia.source"
    done = lsp("query", query, "--preview", state=demo_copy)
    assert done.returncode == 0, done.stderr
    header, row = done.stdout.splitlines()
    assert header == "n,n_error"
    n, error = map(float, row.split(","))
    assert abs(n - 482_176) < 4 * error < 50_000
    assert done.stderr == "lsp: a preview, from 1 % of the rows\n"
    refused = lsp("query", f"{query} UNION {query}", "--preview", state=demo_copy)
    assert refused.returncode == 2
    assert re.search(r"run the query itself|Run the query itself", refused.stderr)
    assert "^^^" in refused.stderr


def test_the_query_is_in_the_history(demo_copy: Path) -> None:
    assert lsp("query", NEAREST, state=demo_copy).returncode == 0
    with closing(sqlite3.connect(demo_copy / "jobs.sqlite")) as db:
        phases = [row[0] for row in db.execute("SELECT phase FROM jobs")]
    assert phases == ["COMPLETED"]


def test_interrupting_leaves_no_worker(demo_copy: Path) -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "lsp_jupyter.cli", "query"),
            "SELECT COUNT(*) FROM gaia.source AS a, gaia.source AS b WHERE a.ra * b.ra > 1",
        ],
        env=environment(demo_copy),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(4)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    finally:
        process.kill()
    # The group holds the command and its workers: all are gone.
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_demo_starts_lab_and_prints_its_url(demo_copy: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "lsp_jupyter.cli", "demo", "--no-browser"),
            *("--port", str(port), "--token", "abc", "--state", str(demo_copy), "--size", "none"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(demo_copy),
    )
    try:
        assert process.stdout is not None
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None
        assert url[0] == f"http://127.0.0.1:{port}/lab?token=abc"
        session = requests.Session()
        session.trust_env = False
        retry = requests.adapters.Retry(total=8, backoff_factor=0.25)
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
        assert session.get(url[0], timeout=30).status_code == 200
        catalog = session.get(
            f"http://127.0.0.1:{port}/lsp_jupyter/portal/catalog",
            headers={"Authorization": "Bearer abc"},
            timeout=30,
        ).json()
        assert {"gaia", "hipparcos"} <= {release["name"] for release in catalog["releases"]}
        # The token is no argument or variable of a child process, such as a worker.
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        for child in children:
            assert not [
                text for text in (*child.cmdline(), *child.environ().values()) if text == "abc"
            ]
    finally:
        process.terminate()
        process.wait(20)
    # Jupyter's folders were the demo's own.
    assert (demo_copy / "jupyter" / "runtime").is_dir()
    assert (demo_copy / "notebooks" / "first-light.ipynb").is_file()
