"""The part of the demo survey that is files: images in a Butler repository, and sky pictures."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from lsp_jupyter.catalogs.hats import read_rows
from lsp_jupyter.catalogs.release import TableSpec
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.demo.survey.crew import Crew, Tasks
from lsp_jupyter.demo.survey.images.dataset import Dataset
from lsp_jupyter.demo.survey.images.plan import Unit, plan
from lsp_jupyter.demo.survey.images.render import render
from lsp_jupyter.demo.survey.maps.depth import write_maps
from lsp_jupyter.demo.survey.maps.field_hips import field_hips
from lsp_jupyter.demo.survey.observing.fields import FIELDS, Field
from lsp_jupyter.demo.survey.repository.dataset_types import TABLES
from lsp_jupyter.demo.survey.repository.repository import File, make_repository
from lsp_jupyter.demo.survey.repository.table_files import TableFile, map_files, table_files
from lsp_jupyter.demo.survey.truth.sky import Sky

__all__ = ["RELEASE", "Pictures", "hips_folder", "repository_folder"]

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
        self._tables: Tasks[list[TableFile]] | None = None
        self._hips: Tasks[int] | None = None
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
        self._maps = self._crew.give(_maps, [self._folder / "maps"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._crew.__exit__(kind, error, trace)
        shutil.rmtree(self._folder, ignore_errors=True)

    def go_on(self, catalog: Catalog) -> None:
        """Have done what can be done by now.

        Parameters
        ----------
        catalog : `~lsp_jupyter.catalogs.store.Catalog`
            Where the release is published.
        """
        if self._tables is None:
            self._tables = self._begin_tables(catalog)
        if self._hips is None and self._images.done():
            self._hips = self._begin_hips()

    def finish(self, catalog: Catalog, tell: Callable[[str], None]) -> None:
        """Put everything in its place.

        Parameters
        ----------
        catalog : `~lsp_jupyter.catalogs.store.Catalog`
            Where the release is published.
        tell : callable
            Told in words what is being done.
        """
        self.go_on(catalog)
        assert self._tables is not None
        files: list[File] = [file for group in self._tables.results() for file in group]
        files += (file for group in self._maps.results() for file in group)
        files += self._datasets()
        hips = self._hips or self._begin_hips()
        root = repository_folder(self._state)
        root.parent.mkdir(mode=0o700, exist_ok=True)
        size, seed = self._sky.size, self._sky.seed
        make_repository(root, files, size, seed, transfer="hardlink", progress=tell)
        hips.results()
        _replace(self._folder / "hips", hips_folder(self._state))

    def _datasets(self) -> list[Dataset]:
        return [dataset for group in self._images.results() for dataset in group]

    def _begin_tables(self, catalog: Catalog) -> Tasks[list[TableFile]]:
        entries = {
            entry.spec.full_name: entry for _, entries, _ in catalog.entries() for entry in entries
        }
        found = [(kind, entries[f"{RELEASE}.{name}"]) for kind, (name, _) in TABLES.items()]
        folder = self._folder / "tables"
        return self._crew.give(
            _table,
            [(kind, catalog.state / entry.hats, entry.spec, folder) for kind, entry in found],
        )

    def _begin_hips(self) -> Tasks[int]:
        coadds: dict[int, list[Dataset]] = {}
        for dataset in self._datasets():
            if dataset.type == "deep_coadd":
                coadds.setdefault(int(dataset.data_id["tract"]), []).append(dataset)
        folder = self._folder / "hips"
        return self._crew.give(
            _picture,
            [
                (field, coadds.get(field.tract, []), folder / field.name, self._authority)
                for field in FIELDS
            ],
        )

    @staticmethod
    def remove(state: Path) -> None:
        """Remove the images of an earlier survey."""
        for folder in (repository_folder(state), hips_folder(state)):
            shutil.rmtree(folder, ignore_errors=True)


def _render(sky: Sky, item: tuple[tuple[Unit, ...], Path]) -> list[Dataset]:
    units, folder = item
    return list(render(sky.size, sky.seed, folder, only=units, sky=sky))


def _table(_: Sky, item: tuple[str, Path, TableSpec, Path]) -> list[TableFile]:
    kind, stored, spec, folder = item
    names = [column.name for column in spec.columns]
    rows = (batch.select(names) for batch in read_rows(stored))
    return list(table_files(kind, rows, folder, spec.columns))


def _maps(sky: Sky, folder: Path) -> list[TableFile]:
    return list(map_files(write_maps(sky.size, sky.seed, folder)))


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
