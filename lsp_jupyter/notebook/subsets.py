"""The named sets of rows of a result, as a mapping."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lsp_jupyter.errors import LimitError, NotFoundError, UsageError
from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.selection import Selection

if TYPE_CHECKING:
    from lsp_jupyter.notebook.results import Result

__all__ = ["Rowlike", "Subsets", "ranges_of"]

#: Ranges that one request may hold.
RANGES = 100_000

T = TypeVar("T")

#: What says which rows: a mask or row numbers, as an array of any kind, or a selection.
Rowlike = Selection | npt.ArrayLike


class Subsets(Mapping[str, Selection]):
    """Names of subsets → their rows.

    The same subsets that the Portal's tables and charts show, read anew at each use. A subset
    is made of a condition of ADQL, of a mask or of row numbers, or of a `Selection`.

    Parameters
    ----------
    result : `~lsp_jupyter.notebook.results.Result`
        Of which.

    Examples
    --------
    >>> stars = result.subsets["stars"]  # doctest: +SKIP
    >>> result.subsets["bright"] = "gmag < 18"  # doctest: +SKIP
    >>> result.subsets["red"] = table["gmag"] - table["rmag"] > 1  # doctest: +SKIP
    """

    def __init__(self, result: Result) -> None:
        self._result = result

    @plainly
    def __getitem__(self, name: str) -> Selection:
        try:
            told = self._result.client.get(f"{self._path(name)}/ranges")
        except NotFoundError as error:
            known = ", ".join(self)
            raise NotFoundError(
                error.message, hint=f"Its subsets: {known}." if known else "It has no subsets yet."
            ) from None
        return Selection(self._result, told["ranges"], name=name)

    @plainly
    def __setitem__(self, name: str, rows: str | Rowlike) -> None:
        self._result.wait()
        body: dict[str, Any] = (
            {"where": rows}
            if isinstance(rows, str)
            else {"ranges": ranges_of(rows, len(self._result), self._result)}
        )
        self._result.client.send("PUT", self._path(name), body)

    @plainly
    def __delitem__(self, name: str) -> None:
        self._result.client.send("DELETE", self._path(name))

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    @overload
    def get(self, name: str) -> Selection | None: ...
    @overload
    def get(self, name: str, default: Selection | T) -> Selection | T: ...
    def get(self, name: str, default: Selection | T | None = None) -> Selection | T | None:
        """The rows of a subset, or what is given if there is none of that name."""
        if name not in self:
            return default
        return self[name]

    @plainly
    def combine(self, name: str, expression: str) -> Selection:
        """Make a subset of others.

        Parameters
        ----------
        name : `str`
            What it is called.
        expression : `str`
            Names of subsets with AND, OR, NOT and parentheses; those with spaces in double
            quotes.

        Returns
        -------
        subset : `~lsp_jupyter.notebook.selection.Selection`
            Its rows, as they are now; they stay when the others change.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if the expression is wrong or names a subset that is not there.
        """
        self._result.wait()
        self._result.client.send("PUT", self._path(name), {"expression": expression})
        return self[name]

    @plainly
    def where(self, name: str) -> str:
        """A condition of ADQL that finds the rows of a subset again.

        Parameters
        ----------
        name : `str`
            Of a subset.

        Returns
        -------
        condition : `str`
            What stands behind WHERE: identifiers, or the condition it was made with.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the subset is not there, or has more rows than a condition can name.
        """
        return str(self._result.client.get(f"{self._path(name)}/where")["where"])

    def __iter__(self) -> Iterator[str]:
        return iter([one["name"] for one in self._told()])

    def __len__(self) -> int:
        return len(self._told())

    def __repr__(self) -> str:
        lines = [f"{one['name']}: {one['rows']:,} rows" for one in self._told()]
        return "\n".join(lines) or "no subsets"

    @plainly
    def _told(self) -> list[dict[str, Any]]:
        told = self._result.client.get(f"portal/results/{self._result.id}/subsets")
        return cast("list[dict[str, Any]]", told["subsets"])

    def _path(self, name: str) -> str:
        if not isinstance(name, str) or not name:
            raise UsageError("A subset is asked for by its name, a text.")
        return f"portal/results/{self._result.id}/subsets/{quote(name, safe='')}"


def ranges_of(rows: Rowlike, count: int, result: Result) -> list[tuple[int, int]]:
    """Rows as half-open ranges.

    Parameters
    ----------
    rows : array, `pyarrow.Array` or `Selection`
        A mask with ``count`` values, or row numbers in any order.
    count : `int`
        Rows of the result.
    result : `~lsp_jupyter.notebook.results.Result`
        Of which a selection has to be.

    Returns
    -------
    ranges : `list` of `tuple` of `int`
        Ascending; none touches the next.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if it is neither, or does not fit the result.
    lsp_jupyter.errors.LimitError
        Raised if the rows lie in too many places to be sent.
    """
    if isinstance(rows, Selection):
        if rows.id != result.id:
            raise UsageError(
                f"The selection is of result {rows.id}, not of {result.id}.",
                hint="Rows are counted in their own result: select by an identifier instead.",
            )
        return rows.ranges
    mask = _mask(rows, count)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.view(np.int8), [0]))))
    if edges.size // 2 > RANGES:
        raise LimitError(
            f"The rows lie in {edges.size // 2:,} places; {RANGES:,} can be sent.",
            hint="Make the subset of a condition of ADQL, as a text; it has no such limit.",
        )
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _mask(rows: npt.ArrayLike, count: int) -> npt.NDArray[np.bool_]:
    """One truth value a row; missing ones are false."""
    filled = getattr(rows, "filled", None)
    if filled is not None and getattr(rows, "dtype", None) == np.bool_:
        rows = filled(fill_value=False)
    values = np.asarray(rows)
    if values.dtype == object:
        # Truth values of which some are missing, as pandas, polars and Arrow have them.
        with contextlib.suppress(pa.ArrowInvalid, pa.ArrowTypeError):
            given = pa.array(values, pa.bool_(), from_pandas=True)
            values = given.fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    if values.dtype == np.bool_:
        if values.shape != (count,):
            raise UsageError(
                f"The mask has {values.size:,} values, the result {count:,} rows.",
                hint="A mask has one truth value for each row, in the result's order.",
            )
        return values.copy()
    if values.size == 0:
        return np.zeros(count, np.bool_)
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise UsageError(
            "A subset is made of a condition of ADQL, a mask, row numbers or a selection.",
            hint='Give a text such as "gmag < 20", or an array of truth values.',
        )
    if int(values.min()) < 0 or int(values.max()) >= count:
        raise UsageError(f"Row numbers go from 0 to {count - 1:,}.")
    mask = np.zeros(count, np.bool_)
    mask[values] = True
    return mask
