# SPDX-License-Identifier: GPL-3.0-or-later
"""Every documented tag runs alone, is predicted by check mode, does what it says, and does it once."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import servers
from tests.support.engine import places
from tests.support.environment.place import WRITERS, configure, leave, make_source, make_tables
from tests.support.environment.whole import Whole, answering, furnish
from tests.support.playbooks import walk
from tests.support.playbooks.course import ACTS, FORTH_AND_BACK
from tests.support.servers.server import Server
from tools.docs import tags

SMALL = {"shared_buffers": "32MB"}


@pytest.fixture(scope="module")
def target() -> Iterator[Server]:
    """Of these tests alone, since its backup has all of its databases in it."""
    with servers.running("postgresql", SMALL) as server:
        yield server


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Server]:
    """With an account that the restored backup does not give another password, as it does to the others."""
    with servers.running("postgresql", SMALL) as server:
        places.ask(server, None, "CREATE ROLE restorer LOGIN SUPERUSER PASSWORD 'secret'")
        yield server


@pytest.fixture
def place(
    request: pytest.FixtureRequest, source: Server, target: Server, elsewhere: Server, tmp_path: Path
) -> Iterator[Whole]:
    """As the act begins: with nothing but servers, with a source alone, or with an application that works on it."""
    database = places.new_source(source, "shop")
    found = Whole(source, target, tmp_path, database, elsewhere)
    if getattr(request, "param", "") == "installation":
        configure(found, "postgresql")
        places.ask(source, database, "CREATE TABLE sale (id int PRIMARY KEY)")
    elif getattr(request, "param", "") == "target":
        make_source(source, database)
        configure(found, "mysql")
    else:
        places.ask(target, None, f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'")
        make_tables(source, target, database)
        configure(found, "mysql")
        for writer in WRITERS:
            subprocess.run(found.command("start", writer), check=True)
    furnish(found)
    with answering(found):
        yield found
    leave(found)
    places.drop(target, database)


def test_the_course_has_every_documented_tag_once() -> None:
    assert sorted((step.playbook, step.tag) for act in ACTS.values() for step in act) == sorted(tags.pairs())


def test_before_a_migration_the_phases_after_it_say_what_is_missing(place: Whole) -> None:
    steps = [step for step in FORTH_AND_BACK if step.playbook in {"cutover", "rollback"}]
    problems = [problem for step in steps for problem in walk.before(place, step)]
    assert not problems, "\n".join(problems)


@pytest.mark.long
@pytest.mark.parametrize(("place", "act"), [(act, act) for act in ACTS], indirect=["place"])
def test_a_check_of_what_has_no_input_says_what_is_missing(place: Whole, act: str) -> None:
    problems = [problem for step in ACTS[act] for problem in walk.before(place, step)]
    assert not problems, "\n".join(problems)


@pytest.mark.long
@pytest.mark.parametrize(
    "tag", ["provision databases", "migrate freeze", "migrate inspect", "rehearse timings"]
)
def test_a_check_without_the_python_environment_says_how_it_is_made(place: Whole, tag: str) -> None:
    playbook, _, name = tag.partition(" ")
    run = place.play(playbook, "--tags", name, "--check", migration_venv=str(place.folder / "venv"))
    assert run.status != 0
    assert "(migrate.yml --tags preflight, without --check)" in run.message


@pytest.mark.long
@pytest.mark.parametrize(("place", "act"), [(act, act) for act in ACTS], indirect=["place"])
def test_a_step_is_predicted_done_and_not_done_again(place: Whole, act: str) -> None:
    """Ends at the first step with a problem: those after it would only repeat it."""
    for step in ACTS[act]:
        problems = walk.walk(place, step)
        assert not problems, "\n".join(problems)
