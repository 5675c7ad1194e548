"""One question to the engine about a view of a result."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Protocol

import pyarrow as pa

from lsp_jupyter.errors import ResultNotFoundError

from .relation import Relation
from .result import Result

__all__ = ["Engine", "ask"]


class Engine(Protocol):
    """What computes, such as the embedded engine."""

    def compute(
        self,
        statements: Sequence[str],
        results: Sequence[Mapping[str, Any]],
        fields: Sequence[Sequence[Mapping[str, str]] | None] | None = None,
    ) -> AsyncGenerator[pa.Table, None]:
        """What statements over results give."""

    async def analyse(
        self, kind: str, sql: str, results: Sequence[Mapping[str, Any]], **options: Any
    ) -> tuple[dict[str, Any], bytes]:
        """What a grid or region over a result is, and its bytes."""


async def ask(
    engine: Engine,
    sql: str,
    relation: Relation,
    result: Result,
    fields: Sequence[Mapping[str, str]] | None = None,
) -> pa.Table:
    """What a statement over a view gives; it is ended if the caller is cancelled.

    Parameters
    ----------
    engine : `Engine`
        What computes.
    sql : `str`
        One SELECT over `Relation.source` or `Relation.rows`.
    relation : `~lsp_jupyter.results.relation.Relation`
        The view.
    result : `~lsp_jupyter.results.result.Result`
        Its result.
    fields : sequence of mapping, optional
        What the columns are declared to be.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised if it cannot be computed.
    """
    results = relation.results(result.path)
    async with aclosing(engine.compute([sql], results, [fields])) as answers:
        async for answer in answers:
            return answer
    raise ResultNotFoundError("The result was deleted meanwhile.")
