"""Makes surveys in colour of three in one band."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.errors import EngineError, NotFoundError
from lsp_jupyter.images.bands import spectrum
from lsp_jupyter.images.hips.color import color_scales
from lsp_jupyter.images.hips.crew import Crew
from lsp_jupyter.images.hips.facts import now, tile_facts, write_facts
from lsp_jupyter.images.hips.make import Made, existing
from lsp_jupyter.images.hips.moc import read_moc, write_moc
from lsp_jupyter.images.hips.record import Record
from lsp_jupyter.images.hips.samples import noise_of
from lsp_jupyter.images.hips.sheets import write_sheets
from lsp_jupyter.images.hips.tiles import FIRST, tile_path
from lsp_jupyter.images.hips.work import SUFFIXES

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]

__all__ = ["make_color"]


async def make_color(
    folder: Path, bands: Mapping[str, Path], kind: str, crew: Crew, facts: Mapping[str, str]
) -> Made:
    """Make a survey in colour, or bring it up to date.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Of the survey.
    bands : mapping
        Red, green and blue: names of bands, and folders of their surveys, which are up to date.
    kind : `str`
        Of pictures: ``png`` or ``jpeg``.
    crew : `Crew`
        Makes tiles.
    facts : mapping
        What it is (HiPS 1.0 section 4.4.1); what follows from the tiles is added.

    Raises
    ------
    lsp_jupyter.errors.EngineError
        Raised if the bands have tiles of different orders.
    lsp_jupyter.errors.NotFoundError
        Raised if no part of the sky has images in all three.
    """
    known = [await asyncio.to_thread(Record.read, one) for one in bands.values()]
    records = [one for one in known if one is not None]
    if len(records) < len(known) or len({one.settings["order"] for one in records}) > 1:
        raise EngineError("The surveys of the bands do not go together.", hint="Use --full.")
    order, deeper = int(records[0].settings["order"]), min(one.deeper for one in records)
    cells = await asyncio.to_thread(_common, list(bands.values()), records, order, deeper)
    if not len(cells):
        raise NotFoundError(f"No part of the sky has images in {', '.join(bands)}.")
    old = await asyncio.to_thread(Record.read, folder)
    settings = {"bands": list(bands), "kind": kind, "order": order}
    if old is not None and old.settings != settings:
        old = None
    record = old or Record(settings, created=now())
    record.deeper = deeper
    if old is None:
        finest = np.unique(cells >> 2 * deeper)
        noises = [await asyncio.to_thread(noise_of, path, order, finest) for path in bands.values()]
        record.shown = {"scales": color_scales("".join(bands), noises)}
    levels = await asyncio.to_thread(
        _outdated, folder, list(bands.values()), order, kind, old is None
    )
    args = {
        "folder": folder,
        "bands": [str(one) for one in bands.values()],
        "scales": record.shown["scales"],
        "kind": kind,
    }
    made = Made(len(levels[order]), await crew.pictures("hips_colored", levels, args))
    if made.pictures or not await asyncio.to_thread((folder / "properties").is_file):
        await asyncio.to_thread(write_moc, cells, order + deeper, folder / "Moc.fits")
        await asyncio.to_thread(write_sheets, folder, kind, None)
        told = {**facts, **_of_bands(bands), **tile_facts(order, kind, cells, deeper)}
        told |= {"hips_creation_date": record.created, "hips_release_date": now()}
        await asyncio.to_thread(write_facts, folder, told)
    await asyncio.to_thread(record.write, folder)
    return made


def _common(
    folders: Sequence[Path], records: Sequence[Record], order: int, deeper: int
) -> Integers:
    """What all bands cover."""
    parts = [
        np.unique(read_moc(path / "Moc.fits", order + one.deeper) >> 2 * (one.deeper - deeper))
        for path, one in zip(folders, records, strict=True)
    ]
    return parts[0][np.isin(parts[0], parts[1]) & np.isin(parts[0], parts[2])]


def _outdated(
    folder: Path, bands: Sequence[Path], order: int, kind: str, full: bool
) -> dict[int, set[int]]:
    """Pictures that are not of the tiles as they are now, by order."""
    found = {}
    for level in range(FIRST, order + 1):
        wanted = set.intersection(*(existing(one, level, "fits") for one in bands))
        there = existing(folder, level, SUFFIXES[kind])
        found[level] = there - wanted
        for number in wanted:
            times = [tile_path(one, level, number, "fits").stat().st_mtime_ns for one in bands]
            path = tile_path(folder, level, number, SUFFIXES[kind])
            if full or number not in there or path.stat().st_mtime_ns != max(times):
                found[level].add(number)
    return found


def _of_bands(bands: Iterable[str]) -> dict[str, str]:
    names = list(bands)
    told = {"dataproduct_subtype": "color"}
    told |= {
        f"hips_rgb_{one}": name for one, name in zip(("red", "green", "blue"), names, strict=True)
    }
    found = [one for one in map(spectrum, names) if one]
    if found:
        told["em_min"] = f"{min(one['em_min'] for one in found):.4g}"
        told["em_max"] = f"{max(one['em_max'] for one in found):.4g}"
    return told
