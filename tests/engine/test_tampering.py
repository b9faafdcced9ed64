# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is changed in a loaded target, verification fails and names table, key and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import VerifyFailed

from tests.engine import tampering
from tests.engine.conftest import Family, Fresh
from tests.engine.tampering import Table
from tests.support.engine.migration import Migration

UNTOUCHED = {"migrations_typeorm", "query-result-cache", "schema_migration", "schema_migration_pop_legacy"}
Finding = tuple[str, str, str, tuple[tuple[str, str], ...], tuple[str, ...]]
"""Database, table, kind, key, columns."""


@dataclass
class Loaded:
    """A verified migration whose targets can be damaged and repaired."""

    migration: Migration
    tables: dict[str, list[Table]]
    sessions: dict[str, Any]

    def differences(self) -> set[Finding]:
        """What verification finds."""
        with pytest.raises(VerifyFailed) as caught:
            self.migration.verify(check=True)
        assert "\n" not in str(caught.value)
        return {
            (
                one["database"],
                one["table"],
                one["kind"],
                tuple(sorted(one["key"].items())),
                tuple(one["columns"]),
            )
            for one in caught.value.details["differences"]
        }

    def problems(self) -> str:
        """What verification says of anything but rows."""
        with pytest.raises(VerifyFailed) as caught:
            self.migration.verify(check=True)
        assert caught.value.details["differences"] == []
        return " ".join(caught.value.details["problems"])

    def rows(self, name: str, table: Table) -> list[tuple[str, dict[str, str]]]:
        """Place and key of every row."""
        texts = "".join(f', "{column}"::text' for column in table.key)
        found = self.sessions[name].execute(f'SELECT ctid::text{texts} FROM "{table.name}" ORDER BY ctid')
        return [(row[0], dict(zip(table.key, row[1:], strict=True))) for row in found]


@pytest.fixture(scope="module", params=["mariadb", pytest.param("mysql", marks=pytest.mark.long)])
def family(request: pytest.FixtureRequest) -> Any:
    """What the target shows of its values does not depend on the source: one family is enough for every day."""
    return request.getfixturevalue(f"of_{request.param}")


@pytest.fixture(scope="module")
def loaded(family: Family, fresh: Fresh) -> Iterator[Loaded]:
    migration = fresh(family)
    migration.all(chunk_bytes=100_000)
    found = Loaded(migration, {}, {})
    managers = []
    for move in migration.moves:
        found.tables[move.name] = tampering.tables(migration.target, move.target, UNTOUCHED)
        manager = tampering.tampered(migration.target, move.target)
        found.sessions[move.name] = manager.__enter__()
        managers.append(manager)
        tampering.keep_all(found.sessions[move.name], [table.name for table in found.tables[move.name]])
    yield found
    for manager in managers:
        manager.__exit__(None, None, None)


@pytest.fixture
def target(loaded: Loaded) -> Iterator[Loaded]:
    """As loaded, before and after each test."""
    yield loaded
    for name, tables in loaded.tables.items():
        tampering.put_back(loaded.sessions[name], [table.name for table in tables])


def key_texts(table: Table) -> str:
    return ", ".join(f'"{name}"::text' for name in table.key) or "1"


def key_of(key: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(key.items()))


@pytest.mark.parametrize("family", ["mariadb"], indirect=True)
@pytest.mark.parametrize(
    "rounds", [2, pytest.param(1000, marks=pytest.mark.long)], ids=["two rounds", "every column"]
)
def test_one_changed_value_is_found_in_every_column_of_every_table(target: Loaded, rounds: int) -> None:
    """Each column in another row; a table of few rows takes several rounds, the quick run two of them.

    What the target shows of its values does not depend on the source, so one family is enough.
    """
    left = {
        (name, table.name): list(table.columns) for name in target.tables for table in target.tables[name]
    }
    by_name = {(name, table.name): table for name in target.tables for table in target.tables[name]}
    seen = 0
    while any(left.values()) and rounds:
        rounds -= 1
        expected: set[Finding] = set()
        touched: dict[str, list[str]] = {name: [] for name in target.tables}
        for (name, table_name), columns in left.items():
            table = by_name[name, table_name]
            rows = target.rows(name, table)
            assert rows, f"the generator left {name}.{table_name} empty"
            for place, key in rows:
                if not columns:
                    break
                column = columns.pop(0)
                changed = target.sessions[name].execute(
                    f'UPDATE "{table_name}" SET "{column.name}" = {tampering.other_value(column)} '
                    f"WHERE ctid = '{place}' RETURNING {key_texts(table)}"
                )
                after = dict(zip(table.key, changed.fetchone(), strict=False))
                if column.name in table.key:
                    expected.add((name, table_name, "missing", key_of(key), ()))
                    expected.add((name, table_name, "unexpected", key_of(after), ()))
                else:
                    expected.add((name, table_name, "changed", key_of(key), (column.name,)))
                seen += 1
                touched[name].append(table_name)
        assert target.differences() == expected
        for name, names in touched.items():
            tampering.put_back(target.sessions[name], sorted(set(names)))
    assert seen > (700 if any(left.values()) else 900)


def test_a_deleted_and_an_added_row_are_found_in_every_table(target: Loaded) -> None:
    """The counts of most tables agree, so nothing can be told from them."""
    expected: set[Finding] = set()
    for name, tables in target.tables.items():
        for table in tables:
            added = _add_row(target.sessions[name], table)
            if added is not None:
                expected.add((name, table.name, "unexpected", key_of(added), ()))
    assert len(expected) > 80
    for name, tables in target.tables.items():
        for table in tables:
            # Not the one that was added, which may lie before the others where a row has moved.
            place, key = next(
                (place, key)
                for place, key in target.rows(name, table)
                if (name, table.name, "unexpected", key_of(key), ()) not in expected
            )
            target.sessions[name].execute(f"DELETE FROM \"{table.name}\" WHERE ctid = '{place}'")
            expected.add((name, table.name, "missing", key_of(key), ()))
    assert target.differences() == expected


def _add_row(session: Any, table: Table) -> dict[str, str] | None:
    """A copy of the first row under another key; None where a unique index takes no copy."""
    values = [
        tampering.other_value(column) if column.base == "uuid" or column.name in {"rowId", "nameID"} else None
        for column in table.columns
    ]
    listed = ", ".join(
        value if value else f'"{column.name}"' for value, column in zip(values, table.columns, strict=True)
    )
    try:
        found = session.execute(
            f'INSERT INTO "{table.name}" SELECT {listed} FROM "{table.name}" LIMIT 1 RETURNING {key_texts(table)}'
        )
    except Exception as error:
        assert "duplicate key" in str(error), error
        return None
    return dict(zip(table.key, found.fetchone(), strict=False))


@dataclass(frozen=True)
class Change:
    """A change of one row that a cheap comparison would miss."""

    name: str
    table: str
    columns: tuple[str, ...]
    where: str
    change: str


CHANGES = [
    Change(
        "alkemio",
        "visual",
        ("maxWidth", "minWidth"),
        '"minWidth" <> "maxWidth"',
        '"minWidth" = "maxWidth", "maxWidth" = "minWidth"',
    ),
    Change(
        "alkemio",
        "nvp",
        ("name", "value"),
        "length(name) > 1 AND length(value) < 500",
        "name = left(name, -1), value = right(name, 1) || value",
    ),
    Change("alkemio", "profile", ("tagline",), "tagline IS NULL", "tagline = 'N'"),
    Change(
        "alkemio",
        "profile",
        ("description",),
        "position('a' in description) > 0",
        "description = replace(description, 'a', 'A')",
    ),
    Change("alkemio", "profile", ("displayName",), "\"displayName\" = ''", "\"displayName\" = ' '"),
    Change("alkemio", "ai_persona", ("promptGraph",), '"promptGraph" IS NULL', "\"promptGraph\" = 'null'"),
    Change("alkemio", "memo", ("content",), "content IS NULL", "content = ''"),
    Change("alkemio", "memo", ("content",), "content = ''", "content = NULL"),
    Change(
        "alkemio",
        "whiteboard",
        ("content",),
        "length(content) > 99",
        "content = overlay(content placing 'AAAA' from 41)",
    ),
    Change("alkemio", "whiteboard", ("content",), "left(content, 2) = 'eJ'", "content = left(content, -4)"),
    Change("alkemio", "whiteboard", ("content",), "left(content, 2) = 'eJ'", "content = ''"),
    # Base64 that decodes to the same bytes is another text.
    Change(
        "alkemio",
        "whiteboard",
        ("content",),
        "left(content, 2) = 'eJ'",
        "content = overlay(content placing chr(10) from 41 for 0)",
    ),
    Change("kratos", "identities", ("traits",), "true", "traits = jsonb_set(traits, '{email}', '\"X\"')"),
    Change(
        "kratos", "identities", ("metadata_public",), "metadata_public IS NULL", "metadata_public = 'null'"
    ),
    Change("kratos", "identities", ("state",), "true", "state = state || ' '"),
]


def test_changes_that_cheap_comparisons_miss_are_found(target: Loaded) -> None:
    """Each in a row of its own."""
    expected: set[Finding] = set()
    used: list[str] = []
    for one in CHANGES:
        session = target.sessions[one.name]
        row = session.execute(
            f'SELECT id::text FROM "{one.table}" WHERE ({one.where}) AND id::text <> ALL(%s) ORDER BY id',
            (used,),
        ).fetchone()
        assert row is not None, f"the generator has no row for {one}"
        used.append(row[0])
        session.execute(f"UPDATE \"{one.table}\" SET {one.change} WHERE id = '{row[0]}'")
        expected.add((one.name, one.table, "changed", (("id", row[0]),), one.columns))
    found = {(*one[:4], tuple(sorted(one[4]))) for one in target.differences()}
    assert found == expected


def test_rows_that_changed_places_are_found_although_all_values_are_there(target: Loaded) -> None:
    session = target.sessions["alkemio"]
    a, b = session.execute("SELECT DISTINCT ON (uri) id::text, uri FROM link ORDER BY uri LIMIT 2").fetchall()
    for row, other in ((a, b), (b, a)):
        session.execute("UPDATE link SET uri = %s WHERE id = %s", (other[1], row[0]))
    elsewhere = "deadbeef-0000-4000-8000-000000000000"
    moved = session.execute("SELECT id::text FROM lifecycle ORDER BY id").fetchone()[0]
    session.execute("UPDATE lifecycle SET id = %s WHERE id = %s", (elsewhere, moved))
    assert target.differences() == {
        ("alkemio", "link", "changed", (("id", a[0]),), ("uri",)),
        ("alkemio", "link", "changed", (("id", b[0]),), ("uri",)),
        ("alkemio", "lifecycle", "missing", (("id", moved),), ()),
        ("alkemio", "lifecycle", "unexpected", (("id", elsewhere),), ()),
    }


SCHEMA_CHANGES = {
    # What was done and how it is undone.
    "visual": (
        'ALTER TABLE visual ALTER "aspectRatio" DROP NOT NULL',
        'ALTER TABLE visual ALTER "aspectRatio" SET NOT NULL',
    ),
    "user.rowId": (
        """SELECT setval('"user_rowId_seq"', 1, false)""",
        """SELECT setval('"user_rowId_seq"', 100000)""",
    ),
    "profile": ("CREATE INDEX surplus ON profile (type)", "DROP INDEX surplus"),
    "link": (
        "ALTER TABLE link ADD CONSTRAINT surplus CHECK (uri <> 'x')",
        "ALTER TABLE link DROP CONSTRAINT surplus",
    ),
    "nvp": (
        'ALTER TABLE nvp ALTER "sortOrder" SET DEFAULT 7',
        'ALTER TABLE nvp ALTER "sortOrder" DROP DEFAULT',
    ),
}


def test_what_is_not_as_it_was_in_the_schema_is_named(target: Loaded) -> None:
    session = target.sessions["alkemio"]
    for change, _back in SCHEMA_CHANGES.values():
        session.execute(change)
    try:
        problems = target.problems()
        assert [words for words in SCHEMA_CHANGES if words not in problems] == []
    finally:
        for _change, back in SCHEMA_CHANGES.values():
            session.execute(back)


def test_a_broken_invariant_is_named_beside_the_row(target: Loaded) -> None:
    target.sessions["alkemio"].execute("DELETE FROM platform")
    with pytest.raises(VerifyFailed) as caught:
        target.migration.verify(check=True)
    assert "exactly one platform" in " ".join(caught.value.details["problems"])
    assert [one["table"] for one in caught.value.details["differences"]] == ["platform"]


def test_the_repaired_target_is_equal_again(target: Loaded) -> None:
    assert target.migration.verify(check=True).equal
