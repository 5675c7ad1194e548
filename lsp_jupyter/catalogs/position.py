"""Which columns of a table are its position on the sky."""

from __future__ import annotations

from collections.abc import Iterable

from lsp_jupyter.adql.schema import Column

__all__ = ["find_position"]

#: Names of right ascension and declination, the likeliest first, in lower case.
_NAMES = (
    ("ra", "dec"),
    ("coord_ra", "coord_dec"),
    ("raj2000", "dej2000"),
    ("raj2000", "decj2000"),
    ("_raj2000", "_dej2000"),
    ("ra_j2000", "dec_j2000"),
    ("ra_icrs", "de_icrs"),
    ("ra_icrs", "dec_icrs"),
    ("raicrs", "deicrs"),
    ("ra_deg", "dec_deg"),
    ("radeg", "dedeg"),
    ("radeg", "decdeg"),
    ("ramean", "decmean"),
    ("alpha_j2000", "delta_j2000"),
    ("right_ascension", "declination"),
    ("s_ra", "s_dec"),
    ("ra", "de"),
    ("ra", "decl"),
)
_DEGREES = frozenset({"", "deg", "degree", "degrees"})


def find_position(
    columns: Iterable[Column], said: tuple[str, str] | None
) -> tuple[tuple[str, str] | None, str]:
    """The columns of right ascension and declination.

    Parameters
    ----------
    columns : iterable of `~lsp_jupyter.adql.schema.Column`
        All columns.
    said : `tuple` of `str`, optional
        What the source itself says.

    Returns
    -------
    position : `tuple` of `str`, optional
        Their names, if there are such columns of numbers in degrees.
    why : `str`
        What was found, for people.
    """
    by_name = {column.name: column for column in columns}
    pair, why = said, "as the source says"
    if pair is None:
        pair, why = _by_ucd(by_name), "by their UCDs"
    if pair is None:
        pair, why = _by_name(by_name), "by their names"
    if pair is None:
        return None, "none found; name the columns with --position RA DEC"
    for name in pair:
        column = by_name[name]
        if column.datatype in {"char", "unicodeChar", "boolean"} or column.arraysize:
            problem = f"holds {column.datatype}"
        elif column.unit.lower() not in _DEGREES:
            problem = f"is in {column.unit}"
        else:
            continue
        return None, f"none, since {name} {problem}; convert it to degrees to search by position"
    return pair, f"{pair[0]}, {pair[1]}, {why}"


def _by_ucd(columns: dict[str, Column]) -> tuple[str, str] | None:
    for main in (";meta.main", ""):
        ra, dec = (
            [name for name, column in columns.items() if column.ucd.lower() == f"{ucd}{main}"]
            for ucd in ("pos.eq.ra", "pos.eq.dec")
        )
        if len(ra) == len(dec) == 1:
            return ra[0], dec[0]
    return None


def _by_name(columns: dict[str, Column]) -> tuple[str, str] | None:
    spelled = {name.lower(): name for name in columns}
    for ra, dec in _NAMES:
        if ra in spelled and dec in spelled:
            return spelled[ra], spelled[dec]
    return None
