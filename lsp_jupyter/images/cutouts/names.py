"""Names that requests for cutouts use."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DETAILS", "POLARIZATIONS"]

#: What there is in a cutout: the image, with mask and variance, and with what else the file has
#: for each of its pixels. By the name that requests have for it, in lower case.
DETAILS: Mapping[str, tuple[str, ...]] = {
    "image": ("IMAGE",),
    "maskedimage": ("IMAGE", "MASK", "VARIANCE"),
    "exposure": ("IMAGE", "MASK", "VARIANCE", "PSF"),
}

#: States of polarization (SODA 1.0 section 3.3.6, ObsCore 1.1 section B.6.6).
POLARIZATIONS = frozenset(
    "I Q U V RR LL RL LR XX YY XY YX POLI POLA".split()  # noqa: SIM905 - easier to read
)
