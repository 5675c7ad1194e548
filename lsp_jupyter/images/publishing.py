"""Makes images known: their rows in ``ivoa.ObsCore``, and their files in the index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.generation import Meter, stored_rows
from lsp_jupyter.catalogs.publish import publish_table, unpublish
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import PublishError
from lsp_jupyter.images.access import with_access
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.obscore import OBSCORE, RELEASE
from lsp_jupyter.images.repositories import (
    Repository,
    drop_repository,
    put_repository,
    read_repositories,
)
from lsp_jupyter.images.times import timed

__all__ = [
    "Refresh",
    "Source",
    "publish_folder",
    "publish_images",
    "publish_source",
    "withdraw_images",
]

_DID = "obs_publisher_did"


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a publication changed.

    Attributes
    ----------
    added, removed, kept : `int`
        Images that are new, that are gone, and that were known before.
    problems : `tuple` of `str`
        What is wrong with files that were read.
    """

    added: int
    removed: int
    kept: int
    problems: tuple[str, ...] = ()


class Source(Protocol):
    """Where images are. Each is identified by a text that is unique within its release."""

    @property
    def place(self) -> str:
        """Where that is, for people."""

    @property
    def images(self) -> Collection[str]:
        """Every image of the sky."""

    @property
    def files(self) -> Collection[str]:
        """Every image that has a file, of the sky or not."""

    def rows(self, wanted: Collection[str]) -> Iterator[pa.RecordBatch]:
        """Rows of ``ivoa.ObsCore`` of these images."""

    def records(self, wanted: Collection[str]) -> Iterator[ImageFile]:
        """The files of these images."""

    def dimensions(self) -> dict[str, tuple[str, ...]]:
        """What tells the datasets of each type apart."""

    def made_of(
        self, files: Sequence[ImageFile], wanted: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        """Of all the files of the release, what those that are wanted were made of."""

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with files that were read."""


def publish_images(
    catalog: Catalog,
    repository: Repository,
    *,
    authority: str,
    name: str = "",
    progress: Callable[[str], None] | None = None,
    meter: Meter | None = None,
) -> Refresh:
    """Publish the images of a Butler repository, or bring what was published up to date.

    Rows of images that are known are kept as they are; only new ones are read
    from the repository.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where.
    repository : `~lsp_jupyter.images.repositories.Repository`
        What.
    authority : `str`
        IVOA authority of this publisher.
    name : `str`
        The value of ``obs_collection``; by default the release in capitals.
    progress : callable, optional
        Told in words what is being done.
    meter : `~lsp_jupyter.catalogs.generation.Meter`, optional
        Told how far it is.

    Returns
    -------
    refresh : `Refresh`
        What was changed.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if it cannot be read, or holds no image. Nothing is changed then.
    """
    try:
        from lsp_jupyter.images.butler.source import ButlerSource
    except ModuleNotFoundError as error:
        raise PublishError(
            f"The package {error.name} is not installed.",
            hint="Install the Butler: pip install lsst-daf-butler.",
        ) from None
    collection = name or repository.release.upper()
    with ButlerSource(repository, authority=authority, collection=collection) as source:
        if not source.images:
            raise PublishError(
                f"There is no image in {source.place}.",
                hint="Name the collection that holds the images with --collection.",
            )
        return publish_source(
            catalog,
            source,
            repository,
            authority=authority,
            progress=progress,
            meter=meter,
        )


def publish_folder(
    catalog: Catalog,
    folder: Path,
    release: str,
    patterns: Sequence[str] = (),
    *,
    authority: str,
    name: str = "",
    progress: Callable[[str], None] | None = None,
    meter: Meter | None = None,
) -> Refresh:
    """Publish the FITS files of a folder, or bring what was published up to date.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where.
    folder : `~pathlib.Path`
        The files, at any depth. They stay where they are.
    release : `str`
        What they are published as.
    patterns : sequence of `str`
        Which of them, such as ``**/*_r.fits``; by default all that are called like FITS files.
    authority, name, progress, meter
        As of `publish_images`.

    Returns
    -------
    refresh : `Refresh`
        What was changed. Files that are broken or of no place on the sky are left out and told
        among its problems.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if there is no such folder, or no image in it. Nothing is changed then.
    """
    from lsp_jupyter.images.folders.source import FolderSource

    known = read_repositories(catalog.state).get(release)
    if known is not None and known.butler:
        raise PublishError(
            f"The images of {release} are those of a Butler repository.",
            hint="Choose another --release.",
        )
    if progress is not None:
        progress(f"reading {folder}")
    source = FolderSource(
        folder,
        patterns,
        authority=authority,
        release=release,
        collection=name or release.upper(),
    )
    if not source.images:
        told = "; ".join(source.problems[:3])
        raise PublishError(
            f"There is no image of the sky in {folder}.",
            hint=f"{len(source.problems):,} files were left out: {told}." if told else "",
        )
    return publish_source(
        catalog,
        source,
        Repository(release, str(folder), ()),
        authority=authority,
        progress=progress,
        meter=meter,
    )


def publish_source(
    catalog: Catalog,
    source: Source,
    repository: Repository,
    *,
    authority: str,
    progress: Callable[[str], None] | None = None,
    meter: Meter | None = None,
) -> Refresh:
    """Publish images from anywhere, or bring what was published up to date.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where.
    source : `Source`
        The images.
    repository : `~lsp_jupyter.images.repositories.Repository`
        What the source is of, and the release.
    authority : `str`
        IVOA authority of this publisher.
    progress, meter : callable, optional
        As of `publish_images`.

    Returns
    -------
    refresh : `Refresh`
        What was changed.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a row cannot be published. Nothing is changed then.
    """
    release = repository.release
    present = _present(catalog)
    prefix = f"ivo://{authority}/{release}?"
    known = {did.removeprefix(prefix) for did in _dids(catalog, present, prefix)}
    there = set(source.images)
    fresh, gone = there - known, known - there
    moved = read_repositories(catalog.state).get(release) not in (None, repository)
    with closing(ImageIndex(catalog.state)) as index:
        filing = _Filing(index, source, prefix, release, moved=moved)
        if fresh or gone:
            new = source.rows(fresh)
            rows = _joined(catalog, present, {prefix + each for each in gone}, new)
            publish_table(
                catalog,
                RELEASE,
                OBSCORE,
                with_access(timed(rows, filing.links)),
                progress=progress,
                meter=meter,
            )
        # If this is interrupted, the next publication sees what the index lacks.
        filing.write()
    put_repository(catalog.state, repository)
    return Refresh(len(fresh), len(gone), len(known) - len(gone), tuple(source.problems))


def withdraw_images(catalog: Catalog, release: str, *, authority: str) -> int:
    """Take the images of a release out of the catalogue.

    Parameters
    ----------
    catalog : `~lsp_jupyter.catalogs.store.Catalog`
        Where.
    release : `str`
        Whose.
    authority : `str`
        IVOA authority of this publisher.

    Returns
    -------
    removed : `int`
        How many there were.
    """
    present = _present(catalog)
    gone = set(_dids(catalog, present, f"ivo://{authority}/{release}?"))
    if present is not None and gone:
        if len(gone) == present.rows:
            unpublish(catalog, OBSCORE.full_name)
        else:
            rows = _joined(catalog, present, gone, iter(()))
            publish_table(catalog, RELEASE, OBSCORE, rows)
    with closing(ImageIndex(catalog.state)) as index:
        index.drop(release)
    drop_repository(catalog.state, release)
    return len(gone)


class _Filing:
    """Has the index know the files of a source, and no others of its release.

    If the source has moved, all of them are looked up anew. What images were made of is asked for
    once the headers of new ones were read.
    """

    def __init__(
        self, index: ImageIndex, source: Source, prefix: str, release: str, *, moved: bool
    ) -> None:
        self._index = index
        self._source = source
        self._prefix = prefix
        self._release = release
        self._there = set(source.files)
        self._kept = [file for file in index.release(release) if file.did.startswith(prefix)]
        self._known = set() if moved else {file.did.removeprefix(prefix) for file in self._kept}

    @cached_property
    def _files(self) -> list[ImageFile]:
        known = self._known & self._there
        files = [file for file in self._kept if file.did.removeprefix(self._prefix) in known]
        return [*files, *self._source.records(self._there - self._known)]

    @cached_property
    def links(self) -> list[tuple[str, str]]:
        """Which image was made of which, by identifier."""
        # An image was made of what there was then: what came later did not go into it.
        links = self._index.links(self._release)
        settled = {output.removeprefix(self._prefix) for output, _ in links}
        links += self._source.made_of(self._files, self._there - settled)
        dids = {file.did for file in self._files}
        return [pair for pair in links if dids.issuperset(pair)]

    def write(self) -> None:
        """Write what is new."""
        if self._there == self._known:
            return
        self._index.replace(
            self._release,
            self._files,
            dimensions=self._source.dimensions(),
            made_of=self.links,
        )


def _completed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows with all columns of the table: some came when others were published already."""
    schema = table_schema(OBSCORE)
    return pa.RecordBatch.from_arrays(
        [
            batch.column(field.name)
            if field.name in batch.schema.names
            else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ],
        schema=schema,
    )


def _present(catalog: Catalog) -> Entry | None:
    for _, entries, _ in catalog.entries():
        for entry in entries:
            if entry.spec.full_name == OBSCORE.full_name:
                return entry
    return None


def _dids(catalog: Catalog, present: Entry | None, prefix: str) -> Iterator[str]:
    if present is not None:
        for batch in stored_rows(catalog, present):
            for did in batch.column(_DID).to_pylist():
                if did.startswith(prefix):
                    yield did


def _joined(
    catalog: Catalog, present: Entry | None, gone: set[str], fresh: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The rows that stay, and the new ones."""
    if present is not None:
        values = pa.array(sorted(gone), pa.string())
        for batch in stored_rows(catalog, present):
            stays = pc.invert(pc.is_in(batch.column(_DID), value_set=values))
            yield _completed(batch.filter(stays))
    yield from fresh
