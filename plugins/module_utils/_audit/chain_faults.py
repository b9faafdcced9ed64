# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What is wrong with a chain as a chain: its order, what is missing, what differs from the table of applied ones."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass

from .chain import REPEATABLE, Chain, Migration
from .words import RESERVED_SINCE

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .constructs import Judged

STOPS, TELLS = "stops", "tells"
"""A chain does not run as it is meant to, or something about it is to be known."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the chain."""

    kind: str
    weight: str
    what: str
    places: tuple[str, ...]


FAULTS: t.Final = {
    "duplicate_name": "Two migrations have one name. TypeORM refuses to start.",
    "duplicate_order": "Two migrations have one timestamp or version: which runs first is chance.",
    "no_timestamp": "The name of a class does not end in 13 digits. TypeORM refuses to start.",
    "empty_file": "A file of the chain has no migration in it: nothing runs, and TypeORM records nothing.",
    "broken_file": "The parser cannot read lines of a file: what stands there was not audited.",
    "order_differs": "The timestamp of the class orders a migration otherwise than the name of its file.",
    "applied_missing": "It was applied, and the chain does not have it: the chain no longer makes this database.",
    "applied_late": "It is older than the last applied one, and was not applied: a gap in the chain of this database.",
    "edited": "The file is not the one that was applied: its SHA-256 differs.",
    "reserved_word": "A newer MySQL reserves a word that is used as a name without quotes: the chain stops there.",
    "index_name_twice": "One name for indexes of two tables. On PostgreSQL it is unique in the schema.",
    "lost_import": "An import leads to no file: what the helper says to the server was not audited.",
    "not_followed": "A function of another module gets the query runner: what it says to the server was not audited.",
    "not_called": "Statements that neither up nor down leads to. They are counted, and no verdict depends on them.",
    "no_way_back": "There is no down, or it does nothing.",
}
"""Every kind, for people."""
_TELLING: t.Final = frozenset({"index_name_twice", "not_called", "no_way_back", "order_differs"})


def weight_of(kind: str) -> str:
    """Whether a kind of fault stops a chain, or is to be known."""
    return TELLS if kind in _TELLING else STOPS


def faults(chain: Chain, applied: Sequence[Mapping[str, t.Any]], judged: Sequence[Judged]) -> list[Fault]:
    """Everything that is wrong with the chain."""
    found = [
        *_of_names(chain),
        *_of_files(chain),
        *_of_order(chain),
        *_of_applied(chain, applied),
        *_of_words(judged),
        *_of_indexes(judged),
    ]
    grouped: dict[str, list[str]] = defaultdict(list)
    for kind, place in found:
        grouped[kind].append(place)
    return [
        Fault(kind, weight_of(kind), what, tuple(grouped[kind]))
        for kind, what in FAULTS.items()
        if kind in grouped
    ]


Place = tuple[str, str]
"""A kind of fault and where it is."""


def shown(order: tuple[int, ...] | None) -> str:
    """A timestamp or a version for people."""
    if order == REPEATABLE:
        return "last"
    return ".".join(str(part) for part in order) if order else "none"


def _of_names(chain: Chain) -> Iterator[Place]:
    names: dict[str, list[str]] = defaultdict(list)
    orders: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for one in chain.migrations:
        if one.name:
            names[one.name].append(one.file)
        if one.order is not None:
            orders[one.order].append(one.file)
        elif one.name:
            yield "no_timestamp", f"{one.name} in {one.file}"
    for name, files in names.items():
        if len(files) > 1:
            yield "duplicate_name", f"{name} in {', '.join(files)}"
    for order, files in orders.items():
        if len(set(files)) > 1:
            yield "duplicate_order", f"{shown(order)} in {', '.join(files)}"


def _of_files(chain: Chain) -> Iterator[Place]:
    for one in chain.migrations:
        if one.no_sql:
            # A file for one server is empty on purpose where others have something to do.
            if one.name not in chain.other_servers:
                yield "empty_file", one.file
        elif not one.has_down:
            yield "no_way_back", one.file
        if one.unread_lines:
            lines = ", ".join(str(line) for line in one.unread_lines[:10])
            yield "broken_file", f"{one.file}, line {lines}"
        dead = [statement for statement in one.own.statements if not statement.directions]
        if dead:
            yield "not_called", f"{one.file}: {len(dead)}, from line {min(one.line for one in dead)} on"
    for file, module in chain.lost_imports:
        yield "lost_import", f"{module} in {file}"
    for file, line, name, module in chain.not_followed:
        yield "not_followed", f"{name}() of {module} in {file}, line {line}"


def _of_order(chain: Chain) -> Iterator[Place]:
    """Files whose place differs between both orders, by the numbers that they bear."""
    for one in chain.migrations:
        if one.order is None or one.file_order is None or one.order == (one.file_order,):
            continue
        passed = [
            other.file
            for other in chain.migrations
            if other is not one
            and other.order is not None
            and other.file_order is not None
            and (other.order < one.order) != (other.file_order < one.file_order)
        ]
        behind = f" It changes places with {', '.join(passed)}." if passed else " No other is passed by it."
        yield "order_differs", f"{one.file} is run at {shown(one.order)}.{behind}"


def keys(chain: Chain, one: Migration) -> set[str]:
    """What a table of applied migrations may call it: by its name; plain SQL files by version or file, too."""
    known = {one.name} if one.name else set()
    return known if chain.dialect == "typeorm" else {*known, one.file, shown(one.order)}


def _of_applied(chain: Chain, applied: Sequence[Mapping[str, t.Any]]) -> Iterator[Place]:
    if not applied:
        return
    by_name = {key: one for one in chain.migrations for key in keys(chain, one)}
    for row in applied:
        found = by_name.get(row["name"])
        if found is None:
            yield "applied_missing", f"{row['name']}, applied at {row.get('timestamp') or 'an unknown time'}"
        elif row.get("sha256") and row["sha256"].lower() != found.sha256:
            yield "edited", f"{found.file} is {found.sha256}, applied was {row['sha256'].lower()}"
    names = {row["name"] for row in applied}
    last = max((by_name[name].order or (0,) for name in names if name in by_name), default=(0,))
    if chain.dialect == "typeorm":
        last = max(last, *((int(row["timestamp"]),) for row in applied if row.get("timestamp")), (0,))
    for one in chain.migrations:
        if one.name and not keys(chain, one) & names and one.order is not None and one.order < last:
            yield (
                "applied_late",
                f"{one.file}, run at {shown(one.order)}; the last applied one is {shown(last)}",
            )


def pending(chain: Chain, applied: Sequence[Mapping[str, t.Any]]) -> list[Migration]:
    """Those that this database does not have."""
    names = {row["name"] for row in applied}
    return [one for one in chain.migrations if one.name and not keys(chain, one) & names]


def _of_words(judged: Sequence[Judged]) -> Iterator[Place]:
    places: dict[str, list[str]] = defaultdict(list)
    for one in judged:
        for finding in one.findings:
            if finding.construct.name == "reserved_later":
                word = one.sql.sql[finding.hit.start : finding.hit.end]
                places[word.upper()].append(f"{one.file}:{finding.line}")
    for word, where in sorted(places.items()):
        yield (
            "reserved_word",
            f"{word.lower()}, reserved since MySQL {RESERVED_SINCE[word]}: {', '.join(where)}",
        )


def _of_indexes(judged: Sequence[Judged]) -> Iterator[Place]:
    tables: dict[str, set[str]] = defaultdict(set)
    for one in judged:
        for name, table in _indexes(one):
            tables[name].add(table)
    for name, of in sorted(tables.items()):
        if len(of) > 1:
            yield "index_name_twice", f"{name} of {', '.join(sorted(of))}"


def _indexes(judged: Judged) -> Iterator[tuple[str, str]]:
    """Each index that a statement makes by name, with its table."""
    sql = judged.sql
    named = {number: word.name for number, word in enumerate(sql.words) if word.kind == "name"}
    if sql.kind == "CREATE INDEX":
        for number, name in named.items():
            if sql.at(number - 1) == "INDEX" and sql.at(number + 1) == "ON" and number + 2 in named:
                yield name, named[number + 2]
    elif sql.defines:
        table = next((named[number] for number in sorted(named)), "")
        for number, name in named.items():
            made = sql.at(number - 2) in ("(", ",", "ADD", "UNIQUE")
            if made and sql.at(number - 1) in ("INDEX", "KEY") and sql.at(number + 1) == "(":
                yield name, table


__all__ = ("FAULTS", "STOPS", "TELLS", "Fault", "faults", "pending", "shown", "weight_of")
