from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.measured.photometry import Depth, degrees, digits, magnitudes
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.tangent import unproject
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.sizes import size

TINY = size("tiny")


def _visits(band: str) -> list[Visit]:
    return [one for one in schedule(TINY, 1) if one.field.name == "ECDFS" and one.band == band]


def _sky(n: int) -> tuple[np.ndarray, np.ndarray]:
    one, random = field("ECDFS"), draw(1, "here")
    half = 0.7 * TINY.side
    return unproject(
        random.uniform(-half, half, n), random.uniform(-half, half, n), one.ra, one.dec
    )


def test_it_sees_what_the_exposure_covers() -> None:
    ra, dec = _sky(3000)
    for visit in _visits("r"):
        depth = Depth.of_visit(visit, ra, dec, TINY)
        detector, x, y = visit.covers(ra, dec, TINY)
        assert (depth.seen == (detector >= 0)).all()
        assert 100 < depth.seen.sum() < 2900
        near = np.minimum(np.minimum(x, y), TINY.pixels - 1 - np.maximum(x, y)) + 0.5
        assert np.allclose(depth.margin[depth.seen], near[depth.seen], atol=1e-6)


def test_a_point_at_the_depth_of_an_exposure_has_five_times_its_noise() -> None:
    visit = _visits("i")[0]
    depth = Depth.of_visit(visit, np.array([visit.ra]), np.array([visit.dec]), TINY)
    assert magnitudes(depth.limit(), depth.limit() / 5)[0] == pytest.approx(visit.depth, abs=1e-9)


def test_inverse_variances_add_up() -> None:
    ra, dec = _sky(500)
    visits = _visits("r")
    depth = Depth.of_visits(visits, ra, dec, TINY)
    each = [Depth.of_visit(visit, ra, dec, TINY) for visit in visits]
    assert np.allclose(depth.noise**-2, sum(one.noise**-2 for one in each))
    assert (depth.count == sum(one.count for one in each)).all()
    assert depth.count.max() > 5
    assert (depth.margin == np.max([one.margin for one in each], axis=0)).all()
    assert np.isnan(depth.sigma[~depth.seen]).all()
    some = depth[depth.seen]
    assert (some.sigma > min(visit.psf_sigma for visit in visits) - 1e-9).all()
    assert (some.sigma < max(visit.psf_sigma for visit in visits) + 1e-9).all()


def test_errors_are_those_of_a_fit_to_pixels() -> None:
    visit, random = _visits("r")[0], draw(1, "pixels")
    depth = Depth.of_visit(visit, np.array([visit.ra]), np.array([visit.dec]), TINY)
    at = np.arange(-12, 13)
    shape = np.exp(-(at[:, None] ** 2 + at**2) / (2 * visit.psf_sigma**2))
    shape /= shape.sum()
    for flux in (0.0, 1e6):
        variance = visit.noise**2 + flux * shape / visit.electrons
        images = flux * shape + random.normal(0, np.sqrt(variance), (4000, *shape.shape))
        fitted = (images * shape).sum((1, 2)) / (shape**2).sum()
        error = float(depth.point_error(np.array([flux]))[0])
        assert fitted.std() == pytest.approx(error, rel=0.06)
        assert fitted.mean() == pytest.approx(flux, abs=4 * error / 4000**0.5)


def test_saturated_pixels_take_light() -> None:
    visit = _visits("r")[0]
    depth = Depth.of_visit(visit, np.array([visit.ra]), np.array([visit.dec]), TINY)
    limit = depth.full / depth.peak(np.ones(1))
    assert not depth.saturated(0.99 * limit)
    assert depth.kept(0.99 * limit) == 1
    assert depth.saturated(1.01 * limit)
    radius = np.linspace(0, 10, 20_001)
    for times in (3.0, 50.0):
        cut = np.minimum(np.exp(-(radius**2) / 2), 1 / times)
        kept = (cut * radius).sum() / (np.exp(-(radius**2) / 2) * radius).sum()
        assert depth.kept(times * limit)[0] == pytest.approx(kept, rel=1e-3)


def test_positions_are_as_good_as_the_signal() -> None:
    visit = _visits("r")[0]
    depth = Depth.of_visit(visit, np.array([visit.ra]), np.array([visit.dec]), TINY)
    good, bad = (float(depth.position_error(np.array([v]), np.ones(1))[0]) for v in (100.0, 10.0))
    assert bad == pytest.approx(10 * good)
    assert good == pytest.approx(2**0.5 * visit.psf_sigma / 100)


def test_magnitudes_need_light() -> None:
    magnitude, error = magnitudes(np.array([3631e9, 1000.0, 0.0, -5.0]), np.full(4, 10.0))
    assert magnitude[0] == pytest.approx(0, abs=1e-3)
    assert error[1] == pytest.approx(0.010857, abs=1e-6)
    assert np.isnan(magnitude[2:]).all()
    assert np.isnan(error[2:]).all()


def test_digits_that_mean_nothing_go() -> None:
    values = np.array([123.456, -0.0012345, 0.0, np.nan, np.inf])
    assert digits(values, 3).tolist()[:3] == [123.0, -0.00123, 0.0]
    assert np.isnan(digits(values, 3)[3])
    assert np.isinf(digits(values, 3)[4])
    assert digits(np.array([123456.78]), 2, of=np.array([4.321])).tolist() == [123456.8]
    assert digits(np.array([1.5]), 2, of=np.array([np.nan])).tolist() == [1.5]


def test_a_pixel_is_a_fifth_of_an_arcsecond() -> None:
    assert degrees(np.array([5.0])) * 3600 == pytest.approx(1)
