"""Cutouts of many positions, as kernels ask for them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import JobNotFoundError, ParameterError, ResultNotFoundError
from lsp_jupyter.images.bulk.pack import INDEX
from lsp_jupyter.images.bulk.request import FORMATS, Request
from lsp_jupyter.jobs.job import SEPARATOR, Job, Origin
from lsp_jupyter.jobs.upload_parameter import parse_uploads
from lsp_jupyter.portal.handler import PortalHandler
from lsp_jupyter.portal.jobs import job_json
from lsp_jupyter.web.files import send_file
from lsp_jupyter.web.uploads import UploadHandler
from lsp_jupyter.workspace.staging import stage

__all__ = ["CutoutFileHandler", "CutoutsHandler", "CutoutsJobHandler"]

_MIMES = {f"cutouts.{kind}": mime for kind, mime in FORMATS.items()} | {INDEX: "text/csv"}


class CutoutsHandler(UploadHandler, PortalHandler):
    """``portal/cutouts``: where new ones come in."""

    async def post(self) -> None:
        """Start making cutouts; answers the job.

        The body is a form with a JSON object as its value ``job``: ``parameters`` as of the
        service ``cutouts``, each a text or a list of texts, and ``uploads`` as of
        ``portal/jobs``.
        """
        fields = None if self.form is None else dict(self.form.fields).get("job", b"")
        body = self.fields({"parameters": dict, "uploads": dict}, fields)
        given = {
            str(name).upper(): [str(one) for one in (text if isinstance(text, list) else [text])]
            for name, text in body.get("parameters", {}).items()
        }
        Request.of(given)
        parts: dict[str, Path | bytes] = {}
        for file in () if self.form is None else self.form.files:
            parts[file.name] = file.path
        uploads = parse_uploads(
            (f"{name},{uri}" for name, uri in body.get("uploads", {}).items()), quoted=True
        )
        if not uploads and "CIRCLE" not in given:
            raise ParameterError("There are no positions.", parameter="uploads")
        work = self.platform.work
        staged = await stage(
            uploads,
            parts,
            config=self.settings_of_instance,
            jobs=self.platform.jobs,
            caller=self.caller,
        )
        try:
            job = await work.create(
                self.caller,
                {name: SEPARATOR.join(texts) for name, texts in given.items()},
                origin=Origin.CUTOUTS,
                uploads=staged,
            )
        except BaseException:
            await asyncio.to_thread(staged.discard)
            raise
        await work.run(self.caller, job.id)
        await self.send(job_json(work.get(self.caller, job.id)), 201)


class _JobBase(PortalHandler):
    def job(self, job_id: str) -> Job:
        """The caller's job, if it makes cutouts."""
        job: Job = self.platform.work.get(self.caller, job_id)
        if job.origin is not Origin.CUTOUTS:
            raise JobNotFoundError("There is no such job here.")
        return job


class CutoutsJobHandler(_JobBase):
    """``portal/cutouts/{id}``."""

    async def get(self, job_id: str) -> None:
        """Answer the job, after its phase changed if ``wait`` (seconds) asks for it."""
        wait = self.number("wait", 0, low=0, high=int(self.settings_of_instance.poll_max))
        job = self.job(job_id)
        if wait and not job.phase.final:
            waiting = self.platform.work.wait(self.caller, job_id, timeout=wait, phase=job.phase)
            job = await self.unless_gone(waiting)
        await self.send(job_json(job))

    async def delete(self, job_id: str) -> None:
        """Stop it if it runs, and delete it with its files."""
        self.job(job_id)
        await self.platform.work.delete(self.caller, job_id)
        self.set_status(204)
        await self.finish()


class CutoutFileHandler(_JobBase):
    """``portal/cutouts/{id}/{name}``: one of its files."""

    async def get(self, job_id: str, name: str) -> None:
        """Answer with the file."""
        self.job(job_id)
        paths = await asyncio.to_thread(self.platform.work.files, self.caller, job_id)
        path: Any = next((one for one in paths if one.name == name), None)
        if path is None:
            raise ResultNotFoundError(f"The job has no file {name[:60]}.")
        self.attach(path.name)
        await send_file(self, path, _MIMES[name])
