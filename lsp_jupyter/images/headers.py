"""What the headers of FITS files say of their images, of many files at once."""

from __future__ import annotations

import gzip
import math
import os
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

if TYPE_CHECKING:
    from astropy.io.fits import Header

__all__ = [
    "Facts",
    "columns",
    "facts_of",
    "image_header",
    "in_processes",
    "plain",
    "read_facts",
    "read_many",
]

T = TypeVar("T")
R = TypeVar("R")

#: Files for which other processes are worth their start.
_MANY = 200
#: Files that are given to a process at once.
_CHUNK = 25
_ARCSEC = 3600.0
#: FWHM of a Gaussian in its standard deviations.
_FWHM = 2.0 * math.sqrt(2.0 * math.log(2.0))
#: How Butler's formatters name what a dataset was made of.
_INPUT = "LSST BUTLER INPUT {} ID"
_INPUTS = 10_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the headers of one file say.

    Attributes
    ----------
    width, height : `int` or `None`
        Columns and rows of the image.
    scale : `float` or `None`
        Width of a pixel, arcsec.
    fwhm : `float` or `None`
        Full width at half maximum of the point-spread function, arcsec.
    inputs : `tuple` of `str`
        Butler's identifiers of what it was made of, where its formatter wrote them.
    problem : `str`
        What is wrong with the file; empty if nothing is. There are no facts then.
    """

    width: int | None = None
    height: int | None = None
    scale: float | None = None
    fwhm: float | None = None
    inputs: tuple[str, ...] = ()
    problem: str = ""


def read_facts(uri: str) -> Facts:
    """What the headers of a file say.

    Parameters
    ----------
    uri : `str`
        A path, or a URI that `lsst.resources` reads. Only the headers are read.

    Returns
    -------
    facts : `Facts`
        With a problem if it is no whole FITS file with an image.
    """
    from astropy.io import fits

    try:
        if "://" not in uri:
            return facts_of(Path(uri))
        from lsst.resources import ResourcePath

        resource = ResourcePath(uri)
        with resource.open("rb") as remote:
            return _facts(cast("BinaryIO", remote), resource.size())
    except (OSError, EOFError, ValueError, KeyError, TypeError, fits.VerifyError) as error:
        return Facts(problem=plain(error))


def columns(facts: Facts, size: int) -> dict[str, Any]:
    """The columns of ``ivoa.ObsCore`` that follow of a file's headers and its size in bytes."""
    return {
        "access_estsize": -(-size // 1000) if size else None,
        "s_xel1": facts.width,
        "s_xel2": facts.height,
        "s_pixel_scale": facts.scale,
        "s_resolution": facts.fwhm,
    }


def read_many(uris: Iterable[str]) -> Iterator[Facts]:
    """What the headers of many files say, in their order; see `read_facts`.

    Several processes read if there are many files.
    """
    return in_processes(read_facts, list(uris))


def in_processes(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Have something done to each of many files, by several processes if there are many.

    Parameters
    ----------
    work : callable
        A function of a module. What it raises ends everything.
    items : sequence
        What it is called with.

    Yields
    ------
    result
        In the order of the items.
    """
    workers = os.cpu_count() or 1
    if len(items) < _MANY or workers == 1:
        yield from map(work, items)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # Not forked: threads of libraries would be lost half-way.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin) as pool:
        yield from pool.map(work, items, chunksize=_CHUNK)


def _begin() -> None:
    # Ctrl-C is for the process that gives the work; it ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def facts_of(path: Path) -> Facts:
    """What the headers of a file on this machine say.

    Raises
    ------
    OSError, EOFError, ValueError, KeyError, TypeError
        Raised if it is no whole FITS file with an image.
    """
    with path.open("rb") as file:
        return _facts(*_unpacked(file, path.stat().st_size))


def _unpacked(file: BinaryIO, size: int) -> tuple[BinaryIO, int]:
    """A file as it was before it was compressed as a whole, and its size then."""
    packed = file.read(2) == _GZIP
    file.seek(0)
    if not packed:
        return file, size
    plain = cast("BinaryIO", gzip.GzipFile(fileobj=file))
    # There is no other way to know how long it is, or whether it is complete.
    while plain.read(1 << 20):
        pass
    size = plain.tell()
    plain.seek(0)
    return plain, size


def _facts(file: BinaryIO, size: int) -> Facts:
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The headers as they are stored: to decompress would need the pixels' tables.
        with fits.open(file, memmap=False, disable_image_compression=True) as hdus:
            primary = hdus[0].header
            image = image_header(hdus)
            end = max(_end(hdu) for hdu in hdus)
            if size < end:
                raise ValueError(f"it ends after {size:,} of {end:,} bytes")
            scale = _scale(image)
            psf: Mapping[str, Any] = next((hdu.header for hdu in hdus if hdu.name == "PSF"), {})
            z = "Z" if "ZNAXIS" in image else ""
            return Facts(
                width=int(image[f"{z}NAXIS1"]),
                height=int(image[f"{z}NAXIS2"]),
                scale=scale,
                fwhm=_fwhm(primary, psf, scale),
                inputs=tuple(_inputs(primary)),
            )


def image_header(hdus: Any) -> Header:
    """The header of the image in a file: of the extension IMAGE or SCI, or the first with pixels.

    Raises
    ------
    ValueError
        Raised if there is none.
    """
    found: list[Any] = [
        hdu for hdu in hdus if hdu.header.get("ZNAXIS", _plain_axes(hdu.header)) >= 2
    ]
    for hdu in found:
        if hdu.name in ("IMAGE", "SCI"):
            return hdu.header
    if not found:
        raise ValueError("it has no image")
    return found[0].header


def _plain_axes(header: Mapping[str, Any]) -> int:
    if header.get("XTENSION", "IMAGE").strip() != "IMAGE":
        return 0
    axes = int(header.get("NAXIS", 0))
    return axes if all(header.get(f"NAXIS{each + 1}", 0) > 0 for each in range(axes)) else 0


def _end(hdu: Any) -> int:
    """Where the data of an extension end, from the start of the file."""
    info = hdu.fileinfo()
    return int(info["datLoc"]) + int(hdu.size)


def _scale(header: Mapping[str, Any]) -> float | None:
    """Width of a pixel in arcsec, of the linear part of the world coordinates."""
    if not str(header.get("CTYPE1", "")).strip():
        return None
    if any(f"CD{i}_{j}" in header for i in (1, 2) for j in (1, 2)):
        matrix = [[float(header.get(f"CD{i}_{j}", 0.0)) for j in (1, 2)] for i in (1, 2)]
    else:
        matrix = [
            [
                float(header.get(f"CDELT{i}", 1.0)) * float(header.get(f"PC{i}_{j}", float(i == j)))
                for j in (1, 2)
            ]
            for i in (1, 2)
        ]
    area = abs(matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0])
    scale = math.sqrt(area) * _ARCSEC
    return scale if scale > 0 and math.isfinite(scale) else None


def _fwhm(primary: Mapping[str, Any], psf: Mapping[str, Any], scale: float | None) -> float | None:
    """Width of the point-spread function in arcsec."""
    value: Any = None
    if scale is not None and "PSFFWHM" in psf:
        value = psf["PSFFWHM"] * scale
    elif scale is not None and "PSFSIGMA" in psf:
        value = psf["PSFSIGMA"] * _FWHM * scale
    elif "SEEING" in primary:
        value = primary["SEEING"]
    good = isinstance(value, (int, float)) and math.isfinite(value) and value > 0
    return float(value) if good else None


def _inputs(header: Mapping[str, Any]) -> Iterator[str]:
    for number in range(_INPUTS):
        value = header.get(_INPUT.format(number))
        if value is None:
            return
        yield str(value)


def plain(error: BaseException) -> str:
    """An error in words, without a path of this machine."""
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text[:200]
