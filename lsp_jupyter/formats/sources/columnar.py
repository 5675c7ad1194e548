"""Parquet files, HATS catalogues and Arrow files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.ecsv import header_words
from lsp_jupyter.formats.sources.source import Source, described_field, join, listed, step
from lsp_jupyter.formats.sources.votable import fields_of

__all__ = ["arrow_source", "folder_source", "parquet_source"]

#: Columns that hats, LSDB and pandas add for themselves.
_ADDED = frozenset({"_healpix_29", "_healpix_19", "Norder", "Dir", "Npix", "__index_level_0__"})


def parquet_source(path: Path) -> Source:
    """A Parquet file.

    Units and descriptions are taken from the metadata of its Arrow fields, from
    a VOTable header (IVOA Note VOParquet 1.0), or from what astropy wrote.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it is not a Parquet file; while reading, if a page is broken.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            size = sum(
                file.metadata.row_group(number).total_byte_size
                for number in range(file.metadata.num_row_groups)
            )
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, "as a Parquet file", error) from None
    kept, notes = _without_added(schema)
    described, masks = _unmasked(_described(kept, schema.metadata or {}, path.name), schema)
    return Source(
        name=path.name,
        form="Parquet",
        schema=described,
        read=lambda: _masked(_pages(path, kept.names, step(size / max(1, rows))), masks),
        rows=rows,
        notes=notes,
    )


def _without_added(schema: pa.Schema) -> tuple[pa.Schema, tuple[str, ...]]:
    added = [name for name in schema.names if name in _ADDED]
    if not added:
        return schema, ()
    kept = pa.schema([each for each in schema if each.name not in _ADDED])
    return kept, (f"left out: {listed(added)}, which other programs add for themselves",)


def _unmasked(schema: pa.Schema, whole: pa.Schema) -> tuple[pa.Schema, dict[str, str]]:
    """The columns without those in which astropy keeps masks, and these by column."""
    masks = {}
    if b"table_meta_yaml" in (whole.metadata or {}):
        for field in schema:
            mask = f"{field.name}.mask"
            if mask in schema.names and pa.types.is_boolean(schema.field(mask).type):
                masks[field.name] = mask
    hidden = set(masks.values())
    return pa.schema([field for field in schema if field.name not in hidden]), masks


def _masked(
    batches: Iterator[pa.RecordBatch], masks: Mapping[str, str]
) -> Iterator[pa.RecordBatch]:
    """The rows with missing values where a mask says so."""
    hidden = set(masks.values())
    for batch in batches:
        if not masks:
            yield batch
            continue
        columns = {name: batch.column(name) for name in batch.schema.names if name not in hidden}
        for name, mask in masks.items():
            nothing = pa.scalar(None, columns[name].type)
            columns[name] = pc.if_else(batch.column(mask), nothing, columns[name])
        yield pa.RecordBatch.from_pydict(columns)


def _pages(path: Path, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                try:
                    yield from file.iter_batches(rows, row_groups=[group], columns=columns)
                except (pa.ArrowException, OSError) as error:
                    raise _broken(path, _culprits(file, group, columns), error) from None
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, "as a Parquet file", error) from None


def _culprits(file: pq.ParquetFile, group: int, columns: Sequence[str]) -> str:
    """Which columns of a row group cannot be read, and which rows those are."""
    wrong = []
    for name in columns:
        try:
            for _ in file.iter_batches(65_536, row_groups=[group], columns=[name]):
                pass
        except (pa.ArrowException, OSError):
            wrong.append(name)
    meta = file.metadata
    first = sum(meta.row_group(number).num_rows for number in range(group))
    last = first + meta.row_group(group).num_rows
    what = f"column{'s' * (len(wrong) > 1)} {listed(wrong)}" if wrong else "a page"
    return f"{what} in rows {first + 1:,} to {last:,} (row group {group + 1})"


def _broken(path: Path, what: str, error: Exception) -> PublishError:
    reason = str(error).splitlines()[0].replace(str(path), path.name).rstrip(".")
    return PublishError(
        f"{path.name} cannot be read {what}: {reason}."
        if what.startswith("as ")
        else f"{path.name} is broken: {what} cannot be read: {reason}.",
        hint="Fetch or write the file again.",
    )


def _described(schema: pa.Schema, metadata: dict[bytes, bytes], name: str) -> pa.Schema:
    """Fields with the words that the metadata of the file has for them."""
    words: dict[str, dict[str, str]] = {}
    if document := metadata.get(b"IVOA.VOTable-Parquet.content"):
        words = fields_of(document, name)
    elif text := metadata.get(b"table_meta_yaml"):
        words = header_words(text.decode("utf-8", "replace"), name)
    fields = []
    for each in schema:
        own = {
            key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
            for key, value in (each.metadata or {}).items()
        }
        own.pop("PARQUET:field_id", None)
        fields.append(described_field(each.name, each.type, words.get(each.name, {}) | own))
    return pa.schema(fields)


def folder_source(path: Path) -> Source:
    """A HATS catalogue, a HATS collection, or a folder of Parquet files.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it holds no Parquet file.
    """
    properties: dict[str, str] = {}
    for name in ("collection.properties", "hats.properties", "properties"):
        if (path / name).is_file():
            properties = _properties(path / name)
            break
    if primary := properties.get("hats_primary_table_url"):
        inner = (path / primary).resolve()
        if not inner.is_relative_to(path.resolve()):
            raise PublishError(
                f"{path.name} keeps its main table elsewhere.",
                hint="Name the folder of that table instead.",
            )
        return folder_source(inner)
    dataset = path / "dataset" if (path / "dataset").is_dir() else path
    files = sorted(
        file
        for file in dataset.rglob("*")
        if file.suffix in {".parquet", ".pq"} and not file.name.startswith(("_", "."))
    )
    if not files:
        raise PublishError(
            f"There is no Parquet file in the folder {path.name}.",
            hint="Name a HATS catalogue, or files.",
        )
    whole = join([parquet_source(file) for file in files])
    ra, dec = (properties.get(f"hats_col_{axis}", "") for axis in ("ra", "dec"))
    position = (ra, dec) if {ra, dec} <= set(whole.schema.names) else None
    return Source(
        name=path.name,
        form="HATS" if properties else f"{len(files)} Parquet files",
        schema=whole.schema,
        read=whole.read,
        rows=whole.rows,
        title=properties.get("obs_title", ""),
        description=properties.get("obs_description", ""),
        position=position,
        notes=whole.notes,
        where=whole.where,
    )


def _properties(path: Path) -> dict[str, str]:
    out = {}
    for line in path.read_text("utf-8", "replace").splitlines():
        key, sign, value = line.partition("=")
        if sign and not key.startswith("#"):
            out[key.strip()] = value.strip()
    return out


def arrow_source(path: Path) -> Source:
    """An Arrow IPC file (Feather) or stream.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it is neither; while reading, if it is broken.
    """
    try:
        with path.open("rb") as file:
            stream = file.read(6) != b"ARROW1"
        rows: int | None = None
        with pa.memory_map(str(path)) as mapped:
            if stream:
                schema = pa.ipc.open_stream(mapped).schema
            else:
                opened = pa.ipc.open_file(mapped)
                schema = opened.schema
                rows = sum(
                    opened.get_batch(number).num_rows for number in range(opened.num_record_batches)
                )
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, "as an Arrow file", error) from None
    kept, notes = _without_added(schema)
    return Source(
        name=path.name,
        form="Arrow",
        schema=_described(kept, schema.metadata or {}, path.name),
        read=partial(_messages, path, kept.names, stream),
        rows=rows,
        notes=notes,
    )


def _messages(path: Path, columns: Sequence[str], stream: bool) -> Iterator[pa.RecordBatch]:
    try:
        with pa.memory_map(str(path)) as mapped:
            if stream:
                batches: Iterator[pa.RecordBatch] = iter(pa.ipc.open_stream(mapped))
            else:
                opened = pa.ipc.open_file(mapped)
                batches = map(opened.get_batch, range(opened.num_record_batches))
            for batch in batches:
                rows = step(batch.nbytes / max(1, batch.num_rows))
                for start in range(0, batch.num_rows, rows):
                    yield batch.select(list(columns)).slice(start, rows)
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, "as an Arrow file", error) from None
