# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump made anew over a loaded target: no load takes it for loaded, no verdict stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    DamagedSnapshot,
    ForeignRunDirectory,
    InputError,
    TargetNotReady,
    VerifyFailed,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._move import dump as dump_verb
from ansible_collections.alkemio.convergence.plugins.module_utils._move.reset import reset
from ansible_collections.alkemio.convergence.plugins.module_utils._operate import progress
from ansible_collections.alkemio.convergence.plugins.module_utils._run import manifest
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory
from ansible_collections.alkemio.convergence.plugins.module_utils._scan import survey

from tests.support.engine import places, small
from tests.support.engine.migration import Migration, Move
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A10")


@pytest.fixture(params=["mariadb", "mysql"])
def proved(request: pytest.FixtureRequest, postgresql: Server, tmp_path: Path) -> Iterator[Migration]:
    """Loaded and proved equal."""
    source = request.getfixturevalue(request.param)
    made = small.pair(source, postgresql, tmp_path)
    made.all()
    yield made
    places.drop(source, made.moves[0].source)
    places.drop(postgresql, *(move.target for move in made.moves))


def write(migration: Migration, statement: str = "UPDATE item SET name = 'new' WHERE id = 1") -> None:
    places.ask(migration.source, migration.moves[0].source, statement)


def stands(migration: Migration) -> bool:
    return (migration.run / "report.json").exists()


def state(migration: Migration) -> str:
    return progress.info(str(migration.run)).state


def names(migration: Migration) -> list[Any]:
    rows = places.ask(migration.target, migration.moves[0].target, "SELECT name FROM item ORDER BY id")
    return [row[0] for row in rows]


def test_the_load_refuses_names_the_way_on_and_that_way_leads_on(proved: Migration) -> None:
    write(proved)
    proved.dump(restart=True)
    assert not stands(proved)
    assert json.loads((proved.run / "report-before-dump.json").read_text("utf-8"))["verdict"] == "equal"
    assert not (proved.run / "sums.json").exists()
    assert state(proved) == "dumped"
    for check in (True, False):
        with pytest.raises(TargetNotReady, match=r"another snapshot .* the reset .*, then load again"):
            proved.load(check=check)
    assert names(proved)[0] == "one"
    with pytest.raises(InputError, match="No sums of the source are kept"):
        proved.verify(source=False)
    with pytest.raises(VerifyFailed) as caught:
        proved.verify()
    assert "loaded from another snapshot" in "".join(caught.value.details["problems"])
    assert caught.value.details["differences"][0]["key"] == {"id": "1"}

    reset(proved.target_login, str(proved.run), confirm=True)
    proved.load()
    assert proved.verify().equal
    assert names(proved)[0] == "new"
    assert state(proved) == "equal"


def test_so_does_it_where_the_source_is_as_it_was(proved: Migration) -> None:
    """Equal values make equal chunks, which are loaded: nothing is refused that is so."""
    before = manifest.load(RunDirectory(str(proved.run)), "small")
    proved.dump(restart=True)
    after = manifest.load(RunDirectory(str(proved.run)), "small")
    assert before is not None
    assert after is not None
    assert not stands(proved)
    assert before.written == after.written
    assert not proved.load().changed
    assert proved.verify().equal


@pytest.mark.parametrize("ledger", ["loaded", "rebuilt"])
def test_a_load_that_had_not_ended_is_no_part_of_the_new_one(proved: Migration, ledger: str) -> None:
    places.ask(proved.target, proved.moves[0].target, f"UPDATE convergence.run SET state = '{ledger}'")
    write(proved, "INSERT INTO item VALUES (4, 'four', NULL)")
    proved.dump(restart=True)
    with pytest.raises(TargetNotReady, match="another snapshot"):
        proved.load()


def test_nor_is_one_that_lacks_a_chunk_of_it(proved: Migration) -> None:
    places.ask(
        proved.target, proved.moves[0].target, "DELETE FROM convergence.chunk WHERE table_name = 'part'"
    )
    with pytest.raises(TargetNotReady, match="chunk 0 of part is missing in its ledger"):
        proved.load()


def test_a_dump_that_dies_after_it_began_leaves_no_verdict(
    proved: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old chunks are gone, the new manifest is not complete."""
    with monkeypatch.context() as patch:
        patch.setattr(dump_verb.chunk_out, "write_chunk", _killed)
        with pytest.raises(ConvergenceError):
            proved.dump(restart=True)
    assert not stands(proved)
    assert state(proved) == "dumping"
    with pytest.raises(InputError, match="is not complete"):
        proved.load()
    with pytest.raises(InputError, match="is not complete"):
        proved.verify()
    assert not stands(proved)


def _killed(*_arguments: Any) -> Any:
    raise RuntimeError


def test_a_dump_that_changes_nothing_leaves_the_verdict(
    proved: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not proved.dump().changed
    assert stands(proved)
    proved.dump(restart=True, check=True)
    assert stands(proved)
    with monkeypatch.context() as patch:
        patch.setattr(survey.Survey, "scan", _killed)  # fails before the old snapshot is touched
        with pytest.raises(RuntimeError):
            proved.dump(restart=True)
    assert stands(proved)
    assert proved.verify().equal


def test_a_plan_that_changed_in_between_is_neither_loaded_nor_proved(proved: Migration) -> None:
    proved.moves = [Move("small", proved.moves[0].source, proved.moves[0].target, "rules")]
    proved.profiles = {"rules": {"name": "rules", "tables": [{"table": "part", "where": "id < 3"}]}}
    proved.transform()
    with pytest.raises(ForeignRunDirectory, match=r"transform\.json changed"):
        proved.load()
    with pytest.raises(ForeignRunDirectory, match=r"transform\.json changed"):
        proved.verify()
    assert not stands(proved)
    proved.dump()
    with pytest.raises(TargetNotReady, match=r"another transform\.json of this run"):
        proved.load()
    reset(proved.target_login, str(proved.run), confirm=True)
    proved.load()
    assert proved.verify().equal


def test_two_databases_of_two_dumps_are_not_taken_for_one(
    mariadb: Server, postgresql: Server, tmp_path: Path
) -> None:
    """A manifest and its chunks brought back from an older copy of the run directory."""
    first, second = small.pair(mariadb, postgresql, tmp_path), small.pair(mariadb, postgresql, tmp_path)
    moves = [first.moves[0], Move("more", second.moves[0].source, second.moves[0].target)]
    both = Migration(mariadb, postgresql, tmp_path / "both", moves).prepare()
    both.dump()
    folder = RunDirectory(str(both.run)).database("more")
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    write(both)
    both.dump(restart=True)
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    with pytest.raises(DamagedSnapshot, match="small and more are of two dumps"):
        both.load()
    both.dump(restart=True)
    both.load()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    with pytest.raises(DamagedSnapshot, match="of two dumps"):
        both.verify()
    assert not stands(both)
    places.drop(mariadb, *(move.source for move in moves))
    places.drop(postgresql, *(move.target for move in moves))
