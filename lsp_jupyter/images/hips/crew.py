"""Has many tiles made at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsp_jupyter.images.pool import ImagePool

__all__ = ["Crew", "Meter", "Say"]

#: Tiles that a worker makes in one go.
_CHUNK = 16
#: Seconds that may take.
_SECONDS = 3600.0

#: Told the stage, how much is done, and of how much.
Meter = Callable[[str, int, int | None], None]
#: Told what a worker says of its progress.
Say = Callable[[Mapping[str, Any]], None]


class Crew:
    """The processes that make tiles, and who is told how far they are.

    Parameters
    ----------
    pool : `~lsp_jupyter.images.pool.ImagePool`
        Works on pixels.
    meter : callable
        Told how far it is.
    """

    def __init__(self, pool: ImagePool, meter: Meter) -> None:
        self._pool = pool
        self._meter = meter

    async def run(self, task: str, args: Mapping[str, Any], report: Say) -> dict[str, Any]:
        """Have one task done; see `~lsp_jupyter.images.pool.ImagePool.run`."""
        told = {key: str(one) if isinstance(one, Path) else one for key, one in args.items()}
        return await self._pool.run(task, told, seconds=_SECONDS, report=report)

    async def each(
        self, stage: str, task: str, numbers: Collection[int], args: Mapping[str, Any]
    ) -> None:
        """Have a task done for every tile of some."""

        async def make(part: Sequence[int], report: Say) -> None:
            await self.run(task, {**args, "tiles": list(part)}, report)

        await self.parts(stage, sorted(numbers), make)

    async def pictures(
        self, task: str, levels: Mapping[int, Collection[int]], args: Mapping[str, Any]
    ) -> int:
        """Have pictures made of the tiles of several orders; gives how many."""
        for level, numbers in sorted(levels.items(), reverse=True):
            await self.each(f"pictures {level}", task, numbers, {"order": level, **args})
        return sum(map(len, levels.values()))

    async def parts(
        self,
        stage: str,
        numbers: Sequence[int],
        make: Callable[[Sequence[int], Say], Awaitable[None]],
    ) -> None:
        """Have neighbours made together, as many parts at once as there are processes.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised as by the first one that fails; the others are ended.
        """
        if not numbers:
            return
        room = asyncio.Semaphore(self._pool.size)
        done = 0

        async def one(part: Sequence[int]) -> None:
            nonlocal done
            before = 0

            def report(told: Mapping[str, Any]) -> None:
                nonlocal done, before
                done += told["done"] - before
                before = told["done"]
                self._meter(stage, done, len(numbers))

            async with room:
                await make(part, report)

        self._meter(stage, 0, len(numbers))
        try:
            async with asyncio.TaskGroup() as group:
                for first in range(0, len(numbers), _CHUNK):
                    group.create_task(one(numbers[first : first + _CHUNK]))
        except ExceptionGroup as errors:
            found: Exception = errors
            while isinstance(found, ExceptionGroup):
                found = found.exceptions[0]
            raise found from None
