"""VOSI 1.1: what the TAP service can do, whether it is up, and what it holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from vo_models.vosi.availability.models import Availability

from lsp_jupyter.api.capabilities import capabilities
from lsp_jupyter.api.esa_tap import ChosenTables, with_flags
from lsp_jupyter.api.examples import examples_of, examples_page
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.table_documents import table_document, tableset_document
from lsp_jupyter.api.xml import TYPE, to_document
from lsp_jupyter.errors import NotFoundError, OverloadError, ParameterError
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.catalogs.release import ForeignKey

__all__ = [
    "AvailabilityHandler",
    "CapabilitiesHandler",
    "ExamplesHandler",
    "TableHandler",
    "TablesHandler",
]


class CapabilitiesHandler(BaseHandler):
    """``tap/capabilities``: languages, formats, limits and where everything is."""

    vo = True
    public = True

    async def get(self) -> None:
        """Answer with the capabilities document (TAPRegExt 1.0)."""
        self.send_bytes(await asyncio.to_thread(self._document), TYPE)

    def _document(self) -> bytes:
        tables = [
            entry.spec.full_name
            for release, entries, _ in self.platform.catalog.entries()
            for entry in entries
            if release.public
        ]
        guarded = bool(self.identity_provider.auth_enabled)
        return capabilities(self.settings_of_instance, self.link("tap"), guarded, tables)


class AvailabilityHandler(BaseHandler):
    """``tap/availability``: whether queries can be run."""

    vo = True
    public = True
    early = True

    async def get(self) -> None:
        """Answer within about a second, whatever the state of the platform."""
        notes: list[str] = []
        startup = self.settings.get("lsp_startup")
        if startup is not None:
            try:
                await startup.wait(1.0)
            except OverloadError as error:
                notes.append(str(error))
        document = Availability(
            available=not notes, up_since=None if notes else self.settings["started"], note=notes
        )
        self.send_bytes(to_document(document), TYPE)


class _TablesBase(BaseHandler):
    vo = True

    def keys(self) -> dict[str, tuple[ForeignKey, ...]]:
        """Foreign keys by table."""
        return {
            entry.spec.full_name: entry.spec.keys
            for _, entries, _ in self.platform.catalog.entries()
            for entry in entries
        }


class TablesHandler(_TablesBase):
    """``tap/tables``: every schema, table and column the caller may query.

    Attributes
    ----------
    many : `int`
        Columns from which on ``detail=min`` leaves them out. With fewer the
        whole is one short document, and a client is spared the requests for
        single tables (which pyvo 1.9 sends without its credentials).
    """

    many: ClassVar[int] = 10_000

    async def get(self) -> None:
        """Answer with the tableset."""
        given = Parameters.of(self.request)
        detail = (given.get("DETAIL") or "max").lower()
        if detail not in ("min", "max"):
            raise ParameterError(
                f"detail can be min or max, not “{detail[:60]}”.", parameter="DETAIL"
            )
        texts = {
            table.schema: ": ".join(filter(None, (release.title, release.description)))
            for release in self.platform.catalog.snapshot(self.caller).releases
            for table in release.tables
        }
        brief, chosen = detail == "min", given.get("TABLES")
        document = await asyncio.to_thread(self._document, texts, chosen, brief=brief)
        if "User-Agent" not in self.request.headers:
            # So does astroquery's client, and no other that we know.
            document = with_flags(document)
        self.send_bytes(document, TYPE)

    def _document(self, texts: dict[str, str], chosen: str | None, *, brief: bool) -> bytes:
        schema = self.platform.jobs.schema(self.caller)
        columns = sum(len(table.columns) for table in schema.tables())
        with_columns = not brief or columns < self.many
        shown = ChosenTables(schema, chosen) if chosen else schema
        return tableset_document(shown, texts, self.keys(), with_columns=with_columns)


class TableHandler(_TablesBase):
    """``tap/tables/{name}``: one table with its columns."""

    async def get(self, name: str) -> None:
        """Answer with the table; it may be a table of the caller's own."""
        self.send_bytes(await asyncio.to_thread(self._document, name), TYPE)

    def _document(self, name: str) -> bytes:
        schema, _, table = name.replace('"', "").rpartition(".")
        visible = self.platform.jobs.schema(self.caller)
        found = visible.find(table, schema or None)
        if len(found) != 1:
            raise NotFoundError(
                f"There is no table “{name[:100]}”.", hint="See tap/tables for their names."
            )
        names = set(visible.names())
        keys = [key for key in self.keys().get(found[0].full_name, ()) if key.target in names]
        return table_document(found[0], keys)


class ExamplesHandler(BaseHandler):
    """``tap/examples``: queries to begin with (DALI 1.1 section 2.3)."""

    vo = True

    async def get(self) -> None:
        """Answer with an XHTML page that clients can read too."""
        snapshot = self.platform.catalog.snapshot(self.caller)
        examples = examples_of(snapshot.releases)
        page = await asyncio.to_thread(examples_page, examples, snapshot)
        self.send_bytes(page, "application/xhtml+xml")
