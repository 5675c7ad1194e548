"""Previews: a query over the sample of its largest table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from lsp_jupyter.adql import bound, plan
from lsp_jupyter.adql.estimates import RUN, Estimates
from lsp_jupyter.adql.places import NOWHERE, refuse
from lsp_jupyter.adql.schema import Column, Table
from lsp_jupyter.adql.types import type_of
from lsp_jupyter.errors import AdqlError

__all__ = ["sampled"]

_ENOUGH = 100
"""Rows of a sample that tell something; a table with fewer of them is read whole."""
_IDENTITY = "meta.id;meta.main"
"""The UCD of the column that tells the rows of a table apart."""


def sampled(query: plan.Query) -> tuple[plan.Query, float]:
    """Make a preview of a query.

    The largest of its tables that have a sample is read from there, all others
    are read whole.

    Parameters
    ----------
    query : `~lsp_jupyter.adql.plan.Query`
        A whole query.

    Returns
    -------
    preview : `~lsp_jupyter.adql.plan.Query`
        The query with estimates, and with their standard errors as further columns.
    share : `float`
        The share of the rows of that table that it reads; 1 if the table is too small for less.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if a sample cannot tell what the query asks for.
    """
    tables = [one for one in plan.walk_sources(query) if isinstance(one, plan.TableSource)]
    found = [one for one in tables if one.table.sample]
    if not found:
        raise refuse(
            "None of these tables has a sample to make a preview from.",
            tables[0].at if tables else NOWHERE,
            RUN,
        )
    largest = max(found, key=lambda one: one.table.rows or 0)
    for other in found:
        if other is not largest and other.table.full_name == largest.table.full_name:
            raise _twice(other)
    table = largest.table
    share = table.share if table.share * (table.rows or 0) >= _ENOUGH else 1.0
    sampling = _Sampling(query, largest, table.sampled if share < 1.0 else table)
    preview, identity = sampling.whole()
    return Estimates(share, sampling.joined, identity).of(preview), share


class _Sampling:
    """Puts another table in the place of one, on the way from a whole query down to it."""

    def __init__(self, query: plan.Query, source: plan.TableSource, table: Table) -> None:
        self.joined = False
        self._query = query
        self._table = source
        self._sample = replace(source, table=table)
        self._common = {one.name: one.query for one in query.common}
        # Queries name only those before them.
        self._leading: set[str] = set()
        for one in query.common:
            if self._reads(one.query.sources):
                self._leading.add(one.name)
        named = Counter(
            one.name for one in plan.walk_sources(query) if isinstance(one, plan.CommonSource)
        )
        if any(named[name] > 1 for name in self._leading):
            raise _twice(source)

    def whole(self) -> tuple[plan.Query, bound.Value | None]:
        """The whole query over the sample, and what tells the rows of the sample apart in it."""
        query, identity = self._over(self._query)
        common = [replace(one, query=self._common[one.name]) for one in query.common]
        return replace(query, common=tuple(common)), identity

    def _reads(self, sources: Iterable[plan.Source]) -> bool:
        """Whether rows of the table come from any of these sources."""
        return any(map(self._leads, sources))

    def _leads(self, source: plan.Source) -> bool:
        match source:
            case plan.TableSource():
                return source is self._table
            case plan.CommonSource(name=name):
                return name in self._leading
            case plan.QuerySource(query=query):
                return self._reads(query.sources)
            case plan.SetSource(queries=queries):
                return any(self._reads(query.sources) for query in queries)
            case plan.Joined(first=first, joins=joins):
                return self._reads((first, *(join.source for join in joins)))

    def _over(self, query: plan.Query) -> tuple[plan.Query, bound.Value | None]:
        """A query over the sample, and what tells the rows of the sample apart in it."""
        if not self._reads(query.sources):
            raise self._refused("stands in a subquery of a condition")
        self.joined |= len(query.sources) > 1
        sources: list[plan.Source] = []
        identity = None
        for source in query.sources:
            if self._leads(source):
                source, identity = self._source(source)
            sources.append(source)
        return replace(query, sources=tuple(sources)), identity

    def _source(self, source: plan.Source) -> tuple[plan.Source, bound.Value | None]:
        match source:
            case plan.TableSource():
                return self._sample, self._identity()
            case plan.QuerySource(alias=alias, query=inner):
                inner, identity = self._inner(inner, alias)
                return replace(source, query=inner), identity
            case plan.CommonSource(alias=alias, name=name):
                self._common[name], identity = self._inner(self._common[name], alias)
                return source, identity
            case plan.SetSource():
                raise self._refused("is read by combined queries")
            case plan.Joined():
                return self._join(source)

    def _identity(self) -> bound.Value | None:
        for column in self._table.table.columns:
            if column.ucd.lower() == _IDENTITY:
                return bound.ColumnRef(
                    type_of(column), self._table.alias, column.name, column, at=self._table.at
                )
        return None

    def _inner(self, query: plan.Query, alias: str) -> tuple[plan.Query, bound.Value | None]:
        """A query that is a source itself, which must only choose rows and columns."""
        limited = query.top is not None or query.offset is not None
        if query.grouped or query.distinct or limited:
            raise self._refused("stands in a subquery that does more than choose rows")
        query, identity = self._over(query)
        if identity is None:
            return query, None
        column = Column("identity", identity.type.datatype, identity.type.arraysize)
        query = replace(query, outputs=(*query.outputs, plan.Output(identity, column)))
        name = f"c{len(query.outputs)}"
        return query, bound.ColumnRef(identity.type, alias, name, column, at=identity.at)

    def _join(self, source: plan.Joined) -> tuple[plan.Joined, bound.Value | None]:
        self.joined = True
        here = self._leads(source.first)
        for join in source.joins:
            inside = self._leads(join.source)
            # Rows beside which there is none in the sample would look as if there were none.
            if (here and join.kind in ("right", "full")) or (
                inside and join.kind in ("left", "full")
            ):
                raise self._refused("is on the side of an outer join that may have no row")
            here = here or inside
        first, identity = source.first, None
        if self._leads(first):
            first, identity = self._source(first)
        joins: list[plan.Join] = []
        for join in source.joins:
            if self._leads(join.source):
                inner, identity = self._source(join.source)
                join = replace(join, source=inner)
            joins.append(join)
        return plan.Joined(first, tuple(joins)), identity

    def _refused(self, why: str) -> AdqlError:
        name = self._table.table.full_name
        return refuse(
            f"There is no preview from a sample: the table {name} {why}.", self._table.at, RUN
        )


def _twice(source: plan.TableSource) -> AdqlError:
    return refuse(
        f"There is no preview from a sample: the query reads {source.table.full_name} twice.",
        source.at,
        RUN,
    )
