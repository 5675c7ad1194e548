"""The arguments of ``lsp save``, ``lsp upload``, ``lsp drop``, and of a query that stores."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["COMMANDS", "add_arguments", "add_saving", "is_own"]

COMMANDS = ("save", "upload", "drop")


def is_own(options: argparse.Namespace) -> bool:
    """Whether a command is about the user's own tables."""
    return options.command in COMMANDS or bool(getattr(options, "mine", False))


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the parser of ``lsp``."""
    one = commands.add_parser(
        "save",
        help="keep a result as a table of your own",
        description="Keep the result of a job as mydb.NAME, a table that only you can query.",
    )
    one.add_argument("job", help="the id of the job, as the panel and TAP show it")
    one.add_argument("name", help="name of the table, with or without mydb.")
    _add_mode(one)
    _add_words(one)

    two = commands.add_parser(
        "upload",
        help="make a table of your own out of a file",
        description="Store a VOTable, FITS, Parquet, Arrow, CSV, TSV or ECSV file, gzipped or "
        "not, as mydb.NAME, a table that only you can query.",
    )
    two.add_argument("file", type=Path, help="the file; it stays as it is")
    two.add_argument("name", help="name of the table, with or without mydb.")
    two.add_argument("--from", dest="part", default="", metavar="TABLE", help="table in the file")
    _add_mode(two)
    _add_words(two)

    three = commands.add_parser("drop", help="delete a table of your own")
    three.add_argument("name", help="name of the table, with or without mydb.")
    _add_state(three)


def add_saving(parser: argparse.ArgumentParser) -> None:
    """Add to ``lsp query`` what concerns tables of one's own and uploads."""
    parser.add_argument(
        "--upload",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a table for the query to read as TAP_UPLOAD.NAME; repeat it for several",
    )
    parser.add_argument(
        "--save",
        metavar="NAME",
        help="keep the result as mydb.NAME, and write it only where -o says",
    )
    _add_mode(parser)


def _add_mode(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--append", action="store_true", help="add the rows to those of the table")
    how.add_argument("--replace", action="store_true", help="put the rows in place of those")


def _add_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--title", default="", help="a few words for lists")
    parser.add_argument("--description", default="", help="a sentence or more")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--position", nargs=2, metavar=("RA", "DEC"), help="columns in degrees, ICRS"
    )
    where.add_argument("--no-position", action="store_true", help="it has no positions")
    _add_state(parser)


def _add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, help="state folder (default: $LSP_HOME, or your data folder)"
    )
