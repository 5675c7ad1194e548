"""Astronomy Visualization Metadata (AVM 1.2): where on the sky a picture is, as XMP."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from lsp_jupyter.images.pictures.frame import tangent

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["packet"]

_AVM = "http://www.communicatingastronomy.org/avm/1.0/"

#: What is told of a picture, and how XMP calls it.
_WORDS: Mapping[str, str] = {
    "creator": "Creator",
    "identifier": "ResourceID",
    "url": "ReferenceURL",
    "stretch": "Spectral.ColorAssignment",
}

#: Characters that XML cannot say.
_UNSAYABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def packet(size: tuple[int, int], wcs: WCS | None, about: Mapping[str, str]) -> bytes:
    """The XMP packet of a picture.

    Parameters
    ----------
    size : pair of `int`
        Columns and rows.
    wcs : `astropy.wcs.WCS`, optional
        World coordinates of the pixels. AVM knows no distortion: a distorted one is told by the
        plane that touches the sky in the middle of the picture.
    about : mapping
        Any of ``title``, ``description``, ``creator``, ``identifier``, ``url``, ``stretch``.

    Returns
    -------
    packet : `bytes`
        UTF-8.
    """
    lines = [_line(f"avm:{name}", about[key]) for key, name in _WORDS.items() if about.get(key)]
    lines.append(_line("avm:MetadataVersion", "1.2"))
    for key in ("title", "description"):
        if about.get(key):
            text = f'<rdf:li xml:lang="x-default">{_text(about[key])}</rdf:li>'
            lines.append(f"<dc:{key}><rdf:Alt>{text}</rdf:Alt></dc:{key}>")
    if wcs is not None:
        lines += _place(size, wcs)
    body = "\n".join(lines)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'<rdf:Description rdf:about="" xmlns:avm="{_AVM}" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f"{body}\n"
        "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="r"?>'
    ).encode()


def _place(size: tuple[int, int], wcs: WCS) -> list[str]:
    flat = tangent(wcs, size)
    matrix = np.asarray(flat.pixel_scale_matrix)
    # Where north is up and east is left, columns run against right ascension.
    side = -1 if np.linalg.det(matrix) < 0 else 1
    scale = np.hypot(matrix[0], matrix[1]) * (side, 1)
    rotation = np.degrees(np.arctan2(-matrix[0, 1], matrix[1, 1])) % 360
    return [
        _line("avm:Spatial.CoordinateFrame", "ICRS"),
        _line("avm:Spatial.Equinox", "J2000"),
        _list("avm:Spatial.ReferenceValue", flat.wcs.crval),
        _list("avm:Spatial.ReferenceDimension", size),
        _list("avm:Spatial.ReferencePixel", flat.wcs.crpix),
        _list("avm:Spatial.Scale", scale),
        _line("avm:Spatial.Rotation", repr(float(rotation))),
        _line("avm:Spatial.CoordsystemProjection", flat.wcs.ctype[0].rpartition("-")[2]),
        _line("avm:Spatial.Quality", "Full"),
        _list("avm:Spatial.CDMatrix", matrix.ravel()),
    ]


def _text(value: str) -> str:
    return escape(_UNSAYABLE.sub("\ufffd", value))


def _line(name: str, value: str) -> str:
    return f"<{name}>{_text(value)}</{name}>"


def _list(name: str, values: Iterable[float]) -> str:
    items = "".join(f"<rdf:li>{float(value)!r}</rdf:li>" for value in values)
    return f"<{name}><rdf:Seq>{items}</rdf:Seq></{name}>"
