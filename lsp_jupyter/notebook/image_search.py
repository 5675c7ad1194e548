"""Which images there are of a place, a time and a band."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lsp_jupyter.errors import UsageError
from lsp_jupyter.notebook.binding import Bound
from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.literals import literal
from lsp_jupyter.notebook.repositories import release_of
from lsp_jupyter.notebook.results import Result
from lsp_jupyter.notebook.running import run_bound, wait_or_abort
from lsp_jupyter.notebook.session import client

__all__ = ["degrees", "find_images", "places"]

_WORD = re.compile(r"[A-Za-z]\w*")
_SHAPES = ("CIRCLE", "RANGE", "POLYGON")


@plainly
def find_images(
    place: Any = None,
    radius: Any = 0.0,
    *,
    release: str = "",
    band: str | Iterable[str] = (),
    time: Any = None,
    kind: str = "",
    maxrec: int | None = None,
    **parameters: Any,
) -> Result:
    """Search for images; an interrupt cancels it on the server.

    Parameters
    ----------
    place : optional
        A `~astropy.coordinates.SkyCoord` of one or more places, a pair of right ascension
        and declination in degrees (ICRS), or a text as the parameter POS of SIA 2.0 has it:
        ``"POLYGON 53 -28 54 -28 54 -27"``.
    radius : `float` or quantity
        Degrees round the place; 0 asks for images that cover it.
    release : `str`
        Such as ``dp1``. It may be left out where only one has images.
    band : `str` or iterable of `str`
        Rubin's names of bands, such as ``"r"`` or ``"gri"``.
    time : optional
        A `~astropy.time.Time` or a number (MJD, TAI), or a pair of them: images that were
        taken at that time, or between the two.
    kind : `str`
        The dataset type, such as ``visit_image`` or ``deep_coadd``.
    maxrec : `int`, optional
        Images at most.
    **parameters
        Other parameters of SIA 2.0, such as ``calib=2``, ``exptime=(10, 60)`` or
        ``id="ivo://…"``. A pair is an interval, a list gives several values.

    Returns
    -------
    result : `Result`
        Rows of ``ivoa.ObsCore``; `~lsp_jupyter.notebook.repositories.datasets` takes it.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if a parameter cannot be used, or there are no images of that release.

    Examples
    --------
    >>> found = lsp.find_images((53.16, -28.1), band="r", kind="visit_image", release="dp1")
    >>> image = lsp.butler("dp1").get(lsp.datasets(found)[0])
    """
    asked: dict[str, Any] = {name.upper(): _values(value) for name, value in parameters.items()}
    wrong = [name for name in asked if not _WORD.fullmatch(name)]
    if wrong:
        raise UsageError(f"{wrong[0]!r} is no parameter of SIA.")
    if place is not None:
        asked["POS"] = places(place, radius)
    if time is not None:
        asked["TIME"] = _span(time)
    if kind:
        asked["DPSUBTYPE"] = kind if "." in kind else f"lsst.{kind}"
    query = _written(release_of(release), asked)
    bands = list(band)
    if bands:
        # SIA's own parameter BAND is a wavelength, and bands overlap.
        query += f" AND lsst_band IN ({', '.join(map(literal, bands))})"
    return wait_or_abort(run_bound(Bound(query, query), maxrec=maxrec))


def _written(release: str, asked: dict[str, Any]) -> str:
    """The query that the service makes of its parameters: as a job of a kernel's it is kept."""
    import pyarrow as pa

    told = {**asked, "MAXREC": "0", "RESPONSEFORMAT": "arrow"}
    data, _ = client().page(f"sia/{release}/query", told)
    return str(pa.ipc.open_stream(data).schema.metadata[b"lsp:query"].decode())


def places(place: Any, radius: Any = 0.0) -> list[str]:
    """Parts of the sky as values of the parameter POS (SIA 2.0 section 2.1.1).

    Parameters
    ----------
    place, radius
        See `find_images`.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is none of those.
    """
    if isinstance(place, str):
        words = place.split()
        if not words or words[0].upper() not in _SHAPES:
            raise UsageError(
                f"“{place[:60]}” is no place.", hint=f"Begin with {', '.join(_SHAPES)}."
            )
        return [" ".join(words)]
    size = degrees(radius)
    if hasattr(place, "icrs"):
        sky = place.icrs.reshape(-1)
        pairs = list(zip(sky.ra.deg.tolist(), sky.dec.deg.tolist(), strict=True))
    elif isinstance(place, Sequence) and len(place) == 2:
        pairs = [(degrees(place[0]), degrees(place[1]))]
    else:
        raise UsageError(
            f"A {type(place).__name__} is no place.",
            hint="Give a SkyCoord, a pair (ra, dec) in degrees, or a text such as "
            "'CIRCLE 53.1 -28.1 0.01'.",
        )
    return [f"CIRCLE {ra!r} {dec!r} {size!r}" for ra, dec in pairs]


def degrees(angle: Any) -> float:
    """An angle in degrees: a number is one already.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is no angle.
    """
    try:
        return float(angle.to_value("deg") if hasattr(angle, "to_value") else angle)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{angle!r:.60} is no angle: {error}", hint="Give degrees.") from None


def _span(time: Any) -> str:
    if hasattr(time, "mjd"):
        ends = [time] if time.isscalar else list(time)
    else:
        ends = list(time) if isinstance(time, Sequence) else [time]
    try:
        numbers = [float(end.tai.mjd if hasattr(end, "tai") else end) for end in ends]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) not in (1, 2):
        raise UsageError(
            "The time is one time or two.",
            hint="Give an astropy Time, or MJD: time=(60600, 60610).",
        )
    return " ".join(map(repr, numbers))


def _values(value: Any) -> list[str]:
    if isinstance(value, tuple):
        return [" ".join(map(str, value))]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
