"""Where in a query an expression stands, and so what it may hold."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lsp_jupyter.adql.scope import Scope

__all__ = ["Context", "Progress"]


@dataclass(slots=True)
class Progress:
    """What was met while a query was resolved."""

    aggregated: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Where an expression stands.

    Attributes
    ----------
    scope : `Scope`
        What its names can stand for.
    depth : `int`
        Nesting of its query; the outermost is 0.
    clause : `str`
        The clause, for messages.
    aggregates : `bool`
        Whether aggregates may stand here.
    progress : `Progress`
        Notes about the query.
    """

    scope: Scope
    depth: int
    clause: str
    aggregates: bool
    progress: Progress

    def inside(self, aggregate: str) -> Context:
        """The place inside an aggregate."""
        return replace(self, clause=aggregate, aggregates=False)

    def at(self, clause: str, *, aggregates: bool) -> Context:
        """The same query's other clause."""
        return replace(self, clause=clause, aggregates=aggregates)
