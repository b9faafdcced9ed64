# SPDX-License-Identifier: GPL-3.0-or-later
"""The release of each side is asked before anything else, and what is only reported stops nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    InputError,
    PreflightFound,
    SourceMoved,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.preflight import Wanted, preflight

from tests.engine.conftest import Family, Fresh
from tests.support.engine import places, small
from tests.support.engine.migration import PROFILES, Migration
from tests.support.servers.server import Server

LIST = "CREATE TABLE migrations (id int NOT NULL PRIMARY KEY, name varchar(40) NOT NULL)"
SOURCE = (*small.SOURCE, LIST, "INSERT INTO migrations VALUES (41, 'first'), (42, 'second')")
TARGET = (*small.TARGET, LIST, "INSERT INTO migrations VALUES (1, 'base')")
QUERY = "SELECT name FROM migrations ORDER BY id DESC LIMIT 1"
SHOP: dict[str, Any] = {
    "skip_tables": ["migrations"],
    "releases": {
        "source": {"query": QUERY, "fits": [{"release": "4.2", "migration": "second"}]},
        "target": {
            "query": QUERY,
            "fits": [{"release": "5.0", "migration": "base"}, {"release": "5.1", "migration": "more"}],
        },
    },
}


def shop(
    family: Family, postgresql: Server, folder: Path, rules: Mapping[str, Any] | None = None
) -> Migration:
    run = small.pair(family.server, postgresql, folder, SOURCE, TARGET)
    places.ask(postgresql, None, f"ALTER DATABASE {run.moves[0].target} SET TimeZone = 'UTC'")
    move = replace(run.moves[0], profile="shop", rules=rules or {})
    return replace(run, moves=[move], profiles={"shop": SHOP})


def said(run: Migration) -> str:
    """What preflight lists, in one line."""
    databases = [
        {key: getattr(move, key) for key in ("name", "source", "target", "profile", "rules")}
        for move in run.moves
    ]
    wanted = Wanted(databases, run.profiles, str(run.run), 2, scan=False)
    try:
        found = preflight(
            run.source_login, run.target_login, wanted, migrating=True, pass_begun=False, check=True
        )
        lines = found.as_result()["lines"]
    except PreflightFound as error:
        lines = error.details["lines"]
    return " ".join(" ".join(lines).split())


def test_the_right_releases_are_no_word_worth(family: Family, postgresql: Server, tmp_path: Path) -> None:
    run = shop(family, postgresql, tmp_path)
    assert "Nothing would stop a migration" in said(run)
    places.ask(postgresql, run.moves[0].target, "INSERT INTO migrations VALUES (2, 'more')")
    assert "Nothing would stop a migration" in said(run)
    assert run.all().equal


def test_another_release_is_the_only_line(family: Family, postgresql: Server, tmp_path: Path) -> None:
    run = shop(family, postgresql, tmp_path)
    move = run.moves[0]
    places.ask(family.server, move.source, "INSERT INTO migrations VALUES (43, 'third')")
    places.ask(
        postgresql,
        move.target,
        "INSERT INTO migrations VALUES (3, 'jump')",
        "ALTER TABLE item ADD surprise integer NOT NULL DEFAULT 1",
        "ALTER TABLE item DROP note",
    )
    text = said(run)
    assert "2 things would stop a migration" in text
    assert "Releases of the application (2)" in text
    assert (
        f"small: the source database {move.source} is of another release of the application than the profile moves "
        "from: it ends at the migration 'third', and has to be of 4.2 (last migration second). Let the source be "
        "updated by 4.2 first."
    ) in text
    assert "it ends at the migration 'jump', and has to be of 5.0 (last migration base), or 5.1 (last" in text
    assert "Let 5.0 or 5.1 make the target's tables, in an empty database." in text
    assert "surprise" not in text
    assert "note" not in text
    assert "plan and values, since a side is of another release" in text


def test_no_list_and_an_empty_list_are_another_release(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    run = shop(family, postgresql, tmp_path)
    move = run.moves[0]
    places.ask(family.server, move.source, "DELETE FROM migrations")
    places.ask(postgresql, move.target, "DROP TABLE migrations")
    text = said(run)
    assert "it lists no migration, and has to be of 4.2" in text
    assert "of which release the target is cannot be read" in text
    assert '"migrations" does not exist' in text
    places.ask(postgresql, move.target, "DROP TABLE part, item")
    assert "Let the migrations of 5.0 or 5.1 make its tables first." in said(run)


def test_dump_asks_again_and_rules_may_say_another_release(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    run = shop(family, postgresql, tmp_path).prepare()
    places.ask(family.server, run.moves[0].source, "INSERT INTO migrations VALUES (44, 'fourth')")
    with pytest.raises(SourceMoved, match="ends at the migration 'fourth'"):
        run.dump()
    assert not list(run.run.glob("snapshot/*/*.copy.zst"))
    own = {"releases": {"source": {"query": QUERY, "fits": [{"release": "own", "migration": "fourth"}]}}}
    allowed = replace(run, run=tmp_path / "other", moves=[replace(run.moves[0], rules=own)])
    assert allowed.all().equal


def test_what_is_only_reported_is_listed_and_stops_nothing(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    report = {
        "name": "items without a note",
        "server": "source",
        "moment": "before",
        "query": "SELECT CONCAT(COUNT(*), ' (id ', GROUP_CONCAT(id), ')') FROM item WHERE note IS NULL",
        "expect": "0",
        "stops": False,
        "reason": "Release 6 wants one.",
    }
    run = shop(family, postgresql, tmp_path, {"invariants": [report]})
    text = said(run)
    assert "small: items without a note: 1 (id 1). Release 6 wants one." in text
    assert "Nothing would stop a migration" in text
    assert run.all().equal


def test_an_unknown_choice_is_named_by_preflight_and_transform(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    run = shop(family, postgresql, tmp_path, {"choose": ["lower_case"]})
    assert "choose names 'lower_case', and there is no such choice" in said(run)
    run.inspect()
    with pytest.raises(InputError, match="no such choice"):
        run.transform()


def test_alkemio_names_the_release_to_deploy(family: Family, fresh: Fresh) -> None:
    run: Migration = fresh(family, "alkemio")
    places.ask(
        run.target,
        run.moves[0].target,
        'INSERT INTO migrations_typeorm ("timestamp", name) '
        "VALUES (1767883714610, 'ConvertJsonToJsonb1767883714610')",
        "ALTER TABLE platform ALTER settings TYPE jsonb USING settings::jsonb",
    )
    text = said(replace(run, profiles=PROFILES))
    assert "Plan (" not in text
    assert (
        "it ends at the migration 'ConvertJsonToJsonb1767883714610', and has to be of v0.130.0 or v0.129.0"
        in text
    )
    assert "cut over to v0.130.0, and update to v0.131.0 or later afterwards." in text
