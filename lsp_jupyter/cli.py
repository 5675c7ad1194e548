"""The ``lsp`` command: the platform from a shell."""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_jupyter._version import __version__
from lsp_jupyter.catalogs.arguments import COMMANDS, add_arguments
from lsp_jupyter.errors import AdqlError, LspError, UsageError
from lsp_jupyter.images.hips.command import add_hips, make_surveys
from lsp_jupyter.images.replication.command import add_replicate, replicate_release
from lsp_jupyter.workspace.arguments import add_arguments as add_own
from lsp_jupyter.workspace.arguments import add_saving, is_own

if TYPE_CHECKING:
    from lsp_jupyter.config import LspConfig
    from lsp_jupyter.formats.registry import Format

__all__ = ["main"]

#: Exit codes: the query or a parameter is wrong, the platform failed, interrupted.
USAGE, FAILURE, INTERRUPTED = 2, 1, 130

#: Formats that would only harm a terminal.
BINARY = ("parquet", "arrow", "fits", "sqlite")

#: Endings of file names that are not the name of a format.
ENDINGS = {"vot": "votable", "xml": "votable", "fit": "fits", "htm": "html", "db": "sqlite"}


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
        if options.command == "publish" and (options.butler or options.images):
            from lsp_jupyter.images.command import publish_pictures

            return publish_pictures(config, options, sys.stdout, sys.stderr)
        if options.command == "replicate":
            return replicate_release(config, options, sys.stdout, sys.stderr)
        if options.command == "hips":
            return make_surveys(config, options, sys.stdout, sys.stderr)
        if is_own(options):
            return asyncio.run(own(config, options))
        if options.command in COMMANDS:
            from lsp_jupyter.catalogs.command import run

            return run(config.state(), options, sys.stdout, sys.stderr)
        return query(config, options)
    except LspError as error:
        report(error, getattr(options, "adql", ""))
        return USAGE if error.status < 500 else FAILURE
    except (KeyboardInterrupt, RuntimeError) as error:
        # DuckDB makes a RuntimeError of Control-C.
        if isinstance(error, RuntimeError) and str(error) != "Query interrupted":
            raise
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
        help="csv, tsv, ecsv, votable, fits, parquet, arrow, json, html or sqlite "
        "(default: by the name of FILE, else csv)",
    )
    two.add_argument("--output", "-o", metavar="FILE", help="where to (default: standard output)")
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
    add_saving(two)
    add_arguments(commands)
    add_own(commands)
    add_replicate(commands)
    add_hips(commands)
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

    if options.port and not options.load_only and not is_free(options.port):
        raise UsageError(
            f"Port {options.port} of 127.0.0.1 is taken.",
            hint="Give another one with --port, or none.",
        )

    def tell(text: str) -> None:
        print(f"lsp: {text}", file=sys.stderr, flush=True)

    load_demo(config, progress=tell)
    load_survey(config, options.size, options.seed, progress=tell)
    if options.load_only:
        return 0
    port = options.port or free_port()
    token = options.token or secrets.token_urlsafe(24)

    def ready() -> None:
        print(
            f"JupyterLab with the platform: http://127.0.0.1:{port}/lab?token={token}\n"
            "Stop it with Ctrl-C.",
            flush=True,
        )

    launch_lab(
        config,
        port=port,
        token=token,
        browser=not options.no_browser,
        work=options.work,
        ready=ready,
    )
    return 0


def is_free(port: int) -> bool:
    """Whether nobody listens on a TCP port of 127.0.0.1."""
    import socket

    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


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


# -- tables of one's own -------------------------------------------------------


async def own(config: LspConfig, options: argparse.Namespace) -> int:
    """List, make or delete tables of one's own; nothing of the engine is started."""
    from lsp_jupyter.platform import Platform
    from lsp_jupyter.workspace.command import Own

    platform = Platform(config)
    shell = Own(config, platform.tables, platform.saving, platform.caller, sys.stdout, sys.stderr)
    try:
        return await shell.run(options)
    finally:
        platform.tables.close()


# -- query ---------------------------------------------------------------------


def query(config: LspConfig, options: argparse.Namespace) -> int:
    """Run one query in this process and write its result."""
    from lsp_jupyter.formats.registry import writer_for

    if options.adql == "-":
        options.adql = sys.stdin.read()
    if options.estimate and options.upload:
        raise UsageError("A query with uploads cannot be estimated.", hint="Leave out --estimate.")
    if not options.save and (options.append or options.replace):
        raise UsageError("Only a table can be replaced or appended to.", hint="Add --save NAME.")
    if options.output is None:
        options.output = "" if options.save else "-"
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
    """Run it on a platform of this process's own."""
    from lsp_jupyter.platform import Platform
    from lsp_jupyter.workspace.query_command import QueryCommand

    async with Platform(config) as platform:
        return await QueryCommand(platform, options, form).run()


if __name__ == "__main__":
    sys.exit(main())
