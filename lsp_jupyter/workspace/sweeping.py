"""Deletes, now and then, the files of tables that were replaced or deleted."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from lsp_jupyter.jobs.leases import pinned_files

from .tables import UserTables

__all__ = ["sweep"]

log = logging.getLogger(__name__)

#: Seconds between two rounds.
EVERY = 600.0


async def sweep(tables: UserTables, leases: Path, *, every: float = EVERY) -> None:
    """Go on for ever.

    Parameters
    ----------
    tables : `~lsp_jupyter.workspace.tables.UserTables`
        Whose files.
    leases : `~pathlib.Path`
        Where the servers of an instance tell which files their jobs read.
    every : `float`
        Seconds between two rounds.
    """
    while True:
        try:
            held = await asyncio.to_thread(pinned_files, leases)
            await asyncio.to_thread(tables.collect, held)
        except Exception:
            # It goes on whatever happens: the next round may find the cause gone.
            log.exception("files of user tables were not collected")
        await asyncio.sleep(every)
