"""A result by the id of its job."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, Self

from lsp_jupyter.errors import (
    AdqlError,
    LspError,
    NotFoundError,
    QueryAbortedError,
    QueryTimeoutError,
    ResultNotFoundError,
    StateError,
    error_from_dict,
)
from lsp_jupyter.notebook.client import READ_FILE, Client, check_id
from lsp_jupyter.notebook.column import Column, columns_of, provenance_of
from lsp_jupyter.notebook.failure import plainly, show_plainly, warn
from lsp_jupyter.notebook.progress import Progress
from lsp_jupyter.notebook.render import HEAD, clean, html_result, text_result
from lsp_jupyter.notebook.rows import Rows
from lsp_jupyter.notebook.source import Source, fetch, map_file

if TYPE_CHECKING:
    import pyarrow as pa

    from lsp_jupyter.notebook.arrays import PrivateMap
    from lsp_jupyter.notebook.catalog import TableInfo
    from lsp_jupyter.notebook.own import Mode
    from lsp_jupyter.notebook.selection import Selection
    from lsp_jupyter.notebook.subsets import Rowlike, Subsets
    from lsp_jupyter.notebook.widgets.table import TableWidget

__all__ = ["CutOffWarning", "Result"]

FINAL = frozenset({"COMPLETED", "ERROR", "ABORTED", "ARCHIVED"})


class CutOffWarning(UserWarning):
    """A result does not hold all rows that the query would give."""


class Result(Rows):
    """One query's result, wherever the query was made.

    Rows are read when they are asked for. What needs them waits until the
    query has ended, and raises its error if it failed. ``await result`` waits
    without blocking.

    Parameters
    ----------
    client : `Client`
        The server.
    state : `dict`
        The job as the server tells it.
    """

    def __init__(self, client: Client, state: dict[str, Any]) -> None:
        self._client = client
        check_id(state["id"])
        self._state = state
        self._lock = threading.Lock()
        self._source: Source | None = None
        self._head: pa.Table | None = None
        self._told: dict[str, Any] | None = None
        self._warned = False

    # -- the job -----------------------------------------------------------

    @property
    def id(self) -> str:
        """The id of the job: the name of the result in every Aspect."""
        return str(self._state["id"])

    @property
    def query(self) -> str:
        """The query as it was sent."""
        return str(self._state.get("query") or "")

    @property
    @plainly
    def phase(self) -> str:
        """Where the job stands (UWS 1.1 section 2.1.3)."""
        return str(self._now()["phase"])

    @property
    @plainly
    def rows(self) -> int:
        """Rows there are so far."""
        return int(self._now().get("rows") or 0)

    @property
    @plainly
    def size(self) -> int:
        """Bytes there are so far."""
        return int(self._now().get("size") or 0)

    @property
    @plainly
    def overflow(self) -> bool:
        """Whether it was cut off at its limit (DALI 1.1 section 4.4.1)."""
        return bool(self._now().get("overflow"))

    @property
    def job(self) -> dict[str, Any]:
        """The job as the server told it last; times in ISO 8601 UTC, ``elapsed`` in seconds."""
        return dict(self._state)

    def __len__(self) -> int:
        self.wait()
        return int(self._state["rows"])

    @property
    def name(self) -> str:
        """What you call it; empty if it was not named."""
        return str(self._state.get("name") or "")

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that you put on it."""
        return tuple(self._state.get("tags") or ())

    @plainly
    def label(self, name: str | None = None, *, tags: Sequence[str] | None = None) -> Self:
        """Give it a name or tags, by which lists and `lsp_jupyter.history` find it.

        Parameters
        ----------
        name : `str`, optional
            What you call it.
        tags : sequence of `str`, optional
            All of its tags.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one of them is too long.
        """
        given = {"name": name, "tags": None if tags is None else list(tags)}
        body = {key: value for key, value in given.items() if value is not None}
        self._state = self._client.send("PATCH", f"portal/jobs/{self.id}", body)
        return self

    @plainly
    def wait(self, timeout: float | None = None) -> Self:
        """Wait until the query has ended; after a second it shows how far it is.

        Parameters
        ----------
        timeout : `float`, optional
            Seconds to wait at most; without it, as long as it takes.

        Returns
        -------
        result : `Result`
            This one.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the query failed or was cancelled, as the class of its error.
        lsp_jupyter.errors.QueryTimeoutError
            Raised if it has not ended in time; it goes on.
        """
        if self._state["phase"] not in FINAL:
            end = None if timeout is None else time.monotonic() + timeout
            with Progress() as progress:
                while self._state["phase"] not in FINAL:
                    if end is not None and time.monotonic() >= end:
                        raise QueryTimeoutError(
                            f"The query has not ended within {timeout:g} s. It goes on.",
                            hint="Wait again, or cancel it with abort().",
                        )
                    self._poll()
                    progress.update(self._state)
        self._check()
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self._wait_async().__await__()

    async def _wait_async(self) -> Self:
        with show_plainly():
            while self._state["phase"] not in FINAL:
                await asyncio.to_thread(self._poll)
            self._check()
        return self

    @plainly
    def abort(self) -> Self:
        """Cancel the query if it still runs."""
        self._state = self._client.send("POST", f"portal/jobs/{self.id}/abort", timeout=10)
        return self

    @plainly
    def delete(self) -> None:
        """Delete the job and its rows on the server, for every Aspect."""
        self._client.send("DELETE", f"portal/jobs/{self.id}")

    def _now(self) -> dict[str, Any]:
        if self._state["phase"] not in FINAL:
            self._state = self._client.get(f"portal/jobs/{self.id}", timeout=10)
        return self._state

    def _poll(self) -> None:
        """Hear of the job once more, at the latest after a second."""
        phase = self._state["phase"]
        if phase == "PENDING":
            raise StateError(
                "The job was made, but not started.",
                hint="Whoever made it has to start it (UWS: POST PHASE=RUN).",
            )
        self._state = self._client.get(f"portal/jobs/{self.id}", {"wait": 1, "phase": phase})

    def _check(self) -> None:
        phase = self._state["phase"]
        if phase == "COMPLETED":
            if self._state.get("overflow") and not self._warned:
                self._warned = True
                warn(self._cut_off(), CutOffWarning)
            return
        if phase == "ERROR":
            told = self._state.get("error") or {"message": "The query failed."}
            error = error_from_dict(dict(told))
            text = self.query if isinstance(error, AdqlError) else ""
            with show_plainly(text):
                raise error
        if phase == "ABORTED":
            raise QueryAbortedError("The query was cancelled.", hint="Run it again.")
        raise ResultNotFoundError("The result is no longer kept.", hint="Run the query again.")

    def _cut_off(self) -> str:
        return (
            f"The result was cut off after {int(self._state['rows']):,} rows: the query has more. "
            "Give a larger maxrec, or narrow the query down."
        )

    @property
    def client(self) -> Client:
        """The server it is on."""
        return self._client

    def belongs_to(self, client: Client) -> bool:
        """Whether it is on the server that a client talks to."""
        return self._client is client or self._client.connection.url == client.connection.url

    @plainly
    def save(
        self,
        name: str,
        *,
        mode: Mode = "create",
        title: str = "",
        description: str = "",
        position: tuple[str, str] | None = None,
    ) -> TableInfo:
        """Keep it as a table of your own, which queries call ``mydb.<name>``.

        Its rows are copied on the server; a description says so if they were cut off.

        Parameters
        ----------
        name : `str`
            Its name, with or without ``mydb.``.
        mode, title, description, position
            As of `~lsp_jupyter.notebook.own.upload`, whose answer it gives; it is described
            by its query.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised as by `~lsp_jupyter.notebook.own.upload`, or as what made the query fail.
        """
        from lsp_jupyter.notebook.own import save_result

        return save_result(
            self, name, mode=mode, title=title, description=description, position=position
        )

    # -- the rows ----------------------------------------------------------

    @plainly
    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table, with all metadata in its schema.

        Returns
        -------
        table : `pyarrow.Table`
            Mapped from the server's file if that is on this machine; else it
            comes over HTTP once and is kept in memory.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the query failed or the result is gone.
        """
        self.wait()
        with self._lock:
            if self._source is None:
                source = self._map() or fetch(self._client, self.id, self._state["rows"])
                self._source = source.addressed(self._client.connection.base)
            return self._source.table

    def _map(self) -> Source | None:
        return map_file(self._client.get(f"portal/results/{self.id}/file", timeout=READ_FILE))

    def _private(self) -> PrivateMap | None:
        return self._source.private() if self._source is not None else None

    @property
    @plainly
    def columns(self) -> tuple[Column, ...]:
        """The columns: name, unit, UCD, description."""
        if self._source is not None:
            return columns_of(self._source.table.schema)
        return tuple(Column.read(each) for each in self._describe()["columns"])

    @property
    @plainly
    def provenance(self) -> dict[str, str]:
        """Query as sent, instance, release, service, time and job."""
        if self._source is not None:
            return provenance_of(self._source.table.schema)
        return dict(self._describe()["provenance"])

    def _describe(self) -> dict[str, Any]:
        """What the server tells of the finished result, without its rows."""
        self.wait()
        if self._told is None:
            self._told = self._client.get(f"portal/results/{self.id}")
        return self._told

    @property
    @plainly
    def selected(self) -> Selection:
        """The rows that are selected now, in a widget or in the panel's viewer.

        Returns
        -------
        selection : `Selection`
            As they are selected at this moment; it does not change later.
        """
        from lsp_jupyter.notebook.selection import Selection

        self.wait()
        told = self._client.get(f"portal/results/{self.id}/selection")
        return Selection(self, told["ranges"])

    @plainly
    def select(self, rows: str | Rowlike) -> Selection:
        """Select rows, in every table and chart that shows the result.

        Parameters
        ----------
        rows : `str`, array or `Selection`
            A condition of ADQL, a mask, row numbers, or rows that were selected or are a subset.

        Returns
        -------
        selection : `Selection`
            What is selected now.

        Raises
        ------
        lsp_jupyter.errors.AdqlError
            Raised if the condition is wrong.
        lsp_jupyter.errors.UsageError
            Raised if the rows do not fit the result.
        """
        from lsp_jupyter.notebook.selection import Selection
        from lsp_jupyter.notebook.subsets import ranges_of

        self.wait()
        count = int(self._state["rows"])
        body: dict[str, Any] = (
            {"view": {"where": [rows]}}
            if isinstance(rows, str)
            else {"ranges": ranges_of(rows, count, self)}
        )
        told = self._client.send("PUT", f"portal/results/{self.id}/selection", body)
        return Selection(self, told["ranges"])

    @property
    def subsets(self) -> Subsets:
        """Named sets of its rows, which tables and charts show too; assign to make one."""
        from lsp_jupyter.notebook.subsets import Subsets

        return Subsets(self)

    # -- how it shows ------------------------------------------------------

    def widget(self, *, height: int = 360) -> TableWidget:
        """The table as a widget: sorted, filtered and selected by hand.

        Parameters
        ----------
        height : `int`
            Height in pixels.
        """
        from lsp_jupyter.notebook.widgets.table import TableWidget

        return TableWidget(self, height=height)

    def show(self) -> None:
        """Open it in the panel's viewer, in every open tab of JupyterLab."""
        from lsp_jupyter.notebook.session import show

        show(self)

    def head(self, rows: int = HEAD) -> pa.Table:
        """The first rows as an Arrow table, without fetching the others.

        Parameters
        ----------
        rows : `int`
            How many; over HTTP at most 1,000, and long cells are cut.
        """
        with show_plainly():
            self.wait()
            with self._lock:
                if self._source is None and (source := self._map()) is not None:
                    self._source = source.addressed(self._client.connection.base)
            if self._source is not None:
                return self._source.table.slice(0, rows)
            return self._head_over_http(rows)

    def _head_over_http(self, rows: int) -> pa.Table:
        import pyarrow as pa

        if self._head is None or self._head.num_rows < min(rows, self._state["rows"]):
            params = {"start": 0, "count": rows}
            data, _ = self._client.page(f"portal/results/{self.id}/rows", params)
            self._head = pa.ipc.open_stream(data).read_all().drop_columns("__row__")
        return self._head.slice(0, rows)

    def __repr__(self) -> str:
        return self._preview(text_result)

    def _repr_html_(self) -> str:
        return self._preview(html_result)

    def _preview(self, form: Any) -> str:
        """A preview that neither waits for the query nor fails."""
        title = f"Result {self.id}"
        try:
            state = self._now()
            title += f": {state['phase'].lower()}"
            if state["phase"] == "COMPLETED":
                columns = self.columns
                title = f"Result {self.id}: {state['rows']:,} rows x {len(columns)} columns"
                notes = [self._cut_off()] if state.get("overflow") else []
                # What is shown below says what the warning would.
                self._warned = self._warned or bool(notes)
                return str(form(title, notes, columns, self.head()))
            self._check()
        except NotFoundError as error:
            title = f"Result {self.id}: {error.message}"
        except LspError as error:
            title += f", {clean(error.message)}"
        return str(form(title, [], (), _nothing()))


def _nothing() -> pa.Table:
    import pyarrow as pa

    return pa.table({})
