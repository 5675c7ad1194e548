"""The outbound client against real servers on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, stream_request_body
from tornado.websocket import WebSocketHandler

from lsp_jupyter.errors import LimitError, RemoteError
from lsp_jupyter.net import CHUNK, Client

MIB = 1 << 20


class Echo(RequestHandler):
    async def _answer(self) -> None:
        self.set_status(207, "Echoed")
        self.add_header("X-Two", "a")
        self.add_header("X-Two", "b")
        self.set_header("X-Method", self.request.method)
        self.set_header("X-Auth", self.request.headers.get("Authorization", ""))
        self.set_header("X-Query", self.request.query)
        await self.finish(self.request.body or b"nothing")

    get = post = put = delete = _answer


class Flood(RequestHandler):
    """Writes as fast as it is read, and counts."""

    written = 0
    gone: asyncio.Event

    async def get(self) -> None:
        Flood.gone = asyncio.Event()
        Flood.written = 0
        try:
            for _ in range(int(self.get_argument("pieces"))):
                self.write(b"x" * MIB)
                await self.flush()
                Flood.written += MIB
        finally:  # A closed connection shows here, or by the method below.
            Flood.gone.set()

    def on_connection_close(self) -> None:
        Flood.gone.set()


@stream_request_body
class Sink(RequestHandler):
    """Reads slowly, and can answer before everything was read."""

    received = 0

    def prepare(self) -> None:
        Sink.received = 0
        self.request.connection.set_max_body_size(1 << 40)
        if self.get_argument("early", ""):
            self.set_status(413)
            self.finish(b"too much")

    async def data_received(self, chunk: bytes) -> None:
        Sink.received += len(chunk)

    def post(self) -> None:
        self.write(str(Sink.received))


class Slow(RequestHandler):
    async def get(self) -> None:
        if self.get_argument("begin", ""):
            self.write(b"begun")
            await self.flush()
        await asyncio.sleep(5)


class Moved(RequestHandler):
    def get(self) -> None:
        self.redirect("/echo")


class Socket(WebSocketHandler):
    def open(self) -> None:
        self.write_message(self.request.headers.get("Authorization", ""))

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message)


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    routes = [
        ("/echo", Echo),
        ("/flood", Flood),
        ("/sink", Sink),
        ("/slow", Slow),
        ("/moved", Moved),
        ("/socket", Socket),
    ]
    server = HTTPServer(Application(routes))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def raw(answer: bytes, *, linger: float = 0) -> AsyncIterator[str]:
    """A server that sends these bytes and closes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(linger)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def run(main: Callable[[], Coroutine[object, object, None]]) -> None:
    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.parametrize(
    ("method", "body", "answer"),
    [
        ("GET", None, b"nothing"),
        ("DELETE", None, b"nothing"),
        ("POST", None, b"nothing"),
        ("POST", b"abc", b"abc"),
        ("PUT", b"x" * (2 * CHUNK + 7), b"x" * (2 * CHUNK + 7)),
    ],
)
def test_request_and_response_pass_unchanged(
    method: str, body: bytes | None, answer: bytes
) -> None:
    async def main() -> None:
        async with (
            serving() as url,
            Client().request(
                f"{url}/echo?a=%20b&c",
                method=method,
                headers={"Authorization": "Bearer s"},
                body=body,
            ) as response,
        ):
            assert (response.status, response.reason) == (207, "Echoed")
            assert response.headers.get_list("X-Two") == ["a", "b"]
            assert response.headers["X-Method"] == method
            assert response.headers["X-Auth"] == "Bearer s"
            assert response.headers["X-Query"] == "a=%20b&c"
            assert await response.read(MIB) == answer

    run(main)


def test_redirects_are_for_the_caller() -> None:
    async def main() -> None:
        async with serving() as url, Client().request(f"{url}/moved") as response:
            assert response.status == 302
            assert response.headers["Location"] == "/echo"

    run(main)


def test_a_slow_consumer_holds_the_sender_back_and_leaving_ends_it() -> None:
    async def main() -> None:
        async with serving() as url:
            async with Client().request(f"{url}/flood?pieces=200") as response:
                chunks = response.chunks()
                first = await anext(chunks)
                before = -1
                while Flood.written != before:  # Until what fits into socket buffers is sent.
                    before = Flood.written
                    await asyncio.sleep(0.2)
                assert len(first) <= CHUNK
                assert Flood.written < 40 * MIB
                size = len(first)
                async for chunk in chunks:
                    size += len(chunk)
                    assert len(chunk) <= CHUNK
                    if size > 60 * MIB:
                        break
                await chunks.aclose()
            await Flood.gone.wait()
            assert Flood.written < 150 * MIB
            async with Client().request(f"{url}/flood?pieces=20") as response:
                assert sum([len(chunk) async for chunk in response.chunks()]) == 20 * MIB

    run(main)


@pytest.mark.parametrize("seen", [0, 1, 3])
def test_leaving_an_answer_that_has_come_ends_at_once(seen: int) -> None:
    """What lies in the buffers is dropped, however many pieces it is."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {4 * MIB}\r\n\r\n".encode()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + bytes(4 * MIB))
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server:
            for _ in range(5):
                async with Client().request(url) as response:
                    pieces = response.chunks()
                    for _ in range(seen):
                        await anext(pieces)

    run(main)


def test_a_body_is_streamed_and_may_be_answered_early() -> None:
    async def produce(pieces: int) -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield b"y" * MIB

    async def main() -> None:
        async with serving() as url:
            async with Client().request(f"{url}/sink", method="POST", body=produce(30)) as response:
                assert int(await response.read(100)) == 30 * MIB
            async with Client().request(
                f"{url}/sink?early=1", method="POST", body=produce(30)
            ) as response:
                assert response.status == 413
                assert await response.read(100) == b"too much"

    run(main)


def test_an_error_of_the_body_is_the_callers() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"z"
        raise KeyError("upload")

    async def main() -> None:
        async with serving() as url:
            with pytest.raises(KeyError, match="upload"):
                async with Client().request(f"{url}/sink", method="POST", body=broken()):
                    pass

    run(main)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "without an answer"),
        (b"garbage\r\n\r\n", "without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "before its answer was complete"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
            "before its answer was complete",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nshort", "before its answer was complete"),
    ],
)
def test_a_broken_answer_is_never_taken_for_a_whole_one(answer: bytes, words: str) -> None:
    async def main() -> None:
        async with raw(answer) as url:
            with pytest.raises(RemoteError, match=words) as error:
                async with Client(hint="Do this.").request(url) as response:
                    await response.read(MIB)
            assert error.value.hint == "Do this."

    run(main)


def test_waiting_has_limits() -> None:
    async def main() -> None:
        async with serving() as url:
            started = time.monotonic()
            with pytest.raises(RemoteError, match="in time"):
                async with Client(head_timeout=0.2).request(f"{url}/slow"):
                    pass
            with pytest.raises(RemoteError, match="nothing for"):
                async with Client(idle_timeout=0.2).request(f"{url}/slow?begin=1") as response:
                    await response.read(MIB)
            with pytest.raises(LimitError):
                async with Client().request(f"{url}/flood?pieces=5") as response:
                    await response.read(MIB)
            assert time.monotonic() - started < 3

    run(main)


@pytest.mark.parametrize(
    "url", ["http://user:geheim@127.0.0.1:1/path?secret=1", "ftp://127.0.0.1/", "http:///x"]
)
def test_an_unreachable_service_is_named_without_secrets(url: str) -> None:
    async def main() -> None:
        with pytest.raises(RemoteError) as error:
            async with Client().request(url):
                pass
        assert "geheim" not in str(error.value)
        assert "secret" not in str(error.value)

    run(main)


def test_websocket_passes_both_ways_and_a_refusal_is_an_error() -> None:
    async def main() -> None:
        async with serving() as url:
            socket = await Client().websocket(
                f"{url}/socket", headers={"Authorization": "Bearer s"}
            )
            assert await socket.read_message() == "Bearer s"
            await socket.write_message("text")
            assert await socket.read_message() == "text"
            socket.close()
            with pytest.raises(RemoteError, match="status 4"):
                await Client().websocket(f"{url}/nothing")
        with pytest.raises(RemoteError, match="cannot be reached"):
            await Client().websocket(f"{url}/socket")

    run(main)
