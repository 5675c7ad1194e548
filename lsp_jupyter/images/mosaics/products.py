"""Mosaics that are made when somebody wants them, and kept for a while."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import EngineError, NotFoundError, OverloadError
from lsp_jupyter.identity import Caller
from lsp_jupyter.images.archive import ImageArchive
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.kept import trim
from lsp_jupyter.images.mosaics.recipe import Recipe
from lsp_jupyter.images.mosaics.request import check_parameter, recipe_of
from lsp_jupyter.images.pool import ImagePool
from lsp_jupyter.jobs.job import Job
from lsp_jupyter.jobs.work import Progress, Work

__all__ = ["Products", "mosaicking"]


class Products:
    """The recipes of an instance, and what was made by them.

    A recipe stays; what was made by it goes when the room is needed, and is made again when it
    is asked for. Whoever asks must be allowed to read all of its images.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Limits of the instance.
    archive : `~lsp_jupyter.images.archive.ImageArchive`
        The images.
    pool : `~lsp_jupyter.images.pool.ImagePool`
        Works on them.
    state : `~pathlib.Path`
        The state folder.
    """

    def __init__(
        self, config: LspConfig, archive: ImageArchive, pool: ImagePool, state: Path
    ) -> None:
        self._config = config
        self._archive = archive
        self._pool = pool
        self._recipes = state / "products" / "recipes"
        self._made = state / "products" / "made"
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def add(self, caller: Caller, recipe: Recipe) -> str:
        """Keep a recipe; gives its id.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if the caller may not read one of its images.
        """
        self._inputs(caller, recipe)
        self._keep(recipe)
        return recipe.id

    def _keep(self, recipe: Recipe) -> None:
        self._recipes.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._recipes / f"{recipe.id}.json"
        if not path.exists():
            draft = path.with_name(f"{secrets.token_hex(8)}.part")
            draft.write_text(json.dumps(recipe.to_dict()))
            draft.rename(path)

    def recipe(self, caller: Caller, product: str) -> Recipe:
        """The recipe of an id.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is none, or the caller may not read one of its images.
        """
        check_parameter("PRODUCT", product)
        try:
            recipe = Recipe.from_dict(json.loads((self._recipes / f"{product}.json").read_text()))
        except FileNotFoundError:
            raise NotFoundError(f"There is no product {product}.") from None
        self._inputs(caller, recipe)
        return recipe

    async def make(
        self,
        caller: Caller,
        recipe: Recipe,
        *,
        seconds: float,
        report: Callable[[Mapping[str, Any]], None] | None = None,
        background: bool = False,
    ) -> Path:
        """The folder with what a recipe makes; made unless it is there already.

        Parameters
        ----------
        caller : `~lsp_jupyter.identity.Caller`
            Who asks.
        recipe : `Recipe`
            What is made.
        seconds : `float`
            How long that may take.
        report : callable, optional
            Told which ``fraction`` is done.
        background : `bool`
            Whether others go first.

        Returns
        -------
        folder : `~pathlib.Path`
            With ``mosaic.fits``, ``preview.png``, ``recipe.json`` and ``provenance.json``. Open
            its files soon.

        Raises
        ------
        lsp_jupyter.errors.NotFoundError
            Raised if there is no such image that the caller may read.
        """
        files = await asyncio.to_thread(self._inputs, caller, recipe)
        await asyncio.to_thread(self._keep, recipe)
        # Another one, if an image was published anew.
        said = json.dumps([[did, one.uri, one.size, one.checksum] for did, one in files.items()])
        state = hashlib.sha256(said.encode()).hexdigest()[:16]
        folder = self._made / f"{recipe.id}-{state}"
        lock = self._locks.setdefault(folder.name, asyncio.Lock())
        async with lock:
            if not await asyncio.to_thread(_touched, folder):
                await self._build(recipe, files, folder, seconds, report, background)
        return folder

    async def _build(
        self,
        recipe: Recipe,
        files: Mapping[str, ImageFile],
        folder: Path,
        seconds: float,
        report: Callable[[Mapping[str, Any]], None] | None,
        background: bool,
    ) -> None:
        paths = {did: str(await self._archive.local(one)) for did, one in files.items()}
        draft = folder.with_name(f"{secrets.token_hex(8)}.part")
        await asyncio.to_thread(draft.mkdir, 0o700, True, True)
        args = {
            "recipe": recipe.to_dict(),
            "paths": paths,
            "checksums": {did: one.checksum for did, one in files.items()},
            "out": str(draft),
            "most": self._config.image_pixels,
        }
        try:
            await self._pool.run(
                "mosaic", args, seconds=seconds, report=report, background=background
            )
            await asyncio.to_thread(self._settle, draft, folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)

    def _settle(self, draft: Path, folder: Path) -> None:
        # Another server may have been faster: what it made is the same.
        with suppress(OSError):
            draft.rename(folder)
        if not folder.is_dir():
            raise EngineError("The mosaic cannot be kept.")
        trim(self._made, self._config.product_cache)

    def _inputs(self, caller: Caller, recipe: Recipe) -> dict[str, ImageFile]:
        found = self._archive.find(caller, recipe.dids)
        missing = [did for did in recipe.dids if did not in found]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise NotFoundError(
                f"There is no image {missing[0][:200]}{more}.",
                hint="Identifiers are the column obs_publisher_did of ivoa.ObsCore.",
            )
        return {did: found[did] for did in recipe.dids}

    async def of_parameters(self, caller: Caller, parameters: Mapping[str, str]) -> Recipe:
        """The recipe that the parameters of a job ask for.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if they ask for none.
        """
        if "PRODUCT" in parameters:
            return await asyncio.to_thread(self.recipe, caller, parameters["PRODUCT"])
        return await asyncio.to_thread(recipe_of, parameters)


def mosaicking(products: Products) -> Work:
    """What a job does whose parameters ask for a mosaic.

    Parameters
    ----------
    products : `Products`
        Makes it.
    """

    async def work(caller: Caller, job: Job, folder: Path, progress: Progress) -> None:
        recipe = await products.of_parameters(caller, job.parameters)
        images = len(recipe.dids)

        def report(told: Mapping[str, Any]) -> None:
            progress(float(told["fraction"]), images)

        made = await products.make(
            caller, recipe, seconds=job.execution_duration, report=report, background=True
        )
        await asyncio.to_thread(_copy, made, folder)
        progress(1.0, images)

    return work


def _touched(folder: Path) -> bool:
    """Whether a folder is there; it is used now."""
    try:
        os.utime(folder)
    except FileNotFoundError:
        return False
    return True


def _copy(made: Path, folder: Path) -> None:
    """Put the files into another folder, without a copy of their bytes where that is possible."""
    try:
        names: Sequence[str] = sorted(os.listdir(made))
        for name in names:
            try:
                os.link(made / name, folder / name)
            except OSError:
                shutil.copyfile(made / name, folder / name)
    except FileNotFoundError:
        raise OverloadError("The mosaic was removed to make room for others.") from None
