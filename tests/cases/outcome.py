# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an attempt ended as it has to, judged by queries of our own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _errors
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.preflight import Wanted, preflight

from tests.cases.case import Attempt, Case, Refused, Told
from tests.cases.stage import Stage
from tests.support.engine import places
from tests.support.servers.server import Server

_OURS_NOT = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_TARGET = (
    "SELECT n.nspname, c.relname, c.relkind, c.relfilenode, c.reltablespace, pg_get_userbyid(c.relowner)"
    f" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS_NOT} ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, conname, oid, pg_get_constraintdef(oid), convalidated FROM pg_constraint c"
    f" WHERE connamespace IN (SELECT oid FROM pg_namespace n WHERE {_OURS_NOT}) ORDER BY 1, 2",
    "SELECT tgrelid::regclass::text, tgname, oid, tgenabled FROM pg_trigger ORDER BY 1, 2",
    "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2",
    f"SELECT n.nspname FROM pg_namespace n WHERE {_OURS_NOT} ORDER BY 1",
)
"""Schemas too: a ledger would be one."""


def photograph(server: Server, database: str) -> list[list[tuple[Any, ...]]]:
    """All that a step which refuses must leave as it is: tables, indexes, keys, triggers, sequences, ledger, rows."""
    found = [places.ask(server, database, query) for query in _TARGET]
    tables = f"SELECT oid::regclass::text FROM pg_class c WHERE relkind = 'r' AND relnamespace IN ({_namespaces()})"
    for (table,) in places.ask(server, database, tables):
        found.append(places.ask(server, database, f"SELECT t::text FROM ONLY {table} AS t ORDER BY 1"))
    return found


def _namespaces() -> str:
    return f"SELECT oid FROM pg_namespace n WHERE {_OURS_NOT}"


def judge(case: Case, attempt: Attempt, stage: Stage) -> None:
    """Run the attempt; fails where it does not end as the case says."""
    _preflight(case, attempt, stage)
    before = photograph(stage.target, stage.database)
    if attempt.refused:
        _refused(attempt.refused, stage)
    else:
        stage.run.inspect()
        _says("the plan", "\n".join(stage.run.transform().summary), attempt.said, stage)
        _scanned(attempt, stage)
    if attempt.refused or not attempt.arrives:
        assert photograph(stage.target, stage.database) == before
        return
    stage.run.load()
    assert stage.run.verify().report["verdict"] == "equal"
    if attempt.altered is not None:
        assert len(stage.run.alterations()) == attempt.altered
    for query, rows in attempt.rows.items():
        assert stage.fetch(query) == list(rows), query


def _preflight(case: Case, attempt: Attempt, stage: Stage) -> None:
    if attempt.preflight:
        move = stage.run.moves[0]
        entry = {
            "name": move.name,
            "source": move.source,
            "target": move.target,
            "rules": dict(stage.run.rules),
        }
        wanted = Wanted([entry], {}, str(stage.run.run), workers=1, schema=case.schema)
        try:
            found = preflight(
                stage.run.source_login,
                stage.run.target_login,
                wanted,
                migrating=True,
                pass_begun=False,
                check=True,
            ).as_result()
        except _errors.PreflightFound as error:
            found = error.details
        _says("preflight", "\n".join(found["lines"]), attempt.preflight, stage)


def _refused(refused: Refused, stage: Stage) -> None:
    steps = ("inspect", "transform", "dump", "load", "verify")
    for step in steps[: steps.index(refused.step)]:
        getattr(stage.run, step)()
    with pytest.raises(_errors.ConvergenceError) as caught:
        getattr(stage.run, refused.step)()
    error = caught.value
    assert type(error).__name__ == refused.error, error
    one_line(error)
    problems = "\n".join(map(str, error.details.get("problems", ())))
    _says("the refusal", f"{error}\n{problems}", refused.words, stage)


def one_line(error: _errors.ConvergenceError) -> None:
    """What, which object, why, and what to do, in one line of several sentences."""
    text = str(error)
    assert "\n" not in text and "Traceback" not in text
    assert "An unforeseen error" not in text


def _scanned(attempt: Attempt, stage: Stage) -> None:
    """The dump, and what its scan found."""
    options: dict[str, Any] = {"trial": "full", "target": stage.run.target_login} if attempt.trial else {}
    try:
        outcome = stage.run.dump(**options)
        found = [one.to_json() for one in outcome.misfits]
        untested = outcome.as_result().get("untested", [])
    except _errors.MisfitsFound as error:
        assert not attempt.arrives or not attempt.told, error
        assert attempt.told, error
        one_line(error)
        found = error.details["misfits"]
        untested = error.details.get("untested", [])
    for told in attempt.told:
        wanting = missed(told, found, untested)
        assert not wanting, f"{wanting}; misfits: {found}; untested: {untested}"


def missed(told: Told, misfits: Sequence[dict[str, Any]], untested: Sequence[dict[str, Any]]) -> str:
    """What is not named of something that rows do not fit; empty when all is."""
    what = f"{told.table}.{'/'.join(told.names)}"
    named = [one for one in misfits if _is_about(told, one, ("column", "detail"))]
    if not named:
        there = [one for one in untested if _is_about(told, one, ("name", "definition"))]
        return "" if told.untested_will_do and there else f"{what} is not named"
    examples = [example for one in named for example in one["examples"]]
    for group in told.rows:
        if not any(_is_row(key, example) for key in group for example in examples):
            return f"none of {', '.join(group)} is named for {what}"
    return ""


def _is_about(told: Told, entry: dict[str, Any], keys: Sequence[str]) -> bool:
    words = set(re.findall(r"\w+", " ".join(str(entry[key]) for key in keys)))
    return entry["table"] == told.table and (told.table in told.names or not words.isdisjoint(told.names))


def _is_row(key: str, example: str) -> bool:
    return re.search(rf"(^|, ){re.escape(key)}(,|$)", example) is not None


def _says(who: str, text: str, words: Sequence[str], stage: Stage) -> None:
    for word in words:
        wanted = word.replace("{owner}", stage.owner).replace("{other}", stage.other)
        assert wanted.casefold() in text.casefold(), f"{who} does not say {wanted!r}: {text}"
