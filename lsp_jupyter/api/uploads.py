"""The UPLOAD parameter of TAP (TAP 1.1 section 2.7.6, DALI 1.1 section 3.4.5).

``UPLOAD=name,param:part`` takes a table from the request itself. Addresses of
other servers are not fetched; the caller's own results are taken by their
address here or as ``job:<id>``, the caller's own files as ``workspace:<path>``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lsp_jupyter.adql.words import RESERVED
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import LimitError, ParameterError
from lsp_jupyter.jobs.uploads import StagedUploads
from lsp_jupyter.web import BaseHandler
from lsp_jupyter.web.multipart import MultipartForm, Receiver, boundary_of
from lsp_jupyter.workspace.folder import user_folder

__all__ = ["Upload", "UploadHandler", "parse_uploads", "stage"]

#: Tables that one request may upload.
MOST = 32

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_RESULT = re.compile(r"tap/async/([0-9a-f]{32})/results/result")
_FILE = "workspace:"
_JOB = re.compile(r"job:([0-9a-f]{32})")

_HOW = "Write UPLOAD=name,param:part, where part is the name of the file in the form."


@dataclass(frozen=True, slots=True)
class Upload:
    """One table of an UPLOAD parameter.

    Attributes
    ----------
    name : `str`
        What queries call it, without the schema.
    uri : `str`
        Where it is.
    """

    name: str
    uri: str

    @property
    def part(self) -> str | None:
        """The part of the form that it is; `None` if it is elsewhere."""
        return self.uri[6:] if self.uri.lower().startswith("param:") else None

    def __str__(self) -> str:
        return f"{self.name},{self.uri}"


def parse_uploads(values: Iterable[str]) -> list[Upload]:
    """The tables that the values of UPLOAD name.

    Parameters
    ----------
    values : iterable of `str`
        Each ``name,uri``, or several of them with ``;`` between.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if one is not of that form, a name is none, or is there twice.
    lsp_jupyter.errors.LimitError
        Raised if there are too many.
    """
    found: list[Upload] = []
    for text in (each.strip() for value in values for each in value.split(";")):
        if not text:
            continue
        name, comma, uri = (each.strip() for each in text.partition(","))
        if not comma or not uri:
            raise _wrong(f"“{text[:80]}” is not a name and an address with a comma between.", _HOW)
        if not _NAME.fullmatch(name):
            raise _wrong(
                f"“{name[:60]}” cannot be the name of an uploaded table.",
                "Use letters, digits and underscores, and begin with a letter. "
                "Queries put TAP_UPLOAD. before it.",
            )
        if name.upper() in RESERVED:
            raise _wrong(f"{name} is a word of ADQL.", "Give the uploaded table another name.")
        if any(name.lower() == other.name.lower() for other in found):
            raise _wrong(
                f"Two uploaded tables are called {name}.",
                "Give them different names; capitals make no difference.",
            )
        found.append(Upload(name, uri))
    if len(found) > MOST:
        raise LimitError(f"There are {len(found)} uploads; {MOST} are possible in a request.")
    return found


class UploadHandler(BaseHandler):
    """Base of the routes that tables can be sent to, in forms whose files go to disk."""

    @property
    def form(self) -> MultipartForm | None:
        """The form that this request's body is, if it may have files."""
        return self.receiver if isinstance(self.receiver, MultipartForm) else None

    def takes_files(self) -> bool:
        """Whether this route does; all methods but POST do not."""
        return True

    def body_max(self) -> int:
        """Bytes the body may have."""
        most = super().body_max()
        if self.request.method == "POST" and self.takes_files() and self._boundary():
            most += self.settings_of_instance.upload_max_bytes
        return most

    def receive(self) -> Receiver | None:
        """What takes the body: a form's files go to disk."""
        boundary = self._boundary()
        if self.request.method != "POST" or boundary is None or not self.takes_files():
            return None
        config = self.settings_of_instance
        return MultipartForm(
            boundary,
            self.platform.jobs.uploads.staging(),
            limit=config.upload_max_bytes,
            values=3 * config.query_max_bytes,
            floor=config.disk_floor,
        )

    def _boundary(self) -> bytes | None:
        return boundary_of(self.request.headers.get("Content-Type", ""))


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
    parts = dict(given.files)
    taken = {upload.name: _part(upload, parts, given) for upload in uploads}
    unused = set(parts) - {upload.part for upload in uploads}
    if unused:
        raise _wrong(
            f"The file “{min(unused)[:60]}” came, but UPLOAD does not name it.",
            "Add UPLOAD=name,param:part, with the name of the file in the form as the part.",
        )
    store, config = handler.platform.jobs.uploads, handler.settings_of_instance
    staged = StagedUploads(store.staging(), config.upload_max_bytes)
    try:
        for upload in uploads:
            source = taken[upload.name]
            if isinstance(source, Path):
                await staged.add_file(upload.name, source)
            elif isinstance(source, bytes):
                await staged.add_bytes(upload.name, source)
            elif upload.uri.startswith(_FILE):
                user = user_folder(handler.platform.state, handler.caller.subject)
                file = await asyncio.to_thread(user.open, upload.uri.removeprefix(_FILE))
                await staged.add_copy(upload.name, file)
            else:
                await _add_result(handler, staged, upload)
    except BaseException:
        await asyncio.to_thread(staged.discard)
        raise
    return staged


def _part(upload: Upload, parts: Mapping[str, Path], given: Parameters) -> Path | bytes | None:
    """The file of an upload; `None` if it is not in the request."""
    name = upload.part
    if name is None:
        return None
    if name in parts:
        return parts[name]
    text = given.all(name.upper())
    if text:
        return text[0].encode()
    raise _wrong(
        f"There is no part “{name[:60]}” in the request.",
        f"It has {', '.join(sorted(parts))[:200]}."
        if parts
        else "Send a multipart/form-data body with the table as a file.",
    )


async def _add_result(handler: BaseHandler, staged: StagedUploads, upload: Upload) -> None:
    """Take a result of the caller's own."""
    uri = upload.uri
    root = handler.link()
    here = uri.removeprefix(root) if uri.startswith(root) else uri
    path = urlsplit(root).path
    here = here.removeprefix(path) if here.startswith(path) else here
    found = _JOB.fullmatch(uri) or _RESULT.fullmatch(here)
    if found is None:
        raise _wrong(
            f"The table {upload.name} is at an address that is not fetched.",
            "Send the table itself with param:, or name a result of yours as job:<id>, "
            "or a file of yours as workspace:<path>.",
        )
    result = handler.platform.jobs.result(handler.caller, found[1])
    await asyncio.to_thread(staged.add_result, upload.name, result.path)


def _wrong(message: str, hint: str) -> ParameterError:
    return ParameterError(message, parameter="UPLOAD", hint=hint)
