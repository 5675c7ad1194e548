"""Queries: run, waited for, and cancelled when they are interrupted."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import Any

from lsp_jupyter.errors import AdqlError
from lsp_jupyter.notebook import session
from lsp_jupyter.notebook.binding import Bound, bind
from lsp_jupyter.notebook.client import Client
from lsp_jupyter.notebook.failure import plainly, show_plainly
from lsp_jupyter.notebook.frames import is_table
from lsp_jupyter.notebook.progress import Progress
from lsp_jupyter.notebook.results import Result
from lsp_jupyter.notebook.sending import form_of

__all__ = ["bind_all", "query", "run_bound", "submit", "wait_or_abort"]

#: Seconds between two looks at how far sending is.
_TICK = 0.2


@plainly
def submit(
    adql: str, *, maxrec: int | None = None, run_id: str = "", service: str = "", **values: Any
) -> Result:
    """Start a query and return without waiting for its end.

    Parameters
    ----------
    adql : `str`
        The query in ADQL.
    maxrec : `int`, optional
        Rows of the result at most.
    run_id : `str`
        A label for the list of jobs.
    service : `str`
        Name of an outside service that runs it, as the panel lists them; by default this
        instance does.
    **values
        Values for names in braces, put in as literals: ``submit("… WHERE ra <
        {limit}", limit=10)``. Without any, braces have no meaning. Tables (of pandas,
        polars, astropy, numpy, Arrow, results, or a `~pathlib.Path` of a file) are sent
        along: ``submit("SELECT * FROM {mine}", mine=frame)``; a query may also write
        ``TAP_UPLOAD.mine``.

    Returns
    -------
    result : `Result`
        Waits when its rows are asked for.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if the query is not valid, with its place.
    """
    return run_bound(bind_all(adql, values), maxrec=maxrec, run_id=run_id, service=service)


def bind_all(adql: str, values: Mapping[str, Any]) -> Bound:
    """Put values into a query; tables are sent even if no braces name them."""
    if not values:
        return Bound(adql, adql)
    bound = bind(adql, values)
    bound.tables.update({name: value for name, value in values.items() if is_table(value)})
    return bound


@plainly
def query(
    adql: str, *, maxrec: int | None = None, run_id: str = "", service: str = "", **values: Any
) -> Result:
    """Run a query and wait for its end; an interrupt cancels it on the server.

    Parameters
    ----------
    adql : `str`
        The query in ADQL.
    maxrec : `int`, optional
        Rows of the result at most.
    run_id : `str`
        A label for the list of jobs.
    service : `str`
        Name of an outside service that runs it, as the panel lists them; by default this
        instance does.
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
    return wait_or_abort(submit(adql, maxrec=maxrec, run_id=run_id, service=service, **values))


def wait_or_abort(started: Result) -> Result:
    """Wait for a query; cancel it on the server if this is interrupted."""
    try:
        return started.wait()
    except KeyboardInterrupt:
        _abort(started)
        raise KeyboardInterrupt from None


def run_bound(
    bound: Bound,
    *,
    maxrec: int | None = None,
    run_id: str = "",
    preview: bool = False,
    service: str = "",
) -> Result:
    """Start a query whose values are in; errors tell the place as it was written."""
    if not isinstance(bound.text, str) or not bound.text.strip():
        raise AdqlError(
            "There is no query.", hint="Write one, such as SELECT TOP 10 * FROM a_table."
        )
    client = session.client()
    body: dict[str, Any] = {"adql": bound.text, "origin": "notebook"}
    if maxrec is not None:
        body["maxrec"] = maxrec
    if run_id:
        body["run_id"] = run_id
    if preview:
        body["preview"] = True
    if service:
        body["service"] = service
    with show_plainly(bound.source):
        try:
            state = _post(client, body, bound.tables)
        except AdqlError as error:
            raise bound.at_source(error) from None
    return Result(client, state)


def _post(client: Client, query: dict[str, Any], tables: Mapping[str, Any]) -> dict[str, Any]:
    """Send a query with its tables; answers its job."""
    if not tables:
        return _whole(client, lambda: client.send("POST", "portal/jobs", query))
    form = form_of(client, query, tables)
    with Progress("Sending") as progress:
        try:
            return _whole(
                client,
                lambda: client.deliver("POST", "portal/jobs", form),
                lambda: progress.say(form.words),
            )
        except KeyboardInterrupt:
            form.stop()
            raise


def _whole(
    client: Client, work: Callable[[], Any], meanwhile: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Do something that an interrupt must not break in the middle.

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
        while not wait([future], _TICK).done:
            meanwhile()
        return future.result()
    except KeyboardInterrupt:
        future.add_done_callback(
            lambda done: None if done.exception() else _abort(Result(client, done.result()))
        )
        raise KeyboardInterrupt from None


def _abort(started: Result) -> None:
    # The interrupt is what the user hears of.
    with contextlib.suppress(Exception):
        started.abort()
