"""Rows of ``DiaSource``: sources of difference images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.id_draws import normal, uniform
from lsp_jupyter.demo.survey.measured.centroids import place_errors, psf_moments
from lsp_jupyter.demo.survey.measured.difference import Difference, difference
from lsp_jupyter.demo.survey.measured.photometry import OWN, degrees, digits
from lsp_jupyter.demo.survey.measured.pixel_flags import footprint_radius, pixel_flags
from lsp_jupyter.demo.survey.measured.transients import SPOT, STAR
from lsp_jupyter.demo.survey.observing.camera import GAIN
from lsp_jupyter.demo.survey.sizes import PIXEL, Size
from lsp_jupyter.demo.survey.tables.exposures import release_fields

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.frame import Frame
    from lsp_jupyter.demo.survey.truth.sky import Sky

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

__all__ = ["dia_source_frame", "dia_source_rows"]

#: When the images of the first exposure were processed, MJD, TAI, and days for each further one.
PROCESSED, PROCESSING = 60_772.0, 25 / 86_400

#: Half of the side of the square in which points are fitted: pixels.
STAMP = 20

#: Radius of the aperture: pixels.
APERTURE = 12.0

#: Flags that nothing in this sky sets.
_NEVER = (
    *("pixelFlags", "pixelFlags_streak", "pixelFlags_streakCenter", "pixelFlags_injected"),
    *("pixelFlags_injectedCenter", "pixelFlags_injected_template"),
    *("pixelFlags_injected_templateCenter", "pixelFlags_nodataCenter", "psfFlux_flag"),
    *("psfFlux_flag_noGoodPixels", "forced_PsfFlux_flag", "forced_PsfFlux_flag_noGoodPixels"),
    *("shape_flag_no_pixels", "shape_flag_parent_source"),
)


def dia_source_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:  # noqa: ARG001
    """Rows of ``DiaSource``, tile by tile.

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
            yield dia_source_frame(sky, difference(sky, tile), release)


def dia_source_frame(sky: Sky, found: Difference, release: str) -> Frame:
    """The rows of ``DiaSource`` of a tile, in the order of its sources.

    Parameters
    ----------
    sky : `~lsp_jupyter.demo.survey.truth.sky.Sky`
        The truth.
    found : `Difference`
        What difference images of the tile show.
    release : `str`
        ``dp1`` or ``dp2``.
    """
    return _Rows(sky, found, sky.size, sky.seed).frame(release)


class _Rows:
    def __init__(self, sky: Sky, found: Difference, size: Size, seed: int) -> None:
        self.sky, self.found, self.size, self.seed = sky, found, size, seed
        self.sources = found.sources
        self.ids = found.sources.id
        psf = psf_moments(size, seed, found.tile.field.name)
        self.psf: Floats = psf[self.sources.visit, self.sources.detector]
        self.sigma = np.asarray(found.of_visits("psf_sigma"), float)
        self.rotation = np.asarray(found.of_visits("rotation"), float)
        self.kind = np.where(self.sources.target >= 0, found.targets.kind[self.sources.target], -1)
        self.reach = footprint_radius(self.sigma, self.sources.signal)

    def normal(self, purpose: str) -> Floats:
        return normal(self.seed, purpose, self.ids)

    def uniform(self, purpose: str) -> Floats:
        return uniform(self.seed, purpose, self.ids)

    def frame(self, release: str) -> Frame:
        sources, found = self.sources, self.found
        owners, bodies = found.owners(), self.sky.asteroids().id
        never = np.zeros(len(sources), bool)
        frame: dict[str, Array] = {
            "diaSourceId": self.ids,
            "visit": found.of_visits("id"),
            "detector": sources.detector,
            "band": found.of_visits("band"),
            "diaObjectId": _at(found.object_ids, owners),
            "ssObjectId": _at(bodies, sources.body),
            "parentDiaSourceId": np.zeros(len(sources), np.int64),
            "midpointMjdTai": found.of_visits("mjd"),
            "bboxSize": 2 * np.ceil(self.reach).astype(np.int64) + 1,
            "ra": sources.ra,
            "dec": sources.dec,
            "x": sources.x,
            "y": sources.y,
            "snr": digits(sources.signal, 4),
            "psfFlux": digits(sources.flux, 3, sources.error),
            "psfFluxErr": digits(sources.error, 4),
            "scienceFlux": digits(sources.direct, 3, sources.direct_error),
            "scienceFluxErr": digits(sources.direct_error, 4),
            "reliability": digits(self._reliability(), 4),
        }
        frame |= {
            name: digits(values, 4)
            for name, values in place_errors(sources.spread, self.psf, self.rotation).items()
        }
        frame |= dict.fromkeys(_NEVER, never)
        frame |= self._pixels() | self._aperture() | self._fit() | self._shapes()
        frame |= self._dipole(release) | self._trail(release)
        processed = PROCESSED + PROCESSING * (sources.visit + self.uniform("processed"))
        if release == "dp1":
            frame |= {
                "coord_ra": sources.ra,
                "coord_dec": sources.dec,
                "time_processed": processed,
            }
        else:
            frame |= {
                "timeProcessedMjdTai": processed,
                "isNegative": sources.flux < 0,
                "templateFlux": digits(sources.still, 3, sources.still_error),
                "templateFluxErr": digits(sources.still_error, 4),
                "glint_trail": never,
            }
        return frame

    def _reliability(self) -> Floats:
        """What a classifier says: near 1 for what is real, the more so the clearer it is."""
        doubt = 6 * np.exp(-self.sources.signal / 6) - 3.2
        chance = doubt + 0.9 * self.normal("reliability")
        real = 1 / (1 + np.exp(chance))
        spurious = 1 / (1 + np.exp(2.2 + 1.1 * self.normal("reliability")))
        return np.where((self.kind == SPOT) | (self.kind == STAR), spurious, real)

    def _pixels(self) -> dict[str, Array]:
        sources = self.sources
        # What is wrong with pixels is the same for all that is measured there.
        bodies = _at(self.sky.asteroids().id, sources.body)
        what = np.where(sources.target >= 0, self.found.targets.id[sources.target], bodies)
        flags: dict[str, Array] = {}
        for number, visit in enumerate(self.found.visits):
            here = np.flatnonzero(sources.visit == number)
            made = pixel_flags(
                visit,
                what[here],
                (sources.detector[here], sources.x[here], sources.y[here]),
                self.reach[here],
                sources.full[here],
                size=self.size,
                seed=self.seed,
            )
            for name, values in made.items():
                column = flags.setdefault(f"pixelFlags_{name}", np.zeros(len(sources), bool))
                column[here] = values
        # Many of the spots are what is left of cosmic rays.
        ray = (self.kind == SPOT) & (self.uniform("ray") < 0.25)
        for name in ("cr", "crCenter", "interpolated", "interpolatedCenter"):
            flags[f"pixelFlags_{name}"] |= ray
        return flags

    def _aperture(self) -> dict[str, Array]:
        """The flux in a circle, most of whose noise is that of pixels that no fit uses."""
        sources = self.sources
        area = 4 * np.pi * self.sigma**2
        noise = np.asarray(self.found.of_visits("noise"), float) ** 2
        electrons = np.asarray(self.found.of_visits("electrons"), float)
        own = np.maximum(sources.direct, 0) / electrons
        empty = np.maximum((sources.error**2 - OWN * own) / area, noise)
        error = np.sqrt(empty * np.pi * APERTURE**2 + own)
        rest = np.sqrt(np.maximum(error**2 - sources.error**2, 0))
        flux = sources.flux + rest * self.normal("aperture")
        cut = self._margin() < APERTURE
        return {
            "apFlux": digits(np.where(cut, np.nan, flux), 3, error),
            "apFluxErr": digits(np.where(cut, np.nan, error), 4),
            "apFlux_flag": cut,
            "apFlux_flag_apertureTruncated": cut,
        }

    def _margin(self) -> Floats:
        """Pixels to the nearest edge of the detector."""
        last = self.size.pixels - 0.5
        x, y = self.sources.x, self.sources.y
        return np.minimum(np.minimum(x + 0.5, last - x), np.minimum(y + 0.5, last - y))

    def _fit(self) -> dict[str, Array]:
        sources = self.sources
        sides = [
            np.minimum(np.rint(at) + STAMP, self.size.pixels - 1)
            - np.maximum(np.rint(at) - STAMP, 0)
            + 1
            for at in (sources.x, sources.y)
        ]
        count = np.maximum(sides[0] * sides[1], 1)
        chi2 = count + np.sqrt(2 * count) * self.normal("chi2")
        chi2 += np.nan_to_num(2 * (sources.lobe / sources.error) ** 2)
        near = self._margin() < STAMP / 2
        return {
            "psfNdata": count.astype(np.int64),
            "psfChi2": digits(chi2, 5),
            "psfFlux_flag_edge": near,
            "forced_PsfFlux_flag_edge": near,
            "centroid_flag": self.uniform("centroid") < 0.01,
            "trail_flag_edge": self._margin() < self.reach,
        }

    def _shapes(self) -> dict[str, Array]:
        """Moments of the light, in square arcseconds, with the noise of faint sources."""
        sources = self.sources
        scatter = self.sigma**2 * 2**0.5 / sources.signal
        stretched = np.nan_to_num((2 * self.sigma) ** 2 * (sources.lobe > 0)) + sources.trail**2
        cos, sin = np.cos(sources.along), np.sin(sources.along)
        longer = {"xx": cos**2, "xy": cos * sin, "yy": sin**2}
        failed = self.uniform("shape") < 0.12 * np.exp(-(sources.signal - 5) / 10)
        frame: dict[str, Array] = {"shape_flag": failed, "shape_flag_not_contained": failed}
        sum_of = np.zeros(len(sources))
        for number, (axes, part) in enumerate(longer.items()):
            own = self.psf[:, number] + part * stretched / 12
            noise = scatter * (2**-0.5 if axes == "xy" else 1.0) * self.normal(f"moment {axes}")
            moment = np.where(failed, np.nan, own + noise)
            if axes != "xy":
                sum_of += moment
            frame[f"i{axes}"] = digits(moment * PIXEL**2, 4)
            frame[f"i{axes}PSF"] = digits(self.psf[:, number] * PIXEL**2, 5)
        larger = sum_of / (self.psf[:, 0] + self.psf[:, 2])
        frame["extendedness"] = np.where(failed, np.nan, (larger > 1.3).astype(float))
        return frame

    def _dipole(self, release: str) -> dict[str, Array]:
        """A fit of two lobes; tried where there are pixels of either sign."""
        sources = self.sources
        tried = np.isfinite(sources.lobe) | (self.uniform("dipole") < 0.15)
        real = np.isfinite(sources.lobe)
        error = sources.error * 2**-0.5
        lobe = np.where(real, sources.lobe, 0.6 * np.abs(sources.flux))
        mean = lobe + error * self.normal("lobes")
        length = 2 * self.sigma * np.exp(0.15 * self.normal("dipole length"))
        # Stamps of five widths on either side.
        count = (2 * np.ceil(5 * self.sigma) + 1).astype(np.int64) ** 2
        chi2 = 1 + np.sqrt(2 / count) * self.normal("dipole chi2")
        chi2 += np.where(real, 0.0, sources.signal**2 / count)
        angle = self._bearing(sources.along) if release == "dp2" else np.degrees(sources.along)
        scale = PIXEL if release == "dp2" else 1.0
        # In Data Preview 1 the mean was not calibrated.
        count_flux = 1.0 if release == "dp2" else np.asarray(self._counts())

        def where(values: Floats, n: int = 4) -> Floats:
            return digits(np.where(tried, values, np.nan), n)

        return {
            "isDipole": real,
            "dipoleFitAttempted": tried,
            "dipoleMeanFlux": where(mean * count_flux),
            "dipoleMeanFluxErr": where(error * count_flux),
            "dipoleFluxDiff": where(sources.flux),
            "dipoleFluxDiffErr": where(error * 2),
            "dipoleLength": where(length * scale),
            "dipoleAngle": where(angle, 5),
            "dipoleChi2": where(chi2, 5),
            "dipoleNdata": np.ma.masked_array(count, ~tried),
        }

    def _counts(self) -> Floats:
        """Counts of the detector for a nanojansky."""
        return np.asarray(self.found.of_visits("electrons"), float) / GAIN

    def _bearing(self, along: Floats) -> Floats:
        """From north through east, of a direction from the x axis: degrees from 0 to 360."""
        turned = np.radians(self.rotation)
        x, y = np.cos(along), np.sin(along)
        east = y * np.sin(turned) - x * np.cos(turned)
        north = x * np.sin(turned) + y * np.cos(turned)
        return np.asarray(np.degrees(np.arctan2(east, north)) % 360)

    def _trail(self, release: str) -> dict[str, Array]:
        """A fit of a trail: of points it finds one as long as the noise makes it."""
        sources = self.sources
        spread = sources.spread
        length = np.hypot(
            sources.trail + spread * self.normal("trail"), 1.5 * spread * self.normal("trail x")
        )
        turn = spread / np.maximum(length, spread) * self.normal("trail angle")
        stationary = sources.trail == 0
        angle = np.where(stationary, np.pi * (self.uniform("trail turn") - 0.5), sources.along)
        angle = angle + turn
        ratio = np.sqrt(1 + length**2 / 24 / self.sigma**2)
        flux = sources.flux * ratio + 0.3 * sources.error * self.normal("trail flux")
        shift = degrees(0.4 * spread)
        frame: dict[str, Array] = {
            "trailFlux": digits(flux, 3, sources.error),
            "trailRa": sources.ra
            + shift * self.normal("trail ra") / np.cos(np.radians(sources.dec)),
            "trailDec": sources.dec + shift * self.normal("trail dec"),
        }
        if release == "dp1":
            return frame | {
                "trailLength": digits(length, 4),
                "trailAngle": digits((angle + np.pi / 2) % np.pi - np.pi / 2, 5),
            }
        return frame | {
            "trailFluxErr": digits(1.04 * sources.error * ratio, 4),
            "trailLength": digits(length * PIXEL, 4),
            "trailAngle": digits(self._bearing(angle), 5),
        }


def _at(values: Array, places: Array) -> Array:
    """The values at places; 0 where the place is -1."""
    return np.where(places >= 0, values[places] if len(values) else 0, 0)
