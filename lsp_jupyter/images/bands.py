"""The bands of the survey."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["BANDS", "spectrum"]

#: The filters' bounds in nanometres (Rubin Observatory's key numbers).
BANDS: Mapping[str, tuple[float, float]] = {
    "u": (324, 395),
    "g": (405, 552),
    "r": (552, 691),
    "i": (691, 818),
    "z": (818, 921),
    "y": (922, 997),
}


def spectrum(band: str | None) -> dict[str, float]:
    """The columns of ``ivoa.ObsCore`` that follow of a band; none if it is another one."""
    if band is None or band not in BANDS:
        return {}
    low, high = BANDS[band]
    return {
        "em_min": low * 1e-9,
        "em_max": high * 1e-9,
        "em_res_power": (low + high) / 2 / (high - low),
    }
