"""The truth as a whole: deterministic, complete, in its tiles, joined by its ids."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest

from lsp_jupyter.demo.survey.observing.fields import BANDS, FIELDS, field
from lsp_jupyter.demo.survey.observing.skymap import tract
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import SIZES, size
from lsp_jupyter.demo.survey.truth.gaia_stars import gaia_stars
from lsp_jupyter.demo.survey.truth.sky import EPOCH, Objects, Sky, Tile

TINY, SMALL = SIZES["tiny"], SIZES["small"]
COLUMNS = [each.name for each in dataclasses.fields(Objects) if each.name != "field"]


@pytest.fixture(scope="module")
def sky() -> Sky:
    return Sky(TINY, 1)


def _digest(objects: Objects) -> str:
    summed = hashlib.blake2b()
    for name in COLUMNS:
        summed.update(np.ascontiguousarray(getattr(objects, name)).tobytes())
    return summed.hexdigest()


def test_the_same_seed_makes_the_same_bytes_in_any_order(sky: Sky) -> None:
    again, other = Sky(TINY, 1), Sky(TINY, 2)
    tiles = [each.tiles(field("ECDFS"))[0] for each in (sky, again, other)]
    again.supernovae(FIELDS[0])
    again.objects(again.tiles(FIELDS[5])[0])
    made = [each.objects(tile) for each, tile in zip((sky, again, other), tiles, strict=True)]
    assert _digest(made[0]) == _digest(made[1]) != _digest(made[2])
    assert made[0] is sky.objects(tiles[0])


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_columns_are_of_one_length_and_make_sense(sky: Sky, one: object) -> None:
    for tile in sky.tiles(one):  # type: ignore[arg-type]
        objects = sky.objects(tile)
        n = len(objects)
        assert n > 100
        for name in COLUMNS:
            values = getattr(objects, name)
            assert values.shape == ((n, 6) if name == "flux" else (n,)), name
            assert np.isfinite(values.astype(float)).all(), name
        assert (objects.flux > 0).all()
        assert objects.id.min() > 2**53
        assert len(np.unique(objects.id)) == n
        star = ~objects.galaxy
        for name in ("bulge", "bulge_radius", "disk_radius"):
            assert (getattr(objects, name)[star] == 0).all()
        assert ((objects.bulge >= 0) & (objects.bulge <= 1)).all()
        assert (objects.disk_radius[objects.galaxy] > 0).all()
        assert ((objects.axis_ratio > 0) & (objects.axis_ratio <= 1)).all()
        assert (objects.redshift[objects.galaxy] > 0).all()
        assert (objects.pm_ra[objects.galaxy] == 0).all()


def test_tiles_cover_the_tract_once_and_the_cameras_corners(sky: Sky) -> None:
    large = Sky(size("3e5"), 1)
    for one, few in ((sky, True), (large, False)):
        tiles = one.tiles(FIELDS[3])
        assert (len(tiles) == 1) == few
        area = tract(FIELDS[3], one.size)
        width = area.inner * 5 * 0.2 / 3600
        assert sum(tile.area for tile in tiles) == pytest.approx(width**2)
        middle = [abs(tile.west + tile.east) + abs(tile.south + tile.north) for tile in tiles]
        assert middle[0] == min(middle)
        rng = np.random.default_rng(1)
        places = rng.uniform(-width / 2, width / 2, (2, 500))
        assert (sum(tile.holds(*places).astype(int) for tile in tiles) == 1).all()
    objects = sky.objects(sky.tiles(FIELDS[3])[0])
    # Turned by any angle, the camera sees objects in its corners.
    for visit in schedule(TINY, 1):
        if visit.field.name == "ECDFS":
            detector, _, _ = visit.covers(objects.ra, objects.dec, TINY)
            assert set(range(9)) <= set(detector.tolist())


def test_patches_are_those_of_the_sky_map_and_in_the_ids(sky: Sky) -> None:
    objects = sky.objects(sky.tiles(FIELDS[1])[0])
    assert (objects.patch == tract(FIELDS[1], TINY).find(objects.ra, objects.dec)).all()
    assert (objects.id >> 40 == FIELDS[1].tract * 100 + objects.patch).all()


def test_a_tile_of_a_large_survey_is_not_too_large() -> None:
    large = Sky(size("1e7"), 1)
    for name in ("Seagull", "ECDFS"):
        tiles = large.tiles(field(name))
        for tile in (tiles[0], tiles[-1]):
            assert 10_000 < len(large.objects(tile)) < 48_000
    assert len(np.unique(np.concatenate([large.objects(t).id for t in tiles[:3]]))) == sum(
        len(large.objects(tile)) for tile in tiles[:3]
    )


def test_the_numbers_grow_with_the_size(sky: Sky) -> None:
    small = Sky(SMALL, 1)
    assert sky.share == 1 > small.share
    many, few = (
        sum(len(each.objects(tile)) / tile.area / each.share for tile in each.tiles(FIELDS[4]))
        for each in (small, sky)
    )
    assert many == pytest.approx(few, rel=0.35)


def test_the_real_stars_have_their_ids_places_and_brightness() -> None:
    from lsp_jupyter.demo import gaia

    wide = Sky(size("1e6"), 1)
    tile = wide.tiles(field("Seagull"))[0]
    near = gaia_stars(gaia.read(), 1.0)
    objects = wide.objects(tile)
    real = objects.gaia != 0
    assert real.any()
    place = {int(identifier): index for index, identifier in enumerate(near.id)}
    for index in np.flatnonzero(real):
        star = place[int(objects.gaia[index])]
        assert objects.ra[index] == pytest.approx(near.ra[star], abs=1e-9)
        assert objects.dec[index] == pytest.approx(near.dec[star], abs=1e-9)
        r = 31.4 - 2.5 * np.log10(objects.flux[index, 2])
        assert abs(r - near.g[star]) < 0.8
        assert objects.pm_ra[index] == 0
    # Those that are not real are fainter than all real ones.
    g = 31.4 - 2.5 * np.log10(objects.flux[~real & ~objects.galaxy][:, 1:4]).mean(axis=1)
    assert g.min() > 9.5


def test_given_rows_of_gaia_are_used() -> None:
    import pyarrow as pa

    one = field("Fornax_dSph")
    batch = pa.RecordBatch.from_pydict(
        {
            "source_id": pa.array([77, 78], pa.int64()),
            "ra": [one.ra, one.ra + 20],
            "dec": [one.dec, one.dec],
            "phot_g_mean_mag": pa.array([8.0, 8.0], pa.float32()),
            "bp_rp": pa.array([None, 1.0], pa.float32()),
        }
    )
    given = Sky(TINY, 1, gaia=iter([batch]))
    objects = given.objects(given.tiles(one)[0])
    assert objects.gaia[objects.gaia != 0].tolist() == [77]
    assert np.isfinite(objects.flux).all()


def test_stars_move_by_their_proper_motion(sky: Sky) -> None:
    objects = sky.objects(sky.tiles(field("Rubin_SV_095_-25"))[0])
    assert all(
        (was == now).all()
        for was, now in zip(sky.positions(objects, EPOCH), (objects.ra, objects.dec), strict=True)
    )
    ra, dec = sky.positions(objects, EPOCH + 365.25)
    east = (ra - objects.ra) * np.cos(np.radians(objects.dec)) * 3.6e6
    assert east == pytest.approx(objects.pm_ra, abs=0.01)
    assert (dec - objects.dec) * 3.6e6 == pytest.approx(objects.pm_dec, abs=0.01)
    assert np.abs(objects.pm_ra).max() > 10


def test_only_variable_objects_change(sky: Sky) -> None:
    objects = sky.objects(sky.tiles(field("ECDFS"))[0])
    still = objects.variable == 0
    for band in BANDS:
        mean = objects.flux[:, BANDS.index(band)]
        changed = sky.flux(objects, band, 60_620.3)
        assert (changed[still] == mean[still]).all()
        assert (changed[~still] != mean[~still]).all()


def test_a_tile_scatters_inside_itself() -> None:
    tile = Tile(FIELDS[0], 0, -0.1, 0.2, -0.3, 0.0)
    xi, eta = tile.scatter(1000, np.random.default_rng(1))
    assert tile.holds(xi, eta).all()
    assert tile.area == pytest.approx(0.09)
