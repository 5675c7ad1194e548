"""A Butler repository as something whose images can be published.

This module must be imported only where a repository is read: the Butler takes a second to load.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Self

import pyarrow as pa
from lsst.daf.butler import Butler, DatasetRef, DatasetType, MissingCollectionError

from lsp_jupyter.errors import PublishError
from lsp_jupyter.images.butler.files import calibration_types, image_files
from lsp_jupyter.images.butler.observations import image_types, observation_rows
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.headers import columns, read_many
from lsp_jupyter.images.relations import likely_inputs
from lsp_jupyter.images.repositories import Repository

__all__ = ["ButlerSource"]

#: Datasets of one type that are looked up one by one.
_FEW = 1_000


class ButlerSource:
    """Implements `lsp_jupyter.images.publishing.Source`.

    Use it as a context manager.

    Parameters
    ----------
    repository : `~lsp_jupyter.images.repositories.Repository`
        What is read.
    authority : `str`
        IVOA authority of this publisher.
    collection : `str`
        The value of ``obs_collection``.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if there is no such repository or collection.
    """

    def __init__(self, repository: Repository, *, authority: str, collection: str) -> None:
        self._repository = repository
        self._authority = authority
        self._collection = collection
        self._butler = _open(repository)
        kinds = image_types(self._butler)
        self._images = self._refs(kinds)
        sky = {kind.name for kind in kinds}
        kinds = [kind for kind in calibration_types(self._butler) if kind.name not in sky]
        self._calibrations = self._refs(kinds, calibrations=True)
        self._known: dict[str, DatasetRef] = {}
        self._files: dict[str, ImageFile] = {}
        self._inputs: dict[str, tuple[str, ...]] = {}
        self._problems: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        close = getattr(self._butler, "close", None)
        if close is not None:
            close()

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{', '.join(self._repository.collections)} of {self._repository.uri}"

    @property
    def images(self) -> Collection[str]:
        """What identifies each image of the sky within the release."""
        return self._images.keys()

    @property
    def files(self) -> Collection[str]:
        """What identifies each image that has a file, of the sky or not."""
        return self._images.keys() | self._calibrations.keys()

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with files that were read."""
        return self._problems

    def rows(self, wanted: Collection[str]) -> Iterator[pa.RecordBatch]:
        """Rows of ``ivoa.ObsCore``."""
        return observation_rows(
            self._butler,
            self._expanded(wanted),
            authority=self._authority,
            release=self._repository.release,
            collection=self._collection,
            facts=self._facts(wanted),
        )

    def records(self, wanted: Collection[str]) -> Iterator[ImageFile]:
        """The files."""
        missing = [one for one in wanted if one not in self._files]
        found = image_files(
            self._butler,
            self._expanded(missing),
            authority=self._authority,
            release=self._repository.release,
        )
        self._files |= {file.uuid: file for file in found}
        return (self._files[one] for one in wanted if one in self._files)

    def dimensions(self) -> dict[str, tuple[str, ...]]:
        """What tells the datasets of each type apart."""
        refs = (*self._images.values(), *self._calibrations.values())
        return {
            ref.datasetType.name: tuple(sorted(ref.datasetType.dimensions.required)) for ref in refs
        }

    def made_of(
        self, files: Sequence[ImageFile], wanted: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        """What these images were made of: as their files say, or as is likely."""
        by_id = {file.uuid: file.did for file in files}
        for one, inputs in self._inputs.items():
            yield from ((by_id[one], by_id[each]) for each in inputs if each in by_id)
        for output, source in likely_inputs(files, self.dimensions()):
            one = output.partition("?")[2]
            if one in wanted and one not in self._inputs:
                yield output, source

    def _facts(self, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
        """What is known of files, by column; provenance and problems are kept on the way."""
        files = list(self.records(wanted))
        found: dict[str, dict[str, Any]] = {}
        for file, facts in zip(files, read_many(file.uri for file in files), strict=True):
            if facts.problem:
                self._problems.append(f"{file.name}: {facts.problem}")
            if facts.inputs:
                self._inputs[file.uuid] = facts.inputs
            found[file.uuid] = columns(facts, file.size)
        return found

    def _refs(
        self, kinds: Sequence[DatasetType], *, calibrations: bool = False
    ) -> dict[str, DatasetRef]:
        found: dict[str, DatasetRef] = {}
        for kind in kinds:
            refs = self._butler.query_datasets(
                kind.name,
                self._repository.collections,
                find_first=not calibrations,
                limit=None,
                explain=False,
            )
            found |= {str(ref.id): ref for ref in refs}
        return found

    def _expanded(self, wanted: Collection[str]) -> Iterator[DatasetRef]:
        """The datasets with what is known of their dimensions."""
        yield from self._with_records([self._images[one] for one in wanted if one in self._images])
        yield from (
            _with_record(self._butler, self._calibrations[one])
            for one in wanted
            if one in self._calibrations
        )

    def _with_records(self, refs: Sequence[DatasetRef]) -> Iterator[DatasetRef]:
        """One query for each type if most of them are wanted: to ask for one takes as long as ten.

        What was found is kept: it is needed for rows and for files.
        """
        kinds: dict[str, list[DatasetRef]] = {}
        for ref in refs:
            kinds.setdefault(ref.datasetType.name, []).append(ref)
        for name, some in kinds.items():
            missing = [ref for ref in some if str(ref.id) not in self._known]
            if len(missing) < _FEW:
                found = [_with_record(self._butler, ref) for ref in missing]
            else:
                found = self._butler.query_datasets(
                    name,
                    self._repository.collections,
                    find_first=True,
                    with_dimension_records=True,
                    limit=None,
                    explain=False,
                )
            self._known |= {str(ref.id): ref for ref in found}
            yield from (self._known[str(ref.id)] for ref in some)


def _with_record(butler: Butler, ref: DatasetRef) -> DatasetRef:
    return ref.expanded(butler.registry.expandDataId(ref.dataId))


def _open(repository: Repository) -> Butler:
    try:
        butler = Butler.from_config(repository.uri, collections=repository.collections)
        for each in repository.collections:
            butler.collections.get_info(each)
    except MissingCollectionError:
        raise PublishError(
            f"{repository.uri} has no collection {', '.join(repository.collections)}.",
            hint="See `butler query-collections`.",
        ) from None
    except (FileNotFoundError, ValueError) as error:
        raise PublishError(f"There is no Butler repository at {repository.uri}: {error}") from None
    return butler
