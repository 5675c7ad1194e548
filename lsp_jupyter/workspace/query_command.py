"""``lsp query``: one query on a platform of the shell's own."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lsp_jupyter.errors import UsageError, error_from_dict
from lsp_jupyter.formats.header import Rows, TableHeader, provenance
from lsp_jupyter.jobs.job import Job, Origin, Phase

from .command import Own, staged_files, told

if TYPE_CHECKING:
    from lsp_jupyter.engines.protocol import Estimate
    from lsp_jupyter.formats.registry import Format
    from lsp_jupyter.platform import Platform

__all__ = ["QueryCommand"]


class QueryCommand:
    """Runs a query, writes its result, and keeps it as a table.

    Parameters
    ----------
    platform : `~lsp_jupyter.platform.Platform`
        Where it runs.
    options : `argparse.Namespace`
        The arguments of ``lsp query``.
    form : `~lsp_jupyter.formats.registry.Format`
        How the result is written.
    """

    def __init__(self, platform: Platform, options: argparse.Namespace, form: Format) -> None:
        self._platform = platform
        self._options = options
        self._form = form

    async def run(self) -> int:
        """Do it; gives the exit code, which is 0.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the query is not valid or fails, or its result cannot be written.
        """
        platform, options, caller = self._platform, self._options, self._platform.caller
        parameters = {"QUERY": options.adql, "LANG": "ADQL"}
        if options.maxrec is not None:
            parameters["MAXREC"] = str(options.maxrec)
        if options.preview:
            parameters["PREVIEW"] = "1"
        if not (options.upload or platform.catalog.releases(caller) or platform.tables.of(caller)):
            raise UsageError(
                "Nothing is published here yet.",
                hint="Run lsp demo --load-only to make the demo's data, or name one by --state.",
            )
        if options.estimate:
            sys.stdout.write(f"{estimated(await platform.jobs.estimate(caller, parameters))}\n")
            return 0
        tables, saving = platform.tables, platform.saving
        shell = Own(platform.config, tables, saving, caller, sys.stdout, sys.stderr)
        if options.save:
            shell.require(options)
        job = await self._finished(parameters)
        if options.output:
            await asyncio.to_thread(write_result, platform, job, self._form, options.output)
        if options.save:
            stored = await shell.save(options.save, options, job_id=job.id)
            _say(told(stored))
        if options.preview:
            share = float(platform.jobs.result(caller, job.id).metadata["lsp:preview"])
            _say(f"a preview, from {100 * share:.3g} % of the rows")
        if job.overflow:
            _say(f"cut off at {job.rows:,} rows; raise --maxrec for more")
        return 0

    async def _finished(self, parameters: dict[str, str]) -> Job:
        """The job, after its query has succeeded."""
        platform, caller = self._platform, self._platform.caller
        uploads, named = await staged_files(self._options.upload, platform.config, platform.jobs)
        if uploads is not None:
            parameters = {**parameters, "UPLOAD": named}
        try:
            job = await platform.jobs.submit(
                caller, parameters, origin=Origin.SHELL, uploads=uploads
            )
        except BaseException:
            if uploads is not None:
                uploads.discard()
            raise
        try:
            with stop_signals():
                job = await follow(platform, job)
        except asyncio.CancelledError:
            await platform.jobs.abort(caller, job.id)
            raise
        if job.phase is not Phase.COMPLETED:
            raise error_from_dict(dict(job.error or {"message": f"The job ended in {job.phase}."}))
        return job


def estimated(found: Estimate) -> str:
    """An estimate in words."""

    def about(value: float | None, unit: str, form: str = ",.0f") -> str:
        return f"{'unknown' if value is None else format(value, form)} {unit}"

    size = None if found.bytes is None else found.bytes / 1e6
    parts = about(found.partitions, f"of {found.partitions_total or 0:,} partitions")
    return "\n".join(
        (
            f"rows:    about {about(found.rows, '')}".rstrip(),
            f"size:    about {about(size, 'MB', ',.3g')}",
            f"reads:   {parts}",
            f"time:    about {about(found.seconds, 's', ',.2g')}",
        )
    )


@contextmanager
def stop_signals() -> Iterator[None]:
    """Let SIGTERM end the query as Ctrl-C does, so that no worker is left."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


async def follow(platform: Platform, job: Job) -> Job:
    """Wait for the job's end, telling a terminal after a second how it goes."""
    started = time.monotonic()
    shown = False
    while not job.phase.final:
        job = await platform.jobs.wait(platform.caller, job.id, timeout=0.5)
        elapsed = time.monotonic() - started
        if elapsed > 1 and sys.stderr.isatty():
            share = f", {job.fraction:.0%}" if job.fraction else ""
            sys.stderr.write(f"\r{job.phase}: {elapsed:.0f} s, {job.rows:,} rows{share}   ")
            sys.stderr.flush()
            shown = True
    if shown:
        sys.stderr.write("\n")
    return job


def write_result(platform: Platform, job: Job, form: Format, output: str) -> None:
    """Write a finished result; a file appears whole or not at all."""
    result = platform.jobs.result(platform.caller, job.id)
    header = TableHeader(
        result.schema, result.overflow, infos=provenance(result.schema), rows=result.rows
    )

    def write(out: BinaryIO) -> None:
        for chunk in form.write(header, Rows(result.iter_batches)):
            out.write(chunk)

    if output == "-":
        try:
            write(sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # The reader, such as head, has seen enough. Python would fail once
            # more on flushing at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    target = Path(output)
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", hint="Make it first.")
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            write(out)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _say(text: str) -> None:
    sys.stderr.write(f"lsp: {text}\n")
