"""Files from wherever they are: this machine's cache, a store that is near, the store itself."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import LimitError, LspError, NotFoundError, OverloadError, RemoteError
from lsp_jupyter.images.stores.addresses import signed
from lsp_jupyter.images.stores.cache import FileCache
from lsp_jupyter.images.stores.credentials import authorization, tls
from lsp_jupyter.images.stores.download import Wanted, download
from lsp_jupyter.net import Client

__all__ = ["StoreChain"]

#: Times that a store is asked to go on after it broke off.
_TRIES = 3
#: Seconds between two looks at a download of another process.
_LOOK_EVERY = 0.2
_CONNECT = 10.0

#: Told the bytes that are there, and how many there will be; 0 if nobody knows.
Progress = Callable[[int, int], None]


class _Download:
    """A download that any number of callers wait for."""

    def __init__(self) -> None:
        self.listeners: list[Progress] = []
        self.waiting = 0
        self.task: asyncio.Task[Path] | None = None

    def tell(self, done: int, total: int) -> None:
        """Pass on how far it is."""
        for listener in self.listeners:
            listener(done, total)


class StoreChain:
    """Fetches files that are not on this machine, and keeps them for a while.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Where else files are, and limits.
    cache : `~pathlib.Path`
        The folder of files that were fetched.
    """

    def __init__(self, config: LspConfig, cache: Path) -> None:
        self._config = config
        self.cache = FileCache(cache, config.image_cache)
        self._folder = cache
        self._client = Client(
            hint="Try again later; whoever runs this instance may know more.",
            connect_timeout=min(_CONNECT, config.image_store_timeout),
            head_timeout=config.image_store_timeout,
            idle_timeout=config.image_store_timeout,
            tls=tls,
        )
        self._running: dict[Path, _Download] = {}

    async def fetch(
        self,
        uri: str,
        *,
        size: int = 0,
        checksum: str = "",
        progress: Progress | None = None,
    ) -> Path:
        """The whole file on this disk.

        Whoever asks for a file that is on its way waits for the same download. It ends when
        nobody waits any more; what came is kept for the next one who asks.

        Parameters
        ----------
        uri : `str`
            The file.
        size : `int`
            Its bytes, if they are known.
        checksum : `str`
            ``algorithm:hexadecimal digits`` of it, if known.
        progress : callable, optional
            Told how far it is.

        Returns
        -------
        path : `~pathlib.Path`
            In the cache, or in a store on this machine.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if no store has it.
        lsp_jupyter.errors.LimitError
            Raised if it is larger than this instance fetches.
        lsp_jupyter.errors.OverloadError
            Raised if there is no room for it.
        lsp_jupyter.errors.RemoteError
            Raised if it cannot be had, or is not what was published.
        """
        wanted = Wanted(size, checksum, self._config.image_file_max)
        place = self.cache.place(uri, size, checksum)
        if await asyncio.to_thread(self.cache.has, place):
            return place
        running = self._running.setdefault(place, _Download())
        if running.task is None:
            running.task = asyncio.create_task(self._fetch(uri, place, wanted, running.tell))
            running.task.add_done_callback(lambda _: self._forget(place, running))
        if progress is not None:
            running.listeners.append(progress)
        running.waiting += 1
        try:
            return await asyncio.shield(running.task)
        finally:
            running.waiting -= 1
            if progress is not None:
                running.listeners.remove(progress)
            if not running.waiting and not running.task.done():
                self._forget(place, running)
                running.task.cancel()
                await asyncio.gather(running.task, return_exceptions=True)

    def _forget(self, place: Path, running: _Download) -> None:
        if self._running.get(place) is running:
            del self._running[place]

    async def close(self) -> None:
        """End every download."""
        tasks = [running.task for running in self._running.values() if running.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(self, uri: str, place: Path, wanted: Wanted, tell: Progress) -> Path:
        failure: LspError = NotFoundError("No store has the file.")
        for each in _places(uri, self._config.image_stores):
            try:
                if "://" not in each:
                    return await asyncio.to_thread(_on_disk, Path(each), wanted)
                return await self._remote(each, place, wanted, tell)
            except LspError as error:
                if isinstance(error, (LimitError, OverloadError)):
                    raise
                # One that is there and broken says more than that others do not have it.
                if isinstance(failure, NotFoundError):
                    failure = error
        raise failure

    async def _remote(self, uri: str, place: Path, wanted: Wanted, tell: Progress) -> Path:
        await asyncio.to_thread(self._check_room, wanted.size)
        partial = await asyncio.to_thread(self.cache.partial, place)
        where = f"The store {urlsplit(uri).netloc.rpartition('@')[2]}"
        async with _alone(partial):
            if await asyncio.to_thread(self.cache.has, place):
                return place
            for attempt in range(1, _TRIES + 1):
                url = await asyncio.to_thread(signed, uri)
                # What is signed needs no more, and some stores refuse two ways at once.
                shown = {} if uri.startswith("s3:") else await asyncio.to_thread(authorization, url)
                before = await asyncio.to_thread(_length, partial)
                try:
                    await download(
                        self._client,
                        url,
                        partial,
                        wanted,
                        where=where,
                        progress=tell,
                        headers=shown,
                    )
                    break
                except RemoteError:
                    # It may go on where it broke off, or begin again.
                    grown = await asyncio.to_thread(_length, partial) != before
                    if attempt == _TRIES or not grown:
                        raise
            await asyncio.to_thread(self.cache.keep, partial, place)
        return place

    def _check_room(self, size: int) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self._folder).free - size < self._config.disk_floor:
            raise OverloadError(
                "There is no room for the file on this instance's disk.", retry_after=60
            )


def _places(uri: str, stores: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The addresses of a file, the nearest first."""
    for beginning, others in stores.items():
        if uri.startswith(beginning):
            yield from (other + uri.removeprefix(beginning) for other in others)
    yield uri


def _on_disk(path: Path, wanted: Wanted) -> Path:
    try:
        size = path.stat().st_size
    except OSError:
        raise NotFoundError("No store has the file.") from None
    wanted.check_size(size, "A store on this machine")
    return path


def _length(path: Path) -> int:
    return path.stat().st_size


@contextlib.asynccontextmanager
async def _alone(partial: Path) -> AsyncIterator[None]:
    """Wait until no other server over the same folder writes the file."""
    lock = os.open(partial, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_LOOK_EVERY)
        # The other one may have put it in its place.
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT, 0o600))
        yield
    finally:
        os.close(lock)
