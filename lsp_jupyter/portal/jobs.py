"""Jobs as panel and kernels see them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.jobs.job import Job, Origin, Phase
from lsp_jupyter.jobs.search import KEPT, Search
from lsp_jupyter.jobs.upload_parameter import parse_uploads
from lsp_jupyter.portal.events import State
from lsp_jupyter.portal.handler import PortalHandler
from lsp_jupyter.web import FORM_OVERHEAD
from lsp_jupyter.web.uploads import UploadHandler
from lsp_jupyter.workspace.staging import stage

if TYPE_CHECKING:
    from lsp_jupyter.jobs.uploads import StagedUploads

__all__ = [
    "AbortHandler",
    "EstimateHandler",
    "JobHandler",
    "JobsHandler",
    "job_json",
    "job_news",
    "job_state",
]

#: Jobs in a list at most, characters of a client's label and of a search, and bytes
#: of a query that an event carries.
LISTED, LABEL, SEARCHED, QUERY_IN_EVENT = 1000, 256, 1000, 4096

E = TypeVar("E", bound=StrEnum)


def time_json(time: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and Z; `None` stays."""
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def job_json(job: Job) -> dict[str, Any]:
    """A job as it travels in JSON.

    Returns
    -------
    job : `dict`
        Times are ISO 8601 UTC, ``elapsed`` and ``expected`` are in seconds, ``size`` in bytes;
        what has not happened is `None`.
    """
    elapsed = None
    if job.started is not None:
        elapsed = max(0.0, ((job.ended or datetime.now(UTC)) - job.started).total_seconds())
    return {
        "id": job.id,
        "phase": str(job.phase),
        "query": job.query,
        "service": job.service or None,
        "origin": str(job.origin),
        "run_id": job.run_id,
        "name": job.name,
        "tags": list(job.tags),
        "created": time_json(job.created),
        "started": time_json(job.started),
        "ended": time_json(job.ended),
        "elapsed": elapsed,
        "rows": job.rows,
        "size": job.size,
        "fraction": job.fraction,
        "overflow": job.overflow,
        "position": job.position,
        "expected": job.expected,
        "twin": job.twin or None,
        "note": job.note,
        "error": dict(job.error) if job.error else None,
    }


def job_state(job: Job) -> dict[str, Any]:
    """What an event says of a job: everything but a very long query, and whether it is gone."""
    state = job_json(job) | {"deleted": job.phase is Phase.ARCHIVED}
    if len(job.query) > QUERY_IN_EVENT:
        del state["query"]
    return state


def job_news(job: Job) -> State:
    """What makes the state of an event, or the state itself where that takes less memory."""
    return job_state(job) if len(job.query) > QUERY_IN_EVENT else partial(job_state, job)


class _QueryBase(PortalHandler):
    def body_max(self) -> int:
        """Room for a query of which JSON writes every byte as six."""
        return 6 * self.settings_of_instance.query_max_bytes + FORM_OVERHEAD

    def parameters(self, body: Mapping[str, Any]) -> dict[str, str]:
        """The parameters of the query in a request.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if there is none.
        """
        adql = body.get("adql", "")
        if not adql.strip():
            raise ParameterError("There is no query.", parameter="adql", hint="Write some ADQL.")
        parameters = {"LANG": "ADQL", "QUERY": adql}
        if "maxrec" in body:
            parameters["MAXREC"] = str(body["maxrec"])
        if body.get("preview"):
            parameters["PREVIEW"] = "1"
        if body.get("service"):
            parameters["SERVICE"] = body["service"]
        return parameters


class EstimateHandler(_QueryBase):
    """``portal/estimate``: what a query will cost."""

    async def post(self) -> None:
        """Answer rows, bytes, seconds and partitions; nothing is run and no job is made."""
        parameters = self.parameters(
            self.fields({"adql": str, "maxrec": int, "preview": bool, "service": str})
        )
        found = await self.unless_gone(self.platform.jobs.estimate(self.caller, parameters))
        await self.send(asdict(found))


class JobsHandler(UploadHandler, _QueryBase):
    """``portal/jobs``: the list, and where new ones come in."""

    async def get(self) -> None:
        """Answer the caller's newest jobs: ``{jobs, more, tags}``.

        ``text`` (words), ``phase`` and ``origin`` (each may be given several times), and ``tag``
        choose some; ``before`` (the id of a job) asks for older ones. ``more`` tells whether
        there are still older ones, ``tags`` are those of all jobs.
        """
        last = self.number("last", 50, low=1, high=LISTED)
        older = self.get_query_argument("before", "")
        chosen = self.get_query_argument("tag", "")
        text = self.get_query_argument("text", "")
        if len(text) > SEARCHED:
            raise ParameterError(f"'text' is longer than {SEARCHED} characters.", parameter="text")
        jobs = self.platform.jobs
        before = jobs.get(self.caller, older).created if older else None
        search = Search(
            self._all("phase", Phase) or KEPT,
            self._all("origin", Origin) or None,
            before=before,
            text=text,
            tag=chosen,
        )
        found = await jobs.search(self.caller, search, last + 1)
        listed = [job_json(job) for job in found[:last]]
        tags = await jobs.tags(self.caller)
        await self.send({"jobs": listed, "more": len(found) > last, "tags": tags})

    def _all(self, name: str, kind: type[E]) -> list[E]:
        """All values of a parameter; commas may stand between them."""
        given = [part for one in self.get_query_arguments(name) for part in one.split(",")]
        known = {str(one): one for one in kind}
        try:
            return [known[one] for one in given]
        except KeyError as error:
            raise ParameterError(
                f"There is no {name} {error.args[0][:20]!r}.",
                parameter=name,
                hint=f"There are {', '.join(known)}.",
            ) from None

    async def post(self) -> None:
        """Start a query; answers as soon as it is accepted.

        The body is a JSON object, or a form with that object as its value ``job`` and with
        files, which its field ``uploads`` names: ``{"mine": "param:part"}``.
        """
        body = self.fields(
            {
                "adql": str,
                "maxrec": int,
                "preview": bool,
                "origin": str,
                "run_id": str,
                "uploads": dict,
                "service": str,
            },
            None if self.form is None else dict(self.form.fields).get("job", b""),
        )
        parameters = self.parameters(body)
        if len(body.get("run_id", "")) > LABEL:
            raise ParameterError(f"'run_id' is longer than {LABEL} characters.", parameter="run_id")
        origins = {str(origin): origin for origin in (Origin.PORTAL, Origin.NOTEBOOK)}
        origin = origins.get(body.get("origin", "portal"))
        if origin is None:
            raise ParameterError("'origin' must be 'portal' or 'notebook'.", parameter="origin")
        staged = await self._stage(body.get("uploads", {}), parameters)
        try:
            job = await self.platform.jobs.submit(
                self.caller,
                parameters,
                origin=origin,
                run_id=body.get("run_id", ""),
                uploads=staged,
            )
        except BaseException:
            if staged is not None:
                await asyncio.to_thread(staged.discard)
            raise
        await self.send(job_json(job), 201)

    async def _stage(
        self, given: Mapping[str, Any], parameters: dict[str, str]
    ) -> StagedUploads | None:
        """Read the tables that come with a query, and add them to its parameters."""
        parts: dict[str, Path | bytes] = {}
        for file in () if self.form is None else self.form.files:
            parts[file.name] = file.path
        if not given and not parts:
            return None
        if parameters.get("SERVICE"):
            raise ParameterError(
                "Tables cannot be sent along to an outside service.",
                parameter="service",
                hint="Fetch its rows first, and join the two results here.",
            )
        listed = (f"{name},{uri}" for name, uri in given.items())
        uploads = parse_uploads(listed, quoted=True)
        parameters["UPLOAD"] = ";".join(map(str, uploads))
        return await stage(
            uploads,
            parts,
            config=self.settings_of_instance,
            jobs=self.platform.jobs,
            caller=self.caller,
        )


class JobHandler(PortalHandler):
    """``portal/jobs/{id}``."""

    async def get(self, job_id: str) -> None:
        """Answer the job, after its phase changed if ``wait`` (seconds) asks for it."""
        wait = self.number("wait", 0, low=0, high=int(self.settings_of_instance.poll_max))
        phase = self.get_query_argument("phase", "").upper()
        if phase and phase not in Phase.__members__:
            raise ParameterError(
                f"There is no phase {phase[:20]!r}.",
                parameter="phase",
                hint=f"Phases are {', '.join(Phase)}.",
            )
        job = self.platform.jobs.get(self.caller, job_id)
        if wait and not job.phase.final:
            job = await self.unless_gone(
                self.platform.jobs.wait(
                    self.caller, job_id, timeout=wait, phase=Phase(phase) if phase else None
                )
            )
        await self.send(job_json(job))

    async def patch(self, job_id: str) -> None:
        """Give the job a ``name``, or ``tags``; answers it."""
        body = self.fields({"name": str, "tags": list})
        tags = body.get("tags")
        if not body or not all(isinstance(one, str) for one in tags or ()):
            raise ParameterError(
                "A job gets a name or tags.", hint='Send {"name": "stars", "tags": ["paper"]}.'
            )
        job = await self.platform.jobs.label(self.caller, job_id, name=body.get("name"), tags=tags)
        await self.send(job_json(job))

    async def delete(self, job_id: str) -> None:
        """Delete the job and its result."""
        await self.platform.jobs.delete(self.caller, job_id)
        self.selections.drop(self.caller.subject, job_id)
        self.set_status(204)
        await self.finish()


class AbortHandler(PortalHandler):
    """``portal/jobs/{id}/abort``."""

    async def post(self, job_id: str) -> None:
        """Cancel the job; answers it as it is then."""
        await self.platform.jobs.abort(self.caller, job_id)
        await self.send(job_json(self.platform.jobs.get(self.caller, job_id)))
