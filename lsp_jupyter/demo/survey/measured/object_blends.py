"""Footprints of objects, which of them touch, and how the deblender tells these apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.frame import Frame
from lsp_jupyter.demo.survey.measured.detection import THRESHOLD, Detections
from lsp_jupyter.demo.survey.measured.neighbours import groups, pairs
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.object_places import Place

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Blends", "find_blends"]

#: Footprints are grown by so many widths of the point-spread function.
GROWN = 2.4

#: Radius of a footprint at most: pixels.
LARGEST = 60.0

#: Where the numbers of parents begin, among those of objects of the same patch and tile.
PARENTS = 1 << 23


@dataclass(frozen=True, slots=True)
class Blends:
    """The footprints of a tile's objects; arrays have one element for each object.

    Attributes
    ----------
    radius : `numpy.ndarray`, shape ``(n,)``
        Of footprints: pixels.
    group : `numpy.ndarray` of `int`, shape ``(n,)``
        The lowest index of those whose footprints touch.
    peaks : `numpy.ndarray` of `int`, shape ``(n,)``
        How many those are.
    first, second, distance : `numpy.ndarray`, shape ``(m,)``
        Pairs whose footprints touch, both ways, and how far apart they are: pixels.
    """

    radius: Floats
    group: Integers
    peaks: Integers
    first: Integers
    second: Integers
    distance: Floats

    @property
    def blended(self) -> Flags:
        """Whether others touch it."""
        return self.peaks > 1

    def neighbours(self, values: Floats) -> Floats:
        """Sums over what touches each object.

        Parameters
        ----------
        values : `numpy.ndarray`, shape ``(m,)``
            What each ``second`` gives its ``first``.
        """
        sums = np.bincount(self.first, values, minlength=len(self.radius))
        return sums.astype(float)

    def columns(self, found: Detections, place: Place) -> Frame:
        """What is told about objects whatever the band."""
        random = found.random("deblender")
        n = len(found)
        blended = self.blended
        parent = np.where(blended, found.objects.id[self.group] | PARENTS, 0)
        area = np.rint(np.pi * self.radius**2).astype(np.int64)
        # Of a good model, chi squared is the number of values that it is fitted to.
        values = np.fmax(area * sum(depth.seen.astype(np.int64) for depth in found.depths), 1)
        chi2 = values + np.sqrt(2.0 * values) * random.standard_normal(n)
        # All objects of a blend are of one model.
        whole = np.bincount(self.group, chi2, minlength=n)[self.group]
        steps = np.where(blended, 8 + random.poisson(4 + np.fmin(2.0 * self.peaks, 40)), 1)
        no = np.zeros(n, bool)
        partly = np.stack([depth.seen for depth in found.depths])
        possible = partly.any(axis=1, keepdims=True)
        blend = {
            "deblend_nChild": np.zeros(n, np.int64),
            "deblend_nPeaks": self.peaks,
            "deblend_parentNChild": self.peaks,
            "deblend_parentNPeaks": self.peaks,
            "deblend_blendNChild": self.peaks,
            "deblend_blendId": np.ma.masked_array(parent, ~blended),
            "deblend_failed": no,
            "deblend_skipped": no,
            "deblend_isolatedParent": ~blended,
            "deblend_parentTooBig": no,
            "deblend_tooManyPeaks": no,
            "deblend_masked": no,
            "deblend_incompleteData": (possible & ~partly).any(axis=0),
            "deblend_iterations": steps[self.group],
            "deblend_logL": -0.5 * whole,
            "deblend_chi2": chi2,
        }
        return blend | {
            "parentObjectId": parent,
            "footprintArea": area,
            "detect_isIsolated": ~blended,
            "detect_fromBlend": blended,
            "detect_isDeblendedModelSource": blended,
            "deblend_peak_center_x": np.rint(place.x).astype(np.int64),
            "deblend_peak_center_y": np.rint(place.y).astype(np.int64),
        }

    def band_columns(self, one: Band) -> Frame:
        """How much neighbours shine on objects in a band."""
        flux = np.nan_to_num(np.fmax(one.kept, 0))
        size = np.nan_to_num(np.sqrt(one.moments.major * one.moments.minor), nan=1)
        sharp = np.fmax(size - np.nan_to_num(one.sigma) ** 2, 0) + 0.5
        near = self.distance
        other = flux[self.second]
        both = size[self.first] + size[self.second]
        # Light of the others under the object's own Gaussian, and its own light there.
        foreign = self.neighbours(other * np.exp(-(near**2) / (2 * both)) / both)
        own = flux / (2 * size)
        both = sharp[self.first] + sharp[self.second] + self.radius[self.first] ** 2 / 8
        overlap = self.neighbours(other * np.exp(-(near**2) / (2 * both)))
        with np.errstate(divide="ignore", invalid="ignore"):
            blendedness = np.where(one.seen, foreign / (own + foreign), np.nan)
            fraction = np.where(one.seen, overlap / flux, np.nan)
            deconvolved = np.where(one.seen, overlap / (flux + overlap), np.nan)
        covered = _covered(one.depth.margin / np.fmax(self.radius, 1))
        zero = one.seen & self.blended & np.less(one.flux, -one.error)
        return {
            "blendedness": blendedness,
            "blendedness_flag": np.isnan(blendedness),
            "deblend_dataCoverage": np.where(one.seen, covered, 0.0),
            "deblend_blendedness": np.where(zero, np.nan, deconvolved),
            "deblend_fluxOverlap": np.where(one.seen, overlap, np.nan),
            "deblend_fluxOverlapFraction": np.where(zero, np.nan, fraction),
            "deblend_zeroFlux": zero,
        }


def find_blends(found: Detections) -> Blends:
    """Which footprints touch; those of other tiles do not count."""
    with np.errstate(invalid="ignore"):
        signal = np.nan_to_num(found.expected / found.error).max(axis=1, initial=0)
    rows = np.arange(len(found))
    sigma = np.stack([depth.sigma for depth in found.depths])[found.reference, rows]
    size = found.light.moments(sigma)
    # Where the image, smoothed by its point-spread function, stands out of the noise.
    width = sigma**2 + np.sqrt(size.major * size.minor)
    radius = np.sqrt(2 * width * np.log(np.fmax(signal / THRESHOLD, 1.0))) + GROWN * sigma
    radius = np.fmin(radius, LARGEST)
    reach = 2 * float(radius.max(initial=1.0))
    first, second, distance = pairs(found.x, found.y, reach)
    touch = distance < radius[first] + radius[second]
    first, second, distance = first[touch], second[touch], distance[touch]
    group = groups(len(found), first, second)
    peaks = np.bincount(group, minlength=len(found))[group]
    return Blends(
        radius,
        group,
        peaks,
        np.concatenate([first, second]),
        np.concatenate([second, first]),
        np.concatenate([distance, distance]),
    )


def _covered(reach: Floats) -> Floats:
    """The part of a circle of radius 1 on this side of a line at a distance from its centre."""
    reach = np.clip(reach, 0, 1)
    beyond = (np.arccos(reach) - reach * np.sqrt(1 - reach**2)) / np.pi
    return np.asarray(1 - beyond)
