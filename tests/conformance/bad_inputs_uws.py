"""Wrong requests to UWS: creating, listing, reading and changing jobs."""

from __future__ import annotations

from tests.conformance.bad_inputs import FINE, Bad


def create(name: str, message: str, **send: str | list[str]) -> Bad:
    """A job that cannot be made."""
    return Bad(name, message, {"QUERY": FINE} | send, path="tap/async", methods=("POST",))


def listed(name: str, message: str, **send: str | list[str]) -> Bad:
    """A wrong filter of the job list."""
    return Bad(f"list: {name}", message, send, path="tap/async", methods=("GET",))


def resource(
    name: str, path: str, message: str, *, status: int = 404, method: str = "GET", **send: str
) -> Bad:
    """A resource of a job that is not there, or not like that."""
    return Bad(name, message, send, path=f"tap/{path}", status=status, methods=(method,))


def change(name: str, path: str, message: str, status: int = 400, **send: str | list[str]) -> Bad:
    """A change of a job that is not possible."""
    return Bad(name, message, send, path=f"tap/async/{path}", status=status, methods=("POST",))


def refused(path: str, *methods: str) -> Bad:
    """Methods that a resource of a job does not have."""
    return Bad(
        f"{', '.join(methods)} {path}",
        "not possible",
        path=f"tap/async/{{done}}{path}",
        status=405,
        methods=methods,
    )


NO_JOB = "(?i)no (such )?job"
NOTHING = "nothing at this address"
NO_RESULT = "no result|nothing at this address"

RESOURCES = (
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

CREATION = [
    create("job: negative maxrec", "MAXREC", MAXREC="-1"),
    create("job: maxrec twice", "MAXREC was sent 2 times", MAXREC=["1", "2"]),
    create("job: format", "xlsx", RESPONSEFORMAT="xlsx"),
    create("job: formats", "contradict", RESPONSEFORMAT="csv", FORMAT="votable"),
    create("job: request", "REQUEST can only be doQuery", REQUEST="explode"),
    create("job: query twice", "QUERY was sent 2 times", query=FINE),
    create("job: language twice", "LANG was sent 2 times", LANG=["ADQL", "ADQL"]),
    create("job: run id", "RUNID", RUNID="x" * 300),
    create("job: upload", "no part .t. in the request", UPLOAD="t,param:t"),
    create("job: phase", "(?i)phase.*RUN", PHASE="STOP"),
    create("job: phase of another step", "(?i)phase.*RUN", PHASE="COMPLETED"),
    create("job: phase twice", "PHASE was sent 2 times", PHASE=["RUN", "ABORT"]),
    create("job: destruction", "DESTRUCTION must be a time", DESTRUCTION="soon"),
    create("job: destruction by a number", "DESTRUCTION must be", DESTRUCTION="2461000.5"),
    create("job: no such day", "DESTRUCTION must be", DESTRUCTION="2026-02-30T00:00:00Z"),
    create("job: duration", "EXECUTIONDURATION must be", EXECUTIONDURATION="-5"),
    create("job: duration with a unit", "EXECUTIONDURATION must be", EXECUTIONDURATION="5s"),
    Bad(
        "job: not a form",
        "not understood",
        raw="<job/>",
        path="tap/async",
        methods=("POST",),
        kind="application/xml",
    ),
    Bad(
        "job: not UTF-8",
        "not UTF-8",
        raw="QUERY=SELECT+%FF",
        path="tap/async",
        methods=("POST",),
    ),
    Bad(
        "job: stranger",
        "wrong or has expired",
        {"QUERY": FINE},
        path="tap/async",
        status=401,
        headers={"Authorization": "Bearer wrong"},
    ),
    Bad(
        "PUT, DELETE async", "not possible", path="tap/async", status=405, methods=("PUT", "DELETE")
    ),
]

LIST = [
    listed("phase", "(?i)phase.*EXECUTING", PHASE="WRONG"),
    listed("one phase of two", "(?i)WRONG", PHASE=["COMPLETED", "WRONG"]),
    listed("after", "AFTER must be a time", AFTER="yesterday"),
    listed("after twice", "AFTER was sent 2", AFTER=["2026-01-01", "2026-01-02"]),
    listed("after with a wrong month", "AFTER must be a time", AFTER="2026-13-01T00:00:00"),
    listed("last 0", "LAST must be", LAST="0"),
    listed("last negative", "LAST must be", LAST="-3"),
    listed("last word", "LAST must be", LAST="ten"),
    listed("last with a fraction", "LAST must be", LAST="1.0"),
    listed("last in other digits", "LAST must be", LAST="\u0663"),
    listed("last twice", "LAST was sent 2", LAST=["1", "2"]),
]

UNKNOWN = [
    *(
        resource(f"unknown job: {path or 'itself'}", f"async/0123abcd{path}", NO_JOB)
        for path in RESOURCES
    ),
    resource("unknown job: delete", "async/0123abcd", NO_JOB, method="DELETE"),
    change("unknown job: run", "0123abcd/phase", NO_JOB, 404, PHASE="RUN"),
    change("unknown job: abort", "0123abcd/phase", NO_JOB, 404, PHASE="ABORT"),
    change("unknown job: delete by action", "0123abcd", NO_JOB, 404, ACTION="DELETE"),
    change("unknown job: parameter", "0123abcd/parameters", NO_JOB, 404, QUERY=FINE),
    change(
        "unknown job: duration", "0123abcd/executionduration", NO_JOB, 404, EXECUTIONDURATION="5"
    ),
    change(
        "unknown job: destruction", "0123abcd/destruction", NO_JOB, 404, DESTRUCTION="2030-01-01"
    ),
    resource("job id as a path", "async/..%2F..%2Fetc%2Fpasswd", NO_JOB),
    resource("job id with a quote", "async/x'%20OR%201=1--", NO_JOB),
    resource("job id with a wildcard", "async/%25", NO_JOB),
    resource("very long job id", "async/" + "x" * 5000, NO_JOB),
    resource("unknown job resource", "async/{done}/nothing", NOTHING),
    resource("resource in another case", "async/{done}/PHASE", NOTHING),
    resource("unknown result", "async/{done}/results/other", NO_RESULT),
    resource("below a result", "async/{done}/results/result/1", NOTHING),
    resource("result as a path", "async/{done}/results/..%2F..%2Fetc", NO_RESULT),
    resource("no result yet", "async/{pending}/results/result", "PENDING"),
    resource("no result of a failure", "async/{failed}/results/result", "ERROR"),
    resource("no result of what was stopped", "async/{aborted}/results/result", "ABORTED"),
    resource("no error", "async/{done}/error", "no error"),
    resource("no error yet", "async/{pending}/error", "no error"),
]

WAITING = [
    resource("wait: word", "async/{done}", "WAIT must be", status=400, WAIT="long"),
    resource("wait: fraction", "async/{done}", "WAIT must be", status=400, WAIT="0.5"),
    resource("wait: below -1", "async/{done}", "WAIT must be", status=400, WAIT="-2"),
    resource("wait: phase", "async/{done}", "(?i)phase", status=400, WAIT="1", PHASE="WRONG"),
    Bad(
        "wait: twice",
        "WAIT was sent 2",
        {"WAIT": ["1", "1"]},
        path="tap/async/{done}",
        methods=("GET",),
    ),
]

CHANGES = [
    change("phase: missing", "{pending}/phase", "PHASE is missing"),
    change("phase: empty", "{pending}/phase", "PHASE is missing", PHASE=""),
    change("phase: unknown", "{pending}/phase", "FLY", PHASE="FLY"),
    change("phase: not to be set", "{pending}/phase", "COMPLETED.*RUN", PHASE="COMPLETED"),
    change("phase: twice", "{pending}/phase", "PHASE was sent 2", PHASE=["RUN", "RUN"]),
    change("run again what is complete", "{done}/phase", "COMPLETED", PHASE="RUN"),
    change("run again what failed", "{failed}/phase", "ERROR", PHASE="RUN"),
    change("run again what was stopped", "{aborted}/phase", "ABORTED", PHASE="RUN"),
    change("change what ran", "{done}/parameters", "COMPLETED", QUERY=FINE),
    change("change what failed", "{failed}/parameters", "ERROR", QUERY=FINE),
    change("duration of what ran", "{done}/executionduration", "COMPLETED", EXECUTIONDURATION="5"),
    change("no parameter", "{pending}/parameters", "no parameter"),
    change("parameter of another service", "{pending}/parameters", "no parameter", CIRCLE="1 2 3"),
    change("parameter twice", "{pending}/parameters", "QUERY was sent 2", QUERY=[FINE, FINE]),
    change("parameter format", "{pending}/parameters", "xlsx", RESPONSEFORMAT="xlsx"),
    change("parameter maxrec", "{pending}/parameters", "MAXREC", MAXREC="all"),
    change("destruction: missing", "{pending}/destruction", "DESTRUCTION is missing"),
    change("destruction: word", "{pending}/destruction", "DESTRUCTION must", DESTRUCTION="soon"),
    change("destruction: no day", "{done}/destruction", "must be", DESTRUCTION="2026-99-99"),
    change("duration: missing", "{pending}/executionduration", "EXECUTIONDURATION is missing"),
    change("duration: word", "{pending}/executionduration", "must be", EXECUTIONDURATION="1 h"),
    change("duration: negative", "{pending}/executionduration", "must be", EXECUTIONDURATION="-1"),
    change("action: unknown", "{pending}", "ACTION=DELETE", ACTION="EXPLODE"),
    change("action: missing", "{pending}", "ACTION=DELETE"),
    change("action: twice", "{pending}", "ACTION was sent 2", ACTION=["DELETE", "DELETE"]),
    refused("/quote", "POST", "PUT", "DELETE"),
    refused("/owner", "POST", "DELETE"),
    refused("/results", "POST", "DELETE"),
    refused("/error", "PUT", "DELETE"),
    refused("/phase", "PUT", "DELETE"),
    refused("/results/result", "POST", "DELETE"),
]

BAD = [*CREATION, *LIST, *UNKNOWN, *WAITING, *CHANGES]
