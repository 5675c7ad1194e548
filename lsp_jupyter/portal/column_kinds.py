"""What a search form may ask of a column."""

from __future__ import annotations

from lsp_jupyter.adql.schema import Column, Table

__all__ = ["column_kind", "outline_of"]


def column_kind(column: Column) -> str:
    """What a column holds, as the form distinguishes it.

    Returns
    -------
    kind : `str`
        ``integer``, ``number``, ``text``, ``boolean``, ``time``, ``mjd`` or ``other``.
    """
    if column.xtype == "timestamp":
        return "time"
    if column.datatype in ("char", "unicodeChar"):
        return "text" if column.xtype in ("", "adql:VARCHAR", "uri") else "other"
    if column.arraysize not in ("", "1"):
        return "other"
    if column.datatype == "boolean":
        return "boolean"
    if column.datatype in ("unsignedByte", "short", "int", "long"):
        return "integer"
    if column.datatype not in ("float", "double"):
        return "other"
    words = column.ucd.split(";")
    times = ("time.epoch", "time.start", "time.end")
    return "mjd" if column.unit == "d" and any(w.startswith(times) for w in words) else "number"


def outline_of(table: Table) -> str:
    """The column that has the outline of what a row is about, such as an image.

    Returns
    -------
    name : `str`
        The first column of shapes that is said to be an outline (UCD ``pos.outline``), or whose
        reach is known; empty if there is none.
    """
    known = {reach.column for reach in table.reaches}
    for column in table.columns:
        if column.xtype.lower() not in ("adql:region", "polygon"):
            continue
        if column.name in known or column.ucd.split(";")[0] == "pos.outline":
            return column.name
    return ""
