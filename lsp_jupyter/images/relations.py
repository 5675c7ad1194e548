"""What images were made of, where only their kinds, places and bands tell.

A repository that recorded what its pipelines did knows better; this is for those that did not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.images.file import ImageFile

if TYPE_CHECKING:
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float64]

__all__ = ["likely_inputs"]


def likely_inputs(
    files: Sequence[ImageFile], dimensions: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str]]:
    """What each image was probably made of.

    A visit image is made of the raw image of its exposure and detector; a difference image of the
    visit image and of the templates that it overlaps in its band; a coadd of the visit images that
    it overlaps in its band.

    Parameters
    ----------
    files : sequence of `~lsp_jupyter.images.file.ImageFile`
        All images of a release.
    dimensions : mapping
        What tells the datasets of each type apart.

    Yields
    ------
    output, input : `str`
        Identifiers.
    """
    roles = {name: _role(name, frozenset(names)) for name, names in dimensions.items()}
    by_role: dict[str, list[ImageFile]] = defaultdict(list)
    for file in files:
        by_role[roles[file.dataset_type]].append(file)
    raws = _by_exposure(by_role["raw"])
    visits = _by_exposure(by_role["visit"])
    for file in by_role["visit"]:
        yield from ((file.did, raw.did) for raw in raws.get(_exposure(file), ()))
    templates = _Overlaps(by_role["template"])
    for file in by_role["difference"]:
        yield from ((file.did, visit.did) for visit in visits.get(_exposure(file), ()))
        yield from ((file.did, template.did) for template in templates.of(file))
    seen = _Overlaps(by_role["visit"])
    for file in (*by_role["template"], *by_role["coadd"]):
        yield from ((file.did, visit.did) for visit in seen.of(file))


def _role(name: str, dimensions: frozenset[str]) -> str:
    if "exposure" in dimensions:
        return "raw"
    if "visit" in dimensions:
        return "difference" if name.startswith("difference") else "visit"
    if dimensions & {"tract", "patch"}:
        return "template" if name.startswith("template") else "coadd"
    return "calibration"


def _exposure(file: ImageFile) -> tuple[str | int | None, ...]:
    told = file.data_id
    return told.get("instrument"), told.get("visit", told.get("exposure")), told.get("detector")


def _by_exposure(files: Iterable[ImageFile]) -> dict[tuple[str | int | None, ...], list[ImageFile]]:
    found: dict[tuple[str | int | None, ...], list[ImageFile]] = defaultdict(list)
    for file in files:
        found[_exposure(file)].append(file)
    return found


class _Overlaps:
    """Finds which of many images of a band overlap another."""

    def __init__(self, files: Iterable[ImageFile]) -> None:
        self._bands: dict[str, list[ImageFile]] = defaultdict(list)
        for file in files:
            if file.s_dec is not None and file.s_region:
                self._bands[file.band].append(file)
        for some in self._bands.values():
            some.sort(key=lambda file: file.s_dec or 0.0)
        self._reach = {
            band: max(file.s_fov or 0.0 for file in some) / 2 for band, some in self._bands.items()
        }
        self._decs = {
            band: np.array([file.s_dec for file in some]) for band, some in self._bands.items()
        }
        self._corners: Callable[[str], Vectors] = cache(_vertices)

    def of(self, file: ImageFile) -> Iterator[ImageFile]:
        """Those that overlap this one in its band."""
        some = self._bands.get(file.band)
        if not some or file.s_dec is None or not file.s_region:
            return
        reach = self._reach[file.band] + (file.s_fov or 0.0) / 2
        first, last = np.searchsorted(
            self._decs[file.band], [file.s_dec - reach, file.s_dec + reach]
        )
        mine = self._corners(file.s_region)
        for other in some[first:last]:
            if _near(file, other) and _overlap(mine, self._corners(other.s_region)):
                yield other


def _near(one: ImageFile, other: ImageFile) -> bool:
    a, b = (_direction(file.s_ra or 0.0, file.s_dec or 0.0) for file in (one, other))
    apart = np.degrees(2 * np.arcsin(min(1.0, float(np.linalg.norm(a - b)) / 2)))
    return bool(apart <= ((one.s_fov or 0.0) + (other.s_fov or 0.0)) / 2)


def _overlap(one: Vectors, other: Vectors) -> bool:
    """Whether two convex polygons have a point in common: no edge of either parts them."""
    for first, second in ((one, other), (other, one)):
        normals = np.cross(first, np.roll(first, -1, axis=0))
        if float((normals @ first.mean(axis=0)).sum()) < 0:
            normals = -normals
        if np.any((second @ normals.T <= 0).all(axis=0)):
            return False
    return True


def _vertices(region: str) -> Vectors:
    """Directions of the corners of a ``POLYGON``, shape ``(corners, 3)``."""
    words = [word for word in region.split()[1:] if word[:1] in "+-.0123456789"]
    angles = np.array(words, float).reshape(-1, 2)
    return np.array([_direction(ra, dec) for ra, dec in angles])


def _direction(ra: float, dec: float) -> Vectors:
    a, d = np.radians(ra), np.radians(dec)
    return np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
