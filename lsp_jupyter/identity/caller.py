"""The one description of who asks that every store and service call takes."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Caller", "local_caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and with which rights.

    Attributes
    ----------
    subject : `str`
        Stable identity; owns jobs, results and files.
    groups : `frozenset` of `str`
        Groups the subject belongs to.
    scopes : `frozenset` of `str`
        What the credentials allow.
    rights : `frozenset` of `str`
        Releases beyond the public ones that the subject may read.
    instance : `str`
        Name of the platform instance.
    """

    subject: str
    groups: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    rights: frozenset[str] = field(default_factory=frozenset)
    instance: str = "local"


def local_caller(state: Path, instance: str = "local") -> Caller:
    """The caller of a single-user server, the same for every Aspect.

    The subject is made once and kept in the state folder, so that panel,
    kernel and outside tools own the same jobs whatever name Jupyter gives its
    anonymous user today.

    Parameters
    ----------
    state : `~pathlib.Path`
        The instance's state folder; must exist.
    instance : `str`
        Name of the instance.
    """
    path = state / "subject"
    if not path.exists():
        draft = state / f".subject-{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"local-{secrets.token_hex(8)}\n")
        # A link appears whole and never replaces one: of two servers that start
        # together, the first decides for both.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return Caller(subject=path.read_text().strip(), instance=instance)
