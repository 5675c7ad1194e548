"""Stars: their numbers, their colours, the cluster and the dwarf galaxies."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.tangent import project, unproject
from lsp_jupyter.demo.survey.truth.gaia_stars import gaia_stars
from lsp_jupyter.demo.survey.truth.milky_way import COMPONENTS, Drawn, milky_way, motions
from lsp_jupyter.demo.survey.truth.sky import Tile
from lsp_jupyter.demo.survey.truth.stars import SYSTEMS, make_stars
from lsp_jupyter.demo.survey.truth.stellar import (
    INTERMEDIATE,
    METAL_POOR,
    METAL_RICH,
    THIN_DISK,
    gaia_magnitudes,
    locus,
)

NOBODY = gaia_stars([], 1.0)


def _rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_the_locus_is_that_of_the_sun_and_of_dwarfs() -> None:
    # A star like the Sun: g - r = 0.44, r - i = 0.12 (Willmer 2018); M dwarfs: g - r near 1.4.
    u, g, r, i, z, y = locus(np.array([0.14, 1.4])).T
    assert g[0] == pytest.approx(0.42, abs=0.06)
    assert (u - g)[0] == pytest.approx(1.35, abs=0.2)
    assert (r == 0).all()
    assert (i == [-0.14, -1.4]).all()
    assert g[1] == pytest.approx(1.39, abs=0.03)
    assert (i - z)[1] == pytest.approx(0.77, abs=0.1)
    assert ((z - y) > 0).all()
    # Metals darken the ultraviolet and nothing else.
    poor = locus(np.array([0.16]), -2.0)[0]
    rich = locus(np.array([0.16]), 0.0)[0]
    assert poor[0] < rich[0] - 0.2
    assert (poor[1:] == rich[1:]).all()


def test_gaias_magnitudes_become_rubins() -> None:
    # Of the colour of the Sun (BP - RP = 0.82, G = r - 0.15 or so), and a red dwarf.
    magnitudes = gaia_magnitudes(np.array([9.0, 9.0, 9.0]), np.array([0.82, 2.5, np.nan]))
    assert np.isfinite(magnitudes).all()
    g, r, i = magnitudes[:, 1], magnitudes[:, 2], magnitudes[:, 3]
    assert g[0] - r[0] == pytest.approx(0.45, abs=0.08)
    assert r[0] == pytest.approx(9.0, abs=0.12)
    assert i[1] < 8.4
    assert r[1] > 9.4


@pytest.mark.parametrize("kind", [THIN_DISK, METAL_RICH, METAL_POOR, INTERMEDIATE])
def test_populations_draw_what_they_count(kind: object) -> None:
    assert isinstance(kind, type(THIN_DISK))
    r, offsets = kind.sample(8.0, 20_000, _rng())
    assert r.max() < 8.0
    for limit in (2.0, 4.0, 6.0):
        expected = float(kind.count(limit) / kind.count(8.0))
        assert (r < limit).mean() == pytest.approx(expected, abs=0.01)
    assert offsets.shape == (20_000, 6)
    assert (
        np.std(offsets[r > 6, 1] - np.polyval(np.polyfit(r[r > 6], offsets[r > 6, 1], 4), r[r > 6]))
        < 0.1
    )


@pytest.mark.parametrize(
    ("name", "low", "high"),
    # Stars brighter than r = 22 in a square degree: 5 to 8 thousand far from the disk (SDSS), many
    # more in it.
    [("ECDFS", 4_000, 9_000), ("Rubin_SV_095_-25", 12_000, 35_000), ("Seagull", 60_000, 200_000)],
)
def test_counts_of_the_milky_way(name: str, low: float, high: float) -> None:
    drawn = milky_way(field(name), 24.0, 0.5, _rng())
    assert low < (drawn.magnitudes[:, 2] < 22).sum() / 0.5 < high
    assert drawn.magnitudes[:, 2].max() < 24.2
    assert (drawn.distance > 20).all()


def test_faint_stars_add_to_bright_ones() -> None:
    counts = [
        len(milky_way(field("ECDFS"), limit, 1.0, _rng()).distance) for limit in (18, 20, 22, 24)
    ]
    assert counts == sorted(counts)
    # The same stars are there however faint the others are.
    deep = milky_way(field("ECDFS"), 24.0, 1.0, _rng()).magnitudes[:, 2]
    assert (deep < 20).sum() == pytest.approx(counts[1], rel=0.1)


def test_near_stars_move_fast_and_the_halo_moves_most() -> None:
    one = field("ECDFS")
    n = 4000
    kinds = np.repeat([0, 1, 2], n)
    drawn = Drawn(np.zeros((3 * n, 6)), np.full(3 * n, 1000.0), kinds)
    pm_ra, pm_dec, parallax = motions(one, drawn, _rng())
    assert (parallax == 1.0).all()
    speed = [np.hypot(pm_ra, pm_dec)[kinds == kind].mean() * 4.74 for kind in range(3)]
    assert speed[0] < speed[1] < speed[2]
    assert 30 < speed[0] < 80
    assert 150 < speed[2] < 350
    assert len(COMPONENTS) == 3


def test_the_cluster_is_where_it_is_and_shows_its_sequences() -> None:
    one = field("47_Tuc")
    tile = Tile(one, 0, -0.2, 0.2, -0.2, 0.2)
    stars = make_stars(tile, NOBODY, 24.5, 0.0, _rng())
    cluster = np.abs(stars.parallax - 1 / 4.446) < 0.01
    assert cluster.sum() > 1000
    # It is thickest about its centre.
    ra, dec = unproject(stars.xi, stars.eta, one.ra, one.dec)
    x, y = project(ra, dec, 6.0224, -72.0815)
    away = np.hypot(x, y)[cluster]
    inner = (away < 0.03).sum() / (np.pi * 0.03**2)
    outer = ((away > 0.08) & (away < 0.12)).sum() / (np.pi * (0.12**2 - 0.08**2))
    assert inner > 4 * outer > 0
    g, r = stars.magnitudes[cluster, 1], stars.magnitudes[cluster, 2]
    # Turn-off at V = 17.65 and B - V = 0.56, horizontal branch at V = 14.1 (Harris 1996).
    bluest = min(np.arange(15.5, 20, 0.25), key=lambda m: np.median((g - r)[np.abs(r - m) < 0.2]))
    assert bluest == pytest.approx(17.3, abs=0.5)
    assert np.median((g - r)[np.abs(r - bluest) < 0.2]) == pytest.approx(0.45, abs=0.06)
    branch = (np.abs(r - 13.82) < 0.12) & (g - r > 0.45) & (g - r < 0.75)
    assert branch.sum() > 10
    assert np.mean(stars.pm_ra[cluster]) == pytest.approx(5.25, abs=0.1)


def test_the_dwarf_galaxy_shows_a_giant_branch_and_a_clump() -> None:
    tile = Tile(field("Fornax_dSph"), 0, -0.3, 0.3, -0.3, 0.3)
    stars = make_stars(tile, NOBODY, 25.0, 0.0, _rng())
    assert len(SYSTEMS["Fornax_dSph"]) == 1
    r = stars.magnitudes[:, 2]
    color = stars.magnitudes[:, 1] - r
    # The tip of the giant branch is at I = 16.75 + ... about r = 18 (Rizzi et al. 2007).
    assert 17.8 < r.min() < 18.8
    clump = (np.abs(r - 21.2) < 0.25) & (color > 0.4) & (color < 0.7)
    beside = (np.abs(r - 20.4) < 0.25) & (color > 0.4) & (color < 0.8)
    assert clump.sum() > 4 * beside.sum() > 0
    # A blue horizontal branch.
    assert ((np.abs(r - 21.3) < 0.3) & (color < 0.0)).sum() > 5


def test_no_simulated_star_is_as_bright_as_the_real_ones() -> None:
    tile = Tile(field("Seagull"), 0, -0.5, 0.5, -0.5, 0.5)
    stars = make_stars(tile, NOBODY, 18.0, 1.0, _rng())
    assert stars.magnitudes[:, 1:4].mean(axis=1).min() > 10
    assert (stars.gaia == 0).all()
