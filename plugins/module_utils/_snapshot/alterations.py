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

from .layout import open_write

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from .layout import RunDirectory


@dataclass(frozen=True)
class Alteration:
    """One value a policy changed; I(value) is the source's, C(None) for NULL."""

    database: str
    table: str
    column: str
    misfit: str
    policy: str
    key: dict[str, str | None]
    value: bytes | None


def keyed_hash(secret: bytes, value: str | None) -> str | None:
    """What stands for a sensitive value; the report makes it in the same way."""
    if value is None:
        return None
    return "hmac:" + hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()


def write(run: RunDirectory, found: Iterable[Alteration]) -> dict[str, dict[str, int]]:
    """Replace I(alterations.jsonl); gives the counts by database and C(table.column: class → policy).

    The value itself is never written: an HMAC with the run's own key lets an operator prove a guess and
    nobody else a dictionary.
    """
    secret = run.hmac_key()
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    part = run.alterations.with_name(run.alterations.name + ".part")
    part.unlink(missing_ok=True)
    with open_write(part) as handle:
        for one in found:
            value = None
            if one.value is not None:
                value = hmac.new(secret, one.value, hashlib.sha256).hexdigest()
            line = {
                "database": one.database,
                "table": one.table,
                "key": one.key,
                "column": one.column,
                "class": one.misfit,
                "policy": one.policy,
                "hmac": value,
            }
            handle.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            counts[one.database][f"{one.table}.{one.column}: {one.misfit} → {one.policy}"] += 1
    part.replace(run.alterations)
    return {database: dict(rules) for database, rules in counts.items()}


__all__ = ("Alteration", "keyed_hash", "write")
