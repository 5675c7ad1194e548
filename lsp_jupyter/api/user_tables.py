"""Tables of one's own, with the requests that pyvo sends for them.

``PUT tables/{name}`` makes a table, ``POST load/{name}`` adds rows to it, ``DELETE
tables/{name}`` removes it, and a job of ``table-update`` gives it an index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lsp_jupyter.api import uws
from lsp_jupyter.api.parameters import MOST, Parameters
from lsp_jupyter.api.table_definition import is_definition, read_definition
from lsp_jupyter.api.uws import Output
from lsp_jupyter.api.vosi import TableHandler
from lsp_jupyter.errors import ParameterError, ResultNotFoundError, UsageError
from lsp_jupyter.jobs.job import Job, Origin
from lsp_jupyter.web import PREFIX, BaseHandler
from lsp_jupyter.web.multipart import FileBody

if TYPE_CHECKING:
    from lsp_jupyter.web.multipart import Receiver
    from lsp_jupyter.workspace.tables import UserTable

__all__ = ["routes"]

TEXT = "text/plain; charset=utf-8"


class _FileHandler(BaseHandler):
    """A resource whose requests bring a file."""

    vo = True

    def body_max(self) -> int:
        """As long as any upload."""
        if self.request.method in ("PUT", "POST"):
            return self.settings_of_instance.upload_max_bytes
        return super().body_max()

    def receive(self) -> Receiver | None:
        """Have the body go to the caller's folder."""
        if self.request.method not in ("PUT", "POST"):
            return None
        folder = self.platform.tables.folder(self.caller).incoming()
        config = self.settings_of_instance
        return FileBody(folder, limit=self.body_max(), floor=config.disk_floor)

    def file(self) -> Path:
        """The file that came.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if none did.
        """
        path = cast("FileBody", self.receiver).path
        if not path.is_file():
            raise UsageError("The request has no body.", hint="Send the table as its body.")
        return path

    def tell(self, stored: UserTable, what: str, status: int = 200) -> None:
        """Answer in words, with the place of the table."""
        table = stored.table
        self.set_header("Location", self.link(f"tap/tables/{table.full_name}"))
        text = f"{table.full_name} {what}: {table.rows:,} rows, {len(table.columns)} columns.\n"
        self.send_bytes(text.encode(), TEXT, status)


class UserTableHandler(_FileHandler, TableHandler):
    """``tap/tables/{name}``: a table, which its owner may make and remove."""

    async def put(self, name: str) -> None:
        """Make a table from a VOSI table document, or from a VOTable and its rows."""
        path = self.file()
        saving = self.platform.saving
        if await asyncio.to_thread(is_definition, path):
            told = await asyncio.to_thread(read_definition, path)
            stored = await saving.save(
                self.caller,
                name,
                rows=told.rows(),
                title=told.title,
                description=told.description,
            )
        else:
            stored = await self.unless_gone(saving.save(self.caller, name, path=path))
        self.tell(stored, "was made", 201)

    async def delete(self, name: str) -> None:
        """Remove a table."""
        await self.platform.saving.delete(self.caller, name)
        self.set_status(204)
        await self.finish()


class LoadHandler(_FileHandler):
    """``tap/load/{name}``: adds the rows of a file to a table, all of them or none."""

    async def post(self, name: str) -> None:
        """Add the rows: TSV, CSV, FITS, VOTable, Parquet, Arrow or ECSV."""
        saving = self.platform.saving
        stored = await self.unless_gone(
            saving.save(self.caller, name, path=self.file(), mode="append")
        )
        self.tell(stored, "was loaded")


class UpdateJobs:
    """``tap/table-update``: jobs that give a table an index."""

    path = "tap/table-update"
    origin = Origin.UPDATE
    origins: Collection[Origin] = frozenset({Origin.UPDATE})
    uploads = False
    most = MOST

    def check(self, given: Parameters) -> dict[str, str]:
        """The parameters of a job: TABLE, INDEX (a column) and UNIQUE.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one is missing or cannot be used.
        """
        found = {name: given.get(name) for name in ("TABLE", "INDEX", "UNIQUE")}
        kept = {name: value for name, value in found.items() if value is not None}
        for name in ("TABLE", "INDEX"):
            if name not in kept:
                raise ParameterError(
                    f"{name} is missing.",
                    parameter=name,
                    hint="Send TABLE, the name of the table, and INDEX, that of a column.",
                )
        if kept.get("UNIQUE", "false").lower() not in ("true", "false"):
            raise ParameterError("UNIQUE can be true or false.", parameter="UNIQUE")
        return kept

    def outputs(self, handler: BaseHandler, job: Job) -> list[Output]:  # noqa: ARG002
        """None: the table itself has changed."""
        return []

    async def send_result(
        self,
        handler: BaseHandler,  # noqa: ARG002
        job: Job,  # noqa: ARG002
        name: str,  # noqa: ARG002
    ) -> None:
        """There is none."""
        raise ResultNotFoundError("An update has no result.")


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """The resources of user tables, to come before those of all tables.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    tap = f"/{PREFIX}/tap"
    return [
        (f"{tap}/tables/([^/]+)", UserTableHandler, {}),
        (f"{tap}/load/([^/]+)", LoadHandler, {}),
        *uws.routes(UpdateJobs(), lambda platform: platform.work),
    ]
