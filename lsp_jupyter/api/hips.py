"""Hierarchical surveys of pictures (HiPS 1.0) and coverage maps (MOC 2.0)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsp_jupyter.api.answer import completed
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import LimitError, NotFoundError, ParameterError
from lsp_jupyter.images.hips.coverage import FORMATS, coverage, written
from lsp_jupyter.images.hips.surveys import Surveys
from lsp_jupyter.images.obscore import OBSCORE
from lsp_jupyter.images.repositories import find_repository
from lsp_jupyter.web import PREFIX, BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.images.hips.surveys import File, Survey

__all__ = ["routes"]

_TEXT = "text/plain; charset=utf-8"
#: Seconds for which a client may show a tile again without asking.
_FRESH = 86_400
#: Order of coverage maps, if nothing else is asked for (cells of 26 arcsec), and at most.
_ORDER, _MOST_ORDER = 13, 16
#: Footprints of one map at most.
_MOST = 200_000
#: What a list says of each survey, beside where it is.
_LISTED = (
    *("creator_did", "obs_title", "hips_release_date", "hips_status", "hips_frame"),
    *("hips_order", "hips_tile_format", "moc_sky_fraction", "dataproduct_type"),
)


class _SurveyBase(BaseHandler):
    """What belongs to the surveys of an instance."""

    vo = True

    @property
    def surveys(self) -> Surveys:
        """All of them."""
        return Surveys(self.platform.state / "hips")

    def readable(self, release: str) -> bool:
        """Whether the caller may read the images of a release."""
        return self.platform.archive.allows(self.caller, release)


class ListHandler(_SurveyBase):
    """``hips/list`` and ``hips/{release}/list``: the surveys there are (HiPS 1.0 section 5.2)."""

    async def get(self, release: str = "") -> None:
        """Answer with a record for each."""
        found = await asyncio.to_thread(self._found, release)
        if release and not found:
            raise NotFoundError(f"There are no surveys of {release[:60]}.")
        self.send_bytes("\n".join(map(self._record, found)).encode(), _TEXT)

    def _found(self, release: str) -> list[Survey]:
        return [one for one in self.surveys.list(release) if self.readable(one.release)]

    def _record(self, survey: Survey) -> str:
        told = survey.properties
        record = {name: told[name] for name in _LISTED if name in told}
        record["hips_service_url"] = self.link(f"hips/{survey.release}/{survey.name}")
        return "".join(f"{name:<21}= {value}\n" for name, value in record.items())


class SurveyHandler(_SurveyBase):
    """``hips/{release}/{name}/…``: the files of a survey."""

    async def get(self, release: str, name: str, path: str) -> None:
        """Answer with a file; what is not covered has none (404)."""
        file = await asyncio.to_thread(self._open, release, name, path or "properties")
        with file.source:
            self.set_header("ETag", f'"{file.tag}"')
            fresh = 0 if path in ("", "properties") else _FRESH
            self.set_header("Cache-Control", f"private, max-age={fresh}")
            self.set_header("Vary", "Authorization, Cookie")
            if self.check_etag_header():
                self.set_status(304)
                return
            if self.request.method == "HEAD":
                self.set_header("Content-Length", str(file.size))
                self.set_header("Content-Type", file.mime)
                return
            self.send_bytes(await asyncio.to_thread(file.source.read), file.mime)

    head = get

    def _open(self, release: str, name: str, path: str) -> File:
        survey = self.surveys.find(release, name)
        if not self.readable(release):
            raise NotFoundError(f"There is no survey {name[:60]} of {release[:60]}.")
        return survey.open(path)


class CoverageHandler(BaseHandler):
    """``moc/{release}`` and ``moc/{release}/{band}``: what part of the sky images cover."""

    vo = True

    async def get(self, release: str, band: str = "") -> None:
        """Answer with the map of one kind of images, which DPSUBTYPE names."""
        given = Parameters.of(self.request)
        form = (given.either("RESPONSEFORMAT", "FORMAT") or "fits").lower()
        form = {mime.partition(";")[0]: name for name, mime in FORMATS.items()}.get(form, form)
        if form not in FORMATS:
            raise ParameterError(
                f"“{form[:40]}” is no format of coverage maps.",
                parameter="RESPONSEFORMAT",
                hint=f"Use {', '.join(FORMATS)}.",
            )
        order = _order(given.get("ORDER"))
        kind = given.get("DPSUBTYPE") or "lsst.deep_coadd"
        outlines = await self._outlines(release, band, kind)
        if not outlines:
            raise NotFoundError(
                f"There are no images {kind[:60]} of {release[:60]}"
                + (f" in the band {band[:20]}." if band else "."),
                hint="DPSUBTYPE names another kind of images, such as lsst.visit_image.",
            )
        document = await asyncio.to_thread(lambda: written(coverage(outlines, order), order, form))
        self.attach(f"{release}{'-' + band if band else ''}-moc.{_SUFFIX[form]}")
        self.send_bytes(document, FORMATS[form])

    async def _outlines(self, release: str, band: str, kind: str) -> list[str]:
        repository = await asyncio.to_thread(find_repository, self.platform.state, release)
        within = f"ivo://{self.settings_of_instance.authority}/{repository.release}?"
        tests = [f"obs_publisher_did LIKE {_quoted(within + '%')}"]
        tests.append(f"dataproduct_subtype = {_quoted(kind)}")
        if band:
            tests.append(f"lsst_band = {_quoted(band)}")
        query = ["SELECT DISTINCT s_region", f"FROM {OBSCORE.full_name}"]
        query.append(f"WHERE {' AND '.join(tests)}")
        job = await completed(self, {"QUERY": "\n".join(query), "MAXREC": str(_MOST)})
        result = self.platform.jobs.result(self.caller, job.id)
        if result.overflow:
            raise LimitError(
                f"There are more than {_MOST:,} such images.",
                hint="Ask for one band, or for coadds.",
            )
        return [
            text
            for batch in result.iter_batches()
            for text in batch.column(0).to_pylist()
            if text is not None
        ]


_SUFFIX = {"fits": "fits", "json": "json", "ascii": "txt"}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _order(text: str | None) -> int:
    if text is None:
        return _ORDER
    if not (text.isascii() and text.isdigit() and int(text[:4]) <= _MOST_ORDER):
        raise ParameterError(
            f"ORDER cannot be “{text[:20]}”.",
            parameter="ORDER",
            hint=f"It is a whole number from 0 to {_MOST_ORDER}.",
        )
    return int(text)


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """Where surveys and coverage maps are.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    hips, moc = f"/{PREFIX}/hips", f"/{PREFIX}/moc"
    return [
        (f"{hips}/list", ListHandler, {}),
        (f"{hips}/([^/]+)/list", ListHandler, {}),
        (f"{hips}/([^/]+)/([^/]+)/?(.*)", SurveyHandler, {}),
        (f"{moc}/([^/]+)", CoverageHandler, {}),
        (f"{moc}/([^/]+)/([^/]+)", CoverageHandler, {}),
    ]
