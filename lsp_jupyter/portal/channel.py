"""A websocket that only speaks: authenticated like every request."""

from __future__ import annotations

import asyncio

from jupyter_server.base.handlers import JupyterHandler
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from lsp_jupyter.web import BaseHandler

__all__ = ["Channel"]


class Channel(WebSocketHandler, BaseHandler):
    """Base of the event channel, for both roles.

    A browser is known by its login cookie, and the page's origin is checked;
    other clients send a token in the ``Authorization`` header.
    """

    _pumping: asyncio.Task[None] | None = None

    def check_origin(self, origin: str = "") -> bool:
        """Whether a page of that origin may connect; as for every other request."""
        # Tornado's own would not know what ServerApp.allow_origin allows.
        return bool(JupyterHandler.check_origin(self, origin))

    async def pump(self) -> None:
        """Write messages until either side ends."""
        raise NotImplementedError

    def open(self, *_: str, **__: str) -> None:
        """Begin to write."""
        self._pumping = asyncio.create_task(self._run())

    def on_message(self, message: str | bytes) -> None:
        """Clients have nothing to say here."""

    def on_close(self) -> None:
        """Stop writing."""
        if self._pumping is not None:
            self._pumping.cancel()

    async def _run(self) -> None:
        try:
            await self.pump()
        except (WebSocketClosedError, StreamClosedError):
            pass
        except Exception:
            self.log.exception("An event channel failed.")
            self.close(1011)
