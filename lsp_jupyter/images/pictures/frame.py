"""World coordinates of pictures: of fewer pixels, without distortion, and with north up."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS

    from lsp_jupyter.images.butler.fits import ExposureFile

    Pixels = npt.NDArray[np.float32]

#: Places along each side of a mesh at most.
MESH = 33

log = logging.getLogger(__name__)

__all__ = ["mesh_of", "north_up", "rescaled", "sky_of", "tangent", "turned"]


def sky_of(file: ExposureFile) -> WCS | None:
    """Where on the sky an image is.

    Parameters
    ----------
    file : `~lsp_jupyter.images.butler.fits.ExposureFile`
        The open file.

    Returns
    -------
    wcs : `astropy.wcs.WCS` or `None`
        Nothing if its header does not say that, or says nonsense.
    """
    try:
        wcs = file.wcs()
        made = None if wcs is None else wcs.to_astropy()
        if made is not None:
            made.pixel_to_world(0, 0)
    except Exception as error:
        # The library of world coordinates has errors of many kinds, without a common parent.
        log.info("no world coordinates: %s", error)
        return None
    return made


def mesh_of(wcs: WCS, columns: int, rows: int) -> dict[str, Any] | None:
    """Places on the sky of a mesh over an image, for programs without a library for that.

    Between them places are nearly linear, whatever the projection and its distortion: over an
    image of a degree to some thousandths of an arcsecond.

    Parameters
    ----------
    wcs : `astropy.wcs.WCS`
        Of the image, whose first pixel is 0, 0.
    columns, rows : `int`
        Of the image.

    Returns
    -------
    mesh : `dict` or `None`
        ``across`` and ``down``, and ``places``: right ascension and declination (ICRS, degrees)
        of each, from edge to edge, row after row from the bottom. Nothing if some of them are
        nowhere on the sky.
    """
    across, down = (min(MESH, max(2, length)) for length in (columns, rows))
    x, y = np.meshgrid(
        np.linspace(-0.5, columns - 0.5, across), np.linspace(-0.5, rows - 0.5, down)
    )
    sky = wcs.celestial.pixel_to_world(x.ravel(), y.ravel()).icrs
    places = np.stack([sky.ra.deg, sky.dec.deg], axis=1)
    if not np.isfinite(places).all():
        return None
    return {"across": across, "down": down, "places": places.round(10).ravel().tolist()}


def rescaled(wcs: WCS, across: float, along: float) -> WCS:
    """World coordinates of larger pixels over the same image.

    Parameters
    ----------
    wcs : `astropy.wcs.WCS`
        Of the pixels there are.
    across, along : `float`
        Widths and heights of the new pixels in old ones.
    """
    from astropy.wcs import Sip

    new = wcs.deepcopy()
    factors = np.array([across, along])
    new.wcs.crpix = (wcs.wcs.crpix - 0.5) / factors + 0.5
    if wcs.wcs.has_cd():
        new.wcs.cd = wcs.wcs.cd * factors
    else:
        new.wcs.pc = wcs.wcs.get_pc() * factors
    if wcs.sip is not None:
        sip = wcs.sip
        scaled = [
            None if terms is None else _powers(terms, factors, axis)
            for terms, axis in ((sip.a, 0), (sip.b, 1), (sip.ap, 0), (sip.bp, 1))
        ]
        new.sip = Sip(*scaled, (np.asarray(sip.crpix) - 0.5) / factors + 0.5)
    new.pixel_shape = None
    return new


def _powers(
    terms: npt.NDArray[np.float64], factors: npt.NDArray[np.float64], axis: int
) -> npt.NDArray[np.float64]:
    """Coefficients of a distortion, which is a polynomial in pixels, in other pixels."""
    power = np.arange(len(terms), dtype=float)
    scaled = terms * np.power.outer(factors[0], power)[:, None] * factors[1] ** power
    return np.asarray(scaled / factors[axis])


def tangent(wcs: WCS, size: tuple[int, int]) -> WCS:
    """World coordinates without distortion, of a plane that touches the sky.

    Parameters
    ----------
    wcs : `astropy.wcs.WCS`
        As they are.
    size : pair of `int`
        Columns and rows of the image, in the middle of which both agree to first order.

    Returns
    -------
    wcs : `astropy.wcs.WCS`
        The same, if it is of such a kind.
    """
    if set(wcs.wcs.ctype) == {"RA---TAN", "DEC--TAN"} and wcs.sip is None:
        return wcs
    middle = (size[0] - 1) / 2, (size[1] - 1) / 2
    around = np.add(middle, [(0, 0), (0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5)])
    sky = wcs.celestial.pixel_to_world(*around.T).icrs
    flat = _plane(float(sky[0].ra.deg), float(sky[0].dec.deg))
    flat.wcs.crpix = np.add(middle, 1)
    # On the plane of unit pixels, places are degrees from where it touches.
    flat.wcs.cd = np.eye(2)
    x, y = flat.world_to_pixel(sky)
    flat.wcs.cd = [[x[1] - x[2], x[3] - x[4]], [y[1] - y[2], y[3] - y[4]]]
    return flat


def north_up(wcs: WCS, size: tuple[int, int]) -> tuple[WCS, tuple[int, int]]:
    """A frame over an image in which north is up and east is left.

    Parameters
    ----------
    wcs : `astropy.wcs.WCS`
        Of the image.
    size : pair of `int`
        Its columns and rows.

    Returns
    -------
    wcs : `astropy.wcs.WCS`
        Of the frame, whose pixels are as large as the image's.
    size : pair of `int`
        The frame's columns and rows: all of the image is in it.
    """
    from astropy.wcs.utils import proj_plane_pixel_area

    columns, rows = size
    middle = wcs.pixel_to_world((columns - 1) / 2, (rows - 1) / 2).icrs
    frame = _plane(float(middle.ra.deg), float(middle.dec.deg))
    scale = math.sqrt(proj_plane_pixel_area(wcs.celestial))
    frame.wcs.crpix = 1, 1
    frame.wcs.cd = [[-scale, 0], [0, scale]]
    x, y = np.meshgrid(np.linspace(-0.5, columns - 0.5, 17), np.linspace(-0.5, rows - 0.5, 17))
    edge = np.array(frame.world_to_pixel(wcs.pixel_to_world(x.ravel(), y.ravel())))
    # What is less than a thousandth of a pixel is no pixel.
    first = np.floor(edge.min(axis=1) + 0.501)
    width, height = (np.ceil(edge.max(axis=1) + 0.499) - first).astype(int)
    frame.wcs.crpix = 1 - first
    return frame, (int(width), int(height))


def turned(array: Pixels, wcs: WCS) -> tuple[Pixels, WCS]:
    """An image with north up and east left.

    Parameters
    ----------
    array : `numpy.ndarray`, shape ``(rows, columns)``
        The pixels.
    wcs : `astropy.wcs.WCS`
        Of them.

    Returns
    -------
    array : `numpy.ndarray`, shape ``(rows, columns)``
        NaN where the image is not. The same, if it has north up already.
    wcs : `astropy.wcs.WCS`
        Of its pixels.
    """
    from reproject import reproject_interp

    matrix = np.asarray(wcs.pixel_scale_matrix)
    if np.abs(matrix[[0, 1], [1, 0]]).max() * 1e3 < matrix[1, 1] and matrix[0, 0] < 0:
        return array, wcs
    rows, columns = array.shape
    frame, (width, height) = north_up(wcs, (columns, rows))
    made = reproject_interp(
        (array, wcs),
        frame,
        shape_out=(height, width),
        return_footprint=False,
        roundtrip_coords=False,
    )
    return np.asarray(made, np.float32), frame


def _plane(ra: float, dec: float) -> WCS:
    from astropy.wcs import WCS

    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.radesys = "ICRS"
    return wcs
