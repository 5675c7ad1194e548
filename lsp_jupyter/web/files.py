"""Files as answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from lsp_jupyter.web.handler import BaseHandler

__all__ = ["send_file"]

#: Bytes that are read at once.
BLOCK = 1 << 20


async def send_file(handler: BaseHandler, path: Path, mime: str) -> None:
    """Answer with a whole file; it may be removed once this has returned.

    Parameters
    ----------
    handler : `~lsp_jupyter.web.handler.BaseHandler`
        Of the request.
    path : `~pathlib.Path`
        The file.
    mime : `str`
        Its Content-Type.
    """
    source, size = await asyncio.to_thread(_open, path)
    with source:
        handler.set_header("Content-Type", mime)
        handler.set_header("Content-Length", str(size))
        await handler.stream(_blocks(source))


def _open(path: Path) -> tuple[BinaryIO, int]:
    return path.open("rb"), path.stat().st_size


def _blocks(source: BinaryIO) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block
