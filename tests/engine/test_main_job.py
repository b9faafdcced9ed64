# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job at its smallest: both databases of an environment, from both families of sources."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import Family, Fresh
from tests.support.engine import places
from tests.support.engine.comparison import Comparison, compare
from tests.support.engine.migration import Migration


@pytest.fixture(scope="module")
def done(family: Family, fresh: Fresh) -> Migration:
    migration: Migration = fresh(family)
    outcome = migration.all()
    assert outcome.equal, outcome.message
    return migration


@pytest.fixture(scope="module")
def opinions(done: Migration) -> dict[str, Comparison]:
    """What two drivers and Python say of both databases."""
    return {move.name: compare(done.source, done.target, move) for move in done.moves}


@pytest.mark.parametrize("name", ["alkemio", "kratos"])
def test_two_drivers_find_every_row_on_the_target(opinions: dict[str, Comparison], name: str) -> None:
    assert opinions[name].differences == []
    assert len(opinions[name].rows) == {"alkemio": 75, "kratos": 25}[name]


def test_the_report_counts_what_the_drivers_count(done: Migration, opinions: dict[str, Comparison]) -> None:
    report = json.loads((done.run / "report.json").read_text("utf-8"))
    assert report["verdict"] == "equal"
    for database in report["databases"]:
        rows = {entry["name"]: entry["target_rows"] for entry in database["table_results"]}
        assert rows == opinions[database["name"]].rows
        assert all(entry["equal"] for entry in database["table_results"])


def test_every_value_that_a_rule_changed_is_listed(done: Migration, opinions: dict[str, Comparison]) -> None:
    listed: dict[str, dict[str, int]] = {move.name: {} for move in done.moves}
    for line in done.alterations():
        rule = f"{line['table']}.{line['column']}: {line['class']} → {line['policy']}"
        counts = listed[line["database"]]
        counts[rule] = counts.get(rule, 0) + 1
        assert line["key"], line
    assert listed == {name: dict(opinion.rules) for name, opinion in opinions.items()}


def test_no_file_beside_the_chunks_holds_a_changed_value(
    done: Migration, opinions: dict[str, Comparison]
) -> None:
    files = [path for path in done.run.iterdir() if path.is_file() and path.name != "key"]
    texts = {path.name: path.read_text("utf-8") for path in files}
    for opinion in opinions.values():
        for value in opinion.plain:
            # Escaped as any of the files would escape it.
            for form in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
                assert [name for name, text in texts.items() if form in text] == []
    passwords = {done.source.password, done.target.password}
    assert [name for name, text in texts.items() if any(word in text for word in passwords)] == []


def test_only_the_owner_can_read_the_run_directory(done: Migration) -> None:
    for path in [done.run, *done.run.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def contents(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*") if path.is_file()}


def versions_of_rows(migration: Migration) -> Any:
    """Files of all tables and indexes, and every version of a row: a write changes one of them, a vacuum does not."""
    relations = (
        "SELECT relnamespace::regnamespace::text, relname, relfilenode, relkind FROM pg_class WHERE relfilenode > 0 "
        "AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'convergence')) ORDER BY 1, 2"
    )
    state = []
    for move in migration.moves:
        found = places.ask(migration.target, move.target, relations)
        rows = " UNION ALL ".join(
            f"SELECT '{schema}.{name}', count(*), sum(hashtext(ctid::text || xmin::text)) FROM {schema}.\"{name}\""
            for schema, name, _file, kind in found
            if kind == "r"
        )
        state.append((found, sorted(places.ask(migration.target, move.target, rows))))
    return state


def test_a_second_run_of_each_step_changes_nothing_and_says_so(done: Migration) -> None:
    before, schema = contents(done.run), versions_of_rows(done)
    outcomes: list[Any] = [*done.inspect(), done.transform(), done.dump(), done.load(), done.verify()]
    assert [outcome.changed for outcome in outcomes] == [False] * 6
    assert contents(done.run) == before
    assert versions_of_rows(done) == schema


def test_check_mode_of_a_finished_run_foresees_no_change(done: Migration) -> None:
    before = contents(done.run)
    assert not done.dump(check=True).changed
    assert not done.load(check=True).changed
    assert not done.verify(check=True).changed
    assert contents(done.run) == before


def test_verification_without_the_source_uses_the_sums_kept_of_it(done: Migration) -> None:
    assert done.verify(source=False).equal


def test_the_seed_rows_of_the_target_gave_way(done: Migration) -> None:
    """The source's network and platform are there, once, with the source's own identifiers."""
    for name, table in (("kratos", "networks"), ("alkemio", "platform")):
        move = done.move(name)
        ours = places.ask(done.source, move.source, f"SELECT id FROM {table}")
        theirs = places.ask(done.target, move.target, f"SELECT id::text FROM {table}")
        assert list(ours) == theirs
        assert len(theirs) == 1


def test_every_counter_goes_on_where_the_source_would(done: Migration) -> None:
    move = done.move("alkemio")
    found = places.ask(
        done.target,
        move.target,
        "SELECT t.relname, a.attname, s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid "
        "AND s.relkind = 'S' JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a "
        "ON a.attrelid = t.oid AND a.attnum = d.refobjsubid WHERE d.deptype IN ('a', 'i')",
    )
    assert found
    for table, column, sequence in found:
        if table in {"migrations_typeorm", "query-result-cache"}:
            continue
        ours = places.ask(
            done.source,
            move.source,
            f"ANALYZE TABLE `{table}`",
            "SELECT auto_increment FROM information_schema.tables "
            f"WHERE table_schema = '{move.source}' AND table_name = '{table}'",
        )
        largest = places.ask(done.source, move.source, f"SELECT COALESCE(MAX(`{column}`), 0) FROM `{table}`")
        last, called = places.ask(
            done.target, move.target, f'SELECT last_value, is_called FROM "{sequence}"'
        )[0]
        assert last + called == ours[0][0], table
        assert last + called > largest[0][0], table


def test_no_key_index_or_trigger_is_missing(done: Migration, templates: dict[str, str]) -> None:
    query = (
        "SELECT 'c', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text "
        "FROM pg_constraint WHERE connamespace = 'public'::regnamespace UNION ALL "
        "SELECT 'i', indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid), "
        "indisvalid::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid "
        "WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2, 3"
    )
    for move in done.moves:
        before = places.ask(done.target, templates[move.name], query)
        assert places.ask(done.target, move.target, query) == before
