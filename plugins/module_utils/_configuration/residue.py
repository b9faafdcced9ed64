# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What is left of MySQL in a tree of files: every line that tells of it, with what it is there.

A finding holds the place and the word that was found, never the line, which may hold a password.
"""

from __future__ import annotations

import fnmatch
import os
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .._errors import InputError

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# The first that matches says what a line holds.
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("connection string", re.compile(r"(?:jdbc:)?\b(?:mysql|mariadb)2?://|@tcp\([^)]*", re.I)),
    ("image", re.compile(r"(?:image|FROM)[\"']?[:\s]\s*[\"']?\S*(?:mysql|mariadb|percona)[\w.-]*", re.I)),
    (
        "tool",
        re.compile(
            r"\b(?:mysqldump|mysqladmin|mysqlimport|mysqlpump|mysqlsh|mariadb-dump|mysql(?=\s+-))", re.I
        ),
    ),
    ("variable", re.compile(r"\b(?:MYSQL|MARIADB)_\w+|\bJOLOCOM_DATABASE_\w+")),
    ("path", re.compile(r"/var/lib/mysql[\w/-]*|\bmy\.cnf\b|\.scripts/schema\.sql|/bootstrap_scripts\b")),
    ("port", re.compile(r"(?<![\w.-])3306(?![\w.-])")),
    ("name", re.compile(r"[\w.-]*(?:mysql|mariadb)[\w.-]*", re.I)),
)
_DOCUMENTS = {".md", ".markdown", ".rst", ".adoc", ".txt", ".html"}
_COMMENT = re.compile(r"\s*(?:#|//|--|\*|<!--|;)")
# Of files in which a # behind a value begins a comment: quoted values, which may hold one, and its begin.
_WITH_HASHES = {".yml", ".yaml", ".sh", ".env", ".conf", ".toml", ".cfg"}
_QUOTED_OR_HASH = re.compile(r"""(?<![^\s:=,\[{(])(?:"(?:[^"\\]|\\.)*"|'[^']*')|(?P<comment>\s#)""")
_SECRET = re.compile(r"pass|pwd|secret|token|key|://", re.I)
_LONGEST_LINE = 100_000


@dataclass(frozen=True)
class Finding:
    """One line that tells of MySQL."""

    path: str
    line: int
    kind: str
    place: str
    """`configuration`, `comment` or `documentation`."""
    found: str

    def as_result(self) -> dict[str, t.Any]:
        return {
            "path": self.path,
            "line": self.line,
            "kind": self.kind,
            "place": self.place,
            "found": self.found,
            "text": f"{self.path}:{self.line}: {self.kind} '{self.found}' in {self.place}",
        }


@dataclass(frozen=True)
class Allowance:
    """A finding that may stay, and why."""

    path: str
    reason: str
    kind: str | None = None
    found: str | None = None

    def covers(self, finding: Finding) -> bool:
        return (
            fnmatch.fnmatchcase(finding.path, self.path)
            and self.kind in (None, finding.kind)
            and (self.found is None or re.fullmatch(self.found, finding.found) is not None)
        )


@dataclass
class ResidueOutcome:
    """Everything that was found, and everything that was not looked at."""

    findings: list[Finding] = field(default_factory=list)
    allowed: int = 0
    files: int = 0
    skipped: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def as_result(self) -> dict[str, t.Any]:
        return {
            "changed": False,
            "findings": [one.as_result() for one in self.findings],
            "allowed": self.allowed,
            "files": self.files,
            "skipped": self.skipped,
            "unused_allowances": self.unused,
        }


def scan(
    root: str,
    paths: Sequence[str],
    exclude: Sequence[str],
    allow: Sequence[Allowance],
    *,
    largest: int,
    shadow: str | None = None,
) -> ResidueOutcome:
    """Look through `paths`, files and folders below `root`. Paths of findings are relative to it.

    `shadow`: a folder of files that are read in the place of those of the same relative path.
    Raises InputError: a path is not there, or an allowance is not a regular expression.
    """
    for one in allow:
        try:
            re.compile(one.found or "")
        except re.error as error:
            raise InputError(f"allow: '{one.found}' is not a regular expression: {error}") from None
    outcome = ResidueOutcome()
    used: set[Allowance] = set()
    for file in sorted(set(_files(Path(root), paths or ["."], exclude))):
        relative = os.path.relpath(file, root)
        lines = _lines(_shadowed(file, relative, shadow), relative, outcome, largest)
        for finding in _findings(relative, lines):
            covering = [one for one in allow if one.covers(finding)]
            used.update(covering)
            if covering:
                outcome.allowed += 1
            else:
                outcome.findings.append(finding)
    outcome.unused = [f"{one.path}: {one.reason}" for one in allow if one not in used]
    return outcome


def _files(root: Path, paths: Iterable[str], exclude: Sequence[str]) -> Iterator[Path]:
    for name in paths:
        start = root / name
        if start.is_file():
            yield start
        elif start.is_dir():
            yield from excluded_walk(root, exclude, start)
        else:
            raise InputError(f"{start} is not there; name files and folders below {root}.")


def excluded_walk(root: Path, exclude: Sequence[str], start: Path | None = None) -> Iterator[Path]:
    """The files below `start`, which is `root` or lies in it; patterns of `exclude` are relative to `root`."""
    for folder, folders, files in os.walk(start or root):
        below = os.path.relpath(folder, root)
        folders[:] = [one for one in folders if not _excluded(below, one, exclude)]
        yield from (Path(folder, one) for one in files if not _excluded(below, one, exclude))


def _shadowed(file: Path, relative: str, shadow: str | None) -> Path:
    other = Path(shadow, relative) if shadow else file
    return other if other.is_file() and not other.is_symlink() and not file.is_symlink() else file


def _excluded(folder: str, name: str, exclude: Sequence[str]) -> bool:
    relative = os.path.normpath(f"{folder}/{name}")
    return any(fnmatch.fnmatchcase(name, one) or fnmatch.fnmatchcase(relative, one) for one in exclude)


def _lines(file: Path, relative: str, outcome: ResidueOutcome, largest: int) -> list[str]:
    """Of a text; what is not text is counted out loud."""
    try:
        if file.is_symlink() or not file.is_file():
            return []
        if file.stat().st_size > largest:
            outcome.skipped.append(f"{relative}: larger than {largest} bytes")
            return []
        content = file.read_bytes()
    except OSError as error:
        outcome.skipped.append(f"{relative}: {error.strerror}")
        return []
    if b"\0" in content[:8192]:
        outcome.skipped.append(f"{relative}: no text")
        return []
    outcome.files += 1
    return content.decode("utf-8", "replace").splitlines()


def _findings(relative: str, lines: list[str]) -> Iterator[Finding]:
    document = Path(relative).suffix.lower() in _DOCUMENTS
    for number, line in enumerate(lines, 1):
        text = line[:_LONGEST_LINE]
        if document:
            parts = [("documentation", text)]
        elif _COMMENT.match(text):
            parts = [("comment", text)]
        else:
            end = _end_of_value(relative, text)
            parts = [("configuration", text[:end]), ("comment", text[end:])]
        found = ((place, part, first) for place, part in parts if (first := _first(part)))
        for place, _part, (kind, match) in found:
            yield Finding(relative, number, kind, place, _shown(match, text))
            break


def _first(text: str) -> tuple[str, re.Match[str]] | None:
    """The first kind that a text is of, and where it says so."""
    return next(((kind, match) for kind, pattern in KINDS if (match := pattern.search(text))), None)


def _end_of_value(relative: str, line: str) -> int:
    """Where the comment behind a value begins; the end of the line when there is none."""
    name = Path(relative)
    if name.suffix.lower() not in _WITH_HASHES and not name.name.startswith(".env"):
        return len(line)
    begins = (one.start() for one in _QUOTED_OR_HASH.finditer(line) if one["comment"])
    return next(begins, len(line))


def _shown(match: re.Match[str], line: str) -> str:
    """What was found; beside a secret only the word itself, as the rest may be part of the secret."""
    if match.re is KINDS[-1][1] and _SECRET.search(line):
        core = re.search("mysql|mariadb", match[0], re.I)
        return core[0] if core else ""
    return match[0][:80]


__all__ = ("Allowance", "Finding", "ResidueOutcome", "excluded_walk", "scan")
