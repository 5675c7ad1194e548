"""UWS 1.1: jobs as HTTP resources, for every service that has jobs.

A service says what its parameters are and how a result is sent; everything
else is the same for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from lsp_jupyter.api.job_service import JobService, Output
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.uploads import stage
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
from lsp_jupyter.errors import (
    JobNotFoundError,
    NotFoundError,
    ParameterError,
    ResultNotFoundError,
    UsageError,
    error_from_dict,
)
from lsp_jupyter.formats.votable import error_document
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.web import PREFIX, BaseHandler
from lsp_jupyter.web.uploads import UploadHandler

if TYPE_CHECKING:
    from lsp_jupyter.jobs.runner import Jobs
    from lsp_jupyter.platform import Platform

__all__ = ["JobService", "Output", "routes"]

TEXT = "text/plain; charset=utf-8"

#: Phases of the standard; those we never have match no job.
PHASES = frozenset(Phase) | {"UNKNOWN", "SUSPENDED"}


class _Handler(UploadHandler):
    """What all job resources share."""

    vo = True
    service: JobService

    def initialize(self, **kwargs: Any) -> None:
        """Take the service this resource belongs to."""
        self.service = kwargs.pop("service")
        self._jobs: Callable[[Platform], Any] = kwargs.pop("jobs")
        super().initialize(**kwargs)

    @property
    def jobs(self) -> Jobs:
        """What runs the service's jobs."""
        return cast("Jobs", self._jobs(self.platform))

    def job(self, job_id: str) -> Job:
        """The caller's job of that id."""
        found: Job = self.jobs.get(self.caller, job_id)
        if found.origin not in self.service.origins:
            raise JobNotFoundError(
                "There is no such job here.", hint="It belongs to another service."
            )
        return found

    def parameters(self) -> Parameters:
        """The parameters of this request."""
        return Parameters.of(self.request, self.form, most=self.service.most)

    def text(self, value: str) -> None:
        """Answer with one value."""
        self.send_bytes(value.encode(), TEXT)

    def job_url(self, job_id: str = "") -> str:
        """Absolute URL of a job, or of the list."""
        return self.link(f"{self.service.path}/{job_id}".rstrip("/"))

    def outputs_of(self, job: Job) -> tuple[Sequence[Output], str]:
        """The results a job has by now, and the URL of their list."""
        done = job.phase is Phase.COMPLETED
        outputs = self.service.outputs(self, job) if done else ()
        return outputs, f"{self.job_url(job.id)}/results"

    def see(self, job_id: str = "") -> None:
        """Send the client on to a job, or to the list."""
        self.redirect(self.job_url(job_id), status=303)


class JobsHandler(_Handler):
    """The job list (UWS 1.1 section 2.2.3.2)."""

    def takes_files(self) -> bool:
        """Whether a new job may come with tables."""
        return self.service.uploads

    async def get(self) -> None:
        """List the caller's jobs, newest first, as PHASE, AFTER and LAST ask."""
        given = self.parameters()
        wanted = {value.upper() for value in given.all("PHASE")}
        if wanted - PHASES:
            raise _no_phase(", ".join(sorted(wanted - PHASES)), PHASES)
        phases = {phase for phase in Phase if phase in wanted} if wanted else None
        after, last = given.get("AFTER"), given.get("LAST")
        jobs = self.jobs.list(
            self.caller,
            phases=phases,
            after=None if after is None else parse_time(after, "AFTER"),
            last=None if last is None else parse_seconds(last, "LAST", low=1),
            origins=[one for one in self.service.origins if one is not Origin.TAP_SYNC],
        )
        root = self.job_url()
        pairs = [(job, f"{root}/{job.id}") for job in jobs]
        self.send_bytes(await asyncio.to_thread(job_list, pairs), TYPE)

    async def post(self) -> None:
        """Create a job, and run it at once with PHASE=RUN."""
        given = self.parameters()
        phase = given.get("PHASE")
        if phase is not None and phase.upper() != "RUN":
            raise _no_phase(phase, {"RUN"})
        parameters = self.service.check(given)
        destruction, duration = given.get("DESTRUCTION"), given.get("EXECUTIONDURATION")
        uploads = await stage(self, given) if self.service.uploads else None
        job = await self.jobs.create(
            self.caller,
            parameters,
            origin=self.service.origin,
            run_id=given.get("RUNID") or "",
            destruction=None if destruction is None else parse_time(destruction, "DESTRUCTION"),
            execution_duration=None if duration is None else self._duration(duration),
            uploads=uploads,
        )
        if phase is not None:
            await self.jobs.run(self.caller, job.id)
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
                waiting = self.jobs.wait(self.caller, job_id, timeout=seconds, phase=job.phase)
                job = await self.unless_gone(waiting)
        self.send_bytes(job_document(job, *self.outputs_of(job)), TYPE)

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
        await self.jobs.delete(self.caller, job_id)
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
            await self.jobs.run(self.caller, job_id)
        elif phase == "ABORT":
            await self.jobs.abort(self.caller, job_id)
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
        await self.jobs.update(self.caller, job_id, destruction=time)
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
        await self.jobs.update(self.caller, job_id, execution_duration=seconds or longest)
        self.see(job_id)


class ParametersHandler(_Handler):
    """The parameters of the job."""

    def takes_files(self) -> bool:
        """Whether tables may be added to the job."""
        return self.service.uploads

    def get(self, job_id: str) -> None:
        """List them."""
        self.send_bytes(parameters_document(self.job(job_id).parameters), TYPE)

    async def post(self, job_id: str) -> None:
        """Set some of them; possible until the job was started."""
        sent = self.parameters()
        given = self.service.check(sent)
        job = self.job(job_id)
        uploads = await stage(self, sent) if self.service.uploads else None
        if not given:
            raise UsageError("There is no parameter of this service in the request.")
        await self.jobs.update(self.caller, job.id, parameters=given, uploads=uploads)
        self.see(job_id)


class ParameterHandler(_Handler):
    """One parameter of the job."""

    def get(self, job_id: str, name: str) -> None:
        """Tell its value."""
        value = self.job(job_id).parameters.get(name.upper())
        if value is None:
            raise NotFoundError(
                f"This job has no parameter “{name[:60]}”.",
                hint="Its resource “parameters” lists those it has.",
            )
        self.text(value)


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
        """List them: none until the job is complete."""
        self.send_bytes(results_document(*self.outputs_of(self.job(job_id))), TYPE)


class ResultHandler(_Handler):
    """A result itself."""

    async def get(self, job_id: str, name: str) -> None:
        """Send it in the format the job asked for."""
        job = self.job(job_id)
        if job.phase is not Phase.COMPLETED:
            raise ResultNotFoundError(
                f"This job has no result; its phase is {job.phase}.",
                hint="Wait until it is COMPLETED."
                if not job.phase.final
                else "See its error resource.",
            )
        names = [output.id for output in self.outputs_of(job)[0]]
        if name not in names:
            raise ResultNotFoundError(
                f"This job has no result “{name[:60]}”.", hint=f"It has {', '.join(names)}."
            )
        await self.service.send_result(self, job, name)


def _quote(job: Job) -> str:
    return "" if job.quote is None else text_time(job.quote)


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


def routes(
    service: JobService, jobs: Callable[[Platform], Any] = lambda platform: platform.jobs
) -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """The resources of a service's jobs.

    Parameters
    ----------
    service : `JobService`
        What it is.
    jobs : callable
        Gives what runs its jobs: something used like `~lsp_jupyter.jobs.runner.Jobs`.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    root = f"/{PREFIX}/{service.path}"
    job = f"{root}/([^/]+)"
    common = {"service": service, "jobs": jobs}
    return [
        (f"{root}/?", JobsHandler, common),
        (f"{job}/?", JobHandler, common),
        (f"{job}/phase", PhaseHandler, common),
        (f"{job}/destruction", DestructionHandler, common),
        (f"{job}/executionduration", DurationHandler, common),
        (f"{job}/quote", ValueHandler, common | {"value": _quote}),
        (f"{job}/owner", ValueHandler, common | {"value": lambda job: job.owner}),
        (f"{job}/parameters", ParametersHandler, common),
        (f"{job}/parameters/([^/]+)", ParameterHandler, common),
        (f"{job}/error", ErrorHandler, common),
        (f"{job}/results", ResultsHandler, common),
        (f"{job}/results/([^/]+)", ResultHandler, common),
    ]
