"""What difference images may show at fixed places: what varies, what explodes and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.id_draws import normal, uniform
from lsp_jupyter.demo.survey.images.psf import Psf
from lsp_jupyter.demo.survey.measured.light import Light
from lsp_jupyter.demo.survey.measured.looks import field_visits, look
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.observing.skymap import tract
from lsp_jupyter.demo.survey.observing.tangent import project, unproject
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import PIXEL
from lsp_jupyter.demo.survey.truth.magnitudes import flux_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Sky, Tile

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["SPOT", "STAR", "SUPERNOVA", "VARIABLE", "Transients"]

#: Kinds of targets: variable objects, supernovae, bright stars that are not subtracted well, and
#: spots where something in the detector or the air left light in one exposure.
VARIABLE, SUPERNOVA, STAR, SPOT = range(4)

#: Spots in a million pixels of an exposure. Real difference images have some ten times as many.
SPOTS = 1.0

#: Stars so bright in any band may be left as dipoles: AB magnitude.
BRIGHT = 20.5

#: The part of their exposures in which such stars are off their place in the template, and by how
#: much at least: pixels.
OFF, SHIFT = 0.02, 0.03


class Transients:
    """Targets of difference images in a tile; arrays of one length.

    Parameters
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    tile : `~lsp_jupyter.demo.survey.truth.sky.Tile`
        The part of a field.

    Attributes
    ----------
    id : `numpy.ndarray` of `int`
        Of objects and supernovae the id in the tables of the truth; negative for spots.
    kind : `numpy.ndarray` of `int`
        `VARIABLE`, `SUPERNOVA`, `STAR` or `SPOT`.
    ra, dec : `numpy.ndarray`
        In the middle of the survey: degrees, ICRS.
    patch : `numpy.ndarray` of `int`
        The patch of the tract that each is in.
    """

    def __init__(self, sky: Sky, tile: Tile) -> None:
        objects = sky.objects(tile)
        self._sky, self._tile, self._objects = sky, tile, objects
        self._varying = np.flatnonzero(objects.variable)
        self._light = sky.light(objects)
        bright = objects.flux.max(axis=1) > flux_of(np.array(BRIGHT))
        self._stars = np.flatnonzero(bright & ~objects.galaxy & (objects.variable == 0))
        supernovae = sky.supernovae(tile.field)
        self._supernovae = supernovae
        field = tile.field
        self._exploded = np.flatnonzero(
            tile.holds(*project(supernovae.ra, supernovae.dec, field.ra, field.dec))
        )
        spots = self._spots()
        fixed = np.concatenate([self._varying, self._stars])
        self.id: Integers = np.concatenate(
            [objects.id[fixed], supernovae.id[self._exploded], spots[0]]
        )
        self.kind: Integers = np.repeat(
            [VARIABLE, STAR, SUPERNOVA, SPOT],
            [len(self._varying), len(self._stars), len(self._exploded), len(spots[0])],
        )
        self.ra: Floats = np.concatenate(
            [objects.ra[fixed], supernovae.ra[self._exploded], spots[1]]
        )
        self.dec: Floats = np.concatenate(
            [objects.dec[fixed], supernovae.dec[self._exploded], spots[2]]
        )
        self.patch: Integers = tract(field, sky.size).find(self.ra, self.dec)
        self._when, self._spot_light = spots[3], spots[4]
        self._hosts()

    def __len__(self) -> int:
        return len(self.id)

    def _spots(self) -> tuple[Integers, Floats, Floats, Integers, Floats]:
        """Numbers, places, exposures and fluxes of spots."""
        sky, tile = self._sky, self._tile
        numbers, places, times, lights = [], [], [], []
        for visit in field_visits(sky, tile.field.name):
            random = draw(sky.seed, "spots", visit.id, tile.number)
            # Of a tile that an exposure sees in part, most spots are beside it.
            count = min(random.poisson(SPOTS * tile.area * (3600 / PIXEL) ** 2 / 1e6), 255)
            ra, dec = unproject(*tile.scatter(count, random), tile.field.ra, tile.field.dec)
            seen = look(visit, ra, dec, sky.size)
            signal = 4.5 + random.exponential(5.0, count)
            signal *= np.where(random.random(count) < 0.7, 1, -1)
            number = (visit.id << 20) | (tile.number << 8) | np.arange(count)
            numbers.append(-number[seen.index])
            places.append(np.stack([ra, dec])[:, seen.index])
            times.append(np.full(len(seen), visit.id))
            lights.append(signal[seen.index] * seen.error(np.zeros(len(seen))))
        ra, dec = np.concatenate(places, axis=1)
        return np.concatenate(numbers), ra, dec, np.concatenate(times), np.concatenate(lights)

    def _hosts(self) -> None:
        """Find the galaxies that supernovae are in: in the large sizes perhaps of other tiles."""
        objects, supernovae = self._objects, self._supernovae
        order = np.argsort(objects.id)
        wanted = supernovae.host[self._exploded]
        place = np.searchsorted(objects.id, wanted, sorter=order)
        host = order[np.minimum(place, len(order) - 1)]
        known = objects.id[host] == wanted
        xi, eta = project(
            supernovae.ra[self._exploded],
            supernovae.dec[self._exploded],
            self._tile.field.ra,
            self._tile.field.dec,
        )
        x, y = project(
            objects.ra[host], objects.dec[host], self._tile.field.ra, self._tile.field.dec
        )
        self._host = host
        self._host_light = Light.of(objects)[host]
        self._host_flux = np.where(known[:, None], objects.flux[host], 0.0)
        self._host_distance: Floats = np.hypot(x - xi, y - eta) * 3600 / PIXEL

    def still(self, visit: Visit) -> Floats:
        """What a fit of a point finds in the template, as sharp as an exposure: nanojansky."""
        band = BANDS.index(visit.band)
        fixed = np.concatenate([self._varying, self._stars])
        hosts = self._host_flux[:, band] * beneath(
            self._host_light, visit.psf_sigma, self._host_distance
        )
        return np.concatenate(
            [self._objects.flux[fixed, band], hosts, np.zeros(len(self._spot_light))]
        )

    def change(self, visit: Visit) -> Floats:
        """By how much more light there is in an exposure than in the template: nanojansky."""
        band = BANDS.index(visit.band)
        mean = self._objects.flux[self._varying, band]
        return np.concatenate(
            [
                mean * (self._light.change(visit.band, visit.mjd) - 1),
                np.zeros(len(self._stars)),
                self._supernovae.flux(visit.band, visit.mjd)[self._exploded],
                np.where(self._when == visit.id, self._spot_light, 0.0),
            ]
        )

    def lobes(self, visit: Visit) -> Floats:
        """The light of each of the two lobes that stars leave which are off their place.

        Parameters
        ----------
        visit : `Visit`
            The exposure.

        Returns
        -------
        light : `numpy.ndarray`
            Nanojansky; 0 for what leaves none.
        """
        seed, ids = self._sky.seed, self._objects.id[self._stars]
        off = uniform(seed, f"off in {visit.id}", ids) < OFF
        shift = SHIFT * (1 + np.abs(normal(seed, f"shift in {visit.id}", ids)))
        flux = self._objects.flux[self._stars, BANDS.index(visit.band)]
        # Half of the light of the derivative of a Gaussian.
        light = off * flux * shift / visit.psf_sigma / (2 * np.pi) ** 0.5
        made = np.zeros(len(self))
        made[len(self._varying) : len(self._varying) + len(self._stars)] = light
        return made


def beneath(light: Light, sigma: float, distance: Floats) -> Floats:
    """The part of the light of galaxies that a fit of a point beside them finds.

    Parameters
    ----------
    light : `Light`
        How theirs is spread.
    sigma : `float`
        Width of the point-spread function: pixels.
    distance : `numpy.ndarray`, shape ``(n,)``
        Of the points from the middles of the galaxies: pixels.
    """
    psf = Psf(sigma)
    found = np.zeros(len(distance))
    for first, width in zip(psf.weights, psf.widths, strict=True):
        for second, other in zip(psf.weights, psf.widths, strict=True):
            both = width**2 + other**2
            # A round profile of the same area stands for an ellipse.
            area = np.sqrt((both + light.major) * (both + light.minor))
            found += (
                first * second * (light.weights * np.exp(-(distance**2) / 2 / area) / area).sum(0)
            )
    return found * 2 * sigma**2
