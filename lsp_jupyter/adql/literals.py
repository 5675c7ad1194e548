"""The values of numeric literals (ADQL 2.1 section 2.1.3)."""

from __future__ import annotations

import math

from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.places import refuse

__all__ = ["INT_MAX", "is_hexadecimal", "number"]

INT_MAX = (1 << 63) - 1
"""The largest whole number a column can hold."""


def is_hexadecimal(token: Token) -> bool:
    """Whether a numeric literal is written as ``0x1F``, which is an extension."""
    return token.value[1:2] in ("x", "X")


def number(token: Token, sign: str = "") -> int | float:
    """The value of a numeric literal and the sign before it.

    Parameters
    ----------
    token : `Token`
        Of kind ``number``.
    sign : `str`
        ``-``, ``+`` or nothing.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if it does not fit into 64 bits.
    """
    text = token.value
    if is_hexadecimal(token):
        digits = text[2:].lstrip("0") or "0"
        whole = int(digits, 16) if len(digits) <= 16 else INT_MAX + 1
        if whole <= INT_MAX:
            return -whole if sign == "-" else whole
        raise refuse(
            f"The whole number {text[:40]} does not fit into 64 bits.",
            token.at,
            "The largest is 0x7FFFFFFFFFFFFFFF.",
        )
    if text.isdigit():
        # The conversion of very long digit strings is slow, so their length is looked at first.
        if len(text.lstrip("0")) <= 19:
            whole = -int(text) if sign == "-" else int(text)
            if -INT_MAX - 1 <= whole <= INT_MAX:
                return whole
        raise refuse(
            f"The whole number {sign}{text[:40]} does not fit into 64 bits.",
            token.at,
            "Write it as a floating-point number, such as 1e19.",
        )
    value = float(text)
    if math.isinf(value):
        raise refuse(
            f"The number {text[:40]} is too large.", token.at, "The largest is about 1.8e308."
        )
    return -value if sign == "-" else value
