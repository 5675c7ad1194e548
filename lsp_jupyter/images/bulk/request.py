"""What is asked for of bulk cutouts: positions, images, and how all of it is written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.images.cutouts.names import DETAILS
from lsp_jupyter.images.pictures.look import Look

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AT_ONCE", "FORMATS", "MOST", "PARAMETERS", "REPEATED", "Place", "Request", "places_of"]

#: Positions in one call at most.
MOST = 10_000
#: Cutouts that are made while somebody waits.
AT_ONCE = 20
#: Half a side of a cutout, degrees: at first, and at most.
RADIUS, WIDEST = 5 / 3600, 0.1

#: Media types by the name of the format; the first one is the usual.
FORMATS: Mapping[str, str] = {
    "fits": "image/fits",
    "tar": "application/x-tar",
    "zip": "application/zip",
    "html": "text/html",
}
_LOOK = ("STRETCH", "LIMITS", "COLORS", "INVERT")
#: Parameters that may come several times.
REPEATED = ("ID", "CIRCLE", "BAND")
PARAMETERS = (*REPEATED, "RELEASE", "DATASET", "RADIUS", "RESPONSEFORMAT", "CUTOUTDETAIL", *_LOOK)

#: Names that a column of the table may have, in lower case.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "did": ("obs_publisher_did", "id", "did"),
    "ra": ("ra", "coord_ra", "s_ra", "raj2000", "ra_icrs"),
    "dec": ("dec", "coord_dec", "s_dec", "dej2000", "dec_icrs"),
    "radius": ("radius",),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One row: where a cutout is, in degrees (ICRS), and what of.

    Attributes
    ----------
    did : `str`
        IVOA identifier of the image; empty if it is to be found.
    ra, dec, radius : `float`
        A circle; NaN where the row does not tell.
    """

    did: str
    ra: float
    dec: float
    radius: float

    def check(self) -> None:
        """Look whether there can be a cutout.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if not.
        """
        if not (abs(self.ra) <= 360 and abs(self.dec) <= 90):
            raise ParameterError("The row has no position in degrees.", parameter="CIRCLE")
        if not 0 < self.radius <= WIDEST:
            raise ParameterError(
                f"The radius must be more than 0 and at most {WIDEST:g} degrees.",
                parameter="RADIUS",
            )


@dataclass(frozen=True, slots=True)
class Request:
    """Cutouts of many positions.

    Attributes
    ----------
    places : sequence of `Place`
        Those given as parameters.
    release, dataset : `str`
        What images are found in for positions without identifier: a release, and a type of
        dataset, such as ``deep_coadd``.
    bands : sequence of `str`
        Bands of these images; a cutout each.
    radius : `float`
        Of rows that tell none, degrees.
    kind : `str`
        One of `FORMATS`.
    detail : `str`
        One of `lsp_jupyter.images.cutouts.names.DETAILS`.
    look : mapping
        Of pictures, as of `~lsp_jupyter.images.pictures.look.Look`.
    """

    places: Sequence[Place] = ()
    release: str = ""
    dataset: str = ""
    bands: Sequence[str] = ()
    radius: float = RADIUS
    kind: str = "fits"
    detail: str = "exposure"
    look: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Sequence[str]]) -> Request:
        """Read parameters: those of a row are pairs of ID and CIRCLE, or one ID with many.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one cannot be used.
        """
        single = {name: texts[0] for name, texts in given.items() if texts}
        kind = _format(single.get("RESPONSEFORMAT", "fits"))
        detail = single.get("CUTOUTDETAIL", "exposure").lower()
        if detail not in DETAILS:
            raise ParameterError(
                f"CUTOUTDETAIL cannot be “{detail[:40]}”.",
                parameter="CUTOUTDETAIL",
                hint="Use Image, MaskedImage or Exposure.",
            )
        radius = _numbers("RADIUS", single.get("RADIUS", str(RADIUS)), 1)[0]
        circles = [_circle(text, radius) for text in given.get("CIRCLE", ())]
        dids = list(given.get("ID", ())) or [""]
        if len(dids) == 1:
            dids *= len(circles)
        if len(dids) != len(circles):
            raise ParameterError(
                f"There are {len(dids)} values of ID and {len(circles)} of CIRCLE.",
                parameter="ID",
                hint="Send as many of both, one ID for all of them, or a table.",
            )
        request = cls(
            [Place(did, *circle) for did, circle in zip(dids, circles, strict=True)],
            single.get("RELEASE", ""),
            single.get("DATASET", ""),
            tuple(dict.fromkeys(given.get("BAND", ()))),
            radius,
            kind,
            detail,
            Look.of({name: text for name, text in single.items() if name in _LOOK}).to_dict(),
        )
        Place("", 0.0, 0.0, radius).check()
        require_room(len(request.places))
        return request


def require_room(rows: int) -> None:
    """Look whether so many can be done in one call.

    Raises
    ------
    lsp_jupyter.errors.LimitError
        Raised if not.
    """
    if rows > MOST:
        raise LimitError(
            f"There are {rows:,} positions; {MOST:,} are possible in one call.",
            hint="Send them in parts.",
        )


def places_of(table: pa.Table, radius: float) -> list[Place]:
    """The rows of a table.

    Parameters
    ----------
    table : `pyarrow.Table`
        With the columns ``ra`` and ``dec`` in degrees (or ``coord_ra`` and ``coord_dec``), and
        perhaps ``obs_publisher_did`` (or ``id``) and ``radius``.
    radius : `float`
        Of rows without one, degrees.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it has no positions.
    lsp_jupyter.errors.LimitError
        Raised if it has too many rows.
    """
    require_room(table.num_rows)
    names = {name.lower(): place for place, name in reversed(list(enumerate(table.column_names)))}
    columns: dict[str, list[Any]] = {}
    for what, aliases in _COLUMNS.items():
        known = [names[alias] for alias in aliases if alias in names]
        if known:
            columns[what] = table.column(known[0]).to_pylist()
    if "ra" not in columns or "dec" not in columns:
        raise ParameterError(
            "The table has no positions.",
            parameter="UPLOAD",
            hint="It needs the columns ra and dec in degrees, and may have obs_publisher_did "
            "and radius.",
        )
    count = table.num_rows
    rows = zip(
        columns.get("did", [""] * count),
        columns["ra"],
        columns["dec"],
        columns.get("radius", [radius] * count),
        strict=True,
    )
    return [
        Place(
            did.strip() if isinstance(did, str) and did.startswith("ivo:") else "",
            _number(ra),
            _number(dec),
            radius if size is None else _number(size),
        )
        for did, ra, dec, size in rows
    ]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _numbers(name: str, text: str, count: int) -> list[float]:
    try:
        found = [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        found = []
    if len(found) != count or not all(map(math.isfinite, found)):
        raise ParameterError(
            f"{name} cannot be “{text[:60]}”.",
            parameter=name,
            hint="Give numbers in degrees."
            if name == "RADIUS"
            else "A circle is: right ascension, declination, and perhaps radius, in degrees.",
        )
    return found


def _circle(text: str, radius: float) -> tuple[float, float, float]:
    count = 2 if len(text.replace(",", " ").split()) == 2 else 3
    ra, dec, *more = _numbers("CIRCLE", text, count)
    size = more[0] if more else radius
    Place("", ra, dec, size).check()
    return ra, dec, size


def _format(text: str) -> str:
    name = text.partition(";")[0].strip().lower()
    for kind, mime in FORMATS.items():
        if name in (kind, mime):
            return kind
    raise ParameterError(
        f"RESPONSEFORMAT cannot be “{text[:40]}”.",
        parameter="RESPONSEFORMAT",
        hint=f"Use {', '.join(FORMATS)}.",
    )
