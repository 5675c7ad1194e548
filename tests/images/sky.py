"""A release of images whose stars are known, beside the demo survey."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from lsp_jupyter.images.file import ImageFile
from lsp_jupyter.images.index import ImageIndex
from tests.images.stars import make

AUTHORITY = "lsp_jupyter.local"
RELEASE = "stars"


def did(number: int) -> str:
    """The identifier of an image."""
    return f"ivo://{AUTHORITY}/{RELEASE}?{UUID(int=number)}"


def publish(state: Path, paths: Mapping[int, Path]) -> None:
    """Make files images of the release."""
    index = ImageIndex(state)
    files = [
        ImageFile(
            did(number),
            RELEASE,
            "visit_image",
            {"visit": number, "detector": 0},
            str(path),
            size=path.stat().st_size,
            band="r",
        )
        for number, path in paths.items()
    ]
    index.replace(RELEASE, files, dimensions={"visit_image": ("visit", "detector")})
    index.close()


def sky(state: Path, folder: Path) -> dict[int, Path]:
    """Four images of one place, and a large one, published."""
    folder.mkdir(exist_ok=True)
    paths = {
        1: make(folder / "1.fits", seed=1),
        2: make(folder / "2.fits", seed=2, turn=30.0),
        3: make(folder / "3.fits", seed=3, turn=-40.0, flip=True),
        4: make(folder / "4.fits", seed=4, side=1300),
    }
    publish(state, paths)
    return paths
