"""The images of a state folder for commands, which work without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.pool import ImagePool

__all__ = ["opened_images"]


@asynccontextmanager
async def opened_images(
    config: LspConfig, spool: str
) -> AsyncIterator[tuple[ImageArchive, ImagePool]]:
    """The archive, and processes that read pixels; both are closed in the end.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Names the state folder.
    spool : `str`
        What the folder for temporary files is called.
    """
    from lsp_jupyter.catalogs.store import Catalog
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.index import ImageIndex
    from lsp_jupyter.images.pool import ImagePool
    from lsp_jupyter.images.stores.chain import StoreChain

    state = config.state()
    stores = StoreChain(config, state / "cache" / "images")
    catalog = Catalog(state)
    archive = ImageArchive(catalog, ImageIndex(state), stores)
    pool = ImagePool(config, state / "spool" / spool)
    try:
        await pool.start()
        yield archive, pool
    finally:
        await pool.close()
        await stores.close()
        archive.close()
        catalog.close()
