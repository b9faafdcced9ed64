# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""An expression of PostgreSQL as a tree, read from what the server prints of it (pg_get_expr, not pretty).

The server prints every operator inside parentheses of its own, every name outside pg_catalog with its schema (our
sessions look nowhere else), and the type of every constant. What is not printed so is refused: nothing is guessed.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass


class Unreadable(ValueError):
    """The text is not of the forms known here."""


@dataclass(frozen=True)
class Column:
    """A column by its name; `VALUE` of a domain's CHECK has the name ''."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A literal. `text` is what stands between the quotes, or the digits; `None`: NULL."""

    kind: t.Literal["string", "number", "boolean", "null"]
    text: str | None


@dataclass(frozen=True)
class Cast:
    """`operand::type`; the type as it is printed, in one spelling of blanks."""

    operand: Node
    type: str


@dataclass(frozen=True)
class Collated:
    """`operand COLLATE collation`."""

    operand: Node
    collation: str


@dataclass(frozen=True)
class Call:
    """A function; those with a syntax of their own (COALESCE, TRIM) by their name in small letters."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Operation:
    """A binary operator between two values."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Junction:
    """`AND` or `OR` of two or more conditions, or `NOT` of one."""

    word: t.Literal["AND", "OR", "NOT"]
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Is:
    """`operand IS [NOT] what`: NULL, TRUE, FALSE, UNKNOWN."""

    operand: Node
    what: str
    negated: bool


@dataclass(frozen=True)
class Quantified:
    """`left operator ANY (ARRAY[…])` or ALL."""

    operator: str
    left: Node
    word: t.Literal["ANY", "ALL"]
    right: Node


@dataclass(frozen=True)
class Array:
    """`ARRAY[…]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Case:
    """`CASE [operand] WHEN … THEN … [ELSE …] END`."""

    operand: Node | None
    whens: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


Node = Column | Constant | Cast | Collated | Call | Operation | Junction | Is | Quantified | Array | Case

_TOKEN: t.Final = re.compile(
    r"""\s*(?:
    (?P<string>E?'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<word>[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_$\u0080-\U0010ffff]*)
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<mark>::|[()\[\],.])
    |(?P<operator>[-+*/<>=~!@\#%^&|`?]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN: t.Final = re.compile(r"\s*'((?:[^']|'')*)'", re.DOTALL)
_ESCAPED: t.Final = re.compile(r"\s*E'((?:[^'\\]|''|\\.)*)'", re.DOTALL)

_TRIMS: t.Final = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}
_RESERVED: t.Final = {
    "AND",
    "OR",
    "NOT",
    "IS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "COLLATE",
    "FROM",
    "IN",
}
_DEPTH: t.Final = 200
"""Levels of parentheses; deeper ones are not read."""


class _Token(t.NamedTuple):
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        # A plain literal keeps its backslashes; only behind an E they mean something.
        plain = _PLAIN.match(text, position)
        escaped = _ESCAPED.match(text, position)
        if plain is not None:
            found.append(_Token("string", plain.group(1).replace("''", "'")))
            position = plain.end()
        elif escaped is not None:
            found.append(_Token("string", _unescaped(escaped.group(1))))
            position = escaped.end()
        else:
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup in {None, "string"}:
                raise Unreadable(f"at {text[position : position + 20]!r}")
            found.append(_Token(str(match.lastgroup), match.group(str(match.lastgroup))))
            position = match.end()
    return found


def _unescaped(body: str) -> str:
    """The server escapes nothing but backslashes in what it prints."""
    text = body.replace("''", "'")
    if re.search(r"\\(?!\\)", text.replace("\\\\", "")):
        raise Unreadable("a literal with an escape")
    return text.replace("\\\\", "\\")


def parse(text: str) -> Node:
    """The tree of `text`; raises Unreadable."""
    reader = _Reader(_tokens(text))
    node = reader.expression()
    if reader.peek() is not None:
        raise Unreadable(f"something behind the expression: {reader.peek()}")
    return node


class _Reader:
    """A reader of tokens, one ahead."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    # --- tokens -----------------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> _Token | None:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def next(self) -> _Token:
        token = self.peek()
        if token is None:
            raise Unreadable("the expression ends too early")
        self._place += 1
        return token

    def at(self, *texts: str, ahead: int = 0) -> bool:
        """Whether the next token is one of these words or marks."""
        token = self.peek(ahead)
        return token is not None and token.kind in {"word", "mark"} and token.text in texts

    def take(self, text: str) -> bool:
        if self.at(text):
            self._place += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise Unreadable(f"{text} is missing before {self.peek()}")

    # --- expressions ------------------------------------------------------------------------------

    def expression(self) -> Node:
        """One operator at most, or a junction of one word: more would need a precedence."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise Unreadable("the expression is too deep")
        try:
            if self.take("NOT"):
                return Junction("NOT", (self.operand(),))
            left = self.operand()
            if self.at("AND", "OR"):
                return self.junction(left)
            token = self.peek()
            if token is not None and (token.kind == "operator" or self.at("OPERATOR")):
                return self.operation(left)
            if self.at("IS") and self.at("DISTINCT", ahead=1):
                return self.distinct(left)
            return left
        finally:
            self._depth -= 1

    def junction(self, first: Node) -> Node:
        word: t.Any = self.next().text
        parts = [first, self.part()]
        while self.take(word):
            parts.append(self.part())
        return Junction(word, tuple(parts))

    def part(self) -> Node:
        return Junction("NOT", (self.operand(),)) if self.take("NOT") else self.operand()

    def operation(self, left: Node) -> Node:
        operator = self.operator()
        if self.at("ANY", "ALL"):
            word: t.Any = self.next().text
            self.expect("(")
            right = self.expression()
            self.expect(")")
            return Quantified(operator, left, word, right)
        return Operation(operator, left, self.operand())

    def operator(self) -> str:
        """An operator; one of another schema than pg_catalog with that."""
        if not self.take("OPERATOR"):
            return self.next().text
        self.expect("(")
        schema = self.next().text
        self.expect(".")
        token = self.next()
        if token.kind != "operator":
            raise Unreadable(f"the operator {token.text}")
        self.expect(")")
        return f"{schema}.{token.text}"

    def distinct(self, left: Node) -> Node:
        self.expect("IS")
        self.expect("DISTINCT")
        self.expect("FROM")
        return Operation("IS DISTINCT FROM", left, self.operand())

    def operand(self) -> Node:
        """A value with what stands behind it: casts, a collation, a test."""
        node = self.primary()
        while True:
            if self.take("::"):
                node = Cast(node, self.type())
            elif self.take("COLLATE"):
                node = Collated(node, self.name())
            elif self.at("IS") and not self.at("DISTINCT", ahead=1):
                node = self.test(node)
            else:
                return node

    def test(self, operand: Node) -> Node:
        self.expect("IS")
        negated = self.take("NOT")
        what = self.next().text
        if what not in {"NULL", "TRUE", "FALSE", "UNKNOWN"}:
            raise Unreadable(f"IS {what}")
        return Is(operand, what, negated)

    def primary(self) -> Node:
        token = self.next()
        if token.kind == "string":
            return Constant("string", token.text)
        if token.kind == "number":
            return Constant("number", token.text)
        if token == _Token("operator", "-") and (number := self.peek()) and number.kind == "number":
            return Constant("number", f"-{self.next().text}")
        if token == _Token("mark", "("):
            node = self.expression()
            self.expect(")")
            return node
        if token.kind == "quoted":
            return self.named(token.text[1:-1].replace('""', '"'))
        if token.kind == "word":
            return self.word(token.text)
        raise Unreadable(f"{token.text} begins no value")

    def word(self, text: str) -> Node:
        if text in {"true", "false"}:
            return Constant("boolean", text)
        if text == "NULL":
            return Constant("null", None)
        if text == "VALUE":
            return Column("")
        if text == "ARRAY":
            return Array(self.listed("[", "]"))
        if text == "CASE":
            return self.case()
        if text in _RESERVED:
            raise Unreadable(f"{text} begins no value")
        return self.named(text)

    def named(self, name: str) -> Node:
        """A column, or the call of a function."""
        while self.take("."):
            name = f"{name}.{self.name()}"
        if not self.at("("):
            if "." in name:
                raise Unreadable(f"the qualified name {name}")
            return Column(name)
        if name == "TRIM":
            return self.trim()
        if name == "POSITION":
            self.expect("(")
            sought = self.expression()
            self.expect("IN")
            whole = self.expression()
            self.expect(")")
            return Call("strpos", (whole, sought))
        return Call(name.lower() if name.isupper() else name, self.listed("(", ")"))

    def trim(self) -> Node:
        self.expect("(")
        where = self.next().text
        self.expect("FROM")
        operand = self.expression()
        self.expect(")")
        if where not in _TRIMS:
            raise Unreadable(f"TRIM({where}")
        return Call(_TRIMS[where], (operand,))

    def listed(self, begin: str, end: str) -> tuple[Node, ...]:
        self.expect(begin)
        found: list[Node] = []
        while not self.take(end):
            if found:
                self.expect(",")
            found.append(self.expression())
        return tuple(found)

    def case(self) -> Node:
        operand = None if self.at("WHEN") else self.expression()
        whens = []
        while self.take("WHEN"):
            condition = self.expression()
            self.expect("THEN")
            whens.append((condition, self.expression()))
        otherwise = self.expression() if self.take("ELSE") else None
        self.expect("END")
        return Case(operand, tuple(whens), otherwise)

    # --- names and types --------------------------------------------------------------------------

    def name(self) -> str:
        """A name, with its schema where it has one."""
        token = self.next()
        if token.kind not in {"word", "quoted"}:
            raise Unreadable(f"{token.text} is not a name")
        name = token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text
        return f"{name}.{self.name()}" if self.take(".") else name

    def type(self) -> str:
        """A type as it is printed: its words, modifier and brackets."""
        name = self.name()
        for second in ("varying", "precision"):
            if self.at(second) and name in {"character", "bit", "double"}:
                name = f"{name} {self.next().text}"
        if self.at("("):
            self._place += 1
            numbers = [self.next().text]
            while self.take(","):
                numbers.append(self.next().text)
            self.expect(")")
            name = f"{name}({','.join(numbers)})"
        if name.partition("(")[0] in {"timestamp", "time"} and self.at("with", "without"):
            name = f"{name} {self.next().text}"
            for word in ("time", "zone"):
                self.expect(word)
                name = f"{name} {word}"
        while self.at("[") and self.at("]", ahead=1):
            self._place += 2
            name = f"{name}[]"
        return name


__all__ = (
    "Array",
    "Call",
    "Case",
    "Cast",
    "Collated",
    "Column",
    "Constant",
    "Is",
    "Junction",
    "Node",
    "Operation",
    "Quantified",
    "Unreadable",
    "parse",
)
