"""From what a person asked to what an engine runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from lsp_jupyter._version import __version__
from lsp_jupyter.adql import Compiled, Limits, compile_query, warm_up
from lsp_jupyter.adql.schema import Column, ColumnGroup, Table
from lsp_jupyter.config import LspConfig
from lsp_jupyter.engines.protocol import Attachment, Queue, Task
from lsp_jupyter.errors import AdqlError, LimitError, ParameterError
from lsp_jupyter.identity import Caller

from .job import Job, Origin
from .readable import PublishedSchema, ReadableSchema, TableProvider
from .reuse import fingerprint
from .services import OutsideServices

__all__ = ["CatalogProtocol", "Plan", "Planner", "maxrec_of"]

#: Languages a query may name (TAP 1.1 section 2.7.1).
LANGUAGES = ("ADQL", "ADQL-2.0", "ADQL-2.1")
#: Rows of all tables of a query from which on it counts as a scan.
SCAN_ROWS = 20_000_000
#: Results that one query may read.
RESULTS = 32

#: Utypes of columns that lead to images.
_LEADING = frozenset({"obscore:Access.reference", "obscore:Curation.publisherDID"})

_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")


class CatalogProtocol(Protocol):
    """What jobs need of the catalogue."""

    def snapshot(self, caller: Caller) -> PublishedSchema:
        """The tables the caller may query, unchanging."""

    def pin(self, tables: Sequence[Table]) -> Sequence[Attachment]:
        """The files of these tables' generations."""

    def collect(self, held: Set[Path]) -> Sequence[Path]:
        """Delete the files of replaced generations that are not held."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A query ready to run.

    Attributes
    ----------
    compiled : `~lsp_jupyter.adql.Compiled`, optional
        The query; `None` if an outside service runs it.
    task : `~lsp_jupyter.engines.protocol.Task`
        What to run.
    fingerprint : `str`
        Equal for queries with equal results; empty if no stored result may answer it.
    """

    compiled: Compiled | None
    task: Task
    fingerprint: str = ""

    def is_current(self) -> bool:
        """Whether the files it was compiled for are still there: it may have waited for hours."""
        files = (*self.task.attachments, *self.task.results)
        return all(item.path.exists() for item in files)


class Planner:
    """Compiles queries and makes tasks of them.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    catalog : `CatalogProtocol`
        What is published.
    providers : sequence of `~lsp_jupyter.jobs.readable.TableProvider`
        What else can be queried.
    services : `~lsp_jupyter.jobs.services.OutsideServices`, optional
        Where else queries can run.
    """

    def __init__(
        self,
        config: LspConfig,
        catalog: CatalogProtocol,
        providers: Sequence[TableProvider],
        services: OutsideServices | None = None,
    ) -> None:
        self._services = services
        self._config = config
        self._catalog = catalog
        self._providers = providers

    def prepare(self) -> None:
        """Load what the first query would wait for. Takes most of a second: use a thread."""
        warm_up()

    def schema(self, caller: Caller, job: Job | None = None) -> ReadableSchema:
        """The tables a caller may query now: what is published, and what is the caller's own.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        job : `Job`, optional
            Whose query it is.
        """
        finders = {one.schema: one.finder(caller, job) for one in self._providers}
        return ReadableSchema(self._catalog.snapshot(caller), finders)

    def plan(self, caller: Caller, job: Job, output: Path) -> Plan:
        """Compile a job's query. Takes milliseconds: call it from a thread.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        job : `Job`
            What is asked.
        output : `~pathlib.Path`
            Where the result goes.

        Raises
        ------
        lsp_jupyter.errors.AdqlError
            Raised if the query is not valid or not possible here.
        lsp_jupyter.errors.ParameterError
            Raised if another parameter cannot be used.
        """
        maxrec = self._check(job.parameters)
        if job.service:
            return self._elsewhere(caller, job, output, maxrec)
        preview = _preview_of(job.parameters)
        config, schema = self._config, self.schema(caller, job)
        limits = Limits(
            max_bytes=config.query_max_bytes,
            max_depth=config.query_max_depth,
            max_nodes=config.query_max_nodes,
        )
        try:
            compiled = compile_query(
                job.query,
                schema,
                maxrec=maxrec,
                limits=limits,
                strict=config.query_strict,
                preview=preview,
            )
        except AdqlError as error:
            raise schema.explain(error) from None
        opened = schema.opened(compiled.tables)
        results = tuple(item for one in opened for item in one.results)
        native = self._catalog.pin(schema.published(compiled.tables))
        if len(results) > RESULTS:
            raise LimitError(
                f"The query reads more than {RESULTS} results.",
                hint="Put some of them together with UNION first.",
            )
        task = Task(
            id=job.result_id,
            sql=compiled.sql,
            fields=tuple({"name": c.name, **c.metadata()} for c in compiled.columns),
            attachments=(*native, *(item for one in opened for item in one.attachments)),
            results=results,
            output=output,
            maxrec=maxrec,
            max_bytes=config.result_max_bytes,
            timeout=job.execution_duration,
            queue=_queue(job, compiled.tables),
            turn=job.owner,
            metadata=self._metadata(job, compiled, schema),
            # A synchronous result goes to its only reader at once.
            durable=job.origin is not Origin.TAP_SYNC,
        )
        if opened or not config.reuse_results:
            return Plan(compiled, task)
        return Plan(compiled, task, fingerprint(caller, compiled.normalised, task))

    def _elsewhere(self, caller: Caller, job: Job, output: Path, maxrec: int) -> Plan:
        """The plan of a query that an outside service runs, which alone knows its language."""
        if self._services is None:
            raise ParameterError("No outside services can be asked here.", parameter="service")
        config, service = self._config, self._services.find(caller, job.service)
        told = {
            "lsp:query": job.query,
            "lsp:instance": service.title or service.name,
            "lsp:service": service.url,
            "lsp:time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "lsp:job": job.id,
            "lsp:software": f"lsp_jupyter/{__version__}",
            "lsp:release": "",
        }
        task = Task(
            id=job.result_id,
            sql=job.query,
            fields=(),
            output=output,
            maxrec=maxrec,
            max_bytes=config.result_max_bytes,
            timeout=job.execution_duration,
            turn=job.owner,
            metadata=told,
            service=service.url,
        )
        return Plan(None, task)

    def _check(self, parameters: Mapping[str, str]) -> int:
        language = parameters.get("LANG", "ADQL")
        if language.upper() not in LANGUAGES:
            raise ParameterError(
                f"The query language '{language[:40]}' is not known.",
                parameter="LANG",
                hint="Use LANG=ADQL.",
            )
        request = parameters.get("REQUEST", "doQuery")
        if request.casefold() != "doquery":
            raise ParameterError(
                f"'{request[:40]}' is not a request this service knows.",
                parameter="REQUEST",
                hint="Use REQUEST=doQuery or leave it out.",
            )
        if not parameters.get("QUERY", "").strip():
            raise ParameterError(
                "There is no query.", parameter="QUERY", hint="Give an ADQL SELECT statement."
            )
        return maxrec_of(parameters, self._config.maxrec)

    def _metadata(self, job: Job, compiled: Compiled, schema: ReadableSchema) -> dict[str, str]:
        """What a result tells of itself."""
        config, releases = self._config, schema.releases(compiled.tables)
        citations, rights = schema.credits(releases)
        told = {
            "lsp:query": job.query,
            "lsp:instance": config.instance,
            "lsp:release": ", ".join(sorted(releases)),
            "lsp:service": f"ivo://{config.authority}/tap",
            "lsp:time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "lsp:job": job.id,
            "lsp:publisher": config.publisher,
            "lsp:contact": config.contact_email,
            "lsp:software": f"lsp_jupyter/{__version__}",
            "lsp:citation": "; ".join(citations),
            "lsp:rights": "; ".join(rights),
            "lsp:preview": "" if compiled.share is None else f"{compiled.share:g}",
            "lsp:groups": _written(compiled.groups),
            "lsp:images": _images(compiled.columns),
            "lsp:origins": json.dumps(compiled.origins) if compiled.origins else "",
        }
        return {key: text for key, text in told.items() if text or key == "lsp:release"}


def _images(columns: Sequence[Column]) -> str:
    """Which columns lead to images, see `~lsp_jupyter.formats.header.IMAGES`."""
    found: dict[str, list[str]] = {}
    for column in columns:
        if column.utype in _LEADING:
            found.setdefault(column.utype, []).append(column.name)
    return json.dumps(found) if found else ""


def _written(groups: Sequence[ColumnGroup]) -> str:
    """Groups as writers of files read them, see `~lsp_jupyter.formats.header.groups_of`."""
    return json.dumps([asdict(group) for group in groups]) if groups else ""


def maxrec_of(parameters: Mapping[str, str], limit: int) -> int:
    """Rows a result may have: MAXREC, but no more than the service's limit (DALI 1.1 3.4.4).

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is not a whole number, or negative.
    """
    text = parameters.get("MAXREC", "").strip()
    if not text:
        return limit
    if not _INTEGER.fullmatch(text) or int(text) < 0:
        raise ParameterError(
            f"MAXREC must be a whole number that is not negative, not '{text[:40]}'.",
            parameter="MAXREC",
            hint="Leave it out to get as many rows as the service allows.",
        )
    return min(int(text), limit)


def _preview_of(parameters: Mapping[str, str]) -> bool:
    """Whether a preview is wanted: the platform's own parameter PREVIEW."""
    text = parameters.get("PREVIEW", "0")
    if text not in ("0", "1"):
        raise ParameterError(
            f"PREVIEW must be 0 or 1, not '{text[:40]}'.",
            parameter="PREVIEW",
            hint="Leave it out to run the query itself.",
        )
    return text == "1"


def _queue(job: Job, tables: Sequence[Table]) -> Queue:
    # What is synchronous ends within seconds; the rest is short if it reads little.
    if job.origin is Origin.TAP_SYNC:
        return Queue.INTERACTIVE
    rows = sum(table.rows or 0 for table in tables)
    return Queue.SCAN if rows > SCAN_ROWS else Queue.INTERACTIVE
