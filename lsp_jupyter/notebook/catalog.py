"""What can be queried, as the server tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsp_jupyter.notebook.client import Client
from lsp_jupyter.notebook.column import Column

__all__ = ["MINE", "TableInfo", "read_catalog", "read_own", "table_info"]

#: The schema of the tables of one's own.
MINE = "mydb"


@dataclass(frozen=True, slots=True, repr=False)
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
        The release it belongs to; ``mydb`` of a table of your own.
    columns : `tuple` of `Column`
        Its columns.
    size : `int` or `None`
        Bytes of a table of your own.
    changed : `str`
        When a table of your own was stored, ISO 8601 UTC.
    """

    name: str
    description: str
    rows: int | None
    release: str
    columns: tuple[Column, ...]
    size: int | None = None
    changed: str = ""

    def __repr__(self) -> str:
        rows = "" if self.rows is None else f"{self.rows:,} rows x "
        return f"{self.name}: {rows}{len(self.columns)} columns"


def table_info(told: Mapping[str, Any], release: str) -> TableInfo:
    """Make one of what the server sent."""
    return TableInfo(
        name=str(told.get("full_name") or told["name"]),
        description=str(told.get("description") or ""),
        rows=None if told.get("rows") is None else int(told["rows"]),
        release=release,
        columns=tuple(Column.read(column) for column in told["columns"]),
        size=None if told.get("size") is None else int(told["size"]),
        changed=str(told.get("changed") or ""),
    )


def read_own(client: Client) -> list[TableInfo]:
    """The tables of the user's own.

    Parameters
    ----------
    client : `Client`
        The server.
    """
    return [table_info(each, MINE) for each in client.get("portal/tables")["tables"]]


def read_catalog(client: Client) -> list[TableInfo]:
    """All tables of all releases, then those of the user's own.

    Parameters
    ----------
    client : `Client`
        The server.
    """
    published = [
        table_info(table, str(release["name"]))
        for release in client.get("portal/catalog")["releases"]
        for table in release["tables"]
    ]
    return published + read_own(client)
