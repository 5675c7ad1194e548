"""What there is in the sky: the truth that images and catalogues are made of."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.id_draws import uniform
from lsp_jupyter.demo.survey.observing.fields import BANDS, Field
from lsp_jupyter.demo.survey.observing.skymap import PATCHES, tract
from lsp_jupyter.demo.survey.observing.tangent import unproject
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import PIXEL, Size
from lsp_jupyter.demo.survey.truth.asteroids import make_asteroids
from lsp_jupyter.demo.survey.truth.gaia_stars import GaiaStars, gaia_stars
from lsp_jupyter.demo.survey.truth.galaxies import Galaxies, make_galaxies
from lsp_jupyter.demo.survey.truth.magnitudes import flux_of
from lsp_jupyter.demo.survey.truth.orbits import Asteroids
from lsp_jupyter.demo.survey.truth.stars import Stars, make_stars
from lsp_jupyter.demo.survey.truth.supernovae import Supernovae, make_supernovae
from lsp_jupyter.demo.survey.truth.variables import (
    ECLIPSING,
    Light,
    Variables,
    light,
    make_variables,
)

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["EPOCH", "Objects", "Sky", "Supernovae", "Tile"]

#: When objects stand where `Objects.ra` and `Objects.dec` say: MJD, TAI.
EPOCH = 60_630.0

#: Objects in a tile, at most on average.
TILE = 36_000

#: How much fainter than what a coadd detects objects are still made: magnitudes.
BEYOND = 0.7

#: The faintest magnitude in i that is made.
FAINTEST = 26.5

#: Magnitudes of a blue galaxy and of a blue star of the halo by band, less that in i and in r.
_GALAXY = dict(zip(BANDS, (1.0, 0.5, 0.25, 0.0, -0.1, -0.15), strict=True))
_STAR = dict(zip(BANDS, (1.15, 0.25, 0.0, -0.9, -1.3, -1.5), strict=True))

#: The part of the published numbers of stars and galaxies that a size makes: that for the laptop
#: stays small with these, and keeps a full choice of fields and visits. All others make all.
SHARES = {"small": 0.18}

#: The part of stars that eclipse each other so that it is seen, and the faintest: r.
ECLIPSING_PART, ECLIPSING_TO = 0.008, 22.5


@dataclass(frozen=True, slots=True)
class Tile:
    """A square part of a field that is made at once.

    Attributes
    ----------
    field : `Field`
        Which field.
    number : `int`
        Counts the tiles of the field, from its middle outwards.
    west, east, south, north : `float`
        Its edges in the plane that touches the sky at the field's centre: degrees, east positive.
    """

    field: Field
    number: int
    west: float
    east: float
    south: float
    north: float

    @property
    def area(self) -> float:
        """Square degrees."""
        return (self.east - self.west) * (self.north - self.south)

    def holds(self, xi: Floats, eta: Floats) -> npt.NDArray[np.bool_]:
        """Whether places in the plane are in it."""
        return np.asarray(
            (xi >= self.west) & (xi < self.east) & (eta >= self.south) & (eta < self.north)
        )

    def scatter(self, count: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Places anywhere in it."""
        return (
            random.uniform(self.west, self.east, count),
            random.uniform(self.south, self.north, count),
        )


@dataclass(frozen=True, slots=True)
class Objects:
    """Stars and galaxies of a tile; arrays of one length.

    Attributes
    ----------
    field : `Field`
        Which field they are in.
    id : `numpy.ndarray` of `int`
        Rubin-like, above 2**53: the tract and the patch in the high bits. It is also the objectId
        of those that are detected.
    patch : `numpy.ndarray` of `int`
        The patch of the tract whose inner part they are in.
    ra, dec : `numpy.ndarray`
        At `EPOCH`: degrees, ICRS.
    pm_ra, pm_dec, parallax : `numpy.ndarray`
        Of stars: mas/yr (pm_ra times cos dec), mas; 0 for galaxies.
    galaxy : `numpy.ndarray` of `bool`
        Whether it is a galaxy. Quasars are points and not among them.
    flux : `numpy.ndarray`, shape ``(n, 6)``
        Mean total flux in ``ugrizy`` as it reaches us, reddening included: nanojansky.
    bulge : `numpy.ndarray`
        The bulge's part of the flux; 0 for stars.
    bulge_radius, disk_radius : `numpy.ndarray`
        Half-light radii along the major axis of a de Vaucouleurs bulge (Sersic index 4) and an
        exponential disk: arcsec; 0 for stars.
    axis_ratio, angle : `numpy.ndarray`
        Minor to major axis of both, and the major axis from north through east: degrees.
    redshift : `numpy.ndarray`
        Of galaxies and quasars; 0 for stars.
    variable : `numpy.ndarray` of `int`
        Its kind of variability, see `variables`; 0 for none.
    gaia : `numpy.ndarray` of `int`
        The ``source_id`` of the real star it is; 0 if it is simulated.
    """

    field: Field
    id: Integers
    patch: Integers
    ra: Floats
    dec: Floats
    pm_ra: Floats
    pm_dec: Floats
    parallax: Floats
    galaxy: npt.NDArray[np.bool_]
    flux: Floats
    bulge: Floats
    bulge_radius: Floats
    disk_radius: Floats
    axis_ratio: Floats
    angle: Floats
    redshift: Floats
    variable: Integers
    gaia: Integers

    def __len__(self) -> int:
        return len(self.id)


class Sky:
    """Everything there is, field by field.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        The same seed makes the same sky.
    gaia : iterable of `pyarrow.RecordBatch`, optional
        Rows of ``gaia.source``; those of the installed data package if not given.
    """

    def __init__(self, size: Size, seed: int, gaia: Iterable[pa.RecordBatch] | None = None) -> None:
        self.size = size
        self.seed = seed
        self._batches = gaia
        self._gaia: GaiaStars | None = None
        self._made: dict[tuple[str, int], Objects] = {}
        self._tiles: dict[str, tuple[Tile, ...]] = {}
        self._supernovae: dict[str, Supernovae] = {}
        self._asteroids: Asteroids | None = None

    @property
    def share(self) -> float:
        """The part of the published numbers of stars and galaxies that there is."""
        return SHARES.get(self.size.name, 1.0)

    def limits(self, field: Field) -> tuple[float, float]:
        """The faintest stars in r, and the faintest galaxies in i before reddening: magnitudes.

        Beyond what the coadd of all exposures of the field detects in any band.
        """
        star, galaxy = 0.0, 0.0
        visits = [
            visit for visit in schedule(self.size, self.seed) if visit.field.name == field.name
        ]
        for band in field.bands:
            depths = np.array([visit.depth for visit in visits if visit.band == band])
            depth = 1.25 * np.log10(np.sum(10 ** (0.8 * depths)))
            star = max(star, depth - _STAR[band])
            galaxy = max(galaxy, depth - _GALAXY[band])
        return float(min(star + BEYOND, 27.5)), float(min(galaxy + BEYOND, FAINTEST))

    def tiles(self, field: Field) -> tuple[Tile, ...]:
        """The tiles of a field: one if it is small. They cover its tract, from the middle on."""
        if field.name not in self._tiles:
            self._tiles[field.name] = self._divide(field)
        return self._tiles[field.name]

    def objects(self, tile: Tile) -> Objects:
        """The stars and galaxies of a tile; always the same."""
        key = tile.field.name, tile.number
        found = self._made.get(key)
        if found is None:
            found = self._objects(tile)
            # Small surveys are kept whole; of large ones the tiles come one after the other.
            if len(self.tiles(tile.field)) > 1:
                self._made.clear()
            self._made[key] = found
        return found

    def positions(self, objects: Objects, mjd: float) -> tuple[Floats, Floats]:
        """Where objects are at a time: degrees, ICRS.

        Proper motion counts. Parallax does not: in the weeks about `EPOCH` it moves all but the
        very nearest stars by less than a milliarcsecond.
        """
        years = (mjd - EPOCH) / 365.25 / 3.6e6
        dec = objects.dec + objects.pm_dec * years
        return objects.ra + objects.pm_ra * years / np.cos(np.radians(dec)), dec

    def light(self, objects: Objects) -> Light:
        """How those objects change that are variable, in their order."""
        some = np.flatnonzero(objects.variable)
        return light(self.seed, objects.id[some], objects.variable[some])

    def flux(self, objects: Objects, band: str, mjd: float) -> Floats:
        """The flux of objects in a band at a time: nanojansky."""
        flux = objects.flux[:, BANDS.index(band)].copy()
        some = np.flatnonzero(objects.variable)
        flux[some] *= self.light(objects).change(band, mjd)
        return flux

    def supernovae(self, field: Field) -> Supernovae:
        """The supernovae of a field: of a large one, those near its middle."""
        if field.name not in self._supernovae:
            nights = [one.mjd for one in schedule(self.size, self.seed)]
            self._supernovae[field.name] = make_supernovae(
                [self.objects(tile) for tile in self.tiles(field)[:4]],
                self.size.side,
                (min(nights), max(nights)),
                draw(self.seed, "supernovae", field.name),
            )
        return self._supernovae[field.name]

    def asteroids(self) -> Asteroids:
        """The small bodies of the solar system, each of which some exposure sees."""
        if self._asteroids is None:
            self._asteroids = make_asteroids(self.size, self.seed)
        return self._asteroids

    def _divide(self, field: Field) -> tuple[Tile, ...]:
        area = tract(field, self.size)
        width = area.inner * PATCHES * PIXEL / 3600
        # What a part of the field holds tells how many parts there must be.
        trial = Tile(field, 0, -0.1, 0.1, -0.1, 0.1)
        parts = self._parts(trial, draw(self.seed, "trial", field.name))
        density = sum(len(part.xi) for part in parts) / trial.area
        count = math.ceil(math.sqrt(density * width**2 / TILE)) if width > 0.3 else 1
        step = width / count
        corner = -width / 2
        places = [(row, column) for row in range(count) for column in range(count)]
        middle = (count - 1) / 2
        places.sort(key=lambda place: math.hypot(place[0] - middle, place[1] - middle))
        return tuple(
            Tile(
                field,
                number,
                corner + column * step,
                corner + (column + 1) * step,
                corner + row * step,
                corner + (row + 1) * step,
            )
            for number, (row, column) in enumerate(places)
        )

    def _real(self) -> GaiaStars:
        if self._gaia is None:
            self._gaia = gaia_stars(self._batches, 1.2 * self.size.side)
            self._batches = None
        return self._gaia

    def _parts(self, tile: Tile, random: np.random.Generator) -> tuple[Stars, Galaxies, Variables]:
        star, galaxy = self.limits(tile.field)
        # What everybody shall find is where all exposures of a small field look.
        show = min(0.3 * self.size.side, 0.1)
        return (
            make_stars(tile, self._real(), star, self.share, random),
            make_galaxies(tile, galaxy, self.share, random),
            make_variables(tile, self.share, show, random),
        )

    def _objects(self, tile: Tile) -> Objects:
        random = draw(self.seed, "tile", tile.field.name, tile.number)
        stars, galaxies, changing = self._parts(tile, random)
        a, b, c = len(stars.xi), len(galaxies.xi), len(changing.xi)
        one, none = np.ones, np.zeros
        ra, dec = unproject(
            np.concatenate([stars.xi, galaxies.xi, changing.xi]),
            np.concatenate([stars.eta, galaxies.eta, changing.eta]),
            tile.field.ra,
            tile.field.dec,
        )
        patch = tract(tile.field, self.size).find(ra, dec)
        number = (
            ((tile.field.tract * 100 + patch) << 40)
            | (tile.number << 24)
            | np.arange(1, a + b + c + 1)
        )
        # Some of the stars are two that eclipse each other.
        bright = (stars.magnitudes[:, 2] < ECLIPSING_TO) & (stars.gaia == 0)
        pair = bright & (uniform(self.seed, "pair", number[:a]) < ECLIPSING_PART)
        redshift = np.concatenate([none(a), galaxies.redshift, changing.redshift])
        return Objects(
            field=tile.field,
            id=number,
            patch=patch,
            ra=ra,
            dec=dec,
            pm_ra=np.concatenate([stars.pm_ra, none(b + c)]),
            pm_dec=np.concatenate([stars.pm_dec, none(b + c)]),
            parallax=np.concatenate([stars.parallax, none(b + c)]),
            galaxy=np.repeat([False, True, False], [a, b, c]),
            flux=flux_of(
                np.concatenate([stars.magnitudes, galaxies.magnitudes, changing.magnitudes])
            ),
            bulge=np.concatenate([none(a), galaxies.bulge, none(c)]),
            bulge_radius=np.concatenate([none(a), galaxies.bulge_radius, none(c)]),
            disk_radius=np.concatenate([none(a), galaxies.disk_radius, none(c)]),
            axis_ratio=np.concatenate([one(a), galaxies.axis_ratio, one(c)]),
            angle=np.concatenate([none(a), galaxies.angle, none(c)]),
            redshift=redshift,
            variable=np.concatenate(
                [np.where(pair, ECLIPSING, 0), none(b, dtype=np.int64), changing.kind]
            ),
            gaia=np.concatenate([stars.gaia, none(b + c, dtype=np.int64)]),
        )
