from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from mocpy import MOC
from PIL import Image

from lsp_jupyter.demo.survey.field_hips import survey_hips
from lsp_jupyter.demo.survey.fields import field
from lsp_jupyter.demo.survey.images.dataset import Dataset
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.skymap import tract

TINY = size("tiny")


def _coadd(folder: Path, name: str, patch: int, band: str, kind: str = "deep_coadd") -> Dataset:
    """A coadd of noise 1 nJy, with a red spot in the middle of its patch."""
    plane = tract(field(name), TINY)
    one = plane.patch(patch)
    image = np.random.default_rng(patch).normal(0, 1, (one.height, one.width))
    middle = slice(one.width // 2 - 10, one.width // 2 + 10)
    image[middle, middle] += {"i": 3000, "z": 3000, "r": 1000, "g": 200}.get(band, 0)
    path = folder / f"{name}_{patch}_{band}_{kind}.fits"
    fits.HDUList(
        [fits.PrimaryHDU(), fits.CompImageHDU(image.astype(np.float32), name="IMAGE")]
    ).writeto(path)
    return Dataset(
        kind,
        {"skymap": "s", "tract": plane.id, "patch": patch, "band": band},
        path,
        one.width,
        one.height,
        one.x,
        one.y,
        plane.patch_wcs(one),
    )


def test_each_field_shows_its_coadds_in_three_bands(tmp_path: Path) -> None:
    wanted = [("Seagull", 12, "ugrz"), ("ECDFS", 12, "gri"), ("ECDFS", 13, "ri")]
    datasets = [
        _coadd(tmp_path, name, patch, band) for name, patch, bands in wanted for band in bands
    ]
    datasets.append(_coadd(tmp_path, "EDFS_comcam", 12, "g"))
    datasets += [_coadd(tmp_path, "47_Tuc", 12, band, "template_coadd") for band in "gri"]
    made = survey_hips(datasets, tmp_path / "hips", "lsp.local", size=TINY, seed=1)
    # The others have not three bands, or no deep coadds.
    assert [path.name for path in made] == ["ECDFS", "Seagull"]
    lines = (made[1] / "properties").read_text().splitlines()
    facts = {key.strip(): value.strip() for key, value in (line.split("=", 1) for line in lines)}
    assert facts["creator_did"] == "ivo://lsp.local/hips/dp1/Seagull"
    assert facts["hips_rgb_red"] == "deep_coadd z"
    assert 60_600 < float(facts["t_min"]) < float(facts["t_max"]) < 60_670
    assert float(facts["hips_initial_ra"]) == pytest.approx(106.3)
    patch = datasets[0]
    area = patch.width * patch.height * (0.2 / 3600) ** 2 / 41_252.96
    for path in made:
        assert area < MOC.from_fits(path / "Moc.fits").sky_fraction < 1.4 * area
    pixels = np.concatenate(
        [
            np.asarray(Image.open(path)).reshape(-1, 3)
            for path in (made[0] / "Norder11").rglob("Npix*.jpg")
        ]
    ).astype(int)
    spot = pixels[pixels[:, 0] > 150]
    assert len(spot) > 200
    assert (spot[:, 0] > spot[:, 2] + 20).mean() > 0.9
