"""The Butler repositories, and folders of images, that an instance has published, by release.

They are kept in one small file of the state folder, which is replaced as a
whole: readers never see half of it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from lsp_jupyter.errors import NotFoundError

__all__ = [
    "Repository",
    "drop_repository",
    "find_repository",
    "put_repository",
    "read_repositories",
]

_FILE = "repositories.json"


@dataclass(frozen=True, slots=True)
class Repository:
    """A published Butler repository, or a folder of images without one.

    Attributes
    ----------
    release : `str`
        What it is called here, such as ``dp1``.
    uri : `str`
        Where its configuration is, or the folder.
    collections : `tuple` of `str`
        What is read of it, the first one first; none of a folder.
    """

    release: str
    uri: str
    collections: tuple[str, ...]

    @property
    def butler(self) -> bool:
        """Whether it is a Butler repository."""
        return bool(self.collections)


def read_repositories(state: Path) -> dict[str, Repository]:
    """The published repositories by release.

    Parameters
    ----------
    state : `~pathlib.Path`
        The state folder.

    Returns
    -------
    repositories : `dict` of `Repository`
        The URI of one that lies in the state folder is its path now.
    """
    try:
        told = json.loads((state / _FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {
        each["release"]: Repository(
            each["release"],
            each["uri"] if "://" in each["uri"] else str(state / each["uri"]),
            tuple(each["collections"]),
        )
        for each in told
    }


def put_repository(state: Path, repository: Repository) -> None:
    """Add a repository, or put it in place of the one of that release."""
    _write(state, read_repositories(state) | {repository.release: repository})


def drop_repository(state: Path, release: str) -> None:
    """Forget the repository of a release, if there is one."""
    known = read_repositories(state)
    if known.pop(release, None) is not None:
        _write(state, known)


def _write(state: Path, known: dict[str, Repository]) -> None:
    told = []
    for each in known.values():
        uri = each.uri
        if "://" not in uri and Path(uri).is_relative_to(state):
            # So that a state folder can be moved.
            uri = str(Path(uri).relative_to(state))
        told.append(asdict(each) | {"uri": uri})
    draft = state / f"{_FILE}.draft"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(state / _FILE)


def find_repository(state: Path, release: str) -> Repository:
    """The repository of a release.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if there is none; the hint names those that there are.
    """
    known = read_repositories(state)
    found = next((one for name, one in known.items() if name.lower() == release.lower()), None)
    if found is None:
        names = ", ".join(sorted(known))
        raise NotFoundError(
            f"There are no images of a release {release[:60]}.",
            hint=f"There are images of {names}." if names else "No images are published here.",
        )
    return found
