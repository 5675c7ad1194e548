from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.images.coadd import coadd_visits
from lsp_jupyter.demo.survey.measured.looks import Template, field_visits, look
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.tangent import unproject
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.truth.sky import Sky
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")
ECDFS = field("ECDFS")


@pytest.fixture(scope="module")
def sky() -> Sky:
    return tiny_sky()


def _places(n: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    half = TINY.side
    return unproject(
        random.uniform(-half, half, n), random.uniform(-half, half, n), ECDFS.ra, ECDFS.dec
    )


def test_a_look_is_what_the_detectors_cover(sky: Sky) -> None:
    ra, dec = _places(3000)
    for visit in field_visits(sky, "ECDFS")[:5]:
        detector, x, y = visit.covers(ra, dec, TINY)
        seen = look(visit, ra, dec, TINY)
        assert seen.index.tolist() == np.flatnonzero(detector >= 0).tolist()
        assert len(seen) > 100
        assert seen.detector.tolist() == detector[seen.index].tolist()
        assert np.abs(seen.x - x[seen.index]).max() < 1e-6
        assert np.abs(seen.y - y[seen.index]).max() < 1e-6


def test_nothing_is_seen_on_the_other_half_of_the_sky() -> None:
    visit = field_visits(Sky(TINY, 1, gaia=()), "ECDFS")[0]
    assert len(look(visit, np.array([visit.ra + 180]), np.array([-visit.dec]), TINY)) == 0


def test_faint_points_at_the_depth_have_five_times_their_noise(sky: Sky) -> None:
    visit = field_visits(sky, "ECDFS")[0]
    seen = look(visit, *_places(100), TINY)
    limit = 10 ** ((31.4 - visit.depth) / 2.5)
    assert limit / seen.error(np.zeros(1))[0] == pytest.approx(5)
    # Light has a noise of its own.
    assert seen.error(np.array([1e5]))[0] > 1.3 * seen.error(np.zeros(1))[0]


def test_the_same_pixels_have_the_same_noise(sky: Sky) -> None:
    first, second = field_visits(sky, "ECDFS")[:2]
    ids = np.arange(2**54, 2**54 + 20_000)
    seen, other = look(first, *_places(10), TINY), look(second, *_places(10), TINY)
    noise = seen.noise(1, ids)
    assert noise[100:200].tolist() == seen.noise(1, ids[100:200]).tolist()
    assert noise.std() == pytest.approx(1, abs=0.02)
    assert abs(np.corrcoef(noise, other.noise(1, ids))[0, 1]) < 0.03


def test_the_template_is_as_deep_as_its_exposures_together(sky: Sky) -> None:
    ra, dec = _places(500)
    ids = np.arange(500) + 2**54
    template = Template(sky, "ECDFS", "r", ids, ra, dec)
    weight = np.zeros(500)
    for visit in coadd_visits("template_coadd", ECDFS, "r", TINY, 1):
        weight[visit.covers(ra, dec, TINY)[0] >= 0] += visit.noise**-2
    with np.errstate(divide="ignore"):
        assert np.allclose(template.variance, 1 / weight)
    assert np.isinf(template.variance).any()
    seen = look(field_visits(sky, "ECDFS")[0], ra, dec, TINY)
    error = template.error(np.zeros(len(seen)), seen)
    expected = np.sqrt(seen.area * template.variance[seen.index])
    assert np.allclose(error, expected)
