"""The Butler repositories whose images are published."""

from __future__ import annotations

import asyncio

from lsp_jupyter.images.repositories import read_repositories
from lsp_jupyter.portal.handler import PortalHandler

__all__ = ["RepositoriesHandler"]


class RepositoriesHandler(PortalHandler):
    """``portal/repositories``: where kernels open the images of each release."""

    async def get(self) -> None:
        """Answer the repositories the caller may read, by release."""
        found = await asyncio.to_thread(read_repositories, self.platform.state)
        self.send_json(
            {
                "repositories": [
                    {"release": each.release, "uri": each.uri, "collections": each.collections}
                    for each in found.values()
                ]
            }
        )
