"""From a foreign file to the Arrow IPC stream that a query reads.

Small harmless files are converted in a thread. Everything else is converted
in a process of its own with limits of memory and time, so that whatever a
file does to its reader, the server goes on.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.engines.process import environment
from lsp_jupyter.errors import (
    LimitError,
    LspError,
    ParameterError,
    PublishError,
    UsageError,
    error_from_dict,
)
from lsp_jupyter.formats.fields import Kind, metadata_of, vo_field
from lsp_jupyter.formats.guard import GuardLimits, guard, too_large
from lsp_jupyter.formats.sources.guess import instants
from lsp_jupyter.formats.sources.opening import open_file
from lsp_jupyter.formats.sources.source import Options, Source, listed

__all__ = ["convert", "convert_file"]

#: Bytes up to which a file is converted in a thread.
SMALL = 1 << 20
#: Address space of a converting process, and seconds it may take.
MEMORY = 4 << 30
SECONDS = 600.0
#: Processes at once.
AT_ONCE = 2

_TIME = pa.timestamp("us")
_WORDS = ("unit", "ucd", "utype", "description")


async def convert(source: Path, target: Path, name: str, *, max_bytes: int) -> None:
    """Check a foreign file and write its table as an Arrow IPC stream.

    Parameters
    ----------
    source : `~pathlib.Path`
        The file, which may be changed in its place.
    target : `~pathlib.Path`
        Where the stream goes; it must not exist.
    name : `str`
        What to call the table in messages.
    max_bytes : `int`
        Bytes of the file at most, after decompression.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is no table that can be read.
    lsp_jupyter.errors.LimitError
        Raised if it is too large, or takes too long.
    """
    try:
        if await asyncio.to_thread(_is_harmless, source):
            await asyncio.to_thread(convert_file, source, target, name, max_bytes)
        else:
            async with _turns():
                await _in_process(source, target, name, max_bytes)
    except LspError:
        await asyncio.to_thread(target.unlink, missing_ok=True)
        raise


def convert_file(source: Path, target: Path, name: str, max_bytes: int) -> None:
    """Do in this process what `convert` does; its parameters."""
    limits = GuardLimits(size=max_bytes)
    try:
        guard(source, name, limits)
        _write(open_file(source, Options(empty=True)), target, name, limits)
    except LimitError:
        raise
    except (PublishError, UsageError) as error:
        raise _told(error, source, name) from None
    except (pa.ArrowException, ValueError, KeyError, OverflowError, RecursionError) as error:
        raise ParameterError(
            f"{name} cannot be read: {str(error)[:200]}",
            parameter="UPLOAD",
            hint="Write the table again, or in another format.",
        ) from None


def _is_harmless(path: Path) -> bool:
    """Whether reading a file takes no more than its size suggests."""
    if path.stat().st_size > SMALL:
        return False
    with path.open("rb") as file:
        head = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") or not (b"\0" in head or head.startswith((b"#", b"\x1f", b"PAR1")))


def _told(error: LspError, source: Path, name: str) -> ParameterError:
    """The error of a reader that was made for whoever publishes tables, for an upload."""
    message = error.message.replace(source.name, name).replace("be published", "be read")
    hint = error.hint if "--" not in error.hint and "publish" not in error.hint else ""
    return ParameterError(message, parameter="UPLOAD", hint=hint or "Write the table again.")


# -- the table ---------------------------------------------------------------


def _write(source: Source, target: Path, name: str, limits: GuardLimits) -> None:
    _check_names(source, name, limits)
    plain: frozenset[str] = frozenset()
    while True:
        target.unlink(missing_ok=True)
        fields = [_field(field, plain) for field in source.schema]
        try:
            return _stream(source, pa.schema(fields), target, name, limits)
        except _NoTimeError as error:
            # The column says that it holds times, but it does not: it stays text.
            plain |= {str(error)}


def _stream(
    source: Source, schema: pa.Schema, target: Path, name: str, limits: GuardLimits
) -> None:
    told = {"lsp:title": source.title, "lsp:description": source.description}
    schema = schema.with_metadata({key: text for key, text in told.items() if text})
    rows = 0
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_stream(sink, schema) as stream:
        for batch in source.read():
            columns = [
                _column(batch.column(number), field, name) for number, field in enumerate(schema)
            ]
            stream.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            rows += batch.num_rows
            if rows > limits.rows:
                raise LimitError(f"{name} has more than {limits.rows:,} rows.")
            if sink.tell() > 4 * limits.size:
                raise too_large(f"{name}, decompressed,", 4 * limits.size)


def _check_names(source: Source, name: str, limits: GuardLimits) -> None:
    names = source.schema.names
    if not names:
        raise UsageError(f"{name} has no columns.", hint="Send a table.")
    if len(names) > limits.columns:
        raise LimitError(f"{name} has more than {limits.columns:,} columns.")
    if "" in names:
        raise UsageError(f"A column of {name} has no name.", hint="Name every column.")
    counts = Counter(each.lower() for each in names)
    twice = [each for each in names if counts[each.lower()] > 1]
    if twice:
        raise UsageError(
            f"{name} has columns of the same name: {listed(twice)}.",
            hint="Rename all but one of them; capitals make no difference.",
        )


def _field(field: pa.Field, plain: frozenset[str]) -> pa.Field:
    """The column as the engine and every format have it, with what is known of it."""
    hint = metadata_of(field)
    vo = vo_field(field)
    timed = vo.xtype == "timestamp" and field.name not in plain
    kind: pa.DataType = vo.type
    if vo.kind is Kind.TEXT:
        kind = _TIME if timed else pa.string()
    elif vo.kind is Kind.BYTES:
        kind = pa.binary()
    elif vo.kind is Kind.ARRAY and not pa.types.is_fixed_size_list(kind):
        kind = pa.list_(kind.value_type)
    xtype = "" if field.name in plain else vo.xtype
    words = {"datatype": vo.datatype, "arraysize": vo.arraysize, "xtype": xtype}
    if vo.kind is Kind.ARRAY and hint.get("datatype") == "unsignedByte":
        words["datatype"] = "unsignedByte"
    words |= {key: hint.get(key, "") for key in _WORDS}
    return pa.field(field.name, kind, metadata={k: v for k, v in words.items() if v})


class _NoTimeError(Exception):
    """A column that says that it holds times does not."""


def _column(array: pa.Array, field: pa.Field, name: str) -> pa.Array:
    try:
        return _cast(array, field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if field.type == _TIME and not pa.types.is_temporal(array.type):
            raise _NoTimeError(field.name) from None
        raise UsageError(
            f"Column {field.name} of {name} cannot become {field.type}: {str(error)[:200]}",
            hint="Write the column as plain numbers or text.",
        ) from None


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.cast(pa.string()) if pa.types.is_string(kind) else array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if kind == _TIME:
        if not pa.types.is_temporal(array.type):
            array = pc.utf8_trim_whitespace(array)
            array = instants(pc.if_else(pc.equal(array, ""), pa.scalar(None, array.type), array))
        elif getattr(array.type, "tz", None):
            # Local clocks are of no use: what is kept is UTC.
            array = array.cast(pa.timestamp(array.type.unit, "UTC")).cast(
                pa.timestamp(array.type.unit)
            )
        return array.cast(kind, safe=False)
    if pa.types.is_string(kind) and pa.types.is_nested(array.type):
        texts = [
            None if each is None else json.dumps(each, default=str) for each in array.to_pylist()
        ]
        return pa.array(texts, kind)
    if array.type != kind:
        array = array.cast(kind, safe=not pa.types.is_floating(kind))
    if pa.types.is_floating(kind) and pc.any(pc.is_nan(array), min_count=0).as_py():
        # The engine would take it for the largest number; VOTable has it for a missing one.
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, kind), array)
    return array


# -- the process -------------------------------------------------------------

_TURNS: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def _turns() -> asyncio.Semaphore:
    """Turns of this event loop."""
    loop = asyncio.get_running_loop()
    for other in [each for each in _TURNS if each.is_closed()]:
        del _TURNS[other]
    return _TURNS.setdefault(loop, asyncio.Semaphore(AT_ONCE))


async def _in_process(source: Path, target: Path, name: str, max_bytes: int) -> None:
    folder = target.parent
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-s", "-P", "-m", __name__),
        *(str(source), str(target), name, str(max_bytes)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        env=environment(folder),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SECONDS):
            answer, _ = await process.communicate()
    except TimeoutError:
        raise LimitError(
            f"Reading {name} takes longer than {SECONDS:g} s.", hint="Send a smaller table."
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = answer.splitlines()
    if process.returncode == 0 and not lines:
        return
    if lines:
        raise error_from_dict(json.loads(lines[-1]))
    raise ParameterError(
        f"{name} cannot be read: its reader failed.",
        parameter="UPLOAD",
        hint="Write the table again, or in another format.",
    )


def main(arguments: list[str]) -> None:
    """Convert one file within limits; an error is told on standard output."""
    source, target, name, max_bytes = arguments
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds = int(SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    told: Mapping[str, Any] = {}
    try:
        convert_file(Path(source), Path(target), name, int(max_bytes))
    except LspError as error:
        told = error.to_dict()
    except MemoryError:
        told = LimitError(
            f"{name} takes more memory than there is for an upload.", hint="Send a smaller table."
        ).to_dict()
    if told:
        sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
