"""What there is in the sky: the truth that images and catalogues are made of."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey import variables
from lsp_jupyter.demo.survey.magnitudes import flux_of
from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.fields import BANDS, Field
from lsp_jupyter.demo.survey.galaxies import make_galaxies
from lsp_jupyter.demo.survey.orbits import Asteroids, make_asteroids
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.skymap import tract
from lsp_jupyter.demo.survey.stars import make_stars
from lsp_jupyter.demo.survey.supernovae import Supernovae, make_supernovae
from lsp_jupyter.demo.survey.tangent import unproject
from lsp_jupyter.demo.survey.visits import schedule

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["EPOCH", "Objects", "Sky", "Tile"]

#: When objects stand where `Objects.ra` and `Objects.dec` say: MJD, TAI.
EPOCH = 60_630.0

#: The width of a tile at most: degrees. It has some fifty thousand objects, most of them too faint
#: to be detected.
TILE = 0.25

#: Small bodies by field; that near the ecliptic has most of them.
ASTEROIDS = {"Rubin_SV_38_7": 18, "ECDFS": 6, "Fornax_dSph": 3}


@dataclass(frozen=True, slots=True)
class Tile:
    """A square part of a field that is made at once.

    Attributes
    ----------
    field : `Field`
        Which field.
    number : `int`
        Counts the tiles of the field.
    west, east, south, north : `float`
        Its edges in the plane that touches the sky at the field's centre: degrees, east positive.
    """

    field: Field
    number: int
    west: float
    east: float
    south: float
    north: float


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
        Whether it is a galaxy.
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
        Of galaxies; 0 for stars.
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
    """

    def __init__(self, size: Size, seed: int) -> None:
        self.size = size
        self.seed = seed
        self._gaia: npt.NDArray[np.float64] | None = None
        self._made: dict[tuple[str, int], Objects] = {}
        self._supernovae: dict[str, Supernovae] = {}
        self._asteroids: Asteroids | None = None

    def tiles(self, field: Field) -> tuple[Tile, ...]:
        """The tiles of a field: one if it is small."""
        count = max(1, math.ceil(self.size.side / TILE))
        step = self.size.side / count
        start = -self.size.side / 2
        return tuple(
            Tile(
                field,
                row * count + column,
                start + column * step,
                start + (column + 1) * step,
                start + row * step,
                start + (row + 1) * step,
            )
            for row in range(count)
            for column in range(count)
        )

    def objects(self, tile: Tile) -> Objects:
        """The stars and galaxies of a tile; always the same."""
        key = tile.field.name, tile.number
        found = self._made.get(key)
        if found is None:
            found = self._objects(tile)
            # Small surveys are kept whole; of large ones the tiles come one after the other.
            if self.size.side > TILE:
                self._made.clear()
            self._made[key] = found
        return found

    def positions(self, objects: Objects, mjd: float) -> tuple[Floats, Floats]:
        """Where objects are at a time: degrees, ICRS; proper motion counts, parallax does not."""
        years = (mjd - EPOCH) / 365.25 / 3.6e6
        dec = objects.dec + objects.pm_dec * years
        return objects.ra + objects.pm_ra * years / np.cos(np.radians(dec)), dec

    def flux(self, objects: Objects, band: str, mjd: float) -> Floats:
        """The flux of objects in a band at a time: nanojansky."""
        flux = objects.flux[:, BANDS.index(band)].copy()
        for index in np.flatnonzero(objects.variable):
            flux[index] *= variables.change(
                self.seed,
                int(objects.id[index]),
                int(objects.variable[index]),
                band,
                np.array(mjd),
            )
        return flux

    def supernovae(self, field: Field) -> Supernovae:
        """The supernovae of a field."""
        if field.name not in self._supernovae:
            tile = self.tiles(field)[0]
            self._supernovae[field.name] = make_supernovae(
                self.objects(tile), _area(tile), draw(self.seed, "supernovae", field.name)
            )
        return self._supernovae[field.name]

    def asteroids(self) -> Asteroids:
        """The small bodies of the solar system, each of which some exposure sees."""
        if self._asteroids is None:
            random = draw(self.seed, "asteroids")
            seen = []
            for name, count in ASTEROIDS.items():
                exposures = [
                    one for one in schedule(self.size, self.seed) if one.field.name == name
                ]
                # Nights of several exposures show that something moves.
                nights = Counter(one.day_obs for one in exposures)
                exposures.sort(key=lambda one: (-nights[one.day_obs], one.id))
                for index in range(count):
                    exposure = exposures[index % max(1, len(exposures) // 2)]
                    reach = 0.3 * self.size.side
                    ra, dec = unproject(
                        random.uniform(-reach, reach, 1),
                        random.uniform(-reach, reach, 1),
                        exposure.ra,
                        exposure.dec,
                    )
                    seen.append((float(ra[0]), float(dec[0]), exposure.mjd))
            self._asteroids = make_asteroids(seen, random)
        return self._asteroids

    def _objects(self, tile: Tile) -> Objects:
        random = draw(self.seed, "tile", tile.field.name, tile.number)
        stars = make_stars(tile, self._real(), random)
        galaxies = make_galaxies(tile, random)
        kinds = variables.kinds_of(tile.field.name, _area(tile), random)
        # Away from the edges, where every exposure sees them.
        margin = 0.15 * (tile.east - tile.west)
        xi = random.uniform(tile.west + margin, tile.east - margin, len(kinds))
        eta = random.uniform(tile.south + margin, tile.north - margin, len(kinds))
        changing = variables.magnitudes_of(kinds, random)
        a, b, c = len(stars.xi), len(galaxies.xi), len(kinds)

        def joined(of_stars: Any, of_galaxies: Any, of_variables: Any) -> Any:
            parts = zip((of_stars, of_galaxies, of_variables), (a, b, c), strict=True)
            return np.concatenate(
                [np.full(n, part) if np.isscalar(part) else part for part, n in parts]
            )

        ra, dec = unproject(
            joined(stars.xi, galaxies.xi, xi),
            joined(stars.eta, galaxies.eta, eta),
            tile.field.ra,
            tile.field.dec,
        )
        patch = tract(tile.field, self.size).find(ra, dec)
        number = np.arange(a + b + c)
        redshift = random.uniform(0.5, 2.5, c)
        return Objects(
            field=tile.field,
            id=((tile.field.tract * 100 + patch) << 40) | (tile.number << 24) | (number + 1),
            patch=patch,
            ra=ra,
            dec=dec,
            pm_ra=joined(stars.pm_ra, 0.0, 0.0),
            pm_dec=joined(stars.pm_dec, 0.0, 0.0),
            parallax=joined(stars.parallax, 0.0, 0.0),
            galaxy=joined(False, True, False),
            flux=flux_of(np.concatenate([stars.magnitudes, galaxies.magnitudes, changing])),
            bulge=joined(0.0, galaxies.bulge, 0.0),
            bulge_radius=joined(0.0, galaxies.bulge_radius, 0.0),
            disk_radius=joined(0.0, galaxies.disk_radius, 0.0),
            axis_ratio=joined(1.0, galaxies.axis_ratio, 1.0),
            angle=joined(0.0, galaxies.angle, 0.0),
            redshift=joined(0.0, galaxies.redshift, np.where(kinds == variables.AGN, redshift, 0)),
            variable=joined(0, 0, kinds),
            gaia=joined(stars.gaia, 0, 0),
        )

    def _real(self) -> npt.NDArray[np.float64]:
        """The real stars, read once."""
        if self._gaia is None:
            from lsp_jupyter.demo import gaia

            batches = list(gaia.read())
            names = {
                "source_id": "source_id",
                "ra": "ra",
                "dec": "dec",
                "g": "phot_g_mean_mag",
                "bp_rp": "bp_rp",
            }
            kinds = [(name, "i8" if name == "source_id" else "f8") for name in names]
            rows = np.empty(sum(batch.num_rows for batch in batches), kinds)
            for name, column in names.items():
                rows[name] = np.concatenate(
                    [batch.column(column).to_numpy(zero_copy_only=False) for batch in batches]
                )
            self._gaia = rows
        return self._gaia


def _area(tile: Tile) -> float:
    return (tile.east - tile.west) * (tile.north - tile.south)
