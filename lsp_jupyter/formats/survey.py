"""What some formats must know of all rows before they can write the first one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.errors import LspError, QueryError
from lsp_jupyter.formats.cells import cast, plain
from lsp_jupyter.formats.fields import Kind, VOField
from lsp_jupyter.formats.header import Rows, TableHeader

__all__ = ["Survey", "rereadable", "with_nulls"]

#: A type with room for a value that stands for a missing one, where all of another's are taken.
_WIDER = {
    "unsignedByte": ("short", pa.int16()),
    "short": ("int", pa.int32()),
    "int": ("long", pa.int64()),
}


@dataclass(slots=True)
class Survey:
    """What was seen of the values of one column.

    Attributes
    ----------
    vo : `~lsp_jupyter.formats.fields.VOField`
        The column.
    missing : `bool`
        Whether a value is missing.
    free : `list` of `int`
        Of an integer, some values that it never has.
    """

    vo: VOField
    missing: bool = False
    free: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.vo.kind is Kind.NUMBER and pa.types.is_integer(self.vo.type):
            bits = self.vo.type.bit_width
            low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
            self.free = [] if bits == 8 else [low, high, low + 1, high - 1]

    def see(self, array: pa.Array) -> None:
        """Look at more of its values."""
        self.missing |= array.null_count > 0
        if not self.free:
            return
        values = cast(plain(array), self.vo.type, self.vo)
        ends = pc.min_max(values).as_py()
        if ends["min"] is not None:
            self.free = [
                each
                for each in self.free
                if not ends["min"] <= each <= ends["max"]
                or not pc.any(pc.equal(values, each), min_count=0).as_py()
            ]

    def nullable(self) -> VOField:
        """The column with a value that stands for a missing one, if there is any to tell.

        Raises
        ------
        lsp_jupyter.errors.QueryError
            Raised if no value is left for that.
        """
        vo = self.vo
        if not self.missing or vo.kind is not Kind.NUMBER or not pa.types.is_integer(vo.type):
            return vo
        if self.free:
            return replace(vo, null=self.free[0])
        if vo.datatype not in _WIDER:
            raise QueryError(
                f'Column "{vo.name}" uses every number that could stand for a missing one.',
                hint="Take the result as VOTable BINARY2, Parquet or Arrow.",
            )
        datatype, type_ = _WIDER[vo.datatype]
        return replace(vo, datatype=datatype, type=type_, null=-(1 << (type_.bit_width - 1)))


def with_nulls(fields: Sequence[VOField], batches: Iterable[pa.RecordBatch]) -> tuple[VOField, ...]:
    """The columns, each integer that is missing somewhere with a value that says so.

    Parameters
    ----------
    fields : sequence of `~lsp_jupyter.formats.fields.VOField`
        The columns.
    batches : iterable of `pyarrow.RecordBatch`
        All rows.

    Raises
    ------
    lsp_jupyter.errors.QueryError
        Raised if a column has no value left for that.
    """
    columns = [Survey(vo) for vo in fields]
    # Where reading fails, or a value fits no type, writing the rows will tell.
    with suppress(LspError):
        for batch in batches:
            for column, array in zip(columns, batch.columns, strict=True):
                column.see(array)
    return tuple(column.nullable() for column in columns)


@contextmanager
def rereadable(
    header: TableHeader, batches: Iterable[pa.RecordBatch]
) -> Iterator[Iterable[pa.RecordBatch]]:
    """Batches that can be read more than once: as they are, or from a file they are put in."""
    if iter(batches) is not batches:
        yield batches
        return
    with tempfile.NamedTemporaryFile(dir=header.scratch) as file:
        failure = None
        with pa.ipc.new_stream(file.name, header.schema) as stream:
            try:
                for batch in batches:
                    stream.write_batch(batch)
            except LspError as error:
                failure = error
        yield Rows(lambda: _again(file.name, failure))


def _again(name: str, failure: LspError | None) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(name) as data:
        yield from pa.ipc.open_stream(data)
    if failure is not None:
        raise failure
