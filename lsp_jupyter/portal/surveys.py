"""The surveys of pictures that the sky can be shown with."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsp_jupyter.images.hips.moc import read_numbers
from lsp_jupyter.images.hips.surveys import Surveys
from lsp_jupyter.portal.handler import PortalHandler

if TYPE_CHECKING:
    from lsp_jupyter.images.hips.surveys import Survey

__all__ = ["SurveysHandler"]

#: Cells of a coverage that are told; more are joined to larger ones.
MOST = 20_000

#: Frames of surveys (HiPS 1.0 section 4.4.1) as viewers call them.
_FRAMES = {"equatorial": "icrs", "galactic": "galactic", "ecliptic": "ecliptic"}


class SurveysHandler(PortalHandler):
    """``portal/surveys``: what each survey is, and which part of the sky it covers."""

    async def get(self) -> None:
        """Answer ``{surveys: […]}``; those without pictures are left out."""
        await self.send({"surveys": await asyncio.to_thread(self._found)})

    def _found(self) -> list[dict[str, Any]]:
        surveys = Surveys(self.platform.state / "hips").list()
        allowed = [one for one in surveys if self.platform.archive.allows(self.caller, one.release)]
        return [told for one in allowed if (told := _told(one)) is not None]


def _told(survey: Survey) -> dict[str, Any] | None:
    told = survey.properties
    formats = told.get("hips_tile_format", "jpeg").replace(",", " ").split()
    shown = next((form for form in formats if form in ("png", "jpeg", "jpg")), None)
    try:
        order = int(told["hips_order"])
        place = [float(told[f"hips_initial_{name}"]) for name in ("ra", "dec")]
        field = float(told.get("hips_initial_fov", 180))
    except (KeyError, ValueError):
        return None
    frame = _FRAMES.get(told.get("hips_frame", ""))
    if shown is None or frame is None or not 0 <= order <= 20:
        return None
    return {
        "release": survey.release,
        "name": survey.name,
        "title": told.get("obs_title", survey.name),
        "description": told.get("obs_description", ""),
        "frame": frame,
        "least": _number(told.get("hips_order_min"), 3),
        "order": order,
        "width": _number(told.get("hips_tile_width"), 512),
        "format": "png" if shown == "png" else "jpg",
        "place": place,
        "field": field,
        "coverage": _covered(survey.folder / "Moc.fits", order),
    }


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else otherwise


def _covered(path: Path, order: int) -> dict[str, list[int]] | None:
    """Cells by their order, none finer than the tiles; nothing if it is not known."""
    try:
        status = path.stat()
    except OSError:
        return None
    return _cells(path, order, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=64)
def _cells(path: Path, order: int, _state: tuple[int, int]) -> dict[str, list[int]] | None:
    try:
        numbers = read_numbers(path)
    except (OSError, KeyError, IndexError, ValueError):
        return None
    cells: dict[int, set[int]] = {}
    for number in numbers.tolist():
        level = (number.bit_length() - 3) // 2
        cells.setdefault(level, set()).add(number - 4 ** (level + 1))
    while cells and (max(cells) > order or sum(map(len, cells.values())) > MOST):
        level = max(cells)
        if level == 0:
            break
        cells.setdefault(level - 1, set()).update(cell >> 2 for cell in cells.pop(level))
    return {str(level): sorted(found) for level, found in sorted(cells.items())}
