"""Pictures as PNG, JPEG and WebP, with what says where on the sky they are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.pictures.avm import packet
from lsp_jupyter.images.pictures.colormaps import colormap
from lsp_jupyter.images.pictures.levels import NO_DATA

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS
    from PIL.Image import Image

    Bytes = npt.NDArray[np.uint8]

__all__ = ["FORMATS", "Picture", "format_named"]

#: The media type of each format.
FORMATS: Mapping[str, str] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}

#: Other names of formats.
ALIASES: Mapping[str, str] = {"jpg": "jpeg", "image/jpg": "jpeg"} | {
    mime: name for name, mime in FORMATS.items()
}

#: How well lossy formats keep what is seen.
QUALITY = 92


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is seen, before it is a file.

    Attributes
    ----------
    pixels : `numpy.ndarray` of ``uint8``, shape ``(rows, columns)`` or ``(rows, columns, 3 or 4)``
        Levels as of `~lsp_jupyter.images.pictures.levels.Levels`, or red, green, blue and how
        opaque. The first row is at the bottom.
    wcs : `astropy.wcs.WCS`, optional
        World coordinates of the pixels, the first of which is 0, 0.
    colors : `str`
        The colour map of levels.
    invert : `bool`
        Whether it runs the other way.
    about : mapping
        What is told of it: ``title``, ``identifier``, ``creator`` and so on; see
        `~lsp_jupyter.images.pictures.avm.packet`.
    """

    pixels: Bytes
    wcs: WCS | None = None
    colors: str = "gray"
    invert: bool = False
    about: Mapping[str, str] = field(default_factory=dict)

    def encode(self, kind: str) -> bytes:
        """The file.

        Parameters
        ----------
        kind : `str`
            One of `FORMATS`. Where there is no value, PNG and WebP are transparent and JPEG
            is black.
        """
        rows, columns = self.pixels.shape[:2]
        xmp = packet((columns, rows), self.wcs, self.about)
        out = io.BytesIO()
        picture = self._picture(kind)
        if kind == "png":
            from PIL.PngImagePlugin import PngInfo

            info = PngInfo()
            info.add_itxt("XML:com.adobe.xmp", xmp.decode())
            empty = picture.info.get("transparency")
            picture.save(out, "PNG", compress_level=1, pnginfo=info, transparency=empty)
        elif kind == "jpeg":
            picture.save(out, "JPEG", quality=QUALITY, subsampling=0, xmp=xmp)
        else:
            picture.save(out, "WEBP", quality=QUALITY, method=0, xmp=xmp)
        return out.getvalue()

    def _picture(self, kind: str) -> Image:
        from PIL import Image

        shown = np.ascontiguousarray(self.pixels[::-1])
        if shown.ndim == 3:
            picture = Image.fromarray(shown)
            return picture.convert("RGB") if kind == "jpeg" else picture
        colors = colormap(self.colors, self.invert)
        if kind == "png":
            picture = Image.fromarray(shown)
            picture.putpalette(colors.tobytes())
            if (shown == NO_DATA).any():
                picture.info["transparency"] = NO_DATA
            return picture
        if kind == "webp" and (shown == NO_DATA).any():
            opaque = np.full((256, 1), 255, np.uint8)
            opaque[NO_DATA] = 0
            colors = np.hstack([colors, opaque])
        return Image.fromarray(colors[shown])

    def sidecar(self) -> dict[str, Any]:
        """The same world coordinates as JSON, for programs that read no XMP."""
        rows, columns = self.pixels.shape[:2]
        told: dict[str, Any] = {"width": columns, "height": rows, **self.about}
        if self.wcs is not None:
            header = self.wcs.to_header(relax=True)
            told["wcs"] = {card.keyword: card.value for card in header.cards if card.keyword}
            corners = self.wcs.calc_footprint(axes=(columns, rows))
            # Those of a whole sky are nowhere on it.
            if np.isfinite(corners).all():
                told["corners"] = [[float(ra), float(dec)] for ra, dec in corners]
        return told


def format_named(text: str) -> str:
    """The format that a parameter names, by a short name or a media type.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if there is no such format.
    """
    name = text.strip().lower()
    name = ALIASES.get(name, name)
    if name not in FORMATS:
        raise ParameterError(
            f"“{text[:60]}” is no format of pictures.",
            parameter="RESPONSEFORMAT",
            hint=f"Use {', '.join(FORMATS.values())}.",
        )
    return name
