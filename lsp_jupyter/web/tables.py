"""Tables as answers, in any of the formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_jupyter.formats.header import Rows, TableHeader

if TYPE_CHECKING:
    from lsp_jupyter.formats.registry import Format
    from lsp_jupyter.web.handler import BaseHandler

__all__ = ["send_rows"]


async def send_rows(
    handler: BaseHandler,
    form: Format,
    header: TableHeader,
    rows: Rows,
    name: str,
    *,
    small: bool = False,
    shown: bool = False,
) -> None:
    """Answer with a table.

    Whether rows were cut off is in a header and in the name of the file too,
    for the formats that cannot say it.

    Parameters
    ----------
    handler : `~lsp_jupyter.web.handler.BaseHandler`
        Of the request.
    form : `~lsp_jupyter.formats.registry.Format`
        How to write it.
    header : `~lsp_jupyter.formats.header.TableHeader`
        Columns and infos.
    rows : `~lsp_jupyter.formats.header.Rows`
        The rows.
    name : `str`
        Of the file, without extension.
    small : `bool`
        Whether it is written at once: that takes less than handing it to a thread.
    shown : `bool`
        Whether a browser may show a page instead of saving it.
    """
    cut = header.cut_off()
    handler.set_header("Content-Type", form.mime)
    handler.set_header("X-LSP-Overflow", "true" if cut else "false")
    if header.rows is not None:
        handler.set_header("X-LSP-Rows", str(header.rows))
    if shown and form.policy:
        policy = f"{handler.content_security_policy}; {form.policy}"
        handler.set_header("Content-Security-Policy", policy)
    else:
        handler.attach(f"{name}{'-overflow' if cut else ''}.{form.extension}")
    document = form.write(header, rows)
    if small and not form.stored:
        await handler.finish(b"".join(document))
    else:
        await handler.stream(document, compress=not form.packed)
