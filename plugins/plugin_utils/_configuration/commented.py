# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""MySQL's part of a YAML file that somebody has commented out instead of removing.

Only what is plainly configuration goes: an entry or item of which the key or the value tells of MySQL,
and the lines indented below it. Sentences stay; the residue scan lists those that speak of MySQL.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"[ \t]*#[# \t]*(?P<content>.*)")
# People write why beside what they comment out: a second comment behind the first.
_BESIDE = r"(?:[ \t]+#.*)?"
_KEY = re.compile(
    r"""(?P<quote>['"]?)[\w.-]*(?:mysql|mariadb)[\w.-]*(?P=quote)[ \t]*:"""
    rf"(?:[ \t]+(?:\{{[^#]*\}}|\[[^#]*\]|(?!#)\S+))?{_BESIDE}",
    re.I,
)
_ENTRY = re.compile(rf"[\w.-]+:[ \t]+\S*(?:mysql|mariadb|3306)\S*{_BESIDE}", re.I)
_ITEM = re.compile(rf"-[ \t]+\S*(?:mysql|mariadb|\b3306\b)\S*{_BESIDE}", re.I)
_TELLS = re.compile(r"mysql|mariadb", re.I)
_VOLUME = re.compile(r"-[ \t]+['\"]?(?P<name>[\w-]+):/")
_PARENT = re.compile(r"[\w.-]+:")


def without_commented_mysql(text: str) -> str:
    """The text without commented-out configuration of MySQL."""
    lines = text.split("\n")
    doomed: set[int] = set()
    for first, last in _runs(lines):
        doomed |= _doomed_of(lines, first, last)
    if not doomed:
        return text
    return "\n".join(_without(lines, doomed))


def _runs(lines: list[str]) -> list[tuple[int, int]]:
    """First and last of every run of comment lines."""
    runs: list[tuple[int, int]] = []
    for at, line in enumerate(lines):
        if _COMMENT.fullmatch(line.rstrip("\r")):
            if runs and runs[-1][1] == at - 1:
                runs[-1] = (runs[-1][0], at)
            else:
                runs.append((at, at))
    return runs


def _doomed_of(lines: list[str], first: int, last: int) -> set[int]:
    doomed: set[int] = set()
    at = first
    while at <= last:
        column, content = _content(lines[at])
        end = at
        if _KEY.fullmatch(content) or _ENTRY.fullmatch(content) or _ITEM.fullmatch(content):
            while end < last and _is_below(lines[end + 1], column):
                end += 1
            doomed |= set(range(at, end + 1))
            above = at
            while above > first and above - 1 not in doomed and _TELLS.search(lines[above - 1]):
                above -= 1
            doomed |= set(range(above, at))
        at = end + 1
    for at in range(last - 1, first - 1, -1):
        column, content = _content(lines[at])
        if at in doomed or not _PARENT.fullmatch(content) or at + 1 not in doomed:
            continue
        children = [other for other in range(at + 1, last + 1) if _is_below(lines[other], column)]
        if all(child in doomed for child in children):
            doomed.add(at)
    return doomed


def _content(line: str) -> tuple[int, str]:
    """Column and text of what is commented out."""
    found = _COMMENT.fullmatch(line.rstrip("\r"))
    if found is None:
        raise AssertionError("not a comment")
    return found.start("content"), found["content"].rstrip()


def _is_below(line: str, column: int) -> bool:
    other, content = _content(line)
    return not content or other > column


def _without(lines: list[str], doomed: set[int]) -> list[str]:
    """And without the second of two blank lines that a removed run leaves."""
    kept: list[str] = []
    gap = False
    for at, line in enumerate(lines):
        if at in doomed:
            gap = True
            continue
        opens = not kept or not kept[-1].strip() or kept[-1].rstrip().endswith(":")
        if gap and not line.strip() and opens and at < len(lines) - 1:
            continue
        gap = False
        kept.append(line)
    return kept


def commented_volumes(text: str) -> set[str]:
    """The named volumes that what is commented out mounted."""
    kept = set(without_commented_mysql(text).split("\n"))
    gone = [line for line in text.split("\n") if line not in kept and _COMMENT.match(line)]
    found = [_VOLUME.match(_content(line)[1]) for line in gone]
    return {match["name"] for match in found if match}


__all__ = (
    "commented_volumes",
    "without_commented_mysql",
)
