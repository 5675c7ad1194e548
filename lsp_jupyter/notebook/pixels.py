"""Parts of images."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lsp_jupyter.errors import NoOverlapError, UsageError
from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.image_search import places
from lsp_jupyter.notebook.repositories import DID, identifiers
from lsp_jupyter.notebook.session import client

if TYPE_CHECKING:
    from astropy.io.fits import HDUList

__all__ = ["cutout"]


@plainly
def cutout(
    image: Any,
    place: Any = None,
    radius: Any = 0.0,
    *,
    detail: Literal["image", "maskedimage", "exposure"] = "exposure",
    compress: bool = False,
    to: str | os.PathLike[str] | None = None,
) -> HDUList | Path:
    """Fetch a part of an image: the server sends no other pixels.

    Parameters
    ----------
    image
        Its ``obs_publisher_did``, or a row of ``ivoa.ObsCore``, or a result or table that has
        one row.
    place : optional
        A `~astropy.coordinates.SkyCoord`, a pair of right ascension and declination in
        degrees (ICRS), or a text as the parameter POS of SODA 1.0 has it, such as
        ``"POLYGON 53 -28 54 -28 54 -27"``: what is outside is masked. Without it, all of
        the image.
    radius : `float` or quantity
        Degrees round the place.
    detail : `str`
        ``image`` is pixels alone, ``maskedimage`` has mask and variance, ``exposure`` all
        that the file has for them.
    compress : `bool`
        Whether the pixels of a FITS file are compressed.
    to : path, optional
        A file to write it to, whose ending chooses the form: ``.fits``, ``.png``, ``.jpg``
        or ``.webp``. A file that is there is replaced.

    Returns
    -------
    part : `astropy.io.fits.HDUList` or `~pathlib.Path`
        The part with its WCS, in memory; or the path, if it was given.

    Raises
    ------
    lsp_jupyter.errors.NoOverlapError
        Raised if the image has nothing of that place.
    lsp_jupyter.errors.LspError
        Raised if there is no such image, or a parameter cannot be used.

    Examples
    --------
    >>> found = lsp.find_images((53.16, -28.1), kind="deep_coadd", band="r", release="dp1")
    >>> stamp = lsp.cutout(found.to_table()[0], (53.16, -28.1), radius=0.005)
    """
    params: dict[str, str | int | list[str]] = {"ID": _one(image), "CUTOUTDETAIL": detail}
    if place is not None:
        shapes = places(place, radius)
        if len(shapes) != 1:
            raise UsageError(f"These are {len(shapes)} places.", hint="Ask for one at a time.")
        params["POS"] = shapes[0]
        if shapes[0].startswith("CIRCLE") and float(shapes[0].split()[-1]) == 0:
            raise UsageError("A cutout needs a radius.", hint="Such as radius=0.005, in degrees.")
    if compress:
        params["COMPRESS"] = "true"
    path = None if to is None else Path(to).expanduser()
    if path is not None:
        ending = path.suffix.removeprefix(".").lower()
        params["RESPONSEFORMAT"] = {"jpg": "jpeg", "": "fits"}.get(ending, ending)
    data, _ = client().page("soda/sync", params)
    if not data:
        raise NoOverlapError(
            "The image has nothing of that place.", hint="lsp.find_images tells which images have."
        )
    if path is None:
        from astropy.io import fits

        return fits.open(io.BytesIO(data))
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)
    return path


def _one(image: Any) -> str:
    """The identifier of one image."""
    names = getattr(image, "colnames", None) or getattr(image, "index", None)
    if isinstance(image, Mapping) or hasattr(image, "as_void") or type(image).__name__ == "Series":
        try:
            return str(image[DID])
        except (KeyError, IndexError):
            raise UsageError(
                f"The row has no column {DID}.", hint=f"It has {', '.join(map(str, names or ()))}."
            ) from None
    found = identifiers(image)
    if len(found) != 1:
        raise UsageError(f"These are {len(found):,} images.", hint="Choose one row of them.")
    return found[0]
