"""``lsp replicate``: the files of a release in another store."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.images.replication.replicate import Report

__all__ = ["add_replicate", "replicate_release"]

#: Paths that are told one by one.
_SHOWN = 20


def add_replicate(commands: Any) -> None:
    """Add the arguments of ``lsp replicate``.

    Parameters
    ----------
    commands : subparsers action
        Of the whole command.
    """
    one = commands.add_parser(
        "replicate",
        help="copy the image files of a release to another store",
        description="Copy the image files of a release to a folder or an S3 store, or tell what "
        "differs. Each copy is read again before it counts; run it again to go on after an "
        "interruption.",
    )
    one.add_argument("release", help="whose images, such as dp1")
    one.add_argument("target", help="a folder, or s3://bucket/prefix")
    one.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="NAME",
        help="only images of this dataset type; repeat it for several",
    )
    one.add_argument("--check", action="store_true", help="copy nothing, tell what differs")
    one.add_argument("--deep", action="store_true", help="with --check: compare all bytes")
    one.add_argument("--at-once", type=int, default=4, metavar="N", help="files at once")
    one.add_argument(
        "--state", type=Path, help="state folder (default: $LSP_HOME, or your data folder)"
    )


def replicate_release(
    config: LspConfig, options: argparse.Namespace, out: TextIO, err: TextIO
) -> int:
    """Copy the image files of a release, or tell what differs.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Names the state folder.
    options : `argparse.Namespace`
        Parsed arguments of ``lsp replicate``.
    out, err : text files
        For what was asked for, and for how it goes.

    Returns
    -------
    code : `int`
        0 if the other store has all files as they are here; else 1.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if there are no such images, or the store cannot be used at all.
    """
    started = time.monotonic()
    report = asyncio.run(_replicate(config, options, err))
    done = "there" if options.check else f"copied ({report.size / 1e6:,.1f} MB)"
    count = report.present if options.check else report.copied
    out.write(f"{options.release}: {count:,} files {done}")
    if not options.check:
        out.write(f", {report.present:,} were there")
    out.write(f", in {time.monotonic() - started:,.1f} s\n")
    _tell("missing", report.missing, out)
    _tell("different", report.different, out)
    _tell("not of this release", report.extra, out)
    _tell("failed", [f"{path}: {why}" for path, why in sorted(report.failed.items())], out)
    return 0 if report.same else 1


async def _replicate(config: LspConfig, options: argparse.Namespace, err: TextIO) -> Report:
    from lsp_jupyter.catalogs.meter import Bar
    from lsp_jupyter.catalogs.store import Catalog
    from lsp_jupyter.errors import NotFoundError, UsageError
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.index import ImageIndex
    from lsp_jupyter.images.replication.replicate import compare, relative_paths, replicate
    from lsp_jupyter.images.replication.targets import open_target
    from lsp_jupyter.images.repositories import find_repository
    from lsp_jupyter.images.stores.chain import StoreChain

    if options.deep and not options.check:
        raise UsageError("--deep is for --check.", hint="A copy is always read again.")
    if options.at_once < 1:
        raise UsageError("--at-once must be 1 or more.")
    repository = find_repository(config.state(), options.release)
    stores = StoreChain(config, config.state() / "cache" / "images")
    catalog = Catalog(config.state())
    archive = ImageArchive(catalog, ImageIndex(config.state()), stores)
    bar = Bar(err, "files")
    stage = "comparing" if options.check else "copying"
    try:
        types = archive.index.types(repository.release)
        for name in options.type:
            if name not in types:
                raise NotFoundError(
                    f"{repository.release} has no images of the type {name}.",
                    hint=f"It has {', '.join(types)}.",
                )
        every = relative_paths(archive.index.release(repository.release), repository.uri)
        wanted = {
            path: file
            for path, file in every.items()
            if not options.type or file.dataset_type in options.type
        }
        target = open_target(options.target)

        def progress(done: int, total: int) -> None:
            bar(stage, done, total)

        if options.check:
            report = await compare(
                wanted,
                archive.local,
                target,
                deep=options.deep,
                workers=options.at_once,
                progress=progress,
            )
            # Files of other types are no surprise.
            report.extra = [path for path in report.extra if path not in every]
            return report
        return await replicate(
            wanted, archive.local, target, workers=options.at_once, progress=progress
        )
    finally:
        bar.close()
        await stores.close()
        archive.close()
        catalog.close()


def _tell(what: str, paths: list[str], out: TextIO) -> None:
    if paths:
        out.write(f"{len(paths):,} {what}:\n")
        for path in paths[:_SHOWN]:
            out.write(f"  {path}\n")
        if len(paths) > _SHOWN:
            out.write(f"  and {len(paths) - _SHOWN:,} more\n")
