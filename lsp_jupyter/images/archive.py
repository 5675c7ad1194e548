"""The images that somebody may read, from identifier to file on this disk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import NotFoundError, RemoteError
from lsp_jupyter.identity.caller import Caller
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.obscore import RELEASE

__all__ = ["ImageArchive", "Stores"]


class Stores(Protocol):
    """Fetches files that are not on this machine."""

    async def fetch(
        self,
        uri: str,
        *,
        size: int = 0,
        checksum: str = "",
        progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """The whole file on this disk; errors as of `ImageArchive.local`."""


class ImageArchive:
    """Every published image of an instance, for the callers who may read it.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Says which releases a caller may read.
    index : `~lsp_jupyter.images.index.ImageIndex`
        Which file each image is.
    stores : `Stores`
        Fetches those that are elsewhere.
    """

    def __init__(self, catalog: Catalog, index: ImageIndex, stores: Stores) -> None:
        self._catalog = catalog
        self.index = index
        self._stores = stores

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def find(self, caller: Caller, dids: Iterable[str]) -> dict[str, ImageFile]:
        """The files of images.

        Looking up many of them belongs in a thread: a thousand take some ten milliseconds.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.caller.Caller`
            Who asks.
        dids : iterable of `str`
            Identifiers, in any case.

        Returns
        -------
        files : `dict` of `~lsp_jupyter.images.file.ImageFile`
            By identifier as it was asked for. Those are missing that do not exist or that the
            caller may not read.
        """
        found = self.index.find(dids)
        allowed = {file.release: False for file in found.values()}
        for release in allowed:
            allowed[release] = self.allows(caller, release)
        return {did: file for did, file in found.items() if allowed[file.release]}

    def one(self, caller: Caller, did: str) -> ImageFile:
        """The file of an image.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such image that the caller may read.
        """
        found = self.find(caller, [did]).get(did)
        if found is None:
            raise NotFoundError(
                f"There is no image {did[:200]}.",
                hint="Identifiers are the column obs_publisher_did of ivoa.ObsCore.",
            )
        return found

    def inputs(self, caller: Caller, file: ImageFile) -> list[ImageFile]:
        """What an image was made of."""
        return self._readable(caller, self.index.inputs(file.did))

    def outputs(self, caller: Caller, file: ImageFile) -> list[ImageFile]:
        """What was made of an image."""
        return self._readable(caller, self.index.outputs(file.did))

    def related(self, caller: Caller, file: ImageFile, dataset_type: str) -> list[ImageFile]:
        """Images of another type and the same data id; see `ImageIndex.related`."""
        return self._readable(caller, self.index.related(file, dataset_type))

    def visit(self, caller: Caller, release: str, visit: int) -> list[ImageFile]:
        """The images of a visit; see `ImageIndex.visit`."""
        return self._readable(caller, self.index.visit(release, visit))

    def allows(self, caller: Caller, release: str) -> bool:
        """Whether a caller may read the images of a release.

        Those of a private release, and all of them if ``ivoa.ObsCore`` is private, are only for
        callers with the right.
        """
        rights = {right.lower() for right in caller.rights}
        return all(
            name.lower() in rights or not self.restricted(name) for name in (RELEASE.name, release)
        )

    def restricted(self, release: str) -> bool:
        """Whether the images of a release are only for those with the right."""
        return any(
            published.name.lower() == release.lower() and not published.public
            for published, _, _ in self._catalog.entries()
        )

    async def local(
        self, file: ImageFile, progress: Callable[[int, int], None] | None = None
    ) -> Path:
        """The file of an image on this disk.

        Parameters
        ----------
        file : `~lsp_jupyter.images.file.ImageFile`
            As `find` gave it.
        progress : callable, optional
            Told the bytes that came and how many there will be, if it has to be fetched.

        Returns
        -------
        path : `~pathlib.Path`
            Of the whole file. One that was fetched stays in the cache for a while: open it soon.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if the file is not there any more.
        lsp_jupyter.errors.RemoteError
            Raised if it cannot be had, or is not what was published.
        """
        if file.remote:
            return await self._stores.fetch(
                file.uri, size=file.size, checksum=file.checksum, progress=progress
            )
        try:
            return await asyncio.to_thread(_checked, file)
        except NotFoundError:
            with contextlib.suppress(NotFoundError):
                # Another store may have it.
                return await self._stores.fetch(
                    file.uri, size=file.size, checksum=file.checksum, progress=progress
                )
            raise

    def _readable(self, caller: Caller, files: list[ImageFile]) -> list[ImageFile]:
        return [file for file in files if self.allows(caller, file.release)]


def _checked(file: ImageFile) -> Path:
    path = Path(file.uri)
    try:
        found = os.stat(path)
    except OSError:
        raise NotFoundError(
            f"The file of the image {file.did} is not there any more.",
            hint="It may have been removed since: run the query again.",
        ) from None
    if not stat.S_ISREG(found.st_mode) or (file.size and found.st_size != file.size):
        raise RemoteError(
            f"The file of the image {file.did} is not the one that was published: it has "
            f"{found.st_size:,} bytes instead of {file.size:,}.",
            hint="Whoever runs this instance can publish it again.",
        )
    return path
