"""The functions of the IVOA's Catalogue of ADQL User Defined Functions, version 1.2."""

from __future__ import annotations

from lsp_jupyter.adql.functions.declared import (
    GEOMETRY,
    NUMBER,
    STRING,
    TIME,
    WHOLE,
    declare,
    double,
    integer,
    text,
    unit,
)
from lsp_jupyter.adql.types import BIGINT, POINT, Kind, Type

__all__ = ["IVOA"]

_I = "ivoa"
_DAYS = unit("d")
_STAR = (
    "ra DOUBLE PRECISION, dec DOUBLE PRECISION, parallax DOUBLE PRECISION, "
    "pmra DOUBLE PRECISION, pmdec DOUBLE PRECISION, radial_velocity DOUBLE PRECISION, "
    "ref_epoch DOUBLE PRECISION, out_epoch DOUBLE PRECISION"
)

IVOA = (
    declare(
        _I,
        "ivo_healpix_index(hpxOrder INTEGER, long DOUBLE PRECISION, lat DOUBLE PRECISION) "
        "-> BIGINT",
        (WHOLE, NUMBER, NUMBER),
        lambda _: BIGINT.with_unit("", "pos.healpix"),
        "The number of the nested HEALPix cell of a position.",
        others=("ivo_healpix_index(hpxOrder INTEGER, p POINT) -> BIGINT",),
        spatial=True,
    ),
    declare(
        _I,
        "ivo_healpix_center(hpxOrder INTEGER, hpxIndex BIGINT) -> POINT",
        (WHOLE, WHOLE),
        lambda _: POINT,
        "The centre of a nested HEALPix cell; NULL if there is no such cell.",
        spatial=True,
    ),
    declare(
        _I,
        f"ivo_epoch_prop_pos({_STAR}) -> POINT",
        (NUMBER,) * 8,
        lambda _: POINT,
        "Where a star is at another epoch (Julian years) if it moves evenly through space; "
        "parallax and motions in mas and mas/yr, velocity in km/s, and 0 where NULL.",
        spatial=True,
    ),
    declare(
        _I,
        f"ivo_epoch_prop({_STAR}) -> DOUBLE PRECISION[6]",
        (NUMBER,) * 8,
        lambda _: Type(Kind.OTHER, "double", "6"),
        "The first six values of a star at another epoch, as in ivo_epoch_prop_pos; "
        "what was NULL stays NULL.",
        spatial=True,
    ),
    declare(
        _I,
        "ivo_geom_transform(from_sys TEXT, to_sys TEXT, geo GEOMETRY) -> GEOMETRY",
        (STRING, STRING, GEOMETRY),
        lambda types: types[-1],
        "A shape in another system, by rotation alone: ICRS, FK5 (J2000), FK4 (B1950), GALACTIC, "
        "SUPER_GALACTIC or ECLIPTIC (J2000), both named by literals.",
        spatial=True,
    ),
    declare(
        _I,
        "ivo_to_jd(d TIMESTAMP) -> DOUBLE PRECISION",
        (TIME,),
        _DAYS,
        "The Julian date of a time, whatever its time scale.",
    ),
    declare(
        _I,
        "ivo_to_mjd(d TIMESTAMP) -> DOUBLE PRECISION",
        (TIME,),
        _DAYS,
        "The modified Julian date of a time, whatever its time scale.",
    ),
    declare(
        _I,
        "ivo_string_agg(expression TEXT, delimiter TEXT) -> TEXT",
        (STRING, STRING),
        text,
        "All texts of a group joined by a delimiter, in order; NULLs are left out.",
        aggregate=True,
    ),
    declare(
        _I,
        "ivo_nocasematch(value TEXT, pattern TEXT) -> INTEGER",
        (STRING, STRING),
        integer,
        "1 if a text is like a pattern without regard to upper and lower case, else 0.",
    ),
    declare(
        _I,
        "ivo_hasword(haystack TEXT, needle TEXT) -> INTEGER",
        (STRING, STRING),
        integer,
        "1 if all words of the needle are words of the haystack, whatever their case, else 0.",
    ),
    declare(
        _I,
        "ivo_hashlist_has(hashlist TEXT, item TEXT) -> INTEGER",
        (STRING, STRING),
        integer,
        "1 if an item, whatever its case, is in a list whose items are separated by #, else 0.",
    ),
    declare(
        _I,
        "ivo_histogram(val DOUBLE PRECISION, lower DOUBLE PRECISION, upper DOUBLE PRECISION, "
        "nbins INTEGER) -> INTEGER[]",
        (NUMBER, NUMBER, NUMBER, WHOLE),
        lambda _: Type(Kind.OTHER, "int", "*"),
        "How many values are below lower or NULL, in each of nbins equal bins, and at or above "
        "upper; the limits and nbins are literals.",
        aggregate=True,
    ),
    declare(
        _I,
        "ivo_normal_random(mu DOUBLE PRECISION, sigma DOUBLE PRECISION) -> DOUBLE PRECISION",
        (NUMBER, NUMBER),
        double,
        "A random number of the normal distribution around mu with width sigma.",
    ),
    declare(
        _I,
        "ivo_interval_overlaps(a1 DOUBLE PRECISION, b1 DOUBLE PRECISION, a2 DOUBLE PRECISION, "
        "b2 DOUBLE PRECISION) -> INTEGER",
        (NUMBER,) * 4,
        integer,
        "1 if the interval from a1 to b1 has a number in common with that from a2 to b2, else 0.",
    ),
    declare(
        _I,
        "ivo_hms_to_degrees(hms TEXT) -> DOUBLE PRECISION",
        (STRING,),
        unit("deg"),
        "Degrees of hours, minutes and seconds such as 3:34:45.4, 3h34m45.4s or 033445.4; "
        "NULL if the text cannot be read.",
    ),
    declare(
        _I,
        "ivo_dms_to_degrees(dms TEXT) -> DOUBLE PRECISION",
        (STRING,),
        unit("deg"),
        "Degrees of degrees, minutes and seconds such as -42:9:6.8, -42d9m6.8s or -420906.8; "
        "NULL if the text cannot be read.",
    ),
)
"""The functions."""
