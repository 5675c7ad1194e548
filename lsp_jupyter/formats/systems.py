"""The coordinate and time systems that columns refer to (VOTable 1.4 sections 3.1 and 3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lsp_jupyter.formats.fields import VOField

__all__ = ["System", "system_of", "systems"]

#: The beginning of a UCD word → the system COOSYS names.
_FRAMES = {
    "pos.eq": "ICRS",
    "pos.galactic": "galactic",
    "pos.supergalactic": "supergalactic",
}
_SHAPES = frozenset({"point", "circle", "polygon", "shape", "moc"})
_SCALES = ("TAI", "UTC", "TDB", "TT", "TCB", "TCG", "GPS", "UT")
_ORIGINS = {"mjd": "MJD-origin", "jd": "JD-origin"}

#: Words of a name such as ``midpointMjdTai`` or ``t_MJD``.
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_CAPITALS = re.compile(r"\b[A-Z]{2,3}\b")


@dataclass(frozen=True, slots=True)
class System:
    """A system, as a VOTable declares it.

    Attributes
    ----------
    id : `str`
        What columns refer to.
    tag : `str`
        ``COOSYS`` or ``TIMESYS``.
    attributes : `tuple` of (`str`, `str`)
        Of that element.
    """

    id: str
    tag: str
    attributes: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def system_of(vo: VOField) -> System | None:
    """The system that the values of a column are in; `None` if there is none, or it is unknown.

    Positions, motions and their errors are told by their UCDs, and shapes by
    their xtype; equatorial ones are ICRS here. Of a time the xtype, the name
    or the description must say what it is counted from.
    """
    if not vo.ucd and not vo.xtype:
        return None
    frame = _frame(vo)
    if frame:
        return System(frame, "COOSYS", (("system", frame),))
    return _time(vo)


def systems(fields: Iterable[VOField]) -> tuple[System, ...]:
    """Every system that some columns refer to, each once."""
    found = (system_of(vo) for vo in fields)
    return tuple(dict.fromkeys(system for system in found if system is not None))


def _frame(vo: VOField) -> str:
    for word in vo.ucd.lower().split(";"):
        for start, frame in _FRAMES.items():
            if word == start or word.startswith(f"{start}."):
                return frame
    old = {"pos_eq_ra_main", "pos_eq_dec_main"}
    return "ICRS" if vo.xtype in _SHAPES or vo.ucd.lower() in old else ""


def _time(vo: VOField) -> System | None:
    counted = vo.unit == "d" and any(
        word.startswith(("time.epoch", "time.start", "time.end"))
        for word in vo.ucd.lower().split(";")
    )
    if not counted and vo.xtype not in {"timestamp", *_ORIGINS}:
        return None
    told = [word.upper() for word in _WORDS.findall(vo.name)]
    told += _CAPITALS.findall(vo.description)
    scale = next((word for word in told if word in _SCALES), "")
    if vo.xtype == "timestamp":
        return _system(scale, "") if scale else None
    kind = vo.xtype if vo.xtype in _ORIGINS else ""
    if counted and not kind:
        kind = next((word.lower() for word in told if word.lower() in _ORIGINS), "")
    return _system(scale, _ORIGINS[kind]) if kind else None


def _system(scale: str, origin: str) -> System:
    scale = scale or "UNKNOWN"
    name = "_".join(filter(None, ("time", scale, origin.removesuffix("-origin"))))
    words = (("timeorigin", origin), ("timescale", scale), ("refposition", "UNKNOWN"))
    return System(name, "TIMESYS", words)
