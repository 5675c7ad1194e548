from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables.dia_objects import LightCurves, dia_object_rows
from lsp_jupyter.demo.survey.tables.dia_sources import dia_source_rows
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")


def _expected(t: np.ndarray, f: np.ndarray, e: np.ndarray) -> dict[str, float]:
    """The statistics of one light curve, one by one."""
    order = np.argsort(t)
    t, f, e = t[order], f[order], e[order]
    n, weight = len(f), e**-2
    mean = (weight * f).sum() / weight.sum()
    made = {
        "psfFluxMean": mean,
        "psfFluxMeanErr": weight.sum() ** -0.5,
        "psfFluxErrMean": e.mean(),
        "psfFluxMin": f.min(),
        "psfFluxMax": f.max(),
        "psfFluxMAD": np.median(np.abs(f - np.median(f))),
        "psfFluxChi2": (((f - mean) / e) ** 2).sum(),
    }
    for percent in (5, 25, 50, 75, 95):
        made[f"psfFluxPercentile{percent:02d}"] = np.percentile(f, percent)
    if n > 1:
        made["psfFluxSigma"] = f.std(ddof=1)
        made["psfFluxMaxSlope"] = (np.diff(f) / np.diff(t)).max()
        slope, intercept = np.polyfit(t - 60_600, f, 1, w=1 / e)
        made["psfFluxLinearSlope"] = slope
        made["psfFluxLinearIntercept"] = intercept - slope * 60_600
        delta = np.sqrt(n / (n - 1)) * (f - mean) / e
        made["psfFluxStetsonJ"] = np.mean(
            [np.sign(p) * abs(p) ** 0.5 for p in (delta**2 - 1).tolist()]
        )
    if n > 2:
        off = f - f.mean()
        biased = (off**3).mean() / (off**2).mean() ** 1.5
        made["psfFluxSkew"] = biased * (n * (n - 1)) ** 0.5 / (n - 2)
    return made


def test_statistics_are_those_of_each_light_curve() -> None:
    random = np.random.default_rng(4)
    counts = [7, 1, 2, 0, 30, 3]
    owner = np.repeat(np.arange(len(counts)), counts)
    n = len(owner)
    shuffled = random.permutation(n)
    owner = owner[shuffled]
    time = 60_600 + 50 * random.random(n)
    flux, error = random.normal(300, 200, n), random.uniform(20, 90, n)
    made = LightCurves(owner, time, flux, error, len(counts)).statistics()
    for number, count in enumerate(counts):
        here = owner == number
        assert made["psfFluxNdata"][number] == count
        expected = _expected(time[here], flux[here], error[here]) if count else {}
        for name, values in made.items():
            if name == "psfFluxNdata":
                continue
            if name in expected:
                assert values[number] == pytest.approx(expected[name], rel=1e-5), (name, count)
            else:
                assert np.isnan(values[number]), (name, count)


def test_no_light_curve_at_all() -> None:
    nothing = np.zeros(0)
    made = LightCurves(nothing.astype(int), nothing, nothing, nothing, 4).statistics()
    assert np.isnan(made["psfFluxMAD"]).all()
    assert made["psfFluxNdata"].tolist() == [0, 0, 0, 0]


def test_rows_tell_what_their_sources_tell() -> None:
    sky = tiny_sky()
    objects = list(dia_object_rows(sky, TINY, 1, "dp1"))
    sources = list(dia_source_rows(sky, TINY, 1, "dp1"))
    ids = np.concatenate([frame["diaObjectId"] for frame in objects])
    assert len(np.unique(ids)) == len(ids) > 30
    owner = np.concatenate([frame["diaObjectId"] for frame in sources])
    flux, error, science, science_error = (
        np.concatenate([frame[name] for frame in sources])
        for name in ("psfFlux", "psfFluxErr", "scienceFlux", "scienceFluxErr")
    )
    band = np.concatenate([frame["band"] for frame in sources])
    total = np.concatenate([frame["nDiaSources"] for frame in objects])
    assert total.sum() == (owner != 0).sum()
    for name in BANDS:
        mean = np.concatenate([frame[f"{name}_psfFluxMean"] for frame in objects])
        largest = np.concatenate([frame[f"{name}_psfFluxMax"] for frame in objects])
        direct = np.concatenate([frame[f"{name}_scienceFluxMean"] for frame in objects])
        for row in range(0, len(ids), 5):
            here = (owner == ids[row]) & (band == name)
            if not here.any():
                assert np.isnan(mean[row])
                continue
            weight = error[here] ** -2
            tolerance = 0.02 * error[here].max()
            assert mean[row] == pytest.approx(np.average(flux[here], weights=weight), abs=tolerance)
            assert largest[row] == pytest.approx(flux[here].max(), abs=tolerance)
            weight = science_error[here] ** -2
            expected = np.average(science[here], weights=weight)
            assert direct[row] == pytest.approx(expected, abs=0.02 * science_error[here].max())


def test_the_second_release_keeps_a_choice() -> None:
    sky = tiny_sky()
    frame = next(iter(dia_object_rows(sky, TINY, 1, "dp2")))
    assert "r_psfFluxMaxSlope" in frame
    assert "r_psfFluxSkew" not in frame
    assert "radecMjdTai" not in frame
