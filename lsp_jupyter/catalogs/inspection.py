"""Looks at every row on its way into a table, and tells what is wrong with which of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.guess import instants

__all__ = ["Inspection"]

#: Rows that a report names.
_NAMED = 5


class Inspection:
    """The rows of a table, checked and made of the types it declares.

    NaN becomes a missing value: the engine would take it for the largest number.

    Parameters
    ----------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        The table.
    schema : `pyarrow.Schema`
        Its columns, as `~lsp_jupyter.catalogs.checks.table_schema` gives them.
    drop_bad_positions : `bool`
        Whether to leave out rows that are nowhere on the sky, instead of
        refusing the table.
    where : callable, optional
        How to name a row, counted from 0: ``row 17 of b.csv``.

    Attributes
    ----------
    rows : `int`
        Rows that passed.
    nan : `dict`
        How many NaN each column held.
    dropped : `int`
        Rows left out.
    wide : `set` of `str`
        The columns declared char that hold text beyond ASCII.
    """

    def __init__(
        self,
        spec: TableSpec,
        schema: pa.Schema,
        *,
        drop_bad_positions: bool = False,
        where: Callable[[int], str] | None = None,
    ) -> None:
        self.rows = 0
        self.dropped = 0
        self.nan: Counter[str] = Counter()
        self.wide: set[str] = set()
        self._spec = spec
        self._schema = schema
        self._drop = drop_bad_positions
        self._where = where or (lambda row: f"row {row + 1:,}")
        self._seen = 0
        self._unfit: dict[str, str] = {}
        self._astray: dict[str, list[tuple[int, str]]] = {}
        self._counts: Counter[str] = Counter()
        self._char = {each.name for each in spec.columns if each.datatype == "char"}

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Let rows pass.

        After the first fault the rest is looked at, but nothing passes any more.

        Raises
        ------
        lsp_jupyter.errors.PublishError
            Raised if columns are missing, unknown or twice there; at the end
            if any value does not fit its type or any position is none.
        """
        for batch in batches:
            self._check_columns(batch)
            checked = self._check_rows(batch)
            self._seen += batch.num_rows
            if checked is not None and checked.num_rows and not (self._unfit or self._astray):
                self.rows += checked.num_rows
                yield checked
        if self._unfit or self._astray:
            raise PublishError(" ".join(self._sentences()), hint=self._hint())

    def _check_columns(self, batch: pa.RecordBatch) -> None:
        names = batch.schema.names
        if names == self._schema.names:
            return
        known = set(self._schema.names)
        twice = [name for name, count in Counter(names).items() if count > 1]
        missing = [name for name in self._schema.names if name not in set(names)]
        unknown = [name for name in names if name not in known]
        for what, found in (("twice", twice), ("not", missing), ("undescribed", unknown)):
            if found:
                raise PublishError(
                    f"The data of {self._spec.full_name} hold {what}: {_listed(found)}.",
                    hint="The columns of the data and of the description must be the same.",
                )

    def _check_rows(self, batch: pa.RecordBatch) -> pa.RecordBatch | None:
        columns: list[pa.Array] = []
        for field in self._schema:
            array = batch.column(field.name)
            if array.type != field.type:
                cast = _cast(array, field.type)
                if cast is None:
                    if field.name not in self._unfit:
                        self._unfit[field.name] = self._misfit(field, array)
                    continue
                array = cast
            columns.append(self._cleaned(field.name, array))
        if len(columns) < len(self._schema):
            return None
        checked = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        right = self._check_positions(checked)
        return checked if right is None else checked.filter(pa.array(right))

    def _cleaned(self, name: str, array: pa.Array) -> pa.Array:
        """A column without NaN; notes where text is not ASCII."""
        if name in (self._spec.position or ()):
            return array
        if pa.types.is_floating(array.type):
            nan = pc.is_nan(array)
            count = pc.sum(nan).as_py() or 0
            if count:
                self.nan[name] += count
                array = pc.if_else(nan, pa.scalar(None, array.type), array)
        elif (
            name in self._char - self.wide
            and pa.types.is_string(array.type)
            and not pc.all(pc.string_is_ascii(array), min_count=0).as_py()
        ):
            self.wide.add(name)
        return array

    def _misfit(self, field: pa.Field, array: pa.Array) -> str:
        low, high = 0, len(array)
        while high - low > 1:
            middle = (low + high) // 2
            if _cast(array.slice(low, middle - low), field.type) is None:
                high = middle
            else:
                low = middle
        return (
            f"Column {field.name} of {self._spec.full_name} is {array.type} and cannot become "
            f"{field.type}: {self._where(self._seen + low)} holds {array[low].as_py()!r}."
        )

    def _check_positions(self, batch: pa.RecordBatch) -> npt.NDArray[np.bool_] | None:
        """Which rows are on the sky; nothing if all are, or if it does not matter."""
        if self._spec.position is None:
            return None
        right = np.ones(batch.num_rows, np.bool_)
        for name, low, high in zip(self._spec.position, (0.0, -90.0), (360.0, 90.0), strict=True):
            column = batch.column(name)
            values = column.to_numpy(zero_copy_only=False)
            good = (values >= low) & (values <= high)
            if good.all():
                continue
            right &= good
            if not self._drop:
                wrong = np.flatnonzero(~good)
                self._counts[name] += len(wrong)
                named = self._astray.setdefault(name, [])
                for row in wrong[: _NAMED - len(named)].tolist():
                    named.append((self._seen + row, f"{name} = {column[row].as_py()}"))
        if right.all():
            return None
        if self._drop:
            self.dropped += int(np.count_nonzero(~right))
        return right

    def _sentences(self) -> Iterator[str]:
        yield from self._unfit.values()
        table = self._spec.full_name
        for name, found in self._astray.items():
            count = self._counts[name]
            rows = [self._where(row) for row, _ in found]
            if count == 1:
                row = rows[0][0].upper() + rows[0][1:]
                yield f"{row} of {table} has {found[0][1]}, which is no position."
                continue
            more = f" and {count - len(rows):,} more" if count > len(rows) else ""
            yield (
                f"{count:,} rows of {table} have {name} that is no position: "
                f"{', '.join(rows)}{more}; the first has {found[0][1]}."
            )

    def _hint(self) -> str:
        if not self._astray:
            return "Correct the datatype in the description, or the values."
        ra, dec = self._spec.position or ("", "")
        return (
            f"Every row needs {ra} between 0 and 360 and {dec} between -90 and 90 degrees: "
            "correct such rows, leave them out (--drop-bad-positions), or publish the table "
            "without positions (--no-position)."
        )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """The array as another type; nothing if a value does not fit."""
    try:
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if pa.types.is_float64(array.type) and pa.types.is_float32(kind):
            return array.cast(kind, safe=False)
        if pa.types.is_timestamp(kind) and pa.types.is_timestamp(array.type):
            return array.cast(kind, safe=False)
        if pa.types.is_timestamp(kind) and pa.types.is_string(array.type):
            array = instants(array)
        return array.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
