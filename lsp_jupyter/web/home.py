"""The user's folder, as JupyterLab shows it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from lsp_jupyter.errors import NotFoundError, UsageError

__all__ = ["Home"]


class Home:
    """The folder of the user's files; nothing outside of it can be named.

    Parameters
    ----------
    manager : contents manager
        Jupyter's own keeper of the files.

    Attributes
    ----------
    root : `~pathlib.Path`
        The folder.
    """

    def __init__(self, manager: Any) -> None:
        self.root = Path(manager.root_dir).resolve()
        self._allow_hidden = bool(manager.allow_hidden)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """The one of a server.

        Parameters
        ----------
        settings : mapping
            Of its web application.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if the files are not in a folder of this machine.
        """
        manager = settings.get("contents_manager")
        if not hasattr(manager, "_get_os_path"):
            raise UsageError(
                "The files of this server are not in a folder of its machine.",
                hint="Upload the file instead.",
            )
        return cls(manager)

    def path(self, text: str) -> Path:
        """Where a file is, whether it exists or not.

        Parameters
        ----------
        text : `str`
            Its path as JupyterLab has it.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if it is hidden, or would be outside of the folder.
        """
        clean = text.strip("/")
        hidden = any(part.startswith(".") for part in clean.split("/"))
        if not clean or "\0" in clean or (hidden and not self._allow_hidden):
            raise self._missing(text)
        place = Path(os.path.normpath(self.root / clean))
        # A link in the folder leads where its owner wants; a path leads nowhere else.
        if not place.is_relative_to(self.root):
            raise self._missing(text)
        return place

    def open(self, text: str) -> int:
        """Open a file for reading; gives the descriptor.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such file.
        """
        try:
            file = os.open(self.path(text), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            raise self._missing(text) from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise self._missing(text)
        return file

    def file(self, text: str) -> tuple[Path, os.stat_result]:
        """A file that is there, and its state.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such file.
        """
        place = self.path(text)
        try:
            state = place.stat()
        except OSError:
            raise self._missing(text) from None
        if not stat.S_ISREG(state.st_mode):
            raise self._missing(text)
        return place, state

    def _missing(self, text: str) -> NotFoundError:
        return NotFoundError(f"There is no file “{text[:100]}” in your folder.")
