"""Arrays by column → rows of a published table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.errors import PublishError

__all__ = ["Frame", "Framer", "frame_length"]

#: Some rows of a table: one array for each column, under the schema's own names, all of one
#: length. NaN in floats is null; masked arrays say what is null in the rest. Columns that are not
#: there are null. Times are MJD, TAI, or `numpy.datetime64`.
Frame: TypeAlias = Mapping[str, npt.NDArray[Any]]

#: Values of a batch at most, so that memory holds few of them.
_VALUES = 16_000_000

#: The epoch of Arrow's timestamps as a modified Julian date.
_UNIX = 40_587


def frame_length(frame: Frame) -> int:
    """How many rows there are."""
    return len(next(iter(frame.values()))) if frame else 0


class Framer:
    """Makes frames of one table into batches of its types.

    Parameters
    ----------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        The table.

    Attributes
    ----------
    rows : `int`
        Rows made so far.
    """

    def __init__(self, spec: TableSpec) -> None:
        self.rows = 0
        self._name = spec.full_name
        self._schema = table_schema(spec)
        self._empty = dict.fromkeys(self._schema.names)

    @property
    def empty(self) -> tuple[str, ...]:
        """The columns that hold no value so far, in the table's order."""
        return tuple(self._empty)

    def __call__(self, frames: Iterable[Frame]) -> Iterator[pa.RecordBatch]:
        """The rows of frames.

        Raises
        ------
        lsp_jupyter.errors.PublishError
            Raised if a frame does not fit the table.
        """
        step = max(1, _VALUES // len(self._schema))
        for frame in frames:
            rows = frame_length(frame)
            if not rows:
                continue
            batch = self._batch(frame, rows)
            self.rows += rows
            for start in range(0, rows, step):
                yield batch.slice(start, step)

    def _batch(self, frame: Frame, rows: int) -> pa.RecordBatch:
        unknown = [name for name in frame if self._schema.get_field_index(name) < 0]
        if unknown:
            raise self._wrong(f"there is no column {', '.join(unknown[:5])}")
        arrays = []
        for field in self._schema:
            values = frame.get(field.name)
            if values is None:
                arrays.append(pa.nulls(rows, field.type))
                continue
            if values.shape != (rows,):
                raise self._wrong(f"{field.name} has shape {values.shape}, not ({rows},)")
            try:
                array = _array(values, field.type)
            except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
                raise self._wrong(f"{field.name} is not {field.type}: {error}") from error
            if array.null_count < rows:
                self._empty.pop(field.name, None)
            arrays.append(array)
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _wrong(self, what: str) -> PublishError:
        return PublishError(
            f"The simulated rows do not fit table {self._name}: {what}.",
            hint='Install the version this demo was made for: pip install "lsp_jupyter[demo]".',
        )


def _array(values: npt.NDArray[Any], kind: pa.DataType) -> pa.Array:
    mask = None
    if isinstance(values, np.ma.MaskedArray):
        if values.mask is not np.ma.nomask:
            mask = np.ma.getmaskarray(values)
        values = values.data
    if pa.types.is_timestamp(kind):
        return _timestamps(values, mask, kind)
    if pa.types.is_floating(kind):
        values = values.astype(kind.to_pandas_dtype(), copy=False)
        nan = np.isnan(values)
        if nan.any():
            mask = nan if mask is None else mask | nan
        return pa.array(values, kind, mask=mask)
    if values.dtype.kind in "USO":
        return pa.array(values, pa.string(), mask=mask).cast(kind)
    return pa.array(values, mask=mask).cast(kind)


def _timestamps(
    values: npt.NDArray[Any], mask: npt.NDArray[np.bool_] | None, kind: pa.DataType
) -> pa.Array:
    if values.dtype.kind == "f":
        nan = np.isnan(values)
        mask = nan if mask is None else mask | nan
        # To the millisecond: a double of this size is good to a microsecond.
        milliseconds = np.round((np.where(nan, _UNIX, values) - _UNIX) * 86_400_000)
        values = milliseconds.astype(np.int64).astype("datetime64[ms]")
    return pa.array(values.astype("datetime64[us]"), kind, mask=mask)
