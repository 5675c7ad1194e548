"""Mosaics: as jobs, and as products that are made when they are asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from lsp_jupyter.api import uws
from lsp_jupyter.api.job_service import Output
from lsp_jupyter.api.parameters import Parameters
from lsp_jupyter.errors import LimitError, ParameterError, ResultNotFoundError
from lsp_jupyter.images.mosaics.recipe import Recipe
from lsp_jupyter.images.mosaics.request import PARAMETERS, REPEATED, check_parameter
from lsp_jupyter.jobs.job import SEPARATOR, Job, Origin
from lsp_jupyter.web import PREFIX, BaseHandler

__all__ = ["MosaicJobs", "routes"]

#: Bytes of a recipe at most.
MOST = 1 << 20

FITS, PNG, JSON = "image/fits", "image/png", "application/json"

#: What a mosaic consists of, and what it may have as well.
FILES = {"mosaic.fits": FITS, "preview.png": PNG, "provenance.json": JSON, "recipe.json": JSON}
STACK = {"stack.h5": "application/x-hdf5"}


class MosaicJobs:
    """Jobs that make mosaics, as `~lsp_jupyter.api.uws` serves them."""

    path = "mosaics"
    origin = Origin.MOSAIC
    origins: Collection[Origin] = frozenset({Origin.MOSAIC})
    uploads = False
    most = 5_000

    def check(self, given: Parameters) -> dict[str, str]:
        """The job parameters of a request, each of which can be used by itself."""
        found: dict[str, str] = {}
        for name in PARAMETERS:
            values = given.all(name) if name in REPEATED else [given.get(name)]
            texts = [text for text in values if text is not None]
            if texts:
                for text in texts:
                    check_parameter(name, text)
                found[name] = SEPARATOR.join(texts)
        return found

    def outputs(self, handler: BaseHandler, job: Job) -> Sequence[Output]:  # noqa: ARG002 - all have the same
        """The files of a mosaic."""
        return [Output(name, mime) for name, mime in _files(_stacked(job)).items()]

    async def send_result(self, handler: BaseHandler, job: Job, name: str) -> None:
        """Answer with a file."""
        files = handler.platform.work.files(handler.caller, job.id)
        await _send(handler, {path.name: path for path in files}, name, job.id)


def _files(stacked: bool) -> dict[str, str]:
    return FILES | STACK if stacked else FILES


def _stacked(job: Job) -> bool:
    """Whether a job gives its images one by one; that of a product is not known here."""
    recipe = job.parameters.get("RECIPE")
    if recipe is not None:
        return Recipe.from_dict(json.loads(recipe)).stack
    return bool(check_parameter("STACK", job.parameters.get("STACK", "0")))


async def _send(handler: BaseHandler, files: dict[str, Path], name: str, product: str) -> None:
    if name not in files:
        raise ResultNotFoundError(
            f"There is no file {name[:60]} here.", hint=f"There are {', '.join(files)}."
        )
    source = await asyncio.to_thread(files[name].open, "rb")
    size = await asyncio.to_thread(lambda: source.seek(0, 2))
    source.seek(0)
    handler.set_header("Content-Type", (FILES | STACK)[name])
    handler.set_header("Content-Length", str(size))
    handler.attach(f"{product[:12]}-{name}")

    def blocks() -> Any:
        with source:
            while block := source.read(1 << 18):
                yield block

    await handler.stream(blocks())


class ProductsHandler(BaseHandler):
    """``products``: keeps recipes."""

    vo = True

    async def post(self) -> None:
        """Keep the recipe in the body, and tell its id; what it makes can be had from there."""
        if len(self.request.body) > MOST:
            raise LimitError(f"The recipe is longer than {MOST:,} bytes.")
        recipe = await asyncio.to_thread(_recipe, self.request.body)
        product = await asyncio.to_thread(self.platform.products.add, self.caller, recipe)
        self.set_header("Location", self.link(f"products/{product}"))
        self.send_json({"id": product}, 201)


def _recipe(body: bytes) -> Recipe:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise ParameterError(
            "The body is not JSON.",
            hint="Send a recipe; every mosaic has a recipe.json that shows what one is like.",
        ) from None
    return Recipe.from_dict(told)


class ProductHandler(BaseHandler):
    """``products/{id}``: the recipe of a product."""

    vo = True

    async def get(self, product: str) -> None:
        """Answer with the recipe, and the addresses of what it makes."""
        recipe = await asyncio.to_thread(self.platform.products.recipe, self.caller, product)
        root = self.link(f"products/{product}")
        self.send_json(
            {
                "id": product,
                "recipe": recipe.to_dict(),
                "files": {name: f"{root}/{name}" for name in _files(recipe.stack)},
            }
        )


class ProductFileHandler(BaseHandler):
    """``products/{id}/{file}``: what a recipe makes."""

    vo = True

    async def get(self, product: str, name: str) -> None:
        """Answer with the file; it is made if it is not there."""
        products = self.platform.products
        recipe = await asyncio.to_thread(products.recipe, self.caller, product)
        seconds = self.settings_of_instance.sync_timeout
        folder = await self.unless_gone(products.make(self.caller, recipe, seconds=seconds))
        found = await asyncio.to_thread(lambda: {path.name: path for path in folder.iterdir()})
        await _send(self, found, name, product)


def routes() -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """Where mosaics are.

    Returns
    -------
    routes : `list` of `tuple`
        Patterns below the server's base URL.
    """
    products = f"/{PREFIX}/products"
    return [
        *uws.routes(MosaicJobs(), jobs=lambda platform: platform.work),
        (f"{products}/?", ProductsHandler, {}),
        (f"{products}/([^/]+)", ProductHandler, {}),
        (f"{products}/([^/]+)/([^/]+)", ProductFileHandler, {}),
    ]
