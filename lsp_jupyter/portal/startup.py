"""Requests wait until the platform is up, and hear why when it is not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from lsp_jupyter.errors import LspError, OverloadError
from lsp_jupyter.identity.credentials import matches, presented
from lsp_jupyter.web import BaseHandler

__all__ = ["PUBLIC_URL", "Route", "Startup", "gated"]

#: Pattern, handler, and arguments of its ``initialize``.
Route = tuple[str, type[BaseHandler], dict[str, Any]]

#: Header by which an attached server tells under which URL its clients know the platform.
PUBLIC_URL = "X-LSP-Public-URL"


class Startup:
    """Starts something once, whoever asks first.

    Parameters
    ----------
    start : callable
        Coroutine function that does it.
    log : `logging.Logger`
        Where a failure is told in full.
    """

    def __init__(self, start: Callable[[], Awaitable[None]], log: logging.Logger) -> None:
        self._start = start
        self._log = log
        self._task: asyncio.Task[None] | None = None

    async def wait(self, seconds: float | None = None) -> None:
        """Return when it is done.

        Parameters
        ----------
        seconds : `float`, optional
            How long to wait at most.

        Raises
        ------
        lsp_jupyter.errors.OverloadError
            Raised if it failed, every time with the same reason, or is not done in time.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        await asyncio.wait({self._task}, timeout=seconds)
        if not self._task.done():
            raise OverloadError("The platform is starting.", retry_after=1, hint="Try again.")
        if self._task.cancelled():
            raise OverloadError("The server is ending.", retry_after=5)
        self._task.result()

    async def cancel(self) -> None:
        """Stop waiting for it; nothing happens if it is done or never began."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._start()
        except LspError as error:
            self._log.error("The platform did not start: %s", error)
            raise OverloadError(
                f"The platform did not start: {error.message}",
                retry_after=60,
                hint=error.hint or "The server's log has the details.",
            ) from error
        except Exception as error:
            self._log.exception("The platform did not start.")
            raise OverloadError(
                "The platform did not start.",
                retry_after=60,
                hint="The server's log has the details. Restart the server when it is mended.",
            ) from error


class _Gate(BaseHandler):
    async def prepare(self) -> None:  # type: ignore[override]
        self._refused = True
        await super().prepare()
        startup: Startup = self.settings["lsp_startup"]
        await startup.wait()
        self._refused = False

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        # Tornado closes a connection whose request was not read to its end, and
        # a client that was not told would send its next request into it.
        if self._refused:
            self.set_header("Connection", "close")
        super().write_error(status_code, **kwargs)

    def link(self, path: str = "") -> str:
        # A page of another site cannot make a browser send this together with
        # a token, so nobody else can turn a client to another host.
        given = self.request.headers.get(PUBLIC_URL, "")
        if given and urlsplit(given).scheme in ("http", "https") and self._with_token():
            return f"{given.rstrip('/')}/{path}"
        return super().link(path)

    def _with_token(self) -> bool:
        if self.credentials is None:  # A public route, where nobody looked.
            shown = presented(self.request.headers.get("Authorization", ""))
            return matches(shown.offers, [self.identity_provider.token])
        return self.credentials == "header"


def gated(routes: Iterable[Route]) -> list[Route]:
    """The same routes, whose handlers wait for the platform before they do anything.

    Credentials are checked first. Handlers that are ``early`` wait for nothing.
    """
    return [
        (pattern, handler, kwargs)
        if handler.early
        else (pattern, type(handler.__name__, (_Gate, handler), {}), kwargs)
        for pattern, handler, kwargs in routes
    ]
