# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""A chain of plain SQL files: Flyway's, golang-migrate's, Ory's, or files that begin with a number."""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from .chain import REPEATABLE, Chain, Migration, sha256
from .statements import DOWN, UP, Statement
from .texts import Text, at_line, written

_FLYWAY: t.Final = re.compile(r"([VUR])([0-9][0-9._]*)?__(.+)\.sql")
_UP_DOWN: t.Final = re.compile(
    r"([0-9]+)[_-](.+?)(?:\.(mysql|mariadb|postgres|postgresql|cockroach|sqlite3?))?(?:\.autocommit)?\.(up|down)\.sql"
)
_NUMBERED: t.Final = re.compile(r"([0-9]+)([_.-].*)?\.sql")
_OURS: t.Final = ("mysql", "mariadb", "")
_MINE: t.Final = frozenset({"mysql", "mariadb"})
_POSTGRESQL: t.Final = frozenset({"postgres", "postgresql", "all others"})


@dataclass(frozen=True)
class _File:
    path: Path
    version: tuple[int, ...]
    name: str
    server: str
    """Empty for a file that is for every server."""
    direction: str


def read(folder: Path, recurse: bool) -> Chain:
    """Every migration of a folder, with both its files."""
    chain = Chain("sql", [])
    groups: dict[tuple[tuple[int, ...], str], list[_File]] = defaultdict(list)
    for path in sorted(folder.rglob("*.sql") if recurse else folder.glob("*.sql")):
        file = _named(path)
        if file is None:
            chain.left_out.append((path.relative_to(folder).as_posix(), "its name has no version"))
        else:
            groups[file.version, file.name].append(file)
    for (version, name), files in sorted(groups.items()):
        migration = _migration(folder, version, name, files)
        mine = any(file.server in _MINE for file in files)
        # Where MySQL has a file of its own, the one for every server is what PostgreSQL gets.
        others = sorted(
            {file.server or "all others" for file in files if file.server not in _OURS or mine} - _MINE
        )
        if migration is None:
            for file in files:
                chain.left_out.append(
                    (file.path.relative_to(folder).as_posix(), f"it is for {file.server} alone")
                )
            continue
        chain.migrations.append(migration)
        if others:
            chain.other_servers[migration.name] = others
            migration.own_there = not _POSTGRESQL.isdisjoint(others)
    return chain


def _named(path: Path) -> _File | None:
    """What a file's name says."""
    name = path.name
    if found := _FLYWAY.fullmatch(name):
        kind, version, rest = found.groups()
        parts = tuple(int(one) for one in re.split(r"[._]", version or "") if one)
        # A repeatable migration runs after all others.
        return _File(path, parts if kind != "R" else REPEATABLE, rest, "", DOWN if kind == "U" else UP)
    if found := _UP_DOWN.fullmatch(name):
        version, rest, server, direction = found.groups()
        return _File(path, (int(version),), rest, server or "", direction)
    if found := _NUMBERED.fullmatch(name):
        return _File(path, (int(found.group(1)),), (found.group(2) or "").strip("_.-"), "", UP)
    return None


def _migration(folder: Path, version: tuple[int, ...], name: str, files: list[_File]) -> Migration | None:
    """The files that MySQL gets: its own before those for every server."""
    chosen: dict[str, _File] = {}
    for direction in (UP, DOWN):
        for server in _OURS:
            for file in files:
                if file.direction == direction and file.server == server:
                    chosen.setdefault(direction, file)
    if not chosen:
        return None
    main = chosen.get(UP) or chosen[DOWN]
    shown = ".".join(str(part) for part in version) if version != REPEATABLE else "R"
    migration = Migration(
        file=main.path.relative_to(folder).as_posix(),
        name=f"{shown}_{name}" if name else shown,
        order=version,
        file_order=None,
        sha256=sha256(*(file.path for _direction, file in sorted(chosen.items(), reverse=True))),
        has_down=DOWN in chosen,
    )
    for direction, file in chosen.items():
        texts = _texts(file.path.read_text("utf-8", "replace"))
        place = file.path.relative_to(folder).as_posix()
        migration.own.statements += [Statement(text, place, {direction}) for text in texts]
        if direction == UP and not texts:
            migration.no_sql = True
    return migration


def _texts(content: str) -> list[Text]:
    """The parts of a file, cut where the client's word DELIMITER sets another end of a statement."""
    texts: list[Text] = []
    gathered: list[str] = []
    begins, end = 1, ";"

    def flush(next_line: int) -> None:
        nonlocal begins
        part = written("".join(gathered), begins)
        texts.extend(_cut(part, end))
        gathered.clear()
        begins = next_line

    for number, line in enumerate(content.splitlines(keepends=True), 1):
        words = line.split()
        if words and words[0].upper() == "DELIMITER" and len(words) > 1:
            flush(number + 1)
            texts.append(at_line("DELIMITER", number))
            end = words[1]
        else:
            gathered.append(line)
    flush(0)
    return [text for text in texts if _says_something(text.sql)]


def _cut(text: Text, end: str) -> list[Text]:
    """By another end than the semicolon, which is found with the words of the statements."""
    if end == ";":
        return [text]
    parts = []
    at = 0
    while (found := text.sql.find(end, at)) >= 0:
        parts.append(text.part(at, found))
        at = found + len(end)
    return [*parts, text.part(at, len(text.sql))]


def _says_something(sql: str) -> bool:
    """Whether there is more than comments. `/*!…*/` is none."""
    rest = re.sub(r"/\*(?!M?!).*?\*/|(?:--|#)[^\n]*", "", sql, flags=re.DOTALL)
    return bool(rest.strip().strip(";").strip())


__all__ = ("read",)
