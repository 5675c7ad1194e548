from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.tables.phase_curves import FIDUCIAL, fit_phase_curve, phase_magnitude


def test_the_curve_is_the_published_one() -> None:
    # Muinonen et al. 2010: the basis functions at their nodes, put together for two slopes.
    for slope, one, two in ((0.1, 0.13691, 0.53088), (0.7, 0.68865, 0.12845)):
        for angle, parts in (
            (0.0, (1.0, 1.0, 1.0)),
            (30.0, (0.33486016, 0.62884169, 0.0)),
            (60.0, (0.13410560, 0.31755495, 0.0)),
            (4.0, (1 - 6 * np.radians(4) / np.pi, 1 - 1.8 * np.radians(4) / np.pi, 0.23174230)),
        ):
            flux = one * parts[0] + two * parts[1] + (1 - one - two) * parts[2]
            made = phase_magnitude(np.array([angle]), slope)[0]
            assert made == pytest.approx(-2.5 * np.log10(flux), abs=2e-4), (slope, angle)


def test_it_fades_smoothly() -> None:
    angle = np.linspace(0, 120, 2000)
    for slope in (0.0, 0.3, 1.0):
        step = np.diff(phase_magnitude(angle, slope))
        assert (step > 0).all()
        # Steepest near opposition, and nowhere a jump.
        assert step.argmax() < 20
        assert step.max() < 0.03


def test_fits_find_what_was_put_in() -> None:
    random = np.random.default_rng(6)
    angle, error = np.linspace(0.5, 25, 60), np.full(60, 0.02)
    pulls = []
    for _ in range(25):
        seen = 17.0 + phase_magnitude(angle, 0.45) + 0.02 * random.standard_normal(60)
        made = fit_phase_curve(angle, seen, error)
        assert not made.failed
        assert made.chi2 < 120
        pulls.append([(made.H - 17.0) / made.H_error, (made.G12 - 0.45) / made.G12_error])
    assert np.std(pulls, axis=0) == pytest.approx([1, 1], abs=0.35)
    assert np.abs(np.mean(pulls, axis=0)).max() < 0.6


def test_few_points_tell_no_slope() -> None:
    made = fit_phase_curve(np.array([10.0]), np.array([18.0]), np.array([0.1]))
    assert made.failed
    assert made.G12 == FIDUCIAL
    assert np.isnan(made.G12_error)
    assert pytest.approx(18.0 - phase_magnitude(np.array([10.0]), FIDUCIAL)[0]) == made.H
    assert made.H_error == pytest.approx(0.1)
    near = np.linspace(9.9, 10.1, 50)
    assert fit_phase_curve(near, 18 + 0 * near, np.full(50, 0.1)).failed
