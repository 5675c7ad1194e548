"""The contract every engine keeps, from the embedded one to a cluster.

An engine gets a `Task`: SQL of its own dialect and a path. It never sees a
catalogue, a user or HTTP. It writes one Arrow IPC stream to the path and
reports each finished record batch, so that readers may follow the file while
it grows. What `Engine.submit` returns is a string that can be stored with the
job and given to `Engine.attach` by another process later.

This module must not depend on any other part of the package.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

__all__ = [
    "SAMPLE",
    "Attachment",
    "Batch",
    "Engine",
    "EngineInfo",
    "Estimate",
    "Handle",
    "Queue",
    "State",
    "Status",
    "Task",
]

#: The share of a table's rows that its sample holds.
SAMPLE = 0.01

#: What `Engine.submit` returns: JSON text that names the engine and its own id.
Handle = str


class Queue(StrEnum):
    """Which workers a task may use."""

    INTERACTIVE = "interactive"
    SCAN = "scan"


class State(StrEnum):
    """Where a task stands inside the engine."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One immutable file that a task reads.

    Attributes
    ----------
    alias : `str`
        Name the SQL uses for it: a database, or the table that a result is.
    path : `~pathlib.Path`
        The file.
    size : `int`
        Bytes.
    private : `bool`
        Whether it is one user's own: whoever read it must never serve somebody else.
    """

    alias: str
    path: Path
    size: int = 0
    private: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One query for an engine.

    Attributes
    ----------
    id : `str`
        Identity of the result that is being made.
    sql : `str`
        A single SELECT in the engine's dialect. It holds its own LIMIT of
        ``maxrec + 1`` rows, the last of which only tells of an overflow.
    fields : `tuple` of mapping
        One a result column, in order: its ``name`` and the metadata to put on
        the Arrow field (``datatype``, ``unit``, ``ucd`` …).
    attachments : `tuple` of `Attachment`
        The native files of the table generations this task pinned.
    results : `tuple` of `Attachment`
        Finished results it reads as tables: Arrow IPC streams.
    output : `~pathlib.Path`
        The Arrow IPC stream to write; the file must not exist yet.
    maxrec : `int`
        Rows to write at most; one more that exists sets ``overflow``.
    max_bytes : `int`
        Bytes to write at most; reaching it sets ``overflow`` too.
    timeout : `float`
        Seconds of wall time after which the task is killed.
    queue : `Queue`
        Interactive or scan.
    turn : `str`
        Tasks of different words that wait take turns; those of one word keep their order.
    metadata : mapping
        Text to put on the Arrow schema (the provenance).
    durable : `bool`
        Whether a finished file must survive a power failure. A result that is
        streamed to its only reader need not.
    service : `str`
        URL of the TAP service that runs it; ``sql`` is ADQL then. Empty: this instance.
    """

    id: str
    sql: str
    fields: tuple[Mapping[str, str], ...]
    output: Path
    attachments: tuple[Attachment, ...] = ()
    results: tuple[Attachment, ...] = ()
    maxrec: int = 100_000_000
    max_bytes: int = 4 << 30
    timeout: float = 60.0
    queue: Queue = Queue.INTERACTIVE
    turn: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    durable: bool = True
    service: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """One record batch of the result file, complete on disk.

    Attributes
    ----------
    offset, length : `int`
        Bytes of its IPC message within the file.
    rows : `int`
        Rows in it.
    """

    offset: int
    length: int
    rows: int


@dataclass(frozen=True, slots=True)
class Status:
    """What an engine knows of a task.

    Attributes
    ----------
    state : `State`
        Where it stands.
    batches : `tuple` of `Batch`
        All batches so far; readers may read these and no further.
    header : `int`
        Bytes of the schema message at the start of the file; 0 before it is written.
    rows, size : `int`
        Rows and bytes so far.
    fraction : `float`, optional
        Progress between 0 and 1 where the engine can tell.
    queue_position : `int`, optional
        Tasks ahead of it while queued.
    overflow : `bool`
        Cut off at ``maxrec`` or ``max_bytes``.
    sha256 : `str`
        Of the finished file.
    error : `dict`, optional
        `lsp_jupyter.errors.LspError.to_dict` of the failure.
    """

    state: State
    batches: tuple[Batch, ...] = ()
    header: int = 0
    rows: int = 0
    size: int = 0
    fraction: float | None = None
    queue_position: int | None = None
    overflow: bool = False
    sha256: str = ""
    error: Mapping[str, Any] | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a task is expected to cost; `None` where the engine cannot tell.

    Attributes
    ----------
    rows, bytes : `int`, optional
        Of its result.
    seconds : `float`, optional
        From the moment a worker has it to its end.
    partitions, partitions_total : `int`, optional
        Parts of the tables' files that it has to read, and all parts that they have.
    """

    rows: int | None = None
    bytes: int | None = None
    seconds: float | None = None
    partitions: int | None = None
    partitions_total: int | None = None


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine is."""

    name: str
    version: str
    dialect: str
    workers: Mapping[str, int] = field(default_factory=dict)


class Engine(Protocol):
    """What runs queries. All methods are called on one event loop and never block it."""

    async def start(self) -> None:
        """Get ready; called once."""

    async def close(self) -> None:
        """End every task and process of this engine."""

    def describe(self) -> EngineInfo:
        """Name, version and dialect."""

    async def estimate(self, task: Task) -> Estimate:
        """Expected cost, without running it."""

    async def submit(self, task: Task) -> Handle:
        """Accept a task and return at once.

        Raises
        ------
        lsp_jupyter.errors.OverloadError
            Raised if the engine's own queue is full.
        """

    async def poll(self, handle: Handle, *, seen: int = 0, wait: float = 0.0) -> Status:
        """The task's status.

        Parameters
        ----------
        handle : `str`
            What `submit` returned.
        seen : `int`
            Batches the caller knows of already.
        wait : `float`
            Seconds to wait for more batches than ``seen``, for another state
            or for the end.

        Raises
        ------
        lsp_jupyter.errors.EngineError
            Raised if the engine does not know the task.
        """

    def fetch(self, handle: Handle, first: int = 0) -> AsyncIterator[bytes]:
        """The rows from batch number ``first`` on, as IPC messages, until the end.

        Batches count as they were reported while the task ran, so that a
        reader can go on where it stopped although the finished file holds
        larger ones.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised after the last batch if the task failed or was cancelled.
        """

    async def cancel(self, handle: Handle) -> None:
        """End the task; it is gone within 2 s. Cancelling a finished task does nothing."""

    async def attach(self, handle: Handle) -> bool:
        """Whether a task of an earlier process can be polled here again."""
