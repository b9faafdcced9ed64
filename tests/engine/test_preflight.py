# SPDX-License-Identifier: GPL-3.0-or-later
"""One list of everything that would stop a migration, whatever else is wrong beside it."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import PreflightFound
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import preflight as look
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.preflight import (
    BegunOutcome,
    PreflightOutcome,
    Wanted,
)

from tests.engine.conftest import Family
from tests.support.engine import places, small
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("E")

MISFITS = (
    "CREATE TABLE item (id int NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, note text NULL, made varchar(40) NULL,"
    " kind varchar(40) NOT NULL)",
    "CREATE TABLE part (id int NOT NULL PRIMARY KEY, item_id int NULL)",
    "INSERT INTO item VALUES (1, 'one', NULL, '', ''), (2, 'two', 'x', NULL, '00000000-0000'), "
    "(3, 'three', '', 'x', '')",
    "INSERT INTO part VALUES (1, 1), (2, 77), (3, NULL)",
)
NARROW = (
    "CREATE TABLE item (id integer PRIMARY KEY, name varchar(3) NOT NULL, note text, made uuid, kind uuid NOT NULL)",
    "CREATE TABLE part (id integer PRIMARY KEY, item_id integer REFERENCES item (id))",
)


def wanted(run: Migration, **more: Any) -> Wanted:
    databases = [
        {"name": move.name, "source": move.source, "target": move.target, "rules": more.pop("rules", {})}
        for move in run.moves
    ]
    return Wanted(
        **{"databases": databases, "profiles": {}, "run_directory": str(run.run), "workers": 2, **more}
    )


def ask(run: Migration, *, pass_begun: bool = False, check: bool = False, **more: Any) -> Any:
    return look.preflight(
        run.source_login,
        run.target_login,
        wanted(run, **more),
        migrating=False,
        pass_begun=pass_begun,
        check=check,
    )


def refused(run: Migration, **more: Any) -> tuple[PreflightFound, dict[str, Any]]:
    """What is raised, and the content of the file."""
    with pytest.raises(PreflightFound) as caught:
        ask(run, **more)
    return caught.value, json.loads((run.run / "preflight.json").read_text("utf-8"))


def texts(found: Mapping[str, Any]) -> str:
    return "\n".join(one["text"] for one in found["problems"])


def in_utc(server: Server, run: Migration) -> Migration:
    for move in run.moves:
        places.ask(server, None, f"ALTER DATABASE {move.target} SET TimeZone = 'UTC'")
    return run


def test_where_nothing_is_wrong_the_files_say_so_and_no_run_is_bound(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    run = in_utc(postgresql, small.pair(family.server, postgresql, tmp_path))
    found = ask(run)
    assert isinstance(found, PreflightOutcome)
    assert found.changed
    assert found.listing.count == 0, found.lines
    assert found.lines[0].startswith("From M")
    assert " to PostgreSQL 17" in found.lines[0]
    for name in ("preflight.json", "preflight.md"):
        assert stat.S_IMODE((run.run / name).stat().st_mode) == 0o600
    assert "Nothing would stop a migration." in (run.run / "preflight.md").read_text("utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
    assert {path.name for path in run.run.iterdir()} == {
        "run.json",
        "key",
        "lock",
        "preflight.json",
        "preflight.md",
    }
    assert "source" not in json.loads((run.run / "run.json").read_text("utf-8"))
    again = ask(run)
    assert not again.changed
    assert run.all().equal
    begun = ask(run, pass_begun=True)
    assert isinstance(begun, BegunOutcome)
    assert begun.way == found.listing.way
    late = ask(run)
    assert late.listing.count == 0, late.lines
    assert any("holds the load of this run (complete)" in line for line in late.lines)


def test_check_mode_says_all_and_writes_nothing(mariadb: Server, postgresql: Server, tmp_path: Path) -> None:
    run = small.pair(mariadb, postgresql, tmp_path, MISFITS, NARROW)
    with pytest.raises(PreflightFound) as caught:
        ask(run, check=True)
    assert "item.name" in "\n".join(caught.value.details["lines"])
    assert caught.value.details["files"] == []
    assert list(tmp_path.iterdir()) == []


def test_every_misfit_is_listed_with_keys_and_its_rules_can_be_pasted(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    run = in_utc(postgresql, small.pair(family.server, postgresql, tmp_path, MISFITS, NARROW))
    error, found = refused(run)
    kinds = {(one["column"], one["class"]): one for one in found["misfits"]}
    assert set(kinds) == {
        ("name", "too_long"),
        ("made", "empty_string"),
        ("made", "not_a_uuid"),
        ("kind", "empty_string"),
        ("kind", "not_a_uuid"),
        ("item_id", "orphan"),
    }
    assert kinds["name", "too_long"]["examples"] == ["id=3"]
    assert str(error) == f"6 things would stop a migration; the list is above and in {run.run}/preflight.md."
    screen = "\n".join(error.details["lines"])
    assert "small.item.name: 1 value: more characters than the target column takes (too_long)" in screen
    assert "rows: id=3" in screen

    bare = yaml.safe_load(found["rules"]["small"])["rules"]
    assert [rule["policies"] for rule in bare["columns"]] == [{"too_long": "truncate"}]
    rules = yaml.safe_load("\n".join(decided(found["rules"]["small"].splitlines())))["rules"]
    done = ask(run, rules=rules)
    assert done.listing.count == 0, done.lines
    assert any("item.name: 1 value: too_long → truncate" in line for line in done.lines)
    places.ask(postgresql, run.moves[0].target, "SELECT 1")


def decided(block: Sequence[str]) -> list[str]:
    """The first way of each choice with its mark taken off, as an operator would."""
    found: list[str] = []
    open_choice = False
    for line in block:
        if line.lstrip().startswith("# -"):
            if open_choice:
                found.append(
                    line.replace("# -", "-", 1).replace("VALUE", "'00000000-0000-4000-8000-000000000000'")
                )
            open_choice = False
        else:
            open_choice = line.lstrip().startswith("#")
            found.append(line)
    return found


def test_a_problem_of_the_plan_hides_no_value_and_no_other_database(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    first = small.pair(
        family.server,
        postgresql,
        tmp_path,
        (*MISFITS, "ALTER TABLE item ADD price decimal(10,2)", "CREATE TABLE extra (id int PRIMARY KEY)"),
        NARROW,
    )
    second = small.pair(family.server, postgresql, tmp_path, small.SOURCE, ())
    third = small.pair(family.server, postgresql, tmp_path, MISFITS, NARROW)
    moves = [
        Move(name, one.moves[0].source, one.moves[0].target)
        for name, one in (("first", first), ("second", second), ("third", third))
    ]
    run = in_utc(postgresql, Migration(family.server, postgresql, tmp_path / "run", moves))
    _error, found = refused(run)
    said = texts(found)
    assert "extra" in said
    assert "price" in said
    assert said.count(f"The target database {moves[1].target} has no table in its schema public.") == 1
    assert "the target has no table item" not in said
    assert {(one["database"], one["column"]) for one in found["misfits"]} >= {
        ("first", "name"),
        ("first", "kind"),
        ("third", "name"),
        ("third", "item_id"),
    }
    assert set(found["rules"]) == {"first", "third"}


def test_a_table_that_cannot_be_scanned_hides_no_other(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    run = in_utc(postgresql, small.pair(family.server, postgresql, tmp_path, MISFITS, NARROW))
    rules = {"tables": [{"table": "part", "where": "no_such_column = 1"}]}
    _error, found = refused(run, rules=rules)
    assert (
        "the source does not take the where rule of part: The source server answered with error 1054"
        in texts(found)
    )
    assert ("item", "name") in {(one["table"], one["column"]) for one in found["misfits"]}


def test_rows_of_a_seed_migration_come_with_the_line_to_paste(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    run = in_utc(
        postgresql,
        small.pair(
            mariadb,
            postgresql,
            tmp_path,
            target_sql=(*small.TARGET, "INSERT INTO item VALUES (1, 'seed', NULL)"),
        ),
    )
    _error, found = refused(run)
    assert f"The target database {run.moves[0].target} holds rows in item (1)." in texts(found)
    rules = yaml.safe_load(found["rules"]["small"])["rules"]
    assert rules == {"seed_tables": ["item"]}
    assert ask(run, rules=rules).listing.count == 0


def test_what_only_the_load_can_test_is_told_and_stops_nothing(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    run = in_utc(postgresql, small.pair(family.server, postgresql, tmp_path))
    places.ask(
        postgresql,
        run.moves[0].target,
        "CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 <> 'x'",
        "ALTER TABLE item ADD CONSTRAINT name_is_fine CHECK (fine(name))",
    )
    found = ask(run)
    assert found.listing.count == 0, found.lines
    (one,) = found.listing.untested
    assert one["name"] == "name_is_fine"
    said = " ".join(" ".join(found.lines).split())
    assert "Not tested before the load - small.item: name_is_fine, CHECK (" in said
    assert "name_is_fine" in (run.run / "preflight.md").read_text("utf-8")


def test_a_folder_of_somebody_is_left_alone(mariadb: Server, postgresql: Server, tmp_path: Path) -> None:
    run = in_utc(postgresql, small.pair(mariadb, postgresql, tmp_path))
    run.run.mkdir()
    (run.run / "thesis.txt").write_text("all of it")
    with pytest.raises(PreflightFound) as caught:
        ask(run)
    assert "not the mark of a run" in str(caught.value)
    assert [path.name for path in run.run.iterdir()] == ["thesis.txt"]
