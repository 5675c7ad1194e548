"""Opens what is to be published: files, folders, and tables of databases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.sources.opening import is_duckdb, open_file
from lsp_jupyter.formats.sources.source import Options, Source, join, listed

__all__ = ["open_sources"]

_POSTGRES = ("postgresql://", "postgres://")


def open_sources(names: Sequence[str], options: Options) -> Source:
    """The one table that some files, or a table of a database, make.

    Parameters
    ----------
    names : sequence of `str`
        Paths of files or folders, or the URL of a PostgreSQL database.
    options : `~lsp_jupyter.formats.sources.source.Options`
        Which table of several, and how to read text.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if one of them cannot be read, or they do not fit together.
    """
    if not names:
        raise PublishError("There is nothing to publish.", hint="Name a file.")
    sources = [_open(name, options) for name in names]
    for source in sources:
        _check_names(source)
    return join(sources)


def _check_names(source: Source) -> None:
    places: dict[str, list[str]] = {}
    for number, name in enumerate(source.schema.names, 1):
        places.setdefault(name, []).append(str(number))
    twice = [f"{name} (numbers {', '.join(at)})" for name, at in places.items() if len(at) > 1]
    if twice:
        raise PublishError(
            f"{source.name} has columns of the same name: {listed(twice)}.",
            hint="Rename all but one of them in the file.",
        )


def _open(name: str, options: Options) -> Source:
    if name.startswith(_POSTGRES):
        from lsp_jupyter.engines.postgres_table import postgres_table

        return postgres_table(name, options.table)
    if "://" in name:
        raise PublishError(
            f"{name.partition('://')[0]} addresses cannot be read.",
            hint="Fetch the file first; only postgresql:// is understood.",
        )
    path = Path(name).expanduser()
    if is_duckdb(path):
        from lsp_jupyter.engines.duckdb_table import duckdb_table

        return duckdb_table(path, options.table)
    return open_file(path, options)
