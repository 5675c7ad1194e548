"""How large and how deeply nested a query may be."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MAX_TERMS", "SUBQUERY_DEPTH", "Limits"]

SUBQUERY_DEPTH = 4
"""Levels of nesting that one subquery counts for: it costs that much more than a parenthesis."""

MAX_TERMS = 200
"""Operands of one chain of ``+ - * / ||`` at most: engines nest such chains, and plan a chain of
500 for three seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits a query text has to keep; a text beyond them is refused with an `AdqlError`.

    Attributes
    ----------
    max_bytes : `int`
        Longest text, bytes of UTF-8.
    max_depth : `int`
        Deepest nesting of parentheses. A subquery counts as `SUBQUERY_DEPTH` levels.
    max_nodes : `int`
        Largest syntax tree. A list of literals counts as one node.
    """

    max_bytes: int = 1 << 20
    max_depth: int = 100
    max_nodes: int = 20_000
