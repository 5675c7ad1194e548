"""Which tables a release has, and what makes their rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.demo.survey.frame import Frame, Framer
from lsp_jupyter.demo.survey.maps import depth
from lsp_jupyter.demo.survey.schema import read_schema, rubin_table
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.tables import exposures, minor_planets
from lsp_jupyter.demo.survey.tables.dia_objects import dia_object_rows
from lsp_jupyter.demo.survey.tables.dia_sources import dia_source_rows
from lsp_jupyter.demo.survey.tables.forced import dia_forced_rows, forced_rows
from lsp_jupyter.demo.survey.tables.objects import object_rows
from lsp_jupyter.demo.survey.tables.observatory import observatory_tables
from lsp_jupyter.demo.survey.tables.shear_objects import shear_object_rows
from lsp_jupyter.demo.survey.tables.solar_system import ss_object_rows, ss_source_rows
from lsp_jupyter.demo.survey.tables.sources import source_rows
from lsp_jupyter.demo.survey.tables.star_motions import star_motion_rows
from lsp_jupyter.demo.survey.tables.truth import truth_tables
from lsp_jupyter.demo.survey.truth.sky import Sky

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["survey_tables"]

#: Makes the rows of a table of a release.
Rows: TypeAlias = Callable[[Sky, Size, int, str], Iterator[Frame]]


def survey_tables(release: str, sky: Sky) -> Iterator[tuple[TableSpec, Iterator[pa.RecordBatch]]]:
    """The tables of a release and their rows, which are made as they are read.

    Parameters
    ----------
    release : `str`
        ``dp1``, ``dp2``, ``dp1_truth`` or ``observatory``.
    sky : `Sky`
        The truth.

    Yields
    ------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        A table.
    rows : iterator of `pyarrow.RecordBatch`
        Its rows.
    """
    for spec, frames in _tables(release, sky):
        if not sky.size.wide:
            spec, frames = _narrow(spec, iter(frames))
        yield spec, Framer(spec)(frames)


def _tables(release: str, sky: Sky) -> Iterator[tuple[TableSpec, Iterable[Frame]]]:
    size, seed = sky.size, sky.seed
    match release:
        case "dp1_truth":
            yield from truth_tables(sky)
        case "observatory":
            yield from observatory_tables(sky, size, seed, read_schema)
        case _:
            for name, rows in _RUBIN[release].items():
                yield rubin_table(release, name), rows(sky, size, seed, release)
            if release == "dp1":
                yield depth.SPEC, depth.map_rows(size, seed)


def _narrow(spec: TableSpec, frames: Iterator[Frame]) -> tuple[TableSpec, Iterable[Frame]]:
    """A table without the columns that its rows do not have."""
    first = next(frames, None)
    if first is None:
        return spec, ()
    columns = tuple(column for column in spec.columns if column.name in first)
    names = {column.name for column in columns}
    keys = tuple(key for key in spec.keys if all(mine in names for mine, _ in key.columns))
    groups = tuple(
        group for group in spec.groups if all(member in names for member, _ in group.members)
    )
    spec = replace(spec, columns=columns, keys=keys, groups=groups)
    return spec, itertools.chain([first], frames)


#: Tables that both releases have.
_BOTH: Mapping[str, Rows] = {
    "Object": object_rows,
    "Source": source_rows,
    "ForcedSource": forced_rows,
    "DiaObject": dia_object_rows,
    "DiaSource": dia_source_rows,
    "ForcedSourceOnDiaObject": dia_forced_rows,
    "Visit": exposures.visit_rows,
    "CoaddPatches": exposures.coadd_patch_rows,
    "SSObject": ss_object_rows,
    "SSSource": ss_source_rows,
}

#: What makes the rows of Rubin's tables, by release and table.
_RUBIN: Mapping[str, Mapping[str, Rows]] = {
    "dp1": {
        **_BOTH,
        "CcdVisit": exposures.visit_detector_rows,
        "MPCORB": minor_planets.minor_planet_rows,
    },
    "dp2": {
        **_BOTH,
        "VisitDetector": exposures.visit_detector_rows,
        "mpc_orbits": minor_planets.orbit_rows,
        "current_identifications": minor_planets.current_identification_rows,
        "numbered_identifications": minor_planets.numbered_identification_rows,
        "ShearObject": shear_object_rows,
        "IsolatedStarStellarMotions": star_motion_rows,
    },
}
