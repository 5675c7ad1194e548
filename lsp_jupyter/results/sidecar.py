"""The file beside a result that makes it complete."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from lsp_jupyter.engines.arrow_stream import Place, map_file
from lsp_jupyter.errors import EngineError, ResultNotFoundError

from .result import Result

__all__ = ["load", "save"]


def load(result_id: str, path: Path) -> Result:
    """The finished result of a stream and its sidecar.

    Parameters
    ----------
    result_id : `str`
        Its name.
    path : `~pathlib.Path`
        The stream.

    Raises
    ------
    lsp_jupyter.errors.ResultNotFoundError
        Raised if one of the two is missing.
    lsp_jupyter.errors.EngineError
        Raised if they cannot be read.
    """
    try:
        record = json.loads(path.with_suffix(".json").read_bytes())
        with path.open("rb") as file:
            data = map_file(file.fileno())
    except FileNotFoundError:
        raise ResultNotFoundError(
            "There is no such result.",
            hint="It may not have begun, or it was collected; run the query again.",
        ) from None
    except (ValueError, OSError) as error:
        raise EngineError("The result cannot be read.") from error
    return Result(
        result_id,
        path,
        data,
        header=record["header"],
        places=[Place(*place) for place in record["batches"]],
        complete=True,
        overflow=record["overflow"],
        size=record["size"],
        sha256=record["sha256"],
        told=record.get("told", {}),
    )


def save(result: Result, *, durable: bool) -> None:
    """Write the sidecar of a result: all of it or nothing.

    Parameters
    ----------
    result : `~lsp_jupyter.results.result.Result`
        A finished one.
    durable : `bool`
        Whether it must survive a power failure.
    """
    record: dict[str, Any] = {
        "header": result.header,
        "batches": [[place.offset, place.length, place.rows] for place in result.batches],
        "rows": result.rows,
        "size": result.size,
        "overflow": result.overflow,
        "sha256": result.sha256,
    }
    if result.told:
        record["told"] = dict(result.told)
    path = result.path.with_suffix(".json")
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(json.dumps(record, separators=(",", ":")).encode())
            file.flush()
            if durable:
                os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    if durable:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
