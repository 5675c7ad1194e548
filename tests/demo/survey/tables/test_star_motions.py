from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.measured.detection import detect
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables.exposures import release_fields
from lsp_jupyter.demo.survey.tables.star_motions import star_motion_rows
from lsp_jupyter.demo.survey.truth.sky import EPOCH
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")
NAMES = ("ra", "dec", "raPM", "decPM", "parallax")
Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def rows() -> Columns:
    frames = list(star_motion_rows(tiny_sky(), TINY, 1, "dp2"))
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}


@pytest.fixture(scope="module")
def truth(rows: Columns) -> Columns:
    parts = [detect(tiny_sky(), tiny_sky().tiles(one)[0]).objects for one in release_fields("dp2")]
    made = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("id", "ra", "dec", "pm_ra", "pm_dec", "parallax", "galaxy")
    }
    order = np.argsort(made["id"])
    place = order[np.searchsorted(made["id"], rows["isolated_star_id"] & ~(1 << 38), sorter=order)]
    return {name: values[place] for name, values in made.items()}


def test_only_stars_that_are_alone(rows: Columns, truth: Columns) -> None:
    assert len(np.unique(rows["isolated_star_id"])) == len(rows["ra"]) > 30
    assert not truth["galaxy"].any()
    assert (truth["id"] == rows["isolated_star_id"] & ~(1 << 38)).all()


def test_motions_scatter_as_their_errors_say(rows: Columns, truth: Columns) -> None:
    years = (rows["epoch"] - EPOCH) / 365.25
    dec = truth["dec"] + truth["pm_dec"] * years / 3.6e6
    ra = truth["ra"] + truth["pm_ra"] * years / 3.6e6 / np.cos(np.radians(dec))
    pulls = {
        "ra": (rows["ra"] - ra) * np.cos(np.radians(dec)) / rows["raErr"],
        "dec": (rows["dec"] - dec) / rows["decErr"],
        "raPM": (rows["raPM"] - truth["pm_ra"]) / rows["raPMErr"],
        "decPM": (rows["decPM"] - truth["pm_dec"]) / rows["decPMErr"],
        "parallax": (rows["parallax"] - truth["parallax"]) / rows["parallaxErr"],
    }
    for name, pull in pulls.items():
        assert 0.7 < pull.std() < 1.35, name
        assert abs(pull.mean()) < 4 / len(pull) ** 0.5, name


def test_errors_are_those_of_one_fit(rows: Columns) -> None:
    for row in range(len(rows["ra"])):
        scale = np.array([3.6e6, 3.6e6, 1, 1, 1])
        matrix = np.empty((5, 5))
        for i, one in enumerate(NAMES):
            matrix[i, i] = (rows[f"{one}Err"][row] * scale[i]) ** 2
            for j in range(i + 1, 5):
                value = rows[f"{one}_{NAMES[j]}_Cov"][row] * scale[i] * scale[j]
                matrix[i, j] = matrix[j, i] = value
        spread = np.sqrt(np.diag(matrix))
        correlation = matrix / spread / spread[:, None]
        assert np.abs(correlation).max() < 1.01
        assert np.linalg.eigvalsh(correlation).min() > -1e-3


def test_old_places_tell_of_motions(rows: Columns, truth: Columns) -> None:
    known = np.isfinite(rows["ref_ra"])
    assert 5 < known.sum() < len(known)
    assert np.median(rows["raPMErr"][known]) < 5
    assert np.median(rows["raPMErr"][~known]) > 50
    off = (rows["ref_decPM"] - truth["pm_dec"])[known]
    assert np.median(np.abs(off)) < 1
    away = np.abs(rows["ref_dec"] - rows["dec"])[known]
    assert (away < 6 * np.hypot(rows["decErr"][known], 5e-6)).all()
