"""Which queries after WITH are run once and kept, and which each time they are named.

The engine's own choice can keep a whole table, of which a cone needs a few
rows, or plan joins of joins of joins anew for each name: for eight of them
that took 40 seconds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from lsp_jupyter.adql import bound, plan

__all__ = ["kept"]


def kept(query: plan.Query) -> set[str]:
    """The names of the queries after WITH whose rows are better kept than made again.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.plan.Query`
        A whole query.
    """
    found: set[str] = set()
    runs: Counter[str] = Counter()
    _count(replace(query, common=()), 1, runs)
    # Queries name only those before them, so that the last ones are known first.
    for table in reversed(query.common):
        if runs[table.name] > 1 and not _plain(table.query):
            found.add(table.name)
        _count(table.query, 1 if table.name in found else runs[table.name], runs)
    return found


def _count(query: plan.Query, times: int, runs: Counter[str]) -> None:
    """Add how often each query after WITH is run by one that is run so many times."""
    for source in plan.walk_sources(query):
        if isinstance(source, plan.CommonSource):
            runs[source.name] += times


def _plain(query: plan.Query) -> bool:
    """Whether a query does little more than choose rows of one table."""
    source, *others = query.sources
    if others or not isinstance(source, plan.TableSource | plan.CommonSource):
        return False
    if query.grouped or query.distinct or query.top is not None or query.offset is not None:
        return False
    # Random numbers have to be the same each time, and subqueries may cost anything.
    return not any(
        isinstance(node, bound.InQuery | bound.Exists)
        or (isinstance(node, bound.Call) and "RAND" in node.function.name)
        for node in plan.walk_query(query)
    )
