"""What a survey was made of, so that the next time only what changed is made again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from lsp_jupyter.images.file import ImageFile

__all__ = ["Record", "signature"]

_FILE = ".made.json"
_VERSION = 1


@dataclass(slots=True)
class Record:
    """How and of what a survey was made.

    Attributes
    ----------
    settings : `dict`
        What all of its tiles depend on.
    inputs : `dict`
        Identifiers of its images, with the `signature` and the outline of each.
    deeper : `int`
        Orders from its finest tiles to the cells of its coverage.
    unit : `str`
        Of its values.
    shown : `dict`
        What all of its pictures depend on.
    created : `str`
        When it was first made.
    """

    settings: dict[str, Any]
    inputs: dict[str, list[str]] = field(default_factory=dict)
    deeper: int = 5
    unit: str = ""
    shown: dict[str, Any] = field(default_factory=dict)
    created: str = ""

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """That of a survey; nothing if there is none, or it was made in another way."""
        try:
            told = json.loads((folder / _FILE).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(told, dict) or told.pop("version", None) != _VERSION:
            return None
        try:
            return cls(**told)
        except TypeError:
            return None

    def write(self, folder: Path) -> None:
        """Keep it."""
        draft = folder / f"{_FILE}.draft"
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"version": _VERSION, **asdict(self)}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / _FILE)

    @staticmethod
    def forget(folder: Path) -> None:
        """Have all of a survey made again the next time."""
        (folder / _FILE).unlink(missing_ok=True)

    def changed(self, files: Iterable[ImageFile]) -> list[str]:
        """Outlines of what was added, removed or changed: before and after."""
        now = {file.did: [signature(file), file.s_region] for file in files}
        different = [did for did in now | self.inputs if now.get(did) != self.inputs.get(did)]
        return [known[did][1] for did in different for known in (now, self.inputs) if did in known]


def signature(file: ImageFile) -> str:
    """What differs where the pixels of an image may."""
    # Not where it is: a state folder can be moved.
    parts = [file.name, str(file.size), file.checksum]
    if not file.checksum and not file.remote:
        try:
            parts.append(str(Path(file.uri).stat().st_mtime_ns))
        except OSError:
            parts.append("missing")
    return "|".join(parts)
