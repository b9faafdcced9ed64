# SPDX-License-Identifier: GPL-3.0-or-later
"""A schema made of a source's catalog, and the migration into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._baseline import baseline as verb
from ansible_collections.alkemio.convergence.plugins.module_utils._baseline.baseline import (
    BaselineOutcome,
    Place,
)

from tests.support.engine import places
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

SCHEMAS = Path(__file__).resolve().parents[2] / "fixtures/baseline"


def statements(name: str) -> list[str]:
    """Those of a file of the fixtures; a blank line parts them."""
    text = (SCHEMAS / f"{name}.sql").read_text("utf-8")
    return [part.strip().rstrip(";") for part in text.split(";\n\n") if part.strip()]


def made(
    migration: Migration,
    folder: Path,
    decisions: Mapping[str, Any] | None = None,
    *,
    form: str = "sql",
    apply: bool = True,
    check: bool = False,
) -> BaselineOutcome:
    """The baseline of a migration's databases, by the decisions of the folder unless others are given."""
    file = folder / "decisions.yml"
    if decisions is None:
        decisions = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
    return verb.make_baseline(
        migration.source_login,
        [Place(one.name, one.source, one.target, one.schema or "public") for one in migration.moves],
        str(folder),
        decisions,
        form=form,
        target=migration.target_login if apply else None,
        check=check,
    )


def pair(source: Server, target: Server, folder: Path, statements: Sequence[str]) -> Migration:
    """A new source with these statements, and an empty target."""
    left, right = places.new_source(source, "baseline"), places.new_target(target, "baseline")
    places.ask(source, left, *statements)
    return Migration(source, target, folder / "run", [Move("app", left, right)])


def with_rules(migration: Migration, outcome: BaselineOutcome) -> Migration:
    """The same migration with the rules that the baseline hands over."""
    rules = outcome.as_result()["rules"]
    migration.moves = [
        Move(one.name, one.source, one.target, one.profile, rules.get(one.name, {}))
        for one in migration.moves
    ]
    return migration
