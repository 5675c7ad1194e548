"""How job records lie in SQLite: the tables, and rows from jobs and back."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

from lsp_jupyter.identity import Caller

from .job import Job, Origin, Phase

__all__ = ["COLUMNS", "MIGRATIONS", "caller_of", "caller_text", "job_of", "stamp", "stored"]

_FIRST = """
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
_REUSE = """
ALTER TABLE jobs ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN twin TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN expected REAL;
CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint) WHERE fingerprint <> '';
"""
_NAMES = """
ALTER TABLE jobs ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'
"""
#: What leads from each version of the file to the next one; the first makes it.
MIGRATIONS = (_FIRST, _REUSE, _NAMES)

#: The attributes of a job that are recorded.
COLUMNS = (
    *("id", "owner", "phase", "parameters", "origin", "run_id", "created", "destruction"),
    *("execution_duration", "started", "ended", "result_id", "handle", "lease"),
    *("rows", "size", "fraction", "overflow", "error", "fingerprint", "twin", "expected"),
    *("name", "tags"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIMES = frozenset({"created", "destruction", "started", "ended"})


def stamp(time: datetime) -> int:
    """A time as microseconds since 1970; without a zone it is UTC."""
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def stored(name: str, value: Any) -> Any:
    """The value of a job's attribute as SQLite takes it."""
    if value is None:
        return None
    if name in _TIMES:
        return stamp(value)
    if name in ("parameters", "error"):
        return json.dumps(dict(value))
    if name == "tags":
        return json.dumps(list(value), ensure_ascii=False)
    return str(value) if name in ("phase", "origin") else value


def _time(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + value * _MICROSECOND


def job_of(row: sqlite3.Row) -> Job:
    """The job of a row."""
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
        fingerprint=row["fingerprint"],
        twin=row["twin"],
        expected=row["expected"],
        name=row["name"],
        tags=tuple(json.loads(row["tags"])),
    )


def caller_text(caller: Caller) -> str:
    """What is recorded of a caller beside the subject."""
    rights = {key: sorted(getattr(caller, key)) for key in ("groups", "scopes", "rights")}
    return json.dumps({**rights, "instance": caller.instance})


def caller_of(row: sqlite3.Row) -> Caller:
    """Who asked for the job of a row."""
    data = json.loads(row["caller"])
    return Caller(
        subject=row["owner"],
        groups=frozenset(data["groups"]),
        scopes=frozenset(data["scopes"]),
        rights=frozenset(data["rights"]),
        instance=data["instance"],
    )
