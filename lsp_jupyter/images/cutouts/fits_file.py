"""Cutouts as FITS files.

The headers of a file are turned into cards once, so that a cutout of it only needs those that
differ: writing the file takes less than reading the pixels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from lsp_jupyter.formats.fits_cards import BLOCK, card
from lsp_jupyter.images.cutouts.cut import mask_key

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from astropy.io.fits import Header

    from lsp_jupyter.images.cutouts.cut import Cut
    from lsp_jupyter.images.cutouts.handles import Handle

__all__ = ["fits_pieces", "write_fits"]

#: Keywords that are written anew, or that are true of the whole file only.
_OWN = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|EXTNAME|EXTVER|INHERIT|CHECKSUM|DATASUM"
    r"|ZHECKSUM|ZDATASUM|BSCALE|BZERO|BLANK|END|CRPIX[12]|LTV[12]|CRPIX[12][A-Z]|DATAMIN|DATAMAX"
)
_BITPIX = {"u1": 8, "i2": 16, "i4": 32, "i8": 64, "f4": -32, "f8": -64}
#: What unsigned whole numbers are counted from (FITS Standard 4.0 section 5.2.5).
_ZERO = {"u2": ("i2", 1 << 15), "u4": ("i4", 1 << 31)}


class _Cards:
    """The headers of one file as cards."""

    def __init__(self, handle: Handle) -> None:
        self.primary = _kept(handle.primary)
        self.planes = {
            name: _kept(plane.header, first=name != "IMAGE")
            for name, plane in handle.planes.items()
        }
        self.moving = {
            name: {
                key: (float(value), sign)
                for key, sign in _moving(plane.header)
                if isinstance(value := plane.header.get(key, 0.0), int | float)
            }
            for name, plane in handle.planes.items()
        }


_cards: WeakKeyDictionary[Handle, _Cards] = WeakKeyDictionary()


def _moving(header: Header) -> Iterator[tuple[str, int]]:
    for axis in "12":
        for key in header:
            if key == f"CRPIX{axis}" or re.fullmatch(f"CRPIX{axis}[A-Z]", key):
                yield key, int(axis)
        yield f"LTV{axis}", int(axis)


def _kept(header: Header, *, first: bool = False) -> bytes:
    """The cards of a header that are true of every part of it."""
    from astropy.io.fits import Card

    lines = []
    for each in header.cards:
        key = each.keyword
        if _OWN.fullmatch(key) or (first and key.startswith("MP_")):
            continue
        try:
            text = str(each)
        except ValueError:
            # A card that breaks the standard: as far as it can be said.
            text = str(Card("COMMENT", repr(each.rawvalue)[:60]))
        lines.append(text.encode("ascii", "replace"))
    return b"".join(lines)


def fits_pieces(cut: Cut, about: Mapping[str, str]) -> Iterator[bytes | memoryview]:
    """The FITS file of a cutout, piece by piece.

    Parameters
    ----------
    cut : `~lsp_jupyter.images.cutouts.cut.Cut`
        The cutout.
    about : mapping
        Cards to add to the first header: keyword and text.
    """
    cards = _cards.get(cut.handle)
    if cards is None:
        cards = _cards[cut.handle] = _Cards(cut.handle)
    yield _block(
        _text([card("SIMPLE", True), card("BITPIX", 8), card("NAXIS", 0), card("EXTEND", True)]),
        b"" if cut.handle.image_is_first else cards.primary,
        _text(card(key, text) for key, text in about.items() if text),
    )
    yield from extensions(cut)


def extensions(cut: Cut, *, name: str = "", number: int = 0) -> Iterator[bytes | memoryview]:
    """The extensions of a cutout alone, for a file of many.

    Parameters
    ----------
    cut : `~lsp_jupyter.images.cutouts.cut.Cut`
        The cutout.
    name : `str`
        Of the extension of the image, instead of ``IMAGE``.
    number : `int`
        Of the cutout among several, for EXTVER; 0 if it is the only one.
    """
    cards = _cards.get(cut.handle)
    if cards is None:
        cards = _cards[cut.handle] = _Cards(cut.handle)
    for plane, pixels in cut.planes.items():
        corner = (0, cut.box.x, cut.box.y)
        own = b"".join(
            _card(key, value - corner[axis]) for key, (value, axis) in cards.moving[plane].items()
        )
        if plane == "MASK":
            own += _bits(tuple(cut.bits.items()))
        if plane == "IMAGE" and cut.blank is not None:
            own += _card("BLANK", cut.blank)
        title = name if name and plane == "IMAGE" else plane
        yield from _extension(title, pixels, cards.planes[plane], own, number)
    if cut.psf:
        psf = cut.handle.psf
        data = np.asarray(psf.data)
        yield from _extension("PSF", data, _kept(psf.header), b"", number)


@lru_cache(64)
def _bits(bits: tuple[tuple[str, int], ...]) -> bytes:
    return _text(_bit(name, bit) for name, bit in bits)


def _bit(name: str, bit: int) -> list[str]:
    key = mask_key(name)
    if len(key) <= 8:
        return card(key, bit)
    return [f"HIERARCH {key} = {bit}"]


def _extension(
    name: str, pixels: npt.NDArray[Any], kept: bytes, own: bytes, number: int
) -> Iterator[bytes | memoryview]:
    kind = pixels.dtype.kind + str(pixels.dtype.itemsize)
    scale: list[list[str]] = []
    if kind in _ZERO:
        kind, zero = _ZERO[kind]
        pixels = (pixels.astype(np.int64) - zero).astype(f">{kind}")
        scale = [card("BSCALE", 1), card("BZERO", zero)]
    if kind not in _BITPIX:
        kind = "f8"
    data = np.ascontiguousarray(pixels, f">{kind}")
    structure = _structure(_BITPIX[kind], data.shape, name)
    if number:
        structure += _card("EXTVER", number)
    yield _block(structure + _text(scale), kept, own)
    yield data.data.cast("B") if data.size else b""
    yield bytes(-data.nbytes % BLOCK)


@lru_cache(256)
def _structure(bitpix: int, shape: tuple[int, ...], name: str) -> bytes:
    axes = [card(f"NAXIS{axis}", size) for axis, size in enumerate(reversed(shape), 1)]
    made = [card("XTENSION", "IMAGE"), card("BITPIX", bitpix), card("NAXIS", len(shape)), *axes]
    return _text([*made, card("PCOUNT", 0), card("GCOUNT", 1), card("EXTNAME", name)])


def _card(key: str, value: int | float) -> bytes:
    """The card of a number."""
    return f"{key:<8}= {repr(value).upper():>20}".ljust(80).encode("ascii")


def _block(*parts: bytes) -> bytes:
    """A whole header."""
    whole = b"".join([*parts, b"END".ljust(80)])
    return whole.ljust(-(-len(whole) // BLOCK) * BLOCK)


def _text(groups: Iterable[list[str]]) -> bytes:
    return "".join(line.ljust(80) for group in groups for line in group).encode("ascii", "replace")


def write_fits(cut: Cut, path: Path, about: Mapping[str, str], *, compress: bool = False) -> int:
    """Write a cutout to a file.

    Parameters
    ----------
    cut : `~lsp_jupyter.images.cutouts.cut.Cut`
        The cutout.
    path : `~pathlib.Path`
        Where to.
    about : mapping
        As of `fits_pieces`.
    compress : `bool`
        Whether to compress its pixels, without losing anything (FITS Standard 4.0 section 10).

    Returns
    -------
    size : `int`
        Bytes of the file.
    """
    with path.open("wb") as file:
        for piece in fits_pieces(cut, about):
            file.write(piece)
    if compress:
        _compress(path)
    return path.stat().st_size


def _compress(path: Path) -> None:
    from astropy.io import fits

    draft = path.with_name(f"{path.name}.part")
    with fits.open(path, memmap=False, do_not_scale_image_data=True) as plain:
        packed = fits.HDUList([plain[0].copy()])
        for hdu in plain[1:]:
            if hdu.name == "PSF":
                packed.append(hdu.copy())
                continue
            floats = hdu.data.dtype.kind == "f"
            packed.append(
                fits.CompImageHDU(
                    hdu.data,
                    hdu.header,
                    name=hdu.name,
                    compression_type="GZIP_2" if floats else "RICE_1",
                    tile_shape=tuple(min(128, side) for side in hdu.data.shape),
                    quantize_level=0,
                )
            )
        packed.writeto(draft)
    draft.replace(path)
