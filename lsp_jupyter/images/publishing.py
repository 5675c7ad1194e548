"""Makes the images of a Butler repository known: their rows in ``ivoa.ObsCore``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from lsp_jupyter.catalogs.database import Entry
from lsp_jupyter.catalogs.generation import Meter, stored_rows
from lsp_jupyter.catalogs.publish import publish_table, unpublish
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.errors import PublishError
from lsp_jupyter.images.obscore import OBSCORE, RELEASE
from lsp_jupyter.images.repositories import Repository, drop_repository, put_repository

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DatasetRef

__all__ = ["Refresh", "publish_images", "withdraw_images"]

_DID = "obs_publisher_did"
#: Datasets of one type that are looked up one by one.
_FEW = 1_000


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a publication changed.

    Attributes
    ----------
    added, removed, kept : `int`
        Images that are new, that are gone, and that were known before.
    """

    added: int
    removed: int
    kept: int


def publish_images(
    catalog: Catalog,
    repository: Repository,
    *,
    authority: str,
    name: str = "",
    progress: Callable[[str], None] | None = None,
    meter: Meter | None = None,
) -> Refresh:
    """Publish the images of a repository, or bring what was published up to date.

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
    butler = _open(repository)
    try:
        present = _present(catalog)
        prefix = f"ivo://{authority}/{repository.release}?"
        known = {did.removeprefix(prefix) for did in _dids(catalog, present, prefix)}
        refs = list(_images(butler, repository.collections))
        there = {str(ref.id) for ref in refs}
        if not there:
            raise PublishError(
                f"There is no image in {', '.join(repository.collections)} of {repository.uri}.",
                hint="Name the collection that holds the images with --collection.",
            )
        fresh = [ref for ref in refs if str(ref.id) not in known]
        gone = known - there
        if fresh or gone:
            from lsp_jupyter.images.butler.observations import observation_rows

            rows = observation_rows(
                butler,
                _with_records(butler, fresh, repository.collections),
                authority=authority,
                release=repository.release,
                collection=name or repository.release.upper(),
            )
            publish_table(
                catalog,
                RELEASE,
                OBSCORE,
                _joined(catalog, present, {prefix + each for each in gone}, rows),
                progress=progress,
                meter=meter,
            )
    finally:
        _close(butler)
    put_repository(catalog.state, repository)
    return Refresh(len(fresh), len(gone), len(known) - len(gone))


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
    drop_repository(catalog.state, release)
    return len(gone)


def _open(repository: Repository) -> Butler:
    try:
        from lsst.daf.butler import Butler
    except ModuleNotFoundError as error:
        raise PublishError(
            f"The package {error.name} is not installed.",
            hint="Install the Butler: pip install lsst-daf-butler.",
        ) from None
    try:
        butler = Butler.from_config(repository.uri, collections=repository.collections)
        for each in repository.collections:
            butler.collections.get_info(each)
    except (FileNotFoundError, ValueError) as error:
        raise PublishError(f"There is no Butler repository at {repository.uri}: {error}") from None
    except Exception as error:
        from lsst.daf.butler import MissingCollectionError

        if isinstance(error, MissingCollectionError):
            raise PublishError(
                f"{repository.uri} has no collection {', '.join(repository.collections)}.",
                hint="See `butler query-collections`.",
            ) from None
        raise
    return butler


def _close(butler: Butler) -> None:
    close = getattr(butler, "close", None)
    if close is not None:
        close()


def _images(butler: Butler, collections: Sequence[str]) -> Iterator[DatasetRef]:
    from lsp_jupyter.images.butler.observations import image_types

    for kind in image_types(butler):
        yield from butler.query_datasets(
            kind.name, collections, find_first=True, limit=None, explain=False
        )


def _with_records(
    butler: Butler, refs: Sequence[DatasetRef], collections: Sequence[str]
) -> Iterator[DatasetRef]:
    """The datasets with what is known of their dimensions.

    One query for each type if most of them are new: to ask for one takes about as long as for
    ten in a row.
    """
    from lsp_jupyter.images.butler.observations import image_types

    for kind in image_types(butler):
        wanted = {ref.id: ref for ref in refs if ref.datasetType.name == kind.name}
        if len(wanted) < _FEW:
            for ref in wanted.values():
                yield ref.expanded(butler.registry.expandDataId(ref.dataId))
            continue
        found = butler.query_datasets(
            kind.name,
            collections,
            find_first=True,
            with_dimension_records=True,
            limit=None,
            explain=False,
        )
        yield from (ref for ref in found if ref.id in wanted)


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
            yield batch.filter(stays)
    yield from fresh
