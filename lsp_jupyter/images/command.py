"""``lsp publish --butler``: the images of a repository."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TextIO

from lsp_jupyter.catalogs.meter import Bar
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import UsageError
from lsp_jupyter.images.publishing import publish_images
from lsp_jupyter.images.repositories import Repository

__all__ = ["publish_butler"]


def publish_butler(config: LspConfig, options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Publish the images of a Butler repository.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Names the state folder and the authority.
    options : `argparse.Namespace`
        Parsed arguments of ``lsp publish``.
    out, err : text files
        For what was asked for, and for how it goes.

    Returns
    -------
    code : `int`
        0.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if it cannot be done; nothing is changed then.
    """
    if options.source or options.table:
        raise UsageError(
            "--butler publishes images, not a table.", hint="Leave out the file and --table."
        )
    if not options.release:
        raise UsageError("The images need a name.", hint="Write --release NAME, such as dp1.")
    if not options.collection:
        raise UsageError(
            "A repository has several collections.",
            hint="Name the one with the images: --collection NAME.",
        )
    repository = Repository(options.release, _absolute(options.butler), tuple(options.collection))
    catalog = Catalog(config.state())
    bar = Bar(err)
    started = time.monotonic()
    try:
        done = publish_images(
            catalog,
            repository,
            authority=config.authority,
            name=options.title,
            progress=bar.say,
            meter=bar,
        )
    finally:
        bar.close()
        catalog.close()
    out.write(
        f"ivoa.ObsCore: {done.added:,} images of {repository.release} added, "
        f"{done.removed:,} removed, {done.kept:,} kept, "
        f"in {time.monotonic() - started:,.1f} s\n"
    )
    return 0


def _absolute(uri: str) -> str:
    """A repository as any process finds it."""
    return uri if "://" in uri else str(Path(uri).expanduser().absolute())
