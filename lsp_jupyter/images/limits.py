"""Within what wavelengths and times images were taken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_jupyter.errors import EngineError, LspError, error_from_dict
from lsp_jupyter.images.obscore import OBSCORE
from lsp_jupyter.jobs.job import Origin, Phase

if TYPE_CHECKING:
    from lsp_jupyter.identity import Caller
    from lsp_jupyter.jobs.runner import Jobs

__all__ = ["UNKNOWN", "Limits", "limits_of"]

#: Images that one query asks for.
_MANY = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one image; none where nobody knows.

    Attributes
    ----------
    band : `tuple` of `float`, optional
        Shortest and longest wavelength in vacuum, metres.
    time : `tuple` of `float`, optional
        Begin and end, MJD in UTC.
    """

    band: tuple[float, float] | None = None
    time: tuple[float, float] | None = None


#: The limits of an image of which nobody knows any.
UNKNOWN = Limits()


async def limits_of(jobs: Jobs, caller: Caller, dids: Iterable[str]) -> Mapping[str, Limits]:
    """The limits of images, as ``ivoa.ObsCore`` has them.

    Parameters
    ----------
    jobs : `~lsp_jupyter.jobs.runner.Jobs`
        Runs the query.
    caller : `~lsp_jupyter.identity.Caller`
        Who asks.
    dids : iterable of `str`
        Identifiers.

    Returns
    -------
    limits : mapping of `Limits`
        By identifier, of those that the caller may read.
    """
    wanted = [did for did in dict.fromkeys(dids) if "'" not in did]
    found: dict[str, Limits] = {}
    for start in range(0, len(wanted), _MANY):
        names = ", ".join(f"'{did}'" for did in wanted[start : start + _MANY])
        query = [
            "SELECT obs_publisher_did, em_min, em_max, t_min, t_max",
            f"FROM {OBSCORE.full_name}",
            f"WHERE obs_publisher_did IN ({names})",
        ]
        job = await jobs.submit(caller, {"QUERY": "\n".join(query)}, origin=Origin.TAP_SYNC)
        try:
            job = await jobs.finished(caller, job.id, job.execution_duration)
            if job.phase is not Phase.COMPLETED:
                raise error_from_dict(dict(job.error)) if job.error else EngineError("No answer.")
            for batch in jobs.result(caller, job.id).iter_batches():
                columns = (column.to_pylist() for column in batch.columns)
                for did, low, high, begin, end in zip(*columns, strict=True):
                    found[did] = Limits(_pair(low, high), _pair(begin, end))
        finally:
            # It was a question of this moment, nobody's job.
            with contextlib.suppress(LspError):
                await jobs.delete(caller, job.id)
    return found


def _pair(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)
