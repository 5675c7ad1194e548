"""Text and attributes as legal XML 1.0."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["REPLACEMENT", "attributes", "escape"]

#: What stands for a character that no document can hold.
REPLACEMENT = "\ufffd"

_ESCAPED = str.maketrans(
    {chr(code): REPLACEMENT for code in range(32) if code not in (9, 10, 13)}
    | {chr(code): REPLACEMENT for code in (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
    | {'"': "&quot;", "\t": "&#9;", "\n": "&#10;"}
)

#: Whether a text has any of them: most have none.
_SPECIAL = re.compile("[" + "".join(map(re.escape, map(chr, _ESCAPED))) + "]")


def escape(text: str) -> str:
    """Text for an attribute or an element."""
    return text.translate(_ESCAPED) if _SPECIAL.search(text) else text


def attributes(items: Mapping[str, str]) -> str:
    """Attributes of an element; empty ones are left out."""
    return "".join(f' {key}="{escape(value)}"' for key, value in items.items() if value)
