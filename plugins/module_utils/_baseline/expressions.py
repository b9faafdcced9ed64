# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What provably means the same on both servers: an expression of the source in SQL of PostgreSQL.

A construct stands here or is not carried: the rest of the module is the list. Where something holds for some values
alone, the translation bears a doubt: text that the source compares whatever its case, trailing blanks that it
ignores, letters beyond ASCII whose other case each server knows in its own way.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._postgresql import quoting
from . import syntax

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .syntax import Node

CASE: t.Final = (
    "the source compares its text whatever the case of letters and their accents, PostgreSQL does not"
)
BLANKS: t.Final = "the source ignores blanks at the end of text when it compares, PostgreSQL does not"
LETTERS: t.Final = "what the other case of a letter beyond ASCII is, each server decides for itself"

_SAME: t.Final = {"=": "=", "<>": "<>", "<=>": "IS NOT DISTINCT FROM"}
_ORDERED: t.Final = {*_SAME, "<", "<=", ">", ">="}
_NUMBERS: t.Final = {"integer", "numeric", "float"}
_DAY: t.Final = re.compile(r"[1-9]\d{3}-\d\d-\d\d")
_MOMENT: t.Final = re.compile(r"[1-9]\d{3}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d{1,6})?)?")
_FIELDS: t.Final = {
    "year": "year",
    "month": "month",
    "day": "day",
    "dayofmonth": "day",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
    "quarter": "quarter",
}


class NotCarried(ValueError):
    """No translation is known; the text says of what."""


@dataclass(frozen=True)
class Known:
    """A column as expressions see it: its name on the target, and what it is there."""

    sql: str
    kind: str
    labels: tuple[str, ...] = ()
    unsigned: bool = False
    collation: str | None = None
    charset: str | None = None

    @property
    def doubts(self) -> frozenset[str]:
        """What a comparison of its text would mean otherwise."""
        return doubts_of(self.collation) if self.kind == "text" else frozenset()


def doubts_of(collation: str | None) -> frozenset[str]:
    """What PostgreSQL's comparison by bytes does not share with this collation of the source."""
    name = (collation or "").lower()
    if name in {"binary", ""}:
        return frozenset()
    found = set() if name.endswith("_bin") else {CASE}
    if "_0900_" not in name and "nopad" not in name:
        found.add(BLANKS)
    return frozenset(found)


@dataclass(frozen=True)
class Value:
    """SQL of PostgreSQL, in parentheses where it needs them; `kind`: as `Known`, or `null`."""

    sql: str
    kind: str
    doubts: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()
    """Doubts that arise where it is compared."""
    literal: str | None = None
    labels: tuple[str, ...] = ()
    unsigned: bool = False
    charset: str | None = None


def condition(text: str, columns: Mapping[str, Known], vendor: str) -> Value:
    """A CHECK; raises NotCarried."""
    return _truth(value(text, columns, vendor))


def value(text: str, columns: Mapping[str, Known], vendor: str) -> Value:
    """An expression as the source's catalog prints it; raises NotCarried."""
    try:
        return _Translation(columns).of(syntax.parse(text, vendor))
    except syntax.Unreadable as error:
        raise NotCarried(f"not read: {error}") from error
    except RecursionError as error:
        raise NotCarried("not read: it is too deep") from error


class _Translation:
    """One expression over the columns of a table."""

    def __init__(self, columns: Mapping[str, Known]) -> None:
        self.columns = {name.lower(): known for name, known in columns.items()}

    def of(self, node: Node) -> Value:
        if isinstance(node, syntax.Column):
            return self.column(node.name)
        if isinstance(node, syntax.Literal):
            return _literal(node)
        return self.call(node.name, node.arguments)

    def column(self, name: str) -> Value:
        known = self.columns.get(name.lower())
        if known is None:
            raise NotCarried(f"the column {name}, which is not carried")
        return Value(
            known.sql,
            known.kind,
            compared=known.doubts,
            labels=known.labels,
            unsigned=known.unsigned,
            charset=known.charset,
        )

    def call(self, name: str, nodes: Sequence[Node]) -> Value:
        if name == "case":
            return self.case(nodes)
        parts = [self.of(node) for node in nodes]
        if name in _ORDERED:
            return _compared(name, parts[0], parts[1])
        if name in {"+", "-", "*", "%", "negative"}:
            return _arithmetic(name, parts)
        function = _FUNCTIONS.get(name)
        if function is None:
            raise NotCarried(f"{name}()" if name.isidentifier() else f"the operator {name}")
        return function(parts)

    def case(self, nodes: Sequence[Node]) -> Value:
        conditions = [_truth(self.of(node)) for node in nodes[:-1:2]]
        values = _one_kind([self.of(node) for node in [*nodes[1:-1:2], nodes[-1]]])
        whens = " ".join(
            f"WHEN {when.sql} THEN {then.sql}" for when, then in zip(conditions, values, strict=False)
        )
        sql = f"(CASE {whens} ELSE {values[-1].sql} END)"
        return _made(sql, _kind_of(values), [*conditions, *values])


# --- values -----------------------------------------------------------------------------------------


def _literal(node: syntax.Literal) -> Value:
    if node.kind == "null":
        return Value("NULL", "null")
    if node.kind == "text":
        return Value(quoting.literal(node.text), "text", literal=node.text)
    if node.kind == "bytes":
        return Value(f"'\\x{node.text.lower()}'::bytea", "bytes", literal=node.text)
    return _number(node)


def _number(node: syntax.Literal) -> Value:
    text = node.text
    if node.kind == "boolean":
        text = "1" if text == "true" else "0"
    elif node.kind == "bits":
        text = str(int(text or "0", 2))
    if "e" in text.lower():
        return Value(f"{text}::double precision", "float", literal=text)
    sql = f"({text})" if text.startswith("-") else text
    return Value(sql, "numeric" if "." in text else "integer", literal=text)


def _made(sql: str, kind: str, parts: Sequence[Value], *, compared: bool = False) -> Value:
    """A value made of others, with their doubts; `compared`: it is text that a comparison doubts as theirs."""
    doubts = frozenset().union(*(part.doubts for part in parts))
    later = frozenset().union(*(part.compared for part in parts)) if compared else frozenset()
    return Value(
        sql, kind, doubts, compared=later, charset=next((p.charset for p in parts if p.charset), None)
    )


def _truth(found: Value) -> Value:
    """As a condition: a number is true where it is not 0."""
    if found.kind in {"boolean", "null"}:
        return found
    if found.kind in _NUMBERS:
        if found.literal is not None:
            return Value("false" if found.literal.strip("-0.") == "" else "true", "boolean")
        return _made(f"({found.sql} <> 0)", "boolean", [found])
    raise NotCarried(f"{found.kind} as a condition")


def _joined(word: str) -> Callable[[Sequence[Value]], Value]:
    def made(parts: Sequence[Value]) -> Value:
        truths = [_truth(part) for part in parts]
        return _made(f"({truths[0].sql} {word} {truths[1].sql})", "boolean", truths)

    return made


def _tested(form: str) -> Callable[[Sequence[Value]], Value]:
    """A test of one condition; `form` has {} where that stands."""

    def made(parts: Sequence[Value]) -> Value:
        truth = _truth(parts[0])
        return _made(form.format(truth.sql), "boolean", [truth])

    return made


def _is_null(parts: Sequence[Value]) -> Value:
    return _made(f"({parts[0].sql} IS NULL)", "boolean", parts)


def _one_of(parts: Sequence[Value]) -> Value:
    """IN."""
    found = [_compared("=", parts[0], item) for item in parts[1:]]
    return _made(f"({' OR '.join(one.sql for one in found)})", "boolean", found)


def _compared(sign: str, left: Value, right: Value) -> Value:
    left, right = _typed(left, right), _typed(right, left)
    kinds = {left.kind, right.kind} - {"null"}
    if not (kinds <= _NUMBERS or len(kinds) < 2):
        raise NotCarried(f"a comparison of {' with '.join(sorted(kinds))}")
    equal = sign in _SAME
    if kinds & {"json", "array", "interval", "bits", "inet", "uuid"} or (kinds & {"enum"} and not equal):
        raise NotCarried(f"a comparison of {min(kinds)}")
    if kinds == {"boolean"} and not equal:
        raise NotCarried("an order of booleans")
    if kinds == {"text"} and not equal:
        raise NotCarried("an order of text, which each server has by its own collation")
    compared = left.compared | right.compared
    found = _made(f"({left.sql} {_SAME.get(sign, sign)} {right.sql})", "boolean", [left, right])
    return Value(found.sql, "boolean", found.doubts | compared)


def _typed(found: Value, beside: Value) -> Value:
    """A literal as what it is compared with."""
    if found.literal is None or beside.literal is not None:
        return found
    if beside.kind == "boolean" and found.kind == "integer":
        if found.literal not in {"0", "1"}:
            raise NotCarried(f"a boolean compared with {found.literal}")
        return Value("true" if found.literal == "1" else "false", "boolean")
    return _typed_text(found, found.literal, beside) if found.kind == "text" else found


def _typed_text(found: Value, literal: str, beside: Value) -> Value:
    if beside.kind == "enum":
        if literal not in beside.labels:
            raise NotCarried(f"{literal!r}, which is no member of its ENUM")
        return Value(found.sql, "enum")
    if beside.kind == "date" and _DAY.fullmatch(literal):
        return Value(f"{found.sql}::date", "date")
    if beside.kind == "timestamp" and _MOMENT.fullmatch(literal):
        return Value(f"{found.sql}::timestamp", "timestamp")
    return found


def _like(parts: Sequence[Value]) -> Value:
    left, right = parts
    if left.kind != "text" or right.literal is None or right.kind != "text":
        raise NotCarried("LIKE of what is no text, or with a pattern that is not constant")
    if "\\" in right.literal:
        raise NotCarried("LIKE with an escape in its pattern")
    found = _made(f"({left.sql} LIKE {right.sql})", "boolean", [left])
    return Value(found.sql, "boolean", found.doubts | (left.compared & {CASE}))


def _arithmetic(sign: str, parts: Sequence[Value]) -> Value:
    kinds = {part.kind for part in parts}
    if not kinds <= {"integer", "numeric"}:
        raise NotCarried(f"the operator {sign} of {' and '.join(sorted(kinds))}")
    if sign in {"-", "negative"} and any(part.unsigned for part in parts):
        raise NotCarried("a difference of unsigned numbers, which the source refuses below 0")
    kind = "numeric" if "numeric" in kinds else "integer"
    # The source computes in 64 bits whatever the width of its columns.
    texts = [
        f"{part.sql}::bigint" if part.kind == "integer" and part.literal is None else part.sql
        for part in parts
    ]
    if sign == "negative":
        return _made(f"(- {texts[0]})", kind, parts)
    if sign == "%":
        divisor = parts[1].literal
        if kind != "integer" or divisor is None or int(divisor) == 0:
            raise NotCarried("a remainder by what is not a whole constant")
    return _made(f"({texts[0]} {sign} {texts[1]})", kind, parts)


def _one_kind(parts: Sequence[Value]) -> list[Value]:
    """Values that stand for each other: of one kind, literals as the others are."""
    lead = next((part for part in parts if part.literal is None and part.kind != "null"), parts[0])
    found = [_typed(part, lead) for part in parts]
    _kind_of(found)
    return found


def _kind_of(parts: Sequence[Value]) -> str:
    kinds = {part.kind for part in parts} - {"null"}
    if kinds == {"integer", "numeric"}:
        return "numeric"
    if len(kinds) > 1:
        raise NotCarried(f"values of several kinds: {', '.join(sorted(kinds))}")
    return next(iter(kinds), "null")


# --- functions --------------------------------------------------------------------------------------


def _as_text(found: Value) -> Value:
    """Text, and whole numbers, which both print alike."""
    if found.kind == "text":
        return found
    if found.kind == "integer":
        return _made(f"{found.sql}::text", "text", [found])
    raise NotCarried(f"{found.kind} as text")


def _of_text(name: str, *doubts: str) -> Callable[[Sequence[Value]], Value]:
    """A function of one text."""

    def made(parts: Sequence[Value]) -> Value:
        if len(parts) != 1 or parts[0].kind != "text":
            raise NotCarried(f"{name}() of {', '.join(part.kind for part in parts)}")
        found = _made(f"{name}({parts[0].sql})", "text", parts, compared=True)
        return Value(found.sql, "text", found.doubts | frozenset(doubts), found.compared)

    return made


def _characters(parts: Sequence[Value]) -> Value:
    if len(parts) != 1 or parts[0].kind not in {"text", "bytes"}:
        raise NotCarried("char_length() of what is no text")
    name = "char_length" if parts[0].kind == "text" else "octet_length"
    return _made(f"{name}({parts[0].sql})", "integer", parts)


def _octets(parts: Sequence[Value]) -> Value:
    if len(parts) != 1 or parts[0].kind not in {"text", "bytes"}:
        raise NotCarried("length() of what is no text")
    if parts[0].kind == "text" and (parts[0].charset or "") not in {"utf8", "utf8mb3", "utf8mb4", "ascii"}:
        raise NotCarried(f"length() in bytes of the character set {parts[0].charset}")
    return _made(f"octet_length({parts[0].sql})", "integer", parts)


def _concatenated(parts: Sequence[Value]) -> Value:
    texts = [_as_text(part) for part in parts]
    if len(texts) == 1:
        return texts[0]
    return _made(f"({' || '.join(one.sql for one in texts)})", "text", texts, compared=True)


def _first(parts: Sequence[Value]) -> Value:
    found = _one_kind(parts)
    sql = f"COALESCE({', '.join(one.sql for one in found)})"
    return _made(sql, _kind_of(found), found, compared=True)


def _if(parts: Sequence[Value]) -> Value:
    when = _truth(parts[0])
    then, otherwise = _one_kind(parts[1:])
    sql = f"(CASE WHEN {when.sql} THEN {then.sql} ELSE {otherwise.sql} END)"
    return _made(sql, _kind_of([then, otherwise]), [when, then, otherwise], compared=True)


def _nullif(parts: Sequence[Value]) -> Value:
    same = _compared("=", parts[0], parts[1])
    return _made(
        f"(CASE WHEN {same.sql} THEN NULL ELSE {parts[0].sql} END)",
        parts[0].kind,
        [parts[0], same],
        compared=True,
    )


def _absolute(parts: Sequence[Value]) -> Value:
    if len(parts) != 1 or parts[0].kind not in {"integer", "numeric"}:
        raise NotCarried("abs() of what is no exact number")
    return _made(f"abs({parts[0].sql})", parts[0].kind, parts)


def _part_of_text(name: str) -> Callable[[Sequence[Value]], Value]:
    """Characters of a text by constant numbers."""

    def made(parts: Sequence[Value]) -> Value:
        numbers = [part.literal or "" for part in parts[1:]]
        if parts[0].kind != "text" or not numbers or not all(one.isdigit() and int(one) for one in numbers):
            raise NotCarried(
                f"{name}() of what is no text, or with numbers that are not constant and above 0"
            )
        called = '"left"' if name == "left" else '"right"' if name == "right" else "substr"
        return _made(f"{called}({', '.join([parts[0].sql, *numbers])})", "text", parts, compared=True)

    return made


def _field(name: str) -> Callable[[Sequence[Value]], Value]:
    def made(parts: Sequence[Value]) -> Value:
        allowed = {"timestamp"} if name in {"hour", "minute", "second"} else {"date", "timestamp"}
        if len(parts) != 1 or parts[0].kind not in allowed:
            raise NotCarried(f"{name}() of {', '.join(part.kind for part in parts)}")
        field = f"EXTRACT({name} FROM {parts[0].sql})"
        return _made(f"{f'floor({field})' if name == 'second' else field}::integer", "integer", parts)

    return made


def _replaced(parts: Sequence[Value]) -> Value:
    if len(parts) != 3 or any(part.kind != "text" for part in parts) or parts[1].literal in {None, ""}:
        raise NotCarried("replace() of what is no text, or of what is not constant")
    return _made(f"replace({', '.join(part.sql for part in parts)})", "text", parts, compared=True)


_FUNCTIONS: t.Final[dict[str, Callable[[Sequence[Value]], Value]]] = {
    "and": _joined("AND"),
    "or": _joined("OR"),
    "not": _tested("(NOT {})"),
    "is true": _tested("({} IS TRUE)"),
    "is false": _tested("({} IS FALSE)"),
    "is null": _is_null,
    "in": _one_of,
    "like": _like,
    **dict.fromkeys(("lower", "lcase"), _of_text("lower", LETTERS)),
    **dict.fromkeys(("upper", "ucase"), _of_text("upper", LETTERS)),
    "trim": _of_text("btrim"),
    "ltrim": _of_text("ltrim"),
    "rtrim": _of_text("rtrim"),
    **dict.fromkeys(("char_length", "character_length"), _characters),
    **dict.fromkeys(("length", "octet_length"), _octets),
    "concat": _concatenated,
    **dict.fromkeys(("coalesce", "ifnull"), _first),
    "if": _if,
    "nullif": _nullif,
    "abs": _absolute,
    **{name: _part_of_text(name) for name in ("left", "right", "substr", "substring")},
    **{name: _field(field) for name, field in _FIELDS.items()},
    "replace": _replaced,
}

__all__ = ("BLANKS", "CASE", "LETTERS", "Known", "NotCarried", "Value", "condition", "doubts_of", "value")
