"""The only outbound HTTP: streamed both ways, in bounded memory.

A body is never held whole: `Response.chunks` reads the next piece from the
connection only when the one before was taken, and a request body is sent no
faster than the other side reads it. Redirects are never followed, cookies
never kept.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httpclient import HTTPError, HTTPRequest
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import Resolver
from tornado.tcpclient import TCPClient
from tornado.websocket import WebSocketClientConnection, WebSocketError, websocket_connect

from lsp_jupyter.errors import LimitError, RemoteError

__all__ = ["Client", "Response"]

#: Bytes read from a connection at once, and kept for the consumer at most.
CHUNK = 256 << 10
#: Largest head of a response, bytes.
HEAD = 64 << 10
#: Largest message of a websocket, bytes.
MESSAGE = 1 << 20
#: Seconds to wait whether a long body is wanted: old servers do not answer that.
EXPECT_TIMEOUT = 1.0
#: No limit of their own on bodies: what is done with them decides.
NO_LIMIT = 1 << 62


class _Exchange(HTTPMessageDelegate):
    """Hands one response from the connection to its consumer, a chunk at a time."""

    def __init__(self) -> None:
        self.head: asyncio.Future[tuple[ResponseStartLine, HTTPHeaders]] = (
            asyncio.get_running_loop().create_future()
        )
        self.complete = False
        self.answered = asyncio.Event()
        self._closed = False
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(1)

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        if isinstance(start_line, ResponseStartLine) and start_line.code >= 200:
            self.head.set_result((start_line, headers))
        self.answered.set()

    async def data_received(self, chunk: bytes) -> None:
        if self._closed:
            return
        # Waiting here is the back-pressure: nothing more is read meanwhile.
        await self._room.acquire()
        if not self._closed:
            self._chunks.put_nowait(chunk)

    def finish(self) -> None:
        self.complete = True
        self._chunks.put_nowait(None)

    def on_connection_close(self) -> None:
        if not self.head.done():
            self.head.set_exception(StreamClosedError())
        self._chunks.put_nowait(None)

    async def take(self) -> bytes | None:
        """The next chunk; `None` at the end."""
        chunk = await self._chunks.get()
        self._room.release()
        return chunk

    def close(self) -> None:
        """Let a reader that waits for the consumer go on, to find the stream closed."""
        self._closed = True
        self._room.release()


@dataclass
class Response:
    """The head of a response, and its body to be read.

    Attributes
    ----------
    status : `int`
        HTTP status.
    reason : `str`
        Its phrase.
    headers : `~tornado.httputil.HTTPHeaders`
        As they came.
    """

    status: int
    reason: str
    headers: HTTPHeaders
    _exchange: _Exchange
    _idle: float
    _where: str
    _hint: str

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece.

        Raises
        ------
        lsp_jupyter.errors.RemoteError
            Raised if the connection ends before the body does, or is silent too long.
        """
        while True:
            try:
                async with asyncio.timeout(self._idle):
                    chunk = await self._exchange.take()
            except TimeoutError:
                raise RemoteError(
                    f"{self._where} sent nothing for {self._idle:g} s.", hint=self._hint
                ) from None
            if chunk is None:
                break
            yield chunk
        if not self._exchange.complete:
            raise RemoteError(
                f"{self._where} closed the connection before its answer was complete.",
                hint=self._hint,
            )

    async def read(self, limit: int) -> bytes:
        """The whole body.

        Parameters
        ----------
        limit : `int`
            Bytes it may have.

        Raises
        ------
        lsp_jupyter.errors.LimitError
            Raised if it is longer.
        """
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if len(body) > limit:
                raise LimitError(f"The answer of {self._where} is longer than {limit:,} bytes.")
        return bytes(body)


class Client:
    """Speaks HTTP/1.1 to services outside this process.

    Parameters
    ----------
    hint : `str`
        What a user can do when the service fails; part of every error.
    connect_timeout, head_timeout, idle_timeout : `float`
        Seconds until the connection stands, until the response begins, and
        between two pieces of its body.
    resolver : `~tornado.netutil.Resolver`, optional
        Says which addresses a name has, and so which may be connected to.
    tls : callable, optional
        Gives how connections are made safe; as is usual on this system if not given.
    """

    def __init__(
        self,
        *,
        hint: str = "",
        connect_timeout: float = 10.0,
        head_timeout: float = 330.0,
        idle_timeout: float = 120.0,
        resolver: Resolver | None = None,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self.hint = hint
        self.connect_timeout = connect_timeout
        self.head_timeout = head_timeout
        self.idle_timeout = idle_timeout
        self._tcp = TCPClient(resolver)
        self._tls = tls

    @asynccontextmanager
    async def request(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | HTTPHeaders | None = None,
        body: bytes | AsyncIterable[bytes] | None = None,
    ) -> AsyncIterator[Response]:
        """Send a request; the response is closed at the end of the block.

        Parameters
        ----------
        url : `str`
            An ``http`` or ``https`` URL.
        method : `str`
            HTTP method.
        headers : mapping, optional
            Sent as they are; ``Host``, ``Connection`` and, for `bytes`,
            ``Content-Length`` are set here.
        body : `bytes` or asynchronous iterable of `bytes`, optional
            The body. An iterable without a ``Content-Length`` header is sent chunked.

        Yields
        ------
        response : `Response`
            As soon as its head is there, whatever its status.

        Raises
        ------
        lsp_jupyter.errors.RemoteError
            Raised if the service cannot be reached or speaks no HTTP.
        """
        where = _name(url)
        stream = await self._connect(url, where)
        exchange = _Exchange()
        connection = HTTP1Connection(
            stream,
            True,
            HTTP1ConnectionParameters(
                no_keep_alive=True, chunk_size=CHUNK, max_header_size=HEAD, max_body_size=NO_LIMIT
            ),
        )
        reader = asyncio.create_task(_read(connection, exchange))
        writer = asyncio.create_task(
            _send(connection, exchange, url, method, headers, body, self.idle_timeout)
        )
        try:
            try:
                # The other side may answer before it has read the whole body.
                either: set[asyncio.Future[Any]] = {exchange.head, writer}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if not exchange.head.done():
                    writer.result()
                async with asyncio.timeout(self.head_timeout):
                    start, answered = await exchange.head
            except TimeoutError:
                raise RemoteError(f"{where} did not answer in time.", hint=self.hint) from None
            except StreamClosedError:
                raise RemoteError(
                    f"{where} closed the connection without an answer.", hint=self.hint
                ) from None
            yield Response(
                start.code,
                start.reason,
                answered,
                exchange,
                self.idle_timeout,
                where,
                self.hint,
            )
        finally:
            writer.cancel()
            exchange.close()
            stream.close()
            await asyncio.gather(reader, writer, return_exceptions=True)
            if exchange.head.done() and not exchange.head.cancelled():
                exchange.head.exception()

    async def websocket(
        self, url: str, *, headers: Mapping[str, str] | None = None
    ) -> WebSocketClientConnection:
        """Open a websocket.

        Parameters
        ----------
        url : `str`
            An ``http``, ``https``, ``ws`` or ``wss`` URL.
        headers : mapping, optional
            Sent with the handshake.

        Raises
        ------
        lsp_jupyter.errors.RemoteError
            Raised if the service cannot be reached or refuses.
        """
        where = _name(url)
        scheme, _, rest = url.partition("://")
        url = f"{scheme.replace('http', 'ws')}://{rest}"
        request = HTTPRequest(
            url, headers=HTTPHeaders(dict(headers or {})), connect_timeout=self.connect_timeout
        )
        try:
            return await websocket_connect(request, max_message_size=MESSAGE)
        except HTTPError as error:
            raise RemoteError(
                f"{where} refused the event channel with status {error.code}.", hint=self.hint
            ) from None
        except (OSError, StreamClosedError, WebSocketError):
            raise RemoteError(f"{where} cannot be reached.", hint=self.hint) from None

    async def _connect(self, url: str, where: str) -> IOStream:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RemoteError(f"{where} is no HTTP address.", hint=self.hint)
        try:
            stream = await self._tcp.connect(
                parts.hostname,
                parts.port or {"http": 80, "https": 443}[parts.scheme],
                ssl_options=self._tls() if parts.scheme == "https" else None,
                max_buffer_size=4 * CHUNK,
                timeout=self.connect_timeout,
            )
        except TimeoutError:
            raise RemoteError(
                f"{where} did not take the connection in {self.connect_timeout:g} s.",
                hint=self.hint,
            ) from None
        except ssl.SSLError as error:
            raise RemoteError(
                f"The certificate of {where} is not trusted: {error.reason or error}.",
                hint=self.hint,
            ) from None
        except (OSError, StreamClosedError):
            raise RemoteError(f"{where} cannot be reached.", hint=self.hint) from None
        stream.set_nodelay(True)
        return stream


async def _read(connection: HTTP1Connection, exchange: _Exchange) -> None:
    """Feed one response to its exchange; whatever happens, the consumer hears of the end."""
    try:
        await connection.read_response(exchange)
    except StreamClosedError:
        pass
    finally:
        exchange.on_connection_close()


async def _send(
    connection: HTTP1Connection,
    exchange: _Exchange,
    url: str,
    method: str,
    headers: Mapping[str, str] | HTTPHeaders | None,
    body: bytes | AsyncIterable[bytes] | None,
    idle: float,
) -> None:
    """Send head and body. A connection the other side closed is for the reader to report."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    out = HTTPHeaders(headers or {})
    out["Host"] = parts.netloc.rpartition("@")[2]
    out["Connection"] = "close"
    if body is None and method in ("POST", "PUT", "PATCH"):
        body = b""
    if isinstance(body, bytes):
        out["Content-Length"] = str(len(body))
    length = out.get("Content-Length", "")
    # A long body is sent when it is wanted: the reason why it is not would be
    # lost in a connection that breaks under it (RFC 9110 section 10.1.1).
    ask = body is not None and not (length.isdecimal() and int(length) <= CHUNK)
    if ask:
        out["Expect"] = "100-continue"
    try:
        await connection.write_headers(RequestStartLine(method, target, "HTTP/1.1"), out)
        if ask:
            await asyncio.wait(
                [asyncio.ensure_future(exchange.answered.wait())], timeout=EXPECT_TIMEOUT
            )
            if exchange.head.done():
                return
        if isinstance(body, bytes):
            if body:
                await connection.write(body)
        elif body is not None:
            async for chunk in body:
                async with asyncio.timeout(idle):
                    await connection.write(chunk)
        connection.finish()
    except StreamClosedError:
        pass
    finally:
        # So that whoever feeds the body knows that no more is wanted.
        if isinstance(body, AsyncGenerator):
            await body.aclose()


def _name(url: str) -> str:
    """What an error calls the service: never its path, query or credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
