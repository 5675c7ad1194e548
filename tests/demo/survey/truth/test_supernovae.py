"""Supernovae: in galaxies, in the campaign, with light curves as they have."""

from __future__ import annotations

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.fields import FIELDS, field
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import SIZES, size
from lsp_jupyter.demo.survey.truth.sky import Sky
from lsp_jupyter.demo.survey.truth.supernovae import TYPES, Supernovae


@pytest.mark.parametrize("name", ["tiny", "small"])
def test_they_are_in_galaxies_and_peak_while_it_is_observed(name: str) -> None:
    sky = Sky(SIZES[name], 1)
    nights = [visit.mjd for visit in schedule(SIZES[name], 1)]
    total = 0
    for one in FIELDS:
        found = sky.supernovae(one)
        objects = sky.objects(sky.tiles(one)[0])
        total += len(found)
        assert len(np.unique(found.host)) == len(found) >= 1
        assert (found.id > 2**53).all()
        assert not np.isin(found.id, objects.id).any()
        host = [int(np.flatnonzero(objects.id == number)[0]) for number in found.host]
        assert objects.galaxy[host].all()
        assert (found.redshift == objects.redshift[host]).all()
        away = np.hypot(
            (found.ra - objects.ra[host]) * np.cos(np.radians(found.dec)),
            found.dec - objects.dec[host],
        )
        assert (away * 3600 < 2 * objects.disk_radius[host]).all()
        assert ((found.peak > min(nights)) & (found.peak < max(nights))).all()
    deep = sky.supernovae(field("ECDFS"))
    assert len(deep) >= 5
    assert total > len(deep)
    # Some are as bright as 22, before and after their maxima seen by several exposures.
    brightest = np.array([deep.flux("r", float(peak)).max() for peak in deep.peak])
    assert (brightest > 10 ** ((31.4 - 22.5) / 2.5)).any()


def test_the_first_is_a_standard_candle() -> None:
    one = field("ECDFS")
    number = np.array([1], np.int64)
    usual = Supernovae(
        field=one,
        id=number,
        host=number,
        ra=np.array([one.ra]),
        dec=np.array([one.dec]),
        redshift=np.array([0.1]),
        peak=np.array([60_630.0]),
        type=np.array([TYPES.index("Ia")]),
        offset=np.zeros(1),
        stretch=np.ones(1),
    )
    days = np.arange(60_600.0, 60_690.0)
    with np.errstate(divide="ignore"):
        curve = {
            band: 31.4 - 2.5 * np.log10([float(usual.flux(band, day)[0]) for day in days])
            for band in "gri"
        }
    # At a redshift of 0.1 (distance modulus 38.3) they reach 19.1 in g.
    assert curve["g"].min() == pytest.approx(19.1, abs=0.25)
    assert abs(days[np.argmin(curve["g"])] - 60_630) <= 2
    # A magnitude fainter 15 days later in B, here near g, less in r.
    later = np.searchsorted(days, 60_630 + 15 * 1.1)
    assert 0.5 < curve["g"][later] - curve["g"].min() < 1.2
    assert curve["r"][later] - curve["r"].min() < 0.7
    # Nothing before the explosion.
    assert usual.flux("g", 60_600.0)[0] == 0
    assert usual.flux("g", 60_612.0)[0] > 0


def test_the_second_kind_has_a_plateau() -> None:
    sky = Sky(size("1e6"), 1)
    found = [sky.supernovae(each) for each in FIELDS[1:4]]
    plateaus = 0
    for one in found:
        second = one.type == TYPES.index("II")
        early, late = (_magnitudes(one, days) for days in (20, 60))
        assert (np.abs(late - early)[second] < 1).all()
        assert (late - early)[~second].min(initial=9) > 1
        plateaus += int(second.sum())
    assert plateaus > 0


def _magnitudes(found: Supernovae, days: float) -> np.ndarray:
    """In r, each so many days after its maximum as it sees them."""
    flux = [
        found.flux("r", float(peak + days * (1 + redshift)))[k]
        for k, (peak, redshift) in enumerate(zip(found.peak, found.redshift, strict=True))
    ]
    return np.asarray(31.4 - 2.5 * np.log10(flux))
