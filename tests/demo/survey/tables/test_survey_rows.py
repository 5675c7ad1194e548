"""All tables but Object: their rows fit Rubin's schema, and fill it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lsp_jupyter.demo.survey.frame import Framer
from lsp_jupyter.demo.survey.schema import rubin_table
from lsp_jupyter.demo.survey.sizes import size
from lsp_jupyter.demo.survey.tables import exposures, minor_planets, solar_system
from lsp_jupyter.demo.survey.tables.dia_objects import dia_object_rows
from lsp_jupyter.demo.survey.tables.dia_sources import dia_source_rows
from lsp_jupyter.demo.survey.tables.forced import dia_forced_rows, forced_rows
from lsp_jupyter.demo.survey.tables.shear_objects import shear_object_rows
from lsp_jupyter.demo.survey.tables.sources import source_rows
from lsp_jupyter.demo.survey.tables.star_motions import star_motion_rows
from tests.demo.survey.skies import tiny_sky

TINY = size("tiny")

BOTH = {
    "Source": source_rows,
    "ForcedSource": forced_rows,
    "DiaSource": dia_source_rows,
    "DiaObject": dia_object_rows,
    "ForcedSourceOnDiaObject": dia_forced_rows,
    "Visit": exposures.visit_rows,
    "CoaddPatches": exposures.coadd_patch_rows,
    "SSObject": solar_system.ss_object_rows,
    "SSSource": solar_system.ss_source_rows,
}
TABLES = {
    "dp1": {
        **BOTH,
        "CcdVisit": exposures.visit_detector_rows,
        "MPCORB": minor_planets.minor_planet_rows,
    },
    "dp2": {
        **BOTH,
        "VisitDetector": exposures.visit_detector_rows,
        "mpc_orbits": minor_planets.orbit_rows,
        "current_identifications": minor_planets.current_identification_rows,
        "numbered_identifications": minor_planets.numbered_identification_rows,
        "ShearObject": shear_object_rows,
        "IsolatedStarStellarMotions": star_motion_rows,
    },
}

#: What nothing in this sky has: forces but the Sun's, names, numbers in the real Gaia catalogue.
NOTHING = {
    *("yarkovsky", "srp", "a1", "a2", "a3", "dt", "yarkovsky_unc", "srp_unc", "a1_unc", "a2_unc"),
    *("a3_unc", "dt_unc", "iau_designation", "iau_name", "naming_credit", "referenceId"),
}


@pytest.mark.parametrize(
    ("release", "name"), [(release, name) for release in TABLES for name in TABLES[release]]
)
def test_rows_fill_their_table(release: str, name: str) -> None:
    framer = Framer(rubin_table(release, name))
    batches = list(framer(TABLES[release][name](tiny_sky(), TINY, 1, release)))
    assert framer.rows > 0
    empty = set(framer.empty) - NOTHING
    if name in ("SSObject", "DiaObject"):
        # Of so few sources some bands tell no slope, or nothing at all.
        bands = {column for column in empty if column[:2] in {f"{b}_" for b in "ugrizy"}}
        assert len(bands) < 0.6 * len(rubin_table(release, name).columns)
        empty -= bands
    assert not empty
    table = pa.Table.from_batches(batches)
    for column in table.schema:
        if pa.types.is_floating(column.type):
            values = table[column.name].drop_null().to_numpy()
            assert np.isfinite(values).all(), column.name


def _ids(release: str, name: str, *columns: str) -> list[np.ndarray]:
    frames = list(TABLES[release][name](tiny_sky(), TINY, 1, release))
    return [np.concatenate([np.ma.getdata(frame[each]) for frame in frames]) for each in columns]


@pytest.mark.parametrize("release", ["dp1", "dp2"])
def test_keys_join(release: str) -> None:
    detectors = "CcdVisit" if release == "dp1" else "VisitDetector"
    (visits,) = _ids(release, "Visit", "visit")
    (of_detectors,) = _ids(release, detectors, "visitId")
    assert set(of_detectors) == set(visits)
    dia_objects, sources, owners, bodies, when = (
        *_ids(release, "DiaObject", "diaObjectId"),
        *_ids(release, "DiaSource", "diaSourceId", "diaObjectId", "ssObjectId", "visit"),
    )
    assert ((owners == 0) == (bodies != 0)).all()
    assert set(owners[owners != 0]) == set(dia_objects)
    assert set(when) <= set(visits)
    seen, objects = (
        *_ids(release, "SSSource", "diaSourceId"),
        *_ids(release, "SSObject", "ssObjectId"),
    )
    assert set(seen) == set(sources[bodies != 0])
    assert set(bodies[bodies != 0]) == set(objects)
    forced, at = _ids(release, "ForcedSourceOnDiaObject", "diaObjectId", "visit")
    assert set(forced) <= set(dia_objects)
    assert len(set(dia_objects) - set(forced)) < 0.05 * len(dia_objects)
    assert set(at) <= set(visits)
    for values in (dia_objects, sources, objects):
        assert values.min() > 2**53
        assert len(np.unique(values)) == len(values)
