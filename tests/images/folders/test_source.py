"""Plain folders of FITS files in ``ivoa.ObsCore``."""

from __future__ import annotations

import io
import shutil
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from lsp_jupyter.catalogs.generation import stored_rows
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import PublishError, UsageError
from lsp_jupyter.images.command import publish_pictures
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.publishing import Refresh, publish_folder, withdraw_images
from lsp_jupyter.images.repositories import read_repositories

AUTHORITY = "example.org"


def make(path: Path, ra: float = 150.0, dec: float = 2.0, **cards: Any) -> Path:
    """An image of 60 by 40 pixels of 1 arcsec."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = "RA---TAN", "DEC--TAN"
    wcs.wcs.crval = ra, dec
    wcs.wcs.crpix = 30.5, 20.5
    wcs.wcs.cdelt = -1 / 3600, 1 / 3600
    header = wcs.to_header()
    header.update(cards)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.arange(2400, dtype=np.int16).reshape(40, 60)
    if path.name.endswith(".fz"):
        fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(rows, header)]).writeto(path)
    else:
        fits.PrimaryHDU(rows, header).writeto(path, output_verify="ignore")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    seen = {"DATE-OBS": "2024-01-02T03:04:05", "EXPTIME": 30.0, "FILTER": "r_03"}
    make(root / "night1" / "a.fits", OBJECT="M 1", TELESCOP="Tower", INSTRUME="Cam", **seen)
    make(root / "night1" / "b.fits.fz", ra=0.0, FILTER="Halpha")
    make(root / "c.fit", dec=-89.999, **{"MJD-OBS": 60000.0, "TIMESYS": "TAI"})
    return root


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    (tmp_path / "state").mkdir()
    catalog = Catalog(tmp_path / "state")
    yield catalog
    catalog.close()


def rows(catalog: Catalog) -> dict[str, dict[str, Any]]:
    for _, entries, _ in catalog.entries():
        for entry in entries:
            if entry.spec.full_name == "ivoa.ObsCore":
                found = pa.Table.from_batches(stored_rows(catalog, entry)).to_pylist()
                return {row["obs_id"]: row for row in found}
    return {}


def publish(catalog: Catalog, folder: Path, *patterns: str) -> Refresh:
    return publish_folder(catalog, folder, "plain", patterns, authority=AUTHORITY)


def test_headers_become_rows(catalog: Catalog, folder: Path) -> None:
    assert publish(catalog, folder) == Refresh(3, 0, 0)
    found = rows(catalog)
    assert set(found) == {"night1/a.fits", "night1/b.fits.fz", "c.fit"}
    row = found["night1/a.fits"]
    assert row["t_min"] == pytest.approx(60311.1278356, abs=1e-6)
    assert row["t_max"] - row["t_min"] == pytest.approx(30 / 86400, abs=1e-9)
    assert (row["target_name"], row["facility_name"], row["instrument_name"]) == (
        *("M 1", "Tower", "Cam"),
    )
    assert (row["lsst_band"], row["em_filter_name"]) == ("r", "r_03")
    assert row["em_min"] == pytest.approx(552e-9)
    assert (row["s_xel1"], row["s_xel2"], row["access_estsize"]) == (60, 40, 9)
    assert row["s_pixel_scale"] == pytest.approx(1.0)
    assert row["obs_collection"] == "PLAIN"
    other = found["night1/b.fits.fz"]
    assert (other["lsst_band"], other["em_min"], other["s_xel1"]) == (None, None, 60)
    assert found["c.fit"]["t_min"] == pytest.approx(60000.0 - 37 / 86400, abs=1e-9)


def test_outlines_are_those_of_the_coordinates(catalog: Catalog, folder: Path) -> None:
    publish(catalog, folder)
    for name, row in rows(catalog).items():
        with fits.open(folder / name) as hdus:
            wcs = WCS(hdus[-1].header)
        corners = np.array(row["s_region"].split()[2:], float).reshape(-1, 2)
        sky = SkyCoord(*corners.T, unit="deg")
        x, y = wcs.world_to_pixel(sky)
        assert sorted(np.round(x, 3)) == [-0.5, -0.5, 59.5, 59.5]
        assert sorted(np.round(y, 3)) == [-0.5, -0.5, 39.5, 39.5]
        centre = SkyCoord(row["s_ra"], row["s_dec"], unit="deg")
        x, y = wcs.world_to_pixel(centre)
        assert (float(x), float(y)) == pytest.approx((29.5, 19.5), abs=0.01)
        assert row["s_fov"] == pytest.approx(2 * max(centre.separation(sky).deg), rel=1e-6)
        directions = sky.cartesian.xyz.value.T
        assert np.linalg.det(directions[:3]) > 0


def test_identifiers_are_those_of_path_and_content(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    publish(catalog, folder)
    first = {name: row["obs_publisher_did"] for name, row in rows(catalog).items()}
    assert publish(catalog, folder) == Refresh(0, 0, 3)
    # The same files elsewhere are the same images.
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert publish(catalog, copy) == Refresh(0, 0, 3)
    make((copy / "c.fit").with_name("d.fits"))
    (copy / "c.fit").unlink()
    make(copy / "c.fit", dec=12.0)
    assert publish(catalog, copy) == Refresh(2, 1, 2)
    second = {name: row["obs_publisher_did"] for name, row in rows(catalog).items()}
    assert second["night1/a.fits"] == first["night1/a.fits"]
    assert second["c.fit"] != first["c.fit"]
    index = ImageIndex(catalog.state)
    files = index.find(second.values())
    assert {file.uri for file in files.values()} == {str(copy / name) for name in second}
    assert all(file.checksum.startswith("sha256:") for file in files.values())
    index.close()


def test_broken_files_are_told_and_left_out(catalog: Catalog, folder: Path) -> None:
    good = (folder / "c.fit").read_bytes()
    (folder / "half.fits").write_bytes(good[: len(good) - 4000])
    (folder / "text.fits").write_text("no FITS")
    (folder / "empty.fits").touch()
    fits.PrimaryHDU(np.ones((3, 3))).writeto(folder / "nowhere.fits")
    make(folder / "flat.fits", CDELT1=0.0, CDELT2=0.0)
    make(folder / "odd.fits", CTYPE1="RA---XYZ", CTYPE2="DEC--XYZ")
    (folder / "gone.fits").symlink_to(folder / "not there")
    make(folder / ".hidden" / "e.fits")
    done = publish(catalog, folder)
    told = dict(problem.split(": ", 1) for problem in done.problems)
    names = ("half", "text", "empty", "nowhere", "flat", "odd")
    assert set(told) == {f"{name}.fits" for name in names}
    assert done.added == len(rows(catalog)) == 3
    assert "coordinates" in told["nowhere.fits"]


def test_real_images_and_other_frames(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    make(folder / "galactic.fits", CTYPE1="GLON-TAN", CTYPE2="GLAT-TAN", CRVAL1=10.0, CRVAL2=20.0)
    publish(catalog, folder)
    row = rows(catalog)["galactic.fits"]
    centre = SkyCoord(10, 20, unit="deg", frame="galactic").icrs
    assert (row["s_ra"], row["s_dec"]) == pytest.approx((centre.ra.deg, centre.dec.deg), abs=1e-6)


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["*.fit"], {"c.fit"}),
        (["night1/*", "*.fit"], {"c.fit", "night1/a.fits", "night1/b.fits.fz"}),
        (["**/a*"], {"night1/a.fits"}),
    ],
)
def test_patterns_choose(
    catalog: Catalog, folder: Path, patterns: list[str], names: set[str]
) -> None:
    publish(catalog, folder, *patterns)
    assert set(rows(catalog)) == names


def test_what_cannot_be_published(catalog: Catalog, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place, patterns, message in (
        (tmp_path / "none", (), "There is no folder"),
        (tmp_path / "empty", (), "no image of the sky"),
        (folder, ("/etc/*",), "--pattern cannot be used"),
    ):
        with pytest.raises(PublishError, match=message):
            publish(catalog, place, *patterns)
    assert rows(catalog) == {}


def test_withdrawn_they_are_gone(catalog: Catalog, folder: Path) -> None:
    publish(catalog, folder)
    assert not read_repositories(catalog.state)["plain"].butler
    assert withdraw_images(catalog, "plain", authority=AUTHORITY) == 3
    index = ImageIndex(catalog.state)
    assert list(index.release("plain")) == []
    index.close()


def test_the_command(folder: Path, tmp_path: Path) -> None:
    config = LspConfig(state_dir=str(tmp_path / "state"))
    given = {"source": [], "table": "", "release": "plain", "collection": [], "title": "Mine"}
    given |= {"butler": None, "images": str(folder), "pattern": [], "no_overviews": False}
    (folder / "bad.fits").touch()
    out, err = io.StringIO(), io.StringIO()
    assert publish_pictures(config, Namespace(**given), out, err) == 0
    assert "3 images of plain added" in out.getvalue()
    assert "1 files could not be read:\n  bad.fits: " in err.getvalue()
    for more in ({"release": None}, {"collection": ["x"]}, {"table": "a.b"}):
        with pytest.raises(UsageError):
            publish_pictures(config, Namespace(**given | more), out, err)
