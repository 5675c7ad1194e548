"""Shapes written as text: the STC-S of REGION, and the words of DALI."""

from __future__ import annotations

__all__ = ["region_numbers"]

_FORMS = {
    "POSITION": ("POINT", (2,)),
    "POINT": ("POINT", (2,)),
    "CIRCLE": ("CIRCLE", (3,)),
    "BOX": ("BOX", (4,)),
    "POLYGON": ("POLYGON", ()),
}
_SYSTEMS = frozenset({"ICRS", "UNKNOWN", "UNKNOWNFRAME"})
_OTHER_SYSTEMS = frozenset({"FK4", "FK5", "J2000", "B1950", "GALACTIC", "GALACTIC_II", "ECLIPTIC"})
# Where positions are seen from, and in what space: neither changes a position on the sky.
_SILENT = frozenset(
    """
    BARYCENTER GEOCENTER HELIOCENTER TOPOCENTER LSR LSRK LSRD GALACTIC_CENTER LOCAL_GROUP_CENTER
    RELOCATABLE UNKNOWNREFPOS SPHERICAL2 CARTESIAN2
    """.split()  # noqa: SIM905 - a list of words is easier to read
)
_COMPOUND = frozenset({"UNION", "INTERSECTION", "DIFFERENCE", "NOT"})


def region_numbers(text: str) -> tuple[str, tuple[float, ...]]:
    """Read a shape.

    Parameters
    ----------
    text : `str`
        Such as ``CIRCLE ICRS 10 20 0.5``.

    Returns
    -------
    name : `str`
        POINT, CIRCLE, BOX or POLYGON.
    numbers : `tuple` of `float`
        Its coordinates and sizes, degrees.

    Raises
    ------
    ValueError
        Raised if it is no such shape; the text says why.
    """
    words = text.replace("(", " ").replace(")", " ").split()
    first = words[0].upper() if words else ""
    if first in _COMPOUND:
        raise ValueError(f"{first} of regions is not available.")
    if first not in _FORMS:
        raise ValueError("The region is not a POINT, CIRCLE, BOX or POLYGON.")
    name, counts = _FORMS[first]
    numbers: list[float] = []
    for word in words[1:]:
        upper = word.upper()
        if not numbers and (upper in _SYSTEMS or upper in _SILENT):
            continue
        if not numbers and upper in _OTHER_SYSTEMS:
            raise ValueError(f"The coordinate system {word} is not available.")
        try:
            number = float(word)
        except ValueError:
            raise ValueError(f"{word} in the region is not a number.") from None
        if not abs(number) < 1e9:
            raise ValueError(f"{word} in the region is not an angle.")
        numbers.append(number)
    fits = len(numbers) in counts if counts else len(numbers) >= 6 and len(numbers) % 2 == 0
    if not fits:
        wanted = "3 or more pairs of" if not counts else f"{counts[0]}"
        raise ValueError(f"{first} takes {wanted} numbers, found {len(numbers)}.")
    return name, tuple(numbers)
