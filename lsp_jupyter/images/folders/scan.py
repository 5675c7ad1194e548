"""What a FITS file is an image of, as far as its headers tell."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.images.headers import Facts, facts_of, image_header, in_processes, plain

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.io.fits import Header

    Floats = npt.NDArray[np.float64]

__all__ = ["Scanned", "scan", "scan_many"]

_DAY = 86_400.0
_TEXT = 100


@dataclass(frozen=True, slots=True)
class Scanned:
    """One file.

    Attributes
    ----------
    size : `int`
        Bytes.
    checksum : `str`
        ``sha256:…`` of all of them.
    facts : `~lsp_jupyter.images.headers.Facts`
        Size and sharpness of the image; or what is wrong with the file.
    corners : `tuple` of (`float`, `float`)
        Outline of the image in degrees, ICRS, counterclockwise as seen from within the sphere.
    target, facility, instrument, filter : `str`
        As the header has them; empty if it does not.
    begin, end : `float` or `None`
        Of the exposure, MJD in UTC.
    exposure : `float` or `None`
        Seconds.
    planes : `int`
        Pixels along axes beyond the second one, multiplied.
    """

    size: int = 0
    checksum: str = ""
    facts: Facts = Facts()  # noqa: RUF009
    corners: tuple[tuple[float, float], ...] = ()
    target: str = ""
    facility: str = ""
    instrument: str = ""
    filter: str = ""
    begin: float | None = None
    end: float | None = None
    exposure: float | None = None
    planes: int = 1


def scan_many(paths: Sequence[Path]) -> Iterator[Scanned]:
    """What many files are, in their order; several processes read if there are many."""
    return in_processes(scan, paths)


def scan(path: Path) -> Scanned:
    """What a file is an image of.

    Parameters
    ----------
    path : `~pathlib.Path`
        A FITS file. All of it is read once, for the checksum.

    Returns
    -------
    scanned : `Scanned`
        With a problem among its facts if it is no whole FITS file with an image of the sky.
    """
    try:
        return _scan(path)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        return Scanned(facts=Facts(problem=plain(error)))
    except Exception as error:
        # What astropy and its C library make of broken coordinates has no common base.
        return Scanned(facts=Facts(problem=f"its coordinates are broken: {plain(error)}"))


def _scan(path: Path) -> Scanned:
    from astropy.io import fits

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    facts = facts_of(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(path, memmap=False) as hdus:
            image = image_header(hdus)
            header = hdus[0].header.copy()
            header.update(image)
            corners = _corners(image, facts)
    begin, end, exposure = _times(header)
    return Scanned(
        size=path.stat().st_size,
        checksum=f"sha256:{digest}",
        facts=facts,
        corners=corners,
        target=_text(header, "OBJECT"),
        facility=_text(header, "TELESCOP"),
        instrument=_text(header, "INSTRUME"),
        filter=_text(header, "BAND") or _text(header, "FILTER"),
        begin=begin,
        end=end,
        exposure=exposure,
        planes=math.prod(
            max(1, int(image.get(f"NAXIS{axis}", 1)))
            for axis in range(3, int(image.get("NAXIS", 2)) + 1)
        ),
    )


def _corners(header: Header, facts: Facts) -> tuple[tuple[float, float], ...]:
    """Where the outer edges of an image are on the sky.

    Raises
    ------
    ValueError
        Raised if the header does not say it.
    """
    from astropy.wcs import WCS
    from astropy.wcs.utils import pixel_to_skycoord

    if not header.get("CTYPE1"):
        raise ValueError("it has no coordinates of the sky")
    wcs = WCS(header, naxis=2)
    if not wcs.has_celestial:
        raise ValueError("it has no coordinates of the sky")
    right, top = (facts.width or 0) - 0.5, (facts.height or 0) - 0.5
    x, y = np.array([-0.5, right, right, -0.5]), np.array([-0.5, -0.5, top, top])
    sky = pixel_to_skycoord(x, y, wcs, origin=0, mode="all").icrs
    ra, dec = np.asarray(sky.ra.deg), np.asarray(sky.dec.deg)
    directions = np.asarray(sky.cartesian.xyz.value).T
    if not np.isfinite(directions).all():
        raise ValueError("its coordinates are broken: a corner is nowhere on the sky")
    turns = [
        float(np.linalg.det(np.roll(directions, -each, axis=0)[:3])) for each in range(len(ra))
    ]
    if min(turns) < 0 < max(turns) or not any(turns):
        raise ValueError("its coordinates are broken: the corners make no quadrangle")
    found = list(zip(ra.tolist(), dec.tolist(), strict=True))
    return tuple(found if turns[0] > 0 else found[::-1])


def _times(header: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    exposure = _number(header, "EXPTIME", "EXPOSURE", "XPOSURE")
    begin = _moment(header, ("MJD-BEG", "MJD-OBS"), ("DATE-BEG", "DATE-OBS"))
    end = _moment(header, ("MJD-END",), ("DATE-END",))
    if begin is not None and end is None:
        end = begin + (exposure or 0.0) / _DAY
    return begin, end, exposure


def _moment(
    header: Mapping[str, Any], numbers: Sequence[str], texts: Sequence[str]
) -> float | None:
    """A time as MJD in UTC; none if the header has no such time."""
    from astropy.time import Time

    scale = str(header.get("TIMESYS") or "UTC").strip().lower()
    scale = scale if scale in ("utc", "tai", "tt", "tdb", "tcb", "tcg", "ut1") else "utc"
    mjd = _number(header, *numbers)
    try:
        if mjd is not None:
            return float(Time(mjd, format="mjd", scale=scale).utc.mjd)
        for name in texts:
            if text := str(header.get(name) or "").strip():
                return float(Time(text, format="fits", scale=scale).utc.mjd)
    except ValueError:
        return None
    return None


def _number(header: Mapping[str, Any], *names: str) -> float | None:
    for name in names:
        value = header.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def _text(header: Mapping[str, Any], name: str) -> str:
    value = header.get(name)
    return "".join(filter(str.isprintable, str(value)))[:_TEXT].strip() if value else ""
