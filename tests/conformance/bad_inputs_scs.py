"""Wrong requests to Simple Cone Search: positions, radii, tables and the rest."""

from __future__ import annotations

from tests.conformance.bad_inputs import TABLE, Bad

PATH = f"scs/{TABLE}"
CONE = {"RA": "56.75", "DEC": "24.12", "SR": "0.1"}


def cone(name: str, message: str, **send: str | list[str]) -> Bad:
    """A cone with a wrong parameter."""
    return Bad(f"cone: {name}", message, CONE | send, path=PATH)


def without(parameter: str) -> Bad:
    """A cone that lacks a parameter."""
    send = {name: value for name, value in CONE.items() if name != parameter}
    return Bad(f"cone: no {parameter}", f"{parameter} is missing", send, path=PATH)


def of(name: str, table: str, message: str, status: int = 404) -> Bad:
    """A fine cone of a table that cannot be searched."""
    return Bad(f"cone of {name}", message, CONE, path=f"scs/{table}", status=status)


POSITIONS = [
    Bad("cone: nothing at all", "RA is missing", path=PATH),
    without("RA"),
    without("DEC"),
    without("SR"),
    cone("empty RA", "RA is missing", RA=""),
    cone("blank SR", "SR is missing", SR=" "),
    cone("RA twice", "RA was sent 2 times", RA=["1", "2"]),
    cone("DEC twice in another case", "DEC was sent 2 times", dec="1"),
    cone("SR twice", "SR was sent 2 times", SR=["1", "1"]),
    cone("RA as a word", "RA must be", RA="here"),
    cone("RA in hours", "RA must be", RA="03:47:00"),
    cone("DEC with a unit", "DEC must be", DEC="24d"),
    cone("DEC with a comma", "DEC must be", DEC="24,12"),
    cone("two numbers in one", "RA must be", RA="56.75 24.12"),
    cone("RA in hexadecimal", "RA must be", RA="0x10"),
    cone("RA with underscores", "RA must be", RA="1_0"),
    cone("RA in other digits", "RA must be", RA="\u0663"),
    cone("RA not a number", "RA must be", RA="NaN"),
    cone("DEC without end", "DEC must be", DEC="inf"),
    cone("SR without end", "SR must be", SR="1e999"),
    cone("SR not a number", "SR must be", SR="nan"),
    cone("DEC above the pole", "DEC must be.*90", DEC="90.001"),
    cone("DEC below the pole", "DEC must be.*90", DEC="-91"),
    cone("RA below zero", "RA must be.*360", RA="-1"),
    cone("RA beyond the circle", "RA must be.*360", RA="361"),
    cone("negative SR", "SR must be", SR="-0.1"),
    cone("SR beyond the sphere", "SR must be.*180", SR="181"),
    cone("RA as a condition", "RA must be", RA="1 OR 1=1"),
    cone("RA that ends the query", "RA must be", RA="1))=1 -- "),
]

OTHERS = [
    cone("VERB 0", "VERB must be", VERB="0"),
    cone("VERB 4", "VERB must be", VERB="4"),
    cone("VERB as a word", "VERB must be", VERB="all"),
    cone("VERB twice", "VERB was sent 2 times", VERB=["1", "2"]),
    cone("negative MAXREC", "MAXREC", MAXREC="-1"),
    cone("MAXREC as a word", "MAXREC", MAXREC="many"),
    cone("unknown format", "xlsx", RESPONSEFORMAT="xlsx"),
    cone("format twice", "RESPONSEFORMAT was sent 2 times", RESPONSEFORMAT=["csv", "csv"]),
    cone("zero character", r"U\+0000", RA="1\x00"),
    Bad("cone: not UTF-8", "not UTF-8", raw="RA=%FF&DEC=1&SR=1", path=PATH),
    Bad(
        "cone: not a form",
        "not understood",
        raw="{}",
        path=PATH,
        methods=("POST",),
        kind="application/json",
    ),
    Bad(
        "cone: stranger",
        "wrong or has expired",
        CONE,
        path=PATH,
        status=401,
        headers={"Authorization": "Bearer wrong"},
    ),
    Bad("cone: PUT, DELETE", "not possible", path=PATH, status=405, methods=("PUT", "DELETE")),
]

TABLES = [
    of("no table", "nothing.at_all", "no table"),
    of("a misspelt table", "gaia.sorce", "no table"),
    of("a schema", "gaia", "no table"),
    of("a column", "gaia.source.ra", "no table"),
    of("a table without positions", "tap_schema.tables", "has no positions"),
    of("a path", "..%2F..%2Fetc%2Fpasswd", "no table"),
    of("a quote", "gaia.source'--", "no table"),
    of("a very long name", "x" * 5000, "no table"),
    of("a part of a table", f"{TABLE}/nothing", "nothing at this address"),
]

BAD = [*POSITIONS, *OTHERS, *TABLES]
