"""Where objects are that have a name, or an id in a catalogue."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Any

from tornado.iostream import StreamClosedError

from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.adql.words import is_plain
from lsp_jupyter.catalogs.names import deep_sky, near
from lsp_jupyter.errors import LspError, ParameterError
from lsp_jupyter.jobs.job import Origin, Phase
from lsp_jupyter.portal.column_kinds import column_kind
from lsp_jupyter.portal.handler import PortalHandler
from lsp_jupyter.portal.resolver import resolve

__all__ = ["NamesHandler"]

#: Characters of a name, tables that are searched for an id, and seconds that may take, at most.
LONGEST, TABLES, PATIENCE = 200, 8, 10.0

#: A dash right behind a word joins it to its number, as in HIP-11767; elsewhere it is a sign.
_ID = re.compile(r"(?:(?P<where>[^\d]*[^\d\s_-])(?:[\s_]+|-|[\s_-]*))?(?P<id>-?\d{1,19})")


class NamesHandler(PortalHandler):
    """``portal/names?name=…&table=…``: positions of the objects of a name, the best first."""

    async def get(self) -> None:
        """Answer ``{matches, near}``: none, one or several places, and names spelt much alike.

        An id is looked for in ``table`` first.
        """
        name = " ".join(self.get_query_argument("name", "").split())
        if not name:
            raise ParameterError(
                "No name was given.", parameter="name", hint="Add name=M31, for example."
            )
        if len(name) > LONGEST:
            raise ParameterError("This name is too long.", parameter="name")
        known = await asyncio.to_thread(deep_sky, name)
        matches = (
            [(known.name, known.ra, known.dec, known.source)] if known else await self.ids(name)
        )
        if not matches and self.settings_of_instance.name_resolver:
            matches = await self.unless_gone(resolve(self.settings_of_instance, name))
        keys = ("name", "ra", "dec", "source")
        found = [dict(zip(keys, match, strict=True)) for match in matches]
        alike = [] if found else await asyncio.to_thread(near, name)
        await self.send({"matches": found, "near": alike})

    async def ids(self, name: str) -> list[tuple[str, float, float, str]]:
        """Rows of catalogues that have this id."""
        releases = self.platform.catalog.releases(self.caller)
        tables = [table for release in releases for table in release.tables]
        first = self.get_query_argument("table", "")
        tables.sort(key=lambda table: table.full_name != first)
        asked = [part for table in tables for part in _questions(table, name)][:TABLES]
        if not asked:
            return []
        jobs, caller = self.platform.jobs, self.caller
        job = await jobs.submit(
            caller,
            {"LANG": "ADQL", "QUERY": "\nUNION ALL\n".join(asked), "MAXREC": "20"},
            origin=Origin.TAP_SYNC,
        )
        try:
            job = await self.unless_gone(jobs.finished(caller, job.id, PATIENCE))
            if job.phase is not Phase.COMPLETED:
                return []
            result = jobs.result(caller, job.id)
            rows = (await asyncio.to_thread(result.read)).to_pylist()
        finally:
            # It was a question of this moment, nobody's job.
            await _forget(jobs.delete(caller, job.id))
        order = [table.full_name for table in tables]
        rows.sort(key=lambda row: order.index(row["catalogue"]))
        return [
            (name, row["lon"], row["lat"], row["catalogue"])
            for row in rows
            if row["lon"] is not None and row["lat"] is not None
        ]


async def _forget(deleting: Any) -> None:
    try:
        await deleting
    except (LspError, StreamClosedError):
        # It is destroyed when its time has come.
        return


def _questions(table: Table, name: str) -> Iterable[str]:
    """Queries for the rows of a table that have an id."""
    if table.position is None:
        return
    found = _ID.fullmatch(name)
    for column in table.columns:
        words = column.ucd.split(";")
        if "meta.id" not in words or "meta.main" not in words:
            continue
        kind, value = column_kind(column), ""
        if kind == "integer" and found and _belongs(found["where"], table, column):
            number = int(found["id"])
            value = str(number) if -(1 << 63) <= number < 1 << 63 else ""
        elif kind == "text":
            value = _text(name)
        if value:
            lon, lat = map(_quoted, table.position)
            place = ".".join(map(_quoted, (table.schema, table.name)))
            columns = f"{_text(table.full_name)} AS catalogue, {lon} AS lon, {lat} AS lat"
            condition = f"{_quoted(column.name)} = {value}"
            yield f"SELECT TOP 1 {columns} FROM {place} WHERE {condition}"  # noqa: S608 (ADQL)


def _belongs(where: str | None, table: Table, column: Column) -> bool:
    """Whether what stands before a number may mean this column: HIP, or Gaia source."""
    words = re.findall(r"[a-z]+", (where or "").lower())
    known = f"{table.schema} {table.name} {column.name} {table.title}".lower()
    return all(word in known or word in ("dr", "id") for word in words)


def _quoted(name: str) -> str:
    return name if is_plain(name) else '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
