# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job with every session variable set against it, in each place where somebody can set one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ConvergenceError, ServerError

from tests.engine import hostile
from tests.engine import session_variables as variables
from tests.engine.hostile import Hostile
from tests.support.engine import places
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A2", "A5", "B1", "B7")
FOR_ADMINISTRATORS = ("session_replication_role", "zero_damaged_pages", "ignore_checksum_failure")
"""Refused by name where they are set: see test_session_variables."""
OF_TARGET = [name for name in variables.HOSTILE_TARGET if name not in FOR_ADMINISTRATORS]


@dataclass
class Application:
    """A source, and the evidence and rows of a run that nobody disturbed."""

    source: Server
    database: str
    target: Server
    folder: Path
    evidence: str = ""

    def new(self) -> Hostile:
        return hostile.migration(self.source, self.database, self.target, self.folder)

    def check(self, run: Hostile, evidence: str) -> None:
        """The evidence, and what the drivers read on both sides, which is not a statement of ours."""
        assert evidence == self.evidence
        found = hostile.rows(self.target, run.moves[0].target)
        assert len(found) == hostile.ROWS
        assert found == hostile.rows(self.source, self.database)

    def ends_otherwise(self, place: AbstractContextManager[object], run: Hostile) -> bool:
        """For the search of a culprit: a run that fails, or with another evidence."""
        try:
            with place:
                return run.everything() != self.evidence
        except ConvergenceError:
            return True


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def application(request: pytest.FixtureRequest, postgresql: Server) -> Iterator[Application]:
    source: Server = request.getfixturevalue(request.param)
    hostile.tablespace(postgresql)
    with tempfile.TemporaryDirectory() as folder:
        found = Application(source, hostile.source_of(source), postgresql, Path(folder))
        run = found.new()
        found.evidence = run.everything()
        found.check(run, found.evidence)
        yield found


def test_hostile_globally_and_by_init_connect_on_the_source(application: Application) -> None:
    names = list(variables.HOSTILE_SOURCE)
    if application.source.kind == "mysql":
        names.remove("max_error_count")  # an administrator's there: the next test
    run = application.new()
    try:
        with hostile.on_source(application.source, names) as set_there:
            assert len(set_there) > 30
            evidence = run.everything()
    except ConvergenceError as error:

        def fails(some: Sequence[str]) -> bool:
            return application.ends_otherwise(hostile.on_source(application.source, some), application.new())

        pytest.fail(f"{error}; it was: {hostile.culprits(names, fails)}")
    application.check(run, evidence)


def test_what_only_an_administrator_may_set_on_the_source_is_refused(application: Application) -> None:
    run = application.new()
    with hostile.on_source(application.source, ["max_error_count"]):
        if application.source.kind == "mariadb":
            application.check(run, run.everything())
        else:
            with pytest.raises(ServerError, match=r"keeps max_error_count at '0'.*warnings of a conversion"):
                run.everything()


@pytest.mark.parametrize("whose", ["ROLE", "DATABASE"])
def test_hostile_as_defaults_on_the_target(application: Application, whose: str) -> None:
    def place(run: Hostile, names: Sequence[str]) -> AbstractContextManager[None]:
        hostile.shadows(application.target, run.moves[0].target, run.owner)
        who = f"ROLE {run.owner}" if whose == "ROLE" else f"DATABASE {run.moves[0].target}"
        return hostile.on_target(application.target, who, names)

    run = application.new()
    try:
        with place(run, OF_TARGET):
            evidence = run.everything()
    except ConvergenceError as error:

        def fails(some: Sequence[str]) -> bool:
            other = application.new()
            return application.ends_otherwise(place(other, some), other)

        pytest.fail(f"{error}; it was: {hostile.culprits(OF_TARGET, fails)}")
    application.check(run, evidence)
    elsewhere = (
        "SELECT count(*) FROM pg_class WHERE reltablespace <> 0 AND relnamespace = 'public'::regnamespace"
    )
    assert places.ask(application.target, run.moves[0].target, elsewhere) == [(0,)]
    comment = "SELECT obj_description('thing_made'::regclass)"
    assert places.ask(application.target, run.moves[0].target, comment) == [(r"a \ and a ' in it" + "\\",)]


def test_hostile_in_the_environment_of_the_operator(
    application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = application.new()
    with monkeypatch.context() as patch:
        hostile.at_home(tmp_path, patch)
        evidence = run.everything()
    application.check(run, evidence)
