"""Rows in Arrow, and everything they can be turned into."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from lsp_jupyter.errors import UsageError

if TYPE_CHECKING:
    import astropy.table
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from lsp_jupyter.notebook.arrays import PrivateMap
    from lsp_jupyter.notebook.column import Column

__all__ = ["Rows"]


class Rows(ABC):
    """Some rows of a result, with units and provenance.

    Every conversion gives something of its own: to change it changes neither
    the result nor what another conversion gave. Numbers are not copied before
    they are changed where the result is one block of a file on this machine.
    """

    @property
    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """The columns: name, unit, UCD, description."""

    @property
    @abstractmethod
    def provenance(self) -> dict[str, str]:
        """Query as sent, instance, release, service, time and job."""

    @property
    @abstractmethod
    def overflow(self) -> bool:
        """Whether the result was cut off at its limit (DALI 1.1 section 4.4.1)."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table, with all metadata in its schema.

        Returns
        -------
        table : `pyarrow.Table`
            Nothing is copied from a result on this machine.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised if the query failed or the result is gone.
        """

    def _private(self) -> PrivateMap | None:
        """A private mapping of the file that `to_arrow` looks into, if any."""
        return None

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas frame.

        Integers and Booleans with nulls become pandas' nullable types, never
        floating point numbers. Units, UCDs, descriptions and provenance are in
        ``frame.attrs``.

        Returns
        -------
        frame : `pandas.DataFrame`
            One column for each of the result.
        """
        from lsp_jupyter.notebook.to_pandas import to_pandas

        return to_pandas(self.to_arrow(), self._about(), self._private())

    def to_table(self, *, quantities: bool = False) -> astropy.table.Table:
        """The rows as an astropy table.

        Columns have units (VOUnits), descriptions, and ``ucd``, ``utype`` and
        ``xtype`` in their ``meta``; nulls are masked. A unit that astropy does
        not know is kept as it is written. Provenance is in ``table.meta``.

        Parameters
        ----------
        quantities : `bool`
            Whether columns with a unit become quantities (a `QTable`).

        Returns
        -------
        table : `astropy.table.Table`
            One column for each of the result.
        """
        from lsp_jupyter.notebook.to_table import to_table

        return to_table(self.to_arrow(), self._about(), self._private(), quantities=quantities)

    def to_polars(self) -> pl.DataFrame:
        """The rows as a polars frame.

        Returns
        -------
        frame : `polars.DataFrame`
            One column for each of the result; numbers and text are not copied.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if polars is not installed.
        """
        try:
            import polars
        except ImportError:
            raise UsageError(
                "polars is not installed.", hint="Install it with `pip install polars`."
            ) from None
        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the rows to any library that speaks Arrow's C stream interface."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _about(self) -> dict[str, Any]:
        """Provenance, as it travels with every conversion."""
        return {**self.provenance, "rows": len(self), "overflow": self.overflow}
