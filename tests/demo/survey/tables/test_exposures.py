from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.fields import FIELDS
from lsp_jupyter.demo.survey.observing.skymap import tract
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import Size, size
from lsp_jupyter.demo.survey.tables.exposures import (
    coadd_patch_rows,
    release_fields,
    visit_detector_rows,
    visit_rows,
)
from lsp_jupyter.demo.survey.truth.sky import Sky
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")


def test_every_exposure_has_a_row() -> None:
    (frame,) = visit_rows(tiny_sky(), TINY, 1, "dp1")
    visits = schedule(TINY, 1)
    assert frame["visit"].tolist() == [visit.id for visit in visits]
    assert np.allclose(
        frame["expMidptMJD"] - frame["obsStartMJD"], frame["expTime"] / 2 / 86_400, atol=1e-9
    )
    assert np.allclose(frame["airmass"], 1 / np.cos(np.radians(frame["zenithDistance"])))
    assert set(frame["physical_filter"]) == {"u_02", "g_01", "r_03", "i_06", "z_03", "y_04"}


def test_the_second_release_has_a_choice_of_the_fields() -> None:
    fields = release_fields("dp2")
    assert 0 < len(fields) < len(FIELDS) == len(release_fields("dp1"))
    (frame,) = visit_rows(tiny_sky(), TINY, 1, "dp2")
    assert len(frame["visit"]) == sum(
        visit.field.name in {field.name for field in fields} for visit in schedule(TINY, 1)
    )


@pytest.mark.parametrize("release", ["dp1", "dp2"])
def test_every_detector_has_a_row_and_its_corners(release: str) -> None:
    (frame,) = visit_detector_rows(tiny_sky(), TINY, 1, release)
    (whole,) = visit_rows(tiny_sky(), TINY, 1, release)
    assert len(frame["visitId"]) == 9 * len(whole["visit"])
    pairs = set(zip(frame["visitId"], frame["detector"], strict=True))
    assert len(pairs) == len(frame["visitId"])
    visits = {visit.id: visit for visit in schedule(TINY, 1)}
    for row in range(0, len(frame["visitId"]), 31):
        visit = visits[int(frame["visitId"][row])]
        wcs = visit.wcs(DETECTORS[frame["detector"][row]], TINY)
        for corner, place in (
            ("", (127.5, 127.5)),
            ("llc", (-0.5, -0.5)),
            ("ulc", (-0.5, 255.5)),
            ("urc", (255.5, 255.5)),
            ("lrc", (255.5, -0.5)),
        ):
            at = wcs.sky_to_pixel(frame[f"{corner}ra"][[row]], frame[f"{corner}dec"][[row]])
            assert np.allclose(np.ravel(at), place, atol=1e-5), corner
        assert frame["seeing"][row] == pytest.approx(visit.seeing, rel=0.08)
        assert frame["magLim"][row] == pytest.approx(visit.depth, abs=0.15)
        assert frame["zeroPoint"][row] == pytest.approx(
            visit.zero_point - 2.5 * np.log10(1.6), abs=0.03
        )


def test_detectors_have_the_ids_of_the_observatory() -> None:
    (frame,) = visit_detector_rows(tiny_sky(), TINY, 1, "dp1")
    assert (frame["ccdVisitId"] == frame["visitId"] * 1000 + frame["detector"]).all()


def test_the_second_release_tells_of_ellipticities_and_pointing() -> None:
    (frame,) = visit_detector_rows(tiny_sky(), TINY, 1, "dp2")
    assert ((frame["starEMedian"] > 0.005) & (frame["starEMedian"] < 0.15)).all()
    ratio = frame["starUnNormalizedEMedian"] / frame["starEMedian"]
    assert np.allclose(ratio, 2 * frame["psfSigma"] ** 2, rtol=1e-6)
    for name in ("DetectorPointingResidual", "VisitPointingResidual"):
        assert (frame[f"wcsPreliminary{name}"] >= frame[f"wcs{name}"]).all()
    assert frame["wcsCornerMaxOffset"].max() < 0.5


def test_large_surveys_do_not_count_stars() -> None:
    thin = Size("thin", pixels=256, share=0.0, images=0, wide=False)
    (frame,) = visit_detector_rows(Sky(thin, 1, gaia=()), thin, 1, "dp1")
    assert "psfSigma" in frame
    assert "nPsfStar" not in frame


def test_patches_are_those_that_exposures_see() -> None:
    visits = schedule(TINY, 1)
    frames = {int(f["lsst_tract"][0]): f for f in coadd_patch_rows(tiny_sky(), TINY, 1, "dp1")}
    assert set(frames) == {field.tract for field in FIELDS}
    for field in FIELDS:
        frame, plane = frames[field.tract], tract(field, TINY)
        # Where the exposures of the field are, there are patches.
        here = [visit for visit in visits if visit.field.name == field.name]
        ra, dec = np.array([visit.ra for visit in here]), np.array([visit.dec for visit in here])
        assert set(plane.find(ra, dec)) <= set(frame["lsst_patch"])
        for row, number in enumerate(frame["lsst_patch"]):
            words = frame["s_region"][row].split()
            assert words[:2] == ["POLYGON", "ICRS"]
            corners = np.array(words[2:], float).reshape(4, 2)
            x, y = plane.patch_wcs(plane.patch(number)).sky_to_pixel(corners[:, 0], corners[:, 1])
            side = plane.inner + 2 * plane.border
            assert np.allclose(x, [-0.5, side - 0.5, side - 0.5, -0.5], atol=1e-3)
            assert np.allclose(y, [-0.5, -0.5, side - 0.5, side - 0.5], atol=1e-3)
            assert corners[:, 1].min() < frame["s_dec"][row] < corners[:, 1].max()
