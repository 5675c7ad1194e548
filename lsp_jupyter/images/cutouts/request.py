"""What is asked for of SODA: images, parts of them, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.images.cutouts import names
from lsp_jupyter.images.limits import Limits
from lsp_jupyter.images.pictures.encode import FORMATS, format_named
from lsp_jupyter.images.pictures.look import Look
from lsp_jupyter.images.regions import parse_region

__all__ = ["REPEATED", "Request", "Wanted"]

#: Parameters that may be repeated in a job (SODA 1.0 section 3).
REPEATED = ("ID", "CIRCLE", "POLYGON", "POS", "BAND", "TIME", "POL")
#: The shapes among them.
_SHAPES = ("CIRCLE", "POLYGON", "POS")
#: Cutouts of one job at most.
MOST = 10_000

#: No limit of wavelength or time.
_ANY = (-math.inf, math.inf)

_LOOK = ("STRETCH", "LIMITS", "COLORS", "INVERT")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One cutout.

    Attributes
    ----------
    did : `str`
        IVOA identifier of the image.
    region : `str`
        As the value of POS; empty for all of the image.
    band, time : `tuple` of `float`
        Wavelengths in metres, and MJD in UTC.
    pol : `str`
        State of polarization; empty for any.
    """

    did: str
    region: str = ""
    band: tuple[float, float] = _ANY
    time: tuple[float, float] = _ANY
    pol: str = ""

    def misses(self, limits: Limits) -> bool:
        """Whether an image with these limits has nothing of it."""
        pairs = ((self.band, limits.band), (self.time, limits.time))
        apart = any(
            has is not None and (asked[0] > has[1] or asked[1] < has[0]) for asked, has in pairs
        )
        # Images of ours are of the whole light.
        return apart or self.pol not in ("", "I")


@dataclass(frozen=True, slots=True)
class Request:
    """Cutouts, and how to write them.

    Attributes
    ----------
    wanted : sequence of `Wanted`
        Every combination of what was given.
    kind : `str`
        ``fits``, or one of the formats of pictures.
    detail : `str`
        What a FITS file holds; one of `lsp_jupyter.images.cutouts.names.DETAILS`.
    compress : `bool`
        Whether its pixels are compressed.
    look : mapping
        Of pictures, as of `~lsp_jupyter.images.pictures.look.Look`.
    """

    wanted: Sequence[Wanted]
    kind: str = "fits"
    detail: str = "exposure"
    compress: bool = False
    look: Mapping[str, object] = field(default_factory=dict)

    @property
    def limited(self) -> bool:
        """Whether wavelengths or times are limited."""
        return any((each.band, each.time) != (_ANY, _ANY) for each in self.wanted)

    @property
    def mime(self) -> str:
        """Media type of each cutout."""
        return "image/fits" if self.kind == "fits" else FORMATS[self.kind]

    @property
    def extension(self) -> str:
        """Of the name of its file, without dot."""
        return "jpg" if self.kind == "jpeg" else self.kind

    @classmethod
    def of(cls, given: Mapping[str, Sequence[str]]) -> Request:
        """Read parameters.

        Parameters
        ----------
        given : mapping
            The values of each parameter, by its name in capitals.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one cannot be used.
        """
        dids = _values(given, "ID")
        if not dids:
            raise ParameterError(
                "ID is missing.",
                parameter="ID",
                hint="Send the value of obs_publisher_did of an image.",
            )
        regions = [
            parse_region(name, text).text() for name in _SHAPES for text in _values(given, name)
        ]
        bands = [_interval("BAND", text) for text in _values(given, "BAND")]
        times = [_interval("TIME", text) for text in _values(given, "TIME")]
        states = [text.upper() for text in _values(given, "POL")]
        for state in states:
            if state not in names.POLARIZATIONS:
                raise ParameterError(
                    f"“{state[:20]}” is no state of polarization.",
                    parameter="POL",
                    hint=f"Use {', '.join(sorted(names.POLARIZATIONS))}.",
                )
        count = math.prod(max(1, len(each)) for each in (dids, regions, bands, times, states))
        if count > MOST:
            raise LimitError(
                f"These are {count:,} cutouts; one job makes {MOST:,} at most.",
                hint="For many positions there is the service cutouts.",
            )
        kind = _kind(_one(given, "RESPONSEFORMAT", "FORMAT"))
        detail = (_one(given, "CUTOUTDETAIL") or "exposure").lower()
        if detail not in names.DETAILS:
            raise ParameterError(
                f"CUTOUTDETAIL cannot be “{detail[:40]}”.",
                parameter="CUTOUTDETAIL",
                hint="Use Image, MaskedImage or Exposure.",
            )
        compress = (_one(given, "COMPRESS") or "false").lower()
        if compress not in ("true", "false", "1", "0"):
            raise ParameterError("COMPRESS is true or false.", parameter="COMPRESS")
        look = Look.of({name: text for name in _LOOK if (text := _one(given, name))})
        every = product(dids, regions or [""], bands or [_ANY], times or [_ANY], states or [""])
        return cls(
            tuple(Wanted(*each) for each in every),
            kind,
            detail,
            compress in ("true", "1"),
            look.to_dict(),
        )

    def arguments(
        self, wanted: Wanted, *, path: str, url: str, out: str, most: int
    ) -> dict[str, object]:
        """What the task ``cutout`` needs to know; see `lsp_jupyter.images.cutouts.work`."""
        return {
            "path": path,
            "did": wanted.did,
            "url": url,
            "region": wanted.region,
            "detail": self.detail,
            "most": most,
            "out": out,
            "kind": self.kind,
            "compress": self.compress,
            "look": dict(self.look),
        }


def _values(given: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return list(dict.fromkeys(given.get(name, ())))


def _one(given: Mapping[str, Sequence[str]], *aliases: str) -> str:
    values = {text for name in aliases for text in given.get(name, ())}
    if len(values) > 1:
        raise ParameterError(
            f"{aliases[0]} was sent several times.", parameter=aliases[0], hint="Send it once."
        )
    return values.pop() if values else ""


def _interval(name: str, text: str) -> tuple[float, float]:
    try:
        low, high = (float(word) for word in text.split())
    except ValueError:
        low, high = math.nan, math.nan
    if not low <= high:
        raise ParameterError(
            f"{name} cannot be “{text[:60]}”.",
            parameter=name,
            hint="It is two numbers, the lower one first; -Inf and +Inf leave out a limit.",
        )
    return low, high


def _kind(text: str) -> str:
    name = text.partition(";")[0].strip().lower()
    if name in ("", "fits", "image/fits", "application/fits", "application/x-fits"):
        return "fits"
    try:
        return format_named(name)
    except ParameterError as error:
        raise ParameterError(
            error.message,
            parameter="RESPONSEFORMAT",
            hint=f"Use image/fits, {', '.join(FORMATS.values())}.",
        ) from None
