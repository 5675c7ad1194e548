"""Where things with a name are: the objects of Messier, the NGC and the IC, without a network.

Positions and names are those of OpenNGC (Verga 2026, CC BY-SA 4.0), which the package
`pyongc` brings along.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from difflib import get_close_matches
from math import degrees

__all__ = ["Place", "deep_sky", "near"]

#: Characters of a name at most.
LONGEST = 100
_NUMBERED = re.compile(r"^(?P<list>[A-Za-z]+)[ .]*(?P<number>\d+)(?P<rest>\S{0,3})$")
#: How lists of objects are also called, and the digits of a number there.
_LISTS = {
    **dict.fromkeys(("m", "messier"), ("M", 3)),
    **dict.fromkeys(("ngc", "n"), ("NGC", 4)),
    **dict.fromkeys(("ic", "i"), ("IC", 4)),
    **dict.fromkeys(("barnard", "b"), ("B", 3)),
    **dict.fromkeys(("caldwell", "c"), ("C", 3)),
    **dict.fromkeys(("melotte", "mel"), ("Mel", 3)),
}
#: Names that the list has in other words only.
_OTHERS = {
    "lmc": "large magellanic cloud",
    "smc": "small magellanic cloud",
    "47 tucanae": "47 tuc cluster",
    "pleiades cluster": "pleiades",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is.

    Attributes
    ----------
    name : `str`
        What it is called there.
    ra, dec : `float`
        ICRS, degrees.
    kind : `str`
        What it is, in words; empty if that is not known.
    source : `str`
        Who says so.
    size : `float`, optional
        Its larger diameter, arcminutes.
    """

    name: str
    ra: float
    dec: float
    kind: str = ""
    source: str = ""
    size: float | None = None


def deep_sky(name: str) -> Place | None:
    """A galaxy, nebula or cluster of that name; `None` if there is none.

    The first call reads the list: call it from a thread.

    Parameters
    ----------
    name : `str`
        ``M 31``, ``ngc224``, ``IC 10``, ``UGC 454``, ``Andromeda Galaxy``; capitals and blanks
        do not matter.
    """
    from pyongc import ongc

    text = " ".join(name.split())
    if not text or len(text) > LONGEST:
        return None
    called = _plain(text)
    found = ongc.get(_common().get(_OTHERS.get(called, called)) or _written(text))
    if found is None or found.rad_coords is None:
        return None
    ra, dec = (float(one) for one in found.rad_coords)
    messier, _, _, common, _ = found.identifiers
    return Place(
        ", ".join([_called(messier or found.name), *(common or ())[:1]]),
        round(degrees(ra), 6),
        round(degrees(dec), 6),
        str(found.type),
        "OpenNGC",
        found.dimensions[0],
    )


def near(name: str, most: int = 3) -> list[str]:
    """Names that things have and that are spelt much like this one."""
    found = get_close_matches(_plain(name), _common(), n=most, cutoff=0.75)
    return [one.title() for one in found]


@functools.cache
def _common() -> dict[str, str]:
    """What objects are commonly called, in small letters → their names in the list."""
    from pyongc import ongc

    names = {}
    for one in ongc.listObjects(withname=True):
        for called in one.identifiers[3] or ():
            names[_plain(called)] = one.name
    # "Andromeda" is enough, where no other galaxy is called so.
    short: dict[str, list[str]] = {}
    for called, target in names.items():
        first, _, kind = called.rpartition(" ")
        if kind in ("galaxy", "nebula", "cluster") and first:
            short.setdefault(first, []).append(target)
    return {key: one[0] for key, one in short.items() if len(set(one)) == 1} | names


def _plain(text: str) -> str:
    words = re.sub(r"[^\w+]+", " ", text.lower().replace("'", "")).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def _written(text: str) -> str:
    """A number of a list as the list writes it."""
    match = _NUMBERED.match(text)
    known = _LISTS.get(match["list"].lower()) if match else None
    if match is None or known is None:
        return text
    return f"{known[0]}{int(match['number']):0{known[1]}d}{match['rest'].upper()}"


def _called(name: str) -> str:
    """The other way round: ``M031`` → ``M 31``."""
    match = re.fullmatch(r"([A-Za-z]+)0*(\d+)(.*)", name)
    return f"{match[1]} {match[2]}{match[3]}" if match else name
