"""``%%adql`` and ``%adql`` in IPython."""

from __future__ import annotations

import argparse
import contextlib
import keyword
import shlex
import warnings
from collections import ChainMap
from typing import Any, NoReturn

from IPython.core.error import UsageError as MagicUsageError
from IPython.core.magic import (
    Magics,
    cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.display import display

from lsp_jupyter.errors import LspError, QueryAbortedError
from lsp_jupyter.notebook import session
from lsp_jupyter.notebook.binding import bind
from lsp_jupyter.notebook.failure import show_plainly
from lsp_jupyter.notebook.frontend import shows_widgets
from lsp_jupyter.notebook.own import drop
from lsp_jupyter.notebook.results import CutOffWarning, Result
from lsp_jupyter.notebook.running import run_bound, wait_or_abort

__all__ = ["AdqlMagics", "load_ipython_extension"]

#: IPython's types do not fit, or there are none.
_display: Any = display
_cell: Any = cell_magic("adql")
_line_magic: Any = line_magic("adql")

_COMMANDS = (
    "%adql takes `tables [pattern]`, `mine`, `columns <table>`, `jobs`, `cancel <id>`, "
    "`drop <table>` or a query. "
    "A longer query goes into a cell that begins with %%adql."
)


class _Parser(argparse.ArgumentParser):
    """Reads the line of a magic; what it cannot read is one line of text, no traceback."""

    def error(self, message: str) -> NoReturn:
        raise MagicUsageError(f"{message}. {' '.join(self.format_usage().split())}")


def _name(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be the name of a variable")
    return text


def _parser() -> _Parser:
    parser = _Parser("%%adql", add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="?", type=_name)
    parser.add_argument("--maxrec", type=int, metavar="N")
    parser.add_argument("--async", dest="later", action="store_true")
    parser.add_argument("--save", metavar="TABLE", default="")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--replace", dest="mode", action="store_const", const="replace")
    how.add_argument("--append", dest="mode", action="store_const", const="append")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--show", action="store_true")
    shown.add_argument("--noshow", action="store_true")
    return parser


@magics_class
class AdqlMagics(Magics):
    """Queries in cells."""

    @property
    def _names(self) -> dict[str, Any]:
        """The variables of the notebook."""
        names: dict[str, Any] = self.shell.user_ns if self.shell else {}
        return names

    @no_var_expand
    @needs_local_scope
    @_cell  # type: ignore[untyped-decorator]
    def adql_cell(self, line: str, cell: str, local_ns: dict[str, Any] | None = None) -> None:
        """Run the cell as an ADQL query.

        ``%%adql [name] [--maxrec N] [--save TABLE [--replace | --append]] [--async]
        [--show | --noshow]``

        The result is bound to the variable ``name`` and shown as a table.
        ``--maxrec N`` cuts it off after N rows. ``--save TABLE`` keeps it as
        ``mydb.TABLE``, a table of your own; ``--replace`` puts it in the place
        of one that exists, ``--append`` adds the rows to that. ``--async`` does
        not wait for the end, and shows the table only with ``--show``;
        ``--noshow`` shows one line instead.

        ``{value}`` in the query is replaced by the value of that Python
        variable, as a literal: numbers, text in quotes, times, and lists as
        ``(a, b, c)``. A table, such as a frame of pandas, is sent along:
        ``FROM {frame} AS f``. ``{{`` is a brace itself. If the query fails, the
        variable stays as it was.
        """
        try:
            options = _parser().parse_args(shlex.split(line))
        except ValueError as error:
            raise MagicUsageError(f"%%adql: {error}.") from None
        if options.mode and not options.save:
            raise MagicUsageError(f"%%adql: --{options.mode} needs --save TABLE.")
        if options.save and options.later:
            raise MagicUsageError("%%adql: --save waits for the end: leave out --async.")
        with show_plainly(cell, caller=False), warnings.catch_warnings():
            # What is shown says it.
            warnings.simplefilter("ignore", CutOffWarning)
            found = self._run(cell, local_ns, options)
            if options.name:
                self._names[options.name] = found
            if options.save:
                stored = found.save(options.save, mode=options.mode or "create")
                _display({"text/plain": f"Stored as {stored!r}."}, raw=True)
            if options.show or not (options.noshow or options.later):
                _show_table(found)
            else:
                _display({"text/plain": _line(found)}, raw=True)

    def _run(self, cell: str, local_ns: dict[str, Any] | None, options: Any) -> Result:
        names = ChainMap(local_ns or {}, self._names)
        found = run_bound(bind(cell, names), maxrec=options.maxrec, run_id=options.name or "")
        if options.later:
            return found
        try:
            return wait_or_abort(found)
        except KeyboardInterrupt:
            raise QueryAbortedError(
                "Interrupted; the query was cancelled on the server.", hint="Run the cell again."
            ) from None

    @no_var_expand
    @_line_magic  # type: ignore[untyped-decorator]
    def adql_line(self, line: str) -> Any:
        """List what there is, or run a query of one line.

        ``%adql tables [pattern]``, ``%adql mine``, ``%adql columns <table>``, ``%adql jobs``,
        ``%adql cancel <id>``, ``%adql drop <table>``, or ``stars = %adql SELECT …``.
        """
        command, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        with show_plainly(line, caller=False):
            match command.lower():
                case "tables":
                    return session.tables(rest or "*")
                case "mine" if not rest:
                    return session.tables(mine=True)
                case "drop" if rest:
                    return drop(rest)
                case "columns" if rest:
                    return session.columns(rest)
                case "jobs" if not rest:
                    return session.history()
                case "cancel" if rest:
                    return session.result(rest).abort()
                case "select" | "with":
                    return self._run(line, None, _parser().parse_args([]))
                case _:
                    raise MagicUsageError(_COMMANDS)


def _show_table(found: Result) -> None:
    """Show the widget, or the first rows where nobody could use it."""
    shown: object = found
    if shows_widgets():
        # Without rows yet, or without a widget that is built, there is none.
        with contextlib.suppress(LspError):
            shown = found.widget()
    _display(shown)


def _line(found: Result) -> str:
    """What a cell says that shows no table."""
    job = found.job
    text = f"Result {found.id}: {str(job['phase']).lower()}"
    if job["phase"] == "COMPLETED":
        text += f", {job['rows']:,} rows"
        if job.get("overflow"):
            text += ", cut off: the query has more"
    return text + "."


def load_ipython_extension(shell: Any) -> None:
    """Add the magics.

    Parameters
    ----------
    shell : `~IPython.core.interactiveshell.InteractiveShell`
        The shell of the kernel.
    """
    shell.register_magics(AdqlMagics)
