"""``{value}`` in a query: Python values put in as literals, which cannot change its meaning.

A name in braces stands for a value: ``WHERE ra < {limit}``. Lists become
``(a, b, c)``. A table is sent along: ``FROM {frame}`` reads ``TAP_UPLOAD."frame"``;
what `lsp.tables` lists stands for its name. ``{{`` and ``}}`` are braces
themselves. Inside a text in quotes or a name in double quotes nothing is put
in, since quotes are added where a value needs them; comments are left as they
are.
"""

from __future__ import annotations

import keyword
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from lsp_jupyter.errors import AdqlError, UsageError
from lsp_jupyter.notebook.catalog import TableInfo
from lsp_jupyter.notebook.frames import is_table
from lsp_jupyter.notebook.literals import literal, literals

__all__ = ["UPLOADED", "Bound", "bind"]

#: The schema of the tables that are sent with a query.
UPLOADED = "TAP_UPLOAD"

_PART = re.compile(
    r"""
      (?P<comment> --[^\n]*+ )
    | (?P<text>  ' (?: [^'] | '' )*+ '? )
    | (?P<name>  " (?: [^"] | "" )*+ "? )
    | (?P<open>  \{\{ )
    | (?P<close> \}\} )
    | (?P<value> \{ [^{}\n]*+ \}? )
    | (?P<stray> \} )
    | (?P<plain> [^-'"{}]++ | - )
    """,
    re.VERBOSE,
)

_PATH = re.compile(r"\s*([^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*")

#: What would grow together with a literal into something else.
_STICKS = re.compile(r"[\w.$'\"{}]")

#: What the name of an upload cannot have.
_NO_NAME = re.compile(r"[^A-Za-z0-9_]|^[0-9]")

_IN = re.compile(r"\bIN\s*\(\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bound:
    """A query with its values in.

    Attributes
    ----------
    text : `str`
        The query as it is sent.
    source : `str`
        As it was written.
    pieces : `tuple`
        For each piece of ``text``: where it starts there, where and how long
        it is in ``source``, and whether it is a value.
    tables : `dict`
        The tables that the query reads, by their names in `UPLOADED`.
    """

    text: str
    source: str
    pieces: tuple[tuple[int, int, int, bool], ...] = ()
    tables: dict[str, Any] = field(default_factory=dict)

    def at_source(self, error: AdqlError) -> AdqlError:
        """The same error, with the place as it was written.

        Parameters
        ----------
        error : `AdqlError`
            With line and column of ``text``.
        """
        if not error.line:
            return error
        lines = self.text.split("\n")
        before = sum(len(line) + 1 for line in lines[: error.line - 1])
        offset = min(before + error.column - 1, len(self.text))
        index = max(bisect_right([piece[0] for piece in self.pieces], offset) - 1, 0)
        start, at, size, is_value = self.pieces[index] if self.pieces else (0, 0, 0, False)
        place, length = (at, size) if is_value else (at + offset - start, error.length)
        line, column = _position(self.source, place)
        moved = AdqlError(error.message, line=line, column=column, length=length, hint=error.hint)
        return moved.with_traceback(error.__traceback__)


def bind(source: str, values: Mapping[str, Any]) -> Bound:
    """Put values into a query.

    Parameters
    ----------
    source : `str`
        The query with names in braces.
    values : mapping
        What the names stand for. A name may go on with attributes, as in
        ``{region.radius}``.

    Returns
    -------
    bound : `Bound`
        The query, and where its parts come from.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised if a name is not known, or a value has no literal or stands
        where none can; with the place in ``source``.
    """
    out: list[str] = []
    pieces: list[tuple[int, int, int, bool]] = []
    tables: dict[str, Any] = {}
    length = 0
    for match in _PART.finditer(source):
        kind, raw, at = match.lastgroup, match.group(), match.start()
        text = raw
        if kind in ("text", "name"):
            _check_quoted(source, raw, at)
            text = raw.replace("{{", "{").replace("}}", "}")
        elif kind in ("open", "close"):
            text = raw[0]
        elif kind == "stray":
            _fail(source, at, 1, "A brace that nothing opens.", "Write }} for a brace itself.")
        elif kind == "value":
            text = _value(source, match, values, "".join(out[-8:])[-64:], tables)
        pieces.append((length, at, len(raw), kind == "value"))
        out.append(text)
        length += len(text)
    return Bound("".join(out), source, tuple(pieces), tables)


def _value(
    source: str,
    match: re.Match[str],
    values: Mapping[str, Any],
    before: str,
    tables: dict[str, Any],
) -> str:
    raw, at = match.group(), match.start()
    if not raw.endswith("}"):
        _fail(source, at, 1, "A brace that nothing closes.", "Write {{ for a brace itself.")
    path = _PATH.fullmatch(raw[1:-1])
    if path is None or any(keyword.iskeyword(step) for step in path[1].split(".")):
        _fail(
            source,
            at,
            len(raw),
            "Only the name of a variable can stand in braces.",
            "Give the value a name first, or write {{ for a brace itself.",
        )
    value = _look_up(source, at, len(raw), path[1], values)
    previous = source[at - 1] if at else " "
    following = source[match.end()] if match.end() < len(source) else " "
    table = is_table(value)
    if table or isinstance(value, TableInfo):
        # A column of it may follow.
        following = following.replace(".", " ")
    if _STICKS.match(previous) or _STICKS.match(following):
        _fail(
            source,
            at,
            len(raw),
            "A value cannot be part of a name or of another value.",
            "Names of tables and columns are written out; leave a space around values.",
        )
    if isinstance(value, TableInfo):
        return value.name
    if table:
        name = _NO_NAME.sub("_", path[1]).lstrip("_")[:60] or "table_1"
        if tables.setdefault(name, value) is not value:
            _fail(source, at, len(raw), f"There are two tables called {name}.", "Rename one.")
        # In quotes, since any name of a variable may be a word of ADQL.
        return f'{UPLOADED}."{name}"'
    try:
        items = literals(value)
        text = "" if items is not None else literal(value)
    except UsageError as error:
        _fail(source, at, len(raw), f"{path[1]!r} cannot be used: {error.message}", error.hint)
    if items is not None:
        listed = ", ".join(items)
        in_parentheses = _IN.search(before) and source[match.end() :].lstrip().startswith(")")
        return listed if in_parentheses else f"({listed})"
    # Two signs would be a comment, or no ADQL at all.
    if text.startswith("-") and before.rstrip()[-1:] in ("-", "+", "*", "/"):
        return f"({text})"
    return text


def _look_up(source: str, at: int, length: int, path: str, values: Mapping[str, Any]) -> Any:
    name, *steps = path.split(".")
    if name not in values:
        from difflib import get_close_matches

        known = [each for each in values if isinstance(each, str) and not each.startswith("_")]
        near = get_close_matches(name, known, 3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Give it a value first."
        _fail(source, at, length, f"There is no variable {name!r}.", hint)
    value = values[name]
    for step in steps:
        try:
            value = getattr(value, step)
        except Exception:
            _fail(source, at, length, f"{name!r} has no attribute {step!r}.", "")
        name = f"{name}.{step}"
    return value


def _check_quoted(source: str, raw: str, at: int) -> None:
    """Refuse a name in braces inside quotes: quotes of its own would end them."""
    inside = raw.replace("{{", "\0\0").replace("}}", "\0\0")
    found = re.search(r"\{\s*[^\W\d][\w.]*\s*\}", inside)
    if found is not None:
        _fail(
            source,
            at + found.start(),
            len(found.group()),
            "No value is put in between quotes.",
            f"Write {found.group()} without quotes: a text gets them where it is put in. "
            "For braces themselves write {{ and }}.",
        )


def _position(text: str, offset: int) -> tuple[int, int]:
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _fail(source: str, offset: int, length: int, message: str, hint: str) -> NoReturn:
    line, column = _position(source, offset)
    raise AdqlError(message, line=line, column=column, length=length, hint=hint)
