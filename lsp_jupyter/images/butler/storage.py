"""What a repository's configuration says of our images: their storage classes and formatter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsst.daf.butler import StorageClassDelegate

from lsp_jupyter.images.butler.exposure import ELSEWHERE, Exposure
from lsp_jupyter.images.butler.planes import PARENT

__all__ = ["EXPOSURE", "ExposureDelegate", "storage_config"]

#: The storage class of images and calibrations.
EXPOSURE = "LspExposure"

_PACKAGE = "lsp_jupyter.images.butler"

#: Storage classes of components: the class of each, and the components that are of it.
_PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "LspImage": (f"{_PACKAGE}.planes.Image", ("image", "variance")),
    "LspMask": (f"{_PACKAGE}.planes.Mask", ("mask",)),
    "LspWcs": (f"{_PACKAGE}.wcs.Wcs", ("wcs",)),
    "LspPsf": (f"{_PACKAGE}.psf.Psf", ("psf",)),
    "FitsHeader": ("astropy.io.fits.Header", ("metadata",)),
    "LspBox": (f"{_PACKAGE}.box.Box", ("bbox",)),
    "LspExtent": (f"{_PACKAGE}.box.Extent", ("dimensions",)),
    "LspPoint": (f"{_PACKAGE}.box.Point", ("xy0",)),
    "LspFilterLabel": (f"{_PACKAGE}.observation.FilterLabel", ("filter",)),
    "LspVisitInfo": (f"{_PACKAGE}.observation.VisitInfo", ("visitInfo",)),
    "LspPhotoCalib": (f"{_PACKAGE}.observation.PhotoCalib", ("photoCalib",)),
    # Declared so that the answer can name the package that has them.
    "LspElsewhere": ("builtins.object", tuple(ELSEWHERE)),
}

#: What a part of an image is asked for with.
_PARAMETERS = ["bbox", "origin"]


class ExposureDelegate(StorageClassDelegate):
    """Takes parts from exposures that are in memory already."""

    def can_accept(self, inMemoryDataset: Any) -> bool:
        """Whether it is an exposure."""
        return isinstance(inMemoryDataset, Exposure)

    def getComponent(self, composite: Any, componentName: str) -> Any:
        """A part of an exposure."""
        return getattr(composite, componentName)

    def handleParameters(
        self,
        inMemoryDataset: Any,
        parameters: Mapping[str, Any] | None = None,
    ) -> Any:
        """The box of an exposure, an image or a mask that is asked for."""
        if not parameters or parameters.get("bbox") is None:
            return inMemoryDataset
        return inMemoryDataset.subset(parameters["bbox"], parameters.get("origin", PARENT))


def storage_config() -> dict[str, Any]:
    """The part of a repository's ``butler.yaml`` without which our images are not read."""
    delegate = f"{_PACKAGE}.storage.ExposureDelegate"
    boxed = {"parameters": [*_PARAMETERS], "delegate": delegate}
    classes: dict[str, Any] = {
        name: {"pytype": kind, **(boxed if name in ("LspImage", "LspMask") else {})}
        for name, (kind, _) in _PARTS.items()
    }
    classes[EXPOSURE] = {
        "pytype": f"{_PACKAGE}.exposure.Exposure",
        **boxed,
        "derivedComponents": {
            component: name for name, (_, components) in _PARTS.items() for component in components
        },
    }
    formatter = f"{_PACKAGE}.formatter.ExposureFormatter"
    return {
        "storageClasses": classes,
        "datastore": {"formatters": {EXPOSURE: formatter}},
    }
