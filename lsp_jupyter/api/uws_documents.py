"""Jobs as UWS 1.1 documents, and back from the text of their settings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic_xml import BaseXmlModel, element
from vo_models.uws import (
    ErrorSummary,
    Jobs,
    JobSummary,
    Parameter,
    ResultReference,
    Results,
    ShortJobDescription,
)
from vo_models.uws.models import NSMAP
from vo_models.uws.types import ErrorType, ExecutionPhase

from lsp_jupyter.api.xml import to_document
from lsp_jupyter.errors import ParameterError, error_from_dict
from lsp_jupyter.jobs.job import Phase

if TYPE_CHECKING:
    from lsp_jupyter.jobs.job import Job

__all__ = [
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


class _ParameterList(BaseXmlModel, tag="parameters", ns="uws", nsmap=NSMAP):
    # The library's own model wants the names known beforehand.
    parameter: list[Parameter] = element(default_factory=list)


def job_document(job: Job, result: tuple[str, str] | None) -> bytes:
    """The ``job`` element (UWS 1.1 section 2.2.2).

    Parameters
    ----------
    job : `~lsp_jupyter.jobs.job.Job`
        The job.
    result : `tuple` of `str`, optional
        URL and MIME type of its result, if it has one.
    """
    error = None
    if job.error is not None:
        failure = error_from_dict(dict(job.error))
        kind = "transient" if failure.transient else "fatal"
        error = ErrorSummary(message=str(failure), type=ErrorType(kind), has_detail=True)
    model = JobSummary[_ParameterList](
        job_id=job.id,
        run_id=job.run_id,
        owner_id=job.owner,
        phase=ExecutionPhase(job.phase),
        creation_time=job.created,
        start_time=job.started,
        end_time=job.ended,
        execution_duration=math.ceil(job.execution_duration),
        destruction=job.destruction,
        parameters=_parameters(job.parameters),
        results=_results(job, result),
        error_summary=error,
    )
    return to_document(model, skip_empty=False)


def job_list(jobs: Iterable[tuple[Job, str]]) -> bytes:
    """The ``jobs`` element (UWS 1.1 section 2.2.2.1).

    Parameters
    ----------
    jobs : iterable of `tuple`
        Each job with its URL.
    """
    refs = [
        ShortJobDescription(
            job_id=job.id,
            phase=ExecutionPhase(job.phase),
            run_id=job.run_id or None,
            owner_id=job.owner,
            creation_time=job.created,
            href=url,
        )
        for job, url in jobs
    ]
    return to_document(Jobs(jobref=refs))


def parameters_document(parameters: Mapping[str, str]) -> bytes:
    """The ``parameters`` element."""
    return to_document(_parameters(parameters))


def results_document(job: Job, result: tuple[str, str] | None) -> bytes:
    """The ``results`` element; arguments as for `job_document`."""
    return to_document(_results(job, result))


def _parameters(parameters: Mapping[str, str]) -> _ParameterList:
    return _ParameterList(
        parameter=[Parameter(id=name, value=text) for name, text in parameters.items()]
    )


def _results(job: Job, result: tuple[str, str] | None) -> Results:
    if result is None or job.phase is not Phase.COMPLETED:
        return Results()
    url, mime = result
    return Results(results=[ResultReference(id="result", href=url, mime_type=mime)])


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
