"""Tables of the caller's own, as panel, kernels and the shell make and keep them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from lsp_jupyter.errors import LspError, ParameterError, UsageError
from lsp_jupyter.portal.catalog import columns_json
from lsp_jupyter.portal.handler import PortalHandler, dump
from lsp_jupyter.web.multipart import FileBody

if TYPE_CHECKING:
    from lsp_jupyter.web.multipart import Receiver
    from lsp_jupyter.workspace.table import Mode, UserTable

__all__ = ["StoringHandler", "TableHandler", "TablesHandler", "user_table_json"]

#: Media type of an answer that tells how far it is: one JSON object a line.
LINES = "application/x-ndjson"
#: Seconds before the first such line, and between two.
PATIENCE, EVERY = 1.0, 0.5

#: Stores something; told what to call with the rows so far.
_Store = Callable[[Callable[[int], None]], Coroutine[Any, Any, "UserTable"]]


def user_table_json(stored: UserTable) -> dict[str, Any]:
    """A table of a user's own as it travels in JSON.

    Returns
    -------
    table : `dict`
        Its ``name`` without the schema, its ``full_name`` in queries, ``rows``, ``size``
        in bytes, ``changed`` in ISO 8601 UTC, ``position`` (the columns of right ascension
        and declination, or `None`), and ``columns`` as in the catalogue.
    """
    table = stored.table
    told = stored.to_dict() | {"columns": columns_json(table)}
    del told["positions"]
    return told | {"position": list(table.position) if table.position else None}


class StoringHandler(PortalHandler):
    """What the handlers that store a table share."""

    async def store(self, begin: _Store) -> None:
        """Store a table and answer it; 201.

        A client that accepts `LINES` hears every half second how many rows there are
        (``{"rows": …}``), and in the last line of the table (``{"table": …}``) or of what
        went wrong (``{"error": …}``). What goes wrong at once has its status there too.
        Storing ends when the client leaves.

        Parameters
        ----------
        begin : callable
            Gives the coroutine that stores it.
        """
        rows = 0

        def tell(so_far: int) -> None:
            nonlocal rows
            rows = so_far

        task = asyncio.ensure_future(begin(tell))
        try:
            if LINES not in self.request.headers.get("Accept", ""):
                stored = await self.unless_gone(asyncio.shield(task))
                await self.send(user_table_json(stored), 201)
                return
            await self._wait(task, PATIENCE)
            if task.done():
                told = dump({"table": user_table_json(task.result())}) + b"\n"
                self.send_bytes(told, LINES, 201)
                return
            self.set_header("Content-Type", LINES)
            while not task.done():
                self.write(dump({"rows": rows}) + b"\n")
                await self.unless_gone(self.flush())
                await self._wait(task, EVERY)
            self.write(dump(self._outcome(task)) + b"\n")
            await self.finish()
        finally:
            task.cancel()
            # The file that it reads goes with this request.
            await asyncio.gather(task, return_exceptions=True)

    async def _wait(self, task: asyncio.Task[UserTable], seconds: float) -> None:
        await self.unless_gone(asyncio.wait({task}, timeout=seconds))

    def _outcome(self, task: asyncio.Task[UserTable]) -> dict[str, Any]:
        """The last line: by then it is too late for a status."""
        try:
            return {"table": user_table_json(task.result())}
        except LspError as error:
            return {"error": error.to_dict()}
        except Exception:
            self.log.exception("A table could not be stored.")
            message = "The server failed to store the table."
            return {"error": LspError(message, hint="Its log has the details.").to_dict()}


class TablesHandler(StoringHandler):
    """``portal/tables``: the caller's tables, and where results become some."""

    async def get(self) -> None:
        """Answer the tables, the bytes they take, and how many they and a file may take."""
        config = self.settings_of_instance
        tables = await asyncio.to_thread(self.platform.tables.of, self.caller)
        await self.send(
            {
                "tables": [user_table_json(one) for one in tables],
                "used": sum(one.size for one in tables),
                "limit": config.user_tables_max_bytes,
                "upload_limit": config.upload_max_bytes,
            }
        )

    async def post(self) -> None:
        """Store the result of a job: fields ``job``, ``name``, ``mode`` and words for people."""
        body = self.fields(
            {
                "job": str,
                "name": str,
                "mode": str,
                "title": str,
                "description": str,
                "position": list,
            }
        )
        for name in ("job", "name"):
            if not body.get(name):
                raise ParameterError(
                    f"{name!r} is missing.",
                    parameter=name,
                    hint="Send the job whose result it is, and the name of the table.",
                )
        job = self.platform.jobs.get(self.caller, body["job"])
        await self.store(
            lambda tell: self.platform.saving.save(
                self.caller,
                body["name"],
                job_id=job.id,
                mode=cast("Mode", body.get("mode", "create")),
                title=body.get("title", ""),
                description=body.get("description", ""),
                position=_position(body.get("position")),
                tell=tell,
            )
        )


class TableHandler(StoringHandler):
    """``portal/tables/{name}``: one of them, which a file may become."""

    def body_max(self) -> int:
        """As long as any upload, where a file comes in."""
        if self.request.method == "PUT":
            return self.settings_of_instance.upload_max_bytes
        return super().body_max()

    def receive(self) -> Receiver | None:
        """Have a file go to the caller's folder."""
        if self.request.method != "PUT":
            return None
        folder = self.platform.tables.folder(self.caller).incoming()
        floor = self.settings_of_instance.disk_floor
        return FileBody(folder, limit=self.body_max(), floor=floor)

    async def get(self, name: str) -> None:
        """Answer what it is."""
        found = await asyncio.to_thread(self.platform.tables.get, self.caller, name)
        await self.send(user_table_json(found))

    async def put(self, name: str) -> None:
        """Store the file in the body.

        The query string may have ``mode``, ``title``, ``description``, ``ra`` and ``dec``
        (the columns of its position; both empty: none), and ``table`` (which table of the
        file).
        """
        path = cast("FileBody", self.receiver).path
        if not await asyncio.to_thread(path.is_file):
            raise UsageError("The request has no body.", hint="Send the file as its body.")
        given = {
            key: self.get_query_argument(key, "")
            for key in ("mode", "title", "description", "ra", "dec", "table")
        }
        sent = {"ra", "dec"} & set(self.request.query_arguments)
        position = [given["ra"], given["dec"]] if sent else None
        await self.store(
            lambda tell: self.platform.saving.save(
                self.caller,
                name,
                path=path,
                mode=cast("Mode", given["mode"] or "create"),
                title=given["title"],
                description=given["description"],
                position=_position(position),
                table=given["table"],
                tell=tell,
            )
        )

    async def patch(self, name: str) -> None:
        """Give it another name: field ``name``."""
        new = self.fields({"name": str}).get("name", "")
        if not new:
            raise ParameterError("'name' is missing.", parameter="name", hint="Send the new name.")
        await self.send(user_table_json(await self.platform.saving.rename(self.caller, name, new)))

    async def delete(self, name: str) -> None:
        """Delete it; queries that run read it to their end."""
        await self.platform.saving.delete(self.caller, name)
        self.set_status(204)
        await self.finish()


def _position(given: list[Any] | None) -> tuple[str, str] | None:
    """The columns of a position; two empty texts are none.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if these are not two names.
    """
    if given is None:
        return None
    if len(given) != 2 or not all(isinstance(one, str) for one in given) or given.count("") == 1:
        raise ParameterError(
            "'position' must be the names of two columns.",
            parameter="position",
            hint="Name the columns of right ascension and declination, in degrees.",
        )
    return given[0], given[1]
