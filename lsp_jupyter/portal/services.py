"""Outside TAP services, as the panel offers them."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, ClassVar

from lsp_jupyter.errors import LspError, NotFoundError, ParameterError
from lsp_jupyter.portal.handler import PortalHandler
from lsp_jupyter.portal.outside_tables import COLUMNS, column_json

if TYPE_CHECKING:
    from lsp_jupyter.jobs.services import OutsideService

__all__ = [
    "ServiceColumnsHandler",
    "ServiceExamplesHandler",
    "ServiceHandler",
    "ServiceTablesHandler",
    "ServicesHandler",
]

#: Tables of a service that are read, and that are listed at once.
TABLES, LISTED = 100_000, 500
#: Seconds for which a list of tables holds, and services of which it is kept.
FRESH, KEEP = 3600.0, 16

_TABLES = "SELECT schema_name, table_name, description FROM TAP_SCHEMA.tables"
#: All of them: what TAP 1.0 and 1.1 call the same differs.
_COLUMNS = "SELECT * FROM TAP_SCHEMA.columns WHERE table_name = "


def service_json(service: OutsideService) -> dict[str, Any]:
    """A service as it travels in JSON; ``own`` says whether the caller added it."""
    return {
        "name": service.name,
        "url": service.url,
        "title": service.title,
        "own": service.own,
    }


class _Listings:
    """What tables services have, for a while."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, list[dict[str, str]]]] = OrderedDict()

    def get(self, url: str) -> list[dict[str, str]] | None:
        """The tables of a service, if they were read not long ago."""
        since, tables = self._known.get(url, (0.0, None))
        return tables if tables is not None and time.monotonic() - since < FRESH else None

    def put(self, url: str, tables: list[dict[str, str]]) -> None:
        """Keep them."""
        self._known[url] = (time.monotonic(), tables)
        self._known.move_to_end(url)
        while len(self._known) > KEEP:
            self._known.popitem(last=False)


class ServicesHandler(PortalHandler):
    """``portal/services``: the list, and where a new one comes in."""

    async def get(self) -> None:
        """Answer the services that the caller may ask."""
        found = await asyncio.to_thread(self.platform.services.of, self.caller)
        await self.send({"services": [service_json(each) for each in found]})

    async def post(self) -> None:
        """Add one for the caller: ``{"name", "url", "title"?}``; nothing is asked of it."""
        body = self.fields({"name": str, "url": str, "title": str})
        for name in ("name", "url"):
            if not body.get(name, "").strip():
                raise ParameterError(f"There is no {name}.", parameter=name)
        made = await asyncio.to_thread(
            self.platform.services.add,
            self.caller,
            body["name"].strip(),
            body["url"],
            body.get("title", ""),
        )
        await self.send(service_json(made), 201)


class _ServiceBase(PortalHandler):
    async def service(self, name: str) -> OutsideService:
        """The service of a name."""
        return await asyncio.to_thread(self.platform.services.find, self.caller, name)

    async def ask(self, url: str, adql: str, maxrec: int) -> list[dict[str, Any]]:
        """The rows that a service answers, its column names in small letters."""
        table = await self.unless_gone(self.platform.outside.ask(url, adql, maxrec=maxrec))

        def rows() -> list[dict[str, Any]]:
            names = [name.lower() for name in table.column_names]
            found: list[dict[str, Any]] = table.rename_columns(names).to_pylist()
            return found

        return await asyncio.to_thread(rows)


class ServiceHandler(_ServiceBase):
    """``portal/services/{name}``."""

    async def get(self, name: str) -> None:
        """Answer the service."""
        await self.send(service_json(await self.service(name)))

    async def delete(self, name: str) -> None:
        """Forget a service that the caller added; its jobs stay."""
        await asyncio.to_thread(self.platform.services.remove, self.caller, name)
        self.set_status(204)
        await self.finish()


class ServiceTablesHandler(_ServiceBase):
    """``portal/services/{name}/tables``."""

    listings: ClassVar[_Listings] = _Listings()

    async def get(self, name: str) -> None:
        """Answer the tables whose name or description has every word of ``search``.

        At most `LISTED` are answered, with the number of all that were found.
        """
        service = await self.service(name)
        # What a service shows may depend on who asks it.
        key = f"{self.caller.subject} {service.url}"
        tables = self.listings.get(key)
        if tables is None:
            rows = await self.ask(service.url, _TABLES, TABLES)
            tables = await asyncio.to_thread(_listed, rows)
            self.listings.put(key, tables)
        words = self.get_query_argument("search", "")[:200].lower().split()
        found = await asyncio.to_thread(_matching, tables, words)
        await self.send({"tables": found[:LISTED], "found": len(found), "total": len(tables)})


class ServiceColumnsHandler(_ServiceBase):
    """``portal/services/{name}/columns``."""

    async def get(self, name: str) -> None:
        """Answer the columns of ``table``."""
        service = await self.service(name)
        table = self.get_query_argument("table", "").strip()
        if not table or len(table) > 500:
            raise ParameterError("Name a table of the service.", parameter="table")
        quoted = table.replace("'", "''")
        rows = await self.ask(service.url, f"{_COLUMNS}'{quoted}'", COLUMNS)
        if not rows:
            raise NotFoundError(
                f"{service.title} has no table '{table[:100]}'.",
                hint="Names are as its list of tables has them.",
            )
        await self.send({"columns": [column_json(row) for row in rows]})


class ServiceExamplesHandler(_ServiceBase):
    """``portal/services/{name}/examples``."""

    async def get(self, name: str) -> None:
        """Answer the service's examples; none if it has none."""
        service = await self.service(name)
        try:
            found = await self.unless_gone(self.platform.outside.examples(service.url))
        except LspError as error:
            if error.status != 413:
                raise
            found = []
        await self.send({"examples": found})


def _listed(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    tables = [
        {
            "schema": str(row.get("schema_name") or "").strip(),
            "name": str(row.get("table_name") or "").strip(),
            "description": str(row.get("description") or "").strip(),
        }
        for row in rows
    ]
    return sorted((each for each in tables if each["name"]), key=lambda each: each["name"].lower())


def _matching(tables: list[dict[str, str]], words: list[str]) -> list[dict[str, str]]:
    if not words:
        return tables
    return [
        each
        for each in tables
        if all(word in f"{each['name']} {each['description']}".lower() for word in words)
    ]
