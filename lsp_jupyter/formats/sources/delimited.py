"""CSV, TSV and ECSV files.

A text file does not say what its columns are, so it is read twice: once to
learn which type every value of a column fits, and where one does not.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.fields import arrow_type
from lsp_jupyter.formats.sources.ecsv import parse_arrays, parse_header
from lsp_jupyter.formats.sources.guess import Guess, instants
from lsp_jupyter.formats.sources.source import Options, Source, listed

__all__ = ["NULLS", "delimited_source"]

#: Texts that mean a missing value, unless they stand in quotation marks.
NULLS = ("", "NULL", "null", "NaN", "nan", "NAN")

_BLOCK = 8 << 20
#: Bytes at the beginning that must hold comments and names.
_HEAD = 64 << 20
#: Ragged rows that a report names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the text is laid out.

    Names of columns, what separates them, lines before the rows, texts that mean
    a missing value, and whether they do so in quotation marks too.
    """

    names: tuple[str, ...]
    delimiter: str
    skip: int
    null: tuple[str, ...]
    quoted: bool = False


def delimited_source(path: Path, options: Options) -> Source:
    """A text file with a line of column names.

    Lines that begin with ``#`` before the names are comments; those of ECSV are
    understood.

    Parameters
    ----------
    path : `~pathlib.Path`
        The file, which may be compressed by gzip.
    options : `~lsp_jupyter.formats.sources.source.Options`
        Texts that mean a missing value, and known types.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if names are missing or twice there, a row has another number of
        cells, or a column holds values of different kinds.
    """
    comments, layout = _head(path, options)
    header = None
    if comments and comments[0].startswith("%ECSV"):
        header = parse_header("\n".join(each for each in comments if each[:1] != "%"), path.name)
        layout = _names(path, comments, header.delimiter, options)
        # Between blanks, a missing value can only be written as a quoted text.
        layout = replace(layout, quoted=layout.delimiter == " ")
        declared = [field.name for field in header.fields]
        if declared != list(layout.names):
            raise PublishError(
                f"The header of {path.name} describes {listed(declared)}, "
                f"but its columns are {listed(layout.names)}."
            )
    _check_names(path, layout)
    fields = header.fields if header is not None else ()
    known: dict[str, pa.DataType] = {field.name: field.type for field in fields}
    words = {field.name: field.metadata for field in fields}
    for name, datatype in options.types.items():
        if name in layout.names:
            known[name] = _declared(name, datatype)
    guesses = {name: Guess(name) for name in layout.names if name not in known}
    rows = _scan(path, layout, guesses)
    if any(guess.quoted for guess in guesses.values()):
        layout = replace(layout, quoted=True)
    types = known | {name: guess.type for name, guess in guesses.items()}
    schema = pa.schema(
        [pa.field(name, types[name], metadata=words.get(name)) for name in layout.names]
    )
    mixed = [text for guess in guesses.values() if (text := guess.mixed)]
    if mixed:
        more = f" {len(mixed) - 5} more columns are mixed too." if len(mixed) > 5 else ""
        raise PublishError(
            f"{path.name} has columns of mixed types. {' '.join(mixed[:5])}{more}",
            hint="Correct the values; or say which text means a missing value (--null), or that "
            "the column is text (--type NAME=char).",
        )
    form = "ECSV" if header is not None else "TSV" if layout.delimiter == "\t" else "CSV"
    return Source(
        name=path.name,
        form=form,
        schema=schema,
        read=partial(_batches, path, layout, schema),
        rows=rows,
        title=header.title if header is not None else "",
        notes=tuple(text for guess in guesses.values() if (text := guess.note)),
        guessed=tuple(guesses),
    )


def _declared(name: str, datatype: str) -> pa.DataType:
    try:
        return arrow_type(datatype)
    except KeyError:
        raise PublishError(
            f"Column {name} cannot be of the unknown type {datatype}.",
            hint="Use boolean, unsignedByte, short, int, long, float, double or char.",
        ) from None


def _head(path: Path, options: Options) -> tuple[list[str], _Layout]:
    """The comments before the names, and the layout as it looks."""
    comments = []
    for line in _lines(path):
        if not line.startswith("#"):
            break
        comments.append(line[1:].removeprefix(" ").rstrip())
    else:
        raise PublishError(f"{path.name} holds no line of column names.")
    counts = {sign: line.count(sign) for sign in (",", "\t", ";", "|")}
    best = max(counts, key=lambda sign: counts[sign])
    delimiter = best if counts[best] else ","
    return comments, _names(path, comments, delimiter, options)


def _lines(path: Path) -> Iterator[str]:
    """The lines at the beginning of a file."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            size = 0
            while size < _HEAD and (line := file.readline(_HEAD)):
                size += len(line)
                yield line.decode("utf-8-sig" if size == len(line) else "utf-8").rstrip("\r\n")
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> PublishError:
    if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error).upper().replace("-", ""):
        return PublishError(
            f"{path.name} is not UTF-8 text: {str(error).splitlines()[0]}.",
            hint="Convert it, for example: iconv -f latin1 -t utf-8.",
        )
    reason = str(error).splitlines()[0].rstrip(".")
    return PublishError(f"{path.name} cannot be read: {reason}.")


def _names(path: Path, comments: Sequence[str], delimiter: str, options: Options) -> _Layout:
    if len(delimiter) != 1:
        raise PublishError(f"{path.name} has a delimiter of more than one character.")
    for number, line in enumerate(_lines(path)):
        if number == len(comments):
            row = next(csv.reader([line], delimiter=delimiter), [])
            names = tuple(name.strip() for name in row)
            return _Layout(
                names, delimiter, number + 1, tuple(dict.fromkeys((*NULLS, *options.null)))
            )
    raise PublishError(f"{path.name} holds no line of column names.")


def _check_names(path: Path, layout: _Layout) -> None:
    places: dict[str, list[str]] = {}
    for number, name in enumerate(layout.names, 1):
        places.setdefault(name, []).append(str(number))
    if "" in places:
        raise PublishError(
            f"{path.name} has columns without a name: number {listed(places[''])}.",
            hint="The first line must name every column.",
        )
    twice = [f"{name} (numbers {', '.join(at)})" for name, at in places.items() if len(at) > 1]
    if twice:
        raise PublishError(
            f"{path.name} has columns of the same name: {listed(twice)}.",
            hint="Rename all but one of them.",
        )
    if all(_is_number(name) for name in layout.names):
        raise PublishError(
            f"{path.name} begins with numbers instead of the names of its columns.",
            hint="Put a line of names before them.",
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _open(
    path: Path,
    layout: _Layout,
    types: Mapping[str, pa.DataType],
    handler: pyarrow.csv.InvalidRowHandler | None = None,
) -> Iterator[pa.RecordBatch]:
    try:
        with pa.input_stream(str(path), compression="detect", buffer_size=1 << 20) as stream:
            yield from pyarrow.csv.open_csv(
                stream,
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=handler is None,
                    block_size=_BLOCK,
                    column_names=list(layout.names),
                    skip_rows=layout.skip,
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=layout.delimiter,
                    newlines_in_values=True,
                    invalid_row_handler=handler,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict(types),
                    null_values=list(layout.null),
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=layout.quoted,
                ),
            )
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None


def _scan(path: Path, layout: _Layout, guesses: Mapping[str, Guess]) -> int:
    """Look at every value; gives the number of rows."""
    ragged: list[str] = []
    count = 0

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        nonlocal count
        count += 1
        if row.number is not None and count <= _NAMED:
            ragged.append(f"row {row.number - layout.skip:,} has {row.actual_columns}")
        return "skip"

    rows = 0
    for batch in _open(path, layout, dict.fromkeys(layout.names, pa.string()), skip):
        for guess in guesses.values():
            guess.look(batch.column(guess.name), rows)
        rows += batch.num_rows
    if count:
        more = f" and {count - len(ragged):,} more" if count > len(ragged) else ""
        raise PublishError(
            f"{path.name} has {count:,} rows that do not have {len(layout.names)} cells: "
            f"{', '.join(ragged)}{more}.",
            hint="Put cells that hold the delimiter into quotation marks.",
        )
    return rows


def _batches(path: Path, layout: _Layout, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    text = pa.string()
    direct = {
        field.name: field.type
        if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        else text
        for field in schema
    }
    first = 0
    for batch in _open(path, layout, direct):
        columns = []
        for field, column in zip(schema, batch.columns, strict=True):
            try:
                columns.append(_converted(column, field.type))
            except (pa.ArrowInvalid, ValueError) as error:
                raise PublishError(
                    f"Column {field.name} of {path.name} is not all {field.type} in rows "
                    f"{first + 1:,} to {first + batch.num_rows:,}: {str(error).splitlines()[0]}."
                ) from None
        first += batch.num_rows
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _converted(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type == kind:
        return column
    if pa.types.is_boolean(kind):
        return pc.utf8_lower(pc.utf8_trim_whitespace(column)).cast(kind)
    if pa.types.is_timestamp(kind):
        return instants(column).cast(kind)
    return parse_arrays(column, kind)
