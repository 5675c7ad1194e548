"""Writing an image's planes to a FITS file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.images.mask import PLANES
from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.observing.tangent import TangentWcs

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.int32]

__all__ = ["TILE", "Planes", "write", "write_counts"]

#: Rows and columns that are compressed together, so that a cutout reads little.
TILE = (128, 128)

#: Steps of the image in one standard deviation of the sky: noise grows by 0.3 % (Pence et al.
#: 2010 find photometry as good as of unpacked images).
STEPS = 4.0

#: Steps of the variance in that of the sky.
VARIANCE_STEPS = 100.0

#: Rows and columns of the image of the point-spread function.
PSF_SIDE = 47


@dataclass(frozen=True, slots=True)
class Planes:
    """An image.

    Attributes
    ----------
    image : `numpy.ndarray` of ``float32``, shape ``(rows, columns)``
        Nanojansky; NaN where there are no data.
    mask : `numpy.ndarray` of ``int32``, shape ``(rows, columns)``
        Bits as in `mask.PLANES`.
    variance : `numpy.ndarray` of ``float32``, shape ``(rows, columns)``
        Nanojansky squared.
    """

    image: Image
    mask: Mask
    variance: Image


def write(
    path: Path,
    planes: Planes,
    cards: Mapping[str, Any],
    *,
    unit: str = "nJy",
    wcs: TangentWcs | None = None,
    psf: Psf | None = None,
    origin: tuple[int, int] = (0, 0),
) -> None:
    """Write a FITS file with the extensions IMAGE, MASK, VARIANCE and PSF.

    The first three are compressed in tiles of 128 pixels square: image and variance by RICE in
    steps far below the noise, the mask without loss by PLIO, which is made for masks.

    Parameters
    ----------
    path : `~pathlib.Path`
        Where to. It appears there when it is whole.
    planes : `Planes`
        The pixels.
    cards : mapping
        Keywords of the primary header.
    unit : `str`, optional
        Of the image.
    wcs : `TangentWcs`, optional
        World coordinates of the pixels.
    psf : `Psf`, optional
        The point-spread function.
    origin : `tuple` of two `int`, optional
        What to add to a pixel's x and y, counted from 0, to have those of its tract. The
        extensions say it by ``LTV1`` and ``LTV2``, which are to be added the other way.
    """
    from astropy.io import fits

    place = (wcs.header() if wcs else {}) | {"LTV1": -float(origin[0]), "LTV2": -float(origin[1])}
    sky = float(np.nanmin(planes.variance))
    hdus = [
        fits.CompImageHDU(
            planes.image,
            fits.Header({"BUNIT": unit} | place),
            name="IMAGE",
            # Negative: this step itself, rather than a part of the noise that is found.
            quantize_level=-(sky**0.5) / STEPS,
            quantize_method=2,
            # The same in all files, so that their bytes depend on the survey's seed alone.
            dither_seed=1,
            **_RICE,
        ),
        fits.CompImageHDU(planes.mask, fits.Header(_PLANES | place), name="MASK", **_PLIO),
        fits.CompImageHDU(
            planes.variance,
            fits.Header({"BUNIT": f"{unit}2" if unit else ""} | place),
            name="VARIANCE",
            quantize_level=-sky / VARIANCE_STEPS,
            quantize_method=-1,
            **_RICE,
        ),
    ]
    if psf:
        spread = psf.image(PSF_SIDE).astype(np.float32)
        hdus.append(fits.ImageHDU(spread, fits.Header(_psf_cards(psf)), name="PSF"))
    _save(path, [fits.PrimaryHDU(header=fits.Header(dict(cards))), *hdus])


def write_counts(path: Path, counts: Mask, cards: Mapping[str, Any], wcs: TangentWcs) -> None:
    """Write a FITS file with one extension IMAGE, compressed without loss.

    Parameters
    ----------
    path : `~pathlib.Path`
        Where to. It appears there when it is whole.
    counts : `numpy.ndarray` of ``int32``, shape ``(rows, columns)``
        The pixels.
    cards : mapping
        Keywords of the primary header.
    wcs : `TangentWcs`
        World coordinates of the pixels.
    """
    from astropy.io import fits

    header = fits.Header({"BUNIT": "adu"} | wcs.header())
    image = fits.CompImageHDU(counts, header, name="IMAGE", **_RICE)
    _save(path, [fits.PrimaryHDU(header=fits.Header(dict(cards))), image])


_RICE: dict[str, Any] = {"compression_type": "RICE_1", "tile_shape": TILE}
_PLIO: dict[str, Any] = {"compression_type": "PLIO_1", "tile_shape": TILE}

#: Cards of the mask; keywords of more than eight characters need the convention of ESO.
_PLANES = {
    key if len(key) <= 8 else f"HIERARCH {key}": number
    for key, number in ((f"MP_{name}", number) for name, number in PLANES.items())
}


def _save(path: Path, hdus: Sequence[Any]) -> None:
    from astropy.io import fits

    making = path.with_name(f".{path.name}.making")
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.HDUList(hdus).writeto(making, overwrite=True, output_verify="ignore")
    making.replace(path)


def _psf_cards(psf: Psf) -> dict[str, float | int]:
    """A sum of round Gaussians: their parts of the flux and standard deviations in pixels."""
    cards: dict[str, float | int] = {
        "PSFSIGMA": psf.sigma,
        "PSFFWHM": psf.fwhm,
        "NGAUSS": len(psf.widths),
    }
    for number, (weight, width) in enumerate(zip(psf.weights, psf.widths, strict=True), start=1):
        cards[f"WEIGHT{number}"] = float(weight)
        cards[f"WIDTH{number}"] = float(width)
    return cards
