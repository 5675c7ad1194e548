"""A folder for the temporary files of one server, which goes with it however it ends."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from pathlib import Path

__all__ = ["Spool"]

#: Seconds after which a folder without a lock counts as left behind.
ABANDONED_AFTER = 60.0


class Spool:
    """A server's own folder among those of all servers of an instance.

    Its methods wait for the disk. A folder whose server is gone is removed by the next one.

    Parameters
    ----------
    root : `~pathlib.Path`
        The folder of all of them; made if missing.

    Attributes
    ----------
    folder : `~pathlib.Path`
        The server's own.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = root / secrets.token_hex(8)
        self._lock = -1

    def open(self) -> None:
        """Make the folder, and remove what servers that are gone have left."""
        self.folder.mkdir(mode=0o700, parents=True)
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for other in self._root.iterdir():
            if other != self.folder and _is_abandoned(other):
                shutil.rmtree(other, ignore_errors=True)

    def close(self) -> None:
        """Remove the folder."""
        if self._lock >= 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def _is_abandoned(folder: Path) -> bool:
    try:
        fd = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        # Its server may be about to make the lock.
        return folder.is_dir() and time.time() - folder.stat().st_mtime > ABANDONED_AFTER
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True
