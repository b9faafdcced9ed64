# SPDX-License-Identifier: GPL-3.0-or-later
"""The generator's promises: repeatable, complete, consistent."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.generator import nasty, sink, statements, synthetic
from tests.support.generator.alkemio import generate as alkemio_rows
from tests.support.generator.alkemio.platform import Part
from tests.support.generator.catalogs import PROFILES, Table, mysql_tables
from tests.support.generator.whiteboards import compressed

# One platform has one of each, and one Kratos installation one network.
SINGLETONS = {
    "ai_server",
    "forum",
    "library",
    "license_policy",
    "licensing_framework",
    "networks",
    "platform",
}

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    """Either database."""
    return str(request.param)


@pytest.fixture
def rows(profile: str, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Every row of a tiny database, as the builders gave it to the sink."""
    seen: Rows = defaultdict(list)
    add = sink.Sink.add

    def record(self: sink.Sink, table: str, values: Mapping[str, Any]) -> None:
        seen[table].append(dict(values))
        add(self, table, values)

    monkeypatch.setattr(sink.Sink, "add", record)
    for _ in statements(profile):
        pass
    return seen


def digest(parts: Iterator[tuple[str, int, bytes]]) -> str:
    """A hash over every byte that a server would get."""
    total = hashlib.sha256()
    for _table, _rows, statement in parts:
        total.update(statement)
    return total.hexdigest()


def test_same_seed_gives_the_same_bytes(profile: str) -> None:
    assert digest(statements(profile, seed=7)) == digest(statements(profile, seed=7))


def test_another_seed_gives_other_bytes(profile: str) -> None:
    assert digest(statements(profile, seed=7)) != digest(statements(profile, seed=8))


def test_every_table_of_the_catalog_gets_rows(profile: str, rows: Rows) -> None:
    few = {table for table in mysql_tables(profile) if len(rows[table]) < 3}
    assert few <= SINGLETONS
    assert all(rows[table] for table in mysql_tables(profile))


def test_every_column_is_filled_somewhere(profile: str, rows: Rows) -> None:
    empty = {
        f"{table.name}.{column.name}"
        for table in mysql_tables(profile).values()
        for column in table.columns
        if column.default is None and not any(row.get(column.name) is not None for row in rows[table.name])
    }
    assert empty <= {"identities.organization_id", "selfservice_login_flows.organization_id"}


def test_foreign_keys_hold(profile: str, rows: Rows) -> None:
    keys = {table: {str(row["id"]).lower() for row in rows[table] if "id" in row} for table in rows}
    orphans = [
        (table.name, column, row[column])
        for table in mysql_tables(profile).values()
        for column, parent in references(table)
        for row in rows[table.name]
        if row.get(column) is not None and str(row[column]).lower() not in keys[parent]
    ]
    assert orphans == []


def references(table: Table) -> list[tuple[str, str]]:
    """(column, parent table) of each foreign key."""
    return [
        (constraint.columns[0], constraint.ref_table)
        for constraint in table.constraints
        if constraint.kind == "FOREIGN KEY"
    ]


def test_unique_keys_hold_without_regard_to_case(profile: str, rows: Rows) -> None:
    for table in mysql_tables(profile).values():
        for index in table.indexes:
            values = [tuple(row.get(column) for column in index.columns) for row in rows[table.name]]
            complete = [value for value in values if None not in value]
            binary = table.name in ("identity_credential_identifiers", "identity_recovery_tokens")
            shown = complete if binary else [tuple(str(item).lower() for item in value) for value in complete]
            assert not index.unique or len(shown) == len(set(shown)), (table.name, index.name)


def test_users_are_the_same_people_in_both_databases() -> None:
    alkemio = b"".join(s for table, _, s in statements("alkemio") if table == "user").decode().lower()
    kratos = [s for table, _, s in statements("kratos") if table == "identity_recovery_addresses"]
    logins = [word for word in b"".join(kratos).decode().lower().split("'") if "@" in word]
    assert logins
    assert all(login in alkemio for login in logins)


def test_nasty_rows_are_found_by_name() -> None:
    everything = b"".join(statement for _table, _rows, statement in statements("alkemio"))
    for name in (*nasty.TEXTS, *nasty.JSONS, *nasty.BLOBS, *nasty.MOMENTS):
        assert nasty.key(name).encode() in everything, name


def test_whiteboards_hold_characters_of_one_byte_and_nuls() -> None:
    content = compressed("x" * 5000 + "".join(map(chr, range(200))))
    assert max(content) <= "\xff"
    assert content.startswith("x\x9c")


def test_shares_of_a_topped_up_scale_add_up() -> None:
    platform = alkemio_rows.platform("demo", 1)
    total = 1_000_003
    parts = [Part(platform, number) for number in range(platform.scale.parts)]
    assert sum(alkemio_rows._share(part, total) for part in parts) == total


def test_a_sink_refuses_unknown_and_missing_columns() -> None:
    target = sink.Sink(mysql_tables("alkemio"))
    with pytest.raises(KeyError):
        target.add("nvp", {"id": "x", "no_such_column": 1})
    with pytest.raises(KeyError):
        target.add("nvp", {"id": "x"})


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, b"NULL"),
        (True, b"1"),
        (-5, b"-5"),
        ("it's \\ \n", b"'it''s \\ \n'"),
        (b"\x00'\xff", b"_binary'\x00''\xff'"),
        (sink.Literal(b"'a''b'"), b"'a''b'"),
    ],
)
def test_literals(value: Any, sql: bytes) -> None:
    assert sink.literal(value) == sql


@pytest.mark.parametrize("name", synthetic.DATASETS)
def test_data_sets_have_the_rows_that_the_factor_asks_for(name: str) -> None:
    factor = 0.001
    made = list(synthetic.statements(name, factor))
    assert sum(rows for _table, rows, _statement in made) == round(synthetic.DATASETS[name].rows * factor)
    assert digest(iter(made)) == digest(synthetic.statements(name, factor))
