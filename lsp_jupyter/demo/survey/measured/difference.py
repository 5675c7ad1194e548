"""What is found in difference images, and the objects that it makes up."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.measured.centroids import measured_places
from lsp_jupyter.demo.survey.measured.looks import Look, Template, field_visits, look
from lsp_jupyter.demo.survey.measured.source_ids import dia_object_ids, source_ids
from lsp_jupyter.demo.survey.measured.transients import STAR, Transients
from lsp_jupyter.demo.survey.observing.tangent import project
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import PIXEL
from lsp_jupyter.demo.survey.truth.orbits import Ephemeris

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Sky, Tile

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["DiaSources", "Difference", "difference", "ephemeris"]

#: Signal, in units of its noise, of what is found.
THRESHOLD = 5.0


@dataclass(frozen=True, slots=True)
class DiaSources:
    """Sources of difference images; arrays of one length.

    Attributes
    ----------
    id : `numpy.ndarray` of `int`
        Their numbers.
    visit : `numpy.ndarray` of `int`
        Their exposures: places in `Difference.visits`.
    detector : `numpy.ndarray` of `int`
        Where on the camera.
    target, body : `numpy.ndarray` of `int`
        The place of the target in `Transients`, or of the body in `Asteroids`; -1 for none.
    x, y : `numpy.ndarray`
        Measured: pixels of the detector, counted from 0.
    ra, dec : `numpy.ndarray`
        The same: degrees, ICRS.
    spread : `numpy.ndarray`
        Error of each coordinate: pixels.
    flux, error : `numpy.ndarray`
        Of a fitted point in the difference image: nanojansky.
    direct, direct_error : `numpy.ndarray`
        The same in the visit image.
    still, still_error : `numpy.ndarray`
        The same in the template.
    signal : `numpy.ndarray`
        Signal to noise of what was detected.
    full : `numpy.ndarray`
        Light of the brightest pixel in the visit image, in units of what saturates it.
    lobe : `numpy.ndarray`
        Light of each lobe of a dipole: nanojansky; NaN for what is none.
    trail : `numpy.ndarray`
        Length of the trail that a moving body leaves: pixels; 0 for others.
    along : `numpy.ndarray`
        Direction of the trail, or of the dipole: from the x axis, radians.
    """

    id: Integers
    visit: Integers
    detector: Integers
    target: Integers
    body: Integers
    x: Floats
    y: Floats
    ra: Floats
    dec: Floats
    spread: Floats
    flux: Floats
    error: Floats
    direct: Floats
    direct_error: Floats
    still: Floats
    still_error: Floats
    signal: Floats
    full: Floats
    lobe: Floats
    trail: Floats
    along: Floats

    def __len__(self) -> int:
        return len(self.id)

    def __getitem__(self, chosen: npt.NDArray[np.generic]) -> DiaSources:
        """Some of them."""
        return DiaSources(*(getattr(self, one.name)[chosen] for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Difference:
    """What the difference images of a tile show.

    Attributes
    ----------
    tile : `~lsp_jupyter.demo.survey.truth.sky.Tile`
        The part of a field.
    visits : `tuple` of `Visit`
        Its exposures.
    targets : `Transients`
        What there was to be found.
    sources : `DiaSources`
        What was found, in order of time.
    objects : `numpy.ndarray` of `int`
        The targets that were found at least once: places in ``targets``, ascending.
    object_ids : `numpy.ndarray` of `int`
        The ids of the objects of difference images that they make.
    ra, dec : `numpy.ndarray`
        Their places: the means of their sources; degrees.
    """

    tile: Tile
    visits: tuple[Visit, ...]
    targets: Transients
    sources: DiaSources
    objects: Integers
    object_ids: Integers
    ra: Floats
    dec: Floats

    def of_visits(self, name: str) -> Array:
        """A property of the exposure of each source."""
        return np.array([getattr(visit, name) for visit in self.visits])[self.sources.visit]

    def owners(self) -> Integers:
        """The place of each source's object in ``objects``; -1 for moving bodies."""
        found = np.searchsorted(self.objects, self.sources.target)
        return np.where(self.sources.target >= 0, found, -1)


@lru_cache(maxsize=512)
def ephemeris(sky: Sky, mjd: float) -> Ephemeris:
    """How the bodies of the solar system are seen at a time: MJD, TAI."""
    return sky.asteroids().observe(mjd)


#: What was made last: tables of sources, of objects and of forced photometry need the same.
_made: dict[tuple[int, str, int], tuple[Sky, Difference]] = {}


def difference(sky: Sky, tile: Tile) -> Difference:
    """Find what difference images of a tile show; always the same."""
    key = id(sky), tile.field.name, tile.number
    if key not in _made:
        while len(_made) >= 16:
            _made.pop(next(iter(_made)))
        # The sky is kept, too, so that no other can come to its number.
        _made[key] = sky, _difference(sky, tile)
    return _made[key][1]


def _difference(sky: Sky, tile: Tile) -> Difference:
    targets = Transients(sky, tile)
    visits = field_visits(sky, tile.field.name)
    templates: dict[str, Template] = {}
    parts = []
    for number, visit in enumerate(visits):
        if visit.band not in templates:
            templates[visit.band] = Template(
                sky, tile.field.name, visit.band, targets.id, targets.ra, targets.dec
            )
        random = draw(sky.seed, "difference", visit.id, tile.number)
        fixed = _fixed(sky, targets, visit, templates[visit.band], random)
        moving = _moving(sky, tile, visit, random)
        found = {name: np.concatenate([fixed[name], moving[name]]) for name in fixed}
        found["visit"] = np.full(len(found["x"]), number)
        found["id"] = source_ids(visit, tile, found["detector"])
        parts.append(found)
    sources = DiaSources(
        **{
            each.name: np.concatenate([part[each.name] for part in parts])
            for each in fields(DiaSources)
        }
    )
    objects, which = np.unique(sources.target[sources.target >= 0], return_inverse=True)
    here = sources[sources.target >= 0]
    count = np.bincount(which, minlength=len(objects))
    # No field is near the meridian where right ascension begins again.
    ra, dec = (np.bincount(which, at, len(objects)) / count for at in (here.ra, here.dec))
    ids = dia_object_ids(tile, targets.patch[objects])
    return Difference(tile, visits, targets, sources, objects, ids, ra, dec)


def _fixed(
    sky: Sky,
    targets: Transients,
    visit: Visit,
    template: Template,
    random: np.random.Generator,
) -> dict[str, Array]:
    """Sources of targets that stay where they are."""
    seen = look(visit, targets.ra, targets.dec, sky.size)
    which = seen.index
    still, change = targets.still(visit)[which], targets.change(visit)[which]
    lobe = targets.lobes(visit)[which]
    # The two lobes of a dipole are never quite alike.
    change = change + 0.2 * lobe * random.standard_normal(len(seen))
    measured = _measure(sky, seen, targets.id[which], still, change, template)
    kept = np.maximum(np.abs(measured["flux"]), lobe)
    measured["signal"] = kept / measured["error"]
    full = np.maximum(seen.fullness(still + change), seen.fullness(still))
    # What is saturated in one or the other does not subtract, and is not measured.
    good = (measured["signal"] >= THRESHOLD) & (full < 1) & np.isfinite(measured["error"])
    # Stars that are on their place leave nothing.
    good &= (targets.kind[which] != STAR) | (lobe > 0)
    chosen = np.flatnonzero(good)
    x, y, ra, dec, spread = measured_places(
        sky.size, seen[chosen], measured["signal"][chosen], random
    )
    made = {name: values[chosen] for name, values in measured.items()}
    n = len(chosen)
    return made | {
        "detector": seen.detector[chosen],
        "target": which[chosen],
        "body": np.full(n, -1),
        "x": x,
        "y": y,
        "ra": ra,
        "dec": dec,
        "spread": spread,
        "full": full[chosen],
        "lobe": np.where(lobe[chosen] > 0, lobe[chosen], np.nan),
        "trail": np.zeros(n),
        "along": random.uniform(-np.pi, np.pi, n),
    }


def _moving(sky: Sky, tile: Tile, visit: Visit, random: np.random.Generator) -> dict[str, Array]:
    """Sources of bodies of the solar system."""
    bodies = sky.asteroids()
    where = ephemeris(sky, visit.mjd)
    field = tile.field
    inside = np.flatnonzero(tile.holds(*project(where.ra, where.dec, field.ra, field.dec)))
    seen = look(visit, where.ra[inside], where.dec[inside], sky.size)
    which = inside[seen.index]
    rate = np.hypot(where.ra_rate, where.dec_rate)[which]
    trail = rate * visit.exposure / 86_400 * 3600 / PIXEL
    # A point does not fit a trail as well.
    fit = (1 + trail**2 / 24 / visit.psf_sigma**2) ** -0.5
    flux = bodies.flux(visit.band, where)[which] * fit
    template = Template(
        sky, field.name, visit.band, bodies.id[which], where.ra[which], where.dec[which]
    )
    placed = Look(visit, np.arange(len(which)), seen.detector, seen.x, seen.y)
    measured = _measure(sky, placed, bodies.id[which], np.zeros(len(which)), flux, template)
    measured["signal"] = np.abs(measured["flux"]) / measured["error"]
    full = seen.fullness(flux)
    good = (measured["signal"] >= THRESHOLD) & (full < 1) & np.isfinite(measured["error"])
    chosen = np.flatnonzero(good)
    x, y, ra, dec, spread = measured_places(
        sky.size, seen[chosen], measured["signal"][chosen], random
    )
    made = {name: values[chosen] for name, values in measured.items()}
    which = which[chosen]
    # From the x axis: the camera's y axis is turned from north through east, and east is left.
    east, north = where.ra_rate[which], where.dec_rate[which]
    turned = np.radians(visit.rotation)
    across = -east * np.cos(turned) + north * np.sin(turned)
    up = east * np.sin(turned) + north * np.cos(turned)
    n = len(chosen)
    return made | {
        "detector": seen.detector[chosen],
        "target": np.full(n, -1),
        "body": which,
        "x": x,
        "y": y,
        "ra": ra,
        "dec": dec,
        "spread": spread,
        "full": full[chosen],
        "lobe": np.full(n, np.nan),
        "trail": trail[chosen],
        "along": np.arctan2(up, across),
    }


def _measure(
    sky: Sky, seen: Look, ids: Integers, still: Floats, change: Floats, template: Template
) -> dict[str, Array]:
    """Fluxes of points in the visit image, in the template and in their difference."""
    noise = seen.noise(sky.seed, ids)
    direct_error = seen.error(still + change)
    still_error = template.error(still, seen)
    # Where there is no template nothing is found, for the error is infinite.
    bright = np.where(np.isfinite(still_error), still_error, 0.0) * template.noise[seen.index]
    return {
        "flux": change + direct_error * noise - bright,
        "error": np.hypot(direct_error, still_error),
        "direct": still + change + direct_error * noise,
        "direct_error": direct_error,
        "still": still + bright,
        "still_error": still_error,
    }
