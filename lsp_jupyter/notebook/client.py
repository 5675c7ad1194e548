"""HTTP with the platform's private routes, from a kernel."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import (
    AuthenticationError,
    ForbiddenError,
    JobNotFoundError,
    LimitError,
    LspError,
    NotFoundError,
    RemoteError,
    ServerNotFoundError,
    UsageError,
    error_from_dict,
)
from lsp_jupyter.notebook.connection import Connection, Finder, is_loopback

if TYPE_CHECKING:
    import requests

    from lsp_jupyter.notebook.bodies import Body

__all__ = ["Client", "check_id"]

#: Seconds to connect, and seconds without a byte. A file may have to be
#: fetched from elsewhere first, which takes its time.
CONNECT, READ, READ_FILE = 10.0, 60.0, 1800.0

#: Media type of an answer that tells how far it is: one JSON object a line.
LINES = "application/x-ndjson"

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

#: Where a document of a VO service tells its error.
_STATUS = re.compile(r'[\s\S]*?<INFO name="QUERY_STATUS" value="ERROR">([^<]*)</INFO>')
_LINE = re.compile(r"[A-Z]\w*: (.+)")

_GONE = "Start JupyterLab again, or choose another server with lsp.connect(url, token=…)."


def check_id(job_id: str) -> str:
    """Return a job id if it can be one.

    Raises
    ------
    lsp_jupyter.errors.JobNotFoundError
        Raised if no job can have that id.
    """
    if not isinstance(job_id, str) or not _ID.fullmatch(job_id):
        raise JobNotFoundError(
            "That is not the id of a job.", hint="lsp.history() lists your jobs with their ids."
        )
    return job_id


class Client:
    """Talks to one server; safe to use from several threads.

    Parameters
    ----------
    connection : `Connection`, optional
        The server. By default it is looked up for each request, see `Finder`.
    """

    def __init__(self, connection: Connection | None = None) -> None:
        self._connection = connection
        self._finder = Finder()
        self._local = threading.local()

    @property
    def connection(self) -> Connection:
        """The server it talks to now."""
        return self._connection or self._finder.find()

    def __repr__(self) -> str:
        return f"Client({self._connection.url!r})" if self._connection else "Client()"

    def get(
        self, path: str, params: Mapping[str, str | int] | None = None, *, timeout: float = READ
    ) -> Any:
        """GET JSON of a path below ``lsp_jupyter/``.

        Parameters
        ----------
        path : `str`
            Relative to the platform's URL.
        params : mapping, optional
            The query string.
        timeout : `float`
            Seconds without a byte after which it gives up.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised as the class the server sent; `ServerNotFoundError` if it
            does not answer.
        """
        with self._answer("GET", path, params=params, timeout=timeout) as reply:
            return _json(reply)

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout: float = READ,
    ) -> Any:
        """POST, PUT or DELETE; answers the JSON that came back, or `None`."""
        with self._answer(method, path, json=body, timeout=timeout) as reply:
            return None if reply.status_code == 204 else _json(reply)

    def deliver(
        self,
        method: str,
        path: str,
        body: Body | Mapping[str, Any],
        params: Mapping[str, str] | None = None,
        *,
        tell: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> Any:
        """POST or PUT what may take its time; answers the JSON that came back last.

        Parameters
        ----------
        method, path : `str`
            As for `send`.
        body : `~lsp_jupyter.notebook.bodies.Body` or mapping
            Bytes that are made while they are sent, or what becomes JSON.
        params : mapping, optional
            The query string.
        tell : callable
            Told each line that the server sends before the last one.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised as the class the server sent, at once or in its last line.
        """
        from lsp_jupyter.notebook.bodies import Body

        options: dict[str, Any] = {"params": params, "stream": True, "timeout": READ_FILE}
        headers = {"Accept": f"{LINES}, application/json"}
        if isinstance(body, Body):
            headers["Content-Type"] = body.kind
            options["data"] = body
        else:
            options["json"] = body
        with self._answer(method, path, headers=headers, **options) as reply:
            if not reply.headers.get("Content-Type", "").startswith(LINES):
                return _json(reply)
            told: Any = None
            for line in reply.iter_lines(chunk_size=None):
                told = _parsed(line)
                tell(told)
        if "error" in told:
            raise error_from_dict(told["error"])
        return told

    def page(
        self, path: str, params: Mapping[str, str | int | list[str]]
    ) -> tuple[bytes, Mapping[str, str]]:
        """GET a short binary answer: its bytes and its headers."""
        with self._answer("GET", path, params=params, timeout=READ) as reply:
            return reply.content, reply.headers

    @contextmanager
    def stream(self, path: str) -> Iterator[Any]:
        """GET a long binary answer, as a file object that is not sought."""
        with self._answer("GET", path, timeout=READ_FILE, stream=True) as reply:
            # What the server may have compressed on the way.
            reply.raw.decode_content = True
            yield reply.raw

    @contextmanager
    def _answer(
        self, method: str, path: str, *, timeout: float, **options: Any
    ) -> Iterator[requests.Response]:
        import requests
        import urllib3

        connection = self.connection
        try:
            options |= {
                "auth": _Bearer(connection),
                "timeout": (CONNECT, timeout),
                "allow_redirects": False,
            }
            with self._request(connection, method, path, options) as reply:
                if reply.status_code >= 300:
                    raise _error(reply, connection)
                yield reply
        # Nothing is chained: frames below hold the request's headers.
        except KeyboardInterrupt:
            raise KeyboardInterrupt from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise RemoteError(
                f"The server {connection.url} did not answer in time.", hint="Try again later."
            ) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _unreachable(connection, error) from None

    def _request(
        self, connection: Connection, method: str, path: str, options: dict[str, Any]
    ) -> requests.Response:
        """Ask; once more if the server closed a connection that was kept open."""
        import requests
        import urllib3

        session = self._session(connection)
        try:
            return session.request(method, connection.base + path, **options)
        except requests.ConnectionError as error:
            cause = error.args[0] if error.args else None
            if method != "GET" or not isinstance(cause, urllib3.exceptions.ProtocolError):
                raise
        return session.request(method, connection.base + path, **options)

    def _session(self, connection: Connection) -> requests.Session:
        """One session a thread, made anew when the server changes."""
        import requests

        known: tuple[str, requests.Session] | None = getattr(self._local, "session", None)
        if known is not None and known[0] == connection.url:
            return known[1]
        session = requests.Session()
        session.headers["Accept-Encoding"] = "identity"
        if is_loopback(connection.url):
            # No proxy and no netrc for this machine itself. Its certificate is
            # made for another name.
            session.trust_env = False
            session.verify = False
            _quiet()
        self._local.session = (connection.url, session)
        return session


class _Bearer:
    """Adds the token as late as possible, and shows nothing of it."""

    def __init__(self, connection: Connection) -> None:
        self._token = connection.token

    def __call__(self, request: Any) -> Any:
        if self._token.reveal():
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


def _quiet() -> None:
    """No warning for this machine's own certificate."""
    import warnings

    import urllib3

    warnings.filterwarnings(
        "ignore",
        r"Unverified HTTPS request is being made to host '(localhost|127\.|::1|\[::1)",
        urllib3.exceptions.InsecureRequestWarning,
    )


def _json(reply: requests.Response) -> Any:
    try:
        return reply.json()
    except (ValueError, RecursionError):
        raise _unexpected() from None


def _parsed(line: bytes) -> dict[str, Any]:
    """One line of an answer of many."""
    import json

    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise _unexpected() from None
    if not isinstance(told, dict):
        raise _unexpected()
    return told


def _unexpected() -> RemoteError:
    return RemoteError(
        "The server's answer is not what was expected.",
        hint="Kernel and server may have different versions: restart both.",
    )


def _error(reply: requests.Response, connection: Connection) -> LspError:
    """The error an answer tells."""
    try:
        told = reply.json()["error"]
        if isinstance(told, dict) and "code" in told:
            return error_from_dict(told)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    status = reply.status_code
    found = _document(reply, status)
    if found is not None:
        return found
    if status == 401:
        return AuthenticationError(
            f"The server {connection.url} does not take this token.",
            hint="Connect again with lsp.connect(url, token=…).",
        )
    if status == 403:
        return ForbiddenError(f"The server {connection.url} does not allow this.")
    if status in (301, 302, 303, 307, 308, 404, 405):
        return ServerNotFoundError(
            f"There is no Science Platform at {connection.url}.",
            hint="Check the URL. The server needs the extension: "
            "`jupyter server extension enable lsp_jupyter`.",
        )
    return RemoteError(f"The server {connection.url} answered with HTTP status {status}.")


def _document(reply: requests.Response, status: int) -> LspError | None:
    """The error in a document of a VO service, if that is one.

    It is a VOTable (DALI 1.1 section 4.2), or a line of text (SODA 1.0 section 5).
    """
    kind = reply.headers.get("Content-Type", "")
    if "votable" not in kind and "text/plain" not in kind:
        return None
    text = (_STATUS if "votable" in kind else _LINE).match(reply.text[:65_536])
    if text is None:
        return None
    message = " ".join(unescape(text[1]).split())
    kinds: dict[int, type[LspError]] = {404: NotFoundError, 413: LimitError, 403: ForbiddenError}
    if status in (401, 503, 504):
        return None
    return kinds.get(status, UsageError if status < 500 else RemoteError)(message)


def _unreachable(connection: Connection, error: Exception) -> LspError:
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return ServerNotFoundError(
            f"The certificate of {connection.url} cannot be verified.",
            hint="Ask its operator, or set REQUESTS_CA_BUNDLE to the authority's certificate.",
        )
    if isinstance(error, requests.ConnectionError):
        return ServerNotFoundError(f"The server {connection.url} does not answer.", hint=_GONE)
    return RemoteError(f"The answer of the server {connection.url} broke off.", hint="Try again.")
