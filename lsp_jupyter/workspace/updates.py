"""Jobs that change a user table: they make a column quick to search."""

from __future__ import annotations

from pathlib import Path

from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.job import Job
from lsp_jupyter.jobs.work import Progress, Work

from .saving import Saving

__all__ = ["updating"]


def updating(saving: Saving) -> Work:
    """What a job does that has the parameters ``TABLE``, ``INDEX`` and ``UNIQUE``.

    Parameters
    ----------
    saving : `~lsp_jupyter.workspace.saving.Saving`
        Changes the table.
    """

    async def update(caller: Caller, job: Job, folder: Path, progress: Progress) -> None:  # noqa: ARG001 - the table is the result
        given = job.parameters
        await saving.index(
            caller,
            given.get("TABLE", ""),
            given.get("INDEX", ""),
            unique=given.get("UNIQUE", "").lower() == "true",
        )

    return update
