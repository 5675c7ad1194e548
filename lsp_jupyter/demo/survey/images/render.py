"""Making the images of a survey."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lsp_jupyter.demo.survey.images.coadd import coadd
from lsp_jupyter.demo.survey.images.dataset import Dataset
from lsp_jupyter.demo.survey.images.exposure import difference_image, expose, visit_image
from lsp_jupyter.demo.survey.images.file import write, write_counts
from lsp_jupyter.demo.survey.images.header import (
    calibration_cards,
    coadd_cards,
    raw_cards,
    visit_cards,
)
from lsp_jupyter.demo.survey.images.plan import Unit, plan
from lsp_jupyter.demo.survey.images.raw import bias, flat, raw
from lsp_jupyter.demo.survey.observing.camera import DETECTORS, INSTRUMENT, Detector
from lsp_jupyter.demo.survey.observing.skymap import SKYMAP
from lsp_jupyter.demo.survey.observing.skymap import tract as tract_of
from lsp_jupyter.demo.survey.observing.visits import Visit
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.truth.sky import Sky

__all__ = ["render"]


def render(
    size: Size,
    seed: int,
    folder: Path,
    only: Iterable[Unit] | None = None,
    sky: Sky | None = None,
) -> Iterator[Dataset]:
    """Make images and write them to files.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    folder : `~pathlib.Path`
        Where to; a folder for each dataset type is made in it.
    only : iterable of `Unit`, optional
        Those of `plan` to make, such as ``plan(sky, size, seed)[::2]`` in one of two processes;
        all if not given. What comes out does not depend on it.
    sky : `Sky`, optional
        The truth, if it is at hand.

    Yields
    ------
    dataset : `Dataset`
        Each as soon as its file is there.
    """
    sky = sky or Sky(size, seed)
    for unit in plan(sky, size, seed) if only is None else only:
        if unit.visit is None:
            yield _coadd(unit, sky, size, seed, folder)
        else:
            yield from _exposure(unit, unit.visit, sky, size=size, seed=seed, folder=folder)


def _coadd(unit: Unit, sky: Sky, size: Size, seed: int, folder: Path) -> Dataset:
    (kind,) = unit.types
    assert unit.patch is not None
    tract = tract_of(unit.field, size)
    patch = tract.patch(unit.patch)
    planes, coverage, psf = coadd(
        kind, sky, unit.patch, unit.field, unit.band, size=size, seed=seed
    )
    path = folder / kind / f"{kind}_{tract.id}_{patch.id}_{unit.band}_{SKYMAP}.fits"
    wcs = tract.patch_wcs(patch)
    cards = coadd_cards(unit.field, patch.id, unit.band, coverage.visits)
    write(path, planes, cards, wcs=wcs, psf=psf, origin=(patch.x, patch.y))
    return Dataset(
        kind,
        {"skymap": SKYMAP, "tract": tract.id, "patch": patch.id, "band": unit.band},
        path,
        patch.width,
        patch.height,
        patch.x,
        patch.y,
        wcs,
    )


def _exposure(
    unit: Unit, visit: Visit, sky: Sky, *, size: Size, seed: int, folder: Path
) -> Iterator[Dataset]:
    assert unit.detector is not None
    detector = DETECTORS[unit.detector]
    exposed = expose(sky, visit, detector.id, size, seed)
    wcs, psf = exposed.view.wcs, exposed.view.psf
    planes = visit_image(exposed)
    cards = visit_cards(visit, detector)
    for kind in unit.types:
        path = _path(folder, kind, visit, detector)
        data_id: dict[str, int | str] = {"instrument": INSTRUMENT, "detector": detector.id}
        match kind:
            case "visit_image":
                write(path, planes, cards, wcs=wcs, psf=psf)
                data_id["visit"] = visit.id
            case "difference_image":
                difference = difference_image(exposed, planes, size, seed)
                write(path, difference, cards, wcs=wcs, psf=psf)
                data_id["visit"] = visit.id
            case "raw":
                counts = raw(exposed.charge, visit, detector.id, seed)
                write_counts(path, counts, raw_cards(visit, detector, size), wcs)
                data_id["exposure"] = visit.id
            case "bias":
                write(path, bias(detector.id, size, seed), calibration_cards(kind, detector),
                      unit="adu")  # fmt: skip
            case "flat":
                made = flat(visit.band, detector.id, size, seed)
                own = {"FILTER": visit.physical_filter, "BAND": visit.band}
                write(path, made, calibration_cards(kind, detector) | own, unit="")
                data_id["physical_filter"] = visit.physical_filter
            case _:
                raise ValueError(kind)
        sky_image = kind not in ("bias", "flat")
        yield Dataset(
            kind,
            data_id,
            path,
            size.pixels,
            size.pixels,
            wcs=wcs if sky_image else None,
            visit=visit if sky_image else None,
        )


def _path(folder: Path, kind: str, visit: Visit, detector: Detector) -> Path:
    words: tuple[str | int, ...] = (visit.band, visit.physical_filter, visit.id)
    if kind == "bias":
        words = ()
    elif kind == "flat":
        words = words[:2]
    name = "_".join(map(str, (kind, INSTRUMENT, *words, detector.full_name)))
    return folder / kind / f"{name}.fits"
