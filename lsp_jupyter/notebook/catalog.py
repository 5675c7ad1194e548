"""What can be queried, as the server tells it."""

from __future__ import annotations

from dataclasses import dataclass

from lsp_jupyter.notebook.client import Client
from lsp_jupyter.notebook.column import Column

__all__ = ["TableInfo", "read_catalog"]


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One table.

    Attributes
    ----------
    name : `str`
        As a query writes it, with its schema.
    description : `str`
        What it holds.
    rows : `int` or `None`
        How many; `None` if that is not known.
    release : `str`
        The release it belongs to.
    columns : `tuple` of `Column`
        Its columns.
    """

    name: str
    description: str
    rows: int | None
    release: str
    columns: tuple[Column, ...]


def read_catalog(client: Client) -> list[TableInfo]:
    """All tables of all releases.

    Parameters
    ----------
    client : `Client`
        The server.
    """
    return [
        TableInfo(
            name=str(table["name"]),
            description=str(table.get("description") or ""),
            rows=None if table.get("rows") is None else int(table["rows"]),
            release=str(release["name"]),
            columns=tuple(Column.read(column) for column in table["columns"]),
        )
        for release in client.get("portal/catalog")["releases"]
        for table in release["tables"]
    ]
