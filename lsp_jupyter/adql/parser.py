"""The grammar of queries (ADQL 2.1 section 2.2); `parse` is the language's entry."""

from __future__ import annotations

from lsp_jupyter.adql.expressions import ExpressionParser
from lsp_jupyter.adql.lexer import Token, tokenize
from lsp_jupyter.adql.limits import SUBQUERY_DEPTH, Limits
from lsp_jupyter.adql.places import Place, refuse
from lsp_jupyter.adql.tree import (
    DerivedTable,
    Item,
    Join,
    Joined,
    Name,
    Query,
    Select,
    SortKey,
    Star,
    TableName,
    TableReference,
)
from lsp_jupyter.adql.words import FOREIGN, RESERVED
from lsp_jupyter.errors import AdqlError

__all__ = ["parse"]

_JOIN_WORDS = ("NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "JOIN")
_FOLLOWING = ("WHERE", "GROUP", "HAVING", "ORDER", "OFFSET", *_JOIN_WORDS)


def parse(text: str, *, limits: Limits = Limits()) -> Query:  # noqa: B008 (frozen)
    """Parse an ADQL query.

    Parameters
    ----------
    text : `str`
        The query.
    limits : `Limits`
        How large and how deeply nested it may be.

    Returns
    -------
    query : `~lsp_jupyter.adql.tree.Query`
        The syntax tree; names are not looked up.

    Raises
    ------
    lsp_jupyter.errors.AdqlError
        Raised, with line, column and hint, if the text is not ADQL.
    """
    try:
        parser = QueryParser(tokenize(text, limits), limits)
        return parser.whole_query()
    except RecursionError:
        # Depth is limited before it comes to this, unless the caller's own stack is nearly full.
        raise refuse(
            "The query is nested too deeply.", Place(1, 1, 0, 1), "Write it more simply."
        ) from None


class QueryParser(ExpressionParser):
    """Parses queries over the grammar of expressions."""

    subqueries = 0

    def whole_query(self) -> Query:
        """Parse a query and make sure that nothing follows it."""
        if self.token.kind == "end":
            raise refuse(
                "The query is empty.", self.token.at, "A query reads SELECT columns FROM table."
            )
        if self.at_op("(") and self.peek().value == "SELECT":
            raise self.unexpected("SELECT", hint="Leave the parentheses around the query out.")
        query = self.query()
        if self.token.kind != "end":
            raise self.leftover()
        return query

    def leftover(self) -> AdqlError:
        """Refuse what stands after a whole query."""
        if self.token.kind == "word" and self.token.value in FOREIGN:
            return self.unexpected("the end of the query")
        return self.unexpected("the end of the query", words=_FOLLOWING)

    def query(self) -> Query:
        """Parse SELECT … ORDER BY … OFFSET."""
        self.subqueries += 1
        if (self.subqueries - 1) * SUBQUERY_DEPTH > self.limits.max_depth:
            raise refuse(
                f"More than {self.limits.max_depth // SUBQUERY_DEPTH} subqueries are nested.",
                self.token.at,
                "Join the tables instead.",
            )
        first = self.token
        self.count(first)
        body = self.select()
        order: list[SortKey] = []
        if self.skip_word("ORDER"):
            self.expect_word("BY", "after ORDER")
            order.append(self.sort_key())
            while self.skip_op(","):
                order.append(self.sort_key())
        offset = self.whole("the number of rows to leave out") if self.at_offset() else None
        self.subqueries -= 1
        at = first.at.to(self.previous().at)
        return Query(body, tuple(order), offset, at=at)

    def at_offset(self) -> bool:
        """Step over OFFSET, which is a word of the language only before a number."""
        if self.at_word("OFFSET") and self.peek().kind == "number":
            self.advance()
            return True
        return False

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
        top = None
        if self.skip_word("TOP"):
            if self.at_op("("):
                raise self.unexpected(
                    "a number after TOP", hint="Write it without parentheses: TOP 10."
                )
            top = self.whole("the number of rows after TOP")
            if self.at_word("DISTINCT", "ALL"):
                word = self.token.value
                raise self.unexpected("the select list", hint=f"Write SELECT {word} TOP {top}.")
        items = [self.item()]
        while self.skip_op(","):
            if self.at_word("FROM"):
                raise self.unexpected(
                    "a column after the comma", hint="Remove the comma before FROM."
                )
            items.append(self.item())
        if self.token.kind == "end":
            raise self.unexpected("FROM", hint="Every query names the tables it reads: FROM table.")
        self.expect_word("FROM", "or ',' after the select list")
        tables = [self.table_reference()]
        while self.skip_op(","):
            tables.append(self.table_reference())
        where = self.condition() if self.skip_word("WHERE") else None
        group = []
        if self.skip_word("GROUP"):
            self.expect_word("BY", "after GROUP")
            group = self.arguments()
        having = self.condition() if self.skip_word("HAVING") else None
        return Select(
            tuple(items),
            tuple(tables),
            distinct=distinct,
            top=top,
            where=where,
            group=tuple(group),
            having=having,
            at=first.at.to(self.previous().at),
        )

    def item(self) -> Item | Star:
        """Parse one member of a select list."""
        token = self.token
        self.count(token)
        if self.skip_op("*"):
            return Star(at=token.at)
        if self.at_word("FROM"):
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
        value = self.value(0)
        alias = self.alias("a column of the result")
        return Item(value, alias, at=token.at.to(self.previous().at))

    def alias(self, what: str) -> Name | None:
        """Parse ``[AS] name`` where it stands."""
        if self.skip_word("AS"):
            if self.token.kind == "text":
                text = self.token.value.replace('"', '""')
                raise self.unexpected(
                    f"the name of {what}", hint=f'Write "{text}" in double quotes.'
                )
            return self.name(what)
        if not self.at_name():
            return None
        token, after = self.token, self.peek()
        if token.kind == "word":
            # Clauses of other dialects would else be taken for an alias.
            clause = token.value in ("LIMIT", "OFFSET") and after.kind == "number"
            if clause and token.value == "OFFSET":
                return None
            if clause or (token.value in FOREIGN and after.kind != "op" and after.kind != "end"):
                raise self.unexpected("the end of the query", hint=FOREIGN[token.value])
        return self.name(what)

    # -- tables ----------------------------------------------------------------

    def table_reference(self) -> TableReference:
        """Parse a table and what is joined to it."""
        first = self.table_primary()
        joins: list[Join] = []
        while self.at_word(*_JOIN_WORDS):
            joins.append(self.join())
        if not joins:
            return first
        if isinstance(first, Joined):  # It stood in parentheses, which mean nothing here.
            joins = [*first.joins, *joins]
            first = first.first
        return Joined(first, tuple(joins), at=first.at.to(joins[-1].at))

    def table_primary(self) -> TableReference:
        """Parse a table name, a derived table, or a join in parentheses."""
        token = self.token
        self.count(token)
        if self.at_op("("):
            return self.table_parenthesis()
        if token.kind == "word" and token.value in RESERVED:
            raise self.reserved("a table")
        parts = [self.name("a table")]
        while self.skip_op("."):
            parts.append(self.name("a table"))
        at = token.at.to(parts[-1].at)
        if len(parts) > 3:
            raise refuse("A table has at most three names.", at, "Write schema.table.")
        if self.at_op("("):
            raise refuse(
                f"{parts[-1].text} is no table: ADQL has no table functions.",
                at,
                "Write schema.table.",
            )
        return TableName(tuple(parts), self.alias("the table"), at=at)

    def table_parenthesis(self) -> TableReference:
        """Parse ``(SELECT …) AS name`` or ``(a JOIN b …)``."""
        opening = self.advance()
        if self.at_word("SELECT", "WITH"):
            query = self.query()
            last = self.close(opening)
            alias = self.alias("the subquery")
            if alias is None:
                raise refuse(
                    "A subquery in FROM needs a name.",
                    opening.at.to(last.at),
                    "Write (SELECT …) AS name.",
                )
            return DerivedTable(query, alias, at=opening.at.to(last.at))
        self.deeper(opening)
        inner = self.table_reference()
        self.level -= 1
        self.close(opening)
        if not isinstance(inner, Joined):
            raise refuse(
                "Only a join or a subquery stands in parentheses here.",
                opening.at,
                "Leave the parentheses out.",
            )
        return inner

    def join(self) -> Join:
        """Parse one JOIN with its table and condition."""
        first = self.token
        natural = self.skip_word("NATURAL")
        kind = "inner"
        if self.at_word("LEFT", "RIGHT", "FULL", "INNER", "CROSS"):
            kind = self.advance().value.lower()
            if kind in ("left", "right", "full"):
                self.skip_word("OUTER")
        if natural and kind == "cross":
            raise refuse("NATURAL CROSS JOIN is a contradiction.", first.at, "Write NATURAL JOIN.")
        self.expect_word(
            "JOIN", f"after {self.previous().value}" if not self.at_first(first) else ""
        )
        table = self.table_primary()
        if natural or kind == "cross":
            if self.at_word("ON", "USING"):
                what = "NATURAL" if natural else "CROSS"
                raise self.unexpected("the next clause", hint=f"{what} JOIN takes no condition.")
            return Join(kind, table, natural, at=first.at.to(self.previous().at))
        if self.skip_word("ON"):
            on = self.condition()
            return Join(kind, table, on=on, at=first.at.to(on.at))
        if self.skip_word("USING"):
            opening = self.expect_op("(", "after USING")
            names = [self.name("a column")]
            while self.skip_op(","):
                names.append(self.name("a column"))
            last = self.close(opening)
            return Join(kind, table, using=tuple(names), at=first.at.to(last.at))
        raise self.unexpected(
            "ON or USING after the joined table",
            hint="Write ON and the condition, USING (column), or NATURAL JOIN before the table.",
        )

    def at_first(self, token: Token) -> bool:
        """Whether nothing was read since this token."""
        return self.token is token
