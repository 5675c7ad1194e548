"""Simple Cone Search 1.03 over every table that has positions.

A search is written as ADQL and run as a job like every other query. What comes
back has the columns and UCDs the standard asks for; the formats and MAXREC are
those of version 1.1 and of DALI.
"""

from __future__ import annotations

import asyncio
import html
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lsp_jupyter.api.answer import completed, format_of, send_table
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.xml import TYPE
from lsp_jupyter.errors import NotFoundError, ParameterError
from lsp_jupyter.jobs.planner import maxrec_of
from lsp_jupyter.web import BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.adql.schema import Column, Table

__all__ = ["ConeCapabilitiesHandler", "ConeHandler", "cone_query", "identifier_of"]

#: A decimal number, as in URLs: nothing else that Python would take for one.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)

#: Bounds of the parameters, degrees.
BOUNDS = {"RA": (0.0, 360.0), "DEC": (-90.0, 90.0), "SR": (0.0, 180.0)}

#: The UCDs of identifier and position (SCS 1.03 section 2.2).
ID, RA, DEC = "ID_MAIN", "POS_EQ_RA_MAIN", "POS_EQ_DEC_MAIN"

_EXAMPLE = "Such as RA=180.567&DEC=-30.45&SR=0.0125, all in degrees."


class _ConeBase(BaseHandler):
    """What belongs to the cone searches of one table."""

    vo = True

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the error as version 1.03 wants it, and as DALI does."""
        self._error = True
        super().write_error(status_code, **kwargs)

    def send_bytes(self, data: bytes, mime: str, status: int = 200) -> None:
        """Answer with a whole document; an error is told twice, in both ways."""
        if getattr(self, "_error", False):
            data = _with_error(data)
        super().send_bytes(data, mime, status)

    def table(self, name: str) -> Table:
        """The table of that name.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if the caller has none, or it has no positions.
        """
        schema, _, bare = name.rpartition(".")
        found = self.platform.jobs.schema(self.caller).find(bare, schema) if schema else ()
        if len(found) != 1:
            raise NotFoundError(
                f"There is no table “{name[:100]}”.",
                hint="A cone search is at scs/<schema>.<table>; see tap/tables for their names.",
            )
        if found[0].position is None:
            raise NotFoundError(
                f"The table {found[0].full_name} has no positions to search.",
                hint="Query it through tap.",
            )
        return found[0]


class ConeHandler(_ConeBase):
    """``scs/{schema.table}``: the rows within a circle."""

    async def get(self, name: str) -> None:
        """Answer with the rows of the table within SR degrees of RA, DEC."""
        table = self.table(name)
        given = Parameters.of(self.request)
        ra, dec, radius = (_degrees(given, parameter) for parameter in BOUNDS)
        columns = columns_of(table, _verbosity(given))
        names = ("MAXREC", "RESPONSEFORMAT", "RUNID")
        kept = {each: value for each in names if (value := given.get(each)) is not None}
        maxrec_of(kept, sys.maxsize)
        if radius == 0:
            kept["MAXREC"] = "0"  # What the columns are is asked for.
        form = format_of(kept, self.settings_of_instance.result_format)
        job = await completed(self, kept | {"QUERY": cone_query(table, columns, ra, dec, radius)})
        main = _Main(table, as_text=form.extension == "vot")
        await send_table(self, job, main.show)

    post = get


class ConeCapabilitiesHandler(_ConeBase):
    """``scs/{schema.table}/capabilities``: where the search is and what it can do."""

    async def get(self, name: str) -> None:
        """Answer with the capabilities document."""
        from lsp_jupyter.api.cone_capabilities import cone_capabilities

        table = self.table(name)
        document = await asyncio.to_thread(
            cone_capabilities,
            self.link(f"scs/{table.full_name}"),
            self.settings_of_instance.maxrec,
            bool(self.identity_provider.auth_enabled),
        )
        self.send_bytes(document, TYPE)


def columns_of(table: Table, verbosity: int) -> list[Column]:
    """The columns of an answer (SCS 1.03 section 2.1, VERB).

    Parameters
    ----------
    table : `~lsp_jupyter.adql.schema.Table`
        With positions.
    verbosity : `int`
        1 for identifier and position alone, 2 for the principal columns too, 3 for all.
    """
    if verbosity == 3:
        return list(table.columns)
    needed = {identifier_of(table), *(table.position or ())}
    found = [
        column
        for column in table.columns
        if column.name in needed or (verbosity == 2 and column.principal)
    ]
    return found if verbosity == 1 or len(found) > len(needed) else list(table.columns)


def identifier_of(table: Table) -> str:
    """The column that tells the rows of a table apart, as far as its description says so.

    The one with the UCD of the main identifier; else the first of any
    identifier, of text, of whole numbers, or at all.
    """
    others = [column for column in table.columns if column.name not in (table.position or ())]

    def rank(column: Column) -> int:
        words = column.ucd.lower().split(";")
        if words[0] == "meta.id":
            return 0 if "meta.main" in words else 1
        return {"char": 2, "unicodeChar": 2, "long": 3, "int": 3}.get(column.datatype, 4)

    return min(others or table.columns, key=rank).name


def cone_query(
    table: Table, columns: Sequence[Column], ra: float, dec: float, radius: float
) -> str:
    """A cone search as ADQL.

    Parameters
    ----------
    table : `~lsp_jupyter.adql.schema.Table`
        With positions.
    columns : sequence of `~lsp_jupyter.adql.schema.Column`
        To be selected.
    ra, dec, radius : `float`
        Centre and radius, degrees, ICRS.
    """
    from lsp_jupyter.api.table_documents import spelled

    longitude, latitude = map(spelled, table.position or ())
    return (
        f"SELECT {', '.join(spelled(column.name) for column in columns)}\n"
        f"FROM {spelled(table.schema)}.{spelled(table.name)}\n"
        f"WHERE 1 = CONTAINS(POINT('ICRS', {longitude}, {latitude}), "
        f"CIRCLE('ICRS', {ra!r}, {dec!r}, {radius!r}))"
    )


class _Main:
    """Shows the identifier and the position of a table as SCS 1.03 section 2.2 wants them.

    Parameters
    ----------
    table : `~lsp_jupyter.adql.schema.Table`
        What was searched.
    as_text : `bool`
        Whether a number that identifies is written as text.
    """

    def __init__(self, table: Table, *, as_text: bool) -> None:
        ra, dec = table.position or ("", "")
        self._ucds = {identifier_of(table): ID, ra: RA, dec: DEC}
        self._as_text = as_text

    def show(
        self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
        """The schema and the batches to be written."""
        shown = pa.schema(map(self._field, schema), metadata=schema.metadata)
        return shown, self._batches(shown, batches)

    def _field(self, field: pa.Field) -> pa.Field:
        ucd = self._ucds.get(field.name)
        if ucd is None:
            return field
        metadata = dict(field.metadata or {}) | {b"ucd": ucd.encode()}
        if ucd != ID:
            return field.with_type(pa.float64()).with_metadata(metadata | {b"datatype": b"double"})
        if not self._as_text or not pa.types.is_integer(field.type):
            return field.with_metadata(metadata)
        text = metadata | {b"datatype": b"char", b"arraysize": b"*"}
        return field.with_type(pa.string()).with_metadata(text)

    def _batches(
        self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            arrays = [
                array if array.type == field.type else array.cast(field.type)
                for array, field in zip(batch.columns, schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _degrees(given: Parameters, name: str) -> float:
    text = given.get(name)
    if text is None:
        raise ParameterError(f"{name} is missing.", parameter=name, hint=_EXAMPLE)
    low, high = BOUNDS[name]
    number = float(text) if _NUMBER.fullmatch(text) else float("nan")
    if not low <= number <= high:
        raise ParameterError(
            f"{name} must be a number of degrees from {low:g} to {high:g}, not “{text[:40]}”.",
            parameter=name,
            hint=_EXAMPLE,
        )
    return number


def _verbosity(given: Parameters) -> int:
    text = given.get("VERB") or "2"
    if text not in ("1", "2", "3"):
        raise ParameterError(
            f"VERB must be 1, 2 or 3, not “{text[:40]}”.",
            parameter="VERB",
            hint="3 gives every column; leave it out for the most important ones.",
        )
    return int(text)


def _with_error(document: bytes) -> bytes:
    """A DALI error document that clients of SCS 1.03 understand too (its section 2.3)."""
    said = re.search(rb'name="QUERY_STATUS" value="ERROR">(.*?)</INFO>', document, re.DOTALL)
    text = html.unescape(said[1].decode()) if said else "Error"
    value = html.escape(" ".join(text.split())).encode()
    info = b'<INFO ID="Error" name="Error" value="%b"/>\n<RESOURCE' % value
    return document.replace(b"<RESOURCE", info, 1)
