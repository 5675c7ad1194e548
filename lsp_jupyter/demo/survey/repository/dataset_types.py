"""Kinds of datasets, with Rubin's names, dimensions and collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lsp_jupyter.demo.survey.images.dataset import TYPES
from lsp_jupyter.demo.survey.maps.depth import PROPERTIES
from lsp_jupyter.demo.survey.observing.camera import INSTRUMENT

__all__ = ["CALIBRATIONS", "CHAIN", "KINDS", "TABLES", "Kind"]

#: What users name: everything of the release.
CHAIN = f"{INSTRUMENT}/DP1"

#: Tables by dataset type: the table of the release, and the dimensions that divide it.
TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "object": ("Object", ("skymap", "tract")),
        "object_forced_source": ("ForcedSource", ("skymap", "tract", "patch")),
        "source": ("Source", ("instrument", "visit")),
        "dia_object": ("DiaObject", ("skymap", "tract")),
        "dia_source": ("DiaSource", ("skymap", "tract")),
        "dia_object_forced_source": ("ForcedSourceOnDiaObject", ("skymap", "tract", "patch")),
        "visit_table": ("Visit", ("instrument",)),
        "visit_detector_table": ("CcdVisit", ("instrument",)),
        "ss_object": ("SSObject", ()),
        "ss_source": ("SSSource", ()),
    }
)

#: Images that stand for a span of time, not for an exposure.
CALIBRATIONS = ("bias", "flat")


@dataclass(frozen=True, slots=True)
class Kind:
    """A dataset type.

    Attributes
    ----------
    name : `str`
        As users type it.
    dimensions : `tuple` of `str`
        What identifies one dataset.
    storage : `str`
        The Butler's storage class.
    calibration : `bool`
        Whether it is valid for a span of time.
    formatter : `str` or `None`
        What reads its files, if it is not the storage class's own.
    """

    name: str
    dimensions: tuple[str, ...]
    storage: str
    calibration: bool = False
    formatter: str | None = None

    def run(self, processing: str) -> str:
        """The collection that its datasets are put into.

        Parameters
        ----------
        processing : `str`
            What to call the run of the processing, the last word of its collection.
        """
        if self.name == "raw":
            return f"{INSTRUMENT}/raw/DP1"
        if self.calibration:
            return f"{INSTRUMENT}/calib/DP1/{self.name}"
        return f"{INSTRUMENT}/runs/DRP/DP1/{processing}"


def _kinds() -> dict[str, Kind]:
    images = {
        # The name of the storage class is written out: reading it needs the Butler.
        name: Kind(name, dimensions, "LspExposure", name in CALIBRATIONS)
        for name, dimensions in TYPES.items()
    }
    tables = {
        name: Kind(name, dimensions, "ArrowAstropy") for name, (_, dimensions) in TABLES.items()
    }
    maps = {
        one.dataset_type: Kind(
            one.dataset_type,
            ("band", "skymap"),
            "AstropyTable",
            formatter="lsp_jupyter.images.butler.formatter.FitsTableFormatter",
        )
        for one in PROPERTIES
    }
    return images | tables | maps


#: All of them by name.
KINDS: Mapping[str, Kind] = MappingProxyType(_kinds())
