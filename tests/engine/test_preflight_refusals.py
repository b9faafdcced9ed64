# SPDX-License-Identifier: GPL-3.0-or-later
"""Every refusal of load and proof: what was there before is on the preflight's list, what cannot have been is named."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import (
    ConvergenceError,
    PreflightFound,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._move import transform
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.preflight import (
    PreflightOutcome,
    Wanted,
    preflight,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import ledger

from tests.engine.conftest import Family
from tests.support.engine import places, small
from tests.support.engine.migration import CHECKOUT, Migration
from tests.support.servers.server import Server

pytestmark = pytest.mark.fault("E")

UTILS = CHECKOUT / "plugins/module_utils"

LATER = "only what a run itself has made, or what changes while it works, can be so"
SESSION = "said by connect(), which opens the preflight's sessions as well: case 'session'"
ROWS = "values and rows: the scan's, see tests/engine/test_misfits.py and tests/cases"
PRIVATE = "never leaves the file"

REFUSALS: dict[str, str] = {
    "_bound/bound.py _catalog": LATER,
    "_bound/bound.py _manifest": LATER,
    "_bound/changes.py _check_ledger": LATER,
    "_bound/changes.py moment": LATER,
    "_bound/counters.py set_all": "case 'sequence'",
    "_bound/invariants.py _judge": "case 'invariant'",
    "_bound/loaded.py check": LATER,
    "_bound/loaded.py state_of": "case 'ledger', case 'reset'",
    "_bound/releases.py _judge": "case 'release'",
    "_bound/releases.py ask_source": "case 'release unread'",
    "_bound/releases.py ask_target": "case 'release unread'",
    "_bound/contracts.py of": LATER,
    "_bound/schema.py refuse": LATER,
    "_move/after_load.py _step": LATER,
    "_move/after_load.py check": "case 'after_load'",
    "_move/chunk_in.py load_chunk": ROWS,
    "_move/load.py session": PRIVATE,
    "_move/load.py check_fresh": "case 'rows', case 'create', case 'create in schema'",
    "_move/rehearsal.py rehearse": "case 'event trigger'",
    "_postgresql/before.py copy": PRIVATE,
    "_postgresql/before.py put_back": LATER,
    "_postgresql/connection.py _look": SESSION,
    "_postgresql/connection.py _open": SESSION,
    "_postgresql/connection.py _settle": SESSION,
    "_postgresql/connection.py give_up": SESSION,
    "_postgresql/connection.py query": "case 'control function'",
    "_postgresql/connection.py transaction": LATER,
    "_postgresql/identity.py check_direct": SESSION,
    "_postgresql/identity.py check_server": LATER,
    "_postgresql/catalog.py _keys": "the look makes the same catalog, and says so",
    "_postgresql/ledger.py lock": "case 'another run at work'",
    "_postgresql/nextval.py __init__": PRIVATE,
    "_postgresql/nextval.py _cast": PRIVATE,
    "_postgresql/nextval.py _combined": PRIVATE,
    "_postgresql/nextval.py _joined": PRIVATE,
    "_postgresql/nextval.py function": PRIVATE,
    "_postgresql/nextval.py take": PRIVATE,
    "_postgresql/rebuild.py _drop": LATER,
    "_postgresql/rebuild.py _restore": ROWS,
    "_postgresql/rebuild.py _run": "case 'event trigger'",
    "_postgresql/rebuild.py add_foreign_keys": ROWS,
    "_postgresql/settings.py check": "case 'setting'",
    "_postgresql/trial_tables.py _definition": ROWS,
    "_postgresql/waits.py judge": LATER,
    "_prove/verify.py _refuse_after_cutover": LATER,
    "_prove/verify.py asked_login": PRIVATE,
    "_prove/verify.py check_columns": LATER,
    "_prove/verify.py check_still": LATER,
    "_prove/verify.py check_target": LATER,
    "_prove/verify.py take_kept_sums": LATER,
    "_prove/verify.py verify": LATER,
}
"""File and function of each `raise` that an operator can meet in load and proof: its case, or why it has none."""


@dataclass(frozen=True)
class Case:
    """A state of the target that was there before. `state`: statements of an administrator there."""

    state: Sequence[str]
    says: str
    rules: Mapping[str, Any] = field(default_factory=dict)
    held: str = ""
    """A statement whose session stays open."""


CASES = {
    "ledger": Case(
        (
            "CREATE SCHEMA convergence AUTHORIZATION {role}",
            "CREATE TABLE convergence.run (run_id text, plan text, state text)",
            "INSERT INTO convergence.run VALUES ('0123456789abcdef', 'x', 'complete')",
            "ALTER TABLE convergence.run OWNER TO {role}",
        ),
        "holds the ledger of another run (schema convergence, run 0123456789abcdef, complete)",
    ),
    "rows": Case(
        ("INSERT INTO item VALUES (1, 'seed', NULL)",),
        "holds rows in item (1). If the application's own migrations filled these tables, say seed_tables",
    ),
    "create": Case(
        ("REVOKE CREATE ON DATABASE {database} FROM {role}",), "lacks CREATE on the target database"
    ),
    "create in schema": Case(
        ("REVOKE CREATE ON SCHEMA public FROM {role}",), "may not create in the schema public of"
    ),
    "owner": Case(("ALTER TABLE item OWNER TO CURRENT_USER",), "does not own"),
    "event trigger": Case(
        (
            "CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'production'; END $$",
            "CREATE EVENT TRIGGER no_drops ON sql_drop EXECUTE FUNCTION forbid()",
        ),
        "The database has event triggers, which may have forbidden it: no_drops",
    ),
    "foreign key of others": Case(
        (
            "CREATE SCHEMA audit",
            "CREATE TABLE audit.seen (id integer PRIMARY KEY, item_id integer REFERENCES item (id))",
        ),
        "hangs the foreign key",
    ),
    "row security": Case(
        ("ALTER TABLE item ENABLE ROW LEVEL SECURITY", "ALTER TABLE item FORCE ROW LEVEL SECURITY"),
        "Row-level security is in force for the login role on item",
    ),
    "sequence": Case(
        ("ALTER SEQUENCE part_id_seq MAXVALUE 2 RESTART WITH 1",),
        "has to go on at 4, and its MAXVALUE is 2",
    ),
    "invariant": Case(
        (),
        "release of the target: expected '42', found '41'",
        {
            "invariants": [
                {
                    "name": "release of the target",
                    "server": "target",
                    "moment": "before",
                    "query": "SELECT 41",
                    "expect": "42",
                }
            ]
        },
    ),
    "after_load": Case(
        (),
        "would refuse statement 1 of after_load",
        {"after_load": [{"statement": "UPDATE nowhere SET a = 1"}]},
    ),
    "release": Case(
        (),
        "another release of the application than the profile moves to: it ends at the migration '1'",
        {"releases": {"target": {"query": "SELECT 1", "fits": [{"release": "2", "migration": "2"}]}}},
    ),
    "release unread": Case(
        (),
        "of which release the target is cannot be read",
        {
            "releases": {
                "target": {"query": "SELECT v FROM gone", "fits": [{"release": "2", "migration": "2"}]}
            }
        },
    ),
    "leave_to_default": Case(
        ("ALTER TABLE item ADD must text NOT NULL",),
        "item.must is NOT NULL and has no default to leave it to",
        {"add_columns": [{"table": "item", "column": "must", "leave_to_default": True}]},
    ),
    "control function": Case(
        ("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC",),
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO the role",
    ),
    "setting": Case(
        ("ALTER ROLE {role} SET session_replication_role = 'replica'",),
        "keeps session_replication_role at 'replica' in our session",
    ),
    "session": Case(("ALTER ROLE {role} PASSWORD 'another'",), "refused the login of role"),
    "another run at work": Case((), "Another run works on the target database", held="ledger"),
}


def raises() -> set[str]:
    """File and function of every `raise` of the files that load and proof reach."""
    files = [
        *sorted((UTILS / "_bound").glob("*.py")),
        *sorted((UTILS / "_postgresql").glob("*.py")),
        UTILS / "_prove/verify.py",
        *(UTILS / "_move" / name for name in ("load.py", "after_load.py", "rehearsal.py", "chunk_in.py")),
    ]
    return {f"{path.relative_to(UTILS).as_posix()} {name}" for path in files for name in _raising(path)}


def _raising(path: Path) -> set[str]:
    found = set()
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef):
            found |= {
                function.name
                for node in ast.walk(function)
                if isinstance(node, ast.Raise) and node.exc is not None
            }
    return found


def test_every_refusal_has_a_case_or_a_reason() -> None:
    assert raises() ^ set(REFUSALS) == set(), (
        "new or gone: give it a case, or say why no state before causes it"
    )
    named = {part.split("'")[1] for why in REFUSALS.values() for part in why.split("case ")[1:]}
    # One that has begun a reset is made by a reset alone.
    assert named - {"reset"} <= set(CASES)


@dataclass
class ByOwner(Migration):
    """By a role that owns the tables and is no superuser."""

    role: str = ""

    @property
    def target_login(self) -> PostgreSQLLogin:
        return replace(super().target_login, user=self.role, password="secret")

    def transform(self) -> Any:
        return transform.make_plan(str(self.run), self.entries(), {}, check=False)

    rules: Mapping[str, Any] = field(default_factory=dict)

    def entries(self) -> list[dict[str, Any]]:
        return [
            {"name": move.name, "source": move.source, "target": move.target, "rules": dict(self.rules)}
            for move in self.moves
        ]

    def preflight(self) -> Any:
        wanted = Wanted(self.entries(), {}, str(self.run), 2)
        return preflight(
            self.source_login, self.target_login, wanted, migrating=False, pass_begun=False, check=False
        )


def by_owner(source: Server, target: Server, folder: Path, rules: Mapping[str, Any]) -> ByOwner:
    run = small.pair(source, target, folder)
    database = run.moves[0].target
    role = f"owner_{database}"
    places.ask(target, None, f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    places.ask(
        target,
        database,
        f"ALTER DATABASE {database} SET TimeZone = 'UTC'",
        f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {database} TO {role}",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {role}",
        f"ALTER TABLE item OWNER TO {role}",
        f"ALTER TABLE part OWNER TO {role}",
    )
    return ByOwner(source, target, run.run, run.moves, role=role, rules=rules)


def test_without_a_state_nothing_is_listed_and_nothing_refused(
    family: Family, postgresql: Server, tmp_path: Path
) -> None:
    run = by_owner(family.server, postgresql, tmp_path, {})
    places.ask(postgresql, None, f"ALTER ROLE {run.role} SET default_transaction_read_only = on")
    found = run.preflight()
    assert isinstance(found, PreflightOutcome)
    assert found.listing.count == 0, found.lines
    assert any("only read by default" in notice for notice in found.listing.notices)
    assert run.all().equal


@pytest.mark.parametrize("name", CASES)
def test_what_would_be_refused_is_listed_before(
    mysql: Server, postgresql: Server, tmp_path: Path, name: str
) -> None:
    """And it is refused: a list of what stops nothing would be as wrong."""
    case = CASES[name]
    run = by_owner(mysql, postgresql, tmp_path, case.rules)
    database = run.moves[0].target
    for statement in case.state:
        places.ask(postgresql, database, statement.format(role=run.role, database=database))
    with places.session(postgresql, database) as held:
        if case.held:
            held.execute("SELECT pg_advisory_lock(%s)", (ledger._LOCK,))
        with pytest.raises(PreflightFound) as caught:
            run.preflight()
        listed = " ".join(" ".join(caught.value.details["lines"]).split())
        assert case.says in listed, "\n".join(caught.value.details["lines"])
        with pytest.raises(ConvergenceError):
            run.all()


def test_a_reset_that_has_not_ended_is_listed(mysql: Server, postgresql: Server, tmp_path: Path) -> None:
    run = by_owner(mysql, postgresql, tmp_path, {})
    assert run.all().equal
    places.ask(postgresql, run.moves[0].target, "UPDATE convergence.run SET state = 'resetting'")
    with pytest.raises(PreflightFound, match=r"has begun and not ended\. Run the reset again first"):
        run.preflight()
