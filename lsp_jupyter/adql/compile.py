"""From the text of a query to SQL: parse, resolve, check, translate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from lsp_jupyter.adql.belonging import result_groups, result_origins
from lsp_jupyter.adql.check import check
from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.adql.parser import parse
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.preview import sampled
from lsp_jupyter.adql.resolve import resolve
from lsp_jupyter.adql.schema import Column, ColumnGroup, Schema, Table
from lsp_jupyter.adql.write import write

__all__ = ["Compiled", "compile_query", "warm_up"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query that an engine can run.

    Attributes
    ----------
    text : `str`
        The query as it was sent.
    sql : `str`
        One SELECT in the dialect of the translator, with its own LIMIT.
    columns : `tuple` of `~lsp_jupyter.adql.schema.Column`
        The columns of the result: the names in ``sql``, in order, with their metadata.
    tables : `tuple` of `~lsp_jupyter.adql.schema.Table`
        The tables it reads, each once.
    normalised : `str`
        Canonical text: equal for queries that mean the same by their form.
    share : `float`, optional
        The share of the rows of its largest table that a preview reads; `None` for the query
        itself.
    groups : `tuple` of `~lsp_jupyter.adql.schema.ColumnGroup`
        Columns of the result that belong together.
    origins : mapping
        The table and the column that a column of the result is of, by its name.
    """

    text: str
    sql: str
    columns: tuple[Column, ...]
    tables: tuple[Table, ...]
    normalised: str
    share: float | None = None
    groups: tuple[ColumnGroup, ...] = ()
    origins: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def compile_query(
    text: str,
    schema: Schema,
    *,
    maxrec: int,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    strict: bool = False,
    preview: bool = False,
    translator: str = "duckdb",
) -> Compiled:
    """Compile an ADQL query.

    Parameters
    ----------
    text : `str`
        The query.
    schema : `~lsp_jupyter.adql.schema.Schema`
        The tables the caller may read.
    maxrec : `int`
        Rows that are wanted at most. The SQL asks for one more, which tells of an overflow,
        unless TOP asks for no more than this itself.
    limits : `Limits`
        How large and how deeply nested the query may be.
    strict : `bool`
        Whether to refuse extensions of ADQL 2.1: CASE, hexadecimal numbers, the bitwise operators
        ``& | ^ ~``, and booleans compared with 0 and 1.
    preview : `bool`
        Whether to read the sample of the query's largest table instead of that table. Counts and
        sums are estimates then, and these and averages have their standard error beside them.
    translator : `str`
        The dialect of the SQL; ``duckdb`` is the only one yet.

    Returns
    -------
    compiled : `Compiled`
        The SQL and what its result is.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised, with line, column and hint, if the query is wrong, or if it has no honest preview.
        It carries the ``others`` that were found.
    ValueError
        Raised if there is no such translator.
    """
    if translator != "duckdb":
        raise ValueError(f"There is no translator {translator}.")
    from lsp_jupyter.adql.translate.duckdb import translate  # sqlglot takes 0.2 s to import.

    tree = parse(text, limits=limits, strict=strict)
    try:
        query = resolve(tree, schema, strict=strict)
        share = None
        if preview:
            query, share = sampled(query)
        # Casts and joins by name add nodes to those of the text.
        tables = check(query, schema, 4 * limits.max_nodes)
        limit = maxrec + 1 if query.top is None or query.top > maxrec else query.top
        sql = translate(query, limit)
        normalised = write(tree)
        groups, origins = result_groups(query), result_origins(query)
    except RecursionError:
        # Depth is limited before it comes to this, unless the caller's own stack is nearly full.
        raise refuse(
            "The query is nested too deeply.", Place(1, 1, 0, 1), "Write it more simply."
        ) from None
    columns = tuple([output.column for output in query.outputs])
    return Compiled(text, sql, columns, tables, normalised, share, groups, origins)


def warm_up() -> None:
    """Import what the first query would have to import: about 0.8 s, once a process."""
    from lsp_jupyter.adql.spatial import cone_ranges

    import_module("lsp_jupyter.adql.translate.duckdb")
    cone_ranges(0.0, 0.0, 1.0)
