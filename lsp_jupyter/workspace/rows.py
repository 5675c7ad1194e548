"""The rows of a user's table: those that are there, and those to add."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.engines.duckdb_table import duckdb_table
from lsp_jupyter.errors import UsageError
from lsp_jupyter.formats.sources.source import Source, listed

__all__ = ["fitted_rows", "stored_rows"]


def stored_rows(catalog: Catalog, entry: Entry) -> Callable[[], Iterator[pa.RecordBatch]]:
    """The rows of a generation, without the platform's own columns."""
    names = [each.name for each in entry.spec.columns]
    path = catalog.native_path(entry.alias)

    def read() -> Iterator[pa.RecordBatch]:
        for batch in duckdb_table(path, "data").read():
            yield batch.select(names)

    return read


def fitted_rows(spec: TableSpec, source: Source) -> Callable[[], Iterator[pa.RecordBatch]]:
    """Rows to append, with the columns of the table in their order.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if there is a column that the table does not have.
    """
    known = {each.name.lower() for each in spec.columns}
    given = {name.lower(): name for name in source.schema.names}
    unknown = [name for low, name in given.items() if low not in known]
    if unknown or len(given) < len(source.schema):
        what = f"has no column {listed(unknown)}" if unknown else "cannot take a column twice"
        raise UsageError(
            f"{spec.full_name} {what}.",
            hint=f"Its columns are: {listed([each.name for each in spec.columns], 30)}.",
        )
    schema = table_schema(spec)

    def read() -> Iterator[pa.RecordBatch]:
        for batch in source.read():
            columns = [
                batch.column(given[field.name.lower()])
                if field.name.lower() in given
                else pa.nulls(batch.num_rows, field.type)
                for field in schema
            ]
            yield pa.RecordBatch.from_arrays(columns, names=schema.names)

    return read
