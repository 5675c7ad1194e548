"""The part of the demo survey that is files: images in a Butler repository, and sky pictures."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from lsp_jupyter.catalogs.generation import stored_rows
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.demo.survey.crew import Crew
from lsp_jupyter.demo.survey.dataset_types import TABLES
from lsp_jupyter.demo.survey.depth import write_maps
from lsp_jupyter.demo.survey.field_hips import field_hips
from lsp_jupyter.demo.survey.fields import FIELDS, Field
from lsp_jupyter.demo.survey.images.dataset import Dataset
from lsp_jupyter.demo.survey.images.plan import Unit, plan
from lsp_jupyter.demo.survey.images.render import render
from lsp_jupyter.demo.survey.repository import File, make_repository
from lsp_jupyter.demo.survey.sky import Sky
from lsp_jupyter.demo.survey.table_files import map_files, table_files

__all__ = ["Pictures", "hips_folder", "repository_folder"]

#: The release whose tables and images they are.
RELEASE = "dp1"

#: Units of images that a process takes at once.
_UNITS = 3


def repository_folder(state: Path) -> Path:
    """The Butler repository of a state folder."""
    return state / "butler" / RELEASE


def hips_folder(state: Path) -> Path:
    """The folder of sky pictures, one folder for each field, of a state folder."""
    return state / "hips" / RELEASE


class Pictures:
    """Makes images in a second process from the moment it is entered.

    Parameters
    ----------
    state : `~pathlib.Path`
        The state folder.
    sky : `Sky`
        The truth.
    authority : `str`
        IVOA authority of the identifiers of sky pictures.
    """

    def __init__(self, state: Path, sky: Sky, authority: str) -> None:
        self._state = state
        self._sky = sky
        self._authority = authority
        self._crew = Crew(sky)
        for left in state.glob(".survey-*"):
            shutil.rmtree(left, ignore_errors=True)
        self._folder = Path(tempfile.mkdtemp(prefix=".survey-", dir=state))

    def __enter__(self) -> Self:
        self._crew.__enter__()
        units = plan(self._sky, self._sky.size, self._sky.seed)
        groups = [units[start : start + _UNITS] for start in range(0, len(units), _UNITS)]
        self._images = self._crew.give(
            _render, [(group, self._folder / "images") for group in groups]
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._crew.__exit__(kind, error, trace)
        shutil.rmtree(self._folder, ignore_errors=True)

    def finish(self, catalog: Catalog, tell: Callable[[str], None]) -> None:
        """Put everything in its place.

        Parameters
        ----------
        catalog : `~lsp_jupyter.catalogs.store.Catalog`
            Where the tables of the release were published.
        tell : callable
            Told in words what is being done.
        """
        size, seed = self._sky.size, self._sky.seed
        # Before this process helps with the images, which it can do piece by piece.
        tables = list(self._tables(catalog))
        images = [dataset for group in self._images.results() for dataset in group]
        coadds: dict[int, list[Dataset]] = {}
        for dataset in images:
            if dataset.type == "deep_coadd":
                coadds.setdefault(int(dataset.data_id["tract"]), []).append(dataset)
        hips = self._folder / "hips"
        pictures = self._crew.give(
            _picture,
            [
                (field, coadds.get(field.tract, []), hips / field.name, self._authority)
                for field in FIELDS
            ],
        )
        files: list[File] = [*images, *tables]
        root = repository_folder(self._state)
        root.parent.mkdir(mode=0o700, exist_ok=True)
        make_repository(root, files, size, seed, transfer="hardlink", progress=tell)
        pictures.results()
        _replace(hips, hips_folder(self._state))

    def _tables(self, catalog: Catalog) -> Iterator[File]:
        folder = self._folder / "tables"
        entries = {
            entry.spec.full_name: entry for _, entries, _ in catalog.entries() for entry in entries
        }
        for kind, (table, _) in TABLES.items():
            entry = entries[f"{RELEASE}.{table}"]
            yield from table_files(kind, stored_rows(catalog, entry), folder, entry.spec.columns)
        yield from map_files(write_maps(self._sky.size, self._sky.seed, self._folder / "maps"))

    @staticmethod
    def remove(state: Path) -> None:
        """Remove the images of an earlier survey."""
        for folder in (repository_folder(state), hips_folder(state)):
            shutil.rmtree(folder, ignore_errors=True)


def _render(sky: Sky, item: tuple[tuple[Unit, ...], Path]) -> list[Dataset]:
    units, folder = item
    return list(render(sky.size, sky.seed, folder, only=units, sky=sky))


def _picture(sky: Sky, item: tuple[Field, list[Dataset], Path, str]) -> int:
    field, coadds, folder, authority = item
    return field_hips(field, coadds, folder, authority, size=sky.size, seed=sky.seed)


def _replace(made: Path, place: Path) -> None:
    """Put a folder in the place of another."""
    made.mkdir(exist_ok=True)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    if place.exists():
        place.rename(made.with_name("old"))
    made.rename(place)
