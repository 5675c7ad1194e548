"""What the image workers do for mosaics."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter._version import __version__
from lsp_jupyter.errors import ParameterError, UsageError
from lsp_jupyter.images.butler.exposure import Exposure
from lsp_jupyter.images.butler.fits import ExposureFile, write
from lsp_jupyter.images.butler.planes import Image, Mask
from lsp_jupyter.images.butler.wcs import Wcs
from lsp_jupyter.images.damage import damage_told
from lsp_jupyter.images.mosaics.color import composed
from lsp_jupyter.images.mosaics.combine import Combination
from lsp_jupyter.images.mosaics.grid import Grid
from lsp_jupyter.images.mosaics.recipe import BANDS, Recipe
from lsp_jupyter.images.mosaics.resample import resampled
from lsp_jupyter.images.mosaics.source import Source, read, wcs_of
from lsp_jupyter.images.mosaics.stack import Stack, check_stack
from lsp_jupyter.images.pictures.encode import Picture
from lsp_jupyter.images.pictures.frame import rescaled
from lsp_jupyter.images.pictures.levels import Levels
from lsp_jupyter.images.pictures.look import Look
from lsp_jupyter.images.pictures.pyramid import TILE, halved
from lsp_jupyter.images.tasks import Report

if TYPE_CHECKING:
    import numpy.typing as npt
    from astropy.wcs import WCS

__all__ = ["mosaic"]


def mosaic(args: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Make a mosaic: FITS files, a picture, and what says how they came about.

    Parameters
    ----------
    args : mapping
        The ``recipe``, the ``paths`` of its images by identifier, what is known of them
        (``checksums``), the folder ``out``, and ``most`` pixels there may be.
    report : callable
        Told which ``fraction`` is done.

    Returns
    -------
    told : `dict`
        Names of the ``files``, and how many ``images`` are in them.
    """
    recipe = Recipe.from_dict(args["recipe"])
    out = Path(args["out"])
    every = {did: Source(did, args["paths"][did]) for did in recipe.dids}
    grid = _grid(recipe, list(every.values())).limited(args["most"])
    steps = sum(map(len, recipe.inputs.values())) + 1
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        report({"fraction": done / steps})

    if recipe.stack:
        check_stack(sum(map(len, recipe.inputs.values())), grid, args["most"])
    used: dict[str, list[dict[str, Any]]] = {}
    layers: list[npt.NDArray[np.float32]] = []
    scratch = Path(tempfile.mkdtemp(dir=out, prefix="."))
    about = {"product": recipe.id, "software": f"lsp_jupyter {__version__}"}
    stack = Stack(out / "stack.h5", grid, about) if recipe.stack else None
    try:
        for name, dids in recipe.inputs.items():
            inputs = [every[did] for did in dids]
            path = scratch / f"{name}.fits"
            image, used[name] = _combined(name, inputs, grid, recipe, path, stack, count)
            layers.append(image)
        if recipe.colored:
            _join(scratch, recipe, out / "mosaic.fits")
        else:
            path.rename(out / "mosaic.fits")
    finally:
        if stack is not None:
            stack.close()
        shutil.rmtree(scratch, ignore_errors=True)
    picture = _picture(recipe, layers, grid.wcs)
    (out / "preview.png").write_bytes(picture.encode("png"))
    told = recipe.to_dict()
    (out / "recipe.json").write_text(json.dumps(told, indent=2))
    provenance = {
        "product": recipe.id,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": f"lsp_jupyter {__version__}",
        "grid": grid.to_cards(),
        "inputs": used,
        "checksums": args.get("checksums", {}),
        "recipe": told,
    }
    (out / "provenance.json").write_text(json.dumps(provenance, indent=2))
    report({"fraction": 1.0})
    return {
        "files": sorted(path.name for path in out.iterdir()),
        "images": sum(map(len, used.values())),
    }


def _grid(recipe: Recipe, inputs: Sequence[Source]) -> Grid:
    if recipe.cards is not None:
        return Grid.of_cards(recipe.cards)
    frames = []
    for one in inputs:
        with damage_told(one.did), ExposureFile(one.path) as file:
            frames.append((wcs_of(file, one), (file.bbox.width, file.bbox.height)))
    return Grid.around(frames, recipe.scale)


def _combined(
    name: str,
    inputs: Sequence[Source],
    grid: Grid,
    recipe: Recipe,
    path: Path,
    stack: Stack | None,
    count: Callable[[], None],
) -> tuple[npt.NDArray[np.float32], list[dict[str, Any]]]:
    """Write the mosaic of some images; gives it, and which of them are in it."""
    shape = grid.rows, grid.columns
    combination = Combination(shape, recipe.combine, len(inputs), path.parent)
    if stack is not None:
        stack.begin(name, [one.did for one in inputs])
    used: list[dict[str, Any]] = []
    unit: str | None = None
    bits: dict[str, int] = {}
    for index, one in enumerate(inputs):
        with damage_told(one.did), ExposureFile(one.path) as file:
            if unit is not None and file.unit != unit:
                raise ParameterError(
                    f"The image {one.did} is in “{file.unit}”, those before it in “{unit}”.",
                    parameter="ID",
                    hint="Take images that are calibrated alike.",
                )
            unit = file.unit
            planes, wcs, weight = read(file, one, grid, bits)
        pixels = 0
        if planes is not None:
            exclude = sum(1 << bits[plane] for plane in recipe.exclude if plane in bits)
            flux = not any(word in unit for word in ("arcsec", "sr", "mag"))
            for part in resampled(planes, wcs, grid, recipe.resample, flux=flux):
                pixels += combination.add(index, part, weight, exclude)
                if stack is not None:
                    stack.put(name, index, part)
        if pixels:
            used.append({"id": one.did, "weight": weight, "pixels": pixels})
        count()
    image, variance = combination.done()
    if not used:
        raise UsageError(
            "None of the images has a pixel on the mosaic's grid.",
            hint="Search the images of that part of the sky, as by SIA with POS.",
        )
    if stack is not None:
        stack.tell(name, unit or "", bits)
    exposure = Exposure(
        Image(image, (0, 0), unit or ""),
        Mask(combination.mask, (0, 0), bits),
        Image(variance, (0, 0), f"({unit})**2" if unit else ""),
        wcs=Wcs(grid.wcs.to_header(relax=True)),
        metadata=_told(recipe, used),
    )
    write(exposure, path)
    _append(path, combination.number, grid, used)
    return image, used


def _told(recipe: Recipe, used: Sequence[Mapping[str, Any]]) -> Any:
    from astropy.io.fits import Header

    header = Header()
    header["ORIGIN"] = f"lsp_jupyter {__version__}"
    header["DATE"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    header["PRODUCT"] = (recipe.id, "name of the recipe it was made by")
    header["RESAMPLE"] = (recipe.resample, "how values between pixels were found")
    header["COMBINE"] = (recipe.combine, "how one value was made of several")
    header["NINPUTS"] = (len(used), "images in it; see the extension INPUTS")
    return header


def _append(
    path: Path, number: npt.NDArray[np.int16], grid: Grid, used: Sequence[Mapping[str, Any]]
) -> None:
    """Add how many images each pixel is made of, and which they are."""
    from astropy.io import fits

    header = grid.wcs.to_header(relax=True)
    with fits.open(path, "append") as hdus:
        hdus.append(fits.CompImageHDU(number, header, name="NUMBER", compression_type="RICE_1"))
        ids = np.array([one["id"].encode() for one in used])
        columns = [
            fits.Column("id", f"{ids.dtype.itemsize}A", array=ids),
            fits.Column("weight", "D", array=[one["weight"] for one in used]),
            fits.Column("pixels", "K", array=[one["pixels"] for one in used]),
        ]
        hdus.append(fits.BinTableHDU.from_columns(columns, name="INPUTS"))


def _join(folder: Path, recipe: Recipe, path: Path) -> None:
    """Put the files of three colours into one: image extensions are called by the colour."""
    from astropy.io import fits

    with ExitStack() as opened:
        parts: list[Any] = []
        for band in recipe.inputs:
            source = folder / f"{band}.fits"
            # Compressed pixels are copied as they are.
            hdus = opened.enter_context(fits.open(source, disable_image_compression=True))
            if not parts:
                parts.append(hdus[0])
            for hdu in hdus[1:]:
                name = "" if hdu.name == "IMAGE" else f"_{hdu.name}"
                hdu.name = f"{band.upper()}{name}"
                parts.append(hdu)
        fits.HDUList(parts).writeto(path)


def _picture(recipe: Recipe, layers: Sequence[npt.NDArray[np.float32]], wcs: WCS) -> Picture:
    about = {"title": "Mosaic", "identifier": recipe.id, "creator": f"lsp_jupyter {__version__}"}
    if not recipe.colored:
        image, factor = layers[0], 1
        while max(image.shape) > 2 * TILE:
            image, factor = halved(image), 2 * factor
        shown = Levels.of(image, Look()).paint(image)
        return Picture(shown, rescaled(wcs, factor, factor), about=about)
    by_name = dict(zip(recipe.inputs, layers, strict=True))
    told = recipe.color
    colors = composed(
        [by_name[band] for band in BANDS],
        told["composition"],
        balance=told["balance"],
        softness=told["softness"],
        look=Look.from_dict(told["look"]),
    )
    return Picture(colors, wcs, about=about)
