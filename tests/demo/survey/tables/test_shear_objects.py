from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.measured.detection import detect
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.skymap import PATCHES, tract
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables.exposures import release_fields
from lsp_jupyter.demo.survey.tables.shear_objects import shear_object_rows
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")
Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def rows() -> Columns:
    frames = list(shear_object_rows(tiny_sky(), TINY, 1, "dp2"))
    assert len(frames) == 5 * len(release_fields("dp2"))
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}


def _truth(rows: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Whether each row is of a galaxy, and the number of its object."""
    galaxies, numbers = set(), rows["shearObjectId"] & ((1 << 36) - 1)
    for one in release_fields("dp2"):
        objects = detect(tiny_sky(), tiny_sky().tiles(one)[0]).objects
        ids = objects.id[objects.galaxy] & ((1 << 36) - 1)
        galaxies |= {(one.tract, int(number)) for number in ids}
    pairs = zip(rows["tract"], numbers, strict=True)
    return np.array([(int(t), int(n)) in galaxies for t, n in pairs]), numbers


def test_numbers_are_of_versions_and_patches(rows: Columns) -> None:
    ids = rows["shearObjectId"]
    assert len(np.unique(ids)) == len(ids) > 1000
    assert ids.min() > 2**53
    assert (ids >> 40 == rows["tract"] * 100 + rows["patch"]).all()
    assert set(rows["metaStep"]) == {"ns", "1p", "1m", "2p", "2m"}


def test_shapes_answer_to_shears(rows: Columns) -> None:
    galaxy, numbers = _truth(rows)
    use = galaxy & rows["is_primary"] & (rows["gauss_snr"] > 20)
    use &= (rows["gauss_T"] > 0.3 * rows["gauss_psfReconvolved_T"]) & (rows["gauss_flags"] == 0)

    def change(number: str, name: str) -> tuple[float, float]:
        """What a unit of shear makes of the shapes of the same galaxies, and the error."""
        plus, minus = (use & (rows["metaStep"] == f"{number}{sign}") for sign in "pm")
        keys = [numbers[each] * 100_000 + rows["tract"][each] for each in (plus, minus)]
        _, first, second = np.intersect1d(*keys, return_indices=True)
        off = (rows[name][plus][first] - rows[name][minus][second]) / 0.02
        return float(off.mean()), float(off.std() / len(off) ** 0.5)

    for number in "12":
        answer, error = change(number, f"gauss_g{number}")
        assert error < 0.25
        assert 0.4 - 3 * error < answer < 1.1 + 3 * error
        cross, error = change(number, f"gauss_g{3 - int(number)}")
        assert abs(cross) < 4 * error
        # No shear in the sky.
        still = rows[f"gauss_g{number}"][use & (rows["metaStep"] == "ns")]
        assert abs(still.mean()) < 4 * still.std() / len(still) ** 0.5


def test_stars_have_no_size(rows: Columns) -> None:
    galaxy, _ = _truth(rows)
    clear = ~galaxy & (rows["gauss_snr"] > 50) & (rows["metaStep"] == "ns")
    assert clear.sum() > 30
    pull = rows["gauss_T"][clear] / rows["gauss_TErr"][clear]
    assert abs(np.median(pull)) < 0.6
    assert 0.7 < np.std(pull) < 1.4
    large = galaxy & (rows["gauss_snr"] > 50) & (rows["metaStep"] == "ns")
    assert np.median(rows["gauss_T"][large] / rows["gauss_TErr"][large]) > 3


def test_one_row_of_each_version_is_primary(rows: Columns) -> None:
    _, numbers = _truth(rows)
    own = rows["is_primary"]
    key = np.stack([numbers, rows["tract"], rows["shearObjectId"] >> 36 & 15], axis=1)
    assert len(np.unique(key[own], axis=0)) == own.sum()
    assert 0.6 < own.mean() < 1
    # Others are in the border of a patch beside it.
    plane = tract(field("ECDFS"), TINY)
    here = (rows["tract"] == plane.id) & ~own
    column, row = rows["patch"][here] % PATCHES, rows["patch"][here] // PATCHES
    for at, place in (("x", column), ("y", row)):
        low = place * plane.inner - plane.border - 0.5
        assert (rows[at][here] >= low - 1e-3).all()
        assert (rows[at][here] <= low + plane.inner + 2 * plane.border + 1e-3).all()
    assert (rows["cell_x"] >= 0).all()
    assert (rows["cell_x"] <= (plane.inner + 2 * plane.border) // 150).all()


def test_positions_and_pixels_agree(rows: Columns) -> None:
    plane = tract(field("ECDFS"), TINY)
    here = rows["tract"] == plane.id
    x, y = plane.wcs.sky_to_pixel(rows["ra"][here], rows["dec"][here])
    assert np.allclose(x, rows["x"][here], atol=1e-3)
    assert np.allclose(y, rows["y"][here], atol=1e-3)


def test_bands_that_are_missing_are_flagged(rows: Columns) -> None:
    for band in "griz":
        missing = rows[f"{band}_gaussFlux_flags"] != 0
        assert np.isnan(rows[f"{band}_gaussFlux"][missing]).all()
        assert np.isfinite(rows[f"{band}_gaussFlux"][~missing]).all()
