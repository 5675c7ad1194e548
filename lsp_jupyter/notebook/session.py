"""The server that is used, and what is there: results, jobs, tables."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from lsp_jupyter.errors import AuthenticationError, NotFoundError, UsageError
from lsp_jupyter.notebook.catalog import TableInfo, read_catalog, read_own
from lsp_jupyter.notebook.client import Client, check_id
from lsp_jupyter.notebook.column import Column
from lsp_jupyter.notebook.connection import Connection, Finder, Secret, is_loopback, parse_url
from lsp_jupyter.notebook.failure import plainly, warn
from lsp_jupyter.notebook.listing import Listing
from lsp_jupyter.notebook.results import Result

__all__ = [
    "client",
    "columns",
    "connect",
    "history",
    "last",
    "result",
    "show",
    "tables",
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
def history(last: int = 50, *, text: str = "", tag: str = "") -> Listing[Result]:
    """Your jobs, newest first, wherever they were made.

    Parameters
    ----------
    last : `int`
        How many at most.
    text : `str`
        Words that stand in the query, the name, a tag or the id; capitals do not matter.
    tag : `str`
        A tag that they have.
    """
    params: dict[str, str | int] = {"last": min(max(int(last), 1), _JOBS), "text": text, "tag": tag}
    told = _client.get("portal/jobs", params)["jobs"]
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
def tables(pattern: str = "*", *, mine: bool = False) -> Listing[TableInfo]:
    """The tables that can be queried.

    Parameters
    ----------
    pattern : `str`
        Which: ``gaia*``, ``*source*``; upper and lower case are alike. It may
        match the name with its schema or without.
    mine : `bool`
        Only those of your own, with their size and when they were stored.
    """
    wanted = pattern.lower()
    found = [
        table
        for table in (read_own if mine else read_catalog)(_client)
        if fnmatchcase(table.name.lower(), wanted)
        or fnmatchcase(table.name.rpartition(".")[2].lower(), wanted)
    ]
    headings = ("table", "rows", "columns", *(("MB", "stored") if mine else ()), "description")
    if mine and pattern == "*":
        empty = "You have no tables of your own yet: lsp.upload(frame, 'name') makes one."
    else:
        empty = f"No table is called like {pattern}."
    return Listing(found, headings, lambda table: _table_cells(table, own=mine), empty)


def _table_cells(table: TableInfo, *, own: bool) -> tuple[str, ...]:
    return (
        table.name,
        "" if table.rows is None else f"{table.rows:,}",
        str(len(table.columns)),
        *((f"{(table.size or 0) / 1e6:,.1f}", table.changed) if own else ()),
        table.description,
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
def show(shown: Any) -> None:
    """Open a result or a table in the panel's viewer, in every open tab of JupyterLab.

    Parameters
    ----------
    shown : `Result`, `str` or table
        A result, the id of its job, or a table of pandas, polars, astropy, numpy or Arrow,
        which is sent to the server and becomes a result there.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised for anything else.
    """
    from lsp_jupyter.notebook.frames import is_table

    used, job_id = _client, shown
    if not isinstance(shown, str):
        # A selection is part of a result.
        whole = getattr(shown, "result", shown)
        if not isinstance(whole, Result):
            if not is_table(shown):
                raise UsageError(
                    f"The viewer shows results and tables, and no {type(shown).__name__}.",
                    hint="Display it in a cell of its own.",
                )
            from lsp_jupyter.notebook.running import query

            whole = query("SELECT * FROM {shown} AS shown", run_id="shown", shown=shown)
        used, job_id = whole.client, whole.id
    told = used.send("POST", "portal/show", {"id": check_id(str(job_id))})
    if isinstance(told, dict) and told.get("listeners") == 0:
        warn("No tab of JupyterLab is open, so nobody sees it. Open JupyterLab and show it again.")
