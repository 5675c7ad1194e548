"""The durable records of jobs, in SQLite.

Several servers may share the file: every write is one immediate transaction,
and a change of phase says from which phases it may happen, so that of two who
change a job one wins. Every read on behalf of somebody takes a
`~lsp_jupyter.identity.Caller` and finds only the caller's own jobs.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import EngineError, JobNotFoundError, OverloadError, StateError
from lsp_jupyter.identity import Caller

from .job import Job, Origin, Phase
from .rows import COLUMNS, MIGRATIONS, caller_of, caller_text, job_of, stamp, stored
from .search import Search, marks

__all__ = ["JobStore", "not_allowed"]

#: Seconds to wait for another server's transaction.
_BUSY = 30.0


class JobStore:
    """The job records of an instance.

    Methods that change something wait for the disk: call them from a thread.

    Parameters
    ----------
    path : `~pathlib.Path`
        The database file; made if missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._writer = self._connect()
        # A lost microsecond of progress is no loss; what was acknowledged is (`durable`).
        self._writer.execute("PRAGMA synchronous = FULL")
        self._durable = True
        self._migrate()
        path.chmod(0o600)
        self._reader = self._connect()
        self._reader.execute("PRAGMA query_only = ON")
        self._seen = self._data_version()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.create_function("fold", 1, str.lower, deterministic=True)
        return connection

    def _migrate(self) -> None:
        with self._transaction(durable=True) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(MIGRATIONS):
                raise EngineError(
                    "The job store was written by a newer version of this software.",
                    hint="Upgrade lsp_jupyter, or use another state folder.",
                )
            for migration in MIGRATIONS[version:]:
                for statement in migration.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def close(self) -> None:
        """Close the file; the store cannot be used after that."""
        with self._write_lock, self._read_lock:
            self._writer.close()
            self._reader.close()

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        with self._write_lock:
            if durable != self._durable:
                mode = "FULL" if durable else "NORMAL"
                self._writer.execute(f"PRAGMA synchronous = {mode}")
                self._durable = durable
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException as error:
                # Of a full disk SQLite may have rolled back by itself.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise OverloadError(
                        f"The job store cannot be written now: {error}.", retry_after=60
                    ) from error
                raise

    # -- on behalf of a caller ---------------------------------------------

    def get(self, caller: Caller, job_id: str) -> Job:
        """The caller's job of that id.

        Raises
        ------
        lsp_jupyter.errors.JobNotFoundError
            Raised if the caller has no such job.
        """
        rows = self._read("SELECT * FROM jobs WHERE id = ? AND owner = ?", job_id, caller.subject)
        if not rows:
            raise _not_found()
        return job_of(rows[0])

    def find(
        self, caller: Caller, search: Search | None = None, *, last: int | None = None
    ) -> list[Job]:
        """The caller's jobs, newest first (UWS 1.1 section 2.2.2.1).

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose.
        search : `~lsp_jupyter.jobs.search.Search`, optional
            Which; all but archived ones if not given.
        last : `int`, optional
            Only that many.
        """
        condition, values = (search or Search()).condition()
        sql = f"SELECT * FROM jobs WHERE owner = ? AND {condition} ORDER BY created DESC, seq DESC"  # noqa: S608
        if last is not None:
            sql += " LIMIT ?"
            values.append(max(last, 0))
        return [job_of(row) for row in self._read(sql, caller.subject, *values)]

    def tags(self, caller: Caller) -> list[str]:
        """Every tag of the caller's jobs, in the order of the alphabet."""
        rows = self._read(
            "SELECT DISTINCT value FROM jobs, json_each(jobs.tags)"
            " WHERE owner = ? AND tags <> '[]' AND phase <> ? ORDER BY lower(value), value",
            caller.subject,
            Phase.ARCHIVED,
        )
        return [row[0] for row in rows]

    def twin(self, caller: Caller, fingerprint: str, *, after: datetime) -> Job | None:
        """The caller's newest completed job of that fingerprint that is kept beyond a time."""
        rows = self._read(
            # The index is of those that have one.
            "SELECT * FROM jobs WHERE fingerprint = ? AND fingerprint <> '' AND owner = ?"
            " AND phase = ? AND destruction > ? ORDER BY seq DESC LIMIT 1",
            fingerprint,
            caller.subject,
            Phase.COMPLETED,
            stamp(after),
        )
        return job_of(rows[0]) if rows else None

    def count(self, caller: Caller, phases: Collection[Phase]) -> int:
        """How many jobs the caller has in these phases."""
        sql = f"SELECT count(*) FROM jobs WHERE owner = ? AND phase IN ({marks(phases)})"  # noqa: S608
        return int(self._read(sql, caller.subject, *map(str, phases))[0][0])

    def remove(self, caller: Caller, job_id: str) -> None:
        """Forget the caller's job altogether. Waits for the disk."""
        with self._transaction(durable=True) as connection:
            connection.execute(
                "DELETE FROM jobs WHERE id = ? AND owner = ?", (job_id, caller.subject)
            )

    def want_abort(self, caller: Caller, job_id: str) -> None:
        """Ask the server that runs the caller's job to end it. Waits for the disk."""
        with self._transaction(durable=True) as connection:
            connection.execute(
                "UPDATE jobs SET abort_wanted = 1 WHERE id = ? AND owner = ?",
                (job_id, caller.subject),
            )

    # -- for the job service itself ----------------------------------------

    def insert(self, job: Job, caller: Caller, *, durable: bool = True) -> None:
        """Add a job. Waits for the disk if ``durable``."""
        values = {name: stored(name, getattr(job, name)) for name in COLUMNS}
        values["caller"] = caller_text(caller)
        names = ", ".join(values)
        with self._transaction(durable=durable) as connection:
            connection.execute(
                f"INSERT INTO jobs ({names}) VALUES ({marks(values)})",  # noqa: S608
                list(values.values()),
            )

    def change(
        self, job_id: str, phases: Collection[Phase], *, durable: bool = True, **fields: Any
    ) -> Job:
        """Change a job if it is in one of these phases. Waits for the disk if ``durable``.

        Parameters
        ----------
        job_id : `str`
            The job.
        phases : collection of `Phase`
            Phases it may be in.
        durable : `bool`
            Whether the change must survive a power failure when this returns;
            it survives the end of the process anyway.
        **fields
            Attributes of `Job` and their new values.

        Returns
        -------
        job : `Job`
            As it is now.

        Raises
        ------
        lsp_jupyter.errors.StateError
            Raised if it is in another phase; nothing is changed.
        lsp_jupyter.errors.JobNotFoundError
            Raised if there is no such job.
        """
        sets = ", ".join(f"{name} = ?" for name in fields)
        values = [stored(name, value) for name, value in fields.items()]
        with self._transaction(durable=durable) as connection:
            done = connection.execute(
                f"UPDATE jobs SET {sets} WHERE id = ? AND phase IN ({marks(phases)})",  # noqa: S608
                [*values, job_id, *map(str, phases)],
            )
            row = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise _not_found()
        if done.rowcount == 0:
            raise not_allowed(row["phase"])
        return job_of(row)

    def active(self) -> list[tuple[Job, Caller]]:
        """All jobs that are queued or running, oldest first, each with who asked."""
        rows = self._read(
            "SELECT * FROM jobs WHERE phase IN (?, ?) ORDER BY seq", Phase.QUEUED, Phase.EXECUTING
        )
        return [(job_of(row), caller_of(row)) for row in rows]

    def adopt(self, job: Job, lease: str) -> bool:
        """Take over an active job of a server that is gone; only one can. Waits for the disk."""
        with self._transaction(durable=True) as connection:
            done = connection.execute(
                "UPDATE jobs SET lease = ? WHERE id = ? AND lease = ? AND phase IN (?, ?)",
                (lease, job.id, job.lease, Phase.QUEUED, Phase.EXECUTING),
            )
        return done.rowcount == 1

    def wanted_aborts(self, lease: str) -> list[str]:
        """Active jobs under this lease that somebody asked another server to end."""
        rows = self._read(
            "SELECT id FROM jobs WHERE phase IN (?, ?) AND abort_wanted AND lease = ?",
            Phase.QUEUED,
            Phase.EXECUTING,
            lease,
        )
        return [row["id"] for row in rows]

    def due(self, now: datetime) -> list[tuple[Job, Caller]]:
        """All jobs whose destruction time has come and that are not archived."""
        others = [phase for phase in Phase if phase is not Phase.ARCHIVED]
        sql = f"SELECT * FROM jobs WHERE phase IN ({marks(others)}) AND destruction <= ?"  # noqa: S608
        rows = self._read(sql, *map(str, others), stamp(now))
        return [(job_of(row), caller_of(row)) for row in rows]

    def prune(self, before: datetime, origins: Collection[Origin]) -> int:
        """Forget archived jobs destroyed before a time; gives their number. Waits for the disk."""
        sql = (
            f"DELETE FROM jobs WHERE phase = ? AND destruction < ? AND origin IN ({marks(origins)})"  # noqa: S608
        )
        with self._transaction(durable=True) as connection:
            done = connection.execute(sql, [Phase.ARCHIVED, stamp(before), *map(str, origins)])
        return done.rowcount

    def result_ids(self) -> set[str]:
        """Results that some job refers to."""
        return {row[0] for row in self._read("SELECT result_id FROM jobs WHERE result_id <> ''")}

    def open_ids(self) -> set[str]:
        """Jobs that have not ended."""
        final = [phase for phase in Phase if phase.final]
        sql = f"SELECT id FROM jobs WHERE phase NOT IN ({marks(final)})"  # noqa: S608
        return {row[0] for row in self._read(sql, *final)}

    def changed_elsewhere(self) -> bool:
        """Whether another server wrote since this was asked last."""
        version = self._data_version()
        changed, self._seen = version != self._seen, version
        return changed

    def _data_version(self) -> int:
        with self._write_lock:
            return int(self._writer.execute("PRAGMA data_version").fetchone()[0])

    def _read(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._read_lock:
            return self._reader.execute(sql, values).fetchall()


def not_allowed(phase: str) -> StateError:
    """The error of a change that is not possible in a phase."""
    return StateError(
        f"The job is {phase}, which does not allow this.",
        hint="Create a new job to run the query again.",
    )


def _not_found() -> JobNotFoundError:
    return JobNotFoundError(
        "There is no such job.",
        hint="It may have been deleted; list your jobs to see what is left.",
    )
