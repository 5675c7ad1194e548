"""Wrong requests, and what a client must hear.

Each is sent by GET and by POST where the resource takes both. `TABLE` has the
columns source_id, ra, dec and phot_g_mean_mag, among others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TABLE = "gaia.source"
FINE = f"SELECT TOP 1 ra FROM {TABLE}"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Bad:
    """One wrong request.

    Attributes
    ----------
    name
        Of the test.
    message
        A regular expression that the error's text must match.
    send
        Parameters; a list of values repeats one.
    raw
        The encoded parameters, where they cannot be written otherwise.
    path
        Below ``tap/``; ``{pending}`` and ``{done}`` are ids of jobs in these phases.
    status
        Of the answer.
    methods
        With which it is sent.
    kind
        Content-Type of a POST body.
    """

    name: str
    message: str
    send: Mapping[str, str | list[str]] = field(default_factory=dict)
    raw: str = ""
    path: str = "sync"
    status: int = 400
    methods: tuple[str, ...] = ("GET", "POST")
    kind: str = FORM


def adql(name: str, query: str, message: str) -> Bad:
    """A wrong query."""
    return Bad(name, message, {"QUERY": query, "LANG": "ADQL"})


def sync(name: str, message: str, **send: str | list[str]) -> Bad:
    """A fine query with another wrong parameter."""
    return Bad(name, message, {"QUERY": FINE, "LANG": "ADQL"} | send)


def create(name: str, message: str, **send: str | list[str]) -> Bad:
    """A job that cannot be made."""
    return Bad(name, message, {"QUERY": FINE} | send, path="async", methods=("POST",))


def resource(
    name: str, path: str, message: str, *, status: int = 404, method: str = "GET", **send: str
) -> Bad:
    """A resource of a job that is not there, or not like that."""
    return Bad(name, message, send, path=path, status=status, methods=(method,))


NO_JOB = "(?i)no (such )?job"

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
    sync("format of a page", "text/html", RESPONSEFORMAT="text/html"),
    sync("format with control characters", "no output format", RESPONSEFORMAT="csv\r\nX-Evil: 1"),
    sync("contradicting formats", "contradict", RESPONSEFORMAT="csv", FORMAT="votable"),
    sync("upload by address", "[Uu]pload", UPLOAD="t,http://127.0.0.1:1/t.vot"),
    sync("upload of a file", "[Uu]pload", UPLOAD="t,file:///etc/passwd"),
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
    Bad("other resource", "nothing at this address", path="nothing", status=404),
    Bad(
        "no boundary in it",
        "form",
        raw="x",
        methods=("POST",),
        kind="multipart/form-data; boundary=b",
    ),
]

LANGUAGE = [
    adql("misspelt verb", "SELEC ra FROM gaia.source", "(?i)line 1, column 1.*SELECT"),
    adql("only a verb", "SELECT", "(?i)line 1"),
    adql("no table", "SELECT ra FROM", "(?i)line 1"),
    adql("second line", f"SELECT ra\nFROM {TABLE}\nWHER ra > 1", "(?i)line 3"),
    adql("other statement", f"DROP TABLE {TABLE}", "(?i)SELECT"),
    adql("insertion", f"INSERT INTO {TABLE} VALUES (1)", "(?i)SELECT"),
    adql("two statements", f"{FINE}; {FINE}", "(?i)line 1"),
    adql("dropping second", f"{FINE}; DROP TABLE {TABLE}", "(?i)line 1"),
    adql("pragma", "PRAGMA database_list", "(?i)SELECT"),
    adql("other dialect", f"SELECT ra FROM {TABLE} LIMIT 5", "(?i)TOP"),
    adql("foreign comment", f"SELECT /* x */ ra FROM {TABLE}", "(?i)line 1"),
    adql("unknown table", "SELECT ra FROM gaia.sorce", "gaia.source"),
    adql("unknown schema", "SELECT ra FROM gaja.source", "gaia.source"),
    adql("unknown column", f"SELECT phot_g_mean_mg FROM {TABLE}", "phot_g_mean_mag"),
    adql("unknown alias", f"SELECT t.ra FROM {TABLE} AS s", "(?i)\\bt\\b"),
    adql("ambiguous", f"SELECT ra FROM {TABLE} AS a, {TABLE} AS b", "(?i)ambiguous|both|which"),
    adql("file as a table", 'SELECT * FROM "/etc/passwd"', "(?i)no table|not.*table|unknown"),
    adql("file by a function", "SELECT * FROM read_csv('/etc/passwd')", "(?i)line 1"),
    adql("function of the engine", f"SELECT getenv('HOME') FROM {TABLE}", "(?i)getenv"),
    adql("helper column", f"SELECT hpx29 FROM {TABLE}", "(?i)hpx29"),
    adql("open text", f"SELECT 'abc FROM {TABLE}", "(?i)line 1"),
    adql("open name", f'SELECT "abc FROM {TABLE}', "(?i)line 1"),
    adql("open parenthesis", f"SELECT (ra FROM {TABLE}", "(?i)line 1"),
    adql("nested too deeply", f"SELECT {'(' * 300}1{')' * 300} FROM {TABLE}", "(?i)deep|nest"),
    adql("negative top", f"SELECT TOP -5 ra FROM {TABLE}", "(?i)TOP|line 1"),
    adql("top by a word", f"SELECT TOP five ra FROM {TABLE}", "(?i)TOP|line 1"),
    adql("order by nothing", f"SELECT ra FROM {TABLE} ORDER BY 9", "(?i)order|9"),
    adql("not grouped", f"SELECT ra, COUNT(*) FROM {TABLE} GROUP BY dec", "(?i)group"),
    adql("circle with two", f"SELECT CIRCLE('ICRS', 1) FROM {TABLE}", "(?i)circle"),
    adql(
        "text against number", f"SELECT ra FROM {TABLE} WHERE ra > 'abc'", "(?i)text|number|compare"
    ),
    adql("text in arithmetic", f"SELECT ra + 'a' FROM {TABLE}", "(?i)text|number"),
    adql("aggregate in where", f"SELECT ra FROM {TABLE} WHERE MAX(ra) > 1", "(?i)max|where"),
    adql("reserved word as a name", f"SELECT ra AS table FROM {TABLE}", "(?i)table"),
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
]

JOBS = [
    create("job: negative maxrec", "MAXREC", MAXREC="-1"),
    create("job: format", "xlsx", RESPONSEFORMAT="xlsx"),
    create("job: upload", "[Uu]pload", UPLOAD="t,param:t"),
    create("job: phase", "(?i)phase.*RUN", PHASE="STOP"),
    create("job: destruction", "DESTRUCTION must be a time", DESTRUCTION="soon"),
    create("job: duration", "EXECUTIONDURATION must be", EXECUTIONDURATION="-5"),
    resource("list: phase", "async", "(?i)phase.*EXECUTING", status=400, PHASE="WRONG"),
    resource("list: after", "async", "AFTER must be a time", status=400, AFTER="yesterday"),
    resource("list: last 0", "async", "LAST must be", status=400, LAST="0"),
    resource("list: last word", "async", "LAST must be", status=400, LAST="ten"),
    *(
        resource(f"unknown job: {path or 'itself'}", f"async/0123abcd{path}", NO_JOB)
        for path in (
            "",
            "/phase",
            "/quote",
            "/owner",
            "/destruction",
            "/executionduration",
            "/parameters",
            "/error",
            "/results",
            "/results/result",
        )
    ),
    resource("unknown job: delete", "async/0123abcd", NO_JOB, method="DELETE"),
    resource("unknown job: run", "async/0123abcd/phase", NO_JOB, method="POST", PHASE="RUN"),
    resource("job id as a path", "async/..%2F..%2Fetc%2Fpasswd", NO_JOB),
    resource("job id with a quote", "async/x'%20OR%201=1--", NO_JOB),
    resource("very long job id", "async/" + "x" * 5000, NO_JOB),
    resource("unknown job resource", "async/{done}/nothing", "nothing at this address"),
    resource("unknown result", "async/{done}/results/other", "nothing at this address"),
    resource("wait: word", "async/{done}", "WAIT must be", status=400, WAIT="long"),
    resource("wait: phase", "async/{done}", "(?i)phase", status=400, WAIT="1", PHASE="WRONG"),
    resource("no result yet", "async/{pending}/results/result", "PENDING"),
    resource("no error", "async/{done}/error", "no error"),
    resource(
        "phase: missing", "async/{pending}/phase", "PHASE is missing", status=400, method="POST"
    ),
    resource(
        "phase: unknown", "async/{pending}/phase", "FLY", status=400, method="POST", PHASE="FLY"
    ),
    resource(
        "run twice", "async/{done}/phase", "COMPLETED", status=400, method="POST", PHASE="RUN"
    ),
    resource(
        "change what ran",
        "async/{done}/parameters",
        "COMPLETED",
        status=400,
        method="POST",
        QUERY=FINE,
    ),
    resource(
        "duration of what ran",
        "async/{done}/executionduration",
        "COMPLETED",
        status=400,
        method="POST",
        EXECUTIONDURATION="5",
    ),
    resource(
        "no parameter", "async/{pending}/parameters", "no parameter", status=400, method="POST"
    ),
    resource(
        "parameter format",
        "async/{pending}/parameters",
        "xlsx",
        status=400,
        method="POST",
        RESPONSEFORMAT="xlsx",
    ),
    resource(
        "destruction: missing",
        "async/{pending}/destruction",
        "DESTRUCTION is missing",
        status=400,
        method="POST",
    ),
    resource(
        "destruction: word",
        "async/{pending}/destruction",
        "DESTRUCTION must be",
        status=400,
        method="POST",
        DESTRUCTION="2026-99-99",
    ),
    resource(
        "duration: missing",
        "async/{pending}/executionduration",
        "EXECUTIONDURATION is missing",
        status=400,
        method="POST",
    ),
    resource(
        "duration: word",
        "async/{pending}/executionduration",
        "EXECUTIONDURATION must be",
        status=400,
        method="POST",
        EXECUTIONDURATION="1 h",
    ),
    resource(
        "action: unknown",
        "async/{pending}",
        "ACTION=DELETE",
        status=400,
        method="POST",
        ACTION="EXPLODE",
    ),
    resource("action: missing", "async/{pending}", "ACTION=DELETE", status=400, method="POST"),
    resource("tables: detail", "tables", "detail", status=400, detail="everything"),
    resource("tables: unknown", "tables/gaia.nothing", "no table"),
]

BAD = [*PARAMETERS, *LANGUAGE, *JOBS]
