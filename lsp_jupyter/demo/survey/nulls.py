"""Which columns of the demo survey hold no value: the published list.

``python -m lsp_jupyter.demo.survey.nulls STATE > docs/demo-nulls.md`` writes it again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from lsp_jupyter.catalogs.hats import parquet_files
from lsp_jupyter.catalogs.store import Catalog

__all__ = ["null_columns", "write_list"]

_HEAD = """# Columns without values

The demo survey describes every table with all the columns that Rubin published. What cannot be
simulated in earnest is null, in every row, and so is what would need more exposures than there
are. This is the whole list for the size `small`; a test compares it with the tables.
"""

#: Releases whose schema is Rubin's.
_RELEASES = ("dp1", "dp2")


def null_columns(catalog: Catalog) -> dict[str, list[str]]:
    """The columns that are null in every row.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where the survey is published.

    Returns
    -------
    columns : `dict` of `str` to `list` of `str`
        Those of each table in the schemas of Rubin's releases, in the table's order. Tables
        without any are left out.
    """
    found = {}
    for release, entries, _ in catalog.entries():
        if release.name not in _RELEASES:
            continue
        for entry in entries:
            filled = set(_filled(catalog.state / entry.hats))
            names = [each.name for each in entry.spec.columns if each.name not in filled]
            if names:
                found[entry.spec.full_name] = names
    return found


def _filled(folder: Path) -> Iterator[str]:
    """The columns with values, as the files' statistics tell."""
    for path in parquet_files(folder):
        with pq.ParquetFile(path) as file:
            about = file.metadata
            for number in range(about.num_row_groups):
                group = about.row_group(number)
                for place in range(group.num_columns):
                    column = group.column(place)
                    told = column.statistics
                    if told is None or told.null_count < group.num_rows:
                        yield column.path_in_schema


def write_list(columns: Mapping[str, Sequence[str]]) -> str:
    """The list as Markdown."""
    parts = [_HEAD]
    for table, names in columns.items():
        parts.append(f"## {table}\n\n{', '.join(f'`{name}`' for name in names)}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(write_list(null_columns(Catalog(Path(sys.argv[1])))))
