"""What is found in the visit image of an exposure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.measured.difference import ephemeris
from lsp_jupyter.demo.survey.measured.light import Light
from lsp_jupyter.demo.survey.measured.looks import Look, look
from lsp_jupyter.demo.survey.measured.neighbours import groups, pairs
from lsp_jupyter.demo.survey.measured.pixel_flags import footprint_radius
from lsp_jupyter.demo.survey.observing.tangent import project
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.truth.sky import Sky, Tile

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Found", "Still", "find_sources"]

#: Signal, in units of its noise, of what is found.
THRESHOLD = 5.0

#: Of what is looked at more closely: noise lifts hardly anything fainter over the threshold.
FAINTEST = 2.0


@dataclass(frozen=True, slots=True)
class Still:
    """What the exposures of a field may find in a tile: objects, supernovae and moving bodies.

    Attributes
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    tile : `~lsp_jupyter.demo.survey.truth.sky.Tile`
        The part of a field.
    light : `Light`
        How the light of the tile's objects is spread.
    """

    sky: Sky
    tile: Tile
    light: Light

    @classmethod
    def of(cls, sky: Sky, tile: Tile) -> Still:
        """Of a tile."""
        return cls(sky, tile, Light.of(sky.objects(tile)))


@dataclass(frozen=True, slots=True)
class Found:
    """Sources of an exposure; arrays of one length.

    Attributes
    ----------
    seen : `Look`
        Where they are.
    ids : `numpy.ndarray` of `int`
        What they are.
    light : `Light`
        How their light is spread.
    angle : `numpy.ndarray`
        From the detector's y axis to their long axis, against the clock: degrees.
    flux : `numpy.ndarray`
        Their light: nanojansky, without what full pixels do not keep.
    fitted : `numpy.ndarray`
        The part of it that a fit of a point finds.
    full : `numpy.ndarray`
        Light of the brightest pixel, in units of what saturates it.
    chance : `numpy.ndarray`
        The noise of a fitted point in units of its error.
    radius : `numpy.ndarray`
        Of their footprints: pixels.
    group : `numpy.ndarray` of `int`
        The lowest index of those whose footprints touch.
    first, second, distance : `numpy.ndarray`, shape ``(m,)``
        Pairs whose footprints touch, and how far apart they are: pixels.
    """

    seen: Look
    ids: Integers
    light: Light
    angle: Floats
    flux: Floats
    fitted: Floats
    full: Floats
    chance: Floats
    radius: Floats
    group: Integers
    first: Integers
    second: Integers
    distance: Floats

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def sigma(self) -> Floats:
        """Width of the point-spread function, for each: pixels."""
        return np.full(len(self), self.seen.visit.psf_sigma)

    @property
    def error(self) -> Floats:
        """Error of the flux of a fitted point: nanojansky."""
        return self.seen.error(self.flux * self.fitted)

    @property
    def signal(self) -> Floats:
        """What this flux would be without noise, in units of its error; at least 1."""
        return np.maximum(self.flux * self.fitted / self.error, 1.0)


def find_sources(still: Still, visit: Visit) -> Found:
    """Find the sources of an exposure in a tile; always the same.

    Parameters
    ----------
    still : `Still`
        What may be found.
    visit : `Visit`
        The exposure.
    """
    sky = still.sky
    seen, ids, light, angle, flux = _targets(still, visit)
    fitted = light.fitted(np.full(len(ids), visit.psf_sigma))
    full = seen.fullness(flux * fitted)
    over = np.maximum(full, 1.0)
    # A Gaussian cut off at 1/x of its height keeps (1 + ln x)/x of its light.
    flux = flux * (1 + np.log(over)) / over
    error = seen.error(flux * fitted)
    # Nearly all of it is what forced photometry sees; the rest is that of the measured place.
    chance = 0.995 * seen.noise(sky.seed, ids)
    chance += 0.1 * seen.noise(sky.seed + 1, ids)
    signal = flux * fitted / error + chance
    some = np.flatnonzero(signal > THRESHOLD)
    seen, ids, light, angle, flux = (
        seen[some],
        ids[some],
        light[some],
        angle[some],
        flux[some],
    )
    fitted, full, chance, signal = fitted[some], full[some], chance[some], signal[some]
    # Detectors side by side share no pixels: set them far apart.
    away = 1e6 * seen.detector
    radius = np.minimum(footprint_radius(np.full(len(ids), visit.psf_sigma), signal), 60.0)
    first, second, distance = pairs(seen.x + away, seen.y, 2 * float(radius.max(initial=1.0)))
    # Two points of one height have two peaks if they are further apart than twice their width.
    merged = distance < 2 * visit.psf_sigma
    keep = np.ones(len(ids), bool)
    brighter = signal[first] > signal[second]
    keep[np.where(brighter, second, first)[merged]] = False
    place = np.cumsum(keep) - 1
    touch = keep[first] & keep[second] & (distance < radius[first] + radius[second])
    first, second, distance = place[first[touch]], place[second[touch]], distance[touch]
    kept = np.flatnonzero(keep)
    return Found(
        seen=seen[kept],
        ids=ids[kept],
        light=light[kept],
        angle=angle[kept],
        flux=flux[kept],
        fitted=fitted[kept],
        full=full[kept],
        chance=chance[kept],
        radius=radius[kept],
        group=groups(len(kept), first, second),
        first=first,
        second=second,
        distance=distance,
    )


def _targets(still: Still, visit: Visit) -> tuple[Look, Integers, Light, Floats, Floats]:
    """What is bright enough: places, ids, how light is spread and turned, and fluxes."""
    sky, tile = still.sky, still.tile
    objects, field = sky.objects(tile), tile.field
    flux = sky.flux(objects, visit.band, visit.mjd)
    # The faintest error is that of no light at all.
    faint = FAINTEST * visit.noise * (4 * np.pi) ** 0.5 * visit.psf_sigma
    bright = np.flatnonzero(flux > faint)
    ra, dec = sky.positions(objects, visit.mjd)
    supernovae, bodies = sky.supernovae(field), sky.asteroids()
    where = ephemeris(sky, visit.mjd)
    more_ra = np.concatenate([supernovae.ra, where.ra])
    more_dec = np.concatenate([supernovae.dec, where.dec])
    more_flux = np.concatenate(
        [supernovae.flux(visit.band, visit.mjd), bodies.flux(visit.band, where)]
    )
    inside = tile.holds(*project(more_ra, more_dec, field.ra, field.dec))
    more = np.flatnonzero(inside & (more_flux > faint))
    seen = look(
        visit,
        np.concatenate([ra[bright], more_ra[more]]),
        np.concatenate([dec[bright], more_dec[more]]),
        sky.size,
    )
    index, zero = seen.index, np.zeros(len(more))
    points = Light(
        np.full((len(still.light.weights), len(more)), 1 / len(still.light.weights)),
        np.zeros((len(still.light.weights), len(more))),
        np.zeros((len(still.light.weights), len(more))),
    )
    static = still.light[bright]
    light = Light(
        *(
            np.concatenate([getattr(static, each.name), getattr(points, each.name)], axis=1)
            for each in fields(Light)
        )
    )
    ids = np.concatenate([objects.id[bright], np.concatenate([supernovae.id, bodies.id])[more]])
    angle = np.concatenate([objects.angle[bright] - visit.rotation, zero])
    light_of = np.concatenate([flux[bright], more_flux[more]])
    return seen, ids[index], light[index], angle[index], light_of[index]
