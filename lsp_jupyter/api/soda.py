"""SODA 1.0: parts of images."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from lsp_jupyter.api import uws
from lsp_jupyter.api.image_capabilities import CUTOUTS, image_capabilities
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.api.uws import Output
from lsp_jupyter.api.xml import TYPE
from lsp_jupyter.errors import LspError, NoOverlapError, ParameterError
from lsp_jupyter.images.cutouts.request import REPEATED, Request
from lsp_jupyter.jobs.job import SEPARATOR, Job, Origin
from lsp_jupyter.web import PREFIX, BaseHandler
from lsp_jupyter.web.files import send_file

__all__ = ["CutoutHandler", "routes"]

#: Parameters that come once.
_SINGLE = (
    *("RESPONSEFORMAT", "FORMAT", "CUTOUTDETAIL", "COMPRESS"),
    *("STRETCH", "LIMITS", "COLORS", "INVERT", "RUNID"),
)
#: What an error may begin with (SODA 1.0 section 5).
_CODES = ("AuthenticationError", "ServiceUnavailable", "UsageError")
_TEXT = "text/plain; charset=utf-8"
#: Parameters of one request at most: a list of images may be long.
_MOST = 20_000
#: What each kind of file of a job is.
_MIMES = {
    ".fits": "image/fits",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".txt": "text/plain",
}


def _values(given: Parameters) -> dict[str, list[str]]:
    found = {name: given.all(name) for name in (*REPEATED, *_SINGLE)}
    return {name: values for name, values in found.items() if values}


class CutoutHandler(BaseHandler):
    """``soda/sync``: one part of one image, at once."""

    vo = True

    async def get(self) -> None:
        """Answer with the part; with nothing (204) if the image has none of it.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if more than one is asked for (SODA 1.0 section 3.2).
        """
        values = _values(Parameters.of(self.request))
        for name in REPEATED:
            if len(values.get(name, ())) > 1:
                raise _several(name)
        shapes = [name for name in ("CIRCLE", "POLYGON", "POS") if name in values]
        if len(shapes) > 1:
            raise _several(" and ".join(shapes))
        request = Request.of(values)
        out = self.platform.pool.scratch(f".{request.extension}")
        try:
            making = self.platform.cutouts.one(self.caller, request, out, self.link)
            file = await self.unless_gone(making)
            self.attach(f"cutout-{file.name.partition('.')[0]}.{request.extension}")
            await send_file(self, out, request.mime)
        finally:
            await asyncio.to_thread(out.unlink, missing_ok=True)

    post = get

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer as SODA wants it: a line of text; nothing where there is nothing."""
        cause = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(cause, NoOverlapError):
            self.set_status(204)
            self.clear_header("Content-Type")
            self.finish()
            return
        super().write_error(status_code, **kwargs)

    def send_failure(self, error: LspError, status: int) -> None:
        """Answer with a line of text (SODA 1.0 section 5)."""
        code = error.code if error.code in _CODES else "UsageError" if status < 500 else "Error"
        self.send_bytes(f"{code}: {error}\n".encode(), _TEXT, status)


def _several(name: str) -> ParameterError:
    return ParameterError(
        f"MultiValuedParamNotSupported: {name}",
        parameter=name.partition(" ")[0],
        hint="One part of one image is had at once; send several to soda/async.",
    )


class CutoutJobs:
    """``soda/async``: parts of images as jobs, for `~lsp_jupyter.api.uws`."""

    path = "soda/async"
    origin = Origin.SODA
    origins: Collection[Origin] = frozenset({Origin.SODA})
    uploads = False
    most = _MOST

    def check(self, given: Parameters) -> dict[str, str]:
        """The parameters of a job, looked at when it runs, but for those given here.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if one cannot be used.
        """
        values = _values(given)
        if "ID" in values:
            Request.of(values)
        return {name: SEPARATOR.join(each) for name, each in values.items()}

    def outputs(self, handler: BaseHandler, job: Job) -> list[Output]:
        """A file for each cutout, and a text for each that could not be made."""
        paths = handler.platform.work.files(handler.caller, job.id)
        return [Output(one.stem, _MIMES[one.suffix], one.stat().st_size) for one in paths]

    async def send_result(self, handler: BaseHandler, job: Job, name: str) -> None:
        """Answer with one of them."""
        paths = handler.platform.work.files(handler.caller, job.id)
        path = next(one for one in paths if one.stem == name)
        handler.attach(path.name)
        await send_file(handler, path, _MIMES[path.suffix])


class CutoutCapabilitiesHandler(BaseHandler):
    """``soda/capabilities``: where cutouts are made."""

    vo = True
    public = True

    def get(self) -> None:
        """Answer with the capabilities document."""
        guarded = bool(self.identity_provider.auth_enabled)
        self.send_bytes(image_capabilities(CUTOUTS, self.link("soda"), guarded), TYPE)


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """The resources of cutouts.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    soda = f"/{PREFIX}/soda"
    return [
        (f"{soda}/sync/?", CutoutHandler, {}),
        *uws.routes(CutoutJobs(), lambda platform: platform.work),
        (f"{soda}/capabilities", CutoutCapabilitiesHandler, {}),
    ]
