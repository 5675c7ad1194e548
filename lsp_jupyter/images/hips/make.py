"""Makes surveys of images in one band, and brings those that are there up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.errors import EngineError, LspError, NotFoundError
from lsp_jupyter.images.bands import spectrum
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.hips.coverage import coverage
from lsp_jupyter.images.hips.crew import Crew, Say
from lsp_jupyter.images.hips.facts import now, tile_facts, write_facts
from lsp_jupyter.images.hips.moc import read_moc, write_moc
from lsp_jupyter.images.hips.record import Record, signature
from lsp_jupyter.images.hips.samples import look_of
from lsp_jupyter.images.hips.sheets import write_sheets
from lsp_jupyter.images.hips.tiles import FIRST
from lsp_jupyter.images.pictures.look import Look

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]

__all__ = ["BandSurvey", "Made", "Recipe", "existing"]

#: Orders from a tile to the cells of its coverage, and cells at most.
_DEEPER, _MOST_CELLS = 5, 16_000_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a survey is made.

    Attributes
    ----------
    order : `int`
        Of the finest tiles.
    method : `str`
        One of `~lsp_jupyter.images.mosaics.resample.METHODS`.
    exclude : tuple of `str`
        Planes of masks whose pixels are left out.
    kind : `str`
        Of pictures: ``png`` or ``jpeg``.
    look : `Look`
        Of pictures in one band. Limits that are no two values are found once for the whole
        survey, and stay when it grows.
    """

    order: int
    method: str = "bilinear"
    exclude: tuple[str, ...] = ("NO_DATA",)
    kind: str = "png"
    look: Look = field(default_factory=Look)


@dataclass(slots=True)
class Made:
    """What was done.

    Attributes
    ----------
    tiles : `int`
        Finest tiles that were made, made again or removed.
    pictures : `int`
        The same of pictures, of all orders.
    failed : `dict`
        Why images are left out, by identifier; they are tried again the next time.
    """

    tiles: int = 0
    pictures: int = 0
    failed: dict[str, str] = field(default_factory=dict)


class BandSurvey:
    """The survey of images in one band.

    What is there is changed tile by tile, each as a whole: it can be served all the while. After
    an interruption the same call begins again with what had changed; a new survey is listed once
    it is complete.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Of the survey.
    recipe : `Recipe`
        How it is made.
    crew : `Crew`
        Makes tiles.
    local : async callable
        The file of an image on this disk.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        crew: Crew,
        local: Callable[[ImageFile], Awaitable[Path]],
    ) -> None:
        self._folder = folder
        self._recipe = recipe
        self._crew = crew
        self._local = local
        self._made = Made()

    async def make(self, files: Sequence[ImageFile], facts: Mapping[str, str]) -> Made:
        """Make it, or bring it up to date.

        Parameters
        ----------
        files : sequence of `~lsp_jupyter.images.file.ImageFile`
            All of its images.
        facts : mapping
            What it is (HiPS 1.0 section 4.4.1); what follows from the tiles is added.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if no image has any pixel on the sky.
        lsp_jupyter.errors.EngineError
            Raised if the images do not go together.
        """
        recipe, made = self._recipe, self._made
        made.failed = {one.did: "It has no outline." for one in files if not one.s_region}
        files = [one for one in files if one.s_region]
        settings = {
            "order": recipe.order,
            "method": recipe.method,
            "exclude": list(recipe.exclude),
            "images": sorted({f"{one.release} {one.dataset_type} {one.band}" for one in files}),
        }
        old = await asyncio.to_thread(Record.read, self._folder)
        if old is not None and old.settings != settings:
            old = None
        record = old or Record(settings, created=now())
        every = await asyncio.to_thread(_tiles, files, recipe.order)
        if old is None:
            record.deeper = _deeper(len(every))
            dirty = set(every) | await asyncio.to_thread(
                existing, self._folder, recipe.order, "fits"
            )
        else:
            changed = await asyncio.to_thread(old.changed, files)
            dirty = set(coverage(changed, recipe.order).tolist())
        cells = await self._covered(old)
        if dirty:
            found = await self._finest(files, every, dirty, record)
            kept = ~np.isin(cells >> 2 * record.deeper, np.array(sorted(dirty), np.int64))
            cells = np.union1d(cells[kept], found)
            made.tiles = len(dirty)
        if not len(cells):
            reasons = list(made.failed.values())
            raise NotFoundError(
                "None of the images has a pixel on the sky.", hint=reasons[0] if reasons else ""
            )
        await self._coarser(dirty)
        await self._paint(dirty, cells, record, {**facts, **_of_files(files)})
        record.inputs = {
            one.did: [signature(one), one.s_region] for one in files if one.did not in made.failed
        }
        await asyncio.to_thread(record.write, self._folder)
        return made

    async def _covered(self, old: Record | None) -> Integers:
        path = self._folder / "Moc.fits"
        if old is None or not await asyncio.to_thread(path.is_file):
            return np.zeros(0, np.int64)
        return await asyncio.to_thread(read_moc, path, self._recipe.order + old.deeper)

    async def _finest(
        self,
        files: Sequence[ImageFile],
        every: Mapping[int, Sequence[int]],
        dirty: Collection[int],
        record: Record,
    ) -> Integers:
        """Make finest tiles; gives the cells they cover."""
        cells: list[int] = []
        units = {record.unit} - {""}
        failed = self._made.failed

        async def make(part: Sequence[int], report: Say) -> None:
            paths: dict[int, str] = {}
            for index in sorted({index for number in part for index in every.get(number, ())}):
                try:
                    paths[index] = str(await self._local(files[index]))
                except LspError as error:
                    failed[files[index].did] = str(error)
            places = {index: place for place, index in enumerate(paths)}
            args = {
                "order": self._recipe.order,
                "folder": self._folder,
                "images": [[files[index].did, path] for index, path in paths.items()],
                "tiles": [
                    [n, [places[index] for index in every.get(n, ()) if index in places]]
                    for n in part
                ],
                "method": self._recipe.method,
                "exclude": list(self._recipe.exclude),
                "deeper": record.deeper,
            }
            told = await self._crew.run("hips_tiles", args, report)
            cells.extend(told["cells"])
            failed.update(told["failed"])
            units.update({told["unit"]} - {""})

        await self._crew.parts(f"order {self._recipe.order}", sorted(dirty), make)
        if len(units) > 1:
            Record.forget(self._folder)
            raise EngineError(
                f"The images are in different units: {', '.join(sorted(units))}.",
                hint="Take images that are calibrated alike.",
            )
        record.unit = next(iter(units), "")
        return np.unique(np.array(cells, np.int64))

    async def _coarser(self, dirty: Iterable[int]) -> None:
        for level, numbers in _levels(dirty, self._recipe.order).items():
            if level < self._recipe.order:
                args = {"order": level, "folder": self._folder}
                await self._crew.each(f"order {level}", "hips_joined", numbers, args)

    async def _paint(
        self, dirty: Collection[int], cells: Integers, record: Record, facts: Mapping[str, str]
    ) -> None:
        """Make the pictures and all that is made of the whole survey."""
        recipe, folder = self._recipe, self._folder
        finest = np.unique(cells >> 2 * record.deeper)
        levels = _levels(dirty, recipe.order) if dirty else {}
        asked = {"look": recipe.look.to_dict(), "kind": recipe.kind}
        if record.shown.get("asked") != asked:
            # All of it looks otherwise.
            look = await asyncio.to_thread(look_of, folder, recipe.order, finest, recipe.look)
            record.shown = {"asked": asked, "look": look.to_dict()}
            levels = _levels({*finest.tolist(), *dirty}, recipe.order)
        look = Look.from_dict(record.shown["look"])
        args = {"folder": folder, "look": look.to_dict(), "kind": recipe.kind}
        self._made.pictures = await self._crew.pictures("hips_painted", levels, args)
        there = await asyncio.to_thread((folder / "properties").is_file)
        if there and not self._made.pictures:
            return
        depth = recipe.order + record.deeper
        await asyncio.to_thread(write_moc, cells, depth, folder / "Moc.fits")
        await asyncio.to_thread(write_sheets, folder, recipe.kind, look)
        told = {**facts, **tile_facts(recipe.order, f"{recipe.kind} fits", cells, record.deeper)}
        told |= {"hips_pixel_cut": look.limits, "hips_pixel_bitpix": "-32"}
        told |= {"hips_creation_date": record.created, "hips_release_date": now()}
        if record.unit:
            told["hips_pixel_bunit"] = record.unit
        await asyncio.to_thread(write_facts, folder, told)


def existing(folder: Path, order: int, suffix: str) -> set[int]:
    """Numbers of the tiles of an order that have a file with an ending."""
    paths = (folder / f"Norder{order}").glob(f"Dir*/Npix*.{suffix}")
    return {int(path.stem.removeprefix("Npix")) for path in paths}


def _tiles(files: Sequence[ImageFile], order: int) -> dict[int, list[int]]:
    """The tiles that images are on, with places of the images."""
    found: dict[int, list[int]] = {}
    for place, file in enumerate(files):
        for number in coverage([file.s_region], order).tolist():
            found.setdefault(number, []).append(place)
    return found


def _deeper(tiles: int) -> int:
    """How fine the coverage is: coarser for a survey of very many tiles."""
    deeper = _DEEPER
    while deeper and tiles * 4**deeper > _MOST_CELLS:
        deeper -= 1
    return deeper


def _levels(finest: Iterable[int], order: int) -> dict[int, set[int]]:
    """Some tiles and those above them, by order."""
    levels = {order: set(finest)}
    for level in range(order - 1, FIRST - 1, -1):
        levels[level] = {number >> 2 for number in levels[level + 1]}
    return levels


def _of_files(files: Sequence[ImageFile]) -> dict[str, str]:
    found = spectrum(files[0].band) if files else {}
    return {key: f"{found[key]:.4g}" for key in ("em_min", "em_max") if key in found}
