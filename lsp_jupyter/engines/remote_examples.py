"""The examples that a TAP service gives, out of its XHTML page (DALI 1.1 section 2.3)."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["examples_of"]

#: Examples of a page, and characters of one, that are read.
MOST, LONGEST = 200, 20_000
#: Elements that never have an end.
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[dict[str, str]] = []
        self._depth = 0
        # The property whose text is read, and the depth at which it began.
        self._inside: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        self._depth += 1
        given = dict(attrs)
        if "example" in (given.get("typeof") or "").split():
            self.found.append({"title": "", "adql": ""})
        words = (given.get("property") or "").split()
        if self.found and self._inside is None:
            if "query" in words:
                self._inside = ("adql", self._depth)
            elif "name" in words:
                self._inside = ("title", self._depth)
            if self._inside is not None:
                self.found[-1][self._inside[0]] = given.get("content") or ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self._inside is not None and self._inside[1] == self._depth:
            self._inside = None
        self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.found[-1][self._inside[0]] += data


def examples_of(page: bytes) -> list[dict[str, str]]:
    """The queries of a page of examples.

    Parameters
    ----------
    page : `bytes`
        The page; what is not well-formed is read as far as it goes.

    Returns
    -------
    examples : `list` of `dict`
        ``title`` and ``adql`` of those that hold a query.
    """
    parser = _Page()
    parser.feed(page.decode(errors="replace"))
    return [
        {"title": " ".join(one["title"].split())[:200], "adql": one["adql"].strip()}
        for one in parser.found[:MOST]
        if one["adql"].strip() and len(one["adql"]) <= LONGEST
    ]
