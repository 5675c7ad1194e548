"""The file by which kernels find their server."""

from __future__ import annotations

import atexit
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_core.paths import jupyter_runtime_dir

from lsp_jupyter._version import __version__

__all__ = ["RuntimeFile", "alive", "server_url"]

#: Addresses that mean all of this machine's.
_ANY = dict.fromkeys(("", "*", "0.0.0.0", "localhost"), "127.0.0.1") | {"::": "[::1]"}  # noqa: S104


def server_url(serverapp: Any) -> str:
    """The URL under which this machine's processes reach a server.

    Parameters
    ----------
    serverapp : `~jupyter_server.serverapp.ServerApp`
        The running server.

    Returns
    -------
    url : `str`
        With the base URL and a final slash. For a server on a Unix socket
        ``http+unix://`` and the escaped path of the socket, as Jupyter writes it.
    """
    base = "/" + serverapp.base_url.strip("/")
    base += "" if base.endswith("/") else "/"
    if serverapp.sock:
        return f"http+unix://{quote(serverapp.sock, safe='')}{base}"
    host = _ANY.get(serverapp.ip, serverapp.ip)
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    scheme = "https" if serverapp.certfile else "http"
    return f"{scheme}://{host}:{serverapp.port}{base}"


class RuntimeFile:
    """``lsp_jupyter-<pid>.json`` in Jupyter's runtime folder, for this user only.

    Parameters
    ----------
    token : `str`
        What kernels authenticate with.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self.path = Path(jupyter_runtime_dir()) / f"lsp_jupyter-{os.getpid()}.json"

    def write(self, serverapp: Any, state: str) -> None:
        """Write it whole, with mode 0600, and remove those of servers that were killed."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        info = {
            "pid": os.getpid(),
            "url": server_url(serverapp),
            "token": self._token,
            "state": str(Path(state).expanduser().absolute()),
            "version": __version__,
        }
        handle, name = tempfile.mkstemp(".tmp", ".lsp_jupyter-", self.path.parent)
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(info, file)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        atexit.register(self.remove)

    def remove(self) -> None:
        """Remove it; nothing happens if it is gone."""
        atexit.unregister(self.remove)
        self.path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        for path in self.path.parent.glob("lsp_jupyter-*.json"):
            pid = path.stem.removeprefix("lsp_jupyter-")
            if pid.isdecimal() and not alive(int(pid)):
                path.unlink(missing_ok=True)


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True
