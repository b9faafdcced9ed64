# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What a default makes of a sequence's value, read from the text of the default: it is never executed."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

if t.TYPE_CHECKING:
    from .._catalog import Database, SequenceObject, SequenceUse

_TOKEN: t.Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<name>[A-Za-z_]\w*|\"(?:[^\"]|\"\")+\")"
    r"|(?P<sign>::|\|\||[-+*(),.\[\]]))"
)
_INTEGERS: t.Final = {"smallint", "integer", "bigint", "numeric"}
_TEXTS: t.Final = {"text", "character varying", "character", "bpchar"}
_ZEROS: t.Final = re.compile(r"FM0+")


@dataclass(frozen=True)
class Form:
    """`scale` · value + `offset`, and as text with `prefix` and `suffix` around it and zeros before it."""

    scale: int = 1
    offset: int = 0
    text: bool = False
    prefix: str = ""
    suffix: str = ""


_Value = Form | int | str


class _NotUnderstoodError(Exception):
    """The expression does something else."""


def form(default: str) -> Form | None:
    """The form of `default`, an expression as the server prints it; `None`: it does something else as well."""
    try:
        parser = _Parser(default)
        found = parser.value()
        if parser.rest or not isinstance(found, Form) or found.scale == 0:
            return None
    except _NotUnderstoodError:
        return None
    return found


def named_by_text(default: str) -> str | None:
    """The name in `nextval('name'::text)`, which the server looks up only when it runs."""
    found = re.findall(r"\bnextval\(\('((?:[^']|'')+)'::text\)::regclass\)", default)
    return found[0].replace("''", "'") if len(found) == 1 else None


def followed(use: SequenceUse) -> Form | None:
    """What a column makes of the sequence's value; `None`: it cannot be told where the sequence has to go on."""
    if use.values == "other":
        return None
    found = Form() if use.default is None else form(use.default)
    if found is None or (found.text and use.values != "text"):
        return None
    return found


def used(database: Database, tables: t.Iterable[str]) -> list[SequenceObject]:
    """The sequences that one of `tables`, or a view of the schema, takes values of."""
    names = {*tables, *(name for kind, name in database.others if kind == "view")}
    return [
        one
        for one in database.sequences
        if any(use.root_schema == database.schema and use.root in names for use in one.uses)
    ]


class _Parser:
    """The few things that defaults do; the server puts brackets around every operation."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise _NotUnderstoodError
            self.tokens.append(match.group().strip())
            at = match.end()
        self.tokens.reverse()

    @property
    def rest(self) -> bool:
        """Something is left."""
        return bool(self.tokens)

    def peek(self) -> str:
        return self.tokens[-1] if self.tokens else ""

    def take(self, wanted: str | None = None) -> str:
        if not self.tokens or (wanted is not None and self.tokens[-1] != wanted):
            raise _NotUnderstoodError
        return self.tokens.pop()

    def value(self) -> _Value:
        """One value or two with an operator between."""
        left = self.cast()
        while self.peek() in {"+", "-", "*", "||"}:
            left = _combined(left, self.take(), self.cast())
        return left

    def cast(self) -> _Value:
        """A value and the types it is cast to."""
        found = self.single()
        while self.peek() == "::":
            self.take()
            found = _cast(found, self.type_name())
        return found

    def type_name(self) -> str:
        """A type without its modifier."""
        words = [self.take()]
        while self.peek() in {"varying", "precision"}:
            words.append(self.take())
        if self.peek() == "(":
            while self.take() != ")":
                pass
        return " ".join(words)

    def single(self) -> _Value:
        """A constant, something in brackets, a sign before it, or a function."""
        token = self.take()
        if token == "(":
            found = self.value()
            self.take(")")
            return found
        if token == "-":
            return _combined(0, "-", self.cast())
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdigit():
            return int(token)
        self.take("(")
        return self.function(token)

    def function(self, name: str) -> _Value:
        arguments = [self.value()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.value())
        self.take(")")
        first, *more = arguments
        if name == "nextval" and isinstance(first, str) and not more:
            return Form()
        if isinstance(first, Form) and len(more) >= 1 and isinstance(more[0], int | str):
            bare = not (first.prefix or first.suffix)
            if name == "lpad" and first.text and bare and more[1:] == ["0"]:
                return first
            if name == "to_char" and not first.text and _ZEROS.fullmatch(str(more[0])):
                return replace(first, text=True)
        raise _NotUnderstoodError


def _cast(value: _Value, to: str) -> _Value:
    if isinstance(value, Form):
        if to in _TEXTS:
            return replace(value, text=True)
        if to in _INTEGERS and not value.text:
            return value
    elif to == "regclass" or to in _TEXTS:
        return str(value)
    elif to in _INTEGERS and re.fullmatch(r"-?\d+", str(value)):
        return int(value)
    raise _NotUnderstoodError


def _combined(left: _Value, sign: str, right: _Value) -> _Value:
    if sign == "||":
        return _joined(left, right)
    if isinstance(left, str) or isinstance(right, str):
        raise _NotUnderstoodError
    if isinstance(left, int) and isinstance(right, int):
        return {"+": left + right, "-": left - right, "*": left * right}[sign]
    if isinstance(left, Form) and isinstance(right, int) and not left.text:
        if sign == "*":
            return replace(left, scale=left.scale * right, offset=left.offset * right)
        return replace(left, offset=left.offset + (right if sign == "+" else -right))
    if isinstance(left, int) and isinstance(right, Form) and not right.text:
        if sign == "-":
            return replace(right, scale=-right.scale, offset=left - right.offset)
        return _combined(right, sign, left)
    raise _NotUnderstoodError


def _joined(left: _Value, right: _Value) -> _Value:
    if isinstance(left, Form) and not isinstance(right, Form):
        return replace(left, text=True, suffix=left.suffix + str(right))
    if isinstance(right, Form) and not isinstance(left, Form):
        return replace(right, text=True, prefix=str(left) + right.prefix)
    raise _NotUnderstoodError


__all__ = ("Form", "followed", "form", "named_by_text", "used")
