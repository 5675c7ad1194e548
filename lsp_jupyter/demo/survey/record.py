"""Which survey a state folder holds."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["SEED", "Survey", "built_survey", "forget_survey", "record_survey"]

#: The seed where none is given.
SEED = 1

#: The file that says so. It is there if and only if everything is.
_RECORD = "survey.json"


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey that was built to the end.

    Attributes
    ----------
    size : `str`
        As users type it.
    seed : `int`
        What it was drawn from.
    version : `str`
        Of its releases.
    """

    size: str
    seed: int
    version: str


def built_survey(state: Path) -> Survey | None:
    """The survey that a state folder holds, if there is one.

    Parameters
    ----------
    state : `~pathlib.Path`
        The folder.
    """
    try:
        return Survey(**json.loads((state / _RECORD).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget_survey(state: Path) -> None:
    """Say that the survey is not whole any more."""
    (state / _RECORD).unlink(missing_ok=True)


def record_survey(state: Path, survey: Survey) -> None:
    """Say that a survey was built to the end."""
    partial = state / f".{_RECORD}"
    with partial.open("w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(survey)) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(state / _RECORD)
