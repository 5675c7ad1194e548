"""Has the overviews of images made, and knows where they are."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_jupyter.errors import LspError

if TYPE_CHECKING:
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.file import ImageFile
    from lsp_jupyter.images.pool import ImagePool

__all__ = ["Overviews"]

#: Images that a worker reads in one go.
_CHUNK = 4
#: A change of what overviews are makes their names others.
_VERSION = 1

#: Told how many are done, and of how many.
Told = Callable[[int, int], None]


class Overviews:
    """The overviews of the images of an instance.

    Parameters
    ----------
    state : `~pathlib.Path`
        The state folder; they are in its ``overviews``.
    archive : `~lsp_jupyter.images.archive.ImageArchive`
        Has the files.
    pool : `~lsp_jupyter.images.pool.ImagePool`
        Reads their pixels.
    """

    def __init__(self, state: Path, archive: ImageArchive, pool: ImagePool) -> None:
        self._folder = state / "overviews"
        self._archive = archive
        self._pool = pool

    def path(self, file: ImageFile) -> Path:
        """Where the overview of an image is, or will be."""
        told = json.dumps([_VERSION, file.did, file.checksum, file.size, file.uri])
        key = hashlib.sha256(told.encode()).hexdigest()[:32]
        return self._folder / file.release / f"{key}.npz"

    async def make(
        self,
        files: Sequence[ImageFile],
        *,
        seconds: float,
        background: bool = False,
        told: Told | None = None,
    ) -> dict[str, str]:
        """Make those that are missing.

        Parameters
        ----------
        files : sequence of `~lsp_jupyter.images.file.ImageFile`
            Of these images.
        seconds : `float`
            How long a worker may take for a few of them.
        background : `bool`
            Whether others go first that somebody waits for.
        told : callable, optional
            Told how many are done, and of how many.

        Returns
        -------
        failed : `dict`
            By identifier, why there is none of some images.
        """
        missing = await asyncio.to_thread(self._missing, files)
        failed: dict[str, str] = {}
        room = asyncio.Semaphore(self._pool.size)
        done = 0

        async def part(some: Sequence[ImageFile]) -> None:
            nonlocal done
            async with room:
                paths: dict[str, ImageFile] = {}
                for file in some:
                    try:
                        paths[str(await self._archive.local(file))] = file
                    except LspError as error:
                        failed[file.did] = str(error)
                pairs = [[path, str(self.path(file))] for path, file in paths.items()]
                value = await self._pool.run(
                    "overviews", {"images": pairs}, seconds=seconds, background=background
                )
                failed.update({paths[path].did: why for path, why in value["failed"].items()})
                done += len(some)
                if told is not None:
                    told(done, len(missing))

        starts = range(0, len(missing), _CHUNK)
        parts = [asyncio.create_task(part(missing[one : one + _CHUNK])) for one in starts]
        try:
            await asyncio.gather(*parts)
        finally:
            for task in parts:
                task.cancel()
        return failed

    def forget(self, release: str, kept: Iterable[ImageFile]) -> int:
        """Remove the overviews of a release that are of none of its images; gives how many."""
        names = {self.path(file).name for file in kept}
        folder = self._folder / release
        gone = [one for one in folder.glob("*.npz") if one.name not in names]
        for one in gone:
            one.unlink(missing_ok=True)
        return len(gone)

    def _missing(self, files: Sequence[ImageFile]) -> list[ImageFile]:
        return [file for file in files if not self.path(file).exists()]
