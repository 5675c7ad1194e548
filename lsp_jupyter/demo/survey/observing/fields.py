"""The seven fields of Data Preview 1, as published.

Centres, exposures in each band, image quality, coadd depths and tracts are those of the paper on
Data Preview 1 (RTN-095, tables of fields, of image quality, of depths and of tracts).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["BANDS", "FIELDS", "PHYSICAL_FILTERS", "Field", "field"]

#: The bands in order of wavelength; arrays of fluxes have one column each.
BANDS = "ugrizy"

#: Filters of the commissioning camera by band.
PHYSICAL_FILTERS: Mapping[str, str] = {
    "u": "u_02",
    "g": "g_01",
    "r": "r_03",
    "i": "i_06",
    "z": "z_03",
    "y": "y_04",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One pointing of the survey.

    Attributes
    ----------
    name : `str`
        The observatory's target name.
    title : `str`
        For people.
    ra, dec : `float`
        Its centre: degrees, ICRS.
    tract : `int`
        The tract of the sky map that holds all of our small field.
    visits : mapping of `str` to `int`
        Exposures of Data Preview 1 by band; only bands with any.
    seeing : mapping of `str` to `float`
        Median full width at half maximum of the point-spread function by band: arcsec.
    ebv : `float`
        Reddening E(B-V) that the field is given: magnitudes.
    """

    name: str
    title: str
    ra: float
    dec: float
    tract: int
    visits: Mapping[str, int]
    seeing: Mapping[str, float]
    ebv: float

    @property
    def bands(self) -> str:
        """The bands it was observed in, in order of wavelength."""
        return "".join(band for band in BANDS if band in self.visits)


def _by_band(text: str) -> dict[str, float]:
    return {band: float(value) for band, value in (item.split(":") for item in text.split())}


def _field(
    name: str,
    title: str,
    place: tuple[float, float],
    tract: int,
    *,
    visits: str,
    seeing: str,
    ebv: float,
) -> Field:
    counts = {band: int(count) for band, count in _by_band(visits).items()}
    return Field(name, title, *place, tract, counts, _by_band(seeing), ebv)


FIELDS = (
    _field(
        "47_Tuc",
        "47 Tucanae globular cluster",
        (6.128, -72.090),
        453,
        visits="u:6 g:10 r:32 i:19 y:5",
        # The paper has no value for u, where nothing was coadded; the median of all fields.
        seeing="u:1.48 g:1.27 r:1.25 i:1.11 y:1.33",
        ebv=0.03,
    ),
    _field(
        "Rubin_SV_38_7",
        "Rubin SV low ecliptic latitude field",
        (37.980, 7.015),
        10464,
        visits="g:44 r:40 i:55 z:20",
        seeing="g:1.13 r:1.13 i:1.10 z:1.22",
        ebv=0.11,
    ),
    _field(
        "Fornax_dSph",
        "Fornax dwarf spheroidal galaxy",
        (40.080, -34.450),
        4217,
        visits="g:5 r:25 i:12",
        seeing="g:1.16 r:0.82 i:0.93",
        ebv=0.02,
    ),
    _field(
        "ECDFS",
        "Extended Chandra Deep Field South",
        (53.160, -28.100),
        5063,
        visits="u:43 g:230 r:237 i:162 z:153 y:30",
        seeing="u:1.40 g:1.14 r:1.08 i:1.00 z:1.00 y:1.07",
        ebv=0.01,
    ),
    _field(
        "EDFS_comcam",
        "Rubin SV Euclid Deep Field South",
        (59.150, -48.730),
        2393,
        visits="u:20 g:61 r:87 i:42 z:42 y:20",
        seeing="u:1.88 g:1.25 r:1.20 i:1.10 z:1.18 y:0.99",
        ebv=0.01,
    ),
    _field(
        "Rubin_SV_095_-25",
        "Rubin SV low galactic latitude field",
        (95.040, -25.000),
        5525,
        visits="u:33 g:82 r:84 i:23 z:60 y:10",
        seeing="u:1.40 g:1.25 r:1.14 i:0.97 z:1.17 y:0.82",
        ebv=0.08,
    ),
    _field(
        "Seagull",
        "Seagull Nebula",
        (106.300, -10.510),
        7850,
        visits="u:10 g:37 r:43 z:10",
        seeing="u:1.50 g:1.34 r:1.19 z:1.19",
        ebv=0.45,
    ),
)


def field(name: str) -> Field:
    """The field of a name.

    Raises
    ------
    KeyError
        Raised if there is none.
    """
    for one in FIELDS:
        if one.name == name:
            return one
    raise KeyError(name)
