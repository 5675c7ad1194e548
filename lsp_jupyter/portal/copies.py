"""Local copies of results of a platform elsewhere, for kernels to map."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from lsp_jupyter.errors import OverloadError

__all__ = ["Copies"]


class Copies:
    """Complete Arrow results in a folder of the user's own.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Made with mode 0700; files have mode 0600 and appear whole.
    keep : `float`
        Seconds after which a copy is removed, counted from when it was made.
    floor : `int`
        Bytes of disk space that must stay free.
    """

    def __init__(self, folder: Path, *, keep: float, floor: int) -> None:
        self.folder = folder
        self._keep = keep
        self._floor = floor
        self._coming: dict[str, asyncio.Task[Path]] = {}

    def path(self, job_id: str) -> Path:
        """Where the copy of a job's result is, or will be."""
        return self.folder / f"{job_id}.arrow"

    def has(self, job_id: str) -> bool:
        """Whether there is a copy."""
        return self.path(job_id).is_file()

    def drop(self, job_id: str) -> None:
        """Remove a copy. A kernel that has mapped it keeps its data."""
        self.path(job_id).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove old copies, and what an earlier process left half-way."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        now = time.time()
        for path in self.folder.iterdir():
            # Whatever is being written belongs to a live server and is young.
            limit = self._keep if path.suffix == ".arrow" else min(self._keep, 86400)
            if now - path.stat().st_mtime > limit:
                path.unlink(missing_ok=True)

    async def fetch(
        self,
        job_id: str,
        source: Callable[[], AbstractAsyncContextManager[tuple[int, AsyncIterable[bytes]]]],
    ) -> Path:
        """The copy of a result, fetched if there is none yet.

        Several requests for the same one at the same time fetch it once, and
        one that goes away does not end it for the others.

        Parameters
        ----------
        job_id : `str`
            The job.
        source : callable
            Opens the result: its size in bytes (0 if not known) and its bytes.

        Raises
        ------
        lsp_jupyter.errors.OverloadError
            Raised if the disk is too full.
        """
        if self.has(job_id):
            return self.path(job_id)
        task = self._coming.get(job_id)
        if task is None:
            task = self._coming[job_id] = asyncio.create_task(self._write(job_id, source))
            task.add_done_callback(lambda done: self._arrived(job_id, done))
        return await asyncio.shield(task)

    def _arrived(self, job_id: str, task: asyncio.Task[Path]) -> None:
        del self._coming[job_id]
        if not task.cancelled():
            task.exception()  # Nobody may be waiting for it any more.

    async def close(self) -> None:
        """End what is being fetched."""
        tasks = list(self._coming.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(
        self,
        job_id: str,
        source: Callable[[], AbstractAsyncContextManager[tuple[int, AsyncIterable[bytes]]]],
    ) -> Path:
        async with source() as (size, chunks):
            await asyncio.to_thread(self._prepare, size)
            handle, name = await asyncio.to_thread(
                tempfile.mkstemp, ".part", f"{job_id}.", self.folder
            )
            part = Path(name)
            try:
                with os.fdopen(handle, "wb") as out:
                    async for chunk in chunks:
                        await asyncio.to_thread(out.write, chunk)
                target = self.path(job_id)
                await asyncio.to_thread(part.replace, target)
            except BaseException:
                _remove(part)
                raise
        return target

    def _prepare(self, size: int) -> None:
        self.sweep()
        if shutil.disk_usage(self.folder).free - size < self._floor:
            raise OverloadError(
                "The disk is too full for a local copy of this result.",
                retry_after=60,
                hint="Free some space, or delete jobs you no longer need.",
            )


def _remove(path: Path) -> None:
    """Remove a file at once: whoever ends this must not find it."""
    path.unlink(missing_ok=True)
