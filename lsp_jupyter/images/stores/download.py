"""One file over HTTP: whole and as it was published, or an error."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from lsp_jupyter.errors import LimitError, NotFoundError, RemoteError
from lsp_jupyter.net import Client, Response

__all__ = ["Wanted", "download"]

#: Checksums that are known; others are not compared.
_ALGORITHMS = ("sha256", "sha512", "blake2b", "md5", "sha1")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_READ = 1 << 20
#: HTTP status: there is nothing from there on.
_UNSATISFIABLE = 416

#: Told the bytes that are there, and how many there will be; 0 if nobody knows.
Progress = Callable[[int, int], None]


class Wanted:
    """What a file must be.

    Parameters
    ----------
    size : `int`
        Bytes; 0 if nobody knows.
    checksum : `str`
        ``algorithm:hexadecimal digits``; empty if nobody knows.
    limit : `int`
        Bytes at most.
    """

    def __init__(self, size: int = 0, checksum: str = "", limit: int = 1 << 62) -> None:
        self.size = size
        self.limit = limit
        #: What the store called the version that was begun.
        self.version = ""
        self.algorithm, _, self.digest = checksum.lower().partition(":")
        if self.algorithm not in _ALGORITHMS:
            self.algorithm = ""

    def check_size(self, size: int, where: str) -> None:
        """Raise if a file of that many bytes is not wanted."""
        if size > self.limit:
            raise LimitError(
                f"The file has {size:,} bytes; this instance fetches {self.limit:,} at most."
            )
        if self.size and size != self.size:
            raise RemoteError(
                f"{where} has another file than the one that was published: "
                f"{size:,} bytes instead of {self.size:,}."
            )

    def hash(self) -> Any:
        """What makes the checksum; none if it is not known."""
        return hashlib.new(self.algorithm, usedforsecurity=False) if self.algorithm else None


async def download(
    client: Client,
    url: str,
    partial: Path,
    wanted: Wanted,
    *,
    where: str,
    progress: Progress,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Fetch a file, or the rest of it.

    Parameters
    ----------
    client : `~lsp_jupyter.net.Client`
        What speaks HTTP.
    url : `str`
        The file.
    partial : `~pathlib.Path`
        Where it grows. What is there is kept if the store can go on from there.
    wanted : `Wanted`
        What it must be.
    where : `str`
        The store, for people.
    progress : callable
        Told how far it is.
    headers : mapping, optional
        Sent as well.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if the store does not have it.
    lsp_jupyter.errors.LimitError
        Raised if it is too large.
    lsp_jupyter.errors.RemoteError
        Raised if it cannot be had, or is not what was published. What came stays only if it may
        be its beginning.
    """
    there = await asyncio.to_thread(_length, partial)
    if not (wanted.digest or wanted.version) or (wanted.size and there > wanted.size):
        # Nothing would tell whether the two parts are of the same file.
        there = 0
    if not (there and there == wanted.size):
        asked = {"Accept-Encoding": "identity", **(headers or {})}
        if there:
            asked["Range"] = f"bytes={there}-"
            if wanted.version:
                asked["If-Range"] = wanted.version
        async with client.request(url, headers=asked) as answer:
            if answer.status == _UNSATISFIABLE:
                await asyncio.to_thread(os.truncate, partial, 0)
            there, total = _begin(answer, there, wanted, where)
            await _receive(answer, partial, there, total, wanted, where, progress)
    digest = wanted.hash()
    if digest is not None and await asyncio.to_thread(_digest, partial, digest) != wanted.digest:
        await asyncio.to_thread(os.truncate, partial, 0)
        raise RemoteError(f"{where} has another file than the one that was published.")
    wanted.check_size(await asyncio.to_thread(_length, partial), where)


def _begin(answer: Response, there: int, wanted: Wanted, where: str) -> tuple[int, int]:
    """Where the answer begins, and how long the file is; 0 if it is not told."""
    status = answer.status
    if status in (404, 410):
        raise NotFoundError(f"{where} does not have the file.")
    if status in (401, 403):
        raise RemoteError(
            f"{where} refused the file with status {status}.",
            hint="Whoever runs this instance sets its credentials.",
        )
    if status not in (200, 206):
        raise RemoteError(f"{where} refused the file with status {status}.")
    encoding = answer.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise RemoteError(f"{where} changed the file on its way ({encoding[:20]}).")
    length = int(answer.headers.get("Content-Length") or 0)
    if status == 206:
        found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != there:
            raise RemoteError(f"{where} sent another part of the file than it was asked for.")
        total = there + length if found[2] == "*" else int(found[2])
    else:
        there, total = 0, length
    if total:
        wanted.check_size(total, where)
    version = answer.headers.get("ETag", "")
    wanted.version = version if version.startswith('"') else ""
    return there, total


async def _receive(
    answer: Response,
    partial: Path,
    there: int,
    total: int,
    wanted: Wanted,
    where: str,
    progress: Progress,
) -> None:
    file = await asyncio.to_thread(_opened, partial, there)
    try:
        async for chunk in answer.chunks():
            there += len(chunk)
            if there > wanted.limit or (wanted.size and there > wanted.size):
                wanted.check_size(there, where)
            await asyncio.to_thread(file.write, chunk)
            progress(there, total or wanted.size)
    finally:
        await asyncio.to_thread(file.close)


def _opened(partial: Path, there: int) -> BinaryIO:
    file = partial.open("r+b" if there else "wb")
    file.seek(there)
    file.truncate()
    return file


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _digest(path: Path, digest: Any) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_READ):
            digest.update(chunk)
    return str(digest.hexdigest())
