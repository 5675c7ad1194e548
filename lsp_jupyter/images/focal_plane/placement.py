"""Where the detectors of a visit are on one plane."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.images.focal_plane.overview import Overview
from lsp_jupyter.images.pictures.frame import tangent

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["Affine", "Plane", "placed"]

#: Pixels of a detector to pixels of the plane: x' = a x + c y + e, y' = b x + d y + f.
Affine = tuple[float, float, float, float, float, float]

#: Places along each side of a detector to which the plane is fitted.
_GRID = 5
#: Part of a detector's width that is left between those of which nobody knows where they are.
_GAP = 0.06


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane on which all detectors of a visit are shown.

    Its pixels are as large as those of the detector in its middle, and its axes are that
    detector's, so that rafts stand upright.

    Attributes
    ----------
    places : `tuple` of `Affine` or `None`
        Of each detector. Nothing for one of which nobody knows where it is, if others are known.
    wcs : `dict`
        World coordinates of the plane as FITS keywords; empty if detectors are only side by side.
    box : (`float`, `float`, `float`, `float`)
        Least x and y and greatest x and y of all corners.
    """

    places: tuple[Affine | None, ...]
    wcs: dict[str, Any]
    box: tuple[float, float, float, float]


def placed(detectors: Sequence[Overview]) -> Plane:
    """Where detectors are.

    By the world coordinates of each: over one detector the map to the plane that touches the sky
    is straight to a small part of a pixel. If none has any, they are side by side, in order.

    Parameters
    ----------
    detectors : sequence of `Overview`
        Of one visit; at least one.
    """
    from astropy.wcs import WCS

    known = {place: WCS(one.wcs) for place, one in enumerate(detectors) if one.wcs}
    if not known:
        places: list[Affine | None] = list(_side_by_side(detectors))
        return Plane(tuple(places), {}, _box(detectors, places))
    middle = _middle(detectors, known)
    chosen = detectors[middle]
    flat = tangent(known[middle], (chosen.columns, chosen.rows))
    places = [
        _fitted(flat, known[place], one) if place in known else None
        for place, one in enumerate(detectors)
    ]
    cards = {card.keyword: card.value for card in flat.to_header(relax=True).cards}
    return Plane(tuple(places), cards, _box(detectors, places))


def _middle(detectors: Sequence[Overview], known: Mapping[int, WCS]) -> int:
    """The detector nearest to the middle of all."""
    centres = {}
    for place, wcs in known.items():
        one = detectors[place]
        sky = wcs.celestial.pixel_to_world((one.columns - 1) / 2, (one.rows - 1) / 2).icrs
        centres[place] = np.array(sky.cartesian.xyz.value)
    mean = np.mean(list(centres.values()), axis=0)
    return min(centres, key=lambda place: float(np.linalg.norm(centres[place] - mean)))


def _fitted(flat: WCS, wcs: WCS, one: Overview) -> Affine | None:
    x, y = np.meshgrid(
        np.linspace(-0.5, one.columns - 0.5, _GRID), np.linspace(-0.5, one.rows - 0.5, _GRID)
    )
    grid = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], 1)
    there = np.array(flat.world_to_pixel(wcs.celestial.pixel_to_world(grid[:, 0], grid[:, 1])))
    if not np.isfinite(there).all():
        return None
    (a, c, e), (b, d, f) = np.linalg.lstsq(grid, there.T)[0].T
    return float(a), float(b), float(c), float(d), float(e), float(f)


def _side_by_side(detectors: Sequence[Overview]) -> list[Affine]:
    across = math.ceil(math.sqrt(len(detectors)))
    width = max(one.columns for one in detectors) * (1 + _GAP)
    height = max(one.rows for one in detectors) * (1 + _GAP)
    return [
        (1.0, 0.0, 0.0, 1.0, place % across * width, place // across * height)
        for place in range(len(detectors))
    ]


def _box(
    detectors: Sequence[Overview], places: Sequence[Affine | None]
) -> tuple[float, float, float, float]:
    corners = []
    for one, place in zip(detectors, places, strict=True):
        if place is not None:
            a, b, c, d, e, f = place
            corners += [
                (a * x + c * y + e, b * x + d * y + f)
                for x in (-0.5, one.columns - 0.5)
                for y in (-0.5, one.rows - 0.5)
            ]
    if not corners:
        return 0.0, 0.0, 1.0, 1.0
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
