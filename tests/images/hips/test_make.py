"""Surveys made of images whose stars are known, by the command."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import Latitude, Longitude
from astropy.io import fits
from astropy.wcs import WCS
from cdshealpix.nested import lonlat_to_healpix
from mocpy import MOC
from PIL import Image

from lsp_jupyter.cli import main
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.hips.surveys import Surveys
from lsp_jupyter.images.hips.tiles import deinterleave
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.repositories import Repository, put_repository
from tests.images.stars import STARS, found, make

#: Of the finest tiles, and their pixels in square arcseconds.
ORDER, AREA = 11, (58.6323 * 3600 / 2**11 / 512) ** 2


@dataclass
class Release:
    """Coadds of a place in three bands, side by side, and one elsewhere."""

    state: Path
    files: list[ImageFile]

    def publish(self, files: list[ImageFile] | None = None) -> None:
        self.files = self.files if files is None else files
        index = ImageIndex(self.state)
        index.replace("sky", self.files, dimensions={"deep_coadd": ("patch", "band")})
        index.close()

    def hips(self, *words: str) -> int:
        return main(["hips", "sky", *words, "--state", str(self.state)])

    def tiles(self, name: str, suffix: str = "fits", order: int = ORDER) -> dict[int, Path]:
        folder = self.state / "hips" / "sky" / name / f"Norder{order}"
        return {int(path.stem[4:]): path for path in folder.glob(f"Dir*/Npix*.{suffix}")}

    def times(self, name: str, suffix: str = "fits") -> dict[int, int]:
        return {n: path.stat().st_mtime_ns for n, path in self.tiles(name, suffix).items()}


def coadd(folder: Path, number: int, band: str, **frame: float) -> ImageFile:
    path = make(folder / f"{number}.fits", seed=number, **frame)
    with fits.open(path) as hdus:
        corners = WCS(hdus["IMAGE"].header).calc_footprint()
    outline = " ".join(str(float(value)) for value in corners.ravel())
    return ImageFile(
        f"ivo://org.test/sky?{UUID(int=number)}",
        "sky",
        "deep_coadd",
        {"patch": number, "band": band},
        str(path),
        size=path.stat().st_size,
        band=band,
        s_region=f"POLYGON ICRS {outline}",
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    state = tmp_path_factory.mktemp("state")
    files = [coadd(state, place + 1, band) for place, band in enumerate("gri")]
    files.append(coadd(state, 4, "r", ra=150.006, turn=30.0))
    files.append(coadd(state, 5, "r", ra=152.0))
    put_repository(state, Repository("sky", str(state), ()))
    release = Release(state, files)
    release.publish()
    assert release.hips() == 0
    return release


def copied(made: Release, folder: Path) -> Release:
    shutil.copytree(made.state, folder / "state")
    return Release(folder / "state", list(made.files))


def cell(ra: float, dec: float) -> tuple[int, float, float]:
    """The tile of a place, and the row and column of its picture, found by HEALPix alone."""
    deep = ORDER + 9 + 6
    place = lonlat_to_healpix(Longitude(ra * units.deg), Latitude(dec * units.deg), deep)
    number = np.atleast_1d(np.asarray(place, np.int64))
    even, odd = deinterleave(number & (4 ** (9 + 6) - 1), 9 + 6)
    return int(number[0] >> 2 * 15), (int(even[0]) + 0.5) / 64 - 0.5, (int(odd[0]) + 0.5) / 64 - 0.5


@pytest.mark.parametrize("suffix", ["fits", "png"])
def test_stars_are_where_healpix_has_them(made: Release, suffix: str) -> None:
    name = "deep_coadd_r" if suffix == "fits" else "deep_coadd_irg"
    tiles = {
        number: fits.getdata(path)[::-1].astype(float)
        if suffix == "fits"
        else np.asarray(Image.open(path)).astype(float)[..., 1]
        for number, path in made.tiles(name, suffix).items()
    }
    measured = 0
    for ra, dec, flux in STARS:
        number, row, column = cell(ra, dec)
        image = tiles.get(number)
        if image is None or not (9 < row < 502 and 9 < column < 502):
            continue
        part = image[round(row) - 9 : round(row) + 10, round(column) - 9 : round(column) + 10]
        if suffix == "png":
            part = part - np.median(image[image > 0])
            image = image - np.median(image[image > 0])
        if not np.isfinite(part).all() or (suffix == "png" and part.min() < -60):
            continue
        x, y, light = found(image, column, row)
        measured += 1
        assert (x, y) == pytest.approx((column, row), abs=0.1 if suffix == "fits" else 0.2)
        if suffix == "fits":
            assert light * AREA == pytest.approx(flux, rel=0.03)
    assert measured > 10


def test_the_files_of_tiles_tell_where_they_are(made: Release) -> None:
    ra, dec, _ = STARS[14]
    number, row, column = cell(ra, dec)
    header = fits.getheader(made.tiles("deep_coadd_r")[number])
    assert header["BUNIT"] == "nJy/arcsec2"
    x, y = WCS(header).world_to_pixel_values(ra, dec)
    assert (x, 511 - y) == pytest.approx((column, row), abs=0.02)


def test_what_it_says_of_itself(made: Release) -> None:
    surveys = {one.name: one for one in Surveys(made.state / "hips").list("sky")}
    assert sorted(surveys) == [f"deep_coadd_{one}" for one in ("g", "i", "irg", "r")]
    red = surveys["deep_coadd_r"].properties
    assert red["hips_order"] == str(ORDER)
    assert red["hips_tile_format"] == "png fits"
    assert red["hips_frame"] == "equatorial"
    assert red["creator_did"].endswith("/hips/sky/deep_coadd_r")
    assert float(red["em_min"]) == pytest.approx(552e-9)
    assert red["hips_pixel_bunit"] == "nJy/arcsec2"
    low, high = map(float, red["hips_pixel_cut"].split())
    assert low < 0 < high
    color = surveys["deep_coadd_irg"].properties
    assert color["dataproduct_subtype"] == "color"
    assert [color[f"hips_rgb_{one}"] for one in ("red", "green", "blue")] == ["i", "r", "g"]
    moc = MOC.from_fits(surveys["deep_coadd_r"].folder / "Moc.fits")
    ra, dec = np.array([150.0, 150.006, 152.0, 151.0]), np.array([2.0] * 4)
    inside = moc.contains_lonlat(ra * units.deg, dec * units.deg)
    assert inside.tolist() == [True, True, True, False]
    # Two and a half images of 40 arcsec.
    covered = moc.sky_fraction * 41253 * 3600**2
    assert 2.3 * 1600 < covered < 3.6 * 1600
    assert float(red["moc_sky_fraction"]) == pytest.approx(moc.sky_fraction, rel=1e-4)


def test_every_order_and_the_previews_are_there(made: Release) -> None:
    for name, suffixes in (("deep_coadd_r", ("fits", "png")), ("deep_coadd_irg", ("png",))):
        for order in range(ORDER, 3, -1):
            parents = {number >> 2 for number in made.tiles(name, suffixes[0], order)}
            for suffix in suffixes:
                assert set(made.tiles(name, suffix, order - 1)) == parents
        for suffix in suffixes:
            assert (made.state / f"hips/sky/{name}/Norder3/Allsky.{suffix}").is_file()
    # Surface brightness is the same at every order.
    sums = []
    for order in (ORDER, ORDER - 1, ORDER - 3):
        tiles = [fits.getdata(path) for path in made.tiles("deep_coadd_g", "fits", order).values()]
        sums.append(sum(float(np.nansum(tile)) * 4.0 ** (ORDER - order) for tile in tiles))
    assert sums[1:] == pytest.approx(sums[:1] * 2, rel=0.05)
    transparent = np.asarray(Image.open(next(iter(made.tiles("deep_coadd_irg", "png").values()))))
    assert transparent.shape == (512, 512, 4)
    assert set(np.unique(transparent[..., 3])) == {0, 255}


def test_only_what_changed_is_made_again(
    made: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = copied(made, tmp_path)
    names = ("deep_coadd_g", "deep_coadd_r", "deep_coadd_irg")
    before = {name: release.times(name, "png") for name in names}
    assert release.hips() == 0
    assert capsys.readouterr().out.count("up to date") == 4
    assert {name: release.times(name, "png") for name in names} == before
    # Another file for the image elsewhere, and one of the two that overlap is gone.
    last = coadd(tmp_path, 6, "r", ra=152.0)
    kept = [one for one in release.files if one.data_id["patch"] not in (4, 5)]
    old = release.tiles("deep_coadd_r")
    release.publish([*kept, replace(last, checksum="md5:00")])
    assert release.hips() == 0
    out = capsys.readouterr().out
    assert "deep_coadd_g: up to date" in out
    assert "deep_coadd_i: up to date" in out
    after = release.times("deep_coadd_r", "png")
    near, _, _ = cell(150.0, 2.0)
    far = {n for n in old if n not in made.tiles("deep_coadd_g")}
    assert any(after.get(n) != before["deep_coadd_r"][n] for n in far)
    assert release.times("deep_coadd_g", "png") == before["deep_coadd_g"]
    # What only that image had is empty now, and the same as if all had been made anew.
    assert near in after
    anew = {n: path.read_bytes() for n, path in release.tiles("deep_coadd_r").items()}
    coverage = (release.state / "hips/sky/deep_coadd_r/Moc.fits").read_bytes()
    assert release.hips("--full") == 0
    assert {n: p.read_bytes() for n, p in release.tiles("deep_coadd_r").items()} == anew
    assert (release.state / "hips/sky/deep_coadd_r/Moc.fits").read_bytes() == coverage
    colors = made.tiles("deep_coadd_irg", "png")[near].read_bytes()
    assert release.tiles("deep_coadd_irg", "png")[near].read_bytes() != colors


def test_what_cannot_be_used_is_told(
    made: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = copied(made, tmp_path)
    broken = tmp_path / "broken.fits"
    broken.write_bytes(Path(release.files[4].uri).read_bytes()[:9000])
    bad = replace(release.files[4], uri=str(broken), size=9000)
    gone = replace(release.files[3], uri=str(tmp_path / "gone.fits"))
    release.publish([*release.files[:3], gone, bad])
    assert release.hips("--bands", "r", "--color", "none") == 1
    err = capsys.readouterr().err
    assert "2 images are left out" in err
    assert "not there any more" in err
    assert "damaged" in err
    # They are tried again.
    release.publish(made.files)
    assert release.hips("--bands", "r", "--color", "none") == 0
    assert {n: p.read_bytes() for n, p in release.tiles("deep_coadd_r").items()} == {
        n: p.read_bytes() for n, p in made.tiles("deep_coadd_r").items()
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--type", "raw"], "no images of the type raw"),
        (["--bands", "u"], "no images in the band “u”"),
        (["--color", "r,g"], "cannot be of “r,g”"),
        (["--order", "2"], "order 2 cannot be made"),
        (["--order", "99"], "order 99 cannot be made"),
        (["--method", "magic"], "“magic” is no method"),
        (["--limits", "5 1"], "not possible as LIMITS"),
        (["--stretch", "equalised"], "cannot be equalised"),
    ],
)
def test_bad_choices_are_told_before_the_work(
    made: Release, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    before = made.times("deep_coadd_r")
    assert made.hips(*words) == 2
    assert told in capsys.readouterr().err
    assert made.times("deep_coadd_r") == before
