"""The errors of one query, told together."""

from __future__ import annotations

from lsp_jupyter.errors import AdqlError

__all__ = ["MAX_ERRORS", "Report"]

MAX_ERRORS = 10
"""Errors of one query that are looked for: who made more of them has something else in mind."""


class Report:
    """Collects what is wrong with a query.

    Attributes
    ----------
    errors : `list` of `~lsp_jupyter.errors.AdqlError`
        In the order in which they were found.
    """

    def __init__(self) -> None:
        self.errors: list[AdqlError] = []

    @property
    def full(self) -> bool:
        """Whether no more errors are looked for."""
        return len(self.errors) >= MAX_ERRORS

    def add(self, error: AdqlError) -> None:
        """Note an error.

        Raises
        ------
        lsp_jupyter.errors.AdqlError
            Raised if there are enough of them.
        """
        self.errors.append(error)
        if self.full:
            raise self.error()

    def error(self) -> AdqlError:
        """The first error in the text, which carries the others."""
        first, *rest = sorted(self.errors, key=lambda error: (error.line, error.column))
        for error in rest:
            error.others = ()
        first.others = tuple(rest)
        return first

    def settle(self) -> None:
        """Raise what was found, if anything."""
        if self.errors:
            raise self.error()
