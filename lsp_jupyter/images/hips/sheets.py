"""Previews of a whole sky: the tiles of the first order side by side (HiPS 1.0 section 4.3.2)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.images.hips.tiles import FIRST, SIDE, THUMB, sheet_of
from lsp_jupyter.images.hips.work import SUFFIXES, read_tile
from lsp_jupyter.images.pictures.encode import Picture
from lsp_jupyter.images.pictures.levels import Levels

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.images.pictures.look import Look

__all__ = ["write_sheets"]

_STEP = SIDE // THUMB


def write_sheets(folder: Path, kind: str, look: Look | None) -> None:
    """Write ``Allsky`` files.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Of the survey, whose tiles of the first order are there.
    kind : `str`
        Of pictures: ``png`` or ``jpeg``.
    look : `Look`, optional
        Of pictures in one band, for which there is a FITS file as well. Without it the survey has
        pictures alone.
    """
    base = folder / f"Norder{FIRST}"
    if look is None:
        _replace(base / f"Allsky.{SUFFIXES[kind]}", _of_pictures(base, kind))
        return
    from astropy.io import fits

    unit = ""
    small = []
    for path in sorted(base.glob("Dir*/Npix*.fits")):
        found = read_tile(path)
        if found is not None:
            image, unit = found
            small.append((int(path.stem.removeprefix("Npix")), _mean(image)))
    sheet = sheet_of(small, (), np.float32, np.nan)
    out = io.BytesIO()
    header = fits.Header({"BUNIT": unit} if unit else {})
    fits.PrimaryHDU(sheet[::-1].astype(">f4"), header).writeto(out)
    _replace(base / "Allsky.fits", out.getvalue())
    shown = Levels.of(np.zeros(0, np.float32), look).paint(sheet[::-1])
    picture = Picture(shown, colors=look.colors, invert=look.invert)
    _replace(base / f"Allsky.{SUFFIXES[kind]}", picture.encode(kind))


def _mean(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    blocks = image.reshape(THUMB, _STEP, THUMB, _STEP)
    known = np.isfinite(blocks)
    total = np.where(known, blocks, 0).sum(axis=(1, 3))
    with np.errstate(invalid="ignore"):
        return np.asarray(total / known.sum(axis=(1, 3)).astype(np.float32), np.float32)


def _of_pictures(base: Path, kind: str) -> bytes:
    from PIL import Image

    depth, mode = (4, "RGBA") if kind == "png" else (3, "RGB")
    small = []
    for path in sorted(base.glob(f"Dir*/Npix*.{SUFFIXES[kind]}")):
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert(mode))
        blocks = pixels.reshape(THUMB, _STEP, THUMB, _STEP, depth)
        # The brightest of each, so that what is small is seen.
        small.append((int(path.stem.removeprefix("Npix")), blocks.max(axis=(1, 3))))
    out = io.BytesIO()
    sheet = Image.fromarray(sheet_of(small, (depth,), np.uint8, 0))
    sheet.save(out, "PNG" if kind == "png" else "JPEG")
    return out.getvalue()


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(data)
    draft.replace(path)
