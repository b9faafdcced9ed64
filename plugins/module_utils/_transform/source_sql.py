# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""SQL of the source made from a plan: values, COPY rows, canonical rows, the scan.

Nothing here runs a statement. A NULL is decided around every template (`IF(… IS NULL, …)`), so a
template that fails to give a value makes the whole row NULL, which the reader and the sums refuse
loudly; `CONCAT_WS` and `COALESCE` would hide it.
"""

from __future__ import annotations

import typing as t

from .._mysql import quoting
from .charsets import UTF8
from .misfits import CLASSES, EXPRESSION, REINTERPRET
from .pairs import parameters
from .template import render
from .types import source_kind

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._range import Range
    from .plan import ColumnPlan, TablePlan

# Charsets whose bytes are UTF-8 already; all others are converted.
_UTF8: t.Final = {None, "utf8mb4", "utf8mb3", "utf8", "ascii"}
LONG_TEXT: t.Final = 255
"""Columns that can be longer enter the row hash as their own SHA-256, in characters of the source's type."""
# A function that copies a value gives NULL above max_allowed_packet; the column itself has no such limit.
_AS_IT_IS: t.Final = "CAST({c} AS BINARY)"
_NULL_BINARY: t.Final = "X'ffffffff'"
_ALWAYS_FITS: t.Final = 255
"""Characters of a text whose copy no server finds too large: the smallest packet has 1,024 bytes."""
# Rules that the value as it is read follows already. (double_encoded has a policy of the name reinterpret, too.)
_IN_THE_VALUE: t.Final = {EXPRESSION.name, REINTERPRET.name}
# A text beside it would make a text of the number, and MariaDB compares texts with 0 in decimals: 1e-100 would be 0.
_FLOATING: t.Final = {"float", "double"}
_QUERY: t.Final = "JSON_TABLE"
# Joined to bytes first, values of different character sets and collations do not quarrel in CONCAT.
_AS_BYTES: t.Final = "CAST('' AS BINARY)"


def raw(column: ColumnPlan) -> str:
    """The bare source column, or the expression that a rule puts in its place."""
    if column.expression is not None:
        return f"({column.expression})"
    return quoting.identifier(column.source.name)


_READ: t.Final = {
    "enum": "CONVERT({raw} USING utf8mb4)",
    "set": "CONVERT({raw} USING utf8mb4)",
    "uuid": "CAST({raw} AS CHAR)",
    "inet": "CAST({raw} AS CHAR)",
    "geometry": "CAST({raw} AS BINARY)",
    "vector": "CAST({raw} AS BINARY)",
    "float": "({raw} * 1e0)",  # an addition would lose the sign of -0
    "bit": "({raw} + 0)",
    "year": "({raw} + 0)",
}
"""How a kind is read so that neither a charset nor display rounding touches it; others as they are."""


_EXPRESSED: t.Final = {
    "text": "CONVERT({raw} USING utf8mb4)",  # an expression's character set is not in the catalog
    "double": "({raw} * 1e0)",  # it may be a text
}
"""How the value of an expression is read."""


def base(column: ColumnPlan) -> str:
    """The column as a value that no policy has touched yet."""
    read = _as_kind(column)
    return render(column.pair.read, {"c": read}) if column.pair.read else read


def _as_kind(column: ColumnPlan) -> str:
    """The column as its kind is read."""
    name = raw(column)
    kind = source_kind(column.source) or ""
    if column.reinterpret:
        return f"CONVERT(CONVERT({_stored_bytes(column)} USING {_charset(column)}) USING utf8mb4)"
    if column.expression is not None and kind in _EXPRESSED:
        return _EXPRESSED[kind].replace("{raw}", name)
    if kind == "json" and column.source.charset is None:
        return f"CAST({name} AS CHAR CHARACTER SET utf8mb4)"
    if "zerofill" in column.source.type.lower() and column.pair.target != "text":
        return f"({name} + 0)"  # the padding is how the source prints the number, not part of it
    if kind in _READ:
        return _READ[kind].replace("{raw}", name)
    return name if column.source.charset in _UTF8 else f"CONVERT({name} USING utf8mb4)"


def _stored_bytes(column: ColumnPlan) -> str:
    """The bytes that a reinterpreted column means."""
    if column.reinterpret == "double":
        return f"CAST(CONVERT({raw(column)} USING latin1) AS BINARY)"
    return f"CAST({raw(column)} AS BINARY)"


def _lossy(column: ColumnPlan) -> str:
    """A condition: `_stored_bytes` has lost characters that stand for no byte."""
    if column.reinterpret != "double":
        return "FALSE"
    there = f"CONVERT({raw(column)} USING utf8mb4)"
    back = f"CONVERT(CONVERT({raw(column)} USING latin1) USING utf8mb4)"
    return f"COALESCE(CAST({back} AS BINARY), '') <> CAST({there} AS BINARY)"


def _charset(column: ColumnPlan) -> str:
    return "utf8mb4" if column.reinterpret == "double" else str(column.reinterpret)


def predicate(column: ColumnPlan, template: str) -> str:
    """A check's predicate over the value before any policy."""
    return _fill(column, template, base(column))


def value(column: ColumnPlan) -> str:
    """The value after the column's policies, but for those of JSON, which `json_rules` knows."""
    expression = base(column)
    cases = _policies(column, expression)
    if not cases:
        return expression
    # MariaDB mixes no text of ASCII with that of a policy.
    plain = f"CONVERT({expression} USING utf8mb4)" if column.source.charset == "ascii" else expression
    whens = [f"WHEN {condition} THEN {changed}" for condition, changed in cases]
    return f"(CASE {' '.join(whens)} ELSE {plain} END)"


def _policies(column: ColumnPlan, expression: str) -> list[tuple[str, str]]:
    """Condition and value of each policy, the first that holds counts."""
    found = []
    for check in column.checks:
        policy = column.policy(check.misfit.name)
        if policy.name == "fail" or check.read or check.misfit.name in _IN_THE_VALUE:
            continue
        literal = quoting.text(policy.value) if policy.value is not None else "''"
        template = CLASSES[check.misfit.name].policies[policy.name].replace("{value}", literal)
        changed = _fill(column, template, expression)
        if source_kind(column.source) in _FLOATING and not column.pair.read:
            changed = f"({changed} * 1e0)"
        found.append((predicate(column, check.predicate), changed))
    return found


def _formed(column: ColumnPlan, template: str) -> str:
    """`template` of the value after the column's policies."""
    if _QUERY not in template:
        return _fill(column, template, value(column))
    # The conditions of policies are queries, too, and MySQL knows no column in a query that JSON_TABLE is given.
    expression = base(column)
    whens = [
        f"WHEN {condition} THEN {_fill(column, template, changed)}"
        for condition, changed in _policies(column, expression)
    ]
    plain = _fill(column, template, expression)
    return f"(CASE {' '.join(whens)} ELSE {plain} END)" if whens else plain


def is_null(column: ColumnPlan) -> str:
    """Whether the value after the policies is NULL, without computing it.

    A conversion that gives no value is then not taken for a NULL: it makes the row NULL, which is refused.
    """
    whens = []
    for check in column.checks:
        policy = column.policy(check.misfit.name).name
        if policy != "fail" and not check.read and check.misfit.name not in _IN_THE_VALUE:
            whens.append(f"WHEN {predicate(column, check.predicate)} THEN {int(policy == 'null')}")
    null = f"{raw(column)} IS NULL"
    return f"(CASE {' '.join(whens)} ELSE {null} END)" if whens else f"({null})"


def may_be_null(column: ColumnPlan) -> bool:
    """Whether the value after the policies can be NULL."""
    if column.expression is not None:
        return True
    return column.source.nullable or any(policy.name == "null" for _misfit, policy in column.policies)


def _fill(column: ColumnPlan, template: str, expression: str) -> str:
    literals = {
        **parameters(column.source, column.target),
        **dict(column.pair.own),
        "own": column.source.charset or "binary",
    }
    literals["original"] = "NULL" if column.added else quoting.identifier(column.source.name)
    if column.reinterpret:
        literals |= {"charset": _charset(column), "bytes": _stored_bytes(column), "lossy": _lossy(column)}
    # Twice, because a parameter can be a template of the value itself.
    own = {name: f"{{{name}}}" for name in ("c", "raw", "original", "bytes", "lossy", "backref")}
    first = render(template, {**literals, **own})
    return render(first, {**literals, "c": expression, "raw": raw(column), "backref": "{backref}"})


def may_be_oversize(column: ColumnPlan) -> str | None:
    """A condition: a copy of the value, in whatever character set, may be larger than the session's packet.

    `None` where the type is too short for that, and of MySQL's own JSON, which has a class of its own for it.
    """
    if column.added or column.source.charset is None or column.converter is not None:
        return None
    if column.source.length is not None and column.source.length <= _ALWAYS_FITS:
        return None
    return f"COALESCE(4 * LENGTH({raw(column)}) > @@max_allowed_packet, FALSE)"


# --- COPY rows ---------------------------------------------------------------------------------------


def copy_format(table: TablePlan) -> t.Literal["binary", "text"]:
    """The COPY format of the table's chunks: binary wherever every column has a binary form in SQL."""
    return "binary" if all(column.pair.binary for column in table.copied) else "text"


def needs_python(table: TablePlan) -> bool:
    """A converter works on values, so the rows of its table are built from raw columns by Python."""
    return any(column.converter for column in table.copied)


def text_row(table: TablePlan) -> str:
    """One line of COPY's text format, its line break included."""
    tab = ", X'09', "
    return f"CONCAT({_AS_BYTES}, {tab.join(_text_field(column) for column in table.copied)}, X'0a')"


def _text_field(column: ColumnPlan) -> str:
    field = _formed(column, column.pair.copy_text or column.pair.text)
    if column.pair.escape:
        # The backslash first; a carriage return alone would end a line on input.
        for plain, escaped in (
            ("'\\'", "'\\\\'"),
            ("X'0a'", "'\\n'"),
            ("X'0d'", "'\\r'"),
            ("X'09'", "'\\t'"),
        ):
            field = f"REPLACE({field}, {plain}, {escaped})"
    return f"IF({is_null(column)}, '\\N', {field})" if may_be_null(column) else field


def binary_row(table: TablePlan) -> str:
    """One tuple of COPY's binary format."""
    columns = table.copied
    fields = ", ".join(_binary_field(column) for column in columns)
    return f"CONCAT(X'{len(columns):04x}', {fields})"


def _binary_field(column: ColumnPlan) -> str:
    expression = value(column)
    field = _fill(column, column.pair.binary or "", expression)
    size = column.pair.binary_size
    if size == 0:
        size = int(parameters(column.source, column.target)["hexdigits"]) // 2
    field = (
        f"UNHEX(LPAD(HEX(LENGTH({field})), 8, '0')), {field}" if size is None else f"X'{size:08x}', {field}"
    )
    return f"IF({is_null(column)}, {_NULL_BINARY}, CONCAT({field}))" if may_be_null(column) else field


def raw_columns(table: TablePlan) -> str:
    """The columns one by one for rows that Python puts together, and last a digit for each: 1 is NULL.

    Text is not escaped, binary fields carry no length. A form that would copy a whole long value is left to
    `wrapping`: above max_allowed_packet the server gives NULL for a copy, and the value itself for a column.
    """
    binary = copy_format(table) == "binary"
    fields, nulls = [], []
    for column in table.copied:
        expression = value(column)
        template = (column.pair.binary if binary else column.pair.text) or ""
        field = expression
        if not column.converter and template != _AS_IT_IS and not wrapping(column, binary):
            field = _formed(column, template)
        fields.append(f"IF({is_null(column)}, NULL, {field})" if may_be_null(column) else field)
        nulls.append(is_null(column) if may_be_null(column) else "0")
    return ", ".join([*fields, f"CONCAT('', {', '.join(nulls)})"])


def wrapping(column: ColumnPlan, binary: bool) -> t.Literal["", "hex", "jsonb"]:
    """What Python still has to do to a value of `raw_columns` before it is a field."""
    if column.converter:
        return ""
    if column.pair.copy_text and not binary:
        return "hex"
    return "jsonb" if column.pair.target == "jsonb" and binary else ""


# --- the canonical row ------------------------------------------------------------------------------


def row_hash(table: TablePlan) -> str:
    """SHA-256 of the canonical row as 64 hexadecimal digits; what is compared outside is left out."""
    parts = [canonical(column) for column in table.columns if not outside(column)]
    separator = ", '|', "
    return f"SHA2(CONCAT({_AS_BYTES}, {separator.join(parts)}), 256)" if parts else "SHA2('', 256)"


def outside(column: ColumnPlan) -> bool:
    """The values are read from both servers and compared outside of them: parsed JSON, and JSON that a rule changes."""
    return shape(column) == "json" or column.changes_json


def shape(column: ColumnPlan) -> str:
    """How the column's canonical value enters the row hash."""
    return column.converter.shape if column.converter else column.pair.shape


def is_long(column: ColumnPlan) -> bool:
    """The canonical value enters as its own SHA-256."""
    return shape(column) == "bytes" or column.source.length is None or column.source.length > LONG_TEXT


def canonical(column: ColumnPlan) -> str:
    """The column's part of the canonical row."""
    expression = value(column)
    kind = shape(column)
    template = column.converter.canonical_source if column.converter else column.pair.canonical_source
    form = _fill(column, template, expression)
    if kind in {"text", "bytes"}:
        if is_long(column):
            # The value itself, not a copy of it: functions that copy give NULL above max_allowed_packet.
            form = f"SHA2({expression if template in {_AS_IT_IS, '{c}'} else form}, 256)"
        else:
            form = f"CONCAT(LENGTH({form}), ':', {form})"
    return f"IF({is_null(column)}, 'N', {form})" if may_be_null(column) else form


def document(column: ColumnPlan) -> str:
    """The JSON document of a column that is compared outside the servers."""
    template = column.pair.canonical_source
    # The value itself, not a copy of it, as in `canonical`.
    return value(column) if template == _AS_IT_IS else _fill(column, template, value(column))


# --- FROM and WHERE ---------------------------------------------------------------------------------


def from_range(database: str, table: TablePlan, span: Range, keep: bool = True) -> str:
    """`FROM … WHERE …` of one range, along the table's range index: the rows to keep, or those filtered."""
    source = quoting.qualified(database, table.source.name)
    conditions = [*range_conditions(table, span), *_filter(table, keep)]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    index = f" FORCE INDEX ({quoting.identifier(table.range_index)})" if table.range_index else ""
    return f"FROM {source}{index}{where}"


def origin(database: str, table: TablePlan, *conditions: str, alias: str = "") -> str:
    """`FROM … WHERE …` of all rows that are kept and meet `conditions`."""
    found = [*conditions, *_filter(table, True)]
    where = f" WHERE {' AND '.join(found)}" if found else ""
    return f"FROM {quoting.qualified(database, table.source.name)}{alias and f' AS {alias}'}{where}"


def _filter(table: TablePlan, keep: bool) -> list[str]:
    """The table's row filter; a filter that is NULL for a row does not keep it."""
    if table.where is None:
        return []
    return [f"({table.where})"] if keep else [f"NOT COALESCE(({table.where}), FALSE)"]


def range_conditions(table: TablePlan, span: Range) -> list[str]:
    """The comparisons of a range, in the column's own collation."""
    if table.range_index is None:
        return []
    name = quoting.identifier(table.range_column or "")
    conditions = []
    if span.lower is not None:
        conditions.append(f"{name} >= {bound_literal(table, span.lower)}")
    if span.upper is not None:
        conditions.append(f"{name} < {bound_literal(table, span.upper)}")
    return conditions


def bound_literal(table: TablePlan, bound: bytes) -> str:
    """A bound as a literal that the range column's own collation compares.

    In another character set it could become another value: some characters have two codes, some codes no character.
    """
    column = table.source.column(table.range_column or "")
    if column is not None and column.family.endswith("int"):
        return str(int(bound))
    if column is not None and (column.family.endswith("binary") or column.family.endswith("blob")):
        return quoting.binary(bound)
    if column is not None and column.charset is not None:
        return f"_{column.charset} {quoting.binary(bound)}"
    return quoting.text(bound.decode("utf-8"))


def bound_expression(table: TablePlan) -> str:
    """The range column as hexadecimal digits of what `Range` keeps."""
    return f"HEX(CAST({quoting.identifier(table.range_column or '')} AS BINARY))"


def can_be_bound(table: TablePlan) -> str:
    """A condition: the range column's value can stand in a statement, which broken text cannot."""
    name = quoting.identifier(table.range_column or "")
    column = table.source.column(table.range_column or "")
    charset = column.charset if column is not None else None
    if charset is None:
        return "TRUE"
    there, back = ("utf16", "utf8mb4") if charset in UTF8 else ("utf8mb4", charset)
    return f"CAST(CONVERT(CONVERT({name} USING {there}) USING {back}) AS BINARY) <=> CAST({name} AS BINARY)"


def printed(column: ColumnPlan) -> str:
    """The value in its canonical form, as text."""
    return f"CAST({_fill(column, column.pair.canonical_source, value(column))} AS CHAR)"


def key_expressions(columns: Sequence[ColumnPlan]) -> list[str]:
    """Key columns as text, as the target would print them, for reports."""
    return [printed(column) for column in columns]


__all__ = (
    "base",
    "binary_row",
    "bound_expression",
    "bound_literal",
    "can_be_bound",
    "canonical",
    "copy_format",
    "document",
    "from_range",
    "is_long",
    "is_null",
    "key_expressions",
    "may_be_null",
    "may_be_oversize",
    "needs_python",
    "origin",
    "outside",
    "predicate",
    "printed",
    "range_conditions",
    "raw",
    "raw_columns",
    "row_hash",
    "shape",
    "text_row",
    "value",
    "wrapping",
)
