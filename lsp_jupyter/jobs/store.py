"""The durable records of jobs, in SQLite.

Several servers may share the file: every write is one immediate transaction,
and a change of phase says from which phases it may happen, so that of two who
change a job one wins. Every read on behalf of somebody takes a
`~lsp_jupyter.identity.Caller` and finds only the caller's own jobs.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import EngineError, JobNotFoundError, OverloadError, StateError
from lsp_jupyter.identity import Caller

from .job import Job, Origin, Phase

__all__ = ["JobStore"]

_VERSION = 1
_SCHEMA = """
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    caller TEXT NOT NULL,
    phase TEXT NOT NULL,
    parameters TEXT NOT NULL,
    origin TEXT NOT NULL,
    run_id TEXT NOT NULL,
    created INTEGER NOT NULL,
    destruction INTEGER NOT NULL,
    execution_duration REAL NOT NULL,
    started INTEGER,
    ended INTEGER,
    result_id TEXT NOT NULL,
    handle TEXT NOT NULL,
    lease TEXT NOT NULL,
    rows INTEGER NOT NULL,
    size INTEGER NOT NULL,
    fraction REAL,
    overflow INTEGER NOT NULL,
    error TEXT,
    abort_wanted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_owner ON jobs (owner, phase, created);
CREATE INDEX jobs_by_destruction ON jobs (phase, destruction);
"""
_COLUMNS = (
    *("id", "owner", "phase", "parameters", "origin", "run_id", "created", "destruction"),
    *("execution_duration", "started", "ended", "result_id", "handle", "lease"),
    *("rows", "size", "fraction", "overflow", "error"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIMES = frozenset({"created", "destruction", "started", "ended"})
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
        return connection

    def _migrate(self) -> None:
        with self._transaction(durable=True) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise EngineError(
                    "The job store was written by a newer version of this software.",
                    hint="Upgrade lsp_jupyter, or use another state folder.",
                )
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_VERSION}")

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
        return _job(rows[0])

    def find(
        self,
        caller: Caller,
        *,
        phases: Collection[Phase] | None = None,
        after: datetime | None = None,
        last: int | None = None,
        origins: Collection[Origin] | None = None,
    ) -> list[Job]:
        """The caller's jobs, newest first (UWS 1.1 section 2.2.2.1).

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Whose.
        phases : collection of `Phase`, optional
            Only these; all but ARCHIVED if not given.
        after : `~datetime.datetime`, optional
            Only those created after it.
        last : `int`, optional
            Only that many.
        origins : collection of `Origin`, optional
            Only these.
        """
        wanted = phases if phases is not None else [p for p in Phase if p is not Phase.ARCHIVED]
        sql = f"SELECT * FROM jobs WHERE owner = ? AND phase IN ({_marks(wanted)})"  # noqa: S608
        values: list[Any] = [caller.subject, *map(str, wanted)]
        if origins is not None:
            sql += f" AND origin IN ({_marks(origins)})"
            values += map(str, origins)
        if after is not None:
            sql += " AND created > ?"
            values.append(_stamp(after))
        sql += " ORDER BY created DESC, seq DESC"
        if last is not None:
            sql += " LIMIT ?"
            values.append(max(last, 0))
        return [_job(row) for row in self._read(sql, *values)]

    def count(self, caller: Caller, phases: Collection[Phase]) -> int:
        """How many jobs the caller has in these phases."""
        sql = f"SELECT count(*) FROM jobs WHERE owner = ? AND phase IN ({_marks(phases)})"  # noqa: S608
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
        values = {name: _stored(name, getattr(job, name)) for name in _COLUMNS}
        rights = {k: sorted(getattr(caller, k)) for k in ("groups", "scopes", "rights")}
        values["caller"] = json.dumps({**rights, "instance": caller.instance})
        names = ", ".join(values)
        with self._transaction(durable=durable) as connection:
            connection.execute(
                f"INSERT INTO jobs ({names}) VALUES ({_marks(values)})",  # noqa: S608
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
        values = [_stored(name, value) for name, value in fields.items()]
        with self._transaction(durable=durable) as connection:
            done = connection.execute(
                f"UPDATE jobs SET {sets} WHERE id = ? AND phase IN ({_marks(phases)})",  # noqa: S608
                [*values, job_id, *map(str, phases)],
            )
            row = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise _not_found()
        if done.rowcount == 0:
            raise StateError(
                f"The job is {row['phase']}, which does not allow this.",
                hint="Create a new job to run the query again.",
            )
        return _job(row)

    def active(self) -> list[tuple[Job, Caller]]:
        """All jobs that are queued or running, oldest first, each with who asked."""
        rows = self._read(
            "SELECT * FROM jobs WHERE phase IN (?, ?) ORDER BY seq", Phase.QUEUED, Phase.EXECUTING
        )
        return [(_job(row), _caller(row)) for row in rows]

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
        sql = f"SELECT * FROM jobs WHERE phase IN ({_marks(others)}) AND destruction <= ?"  # noqa: S608
        rows = self._read(sql, *map(str, others), _stamp(now))
        return [(_job(row), _caller(row)) for row in rows]

    def prune(self, before: datetime, origins: Collection[Origin]) -> int:
        """Forget archived jobs destroyed before a time; gives their number. Waits for the disk."""
        sql = f"DELETE FROM jobs WHERE phase = ? AND destruction < ? AND origin IN ({_marks(origins)})"  # noqa: S608, E501
        with self._transaction(durable=True) as connection:
            done = connection.execute(sql, [Phase.ARCHIVED, _stamp(before), *map(str, origins)])
        return done.rowcount

    def result_ids(self) -> set[str]:
        """Results that some job refers to."""
        return {row[0] for row in self._read("SELECT result_id FROM jobs WHERE result_id <> ''")}

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


def _not_found() -> JobNotFoundError:
    return JobNotFoundError(
        "There is no such job.",
        hint="It may have been deleted; list your jobs to see what is left.",
    )


def _marks(values: Collection[Any] | Mapping[str, Any]) -> str:
    return ", ".join("?" * len(values))


def _stamp(time: datetime) -> int:
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def _stored(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES:
        return _stamp(value)
    if name in ("parameters", "error"):
        return json.dumps(dict(value))
    return str(value) if name in ("phase", "origin") else value


def _time(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + value * _MICROSECOND


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        owner=row["owner"],
        phase=Phase(row["phase"]),
        parameters=json.loads(row["parameters"]),
        origin=Origin(row["origin"]),
        created=_EPOCH + row["created"] * _MICROSECOND,
        destruction=_EPOCH + row["destruction"] * _MICROSECOND,
        execution_duration=row["execution_duration"],
        run_id=row["run_id"],
        started=_time(row["started"]),
        ended=_time(row["ended"]),
        result_id=row["result_id"],
        handle=row["handle"],
        lease=row["lease"],
        rows=row["rows"],
        size=row["size"],
        fraction=row["fraction"],
        overflow=bool(row["overflow"]),
        error=None if row["error"] is None else json.loads(row["error"]),
    )


def _caller(row: sqlite3.Row) -> Caller:
    data = json.loads(row["caller"])
    return Caller(
        subject=row["owner"],
        groups=frozenset(data["groups"]),
        scopes=frozenset(data["scopes"]),
        rights=frozenset(data["rights"]),
        instance=data["instance"],
    )
