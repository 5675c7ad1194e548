"""Reading tokens one after the other, and saying what was expected."""

from __future__ import annotations

from collections.abc import Sequence

from lsp_jupyter.adql.lexer import Token
from lsp_jupyter.adql.limits import Limits
from lsp_jupyter.adql.places import Place, nearest, refuse
from lsp_jupyter.adql.report import Report
from lsp_jupyter.adql.tree import Name
from lsp_jupyter.adql.words import FOREIGN, FUNCTION_WORDS, RESERVED
from lsp_jupyter.errors import AdqlError

__all__ = ["Cursor"]

_BAD = {
    ";": ("A query is one statement without a semicolon.", "Remove the semicolon."),
    "==": ("== is not an ADQL operator.", "Write = to compare."),
    "::": (":: is not an ADQL operator.", "Write CAST(x AS type)."),
    "/*": ("ADQL has no /* comments */.", "Begin a comment with --; it ends with the line."),
    "`": (
        "` is not an ADQL character.",
        'Write a name that needs quotes in double quotes, "name".',
    ),
    "[": (
        "[ is not an ADQL character.",
        'Write a name that needs quotes in double quotes, "name".',
    ),
    "]": (
        "] is not an ADQL character.",
        'Write a name that needs quotes in double quotes, "name".',
    ),
    "%": ("% is not an ADQL operator.", "Write MOD(x, y) for the remainder."),
    "!": ("! is not an ADQL operator.", "Write NOT before a condition, or <> for 'not equal'."),
    "&&": ("&& is not an ADQL operator.", "Write AND to join conditions."),
    "?": ("ADQL has no parameters.", "Write the value itself."),
    ":": ("ADQL has no parameters.", "Write the value itself."),
    "@": ("@ is not an ADQL character.", "Write the value itself: ADQL has no variables."),
    "$": ("$ is not an ADQL character.", "Write the value itself: ADQL has no variables."),
    "#": ("# is not an ADQL character.", "Begin a comment with --."),
    "{": ("{ is not an ADQL character.", "Write the value itself."),
    "}": ("} is not an ADQL character.", "Write the value itself."),
    "_": ("A name begins with a letter.", 'Write it in double quotes, as in "_name".'),
    "\u2018": ("This is a typographic quote.", "Write texts between straight quotes, '…'."),
    "\u2019": ("This is a typographic quote.", "Write texts between straight quotes, '…'."),
    "\u201c": ("This is a typographic quote.", 'Write names between straight quotes, "…".'),
    "\u201d": ("This is a typographic quote.", 'Write names between straight quotes, "…".'),
    "\u2212": ("This is a typographic minus sign.", "Write an ordinary minus sign, -."),
    "\u2013": ("This is a dash.", "Write an ordinary minus sign, -."),
    "\u2014": ("This is a dash.", "Write an ordinary minus sign, -."),
    "\u2264": ("This is not an ADQL operator.", "Write <=."),
    "\u2265": ("This is not an ADQL operator.", "Write >=."),
    "\u2260": ("This is not an ADQL operator.", "Write <>."),
    "\u00d7": ("This is not an ADQL operator.", "Write *."),
}

_CLAUSES = ("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "UNION", "EXCEPT", "INTERSECT")


class Cursor:
    """A place in a list of tokens.

    Parameters
    ----------
    tokens : sequence of `Token`
        All tokens; the last is of kind ``end``.
    limits : `Limits`
        How large the tree may become.
    strict : `bool`
        Whether to refuse extensions of ADQL.
    """

    def __init__(self, tokens: Sequence[Token], limits: Limits, *, strict: bool) -> None:
        self.tokens = tokens
        self.limits = limits
        self.strict = strict
        self.report = Report()
        self.index = 0
        self.token = tokens[0]
        self.nodes = 0
        self.level = 0

    def advance(self) -> Token:
        """Step over the current token and return it."""
        token = self.token
        if token.kind != "end":
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def peek(self, ahead: int = 1) -> Token:
        """A later token."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def previous(self) -> Token:
        """The token just stepped over."""
        return self.tokens[max(0, self.index - 1)]

    def at_word(self, *words: str) -> bool:
        """Whether the current token is one of these words."""
        return self.token.kind == "word" and self.token.value in words

    def at_op(self, op: str) -> bool:
        """Whether the current token is this operator or bracket."""
        return self.token.kind == "op" and self.token.value == op

    def skip_word(self, word: str) -> bool:
        """Step over this word if it comes next."""
        found = self.token.kind == "word" and self.token.value == word
        if found:
            self.advance()
        return found

    def skip_op(self, op: str) -> bool:
        """Step over this operator or bracket if it comes next."""
        found = self.token.kind == "op" and self.token.value == op
        if found:
            self.advance()
        return found

    def expect_word(self, word: str, after: str) -> Token:
        """Step over a word that must come."""
        if not self.at_word(word):
            raise self.unexpected(f"{word} {after}".strip(), words=(word,))
        return self.advance()

    def expect_op(self, op: str, after: str) -> Token:
        """Step over an operator or bracket that must come."""
        if not self.at_op(op):
            raise self.unexpected(f"'{op}' {after}".strip())
        return self.advance()

    def close(self, opening: Token) -> Token:
        """Step over the parenthesis that closes an earlier one."""
        if self.at_op(")"):
            return self.advance()
        if self.token.kind == "end":
            raise refuse(
                "This parenthesis is never closed.", opening.at, "Write ')' where it should end."
            )
        place = f"line {opening.line}, column {opening.column}"
        word = self.token.value
        hint = f"Is a ')' missing before {word}?" if self.at_word(*_CLAUSES) else ""
        raise self.unexpected(f"',' or ')' after the '(' of {place}", hint=hint)

    def count(self, token: Token) -> None:
        """Count one node of the tree against the limit."""
        self.nodes += 1
        if self.nodes > self.limits.max_nodes:
            raise self.final(
                f"The query has more than {self.limits.max_nodes:,} elements.",
                token.at,
                "Upload long lists as a table and join with it.",
            )

    def deeper(self, token: Token) -> None:
        """Count one level of nested operators; the caller takes it back."""
        self.level += 1
        # A pair of parentheses is a level, and so is an operator inside another one.
        if self.level > self.limits.max_depth * 3 // 2:
            raise self.final(
                "The query is nested too deeply.", token.at, "Write it with fewer parentheses."
            )

    def final(self, message: str, at: Place, hint: str) -> AdqlError:
        """Refuse a query that is too large: no more of it is read."""
        self.index = len(self.tokens) - 1
        self.token = self.tokens[-1]
        return refuse(message, at, hint)

    def extension(self, what: str, token: Token, hint: str) -> None:
        """Refuse an extension of ADQL if the query has to keep to the standard."""
        if self.strict:
            raise refuse(f"{what} an extension of ADQL, refused in strict mode.", token.at, hint)

    def unexpected(self, expected: str, *, hint: str = "", words: Sequence[str] = ()) -> AdqlError:
        """Refuse the current token.

        Parameters
        ----------
        expected : `str`
            What could have stood here.
        hint : `str`
            What to write; by default what is known of the token.
        words : sequence of `str`
            Words that could have stood here, to recognise a misspelt one.
        """
        token = self.token
        if token.kind == "bad":
            return self.bad(token)
        if token.kind == "end":
            return refuse(f"Expected {expected}, but the query ends here.", token.at, hint)
        if not hint and token.kind == "word":
            hint = FOREIGN.get(token.value, "") or _misspelt(token, words)
        before = self.previous()
        if not hint and before.kind == "word" and before.value not in RESERVED:
            # A wrong keyword is easily read as an alias, and found out one word later.
            foreign = FOREIGN.get(before.value, "") if token.value == "(" else ""
            hint = foreign or _misspelt(before, words)
            token = before if hint else token
        if not hint and before.kind == "text" and before.offset + len(before.text) == token.offset:
            hint = "A quote inside a text is written twice, as in 'Barnard''s star'."
        if token.kind == "op" and token.value == ")" and not hint:
            hint = "Check that every ')' has its '('."
        if token.kind == "text" and not hint:
            hint = 'Single quotes hold texts; a name stands in double quotes, "name".'
        shown = token.text if len(token.text) <= 40 else token.text[:40] + "…"
        return refuse(f"Expected {expected}, found {shown}.", token.at, hint)

    def bad(self, token: Token) -> AdqlError:
        """Refuse a token that is not ADQL."""
        raw, at = token.text, token.at
        if raw in _BAD:
            return refuse(_BAD[raw][0], at, _BAD[raw][1])
        if raw[0] in "'\"":
            kind = "text" if raw[0] == "'" else "name"
            at = at._replace(length=1)
            if raw.startswith('""'):
                return refuse("A name in double quotes cannot be empty.", at._replace(length=2))
            return refuse(
                f"This {kind} is never closed.",
                at,
                f"Write {raw[0]} where it ends; a quote inside it is written twice, {raw[0] * 2}.",
            )
        if raw[:2].lower() == "0x":
            return refuse(
                f"{raw[:40]} is not a number.", at, "A hexadecimal number reads 0x1F, for 31."
            )
        if raw[0] in ".0123456789":
            return refuse(
                f"{raw[:40]} is neither a number nor a name.",
                at,
                "Put a space or an operator after the number; a name that begins with a digit "
                'stands in double quotes, "name".',
            )
        if raw[0].isalpha():
            return refuse(
                f"A name without quotes has only the letters A to Z, found {raw[:40]}.",
                at,
                f'Write it in double quotes, "{raw[:40]}".',
            )
        return refuse(f"The character {raw!r} (U+{ord(raw[0]):04X}) is not ADQL.", at, "Remove it.")

    def at_name(self) -> bool:
        """Whether the current token can be an identifier."""
        kind = self.token.kind
        return kind == "name" or (kind == "word" and self.token.value not in RESERVED)

    def name(self, what: str) -> Name:
        """Step over an identifier that must come.

        Parameters
        ----------
        what : `str`
            What it names, such as ``a column``.
        """
        token = self.token
        if token.kind == "name":
            self.advance()
            return Name(token.value, delimited=True, at=token.at)
        if token.kind == "word":
            if token.value in RESERVED:
                raise self.reserved(what)
            self.advance()
            return Name(token.text, at=token.at)
        raise self.unexpected(f"the name of {what}")

    def reserved(self, what: str) -> AdqlError:
        """Refuse a reserved word where a name must stand."""
        token = self.token
        hint = f'If it is the name of a column or table, write "{token.text}" in double quotes.'
        if token.value in FUNCTION_WORDS:
            hint = f"If it is the function, write {token.value}(…). " + hint
        before = self.previous()
        if token.value in _CLAUSES and before.kind == "op" and before.value not in "(),.":
            hint = f"Something is missing after {before.text}."
        elif token.value in FOREIGN:
            hint = FOREIGN[token.value]
        return refuse(f"Expected {what}, found the reserved word {token.value}.", token.at, hint)


def _misspelt(token: Token, words: Sequence[str]) -> str:
    """A hint, if the token is nearly one of these words."""
    close = nearest(token.value, words, 1) if token.value not in RESERVED else []
    return f"Did you mean {close[0]}?" if close and close[0] != token.value else ""
