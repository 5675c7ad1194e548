"""Tables on their way to the server, with a query that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsp_jupyter.errors import LimitError, UsageError
from lsp_jupyter.notebook.bodies import Body, FilePiece, Piece, form_body, table_piece
from lsp_jupyter.notebook.client import Client
from lsp_jupyter.notebook.frames import path_of, to_rows
from lsp_jupyter.notebook.results import Result

__all__ = ["check_size", "form_of", "piece_of"]

#: Bytes from which on the server is asked how many it takes, before they are sent.
LARGE = 32 << 20


def form_of(client: Client, query: Mapping[str, Any], tables: Mapping[str, Any]) -> Body:
    """A query and the tables it reads, as one body.

    Parameters
    ----------
    client : `~lsp_jupyter.notebook.client.Client`
        The server. Results that are there already are not sent.
    query : mapping
        The fields of ``portal/jobs``.
    tables : mapping
        Tables, results and paths of files, by their names in ``TAP_UPLOAD``.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if one of them is no table, failed, or is too large.
    """
    uploads: dict[str, str] = {}
    pieces: dict[str, Piece] = {}
    for name, value in tables.items():
        if isinstance(value, Result) and value.belongs_to(client):
            uploads[name] = f"job:{value.wait().id}"
            continue
        part = f"t{len(pieces)}"
        uploads[name] = f"param:{part}"
        try:
            pieces[part] = piece_of(value)
        except UsageError as error:
            raise UsageError(f"{name}: {error.message}", hint=error.hint) from None
    body = form_body({**query, "uploads": uploads}, pieces)
    check_size(client, body)
    return body


def piece_of(value: Any) -> Piece:
    """The bytes of a table or file.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is neither.
    """
    path = path_of(value)
    return table_piece(to_rows(value)) if path is None else FilePiece(path)


def check_size(client: Client, body: Body) -> None:
    """Refuse a body that the server will not take, before it is sent.

    Raises
    ------
    lsp_jupyter.errors.LimitError
        Raised if it is too long.
    """
    if len(body) < LARGE:
        return
    limit = int(client.get("portal/tables")["upload_limit"])
    if len(body) > limit:
        raise LimitError(
            f"An upload may have {limit:,} bytes; this one has {len(body):,}.",
            hint="Send fewer rows or columns; or store them with lsp.upload in several steps, "
            "with mode='append'.",
        )
