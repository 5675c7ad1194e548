"""A folder of FITS files as something whose images can be published."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pyarrow as pa

from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.errors import PublishError
from lsp_jupyter.images.bands import spectrum
from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.folders.scan import Scanned, scan_many
from lsp_jupyter.images.headers import columns
from lsp_jupyter.images.obscore import OBSCORE

__all__ = ["PATTERNS", "FolderSource"]

#: Names of FITS files, in any case.
PATTERNS = ("*.fits", "*.fit", "*.fts", "*.fits.fz", "*.fits.gz")
#: The dataset type of an image of which nothing else is known.
TYPE = "image"
#: Rows of a batch.
_BATCH = 5_000
#: A band in the name of a filter, such as ``r_03``, ``SDSS g'`` or ``i``.
_BAND = re.compile(r"(?:^|[^a-zA-Z])([ugrizyY])(?:['_.\s\d]|$)")


class FolderSource:
    """Implements `lsp_jupyter.images.publishing.Source`.

    An image is identified by its path within the folder and by what the file holds: the same
    folder has the same identifiers everywhere, and a file that changes becomes another image.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where the files are, at any depth.
    patterns : sequence of `str`
        Which files, as shells write it; by default those that are called like FITS files.
    authority, release : `str`
        For the identifiers.
    collection : `str`
        The value of ``obs_collection``.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if there is no such folder.
    """

    def __init__(
        self,
        folder: Path,
        patterns: Sequence[str] = (),
        *,
        authority: str,
        release: str,
        collection: str,
    ) -> None:
        if not folder.is_dir():
            raise PublishError(f"There is no folder {folder}.")
        self._folder = folder
        self._release = release
        self._collection = collection
        self._prefix = f"ivo://{authority}/{release}?"
        self._problems: list[str] = []
        self._found: dict[str, tuple[Path, Scanned]] = {}
        paths = sorted(_paths(folder, patterns))
        for path, scanned in zip(paths, scan_many(paths), strict=True):
            relative = path.relative_to(folder).as_posix()
            if scanned.facts.problem:
                self._problems.append(f"{relative}: {scanned.facts.problem}")
            else:
                uuid = uuid5(NAMESPACE_URL, f"{relative}#{scanned.checksum}")
                self._found[str(uuid)] = (path, scanned)

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return str(self._folder)

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with files that are left out."""
        return self._problems

    @property
    def images(self) -> Collection[str]:
        """Every image of the sky."""
        return self._found.keys()

    @property
    def files(self) -> Collection[str]:
        """Every image that has a file."""
        return self._found.keys()

    def rows(self, wanted: Collection[str]) -> Iterator[pa.RecordBatch]:
        """Rows of ``ivoa.ObsCore``."""
        schema = table_schema(OBSCORE)
        rows: list[dict[str, Any]] = []
        for uuid in sorted(wanted):
            rows.append(self._row(uuid))
            if len(rows) == _BATCH:
                yield pa.RecordBatch.from_pylist(rows, schema=schema)
                rows = []
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=schema)

    def records(self, wanted: Collection[str]) -> Iterator[ImageFile]:
        """The files of these images."""
        for uuid in sorted(wanted):
            path, scanned = self._found[uuid]
            yield ImageFile(
                did=self._prefix + uuid,
                release=self._release,
                dataset_type=TYPE,
                data_id={"path": path.relative_to(self._folder).as_posix()},
                uri=str(path),
                size=scanned.size,
                checksum=scanned.checksum,
                band=_band(scanned.filter),
                **_place(scanned),
            )

    def dimensions(self) -> dict[str, tuple[str, ...]]:
        """What tells the images apart."""
        return {TYPE: ("path",)}

    def made_of(
        self,
        files: Sequence[ImageFile],  # noqa: ARG002
        wanted: Collection[str],  # noqa: ARG002
    ) -> Iterator[tuple[str, str]]:
        """Nobody knows."""
        return iter(())

    def _row(self, uuid: str) -> dict[str, Any]:
        path, scanned = self._found[uuid]
        name = path.relative_to(self._folder).as_posix()
        band = _band(scanned.filter)
        return {
            "dataproduct_type": "image" if scanned.planes == 1 else "cube",
            "calib_level": 2,
            "obs_collection": self._collection,
            "obs_id": name,
            "obs_publisher_did": self._prefix + uuid,
            "obs_title": name,
            "target_name": scanned.target or None,
            "facility_name": scanned.facility or None,
            "instrument_name": scanned.instrument or None,
            **_place(scanned),
            **columns(scanned.facts, scanned.size),
            "t_min": scanned.begin,
            "t_max": scanned.end,
            "t_exptime": scanned.exposure,
            **spectrum(band),
            "em_filter_name": scanned.filter or None,
            "lsst_band": band or None,
        }


def _paths(folder: Path, patterns: Sequence[str]) -> set[Path]:
    if patterns:
        try:
            found = {path for pattern in patterns for path in folder.glob(pattern)}
        except (NotImplementedError, ValueError) as error:
            raise PublishError(
                f"--pattern cannot be used: {error}.",
                hint='Write it relative to the folder, such as "**/*_r.fits".',
            ) from None
    else:
        endings = tuple(pattern.removeprefix("*") for pattern in PATTERNS)
        found = {path for path in folder.rglob("*") if path.name.lower().endswith(endings)}
    return {
        path
        for path in found
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    }


def _band(name: str) -> str:
    found = _BAND.search(name)
    return found[1].lower() if found else ""


def _place(scanned: Scanned) -> dict[str, Any]:
    """Centre, diameter and outline."""
    ra, dec = np.radians(np.array(scanned.corners)).T
    corners = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
    middle = corners.mean(axis=0)
    middle /= np.linalg.norm(middle)
    apart = 2 * np.arcsin(np.clip(np.linalg.norm(corners - middle, axis=1) / 2, 0, 1))
    outline = " ".join(f"{value:.9f}" for corner in scanned.corners for value in corner)
    return {
        "s_ra": float(np.degrees(np.arctan2(middle[1], middle[0]))) % 360.0,
        "s_dec": float(np.degrees(np.arcsin(middle[2]))),
        "s_fov": float(np.degrees(2 * apart.max())),
        "s_region": f"POLYGON ICRS {outline}",
    }
