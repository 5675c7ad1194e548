"""What the observatory's quick analysis finds in each detector of each exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.demo.survey.draws import draw
from lsp_jupyter.demo.survey.observing.camera import DETECTORS, GAIN, READ_NOISE, SATURATION
from lsp_jupyter.demo.survey.observing.conditions import seeing_at_zenith
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.observing.visits import (
    AB_NANOJANSKY,
    EXTINCTION,
    SKY,
    ZERO_POINTS,
    Visit,
)
from lsp_jupyter.demo.survey.sizes import PIXEL, Size

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsp_jupyter.demo.survey.truth.sky import Sky

    Floats = npt.NDArray[np.float64]

__all__ = ["aggregates", "detector_counts", "measurements"]

#: Pixels: the standard deviation of the image of a star to which effective times refer.
FIDUCIAL_SIGMA = 1.0 / PIXEL / 2.354820045

#: A point source is bright enough to model stars from it, and no more counted as faint.
BRIGHT = 50.0


def measurements(visits: Sequence[Visit], seed: int) -> dict[str, Floats]:
    """What is measured from the pixels.

    Parameters
    ----------
    visits : sequence of `Visit`
        ``v`` exposures.
    seed : `int`
        Of the survey.

    Returns
    -------
    values : `dict` of `str` to `numpy.ndarray`, shape ``(v, 9)``
        By the names that the columns of ``ccdvisit1_quicklook`` have, for each detector.
    """
    rows = [_measure(visit, seed) for visit in visits]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _measure(visit: Visit, seed: int) -> dict[str, Floats]:
    # The detectors differ a little from the exposure's mean.
    random = draw(seed, "quicklook", visit.id)
    count = len(DETECTORS)

    def scatter(width: float) -> Floats:
        return width * random.standard_normal(count)

    def positive(width: float) -> Floats:
        return np.asarray(width * np.exp(0.3 * random.standard_normal(count)))

    sigma = visit.psf_sigma * (1 + scatter(0.012))
    e1, e2 = (0.02 * random.standard_normal() + scatter(0.008) for _ in range(2))
    area = 4 * np.pi * sigma**2
    sky = visit.sky / GAIN * (1 + scatter(0.008))
    noise = np.sqrt(sky * GAIN + READ_NOISE**2) / GAIN
    # Of one count in the whole exposure.
    zero_point = visit.zero_point - 2.5 * np.log10(GAIN) + scatter(0.004)
    sigma_scale = (FIDUCIAL_SIGMA / sigma) ** 2
    fiducial = ZERO_POINTS[visit.band] - EXTINCTION[visit.band] + 2.5 * np.log10(visit.exposure)
    zero_scale = 10 ** (0.8 * (zero_point + 2.5 * np.log10(GAIN) - fiducial))
    dark = 10 ** ((fiducial - SKY[visit.band]) / 2.5) * PIXEL**2 / GAIN
    sky_scale = dark / sky
    size_scatter = positive(0.02)
    return {
        "photometric_calib": 10 ** ((AB_NANOJANSKY - zero_point) / 2.5),
        "psf_sigma": sigma,
        "sky_bg": sky,
        "sky_noise": noise,
        "zero_point": zero_point,
        "seeing_zenith_500nm": sigma * seeing_at_zenith(1.0, visit),
        "pixel_scale": PIXEL + scatter(2e-6),
        "astrom_offset_mean": np.abs(scatter(0.004)) + 0.001,
        "astrom_offset_std": positive(0.012),
        "eff_time": visit.exposure * sigma_scale * sky_scale * zero_scale,
        "eff_time_psf_sigma_scale": sigma_scale,
        "eff_time_sky_bg_scale": sky_scale,
        "eff_time_zero_point_scale": zero_scale,
        "stats_mag_lim": zero_point - 2.5 * np.log10(5 * noise * np.sqrt(area)),
        "mean_var": noise**2,
        "psf_area": area,
        "psf_ixx": sigma**2 * (1 + e1),
        "psf_ixy": sigma**2 * e2,
        "psf_iyy": sigma**2 * (1 - e1),
        "psf_star_delta_e1_median": scatter(0.002),
        "psf_star_delta_e2_median": scatter(0.002),
        "psf_star_delta_e1_scatter": positive(0.012),
        "psf_star_delta_e2_scatter": positive(0.012),
        "psf_star_delta_size_median": scatter(0.002),
        "psf_star_delta_size_scatter": size_scatter,
        "psf_star_scaled_delta_size_scatter": size_scatter / sigma**2,
        "psf_trace_radius_delta": positive(0.04),
        "psf_ap_flux_delta": positive(0.012),
        "psf_ap_corr_sigma_scaled_delta": positive(0.006),
        "postisr_pixel_median": sky * (1 + scatter(0.001)),
    }


def detector_counts(visits: Sequence[Visit], sky: Sky, size: Size) -> dict[str, Floats]:
    """How many sources of the true sky each detector sees.

    Parameters
    ----------
    visits : sequence of `Visit`
        ``v`` exposures.
    sky : `Sky`
        What there is.
    size : `Size`
        Of the survey.

    Returns
    -------
    values : `dict` of `str` to `numpy.ndarray` of `float`, shape ``(v, 9)``
        ``n_psf_star``, ``low_snr_source_count``, ``high_snr_source_count`` and
        ``max_dist_to_nearest_psf`` (pixels).
    """
    shape = (len(visits), len(DETECTORS))
    names = ("n_psf_star", "low_snr_source_count", "high_snr_source_count")
    found = {name: np.zeros(shape) for name in names}
    far = np.full(shape, size.pixels * 2**0.5)
    for row, visit in enumerate(visits):
        for tile in sky.tiles(visit.field):
            objects = sky.objects(tile)
            detector, x, y = visit.covers(objects.ra, objects.dec, size)
            flux = objects.flux[:, BANDS.index(visit.band)]
            signal = flux / (visit.noise * (4 * np.pi) ** 0.5 * visit.psf_sigma)
            # The brightest pixel of a Gaussian image.
            peak = flux * visit.electrons / (2 * np.pi * visit.psf_sigma**2) + visit.sky
            model = ~objects.galaxy & (signal > BRIGHT) & (peak < SATURATION)
            for each in range(len(DETECTORS)):
                on = detector == each
                found["n_psf_star"][row, each] += (on & model).sum()
                found["low_snr_source_count"][row, each] += (
                    on & (signal > 5) & (signal <= BRIGHT)
                ).sum()
                found["high_snr_source_count"][row, each] += (on & (signal > BRIGHT)).sum()
                if (on & model).any():
                    here = _farthest(x[on & model], y[on & model], size.pixels)
                    far[row, each] = min(far[row, each], here)
    return found | {"max_dist_to_nearest_psf": far}


def _farthest(x: Floats, y: Floats, pixels: int) -> float:
    """How far a pixel of a detector can be from the nearest of some stars."""
    grid = np.linspace(0, pixels - 1, 17)
    stars = slice(0, 400)
    squares = (grid[:, None, None] - x[stars]) ** 2 + (grid[None, :, None] - y[stars]) ** 2
    return float(np.sqrt(squares.min(axis=-1).max()))


def aggregates(values: Mapping[str, Floats]) -> dict[str, Floats]:
    """The least, greatest and middle of each measurement over the detectors of an exposure.

    Parameters
    ----------
    values : mapping of `str` to `numpy.ndarray`, shape ``(v, 9)``
        Measurements.

    Returns
    -------
    made : `dict` of `str` to `numpy.ndarray`, shape ``(v,)``
        With ``_min``, ``_max`` and ``_median`` after the name, and ``_total`` for counts.
    """
    made: dict[str, Floats] = {}
    for name, value in values.items():
        made[f"{name}_min"] = value.min(axis=1)
        made[f"{name}_max"] = value.max(axis=1)
        made[f"{name}_median"] = np.median(value, axis=1)
        if name.endswith("_count") or name == "n_psf_star":
            made[f"{name}_total"] = value.sum(axis=1)
    return made
