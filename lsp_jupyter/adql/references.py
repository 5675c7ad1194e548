"""The grammar of FROM: tables, derived tables and joins (ADQL 2.1 section 2.2.2)."""

from __future__ import annotations

from lsp_jupyter.adql.expressions import ExpressionParser
from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.tree import DerivedTable, Join, Joined, Name, TableName, TableReference
from lsp_jupyter.adql.words import FOREIGN, RESERVED

__all__ = ["JOIN_WORDS", "ReferenceParser"]

JOIN_WORDS = ("NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "JOIN")
"""Words that continue a table reference."""
_AFTER_QUERY = (")", "UNION", "EXCEPT", "INTERSECT", "ORDER")


class ReferenceParser(ExpressionParser):
    """Parses table references over the grammar of expressions."""

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

    def table_reference(self) -> TableReference:
        """Parse a table and what is joined to it."""
        first = self.table_primary()
        joins: list[Join] = []
        while self.at_word(*JOIN_WORDS):
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
            name = parts[-1].text
            if name.upper() in FOREIGN:
                raise refuse(f"{name} is no table.", at, FOREIGN[name.upper()])
            raise refuse(
                f"{name} is no table: ADQL has no table functions.", at, "Write schema.table."
            )
        return TableName(tuple(parts), self.alias("the table"), at=at)

    def table_parenthesis(self) -> TableReference:
        """Parse ``(SELECT …) AS name`` or ``(a JOIN b …)``."""
        is_query = self.at_derived()
        opening = self.advance()
        if is_query:
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

    def at_derived(self) -> bool:
        """Whether the parenthesis here holds a query, not a join that begins with one."""
        if self.peek().kind == "word":
            return self.peek().value in ("SELECT", "WITH")
        if not self.at_query():
            return False
        # It begins with several parentheses: what follows the second decides.
        depth, ahead = 0, 0
        while True:
            ahead += 1
            token = self.peek(ahead)
            if token.kind == "end":
                return True
            if token.kind == "op" and token.value in "()":
                depth += 1 if token.value == "(" else -1
                if depth == 0:
                    after = self.peek(ahead + 1)
                    return after.value in _AFTER_QUERY or (
                        after.value == "OFFSET" and self.peek(ahead + 2).kind == "number"
                    )

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
