"""STILTS against a real server: queries, and its TAP validator."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server, copy_state, start_server

STILTS = shutil.which("stilts")

pytestmark = [
    pytest.mark.skipif(STILTS is None, reason="the Debian package stilts is not installed"),
    pytest.mark.req("LSP-REQ-0006", "API-REQ-0006"),
]

CONE = (
    "SELECT TOP 20 source_id, ra, dec, phot_g_mean_mag FROM gaia.source "
    "WHERE CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 56.75, 24.12, 1.5)) = 1 "
    "ORDER BY phot_g_mean_mag"
)
#: All that apply: there is no table ivoa.obsplan.
STAGES = "TMV TME TMS TMC CPV CAP AVV QGE QPO QAS UWS MDQ OBS UPL EXA"


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """Places among the stars."""
    path = tmp_path / "places.csv"
    path.write_text("name,ra,dec\na,56.75,24.12\nb,57.0,24.3\nc,10,-80\n")
    return path


@pytest.fixture(scope="module")
def open_server(demo_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that needs no credentials.

    STILTS 3.4 sends uploads in chunks, which Java cannot send again with the
    credentials that it is asked for.
    """
    root = tmp_path_factory.mktemp("open")
    server = start_server(root, copy_state(demo_state, root / "state"), "--IdentityProvider.token=")
    yield server
    server.stop()


def stilts(server: Server, task: str, **parameters: object) -> subprocess.CompletedProcess[str]:
    """Run a STILTS task that logs in with the server's token."""
    return subprocess.run(
        [
            str(STILTS),
            "-Dstar.basicauth.user=token",
            f"-Dstar.basicauth.password={server.token}",
            task,
            *(f"{name}={value}" for name, value in parameters.items()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("form", ["votable/b2", "votable/td", "votable/b"])
def test_votlint_has_nothing_to_say(lab_server: Server, tmp_path: Path, form: str) -> None:
    """Frames, groups of values with their errors, units, UCDs and an overflow included."""
    query = "SELECT h.*, g.* FROM hipparcos.main AS h JOIN gaia.source AS g ON 1 = 1"
    file = tmp_path / "t.vot"
    with lab_server.session() as session:
        answer = session.get(
            f"{lab_server.base}tap/sync",
            params={"QUERY": query, "RESPONSEFORMAT": form, "MAXREC": "7"},
        )
    for word in (b"<COOSYS", b"<GROUP", b'value="OVERFLOW"', b'ucd="stat.error"'):
        assert word in answer.content
    file.write_bytes(answer.content)
    done = stilts(lab_server, "votlint", votable=file, version="1.4", ucd="true", unit="true")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("sync", ["true", "false"])
def test_tapquery_gets_the_rows(lab_server: Server, tmp_path: Path, sync: str) -> None:
    out = tmp_path / "rows.csv"
    done = stilts(
        lab_server,
        "tapquery",
        tapurl=f"{lab_server.base}tap",
        adql=CONE,
        sync=sync,
        out=out,
        ofmt="csv",
    )
    assert done.returncode == 0, done.stderr
    wanted = {"QUERY": CONE, "RESPONSEFORMAT": "csv"}
    with lab_server.session() as session:
        answer = session.get(f"{lab_server.base}tap/sync", params=wanted)
    ours = [line.split(",")[0] for line in answer.text.split()]
    theirs = [line.split(",")[0] for line in out.read_text().split()]
    assert theirs == ours
    assert len(theirs) == 21


def test_tapquery_tells_what_is_wrong(lab_server: Server) -> None:
    wrong = "SELECT phot_g_mean_mg FROM gaia.source"
    done = stilts(
        lab_server,
        "tapquery",
        tapurl=f"{lab_server.base}tap",
        adql=wrong,
        parse="false",
        sync="true",
    )
    assert done.returncode != 0
    assert "phot_g_mean_mag" in done.stderr


@pytest.mark.parametrize("verbosity", [1, 2, 3])
def test_cone_gets_the_rows(lab_server: Server, tmp_path: Path, verbosity: int) -> None:
    out = tmp_path / "rows.csv"
    done = stilts(
        lab_server,
        "cone",
        serviceurl=f"{lab_server.base}scs/gaia.source",
        servicetype="cone",
        lon=56.75,
        lat=24.12,
        radius=1.5,
        verb=verbosity,
        out=out,
        ofmt="csv",
    )
    assert done.returncode == 0, done.stderr
    rows = out.read_text().split()
    assert rows[0].startswith("source_id,ra,dec")
    assert len(rows) > 100


def test_cone_fails_where_there_is_no_table(lab_server: Server, tmp_path: Path) -> None:
    done = stilts(
        lab_server,
        "cone",
        serviceurl=f"{lab_server.base}scs/gaia.sorce",
        lon=56.75,
        lat=24.12,
        radius=1.5,
        out=tmp_path / "rows.csv",
    )
    assert done.returncode != 0


def test_coneskymatch_matches_a_list(lab_server: Server, places: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    done = stilts(
        lab_server,
        "coneskymatch",
        serviceurl=f"{lab_server.base}scs/gaia.source",
        **{"in": places, "ifmt": "csv", "ra": "ra", "dec": "dec", "sr": 0.3, "find": "all"},
        usefoot="false",
        out=out,
        ofmt="csv",
    )
    assert done.returncode == 0, done.stderr
    found = [line.split(",")[0] for line in out.read_text().split()[1:]]
    assert {"a", "b"} <= set(found)


def test_tapskymatch_matches_a_list(open_server: Server, places: Path, tmp_path: Path) -> None:
    """It uploads the list; see `open_server`."""
    out = tmp_path / "rows.csv"
    done = stilts(
        open_server,
        "tapskymatch",
        tapurl=f"{open_server.base}tap",
        **{"in": places, "ifmt": "csv", "inlon": "ra", "inlat": "dec"},
        taptable="gaia.source",
        taplon="ra",
        taplat="dec",
        sr=0.3,
        find="all",
        out=out,
        ofmt="csv",
    )
    assert done.returncode == 0, done.stderr
    found = [line.split(",")[0] for line in out.read_text().split()[1:]]
    assert {"a", "b"} <= set(found)


def test_taplint_has_nothing_to_say(lab_server: Server) -> None:
    report = stilts(
        lab_server,
        "taplint",
        tapurl=f"{lab_server.base}tap",
        stages=STAGES,
        format="text",
        report="EWF",
        maxrepeat=100,
    ).stdout
    found = re.findall(r"^[EWF]-\w+-\w+-\d+ .*$", report, re.MULTILINE)
    assert found == [], report
    assert re.search(r"^Totals: Errors: 0; Warnings: 0; Failures: 0$", report, re.MULTILINE)
