from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from mocpy import MOC
from PIL import Image

from lsp_jupyter.demo.survey.images.dataset import Dataset
from lsp_jupyter.demo.survey.maps.field_hips import field_hips
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.observing.skymap import tract
from lsp_jupyter.demo.survey.sizes import size

TINY = size("tiny")


def _make(name: str, coadds: list[Dataset], folder: Path) -> int:
    return field_hips(field(name), coadds, folder, "lsp.local", size=TINY, seed=1)


def _coadd(folder: Path, name: str, patch: int, band: str) -> Dataset:
    """A coadd of noise 1 nJy, with a red spot in the middle of its patch."""
    plane = tract(field(name), TINY)
    one = plane.patch(patch)
    image = np.random.default_rng(patch).normal(0, 1, (one.height, one.width))
    middle = slice(one.width // 2 - 10, one.width // 2 + 10)
    image[middle, middle] += {"i": 3000, "z": 3000, "r": 1000, "g": 200}.get(band, 0)
    path = folder / f"{name}_{patch}_{band}.fits"
    psf = fits.ImageHDU(np.zeros((3, 3), np.float32), name="PSF")
    psf.header["PSFSIGMA"] = {"g": 3.0}.get(band, 2.0)
    fits.HDUList(
        [fits.PrimaryHDU(), fits.CompImageHDU(image.astype(np.float32), name="IMAGE"), psf]
    ).writeto(path)
    return Dataset(
        "deep_coadd",
        {"skymap": "s", "tract": plane.id, "patch": patch, "band": band},
        path,
        one.width,
        one.height,
        one.x,
        one.y,
        plane.patch_wcs(one),
    )


def test_a_field_shows_its_coadds_in_three_bands(tmp_path: Path) -> None:
    coadds = [_coadd(tmp_path, "Seagull", 12, band) for band in "ugrz"]
    folder = tmp_path / "hips" / "Seagull"
    assert _make("Seagull", coadds, folder) == len(list(folder.rglob("Npix*.jpg")))
    lines = (folder / "properties").read_text().splitlines()
    facts = {key.strip(): value.strip() for key, value in (line.split("=", 1) for line in lines)}
    assert facts["creator_did"] == "ivo://lsp.local/hips/dp1/Seagull"
    assert facts["hips_rgb_red"] == "deep_coadd z"
    assert 60_600 < float(facts["t_min"]) < float(facts["t_max"]) < 60_670
    assert float(facts["hips_initial_ra"]) == pytest.approx(106.3)
    pixels = np.concatenate(
        [
            np.asarray(Image.open(path)).reshape(-1, 3)
            for path in (folder / "Norder11").rglob("Npix*.jpg")
        ]
    ).astype(int)
    spot = pixels[pixels[:, 0] > 150]
    assert len(spot) > 200
    assert (spot[:, 0] > spot[:, 2] + 20).mean() > 0.9


def test_patches_with_all_three_bands_count(tmp_path: Path) -> None:
    wanted = [(12, "gri"), (13, "ri"), (11, "gri")]
    coadds = [_coadd(tmp_path, "ECDFS", patch, band) for patch, bands in wanted for band in bands]
    _make("ECDFS", coadds, tmp_path / "hips")
    patch = coadds[0]
    area = patch.width * patch.height * (0.2 / 3600) ** 2 / 41_252.96
    # Neighbours share a border.
    assert 1.75 * area < MOC.from_fits(tmp_path / "hips" / "Moc.fits").sky_fraction < 2.5 * area


@pytest.mark.parametrize("bands", ["", "g", "ri"])
def test_without_three_bands_there_is_nothing(tmp_path: Path, bands: str) -> None:
    coadds = [_coadd(tmp_path, "EDFS_comcam", 12, band) for band in bands]
    assert _make("EDFS_comcam", coadds, tmp_path / "hips") == 0
    assert not (tmp_path / "hips").exists()
