"""The files of a Butler repository's images.

This module must be imported only where a repository is read: the Butler takes a second to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any
from uuid import UUID

from lsst.daf.butler import Butler, DatasetRef, DatasetType
from lsst.sphgeom import ConvexPolygon

from lsp_jupyter.images.butler.observations import IMAGES, Footprints, place, publisher_did
from lsp_jupyter.images.file import ImageFile

__all__ = ["calibration_types", "image_files"]

#: Datasets whose files are looked up at once.
_BATCH = 5_000


def calibration_types(butler: Butler) -> list[DatasetType]:
    """The dataset types of images that calibrate those of the sky, such as flats."""
    return sorted(
        (
            kind
            for kind in butler.registry.queryDatasetTypes()
            if not kind.isComponent()
            and kind.isCalibration()
            and kind.storageClass_name.startswith(IMAGES)
        ),
        key=lambda kind: kind.name,
    )


def image_files(
    butler: Butler, refs: Iterable[DatasetRef], *, authority: str, release: str
) -> Iterator[ImageFile]:
    """The file of each image.

    Parameters
    ----------
    butler : `~lsst.daf.butler.Butler`
        The repository.
    refs : iterable of `~lsst.daf.butler.DatasetRef`
        Images. Those without a file of their own are left out.
    authority, release : `str`
        For the identifiers.

    Yields
    ------
    file : `~lsp_jupyter.images.file.ImageFile`
        In the order of the images.
    """
    footprints = Footprints(butler)
    each = iter(refs)
    while some := list(islice(each, _BATCH)):
        records = _records(butler, some)
        found = butler.get_many_uris(some, allow_missing=True)
        for ref in some:
            uri = found[ref].primaryURI if ref in found else None
            if uri is None:
                continue
            size, checksum = records.get(ref.id, (0, ""))
            file = ImageFile(
                did=publisher_did(authority, release, ref.id),
                release=release,
                dataset_type=ref.datasetType.name,
                data_id=_data_id(ref),
                uri=uri.ospath if uri.isLocal else uri.geturl(),
                size=size,
                checksum=checksum,
                band=str(ref.dataId.get("band") or ""),
            )
            region = footprints.region(ref)
            if isinstance(region, ConvexPolygon):
                file = replace(file, **place(region))
            yield file


def _data_id(ref: DatasetRef) -> dict[str, str | int]:
    """The values that tell it apart, and those that follow of them if they are known."""
    known = ref.dataId.mapping if ref.dataId.hasFull() else ref.dataId.required
    return {name: value for name, value in known.items() if isinstance(value, (str, int))}


def _records(butler: Butler, refs: list[DatasetRef]) -> dict[UUID, tuple[int, str]]:
    """Sizes and checksums as the datastore has recorded them."""
    datastore: Any = getattr(butler, "_datastore", None)
    if datastore is None:
        return {}
    found: dict[UUID, tuple[int, str]] = {}
    for exported in datastore.export_records(refs).values():
        for dataset, tables in exported.records.items():
            for info in (info for infos in tables.values() for info in infos):
                found[dataset] = max(0, info.file_size or 0), _checksum(info.checksum)
    return found


def _checksum(value: str | None) -> str:
    """A datastore's checksums are BLAKE2b if it makes any."""
    return f"blake2b:{value}" if value else ""
