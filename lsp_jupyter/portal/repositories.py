"""What has images that are published."""

from __future__ import annotations

import asyncio
from typing import Any

from lsp_jupyter.images.repositories import read_repositories
from lsp_jupyter.portal.handler import PortalHandler

__all__ = ["RepositoriesHandler"]


class RepositoriesHandler(PortalHandler):
    """``portal/repositories``: what has images, and where kernels open it."""

    async def get(self) -> None:
        """Answer what has images that the caller may read, by release."""
        self.send_json({"repositories": await asyncio.to_thread(self._readable)})

    def _readable(self) -> list[dict[str, Any]]:
        archive, direct = self.platform.archive, self.settings_of_instance.butler_direct
        found = []
        for each in read_repositories(self.platform.state).values():
            if archive.allows(self.caller, each.release):
                by_itself = each.butler and direct and not archive.restricted(each.release)
                found.append(
                    {
                        "release": each.release,
                        # Only what a kernel may open by itself.
                        "uri": each.uri if by_itself else "",
                        "collections": each.collections,
                        "butler": each.butler,
                    }
                )
        return found
