"""The base of routes that take tables in forms."""

from __future__ import annotations

from lsp_jupyter.web.handler import BaseHandler
from lsp_jupyter.web.multipart import MultipartForm, Receiver, boundary_of

__all__ = ["UploadHandler"]


class UploadHandler(BaseHandler):
    """Base of the routes that tables can be sent to, in forms whose files go to disk."""

    @property
    def form(self) -> MultipartForm | None:
        """The form that this request's body is, if it may have files."""
        return self.receiver if isinstance(self.receiver, MultipartForm) else None

    def takes_files(self) -> bool:
        """Whether this route does; all methods but POST do not."""
        return True

    def body_max(self) -> int:
        """Bytes the body may have."""
        most = super().body_max()
        if self.request.method == "POST" and self.takes_files() and self._boundary():
            most += self.settings_of_instance.upload_max_bytes
        return most

    def receive(self) -> Receiver | None:
        """What takes the body: a form's files go to disk."""
        boundary = self._boundary()
        if self.request.method != "POST" or boundary is None or not self.takes_files():
            return None
        config = self.settings_of_instance
        return MultipartForm(
            boundary,
            self.platform.jobs.uploads.staging(),
            limit=config.upload_max_bytes,
            values=3 * config.query_max_bytes,
            floor=config.disk_floor,
        )

    def _boundary(self) -> bytes | None:
        return boundary_of(self.request.headers.get("Content-Type", ""))
