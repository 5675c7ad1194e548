"""The grammar of queries (ADQL 2.1 section 2.2); `parse` is the language's entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lsp_jupyter.adql.lexer import tokenize
from lsp_jupyter.adql.limits import MAX_TERMS, SUBQUERY_DEPTH, Limits
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.references import JOIN_WORDS, ReferenceParser
from lsp_jupyter.adql.tree import (
    Combined,
    CommonTable,
    Item,
    Operand,
    Query,
    Select,
    SortKey,
    Star,
    TableReference,
    Value,
)
from lsp_jupyter.adql.words import FOREIGN
from lsp_jupyter.errors import AdqlError

__all__ = ["parse"]

_SETS = ("UNION", "EXCEPT", "INTERSECT")
_CLAUSES = ("FROM", "WHERE", "GROUP", "HAVING", "ORDER", *_SETS)
_FOLLOWING = ("WHERE", "GROUP", "HAVING", "ORDER", "OFFSET", *_SETS, *JOIN_WORDS)

T = TypeVar("T")


def parse(
    text: str,
    *,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    strict: bool = False,
) -> Query:
    """Parse an ADQL query.

    Parameters
    ----------
    text : `str`
        The query.
    limits : `Limits`
        How large and how deeply nested it may be.
    strict : `bool`
        Whether to refuse what ADQL 2.1 does not have: CASE, hexadecimal numbers and the bitwise
        operators ``& | ^ ~``.

    Returns
    -------
    query : `~lsp_jupyter.adql.tree.Query`
        The syntax tree; names are not looked up.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised, with line, column and hint, if the text is not ADQL. It carries the ``others``
        that were found behind it.
    """
    try:
        return QueryParser(tokenize(text, limits), limits, strict=strict).whole_query()
    except RecursionError:
        # Depth is limited before it comes to this, unless the caller's own stack is nearly full.
        raise refuse(
            "The query is nested too deeply.", Place(1, 1, 0, 1), "Write it more simply."
        ) from None


class QueryParser(ReferenceParser):
    """Parses queries over the grammar of expressions and table references.

    After an error it goes on with the next clause of the same query, to find more of them.
    """

    subqueries = 0
    stopped = -1
    """Where reading went on after an error: what is wrong there is no news."""

    def whole_query(self) -> Query:
        """Parse a query and make sure that nothing follows it."""
        if self.token.kind == "end":
            raise refuse(
                "The query is empty.", self.token.at, "A query reads SELECT columns FROM table."
            )
        query = self.attempt(self.entire)
        self.report.settle()
        assert query is not None
        return query

    def entire(self) -> Query:
        """Parse ``[WITH …] SELECT …`` and the end."""
        common = self.common_tables() if self.at_word("WITH") else ()
        query = self.query(common)
        if self.token.kind != "end":
            raise self.leftover()
        return query

    def leftover(self) -> AdqlError:
        """Refuse what stands after a whole query."""
        if self.token.kind == "word" and self.token.value in FOREIGN:
            return self.unexpected("the end of the query")
        return self.unexpected("the end of the query", words=(*_FOLLOWING, "AND", "OR"))

    # -- going on after an error -----------------------------------------------

    def attempt(self, parse: Callable[[], T], *stops: str) -> T | None:
        """Parse something; where it fails, note why and go on at one of ``stops``."""
        start, level, subqueries = self.index, self.level, self.subqueries
        try:
            return parse()
        except AdqlError as error:
            if self.report.full:
                raise
            if self.index != self.stopped:
                self.report.add(error)
        self.level, self.subqueries = level, subqueries
        self.resume(start, stops)
        return None

    def resume(self, start: int, stops: tuple[str, ...]) -> None:
        """Step on to one of ``stops`` that is in no parenthesis opened since ``start``."""
        depth = 0
        for token in self.tokens[start : self.index]:
            if token.kind == "op" and token.value in "()":
                depth += 1 if token.value == "(" else -1
        failed = self.index
        while self.token.kind != "end":
            token = self.token
            if token.kind == "bad":
                if token.text[0] in "'\";/":
                    self.index = len(self.tokens) - 1  # What follows is not what it seems to be.
                    self.token = self.tokens[-1]
                    break
                if self.index > failed:
                    self.report.add(self.bad(token))
            elif depth == 0 and token.kind in ("word", "op") and token.value in (*stops, ")"):
                break
            elif token.kind == "op" and token.value in "()":
                depth += 1 if token.value == "(" else -1
            self.advance()
        self.stopped = self.index

    # -- queries ---------------------------------------------------------------

    def common_tables(self) -> tuple[CommonTable, ...]:
        """Parse ``WITH name AS (SELECT …), …``."""
        self.advance()
        if self.at_word("RECURSIVE") and self.peek().kind != "op" and self.peek().value != "AS":
            raise self.unexpected("a name after WITH", hint="ADQL has no recursive queries.")
        tables = [self.common_table()]
        while self.skip_op(","):
            if len(tables) * SUBQUERY_DEPTH >= self.limits.max_depth:
                # Engines look at them again and again: a chain of 200 takes them 15 seconds.
                raise self.final(
                    f"More than {len(tables)} queries stand after WITH.",
                    self.token.at,
                    "Join the tables instead.",
                )
            if self.at_word("SELECT"):
                raise self.unexpected(
                    "a query after the comma", hint="Remove the comma before SELECT."
                )
            tables.append(self.common_table())
        if not self.at_word("SELECT") and not self.at_op("("):
            raise self.unexpected("SELECT after WITH", words=("SELECT",))
        return tuple(tables)

    def common_table(self) -> CommonTable:
        """Parse ``name AS (SELECT …)``."""
        first = self.token
        self.count(first)
        name = self.name("a query after WITH")
        if self.at_op("("):
            raise self.unexpected(
                f"AS after {name.text}",
                hint=f"Name the columns inside: WITH {name.text} AS (SELECT x AS name …).",
            )
        self.expect_word("AS", f"after {name.text}")
        if self.at_word("SELECT"):
            raise self.unexpected(
                "'(' after AS", hint=f"Write it in parentheses: WITH {name.text} AS (SELECT …)."
            )
        opening = self.expect_op("(", "after AS")
        query = self.query()
        return CommonTable(name, query, at=first.at.to(self.close(opening).at))

    def query(self, common: tuple[CommonTable, ...] = ()) -> Query:
        """Parse SELECT … ORDER BY … OFFSET; ``common`` stood before it."""
        self.subqueries += 1
        if (self.subqueries - 1) * SUBQUERY_DEPTH > self.limits.max_depth:
            raise self.final(
                f"More than {self.limits.max_depth // SUBQUERY_DEPTH} subqueries are nested.",
                self.token.at,
                "Join the tables instead.",
            )
        first = self.token
        self.count(first)
        body = self.combination()
        order = self.clause("ORDER", self.sort_keys)
        offset = self.whole("the number of rows to leave out") if self.at_offset() else None
        self.subqueries -= 1
        at = (common[0] if common else body).at.to(self.previous().at)
        if isinstance(body, Query):
            if not (order or offset is not None or common):
                return body
            body = Combined(body, (), at=body.at)
        return Query(body, tuple(order or ()), offset, common, at=at)

    def clause(self, word: str, parse: Callable[[], T]) -> T | None:
        """Parse a clause if its word comes next."""
        if not self.skip_word(word):
            return None
        return self.attempt(lambda: self.ended(parse()), *_CLAUSES)

    def ended(self, found: T) -> T:
        """Make sure that a clause of the whole query ends here."""
        token = self.token
        if self.subqueries == 1 and not (
            token.kind == "end"
            or (token.kind == "word" and token.value in _CLAUSES)
            or (token.kind == "op" and token.value == ")")
            or (token.value == "OFFSET" and self.peek().kind == "number")
        ):
            raise self.leftover()
        return found

    def combination(self) -> Operand:
        """Parse SELECT … UNION SELECT … EXCEPT SELECT …"""
        return self.combined(self.intersection, ("UNION", "EXCEPT"))

    def intersection(self) -> Operand:
        """Parse SELECT … INTERSECT SELECT …, which binds tighter."""
        return self.combined(self.operand, ("INTERSECT",))

    def combined(self, parse: Callable[[], Operand], words: tuple[str, ...]) -> Operand:
        """Parse operands with set operators between them."""
        first = parse()
        rest: list[tuple[str, bool, Operand]] = []
        while self.at_word(*words):
            token = self.advance()
            self.count(token)
            if self.at_word("DISTINCT"):
                raise self.unexpected(
                    "SELECT", hint=f"{token.value} alone removes duplicates: leave DISTINCT out."
                )
            rest.append((token.value, self.skip_word("ALL"), parse()))
            if len(rest) >= MAX_TERMS:
                raise self.final(
                    f"More than {MAX_TERMS} queries are combined.", token.at, "Combine fewer."
                )
        if not rest:
            return first
        at = first.at.to(rest[-1][2].at)
        if isinstance(first, Combined) and first.rest and first.rest[0][0] in words:
            # It stood in parentheses, which mean nothing here.
            return Combined(first.first, (*first.rest, *rest), at=at)
        return Combined(first, tuple(rest), at=at)

    def operand(self) -> Operand:
        """Parse SELECT …, or a query in parentheses."""
        if not self.at_op("("):
            return self.select()
        opening = self.advance()
        inner = self.query()
        self.close(opening)
        return inner if inner.order or inner.offset is not None else inner.body

    def at_offset(self) -> bool:
        """Step over OFFSET, which is a word of the language only before a number."""
        if self.at_word("OFFSET") and self.peek().kind == "number":
            self.advance()
            return True
        return False

    def sort_keys(self) -> list[SortKey]:
        """Parse what follows ORDER."""
        self.expect_word("BY", "after ORDER")
        keys = [self.sort_key()]
        while self.skip_op(","):
            keys.append(self.sort_key())
        return keys

    def sort_key(self) -> SortKey:
        """Parse one key of ORDER BY."""
        token = self.token
        self.count(token)
        after = self.peek()
        alone = after.kind != "op" or after.value in (",", ")")
        key = (
            self.whole("the position of a column")
            if token.kind == "number" and token.value.isdigit() and alone
            else self.value()
        )
        descending = self.skip_word("DESC")
        if not descending:
            self.skip_word("ASC")
        return SortKey(key, descending, at=token.at.to(self.previous().at))

    def select(self) -> Select:
        """Parse SELECT … HAVING."""
        first = self.expect_word("SELECT", "")
        distinct = self.skip_word("DISTINCT")
        if not distinct:
            self.skip_word("ALL")
        top = self.attempt(self.top, *_CLAUSES) if self.skip_word("TOP") else None
        items = self.items()
        tables = self.attempt(lambda: self.ended(self.tables()), *_CLAUSES)
        where = self.clause("WHERE", self.condition)
        group = self.clause("GROUP", self.group_keys)
        having = self.clause("HAVING", self.condition)
        return Select(
            tuple(items),
            tuple(tables or ()),
            distinct=distinct,
            top=top,
            where=where,
            group=tuple(group or ()),
            having=having,
            at=first.at.to(self.previous().at),
        )

    def top(self) -> int:
        """Parse what follows TOP."""
        if self.at_op("("):
            raise self.unexpected(
                "a number after TOP", hint="Write it without parentheses: TOP 10."
            )
        top = self.whole("the number of rows after TOP")
        if self.at_word("DISTINCT", "ALL"):
            word = self.token.value
            raise self.unexpected("the select list", hint=f"Write SELECT {word} TOP {top}.")
        return top

    def items(self) -> list[Item | Star]:
        """Parse the select list."""
        items: list[Item | Star] = []
        while True:
            item = self.attempt(self.listed, ",", *_CLAUSES)
            if item is not None:
                items.append(item)
            if not self.skip_op(","):
                return items

    def tables(self) -> list[TableReference]:
        """Parse FROM and its tables."""
        self.expect_word("FROM", "after the select list")
        tables = [self.table_reference()]
        while self.skip_op(","):
            tables.append(self.table_reference())
        return tables

    def group_keys(self) -> list[Value]:
        """Parse what follows GROUP."""
        self.expect_word("BY", "after GROUP")
        return self.arguments()

    def listed(self) -> Item | Star:
        """Parse one member of a select list, and see that the list or FROM goes on."""
        item = self.item()
        if self.token.kind == "end":
            raise self.unexpected("FROM", hint="Every query names the tables it reads: FROM table.")
        if isinstance(item, Star) and self.at_word("EXCEPT", "EXCLUDE", "REPLACE"):
            wrong = self.unexpected(
                "FROM or ',' after the select list",
                hint="* stands for all columns: to leave some out, name those that you want.",
            )
            self.advance()
            raise wrong
        if not self.at_op(",") and not self.at_word("FROM"):
            raise self.unexpected("FROM or ',' after the select list", words=("FROM",))
        return item

    def item(self) -> Item | Star:
        """Parse one member of a select list."""
        token = self.token
        self.count(token)
        if self.skip_op("*"):
            return Star(at=token.at)
        if self.at_word("FROM"):
            before = self.previous()
            if before.kind == "op" and before.value == ",":
                raise self.unexpected(
                    "a column after the comma", hint="Remove the comma before FROM."
                )
            raise self.unexpected("a column", hint="Name the columns, or write * for all of them.")
        if self.at_name():
            end = 0
            while self.peek(end + 1).value == "." and self.peek(end + 2).kind in ("word", "name"):
                end += 2
            if self.peek(end + 1).value == "." and self.peek(end + 2).value == "*":
                qualifier = [self.name("a table")]
                while self.skip_op(".") and not self.at_op("*"):
                    qualifier.append(self.name("a table"))
                star = self.advance()
                return Star(tuple(qualifier), at=token.at.to(star.at))
        value = self.as_value(self.anything())
        alias = self.alias("a column of the result")
        return Item(value, alias, at=token.at.to(self.previous().at))
