"""The files of images, whole or in part (RFC 9110 section 14)."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO

from lsp_jupyter.errors import NotFoundError, RemoteError
from lsp_jupyter.web import BaseHandler

__all__ = ["ImageFileHandler"]

_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)", re.IGNORECASE)
#: Bytes that are read at once.
_BLOCK = 1 << 20


class ImageFileHandler(BaseHandler):
    """``images/{release}/{uuid}``: the file of an image, as it was published."""

    vo = True

    async def get(self, release: str, uuid: str) -> None:
        """Answer with the file, or the range of it that is asked for."""
        did = f"ivo://{self.settings_of_instance.authority}/{release}?{uuid}"
        file = await asyncio.to_thread(self.platform.archive.one, self.caller, did)
        path = await self.unless_gone(self.platform.archive.local(file))
        opened, status = await asyncio.to_thread(_open, path, file.did)
        try:
            size = status.st_size
            tag = file.checksum or f"{size:x}-{status.st_mtime_ns:x}"
            self.set_header("ETag", f'"{tag}"')
            self.set_header("Last-Modified", formatdate(status.st_mtime, usegmt=True))
            self.set_header("Accept-Ranges", "bytes")
            self.set_header("Cache-Control", "private, no-cache")
            self.set_header("Vary", "Authorization, Cookie")
            self.set_header("Content-Type", file.mime)
            self.attach(file.name)
            if self.check_etag_header():
                self.set_status(304)
                return
            start, end = 0, size
            asked = self.request.headers.get("Range", "")
            if asked and self._unchanged(f'"{tag}"'):
                start, end = _range(asked, size)
                if start >= end:
                    self._refuse_range(size)
                    return
            if end - start < size:
                self.set_status(206)
                self.set_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
            self.set_header("Content-Length", str(end - start))
            if self.request.method == "HEAD":
                await self.finish()
                return
            await self.stream(_pieces(opened, start, end, file.did))
        finally:
            opened.close()

    head = get

    def _unchanged(self, tag: str) -> bool:
        """Whether a part is still of what the client has the rest of."""
        condition = self.request.headers.get("If-Range", "")
        return condition in ("", tag)

    def _refuse_range(self, size: int) -> None:
        self.clear_header("Content-Disposition")
        self.set_header("Content-Range", f"bytes */{size}")
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_status(416)
        self.finish(f"The file has {size} bytes.\n")


def _open(path: Path, did: str) -> tuple[BinaryIO, os.stat_result]:
    try:
        opened = path.open("rb", buffering=0)
    except OSError:
        raise NotFoundError(
            f"The file of the image {did} is not there any more.",
            hint="It may have been removed since: run the query again.",
        ) from None
    return opened, os.fstat(opened.fileno())


def _range(asked: str, size: int) -> tuple[int, int]:
    """The first byte and the one after the last; all of them if that cannot be understood."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return 0, size
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return 0, size
    return int(first), min(size, int(last) + 1) if last else size


def _pieces(opened: BinaryIO, start: int, end: int, did: str) -> Iterator[bytes]:
    opened.seek(start)
    left = end - start
    while left:
        piece = opened.read(min(_BLOCK, left))
        if not piece:
            raise RemoteError(f"The file of the image {did} became shorter while it was read.")
        left -= len(piece)
        yield piece
