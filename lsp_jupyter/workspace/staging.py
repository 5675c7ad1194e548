"""The tables that come with a query, from wherever the request says they are."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import ParameterError
from lsp_jupyter.identity import Caller
from lsp_jupyter.jobs.runner import Jobs
from lsp_jupyter.jobs.upload_parameter import Upload
from lsp_jupyter.jobs.uploads import StagedUploads

from .folder import user_folder

__all__ = ["stage"]

_FILE = "workspace:"
_JOB = re.compile(r"job:([0-9a-f]{32})")


async def stage(
    uploads: Sequence[Upload],
    parts: Mapping[str, Path | bytes],
    *,
    config: LspConfig,
    jobs: Jobs,
    caller: Caller,
) -> StagedUploads:
    """Read the tables that come with a request.

    Parameters
    ----------
    uploads : sequence of `~lsp_jupyter.jobs.upload_parameter.Upload`
        Each is ``param:<part>`` of the request, ``job:<id>``, which is a result of the
        caller, or ``workspace:<path>``, a file of the caller.
    parts : mapping
        The parts of the request by name. Files may be changed in their place.
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance, and where its state is.
    jobs : `~lsp_jupyter.jobs.runner.Jobs`
        Has the results.
    caller : `~lsp_jupyter.identity.Caller`
        Who asks.

    Returns
    -------
    staged : `~lsp_jupyter.jobs.uploads.StagedUploads`
        What a new job takes over.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if one is missing, cannot be read, or is not the caller's; and if a
        file came that no upload names. Nothing is left then.
    """
    for upload in uploads:
        if upload.part is not None and upload.part not in parts:
            raise _wrong(
                f"There is no part “{upload.part[:60]}” in the request.",
                f"It has {', '.join(sorted(parts))[:200]}."
                if parts
                else "Send a multipart/form-data body with the table as a file.",
            )
    unused = set(parts) - {upload.part for upload in uploads}
    if unused:
        raise _wrong(
            f"The file “{min(unused)[:60]}” came, but UPLOAD does not name it.",
            "Add UPLOAD=name,param:part, with the name of the file in the form as the part.",
        )
    staged = StagedUploads(jobs.uploads.staging(), config.upload_max_bytes)
    try:
        for upload in uploads:
            if upload.part is not None:
                source = parts[upload.part]
                if isinstance(source, Path):
                    await staged.add_file(upload.name, source)
                else:
                    await staged.add_bytes(upload.name, source)
            elif upload.uri.startswith(_FILE):
                user = user_folder(config.state(), caller.subject)
                path = upload.uri.removeprefix(_FILE)
                file = await asyncio.to_thread(user.open, path)
                await staged.add_copy(upload.name, file, called=path.rpartition("/")[2][:100])
            elif found := _JOB.fullmatch(upload.uri):
                result = jobs.result(caller, found[1])
                await asyncio.to_thread(staged.add_result, upload.name, result.path)
            else:
                raise _wrong(
                    f"The table {upload.name} is at an address that is not fetched.",
                    "Send the table itself with param:, or name a result of yours as job:<id>, "
                    "or a file of yours as workspace:<path>.",
                )
    except BaseException:
        await asyncio.to_thread(staged.discard)
        raise
    return staged


def _wrong(message: str, hint: str) -> ParameterError:
    return ParameterError(message, parameter="UPLOAD", hint=hint)
