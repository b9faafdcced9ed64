# SPDX-License-Identifier: GPL-3.0-or-later
"""A case as its folder in `data` tells it: statements for both servers, and how each attempt has to end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.support.families import FAMILIES

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Told:
    """Something on the target that some rows do not fit, and the rows that have to be named."""

    table: str
    names: Sequence[str]
    """Of the constraint, the index or the column, of which one is enough; the table's own where all of it is meant."""
    rows: Sequence[Sequence[str]] = ()
    """Keys, `id=3`; of each group one is enough, as of rows that are equal."""
    untested_will_do: bool = False
    """Only the target can judge it: without a trial there it is enough to say that nobody has."""


@dataclass(frozen=True)
class Refused:
    """The step that has to stop, and what it says."""

    step: str
    error: str
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Attempt:
    """One way to run a case. It arrives unless `refused` says otherwise."""

    name: str
    rules: Mapping[str, Any] = field(default_factory=dict)
    also: Sequence[str] = ()
    """Statements for the source after its file."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """As those of the case, beside them."""
    trial: bool = False
    """Values are tried on the target before the load."""
    rows: Mapping[str, Sequence[Sequence[str | None]]] = field(default_factory=dict)
    """Queries of the target and what they have to give, as the server prints it."""
    said: Sequence[str] = ()
    """Words of the plan's summary."""
    preflight: Sequence[str] = ()
    """Words of what preflight says of the target."""
    altered: int | None = None
    """So many values stand in the list of altered ones."""
    told: Sequence[Told] = ()
    """What the scan names. Unless the attempt arrives, the target stays as it is."""
    arrives: bool = True
    refused: Refused | None = None


@dataclass(frozen=True)
class Case:
    """One folder."""

    folder: Path
    title: str
    attempts: Sequence[Attempt]
    sources: Sequence[str] = FAMILIES
    settings: Mapping[str, str] = field(default_factory=dict)
    """Global variables of the source during the case, as SQL."""
    zones: Sequence[str] = ()
    """Time zones that the source has to know."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By family what stands for `{word}` in the statements."""
    schema: str = "public"
    admin_late: bool = False
    """The administrator's statements come after the owner's."""
    after: Sequence[str] = ()
    """An administrator's statements on the target once all is made; `{owner}` and `{other}` are roles."""
    cleanup: Sequence[str] = ()
    """Statements without a database for what `after` left on the server."""
    wide: Mapping[str, int] = field(default_factory=dict)
    """By table so many columns a1 … of text with sixteen characters more, and one row."""
    long: bool = False

    def sql(self, name: str) -> str:
        """The text of a file of the folder; empty where there is none."""
        path = self.folder / f"{name}.sql"
        return path.read_text("utf-8") if path.exists() else ""

    @cached_property
    def number(self) -> str:
        return self.folder.name.partition("-")[0]


def _made(kind: type[Any], entry: Mapping[str, Any], **others: Any) -> Any:
    """A dataclass of a mapping; raises ValueError: a key that it does not have."""
    unknown = set(entry) - {one.name for one in fields(kind)} - set(others)
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**{**entry, **others})


def _attempt(name: str, entry: Mapping[str, Any]) -> Attempt:
    told = [_made(Told, one) for one in entry.get("told", ())]
    refused = entry.get("refused")
    found: Attempt = _made(
        Attempt,
        {"name": name, **entry},
        told=told,
        refused=_made(Refused, refused) if refused else None,
    )
    if not (found.refused or found.told or found.rows):
        raise ValueError(f"the attempt {name!r} expects nothing")
    return found


def read(folder: Path) -> Case:
    """The case of a folder."""
    entry = json.loads((folder / "case.json").read_text("utf-8"))
    attempts = [_attempt(name, one) for name, one in entry.pop("attempts").items()]
    found: Case = _made(Case, {"folder": folder, **entry}, attempts=attempts)
    return found


def told() -> list[Case]:
    """All cases that their folder tells; others are told by a test of their own."""
    return [read(path.parent) for path in sorted(DATA.glob("*/case.json"))]
