"""Astropy tables and structured numpy arrays to Arrow."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lsp_jupyter.errors import UsageError

__all__ = ["from_table"]


def from_table(table: Any) -> pa.Table:
    """Make an Arrow table of an astropy table or a structured numpy array.

    Parameters
    ----------
    table : `astropy.table.Table` or `numpy.ndarray`
        Columns may be masked, have units, be quantities, times (which become UTC) or sky
        coordinates (which become two columns in degrees, ICRS).

    Returns
    -------
    rows : `pyarrow.Table`
        With unit, UCD, utype, xtype and description in the metadata of its fields.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if a column is of a kind that no table of the platform can hold.
    """
    names = table.colnames if hasattr(table, "colnames") else table.dtype.names
    fields, arrays = [], []
    for name in names:
        for field, array in _columns(str(name), table[name]):
            fields.append(field)
            arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _columns(name: str, column: Any) -> Iterator[tuple[pa.Field, pa.Array]]:
    """The columns that one column becomes."""
    kind = type(column).__name__
    words = _words(column)
    if kind == "SkyCoord":
        place = column.icrs
        for axis, values in (("ra", place.ra.deg), ("dec", place.dec.deg)):
            about = {"unit": "deg", "ucd": f"pos.eq.{axis}", "description": words["description"]}
            yield _field(f"{name}_{axis}", pa.array(np.asarray(values, float)), about)
        return
    if kind == "Time":
        yield _field(name, _times(column), words | {"unit": ""})
        return
    mask = getattr(column, "mask", None)
    if hasattr(column, "unmasked"):
        column = column.unmasked
    if hasattr(column, "to_value"):
        column = column.value
    values = np.ma.getdata(column)
    try:
        array = _array(values, None if mask is None else np.asarray(mask))
    except (pa.ArrowException, TypeError, ValueError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Column {name} cannot be sent: {str(error).splitlines()[0][:200]}",
            hint="Make it numbers, text, times or arrays of numbers of one length.",
        ) from None
    yield _field(name, array, words)


def _field(name: str, array: pa.Array, words: dict[str, str]) -> tuple[pa.Field, pa.Array]:
    metadata = {key: word for key, word in words.items() if word}
    return pa.field(name, array.type, metadata=metadata or None), array


def _words(column: Any) -> dict[str, str]:
    """What is known of a column."""
    info = getattr(column, "info", None)
    meta = getattr(info, "meta", None) or {}
    unit = getattr(column, "unit", None)
    words = {key: str(meta.get(key) or "") for key in ("ucd", "utype", "xtype")}
    words["description"] = str(getattr(info, "description", None) or "")
    words["unit"] = _unit(unit) if unit is not None else ""
    return words


def _unit(unit: Any) -> str:
    """A unit as VOUnits writes it; one that it cannot write as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(unit.to_string("vounit"))
        except (ValueError, AttributeError):
            return str(unit)


def _times(column: Any) -> pa.Array:
    with warnings.catch_warnings():
        # Of years whose leap seconds nobody knows.
        warnings.simplefilter("ignore")
        values = np.asarray(column.utc.datetime64).astype("datetime64[us]")
    mask = np.asarray(column.mask) if getattr(column, "masked", False) else None
    return pa.array(values, mask=mask)


def _array(values: npt.NDArray[Any], mask: npt.NDArray[Any] | None) -> pa.Array:
    if values.dtype.kind not in "biufSUOMm":
        raise TypeError(f"it holds {values.dtype}")
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    if not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    if values.ndim == 1:
        if values.dtype.kind in "UO":
            listed = [None if _is_masked(one) else one for one in values.tolist()]
            return pa.array(listed, mask=mask)
        return pa.array(np.ascontiguousarray(values), mask=mask)
    if values.ndim > 2 or values.dtype.kind not in "biuf":
        raise TypeError(f"its cells are arrays of {values.ndim - 1} dimensions or of text")
    if not values.shape[1]:
        raise TypeError("its cells are arrays without elements")
    flat = pa.array(
        np.ascontiguousarray(values).reshape(-1),
        mask=None if mask is None else np.broadcast_to(mask, values.shape).reshape(-1),
    )
    gone = None if mask is None or mask.ndim < 2 else pa.array(mask.all(axis=1))
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1], mask=gone)


def _is_masked(value: object) -> bool:
    return type(value).__name__ == "MaskedConstant"
