"""UWS 1.1: jobs as HTTP resources, for every service that has jobs.

A service says what its parameters are and how a result is sent; everything
else is the same for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.uws_documents import (
    job_document,
    job_list,
    parameters_document,
    parse_seconds,
    parse_time,
    results_document,
    text_time,
)
from lsp_jupyter.api.xml import TYPE
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import (
    NotFoundError,
    ParameterError,
    ResultNotFoundError,
    UsageError,
    error_from_dict,
)
from lsp_jupyter.formats.votable import error_document
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.web import PREFIX, BaseHandler

__all__ = ["JobService", "routes"]

TEXT = "text/plain; charset=utf-8"

#: Phases of the standard; those we never have match no job.
PHASES = frozenset(Phase) | {"UNKNOWN", "SUSPENDED"}


class JobService(Protocol):
    """A service whose requests are jobs.

    Attributes
    ----------
    path : `str`
        Of the job list, below the platform's prefix.
    origin : `~lsp_jupyter.jobs.job.Origin`
        What its jobs are marked with.
    """

    path: str
    origin: Origin

    def check(self, given: Parameters) -> dict[str, str]:
        """The job parameters of a request, those given alone.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if one cannot be used.
        """

    def result_type(self, parameters: Mapping[str, str], config: LspConfig) -> str:
        """MIME type of the result of a job with these parameters."""

    async def send_result(self, handler: BaseHandler, job: Job) -> None:
        """Answer with the result of a finished job."""


class _Handler(BaseHandler):
    """What all job resources share."""

    vo = True
    service: JobService

    def initialize(self, **kwargs: Any) -> None:
        """Take the service this resource belongs to."""
        self.service = kwargs.pop("service")
        super().initialize(**kwargs)

    def job(self, job_id: str) -> Job:
        """The caller's job of that id."""
        found: Job = self.platform.jobs.get(self.caller, job_id)
        return found

    def parameters(self) -> Parameters:
        """The parameters of this request."""
        return Parameters.of(self.request)

    def text(self, value: str) -> None:
        """Answer with one value."""
        self.send_bytes(value.encode(), TEXT)

    def job_url(self, job_id: str = "") -> str:
        """Absolute URL of a job, or of the list."""
        return self.link(f"{self.service.path}/{job_id}".rstrip("/"))

    def result_of(self, job: Job) -> tuple[str, str]:
        """URL and MIME type of a job's result."""
        mime = self.service.result_type(job.parameters, self.settings_of_instance)
        return f"{self.job_url(job.id)}/results/result", mime

    def see(self, job_id: str = "") -> None:
        """Send the client on to a job, or to the list."""
        self.redirect(self.job_url(job_id), status=303)


class JobsHandler(_Handler):
    """The job list (UWS 1.1 section 2.2.3.2)."""

    async def get(self) -> None:
        """List the caller's jobs, newest first, as PHASE, AFTER and LAST ask."""
        given = self.parameters()
        wanted = {value.upper() for value in given.all("PHASE")}
        if wanted - PHASES:
            raise _no_phase(", ".join(sorted(wanted - PHASES)), PHASES)
        phases = {phase for phase in Phase if phase in wanted} if wanted else None
        after, last = given.get("AFTER"), given.get("LAST")
        jobs = self.platform.jobs.list(
            self.caller,
            phases=phases,
            after=None if after is None else parse_time(after, "AFTER"),
            last=None if last is None else parse_seconds(last, "LAST", low=1),
            origins=[origin for origin in Origin if origin is not Origin.TAP_SYNC],
        )
        pairs = [(job, self.job_url(job.id)) for job in jobs]
        self.send_bytes(await asyncio.to_thread(job_list, pairs), TYPE)

    async def post(self) -> None:
        """Create a job, and run it at once with PHASE=RUN."""
        given = self.parameters()
        phase = given.get("PHASE")
        if phase is not None and phase.upper() != "RUN":
            raise _no_phase(phase, {"RUN"})
        parameters = self.service.check(given)
        destruction, duration = given.get("DESTRUCTION"), given.get("EXECUTIONDURATION")
        job = await self.platform.jobs.create(
            self.caller,
            parameters,
            origin=self.service.origin,
            run_id=given.get("RUNID") or "",
            destruction=None if destruction is None else parse_time(destruction, "DESTRUCTION"),
            execution_duration=None if duration is None else self._duration(duration),
        )
        if phase is not None:
            await self.platform.jobs.run(self.caller, job.id)
        self.see(job.id)

    def _duration(self, text: str) -> float:
        return parse_seconds(text, "EXECUTIONDURATION") or (
            self.settings_of_instance.execution_duration
        )


class JobHandler(_Handler):
    """A job (UWS 1.1 section 2.2.3.1)."""

    async def get(self, job_id: str) -> None:
        """Describe the job; with WAIT, once its phase has changed."""
        given = self.parameters()
        job = self.job(job_id)
        wait, phase = given.get("WAIT"), given.get("PHASE")
        if phase is not None and phase.upper() not in PHASES:
            raise _no_phase(phase, PHASES)
        if wait is not None:
            longest = self.settings_of_instance.poll_max
            asked = parse_seconds(wait, "WAIT", low=-1)
            seconds = longest if asked < 0 else min(asked, longest)
            same = phase is None or phase.upper() == job.phase
            if same and not job.phase.final:
                waiting = self.platform.jobs.wait(
                    self.caller, job_id, timeout=seconds, phase=job.phase
                )
                job = await self.unless_gone(waiting)
        self.send_bytes(job_document(job, self.result_of(job)), TYPE)

    async def post(self, job_id: str) -> None:
        """Delete the job, with ACTION=DELETE."""
        action = self.parameters().get("ACTION")
        if action is None or action.upper() != "DELETE":
            raise ParameterError(
                "A job takes ACTION=DELETE.",
                parameter="ACTION",
                hint=f"To start or stop it, send PHASE=RUN or PHASE=ABORT to {job_id[:64]}/phase.",
            )
        await self.delete(job_id)

    async def delete(self, job_id: str) -> None:
        """Stop the job if it runs, and remove it with its result."""
        await self.platform.jobs.delete(self.caller, job_id)
        self.see()


class PhaseHandler(_Handler):
    """The phase of a job, to read and to ask for another."""

    def get(self, job_id: str) -> None:
        """Tell the phase."""
        self.text(self.job(job_id).phase)

    async def post(self, job_id: str) -> None:
        """Start or stop the job, with PHASE=RUN or PHASE=ABORT."""
        phase = (self.parameters().get("PHASE") or "").upper()
        if phase == "RUN":
            await self.platform.jobs.run(self.caller, job_id)
        elif phase == "ABORT":
            await self.platform.jobs.abort(self.caller, job_id)
        else:
            raise _no_phase(phase, {"RUN", "ABORT"})
        self.see(job_id)


class DestructionHandler(_Handler):
    """When the job and its result will be removed."""

    def get(self, job_id: str) -> None:
        """Tell the time."""
        self.text(text_time(self.job(job_id).destruction))

    async def post(self, job_id: str) -> None:
        """Ask for another time, with DESTRUCTION; a later one than the limit is clipped."""
        time = parse_time(_required(self.parameters(), "DESTRUCTION"), "DESTRUCTION")
        await self.platform.jobs.update(self.caller, job_id, destruction=time)
        self.see(job_id)


class DurationHandler(_Handler):
    """How long the job may run, in seconds."""

    def get(self, job_id: str) -> None:
        """Tell the seconds."""
        self.text(str(int(self.job(job_id).execution_duration)))

    async def post(self, job_id: str) -> None:
        """Ask for another time, with EXECUTIONDURATION; 0 asks for the longest."""
        name = "EXECUTIONDURATION"
        seconds = float(parse_seconds(_required(self.parameters(), name), name))
        longest = self.settings_of_instance.execution_duration
        await self.platform.jobs.update(self.caller, job_id, execution_duration=seconds or longest)
        self.see(job_id)


class ParametersHandler(_Handler):
    """The parameters of the job."""

    def get(self, job_id: str) -> None:
        """List them."""
        self.send_bytes(parameters_document(self.job(job_id).parameters), TYPE)

    async def post(self, job_id: str) -> None:
        """Set some of them; possible until the job was started."""
        given = self.service.check(self.parameters())
        if not given:
            raise UsageError("There is no parameter of this service in the request.")
        parameters = {**self.job(job_id).parameters, **given}
        await self.platform.jobs.update(self.caller, job_id, parameters=parameters)
        self.see(job_id)


class ValueHandler(_Handler):
    """A value of the job that can only be read."""

    value: Callable[[Job], str]

    def initialize(self, **kwargs: Any) -> None:
        """Take what to read."""
        self.value = kwargs.pop("value")
        super().initialize(**kwargs)

    def get(self, job_id: str) -> None:
        """Tell the value."""
        self.text(self.value(self.job(job_id)))


class ErrorHandler(_Handler):
    """Why the job failed."""

    def get(self, job_id: str) -> None:
        """Answer with the error document."""
        job = self.job(job_id)
        if job.error is None:
            raise NotFoundError(f"This job has no error; its phase is {job.phase}.")
        document = error_document(error_from_dict(dict(job.error)))
        self.send_bytes(document, "application/x-votable+xml")


class ResultsHandler(_Handler):
    """The list of results."""

    def get(self, job_id: str) -> None:
        """List them: one, once the job is complete."""
        job = self.job(job_id)
        self.send_bytes(results_document(job, self.result_of(job)), TYPE)


class ResultHandler(_Handler):
    """The result itself."""

    async def get(self, job_id: str) -> None:
        """Send it in the format the job asked for."""
        job = self.job(job_id)
        if job.phase is not Phase.COMPLETED:
            raise ResultNotFoundError(
                f"This job has no result; its phase is {job.phase}.",
                hint="Wait until it is COMPLETED."
                if not job.phase.final
                else "See its error resource.",
            )
        await self.service.send_result(self, job)


def _required(given: Parameters, name: str) -> str:
    value = given.get(name)
    if value is None:
        raise ParameterError(f"{name} is missing.", parameter=name)
    return value


def _no_phase(phase: str, known: Any) -> ParameterError:
    return ParameterError(
        f"“{phase[:60]}” is not possible as PHASE." if phase else "PHASE is missing.",
        parameter="PHASE",
        hint=f"Use {', '.join(sorted(known))}.",
    )


def routes(service: JobService) -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """The resources of a service's jobs.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    root = f"/{PREFIX}/{service.path}"
    job = f"{root}/([^/]+)"
    common = {"service": service}
    return [
        (f"{root}/?", JobsHandler, common),
        (f"{job}/?", JobHandler, common),
        (f"{job}/phase", PhaseHandler, common),
        (f"{job}/destruction", DestructionHandler, common),
        (f"{job}/executionduration", DurationHandler, common),
        (f"{job}/quote", ValueHandler, common | {"value": lambda _: ""}),
        (f"{job}/owner", ValueHandler, common | {"value": lambda job: job.owner}),
        (f"{job}/parameters", ParametersHandler, common),
        (f"{job}/error", ErrorHandler, common),
        (f"{job}/results", ResultsHandler, common),
        (f"{job}/results/result", ResultHandler, common),
    ]
