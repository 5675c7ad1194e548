"""The attached role: everything is forwarded to a platform elsewhere.

Panel, kernels and VO clients only talk to their own server. It checks their
credentials, replaces them by the user's token for the platform, and passes
requests and answers on as they come, in bounded memory. Nothing of the engine
runs here. Complete Arrow results are kept in the user's own folder, so that a
kernel maps them as it would in the local role.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import responses
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import LspError, NotFoundError, RemoteError, UsageError, error_from_dict
from lsp_jupyter.net import Client, Response
from lsp_jupyter.portal.channel import Channel
from lsp_jupyter.portal.copies import Copies
from lsp_jupyter.portal.startup import PUBLIC_URL, Route, Startup
from lsp_jupyter.portal.status import HealthHandler, VersionHandler
from lsp_jupyter.web import PREFIX, BaseHandler

__all__ = ["Upstream", "attached_routes"]

#: Headers that belong to one connection (RFC 9110 section 7.6.1).
HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization"}
HOP |= {"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}

#: Headers of a request that are for this server and not for the platform.
OURS = HOP | {"host", "authorization", "cookie", "origin", "referer", "expect", "x-xsrftoken"}
OURS_PREFIX = ("sec-", "x-forwarded-", "x-real-", "x-scheme", PUBLIC_URL.lower())

#: Headers of an answer that this server writes itself.
THEIRS = HOP | {"server", "date", "set-cookie", "www-authenticate"}
THEIRS |= {"content-security-policy", "x-content-type-options"}

#: Largest upload passed on, and largest JSON answer read here, bytes.
UPLOAD_MAX, JSON_MAX = 1 << 30, 16 << 20

#: What deleting a job looks like, from panel and VO clients.
_JOB = re.compile(r"(?:portal/jobs|tap/async)/([A-Za-z0-9]+)")


class Upstream:
    """The platform service this server is attached to.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Its ``platform_url`` and ``platform_token_file``.
    """

    def __init__(self, config: LspConfig) -> None:
        self.url = config.platform_url.rstrip("/") + "/"
        self._token_file = config.platform_token_file
        self.client = Client(
            hint="Check that the platform runs, and LspConfig.platform_url.",
            head_timeout=config.poll_max + config.sync_timeout,
        )

    def check(self) -> None:
        """Refuse a configuration that cannot work.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if URL or token file are missing.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                "The role is 'attached', but LspConfig.platform_url is no HTTP URL.",
                hint=f"Set it to the platform's URL, ending in /{PREFIX}/.",
            )
        self.token()

    def token(self) -> str:
        """The user's token for the platform, as the file has it now.

        Raises
        ------
        lsp_jupyter.errors.RemoteError
            Raised if it cannot be read or others can read it too.
        """
        hint = "Write your platform token into the file LspConfig.platform_token_file names"
        path = Path(self._token_file).expanduser()
        try:
            with path.open() as file:
                open_to_others = os.fstat(file.fileno()).st_mode & 0o077
                token = file.read(8192).strip()
        except (OSError, ValueError):
            raise RemoteError(
                "The token for the platform cannot be read.", hint=f"{hint}, with mode 0600."
            ) from None
        if open_to_others:
            raise RemoteError(
                "Others can read the token for the platform.",
                hint="Run chmod 600 on the file LspConfig.platform_token_file names.",
            )
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise RemoteError("There is no token for the platform.", hint=f"{hint}.")
        return token

    def headers(self, public: str) -> dict[str, str]:
        """What authenticates a request, and tells under which URL clients know the platform."""
        return {"Authorization": f"Bearer {self.token()}", PUBLIC_URL: public}

    async def json(self, path: str, public: str) -> dict[str, Any]:
        """GET a JSON object.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised as the error the platform answered with.
        """
        async with self.client.request(self.url + path, headers=self.headers(public)) as response:
            await self.accept(response)
            try:
                value = json.loads(await response.read(JSON_MAX))
            except ValueError:
                value = None
        if not isinstance(value, dict):
            raise RemoteError("The platform's answer is not what was expected.")
        return value

    @asynccontextmanager
    async def arrow(
        self, job_id: str, public: str
    ) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """The size in bytes of a job's complete result, and the result itself."""
        async with self.client.request(
            f"{self.url}portal/results/{job_id}/arrow", headers=self.headers(public)
        ) as response:
            await self.accept(response)
            yield int(response.headers.get("Content-Length", "0")), response.chunks()

    async def accept(self, response: Response) -> None:
        """Raise what the platform answered, unless it is 200."""
        self.refuse_401(response)
        if response.status == 200:
            return
        try:
            error = error_from_dict(json.loads(await response.read(JSON_MAX))["error"])
        except (ValueError, KeyError, TypeError, AttributeError):
            error = RemoteError(f"The platform answered with status {response.status}.")
        raise error

    def refuse_401(self, response: Response) -> None:
        """Tell a refused platform token apart from the caller's own credentials."""
        if response.status == 401:
            raise RemoteError(
                "The platform does not accept your token for it.",
                hint="Renew the token in the file LspConfig.platform_token_file names.",
            )


class AttachedHandler(BaseHandler):
    """What the handlers of this role share."""

    @property
    def upstream(self) -> Upstream:
        """The platform."""
        upstream: Upstream = self.settings["lsp_upstream"]
        return upstream

    @property
    def copies(self) -> Copies:
        """The local copies of results."""
        copies: Copies = self.settings["lsp_copies"]
        return copies

    async def prepare(self) -> None:  # type: ignore[override]
        """Wait until the configuration was checked: what follows needs it."""
        await super().prepare()
        startup: Startup = self.settings["lsp_startup"]
        await startup.wait()


class ForwardHandler(AttachedHandler):
    """Passes one request on, and its answer back."""

    _task: asyncio.Task[None] | None = None

    def body_max(self) -> int:
        """The platform has its own limits; this one is only against nonsense."""
        return 0 if self.public else UPLOAD_MAX

    async def prepare(self) -> None:  # type: ignore[override]
        """Begin to pass the request on while its body still comes."""
        await super().prepare()
        prefix = f"{self.base_url}{PREFIX}/"
        address = self.request.uri or ""
        self._path = address.removeprefix(prefix)
        steps = unquote(self._path.partition("?")[0]).split("/")
        if not address.startswith(prefix) or {".", ".."} & {*steps}:
            raise NotFoundError("There is nothing at this address.")
        if isinstance(self.request.connection, HTTP1Connection):
            self.request.connection.set_max_body_size(self.body_max())
        self._room = asyncio.Semaphore(1)
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._wanted = True
        self._whole = asyncio.Event()
        self._task = asyncio.create_task(self._forward())
        # Where the client leaves first, nobody asks how it ended.
        self._task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def data_received(self, chunk: bytes) -> None:  # type: ignore[override]
        # Waiting here holds the client back until the platform has read more.
        # What the platform does not want any more is read and dropped, so that
        # the client hears the answer.
        await self._room.acquire()
        if self._wanted:
            self._parts.put_nowait(chunk)
        else:
            self._room.release()

    async def _body(self) -> AsyncIterator[bytes]:
        try:
            while (chunk := await self._parts.get()) is not None:
                self._room.release()
                yield chunk
        finally:
            self._let_go()

    def _let_go(self) -> None:
        self._wanted = False
        self._room.release()

    async def _forward(self) -> None:
        headers = HTTPHeaders()
        named = self.request.headers.get("Connection", "").lower().replace(" ", "").split(",")
        for name, value in self.request.headers.get_all():
            low = name.lower()
            if low not in OURS and low not in named and not low.startswith(OURS_PREFIX):
                headers.add(name, value)
        method = self.request.method or "GET"
        length = self.request.headers.get("Content-Length")
        body = None
        if method in ("POST", "PUT", "PATCH") or length not in (None, "0"):
            body = self._body()
        try:
            for name, value in self.upstream.headers(self.link()).items():
                headers[name] = value
            async with self.upstream.client.request(
                self.upstream.url + self._path, method=method, headers=headers, body=body
            ) as response:
                # Who has answered does not want the rest of the body.
                self._let_go()
                await self._whole.wait()
                await self._answer(response)
        finally:
            self._let_go()

    async def _answer(self, response: Response) -> None:
        self.upstream.refuse_401(response)
        job = _JOB.fullmatch(self._path.partition("?")[0])
        if job and self.request.method == "DELETE" and response.status < 400:
            self.copies.drop(job[1])
        self.set_status(response.status, responses.get(response.status, "Unknown"))
        self.clear_header("Content-Type")
        seen: set[str] = set()
        for name, value in response.headers.get_all():
            low = name.lower()
            if low in THEIRS or low.startswith("access-control-"):
                continue
            if low == "location":
                value = self._relocate(value)
            if low in seen:
                self.add_header(name, value)
            else:
                self.set_header(name, value)
            seen.add(low)
        async for chunk in response.chunks():
            self.write(chunk)
            await self.flush()
        await self.finish()

    def _relocate(self, location: str) -> str:
        """A redirect within the platform leads to this server's own address."""
        target = urljoin(self.upstream.url + self._path, location)
        if target.startswith(self.upstream.url):
            return self.link(target.removeprefix(self.upstream.url))
        return target

    async def _pass(self, *_: str) -> None:
        """Pass the request on."""
        assert self._task is not None
        self._parts.put_nowait(None)
        self._whole.set()
        try:
            await self._task
        except asyncio.CancelledError:
            raise StreamClosedError from None

    get = head = post = put = patch = delete = _pass

    def on_connection_close(self) -> None:
        """End the platform's part too when the client goes away."""
        super().on_connection_close()
        if self._task is not None:
            self._task.cancel()


class VOForwardHandler(ForwardHandler):
    """The same for the routes VO clients use."""

    vo = True


class PublicForwardHandler(ForwardHandler):
    """The same for what anybody may read."""

    public = True


class CopyHandler(AttachedHandler):
    """``portal/results/{id}/file``: a local copy of the platform's result."""

    async def get(self, job_id: str) -> None:
        """Answer where the copy is, when it is complete."""
        public = self.link()
        path = f"portal/results/{job_id}"
        try:
            # The platform answers this one when the query has ended.
            await self.copies.fetch(job_id, lambda: self.upstream.arrow(job_id, public))
            result = await self.upstream.json(path, public)
        except NotFoundError:
            self.copies.drop(job_id)
            raise
        local = self.copies.path(job_id)
        self.send_json(
            {
                "path": str(local),
                "size": local.stat().st_size,
                "rows": result.get("rows"),
                "complete": True,
                "overflow": result.get("overflow"),
            }
        )


class RelayHandler(Channel, AttachedHandler):
    """``portal/events``: the platform's event channel, passed on."""

    async def pump(self) -> None:
        """Pass messages on until either side ends."""
        query = self.request.query
        url = f"{self.upstream.url}portal/events" + (f"?{query}" if query else "")
        silence = 3 * self.settings_of_instance.heartbeat
        try:
            socket = await self.upstream.client.websocket(
                url, headers=self.upstream.headers(self.link())
            )
        except LspError as error:
            self.log.warning("The event channel of the platform: %s", error)
            self.close(1013, error.message[:120])
            return
        try:
            async with asyncio.timeout(silence) as patience:
                while (message := await socket.read_message()) is not None:
                    patience.reschedule(asyncio.get_running_loop().time() + silence)
                    await self.write_message(message)
        except (TimeoutError, WebSocketClosedError, StreamClosedError):
            pass
        finally:
            socket.close()
        self.close(1012, "The platform ended the channel.")


def attached_routes() -> list[Route]:
    """Every route of a server in the attached role; patterns are below its base URL."""
    root = f"/{PREFIX}"
    return [
        (f"{root}/version", VersionHandler, {}),
        (f"{root}/health", HealthHandler, {}),
        (f"{root}/portal/events", RelayHandler, {}),
        (f"{root}/portal/results/([A-Za-z0-9]+)/file", CopyHandler, {}),
        (f"{root}/portal(?:/.*)?", ForwardHandler, {}),
        (f"{root}/discovery/discovery", PublicForwardHandler, {}),
        (f"{root}/.*", VOForwardHandler, {}),
    ]
