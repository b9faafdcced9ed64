# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that do not fit stop the dump before the target is touched, all of them at once, each with its row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.invariants import InvariantBroken
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound

from tests.engine.conftest import Family, Fresh
from tests.support.engine import places
from tests.support.engine.migration import Migration
from tests.support.generator import misfits

# Rows that the profiles decide: they arrive by a rule, or are left out by one.
DECIDED = {"damaged_whiteboard", "token_type_zero", "code_without_flow", "duplicate_session_device"}
# Nothing stops these: the row is dead (a code without a flow), NULL is what both schemas allow, 32 digits are a UUID.
LET_THROUGH = {"zero_used_at", "session_without_network", "uuid_without_dashes"}
# Two networks break an invariant, which is asked before any row is read.
INVARIANT = {"second_network"}


@dataclass
class Spoilt:
    """A source of its own, filled like the others, to put misfits into."""

    family: Family
    databases: dict[str, str]

    def session(self, profile: str) -> Any:
        return places.session(self.family.server, self.databases[profile])


@pytest.fixture(scope="module", params=[pytest.param("mariadb", marks=pytest.mark.long), "mysql"])
def family(request: pytest.FixtureRequest) -> Any:
    """The classes are the same for both (tests/types/test_misfits.py has each for each): one for every day."""
    return request.getfixturevalue(f"of_{request.param}")


@pytest.fixture(scope="module")
def spoilt(family: Family) -> Iterator[Spoilt]:
    server = family.server
    made = {profile: places.seeded_source(server, profile) for profile in ("alkemio", "kratos")}
    yield Spoilt(family, made)
    places.drop(server, *made.values())


def untouched(migration: Migration, templates: dict[str, str]) -> None:
    """No ledger, and the seed rows as the application's migrations left them."""
    for move in migration.moves:
        schemas = places.ask(migration.target, move.target, "SELECT nspname FROM pg_namespace")
        assert ("convergence",) not in schemas
        for (table,) in places.ask(
            migration.target, move.target, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ):
            rows = f'SELECT t::text FROM "{table}" t ORDER BY 1'
            before = places.ask(migration.target, templates[move.name], rows)
            assert places.ask(migration.target, move.target, rows) == before, table


def refused(migration: Migration) -> list[dict[str, Any]]:
    """What the dump names when it refuses."""
    with pytest.raises(MisfitsFound) as caught:
        migration.dump()
    message = str(caught.value)
    assert "\n" not in message
    assert "nothing was dumped" in message
    assert not list(migration.run.rglob("*.copy.zst"))
    found: list[dict[str, Any]] = caught.value.details["misfits"]
    return found


def is_named(found: list[dict[str, Any]], misfit: misfits.Inserted) -> bool:
    """Whether table, column, class and key of a misfit stand in the list."""
    key = set(misfit.key.values())
    return any(
        one["database"] == misfit.profile
        and one["table"] == misfit.table
        and misfit.column in one["column"].split("+")
        and one["class"] == misfit.kind
        and any(
            key <= {part.partition("=")[2] for part in example.split(", ")} for example in one["examples"]
        )
        for one in found
    )


def test_all_misfits_are_named_in_one_refusal(
    spoilt: Spoilt, fresh: Fresh, templates: dict[str, str]
) -> None:
    inserted = []
    for profile in spoilt.databases:
        with spoilt.session(profile) as connection:
            for name in misfits.names(profile, connection):
                if name not in INVARIANT:
                    inserted.append(misfits.insert(connection, name))
    try:
        migration = fresh(spoilt.family, **spoilt.databases).prepare()
        found = refused(migration)
        missing = [
            f"{one.name}: {one.table}.{one.column}: {one.kind}"
            for one in inserted
            if one.name not in DECIDED | LET_THROUGH and not is_named(found, one)
        ]
        assert missing == []
        assert all(one["remedy"] and one["meaning"] and one["count"] for one in found)
        untouched(migration, templates)
    finally:
        for one in inserted:
            with spoilt.session(one.profile) as connection:
                misfits.remove(connection, one.name)


def test_check_mode_names_the_same_misfits_as_the_run(spoilt: Spoilt, fresh: Fresh) -> None:
    names = ["non_uuid_session", "zero_session_expiry", "nul_in_mail"]
    with spoilt.session("kratos") as connection:
        for name in names:
            misfits.insert(connection, name)
    try:
        migration = fresh(spoilt.family, "kratos", kratos=spoilt.databases["kratos"]).prepare()
        found = refused(migration)
        with pytest.raises(MisfitsFound) as caught:
            migration.dump(check=True)
        assert caught.value.details["misfits"] == found
        assert len(found) == len(names)
        assert not (migration.run / "snapshot").exists()
    finally:
        with spoilt.session("kratos") as connection:
            for name in names:
                misfits.remove(connection, name)


def test_a_second_network_is_refused_by_name(spoilt: Spoilt, fresh: Fresh, templates: dict[str, str]) -> None:
    with spoilt.session("kratos") as connection:
        misfits.insert(connection, "second_network")
    try:
        migration = fresh(spoilt.family, "kratos", kratos=spoilt.databases["kratos"]).prepare()
        with pytest.raises(InvariantBroken, match="exactly one network in the source"):
            migration.dump()
        untouched(migration, templates)
    finally:
        with spoilt.session("kratos") as connection:
            misfits.remove(connection, "second_network")


def test_misfits_that_the_profiles_decide_arrive_by_their_rules(spoilt: Spoilt, fresh: Fresh) -> None:
    inserted = {}
    for profile in spoilt.databases:
        with spoilt.session(profile) as connection:
            for name in sorted(DECIDED & set(misfits.names(profile, connection))):
                inserted[name] = misfits.insert(connection, name)
    assert set(inserted) == DECIDED
    try:
        migration = fresh(spoilt.family, **spoilt.databases)
        assert migration.all().equal
        listed = {
            (one["table"], one["column"], one["class"], one["key"]["id"]) for one in migration.alterations()
        }
        board, token = inserted["damaged_whiteboard"], inserted["token_type_zero"]
        assert ("whiteboard", "content", "damaged_zlib", board.key["id"]) in listed
        assert ("identity_recovery_tokens", "token_type", "expression", token.key["id"]) in listed

        def arrived(name: str, expression: str) -> Any:
            one = inserted[name]
            target = migration.move(one.profile).target
            statement = f"SELECT {expression} FROM \"{one.table}\" WHERE id = '{one.key['id']}'"
            return places.ask(migration.target, target, statement)

        content = arrived("damaged_whiteboard", "encode(decode(content, 'base64'), 'hex')")
        assert bytes.fromhex(content[0][0]) == b"x\x9c\xffbroken\x00"
        assert arrived("token_type_zero", "token_type") in ([(1,)], [(2,)])
        assert arrived("code_without_flow", "id") == []
        assert arrived("duplicate_session_device", "id") == []
        report = json.loads((migration.run / "report.json").read_text("utf-8"))
        (kratos,) = [one for one in report["databases"] if one["name"] == "kratos"]
        assert "only the oldest is kept" in " ".join(kratos["notices"])
    finally:
        for one in inserted.values():
            with spoilt.session(one.profile) as connection:
                misfits.remove(connection, one.name)


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        name
        for profile in ("alkemio", "kratos")
        for name in misfits.names(profile)
        if name not in DECIDED | LET_THROUGH | INVARIANT
    ],
)
def test_each_misfit_alone_is_refused(
    spoilt: Spoilt, fresh: Fresh, templates: dict[str, str], name: str
) -> None:
    profile = misfits.describe(name).profile
    with spoilt.session(profile) as connection:
        if name not in misfits.names(profile, connection):
            return  # this family cannot hold the value
        inserted = misfits.insert(connection, name)
    try:
        migration = fresh(spoilt.family, profile, **{profile: spoilt.databases[profile]}).prepare()
        assert is_named(refused(migration), inserted)
        untouched(migration, templates)
    finally:
        with spoilt.session(profile) as connection:
            misfits.remove(connection, name)
