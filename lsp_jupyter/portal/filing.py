"""Tables as they are shown, written into the user's folder."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from lsp_jupyter.errors import ConflictError, NotFoundError, OverloadError, ParameterError
from lsp_jupyter.formats.registry import Rows, TableHeader, provenance, writer_for
from lsp_jupyter.images.access import addressed
from lsp_jupyter.portal.shown import ShownHandler, column_names
from lsp_jupyter.results.shown import shown_table
from lsp_jupyter.web.home import Home

__all__ = ["WorkspaceHandler", "write_new"]

#: Pieces of a file that are written between two looks at the disk.
_PIECES = 16


class WorkspaceHandler(ShownHandler):
    """``portal/results/{id}/workspace``: the table as it is shown becomes a file."""

    async def post(self, job_id: str) -> None:
        """Write it; answers ``path``, ``rows`` and ``bytes`` of the file.

        Fields ``view``, ``columns`` and ``format`` as for the download, the ``path`` of the file
        as JupyterLab has it, and ``replace``: whether a file of that name may be replaced. If
        there is one and it may not, the answer is 409 and nothing is changed.
        """
        view, body = await self.asked(
            {"columns": list, "format": str, "path": str, "replace": bool}
        )
        try:
            form = writer_for(body.get("format", "csv"))
        except ParameterError as error:
            raise ParameterError(error.message, parameter="format", hint=error.hint) from None
        text = body.get("path", "").strip("/")
        if not text:
            raise ParameterError("'path' is missing.", parameter="path", hint="Name a file.")
        home = Home.of(self.settings)
        path = home.path(text)
        if not await asyncio.to_thread(path.parent.is_dir):
            raise NotFoundError(
                f"There is no folder “{str(path.parent.relative_to(home.root))[:100]}”.",
                hint="Make it in the file browser first.",
            )
        result = await self.finished(job_id)
        names = column_names(body.get("columns"))
        shown = await self.unless_gone(
            shown_table(self.platform.views, self.platform.engine, result.id, view, names)
        )
        root = self.link()
        header = TableHeader(
            shown.schema,
            result.overflow,
            provenance(shown.schema),
            shown.rows,
            self.settings_of_instance.state(),
        )
        rows = Rows(lambda: addressed(root, shown.schema, shown.iter_batches()))
        size = await asyncio.to_thread(
            write_new,
            path,
            form.write(header, rows),
            replace=body.get("replace", False),
            floor=self.settings_of_instance.disk_floor,
            wanted=lambda: not self.gone.is_set(),
        )
        await self.send({"path": text, "rows": shown.rows, "bytes": size}, 201)


def write_new(
    path: Path,
    pieces: Iterable[bytes],
    *,
    replace: bool,
    floor: int,
    wanted: Callable[[], bool] = lambda: True,
) -> int:
    """Write a file, which appears when it is whole.

    Parameters
    ----------
    path : `~pathlib.Path`
        Where.
    pieces : iterable of `bytes`
        What it holds.
    replace : `bool`
        Whether a file that is there may be replaced.
    floor : `int`
        Bytes of disk space that must stay free.
    wanted : callable
        Asked now and then whether anybody still waits for it.

    Returns
    -------
    size : `int`
        Bytes of the file; 0 if nobody waited any more, and there is none.

    Raises
    ------
    lsp_jupyter.errors.ConflictError
        Raised if there is a file that may not be replaced.
    lsp_jupyter.errors.NotFoundError
        Raised if no file can be made there.
    lsp_jupyter.errors.OverloadError
        Raised if the disk is too full.
    """
    if path.is_dir() or (path.exists() and not replace):
        raise _taken(path)
    draft = path.with_name(f".{secrets.token_hex(6)}.part")
    try:
        with draft.open("xb") as out:
            for number, piece in enumerate(pieces):
                if number % _PIECES == 0:
                    if not wanted():
                        return 0
                    if shutil.disk_usage(path.parent).free < floor:
                        raise OverloadError(
                            "The disk is too full for this file.",
                            retry_after=60,
                            hint="Free some space, or save fewer rows or columns.",
                        )
                out.write(piece)
            size = out.tell()
        if replace:
            draft.replace(path)
        else:
            try:
                os.link(draft, path)
            except FileExistsError:
                raise _taken(path) from None
        return size
    except PermissionError:
        raise NotFoundError(
            f"Nothing can be written to the folder of “{path.name[:100]}”.",
            hint="Choose a folder of your own.",
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _taken(path: Path) -> ConflictError:
    return ConflictError(
        f"There is “{path.name[:100]}” already.", hint="Choose another name, or replace it."
    )
