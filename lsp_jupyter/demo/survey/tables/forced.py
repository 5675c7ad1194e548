"""Rows of ``ForcedSource`` and ``ForcedSourceOnDiaObject``: fluxes in every exposure of a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.measured.detection import Detections, detect
from lsp_jupyter.demo.survey.measured.difference import Difference, difference
from lsp_jupyter.demo.survey.measured.light import Light
from lsp_jupyter.demo.survey.measured.looks import Look, Template, field_visits, look
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.object_blends import find_blends
from lsp_jupyter.demo.survey.measured.object_places import band_place, reference_place
from lsp_jupyter.demo.survey.measured.photometry import digits
from lsp_jupyter.demo.survey.measured.pixel_flags import footprint_radius, pixel_flags
from lsp_jupyter.demo.survey.measured.transients import beneath
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.observing.tangent import project
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import PIXEL, Size
from lsp_jupyter.demo.survey.tables.exposures import release_fields

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky, Tile

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["dia_forced_rows", "forced_rows"]

#: Points nearer than this to the edge of a detector are not measured: pixels.
MARGIN = 2.0

#: Supernovae shine on objects as far away as this: pixels.
NEAR = 30.0

#: Columns beside the main ones, which only small surveys have.
_WIDE = frozenset(
    f"pixelFlags_{name}"
    for name in (
        *("bad", "cr", "crCenter", "edge", "interpolated", "interpolatedCenter", "nodata"),
        *("saturated", "suspect", "suspectCenter"),
    )
) | {"diff_PixelFlags_nodataCenter", "invalidPsfFlag", "parentObjectId", "tract", "patch"}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where fluxes are measured, and what is there; arrays of one length."""

    ids: Integers
    ra: Floats
    dec: Floats
    fixed: dict[str, Array]


def forced_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``ForcedSource``, tile by tile: objects in all exposures that see them.

    Parameters
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    release : `str`
        ``dp1`` or ``dp2``.
    """
    for field in release_fields(release):
        for tile in sky.tiles(field):
            yield from _objects(sky, tile, release)


def dia_forced_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``ForcedSourceOnDiaObject``, tile by tile; parameters as of `forced_rows`."""
    for field in release_fields(release):
        for tile in sky.tiles(field):
            yield from _dia_objects(sky, difference(sky, tile), release)


def _objects(sky: Sky, tile: Tile, release: str) -> Iterator[Frame]:
    found = detect(sky, tile)
    place = reference_place(found, [band_place(Band(found, k)) for k in range(len(BANDS))])
    objects = found.objects
    fixed = {
        "objectId": objects.id,
        "tract": np.full(len(objects), tile.field.tract),
        "patch": objects.patch,
    }
    if sky.size.wide:
        blends = find_blends(found)
        fixed["parentObjectId"] = blends.columns(found, place)["parentObjectId"]
    light = _Light(sky, tile, found)
    places = _Places(objects.id, place.ra, place.dec, fixed)
    yield from _measure(sky, tile, places, light, release)


def _dia_objects(sky: Sky, found: Difference, release: str) -> Iterator[Frame]:
    targets, which = found.targets, found.objects
    fixed = {
        "diaObjectId": found.object_ids,
        "parentObjectId": np.zeros(len(which), np.int64),
        "tract": np.full(len(which), found.tile.field.tract),
        "patch": targets.patch[which],
    }

    def light(visit: Visit) -> tuple[Floats, Floats]:
        return targets.still(visit)[which], targets.change(visit)[which]

    places = _Places(targets.id[which], found.ra, found.dec, fixed)
    yield from _measure(sky, found.tile, places, light, release)


class _Light:
    """What fits of points find of detected objects, on average and at a time."""

    def __init__(self, sky: Sky, tile: Tile, found: Detections) -> None:
        objects = found.objects
        self._objects = objects
        self._galaxies = np.flatnonzero(objects.galaxy)
        self._light = found.light[self._galaxies]
        self._varying = np.flatnonzero(objects.variable)
        self._changes = sky.light(objects)
        self._supernovae = sky.supernovae(tile.field)
        # Supernovae shine on the galaxies that they are in.
        field = tile.field
        x, y = project(objects.ra, objects.dec, field.ra, field.dec)
        at_x, at_y = project(self._supernovae.ra, self._supernovae.dec, field.ra, field.dec)
        away = np.hypot(x[:, None] - at_x, y[:, None] - at_y) * 3600 / PIXEL
        self._lit, self._by = np.nonzero(away < NEAR)
        self._away = away[self._lit, self._by]

    def __call__(self, visit: Visit) -> tuple[Floats, Floats]:
        """Without and beside what changes: nanojansky."""
        place = BANDS.index(visit.band)
        still = self._objects.flux[:, place].copy()
        width = np.full(len(self._galaxies), visit.psf_sigma)
        still[self._galaxies] *= self._light.fitted(width)
        change = np.zeros(len(still))
        change[self._varying] = still[self._varying] * (
            self._changes.change(visit.band, visit.mjd) - 1
        )
        n = len(self._lit)
        if n:
            point = Light(np.ones((1, n)), np.zeros((1, n)), np.zeros((1, n)))
            light = self._supernovae.flux(visit.band, visit.mjd)[self._by]
            light = light * beneath(point, visit.psf_sigma, self._away)
            change += np.bincount(self._lit, light, len(change))
        return still, change


def _measure(
    sky: Sky,
    tile: Tile,
    places: _Places,
    light: Callable[[Visit], tuple[Floats, Floats]],
    release: str,
) -> Iterator[Frame]:
    """Fluxes of places in all exposures that see them, place by place in order of time."""
    name = tile.field.name
    templates: dict[str, Template] = {}
    parts: list[dict[str, Array]] = []
    for visit in field_visits(sky, name):
        seen = look(visit, places.ra, places.dec, sky.size)
        if not len(seen):
            continue
        if visit.band not in templates:
            templates[visit.band] = Template(
                sky, name, visit.band, places.ids, places.ra, places.dec
            )
        still, change = (values[seen.index] for values in light(visit))
        parts.append(_columns(sky, places, seen, still, change, templates[visit.band]))
    if not parts:
        return
    frame = {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}
    index = frame.pop("")
    order = np.argsort(index, kind="stable")
    frame = {column: values[order] for column, values in frame.items()}
    index = index[order]
    frame |= {column: values[index] for column, values in places.fixed.items()}
    if release == "dp1":
        frame |= {"coord_ra": places.ra[index], "coord_dec": places.dec[index]}
    if not sky.size.wide:
        frame = {column: values for column, values in frame.items() if column not in _WIDE}
    yield frame


def _columns(
    sky: Sky, places: _Places, seen: Look, still: Floats, change: Floats, template: Template
) -> dict[str, Array]:
    visit, ids, n = seen.visit, places.ids[seen.index], len(seen)
    full = seen.fullness(still + change)
    # Pixels that are full keep no more: a Gaussian cut off at 1/x of its height has (1 + ln x)/x
    # of its light.
    over = np.maximum(full, 1.0)
    kept = (1 + np.log(over)) / over
    direct = (still + change) * kept
    noise = seen.noise(sky.seed, ids)
    error = seen.error(direct)
    still_error = template.error(still, seen)
    empty = ~np.isfinite(still_error)
    # What is full in one or the other is not subtracted, but left out.
    change = np.where((full > 1) | (seen.fullness(still) > 1), 0.0, change)
    with np.errstate(invalid="ignore"):
        both = np.hypot(error, still_error)
        differing = change + error * noise - still_error * template.noise[seen.index]
    last = sky.size.pixels - 0.5
    margin = np.minimum(
        np.minimum(seen.x + 0.5, last - seen.x), np.minimum(seen.y + 0.5, last - seen.y)
    )
    failed = margin < MARGIN
    frame: dict[str, Array] = {
        "": seen.index,
        "visit": np.full(n, visit.id),
        "detector": seen.detector,
        "band": np.full(n, visit.band),
        "psfFlux": digits(np.where(failed, np.nan, direct + error * noise), 3, error),
        "psfFluxErr": digits(np.where(failed, np.nan, error), 4),
        "psfFlux_flag": failed,
        "psfDiffFlux": digits(np.where(failed | empty, np.nan, differing), 3, both),
        "psfDiffFluxErr": digits(np.where(failed | empty, np.nan, both), 4),
        "psfDiffFlux_flag": failed | empty,
        "diff_PixelFlags_nodataCenter": empty,
        "invalidPsfFlag": np.zeros(n, bool),
        "pixelFlags_saturatedCenter": full > 1,
    }
    if sky.size.wide:
        flags = pixel_flags(
            visit,
            ids,
            (seen.detector, seen.x, seen.y),
            footprint_radius(np.full(n, visit.psf_sigma), direct / error),
            full,
            size=sky.size,
            seed=sky.seed,
        )
        del flags["offimage"]
        frame |= {f"pixelFlags_{name}": values for name, values in flags.items()}
    return frame
