"""What people call: queries, results, catalogues."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future
from fnmatch import fnmatchcase
from typing import Any

from lsp_jupyter.errors import (
    AdqlError,
    AuthenticationError,
    NotFoundError,
    UsageError,
)
from lsp_jupyter.notebook.binding import Bound, bind
from lsp_jupyter.notebook.catalog import TableInfo, read_catalog
from lsp_jupyter.notebook.client import Client, check_id
from lsp_jupyter.notebook.column import Column
from lsp_jupyter.notebook.connection import Connection, Finder, Secret, is_loopback, parse_url
from lsp_jupyter.notebook.failure import plainly, show_plainly, warn
from lsp_jupyter.notebook.listing import Listing
from lsp_jupyter.notebook.results import Result

__all__ = [
    "client",
    "columns",
    "connect",
    "history",
    "last",
    "query",
    "result",
    "run_bound",
    "show",
    "submit",
    "tables",
    "wait_or_abort",
]

#: Jobs of a list at most; the server has the same limit.
_JOBS = 1000

_client = Client()


def client() -> Client:
    """The client that all functions of this module use."""
    return _client


@plainly
def connect(url: str | None = None, token: str | None = None) -> Client:
    """Choose the server that queries go to.

    Parameters
    ----------
    url : `str`, optional
        URL of a Jupyter server with the platform, or of any page of it.
        Without it the server of this kernel is looked up again.
    token : `str`, optional
        What the server takes as ``Authorization: Bearer``. It is not needed for
        a server of your own on this machine.

    Returns
    -------
    client : `Client`
        Shows the URL and never the token.

    Raises
    ------
    lsp_jupyter.errors.ServerNotFoundError
        Raised if there is no platform at that URL; the server chosen before stays.
    lsp_jupyter.errors.AuthenticationError
        Raised if it does not take the token.
    """
    global _client
    if url is None:
        if token is not None:
            raise UsageError(
                "A token needs the URL of its server.", hint="Call lsp.connect(url, token=…)."
            )
        chosen = Client()
    else:
        chosen = Client(_connection(url, token))
    chosen.get("portal/jobs", {"last": 1}, timeout=10)
    _client = chosen
    return chosen


def _connection(url: str, token: str | None) -> Connection:
    address, in_url = parse_url(url)
    token = token if token is not None else in_url
    if not token:
        found = Finder().by_url(address)
        if found is not None:
            return found
        raise AuthenticationError(
            "No server of yours on this machine has that URL, so it needs a token.",
            hint="lsp.connect(url, token=…). Read the token from a file or with "
            "getpass.getpass(), so that it is not kept in the notebook.",
        )
    if address.startswith("http:") and not is_loopback(address):
        warn(f"{address} is not encrypted: others on the network can read the token.")
    return Connection(address, Secret(token))


@plainly
def submit(adql: str, *, maxrec: int | None = None, run_id: str = "", **values: Any) -> Result:
    """Start a query and return without waiting for its end.

    Parameters
    ----------
    adql : `str`
        The query in ADQL.
    maxrec : `int`, optional
        Rows of the result at most.
    run_id : `str`
        A label for the list of jobs.
    **values
        Values for names in braces, put in as literals: ``submit("… WHERE ra <
        {limit}", limit=10)``. Without any, braces have no meaning.

    Returns
    -------
    result : `Result`
        Waits when its rows are asked for.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if the query is not valid, with its place.
    """
    bound = bind(adql, values) if values else Bound(adql, adql, ())
    return run_bound(bound, maxrec=maxrec, run_id=run_id)


@plainly
def query(adql: str, *, maxrec: int | None = None, run_id: str = "", **values: Any) -> Result:
    """Run a query and wait for its end; an interrupt cancels it on the server.

    Parameters
    ----------
    adql : `str`
        The query in ADQL.
    maxrec : `int`, optional
        Rows of the result at most.
    run_id : `str`
        A label for the list of jobs.
    **values
        Values for names in braces, see `submit`.

    Returns
    -------
    result : `Result`
        The finished result.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised as `AdqlError` if the query is not valid, with its place, or as
        what made it fail.
    """
    return wait_or_abort(submit(adql, maxrec=maxrec, run_id=run_id, **values))


def wait_or_abort(started: Result) -> Result:
    """Wait for a query; cancel it on the server if this is interrupted."""
    try:
        return started.wait()
    except KeyboardInterrupt:
        _abort(started)
        raise KeyboardInterrupt from None


def run_bound(
    bound: Bound, *, maxrec: int | None = None, run_id: str = "", preview: bool = False
) -> Result:
    """Start a query whose values are in; errors tell the place as it was written."""
    if not isinstance(bound.text, str) or not bound.text.strip():
        raise AdqlError(
            "There is no query.", hint="Write one, such as SELECT TOP 10 * FROM a_table."
        )
    body: dict[str, Any] = {"adql": bound.text, "origin": "notebook"}
    if maxrec is not None:
        body["maxrec"] = maxrec
    if run_id:
        body["run_id"] = run_id
    if preview:
        body["preview"] = True
    with show_plainly(bound.source):
        try:
            state = _whole(lambda: _client.send("POST", "portal/jobs", body))
        except AdqlError as error:
            raise bound.at_source(error) from None
    return Result(_client, state)


def _whole(work: Any) -> dict[str, Any]:
    """Do something short that an interrupt must not break in the middle.

    A query whose id has not come back yet could not be cancelled.
    """
    future: Future[dict[str, Any]] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="lsp-submit", daemon=True).start()
    try:
        return future.result()
    except KeyboardInterrupt:
        future.add_done_callback(
            lambda done: None if done.exception() else _abort(Result(_client, done.result()))
        )
        raise KeyboardInterrupt from None


def _abort(started: Result) -> None:
    # The interrupt is what the user hears of.
    with contextlib.suppress(Exception):
        started.abort()


@plainly
def result(job_id: str) -> Result:
    """A result by the id of its job, wherever that was made.

    Parameters
    ----------
    job_id : `str`
        The id, as the panel and TAP show it.

    Raises
    ------
    lsp_jupyter.errors.JobNotFoundError
        Raised if you have no job of that id.
    """
    return Result(_client, _client.get(f"portal/jobs/{check_id(job_id)}"))


@plainly
def last() -> Result:
    """The newest result of yours, wherever it was made.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if there is none.
    """
    for state in _client.get("portal/jobs", {"last": _JOBS})["jobs"]:
        if state["phase"] == "COMPLETED":
            return Result(_client, state)
    raise NotFoundError("You have no result yet.", hint="Run a query: lsp.query('SELECT …').")


@plainly
def history(last: int = 50) -> Listing[Result]:
    """Your jobs, newest first, wherever they were made.

    Parameters
    ----------
    last : `int`
        How many at most.
    """
    told = _client.get("portal/jobs", {"last": min(max(int(last), 1), _JOBS)})["jobs"]
    return Listing(
        [Result(_client, state) for state in told],
        ("id", "state", "rows", "seconds", "from", "query"),
        _job_cells,
        "You have no jobs yet.",
    )


def _job_cells(each: Result) -> tuple[str, ...]:
    job = each.job
    elapsed = job.get("elapsed")
    return (
        each.id,
        str(job["phase"]).lower(),
        f"{job['rows']:,}" + (" (cut off)" if job.get("overflow") else ""),
        "" if elapsed is None else f"{elapsed:.1f}",
        str(job.get("origin", "")),
        each.query,
    )


@plainly
def tables(pattern: str = "*") -> Listing[TableInfo]:
    """The tables that can be queried.

    Parameters
    ----------
    pattern : `str`
        Which: ``gaia*``, ``*source*``; upper and lower case are alike. It may
        match the name with its schema or without.
    """
    wanted = pattern.lower()
    found = [
        table
        for table in read_catalog(_client)
        if fnmatchcase(table.name.lower(), wanted)
        or fnmatchcase(table.name.rpartition(".")[2].lower(), wanted)
    ]
    return Listing(
        found,
        ("table", "rows", "columns", "description"),
        lambda table: (
            table.name,
            "" if table.rows is None else f"{table.rows:,}",
            str(len(table.columns)),
            table.description,
        ),
        f"No table is called like {pattern}.",
    )


@plainly
def columns(table: str) -> Listing[Column]:
    """The columns of a table.

    Parameters
    ----------
    table : `str`
        Its name; upper and lower case are alike.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if there is no such table; names those that are close.
    """
    known = {each.name.lower(): each for each in read_catalog(_client)}
    found = known.get(table.strip().lower())
    if found is None:
        from difflib import get_close_matches

        near = [known[name].name for name in get_close_matches(table.lower(), known, 3, 0.5)]
        hint = f"Did you mean {' or '.join(near)}?" if near else "lsp.tables() lists them."
        raise NotFoundError(f"There is no table {table!r}.", hint=hint)
    return Listing(
        found.columns,
        ("column", "unit", "type", "ucd", "description"),
        lambda column: (
            column.name,
            column.unit,
            column.datatype + (f"[{column.arraysize}]" if column.arraysize else ""),
            column.ucd,
            column.description,
        ),
        "The table has no columns.",
    )


@plainly
def show(shown: Result | str) -> None:
    """Open a result in the panel's viewer, in every open tab of JupyterLab.

    Parameters
    ----------
    shown : `Result` or `str`
        A result, or the id of its job.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised for anything else: this version has no upload.
    """
    used, job_id = _client, shown
    if not isinstance(shown, str):
        # A selection is part of a result.
        whole = getattr(shown, "result", shown)
        if not isinstance(whole, Result):
            raise _cannot_show(shown)
        used, job_id = whole._client, whole.id
    told = used.send("POST", "portal/show", {"id": check_id(str(job_id))})
    if isinstance(told, dict) and told.get("listeners") == 0:
        warn("No tab of JupyterLab is open, so nobody sees it. Open JupyterLab and show it again.")


def _cannot_show(shown: object) -> UsageError:
    kind = type(shown).__name__
    hint = "Display it in a cell of its own, or show the result it was made from."
    about = getattr(shown, "attrs", None) or getattr(shown, "meta", None)
    if isinstance(about, dict):
        origin = about.get("provenance", about)
        job_id = origin.get("job") if isinstance(origin, dict) else None
        if isinstance(job_id, str) and job_id.isalnum():
            hint = f"Display it in a cell of its own, or show its result: lsp.show({job_id!r})."
    return UsageError(
        f"The viewer shows results of queries; this version cannot upload a {kind}.", hint=hint
    )
