"""The UPLOAD parameter of TAP (TAP 1.1 section 2.7.6, DALI 1.1 section 3.4.5).

``UPLOAD=name,param:part`` takes a table from the request itself. Addresses of
other servers are not fetched; the caller's own results are taken by their
address here or as ``job:<id>``, the caller's own files as ``workspace:<path>``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.jobs.upload_parameter import parse_uploads
from lsp_jupyter.jobs.uploads import StagedUploads
from lsp_jupyter.web import BaseHandler
from lsp_jupyter.workspace import staging

__all__ = ["stage"]

_RESULT = re.compile(r"tap/async/([0-9a-f]{32})/results/result")


async def stage(handler: BaseHandler, given: Parameters) -> StagedUploads | None:
    """Read the tables that come with a request; `None` if there are none.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if one is missing, cannot be read, or is not the caller's.
    """
    uploads = parse_uploads(given.all("UPLOAD"))
    if not uploads and not given.files:
        return None
    parts: dict[str, Path | bytes] = dict(given.files)
    for upload in uploads:
        # A table may also be the value of a parameter of that name.
        if upload.part is not None and upload.part not in parts:
            text = given.all(upload.part.upper())
            if text:
                parts[upload.part] = text[0].encode()
    return await staging.stage(
        [replace(upload, uri=_local(handler, upload.uri)) for upload in uploads],
        parts,
        config=handler.settings_of_instance,
        jobs=handler.platform.jobs,
        caller=handler.caller,
    )


def _local(handler: BaseHandler, uri: str) -> str:
    """The address of a result here as ``job:<id>``; others as they are."""
    root = handler.link()
    here = uri.removeprefix(root) if uri.startswith(root) else uri
    path = urlsplit(root).path
    here = here.removeprefix(path) if here.startswith(path) else here
    found = _RESULT.fullmatch(here)
    return uri if found is None else f"job:{found[1]}"
