"""What the coadds of a tile show: the objects that are found, and how bright they seem."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey import id_draws
from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.measured.light import Light
from lsp_jupyter.demo.survey.measured.neighbours import pairs
from lsp_jupyter.demo.survey.measured.photometry import Depth
from lsp_jupyter.demo.survey.observing.fields import BANDS, field
from lsp_jupyter.demo.survey.observing.skymap import Tract, tract
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.truth.sky import Objects, Sky, Tile

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["Detections", "detect", "some_of"]

#: Signal in units of its noise, in any band, of what is detected.
THRESHOLD = 5.0

#: Of what is looked at more closely: noise lifts hardly anything fainter over the threshold.
FAINTEST = 2.0

#: Signal that makes a band one that others are measured by, in the order in which they are tried.
CLEAR, PREFERRED = 10.0, "irzygu"


@dataclass(frozen=True, slots=True)
class Detections:
    """The objects that the coadds of a tile show; arrays of one length, bands ``ugrizy``.

    Neighbours are told apart as if a deblender never failed, unless they are too near.

    Attributes
    ----------
    objects : `Objects`
        The truth about them.
    tract : `Tract`
        Whose pixels their places are in.
    light : `Light`
        How their light is spread.
    depths : `tuple` of `Depth`
        Of the coadds, by band.
    x, y : `numpy.ndarray`, shape ``(n,)``
        Their true places: pixels of the tract.
    fitted : `numpy.ndarray`, shape ``(n, 6)``
        The part of the flux that a fit of the point-spread function finds; NaN where no exposure
        sees the object.
    kept : `numpy.ndarray`, shape ``(n, 6)``
        The part of the light that saturated pixels leave.
    chance : `numpy.ndarray`, shape ``(n, 6)``
        The noise of this flux in units of its error.
    error : `numpy.ndarray`, shape ``(n, 6)``
        The error: nanojansky.
    reference : `numpy.ndarray` of `int`, shape ``(n,)``
        The band that the others are measured by.
    seed : `int`
        Of the survey.
    tile : `int`
        Number of the tile in its field.
    """

    objects: Objects
    tract: Tract
    light: Light
    depths: tuple[Depth, ...]
    x: Floats
    y: Floats
    fitted: Floats
    kept: Floats
    chance: Floats
    error: Floats
    reference: Integers
    seed: int
    tile: int

    def __len__(self) -> int:
        return len(self.objects)

    @property
    def expected(self) -> Floats:
        """Flux that a fitted point would have without noise, shape ``(n, 6)``: nanojansky."""
        return self.objects.flux * self.fitted * self.kept

    @property
    def flux(self) -> Floats:
        """Flux of a fitted point as measured, shape ``(n, 6)``: nanojansky."""
        return self.expected + self.chance * self.error

    def random(self, *purpose: str) -> np.random.Generator:
        """A generator for something about these objects."""
        return draw(self.seed, "object", self.tract.id, self.tile, *purpose)


def detect(sky: Sky, tile: Tile) -> Detections:
    """The objects that the coadds of a tile show; always the same.

    Parameters
    ----------
    sky : `Sky`
        The truth.
    tile : `Tile`
        Where.
    """
    return _detect(sky, tile.field.name, tile.number)


def some_of(objects: Objects, chosen: npt.NDArray[np.generic]) -> Objects:
    """Some of the objects, by index or by flag."""
    arrays = {
        one.name: getattr(objects, one.name)[chosen]
        for one in fields(Objects)
        if one.name != "field"
    }
    return Objects(field=objects.field, **arrays)


# As many as small surveys have tiles; large ones are streamed.
@lru_cache(maxsize=7)
def _detect(sky: Sky, name: str, number: int) -> Detections:
    tile = sky.tiles(field(name))[number]
    every = sky.objects(tile)
    exposures = [
        [one for one in schedule(sky.size, sky.seed) if (one.field, one.band) == (tile.field, band)]
        for band in BANDS
    ]
    depths = [Depth.of_visits(some, every.ra, every.dec, sky.size) for some in exposures]
    with np.errstate(invalid="ignore"):
        limits = np.stack([depth.limit(FAINTEST) for depth in depths], axis=1)
    chosen = np.flatnonzero((every.flux > limits).any(axis=1))
    objects = some_of(every, chosen)
    depths = [depth[chosen] for depth in depths]
    light = Light.of(objects)
    fitted, kept, error = np.empty((3, len(chosen), len(BANDS)))
    for band, depth in enumerate(depths):
        fitted[:, band] = light.fitted(depth.sigma)
        point = objects.flux[:, band] * fitted[:, band]
        kept[:, band] = depth.kept(point)
        error[:, band] = depth.point_error(point * kept[:, band])
    chance = np.stack(
        [id_draws.normal(sky.seed, f"coadd {band}", objects.id) for band in BANDS], axis=1
    )
    with np.errstate(invalid="ignore"):
        signal = objects.flux * fitted * kept / error + chance
    signal = np.nan_to_num(signal, nan=-np.inf)
    plane = tract(tile.field, sky.size)
    x, y = plane.wcs.sky_to_pixel(objects.ra, objects.dec)
    reference = _reference(signal)
    found = signal.max(axis=1) > THRESHOLD
    found &= ~_hidden(x, y, signal, found, np.stack([depth.sigma for depth in depths], axis=1))
    shown = np.flatnonzero(found)
    return Detections(
        objects=some_of(objects, shown),
        tract=plane,
        light=light[shown],
        depths=tuple(depth[shown] for depth in depths),
        x=x[shown],
        y=y[shown],
        fitted=fitted[shown],
        kept=kept[shown],
        chance=chance[shown],
        error=error[shown],
        reference=reference[shown],
        seed=sky.seed,
        tile=number,
    )


def _reference(signal: Floats) -> Integers:
    """The first of the preferred bands with a clear signal, or that with the most."""
    order = np.array([BANDS.index(band) for band in PREFERRED])
    clear = signal[:, order] > CLEAR
    best = order[clear.argmax(axis=1)]
    return np.asarray(np.where(clear.any(axis=1), best, signal.argmax(axis=1)))


def _hidden(
    x: Floats, y: Floats, signal: Floats, found: npt.NDArray[np.bool_], sigma: Floats
) -> npt.NDArray[np.bool_]:
    """Whether objects are so near to brighter ones that both have a single peak."""
    hidden = np.zeros(len(x), bool)
    some = np.flatnonzero(found)
    if not len(some):
        return hidden
    # Two Gaussians of one height have two peaks if they are further apart than twice their width.
    with np.errstate(invalid="ignore"):
        reach = 2 * np.nanmin(np.where(signal > THRESHOLD, sigma, np.nan)[some], axis=1)
    first, second, distance = pairs(x[some], y[some], float(reach.max()))
    near = distance < np.minimum(reach[first], reach[second])
    first, second = some[first[near]], some[second[near]]
    brighter = signal[first].max(axis=1) > signal[second].max(axis=1)
    hidden[np.where(brighter, second, first)] = True
    return hidden
