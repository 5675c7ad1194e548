"""DataLink 1.1: what belongs to each of many images."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from lsp_jupyter.api.image_capabilities import LINKS, image_capabilities
from lsp_jupyter.api.image_services import cutout_services
from lsp_jupyter.api.link_table import LinkHandler, Row
from lsp_jupyter.api.xml import TYPE
from lsp_jupyter.images.limits import UNKNOWN, limits_of
from lsp_jupyter.images.links import Link, links_of
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.formats.services import Service
    from lsp_jupyter.images.file import ImageFile

__all__ = ["LinkCapabilitiesHandler", "LinksHandler"]

#: Images with descriptors of their own, which tell their limits; of more there is one for all.
_OWN = 50
_DID = re.compile(r"ivo://[^/\s?#]+/[^\s?#]+\?[^\s?#]+", re.IGNORECASE)


class LinksHandler(LinkHandler):
    """``datalink/links``: the links of images by their identifiers of ObsCore."""

    async def answer(self, ids: list[str]) -> tuple[list[Row], list[Service]]:
        """The links of these images, and the services that they name."""
        archive = self.platform.archive
        files = await asyncio.to_thread(archive.find, self.caller, ids)
        of_sky = {did: file for did, file in files.items() if file.s_region}
        own = len(of_sky) <= _OWN
        dids = [file.did for file in of_sky.values()] if own else []
        limits = await self.unless_gone(limits_of(self.platform.jobs, self.caller, dids))
        services: list[Service] = (
            [] if own or not of_sky else cutout_services(self.link, column="ID")
        )
        cutouts: dict[str, list[Service]] = {}
        for number, (did, file) in enumerate(of_sky.items(), 1):
            if own:
                found = limits.get(file.did, UNKNOWN)
                services += cutout_services(self.link, file=file, limits=found, suffix=f"-{number}")
            cutouts[did] = services[-2:]
        rows = await asyncio.to_thread(
            lambda: [
                Row(did, link)
                for did in ids
                for link in self._links(did, files.get(did), cutouts.get(did, ()))
            ]
        )
        return rows, services

    def _links(
        self, did: str, file: ImageFile | None, cutouts: Iterable[Service]
    ) -> Iterator[Link]:
        if file is None:
            yield Link("#this", error=_missing(did))
            return
        links = links_of(self.platform.archive, self.caller, file)
        yield from islice(links, 1)
        for service in cutouts:
            yield Link(
                "#cutout",
                service=service.id,
                description=service.description,
                mime=service.content_type,
                kind="#image",
            )
        yield from links


class LinkCapabilitiesHandler(BaseHandler):
    """``datalink/capabilities``: where the links are."""

    vo = True
    public = True

    def get(self) -> None:
        """Answer with the capabilities document."""
        guarded = bool(self.identity_provider.auth_enabled)
        self.send_bytes(image_capabilities(LINKS, self.link("datalink"), guarded), TYPE)


def _missing(did: str) -> str:
    if _DID.fullmatch(did):
        return f"NotFoundFault: There is no image {did[:200]}."
    return (
        f"UsageFault: “{did[:200]}” is no identifier of an image. "
        "Those are in the column obs_publisher_did of ivoa.ObsCore."
    )
