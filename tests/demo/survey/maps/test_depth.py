from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import Latitude, Longitude
from astropy.io import fits
from cdshealpix.nested import healpix_to_lonlat, lonlat_to_healpix

from lsp_jupyter.catalogs.checks import check_spec
from lsp_jupyter.demo.survey.maps.depth import (
    PROPERTIES,
    SPEC,
    map_order,
    map_rows,
    property_maps,
    write_maps,
)
from lsp_jupyter.demo.survey.observing.fields import BANDS, field
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import size

TINY = size("tiny")


@pytest.mark.parametrize("name", ["47_Tuc", "ECDFS"])
def test_a_cell_is_as_deep_as_the_exposures_that_cover_it(name: str) -> None:
    one = next(made for made in property_maps(TINY, 1) if made.field.name == name)
    pick = len(one.cells) // 2
    here = one.ra[pick : pick + 1], one.dec[pick : pick + 1]
    for place, band in enumerate(BANDS):
        seen = [
            visit
            for visit in schedule(TINY, 1)
            if visit.field == one.field
            and visit.band == band
            and visit.covers(*here, TINY)[0][0] >= 0
        ]
        depth = one.values["psf_maglim"][pick, place]
        if not seen:
            assert np.isnan(depth)
            continue
        # The mean of exposures, each weighted by one over the variance of its pixels.
        weights = np.array([visit.noise**-2 for visit in seen])
        squares = np.array([visit.psf_sigma**2 for visit in seen])
        area = 4 * np.pi * (weights * squares).sum() / weights.sum()
        limit = 5 * (area / weights.sum()) ** 0.5
        assert depth == pytest.approx(31.4 - 2.5 * np.log10(limit), abs=1e-9)
        # Nearly as deep as if each were measured by itself.
        alone = np.array([10 ** (0.8 * visit.depth) for visit in seen])
        assert depth == pytest.approx(1.25 * np.log10(alone.sum()), abs=0.2)
        times = [visit.exposure for visit in seen]
        assert one.values["exposure_time"][pick, place] == pytest.approx(sum(times))
        sigmas = [visit.psf_sigma for visit in seen]
        assert min(sigmas) <= one.values["psf_size"][pick, place] <= max(sigmas)
        assert one.values["epoch"][pick, place] == pytest.approx(
            np.mean([visit.mjd for visit in seen])
        )


def test_cells_are_where_the_rows_say_and_hold_all_that_was_seen() -> None:
    check_spec(SPEC)
    frames = list(map_rows(TINY, 1))
    assert set(frames[0]) == {column.name for column in SPEC.columns}
    cells = np.concatenate([frame["healpix"] for frame in frames])
    assert len(np.unique(cells)) == len(cells)
    ra, dec = (np.concatenate([frame[name] for frame in frames]) for name in ("ra", "dec"))
    found = lonlat_to_healpix(Longitude(ra * units.deg), Latitude(dec * units.deg), map_order(TINY))
    assert (found.astype(np.int64) == cells).all()
    # Every cell around each exposure whose centre is on a detector is in the map.
    for visit in schedule(TINY, 1)[::17]:
        middle = lonlat_to_healpix(
            Longitude([visit.ra] * units.deg), Latitude([visit.dec] * units.deg), 15
        )
        near = middle.astype(np.int64) + np.arange(-300, 300)
        place = healpix_to_lonlat(near.astype(np.uint64), 15)
        on = visit.covers(place[0].to_value("deg"), place[1].to_value("deg"), TINY)[0] >= 0
        assert on.any()
        assert np.isin(near[on], cells).all()


@pytest.mark.parametrize(("name", "order"), [("tiny", 15), ("small", 15), ("large", 11)])
def test_wide_fields_have_coarser_cells(name: str, order: int) -> None:
    assert map_order(size(name)) == order


def test_fits_maps_are_partial_healpix_maps_always_the_same(tmp_path: Path) -> None:
    paths = write_maps(TINY, 1, tmp_path / "a")
    assert len(paths) == len(PROPERTIES) * len(BANDS)
    path = tmp_path / "a" / "deepCoadd_psf_maglim_consolidated_map_weighted_mean_i.fits.gz"
    table = fits.getdata(path, 1)
    header = fits.getheader(path, 1)
    assert (header["PIXTYPE"], header["ORDERING"], header["INDXSCHM"], header["NSIDE"]) == (
        "HEALPIX",
        "NESTED",
        "EXPLICIT",
        2**15,
    )
    assert (np.diff(table["PIXEL"]) > 0).all()
    # Seagull was not observed in i.
    ra = healpix_to_lonlat(table["PIXEL"].astype(np.uint64), 15)[0].to_value("deg")
    assert not (abs(ra - field("Seagull").ra) < 1).any()
    assert ((table["psf_maglim"] > 22) & (table["psf_maglim"] < 27)).all()
    # No time of day in it (RFC 1952 section 2.3).
    assert path.read_bytes()[4:8] == bytes(4)
    write_maps(TINY, 1, tmp_path / "b")
    assert all(one.read_bytes() == (tmp_path / "b" / one.name).read_bytes() for one in paths)
