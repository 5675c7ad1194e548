"""All detectors of a visit at once: where each is, and one picture of all of them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import LimitError, NotFoundError
from lsp_jupyter.images.focal_plane.make import Overviews
from lsp_jupyter.images.pictures.encode import FORMATS, format_named
from lsp_jupyter.images.pictures.look import Look
from lsp_jupyter.web import PREFIX, BaseHandler

if TYPE_CHECKING:
    from lsp_jupyter.images.file import ImageFile

__all__ = ["routes"]

#: What is shown of a visit if nobody says: the first that it has.
TYPES = ("visit_image", "preliminary_visit_image", "difference_image", "raw")

#: Detectors that are shown at once: those of the largest camera, and its guiders.
MOST = 256

#: Seconds for which a client may show a picture again without asking.
FRESH = 3600


class _VisitBase(BaseHandler):
    """What belongs to one visit."""

    vo = True

    @cached_property
    def overviews(self) -> Overviews:
        """Small versions of its images."""
        return Overviews(self.platform.state, self.platform.archive, self.platform.pool)

    async def detectors(self, release: str, visit: str) -> tuple[list[ImageFile], dict[str, str]]:
        """The images that are asked for, by detector, and why others are left out.

        Their overviews are there.
        """
        given = Parameters.of(self.request)
        files = await asyncio.to_thread(self._files, release, visit, given.get("TYPE"))
        limit = self.settings_of_instance.sync_timeout
        # What is made for a client who leaves is kept.
        made = asyncio.ensure_future(self.overviews.make(files, seconds=limit))
        failed = await asyncio.shield(made)
        return [file for file in files if file.did not in failed], failed

    def _files(self, release: str, visit: str, kind: str | None) -> list[ImageFile]:
        found: dict[str, list[ImageFile]] = {}
        if visit.isascii() and visit.isdigit() and len(visit) < 19:
            for file in self.platform.archive.visit(self.caller, release, int(visit)):
                if "detector" in file.data_id:
                    found.setdefault(file.dataset_type, []).append(file)
        chosen = [kind] if kind else [*TYPES, *sorted(found)]
        files = next((found[name] for name in chosen if name in found), [])
        if not files:
            has = f"It has images of the types {', '.join(sorted(found))}." if found else ""
            raise NotFoundError(
                f"{release[:40]} has no {kind or 'image'} of the visit {visit[:40]}.",
                hint=has or "Visits are the column lsst_visit of ivoa.ObsCore.",
            )
        if len(files) > MOST:
            raise LimitError(
                f"The visit has {len(files):,} images; {MOST} can be shown at once.",
                hint="Publish each collection as a release of its own.",
            )
        return sorted(files, key=lambda file: int(file.data_id["detector"]))

    def arguments(self, files: Sequence[ImageFile], given: Parameters) -> dict[str, Any]:
        """What both tasks need to know."""
        names = ("STRETCH", "LIMITS", "COLORS", "INVERT")
        look = Look.of({name: text for name in names if (text := given.get(name))})
        paths = [str(self.overviews.path(file)) for file in files]
        return {"overviews": paths, "look": look.to_dict()}

    async def run(self, task: str, args: dict[str, Any]) -> dict[str, Any]:
        """Have a task done."""
        seconds = self.settings_of_instance.sync_timeout
        return await self.platform.pool.run(task, args, seconds=seconds)


class FocalPlaneHandler(_VisitBase):
    """``images/{release}/visits/{visit}``: where the detectors of a visit are."""

    async def get(self, release: str, visit: str) -> None:
        """Answer with JSON."""
        given = Parameters.of(self.request)
        files, failed = await self.detectors(release, visit)
        told: dict[str, Any] = {"images": [], "wcs": {}, "box": [0, 0, 1, 1]}
        if files:
            told = await self.run("focal_plane", self.arguments(files, given))
        told["images"] = [
            {
                "identifier": file.did,
                "url": self.link(f"images/{file.release}/{file.uuid}"),
                "detector": file.data_id["detector"],
                **one,
            }
            for file, one in zip(files, told["images"], strict=True)
        ]
        first = files[0] if files else None
        self.send_json(
            {
                "release": release,
                "visit": visit,
                "type": first.dataset_type if first else "",
                "band": first.band if first else "",
                **told,
                "failed": failed,
            }
        )


class AtlasHandler(_VisitBase):
    """``images/{release}/visits/{visit}/atlas``: small versions of all images, in one picture."""

    async def get(self, release: str, visit: str) -> None:
        """Answer with the picture."""
        given = Parameters.of(self.request)
        files, _ = await self.detectors(release, visit)
        if not files:
            raise NotFoundError(
                f"No image of the visit {visit[:40]} can be read.",
                hint="Whoever runs this instance can publish it again.",
            )
        args = self.arguments(files, given)
        args["kind"] = format_named(given.either("RESPONSEFORMAT", "FORMAT") or "png")
        tag = hashlib.sha256(json.dumps(args, sort_keys=True).encode()).hexdigest()[:32]
        self.set_header("ETag", f'"{tag}"')
        self.set_header("Cache-Control", f"private, max-age={FRESH}")
        self.set_header("Vary", "Authorization, Cookie")
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        out = self.platform.pool.scratch(".picture")
        try:
            await self.run("focal_plane_atlas", {**args, "out": str(out)})
            data = await asyncio.to_thread(out.read_bytes)
        finally:
            await asyncio.to_thread(out.unlink, missing_ok=True)
        self.send_bytes(data, FORMATS[args["kind"]])


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """Where focal planes are.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    visit = f"/{PREFIX}/images/([^/]+)/visits/([^/]+)"
    return [(visit, FocalPlaneHandler, {}), (f"{visit}/atlas", AtlasHandler, {})]
