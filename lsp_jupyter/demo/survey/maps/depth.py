"""How deep the survey is: maps of the coadds' properties in HEALPix cells."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.demo.survey.measured.photometry import Depth
from lsp_jupyter.demo.survey.observing.fields import BANDS, FIELDS, Field
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.demo.survey.truth.magnitudes import mag_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

__all__ = ["PROPERTIES", "SPEC", "Property", "PropertyMap", "map_order", "map_rows"]
__all__ += ["property_maps", "write_maps"]

#: Cells of 6.4 arcsec, as the maps of Data Preview 1 have (nside 32768).
ORDER = 15


@dataclass(frozen=True, slots=True)
class Property:
    """What a map tells of the coadds.

    Attributes
    ----------
    name : `str`
        Such as ``psf_maglim``; with a band before it the name of a column.
    operation : `str`
        How the exposures' values make one: ``weighted_mean``, ``mean`` or ``sum``.
    unit, ucd, description : `str`
        Metadata.
    """

    name: str
    operation: str
    unit: str
    ucd: str
    description: str

    @property
    def dataset_type(self) -> str:
        """The Butler's name of the map."""
        return f"deepCoadd_{self.name}_consolidated_map_{self.operation}"


PROPERTIES = (
    Property(
        "psf_maglim",
        "weighted_mean",
        "mag(AB)",
        "phot.mag;stat.max",
        "Magnitude of a point source whose signal in the coadd is five times the noise",
    ),
    Property(
        "psf_size",
        "weighted_mean",
        "pixel",
        "phys.angSize;instr.det.psf",
        "Width of the point-spread function, as of a Gaussian of equal noise-equivalent area",
    ),
    Property(
        "exposure_time", "sum", "s", "time.duration;obs.exposure", "Exposure time of all exposures"
    ),
    Property("epoch", "mean", "d", "time.epoch", "Mean epoch of the exposures: MJD, TAI"),
)


def _spec() -> TableSpec:
    own = (
        Column(
            "healpix",
            "long",
            ucd="pos.healpix",
            description="Number of the HEALPix cell, nested, ICRS",
            principal=True,
        ),
        Column("healpix_order", "int", description="HEALPix order of the cells", principal=True),
        Column(
            "ra",
            "double",
            unit="deg",
            ucd="pos.eq.ra;meta.main",
            description="Right ascension of the cell's centre, ICRS",
            principal=True,
        ),
        Column(
            "dec",
            "double",
            unit="deg",
            ucd="pos.eq.dec;meta.main",
            description="Declination of the cell's centre, ICRS",
            principal=True,
        ),
        Column("tract", "int", ucd="meta.id", description="Tract of the sky map", principal=True),
    )
    values = tuple(
        Column(
            f"{band}_{one.name}",
            "double" if one.name == "epoch" else "float",
            unit=one.unit,
            ucd=f"{one.ucd};{UCDS[band]}",
            description=f"{one.description}; {band} band",
            principal=one.name == "psf_maglim",
        )
        for one in PROPERTIES
        for band in BANDS
    )
    return TableSpec(
        schema="dp1_maps",
        name="SurveyProperty",
        columns=own + values,
        position=("ra", "dec"),
        title="Survey property maps",
        description=(
            "Depth, image quality, exposure time and epoch of the deep coadds in HEALPix cells; "
            "null where a band was not observed"
        ),
    )


#: Words of UCD1+ for the bands.
UCDS: Mapping[str, str] = {
    "u": "em.opt.U",
    "g": "em.opt.B",
    "r": "em.opt.R",
    "i": "em.opt.I",
    "z": "em.opt.I",
    "y": "em.IR.NIR",
}

SPEC = _spec()


@dataclass(frozen=True, slots=True)
class PropertyMap:
    """The maps of one field.

    Attributes
    ----------
    field : `Field`
        Which field.
    order : `int`
        HEALPix order of the cells.
    cells : `numpy.ndarray` of `int`, shape ``(n,)``
        Their numbers, nested and ascending: those with any exposure at their centre.
    ra, dec : `numpy.ndarray`, shape ``(n,)``
        Their centres: degrees, ICRS.
    values : mapping of `str` to `numpy.ndarray`, shape ``(n, 6)``
        By the names of `PROPERTIES`, in bands ``ugrizy``; NaN where a band was not observed.
    """

    field: Field
    order: int
    cells: Integers
    ra: Floats
    dec: Floats
    values: Mapping[str, Floats]


def map_order(size: Size) -> int:
    """The HEALPix order of a survey's maps: coarser where the fields are wide."""
    # The fields of the size "small" have about 10,000 cells of order 15, and all others about
    # as many at most.
    wider = size.side / 0.171
    return ORDER - max(0, round(float(np.log2(wider))))


@lru_cache(maxsize=2)
def property_maps(size: Size, seed: int) -> tuple[PropertyMap, ...]:
    """The properties of the coadds, field by field.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    """
    return tuple(_property_map(field, size, seed) for field in FIELDS)


def _property_map(field: Field, size: Size, seed: int) -> PropertyMap:
    order = map_order(size)
    cells, ra, dec = _cells(field, size, order)
    values = {one.name: np.full((len(cells), len(BANDS)), np.nan) for one in PROPERTIES}
    for place, band in enumerate(BANDS):
        visits = [one for one in schedule(size, seed) if one.field == field and one.band == band]
        if not visits:
            continue
        # What the objects of the catalogue are measured with.
        depth = Depth.of_visits(visits, ra, dec, size)
        seen = depth.seen
        values["psf_maglim"][seen, place] = mag_of(depth.limit()[seen])
        values["psf_size"][seen, place] = depth.sigma[seen]
        values["exposure_time"][seen, place] = depth.count[seen] * visits[0].exposure
        values["epoch"][seen, place] = depth.epoch[seen]
    seen = np.isfinite(values["epoch"]).any(axis=1)
    return PropertyMap(
        field,
        order,
        cells[seen],
        ra[seen],
        dec[seen],
        {name: value[seen] for name, value in values.items()},
    )


def _cells(field: Field, size: Size, order: int) -> tuple[Integers, Floats, Floats]:
    """The cells that exposures may see, ascending, and their centres in degrees."""
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import cone_search, healpix_to_lonlat

    # Half the camera's diagonal, the gaps between detectors, and the offsets of exposures.
    radius = size.side * (0.5**0.5 * 1.01 + 0.08) + 0.001
    cells, _, _ = cone_search(
        Longitude(field.ra * units.deg),
        Latitude(field.dec * units.deg),
        radius * units.deg,
        depth=order,
        flat=True,
    )
    cells = np.sort(np.asarray(cells, np.int64))
    ra, dec = healpix_to_lonlat(cells.astype(np.uint64), order)
    return cells, np.asarray(ra.to_value(units.deg)), np.asarray(dec.to_value(units.deg))


def map_rows(size: Size, seed: int) -> Iterator[dict[str, np.ndarray]]:
    """Rows of the table of all maps, one frame a field."""
    for made in property_maps(size, seed):
        count = len(made.cells)
        yield {
            "healpix": made.cells,
            "healpix_order": np.full(count, made.order),
            "ra": made.ra,
            "dec": made.dec,
            "tract": np.full(count, made.field.tract),
        } | {
            f"{band}_{name}": values[:, place]
            for name, values in made.values.items()
            for place, band in enumerate(BANDS)
        }


def write_maps(size: Size, seed: int, folder: Path) -> list[Path]:
    """Write the maps as compressed FITS files.

    They are partial maps with explicit numbers of cells, as healpy, hpgeom and Aladin read them.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    folder : `~pathlib.Path`
        Where to put them, made if it is missing.

    Returns
    -------
    paths : `list` of `~pathlib.Path`
        One file for each property and band, such as
        ``deepCoadd_psf_maglim_consolidated_map_weighted_mean_i.fits.gz``.
    """
    made = property_maps(size, seed)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for one in PROPERTIES:
        for place, band in enumerate(BANDS):
            cells = np.concatenate([each.cells for each in made])
            values = np.concatenate([each.values[one.name][:, place] for each in made])
            order = np.argsort(cells)
            order = order[~np.isnan(values[order])]
            path = folder / f"{one.dataset_type}_{band}.fits.gz"
            _write(path, one, band, made[0].order, cells[order], values[order])
            written.append(path)
    return written


def _write(
    path: Path, one: Property, band: str, order: int, cells: Integers, values: Floats
) -> None:
    from astropy.io import fits

    kind = "D" if one.name == "epoch" else "E"
    cards: dict[str, Any] = {
        "PIXTYPE": "HEALPIX",
        "ORDERING": "NESTED",
        "INDXSCHM": "EXPLICIT",
        "OBJECT": "PARTIAL",
        "COORDSYS": "C",
        "NSIDE": 2**order,
        "EXTNAME": one.name,
        "BAND": band,
    }
    columns = [
        fits.Column("PIXEL", "K", array=cells),
        fits.Column(one.name, kind, unit=one.unit.replace("mag(AB)", "mag"), array=values),
    ]
    table = fits.BinTableHDU.from_columns(columns, header=fits.Header(cards))
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(buffer)
    path.write_bytes(gzip.compress(buffer.getvalue(), compresslevel=4, mtime=0))
