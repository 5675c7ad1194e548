"""Rubin's published schemas, read as data from the package ``lsst-sdm-schemas``."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from lsp_jupyter.catalogs.felis import FelisSchema, read_felis
from lsp_jupyter.catalogs.position import find_position
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.errors import PublishError

__all__ = ["PACKAGE", "read_schema", "rubin_table", "schema_version"]

#: What ships them. It is under the GPL: its files are read where they are, never imported.
PACKAGE = "lsst-sdm-schemas"

#: Columns by which rows of other tables are looked up, beside primary keys.
_SOUGHT = frozenset({"objectId", "diaObjectId", "ssObjectId", "diaSourceId", "visitId"})


@lru_cache(maxsize=1)
def _package() -> tuple[str, dict[str, Path]]:
    """Its version, and its files by name of the schema."""
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise PublishError(
            f"The package {PACKAGE} is not installed; it holds the schemas of Rubin's tables.",
            hint='The demo survey needs it: pip install "lsp_jupyter[demo]".',
        ) from None
    files = {
        file.stem: Path(str(file.locate()))
        for file in package.files or ()
        if file.suffix == ".yaml" and file.parent.name == "schemas"
    }
    return package.version, files


def schema_version() -> str:
    """The version of the installed package.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if there is none.
    """
    return _package()[0]


@lru_cache(maxsize=8)
def read_schema(name: str) -> FelisSchema:
    """A schema that Rubin published.

    Parameters
    ----------
    name : `str`
        Of its file, such as ``dp1``.

    Returns
    -------
    schema : `~lsp_jupyter.catalogs.felis.FelisSchema`
        Its tables.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the package is missing or has no such schema.
    """
    version, files = _package()
    if name not in files:
        raise PublishError(
            f"{PACKAGE} {version} has no schema {name}.",
            hint='Install the version this demo was made for: pip install "lsp_jupyter[demo]".',
        )
    return read_felis(files[name])


@lru_cache(maxsize=64)
def rubin_table(release: str, name: str) -> TableSpec:
    """A table of a data preview, as it is published here.

    Parameters
    ----------
    release : `str`
        ``dp1`` or ``dp2``.
    name : `str`
        Such as ``Object``.

    Returns
    -------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        With its position, where it has one, and the columns that are quick to search.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if there is no such table.
    """
    spec = read_schema(release).table(name, release)
    doubles = [column for column in spec.columns if column.datatype == "double"]
    position, _ = find_position(doubles, None)
    quick = _SOUGHT | set(position or ())
    columns = tuple(
        replace(column, indexed=True) if column.name in quick else column for column in spec.columns
    )
    return replace(spec, columns=columns, position=position)
