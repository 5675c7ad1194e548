"""A job: what was asked, by whom, and where it stands (UWS 1.1 section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

__all__ = ["SEPARATOR", "Job", "Origin", "Phase", "about"]

#: Between the values of a parameter that was given several times.
SEPARATOR = "\x1e"


class Phase(StrEnum):
    """Execution phases (UWS 1.1 section 2.1.3)."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"
    ABORTED = "ABORTED"
    HELD = "HELD"
    ARCHIVED = "ARCHIVED"

    @property
    def active(self) -> bool:
        """Whether it still can change by itself."""
        return self in (Phase.QUEUED, Phase.EXECUTING)

    @property
    def final(self) -> bool:
        """Whether it ended."""
        return self in (Phase.COMPLETED, Phase.ERROR, Phase.ABORTED, Phase.ARCHIVED)


class Origin(StrEnum):
    """The way a job came in."""

    PORTAL = "portal"
    NOTEBOOK = "notebook"
    TAP_SYNC = "sync"
    TAP_ASYNC = "async"
    SHELL = "shell"
    # Jobs that are not queries (`lsp_jupyter.jobs.work`).
    UPDATE = "update"
    SODA = "soda"
    CUTOUTS = "cutouts"
    MOSAIC = "mosaic"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class Job:
    """One job; immutable, the store hands out a new one for each change.

    Attributes
    ----------
    id : `str`
        Random, never reused; the one name every Aspect knows the result by.
    owner : `str`
        The caller's subject.
    phase : `Phase`
        Where it stands.
    parameters : mapping
        What was asked, as sent: ``QUERY``, ``LANG``, ``MAXREC`` …
    origin : `Origin`
        The way it came in.
    run_id : `str`
        The client's own label (RUNID).
    name : `str`
        What its owner calls it; empty if nobody named it.
    tags : `tuple` of `str`
        Words its owner put on it.
    created, started, ended, destruction : `~datetime.datetime`
        UTC; `None` where it has not happened.
    execution_duration : `float`
        Seconds it may run.
    result_id : `str`
        The result's data record; empty before it starts.
    handle : `str`
        The engine's handle; empty before it starts.
    lease : `str`
        The server that runs it; empty when none does.
    rows, size : `int`
        Of the result so far, rows and bytes.
    fraction : `float`, optional
        Progress between 0 and 1.
    overflow : `bool`
        Whether the result was cut off.
    error : mapping, optional
        `LspError.to_dict` of its failure.
    fingerprint : `str`
        Equal for jobs whose results must be equal; empty where none may be used again.
    twin : `str`
        The job whose stored result answered this one; empty if it ran itself.
    expected : `float`, optional
        Seconds that it will run, as estimated; `None` where that is not known.
    position : `int`, optional
        Jobs and queries before it while it waits; `None` when it does not.
    """

    id: str
    owner: str
    phase: Phase
    parameters: Mapping[str, str]
    origin: Origin
    created: datetime
    destruction: datetime
    execution_duration: float
    run_id: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    started: datetime | None = None
    ended: datetime | None = None
    result_id: str = ""
    handle: str = ""
    lease: str = ""
    rows: int = 0
    size: int = 0
    fraction: float | None = None
    overflow: bool = False
    error: Mapping[str, Any] | None = field(default=None)
    fingerprint: str = ""
    twin: str = ""
    expected: float | None = None
    position: int | None = None

    @property
    def quote(self) -> datetime | None:
        """When it is expected to be done (UWS 1.1 section 2.2.1.7), where that is known."""
        if self.ended is not None:
            return self.ended
        if self.expected is None:
            return None
        return (self.started or datetime.now(UTC)) + timedelta(seconds=self.expected)

    @property
    def note(self) -> str:
        """What its owner should know of it; empty if there is nothing."""
        if self.phase is Phase.HELD and self.expected is not None:
            return (
                f"It is expected to take {about(self.expected)}, and may take "
                f"{about(self.execution_duration)}. Send PHASE=RUN to run it anyway."
            )
        if self.twin:
            return f"Answered from the stored result of the identical job {self.twin}."
        return ""

    @property
    def query(self) -> str:
        """The query text."""
        return self.parameters.get("QUERY", "")

    @property
    def service(self) -> str:
        """The outside service that runs it; empty if this instance does.

        Only panel and kernels may name one: a client of TAP asks what it asks itself.
        """
        if self.origin not in (Origin.PORTAL, Origin.NOTEBOOK):
            return ""
        return self.parameters.get("SERVICE", "")


def about(seconds: float) -> str:
    """A time as people say it."""
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"about {seconds / size:.0f} {name}"
    return f"about {seconds:.0f} seconds"
