"""Tables of one's own: ``mydb.<name>``, made of results, frames and files."""

from __future__ import annotations

import os
from typing import Any, Literal
from urllib.parse import quote

from lsp_jupyter.errors import UsageError
from lsp_jupyter.notebook.bodies import Body
from lsp_jupyter.notebook.catalog import MINE, TableInfo, table_info
from lsp_jupyter.notebook.client import Client
from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.frames import path_of
from lsp_jupyter.notebook.progress import Progress
from lsp_jupyter.notebook.results import Result
from lsp_jupyter.notebook.sending import check_size, piece_of

__all__ = ["Mode", "drop", "save_result", "upload"]

#: What happens to a table that exists already: it is an error, it goes, or rows are added.
Mode = Literal["create", "replace", "append"]


@plainly
def upload(
    data: Any,
    name: str,
    *,
    mode: Mode = "create",
    title: str = "",
    description: str = "",
    position: tuple[str, str] | None = None,
    table: str = "",
) -> TableInfo:
    """Store a table or a file as a table of your own, which queries call ``mydb.<name>``.

    Parameters
    ----------
    data : `object`
        A table of pandas, polars, astropy, numpy or Arrow, a result, or the path of a
        file: VOTable, FITS, Parquet, Arrow, CSV, TSV or ECSV, gzipped or not. It is read
        in this kernel and sent to the server.
    name : `str`
        Its name, with or without ``mydb.``.
    mode : `str`
        What happens to a table of that name: ``create`` refuses, ``replace`` puts the new
        rows in its place, ``append`` adds them.
    title, description : `str`
        For people.
    position : `tuple` of `str`, optional
        The columns of right ascension and declination, degrees in the ICRS; two empty
        texts: none. By default they are found by UCDs and names.
    table : `str`
        Which table of a file that has several: a name, or a number counted from 1.

    Returns
    -------
    table : `~lsp_jupyter.notebook.catalog.TableInfo`
        As queries see it from now on.

    Raises
    ------
    lsp_jupyter.errors.ConflictError
        Raised if there is a table of that name, and it is to be created.
    lsp_jupyter.errors.LspError
        Raised if the name is none, the table cannot be stored or is too large. Nothing is
        changed then.
    """
    from lsp_jupyter.notebook import session

    client = session.client()
    if isinstance(data, Result) and data.belongs_to(client):
        if table:
            raise _no_part()
        return save_result(
            data, name, mode=mode, title=title, description=description, position=position
        )
    if table and path_of(data) is None:
        raise _no_part()
    body = Body(piece_of(data))
    given = {"mode": mode, "title": title, "description": description, "table": table}
    params = {key: text for key, text in given.items() if text}
    if position is not None:
        params["ra"], params["dec"] = _pair(position)
    check_size(client, body)
    return _deliver(client, "PUT", f"portal/tables/{quote(_name(name), safe='')}", body, params)


def save_result(
    result: Result,
    name: str,
    *,
    mode: Mode = "create",
    title: str = "",
    description: str = "",
    position: tuple[str, str] | None = None,
) -> TableInfo:
    """Store a result as a table of one's own; its rows stay on the server.

    Parameters are those of `upload`.
    """
    fields: dict[str, Any] = {"job": result.wait().id, "name": _name(name), "mode": mode}
    fields |= {key: text for key, text in (("title", title), ("description", description)) if text}
    if position is not None:
        fields["position"] = list(_pair(position))
    return _deliver(result.client, "POST", "portal/tables", fields, {})


@plainly
def drop(name: str) -> None:
    """Delete a table of your own. Queries that run read it to their end.

    Parameters
    ----------
    name : `str`
        Its name, with or without ``mydb.``.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if you have no such table.
    """
    from lsp_jupyter.notebook import session

    session.client().send("DELETE", f"portal/tables/{quote(_name(name), safe='')}")


def _deliver(
    client: Client, method: str, path: str, body: Body | dict[str, Any], params: dict[str, str]
) -> TableInfo:
    with Progress("Storing") as progress:
        if isinstance(body, Body):
            words = body.words
            body.watch = lambda: progress.say(words)
        told = client.deliver(
            method,
            path,
            body,
            params,
            tell=lambda line: progress.say(
                lambda elapsed: f"Storing, {elapsed:.0f} s, {int(line.get('rows') or 0):,} rows."
            ),
        )
    return table_info(told.get("table", told), MINE)


def _name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise UsageError(
            "The table needs a name.", hint="Such as lsp.upload(frame, 'targets') for mydb.targets."
        )
    return name.strip()


def _pair(position: Any) -> tuple[str, str]:
    if isinstance(position, str | os.PathLike) or len(position) != 2:
        raise UsageError(
            "The position is the names of two columns.", hint="Such as position=('ra', 'dec')."
        )
    return str(position[0]), str(position[1])


def _no_part() -> UsageError:
    return UsageError("Only a file has several tables.", hint="Leave out table=.")
