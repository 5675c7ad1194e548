"""The arguments of ``lsp publish``, ``lsp unpublish`` and ``lsp tables``."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["COMMANDS", "add_arguments"]

COMMANDS = ("publish", "unpublish", "tables")


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the parser of ``lsp``."""
    one = commands.add_parser(
        "publish",
        help="make a table that everybody can query out of a file",
        description="Publish Parquet, HATS, FITS, VOTable, CSV, TSV, ECSV or Arrow files, a "
        "table of a DuckDB file or a PostgreSQL database, or the images of a Butler repository "
        "or of a folder of FITS files. Running servers see it at once.",
    )
    one.add_argument("source", nargs="*", help="files, a folder, or postgresql://user@host/db")
    one.add_argument("--table", default="", metavar="RELEASE.TABLE", help="its name in queries")
    how = one.add_mutually_exclusive_group()
    how.add_argument("--append", action="store_true", help="add the rows to the present ones")
    how.add_argument("--replace", action="store_true", help="put the rows in place of those")
    one.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    one.add_argument("--from", dest="part", default="", metavar="NAME", help="table in the source")

    images = one.add_argument_group("images")
    images.add_argument("--butler", metavar="REPO", help="publish the images of this repository")
    images.add_argument(
        "--collection",
        action="append",
        default=[],
        metavar="NAME",
        help="collection with the images; repeat it for several, the first one wins",
    )
    images.add_argument("--images", metavar="DIR", help="publish the FITS files in this folder")
    images.add_argument(
        "--pattern",
        action="append",
        default=[],
        metavar="GLOB",
        help='which of them, such as "**/*_r.fits" (default: all); repeat it for several',
    )
    images.add_argument(
        "--no-overviews",
        action="store_true",
        help="make small versions for focal planes when somebody looks, not now",
    )

    about = one.add_argument_group("what it is")
    about.add_argument("--felis", type=Path, metavar="FILE", help="a Felis YAML description")
    about.add_argument("--felis-table", metavar="NAME", help="table in it (default: the same name)")
    about.add_argument("--title", default="", help="a few words for lists")
    about.add_argument("--description", default="", help="a sentence or more")
    about.add_argument("--release", metavar="NAME", help="release (default: the schema's name)")
    about.add_argument("--release-title", metavar="TEXT", help="a few words on the release")
    about.add_argument("--release-version", metavar="TEXT", help="version of its data")
    about.add_argument("--license", help="under which the data may be used")
    about.add_argument("--citation", help="what users must cite")
    about.add_argument("--private", action="store_true", help="only for those with the right")

    columns = one.add_argument_group("its columns")
    where = columns.add_mutually_exclusive_group()
    where.add_argument(
        "--position", nargs=2, metavar=("RA", "DEC"), help="columns in degrees, ICRS"
    )
    where.add_argument("--no-position", action="store_true", help="it has no positions")
    for name, value, text in (
        ("type", "TYPE", "VOTable datatype of a column"),
        ("unit", "UNIT", "unit of a column"),
        ("ucd", "UCD", "UCD of a column"),
        ("rename", "NEW", "another name for a column"),
    ):
        columns.add_argument(
            f"--{name}", action="append", default=[], metavar=f"NAME={value}", help=text
        )
    columns.add_argument("--leave-out", action="append", default=[], metavar="NAME")
    columns.add_argument(
        "--null", action="append", default=[], metavar="TEXT", help="missing value in CSV"
    )

    rows = one.add_argument_group("its rows")
    rows.add_argument(
        "--drop-bad-positions", action="store_true", help="leave out rows without a position"
    )
    rows.add_argument("--empty", action="store_true", help="publish it even without rows")
    _add_state(one)

    two = commands.add_parser("unpublish", help="take a table or a release out of the catalogue")
    two.add_argument("name", help="RELEASE.TABLE, or RELEASE")
    _add_state(two)

    three = commands.add_parser("tables", help="list what is published")
    three.add_argument("name", nargs="?", default="", help="a release, or a table for its columns")
    three.add_argument(
        "--rebuild", action="store_true", help="first make native files again that are missing"
    )
    three.add_argument("--history", action="store_true", help="what was done to each release")
    three.add_argument("--mine", action="store_true", help="list the tables of your own instead")
    _add_state(three)


def _add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, help="state folder (default: $LSP_HOME, or your data folder)"
    )
