"""What the image workers can be asked to do, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["TASKS", "Report", "Task"]

#: Called with how far a task is.
Report = Callable[[Mapping[str, Any]], None]
#: Does a task: arguments and answer are what JSON can say.
Task = Callable[[Mapping[str, Any], Report], Mapping[str, Any]]

#: Each task and the function that does it, as ``module:name``. Nothing else can be called.
TASKS: Mapping[str, str] = {
    "butler": "lsp_jupyter.images.butler.service:answer",
    "cutout": "lsp_jupyter.images.cutouts.work:cutout",
    "stamps": "lsp_jupyter.images.bulk.work:stamps",
    "color_stamps": "lsp_jupyter.images.bulk.color:color_stamps",
    "bulk_file": "lsp_jupyter.images.bulk.work:written",
    "tile": "lsp_jupyter.images.pictures.work:tile",
    "outline": "lsp_jupyter.images.pictures.work:outline",
    "preview": "lsp_jupyter.images.pictures.work:preview",
    "parts": "lsp_jupyter.images.pictures.work:parts",
    "statistics": "lsp_jupyter.images.pictures.measure:statistics",
    "profile": "lsp_jupyter.images.pictures.measure:profile",
    "header": "lsp_jupyter.images.pictures.work:header",
    "overviews": "lsp_jupyter.images.focal_plane.work:overviews",
    "focal_plane": "lsp_jupyter.images.focal_plane.work:plane",
    "focal_plane_atlas": "lsp_jupyter.images.focal_plane.work:atlas",
    "hips_tiles": "lsp_jupyter.images.hips.work:resampled_tiles",
    "hips_joined": "lsp_jupyter.images.hips.work:joined",
    "hips_painted": "lsp_jupyter.images.hips.work:painted",
    "hips_colored": "lsp_jupyter.images.hips.work:colored",
    "color_tile": "lsp_jupyter.images.mosaics.color_tile:color_tile",
    "mosaic": "lsp_jupyter.images.mosaics.work:mosaic",
}
