"""Rows of the Object table: what is measured on the coadds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.demo.survey.frame import Frame
from lsp_jupyter.demo.survey.measured.detection import Detections, detect
from lsp_jupyter.demo.survey.measured.object_band import Band
from lsp_jupyter.demo.survey.measured.object_blends import Blends, find_blends
from lsp_jupyter.demo.survey.measured.object_fits import band_fits, joint_fits
from lsp_jupyter.demo.survey.measured.object_flags import calibration_flags, pixel_flags
from lsp_jupyter.demo.survey.measured.object_fluxes import (
    aperture_fluxes,
    extendedness,
    gaap_fluxes,
    kron_fluxes,
    model_fluxes,
    point_fluxes,
)
from lsp_jupyter.demo.survey.measured.object_places import (
    Place,
    band_place,
    joint_place,
    place_columns,
    reference_place,
)
from lsp_jupyter.demo.survey.measured.object_shapes import higher_moments, psf_model, shapes
from lsp_jupyter.demo.survey.measured.photometry import degrees, digits
from lsp_jupyter.demo.survey.observing.fields import BANDS
from lsp_jupyter.demo.survey.schema import rubin_table
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.tables.exposures import release_fields
from lsp_jupyter.demo.survey.truth.sky import Sky

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Columns = dict[str, npt.NDArray[Any]]

__all__ = ["object_rows"]

#: Columns of each band that large surveys have.
NARROW = frozenset(
    {
        *("psfFlux", "psfFluxErr", "psfFlux_flag", "psfMag", "psfMagErr"),
        *("cModelFlux", "cModelFluxErr", "cModel_flag", "cModelMag", "cModelMagErr"),
        *("ap12Flux", "ap12FluxErr", "ap12Flux_flag", "extendedness", "extendedness_flag"),
        *("ixx", "iyy", "ixy", "i_flag", "inputCount", "epoch"),
        *("pixelFlags_saturatedCenter", "pixelFlags_nodata"),
    }
)

#: Significant digits: of values, and of errors, which those of their values follow.
DIGITS, ERROR_DIGITS = 5, 3


def object_rows(sky: Sky, size: Size, seed: int, release: str) -> Iterator[Frame]:
    """The objects of a release, tile by tile.

    Parameters
    ----------
    sky : `Sky`
        The truth.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    release : `str`
        ``dp1`` or ``dp2``, whose columns differ.

    Yields
    ------
    frame : mapping of `str` to `numpy.ndarray`
        The rows of a tile.
    """
    del seed  # It is the sky's.
    columns = {column.name: column.datatype for column in rubin_table(release, "Object").columns}
    for field in release_fields(release):
        for tile in sky.tiles(field):
            found = detect(sky, tile)
            made = _measured(found, size.wide)
            yield {name: made[name] for name in columns if name in made}


def _measured(found: Detections, wide: bool) -> Frame:
    """All that is known of the objects of a tile, for every release."""
    bands = [Band(found, place) for place in range(len(BANDS))]
    places = [band_place(one) for one in bands]
    reference = reference_place(found, places)
    blends = find_blends(found)
    made: Columns = {}
    for one, place in zip(bands, places, strict=True):
        columns = _of_band(one, place, reference, blends) if wide else _narrow(one)
        # What was never observed is not even known to be missing.
        nothing = not one.seen.any()
        for name, values in columns.items():
            made[f"{one.name}_{name}"] = _empty(values) if nothing else values
    made |= _of_object(found, reference, blends, made)
    if wide:
        made |= joint_fits(found, bands, joint_place(found, places))
        made["griz_model_extendedness"] = _mean([made[f"{b}_model_extendedness"] for b in "griz"])
    return _rounded(made)


def _of_band(one: Band, place: Place, reference: Place, blends: Blends) -> Columns:
    return {
        **place_columns(one, place, reference),
        **point_fluxes(one),
        **aperture_fluxes(one),
        **kron_fluxes(one),
        **gaap_fluxes(one),
        **model_fluxes(one),
        **extendedness(one),
        **shapes(one),
        **higher_moments(one),
        **psf_model(one),
        **band_fits(one),
        **blends.band_columns(one),
        **pixel_flags(one, blends),
        **calibration_flags(one, blends),
    }


def _narrow(one: Band) -> Columns:
    columns = {
        **point_fluxes(one),
        **aperture_fluxes(one, (12,)),
        **model_fluxes(one),
        **extendedness(one),
        **shapes(one),
        "inputCount": one.depth.count,
        "epoch": one.depth.epoch,
        "pixelFlags_saturatedCenter": one.saturated,
        "pixelFlags_nodata": ~one.seen,
    }
    return {name: values for name, values in columns.items() if name in NARROW}


def _of_object(found: Detections, place: Place, blends: Blends, made: Columns) -> Columns:
    """Columns that do not name a band."""
    n = len(found)
    random = found.random("reference")
    error = degrees(place.error)

    def reference(name: str) -> npt.NDArray[Any]:
        values = [np.ma.getdata(made[f"{band}_{name}"]) for band in BANDS]
        return np.asarray(np.stack(values)[found.reference, np.arange(n)])

    return {
        **blends.columns(found, place),
        "objectId": found.objects.id,
        "tract": np.full(n, found.tract.id),
        "patch": found.objects.patch,
        "coord_ra": place.ra,
        "coord_dec": place.dec,
        "coord_raErr": error,
        "coord_decErr": error * np.exp(0.02 * random.standard_normal(n)),
        "coord_ra_dec_Cov": error**2 * 0.03 * random.standard_normal(n),
        "coord_flag": np.isnan(error),
        "refBand": np.array(list(BANDS))[found.reference],
        "x": place.x,
        "y": place.y,
        "xErr": place.error,
        "yErr": place.error,
        "xy_flag": np.isnan(error),
        "ebv": found.objects.field.ebv * np.exp(0.03 * random.standard_normal(n)),
        "refExtendedness": reference("extendedness"),
        "shape_xx": reference("ixx"),
        "shape_yy": reference("iyy"),
        "shape_xy": reference("ixy"),
        "shape_flag": reference("i_flag"),
    } | (
        {"refSizeExtendedness": reference("sizeExtendedness")}
        if "r_sizeExtendedness" in made
        else {}
    )


def _empty(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """As many nulls of a kind."""
    if values.dtype.kind == "f":
        return np.full(len(values), np.nan)
    return np.ma.masked_array(np.zeros(len(values), values.dtype), True)


def _mean(values: list[npt.NDArray[Any]]) -> Floats:
    known = np.stack([np.asarray(each, float) for each in values])
    count = np.isfinite(known).sum(0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nan_to_num(known).sum(0) / count)


def _rounded(made: Columns) -> Columns:
    """Without digits that mean nothing."""
    rounded: Columns = {}
    for name, values in made.items():
        if values.dtype.kind == "f":
            error = made.get(f"{name}Err")
            if error is not None:
                values = digits(values, 3, of=error)
            elif name.endswith("Err"):
                values = digits(values, ERROR_DIGITS)
            else:
                # The day of an epoch has five digits, and its time another six.
                values = digits(values, 11 if name.endswith("_epoch") else DIGITS)
        rounded[name] = values
    return rounded
