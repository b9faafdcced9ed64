# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The list of values that a policy changed: where, by which rule, and a keyed hash of the value before."""

from __future__ import annotations

import hashlib
import hmac
import json
import typing as t
from collections import defaultdict
from dataclasses import dataclass

from .._errors import SealBroken
from .files import open_read, open_write, storing

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from .._catalog import RowKey
    from .directory import RunDirectory


@dataclass(frozen=True)
class Alteration:
    """One value a policy changed; `value` is the source's, `None` for NULL."""

    database: str
    table: str
    column: str
    misfit: str
    policy: str
    key: RowKey
    value: bytes | None


def keyed_hash(secret: bytes, value: str | None) -> str | None:
    """What stands for a sensitive value; the report makes it in the same way."""
    if value is None:
        return None
    return "hmac:" + hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Written:
    """The list as it was written."""

    counts: dict[str, dict[str, int]]
    """By database and `table.column: class → policy`."""
    file: str
    """Lines and SHA-256 of the file, for `check`."""


def write(run: RunDirectory, found: Iterable[Alteration]) -> Written:
    """Replace `alterations.jsonl`; raises StorageError.

    The value itself is never written: an HMAC with the run's own key lets an operator prove a guess and
    nobody else a dictionary.
    """
    secret = run.hmac_key()
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    digest = hashlib.sha256()
    part = run.alterations.with_name(run.alterations.name + ".part")
    with storing(run.alterations), open_write(part) as handle:
        for one in found:
            line = _line(secret, one)
            handle.write(line)
            digest.update(line)
            counts[one.database][f"{one.table}.{one.column}: {one.misfit} → {one.policy}"] += 1
    with storing(run.alterations):
        part.replace(run.alterations)
    lines = sum(sum(rules.values()) for rules in counts.values())
    return Written(
        {database: dict(rules) for database, rules in counts.items()}, _mark(lines, digest.hexdigest())
    )


def check(run: RunDirectory, written: str) -> None:
    """Raises SealBroken: the list is not what `write` has written; `written` is what the sealed manifest says."""
    digest, lines = hashlib.sha256(), 0
    try:
        with open_read(run.alterations) as handle:
            for line in handle:
                digest.update(line)
                lines += 1
    except FileNotFoundError:
        lines = -1
    if _mark(lines, digest.hexdigest()) != written:
        raise SealBroken(
            f"{run.alterations} is {'missing' if lines < 0 else 'not as the dump wrote it'}, so nobody can say which "
            "values were altered. Put it back from a copy of this run directory, or dump again with "
            "migration_restart=true."
        )


def _line(secret: bytes, one: Alteration) -> bytes:
    value = None if one.value is None else hmac.new(secret, one.value, hashlib.sha256).hexdigest()
    line = {
        "database": one.database,
        "table": one.table,
        "key": one.key,
        "column": one.column,
        "class": one.misfit,
        "policy": one.policy,
        "hmac": value,
    }
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _mark(lines: int, digest: str) -> str:
    return f"{lines} lines, SHA-256 {digest}"


__all__ = ("Alteration", "Written", "check", "keyed_hash", "write")
