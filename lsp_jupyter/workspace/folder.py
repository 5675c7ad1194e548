"""The folder of one user: what is kept for nobody else."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from pathlib import Path

from lsp_jupyter.errors import NotFoundError, UsageError

__all__ = ["SCHEMA", "UserFolder", "user_folder"]

#: The schema that every user's own tables are in.
SCHEMA = "mydb"

_UNSAFE = re.compile(r"[^a-z0-9]+")
#: What a part of a name of a file may not be.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]')
#: Bytes of a part of a name, and parts.
_LONGEST, _DEEPEST = 255, 32


class UserFolder:
    """The folder of one subject, made with mode 0700 when something is first put into it.

    Parameters
    ----------
    path : `~pathlib.Path`
        Where it is.

    Attributes
    ----------
    path : `~pathlib.Path`
        Where it is.
    tables : `~pathlib.Path`
        The user's tables: a catalogue of its own.
    files : `~pathlib.Path`
        The user's files.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tables = path / "tables"
        self.files = path / "files"
        self._incoming = path / "incoming"

    def make(self) -> None:
        """Make it, if it is missing."""
        for folder in (self.path.parent, self.path, self.tables, self.files, self._incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def incoming(self, suffix: str = "") -> Path:
        """A new name for data on their way in; whoever asks removes the file."""
        self.make()
        return self._incoming / f"{secrets.token_hex(8)}{suffix}"

    def arrivals(self) -> list[Path]:
        """What is on its way in, or was left there by a server that was killed."""
        return list(self._incoming.glob("*"))

    def open(self, name: str) -> int:
        """Open one of the user's files for reading; gives the descriptor.

        No symbolic link is followed, and no other kind of thing is opened.

        Parameters
        ----------
        name : `str`
            Its path below `files`, with ``/`` between the parts.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if that cannot be the name of a file.
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such file.
        """
        parts = _parts(name)
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            at = os.open(self.files, flags | os.O_DIRECTORY)
            try:
                for part in parts[:-1]:
                    inner = os.open(part, flags | os.O_DIRECTORY, dir_fd=at)
                    os.close(at)
                    at = inner
                # A named pipe would wait for its writer.
                found = os.open(parts[-1], flags | os.O_NONBLOCK, dir_fd=at)
            finally:
                os.close(at)
        except OSError:
            raise NotFoundError(f"You have no file “{name[:100]}”.") from None
        if not stat.S_ISREG(os.fstat(found).st_mode):
            os.close(found)
            raise NotFoundError(f"You have no file “{name[:100]}”.")
        return found


def user_folder(state: Path, subject: str) -> UserFolder:
    """The folder of a subject.

    Its name tells people whose it is and its digest keeps apart what looks alike.

    Parameters
    ----------
    state : `~pathlib.Path`
        The instance's state folder.
    subject : `str`
        The stable identity; may hold any character.
    """
    digest = hashlib.sha256(subject.encode()).hexdigest()[:16]
    readable = _UNSAFE.sub("-", subject.lower()).strip("-")[:40]
    return UserFolder(state / "users" / (f"{readable}-{digest}" if readable else digest))


def _parts(name: str) -> list[str]:
    parts = name.split("/")
    for part in parts:
        if (
            not part
            or part in (".", "..")
            or part.startswith(("~", "."))
            or part.endswith((" ", "."))
            or _FORBIDDEN.search(part)
            or len(part.encode("utf-8", "replace")) > _LONGEST
        ):
            raise UsageError(
                f"“{name[:100]}” cannot be the name of a file.",
                hint="Use letters, digits, points, hyphens and underscores, and / between folders.",
            )
    if len(parts) > _DEEPEST:
        raise UsageError(f"A file lies in at most {_DEEPEST - 1} folders.")
    return parts
