"""Rows of the tables of the truth: what the simulation put into the sky."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.demo.survey.measured.detection import detect
from lsp_jupyter.demo.survey.observing.fields import BANDS, FIELDS
from lsp_jupyter.demo.survey.observing.visits import AB_NANOJANSKY, Visit, schedule
from lsp_jupyter.demo.survey.tables import truth_specs
from lsp_jupyter.demo.survey.truth import variables
from lsp_jupyter.demo.survey.truth.sky import Objects, Sky, Tile
from lsp_jupyter.demo.survey.truth.supernovae import TYPES, Supernovae

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame

    Floats = npt.NDArray[np.float64]

__all__ = ["truth_tables"]


def truth_tables(sky: Sky) -> Iterator[tuple[TableSpec, Iterator[Frame]]]:
    """The tables of the truth and their rows.

    Parameters
    ----------
    sky : `Sky`
        The truth.
    """
    yield truth_specs.OBJECT, (_objects(_shown(sky, tile)) for tile in _tiles(sky))
    yield truth_specs.VARIABLE, (_variables(sky, sky.objects(tile)) for tile in _tiles(sky))
    yield truth_specs.SUPERNOVA, (_supernovae(sky.supernovae(field)) for field in FIELDS)
    yield truth_specs.ASTEROID, iter([_asteroids(sky)])
    yield truth_specs.LIGHT_CURVE, _light_curves(sky)


def _tiles(sky: Sky) -> Iterator[Tile]:
    for field in FIELDS:
        yield from sky.tiles(field)


def _shown(sky: Sky, tile: Tile) -> Objects:
    """The objects whose truth is told: of large surveys only those that are detected."""
    return sky.objects(tile) if sky.size.wide else detect(sky, tile).objects


def _kinds(objects: Objects) -> npt.NDArray[Any]:
    return np.array(variables.KINDS, object)[objects.variable]


def _objects(objects: Objects) -> Frame:
    def of_galaxies(values: Floats) -> Floats:
        return np.where(objects.galaxy, values, np.nan)

    return {
        "objectId": objects.id,
        "ra": objects.ra,
        "dec": objects.dec,
        "tract": np.full(len(objects), objects.field.tract),
        "patch": objects.patch,
        "galaxy": objects.galaxy,
        "pmRa": objects.pm_ra,
        "pmDec": objects.pm_dec,
        "parallax": np.where(objects.galaxy, np.nan, objects.parallax),
        "redshift": _redshift(objects),
        "bulgeFraction": of_galaxies(objects.bulge),
        "bulgeRadius": of_galaxies(objects.bulge_radius),
        "diskRadius": of_galaxies(objects.disk_radius),
        "axisRatio": of_galaxies(objects.axis_ratio),
        "angle": of_galaxies(objects.angle),
        "variability": np.ma.masked_array(_kinds(objects), objects.variable == variables.NONE),
        "gaiaSourceId": np.ma.masked_array(objects.gaia, objects.gaia == 0),
    } | {f"flux_{band}": objects.flux[:, place] for place, band in enumerate(BANDS)}


def _redshift(objects: Objects) -> Floats:
    return np.where(objects.redshift > 0, objects.redshift, np.nan)


def _variables(sky: Sky, objects: Objects) -> Frame:
    which = np.flatnonzero(objects.variable)
    light = sky.light(objects)
    magnitudes = AB_NANOJANSKY - 2.5 * np.log10(objects.flux[which])
    columns: dict[str, npt.NDArray[Any]] = {
        "objectId": objects.id[which],
        "ra": objects.ra[which],
        "dec": objects.dec[which],
        "type": _kinds(objects)[which],
        "period": light.period,
        "epoch": light.epoch,
        "damping": light.damping,
        "redshift": _redshift(objects)[which],
    }
    for place, band in enumerate(BANDS):
        columns[f"mag_{band}"] = magnitudes[:, place]
        columns[f"amplitude_{band}"] = light.amplitude[:, place]
    return columns


def _supernovae(found: Supernovae) -> Frame:
    return {
        "supernovaId": found.id,
        "ra": found.ra,
        "dec": found.dec,
        "type": np.array(TYPES, object)[found.type],
        "redshift": found.redshift,
        "peakMjd": found.peak,
        "offset": found.offset,
        "stretch": found.stretch,
        "hostObjectId": found.host,
    }


def _asteroids(sky: Sky) -> Frame:
    bodies = sky.asteroids()
    return {
        "ssObjectId": bodies.id,
        "designation": bodies.designation,
        "packedDesignation": bodies.packed,
        "q": bodies.q,
        "e": bodies.e,
        "incl": bodies.incl,
        "node": bodies.node,
        "peri": bodies.peri,
        "t_p": bodies.t_p,
        "epoch": np.full(len(bodies), bodies.epoch),
        "h": bodies.H,
        "g": bodies.G,
    }


def _light_curves(sky: Sky) -> Iterator[Frame]:
    for field in FIELDS:
        by_band: dict[str, list[Visit]] = {}
        for visit in schedule(sky.size, sky.seed):
            if visit.field.name == field.name:
                by_band.setdefault(visit.band, []).append(visit)
        for tile in sky.tiles(field):
            objects = sky.objects(tile)
            light = sky.light(objects)
            mean = objects.flux[objects.variable != variables.NONE]
            for band, exposures in by_band.items():
                times = np.array([[visit.mjd] for visit in exposures])
                change = light.change(band, times)
                yield _curves(light.id, exposures, mean[:, BANDS.index(band)] * change)
        supernovae = sky.supernovae(field)
        for band, exposures in by_band.items():
            flux = [supernovae.flux(band, visit.mjd) for visit in exposures]
            yield _curves(supernovae.id, exposures, np.array(flux))


def _curves(number: npt.NDArray[np.int64], exposures: Sequence[Visit], flux: Floats) -> Frame:
    """Fluxes by exposure and source."""
    return {
        "sourceId": np.tile(number, len(exposures)),
        "visit": np.repeat([visit.id for visit in exposures], len(number)),
        "band": np.repeat([visit.band for visit in exposures], len(number)),
        "expMidptMJD": np.repeat([visit.mjd for visit in exposures], len(number)),
        "flux": flux.ravel(),
    }
