"""A table published from a shell, seen by clients of a server that runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvo
from astropy.table import Table

from tests.servers import ROOT, Server, start_server

CONE = """SELECT COUNT(*) AS n FROM club.stars
WHERE CONTAINS(POINT(ra, dec), CIRCLE(56.75, 24.12, 1)) = 1"""


@pytest.fixture
def server(demo_copy: Path, tmp_path: Path) -> Iterator[Server]:
    server = start_server(tmp_path / "server", demo_copy)
    yield server
    server.stop()


def lsp(server: Server, *args: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lsp_jupyter.cli", *map(str, args), "--state", str(server.state)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def stars(number: int) -> Table:
    random = np.random.default_rng(number)
    return Table(
        {
            "id": np.arange(number) + 2**53 + 1,
            "ra": 56.75 + random.uniform(-0.5, 0.5, number),
            "dec": 24.12 + random.uniform(-0.5, 0.5, number),
            "g_mag": random.uniform(8, 20, number),
        },
        units={"ra": "deg", "dec": "deg", "g_mag": "mag"},
    )


def test_clients_see_it_without_a_restart(server: Server, tmp_path: Path) -> None:
    with server.session() as session:
        tap = pyvo.dal.TAPService(f"{server.base}tap", session=session)
        with pytest.raises(pyvo.dal.DALQueryError, match=r"There is no table club\.stars"):
            tap.search(CONE)
        stars(500).write(tmp_path / "stars.ecsv")
        lsp(server, "publish", tmp_path / "stars.ecsv", "--table", "club.stars")
        assert tap.search(CONE)["n"].tolist() == [500]
        about = tap.search(
            "SELECT column_name, unit, ucd FROM TAP_SCHEMA.columns WHERE table_name = 'club.stars'"
        ).to_table()
        about.add_index("column_name")
        assert about.loc["g_mag"]["unit"] == "mag"
        assert about.loc["ra"]["ucd"].startswith("pos.eq.ra")
        assert tap.tables["club.stars"].columns
        catalog = session.get(f"{server.base}portal/catalog").json()
        (release,) = (one for one in catalog["releases"] if one["name"] == "club")
        assert release["identity"] == "club@1"
        first = tap.search("SELECT TOP 1 id FROM club.stars")

        stars(700).write(tmp_path / "more.ecsv")
        lsp(server, "publish", tmp_path / "more.ecsv", "--table", "club.stars", "--replace")
        assert tap.search(CONE)["n"].tolist() == [700]
        second = tap.search("SELECT TOP 1 id FROM club.stars")
        told = [
            next(info.value for info in one.votable.resources[0].infos if info.name == "RELEASE")
            for one in (first, second)
        ]
        assert told == ["club@1", "club@2"]

        lsp(server, "unpublish", "club.stars")
        with pytest.raises(pyvo.dal.DALQueryError, match=r"There is no table club\.stars"):
            tap.search(CONE)
