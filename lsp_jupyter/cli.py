"""The ``lsp`` command: the platform from a shell."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lsp_jupyter._version import __version__
from lsp_jupyter.catalogs.arguments import COMMANDS, add_arguments
from lsp_jupyter.errors import AdqlError, LspError, UsageError

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.engines.protocol import Estimate
    from lsp_jupyter.formats.registry import Format
    from lsp_jupyter.jobs.job import Job
    from lsp_jupyter.platform import Platform

__all__ = ["main"]

#: Exit codes: the query or a parameter is wrong, the platform failed, interrupted.
USAGE, FAILURE, INTERRUPTED = 2, 1, 130

#: Formats that would only harm a terminal.
BINARY = ("parquet", "arrow")

#: Endings of file names that are not the name of a format.
ENDINGS = {"vot": "votable", "xml": "votable"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one ``lsp`` command.

    Parameters
    ----------
    argv : sequence of `str`, optional
        Arguments without the program name; those of the process by default.

    Returns
    -------
    code : `int`
        Exit code: 0 done, 2 the request is wrong, 1 the platform failed,
        130 interrupted.
    """
    parser = build_parser()
    options, settings = parser.parse_known_args(argv)
    logging.basicConfig(format="lsp: %(message)s", level=logging.WARNING)
    try:
        config = load_config(settings, options)
        if options.command == "demo":
            return demo(config, options)
        if options.command == "publish" and options.butler is not None:
            from lsp_jupyter.images.command import publish_butler

            return publish_butler(config, options, sys.stdout, sys.stderr)
        if options.command in COMMANDS:
            from lsp_jupyter.catalogs.command import run

            return run(config.state(), options, sys.stdout, sys.stderr)
        return query(config, options)
    except LspError as error:
        report(error, getattr(options, "adql", ""))
        return USAGE if isinstance(error, UsageError) else FAILURE
    except KeyboardInterrupt:
        print("lsp: interrupted", file=sys.stderr)
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """The arguments of every subcommand."""
    parser = argparse.ArgumentParser(
        prog="lsp",
        description="The LSST Science Platform from a shell.",
        epilog="Any setting of the platform can be given as --LspConfig.<name>=<value>.",
    )
    parser.add_argument("--version", action="version", version=f"lsp_jupyter {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    one = commands.add_parser(
        "demo", help="start JupyterLab on real stars and a simulated survey, with no network"
    )
    one.add_argument(
        "--size",
        help="the simulated survey: tiny, small, large, a number of objects such as 1e6, or none "
        "(default: the one that is there, else small)",
    )
    one.add_argument("--seed", type=int, help="what it is drawn from (default: 1)")
    one.add_argument("--no-browser", action="store_true", help="print the URL instead")
    one.add_argument("--port", type=int, default=0, help="TCP port (default: a free one)")
    one.add_argument("--token", help="what to log in with (default: a random one)")
    one.add_argument(
        "--state", type=Path, help="state folder (default: $LSP_HOME, or your data folder)"
    )
    one.add_argument("--work", type=Path, help="folder of notebooks (default: in the state folder)")
    one.add_argument(
        "--load-only", action="store_true", help="load the demo's data and start nothing"
    )

    two = commands.add_parser("query", help="run one ADQL query, without a server")
    two.add_argument("adql", help="the query; - reads it from standard input")
    two.add_argument(
        "--format",
        "-f",
        help="csv, tsv, votable, parquet or arrow (default: by the name of FILE, else csv)",
    )
    two.add_argument(
        "--output", "-o", default="-", metavar="FILE", help="where to (default: standard output)"
    )
    two.add_argument("--maxrec", type=int, help="rows at most")
    two.add_argument(
        "--preview",
        action="store_true",
        help="estimate the answer from a sample of the rows, with standard errors",
    )
    two.add_argument(
        "--estimate", action="store_true", help="tell what the query will cost, and do not run it"
    )
    two.add_argument(
        "--state", type=Path, help="state folder (default: $LSP_HOME, or your data folder)"
    )
    add_arguments(commands)
    return parser


def load_config(settings: Sequence[str], options: argparse.Namespace) -> LspConfig:
    """The configuration a server would read, with the command line on top.

    Parameters
    ----------
    settings : sequence of `str`
        ``--LspConfig.name=value`` arguments.
    options : `argparse.Namespace`
        The parsed rest; its ``state`` wins.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if an argument is unknown or a value does not fit.
    """
    from jupyter_core.application import JupyterApp
    from traitlets import TraitError
    from traitlets.config import Config, Configurable

    from lsp_jupyter.config import LspConfig

    class Loader(JupyterApp):
        name = "jupyter_lsp_jupyter"
        config_file_name = "jupyter_lsp_jupyter_config"
        classes: list[type[Configurable]] = [LspConfig]

    wrong = [text for text in settings if not text.startswith("--LspConfig.")]
    if wrong:
        raise UsageError(f"Unknown argument: {wrong[0]}", hint="See lsp --help.")
    loader = Loader()
    try:
        loader.parse_command_line(list(settings))
        given = Config(loader.config)
        loader.load_config_file()
        loader.update_config(given)
        config = LspConfig(parent=loader)
        if options.state is not None:
            config.state_dir = str(options.state)
    except TraitError as error:
        raise UsageError(str(error), hint="See the settings page of the documentation.") from error
    return config


def report(error: LspError, adql: str) -> None:
    """Tell an error on standard error, with the place in the query underlined."""
    print(f"lsp: {error}", file=sys.stderr)
    if isinstance(error, AdqlError) and error.line:
        lines = adql.splitlines()
        if error.line <= len(lines):
            print(f"  {lines[error.line - 1]}", file=sys.stderr)
            print("  " + " " * (error.column - 1) + "^" * max(1, error.length), file=sys.stderr)


# -- demo ----------------------------------------------------------------------


def demo(config: LspConfig, options: argparse.Namespace) -> int:
    """Load the demo's data where they are missing, then run JupyterLab on them."""
    from lsp_jupyter.demo.launch import launch_lab
    from lsp_jupyter.demo.load import load_demo, load_survey
    from lsp_jupyter.demo.survey.sizes import size

    if options.size not in (None, "none"):
        # Told before anything is made.
        size(options.size)

    def tell(text: str) -> None:
        print(f"lsp: {text}", file=sys.stderr, flush=True)

    load_demo(config, progress=tell)
    load_survey(config, options.size, options.seed, progress=tell)
    if options.load_only:
        return 0
    port = options.port or free_port()
    token = options.token or secrets.token_urlsafe(24)
    print(
        f"JupyterLab with the platform: http://127.0.0.1:{port}/lab?token={token}\n"
        "Stop it with Ctrl-C.",
        flush=True,
    )
    launch_lab(config, port=port, token=token, browser=not options.no_browser, work=options.work)
    return 0


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on: 8888 where it is free."""
    import socket

    for port in (8888, 0):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(sock.getsockname()[1])
    raise UsageError("No TCP port is free.", hint="Give one with --port.")


# -- query ---------------------------------------------------------------------


def query(config: LspConfig, options: argparse.Namespace) -> int:
    """Run one query in this process and write its result."""
    from lsp_jupyter.formats.registry import writer_for

    if options.adql == "-":
        options.adql = sys.stdin.read()
    suffix = Path(options.output).suffix.removeprefix(".")
    form = writer_for(options.format or ENDINGS.get(suffix, suffix) or "csv")
    if options.output == "-" and form.name in BINARY and sys.stdout.isatty():
        raise UsageError(
            f"{form.name} is not text.",
            hint="Give a file with -o, or send the output to a program.",
        )
    config.interactive_workers, config.scan_workers = 1, 0
    return asyncio.run(run_query(config, options, form))


async def run_query(config: LspConfig, options: argparse.Namespace, form: Format) -> int:
    """Run the query on a platform of this process's own."""
    from lsp_jupyter.jobs.job import Origin, Phase
    from lsp_jupyter.platform import Platform

    parameters = {"QUERY": options.adql, "LANG": "ADQL"}
    if options.maxrec is not None:
        parameters["MAXREC"] = str(options.maxrec)
    if options.preview:
        parameters["PREVIEW"] = "1"
    async with Platform(config) as platform:
        caller = platform.caller
        if not platform.catalog.releases(caller):
            raise UsageError(
                "Nothing is published here yet.",
                hint="Run lsp demo --load-only to make the demo's data, or name one by --state.",
            )
        if options.estimate:
            print(estimated(await platform.jobs.estimate(caller, parameters)))
            return 0
        job = await platform.jobs.submit(caller, parameters, origin=Origin.SHELL)
        try:
            with stop_signals():
                job = await follow(platform, job)
        except asyncio.CancelledError:
            await platform.jobs.abort(caller, job.id)
            raise
        if job.phase is not Phase.COMPLETED:
            from lsp_jupyter.errors import error_from_dict

            raise error_from_dict(dict(job.error or {"message": f"The job ended in {job.phase}."}))
        await asyncio.to_thread(write_result, platform, job, form, options.output)
        if options.preview:
            share = float(platform.jobs.result(caller, job.id).metadata["lsp:preview"])
            print(f"lsp: a preview, from {100 * share:.3g} % of the rows", file=sys.stderr)
    if job.overflow:
        print(f"lsp: cut off at {job.rows:,} rows; raise --maxrec for more", file=sys.stderr)
    return 0


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
            print(
                f"\r{job.phase}: {elapsed:.0f} s, {job.rows:,} rows{share}   ",
                end="",
                file=sys.stderr,
            )
            shown = True
    if shown:
        print(file=sys.stderr)
    return job


def write_result(platform: Platform, job: Job, form: Format, output: str) -> None:
    """Write a finished result; a file appears whole or not at all."""
    from lsp_jupyter.formats.header import Rows, TableHeader, provenance

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


if __name__ == "__main__":
    sys.exit(main())
