"""The services that can be called with the identifiers of images, as clients read of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsp_jupyter.formats.services import Parameter, Service
from lsp_jupyter.images.access import DATALINK
from lsp_jupyter.images.limits import UNKNOWN, Limits

if TYPE_CHECKING:
    from lsp_jupyter.images.file import ImageFile

__all__ = ["LINKS", "cutout_services", "link_service"]

#: What tables of links keep to.
LINKS = "ivo://ivoa.net/std/DataLink#links-1.1"
#: What cutouts keep to, by the path of the service.
_CUTOUTS: Mapping[str, tuple[str, str]] = {
    "soda/sync": ("ivo://ivoa.net/std/SODA#sync-1.0", "Cut out a part, and have it at once"),
    "soda/async": ("ivo://ivoa.net/std/SODA#async-1.0", "Cut out parts, as a job"),
}

#: The identifier of an image (SODA 1.0 table 2).
_ID = Parameter(
    "ID", ucd="meta.ref.url;meta.curation", description="Identifier of the image, from ObsCore"
)
_OUTLINE = "pos.outline;obs"
#: What our cutouts can be told beside.
_OWN = (
    Parameter(
        "CUTOUTDETAIL",
        ucd="meta.code",
        description="The pixels alone, with mask and variance, or all that an exposure has",
        options=("Image", "MaskedImage", "Exposure"),
    ),
    Parameter(
        "RESPONSEFORMAT",
        ucd="meta.code.mime",
        description="A file of numbers, or a picture",
        options=("image/fits", "image/png", "image/jpeg", "image/webp"),
    ),
    Parameter(
        "COMPRESS",
        ucd="meta.code",
        description="Whether the pixels of a FITS file are compressed",
        options=("true", "false"),
    ),
)


def link_service(url: str, column: str, *, identifier: Parameter = _ID, name: str = "") -> Service:
    """The service of links, for the identifiers in a column.

    Parameters
    ----------
    url : `str`
        Absolute, of the service.
    column : `str`
        The column.
    identifier : `~lsp_jupyter.formats.services.Parameter`
        What it takes.
    name : `str`
        Of what the links are.
    """
    return Service(
        url,
        (replace(identifier, name="ID", column=column),),
        name=name or "links",
        description=f"What belongs to {name or 'an image'}: its links",
        standard=LINKS,
        content_type=DATALINK,
    )


def cutout_services(
    link: Callable[[str], str],
    *,
    column: str = "",
    file: ImageFile | None = None,
    limits: Limits = UNKNOWN,
    suffix: str = "",
) -> list[Service]:
    """The services that cut out of images (SODA 1.0 section 4).

    Parameters
    ----------
    link : callable
        Makes a whole address of a path below the platform's.
    column : `str`
        The column of identifiers, for a descriptor of any of its images.
    file : `~lsp_jupyter.images.file.ImageFile`, optional
        The image, for a descriptor of this one alone; then it tells within which limits.
    limits : `~lsp_jupyter.images.limits.Limits`
        Of that image.
    suffix : `str`
        Of the descriptors' own identifiers.
    """
    parameters = _cutout_parameters(column, file, limits)
    return [
        Service(
            link(path),
            parameters,
            name=f"{path.replace('/', ' ')}{suffix}",
            description=description,
            standard=standard,
            content_type="image/fits" if path == "soda/sync" else "",
            id=f"{path.replace('/', '-')}{suffix}",
        )
        for path, (standard, description) in _CUTOUTS.items()
    ]


def _cutout_parameters(
    column: str, file: ImageFile | None, limits: Limits
) -> tuple[Parameter, ...]:
    circle, polygon = _reach(file)
    shape: dict[str, Any] = {"datatype": "double", "unit": "deg", "ucd": _OUTLINE}
    interval: dict[str, Any] = {"datatype": "double", "arraysize": "2", "xtype": "interval"}
    return (
        replace(_ID, column=column, value=file.did if file else ""),
        Parameter(
            "CIRCLE",
            arraysize="3",
            xtype="circle",
            description="Right ascension, declination and radius of a circle, ICRS",
            high=circle,
            **shape,
        ),
        Parameter(
            "POLYGON",
            arraysize="*",
            xtype="polygon",
            description="Right ascension and declination of each corner of a polygon, ICRS",
            high=polygon,
            **shape,
        ),
        Parameter(
            "POS",
            ucd=_OUTLINE,
            description="CIRCLE ra dec radius, RANGE ra1 ra2 dec1 dec2, or POLYGON ra1 dec1 …",
        ),
        Parameter(
            "BAND",
            unit="m",
            ucd="em.wl;stat.interval",
            description="Shortest and longest wavelength",
            **interval,
            **_ends(limits.band),
        ),
        Parameter(
            "TIME",
            unit="d",
            ucd="time.interval;obs.exposure",
            description="First and last time, MJD in UTC",
            **interval,
            **_ends(limits.time),
        ),
        Parameter("POL", ucd="meta.code;phys.polarization", description="State of polarization: I"),
        *_OWN,
    )


def _ends(limits: tuple[float, float] | None) -> dict[str, Any]:
    return {"low": f"{limits[0]:.12g}", "high": f"{limits[1]:.12g}"} if limits else {}


def _reach(file: ImageFile | None) -> tuple[str, str]:
    """The smallest circle and the polygon that hold an image (SODA 1.0 section 4.2)."""
    if file is None or file.s_ra is None or file.s_dec is None or file.s_fov is None:
        return "", ""
    words = [word for word in file.s_region.split()[1:] if word[:1] in "+-.0123456789"]
    polygon = " ".join(words) if file.s_region.upper().startswith("POLYGON") else ""
    return f"{file.s_ra!r} {file.s_dec!r} {file.s_fov / 2!r}", polygon
