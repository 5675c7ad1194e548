"""Cutouts of many positions in one call."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lsp_jupyter.errors import StateError, UsageError, error_from_dict
from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.frames import is_table
from lsp_jupyter.notebook.image_search import degrees
from lsp_jupyter.notebook.progress import Progress
from lsp_jupyter.notebook.repositories import release_of
from lsp_jupyter.notebook.sending import form_of
from lsp_jupyter.notebook.session import client
from lsp_jupyter.notebook.stamps import Stamps

if TYPE_CHECKING:
    from lsp_jupyter.notebook.client import Client

__all__ = ["cutouts"]

_FORMS = ("fits", "tar", "zip", "html")
_FINAL = ("COMPLETED", "ERROR", "ABORTED")


@plainly
def cutouts(
    places: Any,
    radius: Any = None,
    *,
    release: str = "",
    kind: str = "deep_coadd",
    band: str | Iterable[str] = (),
    detail: Literal["image", "maskedimage", "exposure"] = "image",
    to: str | os.PathLike[str] | None = None,
) -> Stamps | Path:
    """Fetch parts of images at many positions, in one call; an interrupt cancels it.

    Parameters
    ----------
    places
        A table or a result with the columns ``ra`` and ``dec`` in degrees (ICRS), and perhaps
        ``radius`` and ``obs_publisher_did``, the image that a row is to be cut from; or a
        `~astropy.coordinates.SkyCoord`; or a list of pairs.
    radius : `float` or quantity, optional
        Degrees round each place, for rows that tell none; 5 arcsec if it is left out.
    release : `str`
        Such as ``dp1``: where images are found for rows that name none. It may be left out
        where only one release has images.
    kind : `str`
        The dataset type of these images.
    band : `str` or iterable of `str`
        Their bands, such as ``"gri"``: a row of the answer for each.
    detail : `str`
        ``image`` is pixels alone, ``maskedimage`` has mask and variance, ``exposure`` all that
        the file has for them.
    to : path, optional
        A file to write everything to, whose ending chooses the form: ``.fits``, ``.tar``,
        ``.zip``, or ``.html`` for a page of pictures. A file that is there is replaced.

    Returns
    -------
    stamps : `~lsp_jupyter.notebook.stamps.Stamps` or `~pathlib.Path`
        All of them, in the order of the rows, with those that failed; or the path, if it was
        given.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if none can be made, or a parameter cannot be used. Rows that fail alone are
        listed in ``stamps.failures``.

    Examples
    --------
    >>> near = lsp.query("SELECT TOP 20 coord_ra, coord_dec FROM dp1.Object")
    >>> stamps = lsp.cutouts(near, radius=0.001, band="gri")
    >>> stamps[0]["IMAGE"].data
    """
    path = None if to is None else Path(to).expanduser()
    form = "fits" if path is None else path.suffix.removeprefix(".").lower()
    if form not in _FORMS:
        raise UsageError(
            f"Cutouts cannot be written as “{form[:20]}”.", hint=f"Use {', '.join(_FORMS)}."
        )
    table = _table(places)
    parameters: dict[str, Any] = {"RESPONSEFORMAT": form, "CUTOUTDETAIL": detail}
    parameters |= {"RELEASE": release or _only_release(), "DATASET": kind}
    if radius is not None:
        parameters["RADIUS"] = repr(degrees(radius))
    if bands := list(band):
        parameters["BAND"] = bands
    server = client()
    with Progress("Making cutouts") as progress:
        state = _done(server, parameters, table, progress)
        job = f"portal/cutouts/{state['id']}"
        if path is not None:
            _fetch(server, f"{job}/cutouts.{form}", path)
            return path
        folder = Path(tempfile.mkdtemp(prefix="lsp-cutouts-"))
        try:
            for name in ("cutouts.fits", "index.csv"):
                _fetch(server, f"{job}/{name}", folder / name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return Stamps(folder)


def _only_release() -> str:
    """The release with images, if there is one; rows that name images need none."""
    try:
        return release_of("")
    except UsageError:
        return ""


def _table(places: Any) -> Any:
    """Positions as a table that can be sent."""
    import numpy as np

    if hasattr(places, "icrs"):
        sky = places.icrs.reshape(-1)
        return {"ra": np.asarray(sky.ra.deg), "dec": np.asarray(sky.dec.deg)}
    if is_table(places) or isinstance(places, Mapping):
        return places
    try:
        pairs = [(degrees(ra), degrees(dec)) for ra, dec in places]
    except (TypeError, ValueError):
        raise UsageError(
            f"A {type(places).__name__} has no positions.",
            hint="Give a table with ra and dec, a SkyCoord, or a list of pairs in degrees.",
        ) from None
    if not pairs:
        raise UsageError("There are no positions.")
    ra, dec = np.array(pairs).T
    return {"ra": ra, "dec": dec}


def _done(
    server: Client, parameters: dict[str, Any], table: Any, progress: Progress
) -> dict[str, Any]:
    """Have them made; answers the finished job."""
    body = form_of(server, {"parameters": parameters}, {"places": table})
    body.watch = lambda: progress.say(body.words)
    state: dict[str, Any] = server.deliver("POST", "portal/cutouts", body)
    job = f"portal/cutouts/{state['id']}"
    started = time.monotonic()
    try:
        while state["phase"] not in _FINAL:
            state = server.get(job, {"wait": 1})
            told = _words(state, time.monotonic() - started)
            progress.say(lambda _, told=told: told)  # type: ignore[misc]
    except KeyboardInterrupt:
        # The interrupt is what the user hears of.
        with contextlib.suppress(Exception):
            server.send("DELETE", job)
        raise KeyboardInterrupt from None
    if state["phase"] != "COMPLETED":
        if state["error"]:
            raise error_from_dict(state["error"])
        raise StateError("The cutouts were cancelled on the server.")
    return state


def _words(state: Mapping[str, Any], elapsed: float) -> str:
    fraction = float(state.get("fraction") or 0)
    done = f", {int(state.get('rows') or 0):,} done" if state.get("rows") else ""
    left = elapsed * (1 - fraction) / fraction if fraction > 0.05 else 0
    more = f", about {left:.0f} s left" if left else ""
    return f"Making cutouts, {elapsed:.0f} s{done}, {fraction:.0%}{more}."


def _fetch(server: Client, source: str, path: Path) -> None:
    """Write a file of the server, or nothing."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with server.stream(source) as answer, draft.open("wb") as out:
            shutil.copyfileobj(answer, out, 1 << 20)
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
