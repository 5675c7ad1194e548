"""Jobs as UWS 1.1 documents, and back from the text of their settings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from pydantic_xml import BaseXmlModel, element
from vo_models.uws import ErrorSummary, JobSummary, Parameter, ResultReference, Results
from vo_models.uws.models import NSMAP
from vo_models.uws.types import ErrorType, ExecutionPhase

from lsp_jupyter.api.xml import to_document, tree_document
from lsp_jupyter.errors import ParameterError, error_from_dict
from lsp_jupyter.jobs.job import SEPARATOR, Phase

if TYPE_CHECKING:
    from lsp_jupyter.jobs.job import Job

__all__ = [
    "Output",
    "job_document",
    "job_list",
    "parameters_document",
    "parse_seconds",
    "parse_time",
    "results_document",
    "text_time",
]

#: Seconds beyond which a duration has no meaning: xs:int.
LONGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Output:
    """One result of a job, as its list of results tells of it.

    Attributes
    ----------
    id : `str`
        Its name among the results of the job, and the last part of its URL.
    mime : `str`
        Its Content-Type.
    size : `int`, optional
        Bytes, where they are known before it is sent.
    """

    id: str
    mime: str
    size: int | None = None


class _ParameterList(BaseXmlModel, tag="parameters", ns="uws", nsmap=NSMAP):
    # The library's own model wants the names known beforehand.
    parameter: list[Parameter] = element(default_factory=list)


class _JobInfo(BaseXmlModel, tag="jobInfo", ns="uws", nsmap=NSMAP | {"": ""}, skip_empty=True):
    # What the standard has no element for. In no namespace: validators call one that they
    # do not know a mistake.
    rows: int = element(ns="")
    size: int = element(tag="bytes", ns="")
    overflow: bool = element(ns="")
    percent: float | None = element(ns="", default=None)
    position: int | None = element(ns="", default=None)
    expected: float | None = element(tag="expectedSeconds", ns="", default=None)
    twin: str | None = element(tag="answeredBy", ns="", default=None)
    held: str | None = element(ns="", default=None)


class _JobSummary(JobSummary[_ParameterList]):
    # The library's own model takes texts where the standard has elements.
    job_info: _JobInfo | None = element(tag="jobInfo", ns="uws", default=None)  # type: ignore[assignment]


def job_document(job: Job, outputs: Sequence[Output], url: str) -> bytes:
    """The ``job`` element (UWS 1.1 section 2.2.2).

    Parameters
    ----------
    job : `~lsp_jupyter.jobs.job.Job`
        The job.
    outputs : sequence of `Output`
        Its results, if it has any by now.
    url : `str`
        Of its list of results.
    """
    error = None
    if job.error is not None and job.phase is not Phase.HELD:
        failure = error_from_dict(dict(job.error))
        kind = "transient" if failure.transient else "fatal"
        error = ErrorSummary(message=str(failure), type=ErrorType(kind), has_detail=True)
    model = _JobSummary(
        job_id=job.id,
        run_id=job.run_id,
        owner_id=job.owner,
        phase=ExecutionPhase(job.phase),
        quote=job.quote,
        creation_time=job.created,
        start_time=job.started,
        end_time=job.ended,
        execution_duration=math.ceil(job.execution_duration),
        destruction=job.destruction,
        parameters=_parameters(job.parameters),
        results=_results(outputs, url),
        error_summary=error,
        job_info=_job_info(job),
    )
    return to_document(model, skip_empty=False)


def job_list(jobs: Iterable[tuple[Job, str]]) -> bytes:
    """The ``jobs`` element (UWS 1.1 section 2.2.2.1).

    Parameters
    ----------
    jobs : iterable of `tuple`
        Each job with its URL.
    """
    # Of a thousand jobs, models take ten times as long as a tree.
    root = Element("uws:jobs", {f"xmlns:{name}": uri for name, uri in NSMAP.items()})
    root.set("version", "1.1")
    for job, url in jobs:
        link = {"id": job.id, "xlink:type": "simple", "xlink:href": url}
        ref = SubElement(root, "uws:jobref", link)
        SubElement(ref, "uws:phase").text = job.phase
        if job.run_id:
            SubElement(ref, "uws:runId").text = job.run_id
        SubElement(ref, "uws:ownerId").text = job.owner
        SubElement(ref, "uws:creationTime").text = text_time(job.created)
    return tree_document(root)


def parameters_document(parameters: Mapping[str, str]) -> bytes:
    """The ``parameters`` element."""
    return to_document(_parameters(parameters))


def results_document(outputs: Sequence[Output], url: str) -> bytes:
    """The ``results`` element; arguments as for `job_document`."""
    return to_document(_results(outputs, url))


def _parameters(parameters: Mapping[str, str]) -> _ParameterList:
    return _ParameterList(
        parameter=[
            Parameter(id=name, value=text)
            for name, texts in parameters.items()
            for text in texts.split(SEPARATOR)
        ]
    )


def _results(outputs: Sequence[Output], url: str) -> Results:
    return Results(
        results=[
            ResultReference(
                id=each.id, href=f"{url}/{each.id}", mime_type=each.mime, size=each.size
            )
            for each in outputs
        ]
    )


def _job_info(job: Job) -> _JobInfo:
    done = 1.0 if job.phase is Phase.COMPLETED else job.fraction
    held = error_from_dict(dict(job.error)) if job.error and job.phase is Phase.HELD else None
    return _JobInfo(
        rows=job.rows,
        size=job.size,
        overflow=job.overflow,
        percent=None if done is None else round(100 * done, 1),
        position=job.position,
        expected=job.expected,
        twin=job.twin or None,
        held=None if held is None else str(held),
    )


def text_time(time: datetime) -> str:
    """A time as text, to the millisecond (DALI 1.1 section 3.3.3, with UWS's Z)."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str, name: str) -> datetime:
    """A time in ISO 8601; without a zone it is UTC.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is none.
    """
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ParameterError(
            f"{name} must be a time, not “{text[:60]}”.",
            parameter=name,
            hint="Write it like 2026-11-22T18:30:00Z.",
        ) from None


def parse_seconds(text: str, name: str, *, low: int = 0) -> int:
    """A whole number of seconds.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if it is none, or below ``low``.
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20) or int(text) < low:
        raise ParameterError(
            f"{name} must be a whole number from {low} on, not “{text[:60]}”.", parameter=name
        )
    return min(int(text), LONGEST)
