"""The outside TAP services that a caller may ask: those of the instance, and the caller's own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import (
    ConflictError,
    EngineError,
    LimitError,
    NotFoundError,
    ParameterError,
    StateError,
)
from lsp_jupyter.identity import Caller

__all__ = ["OutsideService", "OutsideServices", "checked_url"]

#: Services that one caller may add, and characters of a URL and of a title.
MOST, URL_LENGTH, TITLE_LENGTH = 50, 1000, 200

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class OutsideService:
    """One service.

    Attributes
    ----------
    name : `str`
        What jobs call it.
    url : `str`
        Where it is, without a final slash: ``/async`` and ``/sync`` are below.
    title : `str`
        What people call it.
    own : `bool`
        Whether the caller added it.
    """

    name: str
    url: str
    title: str = ""
    own: bool = False


class OutsideServices:
    """All of them.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Has the services of the instance.
    folder : `~pathlib.Path`
        Where those that callers add are kept.
    """

    def __init__(self, config: LspConfig, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._lock = threading.Lock()

    def of(self, caller: Caller) -> Sequence[OutsideService]:
        """Those that a caller may ask: the instance's first. Touches the disk."""
        shipped = [
            OutsideService(name, given.get("url", "").rstrip("/"), given.get("title", name))
            for name, given in self._config.tap_services.items()
        ]
        names = {each.name for each in shipped}
        return [*shipped, *(each for each in self._load(caller) if each.name not in names)]

    def find(self, caller: Caller, name: str) -> OutsideService:
        """The service of a name. Touches the disk.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is none.
        """
        for each in self.of(caller):
            if each.name == name:
                return each
        raise NotFoundError(
            f"There is no service '{name[:80]}'.", hint="List the services to see their names."
        )

    def add(self, caller: Caller, name: str, url: str, title: str = "") -> OutsideService:
        """Keep a service for a caller. Touches the disk.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if name or URL cannot be used.
        lsp_jupyter.errors.ConflictError
            Raised if there is one of that name.
        lsp_jupyter.errors.LimitError
            Raised if the caller has too many.
        """
        if not _NAME.fullmatch(name):
            raise ParameterError(
                f"'{name[:80]}' is no name for a service.",
                parameter="name",
                hint="Use up to 64 small letters, digits, '.', '_' and '-'.",
            )
        if len(title) > TITLE_LENGTH:
            raise ParameterError(
                f"The title is longer than {TITLE_LENGTH} characters.", parameter="title"
            )
        made = OutsideService(name, checked_url(url), " ".join(title.split()) or name, own=True)
        with self._lock:
            known = self._load(caller)
            if name in self._config.tap_services or any(each.name == name for each in known):
                raise ConflictError(
                    f"There is a service '{name}' already.", hint="Take another name."
                )
            if len(known) >= MOST:
                raise LimitError(f"You have {MOST} services.", hint="Remove one of them first.")
            self._save(caller, [*known, made])
        return made

    def remove(self, caller: Caller, name: str) -> None:
        """Forget a service that the caller added. Touches the disk.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is none of that name.
        lsp_jupyter.errors.StateError
            Raised if it is one of the instance's.
        """
        with self._lock:
            known = self._load(caller)
            left = [each for each in known if each.name != name]
            if len(left) == len(known):
                self.find(caller, name)
                raise StateError(
                    f"The service '{name}' belongs to this instance and cannot be removed."
                )
            self._save(caller, left)

    def authorization(self, url: str) -> str:
        """The header that authenticates at a service; empty where none is configured.

        Touches the disk: the token is in a file of the instance's, and read when it is used.

        Raises
        ------
        lsp_jupyter.errors.EngineError
            Raised if the file cannot be read, or others can read it.
        """
        for given in self._config.tap_services.values():
            path = given.get("token_file", "")
            if path and given.get("url", "").rstrip("/") == url.rstrip("/"):
                return f"Bearer {_token(Path(path).expanduser())}"
        return ""

    def _path(self, caller: Caller) -> Path:
        digest = hashlib.sha256(caller.subject.encode()).hexdigest()[:32]
        return self._folder / f"{digest}.json"

    def _load(self, caller: Caller) -> list[OutsideService]:
        try:
            data = json.loads(self._path(caller).read_bytes())
        except FileNotFoundError:
            return []
        return [
            OutsideService(**each, own=True)
            for each in data
            if isinstance(each, Mapping) and set(each) == {"name", "url", "title"}
        ]

    def _save(self, caller: Caller, services: Sequence[OutsideService]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        rows = [asdict(each) for each in services]
        for row in rows:
            del row["own"]
        path = self._path(caller)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with draft.open("x", encoding="utf-8") as file:
                json.dump(rows, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()


def checked_url(url: str) -> str:
    """The URL of a service, as it is kept.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is none of ``http`` or ``https``, or holds a password, query or fragment.
    """
    url = url.strip().rstrip("/")
    hint = "Give the URL of the service, like https://archive.example.org/tap."
    if len(url) > URL_LENGTH or not _PRINTABLE.fullmatch(url):
        raise ParameterError("That is no URL.", parameter="url", hint=hint)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ParameterError("That is no URL.", parameter="url", hint=hint) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ParameterError(
            "The URL of a service begins with http:// or https://.", parameter="url", hint=hint
        )
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ParameterError(
            "The URL of a service has no password, no '?' and no '#'.", parameter="url", hint=hint
        )
    for end in ("/sync", "/async", "/tables", "/capabilities"):
        url = url.removesuffix(end)
    return url


def _token(path: Path) -> str:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise EngineError(
                "The file of a service's token can be read by others.",
                hint="Give it mode 0600.",
            )
        return path.read_text().strip()
    except OSError:
        raise EngineError("The file of a service's token cannot be read.") from None
