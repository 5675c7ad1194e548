"""Galaxies: their counts, redshifts, colours, sizes and clustering."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.tangent import project
from lsp_jupyter.demo.survey.truth.galaxies import Galaxies, counts, make_galaxies
from lsp_jupyter.demo.survey.truth.sky import Tile
from lsp_jupyter.demo.survey.truth.templates import ELLIPTICAL, SPIRAL, colors, distance_modulus


def _tile(name: str, half: float) -> Tile:
    return Tile(field(name), 0, -half, half, -half, half)


@pytest.fixture(scope="module")
def made() -> Galaxies:
    return make_galaxies(_tile("EDFS_comcam", 0.25), 25.0, 1.0, np.random.default_rng(2))


@pytest.mark.parametrize(
    ("limit", "published"),
    # Galaxies in a square degree brighter than i (Yasuda et al. 2001; Capak et al. 2007; the LSST
    # Science Book).
    [(18.0, 150), (20.0, 2_000), (22.0, 12_000), (23.0, 30_000), (24.0, 75_000), (25.0, 165_600)],
)
def test_counts_are_the_published_ones(made: Galaxies, limit: float, published: float) -> None:
    assert float(counts(np.array(limit))) == pytest.approx(published, rel=0.45)
    expected = float(counts(np.array(limit))) * 0.25
    # The dust of the Milky Way dims all by as much.
    i = made.magnitudes[:, 3] - 0.01 * 1.684
    assert (i < limit).sum() == pytest.approx(expected, abs=6 * expected**0.5 + 20)


def test_faint_galaxies_are_far(made: Galaxies) -> None:
    i = made.magnitudes[:, 3]
    middles = [
        np.median(made.redshift[np.abs(i - limit) < 0.3]) for limit in (20.0, 21.5, 23.0, 24.5)
    ]
    # Medians in redshift surveys: 0.25 at 20, 0.6 at 23 (VVDS, zCOSMOS).
    assert middles == sorted(middles)
    assert middles[0] == pytest.approx(0.25, abs=0.1)
    assert middles[2] == pytest.approx(0.58, abs=0.12)


def test_distance_modulus_is_that_of_the_standard_universe() -> None:
    from astropy.cosmology import FlatLambdaCDM

    redshift = np.array([0.01, 0.1, 0.5, 1.0, 3.0])
    expected = FlatLambdaCDM(H0=70, Om0=0.3).distmod(redshift).value
    assert distance_modulus(redshift) == pytest.approx(expected, abs=0.01)


def test_old_galaxies_have_the_colours_of_the_red_sequence() -> None:
    u, g, r, i, *_ = colors(np.full(3, ELLIPTICAL), np.array([0.0, 0.22, 0.5])).T
    # Fukugita, Shimasaku & Ichikawa 1995: g - r = 0.77 and r - i = 0.39 at rest.
    assert (g - r)[0] == pytest.approx(0.77, abs=0.1)
    assert (r - i)[0] == pytest.approx(0.39, abs=0.08)
    # As seen at 0.2 and 0.5: the break moves through g and to r.
    assert (g - r)[1] == pytest.approx(1.25, abs=0.2)
    assert (g - r)[2] > 1.5
    assert (r - i)[2] > 0.7
    assert (u - g)[0] > 1.5
    blue = colors(np.full(1, SPIRAL), np.zeros(1))[0]
    assert blue[1] - blue[2] < 0.65


def test_hydrogen_darkens_the_far_ultraviolet() -> None:
    u, g, r, *_ = colors(np.full(3, 2.5), np.array([1.0, 3.2, 4.2])).T
    assert (u - g)[1] > (u - g)[0] + 1
    assert (g - r)[2] > (g - r)[0] + 0.8


def test_there_are_two_kinds_of_colour(made: Galaxies) -> None:
    near = (made.redshift > 0.2) & (made.redshift < 0.4) & (made.magnitudes[:, 3] < 22)
    color = (made.magnitudes[:, 1] - made.magnitudes[:, 3])[near]
    red = color > 1.5
    assert 0.1 < red.mean() < 0.7
    assert np.median(color[red]) - np.median(color[~red]) > 0.7
    # Fewer of the faint ones.
    i, redshift = made.magnitudes[:, 3], made.redshift
    faint = (redshift > 0.2) & (redshift < 0.4) & (i > 23)
    assert (made.magnitudes[faint, 1] - i[faint] > 1.5).mean() < red.mean()


def test_sizes_and_shapes(made: Galaxies) -> None:
    i = made.magnitudes[:, 3]
    radius = made.bulge * made.bulge_radius + (1 - made.bulge) * made.disk_radius
    at_24 = np.abs(i - 24) < 0.2
    assert np.median(radius[at_24]) == pytest.approx(0.33, abs=0.06)
    assert 0.15 < np.std(np.log10(radius[at_24])) < 0.3
    assert np.median(radius[np.abs(i - 21) < 0.3]) > 1.8 * np.median(radius[at_24])
    assert 0.4 < np.mean(made.axis_ratio) < 0.75
    assert ((made.bulge == 0) == (made.bulge_radius == 0)).all()
    turn = np.exp(2j * np.radians(made.angle)).mean()
    assert abs(turn) < 5 / len(i) ** 0.5


def test_galaxies_cluster_as_a_power_law(made: Galaxies) -> None:
    from scipy.spatial import cKDTree

    sample = made.magnitudes[:, 3] < 24
    places = np.column_stack([made.xi[sample], made.eta[sample]])
    random = np.random.default_rng(3).uniform(-0.25, 0.25, (4 * len(places), 2))
    edges = np.array([0.002, 0.005, 0.0125, 0.03])
    ours, others = cKDTree(places), cKDTree(random)
    pairs, cross, chance = (
        np.diff(np.asarray(left.count_neighbors(right, edges), float)) / scale
        for left, right, scale in ((ours, ours, 1), (ours, others, 4), (others, others, 16))
    )
    excess = (pairs - 2 * cross + chance) / chance
    # w = 0.02 at an arcminute, and a slope of -0.8.
    assert (excess > 0).all()
    assert 0.008 < excess[1] < 0.1
    slope = np.log(excess[1] / excess[0]) / np.log(2.5)
    assert -1.3 < slope < -0.4


def test_neighbours_on_the_sky_are_often_neighbours_in_space(made: Galaxies) -> None:
    from scipy.spatial import cKDTree

    places = np.column_stack([made.xi, made.eta])
    near = cKDTree(places).query_pairs(4 / 3600, output_type="ndarray")
    apart = np.abs(made.redshift[near[:, 0]] - made.redshift[near[:, 1]])
    shuffled = np.random.default_rng(4).permutation(made.redshift)
    by_chance = np.abs(shuffled[near[:, 0]] - shuffled[near[:, 1]])
    assert (apart < 0.01).mean() > 2 * (by_chance < 0.01).mean()


def test_the_rich_cluster_has_a_red_sequence() -> None:
    one = field("Rubin_SV_38_7")
    galaxies = make_galaxies(_tile(one.name, 0.2), 24.0, 1.0, np.random.default_rng(2))
    x, y = project(np.array(37.865), np.array(6.982), one.ra, one.dec)
    away = np.hypot(galaxies.xi - x, galaxies.eta - y)
    inside, outside = away < 0.03, (away > 0.1) & (away < 0.15)
    members = np.abs(galaxies.redshift - 0.22) < 0.012
    assert (inside & members).sum() > 60
    assert (inside & members).sum() / 0.03**2 > 10 * (outside & members).sum() / (0.15**2 - 0.1**2)
    bright = inside & members & (galaxies.magnitudes[:, 2] < 21.5)
    color = (galaxies.magnitudes[:, 1] - galaxies.magnitudes[:, 2])[bright]
    red = color > np.median(color) - 0.15
    assert red.mean() > 0.65
    assert np.std(color[red]) < 0.12
