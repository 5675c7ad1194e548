"""One job of an outside TAP service, as its client sees it (UWS 1.0 and 1.1, TAP 1.0 and 1.1)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit
from xml.parsers import expat

from lsp_jupyter.errors import LimitError, QueryError, RemoteError
from lsp_jupyter.net import Client, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["TROUBLE", "OutsideJob", "Service", "job_facts", "status_of"]

#: Bytes of a UWS document, and of a document that tells of an error, at most.
DOCUMENT, TROUBLE = 4 << 20, 1 << 20
#: Redirections in a row that are followed.
REDIRECTIONS = 4
#: Seconds between two looks at a job, at first and at most; services that block answer sooner.
SOON, SELDOM = 0.2, 5.0
#: Seconds that a service is asked to wait for a change (UWS 1.1 section 2.2.1.1).
WAIT = 10
#: Characters of what a service says that are passed on.
WORDS = 1000
#: Elements of a UWS document that are read.
_WANTED = frozenset({"phase", "message", "jobId"})
_FORM = "application/x-www-form-urlencoded"


class Service:
    """Speaks to one outside service, and to wherever it sends us.

    Parameters
    ----------
    client : `~lsp_jupyter.net.Client`
        Makes the connections.
    url : `str`
        Where the service is, without a final slash.
    authorization : `str`
        Header that authenticates; it is sent to the service's own host alone.
    """

    def __init__(self, client: Client, url: str, authorization: str = "") -> None:
        self._client = client
        self.url = url.rstrip("/")
        self.name = urlsplit(url).hostname or "The service"
        self._authorization = authorization

    def _headers(self, url: str) -> dict[str, str]:
        ours, theirs = urlsplit(self.url), urlsplit(url)
        if self._authorization and (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc):
            return {"Authorization": self._authorization}
        return {}

    @asynccontextmanager
    async def get(self, url: str) -> AsyncIterator[Response]:
        """Fetch a document, wherever the service says it is.

        Raises
        ------
        lsp_jupyter.errors.RemoteError
            Raised if it cannot be reached, or sends us round in circles.
        """
        for _ in range(REDIRECTIONS):
            headers = self._headers(url) | {"Accept-Encoding": "identity"}
            async with self._client.request(url, headers=headers) as answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    yield answer
                    return
                url = self._next(url, answer)
        raise RemoteError(f"{self.name} redirects too often.")

    async def post(self, url: str, fields: Mapping[str, str]) -> tuple[int, str, bytes]:
        """Send a form; gives the status, where it leads to, and what was said."""
        headers = self._headers(url) | {"Content-Type": _FORM, "Accept-Encoding": "identity"}
        body = urlencode(fields).encode()
        async with self._client.request(url, method="POST", headers=headers, body=body) as answer:
            there = self._next(url, answer) if 300 <= answer.status < 400 else ""
            return answer.status, there, await answer.read(TROUBLE)

    async def delete(self, url: str) -> None:
        """Have a resource deleted, whatever comes of it."""
        async with self._client.request(url, method="DELETE", headers=self._headers(url)):
            pass

    async def save(
        self, url: str, target: Path, limit: int, told: Callable[[int], None] = lambda _: None
    ) -> None:
        """Write a document into a new file; ``told`` hears of its bytes.

        Raises
        ------
        lsp_jupyter.errors.LimitError
            Raised if it is longer than ``limit``.
        lsp_jupyter.errors.QueryError
            Raised if the service says that the query is wrong.
        lsp_jupyter.errors.RemoteError
            Raised if it does not come, or not whole.
        """
        size = 0
        async with self.get(url) as answer:
            if answer.status != 200:
                raise refusal(self.name, answer.status, await answer.read(TROUBLE))
            with target.open("xb") as file:
                async for piece in answer.chunks():
                    size += len(piece)
                    if size > limit:
                        raise LimitError(
                            f"The answer of {self.name} has more than {limit:,} bytes.",
                            hint="Ask for fewer rows or columns.",
                        )
                    await asyncio.to_thread(file.write, piece)
                    told(size)

    def _next(self, url: str, answer: Response) -> str:
        there = urljoin(url, answer.headers.get("Location", ""))
        if not answer.headers.get("Location") or urlsplit(there).scheme not in ("http", "https"):
            raise RemoteError(f"{self.name} redirects to nowhere.")
        return there


class OutsideJob:
    """A query that runs on an outside service.

    Parameters
    ----------
    service : `Service`
        Where.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self.url = ""
        self.phase = ""

    async def begin(self, parameters: Mapping[str, str]) -> None:
        """Create and start the job.

        Raises
        ------
        lsp_jupyter.errors.QueryError
            Raised if the service refuses the query.
        lsp_jupyter.errors.RemoteError
            Raised if it does not do what TAP asks of it.
        """
        service = self._service
        status, there, said = await service.post(
            f"{service.url}/async", dict(parameters) | {"PHASE": "RUN"}
        )
        if not there:
            raise refusal(service.name, status, said)
        self.url = there.partition("?")[0].rstrip("/")
        await self._look("")
        if self.phase in ("PENDING", "HELD"):
            await service.post(f"{self.url}/phase", {"PHASE": "RUN"})

    async def follow(self, told: Callable[[str], None]) -> None:
        """Wait until it is complete; ``told`` hears of each phase.

        Raises
        ------
        lsp_jupyter.errors.QueryError
            Raised if it failed there.
        """
        pause = SOON
        while True:
            told(self.phase)
            if self.phase == "COMPLETED":
                return
            if self.phase in ("ERROR", "ABORTED", "ARCHIVED"):
                raise await self._trouble()
            await asyncio.sleep(pause)
            pause = min(2 * pause, SELDOM)
            await self._look(f"?WAIT={WAIT}&PHASE={self.phase}")

    async def _look(self, query: str) -> None:
        async with self._service.get(self.url + query) as answer:
            text = await answer.read(DOCUMENT)
            if answer.status == 400 and query:
                # Services of UWS 1.0 may not take what they do not know.
                return await self._look("")
            if answer.status >= 400:
                raise RemoteError(
                    f"{self._service.name} does not tell of the job: status {answer.status}."
                )
        self.phase = job_facts(text, self._service.name).get("phase", "").upper() or "UNKNOWN"
        return None

    async def _trouble(self) -> Exception:
        name = self._service.name
        said = ""
        with contextlib.suppress(RemoteError, LimitError):
            async with self._service.get(self.url) as answer:
                said = job_facts(await answer.read(DOCUMENT), name).get("message", "")
        with contextlib.suppress(RemoteError, LimitError):
            async with self._service.get(f"{self.url}/error") as answer:
                if answer.status < 400:
                    said = status_of(await answer.read(TROUBLE))[1] or said
        if not said:
            said = f"The job ended there in phase {self.phase}."
        return QueryError(f"{name}: {said[:WORDS]}", hint="Correct the query, or ask elsewhere.")

    async def fetch(self, target: Path, limit: int, told: Callable[[int], None]) -> None:
        """Write the result into a file; ``told`` hears of its bytes.

        Raises
        ------
        lsp_jupyter.errors.LimitError
            Raised if it is longer than ``limit``.
        lsp_jupyter.errors.RemoteError
            Raised if it does not come, or not whole.
        """
        await self._service.save(f"{self.url}/results/result", target, limit, told)

    async def leave(self) -> None:
        """Have the service forget the job, and stop it if it runs. Never fails."""
        if not self.url:
            return
        with contextlib.suppress(Exception):
            async with asyncio.timeout(10):
                await self._service.delete(self.url)


def refusal(name: str, status: int, said: bytes) -> QueryError | RemoteError:
    """What to say of a request that a service did not do."""
    words = status_of(said)[1]
    if words and status < 500:
        return QueryError(f"{name}: {words[:WORDS]}", hint="Correct the query, or ask elsewhere.")
    more = f" {words[:WORDS]}" if words else ""
    return RemoteError(
        f"{name} answered with status {status}.{more}", hint="Try again later, or ask elsewhere."
    )


def job_facts(document: bytes, name: str) -> dict[str, str]:
    """What a UWS document tells of its job: phase, and message of its error.

    Raises
    ------
    lsp_jupyter.errors.RemoteError
        Raised if it is no XML, or declares entities.
    """
    found: dict[str, list[str]] = {}
    stack: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        stack.append(tag.rpartition(" ")[2])
        if len(stack) > 64:
            raise RemoteError(f"{name} sent a document that is nested too deeply.")

    def text(data: str) -> None:
        if stack and stack[-1] in _WANTED:
            found.setdefault(stack[-1], []).append(data)

    _parse(document, name, start, lambda _: stack.pop(), text)
    return {key: " ".join("".join(parts).split()) for key, parts in found.items()}


def status_of(document: bytes) -> tuple[str, str]:
    """The QUERY_STATUS of a VOTable and its words (DALI 1.1 section 4.4), or of a plain text.

    Returns
    -------
    status, words : `str`
        Empty where nothing is said.
    """
    status, words, inside = "", "", False

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal status, words, inside
        inside = tag.rpartition(" ")[2] == "INFO" and given.get("name") == "QUERY_STATUS"
        if inside:
            status, words = given.get("value", "").upper(), ""

    def end(_: str) -> None:
        nonlocal inside
        inside = False

    def text(data: str) -> None:
        nonlocal words
        words += data if inside else ""

    try:
        _parse(document, "", start, end, text)
    except RemoteError:
        if not status and not document.lstrip().startswith(b"<"):
            words = document[: 4 * WORDS].decode(errors="replace")
    return status, " ".join(words.split())


def _parse(
    document: bytes,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], object],
    text: Callable[[str], None],
) -> None:
    def refuse(*_: object) -> None:
        raise RemoteError(f"{name} sent a document that declares a document type.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, LookupError, ValueError):
        raise RemoteError(
            f"{name} sent a document that is no XML.", hint="Is that the URL of a TAP service?"
        ) from None
