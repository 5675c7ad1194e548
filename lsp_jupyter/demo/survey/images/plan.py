"""Which images a survey has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.observing.camera import DETECTORS
from lsp_jupyter.demo.survey.observing.fields import FIELDS, Field, field
from lsp_jupyter.demo.survey.observing.skymap import PATCHES
from lsp_jupyter.demo.survey.observing.skymap import tract as tract_of
from lsp_jupyter.demo.survey.observing.tangent import project
from lsp_jupyter.demo.survey.observing.visits import Visit, schedule
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.images.hips.color import color_bands

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Sky

__all__ = ["Unit", "plan"]

#: The field with supernovae, and that where most asteroids pass.
DEEP, ECLIPTIC = "ECDFS", "Rubin_SV_38_7"

#: The detector in the middle of the camera, and the patch in the middle of a tract.
CENTRAL, MIDDLE = len(DETECTORS) // 2, PATCHES**2 // 2

#: Images of the camera rather than of the sky: one of each is made.
CAMERA = ("raw", "bias", "flat")

#: Signal, in units of its noise, of a supernova that an exposure shows.
CLEAR = 5.0

#: Images from which on a survey has the whole camera, all bands and neighbouring patches too.
MANY = 100


@dataclass(frozen=True, slots=True)
class Unit:
    """Images that are made together, from the same light; independent of all other units.

    Attributes
    ----------
    types : `tuple` of `str`
        Their dataset types; one image of each.
    field : `Field`
        The field. That of the raw image for calibrations.
    band : `str`
        The band.
    visit : `Visit` or `None`
        The exposure; none for coadds.
    detector : `int` or `None`
        The detector; none for coadds.
    patch : `int` or `None`
        The patch of the field's tract; none for images of a detector.
    """

    types: tuple[str, ...]
    field: Field
    band: str
    visit: Visit | None = None
    detector: int | None = None
    patch: int | None = None

    @property
    def key(self) -> tuple[str | int | None, ...]:
        """What it shows, whatever images are made of it."""
        if self.visit:
            return self.visit.id, self.detector
        return self.types[0], self.field.name, self.band, self.patch


def plan(sky: Sky, size: Size, seed: int) -> tuple[Unit, ...]:
    """All images of a survey, field by field.

    Parameters
    ----------
    sky : `Sky`
        The truth: where supernovae and asteroids are.
    size : `Size`
        Of the survey. At most ``size.images`` are made.
    seed : `int`
        Of the survey.
    """
    if not size.images:
        return ()
    units: dict[tuple[str | int | None, ...], Unit] = {}
    for wish in _wishes(sky, size, seed):
        known = units.get(wish.key)
        types = tuple(dict.fromkeys((known.types if known else ()) + wish.types))
        made = sum(len(unit.types) for unit in units.values() if unit is not known)
        if made + len(types) <= size.images - len(CAMERA):
            units[wish.key] = Unit(
                types, wish.field, wish.band, wish.visit, wish.detector, wish.patch
            )
    _add_calibrations(units)
    return tuple(sorted(units.values(), key=lambda unit: FIELDS.index(unit.field)))


def _add_calibrations(units: dict[tuple[str | int | None, ...], Unit]) -> None:
    """Add the raw image of a visit image that there is, with the calibrations that it needs."""
    exposed = [unit for unit in units.values() if unit.visit]
    deep = [one for one in exposed if one.types == ("visit_image",) and one.field.name == DEEP]
    unit = (deep or exposed)[0]
    types = (*unit.types, *CAMERA)
    units[unit.key] = Unit(types, unit.field, unit.band, unit.visit, unit.detector)


def _wishes(sky: Sky, size: Size, seed: int) -> Iterator[Unit]:
    """What images there should be, the most wanted first; some twice."""
    many = size.images >= MANY
    for one in FIELDS:
        for band in color_bands(one.bands):
            yield Unit(("deep_coadd",), one, band, patch=MIDDLE)
    deep, ecliptic = field(DEEP), field(ECLIPTIC)
    followed = list(
        _supernova(sky, deep, "gri" if many else "r", 20 if many else 3, size=size, seed=seed)
    )
    yield from followed
    yield from _templates(followed, 4 if many else 2, size)
    for one in FIELDS:
        if one not in (deep, ecliptic):
            for visit in _sharpest(one, 2 if many else 1, size, seed):
                detector = _brightest(sky, visit, size)
                yield Unit(("visit_image",), one, visit.band, visit, detector)
    crossed = list(_asteroids(sky, ecliptic, 2 if many else 1, size, seed))
    yield from crossed
    yield from _templates(crossed, 4 if many else 2, size)
    whole = _straightest(deep, size, seed)
    # The middle first: it is the one that a small survey has.
    for detector in (CENTRAL, *range(len(DETECTORS))) if many else (CENTRAL,):
        yield Unit(("visit_image",), deep, whole.band, whole, detector)
    if many:
        for one in FIELDS:
            for band in one.bands:
                yield Unit(("deep_coadd",), one, band, patch=MIDDLE)
        near = (MIDDLE + row * PATCHES + column for row in (-1, 0, 1) for column in (-1, 0, 1))
        for patch in near:
            for band in color_bands(deep.bands):
                yield Unit(("deep_coadd",), deep, band, patch=patch)


def _sharpest(one: Field, count: int, size: Size, seed: int) -> list[Visit]:
    """The sharpest exposures of a field, of different bands."""
    visits = [
        visit
        for visit in schedule(size, seed)
        if visit.field == one and visit.band in color_bands(one.bands)
    ]
    by_band: dict[str, Visit] = {}
    for visit in sorted(visits, key=lambda visit: visit.seeing):
        by_band.setdefault(visit.band, visit)
    return list(by_band.values())[:count]


def _brightest(sky: Sky, visit: Visit, size: Size) -> int:
    """The detector that the brightest real star is on; the middle one if none is on any."""
    for tile in sky.tiles(visit.field):
        objects = sky.objects(tile)
        real = np.flatnonzero(objects.gaia)
        real = real[np.argsort(-objects.flux[real].max(axis=1))]
        detectors = visit.covers(objects.ra[real], objects.dec[real], size)[0]
        if (detectors >= 0).any():
            return int(detectors[detectors >= 0][0])
    return CENTRAL


def _straightest(one: Field, size: Size, seed: int) -> Visit:
    """The exposure of a field in which the camera's edges are nearest to the field's."""

    def reach(visit: Visit) -> float:
        corners = [visit.wcs(DETECTORS[number], size) for number in (0, 2, 6, 8)]
        middle = np.array([(size.pixels - 1) / 2])
        sky = np.array([wcs.pixel_to_sky(middle, middle) for wcs in corners])[:, :, 0]
        return float(np.abs(project(sky[:, 0], sky[:, 1], one.ra, one.dec)).max())

    visits = [visit for visit in schedule(size, seed) if visit.field == one]
    colors = color_bands(one.bands)
    return min((visit for visit in visits if visit.band in colors), key=reach)


def _supernova(
    sky: Sky, one: Field, bands: str, count: int, *, size: Size, seed: int
) -> Iterator[Unit]:
    """Exposures all along the light curve of the supernova that is seen best."""
    truth = sky.supernovae(one)
    visits = [visit for visit in schedule(size, seed) if visit.field == one and visit.band in bands]
    if not len(truth.ra):
        return
    seen = np.array([visit.covers(truth.ra, truth.dec, size)[0] for visit in visits])
    # Signal over noise, summed over the exposures that see it.
    signals = np.array(
        [
            np.nan_to_num(truth.flux(visit.band, visit.mjd)) / visit.noise / visit.psf_sigma
            for visit in visits
        ]
    )
    best = int(np.argmax(np.where(seen >= 0, np.arcsinh(signals), 0).sum(axis=0)))
    shown = (seen[:, best] >= 0) & (signals[:, best] > CLEAR)
    others = (seen[:, best] >= 0) & ~shown
    # Most show it; some are from before and after.
    some = _spread(np.flatnonzero(others), max(count // 4, count - int(shown.sum())))
    chosen = np.concatenate([some, _spread(np.flatnonzero(shown), count - len(some))])
    for place in np.sort(chosen):
        visit, detector = visits[place], int(seen[place, best])
        yield Unit(("visit_image", "difference_image"), one, visit.band, visit, detector)


def _spread(places: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.intp]:
    """Some of these, evenly."""
    if count >= len(places):
        return places
    return places[np.linspace(0, len(places) - 1, count).round().astype(np.intp)]


def _asteroids(sky: Sky, one: Field, count: int, size: Size, seed: int) -> Iterator[Unit]:
    """The detectors with the brightest asteroids, one an exposure."""
    asteroids = sky.asteroids()
    found: list[tuple[float, Visit, int]] = []
    for visit in schedule(size, seed):
        if visit.field != one:
            continue
        ephemeris = asteroids.observe(visit.mjd)
        detectors = visit.covers(ephemeris.ra, ephemeris.dec, size)[0]
        signals = asteroids.flux(visit.band, ephemeris) / visit.noise / visit.psf_sigma
        sums = [
            float(np.arcsinh(signals[detectors == detector.id]).sum()) for detector in DETECTORS
        ]
        found.append((max(sums), visit, int(np.argmax(sums))))
    # All of one band: one template serves them.
    bands = {visit.band for _, visit, _ in found}
    band = max(
        bands, key=lambda name: sum(total for total, visit, _ in found if visit.band == name)
    )
    found = sorted((each for each in found if each[1].band == band), key=lambda each: -each[0])
    for _, visit, detector in found[:count]:
        yield Unit(("visit_image", "difference_image"), one, band, visit, detector)


def _templates(units: Sequence[Unit], count: int, size: Size) -> Iterator[Unit]:
    """The templates under difference images: in each band the patches with most of their area."""
    shared: dict[str, npt.NDArray[np.int64]] = {}
    at = np.linspace(0, size.pixels - 1, 24)
    x, y = (grid.ravel() for grid in np.meshgrid(at, at))
    for unit in units:
        if unit.visit and unit.detector is not None:
            ra, dec = unit.visit.wcs(DETECTORS[unit.detector], size).pixel_to_sky(x, y)
            patches = tract_of(unit.field, size).find(ra, dec)
            area = np.bincount(patches, minlength=PATCHES**2)
            shared[unit.band] = shared.get(unit.band, np.zeros_like(area)) + area
    for band, area in shared.items():
        for patch in np.argsort(-area, kind="stable")[:count]:
            if area[patch]:
                yield Unit(("template_coadd",), units[0].field, band, patch=int(patch))
