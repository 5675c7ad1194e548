"""``lsp hips``: hierarchical surveys of the images of a release."""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.file import ImageFile
    from lsp_jupyter.images.hips.crew import Crew
    from lsp_jupyter.images.hips.make import Made, Recipe

__all__ = ["add_hips", "make_surveys"]

#: What surveys are made of, if nothing else is asked for: the first that there is.
_TYPES = ("deep_coadd", "template_coadd")
#: Images that are told one by one.
_SHOWN = 20


def add_hips(commands: Any) -> None:
    """Add the arguments of ``lsp hips``.

    Parameters
    ----------
    commands : subparsers action
        Of the whole command.
    """
    one = commands.add_parser(
        "hips",
        help="make hierarchical pictures (HiPS) of the images of a release",
        description="Make a hierarchical survey (HiPS) of each band of a release, and one in "
        "colour. Run it again when images were added: only tiles that they touch are made again.",
    )
    one.add_argument("release", help="whose images, such as dp1")
    one.add_argument("--type", metavar="NAME", help="their dataset type (default: deep_coadd)")
    one.add_argument("--bands", metavar="BANDS", help="such as gri (default: all)")
    one.add_argument(
        "--color",
        metavar="R,G,B",
        help="bands for red, green and blue, or none (default: those nearest to i, r and g)",
    )
    one.add_argument("--order", type=int, help="of the finest tiles (default: as fine as images)")
    one.add_argument("--method", default="bilinear", help="nearest, bilinear, bicubic or exact")
    one.add_argument("--exclude", default="NO_DATA", metavar="PLANES", help="of masks, left out")
    one.add_argument("--pictures", default="png", choices=("png", "jpeg"), help="form of tiles")
    one.add_argument("--stretch", default="asinh", help="of pictures: linear, sqrt, log or asinh")
    one.add_argument("--limits", default="99.95", help="of pictures: a percentage, or 'LOW HIGH'")
    one.add_argument("--full", action="store_true", help="make everything again")
    one.add_argument(
        "--state", type=Path, help="state folder (default: $LSP_HOME, or your data folder)"
    )


def make_surveys(config: LspConfig, options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Make surveys of a release, or bring them up to date.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Names the state folder and the authority.
    options : `argparse.Namespace`
        Parsed arguments of ``lsp hips``.
    out, err : text files
        For what was asked for, and for how it goes.

    Returns
    -------
    code : `int`
        0 if all images are in them; 1 if some could not be used, which are told.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if there are no such images, or they cannot be used at all.
    """
    return asyncio.run(_make(config, options, out, err))


async def _make(config: LspConfig, options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from lsp_jupyter.catalogs.meter import Bar
    from lsp_jupyter.images.hips.crew import Crew
    from lsp_jupyter.images.standalone import opened_images

    bar = Bar(err, "tiles")
    try:
        async with opened_images(config, "hips") as (archive, pool):
            return await _Run(config, options, archive, Crew(pool, bar)).make(out, err, bar)
    finally:
        bar.close()


class _Run:
    """One command."""

    def __init__(
        self, config: LspConfig, options: argparse.Namespace, archive: ImageArchive, crew: Crew
    ) -> None:
        from lsp_jupyter.images.repositories import find_repository

        self._config = config
        self._options = options
        self._archive = archive
        self._crew = crew
        self._release = find_repository(config.state(), options.release).release
        self._root = config.state() / "hips" / self._release

    async def make(self, out: TextIO, err: TextIO, bar: Any) -> int:
        kind = self._type()
        files = await asyncio.to_thread(self._files, kind)
        # What cannot be is told before hours of work.
        colors = self._colors(list(files))
        recipe = await self._recipe([one for some in files.values() for one in some])
        failed: dict[str, str] = {}
        folders = {}
        for band, some in files.items():
            name = f"{kind}_{band}" if band else kind
            folders[band] = self._root / name
            bar.say(f"{self._release}/{name}")
            started = time.monotonic()
            made = await self._band(folders[band], some, recipe, name)
            failed |= made.failed
            self._tell(out, name, made, started)
        if colors:
            name = f"{kind}_{''.join(colors)}"
            bar.say(f"{self._release}/{name}")
            started = time.monotonic()
            made = await self._color(
                self._root / name, {band: folders[band] for band in colors}, recipe, name
            )
            self._tell(out, name, made, started)
        bar.close()
        _tell_failures(failed, err)
        return 1 if failed else 0

    async def _band(
        self, folder: Path, files: Sequence[ImageFile], recipe: Recipe, name: str
    ) -> Made:
        from lsp_jupyter.images.hips.make import BandSurvey
        from lsp_jupyter.images.hips.record import Record

        if self._options.full:
            await asyncio.to_thread(Record.forget, folder)
        band = files[0].band
        title = f"{self._release} {files[0].dataset_type}" + (f", {band} band" if band else "")
        survey = BandSurvey(folder, recipe, self._crew, self._archive.local)
        return await survey.make(files, self._facts(name, title, files[0].dataset_type))

    async def _color(
        self, folder: Path, bands: Mapping[str, Path], recipe: Recipe, name: str
    ) -> Made:
        from lsp_jupyter.images.hips.composite import make_color
        from lsp_jupyter.images.hips.record import Record

        if self._options.full:
            await asyncio.to_thread(Record.forget, folder)
        kind = self._type()
        title = f"{self._release} {kind}, colour of {', '.join(bands)}"
        facts = self._facts(name, title, kind)
        return await make_color(folder, bands, recipe.kind, self._crew, facts)

    def _facts(self, name: str, title: str, kind: str) -> dict[str, str]:
        private = self._archive.restricted(self._release)
        return {
            "creator_did": f"ivo://{self._config.authority}/hips/{self._release}/{name}",
            "obs_title": title,
            "obs_collection": self._release,
            "obs_regime": "Optical",
            "prov_progenitor": kind,
            "hips_creator": self._config.authority,
            "hips_status": f"{'private' if private else 'public'} master clonableOnce",
        }

    def _type(self) -> str:
        from lsp_jupyter.errors import NotFoundError

        types = self._archive.index.types(self._release)
        usual = tuple(types) if len(types) == 1 else _TYPES
        wanted = (self._options.type,) if self._options.type else usual
        for name in wanted:
            if name in types:
                return str(name)
        missing = " or ".join(wanted)
        raise NotFoundError(
            f"{self._release} has no images of the type {missing}.",
            hint=f"Name another one with --type: it has {', '.join(types)}.",
        )

    def _files(self, kind: str) -> dict[str, list[ImageFile]]:
        from lsp_jupyter.errors import NotFoundError, UsageError

        found: dict[str, list[ImageFile]] = {}
        for file in self._archive.index.release(self._release, kind):
            found.setdefault(file.band, []).append(file)
        if not found:
            raise NotFoundError(f"{self._release} has no images of the type {kind}.")
        wanted = self._options.bands
        if wanted is None:
            return found
        names = wanted.split(",") if "," in wanted else list(wanted)
        for name in names:
            if name not in found:
                raise UsageError(
                    f"There are no images in the band “{name[:20]}”.",
                    hint=f"There are {', '.join(sorted(found))}.",
                )
        return {name: found[name] for name in names}

    def _colors(self, bands: Sequence[str]) -> list[str]:
        from lsp_jupyter.errors import UsageError
        from lsp_jupyter.images.hips.color import SOLAR, color_bands

        asked = self._options.color
        if asked is None:
            known = "".join(band for band in SOLAR if band in bands)
            chosen = list(color_bands(known)) if len(known) > 2 else []
            return chosen if len(set(chosen)) == 3 else []
        if asked.lower() == "none":
            return []
        chosen = str(asked).split(",")
        if len(chosen) != 3 or not set(chosen) <= set(bands) & set(SOLAR):
            raise UsageError(
                f"A picture in colour cannot be of “{asked[:40]}”.",
                hint=f"Name three of {', '.join(bands)}, such as i,r,g, or none.",
            )
        return chosen

    async def _recipe(self, files: Sequence[ImageFile]) -> Recipe:
        from lsp_jupyter.errors import ParameterError, UsageError
        from lsp_jupyter.images.hips.make import Recipe
        from lsp_jupyter.images.hips.tiles import FIRST, MOST_ORDER, order_for
        from lsp_jupyter.images.mosaics.resample import METHODS
        from lsp_jupyter.images.pictures.look import Look

        options = self._options
        if options.method not in METHODS:
            raise UsageError(
                f"“{options.method[:40]}” is no method.", hint=f"Use {', '.join(METHODS)}."
            )
        if options.stretch == "equalised":
            raise UsageError("Pictures of a survey cannot be equalised one by one.")
        try:
            look = Look.of({"STRETCH": options.stretch, "LIMITS": options.limits})
        except ParameterError as error:
            raise UsageError(str(error), hint=error.hint) from None
        order = options.order
        if order is None:
            order = order_for(await self._scale(files))
        if not FIRST <= order <= MOST_ORDER:
            raise UsageError(
                f"Tiles of order {order} cannot be made.", hint=f"Use {FIRST} to {MOST_ORDER}."
            )
        planes = tuple(sorted({one.strip() for one in options.exclude.split(",")} - {""}))
        return Recipe(order, options.method, planes, options.pictures, look)

    async def _scale(self, files: Sequence[ImageFile]) -> float:
        """The width of a pixel of the first image that has one: degrees."""
        from lsp_jupyter.errors import LspError, NotFoundError

        for file in files[:20]:
            try:
                path = await self._archive.local(file)
                return await asyncio.to_thread(_scale_of, file, path)
            except LspError:
                continue
        raise NotFoundError(
            "None of the first images can be read.", hint="Publish the release again."
        )

    def _tell(self, out: TextIO, name: str, made: Made, started: float) -> None:
        done = f"{made.tiles:,} finest tiles and {made.pictures:,} pictures made"
        out.write(
            f"{self._release}/{name}: {done if made.pictures else 'up to date'}, "
            f"in {time.monotonic() - started:,.1f} s\n"
        )


def _scale_of(file: ImageFile, path: Path) -> float:
    from astropy.wcs.utils import proj_plane_pixel_area

    from lsp_jupyter.images.butler.fits import ExposureFile
    from lsp_jupyter.images.damage import damage_told
    from lsp_jupyter.images.mosaics.source import Source, wcs_of

    with damage_told(file.did), ExposureFile(path) as opened:
        area = proj_plane_pixel_area(wcs_of(opened, Source(file.did, str(path))))
        return math.sqrt(area)


def _tell_failures(failed: Mapping[str, str], err: TextIO) -> None:
    if failed:
        err.write(f"{len(failed):,} images are left out:\n")
        for did, why in sorted(failed.items())[:_SHOWN]:
            err.write(f"  {did}: {why}\n")
        if len(failed) > _SHOWN:
            err.write(f"  and {len(failed) - _SHOWN:,} more\n")
