"""The Butler repository: an index of the images and of the tables' files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from lsp_jupyter.demo.survey.observing.camera import INSTRUMENT
from lsp_jupyter.demo.survey.observing.visits import schedule
from lsp_jupyter.demo.survey.repository.dataset_types import CHAIN, KINDS, Kind
from lsp_jupyter.demo.survey.repository.dimensions import records, timespans
from lsp_jupyter.demo.survey.sizes import Size
from lsp_jupyter.errors import PublishError

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DatasetType, FileDataset

__all__ = ["CALIBRATION_COLLECTION", "File", "make_repository"]

#: Where the calibrations that are valid at a time are looked up.
CALIBRATION_COLLECTION = f"{INSTRUMENT}/calib/DP1"


class File(Protocol):
    """What is put into the repository: an image's `Dataset`, or a `TableFile`."""

    @property
    def type(self) -> str:
        """Name of its dataset type."""

    @property
    def data_id(self) -> Mapping[str, int | str]:
        """Values of the dimensions of its type."""

    @property
    def path(self) -> Path:
        """The file."""


def make_repository(
    root: Path,
    files: Iterable[File],
    size: Size,
    seed: int,
    *,
    transfer: str = "move",
    progress: Callable[[str], None] | None = None,
) -> int:
    """Make a repository of files.

    It appears at its place when it is whole; one that is there is replaced.

    Parameters
    ----------
    root : `~pathlib.Path`
        Its folder.
    files : iterable of `File`
        What it shall hold. They are taken one by one, as they are made.
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    transfer : `str`
        What becomes of the files: ``move``, ``hardlink`` or ``copy`` into the repository's
        folder, or ``direct`` to leave them where they are.
    progress : callable, optional
        Told in words what is being done.

    Returns
    -------
    count : `int`
        How many datasets it holds.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the Butler is not installed.
    """
    try:
        from lsst.daf.butler import Butler, Config

        from lsp_jupyter.images.butler.storage import storage_config
    except ModuleNotFoundError as error:
        raise PublishError(
            f"The package {str(error.name).replace('.', '-')} is not installed.",
            hint='The demo images need it: pip install "lsp_jupyter[demo]".',
        ) from None
    making = root.with_name(f"{root.name}-making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    config = Butler.makeRepo(str(making), config=Config(storage_config()))
    butler = Butler.from_config(config, writeable=True)
    try:
        for element, rows in records(size, seed):
            butler.registry.insertDimensionData(element, *rows)
        intake = _Intake(butler, f"{size.name}-{seed}")
        for file in files:
            intake.add(file)
        if progress is not None:
            progress("putting images and tables into the Butler repository")
        count = intake.finish(size, seed, transfer)
    finally:
        butler.close()
    _replace(making, root)
    return count


class _Intake:
    """Collects files and puts them into a repository all at once."""

    def __init__(self, butler: Butler, processing: str) -> None:
        self._butler = butler
        self._processing = processing
        self._types: dict[str, DatasetType] = {}
        self._found: list[FileDataset] = []
        for kind in KINDS.values():
            self._register(kind)

    def _register(self, kind: Kind) -> None:
        from lsst.daf.butler import DatasetType

        self._types[kind.name] = DatasetType(
            kind.name,
            kind.dimensions,
            kind.storage,
            universe=self._butler.dimensions,
            isCalibration=kind.calibration,
        )
        self._butler.registry.registerDatasetType(self._types[kind.name])

    def add(self, file: File) -> None:
        """Another file."""
        from lsst.daf.butler import DataCoordinate, DatasetIdGenEnum, DatasetRef, FileDataset

        kind = self._types[file.type]
        data_id = DataCoordinate.standardize(file.data_id, dimensions=kind.dimensions)
        ref = DatasetRef(
            kind,
            self._butler.registry.expandDataId(data_id),
            run=KINDS[file.type].run(self._processing),
            # The same survey has the same ids, whoever makes it.
            id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN,
        )
        self._found.append(FileDataset(str(file.path), [ref], formatter=KINDS[file.type].formatter))

    def finish(self, size: Size, seed: int, transfer: str) -> int:
        """Put all of them in, and make the collections that users name."""
        from lsst.daf.butler import CollectionType

        registry = self._butler.registry
        runs = list(dict.fromkeys(kind.run(self._processing) for kind in KINDS.values()))
        for run in runs:
            registry.registerCollection(run, CollectionType.RUN)
        self._butler.ingest(*self._found, transfer=transfer)
        registry.registerCollection(CALIBRATION_COLLECTION, CollectionType.CALIBRATION)
        calibrations = [
            ref for found in self._found for ref in found.refs if ref.datasetType.isCalibration()
        ]
        if calibrations:
            mjd = np.array([visit.mjd for visit in schedule(size, seed)])
            # They stand for the whole campaign.
            (span,) = timespans(mjd.min(keepdims=True) - 1, mjd.max(keepdims=True) + 1)
            registry.certify(CALIBRATION_COLLECTION, calibrations, span)
        plain = [run for run in runs if not run.startswith(CALIBRATION_COLLECTION)]
        registry.registerCollection(CHAIN, CollectionType.CHAINED)
        registry.setCollectionChain(CHAIN, [*plain, CALIBRATION_COLLECTION])
        return len(self._found)


def _replace(making: Path, root: Path) -> None:
    """Put a folder in the place of another."""
    old = root.with_name(f"{root.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if root.exists():
        root.rename(old)
    making.rename(root)
    shutil.rmtree(old, ignore_errors=True)
