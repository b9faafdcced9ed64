# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The verb: write the contract of a live schema, or compare the schema with it."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .._errors import SchemaDeviates
from .._postgresql import connection as postgresql
from .._run.files import write_atomic
from . import contract, output
from .compare import compare, counted, failing
from .read import read

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._logins import PostgreSQLLogin
    from .compare import Deviation

_SHOWN: t.Final = 3
"""Deviations that a message tells; all of them are in the result."""


@dataclass(frozen=True)
class Written:
    """The contract was written, or would be."""

    path: Path
    before: str | None
    after: contract.Contract

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        text = self.after.as_text()
        return {
            "changed": self.before != text,
            "contract": str(self.path),
            "objects": self.after.count,
            "diff": {
                "before_header": str(self.path),
                "after_header": str(self.path),
                "before": self.before or "",
                "after": text,
            },
        }


@dataclass(frozen=True)
class Compared:
    """The deviations, and the files that tell them."""

    path: Path
    objects: int
    deviations: Sequence[Deviation]
    changed: bool
    """Whether a file of the report was written, or would be."""

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result. A deviation is no change."""
        return {
            "changed": self.changed,
            "contract": str(self.path),
            "objects": self.objects,
            "counts": counted(self.deviations),
            "deviations": [one.as_result() for one in self.deviations],
        }


def write(
    login: PostgreSQLLogin,
    database: str,
    path: Path,
    schemas: Sequence[str],
    *,
    grants: bool = False,
    check: bool = False,
) -> Written:
    """Write the contract of `schemas` to `path`, unless it is the same; `check`: write nothing.

    Raises InputError: no such schema; raises StorageError; raises ServerError.
    """
    with contextlib.closing(postgresql.connect(login, database, "schema contract")) as connection:
        found = read(connection, schemas, grants=grants)
    result = Written(path, contract.text_of(path), found)
    if result.before != found.as_text() and not check:
        write_atomic(path, found.as_text().encode())
    return result


def check_schema(
    login: PostgreSQLLogin,
    database: str,
    path: Path,
    *,
    fail_on: str = "warning",
    ignore: Sequence[str] = (),
    severities: Mapping[str, str] | None = None,
    junit: Path | None = None,
    markdown: Path | None = None,
    check: bool = False,
) -> Compared:
    """Compare the live schemas that the contract in `path` names with it.

    `fail_on`: the least severity that fails, or `never`. `ignore`, `severities`: kinds, or patterns of them.
    `junit`, `markdown`: files of the report, not written when `check`.

    Raises SchemaDeviates: `details` are the result; raises InputError: no such contract, kind or schema.
    """
    promised = contract.load(path)
    with contextlib.closing(postgresql.connect(login, database, "schema contract")) as connection:
        live = read(connection, promised.schemas, grants=promised.grants)
    found = compare(promised, live, severities=severities, ignore=ignore)
    changed = False
    for target, render in ((junit, output.as_junit), (markdown, output.as_markdown)):
        if target is not None:
            text = render(database, promised, found, fail_on)
            new = contract.text_of(target) != text
            changed |= new
            if new and not check:
                write_atomic(target, text.encode())
    result = Compared(path, promised.count, found, changed)
    failed = failing(found, fail_on)
    if failed:
        more = f"; and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
        raise SchemaDeviates(
            f"The schema of {database} deviates from its contract {path}: "
            f"{'; '.join(one.as_line() for one in failed[:_SHOWN])}{more}. Correct the schema; or, where the schema is "
            "right, write the contract again with state=present.",
            **result.as_result(),
        )
    return result


__all__ = ("Compared", "Written", "check_schema", "write")
