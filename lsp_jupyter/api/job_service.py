"""What a service must be for `~lsp_jupyter.api.uws` to serve its jobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.uws_documents import Output
from lsp_jupyter.jobs.job import Job, Origin
from lsp_jupyter.web import BaseHandler

__all__ = ["JobService", "Output"]


class JobService(Protocol):
    """A service whose requests are jobs.

    Attributes
    ----------
    path : `str`
        Of the job list, below the platform's prefix.
    origin : `~lsp_jupyter.jobs.job.Origin`
        What the jobs made here are marked with.
    uploads : `bool`
        Whether its jobs may come with tables (the parameter UPLOAD).
    most : `int`
        Parameters of one request at most.
    """

    path: str
    origin: Origin
    uploads: bool
    most: int

    @property
    def origins(self) -> Collection[Origin]:
        """Marks of all the jobs that are found here. Synchronous ones are not listed."""

    def check(self, given: Parameters) -> dict[str, str]:
        """The job parameters of a request, those given alone.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if one cannot be used.
        """

    def outputs(self, handler: BaseHandler, job: Job) -> Sequence[Output]:
        """The results that a completed job has."""

    async def send_result(self, handler: BaseHandler, job: Job, name: str) -> None:
        """Answer with the result of that name; it is one of `outputs`."""
