"""Arrow to astropy."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import astropy.units as u
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from astropy.table import Column as TableColumn
from astropy.table import MaskedColumn, QTable, Table
from astropy.utils.masked import Masked

from lsp_jupyter.notebook.arrays import Array, PrivateMap, nulls, to_numpy
from lsp_jupyter.notebook.column import Column, columns_of

__all__ = ["parse_unit", "to_table"]

#: Text becomes numpy's fixed-width kind unless that takes this much more than
#: the text itself, and more than this many bytes.
_WIDER, _WIDE = 16, 64 << 20


def to_table(
    table: pa.Table,
    about: dict[str, Any],
    private: PrivateMap | None = None,
    *,
    quantities: bool = False,
) -> Table:
    """Make an astropy table of an Arrow table.

    Parameters
    ----------
    table : `pyarrow.Table`
        The rows, with the metadata of the columns in the schema.
    about : `dict`
        Provenance; becomes ``meta``.
    private : `PrivateMap`, optional
        The file the table looks into.
    quantities : `bool`
        Whether to make a `~astropy.table.QTable`.
    """
    made = [
        _column(values, column, private)
        for values, column in zip(table.columns, columns_of(table.schema), strict=True)
    ]
    if not quantities:
        return Table(made, meta=dict(about), copy=False)
    return QTable([_quantity(column) for column in made], meta=dict(about), copy=False)


@lru_cache(maxsize=512)
def parse_unit(text: str) -> u.UnitBase | None:
    """A unit as VOUnits writes it; one that is not known keeps its text.

    Parameters
    ----------
    text : `str`
        The unit; empty for none.

    Returns
    -------
    unit : `astropy.units.UnitBase` or `None`
        A `~astropy.units.UnrecognizedUnit` if it is not known.
    """
    if not text:
        return None
    with warnings.catch_warnings():
        # Where VOUnits would make a new unit of an unknown name, astropy warns.
        warnings.simplefilter("error")
        try:
            return u.Unit(text, format="vounit")
        except (ValueError, TypeError, Warning):
            pass
        warnings.simplefilter("ignore")
        return u.Unit(text, parse_strict="silent")


def _column(values: pa.ChunkedArray, column: Column, private: PrivateMap | None) -> TableColumn:
    about = {key: value for key in ("ucd", "utype", "xtype") if (value := getattr(column, key))}
    options = {
        "name": column.name,
        "unit": parse_unit(column.unit),
        "description": column.description or None,
        "meta": about,
        "copy": False,
    }
    kind = values.type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    data = _text(values) if text else to_numpy(values, private)
    if not values.null_count:
        return TableColumn(data, **options)
    mask = nulls(values)
    if data.ndim > 1:
        mask = np.broadcast_to(mask.reshape(-1, *[1] * (data.ndim - 1)), data.shape).copy()
    return MaskedColumn(data, mask=mask, **options)


def _quantity(column: TableColumn) -> Any:
    """The quantity a column is; of integers too, which astropy would make floating."""
    unit = column.unit
    if not isinstance(unit, u.UnitBase) or column.dtype.kind not in "iuf":
        return column
    data = np.asarray(column)
    made = u.Quantity(data, unit, dtype=data.dtype, copy=False)
    if isinstance(column, MaskedColumn):
        made = Masked(made, mask=column.mask, copy=False)
    made.info.name = column.name
    made.info.description = column.description
    made.info.meta = dict(column.meta)
    return made


def _text(values: pa.ChunkedArray) -> Array:
    values = pc.fill_null(values, "")
    width = max(pc.max(pc.utf8_length(values)).as_py() or 0, 1)
    needed = 4 * width * len(values)
    if needed > _WIDE and needed > _WIDER * values.nbytes:
        return np.array(values.to_numpy(), dtype=object)
    return np.array(values.to_numpy(), dtype=f"U{width}")
