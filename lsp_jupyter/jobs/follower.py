"""Follows what other processes publish, so that a server need not be restarted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from lsp_jupyter.engines.protocol import Attachment

__all__ = ["Follower"]

log = logging.getLogger(__name__)

#: Seconds between two looks at the catalogue.
LOOK_EVERY = 1.0


class _Catalog(Protocol):
    def pin_all(self) -> Sequence[Attachment]:
        """The native files of all published tables."""


class _Engine(Protocol):
    async def warm(self, attachments: Sequence[Attachment]) -> None:
        """Have workers ready with these files."""


class Follower:
    """Has an engine ready for what is published, by whatever process.

    Queries do not need it: each is compiled against the catalogue as it is
    then, and an engine fetches what it lacks. It spares them the wait.

    Parameters
    ----------
    catalog
        What is published; asked in a thread.
    engine
        What keeps files open. It ends no query that runs.
    """

    def __init__(self, catalog: _Catalog, engine: _Engine) -> None:
        self._catalog = catalog
        self._engine = engine
        self._known: frozenset[Attachment] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, then go on looking.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the catalogue cannot be read.
        """
        await self._look()
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look()
            except Exception:
                # It goes on whatever happens: the next look may find the cause gone.
                log.exception("the catalogue cannot be followed")

    async def _look(self) -> None:
        found = await asyncio.to_thread(self._catalog.pin_all)
        if frozenset(found) == self._known:
            return
        self._known = frozenset(found)
        await self._engine.warm(found)
