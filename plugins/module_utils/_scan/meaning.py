# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What provably means the same on both servers: an expression of the target in SQL of the source.

A construct stands here or is not translated: the rest of the module is the list. What a construct means the same for
only some values (lower() of ASCII alone, a sum inside the type's range) gets a condition, `Value.sure`, and rows that
do not meet it are judged by nobody. tests/engine/test_same_meaning.py asks both servers over random values.

- Text is compared byte for byte, as UTF-8: a deterministic collation calls nothing else equal. Less and greater only
  under the collations that order by bytes (C, POSIX). Lengths are in characters.
- lower(), upper() and citext: ASCII alone, and no language with letters of its own (Turkish).
- Numbers are compared exactly; whole numbers are added, subtracted and multiplied inside the type's range; a remainder
  by what is not 0. No division, no arithmetic with a point, none on dates.
- LIKE and regular expressions: constant patterns of the forms in `patterns`.
- AND, OR, NOT, IS, CASE and COALESCE have the same three values on both.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace

from .._mysql import quoting
from . import patterns, syntax
from .leaf import FLAVOURS, NotTheSame, Scope, Value, leaf

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .syntax import Node

_INTEGERS: t.Final = {"smallint": 16, "integer": 32, "bigint": 64}
_TEXTS: t.Final = {"text", "character varying", "bpchar", "character"}
_NUMBERS: t.Final = {"integer", "numeric"}
_ORDERED: t.Final = {"=", "<>", "<", "<=", ">", ">="}
_EXACT_DIGITS: t.Final = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
_DAY: t.Final = re.compile(r"[1-9]\d{3}-\d\d-\d\d")
_MOMENT: t.Final = re.compile(r"[1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?")
_INSTANT: t.Final = re.compile(_MOMENT.pattern + r"\+00")
_WHOLE: t.Final = re.compile(r"-?\d{1,19}")
_FEW_DIGITS: t.Final = re.compile(r"-?\d{1,15}")
_BYTES: t.Final = re.compile(r"\\x(?:[0-9a-f]{2})*")
_TRUTH: t.Final = re.compile(r"t|f|true|false")
_UUID: t.Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ARRAY: t.Final = re.compile(r"\{[A-Za-z0-9_.@-]+(?:,[A-Za-z0-9_.@-]+)*\}")


def condition(text: str, scope: Scope) -> Value:
    """A CHECK, a predicate or a bound; raises NotTheSame, with the reason."""
    found = value(text, scope)
    if found.kind not in {"boolean", "null"}:
        raise NotTheSame(f"its value is {found.kind}")
    return found


def value(text: str, scope: Scope) -> Value:
    """The value of an expression as the target prints it; raises NotTheSame, with the reason."""
    try:
        return _Translation(scope).of(syntax.parse(text))
    except syntax.Unreadable as error:
        raise NotTheSame(f"not read: {error}") from error


class _Translation:
    """One expression over the columns of a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def of(self, node: Node) -> Value:
        """The value of a part of the expression."""
        name = type(node).__name__.lower()
        translate: Callable[[t.Any], Value] | None = getattr(self, f"of_{name}", None)
        if translate is None:
            raise NotTheSame(f"{name} by itself")
        return translate(node)

    # --- columns and constants --------------------------------------------------------------------

    def of_column(self, node: syntax.Column) -> Value:
        return leaf(self.scope, node.name)

    def of_constant(self, node: syntax.Constant) -> Value:
        if node.kind == "null":
            return Value("NULL", "null")
        text = str(node.text)
        if node.kind == "boolean":
            return Value(text.upper(), "boolean")
        if node.kind == "string":
            return _text_literal(text)
        if not _EXACT_DIGITS.fullmatch(text):
            raise NotTheSame(f"the number {text}")
        if "." in text:
            return Value(text, "numeric", literal=text)
        bits = next((bits for bits in (32, 64) if -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1)), 0)
        return Value(text, "integer" if bits else "numeric", bits=bits, literal=text)

    # --- casts ------------------------------------------------------------------------------------

    def of_cast(self, node: syntax.Cast) -> Value:
        operand = self.of(node.operand)
        if operand.kind == "null":
            return operand
        if operand.literal is not None and isinstance(node.operand, syntax.Constant):
            return _typed(operand.literal, node.type)
        return _converted(operand, node.type)

    def of_collated(self, node: syntax.Collated) -> Value:
        found = _as_text(self.of(node.operand))
        if node.collation not in {"C", "POSIX", "default", "ucs_basic"}:
            raise NotTheSame(f"the collation {node.collation}")
        by_bytes = node.collation in {"C", "POSIX", "ucs_basic"} or self.scope.orders_by_bytes
        return replace(found, by_bytes=by_bytes)

    # --- conditions -------------------------------------------------------------------------------

    def of_junction(self, node: syntax.Junction) -> Value:
        parts = [_boolean(self.of(part)) for part in node.parts]
        if node.word == "NOT":
            return _joined(f"(NOT {parts[0].sql})", "boolean", parts)
        return _joined(f"({f' {node.word} '.join(part.sql for part in parts)})", "boolean", parts)

    def of_is(self, node: syntax.Is) -> Value:
        no = "NOT " if node.negated else ""
        if node.what == "NULL":
            operand = self.of(node.operand)
            return _joined(f"({no}{operand.is_null})", "boolean", [operand])
        operand = _boolean(self.of(node.operand))
        return _joined(f"({operand.sql} IS {no}{node.what})", "boolean", [operand])

    def of_operation(self, node: syntax.Operation) -> Value:
        left, right = self.of(node.left), self.of(node.right)
        operator = _own(node.operator, left, right)
        if operator in _ORDERED:
            return self.compared(operator, left, right)
        if operator == "IS DISTINCT FROM":
            same = self.compared("<=>", left, right)
            return replace(same, sql=f"(NOT {same.sql})")
        if operator in patterns.LIKE | patterns.MATCH:
            return self.matched(operator, left, right)
        if operator == "||":
            parts = [_as_text(left), _as_text(right)]
            return _joined(f"CONCAT({parts[0].sql}, {parts[1].sql})", "text", parts, self.scope)
        if operator in {"+", "-", "*", "%"}:
            return _arithmetic(operator, left, right)
        raise NotTheSame(f"the operator {operator}")

    def of_quantified(self, node: syntax.Quantified) -> Value:
        left, items = self.of(node.left), self.items(node.right)
        operator = _own(node.operator, left, *items)
        if (operator, node.word) not in {("=", "ANY"), ("<>", "ALL")}:
            raise NotTheSame(f"{operator} {node.word}")
        parts = [self.compared(operator, left, item) for item in items]
        if not parts:
            raise NotTheSame("an empty array")
        joint = " OR " if node.word == "ANY" else " AND "
        return _joined(f"({joint.join(part.sql for part in parts)})", "boolean", parts)

    def items(self, node: Node) -> list[Value]:
        """The members of a constant array."""
        if isinstance(node, syntax.Cast) and isinstance(node.operand, syntax.Array):
            kind = node.type.removesuffix("[]")
            return [self.of(syntax.Cast(item, kind)) for item in node.operand.items]
        if isinstance(node, syntax.Array):
            return [self.of(item) for item in node.items]
        if isinstance(node, syntax.Cast) and isinstance(node.operand, syntax.Constant):
            text = str(node.operand.text)
            if _ARRAY.fullmatch(text) and "NULL" not in text.upper().split(","):
                kind = node.type.removesuffix("[]")
                return [_typed(item, kind) for item in text[1:-1].split(",")]
        raise NotTheSame("an array that is not written out")

    def compared(self, operator: str, left: Value, right: Value) -> Value:
        """Two values of kinds that both servers compare in the same way."""
        left, right = _alike(left, right)
        if operator not in {"=", "<>", "<=>"} and not (left.ordered and right.ordered):
            raise NotTheSame(f"the order of {left.kind}")
        a, b = left.comparable, right.comparable
        if operator == "<=>":
            return _joined(f"({a} <=> {b})", "boolean", [left, right])
        return _joined(f"({a} {operator} {b})", "boolean", [left, right])

    def matched(self, operator: str, left: Value, right: Value) -> Value:
        """LIKE and regular expressions."""
        if left.kind not in {"text", "null"} or left.blanks or right.literal is None:
            raise NotTheSame(f"{operator} of {left.kind}, or with a pattern that is not constant")
        sql = patterns.condition(operator, left.sql, right.literal)
        if sql is None:
            raise NotTheSame(f"the pattern {right.literal!r} of {operator}")
        return _joined(sql, "boolean", [left])

    # --- functions --------------------------------------------------------------------------------

    def of_call(self, node: syntax.Call) -> Value:
        if node.name == "coalesce":
            return self.first(node.arguments)
        if node.name == "nullif":
            left, right = (self.of(one) for one in node.arguments)
            same = self.compared("=", left, right)
            return replace(
                left,
                sql=f"(CASE WHEN {same.sql} THEN NULL ELSE {left.sql} END)",
                sure=left.sure | right.sure,
                null=None,
                literal=None,
            )
        if node.name in {"num_nulls", "num_nonnulls"}:
            parts = [self.of(one) for one in node.arguments]
            no = "NOT " if node.name == "num_nonnulls" else ""
            counted = " + ".join(f"({no}{part.is_null})" for part in parts)
            return _joined(f"({counted})", "integer", parts, bits=32)
        return self.function(node.name, [self.of(one) for one in node.arguments])

    def function(self, name: str, arguments: list[Value]) -> Value:
        """A function of the lists below."""
        if len(arguments) == 1 and name in _OF_ONE:
            return _OF_ONE[name](arguments[0], self.scope)
        if name == "strpos" and len(arguments) == 2:
            whole, sought = (_as_text(one) for one in arguments)
            return _joined(f"LOCATE({sought.sql}, {whole.sql})", "integer", [whole, sought], bits=32)
        if name in {"left", "right"} and len(arguments) == 2 and str(arguments[1].literal).isdigit():
            text = _as_text(arguments[0])
            return _joined(f"{name.upper()}({text.sql}, {arguments[1].sql})", "text", [text], self.scope)
        if name == "mod" and len(arguments) == 2:
            return _arithmetic("%", *arguments)
        raise NotTheSame(f"the function {name}")

    def first(self, nodes: Sequence[Node]) -> Value:
        """COALESCE: the first that is not NULL, all of one kind."""
        parts = _one_kind([self.of(node) for node in nodes])
        return _joined(f"COALESCE({', '.join(part.sql for part in parts)})", parts[0].kind, parts, self.scope)

    def of_case(self, node: syntax.Case) -> Value:
        conditions = []
        for when, _then in node.whens:
            if node.operand is None:
                conditions.append(_boolean(self.of(when)))
            else:
                conditions.append(self.compared("=", self.of(node.operand), self.of(when)))
        results = [self.of(then) for _when, then in node.whens]
        results.append(self.of(node.otherwise) if node.otherwise is not None else Value("NULL", "null"))
        results = _one_kind(results)
        whens = " ".join(
            f"WHEN {condition.sql} THEN {result.sql}"
            for condition, result in zip(conditions, results, strict=False)
        )
        sql = f"(CASE {whens} ELSE {results[-1].sql} END)"
        return _joined(sql, results[0].kind, [*results, *conditions], self.scope)


def _own(operator: str, *operands: Value) -> str:
    """citext has operators of its own, which compare as its values do here."""
    schema, point, bare = operator.rpartition(".")
    if point and schema and bare in {"=", "<>"} and {one.kind for one in operands} <= {"citext", "null"}:
        return bare
    return operator


# --- kinds ------------------------------------------------------------------------------------------


def _joined(
    sql: str, kind: str, parts: Sequence[Value], scope: Scope | None = None, *, bits: int = 0
) -> Value:
    """A value made of others: sure where all of them are."""
    sure = frozenset().union(*(part.sure for part in parts))
    texts = [part for part in parts if part.kind == "text" and part.literal is None]
    ordered = all(part.by_bytes for part in texts) if texts else scope is not None and scope.orders_by_bytes
    width = bits or max((part.bits for part in parts if part.kind == kind), default=0)
    return Value(sql, kind, sure, by_bytes=ordered, bits=width)


def _text_literal(text: str) -> Value:
    return Value(f"({quoting.text(text)} COLLATE utf8mb4_bin)", "text", by_bytes=True, literal=text)


def _typed(text: str, kind: str) -> Value:
    """A constant of a type, as the target has read it already; raises NotTheSame."""
    bare = kind.partition("(")[0]
    if bare in _TEXTS and kind == bare:
        return _text_literal(text.rstrip(" ") if bare in {"bpchar", "character"} else text)
    for pattern, kinds, make in _CONSTANTS:
        if kind in kinds and pattern.fullmatch(text):
            return make(text, kind)
    if kind.endswith(".citext"):
        return _folded(_text_literal(text))
    if "." in kind and "[" not in kind and "(" not in kind:
        # A label of an enum, or a value of an extension's type: only compared with a column of that very kind.
        return replace(_text_literal(text), kind=f"enum {kind}", literal=None)
    raise NotTheSame(f"a constant of {kind}")


_CONSTANTS: t.Final[tuple[tuple[re.Pattern[str], t.Collection[str], Callable[[str, str], Value]], ...]] = (
    (_WHOLE, _INTEGERS, lambda text, kind: Value(text, "integer", bits=_INTEGERS[kind], literal=text)),
    (_EXACT_DIGITS, {"numeric"}, lambda text, kind: Value(text, "numeric", literal=text)),
    (_FEW_DIGITS, {"double precision"}, lambda text, kind: Value(f"{text}e0", "double", literal=text)),
    (_TRUTH, {"boolean"}, lambda text, kind: Value("TRUE" if text[0] == "t" else "FALSE", "boolean")),
    (_DAY, {"date"}, lambda text, kind: Value(f"CAST('{text}' AS DATE)", "date")),
    (
        _MOMENT,
        {"timestamp without time zone"},
        lambda text, kind: Value(f"CAST('{text}' AS DATETIME(6))", "timestamp"),
    ),
    (
        _INSTANT,
        {"timestamp with time zone"},
        lambda text, kind: Value(f"CAST('{text[:-3]}' AS DATETIME(6))", "timestamptz"),
    ),
    (
        _BYTES,
        {"bytea"},
        lambda text, kind: Value(f"CAST({quoting.binary(bytes.fromhex(text[2:]))} AS BINARY)", "bytes"),
    ),
    (_UUID, {"uuid"}, lambda text, kind: replace(_text_literal(text), kind="uuid", literal=None)),
)
"""Forms of constants, as our sessions print them, by their types."""


def _converted(operand: Value, kind: str) -> Value:
    """A cast that changes nothing but the type, or that both servers do alike; raises NotTheSame."""
    if kind in {"text", "character varying"}:
        return replace(_as_text(operand), blanks=False)
    if kind.endswith(".citext") and operand.kind == "text" and not operand.blanks:
        return _folded(operand)
    if kind in _INTEGERS and operand.kind == "integer":
        return _inside(replace(operand, bits=_INTEGERS[kind], null=operand.is_null), operand.bits)
    known = _CASTS.get((operand.kind, kind))
    if known is None:
        raise NotTheSame(f"the cast of {operand.kind} to {kind}")
    sql = known[1].replace("{c}", operand.sql)
    return replace(operand, kind=known[0], sql=sql, null=operand.is_null, blanks=kind == "bpchar")


_CASTS: t.Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("text", "bpchar"): ("text", "TRIM(TRAILING ' ' FROM {c})"),
    ("integer", "numeric"): ("numeric", "{c}"),
    ("numeric", "numeric"): ("numeric", "{c}"),
    ("double", "double precision"): ("double", "{c}"),
    ("timestamp", "date"): ("date", "DATE({c})"),
    ("date", "timestamp without time zone"): ("timestamp", "CAST({c} AS DATETIME(6))"),
}
"""Kind and type -> kind, and the value."""


def _folded(text: Value) -> Value:
    """citext compares in small letters."""
    return replace(
        text, kind="citext", sql=f"LOWER({text.sql})", sure=text.sure | {_ascii(text)}, literal=None
    )


def _ascii(text: Value) -> str:
    return f"COALESCE(LENGTH({text.sql}) = CHAR_LENGTH({text.sql}), TRUE)"


def _as_text(operand: Value) -> Value:
    if operand.kind == "text":
        return operand
    if operand.kind == "null":
        return replace(operand, kind="text")
    if operand.kind == "integer":
        sql = f"(CONVERT(CAST({operand.sql} AS CHAR) USING utf8mb4) COLLATE utf8mb4_bin)"
        return Value(sql, "text", operand.sure, by_bytes=True)
    if operand.kind == "uuid" or operand.kind.startswith("enum "):
        return replace(operand, kind="text", literal=None)
    raise NotTheSame(f"{operand.kind} as text")


def _boolean(operand: Value) -> Value:
    if operand.kind == "null":
        return replace(operand, kind="boolean")
    if operand.kind != "boolean":
        raise NotTheSame(f"{operand.kind} as a condition")
    return operand


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Two values as one kind; raises NotTheSame: the target would not compare them, or not so."""
    if left.kind == "null" or right.kind == "null":
        known = right if left.kind == "null" else left
        return replace(left, kind=known.kind), replace(right, kind=known.kind)
    kinds = {left.kind, right.kind}
    if kinds <= _NUMBERS or (len(kinds) == 1 and left.kind in FLAVOURS):
        return left, right
    if len(kinds) == 1 and left.kind.startswith("enum "):
        return left, right
    if kinds == {"date", "timestamp"}:
        return _moment(left), _moment(right)
    raise NotTheSame(f"{left.kind} compared with {right.kind}")


def _moment(operand: Value) -> Value:
    return operand if operand.kind == "timestamp" else _converted(operand, "timestamp without time zone")


def _one_kind(parts: list[Value]) -> list[Value]:
    known = next((part for part in parts if part.kind != "null"), Value("NULL", "text"))
    found = [replace(part, kind=known.kind) if part.kind == "null" else part for part in parts]
    if {part.kind for part in found} != {known.kind} or known.kind == "opaque":
        raise NotTheSame(f"values of several kinds: {', '.join(sorted({part.kind for part in found}))}")
    first = next(part for part in found if part.kind == known.kind)
    return [replace(first, sql=parts[0].sql), *found[1:]] if parts[0].kind == "null" else found


# --- numbers ----------------------------------------------------------------------------------------


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    """Of whole numbers, in more digits than they have; sure inside the range of the target's type."""
    if left.kind != "integer" or right.kind != "integer":
        raise NotTheSame(f"{left.kind} {operator} {right.kind}")
    # MariaDB's remainder of two decimals can be a negative zero, which is not equal to 0.
    kind = "SIGNED" if operator == "%" else "DECIMAL(30, 0)"
    a, b = (f"CAST({one.sql} AS {kind})" for one in (left, right))
    bits = max(left.bits, right.bits)
    result = _joined(f"({a} {operator} {b})", "integer", [left, right], bits=bits)
    if operator == "%":
        return replace(result, sure=result.sure | {f"COALESCE({right.sql} <> 0, TRUE)"})
    return _inside(result, 128)


def _inside(number: Value, bits: int) -> Value:
    """Sure where the number is in the range of its type, which only a wider one can leave."""
    if bits <= number.bits:
        return number
    low, high = -(2 ** (number.bits - 1)), 2 ** (number.bits - 1) - 1
    return replace(number, sure=number.sure | {f"COALESCE({number.sql} BETWEEN {low} AND {high}, TRUE)"})


# --- functions of one argument ----------------------------------------------------------------------


def _case_of(word: str) -> Callable[[Value, Scope], Value]:
    def translate(operand: Value, scope: Scope) -> Value:
        text = _as_text(operand)
        if not scope.plain_letters:
            raise NotTheSame(f"{word.lower()}() in a language with letters of its own")
        found = _joined(f"{word}({text.sql})", "text", [text], scope)
        return replace(found, sure=found.sure | {_ascii(text)})

    return translate


def _trimmed(where: str) -> Callable[[Value, Scope], Value]:
    def translate(operand: Value, scope: Scope) -> Value:
        text = _as_text(operand)
        return _joined(f"TRIM({where} ' ' FROM {text.sql})", "text", [text], scope)

    return translate


def _characters(operand: Value, scope: Scope) -> Value:
    if operand.kind == "bytes":
        return _joined(f"LENGTH({operand.sql})", "integer", [operand], bits=32)
    text = _as_text(operand)
    return _joined(f"CHAR_LENGTH({text.sql})", "integer", [text], bits=32)


def _octets(operand: Value, scope: Scope) -> Value:
    if operand.blanks or operand.kind not in {"text", "bytes"}:
        raise NotTheSame(f"octet_length() of {operand.kind}")  # char(n) counts its padding
    return _joined(f"LENGTH({operand.sql})", "integer", [operand], bits=32)


_OF_ONE: t.Final[dict[str, Callable[[Value, Scope], Value]]] = {
    "lower": _case_of("LOWER"),
    "upper": _case_of("UPPER"),
    "btrim": _trimmed("BOTH"),
    "ltrim": _trimmed("LEADING"),
    "rtrim": _trimmed("TRAILING"),
    "length": _characters,
    "char_length": _characters,
    "character_length": _characters,
    "octet_length": _octets,
}

__all__ = ("NotTheSame", "Scope", "Value", "condition", "value")
