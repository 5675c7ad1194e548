"""Copies the files of a release to another store, or tells what differs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lsp_jupyter.errors import LspError, UsageError
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.replication.targets import Target, digest_of

__all__ = ["Report", "compare", "relative_paths", "replicate"]


@dataclass(slots=True)
class Report:
    """How two stores stand to each other.

    Attributes
    ----------
    copied, present : `int`
        Files that were copied, and those that were there already.
    size : `int`
        Bytes that were copied.
    missing, different, extra : `list` of `str`
        Paths of files that the other store lacks, has otherwise, or has in addition.
    failed : `dict` of `str`
        What is wrong with files that could not be copied or compared, by path.
    """

    copied: int = 0
    present: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether the other store has every file as it is here."""
        return not (self.missing or self.different or self.failed)


#: Gives a file on this disk, fetched if it is elsewhere.
Local = Callable[[ImageFile], Awaitable[Path]]
#: Told the files that are done, and how many there are.
Progress = Callable[[int, int], None]


def relative_paths(files: Iterable[ImageFile], root: str) -> dict[str, ImageFile]:
    """The files by their paths below the root of their store.

    Parameters
    ----------
    files : iterable of `~lsp_jupyter.images.file.ImageFile`
        All files of a release, so that some of them have the same paths as all.
    root : `str`
        Where the store is said to be; what the files have in common is taken if they are
        elsewhere.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if a path leads out of the store.
    """
    listed = list(files)
    base = root.rstrip("/") + "/"
    if not all(file.uri.startswith(base) for file in listed):
        base = _common([file.uri for file in listed])
    found = {file.uri.removeprefix(base).partition("#")[0]: file for file in listed}
    for path in found:
        if ".." in PurePosixPath(path).parts or path.startswith("/"):
            raise UsageError(f"The file {path[:100]} leads out of its store.")
    return found


def _common(uris: Sequence[str]) -> str:
    first, last = min(uris, default=""), max(uris, default="")
    length = next(
        (place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
        min(len(first), len(last)),
    )
    return first[: first.rfind("/", 0, length) + 1]


async def replicate(
    files: Mapping[str, ImageFile],
    local: Local,
    target: Target,
    *,
    workers: int = 4,
    progress: Progress | None = None,
) -> Report:
    """Copy what another store lacks.

    A file is there as soon as its copy was read again and is the same: an interrupted run goes on
    where it was. One that fails does not keep others from being copied.

    Parameters
    ----------
    files : mapping
        By path.
    local : callable
        Gives each file on this disk.
    target : `Target`
        The other store.
    workers : `int`
        Files that are copied at once.
    progress : callable, optional
        Told how many are done.

    Returns
    -------
    report : `Report`
        What was done. A file that is there with another size is replaced.
    """
    report = Report()

    async def copy(path: str, file: ImageFile) -> None:
        there = await asyncio.to_thread(target.size, path)
        if there is not None and there == file.size:
            report.present += 1
            return
        source = await local(file)
        size = source.stat().st_size
        if there == size:
            report.present += 1
            return
        algorithm, _, digest = file.checksum.partition(":")
        expected = digest if algorithm == "sha256" else ""
        await asyncio.to_thread(target.put, path, source, expected)
        report.copied += 1
        report.size += size

    await _each(files, copy, report, workers, progress)
    return report


async def compare(
    files: Mapping[str, ImageFile],
    local: Local,
    target: Target,
    *,
    deep: bool = False,
    workers: int = 4,
    progress: Progress | None = None,
) -> Report:
    """Tell what another store lacks, has otherwise, or has in addition.

    Parameters
    ----------
    files, local, target, workers, progress
        As of `replicate`.
    deep : `bool`
        Whether to read all files, rather than to compare their sizes.
    """
    report = Report()

    async def same(path: str, file: ImageFile) -> bool:
        return await asyncio.to_thread(target.digest, path) == await _own(file, local)

    async def look(path: str, file: ImageFile) -> None:
        size = await asyncio.to_thread(target.size, path)
        if size is None:
            report.missing.append(path)
        elif (file.size and size != file.size) or (deep and not await same(path, file)):
            report.different.append(path)
        else:
            report.present += 1

    await _each(files, look, report, workers, progress)
    report.extra = sorted(set(await asyncio.to_thread(lambda: set(target.listing()))) - set(files))
    return report


async def _own(file: ImageFile, local: Local) -> str:
    if file.checksum.startswith("sha256:"):
        return file.checksum.removeprefix("sha256:")
    return await asyncio.to_thread(digest_of, await local(file))


async def _each(
    files: Mapping[str, ImageFile],
    work: Callable[[str, ImageFile], Awaitable[None]],
    report: Report,
    workers: int,
    progress: Progress | None,
) -> None:
    """Do something with every file, several at once; what fails is written down."""
    waiting = iter(files.items())
    done = 0

    async def worker() -> None:
        nonlocal done
        for path, file in waiting:
            try:
                await work(path, file)
            except LspError as error:
                report.failed[path] = error.message
            except OSError as error:
                report.failed[path] = error.strerror or type(error).__name__
            done += 1
            if progress is not None:
                progress(done, len(files))

    async with asyncio.TaskGroup() as group:
        for _ in range(max(1, min(workers, len(files)))):
            group.create_task(worker())
    for names in (report.missing, report.different):
        names.sort()
