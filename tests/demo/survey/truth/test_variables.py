"""Variable objects: which there are, and their light."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.id_draws import normal, uniform
from lsp_jupyter.demo.survey.observing.fields import BANDS, field
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import SIZES
from lsp_jupyter.demo.survey.truth import variables
from lsp_jupyter.demo.survey.truth.sky import Sky
from lsp_jupyter.demo.survey.truth.variables import AGN, ECLIPSING, RRAB, RRC, light

IDS = np.arange(2**54, 2**54 + 300, dtype=np.int64)
TIMES = np.linspace(60_000, 60_060, 6001)[:, None]


@pytest.mark.parametrize("name", ["tiny", "small"])
def test_the_deep_field_has_bright_ones_of_every_kind(name: str) -> None:
    size = SIZES[name]
    sky = Sky(size, 1)
    objects = sky.objects(sky.tiles(field("ECDFS"))[0])
    r = 31.4 - 2.5 * np.log10(objects.flux[:, BANDS.index("r")])
    for kind, least in ((RRAB, 2), (RRC, 1), (ECLIPSING, 2), (AGN, 3)):
        some = (objects.variable == kind) & (r < 21)
        assert some.sum() >= least
        assert not objects.galaxy[some].any()
    # Most exposures see each of them.
    shown = (objects.variable != 0) & (r < 21)
    seen = [
        visit.covers(objects.ra[shown], objects.dec[shown], size)[0] >= 0
        for visit in schedule(size, 1)
        if visit.field.name == "ECDFS"
    ]
    assert np.mean(seen, axis=0).min() > 0.7


def test_other_fields_have_them_at_their_rates() -> None:
    sky = Sky(SIZES["small"], 1)
    fornax = sky.objects(sky.tiles(field("Fornax_dSph"))[0])
    pulsating = np.isin(fornax.variable, (RRAB, RRC))
    assert pulsating.sum() >= 8
    r = 31.4 - 2.5 * np.log10(fornax.flux[pulsating, 2])
    assert np.median(r) == pytest.approx(21.25, abs=0.2)
    seagull = sky.objects(sky.tiles(field("Seagull"))[0])
    bright = (seagull.flux[:, 2] > 10 ** ((31.4 - 22.5) / 2.5)) & ~seagull.galaxy
    assert 0.002 < (seagull.variable[bright] == ECLIPSING).mean() < 0.02


@pytest.mark.parametrize("kind", [RRAB, RRC, ECLIPSING, AGN])
def test_light_is_the_same_alone_and_its_mean_is_one(kind: int) -> None:
    kinds = np.full(len(IDS), kind)
    every = light(7, IDS, kinds)
    one = light(7, IDS[5:6], kinds[5:6])
    assert one.change("g", 60_111.1)[0] == pytest.approx(every.change("g", 60_111.1)[5], rel=1e-12)
    assert (light(8, IDS, kinds).change("g", 60_111.1) != every.change("g", 60_111.1)).all()
    curve = every.change("r", TIMES[::4])
    assert curve.shape == (1501, 300)
    assert (curve > 0).all()
    tolerance = 0.05 if kind == AGN else 0.02
    assert curve.mean() == pytest.approx(1, abs=tolerance)
    # One time for each object.
    each = every.change("r", TIMES[:1200:4, 0])
    assert each == pytest.approx(curve[np.arange(300), np.arange(300)])


@pytest.mark.parametrize("kind", [RRAB, RRC, ECLIPSING])
def test_periodic_ones_repeat_and_reach_their_amplitude(kind: int) -> None:
    found = light(7, IDS, np.full(len(IDS), kind))
    now, later = (found.change("i", 60_020.0 + found.period * n) for n in (0, 11))
    assert now == pytest.approx(later, rel=1e-6)
    phases = found.epoch + found.period * np.linspace(0, 1, 401)[:, None]
    magnitude = -2.5 * np.log10(found.change("i", phases))
    size = np.ptp(magnitude, axis=0)
    assert size == pytest.approx(found.amplitude[:, BANDS.index("i")], abs=0.12)
    if kind == ECLIPSING:
        assert magnitude[0] == pytest.approx(magnitude.max(axis=0), abs=0.01)
    else:
        assert magnitude[0] == pytest.approx(magnitude.min(axis=0), abs=0.03)
        # They are bluer when bright.
        blue = -2.5 * np.log10(found.change("g", phases))
        assert (np.ptp(blue, axis=0) > size).all()
    assert [variables.period(7, int(IDS[3]), kind)] == found.period[3:4].tolist()


def test_periods_are_those_of_such_stars() -> None:
    ab, c = (light(1, IDS, np.full(len(IDS), kind)) for kind in (RRAB, RRC))
    assert np.mean(ab.period) == pytest.approx(0.575, abs=0.02)
    assert np.mean(c.period) == pytest.approx(0.335, abs=0.02)
    assert ((ab.amplitude[:, 1] > 0.4) & (ab.amplitude[:, 1] < 1.5)).all()
    # A steep rise: a tenth to a fifth of the period.
    phases = ab.epoch + ab.period * np.linspace(0, 1, 201)[:, None]
    rising = np.diff(ab.change("g", phases), axis=0) > 0
    assert 0.08 < rising.mean() < 0.25


def test_active_nuclei_walk_and_forget() -> None:
    found = light(3, IDS, np.full(len(IDS), AGN))
    assert np.isnan(found.period).all()
    start = -2.5 * np.log10(found.change("g", 60_000.0)) / found.amplitude[:, 1]
    spread = []
    for days in (1, 10, 100, 1000):
        later = -2.5 * np.log10(found.change("g", 60_000.0 + days)) / found.amplitude[:, 1]
        spread.append(np.std(later - start))
    expected = [
        np.sqrt(np.mean(2 - 2 * np.exp(-days / found.damping))) for days in (1, 10, 100, 1000)
    ]
    assert spread == pytest.approx(expected, rel=0.2)
    assert np.std(start) == pytest.approx(1, abs=0.15)


def test_draws_of_ids_are_even_and_normal_and_their_own() -> None:
    ids = np.arange(2**60, 2**60 + 20_000, dtype=np.int64)
    even = uniform(1, "this", ids)
    assert ((even > 0) & (even < 1)).all()
    assert np.abs(np.histogram(even, 20, (0, 1))[0] - 1000).max() < 150
    assert abs(np.corrcoef(even[1:], even[:-1])[0, 1]) < 0.03
    assert abs(np.corrcoef(even, uniform(1, "that", ids))[0, 1]) < 0.03
    assert (uniform(1, "this", ids[7:8]) == even[7]).all()
    bell = normal(1, "this", ids)
    assert [bell.mean(), bell.std()] == pytest.approx([0, 1], abs=0.03)
