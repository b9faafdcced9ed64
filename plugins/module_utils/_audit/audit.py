# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The audit of a chain of migrations: read it, judge every statement, say what becomes of the chain."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .._errors import InputError
from .._run.files import make_folder, storing, to_text, write_atomic
from . import chain_faults, report, sql_files, typeorm, verdicts
from .chain import Chain, Migration
from .constructs import (
    ADAPT,
    CONSTRUCTS,
    ENTITY_CALL,
    NOTE,
    RUN_TIME,
    UNREADABLE,
    WEIGHT,
    Judged,
    judge,
)
from .finders import Construct, types
from .sql import statements
from .statements import Call, Found, Statement

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_READERS: t.Final = {"typeorm": typeorm.read, "sql": sql_files.read}
DIALECTS: t.Final = tuple(_READERS)
_ENTITIES: t.Final = frozenset({"getRepository", "createQueryBuilder"})
_FLAGS: t.Final = frozenset({"TINYINT", "BOOL", "BOOLEAN"})


@dataclass(frozen=True)
class Mark:
    """Something found beside the statements: in a call of the schema API, in a query that cannot be read."""

    construct: Construct
    severity: str
    """Nobody writes a call anew but a person, so what is safe in a statement is not in a call."""
    file: str
    line: int
    said: str
    directions: frozenset[str]


@dataclass
class Part:
    """What one file says, judged."""

    judged: list[Judged] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def severities(self, direction: str | None = None) -> Iterator[str]:
        """Of every statement and mark that a direction leads to, or any does."""
        for one in self.judged:
            if (direction in one.directions if direction else one.directions) and one.severity:
                yield one.severity
        for mark in self.marks:
            if direction in mark.directions if direction else mark.directions:
                yield mark.severity


@dataclass
class Audited:
    """One migration with its verdicts."""

    migration: Migration
    own: Part
    helped: Part
    extra: list[str] = field(default_factory=list)
    """Severities of what is wrong with the file itself."""

    def verdict(self, direction: str | None = None) -> str:
        """On one direction, or on both."""
        if self.migration.own_there:
            return verdicts.OWN
        if self.migration.no_sql:
            return verdicts.EMPTY
        return verdicts.of_migration(
            [*self.own.severities(direction), *self.helped.severities(direction), *self.extra]
        )


@dataclass
class Audit:
    """All of it."""

    folder: Path
    chain: Chain
    audited: list[Audited]
    helpers: dict[str, Part]
    faults: list[chain_faults.Fault]
    pending: list[str] | None
    """Names of the migrations that the database lacks; `None` where nobody said which were applied."""
    written: list[str] = field(default_factory=list)
    changed: bool = False

    @property
    def parts(self) -> list[Part]:
        """Each file once: a helper's statements are counted once, whoever uses them."""
        return [*(one.own for one in self.audited), *self.helpers.values()]

    def effort(self, direction: str | None = None) -> int:
        """Minutes of work, of those that PostgreSQL gets."""
        there = [one.own for one in self.audited if not one.migration.own_there]
        parts = [*there, *self.helpers.values()]
        return verdicts.minutes(one for part in parts for one in part.severities(direction))

    @property
    def verdict(self) -> str:
        """On the chain."""
        return verdicts.of_chain([one.verdict() for one in self.audited], self.effort())

    def as_result(self) -> dict[str, t.Any]:
        """Keys of the module's result: all but the statements, which the files have."""
        data = report.as_data(self)
        for migration in data["migrations"]:
            del migration["statements"]
        for helper in data["helpers"]:
            del helper["statements"]
        return {"changed": self.changed, "files": self.written, **data}


def audit(
    folder: Path,
    dialect: str,
    *,
    recurse: bool = False,
    applied: Sequence[Mapping[str, t.Any]] = (),
    report_directory: Path | None = None,
    check: bool = False,
) -> Audit:
    """Read and judge the chain in a folder; write the report unless `check`.

    Raises InputError: no such folder, or no migration in it. Raises StorageError: the report cannot be written.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is no folder on this host, so there are no migrations to read. Set path to the folder with the "
            "migrations in a checkout of the application."
        )
    try:
        chain = _READERS[dialect](folder.resolve(), recurse)
    except OSError as error:
        raise InputError(f"{error.filename or folder} cannot be read: {error.strerror}.") from error
    if not chain.migrations:
        wanted = (
            "classes with up and down" if dialect == "typeorm" else "files like V1__name.sql or 1_name.up.sql"
        )
        raise InputError(
            f"{folder} has no migrations of the kind {dialect}: {wanted}. Set path to the folder that has them, "
            "recurse if they lie in folders below it, or the other dialect."
        )
    done = _judged(folder, chain, applied)
    if report_directory is not None:
        _write(done, report_directory, check=check)
    return done


def _judged(folder: Path, chain: Chain, applied: Sequence[Mapping[str, t.Any]]) -> Audit:
    everything = [found for one in chain.migrations for found in (one.own,)] + list(chain.helpers.values())
    in_program = chain.dialect == "typeorm"
    flags = _flags(everything, in_program)
    known: dict[tuple[str, int, str], list[Judged] | None] = {}

    def part(found: Found) -> Part:
        return _part(found, flags, known, in_program=in_program)

    audited = [Audited(one, part(one.own), part(one.helped), _extra(chain, one)) for one in chain.migrations]
    helpers = {name: part(found) for name, found in chain.helpers.items()}
    judged = [one for each in audited for one in each.own.judged] + [
        one for helper in helpers.values() for one in helper.judged
    ]
    return Audit(
        folder,
        chain,
        audited,
        helpers,
        chain_faults.faults(chain, applied, judged),
        [one.name for one in chain_faults.pending(chain, applied)] if applied else None,
    )


def _flags(everything: list[Found], in_program: bool) -> frozenset[str]:
    """Lower-case names of the columns that the chain declares as tinyint or as boolean."""
    found = set()
    for one in everything:
        for statement in one.statements:
            for sql in statements(statement.text, in_program=in_program) or ():
                for declared in types(sql):
                    if declared.word.upper in _FLAGS:
                        found.add(sql.words[declared.number - 1].name.lower())
    return frozenset(found)


def _part(
    found: Found,
    flags: frozenset[str],
    known: dict[tuple[str, int, str], list[Judged] | None],
    *,
    in_program: bool,
) -> Part:
    part = Part(calls=found.calls)
    for statement in found.statements:
        directions = frozenset(statement.directions)
        key = (statement.file, statement.line, statement.text.sql)
        if key not in known:
            known[key] = _statement(statement, flags, in_program=in_program)
        judged = known[key]
        if judged is None:
            said = " ".join(statement.text.shown().split())
            part.marks.append(
                Mark(UNREADABLE, UNREADABLE.severity, statement.file, statement.line, said, directions)
            )
        else:
            part.judged += [
                Judged(one.file, directions, one.sql, one.findings, one.rewritten) for one in judged
            ]
    part.marks += [
        Mark(RUN_TIME, RUN_TIME.severity, one.file, one.line, one.expression, frozenset(one.directions))
        for one in found.unread
    ]
    for call in found.calls:
        part.marks += _marks(call)
    return part


def _statement(statement: Statement, flags: frozenset[str], *, in_program: bool) -> list[Judged] | None:
    found = statements(statement.text, flags, in_program=in_program)
    if found is None:
        return None
    numbered = 0
    judged = []
    for sql in found:
        sql.memory["parameters_before"] = numbered
        numbered += sum(word.kind == "parameter" for word in sql.words)
        judged.append(judge(statement.file, frozenset(statement.directions), sql))
    return judged


def _marks(call: Call) -> Iterator[Mark]:
    """What of the options of a call of the schema API only MySQL knows."""
    directions = frozenset(call.directions)
    if call.name in _ENTITIES:
        yield Mark(ENTITY_CALL, NOTE, call.file, call.line, f"{call.name}()", directions)
    for name, value, line in call.options:
        for construct in CONSTRUCTS.values():
            if any(_means(name, value, *option) for option in construct.options):
                severity = max(construct.severity, ADAPT, key=lambda one: WEIGHT[one])
                if construct.severity == NOTE:
                    severity = NOTE
                yield Mark(
                    construct, severity, call.file, line, f"{call.name}(): {name}: {value}", directions
                )


def _means(name: str, value: str, option: str, wanted: str) -> bool:
    if name != option:
        return False
    if option == "onUpdate":
        return value.upper().startswith(wanted)
    return wanted == "*" or value.lower() == wanted


def _extra(chain: Chain, one: Migration) -> list[str]:
    """A verdict must not be lighter than what could be read of the file."""
    files = {one.file, *one.helpers}
    lost = any(file in files for file, _module in chain.lost_imports)
    elsewhere = any(file in files for file, _line, _name, _module in chain.not_followed)
    return [
        *([UNREADABLE.severity] if one.unread_lines else []),
        *([RUN_TIME.severity] if lost or elsewhere else []),
    ]


def _write(done: Audit, folder: Path, *, check: bool) -> None:
    """`audit.json`, `audit.md` and `rewritten.sql`; a file that is the same stays as it is."""
    contents = {
        "audit.json": to_text(report.as_data(done)),
        "audit.md": report.as_markdown(done),
        "rewritten.sql": report.as_sql(done),
    }
    for name, content in contents.items():
        path = folder / name
        done.written.append(str(path))
        before = path.read_bytes() if path.is_file() else None
        if before == content.encode():
            continue
        done.changed = True
        if not check:
            with storing(folder):
                folder.parent.mkdir(parents=True, exist_ok=True)
            make_folder(folder)
            write_atomic(path, content.encode())


__all__ = ("DIALECTS", "Audit", "Audited", "Mark", "Part", "audit")
