"""Simple Image Access 2.0: a search for images over ``ivoa.ObsCore``, one for each release.

A search is written as ADQL and run as a job like every other query.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from lsp_jupyter.api.answer import completed, format_of, send_table
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.sia_query import sia_query
from lsp_jupyter.api.xml import TYPE
from lsp_jupyter.errors import NotFoundError
from lsp_jupyter.images.obscore import OBSCORE
from lsp_jupyter.images.repositories import find_repository
from lsp_jupyter.jobs.planner import maxrec_of
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.images.repositories import Repository

__all__ = ["ImageCapabilitiesHandler", "ImageSearchHandler"]


class _ImageBase(BaseHandler):
    """What belongs to the searches of one release."""

    vo = True

    def repository(self, release: str) -> Repository:
        """The images of a release.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there are none that the caller may read.
        """
        found = find_repository(self.platform.state, release)
        if not self.platform.catalog.snapshot(self.caller).find(OBSCORE.name, OBSCORE.schema):
            raise NotFoundError(f"There are no images of a release {release[:60]}.")
        return found


class ImageSearchHandler(_ImageBase):
    """``sia/{release}/query``: the images that have what is asked for."""

    async def get(self, release: str) -> None:
        """Answer with rows of ``ivoa.ObsCore``."""
        repository = await asyncio.to_thread(self.repository, release)
        given = Parameters.of(self.request)
        config = self.settings_of_instance
        within = f"ivo://{config.authority}/{repository.release}?"
        names = ("MAXREC", "RESPONSEFORMAT", "RUNID")
        kept = {name: value for name in names if (value := given.get(name)) is not None}
        maxrec_of(kept, sys.maxsize)
        format_of(kept, config.result_format)
        job = await completed(self, kept | {"QUERY": sia_query(given, within)})
        await send_table(self, job)

    post = get


class ImageCapabilitiesHandler(_ImageBase):
    """``sia/{release}/capabilities``: where the search is."""

    async def get(self, release: str) -> None:
        """Answer with the capabilities document."""
        from lsp_jupyter.api.image_capabilities import SEARCH, image_capabilities

        repository = await asyncio.to_thread(self.repository, release)
        document = await asyncio.to_thread(
            image_capabilities,
            SEARCH,
            self.link(f"sia/{repository.release}"),
            bool(self.identity_provider.auth_enabled),
        )
        self.send_bytes(document, TYPE)
