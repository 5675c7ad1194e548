"""The grammar of values and conditions (ADQL 2.1 sections 2.2.3 and 2.3), by precedence."""

from __future__ import annotations

from lsp_jupyter.adql import tree
from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.limits import MAX_TERMS
from lsp_jupyter.adql.places import refuse
from lsp_jupyter.adql.primaries import PrimaryParser
from lsp_jupyter.adql.words import FOREIGN

__all__ = ["ExpressionParser"]

# How tightly operators bind; a higher number binds tighter.
OR, AND, NOT, COMPARE, BIT_OR, BIT_XOR, BIT_AND, ADD, MULTIPLY, SIGN = range(1, 11)

_OPERATORS = {
    **dict.fromkeys(("=", "<>", "!=", "<", ">", "<=", ">="), COMPARE),
    "|": BIT_OR,
    "^": BIT_XOR,
    "&": BIT_AND,
    **dict.fromkeys(("+", "-", "||"), ADD),
    **dict.fromkeys(("*", "/"), MULTIPLY),
}
_WORDS = {
    "OR": OR,
    "AND": AND,
    **dict.fromkeys(("NOT", "BETWEEN", "IN", "LIKE", "ILIKE", "IS"), COMPARE),
}


_INSTEAD = {
    "&": "Write MOD(x / 4, 2) = 1 for x & 4 = 4, or AND to join conditions.",
    "|": "Write || to join texts, OR to join conditions.",
    "^": "Write POWER(x, y) for a power.",
}


class ExpressionParser(PrimaryParser):
    """Parses values and conditions; few frames a level, so that nesting never overflows."""

    def value(self) -> tree.Value:
        """Parse an expression that has a value."""
        return self.as_value(self.expression(BIT_OR))

    def anything(self) -> tree.Expression:
        """Parse a value or a condition."""
        return self.expression(OR)

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
            elif level > COMPARE:
                left = self.bits(self.as_value(left), token.value, level)
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

    def bits(self, first: tree.Value, operator: str, level: int) -> tree.Value:
        """Parse the rest of ``a & b & c``, or of ``^`` or ``|``."""
        operands = [first]
        while self.at_op(operator):
            token = self.advance()
            self.extension(f"The operator {operator} is", token, _INSTEAD[operator])
            self.count(token)
            operands.append(self.as_value(self.expression(level + 1)))
        if len(operands) > MAX_TERMS:
            raise refuse(f"A chain has more than {MAX_TERMS} operands.", operands[MAX_TERMS].at)
        return tree.Bitwise(operator, tuple(operands), at=first.at.to(operands[-1].at))

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
            hint = "Comparisons do not chain: write a < b AND b < c, or b BETWEEN a AND c."
            if isinstance(result, tree.Comparison) and isinstance(result.right, tree.Bitwise):
                word = "OR" if result.right.operator == "|" else "AND"
                hint = f"{result.right.operator} joins bits: write {word} between conditions."
            raise self.unexpected("AND, OR or the end of the condition", hint=hint)
        return result

    def membership(self, left: tree.Value, negated: bool) -> tree.Condition:
        """Parse what follows IN."""
        opening = self.expect_op("(", "after IN")
        if self.at_query():
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
                values.append(self.numeral(token, sign))
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
