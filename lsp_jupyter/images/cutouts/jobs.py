"""Jobs that make cutouts (SODA 1.0 section 2.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_jupyter.errors import LspError, NoOverlapError, NotFoundError
from lsp_jupyter.images.access import file_path
from lsp_jupyter.images.cutouts.request import Request, Wanted
from lsp_jupyter.images.limits import UNKNOWN, Limits, limits_of
from lsp_jupyter.jobs.job import SEPARATOR

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.identity import Caller
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.file import ImageFile
    from lsp_jupyter.images.pool import ImagePool
    from lsp_jupyter.jobs.job import Job
    from lsp_jupyter.jobs.runner import Jobs
    from lsp_jupyter.jobs.work import Progress

__all__ = ["Cutouts"]


class Cutouts:
    """Makes cutouts: one while somebody waits, or those of a job.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    archive : `~lsp_jupyter.images.archive.ImageArchive`
        The images.
    pool : `~lsp_jupyter.images.pool.ImagePool`
        Works on pixels.
    jobs : `~lsp_jupyter.jobs.runner.Jobs`
        Asks the catalogue.
    """

    def __init__(
        self, config: LspConfig, archive: ImageArchive, pool: ImagePool, jobs: Jobs
    ) -> None:
        self._config = config
        self._archive = archive
        self._pool = pool
        self._jobs = jobs

    async def one(
        self, caller: Caller, request: Request, out: Path, link: Callable[[str], str]
    ) -> ImageFile:
        """Write the one cutout that is asked for.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        request : `~lsp_jupyter.images.cutouts.request.Request`
            With one thing that is wanted.
        out : `~pathlib.Path`
            The file.
        link : callable
            Makes a whole address of a path below the platform's.

        Returns
        -------
        file : `~lsp_jupyter.images.file.ImageFile`
            The image it is of.

        Raises
        ------
        lsp_jupyter.errors.NoOverlapError
            Raised if there is nothing of the image in it.
        lsp_jupyter.errors.LspError
            Raised if it cannot be made.
        """
        (wanted,) = request.wanted
        file = await asyncio.to_thread(self._archive.one, caller, wanted.did)
        limits = await self._limits(caller, request, {wanted.did: file})
        seconds = self._config.sync_timeout
        await self._make(request, wanted, file, limits, out, link, seconds, background=False)
        return file

    async def work(self, caller: Caller, job: Job, folder: Path, progress: Progress) -> None:
        """Make the cutouts of a job, a file each; see `~lsp_jupyter.jobs.work.Work`.

        What cannot be made is a text that says why, so that the others are had all the same.
        """
        given = {name: text.split(SEPARATOR) for name, text in job.parameters.items()}
        request = Request.of(given)
        dids = {wanted.did for wanted in request.wanted}
        files = await asyncio.to_thread(self._archive.find, caller, dids)
        limits = await self._limits(caller, request, files)
        done = 0

        async def make(number: int, wanted: Wanted) -> LspError | None:
            nonlocal done
            name = f"cutout-{number:05d}"
            out = folder / f"{name}.{request.extension}"
            failure: LspError | None = None
            try:
                file = files.get(wanted.did)
                if file is None:
                    raise NotFoundError(f"There is no image {wanted.did[:200]}.")
                longest = job.execution_duration
                await self._make(
                    request, wanted, file, limits, out, _no_link, longest, background=True
                )
            except LspError as error:
                failure = error
                out.unlink(missing_ok=True)
                text = f"{error.code}: {error} ({wanted.did} {wanted.region})".rstrip()
                (folder / f"{name}.txt").write_text(f"{text}\n", "utf-8")
            done += 1
            progress(done / len(request.wanted), done)
            return failure

        places = asyncio.Semaphore(2 * self._pool.size)

        async def in_turn(number: int, wanted: Wanted) -> LspError | None:
            async with places:
                return await make(number, wanted)

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(in_turn(number, wanted))
                for number, wanted in enumerate(request.wanted, 1)
            ]
        failures = [task.result() for task in tasks]
        first = failures[0]
        if first is not None and all(failures) and not isinstance(first, NoOverlapError):
            raise first

    async def _limits(
        self, caller: Caller, request: Request, files: Mapping[str, ImageFile]
    ) -> Mapping[str, Limits]:
        """The limits of images, if that is asked for."""
        if not request.limited:
            return {}
        found = await limits_of(self._jobs, caller, [file.did for file in files.values()])
        return {did: found[file.did] for did, file in files.items() if file.did in found}

    async def _make(
        self,
        request: Request,
        wanted: Wanted,
        file: ImageFile,
        limits: Mapping[str, Limits],
        out: Path,
        link: Callable[[str], str],
        seconds: float,
        *,
        background: bool,
    ) -> None:
        if wanted.misses(limits.get(wanted.did, UNKNOWN)):
            raise NoOverlapError("The image has nothing of these wavelengths, times or states.")
        path = await self._archive.local(file)
        args = request.arguments(
            wanted,
            path=str(path),
            url=link(file_path(file.release, file.uuid)),
            out=str(out),
            most=self._config.image_pixels,
        )
        await self._pool.run("cutout", args, seconds=seconds, background=background)


def _no_link(path: str) -> str:  # noqa: ARG001 - a job knows no address of its client
    return ""
