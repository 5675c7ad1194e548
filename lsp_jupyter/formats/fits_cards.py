"""The cards of a FITS header (FITS Standard 4.0 section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["BLOCK", "card", "cards", "padded"]

#: Bytes that everything in a FITS file is a multiple of.
BLOCK = 2880

_WIDTH = 80
#: Characters of a text that fit one card, with room for quotes and an ampersand.
_PIECE = 67
#: A quote is written twice, and both belong on one card.
_SIGNS = re.compile(r"''|.")


def card(key: str, value: bool | int | str, comment: str = "") -> list[str]:
    """A header card; a long text takes several (section 4.2.1.2).

    Parameters
    ----------
    key : `str`
        At most eight characters.
    value : `bool`, `int` or `str`
        Characters of a text that FITS does not allow become question marks or blanks.
    comment : `str`
        Left out where there is no room.
    """
    if isinstance(value, bool):
        text = f"{key:<8}= {'T' if value else 'F':>20}"
    elif isinstance(value, int):
        text = f"{key:<8}= {value:>20}"
    elif len(value) <= _PIECE and value.isascii() and value.isprintable() and "'" not in value:
        # Nearly all of a wide table's are so.
        text = f"{key:<8}= '{value:<8}'" if key != "COMMENT" else f"COMMENT {value}"
    else:
        words = _plain(value)
        if key == "COMMENT":
            step = _WIDTH - 8
            return [f"COMMENT {words[at : at + step]}" for at in range(0, len(words) or 1, step)]
        pieces = _pieces(words.replace("'", "''"))
        if len(pieces) > 1:
            lines = [f"CONTINUE  '{piece}&'" for piece in pieces]
            lines[0] = f"{key:<8}= '{pieces[0]}&'"
            lines[-1] = f"CONTINUE  '{pieces[-1]}'"
            return lines
        text = f"{key:<8}= '{pieces[0]:<8}'"
    whole = f"{text} / {comment}" if comment else text
    return [whole if len(whole) <= _WIDTH else text]


def _plain(text: str) -> str:
    text = "".join(sign if sign >= " " else " " for sign in text)
    return text.encode("ascii", "replace").decode().replace("\x7f", "?").rstrip()


def _pieces(text: str) -> list[str]:
    found = [""]
    for sign in _SIGNS.findall(text):
        if len(found[-1]) + len(sign) > _PIECE:
            found.append("")
        found[-1] += sign
    return found


def cards(lines: Iterable[list[str]]) -> bytes:
    """A whole header."""
    text = "".join(line.ljust(_WIDTH) for group in (*lines, ["END"]) for line in group)
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")


def padded(data: bytes) -> bytes:
    """Data up to the end of their last block."""
    return data + bytes(-len(data) % BLOCK)
