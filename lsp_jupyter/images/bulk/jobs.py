"""Jobs that make cutouts of many positions."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import LimitError, LspError, NotFoundError, ParameterError
from lsp_jupyter.images.bulk.coverage import Coverage
from lsp_jupyter.images.bulk.pack import Row
from lsp_jupyter.images.bulk.request import AT_ONCE, Place, Request, places_of, require_room
from lsp_jupyter.jobs.job import SEPARATOR
from lsp_jupyter.jobs.uploads import UploadTables

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.identity import Caller
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.file import ImageFile
    from lsp_jupyter.images.pool import ImagePool
    from lsp_jupyter.jobs.job import Job
    from lsp_jupyter.jobs.work import Progress

__all__ = ["BulkCutouts"]

#: Stamps that a worker makes in one go at most.
_CHUNK = 200
#: Pixels of one stamp at most, and of all of them as a multiple of those of an image.
_STAMP, _ALL = 4_000_000, 8
#: Declination in degrees of stamps that are made together.
_ZONE = 0.007
#: Files fetched from other stores at once.
_FETCHED = 4
#: Of the progress, what making the stamps is; writing the file is the rest.
_MAKING = 0.9


class BulkCutouts:
    """Makes cutouts of many positions, and one file of them.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    archive : `~lsp_jupyter.images.archive.ImageArchive`
        The images.
    pool : `~lsp_jupyter.images.pool.ImagePool`
        Works on pixels.
    uploads : `~lsp_jupyter.jobs.uploads.UploadTables`
        The tables that came with jobs.
    """

    def __init__(
        self, config: LspConfig, archive: ImageArchive, pool: ImagePool, uploads: UploadTables
    ) -> None:
        self._config = config
        self._archive = archive
        self._pool = pool
        self._uploads = uploads

    async def work(self, caller: Caller, job: Job, folder: Path, progress: Progress) -> None:
        """Do a job; see `~lsp_jupyter.jobs.work.Work`.

        It leaves ``cutouts.{kind}`` and ``index.csv``, which tells of the rows without cutout why
        there is none. If no row has one for a reason that is not its place, the job fails.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if nothing could be made.
        """
        given = {name: text.split(SEPARATOR) for name, text in job.parameters.items()}
        request = Request.of(given)
        places = await asyncio.to_thread(self._places, caller, job, request)
        seconds = job.execution_duration
        await self._all(caller, request, places, folder, progress, seconds, background=True)

    async def at_once(self, caller: Caller, request: Request, folder: Path) -> None:
        """Do what is asked for while somebody waits; it leaves what `work` does.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        request : `~lsp_jupyter.images.bulk.request.Request`
            With all of the positions.
        folder : `~pathlib.Path`
            Where the files go.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if nothing could be made, or if it is too much.
        """
        _require_place(request, request.places)
        if len(request.places) * max(1, len(request.bands)) > AT_ONCE:
            raise LimitError(
                f"There are {len(request.places):,} positions; {AT_ONCE} cutouts are made at once.",
                hint="Send more of them to cutouts, as a job.",
            )
        seconds = self._config.sync_timeout
        await self._all(caller, request, request.places, folder, _nobody, seconds, background=False)

    async def _all(
        self,
        caller: Caller,
        request: Request,
        places: Sequence[Place],
        folder: Path,
        progress: Progress,
        seconds: float,
        *,
        background: bool,
    ) -> None:
        rows, files = await asyncio.to_thread(self.rows, caller, request, places)
        paths, failures = await self.local(files)
        rows = [replace(row, error=failures.get(row.did, row.error)) for row in rows]
        ready = [row for row in rows if not row.error]
        # Neighbours have pixels in common that are compressed together.
        ready.sort(key=lambda row: (paths[row.did], row.dec // _ZONE, row.ra))
        done = len(rows) - len(ready)
        at_once = asyncio.Semaphore(2 * self._pool.size)
        found: dict[int, Row] = {}
        pixels = 0

        async def make(part: Sequence[Row]) -> None:
            nonlocal done, pixels
            async with at_once:
                before = 0

                def report(told: Mapping[str, Any]) -> None:
                    nonlocal done, before
                    done += told["done"] - before
                    before = told["done"]
                    progress(_MAKING * done / len(rows), done)

                out = self._pool.scratch(".stamps")
                scratch.append(out)
                args = self.asked(request, part, paths, out)
                told = await self._pool.run(
                    "stamps", args, seconds=seconds, report=report, background=background
                )
                each = _made(part, told, out)
                report({"done": len(part)})
                found.update((row.number, row) for row in each)
                pixels += sum(row.columns * row.rows for row in each)
                if pixels > _ALL * self._config.image_pixels:
                    raise LimitError(
                        f"These cutouts have more than {_ALL * self._config.image_pixels:,} "
                        "pixels.",
                        hint="Ask for smaller ones, or send the positions in parts.",
                    )

        scratch: list[Path] = []
        try:
            async with asyncio.TaskGroup() as group:
                for part in _parts(ready, self._pool.size):
                    group.create_task(make(part))
            rows = [found.get(row.number, row) for row in rows]
            told = await asyncio.to_thread(lambda: [asdict(row) for row in rows])
            args = {"rows": told, "kind": request.kind, "out": str(folder)}
            await self._pool.run("bulk_file", args, seconds=seconds, background=background)
        except* LspError as errors:
            raise _first(errors) from None
        finally:
            await asyncio.to_thread(_remove, scratch)
        progress(1.0, sum(1 for row in rows if row.path))

    # -- what is to be made --------------------------------------------------

    def _places(self, caller: Caller, job: Job, request: Request) -> list[Place]:
        """Every position that came with a job."""
        found = list(request.places)
        finder = self._uploads.finder(caller, job)
        for table in list(finder.tables()):
            import pyarrow as pa

            upload = finder.find(table.name)
            for attachment in upload.results if upload else ():
                with (
                    pa.memory_map(str(attachment.path)) as file,
                    pa.ipc.open_stream(file) as all_of,
                ):
                    require_room(len(found) + (table.rows or 0))
                    found += places_of(all_of.read_all(), request.radius)
        _require_place(request, found)
        return found

    def rows(
        self, caller: Caller, request: Request, places: Sequence[Place]
    ) -> tuple[list[Row], dict[str, ImageFile]]:
        """What is to be made of each position, and of which files.

        Of each that can have a cutout there is a row for each band, in their order.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if there are no such images, or too many rows.
        """
        files = self._archive.find(caller, {place.did for place in places if place.did})
        coverages: dict[str, Coverage] = {}
        if not all(place.did for place in places):
            coverages = self._coverages(caller, request)
        rows: list[Row] = []
        for place in places:
            number = len(rows) + 1
            row = Row(number, place.did, place.ra, place.dec, place.radius)
            try:
                place.check()
            except ParameterError as error:
                ra, dec, radius = _told(place.ra), _told(place.dec), _told(place.radius)
                rows.append(Row(number, place.did, ra, dec, radius, error=str(error)))
                continue
            if place.did:
                missing = "" if place.did in files else "There is no such image."
                rows.append(replace(row, error=missing))
                continue
            for band, coverage in coverages.items():
                best = coverage.best(place.ra, place.dec)
                if best is None:
                    why = f"No image{f' in {band}' if band else ''} covers the position."
                    rows.append(replace(row, number=len(rows) + 1, error=why))
                else:
                    files[best.did] = best
                    rows.append(replace(row, number=len(rows) + 1, did=best.did))
        require_room(len(rows))
        return rows, files

    def _coverages(self, caller: Caller, request: Request) -> dict[str, Coverage]:
        """Where the images of a release are, by band."""
        types = self._archive.index.types(request.release)
        if not types or not self._archive.allows(caller, request.release):
            raise NotFoundError(f"There are no images of a release {request.release[:60]}.")
        if request.dataset not in types:
            raise ParameterError(
                f"The release has no images of the type “{request.dataset[:60]}”.",
                parameter="DATASET",
                hint=f"It has {', '.join(types)}.",
            )
        files = list(self._archive.index.release(request.release, request.dataset))
        if not request.bands:
            return {"": Coverage(files)}
        known = {file.band for file in files}
        for band in request.bands:
            if band not in known:
                raise ParameterError(
                    f"There are no images in the band “{band[:20]}”.",
                    parameter="BAND",
                    hint=f"There are {', '.join(sorted(known))}.",
                )
        return {
            band: Coverage(file for file in files if file.band == band) for band in request.bands
        }

    # -- making it -----------------------------------------------------------

    async def local(self, files: Mapping[str, ImageFile]) -> tuple[dict[str, str], dict[str, str]]:
        """The files on this disk, and why others are not, by identifier."""
        paths: dict[str, str] = {}
        failures: dict[str, str] = {}
        places = asyncio.Semaphore(_FETCHED)

        async def fetch(did: str, file: ImageFile) -> None:
            async with places:
                try:
                    paths[did] = str(await self._archive.local(file))
                except LspError as error:
                    failures[did] = str(error)

        async with asyncio.TaskGroup() as group:
            for did, file in files.items():
                group.create_task(fetch(did, file))
        return paths, failures

    def asked(
        self, request: Request, part: Sequence[Row], paths: Mapping[str, str], out: Path
    ) -> dict[str, Any]:
        """What the task ``stamps`` needs to know; see `lsp_jupyter.images.bulk.work`."""
        asked = [
            {
                "number": row.number,
                "path": paths[row.did],
                "did": row.did,
                "ra": row.ra,
                "dec": row.dec,
                "radius": row.radius,
            }
            for row in part
        ]
        return {
            "rows": asked,
            "kind": request.kind,
            "detail": "image" if request.kind == "html" else request.detail,
            "most": min(_STAMP, self._config.image_pixels),
            "look": dict(request.look),
            "out": str(out),
        }


def _made(part: Sequence[Row], told: Mapping[str, Any], out: Path) -> list[Row]:
    """What became of rows."""
    numbered = {row.number: row for row in part}
    made = [
        replace(numbered[number], path=str(out), start=start, size=size, columns=columns, rows=rows)
        for number, start, size, columns, rows in told["made"]
    ]
    return made + [
        replace(numbered[number], error=message) for number, _, message in told["failed"]
    ]


def _require_place(request: Request, places: Sequence[Place]) -> None:
    require_room(len(places))
    if not places:
        raise ParameterError(
            "There are no positions.",
            parameter="UPLOAD",
            hint="Send a table with ra and dec (UPLOAD=name,param:part), "
            "the result of a query (UPLOAD=name,job:id), or CIRCLE.",
        )
    if not request.release and not all(place.did for place in places):
        raise ParameterError(
            "Some positions tell no image, and RELEASE is missing.",
            parameter="RELEASE",
            hint="Send RELEASE and DATASET, or the identifier of an image with each position.",
        )


def _nobody(fraction: float, count: int) -> None:
    """Told of the progress of what is made at once."""


def _parts(rows: Sequence[Row], workers: int) -> Iterator[list[Row]]:
    """As many for one worker as for the other."""
    count = workers * -(-len(rows) // (_CHUNK * workers))
    size = -(-len(rows) // max(1, count))
    each = iter(rows)
    while some := list(islice(each, size)):
        yield some


def _told(value: float) -> float:
    """A number that every format can say."""
    return value if math.isfinite(value) else 0.0


def _first(errors: ExceptionGroup[LspError]) -> LspError:
    found: Any = errors
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, LspError)
    return found


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
