"""Wrong requests for parts of images: at once, as jobs, and many by a table.

``{did}`` stands for an image that is there.
"""

from __future__ import annotations

from tests.conformance.bad_inputs import Bad

DID = "{did}"
NO_DID = "ivo://lsp_jupyter.local/dp1?00000000-0000-0000-0000-000000000000"
SYNC, JOBS, MANY = "soda/sync", "soda/async", "cutouts"
PLACE = "53.1 -28.1 0.01"


def cut(name: str, message: str, status: int = 400, **send: str | list[str]) -> Bad:
    """A part of the image that is there, with something wrong."""
    return Bad(f"soda: {name}", message, {"ID": DID} | send, path=SYNC, status=status)


def region(name: str, parameter: str, value: str) -> Bad:
    """A wrong region."""
    return cut(name, f"^UsageError: .*{parameter}", **{parameter: value})


def job(name: str, message: str, **send: str | list[str]) -> Bad:
    """A job for parts of images that cannot be one."""
    return Bad(f"soda job: {name}", message, {"ID": DID} | send, path=JOBS, methods=("POST",))


def many(name: str, message: str, status: int = 400, **send: str | list[str]) -> Bad:
    """Many cutouts, with something wrong."""
    return Bad(f"cutouts: {name}", message, send, path=MANY, status=status, methods=("POST",))


REGIONS = [
    region("a circle of two numbers", "CIRCLE", "53 -28"),
    region("a circle of four numbers", "CIRCLE", "53 -28 0.1 1"),
    region("a circle of words", "CIRCLE", "here and there"),
    region("a negative radius", "CIRCLE", "53 -28 -1"),
    region("no radius", "CIRCLE", "53 -28 NaN"),
    region("a radius without end", "CIRCLE", "53 -28 Inf"),
    region("declination beyond the pole", "CIRCLE", "53 -91 0.1"),
    region("right ascension beyond the circle", "CIRCLE", "361 -28 0.1"),
    region("a polygon of two corners", "POLYGON", "53 -28 54 -28"),
    region("a polygon of an odd number", "POLYGON", "53 -28 54 -28 54"),
    region("a polygon with a word", "POLYGON", "53 -28 54 x 54 -27"),
    region("a shape that there is none of", "POS", "BOX 53 -28 1 1"),
    region("a shape alone", "POS", "CIRCLE"),
    region("no shape", "POS", PLACE),
    region("a range from north to south", "POS", "RANGE 53 54 -27 -28"),
]
SODA = [
    Bad("soda: nothing asked", "^UsageError: ID is missing", path=SYNC),
    Bad("soda: an empty ID", "^UsageError: ID is missing", {"ID": ""}, path=SYNC),
    cut("no such image", "^NotFoundError|^UsageError|no image", 404, ID=NO_DID),
    cut("an ID of another kind", "no image|ID", 404, ID="42"),
    cut("two images", "^UsageError: MultiValuedParamNotSupported: ID", ID=[DID, NO_DID]),
    cut(
        "two circles",
        "^UsageError: MultiValuedParamNotSupported: CIRCLE",
        CIRCLE=[PLACE, PLACE + "1"],
    ),
    cut(
        "two shapes",
        "^UsageError: MultiValuedParamNotSupported: CIRCLE and POS",
        CIRCLE=PLACE,
        POS=f"CIRCLE {PLACE}",
    ),
    *REGIONS,
    cut("a band of three numbers", "^UsageError: BAND", BAND="4e-7 5e-7 6e-7"),
    cut("a band by name", "^UsageError: BAND", BAND="r"),
    cut("a band from red to blue", "^UsageError: BAND", BAND="6e-7 5e-7"),
    cut("a time as a date", "^UsageError: TIME", TIME="2024-11-01T00:00:00"),
    cut("a time from late to early", "^UsageError: TIME", TIME="60001 60000"),
    cut("a polarization that there is none of", "^UsageError: .*polarization", POL="Z"),
    cut("an unknown format", "^UsageError: .*nonsense", RESPONSEFORMAT="nonsense"),
    cut("two formats", "^UsageError: RESPONSEFORMAT", RESPONSEFORMAT=["fits", "png"]),
    cut("an unknown detail", "^UsageError: CUTOUTDETAIL", CUTOUTDETAIL="Everything"),
    cut("a compression as a word", "^UsageError: COMPRESS", COMPRESS="maybe"),
    cut("an unknown stretch", "^UsageError: ", STRETCH="wide", RESPONSEFORMAT="image/png"),
    cut("limits as a word", "^UsageError: ", LIMITS="all x", RESPONSEFORMAT="image/png"),
    cut("unknown colours", "^UsageError: ", COLORS="plaid", RESPONSEFORMAT="image/png"),
    Bad(
        "soda: a body of another kind",
        "^UsageError: A body of type",
        raw="{}",
        path=SYNC,
        methods=("POST",),
        kind="application/json",
    ),
    Bad("soda: no UTF-8", "^UsageError: .*UTF-8", raw="ID=%ff%fe", path=SYNC),
]
ASYNC = [
    job("no circle", "CIRCLE", CIRCLE="53 -28"),
    job("no band", "BAND", BAND="red"),
    job("an unknown format", "nonsense", RESPONSEFORMAT="nonsense"),
    job("an unknown detail", "CUTOUTDETAIL", CUTOUTDETAIL="Everything"),
    job("an unknown phase", "PHASE", PHASE="GO"),
    job("two phases", "PHASE", PHASE=["RUN", "RUN"]),
    Bad("soda job: no such job", "no such job", path=f"{JOBS}/abc", status=404, methods=("GET",)),
    Bad("soda job: no such phase", "", {"PHASE": "NO"}, path=JOBS, methods=("GET",)),
]
BULK = [
    many("a circle of words", "CIRCLE", ID=NO_DID, CIRCLE="a b c"),
    many("two images for three circles", "values of ID", ID=["a", "b"], CIRCLE=[PLACE] * 3),
    many("a radius as a word", "RADIUS", CIRCLE=PLACE, RADIUS="wide"),
    many("a radius of nothing", "RADIUS|radius", CIRCLE=PLACE, RADIUS="NaN"),
    many("an unknown format", "RESPONSEFORMAT", CIRCLE=PLACE, RESPONSEFORMAT="rar"),
    many("an unknown detail", "CUTOUTDETAIL", CIRCLE=PLACE, CUTOUTDETAIL="Everything"),
    many("two releases", "RELEASE was sent 2 times", CIRCLE=PLACE, RELEASE=["dp1", "dp2"]),
    many("a table that is not there", "part", UPLOAD="t,param:nothing"),
    many(
        "a table that is elsewhere",
        "address that is not fetched",
        UPLOAD="t,http://example.org/t.xml",
    ),
    many("an unknown phase", "PHASE", CIRCLE=PLACE, PHASE="GO"),
    Bad("cutouts: no such job", "no such job", path=f"{MANY}/abc", status=404, methods=("GET",)),
    Bad(
        "cutouts: a table that is none",
        "cannot be read|cut off|no XML",
        {"UPLOAD": "t,param:t", "RELEASE": "dp1"},
        path=MANY,
        methods=("POST",),
        files={"t": b"<VOTABLE><RESOURCE>"},
    ),
]

BAD = [*SODA, *ASYNC, *BULK]
