"""Several engines as one: each task goes to the one that can run it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from .protocol import Engine, EngineInfo, Estimate, Handle, Status, Task

__all__ = ["Engines"]


class Engines:
    """The engine of this instance, and one that asks outside services.

    Parameters
    ----------
    own : `~lsp_jupyter.engines.protocol.Engine`
        Runs queries of this instance's tables.
    outside : `~lsp_jupyter.engines.protocol.Engine`
        Runs the tasks that name a service.
    """

    def __init__(self, own: Engine, outside: Engine) -> None:
        self._own = own
        self._outside = outside

    async def start(self) -> None:
        """Start both."""
        await asyncio.gather(self._own.start(), self._outside.start())

    async def close(self) -> None:
        """Close both."""
        await asyncio.gather(self._own.close(), self._outside.close())

    def describe(self) -> EngineInfo:
        """What the own one is."""
        return self._own.describe()

    async def estimate(self, task: Task) -> Estimate:
        """Expected cost, without running it."""
        return await self._for(task).estimate(task)

    async def submit(self, task: Task) -> Handle:
        """Accept a task and return at once."""
        return await self._for(task).submit(task)

    async def poll(self, handle: Handle, *, seen: int = 0, wait: float = 0.0) -> Status:
        """The task's status."""
        return await self._of(handle).poll(handle, seen=seen, wait=wait)

    def fetch(self, handle: Handle, first: int = 0) -> AsyncIterator[bytes]:
        """The rows from batch number ``first`` on."""
        return self._of(handle).fetch(handle, first)

    async def cancel(self, handle: Handle) -> None:
        """End the task."""
        await self._of(handle).cancel(handle)

    async def attach(self, handle: Handle) -> bool:
        """Whether a task of an earlier process can be polled here again."""
        return await self._of(handle).attach(handle)

    def _for(self, task: Task) -> Engine:
        return self._outside if task.service else self._own

    def _of(self, handle: Handle) -> Engine:
        try:
            name = json.loads(handle)["engine"]
        except (ValueError, TypeError, KeyError):
            return self._own
        return self._outside if name == "tap" else self._own
