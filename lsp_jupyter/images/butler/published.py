"""What of a Butler repository is published: some collections, and some types of datasets.

This module must be imported only where a repository is read: the Butler takes a second to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from lsst.daf.butler import (
    Butler,
    CollectionInfo,
    CollectionType,
    DatasetRef,
    DatasetType,
    MissingCollectionError,
    MissingDatasetTypeError,
)

from lsp_jupyter.errors import UsageError

__all__ = ["Published"]

#: What makes a name stand for several.
_WILD = frozenset("*?[")


class Published:
    """Which parts of a repository may be seen; of all others nobody learns that they exist.

    Parameters
    ----------
    butler : `~lsst.daf.butler.Butler`
        The repository.
    collections : sequence of `str`
        Those that were published; what they are chains of belongs to them.
    types : iterable of `str`
        Names of the types that were published.
    """

    def __init__(self, butler: Butler, collections: Sequence[str], types: Iterable[str]) -> None:
        self._butler = butler
        self._named = tuple(collections)
        self._types = frozenset(types)

    @cached_property
    def _infos(self) -> dict[str, CollectionInfo]:
        found = self._butler.collections.query_info(
            self._named, flatten_chains=True, include_chains=True
        )
        return {info.name: info for info in found}

    # -- collections -----------------------------------------------------------

    def collections(self, asked: str | Iterable[str] | None) -> list[str]:
        """The collections that are meant, which may be wild; all that are published if not told.

        Raises
        ------
        lsst.daf.butler.MissingCollectionError
            Raised if one is named that is not published.
        """
        if asked is None:
            return list(self._named)
        found: list[str] = []
        for name in [asked] if isinstance(asked, str) else asked:
            if _WILD.isdisjoint(name):
                if name not in self._infos:
                    raise MissingCollectionError(f"No collection with name '{name}' found.")
                found.append(name)
            else:
                some = self._butler.collections.query(name)
                found += [one for one in some if one in self._infos]
        return list(dict.fromkeys(found))

    def info(self, info: CollectionInfo) -> CollectionInfo:
        """What may be told of a collection."""
        parents, types = info.parents, info.dataset_types
        return info.model_copy(
            update={
                "children": tuple(name for name in info.children if name in self._infos),
                "parents": None if parents is None else parents & self._infos.keys(),
                "dataset_types": None if types is None else types & self._types,
            }
        )

    # -- types -----------------------------------------------------------------

    def require_type(self, kind: Any) -> None:
        """Look whether a type of datasets, or what a component is of, is published.

        Parameters
        ----------
        kind : `str` or object
            Its name, or what has one.

        Raises
        ------
        lsst.daf.butler.MissingDatasetTypeError
            Raised if not.
        """
        name = kind if isinstance(kind, str) else kind.name
        if not self._has(name):
            raise MissingDatasetTypeError(f"Dataset type with name '{name}' not found.")

    def kinds(self, asked: Any, missing: list[str] | None = None) -> list[DatasetType]:
        """The types that are meant, which may be wild, in the order of their names."""
        unknown: list[str] = []
        kinds = self._butler.registry.queryDatasetTypes(asked, missing=unknown)
        found = sorted((kind for kind in kinds if self._has(kind.name)), key=lambda one: one.name)
        if missing is not None:
            named = [asked] if isinstance(asked, str) else list(asked or ())
            hidden = {kind.name for kind in kinds} - {kind.name for kind in found}
            missing += [*unknown, *(name for name in named if name in hidden)]
        return found

    def _has(self, name: str) -> bool:
        return DatasetType.splitDatasetTypeName(name)[0] in self._types

    # -- datasets --------------------------------------------------------------

    def has(self, ref: DatasetRef | None) -> bool:
        """Whether a dataset is there and is published."""
        if ref is None or not self._has(ref.datasetType.name):
            return False
        if ref.run in self._infos:
            return True
        # Some collections have what is of another run.
        others = [
            info.name
            for info in self._infos.values()
            if info.type in (CollectionType.TAGGED, CollectionType.CALIBRATION)
        ]
        if not others:
            return False
        found = self._butler.registry.queryDatasets(
            ref.datasetType.name, collections=others, dataId=ref.dataId, findFirst=False
        )
        return any(one.id == ref.id for one in found)

    def require_query(self, tree: Any) -> None:
        """Look whether a query, and those inside of it, is of what is published.

        Parameters
        ----------
        tree : object
            A query as JSON has it.

        Raises
        ------
        lsst.daf.butler.MissingCollectionError
            Raised if it is of another collection.
        lsst.daf.butler.MissingDatasetTypeError
            Raised if it is of another type.
        lsp_jupyter.errors.UsageError
            Raised if it is of all types at once.
        """
        for inner in _trees(tree):
            if inner.get("any_dataset"):
                raise UsageError("Queries are of types of datasets, each by its name.")
            for name, search in inner["datasets"].items():
                self.require_type(name)
                self.collections(search.get("collections", ()))


def _trees(told: Any) -> Iterator[dict[str, Any]]:
    """Whatever in JSON says of which datasets it is."""
    if isinstance(told, dict):
        if isinstance(told.get("datasets"), dict):
            yield told
        elif told.get("any_dataset"):
            yield {**told, "datasets": {}}
        for each in told.values():
            yield from _trees(each)
    elif isinstance(told, list):
        for each in told:
            yield from _trees(each)
