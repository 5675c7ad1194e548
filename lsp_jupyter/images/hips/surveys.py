"""The surveys of pictures that an instance has: folders that are served as they are."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lsp_jupyter.errors import NotFoundError

__all__ = ["File", "Survey", "Surveys"]

#: Names of releases and surveys.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}")
#: What a survey consists of (HiPS 1.0 section 4), with the media type of each.
_FILES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"properties"), "text/plain; charset=utf-8"),
    (re.compile(r"Moc\.fits"), "application/fits"),
    (re.compile(r"preview\.jpg"), "image/jpeg"),
    *(
        (re.compile(rf"Norder\d{{1,2}}/(?:Allsky|Dir\d{{1,12}}/Npix\d{{1,16}})\.{suffix}"), mime)
        for suffix, mime in (
            ("jpg", "image/jpeg"),
            ("png", "image/png"),
            ("fits", "application/fits"),
        )
    ),
)


@dataclass(frozen=True, slots=True)
class File:
    """An open file of a survey.

    Attributes
    ----------
    source : binary file
        Open for reading.
    mime : `str`
        Its media type.
    size : `int`
        Bytes.
    tag : `str`
        Another one when the file is another one.
    """

    source: BinaryIO
    mime: str
    size: int
    tag: str


@dataclass(frozen=True, slots=True)
class Survey:
    """A hierarchical survey.

    Attributes
    ----------
    release, name : `str`
        What it is called here.
    folder : `~pathlib.Path`
        Where it is.
    properties : mapping
        What it says of itself (HiPS 1.0 section 4.4.1).
    """

    release: str
    name: str
    folder: Path
    properties: Mapping[str, str]

    def open(self, path: str) -> File:
        """A file of it.

        Parameters
        ----------
        path : `str`
            As the standard has it, such as ``Norder3/Dir0/Npix338.jpg``.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is none: outside of what the survey covers there are no tiles.
        """
        mime = next((mime for form, mime in _FILES if form.fullmatch(path)), None)
        if mime is None:
            raise NotFoundError("A survey has no such file.")
        try:
            number = os.open(self.folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            raise NotFoundError("There is no such tile.") from None
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            os.close(number)
            raise NotFoundError("There is no such tile.")
        tag = f"{status.st_size:x}-{status.st_mtime_ns:x}"
        return File(os.fdopen(number, "rb"), mime, status.st_size, tag)


class Surveys:
    """The surveys below a folder: ``{release}/{name}/properties`` is where one begins.

    Its methods read the disk: call them from a thread.

    Parameters
    ----------
    root : `~pathlib.Path`
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def list(self, release: str = "") -> list[Survey]:
        """All of them, or those of one release, by name."""
        found = []
        for folder in sorted(self._root.glob("*/*")):
            named = folder.parent.name, folder.name
            if release and named[0].lower() != release.lower():
                continue
            if all(map(_NAME.fullmatch, named)):
                try:
                    found.append(self._survey(*named))
                except NotFoundError:
                    continue
        return found

    def find(self, release: str, name: str) -> Survey:
        """One of them.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such survey.
        """
        if not (_NAME.fullmatch(release) and _NAME.fullmatch(name)):
            raise _missing(release, name)
        return self._survey(release, name)

    def _survey(self, release: str, name: str) -> Survey:
        folder = self._root / release / name
        try:
            text = (folder / "properties").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise _missing(release, name) from None
        return Survey(release, name, folder, dict(_pairs(text)))


def _missing(release: str, name: str) -> NotFoundError:
    return NotFoundError(
        f"There is no survey {name[:60]} of {release[:60]}.",
        hint="hips/list tells those there are.",
    )


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not key.startswith("#"):
            yield key.strip(), value.strip()
