"""From the types DuckDB gives to the types a result column was declared to have.

A result column is declared by its VOTable ``datatype`` (VOTable 1.4 section
2.1) before the query runs, and every reader relies on it. DuckDB has types of
its own for sums, decimals and dates; they are converted here, batch by batch,
and a value that does not fit is an error, never a silent change.

This module must depend on the standard library and PyArrow only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from .duckdb_failure import Unsuitable

__all__ = ["Conversion", "arrow_type"]

#: VOTable datatype to Arrow type, for what is not text.
_NUMBERS = {
    "boolean": pa.bool_(),
    "unsignedByte": pa.uint8(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
}
_TEXT = frozenset({"char", "unicodeChar"})
_TIME = pa.timestamp("us")


class Conversion:
    """Turns the engine's batches into batches of the declared types.

    Parameters
    ----------
    source : `pyarrow.Schema`
        What the engine gives.
    fields : sequence of mapping
        One a column: ``name`` and the metadata of the Arrow field. Empty: the
        engine's names, no metadata.
    metadata : mapping
        Text for the Arrow schema.

    Attributes
    ----------
    schema : `pyarrow.Schema`
        What comes out.

    Raises
    ------
    ValueError
        Raised if the number of columns differs.
    """

    def __init__(
        self,
        source: pa.Schema,
        fields: Sequence[Mapping[str, str]],
        metadata: Mapping[str, str],
    ) -> None:
        declared = fields or [{"name": name} for name in source.names]
        if len(declared) != len(source):
            raise ValueError(f"{len(source)} columns came, {len(declared)} were declared")
        out = []
        self._steps: list[Callable[[pa.Array], pa.Array] | None] = []
        for field, column in zip(declared, source, strict=True):
            target = _target(column.type, field)
            notes = {key: value for key, value in field.items() if key != "name"}
            out.append(pa.field(field["name"], target, metadata=notes or None))
            self._steps.append(_step(field["name"], column.type, target))
        self.schema = pa.schema(out, metadata=dict(metadata) or None)

    def __call__(self, batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
        """One batch of the declared types out of several of the engine's, in order."""
        columns = []
        for number, step in enumerate(self._steps):
            parts = [batch.column(number) for batch in batches]
            column = parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
            columns.append(column if step is None else step(column))
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


def arrow_type(field: Mapping[str, str]) -> pa.DataType:
    """The Arrow type of a column by the metadata of its field.

    Parameters
    ----------
    field : mapping
        ``datatype``, and ``arraysize`` and ``xtype`` where there are any.
    """
    datatype, size = field.get("datatype", ""), field.get("arraysize", "")
    if datatype not in _NUMBERS:
        return _TIME if field.get("xtype") == "timestamp" else pa.string()
    if not size or size == "1":
        return _NUMBERS[datatype]
    return pa.list_(_NUMBERS[datatype], int(size) if size.isdigit() else -1)


def _target(source: pa.DataType, field: Mapping[str, str]) -> pa.DataType:
    datatype = field.get("datatype", "")
    if datatype in _TEXT:
        timed = field.get("xtype") == "timestamp"
        if timed and (pa.types.is_timestamp(source) or pa.types.is_date(source)):
            return _TIME
        return pa.string()
    if datatype in _NUMBERS:
        wanted = _NUMBERS[datatype]
        if pa.types.is_fixed_size_list(source):
            return pa.list_(wanted, source.list_size)
        if pa.types.is_list(source):
            return pa.list_(wanted)
        if datatype == "unsignedByte" and pa.types.is_binary(source):
            return source
        return wanted
    return _undeclared(source)


def _undeclared(source: pa.DataType) -> pa.DataType:
    """What a column becomes of which nothing is declared: the nearest VOTable can hold."""
    if pa.types.is_decimal(source):
        return pa.float64()
    if pa.types.is_timestamp(source) or pa.types.is_date(source):
        return _TIME
    widened = {
        pa.int8(): pa.int16(),
        pa.uint16(): pa.int32(),
        pa.uint32(): pa.int64(),
        pa.uint64(): pa.int64(),
        pa.float16(): pa.float32(),
        pa.null(): pa.string(),
    }
    if source in widened:
        return widened[source]
    if pa.types.is_fixed_size_list(source):
        return pa.list_(_undeclared(source.value_type), source.list_size)
    if pa.types.is_list(source):
        return pa.list_(_undeclared(source.value_type))
    primitive = (
        pa.types.is_boolean(source) or pa.types.is_integer(source) or pa.types.is_floating(source)
    )
    return source if primitive or pa.types.is_binary(source) else pa.string()


def _step(
    name: str, source: pa.DataType, target: pa.DataType
) -> Callable[[pa.Array], pa.Array] | None:
    if source == target:
        return None

    def convert(column: pa.Array) -> pa.Array:
        try:
            return _cast(column, target)
        except pa.ArrowNotImplementedError:
            # Such as an interval or a structure: as the engine's own client would print it.
            texts = [None if value is None else str(value) for value in column.to_pylist()]
            return pa.array(texts, pa.string())
        except pa.ArrowInvalid:
            raise Unsuitable(f"A value of column {name} does not fit its type {target}") from None

    return convert


def _cast(column: pa.Array, target: pa.DataType) -> pa.Array:
    source = column.type
    if pa.types.is_integer(target):
        if pa.types.is_floating(source) or pa.types.is_decimal(source):
            # NaN is how DuckDB says that a number is missing where it has no NULL.
            if pa.types.is_floating(source):
                column = pc.if_else(pc.is_nan(column), pa.scalar(None, source), column)
            return pc.trunc(column).cast(target)
        return column.cast(target)
    if pa.types.is_floating(target):
        # Rounding to the nearest is what a floating point column promises.
        return column.cast(target, safe=False)
    if pa.types.is_timestamp(target):
        return column.cast(target, safe=False)
    if pa.types.is_list(target) or pa.types.is_fixed_size_list(target):
        return column.cast(target, safe=pa.types.is_integer(target.value_type))
    return column.cast(target)
