# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody changed on the loaded target's tables is found by a verification, and named with before and now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound import contracts, schema
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.bound import Bound
from ansible_collections.alkemio.convergence.plugins.module_utils._catalog import Catalog
from ansible_collections.alkemio.convergence.plugins.module_utils._contract.contract import Contract
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import TargetNotReady, VerifyFailed
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory
from ansible_collections.alkemio.convergence.plugins.module_utils._transform.plan import DatabasePlan

from tests.engine import rich, tamperings
from tests.engine.tamperings import Tampering
from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("A13")


@dataclass(frozen=True)
class Proved:
    """A proved migration onto the rich target."""

    run: Migration
    tablespace: str
    session: Any
    plan: DatabasePlan
    catalog: Catalog
    before: Contract

    def do(self, statements: tuple[str, ...]) -> None:
        filled = [one.replace("{tablespace}", self.tablespace) for one in statements]
        places.ask(self.run.target, self.run.moves[0].target, "SET default_tablespace = ''", *filled)

    def problems(self) -> list[str]:
        """What the schema check of load and verify says."""
        try:
            schema.check_schema(self.session, self.plan, self.catalog, self.before)
        except TargetNotReady as error:
            return list(error.details["differences"])
        return []


@pytest.fixture(scope="module")
def proved(mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proved]:
    with rich.pair(mariadb, postgresql, tmp_path_factory.mktemp("rich")) as run:
        target = run.moves[0].target
        places.ask(postgresql, target, "CREATE TABLE surplus_parent (a integer)")
        run.profiles = {"rich": {**rich.RULES, "skip_tables": [*rich.RULES["skip_tables"], "surplus_parent"]}}
        assert run.all().equal
        tablespace = (
            "SELECT spcname FROM pg_tablespace t JOIN pg_class c ON c.reltablespace = t.oid"
            " WHERE relname = 'setting'"
        )
        bound = Bound(RunDirectory(str(run.run)))
        with contextlib.closing(connection.connect(run.target_login, target, "test")) as session:
            yield Proved(
                run,
                places.ask(postgresql, target, tablespace)[0][0],
                session,
                bound.databases[0],
                bound.target_catalog,
                contracts.of(bound.run, bound.databases[0]),
            )


@pytest.mark.parametrize("tampering", tamperings.SCHEMA, ids=lambda one: one.name)
def test_it_is_found_and_named(proved: Proved, tampering: Tampering) -> None:
    proved.do(tampering.sql)
    found = proved.problems()
    alone = schema.of_contract(proved.before, contracts.take(proved.session, proved.plan))
    proved.do(tampering.undo)
    assert tampering.found in "\n".join(found)
    assert alone != []
    assert schema.of_contract(proved.before, contracts.take(proved.session, proved.plan)) == []


@pytest.mark.parametrize("tampering", tamperings.UNSEEN, ids=lambda one: one.name)
def test_what_is_not_looked_at(proved: Proved, tampering: Tampering) -> None:
    """The documentation says so; whoever makes one of these found moves it to the others."""
    proved.do(tampering.sql)
    assert proved.problems() == []
    proved.do(tampering.undo)


def test_a_verification_tells_what_it_was_and_what_it_is(proved: Proved) -> None:
    some = [
        one for one in tamperings.SCHEMA if one.name in {"UNLOGGED", "an INSTEAD rule added", "a default set"}
    ]
    for one in some:
        proved.do(one.sql)
    with pytest.raises(VerifyFailed) as caught:
        proved.run.verify(check=True)
    for one in some:
        proved.do(one.undo)
    assert caught.value.details["differences"] == []
    (problem,) = caught.value.details["problems"]
    assert [one.name for one in some if one.found not in problem] == []
    assert "before nothing, now 'unlogged'" in problem
    assert proved.run.verify(check=True).equal
