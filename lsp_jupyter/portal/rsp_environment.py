"""What tells ``lsst-rsp`` in a kernel where the platform is.

Older versions read environment variables and a folder of small files, newer
ones a document and a token, both below one folder. Kernels inherit the
variables from the server; the token is in a file that this user alone can
read, never in the environment.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_runtime_dir

from lsp_jupyter.portal.runtime import alive
from lsp_jupyter.web import PREFIX

__all__ = ["RspEnvironment"]

#: A variable that says there is such a platform already, whose services are meant.
_OTHER = "EXTERNAL_INSTANCE_URL"
#: The variable that holds the folder.
_FOLDER = "NUBLADO_RUNTIME_MOUNTS_DIR"


class RspEnvironment:
    """The variables and files of one server; a platform around it has precedence.

    Parameters
    ----------
    url : `str`
        The Jupyter server's URL with its base and a final slash, as kernels reach it.
    """

    def __init__(self, url: str) -> None:
        self.folder = Path(jupyter_runtime_dir()) / f"{PREFIX}-{os.getpid()}"
        self._instance = f"{url}{PREFIX}"
        self._before: dict[str, str | None] = {}

    def variables(self) -> dict[str, str]:
        """What kernels find in their environment."""
        path = urlsplit(self._instance).path
        return {
            _OTHER: self._instance,
            "API_ROUTE": f"{path}/api",
            "TAP_ROUTE": f"{path}/tap",
            "EXTERNAL_TAP_URL": f"{self._instance}/tap",
            "RSP_SITE_TYPE": "science",
            _FOLDER: str(self.folder),
        }

    def write(self, token: str, discovery: Mapping[str, Any] | None = None) -> None:
        """Set the variables and write the files; nothing happens on another platform.

        Parameters
        ----------
        token : `str`
            What kernels authenticate with.
        discovery : mapping, optional
            The discovery document, where it is known; see `lsp_jupyter.api.discovery`.
        """
        ours = Path(os.environ.get(_FOLDER, "")).name.startswith(f"{PREFIX}-")
        if (_OTHER in os.environ and not ours) or not self._instance.startswith("http"):
            return  # ``http+unix://`` is nothing such clients understand.
        self._sweep()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        files = {
            f"environment/{_OTHER}": self._instance,
            "secrets/token": token,
        }
        if discovery is not None:
            files["discovery/v1.json"] = json.dumps(discovery, indent=1)
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
        atexit.register(self.remove)
        self._before = {name: os.environ.get(name) for name in self.variables()}
        os.environ.update(self.variables())

    def remove(self) -> None:
        """Take all of it back."""
        atexit.unregister(self.remove)
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._before = {}
        shutil.rmtree(self.folder, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove the folders of servers that were killed."""
        for folder in self.folder.parent.glob(f"{PREFIX}-*"):
            pid = folder.name.removeprefix(f"{PREFIX}-")
            if pid.isdecimal() and folder.is_dir() and not alive(int(pid)):
                shutil.rmtree(folder, ignore_errors=True)
