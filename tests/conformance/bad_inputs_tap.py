"""Wrong requests to TAP: parameters, credentials, resources and queries."""

from __future__ import annotations

from tests.conformance.bad_inputs import FINE, TABLE, Bad


def adql(name: str, query: str, message: str) -> Bad:
    """A wrong query."""
    return Bad(name, message, {"QUERY": query, "LANG": "ADQL"})


def select(name: str, expression: str, message: str, rest: str = "") -> Bad:
    """A query with something wrong in its list of columns, or after its table."""
    return adql(name, f"SELECT {expression} FROM {TABLE} {rest}".rstrip(), message)


def sync(name: str, message: str, **send: str | list[str]) -> Bad:
    """A fine query with another wrong parameter."""
    return Bad(name, message, {"QUERY": FINE, "LANG": "ADQL"} | send)


def stranger(name: str, message: str, credentials: str) -> Bad:
    """A fine query of somebody unknown."""
    return Bad(name, message, {"QUERY": FINE}, status=401, headers={"Authorization": credentials})


def at(name: str, path: str, message: str, status: int = 404, **send: str | list[str]) -> Bad:
    """A request that no resource answers, or not so."""
    return Bad(name, message, send, path=f"tap/{path}", status=status, methods=("GET",))


def refused(path: str, *methods: str) -> Bad:
    """Methods that a resource does not have."""
    return Bad(
        f"{', '.join(methods)} {path}", "not possible", path=path, status=405, methods=methods
    )


PARAMETERS = [
    Bad("no parameters", "QUERY"),
    Bad("no query", "QUERY", {"LANG": "ADQL"}),
    Bad("empty query", "QUERY", {"QUERY": "", "LANG": "ADQL"}),
    Bad("blank query", "QUERY", {"QUERY": " \n\t ", "LANG": "ADQL"}),
    sync("repeated query", "QUERY was sent 2 times", QUERY=[FINE, FINE]),
    sync("repeated in another case", "LANG was sent 2 times", lang="ADQL"),
    sync("repeated format", "RESPONSEFORMAT was sent 2 times", RESPONSEFORMAT=["csv", "csv"]),
    sync("repeated run id", "RUNID was sent 2 times", RUNID=["a", "b"]),
    sync("other language", "PQL.*ADQL", LANG="PQL"),
    sync("language of the database", "SQL.*ADQL", LANG="SQL"),
    sync("language version", r"ADQL-3\.0", LANG="ADQL-3.0"),
    sync("other request", "REQUEST can only be doQuery", REQUEST="doEverything"),
    sync("request of TAP 1.0", "tap/capabilities", REQUEST="getCapabilities"),
    sync("negative maxrec", "MAXREC", MAXREC="-1"),
    sync("maxrec as a word", "MAXREC", MAXREC="many"),
    sync("maxrec with a fraction", "MAXREC", MAXREC="1.5"),
    sync("maxrec with an exponent", "MAXREC", MAXREC="1e3"),
    sync("maxrec in other digits", "MAXREC", MAXREC="\u0663"),
    sync("maxrec without end", "MAXREC", MAXREC="9" * 400),
    sync("repeated maxrec", "MAXREC was sent 2 times", MAXREC=["1", "2"]),
    sync("unknown format", "xlsx.*votable.*csv.*parquet", RESPONSEFORMAT="xlsx"),
    sync("unknown format, old name", "nonsense.*votable", FORMAT="nonsense"),
    sync("format of a document", "application/pdf", RESPONSEFORMAT="application/pdf"),
    sync("format with control characters", "no output format", RESPONSEFORMAT="csv\r\nX-Evil: 1"),
    sync("contradicting formats", "contradict", RESPONSEFORMAT="csv", FORMAT="votable"),
    sync("run id too long", "RUNID", RUNID="x" * 300),
    Bad("not UTF-8", "not UTF-8", raw="LANG=ADQL&QUERY=SELECT+%FF"),
    Bad("half a character", "not UTF-8", raw="LANG=ADQL&QUERY=SELECT+%ED%A0%80"),
    Bad("zero character", r"U\+0000", raw="LANG=ADQL&QUERY=SELECT+%00"),
    Bad("escape character", r"U\+001B", raw="LANG=ADQL&QUERY=SELECT+%1B"),
    Bad("too many parameters", "more than 200", raw="&".join(["a=b"] * 300)),
    Bad("JSON", "not understood", raw='{"QUERY": 1}', methods=("POST",), kind="application/json"),
    Bad("no type", "not understood", raw="QUERY=x", methods=("POST",), kind="text/plain"),
    Bad("no boundary", "form", raw="x", methods=("POST",), kind="multipart/form-data"),
    Bad("other method", "not possible", status=405, methods=("PUT", "DELETE", "PATCH")),
    Bad("other resource", "nothing at this address", path="tap/nothing", status=404),
    Bad(
        "no boundary in it",
        "form",
        raw="x",
        methods=("POST",),
        kind="multipart/form-data; boundary=b",
    ),
    sync("language of the future", r"ADQL-2\.7", LANG="ADQL-2.7"),
    sync("language with a blank", "ADQL 2", LANG="ADQL 2.0"),
    sync("repeated request", "REQUEST was sent 2 times", REQUEST=["doQuery", "doQuery"]),
    sync("maxrec in hexadecimal", "MAXREC", MAXREC="0x10"),
    sync("maxrec with underscores", "MAXREC", MAXREC="1_000"),
    sync("maxrec with a sign alone", "MAXREC", MAXREC="-"),
    sync("maxrec not a number", "MAXREC", MAXREC="NaN"),
    sync("two maxrec in one", "MAXREC", MAXREC="1,2"),
    sync("unknown serialization", "no output format", FORMAT="application/pdf"),
    sync("format as a path", "no output format", RESPONSEFORMAT="../../etc/passwd"),
    sync("format as markup", "no output format", RESPONSEFORMAT="<script>alert(1)</script>"),
    sync("endless format", "no output format", RESPONSEFORMAT="x" * 5000),
    sync("run id twice in other case", "RUNID was sent 2 times", RUNID="a", runid="b"),
    Bad("surrogate in a name", "not UTF-8", raw="QUERY=SELECT+1&%ED%A0%80=%FF"),
    Bad("vertical tab", r"U\+000B", raw="LANG=ADQL&QUERY=SELECT%0B1"),
    Bad("no character", r"U\+FFFF", raw="LANG=ADQL&QUERY=SELECT+%EF%BF%BF"),
    Bad("XML", "not understood", raw="<a/>", methods=("POST",), kind="application/xml"),
    Bad("type without end", "not understood", raw="x", methods=("POST",), kind="x" * 3000),
]

ACCESS = [
    stranger("wrong token", "wrong or has expired", "Bearer wrong"),
    stranger("wrong password", "wrong or has expired", "Basic dG9rZW46d3Jvbmc="),
    stranger("unreadable password", "credentials|wrong", "Basic !!!"),
    stranger("unknown scheme", "credentials", "Digest username=x"),
    Bad("token in the address", "URL", {"QUERY": FINE, "token": "x"}, status=401, methods=("GET",)),
    refused("tap/capabilities", "POST", "PUT", "DELETE"),
    refused("tap/availability", "POST", "PATCH"),
    refused("tap/examples", "POST", "DELETE"),
    refused("tap/tables", "POST", "DELETE"),
    at("other case", "SYNC", "nothing at this address"),
    at("below a resource", "sync/nothing", "nothing at this address"),
    at("with an ending", "tables.xml", "nothing at this address"),
    at("without a service", "../nothing/sync", "nothing at this address"),
    at("tables: detail", "tables", "detail", 400, detail="everything"),
    at("tables: two details", "tables", "(?i)detail was sent 2", 400, detail=["min", "max"]),
    at("tables: unknown", "tables/gaia.nothing", "no table"),
    at("tables: misspelt", "tables/gaia.sorce", "no table"),
    at("tables: unknown schema", "tables/nothing.source", "no table"),
    at("tables: schema alone", "tables/gaia", "no table"),
    at("tables: column", "tables/gaia.source.ra", "no table"),
    at("tables: path", "tables/..%2F..%2Fetc%2Fpasswd", "no table"),
    at("tables: quote", "tables/gaia.source'--", "no table"),
    at("tables: very long", "tables/" + "x" * 5000, "no table"),
]

LANGUAGE = [
    adql("misspelt verb", "SELEC ra FROM gaia.source", "Did you mean SELECT"),
    adql("only a verb", "SELECT", "column 7: Expected a value"),
    adql("no table", "SELECT ra FROM", "Expected the name of a table"),
    adql("second line", f"SELECT ra\nFROM {TABLE}\nWHER ra > 1", "Line 3, column 1: .*WHERE"),
    adql("other statement", f"DROP TABLE {TABLE}", "Only SELECT is possible"),
    adql("insertion", f"INSERT INTO {TABLE} VALUES (1)", "Only SELECT is possible"),
    adql("two statements", f"{FINE}; {FINE}", "one statement"),
    adql("dropping second", f"{FINE}; DROP TABLE {TABLE}", "one statement"),
    adql("pragma", "PRAGMA database_list", "Only SELECT is possible"),
    adql("other dialect", f"SELECT ra FROM {TABLE} LIMIT 5", "write TOP n"),
    adql("foreign comment", f"SELECT /* x */ ra FROM {TABLE}", "Begin a comment with --"),
    adql("unknown table", "SELECT ra FROM gaia.sorce", "gaia.source"),
    adql("unknown schema", "SELECT ra FROM gaja.source", "gaia.source"),
    adql("unknown column", f"SELECT phot_g_mean_mg FROM {TABLE}", "phot_g_mean_mag"),
    adql("unknown alias", f"SELECT t.ra FROM {TABLE} AS s", "no table t in FROM. FROM has s"),
    adql("ambiguous", f"SELECT ra FROM {TABLE} AS a, {TABLE} AS b", "Write a.ra or b.ra"),
    adql("file as a table", 'SELECT * FROM "/etc/passwd"', "no table /etc/passwd"),
    adql("file by a function", "SELECT * FROM read_csv('/etc/passwd')", "no table functions"),
    adql("function of the engine", f"SELECT getenv('HOME') FROM {TABLE}", "no function getenv"),
    adql("helper column", f"SELECT hpx29 FROM {TABLE}", "no column hpx29"),
    adql("open text", f"SELECT 'abc FROM {TABLE}", "text is never closed"),
    adql("open name", f'SELECT "abc FROM {TABLE}', "name is never closed"),
    adql("open parenthesis", f"SELECT (ra FROM {TABLE}", "column 8.*missing before FROM"),
    adql("nested too deeply", f"SELECT {'(' * 300}1{')' * 300} FROM {TABLE}", "(?i)deep|nest"),
    adql("negative top", f"SELECT TOP -5 ra FROM {TABLE}", "number of rows after TOP"),
    adql("top by a word", f"SELECT TOP five ra FROM {TABLE}", "number of rows after TOP"),
    adql("order by nothing", f"SELECT ra FROM {TABLE} ORDER BY 9", "The result has 1 column"),
    adql("not grouped", f"SELECT ra, COUNT(*) FROM {TABLE} GROUP BY dec", "neither in GROUP BY"),
    adql("circle with two", f"SELECT CIRCLE('ICRS', 1) FROM {TABLE}", r"Write CIRCLE\("),
    adql("text against number", f"SELECT ra FROM {TABLE} WHERE ra > 'abc'", "CAST"),
    adql("text in arithmetic", f"SELECT ra + 'a' FROM {TABLE}", "takes numbers, found a text"),
    adql("aggregate in where", f"SELECT ra FROM {TABLE} WHERE MAX(ra) > 1", "HAVING"),
    adql("reserved word as a name", f"SELECT ra AS table FROM {TABLE}", "reserved word TABLE"),
    Bad(
        "200 kB of parentheses",
        "(?i)deep|nest",
        {"QUERY": f"SELECT {'(' * 100_000}1{')' * 100_000}", "LANG": "ADQL"},
        methods=("POST",),
    ),
    Bad(
        "a query above the limit",
        "(?i)longer than",
        {"QUERY": FINE + " " * (1 << 20), "LANG": "ADQL"},
        methods=("POST",),
        status=413,
    ),
    Bad(
        "a body above the limit",
        "(?i)longer than",
        {"QUERY": "x" * (4 << 20)},
        methods=("POST",),
        status=413,
    ),
    adql("only a comment", "-- nothing\n", "query is empty"),
    adql("name of the database", f"SELECT `ra` FROM {TABLE}", "double quotes"),
    adql("names in brackets", f"SELECT [ra] FROM {TABLE}", "double quotes"),
    adql("empty name", f'SELECT "" FROM {TABLE}', "cannot be empty"),
    adql("curly quotes", f"SELECT \u2018a\u2019 FROM {TABLE}", "straight quotes"),
    select("no column after a comma", "ra,", "Remove the comma"),
    select("two names", "ra dec mag", "Expected FROM"),
    select("malformed number", "1.2.3", "neither a number"),
    select("number without exponent", "1e", "neither a number"),
    select("equal as in C", "ra", "Write = to compare", "WHERE ra == 1"),
    select("and as in C", "ra", "Write AND", "WHERE ra > 1 && dec > 1"),
    select("top with a fraction", "TOP 1.5 ra", "number of rows after TOP"),
    select("negative offset", "ra", "(?i)OFFSET|line 1", "OFFSET -1"),
    select("missing condition", "ra", "column 33: Expected a value", "WHERE"),
    select("unknown function", "FROBNICATE(ra)", "FROBNICATE"),
    select("misspelt function", "SQRTT(ra)", "SQRT"),
    select("too many arguments", "SQRT(ra, dec)", "SQRT takes 1 value"),
    select("too few arguments", "POWER(ra)", "POWER takes 2 values"),
    select("point of one number", "POINT(ra)", r"Write POINT\("),
    select("polygon of two corners", "POLYGON(1, 2, 3, 4)", r"Write POLYGON\("),
    select("geometry by a number", "CONTAINS(1, CIRCLE(1, 2, 3))", r"Write CONTAINS\("),
    select("distance to nothing", "DISTANCE(POINT(1, 2))", r"Write DISTANCE\("),
    select("unknown type", "CAST(ra AS frobnicate)", "Types are SMALLINT"),
    select("unknown unit", "IN_UNIT(ra, 'frobnicate')", "frobnicate is not a unit"),
    select("impossible unit", "IN_UNIT(ra, 'kg')", "cannot be turned into kg"),
    select("sum of text", "SUM('a')", "SUM takes numbers"),
    select("aggregate of an aggregate", "MAX(MIN(ra))", "MIN cannot stand inside MAX"),
    select("pattern for numbers", "ra", "LIKE compares texts", "WHERE ra LIKE 'a%'"),
    select("having without group", "ra", "Write GROUP BY ra", "HAVING COUNT(*) > 1"),
    select("order by unknown", "ra", "(?i)frobnicate", "ORDER BY frobnicate"),
    adql("join without condition", f"SELECT 1 FROM {TABLE} AS a JOIN {TABLE} AS b", "ON or USING"),
    adql(
        "join using what is missing",
        f"SELECT 1 FROM {TABLE} AS a JOIN {TABLE} AS b USING (frobnicate)",
        "frobnicate",
    ),
    adql("same name twice", f"SELECT 1 FROM {TABLE} AS a, {TABLE} AS a", "have the name a"),
    adql(
        "union of other width",
        f"SELECT ra, dec FROM {TABLE} UNION SELECT ra FROM {TABLE}",
        "the first has 2",
    ),
    adql(
        "subquery of two columns",
        f"SELECT ra FROM {TABLE} WHERE ra IN (SELECT ra, dec FROM {TABLE})",
        "Select one column",
    ),
    adql("other's job", "SELECT * FROM job.x0123456789", "not the identifier of a job"),
    adql("other's upload", "SELECT * FROM tap_upload.nothing", "(?i)upload|no table"),
    adql(
        "schema of the engine", "SELECT * FROM information_schema.tables", "Did you mean tap_schema"
    ),
    adql("table of the engine", "SELECT * FROM duckdb_settings", "no table duckdb_settings"),
]

BAD = [*PARAMETERS, *ACCESS, *LANGUAGE]
