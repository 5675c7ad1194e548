"""Which server runs which jobs: a locked file for each live server.

The lock ends with the process, however it ends, so nobody has to be asked and
no clock compared. Beside it a server may say which files it needs. Local disk only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

__all__ = ["Lease", "is_free", "pinned_files", "sweep_leases"]

_ID = re.compile(r"[0-9a-f]{16}")


class Lease:
    """The mark of one live server.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where the marks of all servers of an instance are; made if missing.

    Attributes
    ----------
    id : `str`
        Random name; recorded with each job this server runs.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        while True:
            self.id = secrets.token_hex(8)
            path = _path(folder, self.id)
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            # Another server's sweep may have found it before it was locked.
            with contextlib.suppress(FileNotFoundError):
                if os.stat(path).st_ino == os.fstat(self._fd).st_ino:
                    os.ftruncate(self._fd, 0)
                    os.write(self._fd, f"{os.getpid()}\n".encode())
                    return
            os.close(self._fd)

    def pin(self, files: Iterable[Path]) -> None:
        """Tell the servers of the instance which files this one needs, and no others any more."""
        target = _pins(self._folder, self.id)
        draft = target.with_suffix(".draft")
        draft.write_text(json.dumps(sorted(map(str, files))))
        draft.replace(target)

    def release(self) -> None:
        """Give it up: others may take over what is recorded under it."""
        if self._fd >= 0:
            _pins(self._folder, self.id).unlink(missing_ok=True)
            _path(self._folder, self.id).unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = -1


def is_free(folder: Path, lease: str) -> bool:
    """Whether the server of that lease is gone.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where the marks are.
    lease : `str`
        Name of the lease.
    """
    if not _ID.fullmatch(lease):
        return True
    try:
        fd = os.open(_path(folder, lease), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def sweep_leases(folder: Path) -> None:
    """Remove the marks of servers that are gone."""
    for path in folder.glob("*.lock"):
        with contextlib.suppress(FileNotFoundError):
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _pins(folder, path.stem).unlink(missing_ok=True)
                path.unlink(missing_ok=True)
            except BlockingIOError:
                pass
            finally:
                os.close(fd)


def pinned_files(folder: Path) -> set[Path]:
    """The files that any server needs."""
    found: set[Path] = set()
    for path in folder.glob("*.pins"):
        with contextlib.suppress(FileNotFoundError):
            found |= set(map(Path, json.loads(path.read_text())))
    return found


def _pins(folder: Path, lease: str) -> Path:
    return folder / f"{lease}.pins"


def _path(folder: Path, lease: str) -> Path:
    return folder / f"{lease}.lock"
