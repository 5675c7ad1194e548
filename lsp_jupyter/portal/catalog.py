"""What can be queried, as the panel's tree shows it."""

from __future__ import annotations

import asyncio
from typing import Any

from lsp_jupyter.adql.schema import Column, Spread, Table
from lsp_jupyter.catalogs.store import Release
from lsp_jupyter.portal.column_kinds import outline_of
from lsp_jupyter.portal.handler import PortalHandler

__all__ = ["CatalogHandler", "ExamplesHandler"]


def column_json(column: Column, spread: Spread | None = None) -> dict[str, Any]:
    """A column as it travels in JSON, with what is known of its values."""
    told = {
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
    if spread is not None:
        # Text, since JSON has no integers of 64 bits.
        if spread.low:
            told |= {"low": spread.low, "high": spread.high}
        if spread.missing:
            told["missing"] = float(f"{spread.missing:.3g}")
        if spread.choices:
            told["choices"] = list(spread.choices)
    return told


def columns_json(table: Table) -> list[dict[str, Any]]:
    """The columns of a table as they travel in JSON."""
    spreads = {spread.column: spread for spread in table.spreads}
    return [column_json(column, spreads.get(column.name)) for column in table.columns]


def table_json(table: Table) -> dict[str, Any]:
    """A table as it travels in JSON."""
    return {
        "name": table.full_name,
        "title": table.title,
        "description": table.description,
        "rows": table.rows,
        "position": list(table.position) if table.position else None,
        "outline": outline_of(table) or None,
        "columns": columns_json(table),
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
