"""The table of images as VO clients see it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import pyvo

from tests.servers import Server

STILTS = shutil.which("stilts")


@pytest.mark.req("API-REQ-0022")
def test_pyvo_finds_the_images_that_cover_a_place(survey_server: Server) -> None:
    with survey_server.session() as session:
        service = pyvo.dal.TAPService(f"{survey_server.base}tap", session=session)
        [model] = service.get_tap_capability().datamodels
        assert model.ivo_id == "ivo://ivoa.net/std/ObsCore#core-1.1"
        # The centre of ECDFS: what covers it is near it.
        query = (
            "SELECT s_ra, s_dec, s_fov, s_region, lsst_band FROM ivoa.ObsCore "
            "WHERE CONTAINS(POINT('ICRS', 53.16, -28.10), s_region) = 1"
        )
        found = service.search(query).to_table()
        nearby = service.search(query.replace("= 1", "= 0")).to_table()
    assert len(found) >= 3
    assert len(nearby) > len(found)
    assert max(abs(found["s_ra"] - 53.16)) < 0.1
    assert found["s_region"][0].startswith("POLYGON ICRS ")


@pytest.mark.skipif(STILTS is None, reason="the Debian package stilts is not installed")
def test_taplint_finds_nothing_wrong_with_the_data_model(survey_server: Server) -> None:
    report = subprocess.run(
        [
            *(str(STILTS), "-Dstar.basicauth.user=token"),
            f"-Dstar.basicauth.password={survey_server.token}",
            *("taplint", f"tapurl={survey_server.base}tap", "stages=CAP TME OBS"),
            *("format=text", "report=EWFS", "maxrepeat=100"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    ).stdout
    assert re.findall(r"^[EWF]-\w+-\w+-\d+ .*$", report, re.MULTILINE) == []
    assert "ivoa.ObsCore columns: 30/30 required" in report


@pytest.mark.req("API-REQ-0016")
def test_pyvo_searches_images(survey_server: Server) -> None:
    with survey_server.session() as session:
        service = pyvo.dal.SIA2Service(f"{survey_server.base}sia/dp1", session=session)
        found = service.search(pos=(53.16, -28.1, 0.02), band=(5e-7, 5.1e-7), calib_level=3)
        rows = found.to_table()
        everything = service.search().to_table()
        text = session.get(f"{survey_server.base}sia/dp1?POS=CIRCLE+1+2&RESPONSEFORMAT=csv")
        missing = session.get(f"{survey_server.base}sia/dp9?POS=CIRCLE+1+2+3")
    assert len(rows)
    assert set(rows["calib_level"]) == {3}
    assert set(rows["lsst_band"]) == {"g"}
    assert len(everything) > len(rows)
    assert text.status_code == 400
    assert "is not possible as POS" in text.text
    assert missing.status_code == 404
    assert "There are images of dp1" in missing.text
