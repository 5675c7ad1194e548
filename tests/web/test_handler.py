"""What every handler does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.iostream import StreamClosedError

from lsp_jupyter.web import BaseHandler


async def test_what_was_waited_for_has_ended_when_the_client_is_gone() -> None:
    """A generator that still runs cannot be closed."""
    ended = []

    async def columns() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.sleep(60)
            yield 2
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    handler: Any = SimpleNamespace(gone=asyncio.Event())
    found = columns()
    assert await BaseHandler.unless_gone(handler, anext(found)) == 1
    asyncio.get_running_loop().call_later(0.01, handler.gone.set)
    with pytest.raises(StreamClosedError):
        await BaseHandler.unless_gone(handler, anext(found))
    assert ended
    await found.aclose()


async def test_nothing_waits_on_when_the_request_is_cancelled() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    handler: Any = SimpleNamespace(gone=asyncio.Event())
    waiting = asyncio.create_task(BaseHandler.unless_gone(handler, work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended
