"""What the headers of files say, and what is wrong with files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from lsp_jupyter.images.headers import Facts, columns, read_facts, read_many

WCS = {
    "CTYPE1": "RA---TAN",
    "CTYPE2": "DEC--TAN",
    "CRPIX1": 10.0,
    "CRPIX2": 10.0,
    "CRVAL1": 30.0,
    "CRVAL2": 5.0,
}
MATRIX = {"CD1_1": 0.0, "CD1_2": 0.0002, "CD2_1": -0.0002, "CD2_2": 0.0}


def write(path: Path, *hdus: fits.ImageHDU, **primary: object) -> str:
    head = fits.PrimaryHDU(header=fits.Header(primary))
    fits.HDUList([head, *hdus]).writeto(path, output_verify="ignore")
    return str(path)


def extension(name: str = "IMAGE", **cards: object) -> fits.CompImageHDU:
    rows = np.arange(600, dtype=np.int32).reshape(20, 30)
    return fits.CompImageHDU(rows, fits.Header(cards), name=name, tile_shape=(10, 10))


def test_size_scale_and_seeing(tmp_path: Path) -> None:
    psf = fits.ImageHDU(np.ones((5, 5), np.float32), fits.Header({"PSFFWHM": 4.0}), name="PSF")
    uri = write(tmp_path / "a.fits", extension(**WCS, **MATRIX), psf, SEEING=9.0)
    facts = read_facts(uri)
    assert (facts.width, facts.height, facts.problem) == (30, 20, "")
    assert facts.scale == pytest.approx(0.72)
    assert facts.fwhm == pytest.approx(2.88)
    assert columns(facts, 1_500)["access_estsize"] == 2
    assert columns(facts, 0)["access_estsize"] is None


def test_old_ways_to_write_the_matrix(tmp_path: Path) -> None:
    turned = {"CDELT1": -0.0001, "CDELT2": 0.0001, "PC1_1": 0.6, "PC1_2": -0.8}
    turned |= {"PC2_1": 0.8, "PC2_2": 0.6}
    facts = read_facts(write(tmp_path / "a.fits", extension(**WCS, **turned), SEEING=0.7))
    assert facts.scale == pytest.approx(0.36)
    assert facts.fwhm == 0.7


def test_an_image_in_the_primary_header_without_coordinates(tmp_path: Path) -> None:
    fits.PrimaryHDU(np.ones((4, 3))).writeto(tmp_path / "a.fits")
    assert read_facts(str(tmp_path / "a.fits")) == Facts(3, 4)


def test_what_formatters_write_of_provenance(tmp_path: Path) -> None:
    ids = {f"HIERARCH LSST BUTLER INPUT {n} ID": f"id-{n}" for n in range(3)}
    facts = read_facts(write(tmp_path / "a.fits", extension(), **ids))
    assert facts.inputs == ("id-0", "id-1", "id-2")


def test_files_with_problems(tmp_path: Path) -> None:
    good = Path(write(tmp_path / "good.fits", extension()))
    bytes_ = good.read_bytes()
    (tmp_path / "half.fits").write_bytes(bytes_[: len(bytes_) - 2880])
    (tmp_path / "head.fits").write_bytes(bytes_[:1000])
    (tmp_path / "text.fits").write_text("no FITS at all" * 1000)
    (tmp_path / "empty.fits").write_bytes(b"")
    (tmp_path / "folder.fits").mkdir()
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=[1, 2])])
    write(tmp_path / "table.fits", table)
    told = {
        name: read_facts(str(tmp_path / f"{name}.fits"))
        for name in ("gone", "half", "head", "text", "empty", "folder", "table")
    }
    assert all(facts.problem and facts.width is None for facts in told.values())
    assert "it is not there" in told["gone"].problem
    assert "bytes" in told["half"].problem
    assert "no image" in told["table"].problem
    assert all(str(tmp_path) not in facts.problem for facts in told.values())


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), "bad"])
def test_values_that_make_no_sense_are_not_taken(tmp_path: Path, value: object) -> None:
    cards = {} if value != value else {"SEEING": value}
    zero = dict.fromkeys(MATRIX, 0.0)
    facts = read_facts(write(tmp_path / "a.fits", extension(**WCS, **zero), **cards))
    assert (facts.scale, facts.fwhm) == (None, None)


def test_many_are_read_in_their_order_by_several_processes(tmp_path: Path) -> None:
    uris = []
    for number in range(4):
        path = tmp_path / f"{number}.fits"
        fits.PrimaryHDU(np.ones((number + 1, 3), np.uint8)).writeto(path)
        uris.append(str(path))
    found = list(read_many([*uris, str(tmp_path / "none.fits")] * 60))
    assert [facts.height for facts in found] == [1, 2, 3, 4, None] * 60


def test_compressed_files_are_no_problem(tmp_path: Path) -> None:
    fits.PrimaryHDU(np.ones((4, 3))).writeto(tmp_path / "a.fits")
    packed = tmp_path / "a.fits.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.fits").read_bytes()))
    assert read_facts(str(packed)) == Facts(3, 4)
