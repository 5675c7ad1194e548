"""A job: what was asked, by whom, and where it stands (UWS 1.1 section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = ["Job", "Origin", "Phase"]


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

    @property
    def query(self) -> str:
        """The query text."""
        return self.parameters.get("QUERY", "")
