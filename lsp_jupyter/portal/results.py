"""Results as panel, viewers and kernels read them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from lsp_jupyter.errors import (
    ParameterError,
    QueryAbortedError,
    ResultNotFoundError,
    StateError,
    error_from_dict,
)
from lsp_jupyter.formats.header import GROUPS, IMAGES, ORIGINS
from lsp_jupyter.formats.registry import Rows, TableHeader, provenance, writer_for
from lsp_jupyter.images.access import addressed
from lsp_jupyter.jobs.job import Job, Phase
from lsp_jupyter.portal.handler import PortalHandler
from lsp_jupyter.portal.pages import page_bytes
from lsp_jupyter.results.shown import shown_table
from lsp_jupyter.results.store import Result
from lsp_jupyter.results.views import View
from lsp_jupyter.web.tables import send_rows

__all__ = [
    "ArrowHandler",
    "DownloadHandler",
    "FileHandler",
    "ResultHandler",
    "RowsHandler",
    "StoredHandler",
    "listed",
    "result_json",
]

#: What the metadata of a result's field may tell.
FIELD = ("datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")

ARROW = "application/vnd.apache.arrow.stream"


def result_json(job: Job, result: Result) -> dict[str, Any]:
    """What a result is, without its rows."""
    columns = []
    for field in result.schema:
        metadata = field.metadata or {}
        column = {"name": field.name, "arrow": str(field.type)}
        for key in FIELD:
            column[key] = metadata.get(key.encode(), b"").decode()
        columns.append(column)
    return {
        "id": job.id,
        "query": job.query,
        "columns": columns,
        "rows": result.rows,
        "size": result.size,
        "complete": result.complete,
        "overflow": result.overflow,
        "provenance": {
            key.removeprefix("lsp:"): value
            for key, value in result.metadata.items()
            if key.startswith("lsp:") and key.encode() not in (GROUPS, IMAGES, ORIGINS)
        },
    }


class StoredHandler(PortalHandler):
    """What the handlers of results share."""

    async def result(self, job_id: str) -> Result:
        """The result of a job of the caller, finished or growing.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if there is no such job, it has no row yet, or it failed:
            then with the error it failed with.
        """
        job = self.platform.jobs.get(self.caller, job_id)
        if job.phase is Phase.ERROR and job.error:
            raise error_from_dict(dict(job.error))
        if job.phase is Phase.ABORTED:
            raise QueryAbortedError("The query was cancelled.", hint="Run it again.")
        return await asyncio.to_thread(self.platform.jobs.result, self.caller, job_id)

    async def finished(self, job_id: str, wait: float = 0.0) -> Result:
        """The finished result of a job, after ``wait`` seconds at most.

        Raises
        ------
        lsp_jupyter.errors.StateError
            Raised if the job has not ended by then.
        """
        job = self.platform.jobs.get(self.caller, job_id)
        if wait and not job.phase.final:
            job = await self.unless_gone(self.platform.jobs.finished(self.caller, job_id, wait))
        if not job.phase.final:
            raise StateError(
                "The query has not ended yet.",
                hint="Ask again when its phase is COMPLETED.",
            )
        return await self.result(job_id)


class ResultHandler(StoredHandler):
    """``portal/results/{id}``."""

    async def get(self, job_id: str) -> None:
        """Answer what the result is: columns, rows so far, provenance."""
        result = await self.result(job_id)
        job = self.platform.jobs.get(self.caller, job_id)
        await self.send(result_json(job, result))


class RowsHandler(StoredHandler):
    """``portal/results/{id}/rows``: one page of a view."""

    async def get(self, job_id: str) -> None:
        """Answer an Arrow stream, and the rows of the whole view in ``X-LSP-Rows``.

        Long cells are cut, unless ``whole`` names a column: then its cell of the row ``start``
        comes alone, and as long as it is.
        """
        config = self.settings_of_instance
        view = View.parse(self.get_query_argument("view", ""))
        start = self.number("start", 0)
        whole = self.get_query_argument("whole", "", strip=False)
        count = self.number("count", config.grid_page, high=1 if whole else config.grid_page)
        result = await self.result(job_id)
        table, rows = await self.unless_gone(
            self.platform.views.rows(result.id, view, start, count)
        )
        page = addressed(self.link(), result.schema, table.to_batches())
        table = pa.Table.from_batches(page, table.schema)
        if whole:
            if whole not in table.column_names:
                raise ParameterError(f"There is no column {whole[:80]!r}.", parameter="whole")
            table = table.select([whole])
        most = config.cell_whole if whole else config.cell_max
        data = await asyncio.to_thread(page_bytes, table, most)
        self.set_header("X-LSP-Rows", str(rows))
        self.set_header("X-LSP-Complete", "true" if result.complete else "false")
        self.send_bytes(data, ARROW)


class ArrowHandler(StoredHandler):
    """``portal/results/{id}/arrow``: the whole result, as it lies on the disk."""

    async def get(self, job_id: str) -> None:
        """Answer the file, after the query has ended."""
        result = await self.finished(job_id, self.settings_of_instance.poll_max)
        # A file that several results share begins with the provenance of one of them.
        start = result.header if result.told else 0
        begin = result.schema.serialize().to_pybytes() if result.told else b""
        chunks = chain([begin], read_file(result.path, result.size, start))
        self.set_header("Content-Type", ARROW)
        self.set_header("Content-Length", str(len(begin) + result.size - start))
        await self.stream(chunks)


class FileHandler(StoredHandler):
    """``portal/results/{id}/file``: where a kernel on this machine can map it."""

    async def get(self, job_id: str) -> None:
        """Answer the path. Until the result is complete, the file is not."""
        result = await self.result(job_id)
        self.send_json(
            {
                "path": str(result.path),
                "size": result.size,
                "rows": result.rows,
                "complete": result.complete,
                "overflow": result.overflow,
                "told": result.told,
            }
        )


class DownloadHandler(StoredHandler):
    """``portal/results/{id}/download``: a result as a file of a chosen format."""

    async def get(self, job_id: str) -> None:
        """Answer the file as an attachment.

        The query string may have ``format``, and ``view`` and ``columns`` (a JSON list of
        names): then it holds the table as a viewer shows it.
        """
        try:
            form = writer_for(self.get_query_argument("format", "csv"))
        except ParameterError as error:
            raise ParameterError(error.message, parameter="format", hint=error.hint) from None
        view = View.parse(self.get_query_argument("view", ""))
        columns = listed(self.get_query_argument("columns", ""))
        result = await self.finished(job_id)
        root = self.link()
        if view or columns is not None:
            shown = await self.unless_gone(
                shown_table(self.platform.views, self.platform.engine, result.id, view, columns)
            )
            schema, count = shown.schema, shown.rows
            rows = Rows(lambda: addressed(root, schema, shown.iter_batches()))
        else:
            schema, count = result.schema, result.rows
            rows = Rows(lambda: addressed(root, schema, result.iter_batches()))
        header = TableHeader(
            schema, result.overflow, provenance(schema), count, self.settings_of_instance.state()
        )
        await send_rows(self, form, header, rows, f"lsp-{job_id}")


def listed(text: str) -> list[str] | None:
    """Names of columns in a JSON list; `None` if there is no text.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is anything else.
    """
    if not text:
        return None
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ParameterError(
            "'columns' must be a JSON list of names.", parameter="columns", hint='Like ["ra"].'
        )
    return list(dict.fromkeys(names))


def read_file(path: Path, size: int, start: int = 0, block: int = 1 << 20) -> Iterator[bytes]:
    """The bytes from ``start`` on of a file that must have that size.

    Raises
    ------
    lsp_jupyter.errors.ResultNotFoundError
        Raised if it was deleted.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size -= file.seek(start)
            while size and (data := file.read(min(block, size))):
                size -= len(data)
                yield data
    except FileNotFoundError:
        size = -1
    if size:
        raise ResultNotFoundError("The result was deleted.", hint="Run the query again.")
