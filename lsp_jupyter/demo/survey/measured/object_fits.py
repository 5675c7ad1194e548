"""Profiles fitted to objects: bulge and disk in one band, Sersic and exponential in all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.frame import Frame
from lsp_jupyter.demo.survey.measured.detection import Detections
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.object_places import Place
from lsp_jupyter.demo.survey.measured.object_shapes import quadrupole
from lsp_jupyter.demo.survey.measured.photometry import degrees
from lsp_jupyter.demo.survey.sizes import PIXEL

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["band_fits", "joint_fits"]

#: The published radii of multiband fits are too small by this, as their descriptions say.
SMALLER = 2 * np.log(2)

#: What fits of one kind of profile to the other find, in units of the true flux and radius: a
#: de Vaucouleurs profile to a disk, and an exponential one to a bulge.
BULGE_OF_DISK, DISK_OF_BULGE = (1.15, 1.4), (0.85, 0.7)

#: Pixels that a fit uses beside those of the object itself.
FITTED = 400.0


def band_fits(one: Band) -> Frame:
    """Bulge and disk in one band, fitted one at a time (CModel)."""
    objects, n = one.all.objects, len(one)
    with np.errstate(divide="ignore"):
        scatter = np.where(one.seen, 1 / one.signal, np.nan)
    bulge = objects.bulge
    values = FITTED + 4 * np.nan_to_num(one.area)
    chi2 = 0.5 * (values + np.sqrt(2 * values) * one.normal("chi2"))
    chi2 = np.where(one.seen, chi2, np.nan)
    fraction = bulge + np.where(objects.galaxy, 0.0, 0.3) + 3 * scatter * one.normal("bulge")
    parts = {
        "dev": (
            bulge + BULGE_OF_DISK[0] * (1 - bulge),
            bulge * objects.bulge_radius + BULGE_OF_DISK[1] * (1 - bulge) * objects.disk_radius,
        ),
        "exp": (
            1 - bulge + DISK_OF_BULGE[0] * bulge,
            (1 - bulge) * objects.disk_radius + DISK_OF_BULGE[1] * bulge * objects.bulge_radius,
        ),
    }
    frame: dict[str, npt.NDArray[Any]] = {
        "bdChi2": chi2,
        "cModel_chi2": chi2,
        "cModel_fracDev": np.clip(fraction, 0, 1),
        "free_cModel_fracDev": np.clip(fraction + 0.5 * scatter * one.normal("free"), 0, 1),
    }
    first = second = np.zeros(n)
    for name, (excess, radius) in parts.items():
        old = {"dev": "B", "exp": "D"}[name]
        excess = np.where(objects.galaxy, excess, 1.0)
        chance = one.like(one.model_chance, 0.9, f"{name} flux")
        error = 1.05 * one.model_error
        flux = one.kept * excess + error * chance
        free = flux + 0.4 * error * one.normal(f"free {name} flux")
        # Points are fitted as something small.
        small = 0.1 * np.abs(one.normal(f"{name} point")) * scatter**0.5 * one.sigma * PIXEL
        major = np.hypot(radius * np.exp(np.fmin(scatter, 0.7) * one.normal(name)), small)
        ratio = objects.axis_ratio + 0.8 * scatter * one.normal(f"{name} ratio")
        ratio = np.clip(np.abs(ratio), 0.05, 1.0)
        angle = _angle(objects.angle + 30 * np.fmin(scatter, 3) * one.normal(f"{name} angle"))
        xx, yy, xy = quadrupole(major**2, (major * ratio) ** 2, angle)
        share = np.clip(fraction, 0, 1) if name == "dev" else 1 - np.clip(fraction, 0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = first + share * (xx - yy) / (xx + yy)
            second = second + share * 2 * xy / (xx + yy)
        frame |= {
            f"bdRe{old}": major * np.sqrt(ratio) / PIXEL,
            f"bdFlux{old}": flux,
            f"bdFlux{old}Err": error,
            f"cModel_{name}_reff_major": major,
            f"cModel_{name}_reff_minor": major * ratio,
            f"cModel_{name}_theta": np.where(one.seen, angle, np.nan),
            f"cModel_{name}Flux": flux,
            f"cModel_{name}FluxErr": error,
            f"free_cModel_{name}Flux": free,
            f"free_cModel_{name}FluxErr": error * (1 + 0.4**2) ** 0.5,
        }
    for kind in ("sersic", "exponential"):
        error = {"sersic": 1.08, "exponential": 1.03}[kind] * one.model_error
        chance = one.like(one.model_chance, 0.92, f"{kind} flux")
        excess = np.ones(n) if kind == "sersic" else parts["exp"][0]
        frame[f"{kind}Flux"] = one.kept * np.where(objects.galaxy, excess, 1.0) + error * chance
        frame[f"{kind}FluxErr"] = error
    return frame | {"bdE1": first, "bdE2": second}


def joint_fits(found: Detections, bands: Sequence[Band], place: Place) -> Frame:
    """Sersic and exponential profiles, each fitted to all bands at once."""
    objects = found.objects
    signal = np.sqrt(sum((one.signal**2 for one in bands), np.zeros(len(found))))
    sigma = np.nanmin([one.sigma for one in bands], axis=0) if len(found) else np.zeros(0)
    bulge = objects.bulge
    index = 1 + 3 * bulge
    radius = (1 - bulge) * objects.disk_radius + bulge * objects.bulge_radius
    frame: dict[str, npt.NDArray[Any]] = {}
    for kind in ("sersic", "exponential"):
        random = found.random(kind)
        normal = partial(random.standard_normal, len(found))
        if kind == "exponential":
            radius = (1 - 0.3 * bulge) * radius
        # What is known is the size behind the point-spread function.
        error = 1.2 * (radius / PIXEL + sigma) / signal
        point = 0.3 * sigma * signal**-0.5 * np.abs(normal())
        major = np.abs(np.where(objects.galaxy, radius / PIXEL + error * normal(), point)) + 1e-3
        uncertain = np.fmin(1.5 / signal, 0.5)
        ratio = np.clip(np.abs(objects.axis_ratio + uncertain * normal()), 0.05, 1)
        angle = _angle(objects.angle + np.degrees(np.fmin(1 / signal, 1)) * normal())
        xx, yy, xy = quadrupole(major**2, (major * ratio) ** 2, angle)
        steps = 6 + random.poisson(np.fmin(8 + 60 / signal, 30))
        values = FITTED * sum(one.seen for one in bands)
        quality = 1 + np.sqrt(2 / values) * normal()
        no = np.zeros(len(found), bool)
        better = 0.25 * signal * np.where(objects.galaxy, radius / (PIXEL * sigma), 0.0)
        frame |= {
            f"{kind}_x": place.x + 0.2 * place.error * normal(),
            f"{kind}_y": place.y + 0.2 * place.error * normal(),
            f"{kind}_xErr": place.error * 1.02,
            f"{kind}_yErr": place.error * 1.02,
            f"{kind}_raErr": degrees(place.error * 1.02),
            f"{kind}_decErr": degrees(place.error * 1.02),
            f"{kind}_ra_dec_Cov": degrees(place.error) ** 2 * 0.03 * normal(),
            f"{kind}_reff_x": np.sqrt(xx) / SMALLER,
            f"{kind}_reff_y": np.sqrt(yy) / SMALLER,
            f"{kind}_reff_xErr": error / SMALLER,
            f"{kind}_reff_yErr": error / SMALLER,
            f"{kind}_rho": xy / np.sqrt(xx * yy),
            f"{kind}_rhoErr": uncertain,
            f"{kind}_reff_major": major * PIXEL / SMALLER,
            f"{kind}_reff_minor": major * ratio * PIXEL / SMALLER,
            f"{kind}_theta": angle,
            f"{kind}_n_iter": steps,
            f"{kind}_n_eval_jac": steps - random.integers(0, 3, len(found)),
            f"{kind}_chisq_reduced": quality,
            f"{kind}_chi2_reduced": quality,
            f"{kind}_delta_lnL_fit_linear": -0.05 * random.exponential(1, len(found)),
            f"{kind}_delta_lnL_fit_ps": better**2 + random.exponential(1, len(found)),
            f"{kind}_unknown_flag": random.random(len(found)) < 0.001,
            f"{kind}_no_data_flag": no,
        }
        ra, dec = found.tract.wcs.pixel_to_sky(frame[f"{kind}_x"], frame[f"{kind}_y"])
        frame |= {f"{kind}_ra": ra, f"{kind}_dec": dec}
        if kind == "sersic":
            uncertain = np.clip(4 * index / signal, 0.01, 3.0)
            frame["sersic_index"] = np.clip(index + uncertain * normal(), 0.5, 6.0)
            frame["sersic_indexErr"] = uncertain
    return frame


def _angle(degree: Floats) -> Floats:
    """The same line's angle between -90 and 90 degrees."""
    return np.asarray((degree + 90) % 180 - 90)
