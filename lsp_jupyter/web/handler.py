"""What every handler of the platform answers with: documents, streams and errors."""

from __future__ import annotations

import asyncio
import functools
import json
import secrets
from collections.abc import Awaitable, Callable, Iterator
from http.client import responses
from types import TracebackType
from typing import Any, TypeVar

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from lsp_jupyter.errors import ForbiddenError, LspError, NotFoundError, OverloadError, UsageError
from lsp_jupyter.web.access import PREFIX, AccessHandler
from lsp_jupyter.web.compression import gzipped, wants_gzip

__all__ = ["BaseHandler", "MissingHandler"]

T = TypeVar("T")

#: Bytes sent to a client at once; two of them are in memory at most.
BLOCK = 1 << 20


class BaseHandler(AccessHandler):
    """Base of every handler of the platform.

    Subclasses define ``get``, ``post`` and so on as usual; see
    `~lsp_jupyter.web.access.AccessHandler` for what is known by then. They
    raise errors of `lsp_jupyter.errors`, which become error documents here.
    """

    def link(self, path: str = "") -> str:
        """The absolute URL of a path below the platform's prefix.

        Parameters
        ----------
        path : `str`
            Such as ``tap/async/…``; already escaped.
        """
        root = (
            self.settings_of_instance.public_url
            or f"{self.request.protocol}://{self.request.host}{self.base_url}"
        )
        return f"{root.rstrip('/')}/{PREFIX}/{path}"

    def send_bytes(self, data: bytes, mime: str, status: int = 200) -> None:
        """Answer with a whole document."""
        self.set_status(status)
        self.set_header("Content-Type", mime)
        self.finish(data)

    def send_json(self, value: object, status: int = 200) -> None:
        """Answer with a short JSON document."""
        self.send_bytes(
            json.dumps(value, separators=(",", ":")).encode(), "application/json", status
        )

    def attach(self, filename: str) -> None:
        """Have a browser save the answer under that name instead of showing it."""
        safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in filename)
        self.set_header("Content-Disposition", f'attachment; filename="{safe}"')

    async def stream(self, chunks: Iterator[bytes], *, compress: bool = False) -> bool:
        """Send a document as it is made, no faster than the client reads it.

        The iterator runs in a thread. What fits one block is sent with its
        length. An exception from the iterator before the first block is raised
        and becomes an error document; a later one breaks the connection, so
        that no client takes the part for the whole.

        Parameters
        ----------
        chunks : iterator of `bytes`
            The document. Closed at the end if it is a generator.
        compress : `bool`
            Whether to compress it if the client wants that.

        Returns
        -------
        sent : `bool`
            Whether all of it went to the client.
        """
        loop = asyncio.get_running_loop()
        if compress:
            self.add_header("Vary", "Accept-Encoding")
            if wants_gzip(self.request, self.settings_of_instance.compress):
                self.set_header("Content-Encoding", "gzip")
                chunks = gzipped(chunks)
        following = loop.run_in_executor(None, _gather, chunks, self.gone.is_set)
        try:
            block = await following
            while len(block) >= BLOCK:
                following = loop.run_in_executor(None, _gather, chunks, self.gone.is_set)
                self.write(block)
                # Tornado forgets this future when the client closes the connection.
                await self.unless_gone(self.flush())
                block = await following
            await self.unless_gone(self.finish(block))
        except StreamClosedError:
            return False
        except Exception:
            if not self._headers_written:
                raise
            self.log.warning("A reply broke off.", exc_info=True)
            self.detach().close()
            return False
        finally:
            await asyncio.wait([following])
            close = getattr(chunks, "close", None)
            if close is not None:
                await loop.run_in_executor(None, close)
        return True

    async def unless_gone(self, waiting: Awaitable[T]) -> T:
        """Wait for something, but no longer than the client does.

        Raises
        ------
        tornado.iostream.StreamClosedError
            Raised if the client went away; ``waiting`` was cancelled and has ended then.
        """
        task = asyncio.ensure_future(waiting)
        gone = asyncio.ensure_future(self.gone.wait())
        either: set[asyncio.Future[Any]] = {task, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise StreamClosedError
            return task.result()
        finally:
            gone.cancel()
            if not task.done():
                task.cancel()
                # Only what has ended can be closed.
                await asyncio.wait([task])
                if not task.cancelled():
                    task.exception()

    # -- the answer ----------------------------------------------------------

    @property
    def content_security_policy(self) -> str:
        """Nothing here may run in a browser, whatever a cell or a description holds."""
        return f"{super().content_security_policy}; default-src 'none'; sandbox"

    def set_default_headers(self) -> None:
        """Set the security headers; nothing is kept by caches unless a handler says so."""
        super().set_default_headers()
        self.set_header("Cache-Control", "private, no-store")

    def compute_etag(self) -> None:
        """Give none: whole results are not hashed."""

    @allow_unauthenticated
    def options(self, *_: str) -> None:
        """Answer a browser's preflight request; open to strangers where CORS is configured."""
        self.set_header("Access-Control-Allow-Headers", "accept, authorization, content-type")
        self.set_header("Access-Control-Allow-Methods", ", ".join(self._methods()))
        self.set_header("Allow", ", ".join(self._methods()))
        self.set_status(204)

    def _methods(self) -> list[str]:
        missing = RequestHandler._unimplemented_method
        names = (name for name in self.SUPPORTED_METHODS if name != "OPTIONS")
        return [name for name in names if getattr(type(self), name.lower()) is not missing]

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with an error document, or break off an answer that has begun."""
        if self._headers_written:
            if not self._finished:
                self.detach().close()
            return
        cause = (kwargs.get("exc_info") or (None, None))[1]
        super().send_error(cause.status if isinstance(cause, LspError) else status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the error as a VOTable for VO clients, as JSON for our own."""
        cause = (kwargs.get("exc_info") or (None, None))[1]
        error = cause if isinstance(cause, LspError) else self._translate(status_code, cause)
        self.set_cors_headers()
        self.clear_header("Content-Encoding")
        if status_code == 401:
            self.set_header("WWW-Authenticate", f'Bearer realm="{PREFIX}"')
            if self.vo:
                self.add_header("WWW-Authenticate", f'Basic realm="{PREFIX}", charset="UTF-8"')
        elif status_code == 405:
            self.set_header("Allow", ", ".join(self._methods()))
        if isinstance(error, OverloadError):
            self.set_header("Retry-After", str(error.retry_after))
        self.send_failure(error, status_code)

    def send_failure(self, error: LspError, status: int) -> None:
        """Answer with an error document of the kind that clients of this resource read."""
        if self.vo:
            from lsp_jupyter.formats.votable import error_document

            self.send_bytes(error_document(error), "application/x-votable+xml", status)
        else:
            self.send_json({"error": error.to_dict()}, status)

    def _translate(self, status: int, cause: BaseException | None) -> LspError:
        """What to say about an error that is not one of ours."""
        message = responses.get(status, "Error")
        if status == 404:
            return NotFoundError("There is nothing at this address.")
        if status == 405:
            hint = f"Use {' or '.join(self._methods())}."
            return UsageError(f"{self.request.method} is not possible here.", hint=hint)
        if status < 500:
            detail = cause.get_message() if isinstance(cause, HTTPError) else ""
            kind = ForbiddenError if status == 403 else UsageError
            return kind(f"{message}: {detail}" if detail else f"{message}.")
        return LspError(
            "The server failed on this request.",
            hint=f"Its log has the details under {self._reference}.",
        )

    @functools.cached_property
    def _reference(self) -> str:
        """What an error document and the log call a failure."""
        return secrets.token_hex(4)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what the operator should know; a user's mistake is none of it."""
        if isinstance(value, StreamClosedError | asyncio.CancelledError):
            return
        if isinstance(value, HTTPError):
            super().log_exception(typ, value, tb)
        elif not isinstance(value, LspError):
            where = f"{self.request.method} {self.request.path}"
            self.log.error("Failure %s at %s", self._reference, where, exc_info=value)
        elif value.status >= 500:
            self.log.warning("%s: %s", value.code, value)


class MissingHandler(BaseHandler):
    """Whatever has no handler of its own: 404, once the credentials were checked."""

    def get(self, *_: str) -> None:
        """Refuse.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Always.
        """
        raise NotFoundError("There is nothing at this address.")

    head = post = put = delete = patch = get


def _gather(chunks: Iterator[bytes], is_gone: Callable[[], bool]) -> bytes:
    """The next block of a document; shorter than a block only at its end, or if nobody waits."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size >= BLOCK or is_gone():
            break
    return b"".join(parts)
