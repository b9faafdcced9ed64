# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The contract: what a schema has to be, as a file that people read and commit.

JSON, sorted by kind and name, a field a line. What is as PostgreSQL makes it by default is not written, so that a
column that takes NULL has no `not_null`. No number of an object, no count of rows and no size is in it.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .._errors import InputError
from .._run.files import to_text
from . import kinds

if t.TYPE_CHECKING:
    from pathlib import Path

FORMAT: t.Final = 1
WHAT: t.Final = "contract of a PostgreSQL schema"

Fields = dict[str, t.Any]
Objects = dict[str, dict[str, Fields]]
"""Kind of object -> name -> field -> value: a text, a number, true, or a list of texts."""


@dataclass(frozen=True)
class Contract:
    """All objects of some schemas of one database."""

    schemas: tuple[str, ...]
    grants: bool
    """Whether it holds who may do what."""
    objects: Objects

    @property
    def count(self) -> int:
        """How many objects it has."""
        return sum(len(found) for found in self.objects.values())

    def as_json(self) -> dict[str, t.Any]:
        """The content of its file."""
        return {
            "contract": WHAT,
            "format": FORMAT,
            "schemas": list(self.schemas),
            "grants": self.grants,
            "objects": {
                kind: dict(sorted(found.items())) for kind, found in sorted(self.objects.items()) if found
            },
        }

    def as_text(self) -> str:
        """Its file."""
        return to_text(self.as_json())


def from_json(data: t.Any, where: str) -> Contract:
    """The contract in `data`; `where` names the file. Raises InputError: it is none, or of a later version."""
    if not isinstance(data, dict) or data.get("contract") != WHAT:
        raise InputError(f"{where} is not the {WHAT}. Write one with state=present.")
    if data.get("format") != FORMAT:
        raise InputError(
            f"{where} has the format {data.get('format')}, and this version of the collection knows {FORMAT}. "
            "Write it again with state=present, or use the version that wrote it."
        )
    try:
        objects = {
            kind: {name: dict(fields) for name, fields in found.items()}
            for kind, found in data["objects"].items()
        }
        found = Contract(tuple(map(str, data["schemas"])), data["grants"] is True, objects)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{where} is damaged: {error}. Bring it back from its history.") from error
    for kind, some in objects.items():
        unknown = {field for fields in some.values() for field in fields} - {
            *kinds.OBJECTS.get(kind, ()),
            "table",
        }
        if kind not in kinds.OBJECTS or unknown:
            what = (
                f"the field {min(unknown)} of {kind}"
                if kind in kinds.OBJECTS
                else f"the kind of object {kind}"
            )
            raise InputError(f"{where} has {what}, which is not known. Correct it, or write it again.")
    return found


def load(path: Path) -> Contract:
    """The contract in a file; raises InputError: missing, unreadable, or no contract."""
    text = text_of(path)
    if text is None:
        raise InputError(
            f"The contract {path} does not exist. Write it from a schema that is right, with state=present."
        )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"The contract {path} is no JSON: {error}. Bring it back from its history."
        ) from error
    return from_json(data, str(path))


def text_of(path: Path) -> str | None:
    """What the file holds, `None` where there is none; raises InputError: it cannot be read.

    It may be a link, or belong to another user: a checkout is read as it is.
    """
    try:
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(
            f"The contract {path} cannot be read: {error.strerror}. Correct the cause."
        ) from error


__all__ = ("FORMAT", "WHAT", "Contract", "Fields", "Objects", "from_json", "load", "text_of")
