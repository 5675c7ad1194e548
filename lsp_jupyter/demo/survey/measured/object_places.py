"""Where objects are found: in each band, in the reference band, and by a fit to all bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.frame import Frame
from lsp_jupyter.demo.survey.measured.detection import Detections
from lsp_jupyter.demo.survey.measured.light import SHARPNESS
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.photometry import degrees

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Place", "band_place", "joint_place", "place_columns", "reference_place"]

#: How much worse the middle of a saturated star is known: pixels.
SATURATED = 0.3


@dataclass(frozen=True, slots=True)
class Place:
    """Measured places.

    Attributes
    ----------
    x, y : `numpy.ndarray`, shape ``(n,)``
        Pixels of the tract.
    ra, dec : `numpy.ndarray`, shape ``(n,)``
        Degrees, ICRS.
    error : `numpy.ndarray`, shape ``(n,)``
        Of each coordinate, along great circles: pixels; NaN where nothing was measured.
    """

    x: Floats
    y: Floats
    ra: Floats
    dec: Floats
    error: Floats

    @classmethod
    def of(cls, found: Detections, x: Floats, y: Floats, error: Floats) -> Place:
        """From pixels of the tract."""
        return cls(x, y, *found.tract.wcs.pixel_to_sky(x, y), error)


def band_place(one: Band) -> Place:
    """Places by a band's own image; those of faint objects are not known."""
    moments = one.moments
    with np.errstate(divide="ignore", invalid="ignore"):
        # An adaptive Gaussian's place is known to the root of two of its width over the signal.
        width = (moments.major * moments.minor) ** 0.25 / SHARPNESS
        error = 2**0.5 * width / one.signal
    error = np.where(one.measurable, np.hypot(error, SATURATED * one.saturated), np.nan)
    return Place.of(
        one.all,
        one.all.x + error * one.normal("x"),
        one.all.y + error * one.normal("y"),
        error,
    )


def reference_place(found: Detections, places: Sequence[Place]) -> Place:
    """Places by each object's reference band."""
    rows = np.arange(len(found))

    def picked(name: str) -> Floats:
        values = np.stack([getattr(place, name) for place in places])
        return np.asarray(values[found.reference, rows])

    return Place(*(picked(name) for name in Place.__slots__))


def joint_place(found: Detections, places: Sequence[Place]) -> Place:
    """Places by all bands together."""
    weight = np.nan_to_num(np.stack([place.error for place in places]) ** -2)
    total = weight.sum(0)
    x = (np.nan_to_num(np.stack([place.x for place in places])) * weight).sum(0) / total
    y = (np.nan_to_num(np.stack([place.y for place in places])) * weight).sum(0) / total
    return Place.of(found, x, y, total**-0.5)


def place_columns(one: Band, place: Place, reference: Place) -> Frame:
    """Places in a band; those not known are the reference band's, without errors."""
    unknown = np.isnan(place.error)

    def known(name: str) -> Floats:
        return np.asarray(np.where(unknown, getattr(reference, name), getattr(place, name)))

    error = degrees(place.error)
    columns = {
        "ra": known("ra"),
        "dec": known("dec"),
        "raErr": error,
        "decErr": error * np.exp(0.02 * one.normal("decErr")),
        "ra_dec_Cov": error**2 * 0.03 * one.normal("covariance"),
        "centroid_x": known("x"),
        "centroid_y": known("y"),
        "centroid_xErr": place.error,
        "centroid_yErr": place.error,
    }
    seen = {name: np.where(one.seen, values, np.nan) for name, values in columns.items()}
    return seen | {"centroid_flag": unknown}
