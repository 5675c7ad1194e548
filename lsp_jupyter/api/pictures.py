"""Pictures of images: previews, tiles for viewers, and headers."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsp_jupyter.api.own_image import OWN, OwnImage
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import NotFoundError, ParameterError
from lsp_jupyter.images.mosaics.color import COMPOSITIONS
from lsp_jupyter.images.mosaics.request import check_parameter
from lsp_jupyter.images.pictures.encode import FORMATS, format_named
from lsp_jupyter.images.pictures.figures import Figure
from lsp_jupyter.images.pictures.look import Look, is_set, one_of
from lsp_jupyter.images.pictures.measure import WIDEST, line_of
from lsp_jupyter.web import PREFIX, BaseHandler
from lsp_jupyter.web.home import Home

if TYPE_CHECKING:
    from lsp_jupyter.images.file import ImageFile

__all__ = ["routes"]

#: Images that make a picture in colour, and how they are composed.
BANDS = ("RED", "GREEN", "BLUE")
COLORS_OF = ("COMPOSE", "BALANCE", "SOFTNESS")

#: Pixels of the longer side of a preview: unless something else is asked for, and at most.
SIZE, MOST = 512, 4096

#: What can be shown of an image.
PLANES = ("image", "variance", "mask")

JSON = "application/json"

#: Numbers as they are in the file, for viewers that stretch them by themselves.
RAW = "application/octet-stream"

#: Seconds for which a client may show a picture again without asking.
FRESH = 3600

#: A change of how pictures are made makes their tags others.
VERSION = "2"


class _PictureBase(BaseHandler):
    """What belongs to the pictures of one image."""

    vo = True

    def about(self, release: str, uuid: str) -> ImageFile:
        """The image that the address names."""
        did = f"ivo://{self.settings_of_instance.authority}/{release}?{uuid}"
        return self.platform.archive.one(self.caller, did)

    async def arguments(self, release: str, uuid: str, plane: str = "image") -> dict[str, Any]:
        """What every task on an image needs to know."""
        if release == OWN:
            return await asyncio.to_thread(self._own, uuid, plane)
        file = await asyncio.to_thread(self.about, release, uuid)
        path = await self.platform.archive.local(file)
        state = await asyncio.to_thread(path.stat)
        told = [file.did, file.checksum, state.st_size, state.st_mtime_ns, plane]
        key = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
        return {
            "path": str(path),
            "folder": str(self.platform.state / "pictures" / key),
            "most": self.settings_of_instance.picture_cache,
            "plane": plane,
            "about": {
                "title": f"{file.dataset_type} {file.band}".strip(),
                "identifier": file.did,
                "url": self.link(f"images/{file.release}/{file.uuid}"),
            },
        }

    def _own(self, token: str, plane: str) -> dict[str, Any]:
        """The same of an image in a file of the user's own."""
        one = OwnImage.of(token)
        path, state = Home.of(self.settings).file(one.path)
        told = [one.hdu, one.layer, plane, str(path), state.st_size, state.st_mtime_ns]
        key = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
        return {
            "path": str(path),
            "hdu": one.hdu,
            "layer": one.layer,
            "folder": str(self.platform.state / "pictures" / key),
            "most": self.settings_of_instance.picture_cache,
            "plane": plane,
            "about": {"title": path.name, "identifier": f"{OWN}/{token}"},
        }

    async def colors(self, release: str, uuid: str, given: Parameters) -> dict[str, Any]:
        """What a task needs to know that shows three images on the pixels of this one."""
        words = {name: text for name in COLORS_OF if (text := given.get(name))}
        values = {name: check_parameter(name, text) for name, text in words.items()}
        frame = await self.arguments(release, uuid)
        return {
            "frame": frame,
            "bands": [await self._band(given, name, frame) for name in BANDS],
            "how": values.get("COMPOSE", COMPOSITIONS[0]),
            "balance": values.get("BALANCE", [1.0, 1.0, 1.0]),
            "softness": values.get("SOFTNESS", 8.0),
            "look": _look(given),
        }

    async def _band(
        self, given: Parameters, name: str, frame: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        did = given.get(name)
        if not did:
            raise ParameterError(
                f"A picture in colour needs {name}.",
                parameter=name,
                hint="Send the identifiers of three images as RED, GREEN and BLUE.",
            )
        if did.lower() == frame["about"]["identifier"].lower():
            return frame
        if did.startswith(f"{OWN}/"):
            return await self.arguments(OWN, did.removeprefix(f"{OWN}/"))
        file = await asyncio.to_thread(self.platform.archive.one, self.caller, did)
        return await self.arguments(file.release, file.uuid)

    async def run(self, task: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Have a task done, even if the client leaves: what is made for it is kept."""
        seconds = self.settings_of_instance.sync_timeout
        return await self.platform.pool.run(task, args, seconds=seconds)

    def known(self, args: Mapping[str, Any]) -> bool:
        """Whether the client has the answer already; that is sent then.

        The tag of an answer follows from the file and from what is asked of it.
        """
        asked = json.dumps([VERSION, args], sort_keys=True)
        self.set_header("ETag", f'"{hashlib.sha256(asked.encode()).hexdigest()[:32]}"')
        self.set_header("Cache-Control", f"private, max-age={FRESH}")
        self.set_header("Vary", "Authorization, Cookie")
        if not self.check_etag_header():
            return False
        self.set_status(304)
        self.finish()
        return True

    async def send_file(self, task: str, args: Mapping[str, Any], mime: str) -> None:
        """Answer with the file that a task writes."""
        out = self.platform.pool.scratch(".picture")
        try:
            told = await self.run(task, {**args, "out": str(out)})
            data = await asyncio.to_thread(out.read_bytes)
        finally:
            await asyncio.to_thread(out.unlink, missing_ok=True)
        if mime == RAW:
            self.set_header("X-Columns", str(told["columns"]))
            self.set_header("X-Rows", str(told["rows"]))
        self.send_bytes(data, mime)


def _look(given: Parameters) -> dict[str, Any]:
    names = ("STRETCH", "LIMITS", "COLORS", "INVERT")
    return Look.of({name: text for name in names if (text := given.get(name))}).to_dict()


def _plane(given: Parameters) -> str:
    return one_of("PLANE", given.get("PLANE") or "image", PLANES)


def _kind(given: Parameters, *more: str) -> str:
    text = given.either("RESPONSEFORMAT", "FORMAT") or "png"
    return text if text in more else format_named(text)


class PreviewHandler(_PictureBase):
    """``images/{release}/{uuid}/preview``: all of an image as one picture."""

    async def get(self, release: str, uuid: str) -> None:
        """Answer with the picture, or with JSON that says where on the sky it is."""
        given = Parameters.of(self.request)
        kind = _kind(given, JSON)
        wanted = {
            "look": _look(given),
            "size": _size(given.get("SIZE")),
            "north": is_set("NORTH", given.get("NORTH") or "0"),
            "kind": kind,
        }
        args = await self.arguments(release, uuid, _plane(given)) | wanted
        if self.known(args):
            return
        if kind == JSON:
            self.send_json((await self.run("preview", args))["sidecar"])
        else:
            await self.send_file("preview", args, FORMATS[kind])


class TilesHandler(_PictureBase):
    """``images/{release}/{uuid}/tiles``: which tiles there are, and where on the sky."""

    async def get(self, release: str, uuid: str) -> None:
        """Answer with JSON."""
        given = Parameters.of(self.request)
        args = await self.arguments(release, uuid, _plane(given)) | {"look": _look(given)}
        if not self.known(args):
            title = args["about"]["title"]
            self.send_json({"title": title, **await self.run("outline", args)})


class TileHandler(_PictureBase):
    """``images/{release}/{uuid}/tile/{level}/{x}/{y}``: a tile, counted from the lower left."""

    async def get(self, release: str, uuid: str, *place: str) -> None:
        """Answer with the tile as a picture, or with its numbers."""
        given = Parameters.of(self.request)
        level, x, y = map(_place, place)
        if any(given.get(name) for name in BANDS):
            colors = await self.colors(release, uuid, given)
            colors |= {"level": level, "x": x, "y": y, "kind": _kind(given)}
            if not self.known(colors):
                await self.send_file("color_tile", colors, FORMATS[colors["kind"]])
            return
        kind = _kind(given, RAW)
        wanted = {"look": _look(given), "level": level, "x": x, "y": y}
        args = await self.arguments(release, uuid, _plane(given)) | wanted
        args["kind"] = "raw" if kind == RAW else kind
        if not self.known(args):
            await self.send_file("tile", args, RAW if kind == RAW else FORMATS[kind])


class StatisticsHandler(_PictureBase):
    """``images/{release}/{uuid}/statistics``: what is measured in a figure."""

    async def get(self, release: str, uuid: str) -> None:
        """Answer with JSON."""
        given = Parameters.of(self.request)
        plane = one_of("PLANE", given.get("PLANE") or "image", PLANES[:2])
        wanted = {"figure": _figure(given.get("REGION") or "")}
        args = await self.arguments(release, uuid, plane) | wanted
        if not self.known({"statistics": [args["folder"], wanted]}):
            self.send_json(await self.run("statistics", args))


class ProfileHandler(_PictureBase):
    """``images/{release}/{uuid}/profile``: values along a line."""

    async def get(self, release: str, uuid: str) -> None:
        """Answer with JSON."""
        given = Parameters.of(self.request)
        plane = one_of("PLANE", given.get("PLANE") or "image", PLANES[:2])
        wanted = {
            "line": line_of(given.get("LINE") or ""),
            "width": _width(given.get("WIDTH") or "1"),
        }
        args = await self.arguments(release, uuid, plane) | wanted
        if not self.known({"profile": [args["folder"], wanted]}):
            self.send_json(await self.run("profile", args))


class PartsHandler(_PictureBase):
    """``images/{release}/{uuid}/parts``: which images the file has."""

    async def get(self, release: str, uuid: str) -> None:
        """Answer with JSON."""
        args = await self.arguments(release, uuid)
        if not self.known({"parts": args["folder"]}):
            self.send_json(await self.run("parts", args))


class HeaderHandler(_PictureBase):
    """``images/{release}/{uuid}/header``: the headers of all parts of the file."""

    async def get(self, release: str, uuid: str) -> None:
        """Answer with JSON."""
        args = await self.arguments(release, uuid)
        if not self.known({"header": args["folder"]}):
            self.send_json((await self.run("header", args))["parts"])


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise NotFoundError(
            f"There is no tile “{text[:20]}”.", hint="Tiles are called tile/level/x/y, all numbers."
        )
    return int(text)


def _figure(text: str) -> str:
    Figure.of(text)
    return text


def _width(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= WIDEST):
        raise ParameterError(
            f"“{text[:60]}” is not possible as WIDTH.",
            parameter="WIDTH",
            hint=f"Send the pixels across the line: 1 to {WIDEST}.",
        )
    return int(text[:6])


def _size(text: str | None) -> int:
    if text is None:
        return SIZE
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 16 <= int(text) <= MOST):
        raise ParameterError(
            f"“{text[:60]}” is not possible as SIZE.",
            parameter="SIZE",
            hint=f"Send the pixels of the longer side: 16 to {MOST}.",
        )
    return int(text)


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """Where pictures of images are.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    image = f"/{PREFIX}/images/([^/]+)/([^/]+)"
    return [
        (f"{image}/preview", PreviewHandler, {}),
        (f"{image}/tiles", TilesHandler, {}),
        (f"{image}/tile/([^/]+)/([^/]+)/([^/]+)", TileHandler, {}),
        (f"{image}/header", HeaderHandler, {}),
        (f"{image}/parts", PartsHandler, {}),
        (f"{image}/statistics", StatisticsHandler, {}),
        (f"{image}/profile", ProfileHandler, {}),
    ]
