"""Wrong requests to the services of images: searches by SIA, links, and files."""

from __future__ import annotations

from tests.conformance.bad_inputs import Bad

SEARCH = "sia/dp1/query"
LINKS = "datalink/links"
DID = "ivo://lsp_jupyter.local/dp1?00000000-0000-0000-0000-000000000000"


def sia(name: str, message: str, **send: str | list[str]) -> Bad:
    """A search with a wrong parameter."""
    return Bad(f"sia: {name}", message, send, path=SEARCH)


def pos(name: str, value: str, message: str = "POS") -> Bad:
    """A search with a wrong position."""
    return sia(name, message, POS=value)


def at(name: str, path: str, message: str, status: int = 404, **send: str) -> Bad:
    """A request to an address that is wrong."""
    return Bad(name, message, send, path=path, status=status)


POSITIONS = [
    pos("a shape that there is none of", "BOX 53 -28 1 1"),
    pos("no shape", "53 -28 0.1"),
    pos("a shape alone", "CIRCLE"),
    pos("a circle without radius", "CIRCLE 53 -28"),
    pos("a circle with four numbers", "CIRCLE 53 -28 0.1 2"),
    pos("a negative radius", "CIRCLE 53 -28 -0.1"),
    pos("a radius that is no number", "CIRCLE 53 -28 wide"),
    pos("a radius without end", "CIRCLE 53 -28 inf"),
    pos("a radius beyond the sphere", "CIRCLE 53 -28 181"),
    pos("right ascension not a number", "CIRCLE NaN -28 0.1"),
    pos("right ascension beyond the circle", "CIRCLE 361 -28 0.1"),
    pos("declination beyond the pole", "CIRCLE 53 -91 0.1"),
    pos("commas", "CIRCLE 53,-28,0.1"),
    pos("sexagesimal numbers", "CIRCLE 03:32:00 -28:00:00 0.1"),
    pos("a range of three numbers", "RANGE 53 54 -28"),
    pos("a range from north to south", "RANGE 53 54 -27 -28"),
    pos("a range that is not a number", "RANGE 53 54 NaN 90"),
    pos("a polygon of two corners", "POLYGON 53 -28 54 -28"),
    pos("a polygon of five numbers", "POLYGON 53 -28 54 -28 54"),
    pos("a polygon with a word", "POLYGON 53 -28 54 x 54 -27"),
    pos("a polygon beyond the pole", "POLYGON 53 -28 54 -95 54 -27"),
    sia("the second of two positions", "POS", POS=["CIRCLE 53 -28 0.1", "CIRCLE 53 -28"]),
]
VALUES = [
    sia("a band of three numbers", "BAND", BAND="4e-7 5e-7 6e-7"),
    sia("a band by name", "BAND", BAND="r"),
    sia("a band from red to blue", "BAND", BAND="6e-7 5e-7"),
    sia("a band that is not a number", "BAND", BAND="NaN 5e-7"),
    sia("a time from late to early", "TIME", TIME="60001 60000"),
    sia("a time as a date", "TIME", TIME="2024-11-01T00:00:00"),
    sia("a field of view from large to small", "FOV", FOV="2 1"),
    sia("an exposure time as a word", "EXPTIME", EXPTIME="long"),
    sia("an unknown state of polarization", "POL", POL="Z"),
    sia("an unknown kind of product", "DPTYPE", DPTYPE="movie"),
    sia("an unknown level", "CALIB", CALIB="9"),
    sia("a level as a word", "CALIB", CALIB="raw"),
    sia("a negative MAXREC", "MAXREC", MAXREC="-1"),
    sia("MAXREC as a word", "MAXREC", MAXREC="all"),
    sia("MAXREC twice", "MAXREC was sent 2 times", MAXREC=["1", "2"]),
    sia("an unknown format of the answer", "nonsense", RESPONSEFORMAT="nonsense"),
    sia("two formats", "RESPONSEFORMAT", RESPONSEFORMAT=["csv", "votable"]),
    sia("a character that XML cannot hold", "U\\+0001", TARGET="a\x01b"),
    at("sia: a release that there is none of", "sia/dp9/query", "no images of a release dp9"),
    at("sia: a release of tables alone", "sia/gaia/query", "no images of a release gaia"),
]
LINKING = [
    Bad("links: nothing asked", "^UsageFault: ID is missing", path=LINKS),
    Bad("links: an empty ID", "^UsageFault: ID is missing", {"ID": " "}, path=LINKS),
    Bad(
        "links: a format",
        "^UsageFault: .*bogus",
        {"ID": DID, "RESPONSEFORMAT": "bogus"},
        path=LINKS,
    ),
    Bad(
        "links: two formats",
        "^UsageFault: RESPONSEFORMAT",
        {"ID": DID, "RESPONSEFORMAT": ["csv", "tsv"]},
        path=LINKS,
    ),
    Bad(
        "links: a million of them",
        "^UsageFault: The request is longer than",
        raw="&".join(["ID=a"] * 1_000_000),
        path=LINKS,
        status=413,
        methods=("POST",),
    ),
    Bad("links: no UTF-8", "^UsageFault: .*UTF-8", raw="ID=%ff%fe", path=LINKS),
    Bad(
        "links: a body of another kind",
        "^UsageFault: A body of type",
        raw="{}",
        path=LINKS,
        methods=("POST",),
        kind="application/json",
    ),
    at("links: a table that is not", "datalink/dp1.Nothing/id", "^NotFoundFault: ", ID="1"),
    at("links: a column without", "datalink/dp1.Object/coord_ra", "^NotFoundFault: ", ID="1"),
    at("links: nowhere", "datalink/none", "nothing at this address", ID=DID),
]
FILES = [
    Bad("file: unknown", "no image", path=f"images/dp1/{DID[-36:]}", status=404, methods=("GET",)),
    Bad("file: of another release", "no image", path="images/x/1", status=404, methods=("GET",)),
    Bad("file: a path", "no image", path="images/dp1/..%2F..%2Fa", status=404, methods=("GET",)),
]

BAD = [*POSITIONS, *VALUES, *LINKING, *FILES]
