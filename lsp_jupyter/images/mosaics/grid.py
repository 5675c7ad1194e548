"""The grid of pixels that a mosaic is made on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lsp_jupyter.errors import LimitError, ParameterError

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["Grid"]

#: Sizes of a pixel that are possible, in arcseconds.
SCALES = (1e-3, 3600.0)

#: Keywords at most.
MOST_CARDS = 500

_KEYWORD = re.compile(r"[A-Z0-9_-]{1,8}")


@dataclass(frozen=True, slots=True)
class Grid:
    """Where on the sky the pixels of a mosaic are.

    Attributes
    ----------
    columns, rows : `int`
        How many there are.
    cards : mapping
        FITS keywords of the world coordinates.
    """

    columns: int
    rows: int
    cards: Mapping[str, Any]

    @classmethod
    def of_cards(cls, cards: Mapping[str, Any]) -> Self:
        """The grid that FITS keywords describe, among them ``NAXIS1`` and ``NAXIS2``.

        Whether they are of the sky is found out when `wcs` is asked for.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if they are no FITS keywords, or do not tell its size.
        """
        kept = {str(key).upper(): value for key, value in cards.items()}
        sizes = [kept.pop(key, None) for key in ("NAXIS1", "NAXIS2")]
        for axis, size in enumerate(sizes, 1):
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise _no_grid(f"NAXIS{axis} must be a whole number above 0.")
        if len(kept) > MOST_CARDS:
            raise _no_grid(f"there are more than {MOST_CARDS} of them.")
        for key, value in kept.items():
            is_text = isinstance(value, str) and len(value) <= 68 and value.isprintable()
            is_number = isinstance(value, int | float) and math.isfinite(value)
            if not (_KEYWORD.fullmatch(key) and (is_text or is_number)):
                raise _no_grid(f"{key[:20]} is not a keyword with a text or a number.")
        return cls(sizes[0], sizes[1], kept)

    @classmethod
    def circle(cls, ra: float, dec: float, radius: float, scale: float) -> Self:
        """A square around a circle, with north up.

        Parameters
        ----------
        ra, dec, radius : `float`
            Degrees, ICRS.
        scale : `float`
            Width of a pixel: arcseconds.
        """
        side = max(1, math.ceil(2 * radius * 3600 / check_scale(scale)))
        return cls(side, side, _tangent(ra, dec, scale, (side + 1) / 2, (side + 1) / 2))

    @classmethod
    def around(cls, frames: Sequence[tuple[WCS, tuple[int, int]]], scale: float | None) -> Self:
        """The smallest grid with north up that all of some images are on.

        Parameters
        ----------
        frames : sequence of tuple
            World coordinates, and columns and rows, of each.
        scale : `float`, optional
            Width of a pixel in arcseconds; that of the finest image if not given.
        """
        from astropy.coordinates import SkyCoord
        from astropy.wcs.utils import proj_plane_pixel_area

        edges = []
        finest = math.inf
        for wcs, (columns, rows) in frames:
            x, y = np.linspace(-0.5, columns - 0.5, 9), np.linspace(-0.5, rows - 0.5, 9)
            left, low = np.full(9, -0.5), np.full(9, -0.5)
            right, top = np.full(9, columns - 0.5), np.full(9, rows - 0.5)
            around = np.concatenate([x, x, left, right]), np.concatenate([low, top, y, y])
            edges.append(wcs.celestial.pixel_to_world(*around).icrs)
            finest = min(finest, 3600 * math.sqrt(proj_plane_pixel_area(wcs.celestial)))
        edge = SkyCoord(
            np.concatenate([one.ra.deg for one in edges]),
            np.concatenate([one.dec.deg for one in edges]),
            unit="deg",
        )
        x, y, z = edge.cartesian.xyz.value.mean(axis=1)
        ra, dec = (
            math.degrees(math.atan2(y, x)) % 360,
            math.degrees(math.atan2(z, math.hypot(x, y))),
        )
        size = check_scale(finest if scale is None else scale)
        cards = _tangent(ra, dec, size, 1, 1)
        place = np.array(_wcs(cards).world_to_pixel(edge))
        if not np.isfinite(place).all():
            raise _no_grid("The images are too far apart for one plane.")
        first = np.floor(place.min(axis=1) + 0.5)
        columns, rows = (np.ceil(place.max(axis=1) + 0.5) - first).astype(int)
        cards |= {"CRPIX1": 1 - float(first[0]), "CRPIX2": 1 - float(first[1])}
        return cls(int(columns), int(rows), cards)

    @property
    def wcs(self) -> WCS:
        """World coordinates, whose first pixel is 0, 0.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if the cards are not of two axes on the sky.
        """
        return _wcs(self.cards)

    def limited(self, most: int) -> Self:
        """The same grid, if it is not too large.

        Raises
        ------
        lsp_jupyter.errors.LimitError
            Raised if it has more than so many pixels.
        """
        if self.columns * self.rows > most:
            raise LimitError(
                f"The mosaic would have {self.columns} by {self.rows} pixels; "
                f"at most {most} are possible.",
                hint="Ask for larger pixels (PIXELSCALE), or for a smaller part of the sky.",
            )
        return self

    def to_cards(self) -> dict[str, Any]:
        """All of it as FITS keywords."""
        return {"NAXIS1": self.columns, "NAXIS2": self.rows, **self.cards}


def check_scale(scale: float) -> float:
    """The width of a pixel, if it is possible.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is not.
    """
    if not SCALES[0] <= scale <= SCALES[1]:
        raise ParameterError(
            f"Pixels of {scale:g} arcsec are not possible.",
            parameter="PIXELSCALE",
            hint=f"Use {SCALES[0]:g} to {SCALES[1]:g} arcsec.",
        )
    return scale


def _wcs(cards: Mapping[str, Any]) -> WCS:
    import warnings

    from astropy.io.fits import Header
    from astropy.wcs import WCS, FITSFixedWarning

    try:
        header = Header()
        for key, value in cards.items():
            header[key] = value
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FITSFixedWarning)
            wcs = WCS(header, naxis=2)
            if wcs.has_celestial:
                wcs.pixel_to_world(0, 0)
                return wcs
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _no_grid(str(error).partition("\n")[0][:120]) from None
    except Exception as error:
        # The library of world coordinates has errors of many kinds, without a common parent.
        raise _no_grid(type(error).__name__) from None
    raise _no_grid("They have no axes on the sky.")


def _no_grid(why: str) -> ParameterError:
    return ParameterError(
        f"The world coordinates of the mosaic cannot be used: {why}",
        parameter="WCS",
        hint='Give FITS keywords as JSON, such as {"NAXIS1": 2048, "NAXIS2": 2048, '
        '"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": …}.',
    )


def _tangent(ra: float, dec: float, scale: float, x: float, y: float) -> dict[str, Any]:
    return {
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "CRVAL1": ra,
        "CRVAL2": dec,
        "CRPIX1": x,
        "CRPIX2": y,
        "CDELT1": -scale / 3600,
        "CDELT2": scale / 3600,
        "RADESYS": "ICRS",
    }
