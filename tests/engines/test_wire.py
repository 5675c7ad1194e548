"""Messages between server and worker."""

# ruff: noqa: E501 - tables of cases are easier to read with one a line
from __future__ import annotations

import asyncio
import errno
import os
import struct

import pytest

from lsp_jupyter.engines import wire
from lsp_jupyter.engines.duckdb_failure import Unsuitable, clean, describe_failure
from lsp_jupyter.engines.duckdb_guard import Refused
from lsp_jupyter.errors import error_from_dict

MESSAGES = [{"op": "x"}, {"op": "ä☃", "n": 2**70, "deep": [[{"a": None}]]}, {"q": "x" * 200_000}]


def feed(data: bytes) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    return stream


async def test_messages_come_as_they_went() -> None:
    stream = feed(b"".join(map(wire.pack, MESSAGES)))
    assert [await wire.read(stream) for _ in MESSAGES] == MESSAGES
    assert await wire.read(stream) is None


@pytest.mark.parametrize("cut", [1, 3, 4, 7])
async def test_a_cut_message_is_the_end(cut: int) -> None:
    assert await wire.read(feed(wire.pack({"op": "x"})[:cut])) is None


@pytest.mark.parametrize(
    "data", [b"\xff\xff\xff\xff", struct.pack(">I", 2) + b"[]", struct.pack(">I", 3) + b"{x}"]
)
async def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        await wire.read(feed(data))


def test_blocking_side() -> None:
    read, write = os.pipe()
    small = MESSAGES[:2]
    for message in small:
        wire.write_blocking(write, message)
    os.close(write)
    assert [wire.read_blocking(read) for _ in small] == small
    assert wire.read_blocking(read) is None
    os.close(read)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Conversion Error: Could not convert string 'a' to INT32\n\nLINE 1: x", "Could not convert string 'a' to INT32."),
        ("IO Error: Cannot open file \"/home/u/state/native/x.db\": No such file", 'Cannot open file "(file)": No such file.'),
        ("Invalid Input Error: Division by zero in expression (1 // (n - 5)). Use TRY(...) to", "Division by zero."),
        ("cannot read ../x/y or ~/z here", "cannot read (file) or (file) here."),
        ("ratio 1/2 and m/s stay", "ratio 1/2 and m/s stay."),
        ("", "The engine gave no reason."),
        ("x" * 1000, "x" * 300 + "."),
    ],
)  # fmt: skip
def test_messages_lose_paths_and_advice(text: str, told: str) -> None:
    assert clean(text) == told


@pytest.mark.parametrize(
    ("error", "code", "fatal"),
    [
        (OSError("Conversion Error: Could not convert string 'x' to INT32"), "QueryError", False),
        (OSError("Out of Range Error: Overflow in addition of INT64"), "QueryError", False),
        (OSError("Invalid Input Error: Division by zero"), "QueryError", False),
        (Unsuitable("A value of column x does not fit its type int64"), "QueryError", False),
        (OSError("Out of Memory Error: failed to allocate"), "LimitError", True),
        (MemoryError(), "LimitError", True),
        (RuntimeError("std::bad_alloc"), "LimitError", True),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "ServiceUnavailable", False),
        (
            OSError("IO Error: Could not write file: No space left on device"),
            "ServiceUnavailable",
            False,
        ),
        (OSError("IO Error: Could not read from file /x/y"), "EngineError", False),
        (OSError("Binder Error: no such column"), "EngineError", False),
        (OSError("Permission Error: file system operations are disabled"), "EngineError", False),
        (Refused("the table function read_csv is not admitted"), "EngineError", False),
        (OSError("INTERNAL Error: Attempted to dereference"), "EngineError", True),
        (OSError("FATAL Error: database has been invalidated"), "EngineError", True),
        (RuntimeError("can't start new thread"), "EngineError", True),
        (KeyError("/x/y"), "EngineError", True),
    ],
)
def test_failures_are_told_as_errors_of_the_platform(
    error: BaseException, code: str, fatal: bool
) -> None:
    told, ends = describe_failure(error)
    assert (told["code"], ends) == (code, fatal)
    assert "/x/y" not in str(told)
    rebuilt = error_from_dict(told)
    assert rebuilt.code == code
    assert rebuilt.to_dict() == told
