"""Wrong uploads: how they are announced, and what is in them."""

from __future__ import annotations

import gzip

from tests.conformance import bad_files
from tests.conformance.bad_files import FINE, fits_table, rows, stream, votable
from tests.conformance.bad_inputs import Bad

QUERY = "SELECT * FROM tap_upload.t"


def named(name: str, upload: str | list[str], message: str, **parts: bytes) -> Bad:
    """An UPLOAD parameter that says it wrong, with parts of the form."""
    return Bad(
        f"upload: {name}",
        message,
        {"QUERY": QUERY, "LANG": "ADQL", "UPLOAD": upload},
        methods=("POST",),
        files=parts or {"t": FINE},
    )


def address(name: str, uri: str, message: str = "not fetched. Send the table itself") -> Bad:
    """An upload of something that is elsewhere."""
    send = {"QUERY": QUERY, "LANG": "ADQL", "UPLOAD": f"t,{uri}"}
    return Bad(f"upload from {name}", message, send)


def content(name: str, data: bytes, message: str, status: int = 400) -> Bad:
    """A file that cannot be read as a table."""
    return Bad(
        f"upload of {name}",
        message,
        {"QUERY": QUERY, "LANG": "ADQL", "UPLOAD": "t,param:t"},
        methods=("POST",),
        files={"t": data},
        status=status,
    )


def query(name: str, adql: str, message: str) -> Bad:
    """A fine upload with a query that does not fit it."""
    return Bad(
        f"upload, {name}",
        message,
        {"QUERY": adql, "LANG": "ADQL", "UPLOAD": "t,param:t"},
        methods=("POST",),
        files={"t": FINE},
    )


SYNTAX = [
    named("no comma", "t", "UPLOAD"),
    named("no name", ",param:t", "UPLOAD"),
    named("no place", "t,", "UPLOAD"),
    named("no part", "t,param:", "UPLOAD|part"),
    named("part that is not there", "t,param:other", "other"),
    named("part without scheme", "t,t", "(?i)UPLOAD"),
    named("name that starts with a digit", "1t,param:t", "1t"),
    named("name with a hyphen", "t-x,param:t", "t-x"),
    named("name with a blank", "t x,param:t", "t x"),
    named("name with a schema", "tap_upload.t,param:t", "tap_upload"),
    named("name beyond ASCII", "\u00e9,param:t", "\u00e9"),
    named("name in quotes", '"t",param:t', "cannot be the name"),
    named("very long name", "t" * 300 + ",param:t", "cannot be the name"),
    named("same name twice", "t,param:t;t,param:t", "Two uploaded tables are called"),
    named("same name in another case", "t,param:t;T,param:t", "Two uploaded tables are called"),
    named("same name, two uploads", ["t,param:t", "t,param:t"], "Two uploaded tables are called"),
    named("one of two is wrong", "t,param:t;u", "UPLOAD"),
    Bad(
        "upload: too many",
        "500 uploads; 32 are possible",
        {"QUERY": QUERY, "UPLOAD": ";".join(f"t{n},param:t" for n in range(500))},
        methods=("POST",),
        files={"t": FINE},
        status=413,
    ),
    Bad(
        "upload of nobody",
        "UPLOAD does not name it",
        {"QUERY": QUERY, "LANG": "ADQL"},
        methods=("POST",),
        files={"t": FINE},
    ),
    Bad(
        "upload: no form with parts",
        "no part .t. in the request",
        {"QUERY": QUERY, "LANG": "ADQL", "UPLOAD": "t,param:t"},
    ),
]

PLACES = [
    address("a file", "file:///etc/passwd"),
    address("a file, by its path alone", "/etc/passwd"),
    address("this machine", "http://127.0.0.1:1/t.vot"),
    address("this machine, in other words", "http://[::ffff:127.0.0.1]:1/t.vot"),
    address("another machine", "https://example.org/t.vot"),
    address("FTP", "ftp://example.org/t.vot"),
    address("Gopher", "gopher://127.0.0.1:1/_x"),
    address("data in the address", "data:text/csv,id%0A1"),
    address("VOSpace", "vos://example.org!vospace/t.vot"),
    address("a script", "javascript:alert(1)"),
    address("a job that is not there", "job:0123abcd", "job"),
]

KINDS = [
    content("nothing", b"", "is empty"),
    content("blanks", b"  \n\n ", "is empty"),
    content("zeros", bytes(1000), "no kind that can be read"),
    content("noise", bytes(range(128, 256)) * 8, "not UTF-8"),
    content("a picture", bad_files.png(), "no kind that can be read"),
    content("a page", b"<html><body>404</body></html>", "no VOTable.*HTML"),
    content("a document", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "cannot be read|can be read"),
    content("a program", b"\x7fELF\x02\x01\x01" + bytes(100), "cannot be read|can be read"),
    content(
        "a pickle",
        b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x02id\x94K\x01s.",
        "cannot be read|can be read",
    ),
    content(
        "a numpy file", b"\x93NUMPY\x01\x00v\x00{'descr': '<i4'}", "cannot be read|can be read"
    ),
    content("an archive", bad_files.archive(), "zip archive"),
    content("a broken gzip file", gzip.compress(FINE)[:-20], "cut off"),
    content("a gzip file of noise", b"\x1f\x8b\x08\x00" + bytes(50), "cannot be decompressed"),
    content("gzip in gzip", gzip.compress(gzip.compress(FINE)), "compressed twice"),
]

VOTABLES = [
    content("half a VOTable", FINE[:-30], "cut off or no XML"),
    content(
        "crossed elements",
        FINE.replace(b"</DATA>", b"</TABLE>"),
        "cut off or no XML: mismatched tag",
    ),
    content(
        "a VOTable with a DOCTYPE", votable("", head="<!DOCTYPE VOTABLE>"), "Remove the DOCTYPE"
    ),
    content("a billion laughs", votable("", head=bad_files.LAUGHS), "Remove the DOCTYPE"),
    content(
        "a file by an entity",
        votable(rows(["&x;"]), head='<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "Remove the DOCTYPE",
    ),
    content(
        "a stream elsewhere",
        votable(stream("", attributes='href="http://127.0.0.1:1/x"')),
        "at another address. Send the rows themselves",
    ),
    content(
        "a stream in a file",
        votable(stream("", attributes='href="file:///etc/passwd"')),
        "at another address. Send the rows themselves",
    ),
    content("a VOTable without table", b"<VOTABLE version='1.4'/>", "no table with rows"),
    content("an error document", bad_files.ERROR, "no table with rows"),
    content("a table without columns", votable(rows(["1"]), ""), "no columns"),
    content(
        "a FIELD without type",
        votable(rows(["1"]), '<FIELD name="id"/>'),
        "id of t is of the type “”",
    ),
    content(
        "an unknown type",
        votable(rows(["1"]), '<FIELD name="id" datatype="quaternion"/>'),
        "of the type “quaternion”",
    ),
    content(
        "an endless array",
        votable("", '<FIELD name="id" datatype="int" arraysize="99999999999"/>'),
        "arraysize .99999999999",
    ),
    content(
        "a size in words",
        votable("", '<FIELD name="i" datatype="int" arraysize="x"/>'),
        "arraysize",
    ),
    content(
        "too many columns",
        votable("", "".join(f'<FIELD name="c{n}" datatype="int"/>' for n in range(3000))),
        "more than 2,000 columns",
        413,
    ),
    content("nested elements", votable("<GROUP>" * 100 + "</GROUP>" * 100), "more than 64 deep"),
    content("a word for a number", votable(rows(["many"])), "Row 1 .* id = 'many'"),
    content("a number too large", votable(rows(["3000000000"])), "id .*does not fit"),
    content("a row too long", votable(rows(["1", "2"])), "Row 1 .*2 cells instead of 1"),
    content(
        "fewer rows than declared",
        votable(rows(["1"]), table='nrows="2"'),
        "declares 2 rows, but holds 1",
    ),
    content(
        "rows without number",
        votable(rows(["1"]), table='nrows="99999999999999"'),
        "declares 99,999,999,999,999 rows",
        413,
    ),
    content("no Base64", votable(stream("*****")), "base64 text .*is broken"),
    content("a short stream", votable(stream("AAAA")), "cut off"),
    content("no encoding", votable(stream("x", attributes="")), "encoded in a way"),
    content("an unknown encoding", FINE.replace(b"UTF-8", b"KOI-99"), "encoding.*Use UTF-8"),
    content("other bytes than UTF-8", FINE.replace(b">1<", b">\xff<"), "no XML.*line 1"),
]

FILES = [
    content("half a FITS file", fits_table(1000, bytes(2880)), "cut off or no whole FITS"),
    content("a FITS image", bad_files.IMAGE, "holds no binary table"),
    content("a FITS file without tables", bad_files.PRIMARY, "holds no binary table"),
    content("a FITS header alone", b"SIMPLE  =                    T", "(?i)FITS"),
    content(
        "a FITS table of nothing", fits_table(1, bytes(2880), "'9Q      '"), "wider than its rows"
    ),
    content("half a Parquet file", bad_files.parquet()[:-6], "(?i)Parquet"),
    content("a Parquet file in name", b"PAR1" + bytes(100) + b"PAR1", "(?i)Parquet"),
    content("half an Arrow stream", bad_files.arrow()[:-150], "(?i)Arrow"),
    content("ragged CSV", b"id,x\n1,2\n3\n4,5,6\n", "row 2 has 1, row 3 has 3"),
    content("CSV of one name", b"id,id\n1,2\n", "same name: id"),
    content("CSV of other bytes", b"id,n\n1,\xff\n", "(?i)UTF-8"),
    content("CSV with zeros", b"id,n\n1,a\x00b\n", "(?i)CSV|U\\+0000|zero|NUL|character"),
    content(
        "CSV of 10,000 columns",
        ",".join(f"c{n}" for n in range(10_000)).encode() + b"\n",
        "more than 2,000 columns",
        413,
    ),
    content("ECSV without header", b"# %ECSV 1.0\n# ---\nid\n1\n", "header .*columns"),
    content(
        "ECSV of other columns",
        b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: int32}\nb\n1\n",
        "describes a, but its columns are b",
    ),
]

QUERIES = [
    query("another table", "SELECT * FROM tap_upload.u", "no upload called u. It has: t"),
    query("an unknown column", "SELECT ids FROM tap_upload.t", "Did you mean id"),
    query("without the schema", "SELECT * FROM t", "Did you mean tap_upload.t"),
    query("a wrong query", "SELECT * FORM tap_upload.t", "Did you mean FROM"),
]

BAD = [*SYNTAX, *PLACES, *KINDS, *VOTABLES, *FILES, *QUERIES]
