"""The instance as a publishing registry: its records, one by one and to harvest."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lsp_jupyter.api.oai import OaiError, answer, refuse
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.records import Published, Record, records
from lsp_jupyter.api.xml import TYPE, tree_document
from lsp_jupyter.errors import NotFoundError, UsageError
from lsp_jupyter.images.repositories import read_repositories
from lsp_jupyter.web import PREFIX, BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.catalogs.store import Catalog

__all__ = ["HarvestHandler", "RecordHandler", "published_of", "routes"]

#: The protocol's arguments in its own spelling, since ours do not regard case.
_ARGUMENTS = ("verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken")


def published_of(catalog: Catalog) -> list[Published]:
    """The public releases; what only some may read is nobody else's business."""
    found = []
    with_images = read_repositories(catalog.state).keys()
    for release, entries, internal in catalog.entries():
        if not release.public or internal:
            continue
        history = catalog.history(release.name)
        times = [datetime.fromtimestamp(change.at, UTC) for change in history]
        keys = {entry.spec.full_name: entry.spec.keys for entry in entries}
        if times:
            found.append(Published(release, times[0], times[-1], keys, release.name in with_images))
    return found


class _RegistryHandler(BaseHandler):
    # Registries have no credentials, and all they hear of is public.
    vo = True
    public = True

    async def records(self) -> list[Record]:
        """What this instance tells registries."""
        published = await asyncio.to_thread(published_of, self.platform.catalog)
        return records(
            self.settings_of_instance,
            self.link(),
            bool(self.identity_provider.auth_enabled),
            published,
            self.settings["started"],
        )


class RecordHandler(_RegistryHandler):
    """``registry/record``: the VOResource record of an IDENTIFIER, or of the TAP service."""

    async def get(self) -> None:
        """Answer with the record."""
        default = f"ivo://{self.settings_of_instance.authority}/tap"
        identifier = Parameters.of(self.request).get("IDENTIFIER") or default
        found = {record.identifier.lower(): record for record in await self.records()}
        record = found.get(identifier.lower())
        if record is None:
            raise NotFoundError(
                f"There is no record “{identifier[:200]}”.",
                hint="registry/oai?verb=ListIdentifiers&metadataPrefix=ivo_vor lists them all.",
            )
        root = await asyncio.to_thread(record.element)
        self.send_bytes(await asyncio.to_thread(tree_document, root), TYPE)


class HarvestHandler(_RegistryHandler):
    """``registry/oai``: all records, for registries that collect them (OAI-PMH 2.0)."""

    async def get(self) -> None:
        """Answer as the protocol has it."""
        config, url = self.settings_of_instance, self.link("registry/oai")
        name = f"Publishing registry of {config.publisher or config.instance}"
        email = config.contact_email or f"postmaster@{config.authority}"
        try:
            arguments = self._arguments()
            # Strangers may ask for all there is, but not for many of it at once.
            async with self.settings.setdefault("lsp_harvest", asyncio.Lock()):
                document = await asyncio.to_thread(
                    answer, arguments, url, name, email, await self.records()
                )
        except OaiError as error:
            document = refuse(error, url, {})
        self.send_bytes(document, "text/xml; charset=utf-8")

    post = get

    def _arguments(self) -> dict[str, str]:
        try:
            given = Parameters.of(self.request)
            spelled = {name.upper(): name for name in _ARGUMENTS}
            found = {spelled.get(name, name.lower()): given.get(name) for name in given.names()}
        except UsageError as error:
            raise OaiError("badArgument", str(error)) from None
        return {name: value or "" for name, value in found.items()}


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """The resources of the registry.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    root = f"/{PREFIX}/registry"
    return [
        (f"{root}/oai", HarvestHandler, {}),
        (f"{root}/record", RecordHandler, {}),
    ]
