"""What the TAP client of astroquery asks for beyond the standards.

It was written for the archives of ESA, and takes some of their additions for
granted: an attribute of columns, a way to choose tables, and one to remove
several jobs at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import ParameterError
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.adql.schema import Schema, Table

__all__ = ["ChosenTables", "RemoveJobsHandler", "with_flags"]

#: Jobs that one request may remove.
MOST = 1000


class ChosenTables:
    """Some tables of a schema; implements `lsp_jupyter.adql.schema.Schema`.

    Parameters
    ----------
    schema : `~lsp_jupyter.adql.schema.Schema`
        All tables.
    names : `str`
        Those to be had, ``schema.name``, with commas between them.
    """

    def __init__(self, schema: Schema, names: str) -> None:
        self._schema = schema
        self._names = {name.strip().lower() for name in names.split(",")}

    def find(self, name: str, schema: str | None = None) -> Sequence[Table]:
        """Tables of that name; see the protocol."""
        found = self._schema.find(name, schema)
        return [table for table in found if table.full_name.lower() in self._names]

    def names(self) -> Iterable[str]:
        """Every ``schema.name``."""
        return [name for name in self._schema.names() if name.lower() in self._names]


class RemoveJobsHandler(BaseHandler):
    """``tap/deletejobs``: remove the jobs named in JOB_IDS."""

    vo = True

    async def post(self) -> None:
        """Remove them all, or none if one is not there."""
        text = Parameters.of(self.request).get("JOB_IDS") or ""
        wanted = list(dict.fromkeys(filter(None, (each.strip() for each in text.split(",")))))
        if not wanted or len(wanted) > MOST:
            raise ParameterError(
                f"JOB_IDS must name between 1 and {MOST:,} jobs.",
                parameter="JOB_IDS",
                hint="Separate their ids with commas.",
            )
        jobs = self.platform.jobs
        for job_id in wanted:
            jobs.get(self.caller, job_id)
        for job_id in wanted:
            await jobs.delete(self.caller, job_id)
        self.send_bytes(b"", "text/plain")


def with_flags(document: bytes) -> bytes:
    """A tableset whose columns have the attribute without which the client fails.

    The schema of VODataService does not know it, so validators must not see it.
    """
    space = b'<vosi:tableset xmlns:esatapplus="http://esa.int/xml/EsaTapPlus" '
    return document.replace(b"<vosi:tableset ", space, 1).replace(
        b"<column", b'<column esatapplus:flags="0"'
    )
