"""Messages between the server and its workers: length-prefixed JSON.

Four bytes of length, big-endian, then as many bytes of UTF-8 JSON holding one
object. This module must depend on the standard library only: the worker, which
stands alone, imports it.
"""

from __future__ import annotations

import json
import os
import struct
from asyncio import IncompleteReadError, StreamReader
from typing import Any

__all__ = ["MAX_MESSAGE", "Message", "pack", "read", "read_blocking", "write_blocking"]

Message = dict[str, Any]

#: Longest message either side accepts, bytes; a query text is limited to far less.
MAX_MESSAGE = 64 << 20

_PREFIX = struct.Struct(">I")


def pack(message: Message) -> bytes:
    """The bytes of one message."""
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode()
    if len(body) > MAX_MESSAGE:
        raise ValueError(f"a message of {len(body)} bytes is longer than {MAX_MESSAGE}")
    return _PREFIX.pack(len(body)) + body


def _length(prefix: bytes) -> int:
    (length,) = _PREFIX.unpack(prefix)
    if length > MAX_MESSAGE:
        raise ValueError(f"a message of {length} bytes is announced")
    return int(length)


async def read(stream: StreamReader) -> Message | None:
    """The next message, or `None` when the other side has ended.

    Raises
    ------
    ValueError
        Raised if what arrives is not a message.
    """
    try:
        prefix = await stream.readexactly(_PREFIX.size)
        body = await stream.readexactly(_length(prefix))
    except (IncompleteReadError, ConnectionError):
        return None
    return _decode(body)


def read_blocking(fd: int) -> Message | None:
    """The next message of a file descriptor, or `None` at its end."""
    prefix = _exactly(fd, _PREFIX.size)
    body = None if prefix is None else _exactly(fd, _length(prefix))
    return None if body is None else _decode(body)


def write_blocking(fd: int, message: Message) -> None:
    """Write one message to a file descriptor, all of it."""
    data = memoryview(pack(message))
    while data:
        data = data[os.write(fd, data) :]


def _exactly(fd: int, count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(fd, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _decode(body: bytes) -> Message:
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("a message is not an object")
    return message
