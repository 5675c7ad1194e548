"""The grammar of what operators join: literals, columns, functions, CAST and CASE."""

from __future__ import annotations

from lsp_jupyter.adql import tree
from lsp_jupyter.adql.cursor import Cursor
from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.literals import INT_MAX, is_hexadecimal, number
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.words import (
    AGGREGATES,
    AREASPEC,
    FOREIGN,
    FOREIGN_FUNCTIONS,
    RESERVED,
    STRUCTURAL,
)
from lsp_jupyter.errors import AdqlError

__all__ = ["PrimaryParser"]

_TYPES = (
    *("SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE", "CHAR", "VARCHAR", "TIMESTAMP"),
    *("POINT", "CIRCLE", "POLYGON"),
)
_TYPE_HINT = (
    "Types are SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, CHAR(n), VARCHAR(n), "
    "TIMESTAMP, POINT, CIRCLE and POLYGON."
)
_FOREIGN_TYPES = {
    **dict.fromkeys(("INT", "INT4"), "INTEGER"),
    **dict.fromkeys(("INT8", "LONG"), "BIGINT"),
    **dict.fromkeys(("INT2", "SHORT", "TINYINT"), "SMALLINT"),
    **dict.fromkeys(("FLOAT", "FLOAT8", "DECIMAL", "NUMERIC"), "DOUBLE PRECISION"),
    "FLOAT4": "REAL",
    **dict.fromkeys(("TEXT", "STRING", "CHARACTER", "CLOB"), "VARCHAR"),
    **dict.fromkeys(("DATE", "DATETIME", "TIMESTAMPTZ"), "TIMESTAMP"),
    **dict.fromkeys(("BOOLEAN", "BOOL"), "INTEGER, which is 0 or 1"),
}


class PrimaryParser(Cursor):
    """Parses the operands of expressions."""

    def value(self) -> tree.Value:
        """Parse an expression that has a value."""
        raise NotImplementedError

    def condition(self) -> tree.Condition:
        """Parse an expression that is true or false."""
        raise NotImplementedError

    def anything(self) -> tree.Expression:
        """Parse a value or a condition."""
        raise NotImplementedError

    def query(self) -> tree.Query:
        """Parse a subquery; the current token is its SELECT."""
        raise NotImplementedError

    def arguments(self) -> list[tree.Value]:
        """Parse values with commas between them."""
        values = [self.value()]
        while self.skip_op(","):
            values.append(self.value())
        return values

    def primary(self) -> tree.Expression:
        """Parse what operators join: a literal, column, function or parenthesis."""
        token = self.token
        self.count(token)
        if token.kind == "number":
            self.advance()
            return tree.Number(self.numeral(token), at=token.at)
        if token.kind == "text":
            self.advance()
            return tree.Text(token.value, at=token.at)
        if token.kind == "name":
            return self.column()
        if token.kind == "word":
            return self.word()
        if token.kind == "op" and token.value == "(":
            return self.parenthesis()
        if token.kind == "op" and token.value in ("-", "+"):
            return self.signed()
        if token.kind == "op" and token.value == "~":
            return self.complement()
        hint = "* stands alone in a select list, or in COUNT(*)." if token.value == "*" else ""
        raise self.unexpected("a value", hint=hint)

    def numeral(self, token: Token, sign: str = "") -> int | float:
        """The value of a numeric literal."""
        if is_hexadecimal(token):
            self.extension("A hexadecimal number is", token, f"Write {number(token)}.")
        return number(token, sign)

    def signed(self) -> tree.Value:
        """Parse a value after its sign."""
        sign = self.advance()
        token = self.token
        if token.kind == "op" and token.value in ("-", "+"):
            raise self.unexpected(
                "a value after the sign", hint="Write one sign, or use parentheses."
            )
        at = sign.at.to(token.at)
        if token.kind == "number":
            self.advance()
            return tree.Number(self.numeral(token, sign.value), at=at)
        operand = self.as_value(self.primary())
        if sign.value == "+":
            return operand
        if isinstance(operand, tree.Number) and operand.value != -INT_MAX - 1:
            return tree.Number(-operand.value, at=sign.at.to(operand.at))
        return tree.Signed(operand, at=sign.at.to(operand.at))

    def complement(self) -> tree.Value:
        """Parse a value after ``~``."""
        sign = self.advance()
        self.extension("The operator ~ is", sign, "Write -1 - x, or LIKE to match texts.")
        self.deeper(sign)
        operand = self.as_value(self.primary())
        self.level -= 1
        return tree.Complement(operand, at=sign.at.to(operand.at))

    def at_query(self) -> bool:
        """Whether a query begins here, perhaps inside parentheses of its own."""
        ahead = 0
        token = self.token
        while token.kind == "op" and token.value == "(":
            ahead += 1
            token = self.peek(ahead)
        return token.kind == "word" and token.value in ("SELECT", "WITH")

    def parenthesis(self) -> tree.Expression:
        """Parse ``( … )``."""
        opening = self.advance()
        if self.at_word("SELECT", "WITH"):
            raise refuse(
                "A subquery cannot be a value in ADQL.",
                self.token.at,
                "Use it after FROM, IN or EXISTS.",
            )
        inner = self.anything()
        if self.at_op(","):
            raise self.unexpected("')'", hint="ADQL compares single values: write a = 1 AND b = 2.")
        self.close(opening)
        return inner

    def word(self) -> tree.Expression:
        """Parse what a word begins: a function, a column, NULL, CAST or EXISTS."""
        token = self.token
        word = token.value
        called = self.peek()
        if called.kind == "op" and called.value == "(" and word not in STRUCTURAL:
            if word in AGGREGATES:
                return self.aggregate()
            self.advance()
            name = tree.Name(token.text, at=token.at)
            opening = self.advance()
            arguments = [] if self.at_op(")") else self.arguments()
            last = self.close(opening)
            return tree.Call(name, tuple(arguments), at=token.at.to(last.at))
        if word not in RESERVED:
            return self.column()
        if word == "CAST":
            return self.cast()
        if word == "CASE":
            return self.case()
        if word == "NULL":
            self.advance()
            return tree.Null(at=token.at)
        if word == "EXISTS":
            self.advance()
            opening = self.expect_op("(", "after EXISTS")
            if not self.at_query():
                raise self.unexpected("SELECT", words=("SELECT",))
            query = self.query()
            return tree.Exists(query, at=token.at.to(self.close(opening).at))
        raise self.reserved("a value")

    def column(self) -> tree.Column:
        """Parse ``[[schema.]table.]column``."""
        parts = [self.name("a column")]
        while self.skip_op("."):
            if self.at_op("*"):
                raise self.unexpected(
                    "the name of a column", hint="table.* stands in a select list only."
                )
            parts.append(self.name("a column"))
        if self.at_op("("):
            raise refuse(
                f"{parts[-1].text} is not a function.",
                parts[0].at.to(parts[-1].at),
                "The name of a function is one word without quotes.",
            )
        return tree.Column(tuple(parts), at=parts[0].at.to(parts[-1].at))

    def aggregate(self) -> tree.Aggregate:
        """Parse COUNT, MIN, MAX, AVG or SUM."""
        token = self.advance()
        opening = self.advance()
        if token.value == "COUNT" and self.skip_op("*"):
            last = self.close(opening)
            return tree.Aggregate("COUNT", None, at=token.at.to(last.at))
        if self.at_op(")"):
            hint = "Write COUNT(*) to count rows." if token.value == "COUNT" else ""
            raise self.unexpected(f"the value to be aggregated by {token.value}", hint=hint)
        distinct = self.skip_word("DISTINCT")
        if not distinct:
            self.skip_word("ALL")
        argument = self.value()
        if self.at_op(","):
            raise self.unexpected("')'", hint=f"{token.value} takes one value.")
        last = self.close(opening)
        return tree.Aggregate(token.value, argument, distinct, at=token.at.to(last.at))

    def cast(self) -> tree.Cast:
        """Parse ``CAST(value AS type)``."""
        token = self.advance()
        opening = self.expect_op("(", "after CAST")
        operand = self.value()
        self.expect_word("AS", "and a type in CAST")
        kind = self.token
        if not self.at_word(*_TYPES):
            other = _FOREIGN_TYPES.get(kind.value, "")
            raise self.unexpected("a type", hint=f"Write {other}." if other else _TYPE_HINT)
        self.advance()
        name, length = kind.value, None
        if name == "DOUBLE":
            if not self.at_word("PRECISION"):
                raise self.unexpected("PRECISION after DOUBLE", hint="Write DOUBLE PRECISION.")
            self.advance()
            name = "DOUBLE PRECISION"
        elif name in ("CHAR", "VARCHAR") and self.skip_op("("):
            length = self.whole("the length")
            self.expect_op(")", "after the length")
        target = tree.TypeName(name, length, at=kind.at.to(self.previous().at))
        return tree.Cast(operand, target, at=token.at.to(self.close(opening).at))

    def case(self) -> tree.Case:
        """Parse ``CASE [value] WHEN … THEN … [ELSE …] END``."""
        first = self.advance()
        self.extension("CASE is", first, "Use COALESCE, or compute the cases from the result.")
        self.deeper(first)
        operand = None if self.at_word("WHEN") else self.value()
        if not self.at_word("WHEN"):
            raise self.unexpected("WHEN", words=("WHEN",))
        whens: list[tree.When] = []
        while self.at_word("WHEN"):
            token = self.advance()
            self.count(token)
            test = self.condition() if operand is None else self.value()
            self.expect_word("THEN", "after the condition of WHEN")
            result = self.value()
            whens.append(tree.When(test, result, at=token.at.to(result.at)))
        default = self.value() if self.skip_word("ELSE") else None
        if not self.at_word("END"):
            raise self.unexpected(
                "WHEN, ELSE or END", hint="CASE reads CASE WHEN x > 0 THEN 1 ELSE 0 END."
            )
        last = self.advance()
        self.level -= 1
        return tree.Case(operand, tuple(whens), default, at=first.at.to(last.at))

    def whole(self, what: str) -> int:
        """Step over a whole number without sign that must come."""
        token = self.token
        if token.kind != "number" or not token.value.isdigit():
            raise self.unexpected(f"{what}, a whole number")
        self.advance()
        if len(token.value) > 18:
            raise refuse(f"{token.value[:40]} is too large.", token.at)
        return int(token.value)

    def as_value(self, node: tree.Expression) -> tree.Value:
        """Refuse a condition where a value must stand."""
        if isinstance(node, tree.Value):
            return node
        raise refuse(
            "A condition stands where a value is expected.",
            node.at,
            "Conditions stand after WHERE, ON and HAVING; join them with AND, OR and NOT.",
        )

    def as_condition(self, node: tree.Expression) -> tree.Condition:
        """Refuse a value where a condition must stand."""
        if isinstance(node, tree.Condition):
            return node
        if isinstance(node, tree.Call) and node.name.text.upper().startswith(AREASPEC):
            # Qserv's areas are conditions by themselves.
            return tree.Comparison("=", node, tree.Number(1, at=node.at), at=node.at)
        raise self.not_a_condition(node)

    def not_a_condition(self, node: tree.Value) -> AdqlError:
        """Say how to make a condition of a value."""
        if self.token.kind == "bad":
            return self.bad(self.token)
        hint = "Compare it with something, as in x > 0."
        if isinstance(node, tree.Call):
            name = node.name.text.upper()
            if name in FOREIGN_FUNCTIONS:
                return refuse(
                    f"There is no function {node.name.text}.",
                    node.name.at,
                    FOREIGN_FUNCTIONS[name],
                )
            if name in ("CONTAINS", "INTERSECTS"):
                hint = f"Write {name}(…) = 1."
            elif name == "DISTANCE":
                hint = "Compare it with a radius in degrees, as in DISTANCE(…) < 0.1."
        elif isinstance(node, tree.Column):
            name = node.parts[-1].text
            flag = f"CAST({name} AS INTEGER)" if self.strict else name
            hint = f"Compare it, as in {name} > 0; a boolean as {flag} = 1."
            if self.token.kind == "word" and self.token.value in FOREIGN.keys() - STRUCTURAL:
                hint = FOREIGN[self.token.value]
        return refuse("Expected a condition, found a value.", node.at, hint)
