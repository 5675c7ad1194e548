"""What can be queried, as the panel's tree shows it."""

from __future__ import annotations

import asyncio
from typing import Any

from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.catalogs.store import Release
from lsp_jupyter.portal.handler import PortalHandler

__all__ = ["CatalogHandler", "ExamplesHandler"]


def column_json(column: Column) -> dict[str, Any]:
    """A column as it travels in JSON."""
    return {
        "name": column.name,
        "datatype": column.datatype,
        "arraysize": column.arraysize,
        "xtype": column.xtype,
        "unit": column.unit,
        "ucd": column.ucd,
        "description": column.description,
        "principal": column.principal,
        "indexed": column.indexed,
    }


def table_json(table: Table) -> dict[str, Any]:
    """A table as it travels in JSON."""
    return {
        "name": table.full_name,
        "title": table.title,
        "description": table.description,
        "rows": table.rows,
        "position": list(table.position) if table.position else None,
        "columns": [column_json(column) for column in table.columns],
    }


def release_json(release: Release) -> dict[str, Any]:
    """A release as it travels in JSON."""
    return {
        "name": release.name,
        "version": release.version,
        "identity": release.identity,
        "title": release.title,
        "description": release.description,
        "license": release.license,
        "citation": release.citation,
        "tables": [table_json(table) for table in release.tables],
    }


class CatalogHandler(PortalHandler):
    """``portal/catalog``: releases, their tables, and the columns of these."""

    async def get(self) -> None:
        """Answer what the caller may query."""
        releases = self.platform.catalog.releases(self.caller)
        await self.send(
            await asyncio.to_thread(
                lambda: {"releases": [release_json(release) for release in releases]}
            )
        )


class ExamplesHandler(PortalHandler):
    """``portal/examples``: queries to begin with."""

    async def get(self) -> None:
        """Answer the examples of what the caller may query."""
        examples = self.platform.catalog.examples(self.caller)
        await self.send(
            {"examples": [{"title": each.title, "adql": each.adql} for each in examples]}
        )
