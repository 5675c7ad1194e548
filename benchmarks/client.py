"""A TAP client that does the same with any server, over one connection it keeps."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

__all__ = ["Client", "Download"]

_FORM = "application/x-www-form-urlencoded"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Download:
    """What came.

    Attributes
    ----------
    first, last : `float`
        Seconds until the first byte of the body, and until all of it was there.
    size : `int`
        Bytes.
    """

    first: float
    last: float
    size: int


class Client:
    """Somebody who asks a TAP service.

    Parameters
    ----------
    port : `int`
        Of the server on this machine.
    prefix : `str`
        Path of its services, without a final slash.
    token : `str`
        What authenticates a request, where that is needed.
    """

    def __init__(self, port: int, prefix: str, token: str = "") -> None:
        self.prefix = prefix
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def ask(self, method: str, path: str, **form: str) -> http.client.HTTPResponse:
        """Send one request; its answer has still to be read.

        Raises
        ------
        RuntimeError
            Raised if the status is 400 or more.
        """
        body = urlencode(form).encode() if form else None
        kind = {"Content-Type": _FORM} if form else {}
        self.connection.request(method, f"{self.prefix}/{path}", body, {**self.headers, **kind})
        answer = self.connection.getresponse()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.read()[:500]!r}")
        return answer

    def download(self, method: str, path: str, **form: str) -> Download:
        """Send a request and read its answer away as it comes."""
        start = time.perf_counter()
        answer = self.ask(method, path, **form)
        size = len(answer.read(1))
        first = time.perf_counter() - start
        buffer = bytearray(_BLOCK)
        while count := answer.readinto(buffer):
            size += count
        return Download(first, time.perf_counter() - start, size)

    def sync(self, adql: str, form: str, maxrec: int = 0) -> Download:
        """Run a query synchronously; `Download` of its table."""
        return self.download("POST", "tap/sync", **_query(adql, form, maxrec))

    def run(self, adql: str, form: str, maxrec: int = 0) -> str:
        """Run a query asynchronously to its end; the path of its result.

        The job is started by a request of its own, as pyvo does it.

        Raises
        ------
        RuntimeError
            Raised if it fails, or takes more than a minute.
        """
        answer = self.ask("POST", "tap/async", **_query(adql, form, maxrec))
        answer.read()
        path = urlsplit(answer.headers["Location"]).path.removeprefix(f"{self.prefix}/")
        self.ask("POST", f"{path}/phase", PHASE="RUN").read()
        deadline = time.monotonic() + 60
        phase = "QUEUED"
        while phase in ("QUEUED", "EXECUTING") and time.monotonic() < deadline:
            self.ask("GET", f"{path}?WAIT=30&PHASE={phase}").read()
            phase = self.ask("GET", f"{path}/phase").read().decode()
        if phase != "COMPLETED":
            raise RuntimeError(f"The query ended as {phase}.")
        return f"{path}/results/result"


def _query(adql: str, form: str, maxrec: int) -> dict[str, str]:
    return {
        "REQUEST": "doQuery",
        "LANG": "ADQL",
        "QUERY": adql,
        "FORMAT": form,
        **({"MAXREC": str(maxrec)} if maxrec else {}),
    }
