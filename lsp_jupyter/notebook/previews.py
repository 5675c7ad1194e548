"""Quick looks at what a query will answer."""

from __future__ import annotations

from typing import Any

from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.results import Result
from lsp_jupyter.notebook.running import bind_all, run_bound, wait_or_abort

__all__ = ["preview"]


@plainly
def preview(adql: str, *, maxrec: int | None = None, run_id: str = "", **values: Any) -> Result:
    """Estimate the answer of a query from a sample of the rows, which takes a moment.

    The largest table of the query is read from its sample of 1 %, all others
    are read whole. COUNT and SUM are scaled to all rows. Behind each COUNT, SUM
    and AVG stands a further column with its standard error, such as ``n_error``
    behind ``n``. It is empty where the sample has too few rows to tell, or where
    a join may give a row more than once and the table's identifier does not show
    that it did not. All else is as the sample has it: single rows, and MIN, MAX
    or MEDIAN. Groups that have no row in the sample are missing.

    Parameters
    ----------
    adql : `str`
        The query in ADQL.
    maxrec : `int`, optional
        Rows of the result at most.
    run_id : `str`
        A label for the list of jobs.
    **values
        Values for names in braces, see `~lsp_jupyter.notebook.running.submit`.

    Returns
    -------
    result : `Result`
        The finished preview. ``result.provenance["preview"]`` is the share of the rows it was
        made from: 1 for a table that is too small for a sample.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised as `AdqlError` if the query is not valid, or if a sample cannot
        answer it, with the place.
    """
    return wait_or_abort(
        run_bound(bind_all(adql, values), maxrec=maxrec, run_id=run_id, preview=True)
    )
