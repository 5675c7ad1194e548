"""Whole mosaics, from files to files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from PIL import Image

from lsp_jupyter.errors import LimitError, ParameterError, UsageError
from lsp_jupyter.images.butler.fits import ExposureFile
from lsp_jupyter.images.mosaics.request import recipe_of
from lsp_jupyter.images.mosaics.work import mosaic
from lsp_jupyter.jobs.job import SEPARATOR
from tests.images.stars import SKY, STARS, found, inside, make


def did(name: str) -> str:
    return f"ivo://org.test/dp1?{name}"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Four of one place, side by side and turned; one elsewhere."""
    folder = tmp_path_factory.mktemp("images")
    frames: list[dict[str, Any]] = [
        {},
        {"turn": 30.0, "ra": 150.004},
        {"turn": -50.0, "dec": 2.004, "noise": 20.0},
        {"flip": True, "ra": 150.004, "dec": 2.004},
        {"ra": 170.0},
    ]
    return {
        did(str(n)): str(make(folder / f"{n}.fits", seed=n, **frame))
        for n, frame in enumerate(frames)
    }


def run(
    images: dict[str, str], out: Path, most: int = 1_000_000, **given: str
) -> tuple[dict[str, Any], list[float]]:
    out.mkdir(exist_ok=True)
    given.setdefault("ID", SEPARATOR.join(did(str(n)) for n in range(4)))
    reports: list[float] = []
    args = {"recipe": recipe_of(given).to_dict(), "paths": images, "out": str(out), "most": most}
    told = mosaic(args, lambda report: reports.append(report["fraction"]))
    return told, reports


def test_a_mosaic(images: dict[str, str], tmp_path: Path) -> None:
    told, reports = run(images, tmp_path)
    names = ["mosaic.fits", "preview.png", "provenance.json", "recipe.json"]
    assert told == {"files": names, "images": 4}
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert reports == sorted(reports)
    assert reports[-1] == 1
    with ExposureFile(tmp_path / "mosaic.fits") as file:
        image, wcs, unit = file.image().array, file.wcs(), file.unit
        variance, mask = file.variance(), file.mask()
    assert wcs is not None
    assert variance is not None
    assert mask is not None
    assert unit == "nJy"
    assert mask.getMaskPlaneDict()["SAT"] == 1
    x, y = wcs.skyToPixelArray(*np.transpose(STARS)[:2], degrees=True)
    number = fits.getdata(tmp_path / "mosaic.fits", "NUMBER")
    seen = inside(list(zip(x, y, strict=True)), image.shape, 20)
    for column, row, (_, _, flux) in np.array(
        [(*place, star) for *place, star in zip(x, y, STARS, strict=True)], object
    )[seen]:
        if number[round(row) - 9 : round(row) + 10, round(column) - 9 : round(column) + 10].all():
            place = found(image, column, row)
            assert place[:2] == pytest.approx((column, row), abs=0.1)
            assert place[2] == pytest.approx(flux, rel=0.03)
    # Where two or more overlap it is less noisy than one.
    sky = np.isfinite(image) & (np.abs(image) < 40)
    assert number.max() == 4
    assert np.std(image[sky & (number >= 3)]) < np.std(image[sky & (number == 1)])
    assert np.nanmedian(variance.array[number == 1]) < (1.2 * SKY) ** 2


def test_what_it_was_made_of_is_told(images: dict[str, str], tmp_path: Path) -> None:
    ids = SEPARATOR.join(did(str(n)) for n in (0, 1, 4))
    run(images, tmp_path, ID=ids, CIRCLE="150 2 0.004", RESAMPLE="bicubic")
    with fits.open(tmp_path / "mosaic.fits") as hdus:
        assert [hdu.name for hdu in hdus] == [
            *("PRIMARY", "IMAGE", "MASK", "VARIANCE", "NUMBER", "INPUTS")
        ]
        header, inputs = hdus[0].header, hdus["INPUTS"].data
        # The one elsewhere is not in it.
        assert inputs["id"].tolist() == [did("0"), did("1")]
        assert inputs["weight"][0] == pytest.approx(1 / SKY**2, rel=0.02)
        assert hdus["NUMBER"].data.max() == 2
    recipe = json.loads((tmp_path / "recipe.json").read_text())
    told = json.loads((tmp_path / "provenance.json").read_text())
    assert header["PRODUCT"] == told["product"] == recipe_of({"RECIPE": json.dumps(recipe)}).id
    assert (header["RESAMPLE"], header["NINPUTS"]) == ("bicubic", 2)
    assert [one["id"] for one in told["inputs"]["gray"]] == [did("0"), did("1")]
    assert told["grid"]["NAXIS1"] == 144


def test_a_colour_picture(images: dict[str, str], tmp_path: Path) -> None:
    given = {"RED": did("0"), "GREEN": did("1"), "BLUE": did("2"), "CIRCLE": "150 2 0.004"}
    out = tmp_path / "out"
    out.mkdir()
    args = {"recipe": recipe_of(given).to_dict(), "paths": images, "out": str(out), "most": 10**6}
    mosaic(args, lambda _: None)
    assert len(list(out.iterdir())) == 4
    picture = Image.open(out / "preview.png")
    assert (picture.mode, picture.size) == ("RGB", (144, 144))
    assert b"Spatial.ReferenceValue" in (out / "preview.png").read_bytes()
    with fits.open(out / "mosaic.fits") as hdus:
        names = [hdu.name for hdu in hdus[1:6]]
        assert names == ["RED", "RED_MASK", "RED_VARIANCE", "RED_NUMBER", "RED_INPUTS"]
        assert hdus["BLUE"].data.shape == (144, 144)
        assert WCS(hdus["GREEN"].header).wcs.crval == pytest.approx([150, 2])
        ra, dec, _ = STARS[14]
        x, y = map(float, WCS(hdus["RED"].header).all_world2pix(ra, dec, 0))
        assert found(hdus["GREEN"].data, x, y)[:2] == pytest.approx((x, y), abs=0.1)
        shown = np.asarray(picture)[::-1].sum(axis=2)
        assert shown[round(y), round(x)] > 3 * np.median(shown)


def test_flagged_pixels_are_left_out(images: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "flagged.fits"
    make(path, seed=9)
    with fits.open(path, "update") as hdus:
        hdus["MASK"].data[90:110, 90:110] = 8
        hdus["IMAGE"].data[90:110, 90:110] = 1e6
    both = {did("0"): images[did("0")], did("x"): str(path)}
    given = {"ID": SEPARATOR.join(both), "CIRCLE": "150 2 0.004"}
    run(both, tmp_path / "a", **given)
    assert np.nanmax(fits.getdata(tmp_path / "a" / "mosaic.fits", "IMAGE")) < 1e5
    run(both, tmp_path / "b", EXCLUDE="none", **given)
    assert np.nanmax(fits.getdata(tmp_path / "b" / "mosaic.fits", "IMAGE")) > 4e5


def test_images_without_variance_or_names(images: dict[str, str], tmp_path: Path) -> None:
    with ExposureFile(images[did("0")]) as file:
        hdu = fits.PrimaryHDU(file.image().array, file.metadata())
    hdu.writeto(tmp_path / "plain.fits")
    run({did("p"): str(tmp_path / "plain.fits")}, tmp_path / "out", ID=did("p"))
    variance = fits.getdata(tmp_path / "out" / "mosaic.fits", "VARIANCE")
    assert np.nanmedian(variance) == pytest.approx(SKY**2, rel=0.2)


def test_what_cannot_be_made_is_told(images: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="None of the images"):
        run(images, tmp_path / "a", CIRCLE="10 10 0.001")
    with pytest.raises(LimitError, match="at most 1000"):
        run(images, tmp_path / "b", most=1000)
    other = tmp_path / "other.fits"
    other.write_bytes(Path(images[did("0")]).read_bytes())
    with fits.open(other, "update") as hdus:
        hdus["IMAGE"].header["BUNIT"] = "adu"
    mixed = {did("0"): images[did("0")], did("o"): str(other)}
    with pytest.raises(ParameterError, match="adu"):
        run(mixed, tmp_path / "c", ID=SEPARATOR.join(mixed))
    plain = tmp_path / "plain.fits"
    fits.PrimaryHDU(np.zeros((10, 10), np.float32)).writeto(plain)
    with pytest.raises(UsageError, match="no world coordinates"):
        run({did("p"): str(plain)}, tmp_path / "d", ID=did("p"))
    for folder in "abcd":
        assert not [path for path in (tmp_path / folder).iterdir() if path.is_dir()]


def test_masks_with_other_bits_are_understood(images: dict[str, str], tmp_path: Path) -> None:
    """SAT is bit 1 in one image and bit 30 in another, where bit 1 says something else."""
    path = tmp_path / "other.fits"
    with fits.open(images[did("0")]) as hdus:
        for key in [key for key in hdus["MASK"].header if key.startswith("MP_")]:
            del hdus["MASK"].header[key]
        hdus["MASK"].header["MP_SAT"] = 30
        hdus["MASK"].header["MP_EDGE"] = 1
        hdus["MASK"].data[60:80, 60:80] = 1 << 30
        hdus["MASK"].data[120:140, 120:140] = 1 << 1
        hdus.writeto(path)
    both = {did("0"): images[did("0")], did("o"): str(path)}
    run(both, tmp_path / "out", ID=SEPARATOR.join(both), EXCLUDE="none")
    with ExposureFile(tmp_path / "out" / "mosaic.fits") as file:
        mask = file.mask()
    assert mask is not None
    planes = mask.getMaskPlaneDict()
    assert planes["SAT"] == 1
    assert planes["EDGE"] not in (0, 1, 3, 8)
    assert mask.array[70, 70] == 1 << planes["SAT"]
    assert mask.array[130, 130] == 1 << planes["EDGE"]


def test_a_stack_has_the_images_one_by_one(images: dict[str, str], tmp_path: Path) -> None:
    ids = [did("0"), did("1"), did("4")]
    given = {"ID": SEPARATOR.join(ids), "CIRCLE": "150 2 0.004", "STACK": "1"}
    told, _ = run(images, tmp_path, **given)
    assert "stack.h5" in told["files"]
    mosaic_image = fits.getdata(tmp_path / "mosaic.fits", "IMAGE")
    with h5py.File(tmp_path / "stack.h5") as file:
        cube = file["gray"]
        assert [text.decode() for text in cube["id"]] == ids
        image, variance = cube["image"][:], cube["variance"][:]
        assert image.shape == variance.shape == cube["mask"].shape == (3, 144, 144)
        assert cube["image"].attrs["unit"] == "nJy"
        assert json.loads(cube["mask"].attrs["planes"])["SAT"] == 1
        wcs = WCS(json.loads(file.attrs["wcs"]))
        assert file.attrs["product"] == recipe_of(given).id
    # The one elsewhere has no pixel here.
    assert np.isnan(image[2]).all()
    x, y = map(float, wcs.all_world2pix(*STARS[14][:2], 0))
    for layer in image[:2]:
        assert found(layer, x, y)[:2] == pytest.approx((x, y), abs=0.1)
    both = np.isfinite(image[:2]).all(axis=0)
    mean = (image[0] + image[1])[both] / 2
    assert np.abs(mean - mosaic_image[both]).max() < 10
    with pytest.raises(LimitError, match="stack of 3"):
        run(images, tmp_path / "more", most=144 * 144 * 2, **given)
