"""Where the server is, and what opens it.

The server extension writes ``lsp_jupyter-<pid>.json`` into Jupyter's runtime
folder. A kernel looks for the file of the server that started it, then for
those of its ancestors, then for the only one that is alive. The file is read
again for each request, so a server that was started anew is found, and no
token is kept.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from lsp_jupyter.errors import ServerNotFoundError, UsageError

__all__ = ["Connection", "Finder", "Secret", "is_loopback", "parse_url"]

#: Largest runtime file, bytes.
_FILE_MAX = 64 << 10

_START = "Start JupyterLab with `jupyter lab`, or call lsp.connect(url, token=…)."

#: Where the path of a page of Jupyter's begins, after the server's base URL.
_PAGES = ("lsp_jupyter", "lab", "doc", "tree", "notebooks", "consoles", "edit", "terminals")


class Secret:
    """A token that does not show itself.

    Parameters
    ----------
    value : `str`
        The token.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The token, to be put into a request header and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("A token is not written to files.")


@dataclass(frozen=True, slots=True)
class Connection:
    """A server and the key to it.

    Attributes
    ----------
    url : `str`
        The Jupyter server's URL with its base and a final slash.
    token : `Secret`
        What it takes in an ``Authorization`` header.
    pid : `int`
        Process of a server on this machine; 0 for one given by hand.
    state : `str`
        Folder of its platform; empty for one given by hand.
    """

    url: str
    token: Secret
    pid: int = 0
    state: str = ""

    @property
    def base(self) -> str:
        """URL of the platform, with a final slash."""
        return f"{self.url}lsp_jupyter/"


class Finder:
    """Finds the server of this process, the same one as long as it lives.

    Parameters
    ----------
    folder : `~pathlib.Path`, optional
        The runtime folder; by default Jupyter's.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._pid = 0

    def find(self) -> Connection:
        """Read the file of the server that serves this process.

        Raises
        ------
        lsp_jupyter.errors.ServerNotFoundError
            Raised if there is none or more than one, or if others could have
            written or read its file.
        """
        folder = self._folder or _runtime_folder()
        for pid in self._candidates():
            found = _read(folder, pid)
            if found is not None:
                self._pid = pid
                return found
        alive = [found for pid in _listed(folder) if (found := _read(folder, pid)) is not None]
        if not alive:
            raise ServerNotFoundError(
                "No server with the Science Platform is running.", hint=_START
            )
        if len(alive) > 1:
            servers = "; ".join(
                f"{each.url} (process {each.pid}, state {each.state})" for each in alive
            )
            raise ServerNotFoundError(
                f"Several servers are running, and none of them started this process: {servers}.",
                hint="Choose one with lsp.connect(url).",
            )
        self._pid = alive[0].pid
        return alive[0]

    def by_url(self, url: str) -> Connection | None:
        """The running server of this user that has a URL, if any.

        Parameters
        ----------
        url : `str`
            With a final slash.
        """
        folder = self._folder or _runtime_folder()
        for pid in _listed(folder):
            found = _read(folder, pid)
            if found is not None and _same(found.url, url):
                return found
        return None

    def _candidates(self) -> Iterator[int]:
        if self._pid:
            yield self._pid
        parent = os.environ.get("JPY_PARENT_PID", "")
        if parent.isdecimal():
            yield int(parent)
        yield from _ancestors()


def parse_url(url: str, *, pages: bool = True) -> tuple[str, str]:
    """Take a server's address out of what a person copies from a browser.

    Parameters
    ----------
    url : `str`
        The server's URL, or that of any page of it; it may hold ``?token=``.
    pages : `bool`
        Whether it may be that of a page.

    Returns
    -------
    url : `str`
        The server's URL with a final slash, without query, fragment and user.
    token : `str`
        The token that was in it, or empty.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is no URL of a server.
    """
    hint = "Give it as lsp.connect('http://127.0.0.1:8888/', token=…)."
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError("That is not a URL.", hint=hint) from None
    if parts.scheme == "http+unix":
        raise UsageError("A server on a Unix socket cannot be reached from a kernel.", hint=hint)
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError("The URL must begin with http:// or https:// and a host.", hint=hint)
    steps = [step for step in parts.path.split("/") if step]
    # A hub's user may be called like a page.
    first = steps.index("user") + 2 if pages and "user" in steps else 0
    for index in range(first, len(steps) if pages else 0):
        if steps[index] in _PAGES:
            del steps[index:]
            break
    token = parse_qs(parts.query).get("token", [""])[0]
    name = f"[{host}]" if ":" in host else host
    place = f"{name}:{port}" if port is not None else name
    path = "/".join(["", *steps, ""])
    return f"{parts.scheme}://{place}{path}", token


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _same(one: str, other: str) -> bool:
    """Whether two URLs mean the same server: all names of this machine are alike."""

    def key(url: str) -> tuple[str, str, int, str]:
        parts = urlsplit(url)
        host = "localhost" if is_loopback(url) else parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return parts.scheme, host, port, parts.path

    return key(one) == key(other)


def _runtime_folder() -> Path:
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir())


def _listed(folder: Path) -> list[int]:
    """Processes that have a file."""
    names = (path.stem.removeprefix("lsp_jupyter-") for path in folder.glob("lsp_jupyter-*.json"))
    return sorted(int(name) for name in names if name.isdecimal())


def _read(folder: Path, pid: int) -> Connection | None:
    """The connection to a process's server; `None` if it has no file, or is dead."""
    path = folder / f"lsp_jupyter-{pid}.json"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:
        raise _refused(path, "cannot be opened") from None
    try:
        info = os.fstat(handle)
        if not _alive(pid):
            return None
        if not stat.S_ISREG(info.st_mode):
            raise _refused(path, "is no plain file")
        if info.st_uid != os.geteuid():
            raise _refused(path, "does not belong to you")
        if stat.S_IMODE(info.st_mode) & 0o077:
            raise _refused(path, "is open to other users")
        data = os.read(handle, _FILE_MAX)
    finally:
        os.close(handle)
    try:
        found = json.loads(data)
        url = str(found["url"])
        server, _ = parse_url(url, pages=False)
        token = str(found["token"])
        state = str(found.get("state", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refused(path, "is damaged") from None
    except UsageError as error:
        if url.startswith("http+unix:"):
            raise ServerNotFoundError(error.message, hint=_START) from None
        raise _refused(path, "is damaged") from None
    return Connection(server, Secret(token), pid, state)


def _refused(path: Path, why: str) -> ServerNotFoundError:
    return ServerNotFoundError(
        f"The server's file {path} {why}, so it is not used.",
        hint="Remove it and start JupyterLab again.",
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _ancestors() -> Iterator[int]:
    """The parent of this process, its parent and so on."""
    pid = os.getppid()
    for _ in range(64):
        if pid <= 0:
            return
        yield pid
        pid = _parent(pid)


def _parent(pid: int) -> int:
    try:
        # The name in parentheses may hold spaces and parentheses itself.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        pass
    try:
        import psutil

        return int(psutil.Process(pid).ppid())
    except Exception:
        return 0
