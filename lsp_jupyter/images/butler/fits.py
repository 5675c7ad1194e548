"""FITS files of exposures: image, mask and variance in extensions of these names."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.butler.box import Box
from lsp_jupyter.images.butler.exposure import Exposure, moved
from lsp_jupyter.images.butler.planes import PARENT, Image, Mask, part
from lsp_jupyter.images.butler.psf import Psf
from lsp_jupyter.images.butler.wcs import Wcs

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.io.fits import Header

__all__ = ["ExposureFile", "write"]

#: How the header names a plane of the mask, before its name.
PLANE = "MP_"

#: Keywords of a header's matrix of world coordinates.
_MATRIX = re.compile(r"(CD|PC)\d_\d|CDELT\d|CROTA\d")

#: Columns and rows that are compressed together: a cutout reads only those it touches.
BLOCK = 128

#: Steps in which floats are kept: parts of the noise.
QUANTIZE = 16.0


class ExposureFile:
    """An open FITS file, read as far as it is asked for.

    Parameters
    ----------
    path : `str` or `~pathlib.Path`
        The file.

    Attributes
    ----------
    hdus : `astropy.io.fits.HDUList`
        As astropy reads it.
    """

    def __init__(self, path: str | Path) -> None:
        from astropy.io import fits

        self.hdus = fits.open(path, memmap=True, lazy_load_hdus=True)
        if self._is_scaled():
            # Numbers that must be computed cannot be mapped.
            self.hdus.close()
            self.hdus = fits.open(path, memmap=False, lazy_load_hdus=True)

    def _is_scaled(self) -> bool:
        for hdu in self.hdus:
            if hdu.is_image and len(hdu.shape) >= 2:
                return not hasattr(hdu, "compression_type") and any(
                    key in hdu.header for key in ("BZERO", "BSCALE", "BLANK")
                )
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.hdus.close()

    @cached_property
    def image_hdu(self) -> Any:
        """The extension of the image: that of the name, or else the first with pixels."""
        if "IMAGE" in self.hdus:
            return self.hdus["IMAGE"]
        for hdu in self.hdus:
            if hdu.is_image and len(hdu.shape) == 2:
                return hdu
        raise NotFoundError(
            "The file has no image.", hint="Images are FITS files with two-dimensional pixels."
        )

    @cached_property
    def bbox(self) -> Box:
        """The pixels there are, counted as in the parent image."""
        rows, columns = self.image_hdu.shape
        header = self.image_hdu.header
        # What LTV adds to a pixel of the parent makes it a pixel of the file.
        return Box(-round(header.get("LTV1", 0)), -round(header.get("LTV2", 0)), columns, rows)

    @property
    def unit(self) -> str:
        """Of the image's values."""
        return str(self.image_hdu.header.get("BUNIT", ""))

    def metadata(self, box: Box | None = None) -> Header:
        """The file's and the image's header, as of the pixels in a box, or of all.

        Without what only says how the file is stored.
        """
        header = self.hdus[0].header.copy(strip=True)
        if self.image_hdu is not self.hdus[0]:
            header.extend(self.image_hdu.header.copy(strip=True).cards, update=True)
        for key in ("EXTNAME", "CHECKSUM", "DATASUM", "INHERIT"):
            header.remove(key, ignore_missing=True)
        return header if box is None else moved(header, box.x - self.bbox.x, box.y - self.bbox.y)

    def wcs(self) -> Wcs | None:
        """World coordinates, if the header has any."""
        header = self.image_hdu.header
        return Wcs(header, self.bbox.min) if "CTYPE1" in header else None

    def psf(self) -> Psf | None:
        """Point-spread function, if the file has one."""
        if "PSF" not in self.hdus:
            return None
        return Psf(_native(self.hdus["PSF"].data), self.bbox.center)

    def image(self, box: Box | None = None) -> Image:
        """The pixels in a box, or all."""
        return Image(self._pixels(self.image_hdu, box), (box or self.bbox).min, self.unit)

    def mask(self, box: Box | None = None) -> Mask | None:
        """The mask's pixels in a box, or all; nothing if the file has no mask."""
        if "MASK" not in self.hdus:
            return None
        hdu = self.hdus["MASK"]
        planes = {
            key.removeprefix(PLANE): int(value)
            for key, value in hdu.header.items()
            if key.startswith(PLANE)
        }
        return Mask(self._pixels(hdu, box), (box or self.bbox).min, planes)

    def variance(self, box: Box | None = None) -> Image | None:
        """The variance's pixels in a box, or all; nothing if the file has none."""
        if "VARIANCE" not in self.hdus:
            return None
        hdu = self.hdus["VARIANCE"]
        return Image(self._pixels(hdu, box), (box or self.bbox).min, hdu.header.get("BUNIT", ""))

    def component(self, name: str, box: Box | None = None) -> Any:
        """A part of an exposure, of a box or of all; nothing if the file does not have it.

        Pixels are read only where the component is made of them.
        """
        whole = self.bbox if box is None else box
        match name:
            case "image" | "mask" | "variance":
                return getattr(self, name)(box)
            case "wcs":
                wcs = self.wcs()
                return wcs and wcs.at(whole.min)
            case "psf":
                psf = self.psf()
                return psf and psf.at(whole.center)
            case _:
                # All others follow from the header and the shape.
                empty = np.broadcast_to(np.float32(0), (whole.height, whole.width))
                image = Image(empty, whole.min, self.unit)
                return getattr(Exposure(image, metadata=self.metadata(box)), name)

    def exposure(self, box: Box | None = None) -> Exposure:
        """Everything, or all of a box."""
        return Exposure(
            *(self.image(box), self.mask(box), self.variance(box)),
            wcs=self.component("wcs", box),
            psf=self.component("psf", box),
            metadata=self.metadata(box),
        )

    def part(self, box: Any, origin: Any = PARENT) -> Box:
        """The box that is asked for, counted as in the parent image.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if it is not inside the image.
        """
        return part(box, self.bbox, origin)

    def _pixels(self, hdu: Any, box: Box | None) -> npt.NDArray[Any]:
        if box is None:
            return _native(hdu.data)
        return _native(hdu.section[box.shiftedBy(-self.bbox.x, -self.bbox.y).slices])


def _native(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An array of its own, in the machine's order of bytes."""
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")


def write(exposure: Exposure, path: str | Path) -> None:
    """Write a FITS file.

    Parameters
    ----------
    exposure : `Exposure`
        What to write.
    path : `str` or `~pathlib.Path`
        Where to; a file that is there is replaced.
    """
    from astropy.io import fits

    place = fits.Header()
    if exposure.wcs is not None:
        place.update(exposure.wcs.to_astropy().to_header(relax=True))
    for axis, first in zip("12", exposure.xy0, strict=True):
        place[f"LTV{axis}"] = -float(first)
    primary = exposure.metadata.copy(strip=True)
    for key in [key for key in primary if key == "BUNIT" or key in place or _MATRIX.match(key)]:
        primary.remove(key, remove_all=True)
    hdus = fits.HDUList([fits.PrimaryHDU(header=primary)])
    hdus.append(_compressed(exposure.image.array, place, "IMAGE", exposure.unit))
    mask = exposure.mask
    planes = place.copy()
    for name, bit in mask.getMaskPlaneDict().items():
        key = PLANE + name
        planes[key if len(key) <= 8 else f"HIERARCH {key}"] = bit
    hdus.append(_compressed(mask.array, planes, "MASK"))
    variance = exposure.variance
    hdus.append(_compressed(variance.array, place, "VARIANCE", variance.unit))
    if exposure.psf is not None:
        hdus.append(fits.ImageHDU(exposure.psf.computeKernelImage().array, name="PSF"))
    hdus.writeto(path, overwrite=True)


def _compressed(array: npt.NDArray[Any], header: Header, name: str, unit: str = "") -> Any:
    from astropy.io import fits

    header = header.copy()
    if unit:
        header["BUNIT"] = unit
    floats = np.issubdtype(array.dtype, np.floating)
    return fits.CompImageHDU(
        array.astype(np.float32) if floats else array,
        header,
        name=name,
        compression_type="RICE_1",
        tile_shape=(BLOCK, BLOCK),
        quantize_level=QUANTIZE if floats else 0,
        quantize_method=1,
        dither_seed=1,
    )
