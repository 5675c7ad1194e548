"""Stamps as pictures, made while somebody looks at a wall of them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.images.bands import BANDS
from lsp_jupyter.images.bulk.request import Place, Request

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.identity import Caller
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.bulk.jobs import BulkCutouts
    from lsp_jupyter.images.bulk.pack import Row
    from lsp_jupyter.images.pool import ImagePool

__all__ = ["MOST_AT_ONCE", "Stamp", "Wall"]

#: Stamps in one answer.
MOST_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Stamp:
    """One picture.

    Attributes
    ----------
    png : `bytes`
        Empty if it could not be made.
    did : `str`
        IVOA identifier of its image; in colour that of the red one.
    columns, rows : `int`
        Its pixels.
    error : `str`
        Why it could not be made.
    """

    png: bytes = b""
    did: str = ""
    columns: int = 0
    rows: int = 0
    error: str = ""

    def to_json(self, start: int) -> dict[str, Any]:
        """What is known of it, where its bytes begin with ``start``."""
        return {
            "start": start,
            "size": len(self.png),
            "image": self.did,
            "columns": self.columns,
            "rows": self.rows,
            "error": self.error,
        }


class Wall:
    """Makes pictures of some positions at a time.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    archive : `~lsp_jupyter.images.archive.ImageArchive`
        The images.
    pool : `~lsp_jupyter.images.pool.ImagePool`
        Works on pixels.
    bulk : `~lsp_jupyter.images.bulk.jobs.BulkCutouts`
        Knows which image is the best for a position.
    """

    def __init__(
        self, config: LspConfig, archive: ImageArchive, pool: ImagePool, bulk: BulkCutouts
    ) -> None:
        self._config = config
        self._archive = archive
        self._pool = pool
        self._bulk = bulk

    def images(self, caller: Caller) -> list[dict[str, Any]]:
        """What stamps can be of: dataset types with positions and bands, by release.

        It reads the disk: call it from a thread.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.

        Returns
        -------
        images : `list` of `dict`
            ``release``, ``dataset`` and ``bands``, in the order of their wavelengths.
        """
        order = {band: number for number, band in enumerate(BANDS)}
        return [
            {
                "release": release,
                "dataset": dataset,
                "bands": sorted(bands, key=lambda band: (order.get(band, len(order)), band)),
            }
            for release in self._archive.index.releases()
            if self._archive.allows(caller, release)
            for dataset, bands in self._archive.index.bands(release).items()
        ]

    async def stamps(self, caller: Caller, request: Request) -> list[Stamp]:
        """The pictures of some positions: of one band, or of three as red, green and blue.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        request : `~lsp_jupyter.images.bulk.request.Request`
            With release, dataset, bands, look and all of the places.

        Returns
        -------
        stamps : `list` of `Stamp`
            One a place.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if there are no such images, or the bands are neither one nor three.
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such release.
        lsp_jupyter.errors.LimitError
            Raised if there are too many places.
        """
        if len(request.bands) not in (1, 3) or len(set(request.bands)) != len(request.bands):
            raise ParameterError(
                "A picture is of one band, or of three different ones.",
                parameter="bands",
                hint="Send one band, or those of red, green and blue.",
            )
        if len(request.places) > MOST_AT_ONCE:
            raise LimitError(
                f"There are {len(request.places)} places; {MOST_AT_ONCE} are possible at once.",
                hint="Send them in parts.",
            )
        found: dict[int, Stamp] = {}
        good: list[int] = []
        for number, place in enumerate(request.places):
            try:
                place.check()
                good.append(number)
            except ParameterError as error:
                found[number] = Stamp(error=error.message)
        places = [request.places[number] for number in good]
        rows, files = await asyncio.to_thread(self._bulk.rows, caller, request, places)
        paths, failures = await self._bulk.local(files)
        rows = [replace(row, error=failures.get(row.did, row.error)) for row in rows]
        size = len(request.bands)
        groups = [rows[start : start + size] for start in range(0, len(rows), size)]
        ready: list[tuple[int, Sequence[Row]]] = []
        for number, group in zip(good, groups, strict=True):
            why = next((row.error for row in group if row.error), "")
            if why:
                found[number] = Stamp(error=why)
            else:
                ready.append((number, group))
        if ready:
            found |= await self._made(request, ready, paths)
        return [found[number] for number in range(len(request.places))]

    async def _made(
        self, request: Request, ready: Sequence[tuple[int, Sequence[Row]]], paths: Mapping[str, str]
    ) -> dict[int, Stamp]:
        dids = {number: group[0].did for number, group in ready}
        out = self._pool.scratch(".stamps")
        rows = [replace(group[0], number=number) for number, group in ready]
        args = self._bulk.asked(request, rows, paths, out)
        if len(request.bands) == 3:
            for row, (_, group) in zip(args["rows"], ready, strict=True):
                row["paths"] = [paths[one.did] for one in group]
        else:
            args["rows"].sort(key=lambda row: row["path"])
        task = "stamps" if len(request.bands) == 1 else "color_stamps"
        try:
            told = await self._pool.run(task, args, seconds=self._config.sync_timeout)
            data = await asyncio.to_thread(out.read_bytes)
        finally:
            await asyncio.to_thread(Path.unlink, out, missing_ok=True)
        found = {number: Stamp(error=message) for number, _, message in told["failed"]}
        for number, start, size, columns, height in told["made"]:
            png = data[start : start + size]
            found[number] = Stamp(png, dids[number], columns, height)
        return found


def place_of(told: object, radius: float) -> Place:
    """A place as JSON has it: right ascension and declination, degrees.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is no pair; a pair without numbers is a place that has no stamp.
    """
    if not isinstance(told, list) or len(told) != 2:
        raise ParameterError("A place is a pair: right ascension, declination.", parameter="places")
    ra, dec = (
        float(one) if isinstance(one, int | float) and not isinstance(one, bool) else math.nan
        for one in told
    )
    return Place("", ra, dec, radius)
