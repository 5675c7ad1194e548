"""``lsp publish --butler`` and ``--images``: the images of a repository or of a folder."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from lsp_jupyter.catalogs.meter import Bar
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import UsageError
from lsp_jupyter.images.publishing import Refresh, publish_folder, publish_images
from lsp_jupyter.images.repositories import Repository

__all__ = ["publish_pictures"]

#: Seconds that a few images may take to be read.
_SECONDS = 600.0
#: Problems that are told one by one.
_SHOWN = 20


def publish_pictures(
    config: LspConfig, options: argparse.Namespace, out: TextIO, err: TextIO
) -> int:
    """Publish the images of a Butler repository, or of a folder of FITS files.

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
    publish = _from_folder(config, options) if options.images else _from_butler(config, options)
    catalog = Catalog(config.state())
    bar = Bar(err)
    started = time.monotonic()
    failed: dict[str, str] = {}
    try:
        done = publish(catalog, bar)
        if not options.no_overviews:
            failed = asyncio.run(_overviews(config, options.release, err))
    finally:
        bar.close()
        catalog.close()
    out.write(
        f"ivoa.ObsCore: {done.added:,} images of {options.release} added, "
        f"{done.removed:,} removed, {done.kept:,} kept, "
        f"in {time.monotonic() - started:,.1f} s\n"
    )
    _tell_problems([*done.problems, *(f"{did}: {why}" for did, why in failed.items())], err)
    return 0


async def _overviews(config: LspConfig, release: str, err: TextIO) -> dict[str, str]:
    """Make small versions of the images of visits whose files are here; gives what failed."""
    from lsp_jupyter.images.focal_plane.make import Overviews
    from lsp_jupyter.images.standalone import opened_images

    bar = Bar(err, "images")
    async with opened_images(config, "overviews") as (archive, pool):
        overviews = Overviews(config.state(), archive, pool)
        files = [
            file
            for file in archive.index.release(release)
            if "detector" in file.data_id
            and not {"visit", "exposure"}.isdisjoint(file.data_id)
            and not file.remote
        ]
        overviews.forget(release, files)
        try:
            return await overviews.make(
                files, seconds=_SECONDS, told=lambda done, of: bar("overviews", done, of)
            )
        finally:
            bar.close()


def _from_butler(
    config: LspConfig, options: argparse.Namespace
) -> Callable[[Catalog, Bar], Refresh]:
    _check(options, "--butler")
    if not options.collection:
        raise UsageError(
            "A repository has several collections.",
            hint="Name the one with the images: --collection NAME.",
        )
    if options.pattern:
        raise UsageError("--pattern is for --images.")
    repository = Repository(options.release, _absolute(options.butler), tuple(options.collection))
    return lambda catalog, bar: publish_images(
        catalog,
        repository,
        authority=config.authority,
        name=options.title,
        progress=bar.say,
        meter=bar,
    )


def _from_folder(
    config: LspConfig, options: argparse.Namespace
) -> Callable[[Catalog, Bar], Refresh]:
    _check(options, "--images")
    if options.butler or options.collection:
        raise UsageError(
            "--images publishes a folder without a Butler.",
            hint="Leave out --butler and --collection.",
        )
    folder = Path(_absolute(options.images))
    return lambda catalog, bar: publish_folder(
        catalog,
        folder,
        options.release,
        options.pattern,
        authority=config.authority,
        name=options.title,
        progress=bar.say,
        meter=bar,
    )


def _check(options: argparse.Namespace, what: str) -> None:
    if options.source or options.table:
        raise UsageError(
            f"{what} publishes images, not a table.", hint="Leave out the file and --table."
        )
    if not options.release:
        raise UsageError("The images need a name.", hint="Write --release NAME, such as dp1.")


def _tell_problems(problems: Sequence[str], err: TextIO) -> None:
    if problems:
        err.write(f"{len(problems):,} files could not be read:\n")
        for problem in problems[:_SHOWN]:
            err.write(f"  {problem}\n")
        if len(problems) > _SHOWN:
            err.write(f"  and {len(problems) - _SHOWN:,} more\n")


def _absolute(uri: str) -> str:
    """A place as any process finds it."""
    return uri if "://" in uri else str(Path(uri).expanduser().absolute())
