# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows, ledger, files of the run and writes to the source: each tampering is found by name, or said to be unseen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    VerifyFailed,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import moment
from ansible_collections.alkemio.convergence.plugins.module_utils._run import manifest
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory

from tests.engine import place_tamperings as data
from tests.engine.place_tamperings import Forgery
from tests.engine.tamperings import Tampering
from tests.support.engine import places, small
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server


def moved(source: Server, target: Server, folder: Path) -> Migration:
    found = small.pair(source, target, folder, data.SOURCE, data.TARGET)
    found.moves = [replace(found.moves[0], profile="places")]
    found.profiles = {"places": data.RULES}
    assert found.all().equal
    return found


@pytest.fixture(scope="module")
def proved(
    mysql: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Migration]:
    found = moved(mysql, postgresql, tmp_path_factory.mktemp("places"))
    yield found
    places.drop(postgresql, found.moves[0].target)
    places.drop(mysql, found.moves[0].source)


def told(migration: Migration) -> str:
    """What a verification says, empty when it says equal."""
    try:
        migration.verify(check=True)
    except VerifyFailed as error:
        problems = [one.replace("\n", " ") for one in error.details["problems"]]
        return "\n".join([str(error), *problems])
    except ConvergenceError as error:
        return str(error)
    return ""


def judge(migration: Migration, found: str, unseen: str) -> None:
    words = told(migration)
    if unseen:
        assert words == ""
    else:
        assert found in words, words


@pytest.mark.fault("A4", "A10")
@pytest.mark.parametrize("one", [*data.ROWS, *data.LEDGER], ids=lambda one: one.name)
def test_on_the_target(proved: Migration, one: Tampering) -> None:
    target = proved.moves[0].target
    places.ask(proved.target, target, *one.sql)
    try:
        judge(proved, one.found, one.unseen)
    finally:
        places.ask(proved.target, target, *one.undo)
    assert told(proved) == ""


@pytest.mark.fault("A11", "B6")
@pytest.mark.parametrize("one", data.FILES, ids=lambda one: one.name)
def test_in_the_run_directory(proved: Migration, one: Forgery) -> None:
    kept = proved.run.with_name("kept")
    shutil.copytree(proved.run, kept)
    try:
        one.do(proved.run)
        judge(proved, one.found, one.unseen)
    finally:
        shutil.rmtree(proved.run)
        kept.rename(proved.run)


@pytest.mark.fault("A1", "A12")
@pytest.mark.parametrize("one", data.SOURCE_WRITES, ids=lambda one: one.name)
def test_on_the_source(proved: Migration, one: Tampering) -> None:
    source = proved.moves[0].source
    places.ask(proved.source, source, *_each(one.sql))
    try:
        judge(proved, one.found, one.unseen)
    finally:
        places.ask(proved.source, source, *_each(one.undo))
        stand_still(proved)
    assert told(proved) == ""


def _each(statements: tuple[str, ...]) -> list[str]:
    return [part for statement in statements for part in statement.split("; ")]


def stand_still(migration: Migration) -> None:
    """As if the dump had been made now: the content is the same again, and the log has gone on."""
    session = mysql.connect(migration.source_login)
    position = moment.still_position(session, [migration.moves[0].source])
    session.close()
    run = RunDirectory(str(migration.run))
    found = manifest.load(run, "small")
    assert found is not None
    found.position = position
    manifest.save(run, found)
