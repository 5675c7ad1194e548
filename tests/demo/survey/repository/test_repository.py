"""The Butler repository: what an astronomer asks of it, and that its answers are true."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table
from lsst.daf.butler import Butler, DatasetType

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.demo.survey.images.dataset import Dataset
from lsp_jupyter.demo.survey.images.psf import Psf as SurveyPsf
from lsp_jupyter.demo.survey.maps.depth import write_maps
from lsp_jupyter.demo.survey.observing.camera import DETECTORS, INSTRUMENT
from lsp_jupyter.demo.survey.observing.fields import BANDS, field
from lsp_jupyter.demo.survey.observing.skymap import PATCHES, SKYMAP, Tract, tract, tracts
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.repository.dataset_types import CHAIN
from lsp_jupyter.demo.survey.repository.repository import (
    CALIBRATION_COLLECTION,
    File,
    make_repository,
)
from lsp_jupyter.demo.survey.repository.table_files import map_files, table_files
from lsp_jupyter.demo.survey.sizes import SIZES
from lsp_jupyter.images import Box, Exposure
from lsp_jupyter.images.butler.planes import Image, Mask
from lsp_jupyter.images.butler.psf import Psf
from lsp_jupyter.images.butler.wcs import Wcs

SIZE, SEED = SIZES["tiny"], 7
SIDE = SIZE.pixels
DEEP = field("ECDFS")
MIDDLE = PATCHES**2 // 2
DEPTH = "deepCoadd_psf_maglim_consolidated_map_weighted_mean"


def deep_visits() -> list[Visit]:
    return [visit for visit in schedule(SIZE, SEED) if visit.field == DEEP][:4]


def exposure(wcs: TangentWcs, side: int, first: tuple[int, int] = (0, 0), **cards: Any) -> Exposure:
    """Pixels whose values tell where they are."""
    rows, columns = np.indices((side, side), dtype=np.float32)
    return Exposure(
        Image(rows * 1000 + columns, first, "nJy"),
        Mask(np.full((side, side), 2, np.int32), first, {"BAD": 0, "SAT": 1}),
        Image(np.ones((side, side), np.float32), first, "nJy2"),
        wcs=Wcs(fits.Header(wcs.header()), first),
        psf=Psf(SurveyPsf(2.0).image(31)),
        metadata=fits.Header(cards),
    )


def images(folder: Path) -> Iterator[Dataset]:
    folder.mkdir(parents=True)
    for visit in deep_visits():
        for detector in DETECTORS:
            path = folder / f"{visit.id}-{detector.id}.fits"
            wcs = visit.wcs(detector, SIZE)
            exposure(wcs, SIDE, VISIT=visit.id, DETECTOR=detector.id).writeFits(path)
            key = {"instrument": INSTRUMENT, "visit": visit.id, "detector": detector.id}
            yield Dataset("visit_image", key, path, SIDE, SIDE, wcs=wcs, visit=visit)
    for one in tracts(SIZE):
        patch = one.patch(MIDDLE)
        path = folder / f"{one.id}.fits"
        first = patch.x, patch.y
        exposure(one.patch_wcs(patch), patch.width, first).writeFits(path)
        key = {"skymap": SKYMAP, "tract": one.id, "patch": patch.id, "band": "r"}
        yield Dataset("deep_coadd", key, path, patch.width, patch.height, *first)
    camera = {"instrument": INSTRUMENT, "detector": 4}
    for kind, more in (
        ("raw", {"exposure": deep_visits()[0].id}),
        ("bias", {}),
        ("flat", {"physical_filter": "r_03"}),
    ):
        path = folder / f"{kind}.fits"
        fits.PrimaryHDU(np.ones((SIDE, SIDE), np.int32)).writeto(path)
        yield Dataset(kind, camera | more, path, SIDE, SIDE)


def files(folder: Path) -> Iterator[File]:
    yield from images(folder / "images")
    table = pa.table(
        {
            "objectId": [2**60 + 1, 2**60 + 2, 2**60 + 3],
            "tract": [DEEP.tract, DEEP.tract, 453],
            "patch": [11, 12, 12],
            "r_psfFlux": [1.5, None, 3.5],
            "band": ["r", None, "g"],
        }
    )
    columns = (Column("r_psfFlux", "double", unit="nJy", description="Flux of a point"),)
    yield from table_files("object", table.to_batches(), folder / "tables", columns)
    yield from table_files("object_forced_source", table.to_batches(), folder / "tables")
    visits = [visit.id for visit in deep_visits()]
    begins = pa.array([np.datetime64("2024-11-08T06:00:00", "us")] * 4)
    table = pa.table({"visitId": visits, "obsStart": begins})
    yield from table_files("visit_table", table.to_batches(), folder / "tables")
    yield from map_files(write_maps(SIZE, SEED, folder / "maps"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("butler")
    made = make_repository(folder / "dp1", files(folder / "work"), SIZE, SEED)
    assert made > 4 * len(DETECTORS) + len(tracts(SIZE)) + 3
    # Moved, and nothing half-made is left.
    assert [path.name for path in folder.iterdir() if path.name != "work"] == ["dp1"]
    assert not [path for path in (folder / "work").rglob("*") if path.is_file()]
    return folder / "dp1"


@pytest.fixture(scope="module")
def butler(root: Path) -> Iterator[Butler]:
    butler = Butler.from_config(str(root), collections=CHAIN)
    yield butler
    butler.close()


def seen_by(visit: Visit, ra: float, dec: float) -> set[tuple[int, int]]:
    """The visit and the detector that the truth says sees a position."""
    detector = int(visit.covers(np.array([ra]), np.array([dec]), SIZE)[0][0])
    return {(visit.id, detector)} if detector >= 0 else set()


def keys(refs: list[Any]) -> set[tuple[int, int]]:
    return {(ref.dataId["visit"], ref.dataId["detector"]) for ref in refs}


def test_a_kernel_gets_an_image_with_no_part_of_the_pipelines(root: Path) -> None:
    visit = deep_visits()[1]
    code = f"""
import sys
from lsst.daf.butler import Butler
butler = Butler({str(root)!r}, collections={CHAIN!r})
image = butler.get("visit_image", visit={visit.id}, detector=4, instrument="LSSTComCam")
assert image.image.array[3, 5] == 3005 and (image.mask.array == 2).all()
assert (image.variance.array == 1).all() and image.getBBox().getWidth() == {SIDE}
sky = image.getWcs().pixelToSky({SIDE / 2}, {SIDE / 2})
assert sky.separation(image.wcs.pixelToSky(0, 0)).arcsec > 1
never = ("lsst.afw", "lsst.geom", "lsp_jupyter.demo")
assert not [name for name in sys.modules if name.startswith(never)]
print("got it")
"""
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert run.stdout.strip() == "got it", run.stderr


def test_position_and_pixels_agree(butler: Butler) -> None:
    visit = deep_visits()[0]
    got = butler.get("visit_image", visit=visit.id, detector=2, instrument=INSTRUMENT)
    ra, dec = visit.wcs(DETECTORS[2], SIZE).pixel_to_sky(np.array([100.0]), np.array([40.0]))
    pixel = got.wcs.skyToPixel(float(ra[0]), float(dec[0]))
    assert tuple(pixel) == pytest.approx((100, 40), abs=1e-4)
    assert seen_by(visit, float(ra[0]), float(dec[0])) == {(visit.id, 2)}


def test_a_cutout_of_a_coadd_in_pixels_of_its_tract(butler: Butler) -> None:
    one = tract(DEEP, SIZE)
    patch = one.patch(MIDDLE)
    box = Box(patch.x + 10, patch.y + 20, 16, 8)
    key = {"skymap": SKYMAP, "tract": one.id, "patch": MIDDLE, "band": "r"}
    cut = butler.get("deep_coadd", key, parameters={"bbox": box})
    assert cut.bbox == cut.mask.bbox == box
    assert (cut.image.array[0, 0], cut.image[box.maxX, box.maxY]) == (20010, 27025)
    # The tract's own projection, whatever the patch.
    x, y = one.wcs.sky_to_pixel(np.array([DEEP.ra]), np.array([DEEP.dec]))
    assert tuple(cut.wcs.skyToPixel(DEEP.ra, DEEP.dec)) == pytest.approx((x[0], y[0]), abs=1e-4)
    local = butler.get(
        "deep_coadd", key, parameters={"bbox": Box(10, 20, 16, 8), "origin": "LOCAL"}
    )
    np.testing.assert_array_equal(local.image.array, cut.image.array)
    assert butler.get("deep_coadd.bbox", key) == Box(patch.x, patch.y, patch.width, patch.height)


@pytest.mark.parametrize(
    ("component", "kind"),
    [
        *(("image", "Image"), ("mask", "Mask"), ("variance", "Image"), ("wcs", "Wcs")),
        *(("psf", "Psf"), ("metadata", "Header"), ("bbox", "Box"), ("dimensions", "Extent")),
        *(("xy0", "Point"), ("visitInfo", "VisitInfo"), ("photoCalib", "PhotoCalib")),
    ],
)
def test_components(butler: Butler, component: str, kind: str) -> None:
    key = {"instrument": INSTRUMENT, "visit": deep_visits()[0].id, "detector": 0}
    assert type(butler.get(f"visit_image.{component}", key)).__name__ == kind
    if component in ("image", "mask", "variance"):
        box = Box(5, 6, 7, 8)
        cut = butler.get(f"visit_image.{component}", key, parameters={"bbox": box})
        assert cut.bbox == box


def test_what_cannot_be_had_is_said(butler: Butler) -> None:
    key = {"instrument": INSTRUMENT, "visit": deep_visits()[0].id, "detector": 0}
    with pytest.raises(ValueError, match=r"needs the package lsst\.afw\.cameraGeom"):
        butler.get("visit_image.detector", key)
    with pytest.raises(ValueError, match="clippedTo"):
        butler.get("visit_image", key, parameters={"bbox": Box(-5, 0, 10, 10)})
    with pytest.raises(ValueError, match="has no component"):
        butler.get("raw.psf", instrument=INSTRUMENT, detector=4, exposure=key["visit"])


def test_files_are_where_their_uris_say(butler: Butler, root: Path) -> None:
    refs = butler.query_datasets("visit_image")
    assert len(refs) == 4 * len(DETECTORS)
    paths = {Path(butler.getURI(ref).ospath) for ref in refs}
    assert len(paths) == len(refs)
    assert all(path.is_file() and root in path.parents for path in paths)


@pytest.mark.parametrize("detector", [0, 4, 8])
def test_images_by_position(butler: Butler, detector: int) -> None:
    visits = deep_visits()
    middle = np.array([SIDE / 2])
    ra, dec = (
        float(v[0]) for v in visits[0].wcs(DETECTORS[detector], SIZE).pixel_to_sky(middle, middle)
    )
    refs = butler.query_datasets(
        "visit_image",
        where="visit_detector_region.region OVERLAPS POINT(:ra, :dec)",
        bind={"ra": ra, "dec": dec},
    )
    truth = set().union(*(seen_by(visit, ra, dec) for visit in visits))
    assert (visits[0].id, detector) in keys(refs)
    assert keys(refs) == truth


def test_images_by_time(butler: Butler) -> None:
    visits = deep_visits()
    visit = visits[2]
    for begin, end, expected in (
        (visit.mjd - 1e-5, visit.mjd + 1e-5, {visit.id}),
        (0.0, visit.mjd, {one.id for one in visits[:3]}),
        (visit.mjd + visit.exposure / 86_400, 99_999.0, {visits[3].id}),
    ):
        refs = butler.query_datasets(
            "visit_image", where=f"visit.timespan OVERLAPS (T'{begin:.7f}', T'{end:.7f}')"
        )
        assert {ref.dataId["visit"] for ref in refs} == expected
    day = visit.day_obs
    refs = butler.query_datasets(
        "visit_image", where=f"instrument='{INSTRUMENT}' AND day_obs={day} AND detector=4"
    )
    assert {ref.dataId["visit"] for ref in refs} == {v.id for v in visits if v.day_obs == day}


def test_coadds_by_position(butler: Butler) -> None:
    refs = butler.query_datasets(
        "deep_coadd",
        where="band='r' AND patch.region OVERLAPS POINT(:ra, :dec)",
        bind={"ra": DEEP.ra, "dec": DEEP.dec},
    )
    assert [(ref.dataId["tract"], ref.dataId["patch"]) for ref in refs] == [(DEEP.tract, MIDDLE)]
    nowhere = butler.query_datasets(
        "deep_coadd", where="patch.region OVERLAPS POINT(200.0, 10.0)", explain=False
    )
    assert nowhere == []


def test_patches_are_those_of_the_sky_map(butler: Butler) -> None:
    from lsst.sphgeom import LonLat, UnitVector3d

    records = butler.query_dimension_records("patch", where=f"skymap='{SKYMAP}'", limit=None)
    assert len(records) == len(tracts(SIZE)) * PATCHES**2
    regions = {(record.tract, record.id): record.region for record in records}
    one: Tract = tract(DEEP, SIZE)
    random = np.random.default_rng(2)
    x, y = random.uniform(0, one.inner * PATCHES - 1, (2, 40))
    ra, dec = one.wcs.pixel_to_sky(x, y)
    for number, lon, lat in zip(one.find(ra, dec), ra, dec, strict=True):
        where = UnitVector3d(LonLat.fromDegrees(lon, lat))
        assert regions[one.id, int(number)].contains(where)
        far = regions[one.id, int(number + 2 * PATCHES) % PATCHES**2]
        assert not far.contains(where)


def test_visits_and_exposures_are_the_schedule(butler: Butler) -> None:
    visits = {visit.id: visit for visit in schedule(SIZE, SEED)}
    for element in ("visit", "exposure"):
        records = butler.query_dimension_records(element, limit=None)
        assert {record.id for record in records} == set(visits)
        for record in records:
            visit = visits[record.id]
            assert (record.day_obs, record.seq_num) == (visit.day_obs, visit.seq_num)
            assert (record.physical_filter, record.target_name) == (
                visit.physical_filter,
                visit.field.name,
            )
            length = (record.timespan.end - record.timespan.begin).sec
            assert length == pytest.approx(visit.exposure, abs=1e-4)
            assert record.timespan.begin.tai.mjd < visit.mjd < record.timespan.end.tai.mjd
    for record in butler.query_dimension_records("day_obs", limit=None):
        assert record.timespan.begin.utc.strftime("%Y%m%d %H:%M") == f"{record.id} 12:00"
        inside = [visit for visit in visits.values() if visit.day_obs == record.id]
        assert all(
            record.timespan.begin.tai.mjd < visit.mjd < record.timespan.end.tai.mjd
            for visit in inside
        )
    assert len(butler.query_dimension_records("visit_detector_region", limit=None)) == 9 * len(
        visits
    )


def test_filters_and_bands(butler: Butler) -> None:
    records = butler.query_dimension_records("physical_filter")
    assert {record.name[0]: record.band for record in records} == {band: band for band in BANDS}


def test_tables_as_astropy_arrow_and_pandas(butler: Butler) -> None:
    key = {"skymap": SKYMAP, "tract": DEEP.tract}
    table = butler.get("object", key)
    assert isinstance(table, Table)
    assert table["objectId"].tolist() == [2**60 + 1, 2**60 + 2]
    assert (table["r_psfFlux"].unit, table["r_psfFlux"].description) == ("nJy", "Flux of a point")
    assert table["r_psfFlux"].mask.tolist() == [False, True]
    arrow = butler.get("object", key, storageClass="ArrowTable")
    assert arrow["band"].to_pylist() == ["r", None]
    frame = butler.get(
        "object", key, storageClass="DataFrame", parameters={"columns": ["r_psfFlux"]}
    )
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["r_psfFlux"]
    assert butler.get("object.rowcount", key) == 2
    forced = butler.query_datasets(
        "object_forced_source", where=f"tract={DEEP.tract} AND skymap='{SKYMAP}'"
    )
    assert {ref.dataId["patch"] for ref in forced} == {11, 12}
    visits = butler.get("visit_table", instrument=INSTRUMENT, storageClass="ArrowTable")
    assert visits["obsStart"].to_pylist()[0].isoformat() == "2024-11-08T06:00:00"
    assert len(butler.get("visit_table", instrument=INSTRUMENT)) == 4


def test_maps(butler: Butler) -> None:
    table = butler.get(DEPTH, band="r", skymap=SKYMAP)
    assert table.meta["ORDERING"] == "NESTED"
    assert len(table) > 10
    assert 20 < np.median(table["psf_maglim"]) < 30


def test_calibrations_are_found_by_the_exposure(butler: Butler) -> None:
    visit = next(visit for visit in deep_visits())
    for kind, more in (("bias", {}), ("flat", {"physical_filter": "r_03"})):
        got = butler.get(kind, instrument=INSTRUMENT, detector=4, exposure=visit.id, **more)
        assert got.image.array.shape == (SIDE, SIDE)
        assert butler.get_dataset_type(kind).isCalibration()
    assert butler.exists("raw", instrument=INSTRUMENT, detector=4, exposure=deep_visits()[0].id)
    info = butler.collections.get_info(CALIBRATION_COLLECTION)
    assert info.type.name == "CALIBRATION"


def test_collections(butler: Butler) -> None:
    names = set(butler.collections.query("*"))
    assert {CHAIN, CALIBRATION_COLLECTION, f"{INSTRUMENT}/runs/DRP/DP1/tiny-7"} <= names
    assert f"{INSTRUMENT}/runs/DRP/DP1/tiny-7" in butler.collections.get_info(CHAIN).children


def test_a_user_puts_an_image(root: Path, butler: Butler) -> None:
    key = {"instrument": INSTRUMENT, "visit": deep_visits()[0].id, "detector": 0}
    image = butler.get("visit_image", key)
    image.image.array[:] *= 2
    mine = Butler.from_config(str(root), run="u/somebody", writeable=True)
    mine.registry.registerDatasetType(
        DatasetType("my_image", list(key), "LspExposure", universe=mine.dimensions)
    )
    mine.put(image, "my_image", key)
    np.testing.assert_array_equal(mine.get("my_image", key).image.array, image.image.array)
    mine.close()


def test_the_same_survey_has_the_same_dataset_ids(butler: Butler, tmp_path: Path) -> None:
    kept = tmp_path / "images"
    make_repository(tmp_path / "again", islice(images(kept), 5), SIZE, SEED, transfer="direct")
    again = Butler.from_config(str(tmp_path / "again"), collections=CHAIN)
    first, second = (
        {ref.dataId: ref.id for ref in one.query_datasets("visit_image")} for one in (butler, again)
    )
    assert len(second) == 5
    assert second.items() <= first.items()
    ref = again.query_datasets("visit_image")[0]
    assert Path(again.getURI(ref).ospath).parent == kept
    again.close()


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    root = tmp_path / "dp1"
    assert make_repository(root, [], SIZE, SEED) == 0
    before = sorted(path.name for path in root.iterdir())

    def broken() -> Iterator[File]:
        yield next(images(tmp_path / "images"))
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        make_repository(root, broken(), SIZE, SEED)
    assert sorted(path.name for path in root.iterdir()) == before
    assert make_repository(root, islice(images(tmp_path / "other"), 1), SIZE, SEED) == 1
    with_images = Butler.from_config(str(root), collections=CHAIN)
    assert with_images.query_datasets("visit_image")
    with_images.close()
    assert {path.name for path in tmp_path.iterdir()} == {"dp1", "images", "other"}
