"""Where things with a name are."""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import asdict
from urllib.parse import quote

from lsp_jupyter.catalogs.identifiers import Candidate, candidates
from lsp_jupyter.catalogs.names import LONGEST, Place, deep_sky, near
from lsp_jupyter.errors import NotFoundError, ParameterError, RemoteError
from lsp_jupyter.jobs.job import Origin, Phase
from lsp_jupyter.net import Client
from lsp_jupyter.portal.handler import PortalHandler

__all__ = ["NamesHandler"]

#: Seconds for a look into one table, and bytes of an answer from outside.
PATIENCE, ANSWER = 5.0, 1 << 20

_POSITION = re.compile(r"^%J\s+([0-9.]+)\s+([+-]?[0-9.]+)", re.MULTILINE)
_CALLED = re.compile(r"^%I\.0\s+(.+?)\s*$", re.MULTILINE)
_KIND = re.compile(r"^%C\.0\s+(\S+)", re.MULTILINE)


class NamesHandler(PortalHandler):
    """``portal/names``: positions of names.

    Objects of the NGC, the IC and Messier come first, then identifiers in published tables.
    A service outside is asked only if the operator has set one (``LspConfig.name_resolver``).
    """

    async def get(self) -> None:
        """Answer ``{name, ra, dec, kind, source, size}``; ICRS degrees, size in arcminutes."""
        name = " ".join(self.get_query_argument("name", "").split())
        if not name:
            raise ParameterError("'name' is missing.", parameter="name")
        if len(name) > LONGEST:
            raise ParameterError(f"A name has {LONGEST} characters at most.", parameter="name")
        place = await asyncio.to_thread(deep_sky, name)
        if place is None:
            place = await self.unless_gone(self._identified(name))
        if place is None and self.settings_of_instance.name_resolver:
            place = await self.unless_gone(self._outside(name))
        if place is None:
            alike = await asyncio.to_thread(near, name)
            raise NotFoundError(
                f"The name “{name}” is not known.",
                hint=f"Did you mean {' or '.join(alike)}?"
                if alike
                else "Names of the NGC, the IC and Messier, and identifiers in tables are known. "
                "Or write a position, such as 10.68 41.27.",
            )
        await self.send(asdict(place))

    async def _identified(self, name: str) -> Place | None:
        """The row of that identifier in a table that the caller may read."""
        snapshot = self.platform.catalog.snapshot(self.caller)
        for candidate in candidates(snapshot.tables(), name):
            place = await self._row(candidate)
            if place is not None:
                return place
        return None

    async def _row(self, candidate: Candidate) -> Place | None:
        jobs, caller = self.platform.jobs, self.caller
        job = await jobs.submit(
            caller, {"LANG": "ADQL", "QUERY": candidate.adql}, origin=Origin.TAP_SYNC
        )
        try:
            job = await jobs.finished(caller, job.id, PATIENCE)
            if job.phase is not Phase.COMPLETED or not job.rows:
                return None
            result = jobs.result(caller, job.id)
            table = await asyncio.to_thread(lambda: next(iter(result.iter_batches())))
            ra, dec = (column[0].as_py() for column in table.columns)
        finally:
            await asyncio.shield(jobs.delete(caller, job.id))
        if ra is None or dec is None or not math.isfinite(ra + dec):
            return None
        table_name = candidate.table.full_name
        return Place(f"{candidate.column.name} {candidate.value}", ra, dec, "", table_name)

    async def _outside(self, name: str) -> Place | None:
        """What the resolver outside says: the text form of CDS Sesame."""
        url = self.settings_of_instance.name_resolver.replace("{name}", quote(name, safe=""))
        client = Client(
            hint="Write its position instead.",
            connect_timeout=5.0,
            head_timeout=15.0,
            idle_timeout=15.0,
        )
        async with client.request(url, headers={"Accept": "text/plain"}) as response:
            if response.status != 200:
                raise RemoteError(
                    f"The name service answered with HTTP status {response.status}.",
                    hint=client.hint,
                )
            text = (await response.read(ANSWER)).decode("utf-8", "replace")
        position = _POSITION.search(text)
        if position is None:
            return None
        ra, dec = map(float, position.groups())
        called, kind = _CALLED.search(text), _KIND.search(text)
        return Place(
            called[1][:LONGEST] if called else name,
            ra,
            dec,
            kind[1][:20] if kind else "",
            "Sesame",
        )
