# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""An expression of the source as a tree, read from what MySQL and MariaDB print in their catalogs.

What is not of the forms known here is refused: nothing is guessed. In a literal a quote or a backslash may stand behind
a backslash; any other escape is refused.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._mysql.definitions import plain


class Unreadable(ValueError):
    """The text is not of the forms known here."""


@dataclass(frozen=True)
class Column:
    """A column by its name."""

    name: str


@dataclass(frozen=True)
class Literal:
    """`kind`: `text`, `number`, `bytes` (text is its hexadecimal digits), `bits`, `null`, `boolean`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Call:
    """A function, or an operator by its symbol in small letters: `+`, `and`, `in`, `is null`, `not`, `case`."""

    name: str
    arguments: tuple[Node, ...]


Node = Column | Literal | Call

_TOKEN: t.Final = re.compile(
    r"""\s*(?:
    (?P<string>(?:_[a-z0-9]+\s*)?'(?:[^'\\]|''|\\[\\'"])*')
    |(?P<bytes>(?:_[a-z0-9]+\s*)?[xX]'[0-9a-fA-F]*'|0x[0-9a-fA-F]+)
    |(?P<bits>[bB]'[01]*')
    |(?P<quoted>`(?:[^`]|``)+`)
    |(?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<mark><=>|<=|>=|<>|!=|\|\||&&|->>|->|[-+*/%(),=<>!])
    )""",
    re.VERBOSE | re.DOTALL,
)
_INTRODUCER: t.Final = re.compile(r"_[a-z0-9]+\s*(?=')")
_ESCAPED: t.Final = re.compile(r"(?:\\|'(?='))(['\"\\])")
_COMPARED: t.Final = {"=", "<=>", "<>", "!=", "<", "<=", ">", ">="}


class _Token(t.NamedTuple):
    kind: str
    text: str


def parse(text: str, vendor: str) -> Node:
    """The tree of `text`, as that server printed it; raises Unreadable."""
    reader = _Reader(_tokens(plain(vendor, text)))
    node = reader.any_of()
    if reader.peek() is not None:
        raise Unreadable(f"something behind the expression: {reader.peek()}")
    return node


def _tokens(text: str) -> list[_Token]:
    found, position, text = [], 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unreadable(f"at {text[position : position + 20].strip()!r}")
        kind = str(match.lastgroup)
        body = match.group(kind)
        if kind == "string":
            body = _ESCAPED.sub(r"\1", _INTRODUCER.sub("", body)[1:-1])
        elif kind == "quoted":
            body = body[1:-1].replace("``", "`")
        elif kind == "bytes":
            body = body[2:] if body.startswith("0x") else body.partition("'")[2][:-1]
        elif kind == "bits":
            body = body[2:-1]
        elif kind == "word":
            body = body.lower()
        found.append(_Token(kind, body))
        position = match.end()
    return found


class _Reader:
    """Each method reads one level of the precedence of operators."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def peek(self, ahead: int = 0) -> _Token | None:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def at(self, *texts: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind in {"word", "mark"} and token.text in texts

    def next(self) -> _Token:
        token = self.peek()
        if token is None:
            raise Unreadable("the expression ends too early")
        self._place += 1
        return token

    def take(self, *texts: str) -> str | None:
        return self.next().text if self.at(*texts) else None

    def expect(self, text: str) -> None:
        if self.take(text) is None:
            raise Unreadable(f"{text} is missing before {self.peek()}")

    def any_of(self) -> Node:
        """OR."""
        node = self.all_of()
        while self.take("or", "||"):
            node = Call("or", (node, self.all_of()))
        if self.at("xor"):
            raise Unreadable("xor")
        return node

    def all_of(self) -> Node:
        node = self.negated()
        while self.take("and", "&&"):
            node = Call("and", (node, self.negated()))
        return node

    def negated(self) -> Node:
        return Call("not", (self.negated(),)) if self.take("not") else self.compared()

    def compared(self) -> Node:
        """Comparisons, and the words that stand beside them."""
        node = self.sum()
        while True:
            sign = self.take(*_COMPARED)
            if sign is not None:
                node = Call("<>" if sign == "!=" else sign, (node, self.sum()))
            elif self.take("is"):
                node = self.tested(node)
            elif self.at("not", "between", "in", "like"):
                no = self.take("not") is not None
                node = self.worded(node)
                node = Call("not", (node,)) if no else node
            else:
                return node

    def tested(self, node: Node) -> Node:
        no = self.take("not") is not None
        what = self.take("null", "true", "false", "unknown")
        if what is None:
            raise Unreadable(f"is {self.peek()}")
        found = Call(f"is {'null' if what == 'unknown' else what}", (node,))
        return Call("not", (found,)) if no else found

    def worded(self, node: Node) -> Node:
        if self.take("between"):
            low = self.sum()
            self.expect("and")
            return Call("and", (Call(">=", (node, low)), Call("<=", (node, self.sum()))))
        if self.take("in"):
            return Call("in", (node, *self.listed()))
        if self.take("like"):
            found = Call("like", (node, self.sum()))
            if self.at("escape"):
                raise Unreadable("like … escape")
            return found
        raise Unreadable(f"not {self.peek()}")

    def sum(self) -> Node:
        node = self.product()
        while True:
            sign = self.take("+", "-")
            if sign is None:
                return node
            if self.at("interval"):
                raise Unreadable("an interval")
            node = Call(sign, (node, self.product()))

    def product(self) -> Node:
        node = self.single()
        while True:
            sign = self.take("*", "/", "%", "mod", "div")
            if sign is None:
                return node
            node = Call("%" if sign == "mod" else sign, (node, self.single()))

    def single(self) -> Node:
        if self.take("-"):
            found = self.single()
            if isinstance(found, Literal) and found.kind == "number":
                return Literal("number", f"-{found.text}")
            return Call("negative", (found,))
        if self.take("!"):
            return Call("not", (self.single(),))
        node = self.primary()
        if self.at("collate", "->", "->>"):
            raise Unreadable(str(self.next().text))
        return node

    def primary(self) -> Node:
        token = self.next()
        if token.kind == "string":
            return Literal("text", token.text)
        if token.kind in {"number", "bytes", "bits"}:
            return Literal(token.kind, token.text)
        if token.kind == "quoted":
            if self.at("."):
                raise Unreadable("a qualified name")
            return Column(token.text)
        if token == _Token("mark", "("):
            node = self.any_of()
            self.expect(")")
            return node
        if token.kind == "word":
            return self.word(token.text)
        raise Unreadable(f"{token.text} begins no value")

    def word(self, word: str) -> Node:
        if word in {"true", "false"}:
            return Literal("boolean", word)
        if word == "null":
            return Literal("null", "null")
        if word == "case":
            return self.case()
        if word == "current_timestamp" and not self.at("("):
            return Call(word, ())
        if not self.at("("):
            raise Unreadable(f"the word {word}")
        return Call(word, self.listed())

    def listed(self) -> tuple[Node, ...]:
        self.expect("(")
        found: list[Node] = []
        while not self.take(")"):
            if found:
                self.expect(",")
            found.append(self.any_of())
        return tuple(found)

    def case(self) -> Node:
        """Its parts: condition, value, condition, value, …, and the value of ELSE."""
        if not self.at("when"):
            raise Unreadable("case of a value")
        found: list[Node] = []
        while self.take("when"):
            found.append(self.any_of())
            self.expect("then")
            found.append(self.any_of())
        found.append(self.any_of() if self.take("else") else Literal("null", "null"))
        self.expect("end")
        return Call("case", tuple(found))


__all__ = ("Call", "Column", "Literal", "Node", "Unreadable", "parse")
