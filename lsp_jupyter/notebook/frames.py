"""Tables of all libraries as Arrow tables with described columns, ready to be sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import LspError, UsageError
from lsp_jupyter.notebook.catalog import TableInfo
from lsp_jupyter.notebook.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["is_table", "path_of", "to_rows"]

_KINDS = (
    "Give a result, a table of pandas, polars, astropy or Arrow, a structured numpy array, "
    "or the path of a file."
)


def is_table(value: object) -> bool:
    """Whether a value is a table, or the path of one, and no single value or list.

    Parameters
    ----------
    value : `object`
        Anything; a text is no path here.
    """
    if isinstance(value, Rows | os.PathLike):
        return True
    if isinstance(value, type | TableInfo) or hasattr(value, "as_void"):
        # A table on the server, and one row.
        return False
    names = getattr(getattr(value, "dtype", None), "names", None)
    if names is not None and getattr(value, "ndim", 0) == 1:
        return True
    # A lazy frame of polars knows its columns only when it is computed.
    if _of(value, "polars", "LazyFrame"):
        return True
    return any(hasattr(value, name) for name in ("columns", "colnames", "column_names"))


def to_rows(value: object) -> pa.Table:
    """The rows of a table as Arrow has them.

    Parameters
    ----------
    value : `object`
        A result, a selection, a frame of pandas or polars, a table of astropy or Arrow, a
        structured numpy array, a mapping of columns, or whatever speaks Arrow's C stream
        interface.

    Returns
    -------
    rows : `pyarrow.Table`
        The metadata of its fields have ``unit``, ``ucd``, ``utype``, ``xtype`` and
        ``description`` where the table has them. Named levels of a pandas index are
        columns. Times are UTC. A column of `~astropy.coordinates.SkyCoord` becomes two,
        in degrees of the ICRS.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is no table, has no columns, or one of them cannot be sent.
    """
    import pyarrow as pa

    try:
        rows = _rows(value)
    except LspError:
        raise
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise UsageError(
            f"This {type(value).__name__} cannot be sent: {_first_line(error)}",
            hint="Make each column of one kind: numbers, text, times or arrays of numbers.",
        ) from None
    if not rows.num_columns:
        raise UsageError("A table without columns cannot be sent.")
    return rows.cast(pa.schema([field.with_type(_plain(field.type)) for field in rows.schema]))


def _plain(kind: pa.DataType) -> pa.DataType:
    """A type that the server's readers know."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_string_view(kind):
        return pa.string()
    return pa.binary() if pa.types.is_binary_view(kind) else kind


def _rows(value: Any) -> pa.Table:
    import pyarrow as pa

    if isinstance(value, Rows):
        return value.to_arrow()
    if isinstance(value, pa.Table):
        return value
    if isinstance(value, pa.RecordBatch):
        return pa.Table.from_batches([value])
    if _of(value, "pandas", "DataFrame"):
        return _from_pandas(value)
    if _of(value, "polars", "LazyFrame"):
        value = value.collect()
    if _of(value, "polars", "DataFrame"):
        return value.to_arrow()
    if hasattr(value, "colnames") or getattr(getattr(value, "dtype", None), "names", None):
        from lsp_jupyter.notebook.from_table import from_table

        return from_table(value)
    if hasattr(value, "__arrow_c_stream__"):
        return pa.table(value)
    if isinstance(value, Mapping):
        return pa.table({str(name): column for name, column in value.items()})
    raise UsageError(f"A {type(value).__name__} is no table.", hint=_KINDS)


def _from_pandas(frame: Any) -> pa.Table:
    import pyarrow as pa

    levels = [name for name in frame.index.names if name is not None]
    if len(levels) == frame.index.nlevels:
        frame = frame.reset_index()
    if frame.columns.nlevels > 1:
        raise UsageError(
            "The frame has columns of several levels.", hint="Give each column one name."
        )
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    attrs = getattr(frame, "attrs", {})
    fields = []
    for field in table.schema:
        words = {
            key: str(told[field.name])
            for key, name in (("unit", "units"), ("ucd", "ucds"), ("description", "descriptions"))
            if isinstance(told := attrs.get(name), Mapping) and told.get(field.name)
        }
        fields.append(field.with_metadata(words) if words else field)
    return table.cast(pa.schema(fields))


def _of(value: object, module: str, name: str) -> bool:
    """Whether a value is of a class of a library, which is not imported for this."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)


def _first_line(error: Exception) -> str:
    # pandas and Arrow give the column as a second argument.
    words = " ".join(str(each) for each in error.args) or type(error).__name__
    return words.splitlines()[0][:200]


def path_of(value: object) -> Path | None:
    """The path that a value is; `None` if it is none.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if there is no such file, or it cannot be read.
    """
    if not isinstance(value, str | os.PathLike):
        return None
    path = Path(value).expanduser()
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise UsageError(f"{path} is {what}.", hint="Give the path of one file.")
    if not os.access(path, os.R_OK):
        raise UsageError(f"{path} cannot be read.", hint="Check who may read it.")
    if not path.stat().st_size:
        raise UsageError(f"{path} is empty.")
    return path
