"""Which image of a release covers a position best."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.regions import parse_region

if TYPE_CHECKING:
    from lsp_jupyter.images.file import ImageFile
    from lsp_jupyter.images.regions import Region

__all__ = ["Coverage"]


class Coverage:
    """Where images are.

    Parameters
    ----------
    files : iterable of `~lsp_jupyter.images.file.ImageFile`
        The images; those that are nowhere on the sky are left out.
    """

    def __init__(self, files: Iterable[ImageFile]) -> None:
        self._files = [
            file
            for file in files
            if file.s_ra is not None and file.s_dec is not None and file.s_fov is not None
        ]
        ra, dec, fov = (
            np.array([getattr(file, name) for file in self._files], float)
            for name in ("s_ra", "s_dec", "s_fov")
        )
        self._centres = _unit(ra, dec)
        self._reach = np.cos(np.radians(np.minimum(180.0, fov / 2 * 1.001 + 1e-6)))
        self._outlines: dict[str, Region | None] = {}

    def best(self, ra: float, dec: float) -> ImageFile | None:
        """The image that has a position, whose middle is nearest to it.

        Parameters
        ----------
        ra, dec : `float`
            Degrees, ICRS.
        """
        near = _unit(np.array([ra]), np.array([dec]))[:, 0] @ self._centres
        some = np.flatnonzero(near >= self._reach)
        for number in some[np.argsort(-near[some], kind="stable")]:
            file: ImageFile = self._files[number]
            outline = self._outline(file)
            if outline is None or outline.inside(np.array([ra]), np.array([dec]))[0]:
                return file
        return None

    def _outline(self, file: ImageFile) -> Region | None:
        if file.did not in self._outlines:
            try:
                self._outlines[file.did] = parse_region("POS", file.s_region)
            except ParameterError:
                self._outlines[file.did] = None
        return self._outlines[file.did]


def _unit(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    lon, lat = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
