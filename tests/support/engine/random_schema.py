# SPDX-License-Identifier: GPL-3.0-or-later
"""Random tables with random constraints and rows, for both servers: what a scan says of them can be put to PostgreSQL.

Every value is a Python value that both servers keep as it is, so that the rows on the target need no migration.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

_TEXTS = [
    *(
        "",
        " ",
        "a",
        "A",
        "ab",
        "Ab",
        "aB ",
        "b",
        "new",
        "New",
        "done",
        "é",
        "É",
        "ß",
        "ss",
        "SS",
        "straße",
        "a\n",
    ),
    *("\ta", "10", "9", "%", "_", "a%b", "a_b", "x@y.z", "a-b", "back\\slash", "quo'te", "a.b", "aab", "  b"),
]
_BEYOND_LATIN = ["\u212a", "k", "K", "\u0131", "\u0130", "i", "I", "😀", "Ω", "ω", "\ufb01", "\u017f", "s"]
_UUIDS = [f"00000000-0000-4000-8000-00000000000{digit}" for digit in "0aF"]
_DAYS = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29), date(1999, 5, 6), date(9999, 12, 31)]
_MOMENTS = [
    datetime(2023, 12, 31, 23, 59, 59, 999999),
    datetime(2024, 1, 1),
    datetime(2024, 7, 1, 12, 0, 0, 500000),
]
LABELS = ("new", "done", "Neu")
NAMES = ("n", "d", "c", "p", "f0", "k0", "of_a_group", "h", "x1", "bucket", "l")
"""Among them what our own statements call things."""


@dataclass(frozen=True)
class Kind:
    """One kind of column: its types, its values, and the operations that fit it."""

    flavour: str
    source: str
    target: str
    values: Sequence[Any]
    before: Callable[[Any], Any] = lambda value: value
    """What the target holds of a value."""


def _texts(source: str, target: str, flavour: str = "text", latin: bool = False) -> Kind:
    return Kind(flavour, source, target, _TEXTS if latin else _TEXTS + _BEYOND_LATIN)


KINDS = (
    Kind("integer", "int", "integer", [-5, -1, 0, 1, 2, 3, 7, 2147483647, -2147483648]),
    Kind("integer", "bigint", "bigint", [-5, 0, 1, 2, 3, 9223372036854775807, -9223372036854775808]),
    Kind("integer", "smallint", "smallint", [-5, 0, 1, 2, 3, 32767]),
    Kind("integer", "int unsigned", "bigint", [0, 1, 2, 3, 4294967295]),
    Kind(
        "numeric", "decimal(8,3)", "numeric(8,3)", [Decimal("-1.5"), Decimal(0), Decimal("2.125"), Decimal(3)]
    ),
    _texts("varchar(20) COLLATE utf8mb4_bin", "varchar(20)"),
    _texts("varchar(20) COLLATE utf8mb4_unicode_ci", "varchar(20)"),
    _texts("varchar(20) CHARACTER SET latin1", "varchar(20)", latin=True),
    _texts("text COLLATE utf8mb4_general_ci", "text"),
    _texts("varchar(20)", 'text COLLATE "C"'),
    _texts("varchar(20) COLLATE utf8mb4_unicode_ci", "text COLLATE folding"),
    _texts("varchar(20) COLLATE utf8mb4_unicode_ci", "citext", "citext"),
    Kind("char", "char(6)", "char(6)", [text.rstrip(" ")[:6] for text in _TEXTS]),
    Kind("date", "date", "date", _DAYS),
    Kind("timestamp", "datetime(6)", "timestamp", _MOMENTS),
    Kind(
        "timestamptz",
        "timestamp(6)",
        "timestamptz",
        _MOMENTS,
        lambda value: value and value.replace(tzinfo=timezone.utc),
    ),
    Kind("boolean", "tinyint(1)", "boolean", [0, 1], lambda value: None if value is None else bool(value)),
    Kind("uuid", "char(36)", "uuid", _UUIDS),
    Kind("enum", f"enum{LABELS!r}", "state", LABELS),
    Kind("bytes", "varbinary(10)", "bytea", [b"", b"a", b"\x00\xff", b"A"]),
    _texts("varchar(20)", "word"),
    Kind("integer", "int", "small", [-5, 0, 1, 2, 3, 40]),
)


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind
    nullable: bool


@dataclass
class RandomTable:
    """One table: its columns, constraints by name, indexes by name, and rows."""

    name: str
    columns: list[Column]
    rows: list[tuple[Any, ...]]
    checks: dict[str, str] = field(default_factory=dict)
    """Name -> condition."""
    indexes: dict[str, str] = field(default_factory=dict)
    """Name -> what stands behind `CREATE … INDEX name ON table`."""
    keys: dict[str, str] = field(default_factory=dict)
    """Name -> FOREIGN KEY … REFERENCES …"""

    def source_sql(self) -> str:
        columns = [
            f"{column.name} {column.kind.source} {'NULL' if column.nullable else 'NOT NULL'}"
            for column in self.columns
        ]
        return f"CREATE TABLE {self.name} (id int NOT NULL PRIMARY KEY, {', '.join(columns)})"

    def target_sql(self, name: str = "", bare: bool = False) -> str:
        columns = [
            f"{column.name} {_base(column.kind.target) if bare else column.kind.target}"
            for column in self.columns
        ]
        return f"CREATE TABLE {name or self.name} (id integer PRIMARY KEY, {', '.join(columns)})"

    def target_rows(self) -> list[tuple[Any, ...]]:
        return [
            (row[0], *(c.kind.before(value) for c, value in zip(self.columns, row[1:], strict=True)))
            for row in self.rows
        ]


def _base(target: str) -> str:
    return {"word": "text", "small": "integer"}.get(target, target)


class Dice:
    """Makes random tables; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def table(self, name: str, parents: Sequence[RandomTable] = ()) -> RandomTable:
        names = self.random.sample(NAMES, self.random.randint(2, 6))
        columns = [self._column(one) for one in names]
        parent = self.random.choice(parents) if parents and self.random.random() < 0.7 else None
        if parent is not None:
            above = self.random.choice(parent.columns)
            columns.append(Column("up", self._alike(above.kind), True))
        rows = [self._row(number, columns, parent) for number in range(self.random.randint(0, 14))]
        found = RandomTable(name, columns, rows)
        if parent is not None:
            found.keys["key_up"] = f"FOREIGN KEY (up) REFERENCES {parent.name} ({above.name})"
        for number in range(self.random.randint(1, 4)):
            found.checks[f"check{number}"] = self.condition(columns, 3)
        for number in range(self.random.randint(0, 3)):
            unique, definition = self._index(columns)
            found.indexes[f"{name}_{'u' if unique else 'i'}{number}"] = definition
        return found

    def _column(self, name: str) -> Column:
        return Column(name, self.random.choice(KINDS), self.random.random() < 0.7)

    def _alike(self, kind: Kind) -> Kind:
        others = [one for one in KINDS if one.flavour == kind.flavour]
        return kind if self.random.random() < 0.6 else self.random.choice(others)

    def _row(self, number: int, columns: Sequence[Column], parent: RandomTable | None) -> tuple[Any, ...]:
        return (number, *(self._value(column, parent) for column in columns))

    def _value(self, column: Column, parent: RandomTable | None) -> Any:
        if column.nullable and self.random.random() < 0.2:
            return None
        return self.random.choice(column.kind.values)

    def _index(self, columns: Sequence[Column]) -> tuple[bool, str]:
        keys = []
        for column in self.random.sample(columns, self.random.randint(1, 2)):
            keys.append(
                f"({self.text(column)})" if self.random.random() < 0.4 and _is_text(column) else column.name
            )
        unique = self.random.random() < 0.8
        nulls = " NULLS NOT DISTINCT" if unique and self.random.random() < 0.2 else ""
        where = f" WHERE {self.condition(columns, 1)}" if self.random.random() < 0.35 else ""
        return unique, f"({', '.join(keys)}){nulls}{where}"

    # --- conditions -------------------------------------------------------------------------------

    def condition(self, columns: Sequence[Column], depth: int) -> str:
        if depth and self.random.random() < 0.5:
            parts = [self.condition(columns, depth - 1) for _ in range(2)]
            word = self.random.choice(["AND", "OR", "AND NOT", "OR NOT"])
            return f"(({parts[0]}) {word} ({parts[1]}))"
        if self.random.random() < 0.08:
            return (
                f"num_nonnulls({', '.join(column.name for column in columns)}) >= {self.random.randint(0, 3)}"
            )
        column = self.random.choice(columns)
        if self.random.random() < 0.15:
            return f"{column.name} IS {self.random.choice(['', 'NOT '])}NULL"
        return self.random.choice(_CONDITIONS[column.kind.flavour])(self, column, columns)

    def text(self, column: Column, depth: int = 1) -> str:
        """An expression of text."""
        name = column.name if column.kind.flavour == "text" else f"{column.name}::text"
        form = self.random.choice(
            [
                *(
                    "{c}",
                    "lower({c})",
                    "upper({c})",
                    "btrim({c})",
                    "rtrim({c})",
                    "ltrim({c})",
                    "left({c}, 2)",
                ),
                *(
                    "({c} || 'x')",
                    "coalesce({c}, 'none')",
                    "nullif({c}, 'a')",
                    "right({c}, 1)",
                    "reverse({c})",
                ),
                *(
                    "CASE WHEN {c} = 'a' THEN 'one' ELSE {c} END",
                    "substr({c}, 1, 2)",
                    "replace({c}, 'a', '')",
                ),
            ]
        )
        found: str = form.replace("{c}", name)
        return found

    def literal(self, column: Column) -> str:
        value = self.random.choice(column.kind.values)
        return quoted(value)

    def order(self) -> str:
        return self.random.choice(["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM"])

    def other(self, column: Column, columns: Sequence[Column]) -> str:
        """Another column of the flavour, or a constant."""
        alike = [one.name for one in columns if one.kind.flavour == column.kind.flavour]
        return self.random.choice([*alike, self.literal(column), self.literal(column)])


def quoted(value: Any) -> str:
    """A literal of PostgreSQL."""
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, (int, Decimal)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _is_text(column: Column) -> bool:
    return column.kind.flavour in {"text", "citext", "char"}


def _plain(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    return f"{column.name} {dice.order()} {dice.other(column, columns)}"


def _listed(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    values = ", ".join(dice.literal(column) for _ in range(dice.random.randint(2, 4)))
    return f"{column.name} {dice.random.choice(['IN', 'NOT IN'])} ({values})"


def _between(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    return f"{column.name} BETWEEN {dice.literal(column)} AND {dice.literal(column)}"


def _reckoned(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    operator = dice.random.choice(["+", "-", "*", "%", "/"])
    number = dice.random.choice(["1", "2", "3", "1000", dice.other(column, columns)])
    return f"({column.name} {operator} {number}) {dice.order()} {dice.random.choice(['0', '1', '6'])}"


def _worded(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    return f"{dice.text(column)} {dice.order()} {dice.text(dice.random.choice([column]))}"


def _measured(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    function = dice.random.choice(["length", "char_length", "octet_length"])
    return f"{function}({column.name}) {dice.order()} {dice.random.randint(0, 6)}"


_PATTERNS = ("a%", "%b", "%a%", "_", "a_b", "%", "", "a\\%b", "A%")
_EXPRESSIONS = (
    *(
        "^[a-z]+$",
        "^a",
        "b$",
        "[0-9]",
        "^[A-Za-z0-9._-]+$",
        "^.$",
        "a.b",
        "^(new|done)$",
        "\\d",
        "^[^@]+@[^@]+$",
    ),
    *("^[a-z]*$", "a{2}", "^$", "(ab)+", "^[a-z0-9-]{1,3}$", "x\\.y", "[[:alpha:]]"),
)


def _matched(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    if dice.random.random() < 0.5:
        word = dice.random.choice(["LIKE", "NOT LIKE", "ILIKE"])
        return f"{column.name} {word} {quoted(dice.random.choice(_PATTERNS))}"
    operator = dice.random.choice(["~", "!~", "~*"])
    return f"{column.name} {operator} {quoted(dice.random.choice(_EXPRESSIONS))}"


def _true(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    return dice.random.choice(
        [column.name, f"NOT {column.name}", f"{column.name} IS NOT TRUE", f"{column.name} IS FALSE"]
    )


def _dated(dice: Dice, column: Column, columns: Sequence[Column]) -> str:
    if column.kind.flavour == "date" and dice.random.random() < 0.3:
        return dice.random.choice(
            [f"({column.name} + 1) > '2024-01-01'", f"extract(year FROM {column.name}) = 2024"]
        )
    if column.kind.flavour == "timestamp" and dice.random.random() < 0.3:
        return f"{column.name}::date {dice.order()} '2024-01-01'::date"
    return _plain(dice, column, columns)


Condition = Callable[[Dice, Column, Sequence[Column]], str]
_TEXT: list[Condition] = [_plain, _plain, _listed, _between, _worded, _measured, _matched]
_CONDITIONS: dict[str, list[Condition]] = {
    "integer": [_plain, _listed, _between, _reckoned],
    "numeric": [_plain, _listed, _between, _reckoned],
    "text": _TEXT,
    "citext": _TEXT,
    "char": _TEXT,
    "date": [_dated, _listed, _between],
    "timestamp": [_dated, _listed, _between],
    "timestamptz": [_dated, _plain],
    "boolean": [_true],
    "uuid": [_plain, _listed],
    "enum": [_plain, _listed],
    "bytes": [_plain, _measured],
}
