"""What a table in somebody's file is to those who read it."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from lsp_jupyter.errors import PublishError

__all__ = ["BATCH", "Options", "Source", "described_field", "join", "listed", "step"]

#: Bytes of a batch, about.
BATCH = 16 << 20


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a file, where it does not say itself.

    Attributes
    ----------
    table : `str`
        Which table of several: a name, or a number counted from 1.
    null : `tuple` of `str`
        Texts that mean a missing value in CSV.
    types : mapping
        VOTable datatypes of columns of CSV, which are not guessed then.
    empty : `bool`
        Whether a VOTable may be a table without data, of no rows.
    """

    table: str = ""
    null: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A table that can be read from its beginning, any number of times.

    Attributes
    ----------
    name : `str`
        What to call it: a file name without folders.
    form : `str`
        What it is, such as ``Parquet``.
    schema : `pyarrow.Schema`
        Its columns; the metadata of a field has the keys of
        `lsp_jupyter.formats.fields`: ``datatype unit ucd utype description xtype``.
    read : callable
        ``read()`` yields its rows, as `pyarrow.RecordBatch`.
    rows : `int`, optional
        How many, where that is known before.
    title, description : `str`
        Of the table.
    position : `tuple` of `str`, optional
        The columns of right ascension and declination, where it says so.
    notes : `tuple` of `str`
        What the reader should know of how it was read.
    guessed : `tuple` of `str`
        Columns whose types were guessed from their values.
    where : callable
        Names a row, counted from 0.
    """

    name: str
    form: str
    schema: pa.Schema
    read: Callable[[], Iterator[pa.RecordBatch]]
    rows: int | None = None
    title: str = ""
    description: str = ""
    position: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    where: Callable[[int], str] = lambda row: f"row {row + 1:,}"


def described_field(name: str, kind: pa.DataType, words: Mapping[str, str]) -> pa.Field:
    """A field with metadata, empty items left out."""
    return pa.field(name, kind, metadata={key: word for key, word in words.items() if word} or None)


def step(row_bytes: float) -> int:
    """Rows of a batch whose rows have so many bytes."""
    return max(256, min(65_536, int(BATCH / max(1, row_bytes))))


def listed(names: Sequence[str], most: int = 10) -> str:
    """Names with commas, the last ones only counted."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def join(sources: Sequence[Source]) -> Source:
    """Several sources of the same columns as one, in that order.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if their columns differ.
    """
    if len(sources) == 1:
        return sources[0]
    first = sources[0]
    for other in sources[1:]:
        lacking = [name for name in first.schema.names if name not in other.schema.names]
        extra = [name for name in other.schema.names if name not in first.schema.names]
        for what, names in (("lacks", lacking), ("has beyond them", extra)):
            if names:
                raise PublishError(
                    f"{other.name} {what} {listed(names)}, unlike {first.name}.",
                    hint="Files that make one table need the same columns.",
                )
    starts = [0]

    def read() -> Iterator[pa.RecordBatch]:
        starts[:] = [0]
        for source in sources:
            count = starts[-1]
            for batch in source.read():
                count += batch.num_rows
                yield batch
            starts.append(count)

    def where(row: int) -> str:
        number = min(bisect.bisect_right(starts, row), len(sources)) - 1
        source = sources[number]
        return f"{source.where(row - starts[number])} of {source.name}"

    known = [source.rows for source in sources if source.rows is not None]
    return Source(
        name=f"{len(sources)} files",
        form=first.form,
        schema=_unified(sources),
        read=read,
        rows=sum(known) if len(known) == len(sources) else None,
        title=first.title,
        description=first.description,
        position=first.position,
        notes=tuple(dict.fromkeys(note for source in sources for note in source.notes)),
        guessed=first.guessed,
        where=where,
    )


def _unified(sources: Sequence[Source]) -> pa.Schema:
    """Columns wide enough for all of them."""
    first = sources[0].schema
    fields = []
    for wanted in first:
        fields.append(wanted)
        for source in sources[1:]:
            other = source.schema.field(wanted.name)
            if other.type == fields[-1].type:
                continue
            pair = [pa.schema([pa.field("x", each.type)]) for each in (fields[-1], other)]
            try:
                kind = pa.unify_schemas(pair, promote_options="permissive").field(0).type
            except pa.ArrowException:
                raise PublishError(
                    f"Column {wanted.name} is {other.type} in {source.name} and "
                    f"{fields[-1].type} in {sources[0].name}.",
                    hint="Files that make one table need the same types.",
                ) from None
            fields[-1] = pa.field(wanted.name, kind, metadata=wanted.metadata)
    return pa.schema(fields)
