"""STILTS against a real server: queries, and its TAP validator."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import Server

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
#: All that apply: there are no uploads, and no table of ivoa.obsplan.
STAGES = "TMV TME TMS TMC CPV CAP AVV QGE QPO QAS UWS MDQ OBS EXA"


def stilts(server: Server, task: str, **parameters: object) -> subprocess.CompletedProcess[str]:
    """Run a STILTS task that logs in with the server's token."""
    return subprocess.run(
        [
            str(STILTS),
            "-Dstar.basicauth.user=token",
            f"-Dstar.basicauth.password={server.token}",
            task,
            f"tapurl={server.base}tap",
            *(f"{name}={value}" for name, value in parameters.items()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("sync", ["true", "false"])
def test_tapquery_gets_the_rows(lab_server: Server, tmp_path: Path, sync: str) -> None:
    out = tmp_path / "rows.csv"
    done = stilts(lab_server, "tapquery", adql=CONE, sync=sync, out=out, ofmt="csv")
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
    done = stilts(lab_server, "tapquery", adql=wrong, parse="false", sync="true")
    assert done.returncode != 0
    assert "phot_g_mean_mag" in done.stderr


def test_taplint_has_nothing_to_say(lab_server: Server) -> None:
    report = stilts(
        lab_server,
        "taplint",
        stages=STAGES,
        format="text",
        report="EWF",
        maxrepeat=100,
    ).stdout
    found = re.findall(r"^[EWF]-\w+-\w+-\d+ .*$", report, re.MULTILINE)
    # Its parser of examples knows ADQL 2.0 alone; ours are in ADQL 2.1.
    found = [line for line in found if not line.startswith("W-EXA-EXVL-")]
    assert found == [], report
    assert re.search(r"^Totals: Errors: 0; Warnings: \d+; Failures: 0$", report, re.MULTILINE)
