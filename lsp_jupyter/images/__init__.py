"""Images of the survey, as plain Python objects over FITS files.

For a cutout::

    from lsp_jupyter.images import Box

    part = butler.get("visit_image", data_id, parameters={"bbox": Box(100, 100, 64, 64)})

Nothing heavy is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsp_jupyter.images.butler.box import Box, Point
    from lsp_jupyter.images.butler.exposure import Exposure

__all__ = ["Box", "Exposure", "Point"]


def __getattr__(name: str) -> Any:
    """Find the classes when they are first used."""
    if name in ("Box", "Point"):
        from lsp_jupyter.images.butler import box

        return getattr(box, name)
    if name == "Exposure":
        from lsp_jupyter.images.butler.exposure import Exposure

        return Exposure
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
