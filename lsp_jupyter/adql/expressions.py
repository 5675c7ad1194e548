"""The grammar of values and conditions (ADQL 2.1 sections 2.2.3 and 2.3), by precedence."""

from __future__ import annotations

from lsp_jupyter.adql import tree
from lsp_jupyter.adql.cursor import Cursor
from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.limits import MAX_TERMS
from lsp_jupyter.adql.literals import INT_MAX, number
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.words import AGGREGATES, FOREIGN, RESERVED, STRUCTURAL
from lsp_jupyter.errors import AdqlError

__all__ = ["ExpressionParser"]

# How tightly operators bind; a higher number binds tighter.
OR, AND, NOT, COMPARE, ADD, MULTIPLY, SIGN = range(1, 8)

_OPERATORS = {
    **dict.fromkeys(("=", "<>", "!=", "<", ">", "<=", ">="), COMPARE),
    **dict.fromkeys(("+", "-", "||"), ADD),
    **dict.fromkeys(("*", "/"), MULTIPLY),
}
_WORDS = {
    "OR": OR,
    "AND": AND,
    **dict.fromkeys(("NOT", "BETWEEN", "IN", "LIKE", "ILIKE", "IS"), COMPARE),
}
_TYPES = ("SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE", "CHAR", "VARCHAR", "TIMESTAMP")


class ExpressionParser(Cursor):
    """Parses values and conditions; few frames a level, so that nesting never overflows."""

    def query(self) -> tree.Query:
        """Parse a subquery; the current token is its SELECT."""
        raise NotImplementedError

    def value(self, floor: int = ADD) -> tree.Value:
        """Parse an expression that has a value."""
        return self.as_value(self.expression(floor))

    def condition(self) -> tree.Condition:
        """Parse an expression that is true or false."""
        return self.as_condition(self.expression(OR))

    def expression(self, floor: int) -> tree.Expression:
        """Parse operators that bind at least as tightly as ``floor``."""
        token = self.token
        self.deeper(token)
        left: tree.Expression
        if token.kind == "word" and token.value == "NOT" and floor <= NOT:
            self.advance()
            if self.at_word("NOT"):
                raise self.unexpected("a condition after NOT", hint="Leave both NOT out.")
            self.count(token)
            operand = self.as_condition(self.expression(COMPARE))
            left = tree.Not(operand, at=token.at.to(operand.at))
        else:
            left = self.primary()
        while True:
            token = self.token
            if token.kind == "op":
                level = _OPERATORS.get(token.value, 0)
            elif token.kind == "word":
                level = _WORDS.get(token.value, 0)
            else:
                break
            if level == 0 or level < floor:
                break
            if level >= ADD:
                left = self.chain(self.as_value(left), level)
            elif level == COMPARE:
                left = self.predicate(self.as_value(left))
            else:
                left = self.junction(self.as_condition(left), token.value, level)
        self.level -= 1
        return left

    def chain(self, first: tree.Value, level: int) -> tree.Value:
        """Parse the rest of ``a + b - c``, ``a * b / c`` or ``a || b``."""
        joins_text = self.token.value == "||"
        rest: list[tuple[str, tree.Value]] = []
        while self.token.kind == "op" and _OPERATORS.get(self.token.value) == level:
            if (self.token.value == "||") != joins_text:
                break
            token = self.advance()
            self.count(token)
            rest.append((token.value, self.as_value(self.expression(level + 1))))
        last = rest[-1][1]
        if len(rest) >= MAX_TERMS:
            raise refuse(f"A chain has more than {MAX_TERMS} operands.", rest[MAX_TERMS - 1][1].at)
        at = first.at.to(last.at)
        if joins_text:
            return tree.Concat((first, *(part for _, part in rest)), at=at)
        return tree.Arithmetic(first, tuple(rest), at=at)

    def junction(self, first: tree.Condition, word: str, level: int) -> tree.Condition:
        """Parse the rest of ``a AND b AND c``, or of OR."""
        parts = [first]
        while self.at_word(word):
            self.count(self.advance())
            parts.append(self.as_condition(self.expression(level + 1)))
        at = first.at.to(parts[-1].at)
        return tree.And(tuple(parts), at=at) if word == "AND" else tree.Or(tuple(parts), at=at)

    def predicate(self, left: tree.Value) -> tree.Condition:
        """Parse a comparison, BETWEEN, IN, LIKE or IS NULL after its left side."""
        token = self.advance()
        self.count(token)
        result: tree.Condition
        if token.kind == "op":
            if self.at_word("ANY", "SOME", "ALL"):
                raise self.unexpected("a value", hint=FOREIGN["ANY"])
            operator = "<>" if token.value == "!=" else token.value
            right = self.value()
            result = tree.Comparison(operator, left, right, at=left.at.to(right.at))
        else:
            negated = token.value == "NOT"
            if negated:
                token = self.advance()
            match token.value:
                case "BETWEEN":
                    low = self.value()
                    self.expect_word("AND", "between the two limits of BETWEEN")
                    high = self.value()
                    result = tree.Between(left, low, high, negated, at=left.at.to(high.at))
                case "LIKE" | "ILIKE":
                    pattern = self.value()
                    insensitive = token.value == "ILIKE"
                    at = left.at.to(pattern.at)
                    result = tree.Like(left, pattern, negated, insensitive, at=at)
                case "IN":
                    result = self.membership(left, negated)
                case "IS" if not negated:
                    negated = self.skip_word("NOT")
                    self.expect_word("NULL", "after IS")
                    result = tree.IsNull(left, negated, at=left.at.to(self.previous().at))
                case "NULL":
                    raise refuse("Expected IS before NOT NULL.", token.at, "Write x IS NOT NULL.")
                case _:
                    raise refuse(
                        "Expected BETWEEN, IN, LIKE or ILIKE after NOT.",
                        token.at,
                        "To negate a comparison, write NOT before it: NOT x = 1.",
                    )
        following = self.token
        if following.kind == "op" and _OPERATORS.get(following.value) == COMPARE:
            raise self.unexpected(
                "AND, OR or the end of the condition",
                hint="Comparisons do not chain: write a < b AND b < c, or b BETWEEN a AND c.",
            )
        return result

    def membership(self, left: tree.Value, negated: bool) -> tree.Condition:
        """Parse what follows IN."""
        opening = self.expect_op("(", "after IN")
        if self.at_word("SELECT", "WITH"):
            query = self.query()
            last = self.close(opening)
            return tree.InQuery(left, query, negated, at=left.at.to(last.at))
        if self.at_op(")"):
            raise self.unexpected("a value", hint="A list after IN holds at least one value.")
        values = self.literals(opening) or tuple(self.arguments())
        last = self.close(opening)
        return tree.InList(left, values, negated, at=left.at.to(last.at))

    def literals(self, opening: Token) -> tree.Literals | None:
        """Parse a list if it holds literals only; else step back to its start."""
        start = self.index
        values: list[int | float | str] = []
        while True:
            sign = self.advance().value if self.at_op("-") or self.at_op("+") else ""
            token = self.token
            if token.kind == "number":
                values.append(number(token, sign))
            elif token.kind == "text" and not sign:
                values.append(token.value)
            else:
                break
            self.advance()
            if self.at_op(")"):
                self.count(opening)
                return tree.Literals(tuple(values), at=opening.at.to(self.token.at))
            if not self.skip_op(","):
                break
        self.index = start
        self.token = self.tokens[start]
        return None

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
            return tree.Number(number(token, ""), at=token.at)
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
        hint = "* stands alone in a select list, or in COUNT(*)." if token.value == "*" else ""
        raise self.unexpected("a value", hint=hint)

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
            return tree.Number(number(token, sign.value), at=at)
        operand = self.as_value(self.primary())
        if sign.value == "+":
            return operand
        if isinstance(operand, tree.Number) and operand.value != -INT_MAX - 1:
            return tree.Number(-operand.value, at=sign.at.to(operand.at))
        return tree.Signed(operand, at=sign.at.to(operand.at))

    def parenthesis(self) -> tree.Expression:
        """Parse ``( … )``."""
        opening = self.advance()
        if self.at_word("SELECT", "WITH"):
            raise refuse(
                "A subquery cannot be a value in ADQL.",
                self.token.at,
                "Use it after FROM, IN or EXISTS.",
            )
        inner = self.expression(OR)
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
        if word == "NULL":
            self.advance()
            return tree.Null(at=token.at)
        if word == "EXISTS":
            self.advance()
            opening = self.expect_op("(", "after EXISTS")
            if not self.at_word("SELECT", "WITH"):
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
            hint = "Types are SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, CHAR(n), "
            raise self.unexpected("a type", hint=hint + "VARCHAR(n) and TIMESTAMP.")
        self.advance()
        name, length = kind.value, None
        if name == "DOUBLE":
            self.expect_word("PRECISION", "after DOUBLE")
            name = "DOUBLE PRECISION"
        elif name in ("CHAR", "VARCHAR") and self.skip_op("("):
            length = self.whole("the length")
            self.expect_op(")", "after the length")
        target = tree.TypeName(name, length, at=kind.at.to(self.previous().at))
        return tree.Cast(operand, target, at=token.at.to(self.close(opening).at))

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
        raise self.not_a_condition(node)

    def not_a_condition(self, node: tree.Value) -> AdqlError:
        """Say how to make a condition of a value."""
        if self.token.kind == "bad":
            return self.bad(self.token)
        hint = "Compare it with something, as in x > 0."
        if isinstance(node, tree.Call):
            name = node.name.text.upper()
            if name in ("CONTAINS", "INTERSECTS"):
                hint = f"Write {name}(…) = 1."
            elif name == "DISTANCE":
                hint = "Compare it with a radius in degrees, as in DISTANCE(…) < 0.1."
        elif isinstance(node, tree.Column):
            name = node.parts[-1].text
            hint = f"Compare it, as in {name} > 0; a boolean as CAST({name} AS INTEGER) = 1."
            if self.token.kind == "word" and self.token.value in FOREIGN:
                hint = FOREIGN[self.token.value]
        return refuse("Expected a condition, found a value.", node.at, hint)
